//! Rows added to a transactional table.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, Int64Array, RecordBatch, StructArray};
use arrow::datatypes::{Field, Fields, Schema};
use skep_metastore::model::{
    AcidKind, FieldSchema, HiveType, StructField, Table, TransactionOwner, ValidWriteIds, WriteTransaction,
};
use skep_metastore::store::MetaStore;

use super::folders::{AcidFolder, FolderKind, VERSION, VERSION_FILE, bucket_file, encode_bucket};
use super::read::RowIds;
use crate::error::{Result, WarehouseError};
use crate::format::orc::open_event_writer;
use crate::format::{FileInfo, FileWriteOptions, RowFileWriter};
use crate::store::{Output, Stores, url};
use crate::types::arrow_field;

/// Bytes that ORC's `rawDataSize` counts for the columns of an event beside its row.
const EVENT_BYTES: u64 = 4 + 8 + 4 + 8 + 8;

/// A statement that writes into a transactional table. Unless it is committed, its transaction is aborted when it is
/// dropped.
#[derive(Debug)]
pub struct AcidWrite {
    metastore: Arc<dyn MetaStore>,
    begun: WriteTransaction,
    kind: AcidKind,
    overwrite: bool,
    committed: bool,
}

impl AcidWrite {
    /// Begins a statement, if the table is transactional. With `overwrite` its rows replace all others.
    pub fn begin(metastore: &Arc<dyn MetaStore>, table: &Table, overwrite: bool, user: &str) -> Result<Option<Self>> {
        let Some(kind) = table.acid_kind() else { return Ok(None) };
        let owner = TransactionOwner::this_process(user);
        let begun = metastore.begin_write(&table.database, &table.name, &owner)?;
        Ok(Some(Self { metastore: Arc::clone(metastore), begun, kind, overwrite, committed: false }))
    }

    /// Number of its transaction.
    pub fn transaction(&self) -> i64 {
        self.begun.transaction
    }

    /// What the table's readers saw before it, and itself.
    pub fn seen(&self, table: &Table) -> Result<ValidWriteIds> {
        let valid = self.metastore.valid_write_ids(&table.database, &table.name)?;
        Ok(valid.with_own(self.begun.write_id))
    }

    /// How its files are named.
    pub fn names(&self) -> AcidNames {
        AcidNames {
            write_id: self.begun.write_id,
            kind: self.kind,
            overwrite: self.overwrite,
            statement: 0,
            statements: 1,
        }
    }

    /// Its commit is decided.
    pub fn committed(mut self) {
        self.committed = true;
    }
}

impl Drop for AcidWrite {
    fn drop(&mut self) {
        if !self.committed
            && let Err(error) = self.metastore.abort_transactions(&[self.begun.transaction])
        {
            // It stays open, and what it wrote unseen, until this process is gone.
            tracing::debug!(%error, "a transaction could not be aborted");
        }
    }
}

/// How a statement names its files.
#[derive(Debug, Clone, Copy)]
pub struct AcidNames {
    /// Its write id.
    pub write_id: i64,
    /// What kind of table they are for.
    pub kind: AcidKind,
    /// Do its rows replace all others?
    pub overwrite: bool,
    /// Number of the statement within its transaction.
    pub statement: u32,
    /// How many statements the transaction has.
    pub statements: u32,
}

impl AcidNames {
    /// The same for statement `statement` of the transaction's `statements`.
    pub fn of_statement(self, statement: u32, statements: u32) -> Self {
        Self { statement, statements, ..self }
    }

    /// A number of its own for each time that a statement of the transaction begins the file of a bucket.
    fn number(&self, attempt: usize) -> u32 {
        self.statement + attempt as u32 * self.statements
    }

    /// The folder of the statement's rows in a table's or a partition's folder. A writer that begins the file of a bucket
    /// a second time counts on as if it was another statement.
    pub fn folder(&self, attempt: usize) -> String {
        match self.overwrite {
            true => AcidFolder::base(self.write_id).name(),
            false => AcidFolder::of_statement(FolderKind::Delta, self.write_id, self.number(attempt)).name(),
        }
    }

    /// The name of a file in that folder. `extension` is what names of plain files of the format end in.
    pub fn file(&self, number: usize, attempt: usize, extension: &str) -> String {
        match self.kind {
            AcidKind::Full => bucket_file(number, if self.overwrite { attempt } else { 0 }),
            AcidKind::InsertOnly => format!("{number:06}_{attempt}{extension}"),
        }
    }

