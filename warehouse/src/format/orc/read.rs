//! An ORC file as a stream of batches.

use std::collections::VecDeque;
use std::ops::Range;
use std::str::FromStr;
use std::sync::Arc;

use arrow::array::timezone::Tz as ArrowTz;
use arrow::array::{ArrayRef, Int64Array, RecordBatch, RecordBatchOptions, new_null_array};
use arrow::datatypes::{Field, Schema, SchemaRef};
use chrono_tz::Tz;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::{ObjectMeta, ObjectStore};
use orc_rust::array_decoder::NaiveStripeDecoder;
use orc_rust::projection::ProjectionMask;
use orc_rust::row_selection::RowSelection;
use orc_rust::schema::{DataType, RootDataType};
use orc_rust::statistics::TypeStatistics;
use orc_rust::stripe::{Stripe, StripeMetadata};

use skep_metastore::model::HiveType;

use super::schema::{Times, decoded_schema, find_columns, hive_type, holds_union};
use super::statistics::Pruner;
use super::stripe::fetch_stripe;
use super::tail::{EVENT_COLUMNS, Tail, file_name, guarded, read_tail};
use crate::error::{Result, WarehouseError};
use crate::format::{BatchStream, ReadRequest};
use crate::scan::evolve::{convert, time_zone};
use crate::scan::file_rules::Rules;
use crate::types::arrow_type;

/// Table property that makes columns be found by position.
const FORCE_POSITIONAL: &str = "orc.force.positional.evolution";

/// Opens a file for reading.
pub async fn open_reader(request: ReadRequest) -> Result<BatchStream> {
    if request.object.size == 0 {
        // Hive leaves empty files where a writer had no rows.
        return Ok(stream::empty().boxed());
    }
    let tail = read_tail(&request.store, &request.object, false).await?;
    Ok(stream_of(Reader::new(request, tail, None)?))
}

/// Opens a file of events of a transactional table. The columns of the request are those within its `row`. With
/// `ids`, three further columns come behind all others: `originalTransaction`, `bucket` and `rowId`. Events that are no
/// inserts are an error unless `deletes` are what is looked for.
pub(crate) async fn open_event_reader(request: ReadRequest, ids: bool, deletes: bool) -> Result<BatchStream> {
    let tail = read_tail(&request.store, &request.object, true).await?;
    let file = file_name(&request.object);
    // Since version 2 of this form, updates are a delete and an insert in files of their own.
    let operations = tail.metadata.column_file_statistics().get(1).and_then(|s| s.type_statistics());
    if let Some(TypeStatistics::Integer { max, .. }) = operations
        && *max > 0
        && !deletes
    {
        let what = format!("Reading updates or deletes as Hive 2 wrote them ({file}; compact the table with Hive 3)");
        return Err(WarehouseError::Unsupported(what));
    }
    Ok(stream_of(Reader::new(request, tail, Some(ids))?))
}

/// Names and types of the columns that a file says it has.
pub(crate) async fn file_columns(store: &Arc<dyn ObjectStore>, object: &ObjectMeta) -> Result<Vec<(String, HiveType)>> {
    let tail = read_tail(store, object, false).await?;
    let columns = tail.metadata.root_data_type().children().iter();
    Ok(columns.map(|column| (column.name().to_string(), hive_type(column.data_type()))).collect())
}

/// Number of rows of a file.
pub(crate) async fn row_count(store: &Arc<dyn ObjectStore>, object: &ObjectMeta) -> Result<u64> {
    if object.size == 0 {
        return Ok(0);
    }
    Ok(read_tail(store, object, false).await?.metadata.number_of_rows())
}

fn stream_of(reader: Reader) -> BatchStream {
    let reader = Arc::new(reader);
    let stripes = reader.wanted_stripes();
    let batches = stream::iter(stripes)
        .then(move |stripe| {
            let reader = Arc::clone(&reader);
            async move { reader.open_stripe(&stripe).await }
        })
        .try_flatten();
    batches.boxed()
}

/// The longest run of rows that is decoded as one batch, to be cut up afterwards.
const MAX_RUN: usize = 64 * 1024;

/// Which rows of a stripe are decoded.
struct WantedRows {
    /// `None`: all.
    selection: Option<RowSelection>,
    /// Rows that are decoded at once.
    batch_size: usize,
    /// How many they are.
    left: usize,
}

/// A stripe that is being decoded.
struct Decoding {
    decoder: NaiveStripeDecoder,
    /// What is left of the last batch.
    batch: Option<RecordBatch>,
    /// Rows that are still to come.
    left: usize,
}

