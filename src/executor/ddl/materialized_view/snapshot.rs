//! What the sources of a materialized view are, and were when its rows were made.

use std::sync::Arc;

use skep_metastore::model::{Materialization, MaterializationSource, Parameters, Table, TableKind};
use skep_metastore::store::MetaStore;

use crate::error::{Result, SkepError};
use crate::session::Session;

/// The tables below a query as they are now, each once; views stand for what they read.
pub fn sources(session: &Session, read: &[Arc<Table>]) -> Result<Vec<MaterializationSource>> {
    let mut sources = Vec::new();
    for table in read.iter().filter(|table| !table.is_view()) {
        let snapshot = match table.acid_kind() {
            Some(_) => Some(session.catalog().valid_write_ids(&table.database, &table.name)?),
            None => None,
        };
        sources.push(MaterializationSource { database: table.database.clone(), table: table.name.clone(), snapshot });
    }
    sources.sort_by(|a, b| (&a.database, &a.table).cmp(&(&b.database, &b.table)));
    Ok(sources)
}

/// What a materialized view remembers; Hive's error 10403 where that is lost.
pub fn kept(view: &Table) -> Result<Materialization> {
    let lost = "Query for the materialized view rebuild could not be retrieved";
    Materialization::of(view).ok_or_else(|| SkepError::invalid(lost).with_code(10403, "42000"))
}

/// Puts what a materialized view remembers among its properties.
pub fn keep(kept: &Materialization, parameters: &mut Parameters) -> Result<()> {
    kept.keep(parameters).map_err(|error| SkepError::invalid(error.to_string()))
}

/// Have the sources changed since the rows were made? Not known where one of them keeps no write ids.
pub fn is_outdated(session: &Session, kept: &Materialization) -> Result<Option<bool>> {
    if kept.sources.iter().any(|source| source.snapshot.is_none()) {
        return Ok(None);
    }
    for source in &kept.sources {
        let seen = session.catalog().valid_write_ids(&source.database, &source.table)?;
        if source.snapshot.as_ref() != Some(&seen) {
            return Ok(Some(true));
        }
    }
    Ok(Some(false))
}

/// The materialized views, of all databases, that read a table.
pub fn readers_of(session: &Session, table: &Table) -> Result<Vec<String>> {
    let catalog = session.catalog();
    let mut readers = Vec::new();
    for database in catalog.database_names(None)? {
        for name in catalog.table_names(&database, None, Some(&[TableKind::MaterializedView]))? {
            let view = catalog.table(&database, &name)?;
            if Materialization::of(&view).is_some_and(|kept| kept.reads(&table.database, &table.name)) {
                readers.push(view.qualified_name());
            }
        }
    }
    Ok(readers)
}
