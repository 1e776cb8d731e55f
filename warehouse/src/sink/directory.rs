//! `INSERT OVERWRITE DIRECTORY`.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use datafusion::execution::TaskContext;
use datafusion::physical_plan::ExecutionPlan;
use skep_metastore::model::{FieldSchema, Parameters, StorageDescriptor};

use super::commit::content;
use super::files::WriteJob;
use super::{WriteOptions, WriteSummary, write_files};
use crate::error::{Result, WarehouseError};
use crate::format::{FileFormatKind, FileWriteOptions};
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

/// Runs a plan and writes its rows into files of a folder. The folder is as it was before until the last row is
/// written.
pub async fn write_directory(
    target: DirectoryTarget,
    input: Arc<dyn ExecutionPlan>,
    ctx: Arc<TaskContext>,
    stores: Arc<Stores>,
) -> Result<WriteSummary> {
    let location = url::normalize(&target.location)?;
    if fs::status(&stores, &location).await?.is_some_and(|status| !status.is_dir) {
        return Err(WarehouseError::Invalid(format!("{location} is a file, not a directory")));
    }
    remove_stale(&stores, &location).await?;
    let kind = FileFormatKind::of(&target.storage)?;
    let mut storage = target.storage;
    storage.columns.clone_from(&target.columns);
    storage.num_buckets = -1;
    let staging = Staging::create(&stores, &location).await?;
    let job = Arc::new(WriteJob {
        acid: None,
        stores: Arc::clone(&stores),
        staging: staging.url().to_string(),
        kind,
        storage,
        columns: target.columns,
        keys: Vec::new(),
        partition: Vec::new(),
        file_options: FileWriteOptions {
            codec: target.options.compress,
            table_parameters: target.options.file_parameters(&Parameters::new()),
            time_zone: Arc::clone(&target.options.tz),
        },
        options: target.options,
        files: AtomicUsize::new(0),
        partitions: Default::default(),
    });
    let files = write_files(&job, input, &ctx, 0, None).await?;
    let old = if target.overwrite { content(&stores, &location).await? } else { Vec::new() };
    let mut summary = WriteSummary::default();
    for file in &files {
        let to = url::join(&location, &file.name);
        match target.overwrite {
            true => fs::move_replacing(&stores, &file.url, &to).await?,
            false => fs::move_beside(&stores, &file.url, &to).await?,
        }
        summary.files += 1;
        summary.rows += file.info.rows;
        summary.bytes += file.info.bytes;
    }
    for status in old {
        if !files.iter().any(|file| file.name == status.name()) {
            fs::delete(&stores, &status.path, true).await?;
        }
    }
    Ok(summary)
}
