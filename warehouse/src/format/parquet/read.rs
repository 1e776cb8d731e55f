//! A Parquet file as a stream of batches.

use std::panic::AssertUnwindSafe;
use std::str::FromStr;
use std::sync::Arc;

use arrow::array::timezone::Tz as ArrowTz;
use arrow::array::{ArrayRef, Int64Array, RecordBatch, RecordBatchOptions, new_null_array};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, SchemaRef};
use chrono_tz::Tz;
use futures::{FutureExt, StreamExt, stream};
use object_store::{ObjectMeta, ObjectStore};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::arrow::async_reader::{ParquetRecordBatchStream, ParquetRecordBatchStreamBuilder};
use parquet::errors::ParquetError;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, RowGroupMetaData};
use skep_metastore::model::HiveType;

use super::metadata::{Times, mark_int96};
use super::object::ObjectFile;
use super::statistics::wanted_row_groups;
use crate::error::{Result, WarehouseError};
use crate::format::{BatchStream, ReadRequest};
use crate::scan::evolve::{convert, time_zone};
use crate::scan::file_rules::Rules;
use crate::types::{arrow_type, hive_type};

/// Table property that makes columns be found by position.
const INDEX_ACCESS: &str = "parquet.column.index.access";

/// Opens a file for reading.
pub async fn open_reader(request: ReadRequest) -> Result<BatchStream> {
    if request.object.size == 0 {
        return Ok(stream::empty().boxed());
    }
    let file = format!("file:/{}", request.object.location);
    let opened = AssertUnwindSafe(open(request, &file)).catch_unwind().await;
    opened.unwrap_or_else(|_| Err(WarehouseError::corrupt(&file, "the decoder gave up")))
}

/// Names and types of the columns that a file says it has.
pub(crate) async fn file_columns(store: Arc<dyn ObjectStore>, object: ObjectMeta) -> Result<Vec<(String, HiveType)>> {
    let file = format!("file:/{}", object.location);
    let mut object = ObjectFile { store, object };
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let metadata = ArrowReaderMetadata::load_async(&mut object, options).await.map_err(|e| parquet_error(&file, e))?;
    let fields = metadata.schema().fields().iter();
    Ok(fields.map(|field| (field.name().clone(), hive_type(field.data_type()))).collect())
}

async fn open(request: ReadRequest, file: &str) -> Result<BatchStream> {
    let failed = |e: ParquetError| parquet_error(file, e);
    let mut object = ObjectFile { store: Arc::clone(&request.store), object: request.object.clone() };
    // An Arrow schema that a writer left is of no use: types are the table's.
    let mut options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    if request.limit.is_some() {
        // Where pages begin: of a large row group only those with the first rows need to be read.
        options = options.with_offset_index_policy(PageIndexPolicy::Optional);
    }
    let plain = ArrowReaderMetadata::load_async(&mut object, options.clone()).await.map_err(failed)?;
    let session_zone = Tz::from_str(&request.time_zone).unwrap_or(Tz::UTC);
    let times = Times::of_file(plain.metadata().file_metadata(), session_zone);

    let sources = find_columns(&request, plain.schema().fields());
    let fields = mark_int96(plain.schema().fields(), plain.parquet_schema());
    let fields = read_text(&fields, &sources, &request.columns);
    let hints = Arc::new(Schema::new(without_marks(&fields)));
    let options = options.with_schema(hints);
    let metadata = ArrowReaderMetadata::try_new(Arc::clone(plain.metadata()), options).map_err(failed)?;

    let row_groups = wanted_row_groups(&request, &metadata, &fields, &sources, times);
    let mut roots: Vec<usize> = sources.iter().flatten().copied().collect();
    roots.sort_unstable();
    roots.dedup();
    let reader = Reader {
        schema: request.schema(),
        zone: time_zone(&request.time_zone)?,
        sources: sources
            .iter()
            .map(|source| {
                let index = (*source)?;
                Some((roots.binary_search(&index).ok()?, Arc::clone(&fields[index])))
            })
            .collect(),
        file: file.to_string(),
        times,
        request,
    };
    if roots.is_empty() && !reader.request.row_offsets {
        let rows = row_groups.iter().map(|group| metadata.metadata().row_group(*group).num_rows() as usize).sum();
        return Ok(reader.rows_only(rows));
    }
    let mask = ProjectionMask::roots(metadata.parquet_schema(), roots);
    let batch_size = reader.request.batch_size.max(1);
    let limit = reader.request.limit;
    let builder = move |groups: Vec<usize>| {
        let builder = ParquetRecordBatchStreamBuilder::new_with_metadata(object.clone(), metadata.clone())
            .with_projection(mask.clone())
            .with_row_groups(groups)
            .with_batch_size(batch_size);
        match limit {
            Some(limit) => builder.with_limit(limit).build(),
            None => builder.build(),
        }
    };
    if !reader.request.row_offsets {
        return Ok(reader.batches(builder(row_groups).map_err(failed)?, 0));
    }
    // Each row group by itself, to know where its rows begin.
    let offsets: Vec<(usize, i64)> =
        row_groups.iter().map(|group| (*group, row_group_start(plain.metadata(), *group) as i64)).collect();
    let reader = Arc::new(reader);
    let streams = stream::iter(offsets).map(move |(group, offset)| match builder(vec![group]) {
        Ok(batches) => Arc::clone(&reader).batches_of(batches, offset),
        Err(error) => stream::iter([Err(parquet_error(&reader.file, error))]).boxed(),
    });
    Ok(streams.flatten().boxed())
}

