//! Lines out of a file.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Builder, RecordBatch, RecordBatchOptions};
use arrow::datatypes::SchemaRef;
use futures::StreamExt;
use futures::stream;

use super::blocks::{Block, Blocks};
use super::params::SkippedLines;
use super::split::Span;
use crate::error::Result;
use crate::format::{BatchStream, ReadRequest};

/// Makes columns of lines.
pub trait LineParser: Send {
    /// Adds the rows of lines, given without their ends.
    fn parse(&mut self, data: &[u8], lines: &[Span]) -> Result<()>;

    /// The wanted columns of the rows so far, leaving the parser empty.
    fn finish(&mut self) -> Result<Vec<ArrayRef>>;
}

/// Opens a file whose lines a parser understands.
pub async fn open(request: ReadRequest, parser: Box<dyn LineParser>) -> Result<BatchStream> {
    let skipped = SkippedLines::new(&request.table_parameters)?;
    let at_start = request.range.as_ref().is_none_or(|range| range.start == 0);
    let blocks = Blocks::open(&request).await?;
    let reader = TextReader {
        schema: request.schema(),
        parser,
        header: if at_start { skipped.header } else { 0 },
        footer: skipped.footer,
        held: VecDeque::new(),
        batch_size: request.batch_size.max(1),
        rows: 0,
        offsets: request.row_offsets.then(Int64Builder::new),
        block: Block { data: Vec::new(), offset: 0 },
        at: 0,
        blocks,
        lines: Vec::new(),
        ended: false,
    };
    // It ends behind the first error.
    let batches =
        stream::try_unfold(reader, |mut reader| async move { Ok(reader.next().await?.map(|batch| (batch, reader))) });
    Ok(batches.boxed())
}

struct TextReader {
    schema: SchemaRef,
    parser: Box<dyn LineParser>,
    /// Lines at the start that are still to be passed over.
    header: usize,
    /// Lines at the end that are no rows.
    footer: usize,
    /// The last lines, while it is not known whether they belong to the footer.
    held: VecDeque<(Vec<u8>, u64)>,
    batch_size: usize,
    rows: usize,
    offsets: Option<Int64Builder>,
    blocks: Blocks,
    block: Block,
    at: usize,
    lines: Vec<Span>,
    ended: bool,
}

impl TextReader {
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        while !self.ended {
            if self.at >= self.block.data.len() {
                match self.blocks.next().await {
                    Some(block) => self.block = block?,
                    None => {
                        self.ended = true;
                        break;
                    }
                }
                self.at = 0;
            }
            self.take_lines()?;
            if self.rows >= self.batch_size {
                return self.batch().map(Some);
            }
        }
        if self.rows > 0 { self.batch().map(Some) } else { Ok(None) }
    }

    /// Takes as many lines of the block as the batch has room for.
    fn take_lines(&mut self) -> Result<()> {
        self.lines.clear();
        let data = std::mem::take(&mut self.block.data);
        while self.at < data.len() && self.rows < self.batch_size {
            let start = self.at;
            let end = memchr::memchr2(b'\n', b'\r', &data[start..]).map_or(data.len(), |n| start + n);
            self.at = match data.get(end..) {
                Some([b'\r', b'\n', ..]) => end + 2,
                _ => end + 1,
            };
            if self.header > 0 {
                self.header -= 1;
            } else if self.footer > 0 {
                self.hold(&data[start..end], self.block.offset + start as u64)?;
            } else {
                self.lines.push(Span::new(start, end));
                self.row(self.block.offset + start as u64);
            }
        }
        self.parser.parse(&data, &self.lines)?;
        self.block.data = data;
        Ok(())
    }

    /// Keeps a line back until as many as the footer has come after it.
    fn hold(&mut self, line: &[u8], offset: u64) -> Result<()> {
        self.held.push_back((line.to_vec(), offset));
        if self.held.len() <= self.footer {
            return Ok(());
        }
        if let Some((line, offset)) = self.held.pop_front() {
            self.parser.parse(&line, &[Span::new(0, line.len())])?;
            self.row(offset);
        }
        Ok(())
    }

    fn row(&mut self, offset: u64) {
        self.rows += 1;
        if let Some(offsets) = &mut self.offsets {
            offsets.append_value(offset as i64);
        }
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
