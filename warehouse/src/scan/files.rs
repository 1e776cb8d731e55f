//! The files of a folder.

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryStreamExt, stream};

use crate::error::{Result, WarehouseError};
use crate::store::{FileStatus, Stores, fs, url};

/// Folders that are listed at the same time.
pub(super) const FOLDERS_AT_ONCE: usize = 32;

/// Folders that Hive's transactional tables keep their files in.
const ACID_FOLDERS: &[&str] = &["base_", "delta_", "delete_delta_"];
/// Folders that Hive leaves where the branches of a `UNION ALL` were written side by side.
const UNION_FOLDER: &str = "HIVE_UNION_SUBDIR_";

/// The files of each folder, in order of their names, without hidden and empty ones. A folder that is not there has
/// none. A folder within one is an error unless `true` stands beside it.
pub(super) async fn list_all(stores: &Stores, folders: Vec<(String, bool)>) -> Result<Vec<Vec<FileStatus>>> {
    stream::iter(folders.into_iter().map(|(folder, recursive)| async move {
        let mut files = Vec::new();
        list(stores, &folder, recursive, &mut files).await?;
        Ok(files)
    }))
    .buffered(FOLDERS_AT_ONCE)
    .try_collect()
    .await
}

fn list<'a>(
    stores: &'a Stores,
    folder: &'a str,
    recursive: bool,
    files: &'a mut Vec<FileStatus>,
) -> BoxFuture<'a, Result<()>> {
    async move {
        let children = match fs::list(stores, folder).await {
            Ok(children) => children,
            Err(WarehouseError::NotFound(_)) => return Ok(()),
            Err(error) => return Err(error),
        };
        for child in children {
            if url::is_hidden(child.name()) {
                continue;
            }
            if !child.is_dir {
                if child.len > 0 {
                    files.push(child);
                }
            } else if ACID_FOLDERS.iter().any(|prefix| child.name().starts_with(prefix)) {
                return Err(WarehouseError::Unsupported(format!(
                    "Reading files of a transactional table ({})",
                    child.path
                )));
            } else if recursive || child.name().starts_with(UNION_FOLDER) {
                list(stores, &child.path, recursive, files).await?;
            } else {
                return Err(WarehouseError::Invalid(format!("Not a file: {}", child.path)));
            }
        }
        Ok(())
    }
    .boxed()
}
