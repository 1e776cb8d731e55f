//! A file as blocks of whole lines, made on a thread of their own.
//!
//! Reading and unpacking block a thread, so that happens apart from the tasks that make columns of the lines. A few
//! blocks are kept ready; when nobody takes them any more, the thread ends.

use std::io::{self, Read};

use tokio::sync::mpsc;

use crate::codec::{TextCodec, decoder};
use crate::error::{Result, WarehouseError};
use crate::format::ReadRequest;
use crate::store::open_input;

/// Bytes that a block has at least, short of the file's end.
const BLOCK: usize = 1 << 20;
/// Blocks that are kept ready.
const READY: usize = 2;
/// Longest line.
const MAX_LINE: usize = 1 << 30;

/// Whole lines of a file.
pub struct Block {
    /// The lines with their ends; only the last one of the file may have none.
    pub data: Vec<u8>,
    /// Where in the (unpacked) file they begin.
    pub offset: u64,
}

/// Lines of a file in blocks.
pub struct Blocks {
    receiver: mpsc::Receiver<Result<Block>>,
}

impl Blocks {
    /// Opens the file that a request names: all of it, or the lines that begin in the request's range as Hadoop's
    /// `LineRecordReader` sees them (a line that begins right at the end of a range belongs to it).
    pub async fn open(request: &ReadRequest) -> Result<Self> {
        let name = request.object.location.to_string();
        let codec = TextCodec::from_file_name(&name);
        let range = if codec.is_some() { None } else { request.range.clone() };
        let start = range.as_ref().map_or(0, |r| r.start);
        let limit = range.as_ref().map_or(u64::MAX, |r| r.end);
        let path = format!("file:/{name}");
        let (sender, receiver) = mpsc::channel(READY);
        if request.object.size <= start {
            return Ok(Self { receiver });
        }
        let input = open_input(&request.store, &request.object.location, start).await?;
        tokio::task::spawn_blocking(move || {
            let input = match codec {
                Some(codec) => decoder(codec, input),
                None => input,
            };
            let mut cutter = Cutter { input, path, sender, offset: start, limit, skip_first: start > 0 };
            if let Err(error) = cutter.run() {
                // Nobody listens any more: nobody wants to know.
                let _ = cutter.sender.blocking_send(Err(error));
            }
        });
        Ok(Self { receiver })
    }

    /// The next block.
    pub async fn next(&mut self) -> Option<Result<Block>> {
        self.receiver.recv().await
    }
}

struct Cutter {
    input: Box<dyn Read + Send>,
    path: String,
    sender: mpsc::Sender<Result<Block>>,
    offset: u64,
    limit: u64,
    skip_first: bool,
}

impl Cutter {
    fn run(&mut self) -> Result<()> {
        let mut data: Vec<u8> = Vec::new();
        loop {
            let want = BLOCK.max(data.len());
            let at_end = self.fill(&mut data, want)?;
            if self.skip_first {
                let Some(end) = first_line_end(&data, at_end) else {
                    self.check_length(data.len())?;
                    if at_end {
                        return Ok(());
                    }
                    continue;
                };
                data.drain(..end);
                self.offset += end as u64;
                self.skip_first = false;
            }
            if self.offset > self.limit {
                return Ok(());
            }
            let end = if at_end { data.len() } else { last_line_end(&data) };
            if end == 0 {
                if at_end {
                    return Ok(());
                }
                self.check_length(data.len())?;
                continue;
            }
            let rest = data.split_off(end);
            let last = self.cut_at_limit(&mut data);
            let block = Block { offset: self.offset, data };
            self.offset += end as u64;
            data = rest;
            if self.sender.blocking_send(Ok(block)).is_err() || last || at_end {
                return Ok(());
            }
        }
    }

    /// Leaves out the lines that begin behind the limit. Returns whether there were any.
    fn cut_at_limit(&self, data: &mut Vec<u8>) -> bool {
        let Some(inside) = self.limit.checked_sub(self.offset).and_then(|n| usize::try_from(n).ok()) else {
            return false;
        };
        if inside >= data.len() {
            return false;
        }
        // The line that begins right at the limit is still ours.
        let end = next_line(data, inside).unwrap_or(data.len());
        data.truncate(end);
        true
    }

    fn check_length(&self, length: usize) -> Result<()> {
        if length > MAX_LINE {
            return Err(WarehouseError::corrupt(&self.path, format!("a line is longer than {MAX_LINE} bytes")));
        }
        Ok(())
    }

    /// Reads `want` bytes more, or up to the end. Returns whether that is where we are.
    fn fill(&mut self, data: &mut Vec<u8>, want: usize) -> Result<bool> {
        let read = self.input.by_ref().take(want as u64).read_to_end(data);
        match read {
            Ok(count) => Ok(count < want),
            Err(e) if e.kind() == io::ErrorKind::InvalidData || e.kind() == io::ErrorKind::UnexpectedEof => {
                Err(WarehouseError::corrupt(&self.path, e.to_string()))
            }
            Err(e) => Err(WarehouseError::io("read", &self.path, e)),
        }
    }
}

/// Where the line that holds byte `at` ends: behind its `\n`, `\r` or `\r\n`.
fn next_line(data: &[u8], at: usize) -> Option<usize> {
    let end = at + memchr::memchr2(b'\n', b'\r', data.get(at..)?)?;
    Some(if data[end] == b'\r' && data.get(end + 1) == Some(&b'\n') { end + 2 } else { end + 1 })
}

/// Where the first line ends; a `\r` at the very end may be half of a `\r\n`.
fn first_line_end(data: &[u8], at_end: bool) -> Option<usize> {
    next_line(data, 0).filter(|end| at_end || *end < data.len() || data[*end - 1] == b'\n')
}

/// Where the last whole line ends; 0 if there is none.
fn last_line_end(data: &[u8]) -> usize {
    match memchr::memrchr2(b'\n', b'\r', data) {
        Some(at) if data[at] == b'\r' && at + 1 == data.len() => {
            // It may be half of a `\r\n`.
            memchr::memrchr2(b'\n', b'\r', &data[..at]).map_or(0, |at| at + 1)
        }
        Some(at) => at + 1,
        None => 0,
    }
}
