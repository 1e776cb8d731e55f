//! `ANALYZE TABLE … COMPUTE STATISTICS`

mod columns;
mod values;

pub use values::update_values;

use std::collections::HashMap;

use futures::TryStreamExt;
use skep_metastore::model::{DEFAULT_PARTITION, Parameters, Partition, StorageDescriptor, Table};
use skep_metastore::store::MetaStore;
use skep_udf::text::{TextFormatter, TextStyle};
use skep_warehouse::format::FileFormatKind;
use skep_warehouse::store::fs;

use super::names::quoted;
use super::{names, partition_spec, query};
use crate::error::{HiveError, Result, SkepError};
use crate::parser::ast::{AnalyzeScope, AnalyzeTable};
use crate::session::{Outcome, Session};

/// Runs the statement.
pub async fn run(session: &Session, statement: &AnalyzeTable) -> Result<Outcome> {
    let table = names::table(session, &statement.table)?;
    if table.is_view() {
        let error = SkepError::semantic(HiveError::ANALYZE_VIEW, "");
        return Err(error.with_span(Some(statement.table.span().into())));
    }
    let partitions = match (&statement.partition, table.is_partitioned()) {
        (Some(spec), true) => {
            let values = partition_spec::partial_values(session, &table, spec)?;
            let filter = partition_spec::filter_of(&table, &values);
            let found = session.catalog().partitions(&table.database, &table.name, &filter, None)?;
            if found.is_empty() {
                return Err(SkepError::semantic(HiveError::PARTITION_NOT_FOUND, format!("in {}", table.name))
                    .with_span(Some(spec.span.into())));
            }
            Some(found)
        }
        (Some(spec), false) => {
            let error = SkepError::semantic(HiveError::SPEC_FOR_UNPARTITIONED, &table.name);
            return Err(error.with_span(Some(spec.span.into())));
        }
        (None, true) => {
            let all = skep_metastore::model::PartitionFilter::All;
            Some(session.catalog().partitions(&table.database, &table.name, &all, None)?)
        }
        (None, false) => None,
    };
    match &statement.scope {
        AnalyzeScope::NoScan => {
            // The ends of these files say how many rows there are (Hive's `BasicStatsNoJobTask`).
            let told = |storage: &StorageDescriptor| {
                matches!(FileFormatKind::of(storage), Ok(FileFormatKind::Orc | FileFormatKind::Parquet))
            };
            let counted = table.acid_kind().is_none()
                && told(&table.storage)
                && partitions.iter().flatten().all(|one| told(&one.storage));
            basic(session, table, partitions, counted).await?;
        }
        AnalyzeScope::Full => basic(session, table, partitions, true).await?,
        AnalyzeScope::Columns(columns) => {
            basic(session, table.clone(), partitions.clone(), true).await?;
            columns::run(session, &table, partitions.as_deref(), columns).await?;
        }
        AnalyzeScope::CacheMetadata => {
            // What every Hive says whose metastore has no such cache.
            let text = "Caching file metadata is not supported by metastore or for this file format";
            return Err(SkepError::new(crate::error::ErrorKind::Command, text));
        }
    }
    Ok(Outcome::done())
}

/// Files, bytes, rows and raw size of the table or of partitions; without `scan` rows are not counted.
async fn basic(session: &Session, mut table: Table, partitions: Option<Vec<Partition>>, scan: bool) -> Result<()> {
    let catalog = session.catalog();
    let Some(mut partitions) = partitions else {
        let rows = if scan { Some(count(session, &table).await?.remove(&Vec::new()).unwrap_or(0)) } else { None };
        measure(session, &table.storage.location, &mut table.parameters, rows).await?;
        catalog.alter_table(&table.database, &table.name, &table)?;
        return Ok(());
    };
    let counts = if scan { Some(count(session, &table).await?) } else { None };
    for partition in &mut partitions {
        let rows = counts.as_ref().map(|counts| counts.get(&partition.values).copied().unwrap_or(0));
        measure(session, &partition.storage.location, &mut partition.parameters, rows).await?;
    }
    catalog.alter_partitions(&table.database, &table.name, &partitions)?;
    Ok(())
}

