//! Rows of a full ACID table: with their ids, and without those that are deleted.
//!
//! ```text
//! delete_delta_*/bucket_*  ──► Deletes (once for all readers of a partition)
//!                                  │
//! base_*, delta_*/bucket_* ──► rows and ids ──► rows that are there
//! 000000_0 and their like  ──► rows, numbered ──┘
//! ```

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int32Array, Int64Array, RecordBatch, StructArray};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Int32Type, Int64Type};
use futures::{StreamExt, TryStreamExt, stream};
use object_store::ObjectMeta;
use skep_metastore::model::{StorageDescriptor, ValidWriteIds};
use tokio::sync::OnceCell;

use super::folders::{AcidFolder, encode_bucket, is_event_file};
use super::state::{AcidState, Part};
use crate::error::{Result, WarehouseError};
use crate::format::orc::{open_event_reader, row_count};
use crate::format::{BatchStream, FileFormatKind, ReadRequest, open_reader};
use crate::layout::bucket::bucket_of_file;
use crate::store::{FileStatus, Stores};

/// Ids of the rows of a batch.
#[derive(Debug, Clone)]
pub(crate) struct RowIds {
    /// `writeid`
    pub write_ids: Int64Array,
    /// `bucketid`
    pub buckets: Int32Array,
    /// `rowid`
    pub rows: Int64Array,
}

impl RowIds {
    /// As the values of `ROW__ID`, in its type.
    pub fn to_struct(&self, ty: &DataType) -> Result<ArrayRef> {
        let DataType::Struct(fields) = ty else {
            return Err(WarehouseError::Invalid(format!("row__id is a {ty}")));
        };
        let columns: Vec<ArrayRef> =
            vec![Arc::new(self.write_ids.clone()), Arc::new(self.buckets.clone()), Arc::new(self.rows.clone())];
        Ok(Arc::new(StructArray::try_new(fields.clone(), columns, None)?))
    }

    /// Ids given one by one.
    pub fn of_keys(rows: &[(i64, i32, i64)]) -> Self {
        Self {
            write_ids: rows.iter().map(|row| Some(row.0)).collect(),
            buckets: rows.iter().map(|row| Some(row.1)).collect(),
            rows: rows.iter().map(|row| Some(row.2)).collect(),
        }
    }

    /// The values of `ROW__ID`.
    pub fn of_struct(array: &ArrayRef) -> Result<Self> {
        let parts = array.as_struct_opt().filter(|parts| parts.num_columns() == 3);
        let long = |at: usize| parts.and_then(|parts| parts.column(at).as_primitive_opt::<Int64Type>().cloned());
        let buckets = parts.and_then(|parts| parts.column(1).as_primitive_opt::<Int32Type>().cloned());
        match (long(0), buckets, long(2)) {
            (Some(write_ids), Some(buckets), Some(rows)) => Ok(Self { write_ids, buckets, rows }),
            _ => Err(WarehouseError::Invalid(format!("row__id comes as {}", array.data_type()))),
        }
    }
}

/// Rows of a file.
#[derive(Debug)]
pub(crate) struct AcidRows {
    /// The reader's columns.
    pub batch: RecordBatch,
    /// Their ids, where they have any and they were wanted.
    pub ids: Option<RowIds>,
    /// Which of them are deleted, where that was wanted.
    pub deleted: Option<BooleanArray>,
}

impl AcidRows {
    /// Rows without ids.
    pub fn plain(batch: RecordBatch) -> Self {
        Self { batch, ids: None, deleted: None }
    }
}

/// Ids of deleted rows: for each write id and bucket field the row numbers, ascending.
#[derive(Debug, Default)]
struct Deletes(HashMap<(i64, i32), Vec<i64>>);

impl Deletes {
    fn contains(&self, ids: &RowIds, row: usize) -> bool {
        self.holds((ids.write_ids.value(row), ids.buckets.value(row), ids.rows.value(row)))
    }

    fn holds(&self, (write_id, bucket, row): (i64, i32, i64)) -> bool {
        self.0.get(&(write_id, bucket)).is_some_and(|rows| rows.binary_search(&row).is_ok())
    }
}

/// How the rows of a file are numbered that has no ids in it.
#[derive(Debug, Clone, Copy)]
struct Numbering {
    write_id: i64,
    bucket: i32,
    /// The number of its first row.
    first: i64,
}

