//! `ALTER TABLE … ADD|DROP PARTITION` and `PARTITION … RENAME TO`

use std::collections::BTreeSet;

use skep_metastore::MetastoreError;
use skep_metastore::model::{Parameters, Partition, Table, partition_name};
use skep_metastore::store::MetaStore;
use skep_warehouse::layout::archive::{archiving_level, folder_of};
use skep_warehouse::store::har::ArchivePlace;
use skep_warehouse::store::{fs, url};

use super::super::create_table::{make_folder, set_empty_statistics};
use super::super::drop_table::owns_files;
use super::super::{now, touch};
use crate::error::{HiveError, Result, SkepError};
use crate::executor::partition_spec;
use crate::parser::ast::{NewPartition, PartitionCondition, PartitionSpec};
use crate::session::{Outcome, Session};

/// Adds partitions, all or none: first their folders, then the entries.
pub async fn add(session: &Session, table: &Table, new: &[NewPartition], if_not_exists: bool) -> Result<()> {
    let mut partitions = Vec::with_capacity(new.len());
    let mut seen = BTreeSet::new();
    let mut made_folders = Vec::new();
    for one in new {
        let values = partition_spec::full_values(session, table, &one.partition)?;
        partition_spec::check_new(session, table, &values, &one.partition)?;
        if !seen.insert(values.clone()) {
            continue;
        }
        let name = partition_name(&table.partition_keys, &values);
        match session.catalog().partition(&table.database, &table.name, &values) {
            Ok(_) if if_not_exists => continue,
            Ok(_) => {
                let text = format!("Partition already exists: {}/{name}", table.qualified_name());
                let error = SkepError::exception("AlreadyExistsException", text);
                return Err(error.with_span(Some(one.partition.span.into())));
            }
            Err(MetastoreError::NoSuchObject(_)) => {}
            Err(error) => return Err(error.into()),
        }
        let mut partition = Partition {
            values,
            create_time: now(),
            last_access_time: 0,
            storage: table.storage.clone(),
            parameters: Parameters::new(),
            write_id: None,
        };
        touch(&mut partition.parameters);
        partition.storage.location = location(session, table, &name, one.location.as_deref())?;
        if !table.is_view() {
            if make_folder(session, &partition.storage.location).await? {
                made_folders.push(partition.storage.location.clone());
            }
            measure(session, &mut partition).await?;
        }
        partitions.push(partition);
    }
    if let Err(error) = session.catalog().add_partitions(&table.database, &table.name, &partitions, if_not_exists) {
        for folder in made_folders {
            fs::delete(session.stores(), &folder, false).await?;
        }
        return Err(error.into());
    }
    Ok(())
}

/// Folder of a partition: the one given (a relative one lies in the table's), or the one that its name says.
fn location(session: &Session, table: &Table, name: &str, given: Option<&str>) -> Result<String> {
    if table.is_view() {
        return Ok(String::new());
    }
    match given {
        None => Ok(url::join(&table.storage.location, name)),
        Some(path) => session.named_url_in(&table.storage.location, path),
    }
}

/// What is known of a partition's files without reading them.
pub async fn measure(session: &Session, partition: &mut Partition) -> Result<()> {
    let used = fs::table_use(session.stores(), &partition.storage.location).await?;
    if used.files == 0 {
        let names: Vec<String> = partition.storage.columns.iter().map(|column| column.name.clone()).collect();
        set_empty_statistics(&mut partition.parameters, &names);
    } else {
        partition.parameters.insert("numFiles".into(), used.files.to_string());
        partition.parameters.insert("totalSize".into(), used.bytes.to_string());
    }
    Ok(())
}

/// Drops the partitions that satisfy one of the lists of conditions: first the entries, then the files of a managed table.
pub async fn drop(
    session: &Session,
    table: &Table,
    lists: &[Vec<PartitionCondition>],
    if_exists: bool,
) -> Result<Outcome> {
    if !table.is_partitioned() {
        return Err(SkepError::semantic(HiveError::TABLE_NOT_PARTITIONED, table.qualified_name()));
    }
    let mut doomed = BTreeSet::new();
    for conditions in lists {
        let found = partition_spec::matching(session, table, conditions)?;
        if found.is_empty() && !if_exists && !session.config().bool("hive.exec.drop.ignorenonexistent") {
            let texts: Vec<String> = conditions.iter().map(|condition| condition.column.lower()).collect();
            let error = SkepError::semantic(HiveError::PARTITION_NOT_FOUND, format!("({})", texts.join(", ")));
            return Err(error.with_span(conditions.first().map(|condition| condition.column.span.into())));
        }
        doomed.extend(found);
    }
    let doomed: Vec<Vec<String>> = doomed.into_iter().collect();
    let catalog = session.catalog();
    let mut folders = Vec::new();
    if owns_files(table) {
        for values in &doomed {
            let partition = catalog.partition(&table.database, &table.name, values)?;
            if let Some(place) = ArchivePlace::of(&partition.storage.location)? {
                check_whole_archive(session, table, &partition, &doomed)?;
                folders.push(format!("file:{}", place.archive.display()));
            }
            folders.push(folder_of(&partition).to_string());
        }
    }
    folders.sort();
    folders.dedup();
    catalog.drop_partitions(&table.database, &table.name, &doomed)?;
    for folder in folders.iter().filter(|folder| !folder.is_empty()) {
        fs::delete(session.stores(), folder, true).await?;
        remove_empty_parents(session, &table.storage.location, folder).await?;
    }
    let mut outcome = Outcome::done();
    for values in &doomed {
        outcome.messages.push(format!("Dropped the partition {}", partition_name(&table.partition_keys, values)));
    }
    Ok(outcome)
}