impl Decoding {
    /// The next rows, no more than the request wants at once.
    fn next(&mut self, reader: &Reader) -> Result<Option<RecordBatch>> {
        if self.left == 0 {
            return Ok(None);
        }
        let batch = match self.batch.take() {
            Some(batch) => batch,
            None => {
                let decoder = &mut self.decoder;
                let next = guarded(&reader.file, || decoder.next().transpose().map_err(|e| reader.corrupt(&e)))?;
                next.ok_or_else(|| WarehouseError::corrupt(&reader.file, "a stripe has fewer rows than it says"))?
            }
        };
        let rows = batch.num_rows().min(reader.request.batch_size.max(1)).min(self.left);
        self.left -= rows;
        if rows < batch.num_rows() {
            self.batch = Some(batch.slice(rows, batch.num_rows() - rows));
        }
        Ok(Some(batch.slice(0, rows)))
    }
}

/// An opened file.
struct Reader {
    request: ReadRequest,
    file: String,
    tail: Tail,
    /// Schema of the batches.
    schema: SchemaRef,
    /// The columns that are decoded, in the order of the file.
    decoded: RootDataType,
    decoded_schema: SchemaRef,
    /// For each column of the request its place among the decoded ones, with its type there.
    sources: Vec<Option<(usize, DataType)>>,
    pruner: Option<Pruner>,
    can_skip_rows: bool,
    zone: ArrowTz,
    session_zone: Tz,
}

impl Reader {
    /// `events`: the file is one of events, and are their ids wanted?
    fn new(request: ReadRequest, tail: Tail, events: Option<bool>) -> Result<Self> {
        let file = file_name(&request.object);
        let root = tail.metadata.root_data_type();
        let table: Vec<&str> = request.storage.columns.iter().map(|c| c.name.as_str()).collect();
        let wanted: Vec<usize> = request.columns.iter().map(|(index, _)| *index).collect();
        let positional = request.table_parameters.get(FORCE_POSITIONAL).is_some_and(|v| v.eq_ignore_ascii_case("true"));
        let (event, row) = root.children().split_at(events.map_or(0, |_| EVENT_COLUMNS.len() - 1));
        let mut found = find_columns(row, &table, &wanted, positional);

        let mut schema = request.schema();
        let pruner = Pruner::new(request.predicate.as_ref(), &schema, &request.columns, &found);
        if events == Some(true) {
            let ids = event.get(1..4).unwrap_or_default();
            found.extend(ids.iter().map(Some));
            let fields =
                ids.iter().map(|column| Field::new(column.name(), column.data_type().to_arrow_data_type(), true));
            schema = Arc::new(Schema::new(
                schema.fields().iter().map(|f| f.as_ref().clone()).chain(fields).collect::<Vec<_>>(),
            ));
        }
        let indices: Vec<usize> = found.iter().flatten().map(|c| c.data_type().column_index()).collect();
        let decoded = root.project(&ProjectionMask::roots(root, indices));
        let sources = found
            .iter()
            .map(|column| {
                let ty = (*column)?.data_type();
                let place = |c: &orc_rust::schema::NamedColumn| c.data_type().column_index() == ty.column_index();
                decoded.children().iter().position(place).map(|at| (at, ty.clone()))
            })
            .collect();
        Ok(Self {
            decoded_schema: decoded_schema(&decoded),
            can_skip_rows: !decoded.children().iter().any(|c| holds_union(c.data_type())),
            zone: time_zone(&request.time_zone)?,
            session_zone: Tz::from_str(&request.time_zone).unwrap_or(Tz::UTC),
            sources,
            pruner,
            decoded,
            schema,
            tail,
            file,
            request,
        })
    }

    /// Stripes that begin in the wanted range and that the condition does not rule out.
    fn wanted_stripes(&self) -> VecDeque<StripeMetadata> {
        let stripes = self.tail.metadata.stripe_metadatas();
        let in_range = |stripe: &StripeMetadata| match &self.request.range {
            Some(range) => range.contains(&stripe.offset()),
            None => true,
        };
        let keep = match &self.pruner {
            Some(pruner) => {
                let rows: Vec<u64> = stripes.iter().map(StripeMetadata::number_of_rows).collect();
                pruner.keep(&rows, |stripe, column| stripes[stripe].column_statistics().get(column).cloned())
            }
            None => vec![true; stripes.len()],
        };
        stripes
            .iter()
            .zip(keep)
            .filter(|(stripe, keep)| *keep && in_range(stripe) && stripe.number_of_rows() > 0)
            .map(|(stripe, _)| stripe.clone())
            .collect()
    }

