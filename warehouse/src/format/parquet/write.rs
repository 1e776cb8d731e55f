//! Writing Parquet files.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use parquet::arrow::arrow_writer::{ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};
use parquet::data_type::Int96Type;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use skep_metastore::model::{FieldSchema, Parameters, StorageDescriptor};

use super::int96::{Int96Column, Step, append, leaves};
use super::metadata::{CREATED_BY, WRITER_DATE_PROLEPTIC, WRITER_TIME_ZONE};
use super::schema::file_schema;
use crate::error::{Result, WarehouseError};
use crate::format::{FileInfo, FileWriteOptions, RowFileWriter};
use crate::store::Output;
use crate::types::arrow_schema;

/// Bytes of a row group where `parquet.block.size` does not say.
const BLOCK_SIZE: usize = 128 * 1024 * 1024;

/// Begins a file. Table properties that count: `parquet.compression` (UNCOMPRESSED, SNAPPY, GZIP, LZ4, ZSTD, BROTLI),
/// `parquet.block.size`, `parquet.page.size`, `parquet.enable.dictionary`, `hive.parquet.write.int64.timestamp`.
pub fn open_writer(
    _storage: &StorageDescriptor,
    columns: &[FieldSchema],
    options: &FileWriteOptions,
    output: Output,
) -> Result<Box<dyn RowFileWriter>> {
    let parameters = &options.table_parameters;
    let int64 = is_true(parameters, "hive.parquet.write.int64.timestamp");
    let number = |key: &str| parameters.get(key).and_then(|text| text.trim().parse::<usize>().ok()).filter(|n| *n > 0);
    let metadata = vec![
        KeyValue::new(WRITER_TIME_ZONE.to_string(), "UTC".to_string()),
        KeyValue::new(WRITER_DATE_PROLEPTIC.to_string(), "true".to_string()),
    ];
    let mut properties = WriterProperties::builder()
        .set_compression(compression(parameters)?)
        .set_created_by(format!("{CREATED_BY} version {}", env!("CARGO_PKG_VERSION")))
        .set_dictionary_enabled(
            parameters.get("parquet.enable.dictionary").is_none_or(|v| !v.eq_ignore_ascii_case("false")),
        )
        .set_key_value_metadata(Some(metadata));
    if let Some(size) = number("parquet.page.size") {
        properties = properties.set_data_page_size_limit(size);
    }
    let schema = file_schema(columns, int64)?;
    let file = output.url().to_string();
    let writer =
        SerializedFileWriter::new(output, schema, Arc::new(properties.build())).map_err(|e| failed(&file, e))?;
    let schema = arrow_schema(columns);
    let factory = ArrowRowGroupWriterFactory::new(&writer, Arc::clone(&schema));
    let int96: Vec<Vec<Option<Vec<Step>>>> = columns
        .iter()
        .map(|column| match int64 {
            true => leaves(&column.ty).into_iter().map(|_| None).collect(),
            false => leaves(&column.ty),
        })
        .collect();
    Ok(Box::new(Writer {
        file,
        writer,
        factory,
        schema,
        int96,
        group: Vec::new(),
        group_rows: 0,
        block_size: number("parquet.block.size").unwrap_or(BLOCK_SIZE),
        rows: 0,
    }))
}

fn is_true(parameters: &Parameters, key: &str) -> bool {
    parameters.get(key).is_some_and(|value| value.trim().eq_ignore_ascii_case("true"))
}

fn compression(parameters: &Parameters) -> Result<Compression> {
    let name = parameters.get("parquet.compression").map_or("SNAPPY", |name| name.trim());
    Ok(match name.to_ascii_uppercase().as_str() {
        "UNCOMPRESSED" | "NONE" | "" => Compression::UNCOMPRESSED,
        "SNAPPY" => Compression::SNAPPY,
        "GZIP" => Compression::GZIP(GzipLevel::default()),
        "LZ4" => Compression::LZ4,
        "LZ4_RAW" => Compression::LZ4_RAW,
        "ZSTD" => Compression::ZSTD(ZstdLevel::default()),
        "BROTLI" => Compression::BROTLI(BrotliLevel::default()),
        _ => return Err(WarehouseError::Unsupported(format!("Writing Parquet with parquet.compression = {name}"))),
    })
}

