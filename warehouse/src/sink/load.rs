//! `LOAD DATA`.

use std::sync::Arc;

use skep_metastore::model::{AcidKind, Table};
use skep_metastore::store::MetaStore;

use super::commit::{Folders, parameter_change};
use super::stats::{Added, after_load};
use super::{WriteSummary, existing_partition, now};
use crate::acid::AcidWrite;
use crate::error::{Result, WarehouseError};
use crate::format::{FileFormatKind, FileInfo};
use crate::layout::archive::Conflicts;
use crate::layout::commit::{Change, CommitJournal, Delete, Move, commit, complete_pending};
use crate::layout::partition::new_partition;
use crate::layout::staging::{Staging, remove_stale};
use crate::store::{FileStatus, Stores, fs, glob, url};

/// Files that `LOAD DATA` takes.
#[derive(Debug, Clone)]
pub struct LoadSource {
    /// A file, a folder, or a pattern with `*`, `?`, `[…]` and `{…}`.
    pub path: String,
    /// `LOCAL`: the files are copied; else they are moved.
    pub local: bool,
    /// `OVERWRITE`: what the table or the partition holds goes.
    pub overwrite: bool,
}

/// Puts files into a table, or into the partition with these values, as they are. `user` is who does it, for a
/// transaction.
pub async fn stage_load(
    table: &Table,
    partition: &[String],
    source: &LoadSource,
    metastore: &Arc<dyn MetaStore>,
    stores: &Arc<Stores>,
    user: &str,
) -> Result<WriteSummary> {
    if partition.len() != table.partition_keys.len() {
        return Err(WarehouseError::Invalid(format!(
            "Need to specify partition columns because the destination table {} is partitioned",
            table.qualified_name()
        )));
    }
    complete_pending(metastore.as_ref(), stores, &table.database, &table.name).await?;
    remove_stale(stores, &table.storage.location).await?;
    let files = source_files(stores, &source.path).await?;
    let existing = match partition {
        [] => None,
        values => {
            let existing = existing_partition(metastore.as_ref(), table, values)?;
            Conflicts::default().check(metastore.as_ref(), table, values, existing.as_ref())?;
            Some(existing.unwrap_or_else(|| new_partition(table, values.to_vec(), now())))
        }
    };
    let storage = existing.as_ref().map_or(&table.storage, |partition| &partition.storage);
    check_format(stores, FileFormatKind::of(storage)?, &files).await?;
    let location = storage.location.clone();
    let acid = AcidWrite::begin(metastore, table, source.overwrite, user)?;
    let folders = Folders::new(table, acid.as_ref(), stores)?;
    let mut journal = CommitJournal { mkdirs: vec![location.clone()], ..Default::default() };
    let there = folders.content(&location, source.overwrite, &mut journal).await?;
    let names_of = acid.as_ref().map(AcidWrite::names);
    let into = match &names_of {
        Some(names) => url::join(&location, &names.folder(0)),
        None => location.clone(),
    };
    if names_of.is_some() {
        journal.mkdirs.push(into.clone());
    }
    let mut staging = None;
    if source.local {
        staging = Some(Staging::create(stores, &table.storage.location).await?);
    }
    let mut added = Added::default();
    let mut names: Vec<String> = Vec::new();
    for file in &files {
        let mut from = file.path.clone();
        if let Some(staging) = &staging {
            // Files of one name may come from several folders.
            from = url::join(staging.url(), &format!("{}/{}", names.len(), file.name()));
            fs::create_dir(stores, url::parent(&from).unwrap_or(staging.url())).await?;
            fs::copy(stores, &file.path, &from).await?;
        }
        // What replaces the old content must not replace another file of the same load.
        let name = match &names_of {
            // Rows of a full ACID table are numbered by their file, whose name has to say which bucket it is.
            Some(acid) if acid.kind == AcidKind::Full && !is_bucket_name(file.name()) => {
                format!("{:06}_0", names.len())
            }
            _ => file.name().to_string(),
        };
        let replace = source.overwrite && !names.contains(&name);
        journal.moves.push(Move { from, to: url::join(&into, &name), replace });
        names.push(name);
        added.add(&FileInfo { rows: 0, bytes: file.len, raw_data_size: 0 });
    }
    let taken: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    if source.overwrite {
        let gone = there.gone.iter().filter(|old| !names.iter().any(|name| name == old.name()));
        // A load of the table's own files must not lose them.
        journal.deletes.extend(gone.filter(|old| !taken.contains(&old.path.as_str())).map(Delete::from));
    }
    journal.changes.push(parameter_change(existing, after_load(&there.stay, &added, now())));
    if let Some(acid) = &acid {
        journal.changes.push(Change::CommitTransaction(acid.transaction()));
    }
    commit(metastore.as_ref(), stores, &table.database, &table.name, journal, staging).await?;
    if let Some(acid) = acid {
        acid.committed();
    }
    let mut summary = WriteSummary { files: added.files, bytes: added.info.bytes, ..Default::default() };
    if !partition.is_empty() {
        summary.partitions.push(partition.to_vec());
    }
    Ok(summary)
}

/// Does a name say which bucket a file holds: `000001_0`?
fn is_bucket_name(name: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    name.split_once('_').is_some_and(|(bucket, attempt)| digits(bucket) && digits(attempt))
}

/// The files a path means: itself, those in a folder, or those a pattern fits. Hidden ones are passed over.
async fn source_files(stores: &Stores, path: &str) -> Result<Vec<FileStatus>> {
    let mut files = Vec::new();
    for found in glob::expand(stores, path).await? {
        if !found.is_dir {
            files.push(found);
            continue;
        }
        for child in fs::list(stores, &found.path).await? {
            if url::is_hidden(child.name()) {
                continue;
            }
            if child.is_dir {
                return Err(WarehouseError::Invalid(format!(
                    "Invalid path '{path}': source contains directory: {}",
                    child.path
                )));
            }
            files.push(child);
        }
    }
    if files.is_empty() {
        return Err(WarehouseError::Invalid(format!("Invalid path '{path}': No files matching path {path}")));
    }
    Ok(files)
}

/// Refuses files that cannot be of the table's format, by their first bytes.
async fn check_format(stores: &Stores, kind: FileFormatKind, files: &[FileStatus]) -> Result<()> {
    let magic: &[&[u8]] = match kind {
        FileFormatKind::Text | FileFormatKind::Teradata => return Ok(()),
        FileFormatKind::Orc => &[b"ORC"],
        FileFormatKind::Parquet => &[b"PAR1"],
        FileFormatKind::Sequence => &[b"SEQ"],
        FileFormatKind::Avro => &[b"Obj\x01"],
        // Files of old Hives begin as SequenceFiles do.
        FileFormatKind::Rc => &[b"RCF", b"SEQ"],
    };
    for file in files.iter().filter(|file| file.len > 0) {
        let start = fs::read_start(stores, &file.path, 4).await?;
        if !magic.iter().any(|magic| start.starts_with(magic)) {
            return Err(WarehouseError::Invalid(format!(
                "The file that you are trying to load does not match the file format of the destination table: {}",
                file.path
            )));
        }
    }
    Ok(())
}
