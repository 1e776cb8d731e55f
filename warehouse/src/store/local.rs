//! Files and folders of this machine.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crate::error::{Result, WarehouseError};
use crate::store::url;

/// What is known of a file or a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileStatus {
    /// URL, e.g. `file:/data/t/000000_0`.
    pub path: String,
    /// Length in bytes; 0 for a folder.
    pub len: u64,
    /// Last change, in milliseconds since 1970.
    pub modified: i64,
    /// Is it a folder?
    pub is_dir: bool,
}

impl FileStatus {
    /// The last part of the path.
    pub fn name(&self) -> &str {
        url::file_name(&self.path)
    }

    fn new(path: &Path, metadata: &fs::Metadata) -> Self {
        let modified = metadata.modified().ok().and_then(|t| t.duration_since(UNIX_EPOCH).ok());
        Self {
            path: format!("file:{}", path.display()),
            len: if metadata.is_dir() { 0 } else { metadata.len() },
            modified: modified.map_or(0, |d| d.as_millis() as i64),
            is_dir: metadata.is_dir(),
        }
    }
}

pub(crate) fn status(path: &Path) -> Result<Option<FileStatus>> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(Some(FileStatus::new(path, &metadata))),
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(e) => Err(failed("stat", path, e)),
    }
}

pub(crate) fn list(folder: &Path) -> Result<Vec<FileStatus>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(|e| failed("list", folder, e))? {
        let path = entry.map_err(|e| failed("list", folder, e))?.path();
        // A link that leads nowhere, or a file that went away meanwhile, is not there.
        if let Some(status) = status(&path)? {
            found.push(status);
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

pub(crate) fn create_dir(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(|e| failed("create folder", path, e))
}

pub(crate) fn delete(path: &Path, recursive: bool) -> Result<bool> {
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(e) => return Err(failed("delete", path, e)),
    };
    let result = match (metadata.is_dir(), recursive) {
        (true, true) => fs::remove_dir_all(path),
        (true, false) => fs::remove_dir(path),
        (false, _) => fs::remove_file(path),
    };
    match result {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(e) => Err(failed("delete", path, e)),
    }
}

/// Moves a file or a folder; across file systems by copying it beside its new place first, so that a reader never
/// sees half a file there.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<()> {
    match fs::rename(from, to) {
        Ok(()) => Ok(()),
        Err(e) if e.kind() == io::ErrorKind::CrossesDevices => {
            let name = to.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            let beside = to.with_file_name(format!(".{name}.moving"));
            delete(&beside, true)?;
            copy(from, &beside)?;
            fs::rename(&beside, to).map_err(|e| failed("rename to", to, e))?;
            delete(from, true).map(|_| ())
        }
        Err(e) => Err(failed("rename", from, e)),
    }
}

pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    let metadata = fs::metadata(from).map_err(|e| failed("copy", from, e))?;
    if !metadata.is_dir() {
        fs::copy(from, to).map_err(|e| failed("copy to", to, e))?;
        return Ok(());
    }
    create_dir(to)?;
    for child in fs::read_dir(from).map_err(|e| failed("list", from, e))? {
        let child = child.map_err(|e| failed("list", from, e))?;
        copy(&child.path(), &to.join(child.file_name()))?;
    }
    Ok(())
}

pub(crate) fn move_replacing(from: &Path, to: &Path) -> Result<()> {
    // A folder takes the place of nothing but an empty one. Where it was moved before, what is there is itself.
    if from.is_file() && to.is_dir() {
        delete(to, true)?;
    }
    match rename(from, to) {
        Err(_) if !from.exists() => Ok(()),
        result => result,
    }
}

/// A second name for the file is made first, which fails when the name is taken, then the first name is removed.
/// Whoever dies in between leaves two names of one file, and that is how it is told from another file.
pub(crate) fn move_beside(from: &Path, to: &Path) -> Result<()> {
    let Some(original) = status(from)? else {
        return Ok(());
    };
    let is_same = |place: &Path| match (fs::metadata(from), fs::metadata(place)) {
        (Ok(a), Ok(b)) => a.ino() == b.ino() && a.dev() == b.dev(),
        _ => false,
    };
    for copy in 0.. {
        let place = copy_name(to, copy);
        let linked = if original.is_dir { Err(io::ErrorKind::Unsupported.into()) } else { fs::hard_link(from, &place) };
        match linked {
            Ok(()) => return delete(from, false).map(|_| ()),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                if is_one_place(from, &place) {
                    return Ok(());
                }
                if is_same(&place) {
                    return delete(from, false).map(|_| ());
                }
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound && !from.exists() => return Ok(()),
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Err(failed("move to", &place, e)),
            // A folder, another file system, or one that cannot give a file two names.
            Err(_) => {
                if !place.exists() {
                    return rename(from, &place);
                }
            }
        }
    }
    Ok(())
}

/// Do two paths lead to one name, through links maybe?
fn is_one_place(a: &Path, b: &Path) -> bool {
    a == b || matches!((fs::canonicalize(a), fs::canonicalize(b)), (Ok(a), Ok(b)) if a == b)
}

/// `000000_0`, `000000_0_copy_1`, …; the extension stays last.
fn copy_name(path: &Path, copy: u32) -> PathBuf {
    if copy == 0 {
        return path.to_path_buf();
    }
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    match name.rsplit_once('.') {
        Some((stem, extension)) => path.with_file_name(format!("{stem}_copy_{copy}.{extension}")),
        None => path.with_file_name(format!("{name}_copy_{copy}")),
    }
}

pub(crate) fn walk(root: &Path) -> Result<Vec<FileStatus>> {
    let mut files = Vec::new();
    let mut folders: Vec<PathBuf> = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for status in list(&folder)? {
            match status.is_dir {
                true => folders.push(folder.join(status.name())),
                false => files.push(status),
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

pub(crate) fn failed(action: &'static str, path: &Path, error: io::Error) -> WarehouseError {
    WarehouseError::io(action, format!("file:{}", path.display()), error)
}
