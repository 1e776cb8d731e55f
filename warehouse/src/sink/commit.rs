//! Staged files become a table's.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use skep_metastore::MetastoreError;
use skep_metastore::model::{ColumnStatistics, Parameters, Table, ValidWriteIds};
use skep_metastore::store::MetaStore;

use super::files::StagedFile;
use super::stats::{self, Added, ParameterChanges};
use super::{WriteSummary, WriteTarget, existing_partition, now};
use crate::acid::{AcidNames, AcidState, AcidWrite, VERSION_FILE, is_event_file};
use crate::error::{Result, WarehouseError};
use crate::layout::archive::Conflicts;
use crate::layout::commit::{Change, CommitJournal, Decision, Delete, Move, commit_all, merge};
use crate::layout::partition::new_partition;
use crate::layout::staging::Staging;
use crate::store::{FileStatus, Stores, fs, url};

/// Commits staged files to a target.
pub(crate) async fn commit_files(
    target: &WriteTarget,
    files: Vec<StagedFile>,
    staging: Staging,
    acid: Option<AcidWrite>,
    metastore: &dyn MetaStore,
    stores: &Stores,
) -> Result<WriteSummary> {
    let write = StagedTable { target: target.clone(), files, staging };
    let summary = write.summary();
    let decision = decide(vec![write], acid.as_ref(), metastore, stores).await?;
    commit_all(metastore, stores, vec![decision]).await?;
    if let Some(acid) = acid.filter(|_| !is_rolled_back(target)) {
        acid.committed();
    }
    Ok(summary)
}

/// Files that a write has made for a table.
#[derive(Debug)]
pub(super) struct StagedTable {
    /// What they are for.
    pub target: WriteTarget,
    /// The files.
    pub files: Vec<StagedFile>,
    /// Where they are.
    pub staging: Staging,
}

impl StagedTable {
    /// What the write adds to the table.
    pub fn summary(&self) -> WriteSummary {
        let mut summary = WriteSummary::default();
        let mut partitions: BTreeSet<Vec<String>> = BTreeSet::new();
        partitions.extend(fixed_values(&self.target));
        for file in &self.files {
            summary.files += 1;
            summary.rows += file.info.rows;
            summary.bytes += file.info.bytes;
            partitions.insert(file.partition.clone());
        }
        if self.target.table.is_partitioned() {
            summary.partitions.extend(partitions);
        }
        summary
    }
}

/// Are rows of a transactional table to be aborted in the end (`hive.test.rollbacktxn`)?
pub(super) fn is_rolled_back(target: &WriteTarget) -> bool {
    target.options.roll_back && !target.create_table
}

/// The values of the one partition that is written; those of a table without partitions are none.
fn fixed_values(target: &WriteTarget) -> Option<Vec<String>> {
    target.partition.iter().cloned().collect()
}

/// What becomes of one place: the table's folder or that of a partition.
#[derive(Debug, Default)]
struct Place {
    /// Does what is there go?
    overwrite: bool,
    /// The new files.
    files: Vec<StagedFile>,
    /// Are there rows among them that a later write adds to those that take the place of what was there?
    mixed: bool,
}

/// What the writes of one table come to, done in their order.
pub(super) async fn decide(
    writes: Vec<StagedTable>,
    acid: Option<&AcidWrite>,
    metastore: &dyn MetaStore,
    stores: &Stores,
) -> Result<Decision> {
    let mut places: BTreeMap<Vec<String>, Place> = BTreeMap::new();
    let mut staging = Vec::with_capacity(writes.len());
    let mut target = None;
    for write in writes {
        let mut own: BTreeMap<Vec<String>, Vec<StagedFile>> = BTreeMap::new();
        // A static partition comes into being without rows, too.
        own.extend(fixed_values(&write.target).map(|values| (values, Vec::new())));
        for file in write.files {
            own.entry(file.partition.clone()).or_default().push(file);
        }
        for (values, files) in own {
            let place = places.entry(values).or_default();
            if write.target.overwrite {
                *place = Place { overwrite: true, files, mixed: false };
                continue;
            }
            if place.overwrite && acid.is_some() {
                // Readers pass over what stands beside a new base of the same write id.
                return Err(WarehouseError::Unsupported(format!(
                    "Overwriting a partition of the transactional table {} and adding rows to it in one statement",
                    write.target.table.qualified_name()
                )));
            }
            place.mixed = place.overwrite;
            place.files.extend(files);
        }
        staging.push(write.staging);
        target.get_or_insert(write.target);
    }
    let Some(target) = target else {
        return Err(WarehouseError::Invalid("there is nothing to commit".to_string()));
    };
    let table = target.table.as_ref();
    let mut journal = CommitJournal::default();
    let folders = Folders::new(table, acid, stores)?;
    if target.create_table {
        journal.changes.push(Change::CreateTable(Box::new(table.clone())));
    }
    if table.is_partitioned() {
        partitions(&target, places, &mut journal, metastore, &folders).await?;
    } else {
        let place = places.into_values().next().unwrap_or_default();
        whole_table(&target, place, &mut journal, metastore, &folders).await?;
    }
    match acid {
        Some(_) if is_rolled_back(&target) => {
            // The files get their places, and nobody ever sees them: the transaction is aborted when it is dropped.
            journal.changes.clear();
            journal.deletes.clear();
        }
        Some(acid) => journal.changes.push(Change::CommitTransaction(acid.transaction())),
        None => {}
    }
    Ok(Decision { database: table.database.clone(), table: table.name.clone(), journal, staging })
}