/// What the readers of one partition share.
#[derive(Debug)]
pub(crate) struct AcidReads {
    state: AcidState,
    valid: ValidWriteIds,
    /// Are deleted rows shown, too (`acid.fetch.deleted.rows`)?
    show_deleted: bool,
    /// Does it take the number of every row?
    numbered: bool,
    /// Of an insert-only table: the format of its files, whose rows have no numbers.
    plain: Option<FileFormatKind>,
    deletes: OnceCell<Arc<Deletes>>,
    first_rows: OnceCell<HashMap<String, i64>>,
}

impl AcidReads {
    /// Readers of a state, as these write ids are seen. With `ids` the rows come with theirs.
    pub fn new(state: AcidState, valid: ValidWriteIds, show_deleted: bool, ids: bool) -> Self {
        let numbered = ids || !state.deletes.is_empty();
        Self {
            state,
            valid,
            show_deleted,
            numbered,
            plain: None,
            deletes: OnceCell::new(),
            first_rows: OnceCell::new(),
        }
    }

    /// The files are those of an insert-only table in this format: rows have a write id and a bucket, no number.
    pub fn plain_files(&mut self, kind: FileFormatKind) {
        self.plain = Some(kind);
        self.numbered = false;
    }

    /// May several readers share a file? Those whose rows are numbered by their place are read from the start.
    pub fn is_splittable(&self, name: &str) -> bool {
        is_event_file(name) || !self.numbered
    }

    /// The files with rows.
    pub fn row_files(&self) -> Vec<FileStatus> {
        let of_parts = self.state.parts.iter().flat_map(|part| &part.files);
        self.state.originals.iter().chain(of_parts).cloned().collect()
    }

