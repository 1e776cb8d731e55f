//! Staged files become a table's.

use std::collections::BTreeMap;

use skep_metastore::MetastoreError;
use skep_metastore::model::{Parameters, Table};
use skep_metastore::store::MetaStore;

use super::files::StagedFile;
use super::stats::{self, Added, ParameterChanges};
use super::{WriteSummary, WriteTarget, existing_partition, now};
use crate::error::Result;
use crate::layout::commit::{Change, CommitJournal, Delete, Move, commit, merge};
use crate::layout::partition::new_partition;
use crate::layout::staging::Staging;
use crate::store::{FileStatus, Stores, fs, url};

/// Commits staged files to a target.
pub(super) async fn commit_files(
    target: &WriteTarget,
    files: Vec<StagedFile>,
    staging: Staging,
    metastore: &dyn MetaStore,
    stores: &Stores,
) -> Result<WriteSummary> {
    let table = target.table.as_ref();
    let mut summary = WriteSummary::default();
    let mut journal = CommitJournal::default();
    if target.create_table {
        journal.changes.push(Change::CreateTable(Box::new(table.clone())));
    }
    if table.is_partitioned() {
        partitions(target, files, &mut journal, &mut summary, metastore, stores).await?;
    } else if target.create_table {
        // What a dropped table of that name left in the folder is none of the new one's.
        let added = place(&mut journal, &files, &table.storage.location, &[], true);
        let mut created = table.clone();
        merge(&mut created.parameters, &stats::after_write(&Parameters::new(), &[], &added, now()));
        journal.changes = vec![Change::CreateTable(Box::new(created))];
        summary.count(&added);
    } else {
        let there = content(stores, &table.storage.location).await?;
        let known = fresh(metastore, table)?;
        let stay = if target.overwrite { &[][..] } else { &there };
        let gone = if target.overwrite { &there[..] } else { &[] };
        let added = place(&mut journal, &files, &table.storage.location, gone, target.overwrite);
        journal.changes.push(Change::TableParameters(stats::after_write(&known, stay, &added, now())));
        summary.count(&added);
    }
    commit(metastore, stores, &table.database, &table.name, journal, Some(staging)).await?;
    Ok(summary)
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
    stores: &Stores,
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
    for (values, files) in by_partition {
        let existing = if target.create_table { None } else { existing_partition(metastore, table, &values)? };
        let is_new = existing.is_none();
        let mut partition = existing.unwrap_or_else(|| new_partition(table, values.clone(), time));
        let location = partition.storage.location.clone();
        let there = content(stores, &location).await?;
        if target.overwrite && !is_new {
            // All its rows are new and stored as the table says now.
            partition.storage = table.storage.clone();
            partition.storage.location.clone_from(&location);
        }
        let stay = if target.overwrite { &[][..] } else { &there };
        let gone = if target.overwrite { &there[..] } else { &[] };
        journal.mkdirs.push(location.clone());
        let added = place(journal, &files, &location, gone, target.overwrite);
        let changes = stats::after_write(&partition.parameters, stay, &added, time);
        merge(&mut partition.parameters, &changes);
        summary.count(&added);
        summary.partitions.push(values);
        changed.push(partition);
    }
    journal.changes.push(Change::PutPartitions(changed));
    Ok(())
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
    for file in files {
        let to = url::join(location, &file.name);
        journal.moves.push(Move { from: file.url.clone(), to, replace });
        added.add(&file.info);
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
