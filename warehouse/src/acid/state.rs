//! What of a folder of a transactional table a reader sees.

use skep_metastore::model::ValidWriteIds;

use super::folders::{AcidFolder, FolderKind};
use crate::error::{Result, WarehouseError};
use crate::store::{FileStatus, Stores, fs, url};

/// A folder of the table with the files in it.
#[derive(Debug, Clone)]
pub struct Part {
    /// What its name says.
    pub folder: AcidFolder,
    /// Its files by name, without hidden and empty ones.
    pub files: Vec<FileStatus>,
}

/// What a reader sees of a table without partitions, or of one partition.
#[derive(Debug, Clone, Default)]
pub struct AcidState {
    /// Files of before the table was transactional, by name.
    pub originals: Vec<FileStatus>,
    /// A base, if there is one, and deltas, in the order in which they were written.
    pub parts: Vec<Part>,
    /// Deletes.
    pub deletes: Vec<Part>,
    /// Folders and files that nobody needs who sees at least these write ids: covered by others, or of transactions
    /// that were aborted.
    pub obsolete: Vec<FileStatus>,
}

impl AcidState {
    /// Looks into the folder of a table or a partition; a folder that is not there has nothing in it.
    pub async fn read(stores: &Stores, location: &str, valid: &ValidWriteIds) -> Result<Self> {
        let children = match fs::list(stores, location).await {
            Ok(children) => children,
            Err(WarehouseError::NotFound(_)) => return Ok(Self::default()),
            Err(error) => return Err(error),
        };
        let mut state = Self::default();
        let mut folders = Vec::new();
        let mut others = Vec::new();
        for child in children {
            if url::is_hidden(child.name()) {
                continue;
            }
            match AcidFolder::parse(child.name()).filter(|_| child.is_dir) {
                Some(folder) => folders.push((folder, child)),
                None => others.push(child),
            }
        }
        let base = folders.iter().filter(|(f, _)| f.kind == FolderKind::Base && f.is_seen(valid));
        let base = base.max_by_key(|(folder, _)| (folder.max, folder.compaction)).cloned();
        let covered = base.as_ref().map_or(0, |(folder, _)| folder.max);
        for child in others {
            if base.is_some() {
                state.obsolete.push(child);
            } else if child.is_dir {
                collect(stores, &child.path, &mut state.originals).await?;
            } else if child.len > 0 {
                state.originals.push(child);
            }
        }
        if let Some((folder, child)) = &base {
            state.parts.push(part(stores, *folder, child).await?);
        }
        for kind in [FolderKind::Delta, FolderKind::DeleteDelta] {
            let mut of_kind: Vec<_> = folders.iter().filter(|(folder, _)| folder.kind == kind).collect();
            // Compactions come before what they cover.
            of_kind.sort_by_key(|(folder, _)| (folder.min, -folder.max, folder.statement, folder.compaction));
            let mut until = covered;
            let mut last: Option<AcidFolder> = None;
            for (folder, child) in of_kind {
                let sibling = last
                    .is_some_and(|last| (last.min, last.max) == (folder.min, folder.max) && last.statement.is_some());
                if folder.max <= until && !sibling {
                    if settled(folder, valid) {
                        state.obsolete.push(child.clone());
                    }
                    continue;
                }
                if !folder.is_seen(valid) {
                    let gone = (folder.min..=folder.max).all(|id| valid.aborted.binary_search(&id).is_ok());
                    if gone {
                        state.obsolete.push(child.clone());
                    }
                    continue;
                }
                let found = part(stores, *folder, child).await?;
                if kind == FolderKind::Delta { &mut state.parts } else { &mut state.deletes }.push(found);
                until = folder.max;
                last = Some(*folder);
            }
        }
        let bases = folders.iter().filter(|(folder, _)| folder.kind == FolderKind::Base);
        let old = bases.filter(|(folder, child)| folder.max <= covered && base.as_ref().is_some_and(|b| b.1 != *child));
        state.obsolete.extend(old.map(|(_, child)| child.clone()));
        Ok(state)
    }

    /// What goes when the rows of a write id replace all others: everything of earlier write ids that nobody is at work
    /// on. The rest stays, and is covered by the base. `valid` is what the state was read as.
    pub async fn replaced(
        &self,
        stores: &Stores,
        location: &str,
        write_id: i64,
        valid: &ValidWriteIds,
    ) -> Result<Vec<FileStatus>> {
        let mut children = match fs::list(stores, location).await {
            Ok(children) => children,
            Err(WarehouseError::NotFound(_)) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let goes = |child: &FileStatus| match AcidFolder::parse(child.name()).filter(|_| child.is_dir) {
            Some(folder) => folder.max < write_id && settled(&folder, valid),
            None => true,
        };
        children.retain(|child| !url::is_hidden(child.name()) && goes(child));
        Ok(children)
    }

    /// All files with rows or deletes.
    pub fn files(&self) -> Vec<FileStatus> {
        let of_parts = self.parts.iter().chain(&self.deletes).flat_map(|part| &part.files);
        self.originals.iter().chain(of_parts).cloned().collect()
    }
}

/// Is nobody at work any more on what is in a folder?
fn settled(folder: &AcidFolder, valid: &ValidWriteIds) -> bool {
    folder.max <= valid.high && (folder.min..=folder.max).all(|id| valid.open.binary_search(&id).is_err())
}

async fn part(stores: &Stores, folder: AcidFolder, status: &FileStatus) -> Result<Part> {
    let mut files = Vec::new();
    collect(stores, &status.path, &mut files).await?;
    files.retain(|file| !file.name().ends_with("_flush_length"));
    Ok(Part { folder, files })
}

/// The files of a folder and of those below it, which Hive makes for the branches of a `UNION ALL` and for lists of
/// skewed values.
async fn collect(stores: &Stores, folder: &str, files: &mut Vec<FileStatus>) -> Result<()> {
    let mut waiting = vec![folder.to_string()];
    while let Some(folder) = waiting.pop() {
        for child in fs::list(stores, &folder).await? {
            if url::is_hidden(child.name()) {
                continue;
            }
            if child.is_dir {
                waiting.push(child.path.clone());
            } else if child.len > 0 {
                files.push(child);
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(())
}
