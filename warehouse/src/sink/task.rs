//! One task of a write: takes the rows of one partition of the plan and makes files of them.
//!
//! ```text
//! rows ──► by partition and bucket ──► a few open files
//!                    └─ those that find no room ──► sort by partition and bucket (spills) ──► one file at a time
//! ```

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions, UInt32Array};
use arrow::compute::take_record_batch;
use arrow::datatypes::{Int32Type, SchemaRef};
use arrow::row::{RowConverter, SortField};
use datafusion::common::Result as DfResult;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryLimit, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use futures::StreamExt;
use parking_lot::Mutex;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::files::{FileNames, OpenFile, StagedFile, WriteJob};
use super::route::sort_by_key;
use crate::error::{Result, WarehouseError};
use crate::layout::bucket::zone_of;
use crate::layout::partition::PartitionValues;

/// Files a task keeps open at most.
const MAX_OPEN: usize = 64;
/// What a file more is reckoned to take before it is known.
const FILE_MEMORY: usize = 512 * 1024;

/// What tells the files of a task apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct FileKey {
    partition: Vec<String>,
    bucket: Option<u32>,
}

/// Where the rows' columns are.
#[derive(Debug, Clone, Copy)]
pub struct RowShape {
    /// Stored columns.
    pub stored: usize,
    /// Dynamic partition columns, behind the stored ones.
    pub dynamic: usize,
    /// Is there a bucket's number behind them?
    pub bucketed: bool,
}

impl RowShape {
    fn keys(&self) -> std::ops::Range<usize> {
        self.stored..self.stored + self.dynamic + usize::from(self.bucketed)
    }
}

/// Runs a task.
pub async fn run(
    job: Arc<WriteJob>,
    number: usize,
    shape: RowShape,
    ordered: bool,
    tasks: usize,
    mut rows: SendableRecordBatchStream,
    context: Arc<TaskContext>,
) -> Result<Vec<StagedFile>> {
    let memory = MemoryConsumer::new(format!("TableWriter[{number}]")).register(context.memory_pool());
    // Open files may take half of the memory; the rest is for sorting the rows that find no room.
    let budget = match context.memory_pool().memory_limit() {
        MemoryLimit::Finite(limit) => limit / 2 / tasks.max(1) / job.writes.max(1),
        _ => usize::MAX,
    };
    let mut task = WriteTask {
        job,
        budget,
        number,
        shape,
        memory,
        open: HashMap::new(),
        partitions: HashSet::new(),
        names: FileNames::default(),
        done: Vec::new(),
    };
    let schema = rows.schema();
    let mut overflow: Option<Overflow> = None;
    while let Some(batch) = rows.next().await {
        let batch = batch?;
        if ordered {
            task.write_ordered(&batch)?;
        } else if let Some(rest) = task.write(&batch)? {
            let overflow = match &mut overflow {
                Some(overflow) => overflow,
                none => none.insert(Overflow::start(Arc::clone(&schema), shape, Arc::clone(&context))?),
            };
            overflow.push(rest).await?;
        }
        task.account();
    }
    if let Some(overflow) = overflow {
        task.close_all()?;
        let mut sorted = overflow.finish();
        while let Some(batch) = sorted.recv().await {
            task.write_ordered(&batch?)?;
            task.account();
        }
    }
    task.close_all()?;
    Ok(task.done)
}

struct WriteTask {
    job: Arc<WriteJob>,
    number: usize,
    shape: RowShape,
    memory: MemoryReservation,
    /// Bytes the open files may take together.
    budget: usize,
    open: HashMap<FileKey, OpenFile>,
    partitions: HashSet<Vec<String>>,
    names: FileNames,
    done: Vec<StagedFile>,
}

impl WriteTask {
    /// Writes rows in any order. Returns those for whose files there is no room.
    fn write(&mut self, batch: &RecordBatch) -> Result<Option<RecordBatch>> {
        if batch.num_rows() == 0 {
            return Ok(None);
        }
        if self.shape.keys().is_empty() {
            let key = self.key_of(batch, 0)?;
            self.file(&key)?.write(batch)?;
            return Ok(None);
        }
        let mut rest: Vec<u32> = Vec::new();
        for rows in groups(batch, self.shape)? {
            let key = self.key_of(batch, rows[0] as usize)?;
            if !self.open.contains_key(&key) && !self.has_room() {
                rest.extend_from_slice(&rows);
                continue;
            }
            let whole = rows.len() == batch.num_rows();
            let stored = self.stored(batch)?;
            let part = if whole { stored } else { take_record_batch(&stored, &UInt32Array::from(rows))? };
            self.file(&key)?.write(&part)?;
        }
        if rest.is_empty() {
            return Ok(None);
        }
        Ok(Some(take_record_batch(batch, &UInt32Array::from(rest))?))
    }