fn failed(file: &str, error: ParquetError) -> WarehouseError {
    let source = match error {
        ParquetError::External(source) => match source.downcast::<std::io::Error>() {
            Ok(source) => *source,
            Err(source) => std::io::Error::other(source),
        },
        other => std::io::Error::other(other),
    };
    WarehouseError::io("write", file, source)
}

/// A leaf column of the row group that is being gathered.
enum Leaf {
    Arrow(Box<ArrowColumnWriter>),
    Int96(Int96Column),
}

struct Writer {
    file: String,
    writer: SerializedFileWriter<Output>,
    factory: ArrowRowGroupWriterFactory,
    schema: SchemaRef,
    /// For each column, for each of its leaves: the path to it if it is to be `INT96`.
    int96: Vec<Vec<Option<Vec<Step>>>>,
    group: Vec<Leaf>,
    group_rows: usize,
    block_size: usize,
    rows: u64,
}

impl Writer {
    fn begin_group(&mut self) -> Result<()> {
        let number = self.writer.flushed_row_groups().len();
        let writers = self.factory.create_column_writers(number).map_err(|e| failed(&self.file, e))?;
        let paths = self.int96.iter().flatten();
        self.group = writers
            .into_iter()
            .zip(paths)
            .map(|(writer, path)| match path {
                Some(_) => Leaf::Int96(Int96Column::default()),
                None => Leaf::Arrow(Box::new(writer)),
            })
            .collect();
        Ok(())
    }

    fn end_group(&mut self) -> Result<()> {
        if self.group_rows == 0 {
            return Ok(());
        }
        let file = &self.file;
        let fail = |e: ParquetError| failed(file, e);
        let mut group = self.writer.next_row_group().map_err(fail)?;
        for leaf in self.group.drain(..) {
            match leaf {
                Leaf::Arrow(writer) => {
                    writer.close().and_then(|chunk| chunk.append_to_row_group(&mut group)).map_err(fail)?;
                }
                Leaf::Int96(column) => {
                    let next = group.next_column().map_err(fail)?;
                    let mut writer = next.ok_or_else(|| fail(ParquetError::General("no column left".to_string())))?;
                    writer
                        .typed::<Int96Type>()
                        .write_batch(&column.values, Some(&column.definition), Some(&column.repetition))
                        .map_err(fail)?;
                    writer.close().map_err(fail)?;
                }
            }
        }
        group.close().map_err(fail)?;
        self.group_rows = 0;
        Ok(())
    }
}

impl RowFileWriter for Writer {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        if self.group_rows == 0 {
            self.begin_group()?;
        }
        let mut leaves = self.group.iter_mut();
        for ((field, column), paths) in self.schema.fields().iter().zip(batch.columns()).zip(&self.int96) {
            let computed = compute_leaves(field, column).map_err(|e| failed(&self.file, e))?;
            for (levels, path) in computed.iter().zip(paths) {
                match (leaves.next(), path) {
                    (Some(Leaf::Arrow(writer)), _) => writer.write(levels).map_err(|e| failed(&self.file, e))?,
                    (Some(Leaf::Int96(gathered)), Some(path)) => append(column, path, gathered),
                    _ => return Err(WarehouseError::Invalid(format!("too many columns for {}", self.file))),
                }
            }
        }
        self.group_rows += batch.num_rows();
        self.rows += batch.num_rows() as u64;
        if self.memory_size() >= self.block_size {
            self.end_group()?;
        }
        Ok(())
    }

    fn memory_size(&self) -> usize {
        let size = |leaf: &Leaf| match leaf {
            Leaf::Arrow(writer) => writer.memory_size(),
            Leaf::Int96(column) => column.memory_size(),
        };
        self.group.iter().map(size).sum()
    }

    fn finish(mut self: Box<Self>) -> Result<FileInfo> {
        self.end_group()?;
        let columns = self.schema.fields().len() as u64;
        let output = self.writer.into_inner().map_err(|e| failed(&self.file, e))?;
        let bytes = output.close()?;
        // Hive's SerDe for Parquet counts the values of a row as its raw size.
        Ok(FileInfo { rows: self.rows, bytes, raw_data_size: self.rows * columns })
    }
}