/// An archive goes with all partitions in it, or stays.
fn check_whole_archive(session: &Session, table: &Table, one: &Partition, doomed: &[Vec<String>]) -> Result<()> {
    let Some(level) = archiving_level(one) else { return Ok(()) };
    let given: Vec<Option<String>> = one.values[..level].iter().cloned().map(Some).collect();
    let filter = partition_spec::filter_of(table, &given);
    let together = session.catalog().partition_values(&table.database, &table.name, &filter, None)?;
    if together.iter().all(|values| doomed.contains(values)) {
        return Ok(());
    }
    let name = partition_name(&table.partition_keys, &one.values);
    let text = format!("Cannot drop a subset of partitions  in an archive, partition {name}");
    Err(SkepError::exception("MetaException", text))
}

/// Removes folders between a table's and one of its partitions' that are empty now.
async fn remove_empty_parents(session: &Session, root: &str, folder: &str) -> Result<()> {
    let root = url::normalize(root)?;
    let mut folder = url::normalize(folder)?;
    while let Some(parent) = url::parent(&folder).map(str::to_string) {
        if parent == root || !parent.starts_with(&root) {
            break;
        }
        match fs::list(session.stores(), &parent).await {
            Ok(children) if children.is_empty() => fs::delete(session.stores(), &parent, false).await?,
            _ => break,
        };
        folder = parent;
    }
    Ok(())
}

/// `PARTITION (…) RENAME TO PARTITION (…)`. The folder of a managed table's partition is moved where its new name says.
pub async fn rename(session: &Session, table: &Table, spec: Option<&PartitionSpec>, to: &PartitionSpec) -> Result<()> {
    let Some(spec) = spec else { return Err(SkepError::invalid("RENAME TO PARTITION needs the partition to rename")) };
    let old = partition_spec::full_values(session, table, spec)?;
    let new = partition_spec::full_values(session, table, to)?;
    partition_spec::check_new(session, table, &new, to)?;
    let catalog = session.catalog();
    let partition = match catalog.partition(&table.database, &table.name, &old) {
        Ok(partition) => partition,
        Err(MetastoreError::NoSuchObject(_)) => return Err(super::no_partition(table, spec)),
        Err(error) => return Err(error.into()),
    };
    super::refuse_archived(&partition, "Renaming")?;
    if catalog.partition(&table.database, &table.name, &new).is_ok() {
        let name = partition_name(&table.partition_keys, &new);
        let text = format!("Partition already exists: {}/{name}", table.qualified_name());
        return Err(SkepError::exception("AlreadyExistsException", text).with_span(Some(to.span.into())));
    }
    let mut renamed = partition.clone();
    renamed.values = new;
    touch(&mut renamed.parameters);
    let from = partition.storage.location.clone();
    let moves = owns_files(table) && fs::exists(session.stores(), &from).await?;
    if moves {
        renamed.storage.location =
            url::join(&table.storage.location, &partition_name(&table.partition_keys, &renamed.values));
        let to = &renamed.storage.location;
        if let Some(parent) = url::parent(to) {
            fs::create_dir(session.stores(), parent).await?;
        }
        if fs::exists(session.stores(), to).await? {
            return Err(SkepError::exception("InvalidOperationException", format!("the folder {to} is there already")));
        }
        fs::rename(session.stores(), &from, to).await?;
    }
    if let Err(error) = catalog.rename_partition(&table.database, &table.name, &old, &renamed) {
        if moves {
            fs::rename(session.stores(), &renamed.storage.location, &from).await?;
        }
        return Err(error.into());
    }
    if moves {
        remove_empty_parents(session, &table.storage.location, &from).await?;
    }
    Ok(())
}
