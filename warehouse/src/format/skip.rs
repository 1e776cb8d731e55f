//! Rows at the ends of a file that are none of the table's.

use std::collections::VecDeque;

use arrow::array::RecordBatch;
use futures::{StreamExt, stream};

use super::text::SkippedLines;
use super::{BatchStream, ReadRequest};
use crate::error::Result;

/// Leaves out what `skip.header.line.count` and `skip.footer.line.count` say of a file's rows.
pub fn skip_rows(request: &ReadRequest, batches: BatchStream) -> Result<BatchStream> {
    let skipped = SkippedLines::new(&request.table_parameters)?;
    let at_start = request.range.as_ref().is_none_or(|range| range.start == 0);
    let header = if at_start { skipped.header } else { 0 };
    if header == 0 && skipped.footer == 0 {
        return Ok(batches);
    }
    let skipper = Skipper { batches, header, footer: skipped.footer, held: VecDeque::new(), rows: 0 };
    Ok(stream::unfold(skipper, |mut skipper| async move { Some((skipper.next().await?, skipper)) }).boxed())
}

struct Skipper {
    batches: BatchStream,
    /// Rows at the start that are still to be left out.
    header: usize,
    /// Rows at the end that are to be left out.
    footer: usize,
    /// The last batches, while it is not known whether they belong to the footer, and the rows in them.
    held: VecDeque<RecordBatch>,
    rows: usize,
}

impl Skipper {
    async fn next(&mut self) -> Option<Result<RecordBatch>> {
        loop {
            if let Some(first) = self.held.front()
                && self.rows > self.footer
            {
                let free = (self.rows - self.footer).min(first.num_rows());
                let (out, rest) = (first.slice(0, free), first.slice(free, first.num_rows() - free));
                self.held.pop_front();
                if rest.num_rows() > 0 {
                    self.held.push_front(rest);
                }
                self.rows -= free;
                return Some(Ok(out));
            }
            let batch = match self.batches.next().await? {
                Ok(batch) => batch,
                Err(error) => return Some(Err(error)),
            };
            let skip = self.header.min(batch.num_rows());
            self.header -= skip;
            let left = batch.num_rows() - skip;
            if left > 0 {
                self.rows += left;
                self.held.push_back(batch.slice(skip, left));
            }
        }
    }
}
