//! What is read in one way: a table without partitions, or one partition.

use std::sync::Arc;

use arrow::array::timezone::Tz;
use arrow::array::{ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions, StringArray, new_null_array};
use arrow::datatypes::{Schema, SchemaRef};
use datafusion::common::ScalarValue;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::physical_expr::expressions::{Column, Literal};
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_expr::{PhysicalExpr, conjunction_opt, split_conjunction};
use datafusion::physical_expr_common::physical_expr::snapshot_physical_expr;
use futures::StreamExt;
use object_store::ObjectMeta;
use object_store::path::Path;
use skep_metastore::model::{FieldSchema, HiveType, Parameters, Partition, StorageDescriptor, Table};

use super::evolve::convert;
use super::file_rules::Rules;
use super::partitions::ChosenPartition;
use super::split::FileSplit;
use crate::acid::{AcidReads, AcidRows};
use crate::error::Result;
use crate::format::{BatchStream, FileFormatKind, OPEN_CSV_SERDE, ReadRequest, is_splittable, open_reader};
use crate::sink::{accurate_columns, is_accurate};
use crate::store::FileStatus;
use crate::store::Stores;
use crate::types::arrow_type;

/// A column of a scan's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OutputColumn {
    /// A stored column, by its position in the table.
    Stored(usize),
    /// A partition column, by its position among the partition columns.
    Key(usize),
    /// `INPUT__FILE__NAME`
    FileName,
    /// `BLOCK__OFFSET__INSIDE__FILE`
    RowOffset,
    /// `ROW__ID`
    RowId,
    /// `ROW__IS__DELETED`
    RowIsDeleted,
}

impl OutputColumn {
    /// The column at a position of the schema of [`super::HiveTable`].
    pub fn at(index: usize, table: &Table) -> Self {
        let stored = table.storage.columns.len();
        let keys = table.partition_keys.len();
        match index {
            _ if index < stored => Self::Stored(index),
            _ if index < stored + keys => Self::Key(index - stored),
            _ => match index - stored - keys {
                0 => Self::FileName,
                1 => Self::RowOffset,
                2 => Self::RowId,
                _ => Self::RowIsDeleted,
            },
        }
    }
}

/// A table without partitions, or one partition.
#[derive(Debug)]
pub(super) struct ScanUnit {
    /// Format of its files.
    pub kind: FileFormatKind,
    /// How its files are read. Formats that know the names of their columns are asked for the table's columns, the
    /// others for the partition's own.
    storage: Arc<StorageDescriptor>,
    /// The columns of the table.
    columns: Arc<[FieldSchema]>,
    /// Table properties and what the session adds to them.
    parameters: Arc<Parameters>,
    /// Values of the partition columns.
    values: Vec<ScalarValue>,
    /// Folder of the files.
    pub location: String,
    /// `numRows`, where someone counted them.
    pub rows: Option<u64>,
    /// Files and bytes that the catalog knows of, where it says that its numbers are right.
    counted: Option<(u64, u64)>,
    /// Columns whose statistics the catalog says are right.
    pub accurate_columns: Vec<String>,
    /// Values of the partition, to look its statistics up by; `None` for a table without partitions.
    pub partition: Option<Vec<String>>,
    /// Of a full ACID table: what its readers have to know.
    pub acid: Option<Arc<AcidReads>>,
}

impl ScanUnit {
    pub fn new(
        table: &Table,
        columns: &Arc<[FieldSchema]>,
        parameters: &Arc<Parameters>,
        chosen: ChosenPartition,
    ) -> Result<Self> {
        let (own, properties, partition) = match chosen.partition {
            Some(Partition { storage, parameters, values, .. }) => (storage, parameters, Some(values)),
            None => (table.storage.clone(), table.parameters.clone(), None),
        };
        let kind = FileFormatKind::of(&own)?;
        let location = own.location.clone();
        let mut storage = own;
        // The CSV SerDe gives strings, whatever the catalog says of the columns.
        if storage.serde.library == OPEN_CSV_SERDE {
            storage.columns.iter_mut().for_each(|column| column.ty = HiveType::String);
        }
        // The Avro SerDe always goes by the table's properties, not by the partition's.
        if kind == FileFormatKind::Avro && table.storage.serde.library == storage.serde.library {
            storage.serde.parameters = table.storage.serde.parameters.clone();
        }
        if kind.knows_names() || storage.columns.is_empty() {
            storage.columns = table.storage.columns.clone();
        }
        let rows = properties.get("numRows").and_then(|n| n.parse::<u64>().ok()).filter(|n| *n > 0);
        let number = |key: &str| properties.get(key).and_then(|text| text.parse::<u64>().ok());
        let counted = match is_accurate(&properties) && number("numRows").is_some() {
            true => number("numFiles").zip(number("totalSize")),
            false => None,
        };
        Ok(Self {
            kind,
            storage: Arc::new(storage),
            columns: Arc::clone(columns),
            parameters: Arc::clone(parameters),
            values: chosen.values,
            location,
            rows,
            counted,
            accurate_columns: accurate_columns(&properties),
            partition,
            acid: None,
        })
    }

