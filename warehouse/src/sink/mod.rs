//! A table as a target of rows.
//!
//! ```text
//! plan ─► route (bucket numbers, sort) ─► one task for each partition of the plan ─► files in a staging folder
//!                                                                                            │
//!                                      catalog ◄─ commit (journal, renames, deletes) ◄───────┘
//! ```
//!
//! `statement`: the writes of one statement, of which all are seen in the end or none.

mod commit;
mod directory;
mod files;
mod load;
mod options;
mod route;
mod statement;
mod stats;
mod task;
#[cfg(test)]
mod tests;
mod truncate;

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use datafusion::execution::TaskContext;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use skep_metastore::MetastoreError;
use skep_metastore::model::Table;
use skep_metastore::store::MetaStore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub(crate) use self::commit::commit_files;
pub use self::directory::{DirectoryTarget, write_directory};
pub(crate) use self::files::{StagedFile, WriteJob};
pub use self::load::{LoadSource, stage_load};
pub use self::options::{WriteOptions, WriteSummary, WriteTarget};
pub(crate) use self::route::Buckets;
use self::route::route;
use self::statement::write_one;
pub use self::statement::{StagedWrite, StatementCommit, Target, Write, begin};
pub use self::stats::{STATS_ACCURATE, accurate_columns, is_accurate};
use self::task::RowShape;
pub(crate) use self::task::channel_plan;
pub use self::truncate::truncate;
use crate::error::{Result, WarehouseError};
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
    write_one(Target::Table(target), input, ctx, metastore, stores).await
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

/// Runs the plan, one task for each of its partitions. Nobody writes any more when this is done, whatever comes of it.
pub(crate) async fn write_files(
    job: &Arc<WriteJob>,
    input: Arc<dyn ExecutionPlan>,
    ctx: &Arc<TaskContext>,
    dynamic: usize,
    buckets: Option<&Buckets>,
    stop: &CancellationToken,
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
    let failed = loop {
        let joined = tokio::select! {
            joined = tasks.join_next() => joined,
            () = stop.cancelled() => {
                break Some(WarehouseError::Invalid("another write of the statement has failed".to_string()));
            }
        };
        match joined {
            None => break None,
            Some(Ok(Ok(done))) => files.extend(done),
            Some(Ok(Err(error))) => break Some(error),
            Some(Err(error)) => break Some(WarehouseError::Invalid(format!("a writer was cut short: {error}"))),
        }
    };
    if let Some(error) = failed {
        // Nobody may write into the staging folder when it goes.
        tasks.shutdown().await;
        return Err(error);
    }
    files.sort_by(|a, b| (&a.partition, &a.name).cmp(&(&b.partition, &b.name)));
    Ok(files)
}
