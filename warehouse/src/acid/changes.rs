//! Rows changed one by one: `UPDATE`, `DELETE` and `MERGE`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use arrow::array::{Array, AsArray, Int64Array, RecordBatch, UInt32Array};
use arrow::compute::take_record_batch;
use arrow::datatypes::Int8Type;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use futures::StreamExt;
use skep_metastore::MetastoreError;
use skep_metastore::model::{AcidKind, HiveType, Table, partition_name};
use skep_metastore::store::MetaStore;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::folders::{AcidFolder, FolderKind, bucket_file, bucket_of};
use super::read::{AcidReads, RowIds};
use super::state::AcidState;
use super::write::{AcidWrite, Operation, event_columns, events, write_version};
use crate::error::{Result, WarehouseError};
use crate::format::orc::open_event_writer;
use crate::format::{FileFormatKind, FileInfo, FileWriteOptions};
use crate::layout::bucket::zone_of;
use crate::layout::commit::complete_pending;
use crate::layout::partition::PartitionValues;
use crate::layout::staging::{Staging, remove_stale};
use crate::scan::row_id_type;
use crate::sink::{Buckets, StagedFile, WriteJob, WriteOptions, WriteTarget, channel_plan, commit_files, write_files};
use crate::store::{Stores, url};
use crate::types::arrow_type;

/// What is changed.
#[derive(Debug, Clone)]
pub struct ChangeTarget {
    /// The table; a full ACID one.
    pub table: Arc<Table>,
    /// Limits and habits of the session.
    pub options: WriteOptions,
}

/// What was changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ChangeSummary {
    /// Rows that are new.
    pub inserted: u64,
    /// Rows that have new values.
    pub updated: u64,
    /// Rows that are gone.
    pub deleted: u64,
}

/// Runs a plan and makes the changes that its rows say, all of them or none, as one transaction with one write id.
/// The plan's columns:
///
/// * `operation` Int8, not NULL: 0 inserts a row, 1 updates one (the old version goes, the new one comes), 2 deletes one;
/// * `row__id`: the struct of that virtual column; NULL for inserts;
/// * the table's stored columns in their Arrow types: the new values; not looked at for deletes;
/// * the partition columns: which partition the row is in; for updates that of the old version.
pub async fn write_changes(
    target: ChangeTarget,
    input: Arc<dyn ExecutionPlan>,
    ctx: Arc<TaskContext>,
    metastore: Arc<dyn MetaStore>,
    stores: Arc<Stores>,
) -> Result<ChangeSummary> {
    let ChangeTarget { table, options } = target;
    check(&table, input.as_ref())?;
    complete_pending(metastore.as_ref(), &stores, &table.database, &table.name).await?;
    remove_stale(&stores, &table.storage.location).await?;
    let Some(acid) = AcidWrite::begin(&metastore, &table, false, &options.user)? else {
        return Err(not_transactional(&table));
    };
    let staging = Staging::create(&stores, &table.storage.location).await?;
    let job = Arc::new(WriteJob {
        stores: Arc::clone(&stores),
        staging: staging.url().to_string(),
        kind: FileFormatKind::Orc,
        columns: table.storage.columns.clone(),
        keys: table.partition_keys.clone(),
        partition: vec![None; table.partition_keys.len()],
        file_options: FileWriteOptions {
            codec: None,
            table_parameters: options.file_parameters(&table.parameters),
            time_zone: Arc::clone(&options.tz),
        },
        options: options.clone(),
        writes: 1,
        files: AtomicUsize::new(0),
        partitions: Default::default(),
        acid: Some(acid.names().of_statement(INSERTS, 1)),
        storage: table.storage.clone(),
    });
    let (mut files, deletes, summary) = run(&job, &table, input, &ctx).await?;
    refuse_conflicts(&acid, &table, &deletes, metastore.as_ref(), &stores).await?;
    for (partition, rows) in deletes {
        files.extend(delete_files(&job, acid.names().write_id, &partition, rows)?);
    }
    let target = WriteTarget {
        partition: vec![None; table.partition_keys.len()],
        table,
        overwrite: false,
        if_not_exists: false,
        create_table: false,
        options,
    };
    commit_files(&target, files, staging, Some(acid), metastore.as_ref(), &stores).await?;
    Ok(summary)
}

