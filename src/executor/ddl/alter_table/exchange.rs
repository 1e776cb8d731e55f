//! `ALTER TABLE … EXCHANGE PARTITION … WITH TABLE …`

use skep_metastore::model::{Partition, Table, partition_name};
use skep_metastore::store::MetaStore;
use skep_warehouse::store::{fs, url};

use super::super::touch;
use crate::error::{HiveError, Result, SkepError};
use crate::executor::{names, partition_spec};
use crate::parser::ast::{ObjectName, PartitionSpec};
use crate::session::Session;

/// Moves the partitions that the specification names from the source table into this one, files and entries. All or none:
/// what was moved is moved back when something fails.
pub async fn run(session: &Session, table: &Table, spec: &PartitionSpec, source: &ObjectName) -> Result<()> {
    let source = names::base_table(session, source)?;
    names::settle(session, &source).await?;
    let columns = |table: &Table| -> Vec<(String, String)> {
        table.storage.columns.iter().map(|column| (column.name.clone(), column.ty.to_string())).collect()
    };
    let keys = |table: &Table| -> Vec<(String, String)> {
        table.partition_keys.iter().map(|column| (column.name.clone(), column.ty.to_string())).collect()
    };
    if columns(table) != columns(&source) || keys(table) != keys(&source) {
        return Err(SkepError::semantic(HiveError::TABLES_INCOMPATIBLE, ""));
    }
    let values = partition_spec::partial_values(session, &source, spec)?;
    let mut gap = false;
    for value in &values {
        if value.is_some() && gap {
            return Err(SkepError::semantic(HiveError::PARTITION_VALUES_GAP, ""));
        }
        gap |= value.is_none();
    }
    let catalog = session.catalog();
    let filter = partition_spec::filter_of(&source, &values);
    let partitions = catalog.partitions(&source.database, &source.name, &filter, None)?;
    if partitions.is_empty() {
        let error = SkepError::semantic(HiveError::PARTITION_NOT_FOUND, format!("in {}", source.qualified_name()));
        return Err(error.with_span(Some(spec.span.into())));
    }
    for partition in &partitions {
        super::refuse_archived(partition, "Exchanging")?;
    }
    // Hive wants the target to have no partition at all of those that the specification names.
    if let Some(taken) = catalog.partition_values(&table.database, &table.name, &filter, Some(1))?.first() {
        let name = partition_name(&table.partition_keys, taken);
        let error = SkepError::semantic(HiveError::PARTITION_EXISTS, format!("[{}({name})]", table.name));
        return Err(error.with_span(Some(spec.span.into())));
    }
    let mut moved: Vec<(String, String)> = Vec::new();
    let result = move_all(session, table, &source, partitions, &mut moved).await;
    if result.is_err() {
        for (from, to) in moved.into_iter().rev() {
            fs::rename(session.stores(), &to, &from).await?;
        }
    }
    result
}

async fn move_all(
    session: &Session,
    table: &Table,
    source: &Table,
    partitions: Vec<Partition>,
    moved: &mut Vec<(String, String)>,
) -> Result<()> {
    let old: Vec<Vec<String>> = partitions.iter().map(|partition| partition.values.clone()).collect();
    let mut new = Vec::with_capacity(partitions.len());
    for mut partition in partitions {
        let from = partition.storage.location.clone();
        let to = url::join(&table.storage.location, &partition_name(&table.partition_keys, &partition.values));
        if fs::exists(session.stores(), &from).await? {
            if let Some(parent) = url::parent(&to) {
                fs::create_dir(session.stores(), parent).await?;
            }
            if fs::exists(session.stores(), &to).await? {
                let text = format!("Cannot rename the source path. The destination path already exists: {to}");
                return Err(SkepError::exception("MetaException", text));
            }
            fs::rename(session.stores(), &from, &to).await?;
            moved.push((from, to.clone()));
        }
        partition.storage.location = to;
        touch(&mut partition.parameters);
        new.push(partition);
    }
    let catalog = session.catalog();
    catalog.add_partitions(&table.database, &table.name, &new, false)?;
    catalog.drop_partitions(&source.database, &source.name, &old)?;
    Ok(())
}
