//! Rows out of formats whose files are records with a SerDe's bytes in each.

use std::io;
use std::sync::Arc;

use arrow::array::{Int64Builder, RecordBatch, RecordBatchOptions};
use arrow::datatypes::SchemaRef;
use futures::{StreamExt, stream};
use tokio::sync::mpsc;

use super::skip::skip_rows;
use super::text::{LineParser, Span};
use super::{BatchStream, ReadRequest};
use crate::error::{Result, WarehouseError};

/// Blocks that are kept ready.
const READY: usize = 2;

/// Records of a file.
#[derive(Debug, Default)]
pub struct RecordBlock {
    /// What they are pieces of.
    pub data: Vec<u8>,
    /// The records.
    pub records: Vec<Span>,
    /// Where in the file each of them begins.
    pub offsets: Vec<u64>,
}

impl RecordBlock {
    /// Adds a record.
    pub fn push(&mut self, record: &[u8], offset: u64) {
        let start = self.data.len();
        self.data.extend_from_slice(record);
        self.records.push(Span::new(start, self.data.len()));
        self.offsets.push(offset);
    }
}

/// Where a reading thread sends its blocks.
pub type BlockSender = mpsc::Sender<Result<RecordBlock>>;

/// Runs a function that reads a file on a thread of its own, and makes rows of the records it sends. The function
/// returns when there is nothing more to read, or nobody who wants it.
pub fn spawn(
    request: &ReadRequest,
    parser: Box<dyn LineParser>,
    read: impl FnOnce(&BlockSender) -> Result<()> + Send + 'static,
) -> Result<BatchStream> {
    let (sender, blocks) = mpsc::channel(READY);
    tokio::task::spawn_blocking(move || {
        if let Err(error) = read(&sender) {
            // Nobody listens any more: nobody wants to know.
            let _ = sender.blocking_send(Err(error));
        }
    });
    let reader = RecordReader {
        schema: request.schema(),
        parser,
        batch_size: request.batch_size.max(1),
        rows: 0,
        offsets: request.row_offsets.then(Int64Builder::new),
        block: RecordBlock::default(),
        at: 0,
        blocks,
        ended: false,
    };
    // It ends behind the first error.
    let batches =
        stream::try_unfold(reader, |mut reader| async move { Ok(reader.next().await?.map(|batch| (batch, reader))) });
    skip_rows(request, batches.boxed())
}

/// An error of reading a file, as the file's being corrupt where that is what it means.
pub fn read_error(path: &str, error: io::Error) -> WarehouseError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => WarehouseError::corrupt(path, "it ends too early"),
        io::ErrorKind::InvalidData => WarehouseError::corrupt(path, error.to_string()),
        _ => WarehouseError::io("read", path, error),
    }
}

struct RecordReader {
    schema: SchemaRef,
    parser: Box<dyn LineParser>,
    batch_size: usize,
    rows: usize,
    offsets: Option<Int64Builder>,
    block: RecordBlock,
    at: usize,
    blocks: mpsc::Receiver<Result<RecordBlock>>,
    ended: bool,
}

impl RecordReader {
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        while !self.ended {
            if self.at >= self.block.records.len() {
                match self.blocks.recv().await {
                    Some(block) => self.block = block?,
                    None => {
                        self.ended = true;
                        break;
                    }
                }
                self.at = 0;
            }
            self.take_records()?;
            if self.rows >= self.batch_size {
                return self.batch().map(Some);
            }
        }
        if self.rows > 0 { self.batch().map(Some) } else { Ok(None) }
    }

    fn take_records(&mut self) -> Result<()> {
        let end = self.block.records.len().min(self.at + self.batch_size - self.rows);
        self.parser.parse(&self.block.data, &self.block.records[self.at..end])?;
        for offset in &self.block.offsets[self.at..end] {
            if let Some(offsets) = &mut self.offsets {
                offsets.append_value(*offset as i64);
            }
        }
        self.rows += end - self.at;
        self.at = end;
        Ok(())
    }

    fn batch(&mut self) -> Result<RecordBatch> {
        let mut columns = self.parser.finish()?;
        if let Some(offsets) = &mut self.offsets {
            columns.push(Arc::new(offsets.finish()));
        }
        let options = RecordBatchOptions::new().with_row_count(Some(std::mem::take(&mut self.rows)));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?)
    }
}
