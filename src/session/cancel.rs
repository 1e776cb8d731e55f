//! Stopping a statement from another thread.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::error::DataFusionError;
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream};
use datafusion::physical_plan::stream::RecordBatchReceiverStream;
use futures::{Stream, StreamExt};
use tokio::sync::watch;

use crate::error::{ErrorKind, SkepError};

/// Batches that are made before they are asked for.
const BATCHES_AHEAD: usize = 2;

/// Stops what a session is doing. Clones stop the same session.
#[derive(Debug, Clone)]
pub struct CancelHandle {
    /// How often it was asked to stop.
    asked: watch::Sender<u64>,
}

impl CancelHandle {
    pub(crate) fn new() -> Self {
        Self { asked: watch::Sender::new(0) }
    }

    /// Stops the statements that are running, or whose rows are being taken; statements that begin later run.
    pub fn cancel(&self) {
        self.asked.send_modify(|count| *count += 1);
    }

    /// A watcher for a statement that begins now.
    pub(crate) fn watch(&self) -> Watch {
        let mut receiver = self.asked.subscribe();
        receiver.mark_unchanged();
        Watch { receiver, _keep: self.asked.clone() }
    }
}

/// Tells one statement that it is to stop.
pub(crate) struct Watch {
    receiver: watch::Receiver<u64>,
    _keep: watch::Sender<u64>,
}

impl Watch {
    /// Returns when the statement is to stop.
    pub(crate) async fn cancelled(&mut self) {
        if self.receiver.changed().await.is_err() {
            std::future::pending().await
        }
    }
}

/// The error of a statement that was stopped.
pub(crate) fn cancelled() -> SkepError {
    SkepError::new(ErrorKind::Cancelled, "the statement was stopped by the user")
}

/// Rows that end with an error when the statement is stopped. They are made on a thread of the runtime, so that whoever
/// takes them can stop at once, also while a long computation gives no rows.
pub(crate) fn stoppable(mut rows: SendableRecordBatchStream, mut watch: Watch) -> SendableRecordBatchStream {
    let schema = rows.schema();
    let mut made = RecordBatchReceiverStream::builder(Arc::clone(&schema), BATCHES_AHEAD);
    let sender = made.tx();
    made.spawn(async move {
        while let Some(batch) = rows.next().await {
            if sender.send(batch).await.is_err() {
                break;
            }
        }
        Ok(())
    });
    let rows = made.build();
    let stop = async move {
        watch.cancelled().await;
        Err(DataFusionError::External(Box::new(cancelled())))
    };
    let stop = futures::stream::once(stop).boxed();
    Box::pin(Stoppable { schema, rows: Some(rows), stop })
}

struct Stoppable {
    schema: SchemaRef,
    rows: Option<SendableRecordBatchStream>,
    stop: Pin<Box<dyn Stream<Item = datafusion::error::Result<RecordBatch>> + Send>>,
}

impl Stream for Stoppable {
    type Item = datafusion::error::Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.as_mut().get_mut();
        let Some(rows) = this.rows.as_mut() else { return Poll::Ready(None) };
        if let Poll::Ready(Some(error)) = this.stop.poll_next_unpin(context) {
            this.rows = None;
            return Poll::Ready(Some(error));
        }
        let next = rows.poll_next_unpin(context);
        if matches!(next, Poll::Ready(None | Some(Err(_)))) {
            this.rows = None;
        }
        next
    }
}

impl RecordBatchStream for Stoppable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
}
