//! Records out of a SequenceFile.

use std::io::{self, BufReader, Read};

use super::Compression;
use super::header::{Header, Value};
use crate::codec::{TextCodec, decompress};
use crate::format::records::{BlockSender, RecordBlock};
use crate::format::writable::{Counted, invalid, take, take_length};

/// Longest record, and longest buffer of a block, compressed or not.
const MAX_RECORD: usize = 1 << 30;
/// Most records of a block.
const MAX_RECORDS: usize = 1 << 26;
/// Bytes of records that are sent at once.
const BLOCK: usize = 1 << 20;
/// Records that are sent at once.
const RECORDS: usize = 1 << 16;
/// What stands before a sync marker in place of a length.
const ESCAPE: i32 = -1;

/// Reads the records that belong to a range of a file: those behind each sync marker of which the escape before it
/// begins in the range (`SequenceFileRecordReader`).
pub struct SequenceReader {
    input: Counted<BufReader<Box<dyn Read + Send>>>,
    header: Header,
    /// Where the range ends.
    limit: u64,
    block: RecordBlock,
}

impl SequenceReader {
    /// A reader right behind the header, or right behind a sync marker.
    pub fn new(input: Counted<BufReader<Box<dyn Read + Send>>>, header: Header, limit: u64) -> Self {
        Self { input, header, limit, block: RecordBlock::default() }
    }

    /// Sends all records of the range.
    pub fn run(mut self, sender: &BlockSender) -> io::Result<()> {
        let behind_header = self.input.position <= self.header.end;
        // A reader that looked for a marker stands right behind it.
        let after_marker = !behind_header;
        if after_marker && self.input.position - 20 >= self.limit {
            return Ok(());
        }
        match self.header.compression {
            Compression::Block => self.blocks(after_marker, sender),
            _ => self.records(sender),
        }
    }

    /// Sends what was gathered. Returns whether anybody wants more.
    fn send(&mut self, sender: &BlockSender) -> bool {
        let block = std::mem::take(&mut self.block);
        block.records.is_empty() || sender.blocking_send(Ok(block)).is_ok()
    }

    fn marker(&mut self) -> io::Result<()> {
        if self.input.array::<16>()? != self.header.sync {
            return Err(invalid("a sync marker is not the one of the header"));
        }
        Ok(())
    }

    fn records(&mut self, sender: &BlockSender) -> io::Result<()> {
        let compressed = self.header.codec.filter(|_| self.header.compression == Compression::Record);
        loop {
            let offset = self.input.position;
            let Some(mut length) = self.input.int_or_end()? else { break };
            if length == ESCAPE {
                if offset >= self.limit {
                    break;
                }
                self.marker()?;
                match self.input.int_or_end()? {
                    Some(next) => length = next,
                    None => break,
                }
            }
            let key = self.input.int()?;
            if key < 0 || length < key || length as usize > MAX_RECORD {
                return Err(invalid(format!("a record of {length} bytes with a key of {key}")));
            }
            self.input.skip(key as u64)?;
            let mut value = self.input.exact((length - key) as usize)?;
            if let Some(codec) = compressed {
                value = decompress(codec, value, MAX_RECORD)?;
            }
            let mut rest = value.as_slice();
            let value = unwrap(self.header.value, &mut rest)?;
            self.block.push(value, offset);
            let full = self.block.data.len() >= BLOCK || self.block.records.len() >= RECORDS;
            if full && !self.send(sender) {
                return Ok(());
            }
        }
        self.send(sender);
        Ok(())
    }

    fn blocks(&mut self, mut after_marker: bool, sender: &BlockSender) -> io::Result<()> {
        loop {
            let offset;
            if after_marker {
                offset = self.input.position - 20;
                after_marker = false;
            } else {
                offset = self.input.position;
                match self.input.int_or_end()? {
                    None => break,
                    Some(_) if offset >= self.limit => break,
                    Some(ESCAPE) => self.marker()?,
                    Some(other) => return Err(invalid(format!("{other} stands where a block should begin"))),
                }
            }
            if !self.one_block(offset, sender)? {
                return Ok(());
            }
        }
        Ok(())
    }

    fn one_block(&mut self, offset: u64, sender: &BlockSender) -> io::Result<bool> {
        let Some(codec) = self.header.codec else { return Err(invalid("blocks without a codec")) };
        let count = self.input.length(MAX_RECORDS, "a block (in records)")?;
        // The lengths of the keys, and the keys.
        for _ in 0..2 {
            let length = self.input.length(MAX_RECORD, "a buffer")?;
            self.input.skip(length as u64)?;
        }
        let lengths = self.buffer(codec)?;
        let values = self.buffer(codec)?;
        let (mut lengths, mut values) = (lengths.as_slice(), values.as_slice());
        for _ in 0..count {
            let length = take_length(&mut lengths).ok_or_else(|| invalid("a block has too few lengths"))?;
            let mut value = take(&mut values, length).ok_or_else(|| invalid("a block has too few values"))?;
            let value = unwrap(self.header.value, &mut value)?;
            self.block.push(value, offset);
        }
        Ok(self.send(sender))
    }

    fn buffer(&mut self, codec: TextCodec) -> io::Result<Vec<u8>> {
        let length = self.input.length(MAX_RECORD, "a buffer")?;
        decompress(codec, self.input.exact(length)?, MAX_RECORD)
    }
}

/// Takes a value out of its wrapping.
fn unwrap<'a>(value: Value, bytes: &mut &'a [u8]) -> io::Result<&'a [u8]> {
    let found = match value {
        Value::Null => Some(&[][..]),
        Value::Text => take_length(bytes).and_then(|length| take(bytes, length)),
        Value::Bytes => take(bytes, 4)
            .and_then(|length| usize::try_from(i32::from_be_bytes(length.try_into().ok()?)).ok())
            .and_then(|length| take(bytes, length)),
    };
    found.ok_or_else(|| invalid("a value is longer than its record"))
}