/// The one place of a table without partitions.
async fn whole_table(
    target: &WriteTarget,
    Place { overwrite, files, .. }: Place,
    journal: &mut CommitJournal,
    metastore: &dyn MetaStore,
    folders: &Folders<'_>,
) -> Result<()> {
    let table = target.table.as_ref();
    let location = &table.storage.location;
    if target.create_table {
        // What a dropped table of that name left in the folder is none of the new one's.
        let added = place(journal, &files, location, &[], true);
        let mut created = table.clone();
        let columns = columns_after(metastore, table, None, &files, &[], &Parameters::new())?;
        let changes = stats::after_write(&Parameters::new(), &[], &added, &names(&columns), now());
        merge(&mut created.parameters, &changes);
        journal.changes = vec![Change::CreateTable(Box::new(created))];
        if !columns.is_empty() {
            journal.changes.push(Change::ColumnStatistics(None, columns));
        }
        return Ok(());
    }
    let there = folders.content(location, overwrite, journal).await?;
    let known = fresh(metastore, table)?;
    let added = place(journal, &files, location, &there.gone, overwrite);
    let columns = columns_after(metastore, table, None, &files, &there.stay, &known)?;
    let changes = stats::after_write(&known, &there.stay, &added, &names(&columns), now());
    journal.changes.push(Change::TableParameters(changes));
    if !columns.is_empty() {
        journal.changes.push(Change::ColumnStatistics(None, columns));
    }
    Ok(())
}

/// What a write finds in a folder.
#[derive(Debug, Default)]
pub(super) struct Content {
    /// Files that stay part of the table.
    pub stay: Vec<FileStatus>,
    /// Files and folders that go.
    pub gone: Vec<FileStatus>,
}

/// The folders of the table that is written into.
pub(super) struct Folders<'a> {
    stores: &'a Stores,
    /// What the statement sees, and how it names its files, where the table is transactional.
    acid: Option<(ValidWriteIds, AcidNames)>,
}

impl<'a> Folders<'a> {
    pub fn new(table: &Table, acid: Option<&AcidWrite>, stores: &'a Stores) -> Result<Self> {
        let acid = match acid {
            Some(acid) => Some((acid.seen(table)?, acid.names())),
            None => None,
        };
        Ok(Self { stores, acid })
    }

    /// What is in the folder of the table or of a partition, which the statement's rows replace or not.
    pub async fn content(&self, location: &str, overwrite: bool, journal: &mut CommitJournal) -> Result<Content> {
        let Some((valid, names)) = &self.acid else {
            let there = content(self.stores, location).await?;
            return Ok(match overwrite {
                true => Content { stay: Vec::new(), gone: there },
                false => Content { stay: there, gone: Vec::new() },
            });
        };
        let state = AcidState::read(self.stores, location, valid).await?;
        if !overwrite {
            return Ok(Content { stay: state.files(), gone: Vec::new() });
        }
        // The base says that all others are gone, if it has no rows, too.
        let base = AcidNames { overwrite: true, ..*names };
        journal.mkdirs.push(url::join(location, &base.folder(0)));
        let gone = state.replaced(self.stores, location, names.write_id, valid).await?;
        Ok(Content { stay: Vec::new(), gone })
    }
}

async fn partitions(
    target: &WriteTarget,
    places: BTreeMap<Vec<String>, Place>,
    journal: &mut CommitJournal,
    metastore: &dyn MetaStore,
    folders: &Folders<'_>,
) -> Result<()> {
    let table = target.table.as_ref();
    let time = now();
    let mut changed = Vec::new();
    let mut of_columns = Vec::new();
    let mut archives = Conflicts::default();
    for (values, Place { overwrite, files, mixed }) in places {
        // A table that is made by this very statement has none.
        let mut existing = None;
        if !target.create_table {
            existing = existing_partition(metastore, table, &values)?;
            archives.check(metastore, table, &values, existing.as_ref())?;
        }
        let is_new = existing.is_none();
        let mut partition = existing.unwrap_or_else(|| new_partition(table, values.clone(), time));
        let location = partition.storage.location.clone();
        let there = folders.content(&location, overwrite, journal).await?;
        if mixed && partition.storage.output_format != table.storage.output_format {
            // Rows that are added are stored as the partition was before.
            return Err(WarehouseError::Unsupported(format!(
                "Overwriting a partition of the table {} that is stored as {} and adding rows to it in one statement",
                table.qualified_name(),
                partition.storage.output_format
            )));
        }
        if overwrite && !is_new {
            // All its rows are new and stored as the table says now.
            partition.storage = table.storage.clone();
            partition.storage.location.clone_from(&location);
        }
        journal.mkdirs.push(location.clone());
        let added = place(journal, &files, &location, &there.gone, overwrite);
        let old = if is_new { Parameters::new() } else { partition.parameters.clone() };
        let columns = columns_after(metastore, table, Some(&values), &files, &there.stay, &old)?;
        let changes = stats::after_write(&partition.parameters, &there.stay, &added, &names(&columns), time);
        if !columns.is_empty() {
            of_columns.push(Change::ColumnStatistics(Some(values.clone()), columns));
        }
        merge(&mut partition.parameters, &changes);
        changed.push(partition);
    }
    journal.changes.push(Change::PutPartitions(changed));
    journal.changes.extend(of_columns);
    Ok(())
}

