//! `INSERT OVERWRITE DIRECTORY`.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use datafusion::execution::TaskContext;
use datafusion::physical_plan::ExecutionPlan;
use skep_metastore::model::{FieldSchema, Parameters, StorageDescriptor};
use skep_metastore::store::MetaStore;

use super::commit::{content, place};
use super::files::{StagedFile, WriteJob};
use super::statement::{Target, write_one};
use super::{WriteOptions, WriteSummary};
use crate::error::{Result, WarehouseError};
use crate::format::{FileFormatKind, FileWriteOptions};
use crate::layout::commit::{CommitJournal, DIRECTORIES, Decision, complete_pending};
use crate::layout::staging::{Staging, remove_stale};
use crate::store::{Stores, fs, url};

/// A folder that rows are written into.
#[derive(Debug, Clone)]
pub struct DirectoryTarget {
    /// The folder.
    pub location: String,
    /// How the rows are stored: classes and SerDe properties. Its columns and its location mean nothing.
    pub storage: StorageDescriptor,
    /// Columns of the rows.
    pub columns: Vec<FieldSchema>,
    /// What the folder held goes.
    pub overwrite: bool,
    /// Limits and habits of the session.
    pub options: WriteOptions,
}

/// Runs a plan and writes its rows into files of a folder: all of them, or nothing.
pub async fn write_directory(
    target: DirectoryTarget,
    input: Arc<dyn ExecutionPlan>,
    ctx: Arc<TaskContext>,
    metastore: Arc<dyn MetaStore>,
    stores: Arc<Stores>,
) -> Result<WriteSummary> {
    write_one(Target::Directory(Box::new(target)), input, ctx, metastore, stores).await
}

/// Begins a write into a folder, one of so many writes.
pub(super) async fn begin(
    mut target: Box<DirectoryTarget>,
    metastore: &dyn MetaStore,
    stores: &Arc<Stores>,
    writes: usize,
) -> Result<(Box<DirectoryTarget>, Arc<WriteJob>, Staging)> {
    target.location = url::normalize(&target.location)?;
    if fs::status(stores, &target.location).await?.is_some_and(|status| !status.is_dir) {
        return Err(WarehouseError::Invalid(format!("{} is a file, not a directory", target.location)));
    }
    complete_pending(metastore, stores, DIRECTORIES.0, DIRECTORIES.1).await?;
    remove_stale(stores, &target.location).await?;
    target.storage.columns.clone_from(&target.columns);
    target.storage.num_buckets = -1;
    let staging = Staging::create(stores, &target.location).await?;
    let job = Arc::new(WriteJob {
        acid: None,
        stores: Arc::clone(stores),
        staging: staging.url().to_string(),
        kind: FileFormatKind::of(&target.storage)?,
        storage: target.storage.clone(),
        columns: target.columns.clone(),
        keys: Vec::new(),
        partition: Vec::new(),
        file_options: FileWriteOptions {
            codec: target.options.compress,
            table_parameters: target.options.file_parameters(&Parameters::new()),
            time_zone: Arc::clone(&target.options.tz),
        },
        options: target.options.clone(),
        writes,
        files: AtomicUsize::new(0),
        partitions: Default::default(),
    });
    Ok((target, job, staging))
}

/// Files that a write has made for a folder.
#[derive(Debug)]
pub(super) struct StagedDirectory {
    /// What they are for.
    pub target: Box<DirectoryTarget>,
    /// The files.
    pub files: Vec<StagedFile>,
    /// Where they are.
    pub staging: Staging,
}

/// What the write comes to.
pub(super) async fn decide(write: StagedDirectory, stores: &Stores) -> Result<(Decision, WriteSummary)> {
    let StagedDirectory { target, files, staging } = write;
    let old = if target.overwrite { content(stores, &target.location).await? } else { Vec::new() };
    let mut journal = CommitJournal { mkdirs: vec![target.location.clone()], ..Default::default() };
    let added = place(&mut journal, &files, &target.location, &old, target.overwrite);
    let summary =
        WriteSummary { rows: added.info.rows, files: added.files, bytes: added.info.bytes, ..Default::default() };
    let (database, table) = (DIRECTORIES.0.to_string(), DIRECTORIES.1.to_string());
    Ok((Decision { database, table, journal, staging: vec![staging] }, summary))
}
