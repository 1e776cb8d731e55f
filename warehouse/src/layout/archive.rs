//! Partitions whose files are in a Hadoop archive (`ALTER TABLE … ARCHIVE`).
//!
//! ```text
//! before   t/ds=1/hr=1/000000_0                     archived PARTITION (ds='1')    t/ds=1/data.har/{_index,_masterindex,part-0}
//!          t/ds=1/hr=2/000000_0                     location of hr=1               har://file-localhost/…/t/ds=1/data.har/hr=1
//! ```
//!
//! As Hive has it, the partition keeps its old location and the number of columns that were given as parameters. The
//! files are put into their places by the commit protocol, so that a process that dies leaves the folder or the archive.

use std::collections::BTreeMap;

use futures::FutureExt;
use futures::future::BoxFuture;
use skep_metastore::model::{CompareOp, Partition, PartitionFilter, PartitionLiteral, Table, partition_name};
use skep_metastore::store::MetaStore;

use super::commit::{Change, CommitJournal, Delete, Move, commit};
use super::staging::Staging;
use crate::error::{Result, WarehouseError};
use crate::store::{FileStatus, Stores, fs, har, url};

/// Name of the archive in the folder that it stands for.
pub const ARCHIVE_NAME: &str = "data.har";
const IS_ARCHIVED: &str = "is_archived";
const ORIGINAL_LOCATION: &str = "original_location";
const LEVEL: &str = "archiving_level";

/// How many partition columns were given when the partition was archived; `None` if it is not
/// (`MetaStoreUtils.getArchivingLevel`).
pub fn archiving_level(partition: &Partition) -> Option<usize> {
    let archived = partition.parameters.get(IS_ARCHIVED).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let level = partition.parameters.get(LEVEL).and_then(|level| level.parse().ok());
    archived.then(|| level.filter(|level| *level <= partition.values.len()).unwrap_or(partition.values.len()))
}

/// The folder that the partition has when it is not archived.
pub fn folder_of(partition: &Partition) -> &str {
    let original = partition.parameters.get(ORIGINAL_LOCATION).filter(|_| archiving_level(partition).is_some());
    original.unwrap_or(&partition.storage.location)
}

/// Makes the partition another one's copy in another folder: takes what says that it is archived from it.
pub fn set_folder(partition: &mut Partition, location: String) {
    for key in [IS_ARCHIVED, ORIGINAL_LOCATION, LEVEL] {
        partition.parameters.remove(key);
    }
    partition.storage.location = location;
}

/// Changes the locations of a partition whose table's folder was moved.
pub fn relocate(partition: &mut Partition, from: &str, to: &str) -> Result<bool> {
    let mut moved = false;
    if let Some(original) = partition.parameters.get_mut(ORIGINAL_LOCATION)
        && let Some(new) = below(original, from, to)?
    {
        *original = new;
    }
    let location = &partition.storage.location;
    if let Some(place) = har::ArchivePlace::of(location)? {
        let archive = format!("file:{}", place.archive.display());
        if let Some(new) = below(&archive, from, to)? {
            let place = har::ArchivePlace { archive: url::local_path(&new)?, inner: place.inner };
            partition.storage.location = place.url();
            moved = true;
        }
    } else if let Some(new) = below(location, from, to)? {
        partition.storage.location = new;
        moved = true;
    }
    Ok(moved)
}

/// The place of a file or a folder below `from` once that is `to`.
fn below(location: &str, from: &str, to: &str) -> Result<Option<String>> {
    let root = format!("{}/", url::normalize(from)?);
    Ok(url::normalize(location)?.strip_prefix(&root).map(|rest| url::join(to, rest)))
}

/// Looks for archives that rows of a partition would have to be written into.
#[derive(Debug, Default)]
pub struct Conflicts {
    /// For the first values of partitions, whether an archive holds all of these.
    known: BTreeMap<Vec<String>, Option<String>>,
}

impl Conflicts {
    /// [`WarehouseError::ArchiveConflict`] when the partition with these values, or a folder above the one that it would
    /// have, is archived (`ArchiveUtils.conflictingArchiveNameOrNull`). `existing` is the partition, if there is one.
    pub fn check(
        &mut self,
        metastore: &dyn MetaStore,
        table: &Table,
        values: &[String],
        existing: Option<&Partition>,
    ) -> Result<()> {
        let found = match existing {
            Some(partition) => {
                archiving_level(partition).map(|level| partition_name(&table.partition_keys[..level], &values[..level]))
            }
            None => self.above(metastore, table, &values[..values.len().saturating_sub(1)])?,
        };
        found.map_or(Ok(()), |name| Err(WarehouseError::ArchiveConflict(name)))
    }

