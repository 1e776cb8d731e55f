//! A table as a target of rows.
//!
//! ```text
//! plan ─► route (bucket numbers, sort) ─► one task for each partition of the plan ─► files in a staging folder
//!                                                                                            │
//!                                      catalog ◄─ commit (journal, renames, deletes) ◄───────┘
//! ```

mod commit;
mod directory;
mod files;
mod load;
mod options;
mod route;
mod stats;
mod task;
#[cfg(test)]
mod tests;
mod truncate;

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::{SystemTime, UNIX_EPOCH};

use datafusion::execution::TaskContext;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use skep_metastore::MetastoreError;
use skep_metastore::model::Table;
use skep_metastore::store::MetaStore;
use tokio::task::JoinSet;

pub(crate) use self::commit::commit_files;
pub use self::directory::{DirectoryTarget, write_directory};
pub(crate) use self::files::{StagedFile, WriteJob};
pub use self::load::{LoadSource, stage_load};
pub use self::options::{WriteOptions, WriteSummary, WriteTarget};
pub(crate) use self::route::Buckets;
use self::route::route;
pub use self::stats::{STATS_ACCURATE, accurate_columns, is_accurate};
use self::task::RowShape;
pub(crate) use self::task::channel_plan;
pub use self::truncate::truncate;
use crate::acid::AcidWrite;
use crate::error::{Result, WarehouseError};
use crate::format::{FileFormatKind, FileWriteOptions};
use crate::layout::commit::complete_pending;
use crate::layout::staging::{Staging, remove_stale};
use crate::store::Stores;

/// Seconds since 1970.
pub(crate) fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs() as i64)
}

/// Runs a plan and writes its rows into a table: all of them, or nothing. The plan's columns are the table's stored
/// columns in their Arrow types, then the dynamic partition columns. The table is as it was before until the last
/// row is written.
pub async fn write_table(
    target: WriteTarget,
    input: Arc<dyn ExecutionPlan>,
    ctx: Arc<TaskContext>,
    metastore: Arc<dyn MetaStore>,
    stores: Arc<Stores>,
) -> Result<WriteSummary> {
    let table = Arc::clone(&target.table);
    check(&target, input.as_ref())?;
    complete_pending(metastore.as_ref(), &stores, &table.database, &table.name).await?;
    let fixed: Option<Vec<String>> = target.partition.iter().cloned().collect();
    let existing = match fixed.as_ref().filter(|values| !values.is_empty()) {
        Some(values) => existing_partition(metastore.as_ref(), &table, values)?,
        None => None,
    };
    if target.if_not_exists && existing.is_some() {
        return Ok(WriteSummary::default());
    }
    remove_stale(&stores, &table.storage.location).await?;
    let mut storage = table.storage.clone();
    if let (Some(partition), false) = (existing, target.overwrite) {
        // Rows are added to files that are there, in their format.
        storage.input_format = partition.storage.input_format;
        storage.output_format = partition.storage.output_format;
        storage.serde = partition.storage.serde;
    }
    let kind = FileFormatKind::of(&storage)?;
    let buckets = Buckets::new(&storage, table.bucketing_version(), &target.options.tz)?;
    let acid = AcidWrite::begin(&metastore, &table, target.overwrite, &target.options.user)?;
    let staging = Staging::create(&stores, &table.storage.location).await?;
    let dynamic = target.partition.iter().filter(|value| value.is_none()).count();
    let job = Arc::new(WriteJob {
        stores: Arc::clone(&stores),
        staging: staging.url().to_string(),
        kind,
        columns: storage.columns.clone(),
        keys: table.partition_keys.clone(),
        partition: target.partition.clone(),
        file_options: FileWriteOptions {
            codec: target.options.compress,
            table_parameters: target.options.file_parameters(&table.parameters),
            time_zone: Arc::clone(&target.options.tz),
        },
        options: target.options.clone(),
        files: AtomicUsize::new(0),
        partitions: Default::default(),
        acid: acid.as_ref().map(AcidWrite::names),
        storage,
    });
    let mut files = write_files(&job, input, &ctx, dynamic, buckets.as_ref()).await?;
    if let (Some(buckets), None) = (&buckets, &acid) {
        add_empty_buckets(&job, fixed.as_deref(), buckets.count, &mut files)?;
    }
    if dynamic > 0 && files.is_empty() && target.options.error_on_empty_partition {
        return Err(WarehouseError::Invalid(
            "This query creates no partitions. To turn off this error, set hive.error.on.empty.partition=false."
                .to_string(),
        ));
    }
    commit_files(&target, files, staging, acid, metastore.as_ref(), &stores).await
}

