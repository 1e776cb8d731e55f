//! Writing ORC files, of all of Hive's types, with statistics and row indexes. (orc-rust's writer has no decimals and
//! no nested types, and writes no statistics, without which Hive cannot skip what a query does not want.)
//!
//! Values are gathered for a stripe (`column`), then encoded (`encode`, `runs`), compressed and written. Timestamps
//! are written as by a writer in UTC, dates and times in Java's hybrid calendar, which all versions of Hive read.

mod column;
mod encode;
mod events;
mod runs;
mod schema;
mod statistics;

use std::io::Write;

use arrow::array::RecordBatch;
use orc_rust::proto;
use prost::Message;
use skep_metastore::model::{FieldSchema, HiveType, Parameters, StorageDescriptor};

use self::column::ColumnWriter;
use self::encode::{EncodedColumn, Position, encode};
use self::events::EventKeys;
use self::schema::file_types;
use self::statistics::Statistics;
use super::compress::Compression;
use crate::error::{Result, WarehouseError};
use crate::format::{FileInfo, FileWriteOptions, RowFileWriter};
use crate::store::Output;

const MAGIC: &str = "ORC";
/// Bytes of a stripe before compression, where `orc.stripe.size` does not say.
const STRIPE_SIZE: usize = 64 * 1024 * 1024;
/// Rows of a row group, where `orc.row.index.stride` does not say.
const ROW_INDEX_STRIDE: usize = 10_000;
/// `ORC_135`: readers may trust the statistics of this and later versions in all they say.
const WRITER_VERSION: u32 = 6;

/// Begins a file. Table properties that count: `orc.compress` (NONE, ZLIB, SNAPPY, LZ4, ZSTD), `orc.compress.size`,
/// `orc.stripe.size`, `orc.row.index.stride`, `orc.create.index`; where one is not set, `hive.exec.orc.default.compress`
/// and its like, which are settings of a session.
pub fn open_writer(
    _storage: &StorageDescriptor,
    columns: &[FieldSchema],
    options: &FileWriteOptions,
    output: Output,
) -> Result<Box<dyn RowFileWriter>> {
    begin(columns, options, output, None)
}

/// Begins a file of events of a transactional table: its columns are those of an event.
pub(crate) fn open_event_writer(
    columns: &[FieldSchema],
    options: &FileWriteOptions,
    output: Output,
) -> Result<Box<dyn RowFileWriter>> {
    begin(columns, options, output, Some(EventKeys::default()))
}

fn begin(
    columns: &[FieldSchema],
    options: &FileWriteOptions,
    output: Output,
    events: Option<EventKeys>,
) -> Result<Box<dyn RowFileWriter>> {
    let parameters = &options.table_parameters;
    let stride = match parameters.get("orc.create.index").is_some_and(|value| value.eq_ignore_ascii_case("false")) {
        true => None,
        false => Some(setting(parameters, "row.index.stride").unwrap_or(ROW_INDEX_STRIDE)),
    };
    let mut next = 1;
    let mut writer = Writer {
        types: file_types(columns)?,
        columns: columns.iter().map(|column| ColumnWriter::new(&column.ty, &mut next)).collect(),
        compression: Compression::of_table(parameters)?,
        stripe_size: setting(parameters, "stripe.size").unwrap_or(STRIPE_SIZE),
        stride,
        group_rows: 0,
        stripe_groups: Vec::new(),
        stripes: Vec::new(),
        stripe_statistics: Vec::new(),
        rows: 0,
        raw_data_size: 0,
        written: 0,
        output,
        events,
    };
    writer.put(MAGIC.as_bytes())?;
    Ok(Box::new(writer))
}

/// A number from the table's properties, or from the session's settings.
fn setting(parameters: &Parameters, key: &str) -> Option<usize> {
    let of_table = parameters.get(&format!("orc.{key}"));
    let text = of_table.or_else(|| parameters.get(&format!("hive.exec.orc.default.{key}")))?;
    text.trim().parse().ok().filter(|number| *number > 0)
}

struct Writer {
    output: Output,
    written: u64,
    types: Vec<proto::Type>,
    columns: Vec<ColumnWriter>,
    compression: Compression,
    stripe_size: usize,
    /// Rows of a row group; `None` for files without index.
    stride: Option<usize>,
    /// Rows in the row group that is not complete.
    group_rows: usize,
    /// Rows of the row groups of the stripe that are complete.
    stripe_groups: Vec<usize>,
    stripes: Vec<proto::StripeInformation>,
    stripe_statistics: Vec<proto::StripeStatistics>,
    rows: u64,
    raw_data_size: u64,
    /// What a file of events tells of them.
    events: Option<EventKeys>,
}