    /// Opens a file, or a part of one. With `ids` the rows come with theirs.
    pub async fn open(
        &self,
        stores: &Stores,
        mut request: ReadRequest,
        file: &FileStatus,
        ids: bool,
    ) -> Result<stream::BoxStream<'static, Result<AcidRows>>> {
        let folder = self.folder_of(file);
        if let Some(kind) = self.plain {
            let statement = folder.and_then(|folder| folder.statement).unwrap_or(0);
            let bucket = encode_bucket(bucket_of_file(file.name()).unwrap_or(0), statement);
            let write_id = folder.map_or(0, |folder| folder.max);
            let rows = open_reader(kind, request).await?.map_ok(move |batch| {
                let count = batch.num_rows();
                let ids = RowIds {
                    write_ids: Int64Array::from_value(write_id, count),
                    buckets: Int32Array::from_value(bucket, count),
                    rows: Int64Array::new_null(count),
                };
                AcidRows { batch, ids: Some(ids), deleted: None }
            });
            return Ok(rows.boxed());
        }
        let mixed = folder.is_some_and(|folder| folder.is_mixed(&self.valid));
        let deletes = match self.state.deletes.is_empty() {
            true => None,
            false => Some(self.deletes(stores, &request).await?),
        };
        let need_ids = ids || mixed || deletes.is_some();
        let width = request.columns.len() + usize::from(request.row_offsets);
        let kind = FileFormatKind::Orc;
        let rows = if is_event_file(file.name()) {
            let events = open_event_reader(request, need_ids, false).await?;
            events.map(move |batch| split_ids(&batch?, width, need_ids)).boxed()
        } else if need_ids {
            request.range = None;
            request.predicate = None;
            let numbering = self.numbering(stores, folder, file).await?;
            let batches = open_reader(kind, request).await?;
            batches
                .scan(numbering.first, move |next, batch| {
                    let rows = batch.map(|batch| numbered(batch, numbering, next));
                    futures::future::ready(Some(rows))
                })
                .boxed()
        } else {
            open_reader(kind, request).await?.map_ok(AcidRows::plain).boxed()
        };
        if !need_ids {
            return Ok(rows);
        }
        let keep = Keep { deletes, valid: mixed.then(|| self.valid.clone()), show_deleted: self.show_deleted, ids };
        Ok(rows.map(move |rows| keep.apply(rows?)).boxed())
    }

    /// Is one of these rows deleted?
    pub async fn are_deleted(
        &self,
        stores: &Stores,
        storage: &StorageDescriptor,
        rows: &[(i64, i32, i64)],
    ) -> Result<bool> {
        let Some(file) = self.state.deletes.iter().flat_map(|part| &part.files).next() else { return Ok(false) };
        let (store, location) = stores.open(&file.path)?;
        let request = ReadRequest {
            store,
            object: object_of(location, file),
            range: None,
            storage: Arc::new(storage.clone()),
            table_parameters: Arc::default(),
            columns: Vec::new(),
            batch_size: 8192,
            predicate: None,
            row_offsets: false,
            limit: None,
            time_zone: "UTC".into(),
        };
        let deletes = self.deletes(stores, &request).await?;
        Ok(rows.iter().any(|row| deletes.holds(*row)))
    }

    /// All deleted rows, in no order.
    pub async fn deleted_rows(&self, stores: &Stores, like: &ReadRequest) -> Result<Vec<(i64, i32, i64)>> {
        let deletes = self.deletes(stores, like).await?;
        let of_bucket = |((write_id, bucket), rows): (&(i64, i32), &Vec<i64>)| {
            let (write_id, bucket) = (*write_id, *bucket);
            rows.iter().map(move |row| (write_id, bucket, *row)).collect::<Vec<_>>()
        };
        Ok(deletes.0.iter().flat_map(of_bucket).collect())
    }

    fn part_of(&self, file: &FileStatus) -> Option<&Part> {
        self.state.parts.iter().find(|part| part.files.iter().any(|own| own.path == file.path))
    }

    fn folder_of(&self, file: &FileStatus) -> Option<AcidFolder> {
        self.part_of(file).map(|part| part.folder)
    }

    async fn deletes(&self, stores: &Stores, request: &ReadRequest) -> Result<Arc<Deletes>> {
        let read = async || {
            let mut deletes: HashMap<(i64, i32), Vec<i64>> = HashMap::new();
            for part in &self.state.deletes {
                let mixed = part.folder.is_mixed(&self.valid);
                for file in &part.files {
                    // The write id of a delete itself is in `currentTransaction`; of folders that are not mixed all count.
                    if mixed {
                        let what = format!("Reading deletes of a transaction batch ({})", file.path);
                        return Err(WarehouseError::Unsupported(what));
                    }
                    let mut events = self.open_events(stores, request, file).await?;
                    while let Some(batch) = events.next().await {
                        let Some(ids) = split_ids(&batch?, 0, true)?.ids else { continue };
                        for row in 0..ids.rows.len() {
                            let key = (ids.write_ids.value(row), ids.buckets.value(row));
                            deletes.entry(key).or_default().push(ids.rows.value(row));
                        }
                    }
                }
            }
            for rows in deletes.values_mut() {
                rows.sort_unstable();
                rows.dedup();
                rows.shrink_to_fit();
            }
            Ok(Arc::new(Deletes(deletes)))
        };
        self.deletes.get_or_try_init(read).await.cloned()
    }

    /// The ids of all events of a file.
    async fn open_events(&self, stores: &Stores, like: &ReadRequest, file: &FileStatus) -> Result<BatchStream> {
        let (store, location) = stores.open(&file.path)?;
        let request = ReadRequest {
            store,
            object: object_of(location, file),
            range: None,
            columns: Vec::new(),
            predicate: None,
            row_offsets: false,
            limit: None,
            ..like.clone()
        };
        open_event_reader(request, true, true).await
    }

    /// Rows that were there before the table was transactional have write id 0, those that were loaded that of their
    /// folder; within a bucket they are numbered through its files (`000001_0`, `000001_0_copy_1`, …).
    async fn numbering(&self, stores: &Stores, folder: Option<AcidFolder>, file: &FileStatus) -> Result<Numbering> {
        let statement = folder.and_then(|folder| folder.statement).unwrap_or(0);
        let bucket = encode_bucket(bucket_of_file(file.name()).unwrap_or(0), statement);
        let write_id = folder.map_or(0, |folder| folder.max);
        let firsts = self.first_rows.get_or_try_init(|| self.count_rows(stores)).await?;
        Ok(Numbering { write_id, bucket, first: firsts.get(&file.path).copied().unwrap_or(0) })
    }

    /// The number of the first row of each file without ids.
    async fn count_rows(&self, stores: &Stores) -> Result<HashMap<String, i64>> {
        let mut firsts = HashMap::new();
        let groups = std::iter::once(&self.state.originals).chain(self.state.parts.iter().map(|part| &part.files));
        for files in groups {
            let mut next: HashMap<u32, i64> = HashMap::new();
            for file in files.iter().filter(|file| !is_event_file(file.name())) {
                let (store, location) = stores.open(&file.path)?;
                let first = next.entry(bucket_of_file(file.name()).unwrap_or(0)).or_default();
                firsts.insert(file.path.clone(), *first);
                *first += row_count(&store, &object_of(location, file)).await? as i64;
            }
        }
        Ok(firsts)
    }
}

