//! `ALTER TABLE … ARCHIVE PARTITION (…)` and `UNARCHIVE PARTITION (…)`

use skep_metastore::model::{Partition, Table, TableKind, partition_name};
use skep_metastore::store::MetaStore;
use skep_warehouse::layout::archive::{self, ARCHIVE_NAME, archiving_level, folder_of};
use skep_warehouse::store::{fs, url};

use crate::error::{ErrorKind, HiveError, Result, SkepError};
use crate::executor::partition_spec;
use crate::parser::ast::PartitionSpec;
use crate::session::Session;

/// What is meant by a specification: the first values of partitions, and the partitions that have them.
struct Chosen {
    values: Vec<String>,
    partitions: Vec<Partition>,
}

/// `ARCHIVE`: the files of the partitions become one Hadoop archive.
pub async fn archive(session: &Session, table: &Table, specs: &[PartitionSpec]) -> Result<()> {
    let chosen = choose(session, table, specs, "ARCHIVE")?;
    let level = chosen.values.len();
    let root = root(table, &chosen, "ARCHIVE")?;
    for partition in &chosen.partitions {
        if let Some(known) = archiving_level(partition) {
            return Err(failed(if known == level {
                "Partition(s) already archived".to_string()
            } else {
                let name = partition_name(&table.partition_keys[..known], &partition.values[..known]);
                format!("Conflict with existing archive {name}")
            }));
        }
    }
    let catalog = session.catalog();
    archive::archive(catalog.as_ref(), session.stores(), table, chosen.partitions, &root, level).await?;
    Ok(())
}

/// `UNARCHIVE`: the files get back their places.
pub async fn unarchive(session: &Session, table: &Table, specs: &[PartitionSpec]) -> Result<()> {
    let chosen = choose(session, table, specs, "UNARCHIVE")?;
    let given = chosen.values.len();
    let root = root(table, &chosen, "UNARCHIVE")?;
    for partition in &chosen.partitions {
        let name = partition_name(&table.partition_keys, &partition.values);
        match archiving_level(partition) {
            None => return Err(failed(format!("Partition {name} is not archived."))),
            Some(level) if given > level => {
                return Err(failed(format!(
                    "Partition {name} is archived at level {level}, and given partspec only has {given} specs."
                )));
            }
            Some(_) => {}
        }
    }
    if !fs::exists(session.stores(), &url::join(&root, ARCHIVE_NAME)).await? {
        return Err(failed("Haven't found any archive where it should be"));
    }
    let catalog = session.catalog();
    archive::unarchive(catalog.as_ref(), session.stores(), table, chosen.partitions, &root).await?;
    Ok(())
}

fn failed(text: impl Into<String>) -> SkepError {
    SkepError::new(ErrorKind::Command, text)
}

/// Checks what both statements want of their table and their specification.
fn choose(session: &Session, table: &Table, specs: &[PartitionSpec], command: &str) -> Result<Chosen> {
    if !session.config().bool("hive.archive.enabled") {
        return Err(SkepError::semantic(HiveError::ARCHIVE_DISABLED, "").with_hint("SET hive.archive.enabled=true"));
    }
    let spec = match specs {
        [] => return Err(SkepError::semantic(HiveError::ARCHIVE_ON_TABLE, "")),
        [spec] => spec,
        [_, second, ..] => {
            return Err(SkepError::semantic(HiveError::ARCHIVE_ON_MANY, "").with_span(Some(second.span.into())));
        }
    };
    let values = prefix(session, table, spec)?;
    if table.kind != TableKind::Managed || table.temporary {
        return Err(failed(format!("{command} can only be performed on managed tables")));
    }
    let given: Vec<Option<String>> = values.iter().cloned().map(Some).collect();
    let filter = partition_spec::filter_of(table, &given);
    let partitions = session.catalog().partitions(&table.database, &table.name, &filter, None)?;
    if partitions.is_empty() {
        return Err(failed("No partition matches the specification"));
    }
    Ok(Chosen { values, partitions })
}

/// The values of a specification of the first partition columns, in their order; Hive's error 10125 for another.
fn prefix(session: &Session, table: &Table, spec: &PartitionSpec) -> Result<Vec<String>> {
    let values = partition_spec::partial_values(session, table, spec)?;
    let given: Vec<String> = spec.values.iter().map(|part| part.column.lower()).collect();
    let keys: Vec<&str> = table.partition_keys.iter().map(|key| key.name.as_str()).collect();
    let first: Vec<String> = values.into_iter().map_while(|value| value).collect();
    if first.len() != given.len() || given.iter().zip(&keys).any(|(given, key)| given != key) {
        let text = format!(
            " Partition columns in the table schema are: ({}), while the partitions specified in the query are: ({}).",
            keys.join(", "),
            given.join(", ")
        );
        let error = SkepError::semantic(HiveError::PARTITION_SPEC_DIFFERS, text.trim_start());
        return Err(error.with_span(Some(spec.span.into())));
    }
    Ok(first)
}

/// The folder that all chosen partitions are in. Where only some of the columns are given, each must be where its name
/// says.
fn root(table: &Table, chosen: &Chosen, command: &str) -> Result<String> {
    if let ([partition], true) = (&chosen.partitions[..], chosen.values.len() == table.partition_keys.len()) {
        return Ok(folder_of(partition).to_string());
    }
    for partition in &chosen.partitions {
        let standard = url::join(&table.storage.location, &partition_name(&table.partition_keys, &partition.values));
        if url::normalize(folder_of(partition))? != url::normalize(&standard)? {
            let place = &partition.storage.location;
            return Err(failed(format!(
                "{command} cannot run for partition groups with custom locations like {place}"
            )));
        }
    }
    let name = partition_name(&table.partition_keys[..chosen.values.len()], &chosen.values);
    Ok(url::join(&table.storage.location, &name))
}

/// An error when the partition is archived: `what` cannot be done with it then.
pub fn refuse_archived(partition: &Partition, what: &str) -> Result<()> {
    match archiving_level(partition) {
        None => Ok(()),
        Some(_) => {
            let text = format!("{what} an archived partition is not possible");
            Err(failed(text).with_hint("ALTER TABLE … UNARCHIVE PARTITION (…)"))
        }
    }
}
