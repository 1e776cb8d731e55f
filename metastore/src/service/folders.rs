//! The folders of databases, tables and partitions: made, moved, measured and removed as the catalog changes
//! (`Warehouse` of Hive's metastore).

use std::fmt::Debug;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{MetastoreError, Result};

/// What is in a folder, as `numFiles` and `totalSize` tell it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Contents {
    /// Number of files, in all folders below it.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// A file system, as far as a catalog needs one. Folders are given as URLs or absolute paths. What cannot be done is a
/// [`MetastoreError::Store`] that names the folder.
pub trait Folders: Debug + Send + Sync {
    /// The URL of a folder in the form in which the catalog keeps it, e.g. `file:/data/t`.
    fn url(&self, folder: &str) -> Result<String>;
    /// Is the folder there?
    fn exists(&self, folder: &str) -> Result<bool>;
    /// Makes a folder and those above it. Says whether it was not there before.
    fn make(&self, folder: &str) -> Result<bool>;
    /// Moves a folder; what is above the new one is made.
    fn rename(&self, from: &str, to: &str) -> Result<()>;
    /// Removes a folder and all that is in it. One that is not there is no error.
    fn remove(&self, folder: &str) -> Result<()>;
    /// Removes a folder in which there is nothing. Says whether it did.
    fn remove_if_empty(&self, folder: &str) -> Result<bool>;
    /// Removes what is in a folder, but not the folder.
    fn empty(&self, folder: &str) -> Result<()>;
    /// Counts the files of a folder whose names do not begin with `_` or `.`; nothing where the folder is not there.
    fn measure(&self, folder: &str) -> Result<Contents>;
}

/// The folders of this machine. URLs of other file systems are kept as they are: nothing is made there, and there is
/// nothing to count.
#[derive(Debug, Clone, Copy, Default)]
pub struct LocalFolders;

/// The path of a `file:` URL or of a plain path; none for another file system.
fn local(folder: &str) -> Result<Option<PathBuf>> {
    let path = match folder.split_once(':') {
        Some(("file" | "pfile", rest)) => {
            // file:/a, file:///a, file://host/a
            match rest.strip_prefix("//") {
                Some(rest) => rest.find('/').map_or("/", |at| &rest[at..]).to_string(),
                None => rest.to_string(),
            }
        }
        Some((scheme, _)) if scheme.len() > 1 && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+') => {
            return Ok(None);
        }
        _ => folder.to_string(),
    };
    if !path.starts_with('/') {
        return Err(MetastoreError::InvalidObject(format!("{folder} is no absolute path")));
    }
    if path.split('/').any(|part| part == "..") {
        return Err(MetastoreError::InvalidObject(format!("{folder} leads out of its folder")));
    }
    Ok(Some(PathBuf::from(path)))
}

fn failed(folder: &Path, what: &str, error: &io::Error) -> MetastoreError {
    MetastoreError::Store { path: folder.display().to_string(), reason: format!("{what}: {error}") }
}

impl Folders for LocalFolders {
    fn url(&self, folder: &str) -> Result<String> {
        let Some(path) = local(folder)? else { return Ok(folder.to_string()) };
        let text = path.display().to_string();
        let trimmed = text.trim_end_matches('/');
        Ok(format!("file:{}", if trimmed.is_empty() { "/" } else { trimmed }))
    }

    fn exists(&self, folder: &str) -> Result<bool> {
        Ok(local(folder)?.is_some_and(|path| path.is_dir()))
    }

    fn make(&self, folder: &str) -> Result<bool> {
        let Some(path) = local(folder)? else { return Ok(false) };
        if path.is_dir() {
            return Ok(false);
        }
        fs::create_dir_all(&path).map_err(|error| failed(&path, "the folder cannot be made", &error))?;
        Ok(true)
    }

