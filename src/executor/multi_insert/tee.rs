//! One run of a plan that several readers see.
//!
//! ```text
//!                      ┌─► outlet of branch 1, partition 0
//! source partition 0 ──┤
//!                      └─► outlet of branch 2, partition 0
//!                      ┌─► outlet of branch 1, partition 1
//! source partition 1 ──┤
//!                      └─► outlet of branch 2, partition 1
//! ```
//!
//! Batches are handed on, not copied. Each arrow holds a few of them; a reader that is slow holds the others up, so that no
//! more has to be kept. One that is done, or has failed, is left out from then on, and the source stops when nobody reads
//! any more.

use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use futures::future::join_all;
use futures::{Stream, StreamExt, stream};
use parking_lot::Mutex;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinSet;

/// Batches that wait for one reader of one partition at most.
const WAITING: usize = 2;

/// What a reader gets.
#[derive(Debug, Clone)]
enum Fed {
    /// Rows.
    Rows(RecordBatch),
    /// The source has failed.
    Failed(Arc<DataFusionError>),
    /// All rows were given.
    End,
}

/// One reader's end: what it takes the partitions of the source from, each once.
#[derive(Debug)]
pub struct Outlet {
    senders: Mutex<Vec<Sender<Fed>>>,
    receivers: Vec<Mutex<Option<Receiver<Fed>>>>,
}

impl Outlet {
    /// An outlet of a source of so many partitions.
    pub fn new(partitions: usize) -> Self {
        let (senders, receivers) = (0..partitions).map(|_| channel(WAITING)).unzip::<_, _, Vec<_>, Vec<_>>();
        let receivers = receivers.into_iter().map(|receiver| Mutex::new(Some(receiver))).collect();
        Self { senders: Mutex::new(senders), receivers }
    }

    /// The batches of a partition.
    ///
    /// # Errors
    /// It was read before, or there is none of that number.
    pub fn read(&self, partition: usize) -> Result<impl Stream<Item = Result<RecordBatch>> + Send + use<>> {
        let receiver = self.receivers.get(partition).and_then(|receiver| receiver.lock().take());
        let Some(receiver) = receiver else {
            let message = format!("partition {partition} of the shared source is read a second time");
            return Err(DataFusionError::Internal(message));
        };
        Ok(stream::unfold(Some(receiver), |receiver| async move {
            let mut receiver = receiver?;
            match receiver.recv().await {
                Some(Fed::Rows(batch)) => Some((Ok(batch), Some(receiver))),
                Some(Fed::Failed(error)) => Some((Err(DataFusionError::Shared(error)), None)),
                Some(Fed::End) => None,
                None => {
                    let error = DataFusionError::Execution("the shared source was cut short".to_string());
                    Some((Err(error), None))
                }
            }
        }))
    }

    /// Says that what was not read by now is not wanted.
    pub fn close(&self) {
        self.receivers.iter().for_each(|receiver| drop(receiver.lock().take()));
    }
}

/// Begins to run the source for these outlets, which are fed once. It ends with what is returned.
///
/// # Errors
/// The source cannot be begun.
pub fn feed(
    source: &Arc<dyn ExecutionPlan>,
    outlets: &[Arc<Outlet>],
    context: &Arc<TaskContext>,
) -> Result<JoinSet<()>> {
    let mut feeders = JoinSet::new();
    if outlets.is_empty() {
        return Ok(feeders);
    }
    let mut senders: Vec<_> = outlets.iter().map(|o| std::mem::take(&mut *o.senders.lock()).into_iter()).collect();
    for partition in 0..source.output_partitioning().partition_count() {
        let to: Vec<Sender<Fed>> = senders.iter_mut().filter_map(Iterator::next).collect();
        feeders.spawn(pump(source.execute(partition, Arc::clone(context))?, to));
    }
    Ok(feeders)
}