    /// Writes rows that come file by file.
    fn write_ordered(&mut self, batch: &RecordBatch) -> Result<()> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let keys: Vec<ArrayRef> = batch.columns()[self.shape.keys()].to_vec();
        let ranges = match keys.is_empty() {
            true => std::iter::once(0..batch.num_rows()).collect(),
            false => arrow::compute::partition(&keys)?.ranges(),
        };
        for range in ranges {
            let key = self.key_of(batch, range.start)?;
            if !self.open.contains_key(&key) {
                self.close_all()?;
            }
            let part = self.stored(batch)?.slice(range.start, range.len());
            self.file(&key)?.write(&part)?;
        }
        Ok(())
    }

    fn has_room(&mut self) -> bool {
        let each = self.open.values().map(OpenFile::memory_size).max().unwrap_or(0).max(FILE_MEMORY);
        let room = (self.open.len() + 1).saturating_mul(each) <= self.budget;
        // A file more is let in when memory is not short already.
        self.open.is_empty() || (self.open.len() < MAX_OPEN && room && self.memory.try_grow(FILE_MEMORY).is_ok())
    }

    fn key_of(&self, batch: &RecordBatch, row: usize) -> Result<FileKey> {
        let (first, last) = (self.shape.stored, self.shape.stored + self.shape.dynamic);
        let zone = zone_of(&self.job.options.tz);
        let values =
            PartitionValues::new(&batch.columns()[first..last], zone, &self.job.options.default_partition_name)?;
        let bucket = match self.shape.bucketed {
            true => Some(batch.column(last).as_primitive::<Int32Type>().value(row) as u32),
            false => None,
        };
        Ok(FileKey { partition: self.job.partition_values(values.row(row)), bucket })
    }

    fn stored(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let schema = Arc::new(batch.schema().project(&(0..self.shape.stored).collect::<Vec<_>>())?);
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let columns = batch.columns()[..self.shape.stored].to_vec();
        Ok(RecordBatch::try_new_with_options(schema, columns, &options)?)
    }

    fn file(&mut self, key: &FileKey) -> Result<&mut OpenFile> {
        if !self.open.contains_key(key) {
            if self.shape.dynamic > 0 && self.partitions.insert(key.partition.clone()) {
                self.job.admit_partition(&key.partition, self.partitions.len())?;
            }
            let number = key.bucket.map_or(self.number, |bucket| bucket as usize);
            let attempt = self.names.next(&key.partition, number);
            let file = self.job.open(&key.partition, number, attempt)?;
            self.open.insert(key.clone(), file);
        }
        self.open.get_mut(key).ok_or_else(|| WarehouseError::Invalid("a file was lost".to_string()))
    }

    /// Tells the memory pool what the open files hold. They cannot do with less, so they are not refused; but when
    /// the pool is exhausted no further ones are opened.
    fn account(&mut self) {
        self.memory.resize(self.open.values().map(OpenFile::memory_size).sum());
    }

    fn close_all(&mut self) -> Result<()> {
        for (key, file) in std::mem::take(&mut self.open) {
            self.done.push(file.finish(key.bucket)?);
        }
        self.account();
        Ok(())
    }
}

/// Rows of a batch by file.
fn groups(batch: &RecordBatch, shape: RowShape) -> Result<Vec<Vec<u32>>> {
    let keys: Vec<ArrayRef> = batch.columns()[shape.keys()].to_vec();
    let fields = keys.iter().map(|key| SortField::new(key.data_type().clone())).collect();
    let rows = RowConverter::new(fields)?.convert_columns(&keys)?;
    let mut places: HashMap<arrow::row::Row<'_>, usize> = HashMap::new();
    let mut groups: Vec<Vec<u32>> = Vec::new();
    for (i, row) in rows.iter().enumerate() {
        let place = *places.entry(row).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[place].push(i as u32);
    }
    Ok(groups)
}

/// Rows on their way through a sort.
struct Overflow {
    sender: mpsc::Sender<RecordBatch>,
    sorted: mpsc::Receiver<DfResult<RecordBatch>>,
    /// Ends with this.
    _pump: AbortOnDrop,
}

struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Overflow {
    fn start(schema: SchemaRef, shape: RowShape, context: Arc<TaskContext>) -> Result<Self> {
        let (sender, receiver) = mpsc::channel(2);
        let plan = channel_plan(schema, receiver)?;
        let mut stream = sort_by_key(plan, shape.stored).execute(0, context)?;
        let (out, sorted) = mpsc::channel(1);
        // The sort takes rows only while someone asks it for its result.
        let pump = tokio::spawn(async move {
            while let Some(batch) = stream.next().await {
                if out.send(batch).await.is_err() {
                    break;
                }
            }
        });
        Ok(Self { sender, sorted, _pump: AbortOnDrop(pump) })
    }

    async fn push(&mut self, batch: RecordBatch) -> Result<()> {
        if self.sender.send(batch).await.is_err() {
            // The sort has ended before its time: it has an error to tell.
            return match self.sorted.recv().await {
                Some(Err(error)) => Err(error.into()),
                _ => Err(WarehouseError::Invalid("the sort by partition ended early".to_string())),
            };
        }
        Ok(())
    }

    fn finish(self) -> Sorted {
        Sorted { sorted: self.sorted, _pump: self._pump }
    }
}

struct Sorted {
    sorted: mpsc::Receiver<DfResult<RecordBatch>>,
    _pump: AbortOnDrop,
}

impl Sorted {
    async fn recv(&mut self) -> Option<DfResult<RecordBatch>> {
        self.sorted.recv().await
    }
}

/// A plan that gives what comes through a channel, once.
pub(crate) fn channel_plan(
    schema: SchemaRef,
    receiver: mpsc::Receiver<RecordBatch>,
) -> DfResult<Arc<dyn ExecutionPlan>> {
    let rows = Arc::new(ChannelRows { schema: Arc::clone(&schema), receiver: Mutex::new(Some(receiver)) });
    Ok(Arc::new(StreamingTableExec::try_new(schema, vec![rows], None, Vec::new(), false, None)?))
}

/// A channel as a plan.
struct ChannelRows {
    schema: SchemaRef,
    receiver: Mutex<Option<mpsc::Receiver<RecordBatch>>>,
}

impl fmt::Debug for ChannelRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChannelRows")
    }
}

impl PartitionStream for ChannelRows {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let receiver = self.receiver.lock().take();
        let batches = futures::stream::unfold(receiver, |receiver| async move {
            let mut receiver = receiver?;
            let batch = receiver.recv().await?;
            Some((Ok(batch), Some(receiver)))
        });
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), batches))
    }
}