fn not_transactional(table: &Table) -> WarehouseError {
    WarehouseError::Unsupported(format!(
        "Changing rows of the table {}, which is not transactional,",
        table.qualified_name()
    ))
}

/// Does the plan fit the table?
fn check(table: &Table, input: &dyn ExecutionPlan) -> Result<()> {
    if table.acid_kind() != Some(AcidKind::Full) {
        return Err(not_transactional(table));
    }
    let schema = input.schema();
    let wanted: Vec<_> = [HiveType::TinyInt, row_id_type()]
        .iter()
        .chain(table.all_columns().map(|column| &column.ty))
        .map(arrow_type)
        .collect();
    let fits = schema.fields().len() == wanted.len()
        && schema.fields().iter().zip(&wanted).all(|(field, ty)| field.data_type().equals_datatype(ty));
    match fits {
        true => Ok(()),
        false => Err(WarehouseError::Invalid(format!("changes of {} come as {schema}", table.qualified_name()))),
    }
}

/// The id of a row: write id, bucket field, number.
type RowKey = (i64, i32, i64);
/// Rows that go, by the values of their partition.
type Deletes = BTreeMap<Vec<String>, Vec<RowKey>>;

/// Runs the plan: new rows into staged files, the ids of old ones into memory.
async fn run(
    job: &Arc<WriteJob>,
    table: &Table,
    input: Arc<dyn ExecutionPlan>,
    ctx: &Arc<TaskContext>,
) -> Result<(Vec<StagedFile>, Deletes, ChangeSummary)> {
    let keys = table.partition_keys.len();
    let rows: Vec<usize> = (FIRST_COLUMN..input.schema().fields().len()).collect();
    let row_schema = Arc::new(input.schema().project(&rows)?);
    let (sender, receiver) = mpsc::channel(2);
    let plan = channel_plan(row_schema, receiver)?;
    let writer = {
        let buckets = Buckets::new(&job.storage, table.bucketing_version(), &job.options.tz)?;
        let (job, ctx) = (Arc::clone(job), Arc::clone(ctx));
        async move { write_files(&job, plan, &ctx, keys, buckets.as_ref(), &CancellationToken::new()).await }
    };
    let mut readers = JoinSet::new();
    for partition in 0..input.output_partitioning().partition_count() {
        let changes = input.execute(partition, Arc::clone(ctx))?;
        readers.spawn(take_apart(changes, Arc::clone(job), keys, sender.clone()));
    }
    drop(sender);
    let reader = async {
        let (mut deletes, mut summary) = (Deletes::new(), ChangeSummary::default());
        while let Some(joined) = readers.join_next().await {
            let joined = joined.map_err(|e| WarehouseError::Invalid(format!("a reader was cut short: {e}")))?;
            let (found, counted) = joined?;
            for (partition, rows) in found {
                deletes.entry(partition).or_default().extend(rows);
            }
            summary.inserted += counted.inserted;
            summary.updated += counted.updated;
            summary.deleted += counted.deleted;
        }
        Ok::<_, WarehouseError>((deletes, summary))
    };
    // The first error ends both: dropping them stops their tasks.
    let (files, (deletes, summary)) = tokio::try_join!(writer, reader)?;
    Ok((files, deletes, summary))
}

/// Where the row begins: behind the operation and the id.
const FIRST_COLUMN: usize = 2;

/// Sends the new rows of a stream on, and gathers the ids of the old ones.
async fn take_apart(
    mut changes: SendableRecordBatchStream,
    job: Arc<WriteJob>,
    keys: usize,
    sender: mpsc::Sender<RecordBatch>,
) -> Result<(Deletes, ChangeSummary)> {
    let (mut deletes, mut summary) = (Deletes::new(), ChangeSummary::default());
    let zone = zone_of(&job.options.tz);
    while let Some(batch) = changes.next().await {
        let batch = batch?;
        let Some(operations) = batch.column(0).as_primitive_opt::<Int8Type>() else {
            return Err(WarehouseError::Invalid("changes without operations".to_string()));
        };
        let mut new_rows: Vec<u32> = Vec::new();
        let first_key = batch.num_columns() - keys;
        let values = PartitionValues::new(&batch.columns()[first_key..], zone, &job.options.default_partition_name)?;
        let ids = RowIds::of_struct(batch.column(1))?;
        for row in 0..batch.num_rows() {
            match operations.value(row) {
                0 => summary.inserted += 1,
                1 => summary.updated += 1,
                2 => summary.deleted += 1,
                other => return Err(WarehouseError::Invalid(format!("a change is of no known kind: {other}"))),
            }
            if operations.value(row) != 2 {
                new_rows.push(row as u32);
            }
            if operations.value(row) != 0 {
                if batch.column(1).is_null(row) {
                    return Err(WarehouseError::Invalid("a row to be changed has no id".to_string()));
                }
                let key = (ids.write_ids.value(row), ids.buckets.value(row), ids.rows.value(row));
                let partition = values.row(row);
                match deletes.get_mut(&partition) {
                    Some(rows) => rows.push(key),
                    None => {
                        deletes.insert(partition, vec![key]);
                    }
                }
            }
        }
        if !new_rows.is_empty() {
            let columns: Vec<usize> = (FIRST_COLUMN..batch.num_columns()).collect();
            let rows = take_record_batch(&batch.project(&columns)?, &UInt32Array::from(new_rows))?;
            if sender.send(rows).await.is_err() {
                // The writer has an error to tell.
                break;
            }
        }
    }
    Ok((deletes, summary))
}

