//! `ALTER TABLE … UPDATE COLUMNS`

use skep_metastore::model::{PartitionFilter, Table};
use skep_metastore::store::MetaStore;
use skep_warehouse::format::avro;

use super::{named_partitions, note_change};
use crate::error::{Result, SkepError};
use crate::parser::ast::{DropBehavior, PartitionSpec};
use crate::session::Session;

/// Makes the catalog remember the columns that the table's SerDe tells now: for the table, for the named partitions, or
/// with `CASCADE` for the table and all its partitions. SerDes whose columns are the catalog's own are an error.
pub fn run(
    session: &Session,
    mut table: Table,
    spec: Option<&PartitionSpec>,
    behavior: Option<&DropBehavior>,
) -> Result<()> {
    let serde = &table.storage.serde.library;
    if serde != avro::SERDE {
        let text = format!("{} has serde {serde} for which schema is already handled by HMS.", table.name);
        return Err(SkepError::invalid(text));
    }
    if let Some(columns) = avro::told_columns(&table.storage, &table.parameters)? {
        table.storage.columns = columns;
    }
    let catalog = session.catalog();
    let mut partitions = match spec {
        Some(spec) => named_partitions(session, &table, spec)?,
        None if behavior == Some(&DropBehavior::Cascade) => {
            catalog.partitions(&table.database, &table.name, &PartitionFilter::All, None)?
        }
        None => Vec::new(),
    };
    for partition in &mut partitions {
        partition.storage.columns.clone_from(&table.storage.columns);
        note_change(session, &mut partition.parameters);
    }
    if spec.is_none() {
        note_change(session, &mut table.parameters);
        catalog.store_columns(&table)?;
    }
    if !partitions.is_empty() {
        catalog.alter_partitions(&table.database, &table.name, &partitions)?;
    }
    Ok(())
}
