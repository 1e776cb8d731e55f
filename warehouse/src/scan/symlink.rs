//! Files that list the files of a table (`SymlinkTextInputFormat`).

use std::sync::Arc;

use super::unit::ScanUnit;
use crate::error::{Result, WarehouseError};
use crate::store::{AllowedFolders, FileStatus, Stores, fs, url};

/// The class.
pub const INPUT_FORMAT: &str = "org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat";

/// Puts the files that lists of paths name in the place of the lists, for the units that have such. A path may be that
/// of a folder. [`WarehouseError::NotFound`] where there is nothing, [`WarehouseError::NotAllowed`] where it is in none of the allowed
/// folders, and not in the table's.
pub async fn follow_links(
    stores: &Stores,
    allowed: Option<&AllowedFolders>,
    files: Vec<(Arc<ScanUnit>, Vec<FileStatus>)>,
) -> Result<Vec<(Arc<ScanUnit>, Vec<FileStatus>)>> {
    let mut followed = Vec::with_capacity(files.len());
    for (unit, lists) in files {
        if !unit.has_links() {
            followed.push((unit, lists));
            continue;
        }
        let mut targets = Vec::new();
        for list in lists {
            let bytes = fs::read(stores, &list.path).await?;
            for line in String::from_utf8_lossy(&bytes).lines().filter(|line| !line.is_empty()) {
                if let Some(allowed) = allowed {
                    allowed.check(line, Some(&unit.location))?;
                }
                targets.extend(target(stores, line).await?);
            }
        }
        followed.push((unit, targets));
    }
    Ok(followed)
}

async fn target(stores: &Stores, path: &str) -> Result<Vec<FileStatus>> {
    let Some(status) = fs::status(stores, path).await? else {
        return Err(WarehouseError::NotFound(path.to_string()));
    };
    let found = if status.is_dir { fs::list(stores, &status.path).await? } else { vec![status] };
    Ok(found.into_iter().filter(|file| !file.is_dir && file.len > 0 && !url::is_hidden(file.name())).collect())
}