async fn pump(mut rows: SendableRecordBatchStream, mut to: Vec<Sender<Fed>>) {
    loop {
        let fed = match rows.next().await {
            Some(Ok(batch)) => Fed::Rows(batch),
            Some(Err(error)) => Fed::Failed(Arc::new(error)),
            None => Fed::End,
        };
        let more = matches!(fed, Fed::Rows(_));
        let sent = join_all(to.iter().map(|sender| sender.send(fed.clone()))).await;
        let mut sent = sent.into_iter();
        to.retain(|_| sent.next().is_some_and(|sent| sent.is_ok()));
        if !more || to.is_empty() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use arrow::array::{AsArray, Int32Array};
    use arrow::datatypes::{DataType, Field, Int32Type, Schema, SchemaRef};
    use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
    use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};

    use super::*;

    /// Batches of one number each, counted as they are asked for; behind the last one the source ends, or fails.
    #[derive(Debug)]
    struct Numbers {
        schema: SchemaRef,
        batches: usize,
        fails: bool,
        made: Arc<AtomicUsize>,
    }

    impl PartitionStream for Numbers {
        fn schema(&self) -> &SchemaRef {
            &self.schema
        }

        fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
            let (schema, made) = (Arc::clone(&self.schema), Arc::clone(&self.made));
            let number = move |i: usize| {
                made.fetch_add(1, Ordering::SeqCst);
                Ok(RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(Int32Array::from(vec![i as i32]))])?)
            };
            let end = self.fails.then(|| Err(DataFusionError::Execution("the disk is gone".to_string())));
            let batches = stream::iter((0..self.batches).map(number).chain(end));
            Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), batches))
        }
    }

    /// A source of partitions of so many batches, and how many were made.
    fn source(partitions: usize, batches: usize, fails: bool) -> (Arc<dyn ExecutionPlan>, Arc<AtomicUsize>) {
        let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::Int32, false)]));
        let made = Arc::new(AtomicUsize::new(0));
        let streams = (0..partitions).map(|_| {
            let (schema, made) = (Arc::clone(&schema), Arc::clone(&made));
            Arc::new(Numbers { schema, batches, fails, made }) as Arc<dyn PartitionStream>
        });
        let streams = streams.collect();
        let plan = StreamingTableExec::try_new(schema, streams, None, Vec::new(), false, None).unwrap();
        (Arc::new(plan), made)
    }

    fn outlets(readers: usize, partitions: usize) -> Vec<Arc<Outlet>> {
        (0..readers).map(|_| Arc::new(Outlet::new(partitions))).collect()
    }

    async fn sum(outlet: &Outlet, partition: usize) -> Result<i64> {
        let mut rows = Box::pin(outlet.read(partition)?);
        let mut sum = 0;
        while let Some(batch) = rows.next().await {
            sum += i64::from(batch?.column(0).as_primitive::<Int32Type>().value(0));
        }
        Ok(sum)
    }

    #[tokio::test]
    async fn all_see_all_rows() {
        let (source, made) = source(2, 100, false);
        let outlets = outlets(3, 2);
        let _feeders = feed(&source, &outlets, &Arc::default()).unwrap();
        let reads = outlets.iter().flat_map(|outlet| [sum(outlet, 0), sum(outlet, 1)]);
        for read in join_all(reads).await {
            assert_eq!(read.unwrap(), 4950);
        }
        assert_eq!(made.load(Ordering::SeqCst), 200);
    }

    #[tokio::test]
    async fn a_slow_reader_holds_the_others_up() {
        let (source, made) = source(1, 100, false);
        let outlets = outlets(2, 1);
        let _feeders = feed(&source, &outlets, &Arc::default()).unwrap();
        let fast = tokio::spawn({
            let fast = Arc::clone(&outlets[0]);
            async move { sum(&fast, 0).await }
        });
        for _ in 0..1000 {
            tokio::task::yield_now().await;
        }
        assert!(!fast.is_finished());
        assert!(made.load(Ordering::SeqCst) <= WAITING + 2, "no more is made than what may wait");
        assert_eq!(sum(&outlets[1], 0).await.unwrap(), 4950);
        assert_eq!(fast.await.unwrap().unwrap(), 4950);
    }

    #[tokio::test]
    async fn who_stops_reading_is_left_out() {
        let (source, made) = source(2, 1000, false);
        let outlets = outlets(3, 2);
        let _feeders = feed(&source, &outlets, &Arc::default()).unwrap();
        // One never begins, one goes after a batch, one reads one partition only.
        outlets[0].close();
        let mut rows = Box::pin(outlets[1].read(0).unwrap());
        assert!(rows.next().await.unwrap().is_ok());
        drop(rows);
        outlets[1].close();
        assert_eq!(sum(&outlets[2], 0).await.unwrap(), 499_500);
        outlets[2].close();
        assert!(outlets[2].read(1).is_err());
        assert!(made.load(Ordering::SeqCst) < 1010, "the second partition stops");
    }

    #[tokio::test]
    async fn an_error_of_the_source_is_seen_by_all() {
        let (source, _) = source(1, 10, true);
        let outlets = outlets(2, 1);
        let _feeders = feed(&source, &outlets, &Arc::default()).unwrap();
        for read in join_all(outlets.iter().map(|outlet| sum(outlet, 0))).await {
            assert!(read.unwrap_err().to_string().contains("the disk is gone"));
        }
    }

    #[tokio::test]
    async fn a_source_that_is_cut_short_is_an_error() {
        let (source, _) = source(1, 1000, false);
        let outlets = outlets(1, 1);
        let feeders = feed(&source, &outlets, &Arc::default()).unwrap();
        let mut rows = Box::pin(outlets[0].read(0).unwrap());
        assert!(rows.next().await.unwrap().is_ok());
        drop(feeders);
        let rest: Vec<_> = rows.collect().await;
        assert!(rest.last().unwrap().as_ref().unwrap_err().to_string().contains("cut short"));
    }
}