    fn rename(&self, from: &str, to: &str) -> Result<()> {
        let (Some(from), Some(to)) = (local(from)?, local(to)?) else {
            let message = format!("the folder {from} cannot be moved to {to}: this server moves local folders only");
            return Err(MetastoreError::InvalidOperation(message));
        };
        if let Some(above) = to.parent() {
            fs::create_dir_all(above).map_err(|error| failed(above, "the folder cannot be made", &error))?;
        }
        fs::rename(&from, &to).map_err(|error| failed(&from, "the folder cannot be moved", &error))
    }

    fn remove(&self, folder: &str) -> Result<()> {
        let Some(path) = local(folder)? else { return Ok(()) };
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(failed(&path, "the folder cannot be removed", &error))
            }
            _ => Ok(()),
        }
    }

    fn remove_if_empty(&self, folder: &str) -> Result<bool> {
        // The system itself refuses to remove a folder that is not empty.
        Ok(local(folder)?.is_some_and(|path| fs::remove_dir(path).is_ok()))
    }

    fn empty(&self, folder: &str) -> Result<()> {
        let Some(path) = local(folder)? else { return Ok(()) };
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(failed(&path, "the folder cannot be read", &error)),
        };
        for entry in entries {
            let entry = entry.map_err(|error| failed(&path, "the folder cannot be read", &error))?;
            let kind = entry.file_type().map_err(|error| failed(&entry.path(), "it cannot be looked at", &error))?;
            let done = if kind.is_dir() { fs::remove_dir_all(entry.path()) } else { fs::remove_file(entry.path()) };
            done.map_err(|error| failed(&entry.path(), "it cannot be removed", &error))?;
        }
        Ok(())
    }

    fn measure(&self, folder: &str) -> Result<Contents> {
        let mut contents = Contents::default();
        let mut folders: Vec<PathBuf> = local(folder)?.into_iter().collect();
        while let Some(path) = folders.pop() {
            let entries = match fs::read_dir(&path) {
                Ok(entries) => entries,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(failed(&path, "the folder cannot be read", &error)),
            };
            for entry in entries {
                let entry = entry.map_err(|error| failed(&path, "the folder cannot be read", &error))?;
                if entry.file_name().as_encoded_bytes().first().is_some_and(|first| b"_.".contains(first)) {
                    continue;
                }
                // A file that is gone by now does not count.
                let Ok(metadata) = entry.metadata() else { continue };
                if metadata.is_dir() {
                    folders.push(entry.path());
                } else {
                    contents.files += 1;
                    contents.bytes += metadata.len();
                }
            }
        }
        Ok(contents)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_come_move_and_go() {
        let scratch = tempfile::tempdir().unwrap();
        let root = format!("file:{}", scratch.path().display());
        let folders = LocalFolders;
        let (one, two) = (format!("{root}/a/b"), format!("{root}/c/d"));
        assert!(folders.make(&one).unwrap());
        assert!(!folders.make(&one).unwrap());
        fs::write(scratch.path().join("a/b/f"), "12345").unwrap();
        fs::write(scratch.path().join("a/b/_SUCCESS"), "").unwrap();
        assert_eq!(folders.measure(&format!("{root}/a")).unwrap(), Contents { files: 1, bytes: 5 });
        folders.rename(&one, &two).unwrap();
        assert!(folders.exists(&two).unwrap() && !folders.exists(&one).unwrap());
        folders.empty(&two).unwrap();
        assert_eq!(folders.measure(&two).unwrap(), Contents::default());
        folders.remove(&two).unwrap();
        folders.remove(&two).unwrap();
        assert!(!folders.exists(&two).unwrap());
    }

    #[test]
    fn urls_are_paths() {
        assert_eq!(LocalFolders.url("/a/b/").unwrap(), "file:/a/b");
        assert_eq!(LocalFolders.url("file:///a/b").unwrap(), "file:/a/b");
        assert_eq!(LocalFolders.url("hdfs://h:1/a").unwrap(), "hdfs://h:1/a");
        assert!(LocalFolders.url("a/b").is_err());
        assert!(LocalFolders.make("file:/a/../b").is_err());
        assert!(!LocalFolders.make("s3a://bucket/x").unwrap());
    }
}
