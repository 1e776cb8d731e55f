//! The files of a folder.

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryStreamExt, stream};

use crate::error::{Result, WarehouseError};
use crate::store::{FileStatus, Stores, fs, url};

/// Folders that are listed at the same time.
const AT_ONCE: usize = 32;

/// The files of each folder, in order of their names, without hidden and empty ones. A folder that is not there has
/// none. A folder within one is an error unless `recursive`.
pub(super) async fn list_all(stores: &Stores, folders: Vec<String>, recursive: bool) -> Result<Vec<Vec<FileStatus>>> {
    stream::iter(folders.into_iter().map(|folder| async move {
        let mut files = Vec::new();
        list(stores, &folder, recursive, &mut files).await?;
        Ok(files)
    }))
    .buffered(AT_ONCE)
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
            } else if recursive {
                list(stores, &child.path, recursive, files).await?;
            } else {
                return Err(WarehouseError::Invalid(format!("Not a file: {}", child.path)));
            }
        }
        Ok(())
    }
    .boxed()
}
