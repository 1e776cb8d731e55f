//! Records into a SequenceFile.

use std::io::Write;

use arrow::array::RecordBatch;
use skep_metastore::model::FieldSchema;
use uuid::Uuid;

use super::Compression;
use super::header::{Header, Value};
use crate::codec::{TextCodec, compress};
use crate::error::{Result, WarehouseError};
use crate::format::text::{LineBuffer, LineFormat, LineSink};
use crate::format::writable::write_vlong;
use crate::format::{FileInfo, RowFileWriter};
use crate::store::Output;

/// Bytes between sync markers, about.
const SYNC_INTERVAL: u64 = 100 * 1024;
/// Raw bytes of a block (`io.seqfile.compress.blocksize`).
const BLOCK: usize = 1_000_000;
/// The key of every record: an empty `BytesWritable`.
const KEY: [u8; 4] = [0; 4];

/// A SequenceFile being written.
pub struct SequenceWriter {
    columns: Vec<FieldSchema>,
    format: Box<dyn LineFormat>,
    line: Vec<u8>,
    file: Records,
    info: FileInfo,
}

impl SequenceWriter {
    /// Begins a file.
    pub fn new(
        format: Box<dyn LineFormat>,
        value: Value,
        columns: &[FieldSchema],
        compression: Compression,
        codec: Option<TextCodec>,
        output: Output,
    ) -> Result<Self> {
        let url = output.url().to_string();
        let sync = *Uuid::new_v4().as_bytes();
        let header = Header { value, compression, codec, sync, end: 0 };
        let mut file = Records {
            url,
            header,
            output,
            position: 0,
            last_sync: 0,
            buffer: Vec::new(),
            lengths: Vec::new(),
            values: Vec::new(),
            count: 0,
        };
        let mut start = Vec::new();
        file.header.write(&mut start);
        file.put(&start)?;
        file.last_sync = file.position;
        Ok(Self { columns: columns.to_vec(), format, line: Vec::new(), file, info: FileInfo::default() })
    }
}

impl RowFileWriter for SequenceWriter {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        if batch.num_columns() != self.columns.len() {
            return Err(WarehouseError::Invalid(format!(
                "{} has {} columns but the rows have {}",
                self.file.url,
                self.columns.len(),
                batch.num_columns()
            )));
        }
        let mut out = LineBuffer { bytes: &mut self.line, sink: &mut self.file };
        self.info.raw_data_size += self.format.format(batch, &self.columns, &mut out)?;
        self.info.rows += batch.num_rows() as u64;
        Ok(())
    }

    fn memory_size(&self) -> usize {
        let file = &self.file;
        self.line.capacity()
            + file.buffer.capacity()
            + file.lengths.capacity()
            + file.values.capacity()
            + crate::store::output::BUFFER
    }

    fn finish(mut self: Box<Self>) -> Result<FileInfo> {
        self.file.end_block()?;
        self.info.bytes = self.file.output.close()?;
        Ok(self.info)
    }
}

struct Records {
    url: String,
    header: Header,
    output: Output,
    position: u64,
    last_sync: u64,
    buffer: Vec<u8>,
    /// Lengths of the values of the block, and these.
    lengths: Vec<u8>,
    values: Vec<u8>,
    count: usize,
}

impl Records {
    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.output.write_all(bytes).map_err(|e| WarehouseError::io("write", &self.url, e))?;
        self.position += bytes.len() as u64;
        Ok(())
    }

    /// Adds a value in its wrapping.
    fn wrap(value: Value, bytes: &[u8], out: &mut Vec<u8>) {
        match value {
            Value::Text => write_vlong(bytes.len() as i64, out),
            Value::Bytes => out.extend_from_slice(&(bytes.len() as i32).to_be_bytes()),
            Value::Null => return,
        }
        out.extend_from_slice(bytes);
    }

    fn sync(&mut self, into: &mut Vec<u8>) {
        into.extend_from_slice(&(-1i32).to_be_bytes());
        into.extend_from_slice(&self.header.sync);
    }

    fn record(&mut self, bytes: &[u8]) -> Result<()> {
        let mut value = std::mem::take(&mut self.buffer);
        value.clear();
        Self::wrap(self.header.value, bytes, &mut value);
        if let Some(codec) = self.header.codec {
            value = compress(codec, &value).map_err(|e| WarehouseError::io("write", &self.url, e))?;
        }
        let mut start = Vec::with_capacity(32);
        if self.position >= self.last_sync + SYNC_INTERVAL {
            self.sync(&mut start);
            self.last_sync = self.position;
        }
        start.extend_from_slice(&((KEY.len() + value.len()) as i32).to_be_bytes());
        start.extend_from_slice(&(KEY.len() as i32).to_be_bytes());
        start.extend_from_slice(&KEY);
        self.put(&start)?;
        self.put(&value)?;
        self.buffer = value;
        Ok(())
    }

    fn end_block(&mut self) -> Result<()> {
        let Some(codec) = self.header.codec.filter(|_| self.count > 0) else { return Ok(()) };
        let mut block = Vec::new();
        self.sync(&mut block);
        write_vlong(self.count as i64, &mut block);
        let key_lengths = vec![KEY.len() as u8; self.count];
        let keys = vec![0; KEY.len() * self.count];
        for buffer in [&key_lengths, &keys, &self.lengths, &self.values] {
            let packed = compress(codec, buffer).map_err(|e| WarehouseError::io("write", &self.url, e))?;
            write_vlong(packed.len() as i64, &mut block);
            block.extend_from_slice(&packed);
        }
        self.put(&block)?;
        self.lengths.clear();
        self.values.clear();
        self.count = 0;
        Ok(())
    }
}

impl LineSink for Records {
    fn end_line(&mut self, bytes: &mut Vec<u8>) -> Result<()> {
        if bytes.len() > i32::MAX as usize - 64 {
            return Err(WarehouseError::Unsupported(format!("A row of {} bytes in a SequenceFile", bytes.len())));
        }
        if self.header.compression == Compression::Block {
            let start = self.values.len();
            Self::wrap(self.header.value, bytes, &mut self.values);
            write_vlong((self.values.len() - start) as i64, &mut self.lengths);
            self.count += 1;
            if self.values.len() + self.lengths.len() + self.count * (KEY.len() + 1) >= BLOCK {
                self.end_block()?;
            }
        } else {
            self.record(bytes)?;
        }
        bytes.clear();
        Ok(())
    }
}