pub(super) fn object_of(location: object_store::path::Path, file: &FileStatus) -> ObjectMeta {
    let last_modified = chrono::DateTime::from_timestamp_millis(file.modified).unwrap_or_default();
    ObjectMeta { location, last_modified, size: file.len, e_tag: None, version: None }
}

/// Takes the ids, which come behind `width` other columns, out of a batch.
fn split_ids(batch: &RecordBatch, width: usize, with_ids: bool) -> Result<AcidRows> {
    if !with_ids {
        return Ok(AcidRows::plain(batch.clone()));
    }
    let long = |at: usize| batch.columns().get(width + at).and_then(|c| c.as_primitive_opt::<Int64Type>().cloned());
    let buckets = batch.columns().get(width + 1).and_then(|c| c.as_primitive_opt::<Int32Type>().cloned());
    let (Some(write_ids), Some(buckets), Some(rows)) = (long(0), buckets, long(2)) else {
        return Err(WarehouseError::Invalid("events come without ids".to_string()));
    };
    let ids = RowIds { write_ids, buckets, rows };
    Ok(AcidRows { batch: batch.project(&(0..width).collect::<Vec<_>>())?, ids: Some(ids), deleted: None })
}

fn numbered(batch: RecordBatch, numbering: Numbering, next: &mut i64) -> AcidRows {
    let count = batch.num_rows();
    let first = *next;
    *next += count as i64;
    let ids = RowIds {
        write_ids: Int64Array::from_value(numbering.write_id, count),
        buckets: Int32Array::from_value(numbering.bucket, count),
        rows: Int64Array::from_iter_values(first..*next),
    };
    AcidRows { batch, ids: Some(ids), deleted: None }
}

/// Which rows a reader gets.
struct Keep {
    deletes: Option<Arc<Deletes>>,
    /// Where a file has rows of write ids that are not seen.
    valid: Option<ValidWriteIds>,
    show_deleted: bool,
    ids: bool,
}

impl Keep {
    fn apply(&self, mut rows: AcidRows) -> Result<AcidRows> {
        let Some(ids) = rows.ids.take() else { return Ok(rows) };
        let count = rows.batch.num_rows();
        let deleted: BooleanArray = match &self.deletes {
            Some(deletes) => (0..count).map(|row| Some(deletes.contains(&ids, row))).collect(),
            None => BooleanArray::from(vec![false; count]),
        };
        let seen = |row: usize| {
            let valid = self.valid.as_ref().is_none_or(|valid| valid.is_valid(ids.write_ids.value(row)));
            valid && (self.show_deleted || !deleted.value(row))
        };
        let seen: BooleanArray = (0..count).map(|row| Some(seen(row))).collect();
        let ids = self.ids.then_some(ids);
        if seen.true_count() == count {
            return Ok(AcidRows { batch: rows.batch, ids, deleted: Some(deleted) });
        }
        let picked = |array: &dyn Array| arrow::compute::filter(array, &seen);
        let ids = match ids {
            Some(ids) => Some(RowIds {
                write_ids: picked(&ids.write_ids)?.as_primitive::<Int64Type>().clone(),
                buckets: picked(&ids.buckets)?.as_primitive::<Int32Type>().clone(),
                rows: picked(&ids.rows)?.as_primitive::<Int64Type>().clone(),
            }),
            None => None,
        };
        let deleted = picked(&deleted)?.as_boolean().clone();
        Ok(AcidRows { batch: filter_record_batch(&rows.batch, &seen)?, ids, deleted: Some(deleted) })
    }
}