/// Writes the events of rows that go from one partition, a file for each bucket.
fn delete_files(job: &WriteJob, write_id: i64, partition: &[String], mut rows: Vec<RowKey>) -> Result<Vec<StagedFile>> {
    rows.sort_unstable();
    rows.dedup();
    let folder_name = AcidFolder::of_statement(FolderKind::DeleteDelta, write_id, DELETES).name();
    let folder = match partition {
        [] => job.staging.clone(),
        values => url::join(&job.staging, &partition_name(&job.keys, values)),
    };
    let folder = url::join(&folder, &folder_name);
    let mut buckets: BTreeMap<u32, Vec<RowKey>> = BTreeMap::new();
    for row in rows {
        buckets.entry(bucket_of(row.1)).or_default().push(row);
    }
    let mut files = Vec::new();
    for (bucket, rows) in buckets {
        let file = bucket_file(bucket as usize, 0);
        let file_url = url::join(&folder, &file);
        write_version(&job.stores, &folder)?;
        let output = job.stores.create(&file_url)?;
        let mut writer = open_event_writer(&event_columns(&job.columns), &job.file_options, output)?;
        for rows in rows.chunks(EVENTS_AT_ONCE) {
            let ids = RowIds::of_keys(rows);
            let own = Int64Array::from_value(write_id, rows.len());
            writer.write(&events(&job.columns, Operation::Delete, &ids, own, None)?)?;
        }
        let info = writer.finish()?;
        files.push(StagedFile {
            partition: partition.to_vec(),
            url: file_url,
            name: format!("{folder_name}/{file}"),
            bucket: Some(bucket),
            info: FileInfo { rows: 0, raw_data_size: 0, ..info },
            removed: rows.len() as u64,
            statistics: None,
        });
    }
    Ok(files)
}

/// The statements of the transaction: as in Hive, the deletes come first, then what takes their place.
const DELETES: u32 = 0;
const INSERTS: u32 = 1;

const EVENTS_AT_ONCE: usize = 8192;

/// An error where another transaction has meanwhile deleted or updated one of the rows: the first to commit wins.
async fn refuse_conflicts(
    acid: &AcidWrite,
    table: &Table,
    deletes: &Deletes,
    metastore: &dyn MetaStore,
    stores: &Arc<Stores>,
) -> Result<()> {
    let valid = acid.seen(table)?;
    for (values, rows) in deletes {
        let location = match values.as_slice() {
            [] => table.storage.location.clone(),
            values => match metastore.partition(&table.database, &table.name, values) {
                Ok(partition) => partition.storage.location,
                Err(MetastoreError::NoSuchObject(_)) => return Err(conflict(acid, table)),
                Err(error) => return Err(error.into()),
            },
        };
        let state = AcidState::read(stores, &location, &valid).await?;
        let reads = AcidReads::new(state, valid.clone(), false, true);
        if reads.are_deleted(stores, &table.storage, rows).await? {
            return Err(conflict(acid, table));
        }
    }
    Ok(())
}

fn conflict(acid: &AcidWrite, table: &Table) -> WarehouseError {
    WarehouseError::Conflict(format!(
        "Aborting [txnid:{},{}] due to a write conflict on {}/{}",
        acid.transaction(),
        acid.names().write_id,
        table.database,
        table.name
    ))
}