    /// The archive that holds the partitions with these first values.
    fn above(&mut self, metastore: &dyn MetaStore, table: &Table, first: &[String]) -> Result<Option<String>> {
        if first.is_empty() {
            return Ok(None);
        }
        if let Some(known) = self.known.get(first) {
            return Ok(known.clone());
        }
        let found = metastore.partitions(&table.database, &table.name, &having(table, first), Some(1))?;
        let conflict = match found.first() {
            Some(neighbour) => archiving_level(neighbour)
                .filter(|level| *level <= first.len())
                .map(|level| partition_name(&table.partition_keys[..level], &neighbour.values[..level])),
            None => self.above(metastore, table, &first[..first.len() - 1])?,
        };
        self.known.insert(first.to_vec(), conflict.clone());
        Ok(conflict)
    }
}

fn having(table: &Table, first: &[String]) -> PartitionFilter {
    let equal = |(column, value): (usize, &String)| match value == skep_metastore::model::DEFAULT_PARTITION {
        true => PartitionFilter::IsNull { column, negated: false },
        false => PartitionFilter::Compare {
            column,
            op: CompareOp::Eq,
            literal: match value.parse() {
                Ok(number) if table.partition_keys[column].ty.is_integer() => PartitionLiteral::Integer(number),
                _ => PartitionLiteral::Text(value.clone()),
            },
        },
    };
    PartitionFilter::And(first.iter().enumerate().map(equal).collect())
}

/// Puts the folder `root`, in which all these partitions have theirs, into an archive. `level` is how many of their first
/// values it stands for.
pub async fn archive(
    metastore: &dyn MetaStore,
    stores: &Stores,
    table: &Table,
    mut partitions: Vec<Partition>,
    root: &str,
    level: usize,
) -> Result<()> {
    let target = url::join(root, ARCHIVE_NAME);
    if fs::exists(stores, &target).await? {
        if !fs::list(stores, &target).await?.is_empty() {
            return Err(WarehouseError::AlreadyExists(target));
        }
        // A commit that was not decided may have left it.
        fs::delete(stores, &target, false).await?;
    }
    let before = fs::walk(stores, root).await?;
    let staging = Staging::create(stores, &table.storage.location).await?;
    let staged = url::join(staging.url(), ARCHIVE_NAME);
    fs::pack(stores, root, &staged).await?;
    if fs::walk(stores, root).await? != before {
        return Err(WarehouseError::Conflict(format!("the files in {root} changed while they were archived")));
    }
    let mut journal = CommitJournal { mkdirs: vec![target.clone()], ..Default::default() };
    for file in fs::list(stores, &staged).await? {
        let to = url::join(&target, file.name());
        journal.moves.push(Move { from: file.path, to, replace: true });
    }
    journal.deletes.extend(fs::list(stores, root).await?.iter().map(Delete::from));
    for partition in &mut partitions {
        let original = partition.storage.location.clone();
        let archived = har::archived_url(root, ARCHIVE_NAME, &original)?
            .ok_or_else(|| WarehouseError::Invalid(format!("{original} is not in {root}")))?;
        let parameters = &mut partition.parameters;
        parameters.insert(IS_ARCHIVED.to_string(), "true".to_string());
        parameters.insert(LEVEL.to_string(), level.to_string());
        parameters.insert(ORIGINAL_LOCATION.to_string(), original);
        partition.storage.location = archived;
    }
    journal.changes.push(Change::PutPartitions(partitions));
    commit(metastore, stores, &table.database, &table.name, journal, Some(staging)).await
}

/// Puts the files of the archive in the folder `root` back into their places; these partitions get their old locations.
pub async fn unarchive(
    metastore: &dyn MetaStore,
    stores: &Stores,
    table: &Table,
    mut partitions: Vec<Partition>,
    root: &str,
) -> Result<()> {
    let archive = url::join(root, ARCHIVE_NAME);
    let Some(there) = fs::status(stores, &archive).await? else {
        return Err(WarehouseError::NotFound(archive));
    };
    let source = har::archived_url(root, ARCHIVE_NAME, root)?.ok_or_else(|| WarehouseError::NotFound(archive))?;
    let staging = Staging::create(stores, &table.storage.location).await?;
    let staged = url::join(staging.url(), "extracted");
    fs::copy(stores, &source, &staged).await?;
    let mut journal = CommitJournal { mkdirs: vec![root.to_string()], ..Default::default() };
    put_back(stores, &staged, root, &mut journal).await?;
    journal.deletes.push(Delete::from(&there));
    for partition in &mut partitions {
        let original = folder_of(partition).to_string();
        journal.mkdirs.push(original.clone());
        set_folder(partition, original);
    }
    journal.changes.push(Change::PutPartitions(partitions));
    commit(metastore, stores, &table.database, &table.name, journal, Some(staging)).await
}

/// Notes for all that is in a folder that it gets its place in another.
fn put_back<'a>(
    stores: &'a Stores,
    from: &'a str,
    to: &'a str,
    journal: &'a mut CommitJournal,
) -> BoxFuture<'a, Result<()>> {
    async move {
        for FileStatus { path, is_dir, .. } in fs::list(stores, from).await? {
            let to = url::join(to, url::file_name(&path));
            if is_dir {
                journal.mkdirs.push(to.clone());
                put_back(stores, &path, &to, journal).await?;
            } else {
                journal.moves.push(Move { from: path, to, replace: true });
            }
        }
        Ok(())
    }
    .boxed()
}