fn parquet_error(file: &str, error: ParquetError) -> WarehouseError {
    match error {
        ParquetError::External(source) => match source.downcast::<object_store::Error>() {
            Ok(source) => WarehouseError::store("read", file, *source),
            Err(source) => WarehouseError::corrupt(file, source.to_string()),
        },
        other => WarehouseError::corrupt(file, other.to_string()),
    }
}

/// The first byte of a row group.
pub(super) fn row_group_start(metadata: &ParquetMetaData, group: usize) -> u64 {
    start_of(metadata.row_group(group))
}

pub(super) fn start_of(group: &RowGroupMetaData) -> u64 {
    let starts = group.columns().iter().map(|column| {
        let data = column.data_page_offset();
        column.dictionary_page_offset().filter(|at| *at > 0 && *at < data).unwrap_or(data)
    });
    starts.min().unwrap_or_default().max(0) as u64
}

/// For each wanted column its place among the root columns of the file, if it is there.
fn find_columns(request: &ReadRequest, file: &Fields) -> Vec<Option<usize>> {
    let by_index = [&*request.table_parameters, &request.storage.serde.parameters]
        .iter()
        .any(|p| p.get(INDEX_ACCESS).is_some_and(|v| v.eq_ignore_ascii_case("true")));
    let find = |(index, _): &(usize, HiveType)| match by_index {
        true => Some(*index).filter(|index| *index < file.len()),
        false => {
            let name = &request.storage.columns.get(*index)?.name;
            file.iter().position(|field| field.name().eq_ignore_ascii_case(name))
        }
    };
    request.columns.iter().map(find).collect()
}

/// Bytes that the table calls text are decoded as text: old writers do not mark strings.
fn read_text(fields: &Fields, sources: &[Option<usize>], wanted: &[(usize, HiveType)]) -> Fields {
    let mut fields: Vec<FieldRef> = fields.iter().cloned().collect();
    for (source, (_, ty)) in sources.iter().zip(wanted) {
        if let Some(index) = source
            && ty.is_character()
            && *fields[*index].data_type() == DataType::Binary
        {
            fields[*index] = Arc::new(fields[*index].as_ref().clone().with_data_type(DataType::Utf8));
        }
    }
    fields.into()
}

fn without_marks(fields: &Fields) -> Fields {
    fn clean(field: &FieldRef) -> FieldRef {
        let ty = match field.data_type() {
            DataType::Struct(fields) => DataType::Struct(without_marks(fields)),
            DataType::List(item) => DataType::List(clean(item)),
            DataType::Map(entries, sorted) => DataType::Map(clean(entries), *sorted),
            other => other.clone(),
        };
        Arc::new(Field::new(field.name(), ty, field.is_nullable()))
    }
    fields.iter().map(clean).collect()
}

/// An opened file.
struct Reader {
    request: ReadRequest,
    file: String,
    schema: SchemaRef,
    /// For each column of the request its place among the decoded ones, with its field.
    sources: Vec<Option<(usize, FieldRef)>>,
    times: Times,
    zone: ArrowTz,
}

type Decoded = ParquetRecordBatchStream<ObjectFile>;

impl Reader {
    fn batches(self, decoded: Decoded, offset: i64) -> BatchStream {
        Arc::new(self).batches_of(decoded, offset)
    }

    fn batches_of(self: Arc<Self>, decoded: Decoded, offset: i64) -> BatchStream {
        let batches = stream::unfold(Some(decoded), move |decoded| {
            let reader = Arc::clone(&self);
            async move {
                let mut decoded = decoded?;
                match AssertUnwindSafe(decoded.next()).catch_unwind().await {
                    Ok(None) => None,
                    Ok(Some(Ok(batch))) => Some((reader.arrange(&batch, offset), Some(decoded))),
                    Ok(Some(Err(error))) => Some((Err(parquet_error(&reader.file, error)), None)),
                    Err(_) => Some((Err(WarehouseError::corrupt(&reader.file, "the decoder gave up")), None)),
                }
            }
        });
        batches.boxed()
    }

    /// Decoded columns as the request wants them.
    fn arrange(&self, batch: &RecordBatch, offset: i64) -> Result<RecordBatch> {
        let rows = batch.num_rows();
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.schema.fields().len());
        for ((_, ty), source) in self.request.columns.iter().zip(&self.sources) {
            columns.push(match source {
                Some((at, field)) => {
                    let settled = self.times.settle(batch.column(*at), field)?;
                    convert(&settled, ty, self.zone, Rules::Parquet).map_err(|e| self.name_file(e))?
                }
                None => new_null_array(&arrow_type(ty), rows),
            });
        }
        if self.request.row_offsets {
            columns.push(Arc::new(Int64Array::from_value(offset, rows)));
        }
        self.batch(columns, rows)
    }

    fn name_file(&self, error: WarehouseError) -> WarehouseError {
        match error {
            WarehouseError::Unsupported(what) => WarehouseError::Unsupported(format!("{what} in {}", self.file)),
            other => other,
        }
    }

    fn batch(&self, columns: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch> {
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?)
    }

    /// Batches of a file of which no column is there or wanted.
    fn rows_only(self, rows: usize) -> BatchStream {
        let step = self.request.batch_size.max(1);
        stream::iter((0..rows).step_by(step))
            .map(move |from| {
                let count = step.min(rows - from);
                let nulls = self.request.columns.iter().map(|(_, ty)| new_null_array(&arrow_type(ty), count));
                self.batch(nulls.collect(), count)
            })
            .boxed()
    }
}
