//! File formats: one folder for each, behind one way to read and one way to write.

pub mod avro;
pub(crate) mod calendar;
pub mod inspect;
mod kind;
pub mod lazybinary;
pub mod orc;
pub mod parquet;
pub mod rcfile;
mod records;
pub mod sequence;
mod skip;
pub mod teradata;
pub mod text;
pub(crate) mod writable;

use std::ops::Range;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::physical_expr::PhysicalExpr;
use futures::stream::BoxStream;
use object_store::{ObjectMeta, ObjectStore};
use skep_metastore::model::{FieldSchema, HiveType, Parameters, StorageDescriptor};

pub use self::kind::{FileFormatKind, LAZY_SIMPLE_SERDE, OPEN_CSV_SERDE, STORED_AS, StorageFormat, stored_as};
use crate::codec::TextCodec;
use crate::error::Result;
use crate::store::Output;
use crate::types::arrow_type;

/// Batches of rows that a file gives.
pub type BatchStream = BoxStream<'static, Result<RecordBatch>>;

/// Name of the column that [`ReadRequest::row_offsets`] adds.
pub const ROW_OFFSET_COLUMN: &str = "block__offset__inside__file";

/// What is wanted of one file.
#[derive(Debug, Clone)]
pub struct ReadRequest {
    /// Where the file is.
    pub store: Arc<dyn ObjectStore>,
    /// The file.
    pub object: ObjectMeta,
    /// Only the rows that begin in these bytes (text: lines; ORC: stripes; Parquet: row groups); `None`: all.
    pub range: Option<Range<u64>>,
    /// How the table or partition that the file belongs to says it is stored.
    pub storage: Arc<StorageDescriptor>,
    /// `TBLPROPERTIES` of the table, e.g. `skip.header.line.count`.
    pub table_parameters: Arc<Parameters>,
    /// The wanted columns in order: position among `storage.columns` and the type to read it as. None wanted means
    /// batches without columns that still count the rows.
    pub columns: Vec<(usize, HiveType)>,
    /// Rows a batch holds at most.
    pub batch_size: usize,
    /// A condition over the wanted columns (by their position in `columns`). Rows for which it does not hold may be
    /// left out, none must be: it is checked again above.
    pub predicate: Option<Arc<dyn PhysicalExpr>>,
    /// Add a last column [`ROW_OFFSET_COLUMN`] with the byte (text) or the row's block (ORC, Parquet) each row begins
    /// at.
    pub row_offsets: bool,
    /// Rows that are wanted at most; a reader may give more.
    pub limit: Option<usize>,
    /// IANA name of the session's time zone.
    pub time_zone: Arc<str>,
}

impl ReadRequest {
    /// Schema of the batches this request gives.
    pub fn schema(&self) -> SchemaRef {
        let mut fields: Vec<Field> = self
            .columns
            .iter()
            .map(|(index, ty)| {
                let name = self.storage.columns.get(*index).map_or("", |c| c.name.as_str());
                Field::new(name, arrow_type(ty), true)
            })
            .collect();
        if self.row_offsets {
            fields.push(Field::new(ROW_OFFSET_COLUMN, arrow_type(&HiveType::BigInt), false));
        }
        Arc::new(Schema::new(fields))
    }
}

/// Opens a file for reading.
pub async fn open_reader(kind: FileFormatKind, request: ReadRequest) -> Result<BatchStream> {
    match kind {
        FileFormatKind::Text => text::open_reader(request).await,
        FileFormatKind::Orc => orc::open_reader(request).await,
        FileFormatKind::Parquet => parquet::open_reader(request).await,
        FileFormatKind::Sequence => sequence::open_reader(request).await,
        FileFormatKind::Rc => rcfile::open_reader(request).await,
        FileFormatKind::Avro => avro::open_reader(request).await,
        FileFormatKind::Teradata => teradata::open_reader(request).await,
    }
}

/// What a finished file holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FileInfo {
    /// Rows.
    pub rows: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// Hive's `rawDataSize` of the rows: what they take unencoded.
    pub raw_data_size: u64,
}

/// Writes rows into one file.
pub trait RowFileWriter: Send {
    /// Adds rows. The batch has the columns the writer was opened with, in their Arrow types.
    fn write(&mut self, batch: &RecordBatch) -> Result<()>;

    /// Bytes that the writer holds in memory now.
    fn memory_size(&self) -> usize;

    /// Completes the file and closes the output.
    fn finish(self: Box<Self>) -> Result<FileInfo>;
}

/// How files are written.
#[derive(Debug, Clone)]
pub struct FileWriteOptions {
    /// Compression of files whose formats do not bring their own.
    pub codec: Option<TextCodec>,
    /// `TBLPROPERTIES` of the table, e.g. `orc.compress`, `parquet.compression`.
    pub table_parameters: Arc<Parameters>,
    /// IANA name of the session's time zone.
    pub time_zone: Arc<str>,
}

impl Default for FileWriteOptions {
    fn default() -> Self {
        Self { codec: None, table_parameters: Arc::default(), time_zone: "UTC".into() }
    }
}

/// Begins a file of this kind. `columns` are the columns of the rows to come; they may differ from
/// `storage.columns` (`INSERT OVERWRITE DIRECTORY`).
pub fn open_writer(
    kind: FileFormatKind,
    storage: &StorageDescriptor,
    columns: &[FieldSchema],
    options: &FileWriteOptions,
    output: Output,
) -> Result<Box<dyn RowFileWriter>> {
    match kind {
        FileFormatKind::Text => text::open_writer(storage, columns, options, output),
        FileFormatKind::Orc => orc::open_writer(storage, columns, options, output),
        FileFormatKind::Parquet => parquet::open_writer(storage, columns, options, output),
        FileFormatKind::Sequence => sequence::open_writer(storage, columns, options, output),
        FileFormatKind::Rc => rcfile::open_writer(storage, columns, options, output),
        FileFormatKind::Avro => avro::open_writer(storage, columns, options, output),
        FileFormatKind::Teradata => teradata::open_writer(storage, columns, options, output),
    }
}

/// Can several readers share a file of this kind and name, each taking a range of its bytes?
pub fn is_splittable(kind: FileFormatKind, table_parameters: &Parameters, name: &str) -> bool {
    match kind {
        FileFormatKind::Text => text::is_splittable(table_parameters, name),
        FileFormatKind::Sequence | FileFormatKind::Rc | FileFormatKind::Avro => {
            text::SkippedLines::new(table_parameters).is_ok_and(|lines| lines.footer == 0)
        }
        FileFormatKind::Teradata => false,
        FileFormatKind::Orc | FileFormatKind::Parquet => true,
    }
}
