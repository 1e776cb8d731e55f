//! Compaction: many small folders made into few.
//!
//! Events of one bucket stand in the order of their ids in every file, and write ids grow from folder to folder; so the
//! files of a bucket only have to be read one behind the other. Nobody sees the result before it is complete: it gets its
//! place by the renaming of one folder, which stands for all those that it covers.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::Int64Array;
use futures::StreamExt;
use skep_metastore::model::{AcidKind, Partition, Table, ValidWriteIds};
use skep_metastore::store::MetaStore;

use super::folders::{AcidFolder, FolderKind, bucket_file, bucket_of, is_event_file};
use super::read::{AcidReads, RowIds};
use super::state::{AcidState, Part};
use super::write::{Operation, event_columns, events, write_version};
use crate::error::{Result, WarehouseError};
use crate::format::orc::open_event_writer;
use crate::format::{FileFormatKind, FileInfo, FileWriteOptions, ReadRequest, RowFileWriter, open_reader, open_writer};
use crate::layout::bucket::bucket_of_file;
use crate::layout::commit::{Change, CommitJournal, Delete, Move, commit, complete_pending, merge};
use crate::layout::staging::{Staging, remove_stale};
use crate::sink::{STATS_ACCURATE, WriteOptions};
use crate::store::{FileStatus, Stores, fs, url};

/// How much is made into one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompactionKind {
    /// Everything, into a base; deleted rows go.
    Major,
    /// Deltas into one delta, deletes into one folder of deletes.
    Minor,
}

/// What is compacted.
#[derive(Debug)]
pub struct CompactionTarget<'a> {
    /// The table.
    pub table: &'a Table,
    /// A partition of it; `None` for a table without partitions.
    pub partition: Option<&'a Partition>,
    /// How much.
    pub kind: CompactionKind,
    /// Limits and habits of the session.
    pub options: &'a WriteOptions,
}

const BATCH_SIZE: usize = 8192;

/// Compacts a table without partitions, or a partition. Returns the highest write id that it covers; `None` where there
/// was nothing to do.
pub async fn compact(
    target: CompactionTarget<'_>,
    metastore: &Arc<dyn MetaStore>,
    stores: &Arc<Stores>,
) -> Result<Option<i64>> {
    let table = target.table;
    let Some(acid) = table.acid_kind() else {
        let what = format!("Compaction of the table {}, which is not transactional,", table.qualified_name());
        return Err(WarehouseError::Unsupported(what));
    };
    complete_pending(metastore.as_ref(), stores, &table.database, &table.name).await?;
    remove_stale(stores, &table.storage.location).await?;
    let location = target.partition.map_or(&table.storage.location, |partition| &partition.storage.location);
    let all = metastore.valid_write_ids(&table.database, &table.name)?;
    let settled = all.settled();
    let valid = ValidWriteIds {
        high: settled,
        open: Vec::new(),
        aborted: all.aborted.iter().copied().filter(|id| *id <= settled).collect(),
    };
    let state = AcidState::read(stores, location, &valid).await?;
    let staging = Staging::create(stores, &table.storage.location).await?;
    let mut work =
        Work { target: &target, acid, stores, staging: staging.url(), valid: &valid, made: Vec::new(), rows: 0 };
    let gone = match target.kind {
        CompactionKind::Major => work.major(&state).await?,
        CompactionKind::Minor => work.minor(&state).await?,
    };
    let mut journal = CommitJournal::default();
    for folder in &work.made {
        let name = folder.name();
        journal.moves.push(Move {
            from: url::join(staging.url(), &name),
            to: url::join(location, &name),
            replace: true,
        });
    }
    let gone = if work.made.is_empty() { state.obsolete.clone() } else { gone };
    journal.deletes.extend(gone.iter().chain(&state.obsolete).map(Delete::from));
    journal.deletes.dedup();
    let covered = work.made.iter().map(|folder| folder.max).max();
    if journal.moves.is_empty() && journal.deletes.is_empty() {
        return Ok(None);
    }
    let changes = work.statistics(&state).await?;
    journal.changes.push(match target.partition {
        None => Change::TableParameters(changes),
        Some(partition) => {
            let mut partition = partition.clone();
            merge(&mut partition.parameters, &changes);
            Change::PutPartitions(vec![partition])
        }
    });
    commit(metastore.as_ref(), stores, &table.database, &table.name, journal, Some(staging)).await?;
    Ok(covered)
}

