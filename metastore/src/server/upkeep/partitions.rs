//! Partitions that come and go with their folders (table property `discover.partitions`), and those that are too old
//! (`partition.retention.period`): `PartitionManagementTask` of Hive.
//!
//! Only folders of this machine are looked at; of tables elsewhere nothing is known here, and nothing is changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use super::UpkeepOptions;
use crate::error::{MetastoreError, Result};
use crate::model::{DEFAULT_PARTITION, Partition, PartitionFilter, Table, TableKind, unescape_path_name};
use crate::server::duration;
use crate::service::folders::{Folders, LocalFolders};
use crate::service::now;
use crate::store::MetaStore;

const DISCOVER: &str = "discover.partitions";
const RETENTION: &str = "partition.retention.period";

/// Looks at all tables that ask for it. Returns how many partitions were added or removed. A table that fails is told of in
/// the log, and does not keep the others from being looked at.
///
/// # Errors
/// Those of the store while it lists the tables.
pub fn manage(store: &dyn MetaStore, options: &UpkeepOptions) -> Result<u64> {
    let tables = candidates(store, options)?;
    let (next, changes) = (AtomicUsize::new(0), AtomicU64::new(0));
    let work = || {
        while let Some(table) = tables.get(next.fetch_add(1, Ordering::Relaxed)) {
            match manage_table(store, table, options) {
                Ok(changed) => drop(changes.fetch_add(changed, Ordering::Relaxed)),
                Err(error) => tracing::warn!(table = table.qualified_name(), %error, "its partitions stay as they are"),
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..options.partition_threads.min(tables.len()) {
            scope.spawn(work);
        }
        work();
    });
    Ok(changes.into_inner())
}

fn is_true(table: &Table, key: &str) -> bool {
    table.parameters.get(key).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// The tables that ask for it, and that this server looks at.
fn candidates(store: &dyn MetaStore, options: &UpkeepOptions) -> Result<Vec<Table>> {
    let kinds: Vec<TableKind> = [TableKind::Managed, TableKind::External]
        .into_iter()
        .filter(|kind| options.table_kinds.iter().any(|name| name == kind.name()))
        .collect();
    let mut found = Vec::new();
    for database in store.database_names(Some(&options.database_pattern))? {
        for name in store.table_names(&database, Some(&options.table_pattern), Some(&kinds))? {
            let table = match store.table(&database, &name) {
                Ok(table) => table,
                // It was dropped meanwhile.
                Err(MetastoreError::NoSuchObject(_)) => continue,
                Err(error) => return Err(error),
            };
            let asks = is_true(&table, DISCOVER) || table.parameters.contains_key(RETENTION);
            if table.is_partitioned() && asks {
                found.push(table);
            }
        }
    }
    Ok(found)
}

fn manage_table(store: &dyn MetaStore, table: &Table, options: &UpkeepOptions) -> Result<u64> {
    let mut changes = 0;
    if is_true(table, DISCOVER) {
        changes += discover(store, table, options)?;
    }
    if let Some(text) = table.parameters.get(RETENTION) {
        match duration(text, Duration::from_secs(1)).filter(|time| *time > Duration::ZERO) {
            Some(time) => changes += retire(store, table, time)?,
            None => {
                tracing::warn!(table = table.qualified_name(), value = text, "partition.retention.period is no time")
            }
        }
    }
    Ok(changes)
}

/// The path of a folder of this machine.
fn local(url: &str) -> Option<PathBuf> {
    let path = match url.split_once(':') {
        Some(("file" | "pfile", rest)) => match rest.strip_prefix("//") {
            Some(rest) => &rest[rest.find('/')?..],
            None => rest,
        },
        Some(_) => return None,
        None => url,
    };
    path.starts_with('/').then(|| PathBuf::from(path))
}

/// Adds partitions for folders that have none, and removes those whose folders are gone.
fn discover(store: &dyn MetaStore, table: &Table, options: &UpkeepOptions) -> Result<u64> {
    let Some(root) = local(&table.storage.location) else {
        tracing::debug!(table = table.qualified_name(), "its folder is not on this machine");
        return Ok(0);
    };
    // Without the table's folder nothing can be told of its partitions.
    if !root.is_dir() {
        return Ok(0);
    }
    let mut folders = BTreeMap::new();
    walk(table, &root, &mut Vec::new(), &mut folders).map_err(|error| MetastoreError::Store {
        path: root.display().to_string(),
        reason: format!("its folders cannot be listed: {error}"),
    })?;
    let (database, name) = (table.database.as_str(), table.name.as_str());
    let known = store.partitions(database, name, &PartitionFilter::All, None)?;
    let values: BTreeSet<&Vec<String>> = known.iter().map(|partition| &partition.values).collect();
    let added: Vec<Partition> = folders
        .iter()
        .filter(|(found, _)| !values.contains(found))
        .map(|(values, folder)| partition(table, values.clone(), folder, options.count_files))
        .collect::<Result<_>>()?;
    let is_gone = |partition: &&Partition| local(&partition.storage.location).is_some_and(|folder| !folder.exists());
    let gone: Vec<Vec<String>> = known.iter().filter(is_gone).map(|partition| partition.values.clone()).collect();
    if !added.is_empty() {
        store.add_partitions(database, name, &added, true)?;
    }
    if !gone.is_empty() {
        store.drop_partitions(database, name, &gone)?;
    }
    Ok((added.len() + gone.len()) as u64)
}

/// The folders of partitions below one, by their values. Folders of other names are none of its partitions.
fn walk(
    table: &Table,
    folder: &Path,
    values: &mut Vec<String>,
    found: &mut BTreeMap<Vec<String>, PathBuf>,
) -> io::Result<()> {
    let Some(key) = table.partition_keys.get(values.len()) else {
        found.insert(values.clone(), folder.to_path_buf());
        return Ok(());
    };
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some((column, value)) = name.to_str().and_then(|name| name.split_once('=')) else { continue };
        if name.as_encoded_bytes().first().is_some_and(|first| b"_.".contains(first))
            || !unescape_path_name(column).eq_ignore_ascii_case(&key.name)
            || !entry.file_type()?.is_dir()
        {
            continue;
        }
        let value = unescape_path_name(value);
        values.push(if value.is_empty() { DEFAULT_PARTITION.to_string() } else { value });
        walk(table, &entry.path(), values, found)?;
        values.pop();
    }
    Ok(())
}

/// The partition of a folder, as a client's `add_partitions` would have made it: with `count`, its files are counted.
fn partition(table: &Table, values: Vec<String>, folder: &Path, count: bool) -> Result<Partition> {
    let mut storage = table.storage.clone();
    storage.location = format!("file:{}", folder.display());
    let now = now();
    let mut parameters = BTreeMap::from([("transient_lastDdlTime".to_string(), now.to_string())]);
    if count {
        let contents = LocalFolders.measure(&storage.location)?;
        parameters.insert("numFiles".to_string(), contents.files.to_string());
        parameters.insert("totalSize".to_string(), contents.bytes.to_string());
    }
    Ok(Partition { values, create_time: now, last_access_time: 0, storage, parameters, write_id: None })
}

/// Removes partitions that were made longer ago than that, with their folders where the table owns its files.
fn retire(store: &dyn MetaStore, table: &Table, age: Duration) -> Result<u64> {
    let limit = now().saturating_sub(i64::try_from(age.as_secs()).unwrap_or(i64::MAX));
    let (database, name) = (table.database.as_str(), table.name.as_str());
    let mut old = store.partitions(database, name, &PartitionFilter::All, None)?;
    old.retain(|partition| partition.create_time > 0 && partition.create_time < limit);
    if old.is_empty() {
        return Ok(0);
    }
    let values: Vec<Vec<String>> = old.iter().map(|partition| partition.values.clone()).collect();
    store.drop_partitions(database, name, &values)?;
    let owns = table.kind == TableKind::Managed || is_true(table, "external.table.purge");
    for folder in old.iter().filter(|_| owns).filter_map(|partition| local(&partition.storage.location)) {
        if let Err(error) = fs::remove_dir_all(&folder)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(folder = %folder.display(), %error, "the folder of an old partition stays");
        }
    }
    Ok(values.len() as u64)
}