/// Does the plan fit the table?
fn check(target: &WriteTarget, input: &dyn ExecutionPlan) -> Result<()> {
    let table = &target.table;
    if target.partition.len() != table.partition_keys.len() {
        return Err(WarehouseError::Invalid(format!(
            "table {} has {} partition columns, but {} were given",
            table.qualified_name(),
            table.partition_keys.len(),
            target.partition.len()
        )));
    }
    let dynamic = table.partition_keys.iter().zip(&target.partition).filter(|(_, value)| value.is_none());
    let wanted: Vec<_> = table.storage.columns.iter().chain(dynamic.map(|(key, _)| key)).collect();
    let schema = input.schema();
    let fits = schema.fields().len() == wanted.len()
        && schema
            .fields()
            .iter()
            .zip(&wanted)
            .all(|(field, column)| field.data_type().equals_datatype(&crate::types::arrow_type(&column.ty)));
    if fits {
        return Ok(());
    }
    let types: Vec<String> = wanted.iter().map(|column| format!("{} {}", column.name, column.ty)).collect();
    Err(WarehouseError::Invalid(format!(
        "table {} takes ({}), but the rows have ({})",
        table.qualified_name(),
        types.join(", "),
        schema.fields().iter().map(|f| f.data_type().to_string()).collect::<Vec<_>>().join(", ")
    )))
}

/// A partition, if it is there.
fn existing_partition(
    metastore: &dyn MetaStore,
    table: &Table,
    values: &[String],
) -> Result<Option<skep_metastore::model::Partition>> {
    match metastore.partition(&table.database, &table.name, values) {
        Ok(partition) => Ok(Some(partition)),
        Err(MetastoreError::NoSuchObject(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Runs the plan, one task for each of its partitions.
pub(crate) async fn write_files(
    job: &Arc<WriteJob>,
    input: Arc<dyn ExecutionPlan>,
    ctx: &Arc<TaskContext>,
    dynamic: usize,
    buckets: Option<&Buckets>,
) -> Result<Vec<StagedFile>> {
    let parallel = ctx.session_config().target_partitions();
    let routed = route(input, &job.storage, dynamic, buckets, parallel)?;
    let shape = RowShape { stored: job.columns.len(), dynamic, bucketed: buckets.is_some() };
    let mut tasks = JoinSet::new();
    let count = routed.plan.output_partitioning().partition_count();
    for number in 0..count {
        let rows = routed.plan.execute(number, Arc::clone(ctx))?;
        tasks.spawn(task::run(Arc::clone(job), number, shape, routed.ordered, count, rows, Arc::clone(ctx)));
    }
    let mut files = Vec::new();
    let mut failed = None;
    while let Some(joined) = tasks.join_next().await {
        match joined {
            Ok(Ok(done)) => files.extend(done),
            Ok(Err(error)) => {
                failed = Some(error);
                break;
            }
            Err(error) => {
                failed = Some(WarehouseError::Invalid(format!("a writer was cut short: {error}")));
                break;
            }
        }
    }
    if let Some(error) = failed {
        // Nobody may write into the staging folder when it goes.
        tasks.shutdown().await;
        return Err(error);
    }
    files.sort_by(|a, b| (&a.partition, &a.name).cmp(&(&b.partition, &b.name)));
    Ok(files)
}

/// Every bucket of every written partition has a file, if an empty one.
fn add_empty_buckets(
    job: &Arc<WriteJob>,
    fixed: Option<&[String]>,
    count: u32,
    files: &mut Vec<StagedFile>,
) -> Result<()> {
    let mut partitions: Vec<Vec<String>> = files.iter().map(|f| f.partition.clone()).collect();
    partitions.extend(fixed.map(<[String]>::to_vec));
    partitions.sort();
    partitions.dedup();
    for partition in partitions {
        for bucket in 0..count {
            if !files.iter().any(|f| f.partition == partition && f.bucket == Some(bucket)) {
                files.push(job.open(&partition, bucket as usize, 0)?.finish(Some(bucket))?);
            }
        }
    }
    files.sort_by(|a, b| (&a.partition, &a.name).cmp(&(&b.partition, &b.name)));
    Ok(())
}