impl RowFileWriter for Writer {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        if batch.num_columns() != self.columns.len() {
            let (given, wanted) = (batch.num_columns(), self.columns.len());
            return Err(WarehouseError::Invalid(format!("{given} columns for a file of {wanted}")));
        }
        let mut from = 0;
        while from < batch.num_rows() {
            if self.group_rows == 0 {
                self.columns.iter_mut().for_each(ColumnWriter::begin_group);
            }
            let room = self.stride.map_or(usize::MAX, |stride| stride - self.group_rows);
            let to = from + room.min(batch.num_rows() - from);
            let rows: Vec<usize> = (from..to).collect();
            for (column, array) in self.columns.iter_mut().zip(batch.columns()) {
                column.append(array, &rows);
            }
            if let Some(events) = &mut self.events {
                events.add(batch, from..to);
            }
            self.group_rows += rows.len();
            from = to;
            if self.stride.is_some_and(|stride| self.group_rows >= stride) {
                self.end_group();
            }
        }
        if self.memory_size() >= self.stripe_size {
            self.end_stripe()?;
        }
        Ok(())
    }

    fn memory_size(&self) -> usize {
        self.columns.iter().map(ColumnWriter::memory_size).sum()
    }

    fn finish(mut self: Box<Self>) -> Result<FileInfo> {
        self.end_stripe()?;
        let metadata = proto::Metadata { stripe_stats: std::mem::take(&mut self.stripe_statistics) };
        let metadata = self.compression.compress(&metadata.encode_to_vec())?;
        let content_length = self.written;
        let footer = self.compression.compress(&self.footer(content_length).encode_to_vec())?;
        let postscript = proto::PostScript {
            footer_length: Some(footer.len() as u64),
            compression: Some(self.compression.kind as i32),
            compression_block_size: Some(self.compression.block_size as u64),
            version: vec![0, 12],
            metadata_length: Some(metadata.len() as u64),
            writer_version: Some(WRITER_VERSION),
            magic: Some(MAGIC.to_string()),
            ..Default::default()
        }
        .encode_to_vec();
        for part in [&metadata, &footer, &postscript, &vec![postscript.len() as u8]] {
            self.put(part)?;
        }
        let Writer { output, rows, raw_data_size, .. } = *self;
        Ok(FileInfo { rows, bytes: output.close()?, raw_data_size })
    }
}