/// A file that is compacted, with its folder; of an original file there is none.
type Source<'a> = (Option<AcidFolder>, &'a FileStatus);

struct Work<'a> {
    target: &'a CompactionTarget<'a>,
    acid: AcidKind,
    stores: &'a Arc<Stores>,
    staging: &'a str,
    valid: &'a ValidWriteIds,
    /// The folders that were made.
    made: Vec<AcidFolder>,
    /// Rows that a major compaction wrote.
    rows: u64,
}

impl Work<'_> {
    /// Everything into a base. Returns what goes.
    async fn major(&mut self, state: &AcidState) -> Result<Vec<FileStatus>> {
        let folders = state.parts.iter().chain(&state.deletes);
        let Some(highest) = folders.map(|part| part.folder.max).max() else { return Ok(Vec::new()) };
        if let ([Part { folder, .. }], []) = (state.parts.as_slice(), state.deletes.as_slice())
            && folder.kind == FolderKind::Base
        {
            return Ok(Vec::new());
        }
        let base = AcidFolder::base(highest);
        let sources: Vec<Source<'_>> = std::iter::once((None, &state.originals))
            .chain(state.parts.iter().map(|p| (Some(p.folder), &p.files)))
            .flat_map(|(folder, files)| files.iter().map(move |file| (folder, file)))
            .collect();
        fs::create_dir(self.stores, &url::join(self.staging, &base.name())).await?;
        self.rows = self.rewrite(base, state.clone(), &sources).await?;
        self.made.push(base);
        state.replaced(self.stores, self.location(), highest + 1, self.valid).await
    }

    /// Deltas into one, and deletes into one. Returns what goes.
    async fn minor(&mut self, state: &AcidState) -> Result<Vec<FileStatus>> {
        let deltas: Vec<&Part> = state.parts.iter().filter(|part| part.folder.kind == FolderKind::Delta).collect();
        let mut covered: Vec<AcidFolder> = Vec::new();
        if let ([first, .., last], true) = (deltas.as_slice(), deltas.len() > 1) {
            let into = gathered(FolderKind::Delta, first, last);
            let sources: Vec<Source<'_>> =
                deltas.iter().flat_map(|part| part.files.iter().map(move |file| (Some(part.folder), file))).collect();
            // Deletes are kept apart: rows that they hit may be in the base.
            let without_deletes = AcidState { deletes: Vec::new(), ..state.clone() };
            self.rewrite(into, without_deletes, &sources).await?;
            self.made.push(into);
            covered.extend(deltas.iter().map(|part| part.folder));
        }
        if let ([first, .., last], true) = (state.deletes.as_slice(), state.deletes.len() > 1) {
            let into = gathered(FolderKind::DeleteDelta, first, last);
            self.gather_deletes(into, state).await?;
            self.made.push(into);
            covered.extend(state.deletes.iter().map(|part| part.folder));
        }
        let mut children = match fs::list(self.stores, self.location()).await {
            Ok(children) => children,
            Err(WarehouseError::NotFound(_)) => Vec::new(),
            Err(error) => return Err(error),
        };
        children.retain(|child| AcidFolder::parse(child.name()).is_some_and(|folder| covered.contains(&folder)));
        Ok(children)
    }

    fn location(&self) -> &str {
        let target = self.target;
        target.partition.map_or(&target.table.storage.location, |partition| &partition.storage.location)
    }

    /// Reads the files of each bucket one behind the other, and writes them as one.
    async fn rewrite(&self, into: AcidFolder, state: AcidState, sources: &[Source<'_>]) -> Result<u64> {
        let mut buckets: BTreeMap<u32, Vec<Source<'_>>> = BTreeMap::new();
        for source in sources {
            buckets.entry(bucket_of_name(source.1.name())).or_default().push(*source);
        }
        let reads = AcidReads::new(state, self.valid.clone(), false, true);
        let mut rows = 0;
        for (bucket, files) in buckets {
            rows += match self.acid {
                AcidKind::Full => self.rewrite_events(into, bucket, &reads, &files).await?,
                AcidKind::InsertOnly => self.rewrite_rows(into, bucket, &files).await?,
            };
        }
        Ok(rows)
    }

    async fn rewrite_events(
        &self,
        into: AcidFolder,
        bucket: u32,
        reads: &AcidReads,
        files: &[Source<'_>],
    ) -> Result<u64> {
        let columns = &self.target.table.storage.columns;
        let mut writer: Option<Box<dyn RowFileWriter>> = None;
        for (_, file) in files {
            let mut rows = reads.open(self.stores, self.request(file)?, file, true).await?;
            while let Some(read) = rows.next().await {
                let read = read?;
                let Some(ids) = read.ids.filter(|ids| !ids.rows.is_empty()) else { continue };
                let writer = match &mut writer {
                    Some(writer) => writer,
                    none => none.insert(self.event_writer(into, bucket)?),
                };
                let own = ids.write_ids.clone();
                writer.write(&events(columns, Operation::Insert, &ids, own, Some(read.batch.columns()))?)?;
            }
        }
        finish(writer)
    }

    async fn rewrite_rows(&self, into: AcidFolder, bucket: u32, files: &[Source<'_>]) -> Result<u64> {
        let table = self.target.table;
        let kind = self.kind()?;
        let mut writer: Option<Box<dyn RowFileWriter>> = None;
        for (_, file) in files {
            let mut rows = open_reader(kind, self.request(file)?).await?;
            while let Some(batch) = rows.next().await {
                let batch = batch?;
                if batch.num_rows() == 0 {
                    continue;
                }
                let writer = match &mut writer {
                    Some(writer) => writer,
                    none => {
                        let extension = self.target.options.compress.map_or("", |codec| codec.extension());
                        let extension = if kind == FileFormatKind::Text { extension } else { "" };
                        let file = format!("{}/{bucket:06}_0{extension}", into.name());
                        let output = self.stores.create(&url::join(self.staging, &file))?;
                        let storage = self.storage();
                        none.insert(open_writer(kind, storage, &table.storage.columns, &self.file_options(), output)?)
                    }
                };
                writer.write(&batch)?;
            }
        }
        finish(writer)
    }

    async fn gather_deletes(&self, into: AcidFolder, state: &AcidState) -> Result<()> {
        let columns = &self.target.table.storage.columns;
        let Some(first) = state.deletes.iter().flat_map(|part| &part.files).next() else { return Ok(()) };
        let reads = AcidReads::new(state.clone(), self.valid.clone(), false, true);
        let mut buckets: BTreeMap<u32, Vec<(i64, i32, i64)>> = BTreeMap::new();
        for row in reads.deleted_rows(self.stores, &self.request(first)?).await? {
            buckets.entry(bucket_of(row.1)).or_default().push(row);
        }
        for (bucket, mut rows) in buckets {
            rows.sort_unstable();
            let mut writer = self.event_writer(into, bucket)?;
            for rows in rows.chunks(BATCH_SIZE) {
                let ids = RowIds::of_keys(rows);
                let own = Int64Array::from_value(into.max, rows.len());
                writer.write(&events(columns, Operation::Delete, &ids, own, None)?)?;
            }
            writer.finish()?;
        }
        Ok(())
    }

    fn event_writer(&self, into: AcidFolder, bucket: u32) -> Result<Box<dyn RowFileWriter>> {
        let folder = url::join(self.staging, &into.name());
        write_version(self.stores, &folder)?;
        let output = self.stores.create(&url::join(&folder, &bucket_file(bucket as usize, 0)))?;
        open_event_writer(&event_columns(&self.target.table.storage.columns), &self.file_options(), output)
    }

    fn storage(&self) -> &skep_metastore::model::StorageDescriptor {
        self.target.partition.map_or(&self.target.table.storage, |partition| &partition.storage)
    }

    fn kind(&self) -> Result<FileFormatKind> {
        FileFormatKind::of(self.storage())
    }

    fn file_options(&self) -> FileWriteOptions {
        FileWriteOptions {
            codec: self.target.options.compress,
            table_parameters: self.target.options.file_parameters(&self.target.table.parameters),
            time_zone: Arc::clone(&self.target.options.tz),
        }
    }

    /// All of a file's columns, as the table has them.
    fn request(&self, file: &FileStatus) -> Result<ReadRequest> {
        let (store, location) = self.stores.open(&file.path)?;
        let mut storage = self.storage().clone();
        let columns = &self.target.table.storage.columns;
        if self.kind()? != FileFormatKind::Text {
            storage.columns.clone_from(columns);
        }
        Ok(ReadRequest {
            store,
            object: super::read::object_of(location, file),
            range: None,
            columns: columns.iter().enumerate().map(|(at, column)| (at, column.ty.clone())).collect(),
            storage: Arc::new(storage),
            table_parameters: Arc::new(self.target.table.parameters.clone()),
            batch_size: BATCH_SIZE,
            predicate: None,
            row_offsets: false,
            limit: None,
            time_zone: Arc::clone(&self.target.options.tz),
        })
    }

    /// The parameters that change: numbers of files, bytes and, where all rows were written anew, rows.
    async fn statistics(&self, state: &AcidState) -> Result<Vec<(String, Option<String>)>> {
        let mut files: Vec<FileStatus> = Vec::new();
        for folder in &self.made {
            let folder = url::join(self.staging, &folder.name());
            files.extend(fs::walk(self.stores, &folder).await?.into_iter().filter(|file| !url::is_hidden(file.name())));
        }
        let made = |kind| self.made.iter().any(|folder| folder.kind == kind);
        if !made(FolderKind::Base) {
            let kept = state.parts.iter().chain(&state.deletes).filter(|part| match part.folder.kind {
                FolderKind::Base => true,
                kind => !made(kind),
            });
            files.extend(state.originals.iter().chain(kept.flat_map(|part| &part.files)).cloned());
        }
        let size: u64 = files.iter().map(|file| file.len).sum();
        let mut changes = vec![
            ("numFiles".to_string(), Some(files.len().to_string())),
            ("totalSize".to_string(), Some(size.to_string())),
        ];
        if made(FolderKind::Base) {
            changes.push(("numRows".to_string(), Some(self.rows.to_string())));
            let parameters = self.target.partition.map_or(&self.target.table.parameters, |p| &p.parameters);
            if !parameters.contains_key(STATS_ACCURATE) {
                changes.push((STATS_ACCURATE.to_string(), Some(r#"{"BASIC_STATS":"true"}"#.to_string())));
            }
        }
        Ok(changes)
    }
}

/// The folder of what was in several.
fn gathered(kind: FolderKind, first: &Part, last: &Part) -> AcidFolder {
    AcidFolder { kind, min: first.folder.min, max: last.folder.max, statement: None, compaction: None }
}

fn finish(writer: Option<Box<dyn RowFileWriter>>) -> Result<u64> {
    match writer {
        Some(writer) => writer.finish().map(|FileInfo { rows, .. }| rows),
        None => Ok(0),
    }
}

/// The bucket of a file of either kind.
fn bucket_of_name(name: &str) -> u32 {
    let number = match is_event_file(name) {
        true => name.trim_start_matches("bucket_").split('_').next().and_then(|digits| digits.parse().ok()),
        false => bucket_of_file(name),
    };
    number.unwrap_or(0)
}