    /// The same, for the files of a full ACID table that are in this state.
    pub fn with_acid(self, reads: AcidReads) -> Self {
        Self { acid: Some(Arc::new(reads)), ..self }
    }

    /// Is `numRows` the number of rows in these files? Only where the catalog says so, its files are still these, and
    /// no reader leaves lines out.
    pub fn is_counted(&self, files: &[FileStatus]) -> bool {
        let found = (files.len() as u64, files.iter().map(|file| file.len).sum());
        let skips = |key: &str| self.parameters.get(key).is_some_and(|lines| lines.trim() != "0");
        self.acid.is_none()
            && self.counted == Some(found)
            && !skips("skip.header.line.count")
            && !skips("skip.footer.line.count")
    }

    /// Are its files lists of those that hold its rows?
    pub fn has_links(&self) -> bool {
        self.storage.input_format == super::symlink::INPUT_FORMAT
    }

    /// Are its files in folders below its own (`STORED AS DIRECTORIES`)?
    pub fn has_sub_directories(&self) -> bool {
        self.storage.stored_as_sub_directories
    }

    /// Can several readers share a file of this name?
    pub fn is_splittable(&self, name: &str) -> bool {
        is_splittable(self.kind, &self.parameters, name)
            && self.acid.as_ref().is_none_or(|acid| acid.is_splittable(name))
    }
}

/// One way to read the files of a unit: the output of a scan.
pub(super) struct UnitReader<'a> {
    pub unit: &'a Arc<ScanUnit>,
    pub stores: &'a Stores,
    pub output: &'a [OutputColumn],
    pub schema: &'a SchemaRef,
    /// A condition over the output.
    pub predicate: Option<&'a Arc<dyn PhysicalExpr>>,
    /// Rows that are wanted at most.
    pub limit: Option<usize>,
    pub batch_size: usize,
    pub time_zone: &'a Arc<str>,
    pub tz: Tz,
}

/// Where an output column of a file comes from.
enum Source {
    /// A column of the reader's batches, and the type it is to be made into where it is not read as that.
    Read(usize, Option<HiveType>),
    Constant(ScalarValue),
    /// A column that was added to the table after the partition was made.
    Missing(HiveType),
    FileName,
    RowOffset,
    RowId,
    RowIsDeleted,
}