impl Writer {
    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.output.write_all(bytes).map_err(|e| WarehouseError::io("write", self.output.url(), e))?;
        self.written += bytes.len() as u64;
        Ok(())
    }

    fn end_group(&mut self) {
        if self.group_rows > 0 {
            self.columns.iter_mut().for_each(ColumnWriter::end_group);
            self.stripe_groups.push(std::mem::take(&mut self.group_rows));
        }
    }

    fn end_stripe(&mut self) -> Result<()> {
        self.end_group();
        let groups = std::mem::take(&mut self.stripe_groups);
        let rows: usize = groups.iter().sum();
        if rows == 0 {
            return Ok(());
        }
        if let Some(events) = &mut self.events {
            events.end_stripe();
        }
        let mut footer = proto::StripeFooter { writer_timezone: Some("UTC".to_string()), ..Default::default() };
        footer.columns.push(proto::ColumnEncoding { kind: Some(0), ..Default::default() });
        let (mut index, mut data) = (Vec::new(), Vec::new());
        let (mut index_streams, mut data_streams) = (Vec::new(), Vec::new());
        if self.stride.is_some() {
            let entries = groups.iter().map(|rows| index_entry(&rows_only(*rows), Vec::new())).collect();
            self.add_index(0, entries, &mut index, &mut index_streams)?;
        }
        let mut columns: Vec<&ColumnWriter> = Vec::new();
        self.columns.iter().for_each(|column| column.visit(&mut |column| columns.push(column)));
        let mut raw_data_size = 0;
        for column in columns {
            raw_data_size += raw_size(column);
            let encoded = encode(column);
            footer.columns.push(encoded.encoding.clone());
            let starts = self.add_data(column.id, &encoded, &mut data, &mut data_streams)?;
            if self.stride.is_some() {
                let entries = (0..groups.len())
                    .map(|group| index_entry(&column.groups[group], self.positions(&encoded, &starts, group)))
                    .collect();
                self.add_index(column.id, entries, &mut index, &mut index_streams)?;
            }
        }
        footer.streams = index_streams.into_iter().chain(data_streams).collect();
        let footer = self.compression.compress(&footer.encode_to_vec())?;
        self.stripes.push(proto::StripeInformation {
            offset: Some(self.written),
            index_length: Some(index.len() as u64),
            data_length: Some(data.len() as u64),
            footer_length: Some(footer.len() as u64),
            number_of_rows: Some(rows as u64),
            ..Default::default()
        });
        for part in [&index, &data, &footer] {
            self.put(part)?;
        }
        let mut statistics = vec![rows_only(rows).to_proto()];
        for column in &mut self.columns {
            column.visit_mut(&mut |column| statistics.push(column.end_stripe().to_proto()));
        }
        self.stripe_statistics.push(proto::StripeStatistics { col_stats: statistics });
        self.rows += rows as u64;
        self.raw_data_size += raw_data_size;
        Ok(())
    }

    fn add_index(
        &self,
        column: usize,
        entry: Vec<proto::RowIndexEntry>,
        index: &mut Vec<u8>,
        streams: &mut Vec<proto::Stream>,
    ) -> Result<()> {
        let bytes = self.compression.compress(&proto::RowIndex { entry }.encode_to_vec())?;
        streams.push(stream(proto::stream::Kind::RowIndex, column, bytes.len()));
        index.extend(bytes);
        Ok(())
    }

    /// Adds the streams of a column. Returns, for each, where its compressed chunks begin.
    fn add_data(
        &self,
        column: usize,
        encoded: &EncodedColumn,
        data: &mut Vec<u8>,
        streams: &mut Vec<proto::Stream>,
    ) -> Result<Vec<Vec<u64>>> {
        let mut starts = Vec::with_capacity(encoded.streams.len());
        for part in &encoded.streams {
            let mut chunks = Vec::new();
            let before = data.len();
            self.compression.compress_into(&part.bytes, data, &mut chunks)?;
            streams.push(stream(part.kind, column, data.len() - before));
            starts.push(chunks);
        }
        Ok(starts)
    }

    /// Where a row group begins in the streams of a column, as readers seek it.
    fn positions(&self, encoded: &EncodedColumn, starts: &[Vec<u64>], group: usize) -> Vec<u64> {
        let mut out = Vec::new();
        for (stream, chunks) in encoded.streams.iter().zip(starts) {
            let Some(Position { offset, within, bits }) = stream.positions.get(group) else { continue };
            if self.compression.kind == proto::CompressionKind::None {
                out.push(*offset as u64);
            } else {
                let chunk = offset / self.compression.block_size;
                // At the very end of a stream there is no chunk: nothing of the group is in it.
                out.push(chunks.get(chunk).or(chunks.last()).copied().unwrap_or(0));
                let at = if chunk < chunks.len() { offset % self.compression.block_size } else { 0 };
                out.push(at as u64);
            }
            out.extend_from_slice(within);
            out.extend(bits.map(u64::from));
        }
        out
    }

    fn footer(&self, content_length: u64) -> proto::Footer {
        let mut statistics = vec![rows_only(self.rows as usize).to_proto()];
        for column in &self.columns {
            column.visit(&mut |column| statistics.push(column.file.to_proto()));
        }
        proto::Footer {
            header_length: Some(MAGIC.len() as u64),
            content_length: Some(content_length),
            stripes: self.stripes.clone(),
            types: self.types.clone(),
            number_of_rows: Some(self.rows),
            statistics,
            row_index_stride: Some(self.stride.unwrap_or(0) as u32),
            calendar: Some(proto::CalendarKind::JulianGregorian as i32),
            metadata: self.events.as_ref().map(EventKeys::metadata).unwrap_or_default(),
            software_version: Some(format!("skep {}", env!("CARGO_PKG_VERSION"))),
            ..Default::default()
        }
    }
}

fn stream(kind: proto::stream::Kind, column: usize, length: usize) -> proto::Stream {
    proto::Stream { kind: Some(kind as i32), column: Some(column as u32), length: Some(length as u64) }
}

fn index_entry(statistics: &Statistics, positions: Vec<u64>) -> proto::RowIndexEntry {
    proto::RowIndexEntry { positions, statistics: Some(statistics.to_proto()) }
}

/// Statistics of the root: so many rows.
fn rows_only(rows: usize) -> Statistics {
    let mut statistics = Statistics::default();
    statistics.values(rows as u64);
    statistics
}

/// What the values of a stripe take in Java's memory, as ORC's `getRawDataSize` counts.
fn raw_size(column: &ColumnWriter) -> u64 {
    let values = column.present.iter().filter(|present| **present).count() as u64;
    let each = match &column.ty {
        HiveType::Boolean | HiveType::TinyInt | HiveType::SmallInt | HiveType::Int | HiveType::Float => 4,
        HiveType::BigInt | HiveType::Double => 8,
        HiveType::String | HiveType::Varchar(_) | HiveType::Char(_) | HiveType::Binary => {
            let column::Values::Text { bytes, .. } = &column.values else { return 0 };
            return bytes.len() as u64;
        }
        HiveType::Timestamp | HiveType::TimestampLocalTz => 40,
        HiveType::Date => 56,
        HiveType::Decimal { .. } => 112,
        _ => 0,
    };
    values * each
}