fn names(columns: &[ColumnStatistics]) -> Vec<String> {
    columns.iter().map(|column| column.column.clone()).collect()
}

/// The statistics of columns that are right after a write: those of the new rows, put together with those of the rows
/// that stay where these are right, too (Hive's `ColumnStatsMerger`).
fn columns_after(
    metastore: &dyn MetaStore,
    table: &Table,
    partition: Option<&[String]>,
    files: &[StagedFile],
    stay: &[FileStatus],
    old: &Parameters,
) -> Result<Vec<ColumnStatistics>> {
    let mut seen = files.iter().map(|file| file.statistics.as_ref());
    let Some(Some(first)) = seen.next() else { return Ok(Vec::new()) };
    let mut all = first.clone();
    for more in seen {
        match more {
            Some(more) => all.merge(more),
            None => return Ok(Vec::new()),
        }
    }
    let new = all.finish(now());
    if stay.is_empty() {
        return Ok(new);
    }
    if !stats::is_accurate(old) || !stats::are_known(old, stay) {
        return Ok(Vec::new());
    }
    let accurate = stats::accurate_columns(old);
    if accurate.is_empty() {
        return Ok(Vec::new());
    }
    let rows = old.get("numRows").and_then(|rows| rows.parse::<u64>().ok()).unwrap_or(0);
    let known = metastore.column_statistics(&table.database, &table.name, partition, &accurate)?;
    let merged = known.into_iter().filter_map(|mut column| {
        let more = new.iter().find(|new| new.column == column.column)?;
        column.merge(rows, more, all.rows()).then_some(column)
    });
    Ok(merged.collect())
}

/// Gives staged files their places in a folder, of which `gone` is to go.
pub(super) fn place(
    journal: &mut CommitJournal,
    files: &[StagedFile],
    location: &str,
    gone: &[FileStatus],
    replace: bool,
) -> Added {
    let mut added = Added::default();
    let mut folders: Vec<&str> = Vec::new();
    let mut taken: HashSet<&str> = HashSet::new();
    for file in files {
        let to = url::join(location, &file.name);
        if let Some((folder, name)) = file.name.rsplit_once('/')
            && !folders.contains(&folder)
        {
            folders.push(folder);
            journal.mkdirs.push(url::join(location, folder));
            if let (true, Some(from)) = (is_event_file(name), url::parent(&file.url)) {
                let (from, to) =
                    (url::join(from, VERSION_FILE), url::join(location, &format!("{folder}/{VERSION_FILE}")));
                journal.moves.push(Move { from, to, replace: true });
            }
        }
        // Of two new files of one name none takes the other's place.
        let replace = taken.insert(file.name.as_str()) && replace;
        journal.moves.push(Move { from: file.url.clone(), to, replace });
        added.add(&file.info);
        added.removed += file.removed;
    }
    let replaced = |status: &&FileStatus| !files.iter().any(|file| file.name == status.name());
    journal.deletes.extend(gone.iter().filter(replaced).map(Delete::from));
    added
}

/// What a folder holds that Hive sees; nothing when it is not there.
pub(super) async fn content(stores: &Stores, location: &str) -> Result<Vec<FileStatus>> {
    if !fs::exists(stores, location).await? {
        return Ok(Vec::new());
    }
    let mut found = fs::list(stores, location).await?;
    found.retain(|status| !url::is_hidden(status.name()));
    Ok(found)
}

/// Parameters of a table as the catalog has them now.
pub(super) fn fresh(metastore: &dyn MetaStore, table: &Table) -> Result<Parameters> {
    match metastore.table(&table.database, &table.name) {
        Ok(known) => Ok(known.parameters),
        Err(MetastoreError::NoSuchObject(_)) => Ok(table.parameters.clone()),
        Err(error) => Err(error.into()),
    }
}

/// Changes of a table's or of one partition's parameters as a change of the catalog.
pub(super) fn parameter_change(
    partition: Option<skep_metastore::model::Partition>,
    changes: ParameterChanges,
) -> Change {
    match partition {
        None => Change::TableParameters(changes),
        Some(mut partition) => {
            merge(&mut partition.parameters, &changes);
            Change::PutPartitions(vec![partition])
        }
    }
}