impl UnitReader<'_> {
    /// Opens a file; `None` when its partition's values rule it out.
    pub async fn open(&self, split: &FileSplit) -> Result<Option<BatchStream>> {
        let mut wanted: Vec<(usize, HiveType)> = Vec::new();
        let mut sources = Vec::with_capacity(self.output.len());
        let mut row_offsets = false;
        for column in self.output {
            sources.push(match *column {
                OutputColumn::Stored(index) => {
                    let ty = self.unit.columns[index].ty.clone();
                    match self.unit.storage.columns.get(index) {
                        Some(own) => {
                            let convert_to = (own.ty != ty).then_some(ty);
                            wanted.push((index, own.ty.clone()));
                            Source::Read(wanted.len() - 1, convert_to)
                        }
                        None => Source::Missing(ty),
                    }
                }
                OutputColumn::Key(at) => Source::Constant(self.unit.values[at].clone()),
                OutputColumn::FileName => Source::FileName,
                OutputColumn::RowOffset => {
                    row_offsets = true;
                    Source::RowOffset
                }
                OutputColumn::RowId => Source::RowId,
                OutputColumn::RowIsDeleted => Source::RowIsDeleted,
            });
        }
        let predicate = match self.predicate {
            Some(predicate) => match self.predicate_for(predicate, &sources)? {
                Narrowed::Never => return Ok(None),
                Narrowed::Condition(predicate) => predicate,
            },
            None => None,
        };
        let (store, location) = self.stores.open(&split.file.path)?;
        let request = ReadRequest {
            store,
            object: object_meta(location, split),
            range: split.range.clone(),
            storage: Arc::clone(&self.unit.storage),
            table_parameters: Arc::clone(&self.unit.parameters),
            columns: wanted,
            batch_size: self.batch_size,
            predicate,
            row_offsets,
            // What the condition leaves out does not count.
            limit: self.limit.filter(|_| self.predicate.is_none()),
            time_zone: Arc::clone(self.time_zone),
        };
        let arrangement = Arrangement {
            schema: Arc::clone(self.schema),
            tz: self.tz,
            url: split.file.path.clone(),
            row_offset: request.columns.len(),
            sources,
        };
        if let Some(acid) = &self.unit.acid {
            let ids =
                self.output.iter().any(|column| matches!(column, OutputColumn::RowId | OutputColumn::RowIsDeleted));
            let rows = acid.open(self.stores, request, &split.file, ids).await?;
            return Ok(Some(rows.map(move |rows| arrangement.of(&rows?)).boxed()));
        }
        let stream = open_reader(self.unit.kind, request).await?;
        Ok(Some(stream.map(move |batch| arrangement.of(&AcidRows::plain(batch?))).boxed()))
    }

    /// The condition over the columns that are read, with the partition's values in it.
    fn predicate_for(&self, predicate: &Arc<dyn PhysicalExpr>, sources: &[Source]) -> Result<Narrowed> {
        let fields: Vec<String> = self.schema.fields().iter().map(|field| field.name().clone()).collect();
        let mut parts = Vec::new();
        for part in split_conjunction(predicate) {
            let mut known = true;
            let narrowed = Arc::clone(part)
                .transform_down(|expr| {
                    let Some(column) = expr.downcast_ref::<Column>() else { return Ok(Transformed::no(expr)) };
                    let new: Arc<dyn PhysicalExpr> = match sources.get(column.index()) {
                        Some(Source::Constant(value)) => Arc::new(Literal::new(value.clone())),
                        Some(Source::Read(at, None)) => Arc::new(Column::new(&fields[column.index()], *at)),
                        Some(Source::Missing(ty)) => Arc::new(Literal::new(ScalarValue::try_from(&arrow_type(ty))?)),
                        _ => {
                            known = false;
                            return Ok(Transformed::new(expr, false, TreeNodeRecursion::Stop));
                        }
                    };
                    Ok(Transformed::new(new, true, TreeNodeRecursion::Jump))
                })
                .data()?;
            if !known {
                continue;
            }
            let current = snapshot_physical_expr(Arc::clone(&narrowed))?;
            if collect_columns(&current).is_empty() {
                if !holds(&current) {
                    return Ok(Narrowed::Never);
                }
                continue;
            }
            parts.push(narrowed);
        }
        Ok(Narrowed::Condition(conjunction_opt(parts)))
    }
}

enum Narrowed {
    Never,
    Condition(Option<Arc<dyn PhysicalExpr>>),
}

/// May a condition without columns hold? What cannot be told may.
fn holds(condition: &Arc<dyn PhysicalExpr>) -> bool {
    let options = RecordBatchOptions::new().with_row_count(Some(1));
    let Ok(row) = RecordBatch::try_new_with_options(Arc::new(Schema::empty()), Vec::new(), &options) else {
        return true;
    };
    let Ok(value) = condition.evaluate(&row).and_then(|value| value.into_array(1)) else { return true };
    match value.as_any().downcast_ref::<BooleanArray>() {
        Some(values) => values.iter().next() == Some(Some(true)),
        None => true,
    }
}

fn object_meta(location: Path, split: &FileSplit) -> ObjectMeta {
    let last_modified = chrono::DateTime::from_timestamp_millis(split.file.modified).unwrap_or_default();
    ObjectMeta { location, last_modified, size: split.file.len, e_tag: None, version: None }
}

/// How a reader's columns become the scan's output.
struct Arrangement {
    sources: Vec<Source>,
    schema: SchemaRef,
    url: String,
    tz: Tz,
    /// Where the reader's column with the rows' offsets is, where they are wanted.
    row_offset: usize,
}

impl Arrangement {
    fn of(&self, read: &AcidRows) -> Result<RecordBatch> {
        let (batch, rows) = (&read.batch, read.batch.num_rows());
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.sources.len());
        for (source, field) in self.sources.iter().zip(self.schema.fields()) {
            columns.push(match source {
                Source::Read(at, None) => Arc::clone(batch.column(*at)),
                Source::Read(at, Some(ty)) => convert(batch.column(*at), ty, self.tz, Rules::Casts)?,
                Source::Constant(value) => value.to_array_of_size(rows)?,
                Source::Missing(ty) => new_null_array(&arrow_type(ty), rows),
                Source::FileName => {
                    Arc::new(StringArray::from_iter_values(std::iter::repeat_n(self.url.as_str(), rows)))
                }
                Source::RowOffset => Arc::clone(batch.column(self.row_offset)),
                Source::RowId => match &read.ids {
                    Some(ids) => ids.to_struct(field.data_type())?,
                    None => new_null_array(field.data_type(), rows),
                },
                Source::RowIsDeleted => match &read.deleted {
                    Some(deleted) => Arc::new(deleted.clone()),
                    None => new_null_array(field.data_type(), rows),
                },
            });
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?)
    }
}
