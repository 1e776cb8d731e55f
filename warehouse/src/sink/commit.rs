//! Staged files become a table's.

use std::collections::BTreeMap;

use skep_metastore::MetastoreError;
use skep_metastore::model::{ColumnStatistics, Parameters, Table, ValidWriteIds};
use skep_metastore::store::MetaStore;

use super::files::StagedFile;
use super::stats::{self, Added, ParameterChanges};
use super::{WriteSummary, WriteTarget, existing_partition, now};
use crate::acid::{AcidNames, AcidState, AcidWrite, VERSION_FILE, is_event_file};
use crate::error::Result;
use crate::layout::commit::{Change, CommitJournal, Delete, Move, commit, merge};
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
    let table = target.table.as_ref();
    let mut summary = WriteSummary::default();
    let mut journal = CommitJournal::default();
    let folders = Folders::new(table, acid.as_ref(), stores)?;
    if target.create_table {
        journal.changes.push(Change::CreateTable(Box::new(table.clone())));
    }
    if table.is_partitioned() {
        partitions(target, files, &mut journal, &mut summary, metastore, &folders).await?;
    } else if target.create_table {
        // What a dropped table of that name left in the folder is none of the new one's.
        let added = place(&mut journal, &files, &table.storage.location, &[], true);
        let mut created = table.clone();
        let columns = columns_after(metastore, table, None, &files, &[], &Parameters::new())?;
        let changes = stats::after_write(&Parameters::new(), &[], &added, &names(&columns), now());
        merge(&mut created.parameters, &changes);
        journal.changes = vec![Change::CreateTable(Box::new(created))];
        if !columns.is_empty() {
            journal.changes.push(Change::ColumnStatistics(None, columns));
        }
        summary.count(&added);
    } else {
        let there = folders.content(&table.storage.location, target.overwrite, &mut journal).await?;
        let known = fresh(metastore, table)?;
        let added = place(&mut journal, &files, &table.storage.location, &there.gone, target.overwrite);
        let columns = columns_after(metastore, table, None, &files, &there.stay, &known)?;
        let changes = stats::after_write(&known, &there.stay, &added, &names(&columns), now());
        journal.changes.push(Change::TableParameters(changes));
        if !columns.is_empty() {
            journal.changes.push(Change::ColumnStatistics(None, columns));
        }
        summary.count(&added);
    }
    if target.options.roll_back && acid.is_some() && !target.create_table {
        // The files get their places, and nobody ever sees them: the transaction is aborted when it is dropped.
        journal.changes.clear();
        journal.deletes.clear();
        commit(metastore, stores, &table.database, &table.name, journal, Some(staging)).await?;
        return Ok(summary);
    }
    if let Some(acid) = &acid {
        journal.changes.push(Change::CommitTransaction(acid.transaction()));
    }
    commit(metastore, stores, &table.database, &table.name, journal, Some(staging)).await?;
    if let Some(acid) = acid {
        acid.committed();
    }
    Ok(summary)
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
        journal.mkdirs.push(url::join(location, &names.folder(0)));
        let gone = state.replaced(self.stores, location, names.write_id, valid).await?;
        Ok(Content { stay: Vec::new(), gone })
    }
}

impl WriteSummary {
    pub(super) fn count(&mut self, added: &Added) {
        self.files += added.files;
        self.rows += added.info.rows;
        self.bytes += added.info.bytes;
    }
}

async fn partitions(
    target: &WriteTarget,
    files: Vec<StagedFile>,
    journal: &mut CommitJournal,
    summary: &mut WriteSummary,
    metastore: &dyn MetaStore,
    folders: &Folders<'_>,
) -> Result<()> {
    let table = target.table.as_ref();
    let mut by_partition: BTreeMap<Vec<String>, Vec<StagedFile>> = BTreeMap::new();
    if let Some(fixed) = target.partition.iter().cloned().collect() {
        // A static partition comes into being without rows, too.
        by_partition.insert(fixed, Vec::new());
    }
    for file in files {
        by_partition.entry(file.partition.clone()).or_default().push(file);
    }
    let time = now();
    let mut changed = Vec::new();
    let mut of_columns = Vec::new();
    for (values, files) in by_partition {
        let existing = if target.create_table { None } else { existing_partition(metastore, table, &values)? };
        let is_new = existing.is_none();
        let mut partition = existing.unwrap_or_else(|| new_partition(table, values.clone(), time));
        let location = partition.storage.location.clone();
        let there = folders.content(&location, target.overwrite, journal).await?;
        if target.overwrite && !is_new {
            // All its rows are new and stored as the table says now.
            partition.storage = table.storage.clone();
            partition.storage.location.clone_from(&location);
        }
        journal.mkdirs.push(location.clone());
        let added = place(journal, &files, &location, &there.gone, target.overwrite);
        let old = if is_new { Parameters::new() } else { partition.parameters.clone() };
        let columns = columns_after(metastore, table, Some(&values), &files, &there.stay, &old)?;
        let changes = stats::after_write(&partition.parameters, &there.stay, &added, &names(&columns), time);
        if !columns.is_empty() {
            of_columns.push(Change::ColumnStatistics(Some(values.clone()), columns));
        }
        merge(&mut partition.parameters, &changes);
        summary.count(&added);
        summary.partitions.push(values);
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