async fn measure(session: &Session, location: &str, parameters: &mut Parameters, rows: Option<i64>) -> Result<()> {
    let files = fs::walk(session.stores(), location).await?;
    let files: Vec<_> = files.iter().filter(|file| !skep_warehouse::store::url::is_hidden(file.name())).collect();
    let bytes: u64 = files.iter().map(|file| file.len).sum();
    let files = files.len().to_string();
    let same = parameters.get("numFiles") == Some(&files) && parameters.get("totalSize") == Some(&bytes.to_string());
    if !same {
        // The files are others than those that rows and columns were counted of.
        parameters.remove("COLUMN_STATS_ACCURATE");
    }
    parameters.insert("numFiles".into(), files);
    parameters.insert("totalSize".into(), bytes.to_string());
    if let Some(rows) = rows {
        parameters.insert("numRows".into(), rows.to_string());
        // What a line of text takes without its end; for other formats the writer's own figure stays.
        let raw = (bytes as i64 - rows).max(0);
        parameters.entry("rawDataSize".into()).and_modify(|known| {
            if known == "0" || known == "-1" {
                *known = raw.to_string();
            }
        });
        parameters.entry("rawDataSize".into()).or_insert_with(|| raw.to_string());
        let accurate = match parameters.get("COLUMN_STATS_ACCURATE") {
            Some(state) if state.contains("\"BASIC_STATS\":\"true\"") => state.clone(),
            _ => "{\"BASIC_STATS\":\"true\"}".to_string(),
        };
        parameters.insert("COLUMN_STATS_ACCURATE".into(), accurate);
    }
    super::ddl::touch(parameters);
    Ok(())
}

/// Rows by partition values; under the empty list for a table without partitions.
async fn count(session: &Session, table: &Table) -> Result<HashMap<Vec<String>, i64>> {
    let keys: Vec<String> = table.partition_keys.iter().map(|key| quoted(&key.name)).collect();
    let from = format!("{}.{}", quoted(&table.database), quoted(&table.name));
    let text = if keys.is_empty() {
        format!("SELECT count(*) FROM {from}")
    } else {
        let keys = keys.join(", ");
        format!("SELECT {keys}, count(*) FROM {from} GROUP BY {keys}")
    };
    let mut counts = HashMap::new();
    for mut row in rows(session, &text).await? {
        let count = row.pop().flatten().and_then(|text| text.parse().ok()).unwrap_or(0);
        let values = row.into_iter().map(|value| value.unwrap_or_else(|| DEFAULT_PARTITION.to_string())).collect();
        counts.insert(values, count);
    }
    Ok(counts)
}

/// The rows of a query of ours, as text.
async fn rows(session: &Session, text: &str) -> Result<Vec<Vec<Option<String>>>> {
    let query = crate::parser::parse_query(text)?;
    let outcome = query::run_inner(session, &query).await?;
    let zone = session.config().arrow_time_zone()?;
    let batches: Vec<_> = outcome.rows.try_collect().await?;
    let mut rows = Vec::new();
    for batch in &batches {
        let formatters = batch
            .columns()
            .iter()
            .map(|column| TextFormatter::new(column.as_ref(), TextStyle::cli(zone)))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| SkepError::new(crate::error::ErrorKind::Execution, error.to_string()))?;
        for row in 0..batch.num_rows() {
            let mut fields = Vec::with_capacity(formatters.len());
            for formatter in &formatters {
                if formatter.is_null(row) {
                    fields.push(None);
                    continue;
                }
                let mut text = String::new();
                formatter.write(row, &mut text);
                fields.push(Some(text));
            }
            rows.push(fields);
        }
    }
    Ok(rows)
}
