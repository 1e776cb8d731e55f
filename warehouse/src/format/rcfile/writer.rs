//! Rows into an RCFile.

use std::io::Write;

use arrow::array::RecordBatch;
use skep_metastore::model::{FieldSchema, HiveType, StorageDescriptor};
use uuid::Uuid;

use super::group::Header;
use super::{ColumnSerDe, EMPTY};
use crate::codec::compress;
use crate::error::{Result, WarehouseError};
use crate::format::text::{LazyParams, TextColumn, TextValues};
use crate::format::writable::write_vlong;
use crate::format::{FileInfo, FileWriteOptions, RowFileWriter, lazybinary};
use crate::store::Output;

/// Raw bytes of a group (`hive.io.rcfile.record.buffer.size`).
const GROUP: usize = 4 << 20;
/// Rows of a group at most.
const ROWS: usize = 1 << 20;
/// Bytes between sync markers, at least.
const SYNC_INTERVAL: u64 = 2000;

/// The values of a column of the group.
#[derive(Default)]
struct Cells {
    data: Vec<u8>,
    lengths: Vec<u8>,
    /// Length of the last value, and how often it came again.
    last: Option<(usize, i64)>,
}

impl Cells {
    /// Counts the value that the data ends in.
    fn end(&mut self, start: usize) {
        let length = self.data.len() - start;
        match &mut self.last {
            Some((last, again)) if *last == length => *again += 1,
            _ => {
                self.flush();
                self.last = Some((length, 0));
            }
        }
    }

    fn flush(&mut self) {
        if let Some((length, again)) = self.last.take() {
            write_vlong(length as i64, &mut self.lengths);
            if again > 0 {
                write_vlong(!again, &mut self.lengths);
            }
        }
    }
}

/// A file being written.
pub struct RcWriter {
    url: String,
    serde: ColumnSerDe,
    header: Header,
    texts: TextValues,
    columns: Vec<FieldSchema>,
    cells: Vec<Cells>,
    rows: usize,
    output: Output,
    position: u64,
    last_sync: u64,
    info: FileInfo,
}

impl RcWriter {
    /// Begins a file.
    pub fn new(
        serde: ColumnSerDe,
        storage: &StorageDescriptor,
        columns: &[FieldSchema],
        options: &FileWriteOptions,
        output: Output,
    ) -> Result<Self> {
        let params = match serde {
            ColumnSerDe::Text => LazyParams::new(storage, &options.table_parameters, &options.time_zone)?,
            ColumnSerDe::Binary => LazyParams::binary(&options.time_zone),
        };
        let sync = *Uuid::new_v4().as_bytes();
        let header = Header { codec: options.codec, sync, columns: columns.len(), end: 0 };
        let mut start = Vec::new();
        header.write(&mut start);
        let mut writer = Self {
            url: output.url().to_string(),
            serde,
            header,
            texts: TextValues::new(params),
            columns: columns.to_vec(),
            cells: columns.iter().map(|_| Cells::default()).collect(),
            rows: 0,
            output,
            position: 0,
            last_sync: 0,
            info: FileInfo::default(),
        };
        writer.put(&start)?;
        writer.last_sync = writer.position;
        Ok(writer)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.output.write_all(bytes).map_err(|e| WarehouseError::io("write", &self.url, e))?;
        self.position += bytes.len() as u64;
        Ok(())
    }

    fn pack(&self, bytes: Vec<u8>) -> Result<Vec<u8>> {
        match self.header.codec {
            Some(codec) => compress(codec, &bytes).map_err(|e| WarehouseError::io("write", &self.url, e)),
            None => Ok(bytes),
        }
    }