    async fn open_stripe(self: Arc<Self>, info: &StripeMetadata) -> Result<BatchStream> {
        let offset = info.offset() as i64;
        if self.decoded.children().is_empty() {
            return Ok(self.rows_only(info.number_of_rows() as usize, offset));
        }
        let fetched = fetch_stripe(&self.request.store, &self.request.object, &self.tail, info, &self.decoded).await?;
        let times = Times {
            writer_zone: fetched.writer_zone.unwrap_or(self.session_zone),
            hybrid_calendar: self.tail.hybrid_calendar,
        };
        let rows = self.wanted_rows(&fetched.stripe);
        if rows.left == 0 {
            return Ok(stream::empty().boxed());
        }
        let decoder = guarded(&self.file, || {
            let schema = Arc::clone(&self.decoded_schema);
            NaiveStripeDecoder::new_with_selection(fetched.stripe, schema, rows.batch_size, rows.selection)
                .map_err(|e| self.corrupt(&e))
        })?;
        let decoding = Decoding { decoder, batch: None, left: rows.left };
        let batches = stream::unfold(Some(decoding), move |decoding| {
            let reader = Arc::clone(&self);
            async move {
                let mut decoding = decoding?;
                match decoding.next(&reader) {
                    Ok(None) => None,
                    Ok(Some(batch)) => Some((reader.arrange(&batch, times, offset), Some(decoding))),
                    Err(error) => Some((Err(error), None)),
                }
            }
        });
        Ok(batches.boxed())
    }

    fn corrupt(&self, error: &orc_rust::error::OrcError) -> WarehouseError {
        WarehouseError::corrupt(&self.file, error.to_string())
    }

    /// Rows of the row groups that the condition does not rule out.
    fn wanted_rows(&self, stripe: &Stripe) -> WantedRows {
        let total = stripe.number_of_rows();
        let batch_size = self.request.batch_size.max(1);
        let all = WantedRows { selection: None, batch_size, left: total };
        let Some(pruner) = self.pruner.as_ref().filter(|_| self.can_skip_rows) else { return all };
        let Some(stride) = self.tail.metadata.row_index_stride().filter(|stride| *stride > 0) else { return all };
        let index = guarded(&self.file, || stripe.read_row_indexes(&self.tail.metadata).map_err(|e| self.corrupt(&e)));
        // A broken index costs time, not rows.
        let Ok(index) = index else { return all };
        let starts = (0..total).step_by(stride);
        let rows: Vec<u64> = starts.map(|start| (total - start).min(stride) as u64).collect();
        let keep = pruner.keep(&rows, |group, column| index.row_group_stats(column, group).cloned());
        if keep.iter().all(|keep| *keep) {
            return all;
        }
        let mut runs: Vec<Range<usize>> = Vec::new();
        for (group, _) in keep.iter().enumerate().filter(|(_, keep)| **keep) {
            let (start, end) = (group * stride, ((group + 1) * stride).min(total));
            match runs.last_mut() {
                Some(last) if last.end == start => last.end = end,
                _ => runs.push(start..end),
            }
        }
        let longest = runs.iter().map(ExactSizeIterator::len).max().unwrap_or(0);
        if longest > MAX_RUN
            && let (Some(first), Some(last)) = (runs.first(), runs.last())
        {
            runs = std::iter::once(first.start..last.end).collect();
        }
        let left = runs.iter().map(ExactSizeIterator::len).sum();
        let selection = RowSelection::from_consecutive_ranges(runs.into_iter(), total);
        // orc-rust 0.9 takes a run that is longer than a batch for one without end.
        let batch_size = if longest > MAX_RUN { batch_size } else { batch_size.max(longest) };
        WantedRows { selection: Some(selection), batch_size, left }
    }

    /// Decoded columns as the request wants them.
    fn arrange(&self, batch: &RecordBatch, times: Times, offset: i64) -> Result<RecordBatch> {
        let rows = batch.num_rows();
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.schema.fields().len());
        let (sources, ids) = self.sources.split_at(self.request.columns.len().min(self.sources.len()));
        for ((_, ty), source) in self.request.columns.iter().zip(sources) {
            columns.push(match source {
                Some((at, file_type)) => {
                    let settled = times.settle(batch.column(*at), file_type)?;
                    convert(&settled, ty, self.zone, Rules::Orc).map_err(|e| self.name_file(e))?
                }
                None => new_null_array(&arrow_type(ty), rows),
            });
        }
        let ids = ids.iter().flatten().map(|(at, _)| Arc::clone(batch.column(*at)));
        self.batch(columns, ids.collect(), rows, offset)
    }

    fn name_file(&self, error: WarehouseError) -> WarehouseError {
        match error {
            WarehouseError::Unsupported(what) => WarehouseError::Unsupported(format!("{what} in {}", self.file)),
            other => other,
        }
    }

    fn batch(&self, mut columns: Vec<ArrayRef>, ids: Vec<ArrayRef>, rows: usize, offset: i64) -> Result<RecordBatch> {
        if self.request.row_offsets {
            columns.push(Arc::new(Int64Array::from_value(offset, rows)));
        }
        columns.extend(ids);
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?)
    }

    /// Batches of a stripe of which no column is in the file or wanted.
    fn rows_only(self: Arc<Self>, rows: usize, offset: i64) -> BatchStream {
        let step = self.request.batch_size.max(1);
        stream::iter((0..rows).step_by(step))
            .map(move |from| {
                let count = step.min(rows - from);
                let nulls = self.request.columns.iter().map(|(_, ty)| new_null_array(&arrow_type(ty), count));
                self.batch(nulls.collect(), Vec::new(), count, offset)
            })
            .boxed()
    }
}