    /// Begins a file of events: rows of these columns that are new.
    pub fn open(
        &self,
        columns: &[FieldSchema],
        options: &FileWriteOptions,
        output: Output,
        bucket: usize,
        attempt: usize,
    ) -> Result<Box<dyn RowFileWriter>> {
        let bucket = u32::try_from(bucket).ok().filter(|bucket| *bucket < 4096);
        let bucket = bucket.ok_or_else(|| {
            WarehouseError::Unsupported("A transactional table of more than 4096 buckets".to_string())
        })?;
        Ok(Box::new(EventWriter {
            columns: columns.to_vec(),
            inner: open_event_writer(&event_columns(columns), options, output)?,
            write_id: self.write_id,
            bucket: encode_bucket(bucket, self.number(attempt)),
            next: 0,
        }))
    }
}

/// Puts the file beside events that says in which form they are; `folder` is that of the events.
pub fn write_version(stores: &Stores, folder: &str) -> Result<()> {
    use std::io::Write;
    let file = url::join(folder, VERSION_FILE);
    let mut output = stores.create(&file)?;
    output.write_all(VERSION.as_bytes()).map_err(|error| WarehouseError::io("write", &file, error))?;
    output.close()?;
    Ok(())
}

/// The columns of an event of a table with these columns, as a file has them.
pub(super) fn event_columns(columns: &[FieldSchema]) -> Vec<FieldSchema> {
    let row = columns.iter().map(|column| StructField { name: column.name.clone(), ty: column.ty.clone() });
    let column = |name: &str, ty| FieldSchema { name: name.to_string(), ty, comment: None };
    vec![
        column("operation", HiveType::Int),
        column("originalTransaction", HiveType::BigInt),
        column("bucket", HiveType::Int),
        column("rowId", HiveType::BigInt),
        column("currentTransaction", HiveType::BigInt),
        column("row", HiveType::Struct(row.collect())),
    ]
}

/// What an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    /// A row comes.
    Insert = 0,
    /// A row goes.
    Delete = 2,
}

/// Events of one kind with these ids, of a table with these columns. `rows` are the values, none for deletes. `write_id`
/// is that of the statement.
pub(super) fn events(
    columns: &[FieldSchema],
    operation: Operation,
    ids: &RowIds,
    write_ids: Int64Array,
    rows: Option<&[ArrayRef]>,
) -> Result<RecordBatch> {
    let count = ids.rows.len();
    let row: ArrayRef = match rows {
        Some([]) => Arc::new(StructArray::new_empty_fields(count, None)),
        Some(values) => {
            let field = |(column, values): (&FieldSchema, &ArrayRef)| {
                Field::new(&column.name, values.data_type().clone(), true)
            };
            let fields: Fields = columns.iter().zip(values).map(field).collect();
            Arc::new(StructArray::try_new(fields, values.to_vec(), None)?)
        }
        None => Arc::new(StructArray::new_null(columns.iter().map(arrow_field).collect(), count)),
    };
    let arrays: Vec<ArrayRef> = vec![
        Arc::new(Int32Array::from_value(operation as i32, count)),
        Arc::new(ids.write_ids.clone()),
        Arc::new(ids.buckets.clone()),
        Arc::new(ids.rows.clone()),
        Arc::new(write_ids),
        row,
    ];
    let fields = event_columns(&[]).into_iter().zip(&arrays);
    let fields: Vec<Field> =
        fields.map(|(column, array)| Field::new(column.name, array.data_type().clone(), true)).collect();
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)?)
}

/// Writes new rows as events, numbered from 0.
struct EventWriter {
    inner: Box<dyn RowFileWriter>,
    columns: Vec<FieldSchema>,
    write_id: i64,
    bucket: i32,
    next: i64,
}

impl RowFileWriter for EventWriter {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let count = batch.num_rows();
        let until = self.next + count as i64;
        let ids = RowIds {
            write_ids: Int64Array::from_value(self.write_id, count),
            buckets: Int32Array::from_value(self.bucket, count),
            rows: Int64Array::from_iter_values(self.next..until),
        };
        self.next = until;
        let own = Int64Array::from_value(self.write_id, count);
        self.inner.write(&events(&self.columns, Operation::Insert, &ids, own, Some(batch.columns()))?)
    }

    fn memory_size(&self) -> usize {
        self.inner.memory_size()
    }

    fn finish(self: Box<Self>) -> Result<FileInfo> {
        let info = self.inner.finish()?;
        let raw_data_size = info.raw_data_size.saturating_sub(info.rows * EVENT_BYTES);
        Ok(FileInfo { raw_data_size, ..info })
    }
}