    /// Writes the group.
    fn end_group(&mut self) -> Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        let mut key = Vec::new();
        let mut values = Vec::new();
        write_vlong(self.rows as i64, &mut key);
        for mut cells in std::mem::take(&mut self.cells) {
            cells.flush();
            let length = cells.data.len();
            let packed = self.pack(cells.data)?;
            write_vlong(packed.len() as i64, &mut key);
            write_vlong(length as i64, &mut key);
            write_vlong(cells.lengths.len() as i64, &mut key);
            key.extend_from_slice(&cells.lengths);
            values.extend_from_slice(&packed);
            self.cells.push(Cells::default());
        }
        let too_long = || WarehouseError::Unsupported("A group of more than 2147483647 bytes in a RCFile".to_string());
        let length = i32::try_from(key.len() + values.len()).map_err(|_| too_long())?;
        let mut start = Vec::new();
        if self.position >= self.last_sync + SYNC_INTERVAL {
            start.extend_from_slice(&(-1i32).to_be_bytes());
            start.extend_from_slice(&self.header.sync);
            self.last_sync = self.position + start.len() as u64;
        }
        start.extend_from_slice(&length.to_be_bytes());
        start.extend_from_slice(&(key.len() as i32).to_be_bytes());
        let key = self.pack(key)?;
        start.extend_from_slice(&(key.len() as i32).to_be_bytes());
        self.put(&start)?;
        self.put(&key)?;
        self.put(&values)?;
        self.rows = 0;
        Ok(())
    }

    fn add(&mut self, batch: &RecordBatch) -> Result<()> {
        let rows = batch.num_rows();
        for ((array, column), cells) in batch.columns().iter().zip(&self.columns).zip(&mut self.cells) {
            let before = cells.data.len();
            match self.serde {
                ColumnSerDe::Text => {
                    let values = TextColumn::new(array, &column.ty, 1, self.texts.params())?;
                    for row in 0..rows {
                        let start = cells.data.len();
                        self.texts.write(&values, row, &mut cells.data);
                        cells.end(start);
                    }
                }
                ColumnSerDe::Binary => {
                    let values = lazybinary::ValueWriter::new(array, &column.ty)?;
                    for row in 0..rows {
                        let start = cells.data.len();
                        if !values.is_null(row) {
                            values.write(row, true, &mut cells.data);
                            if cells.data.len() == start {
                                empty(&column.ty, &mut cells.data)?;
                            }
                        }
                        cells.end(start);
                    }
                }
            }
            self.info.raw_data_size += (cells.data.len() - before) as u64;
        }
        self.rows += rows;
        self.info.rows += rows as u64;
        Ok(())
    }
}

/// A value that is not NULL but has no bytes.
fn empty(ty: &HiveType, out: &mut Vec<u8>) -> Result<()> {
    if *ty == HiveType::Binary {
        return Err(WarehouseError::Unsupported(
            "LazyBinaryColumnarSerde cannot serialize a non-null zero length binary field. Consider using either \
             LazyBinarySerde or ColumnarSerde: this"
                .to_string(),
        ));
    }
    out.push(EMPTY);
    Ok(())
}

impl RowFileWriter for RcWriter {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        if batch.num_columns() != self.columns.len() {
            return Err(WarehouseError::Invalid(format!(
                "{} has {} columns but the rows have {}",
                self.url,
                self.columns.len(),
                batch.num_columns()
            )));
        }
        // Slices, so that wide rows do not make a group much longer than it should be.
        let mut at = 0;
        while at < batch.num_rows() {
            let rows = 1024.min(batch.num_rows() - at);
            self.add(&batch.slice(at, rows))?;
            at += rows;
            if self.cells.iter().map(|cells| cells.data.len()).sum::<usize>() >= GROUP || self.rows >= ROWS {
                self.end_group()?;
            }
        }
        Ok(())
    }

    fn memory_size(&self) -> usize {
        let cells = self.cells.iter().map(|cells| cells.data.capacity() + cells.lengths.capacity());
        cells.sum::<usize>() + crate::store::output::BUFFER
    }

    fn finish(mut self: Box<Self>) -> Result<FileInfo> {
        self.end_group()?;
        self.info.bytes = self.output.close()?;
        Ok(self.info)
    }
}
