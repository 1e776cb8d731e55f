//! Makes tables of the generated text.

use std::path::Path;

use futures::TryStreamExt;
use skep::Session;

use crate::{Benchmark, Result};

/// Statements that make the tables of a benchmark in a database named after it: `raw_<table>` over the text in `folder`,
/// and `<table>` with the same rows in `format` (`orc`, `parquet`, `textfile`), if one is given; else `<table>` is the
/// text itself.
///
/// # Errors
/// If the schema cannot be read.
pub fn statements(benchmark: Benchmark, folder: &Path, format: Option<&str>) -> Result<Vec<String>> {
    let database = benchmark.name();
    let mut statements = vec![format!("create database if not exists {database}"), format!("use {database}")];
    for table in benchmark.tables()? {
        let (name, columns) = (&table.name, &table.columns);
        let prefix = if format.is_some() { "raw_" } else { "" };
        let location = std::path::absolute(folder)?.join(name).display().to_string();
        statements.push(format!("drop table if exists {prefix}{name}"));
        statements.push(format!(
            "create external table {prefix}{name} ({columns}) row format delimited fields terminated by '|' \
             null defined as '' stored as textfile location '{location}'"
        ));
        if let Some(format) = format {
            statements.push(format!("drop table if exists {name}"));
            statements.push(format!("create table {name} stored as {format} as select * from raw_{name}"));
            statements.push(format!("analyze table {name} compute statistics for columns"));
        }
    }
    Ok(statements)
}

/// Runs [`statements`] in a session, which is then in the benchmark's database.
///
/// # Errors
/// Those of the statements.
pub async fn load(session: &mut Session, benchmark: Benchmark, folder: &Path, format: Option<&str>) -> Result<()> {
    for statement in statements(benchmark, folder, format)? {
        let outcome = session.execute(&statement).await.map_err(|error| error.render(&statement))?;
        let _: Vec<_> = outcome.rows.try_collect().await?;
    }
    Ok(())
}
