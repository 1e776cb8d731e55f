//! Lines into a file.

use std::io::Write;

use arrow::array::RecordBatch;
use skep_metastore::model::FieldSchema;

use crate::codec::{Encoder, encoder};
use crate::error::{Result, WarehouseError};
use crate::format::{FileInfo, FileWriteOptions, RowFileWriter};
use crate::store::Output;

/// Bytes of lines that are gathered before they are compressed and written.
const BUFFER: usize = 128 * 1024;

/// Makes lines of rows.
pub trait LineFormat: Send {
    /// Adds the lines of a batch to `out`, each with its end. Returns the rows' `rawDataSize`.
    fn format(&mut self, batch: &RecordBatch, columns: &[FieldSchema], out: &mut LineBuffer<'_>) -> Result<u64>;
}

/// Where finished lines go.
pub trait LineSink {
    /// Takes the line that `bytes` ends with, without its end, and leaves in `bytes` what it wants to keep there.
    fn end_line(&mut self, bytes: &mut Vec<u8>) -> Result<()>;
}

/// Where lines are made.
pub struct LineBuffer<'a> {
    /// The lines so far.
    pub bytes: &'a mut Vec<u8>,
    /// Where they go.
    pub sink: &'a mut dyn LineSink,
}

/// Leaves lines where they are made.
pub struct InMemory;

impl LineSink for InMemory {
    fn end_line(&mut self, bytes: &mut Vec<u8>) -> Result<()> {
        bytes.push(b'\n');
        Ok(())
    }
}

impl LineBuffer<'_> {
    /// Ends a line, and writes what was gathered when it is much.
    pub fn end_line(&mut self) -> Result<()> {
        self.sink.end_line(self.bytes)
    }
}

/// Lines with a line end behind each, compressed as a whole.
struct TextSink<'a> {
    encoder: &'a mut dyn Encoder,
    url: &'a str,
}

impl LineSink for TextSink<'_> {
    fn end_line(&mut self, bytes: &mut Vec<u8>) -> Result<()> {
        bytes.push(b'\n');
        if bytes.len() >= BUFFER {
            self.encoder.write_all(bytes).map_err(|e| WarehouseError::io("write", self.url, e))?;
            bytes.clear();
        }
        Ok(())
    }
}

/// A file of lines.
pub struct TextWriter {
    url: String,
    columns: Vec<FieldSchema>,
    format: Box<dyn LineFormat>,
    encoder: Box<dyn Encoder>,
    buffer: Vec<u8>,
    info: FileInfo,
}

impl TextWriter {
    /// Begins a file.
    pub fn new(
        format: Box<dyn LineFormat>,
        columns: &[FieldSchema],
        options: &FileWriteOptions,
        output: Output,
    ) -> Result<Self> {
        let url = output.url().to_string();
        let encoder = encoder(options.codec, output).map_err(|e| WarehouseError::io("write", &url, e))?;
        let columns = columns.to_vec();
        Ok(Self { url, columns, format, encoder, buffer: Vec::with_capacity(BUFFER), info: FileInfo::default() })
    }
}

impl RowFileWriter for TextWriter {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        if batch.num_columns() != self.columns.len() {
            return Err(WarehouseError::Invalid(format!(
                "{} has {} columns but the rows have {}",
                self.url,
                self.columns.len(),
                batch.num_columns()
            )));
        }
        let mut sink = TextSink { encoder: self.encoder.as_mut(), url: &self.url };
        let mut out = LineBuffer { bytes: &mut self.buffer, sink: &mut sink };
        self.info.raw_data_size += self.format.format(batch, &self.columns, &mut out)?;
        self.info.rows += batch.num_rows() as u64;
        Ok(())
    }

    fn memory_size(&self) -> usize {
        self.buffer.capacity() + crate::store::output::BUFFER + self.encoder.memory_size()
    }

    fn finish(mut self: Box<Self>) -> Result<FileInfo> {
        let failed = |e| WarehouseError::io("write", &self.url, e);
        self.encoder.write_all(&self.buffer).map_err(failed)?;
        let output = self.encoder.finish().map_err(failed)?;
        self.info.bytes = output.close()?;
        Ok(self.info)
    }
}
