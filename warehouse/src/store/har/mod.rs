//! Hadoop archives: the files of a folder in one file, with an index beside it (`HarFileSystem`, `HadoopArchives`).
//!
//! ```text
//! data.har/_masterindex   3                                the version, then which lines of _index have which hashes
//! data.har/_index         %2F dir 17000+493+me+us 0 0 000000_0
//!                         %2F000000_0 file part-0 0 5812 17000+420+me+us
//! data.har/part-0         the bytes of the files, one after the other
//! ```
//!
//! Names in the index are encoded as in forms of web pages; those of version 1 are not. A URL within an archive is
//! `har://file-localhost/warehouse/t/ds=1/data.har/000000_0`: the scheme and the host of the file system that the archive
//! lies in, its path, and the path within it.

mod index;
mod object;
mod pack;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use parking_lot::Mutex;

pub use self::index::ArchiveIndex;
pub(super) use self::object::ArchiveStore;
pub use self::pack::pack;
use super::local;
use super::url;
use crate::error::{Result, WarehouseError};

/// What the name of an archive ends with.
const EXTENSION: &str = ".har";
/// Indexes that are kept in memory.
const KEPT: usize = 64;

/// A place in an archive on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchivePlace {
    /// The archive's folder.
    pub archive: PathBuf,
    /// The path within it, from `/` on.
    pub inner: String,
}

impl ArchivePlace {
    /// Takes a `har:` URL apart; `None` for one of another scheme. [`WarehouseError::UnsupportedScheme`] for an archive that
    /// is not in this machine's files, [`WarehouseError::Invalid`] where no part of the path is an archive.
    pub fn of(place: &str) -> Result<Option<Self>> {
        if url::scheme(place).as_deref() != Some("har") {
            return Ok(None);
        }
        let mut path = &place["har:".len()..];
        if let Some(rest) = path.strip_prefix("//") {
            let (authority, below) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
            let scheme = host.split('-').next().unwrap_or_default();
            if !matches!(scheme, "" | "file" | "pfile") {
                return Err(WarehouseError::UnsupportedScheme { scheme: scheme.to_string(), url: place.to_string() });
            }
            path = below;
        }
        let whole = url::local_path(path)?;
        let archive = whole.ancestors().find(|part| part.to_string_lossy().ends_with(EXTENSION));
        let Some(archive) = archive else {
            return Err(WarehouseError::Invalid(format!("Invalid path for the Har Filesystem. {place}")));
        };
        let inner = whole.strip_prefix(archive).unwrap_or(Path::new(""));
        Ok(Some(Self { archive: archive.to_path_buf(), inner: format!("/{}", inner.display()) }))
    }

    /// The URL of the place.
    pub fn url(&self) -> String {
        let below = if self.inner == "/" { "" } else { self.inner.as_str() };
        format!("har://file-localhost{}{below}", self.archive.display())
    }
}

/// The URL of a folder once the folder `root` above it, or itself, is an archive in its own place
/// (`ArchiveUtils.HarPathHelper`). `None` if it is not in `root`.
pub fn archived_url(root: &str, archive_name: &str, folder: &str) -> Result<Option<String>> {
    let (root, folder) = (url::local_path(root)?, url::local_path(folder)?);
    let Ok(inner) = folder.strip_prefix(&root) else { return Ok(None) };
    Ok(Some(ArchivePlace { archive: root.join(archive_name), inner: format!("/{}", inner.display()) }.url()))
}

/// The archives that this process has looked into.
#[derive(Debug, Default)]
pub struct Archives {
    known: Mutex<HashMap<PathBuf, (Stamp, Arc<ArchiveIndex>)>>,
}

/// Tells one index file from another of the same name.
type Stamp = (SystemTime, u64);

impl Archives {
    /// The index of an archive, as it is now. [`WarehouseError::NotFound`] when there is none.
    pub fn open(&self, archive: &Path) -> Result<Arc<ArchiveIndex>> {
        let file = archive.join(index::INDEX);
        let metadata = fs::metadata(&file).map_err(|e| local::failed("read", &file, e))?;
        let stamp = (metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH), metadata.len());
        if let Some((known, index)) = self.known.lock().get(archive)
            && *known == stamp
        {
            return Ok(Arc::clone(index));
        }
        let index = Arc::new(ArchiveIndex::read(archive)?);
        let mut known = self.known.lock();
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(archive.to_path_buf(), (stamp, Arc::clone(&index)));
        Ok(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        let place = |url: &str| ArchivePlace::of(url).unwrap().unwrap();
        let whole = place("har://file-localhost/w/t/ds=1/data.har");
        assert_eq!((whole.archive.to_str().unwrap(), whole.inner.as_str()), ("/w/t/ds=1/data.har", "/"));
        let part = place("har://file-localhost:-1/w/t/ds=10%3A00/data.har/hr=1/f");
        assert_eq!((part.archive.to_str().unwrap(), part.inner.as_str()), ("/w/t/ds=10%3A00/data.har", "/hr=1/f"));
        assert_eq!(part.url(), "har://file-localhost/w/t/ds=10%3A00/data.har/hr=1/f");
        for same in ["har:///w/a.har/x", "har:/w/a.har/x", "har://file/w/a.har/x", "har://me@pfile-h/w/b/../a.har/x/"] {
            assert_eq!(place(same).url(), "har://file-localhost/w/a.har/x", "{same}");
        }
        assert_eq!(ArchivePlace::of("file:/w/a.har/x").unwrap(), None);
        let foreign = ArchivePlace::of("har://hdfs-nn:8020/w/a.har").unwrap_err();
        assert_eq!(foreign.to_string(), "No FileSystem for scheme \"hdfs\": har://hdfs-nn:8020/w/a.har");
        let none = ArchivePlace::of("har:///w/t/x").unwrap_err();
        assert_eq!(none.to_string(), "Invalid path for the Har Filesystem. har:///w/t/x");
    }

    #[test]
    fn urls_of_what_was_archived() {
        let of = |folder| archived_url("file:/w/t/ds=1", "data.har", folder).unwrap();
        assert_eq!(of("file:///w/t/ds=1/").as_deref(), Some("har://file-localhost/w/t/ds=1/data.har"));
        assert_eq!(of("/w/t/ds=1/hr=2").as_deref(), Some("har://file-localhost/w/t/ds=1/data.har/hr=2"));
        assert_eq!(of("file:/w/t/ds=12"), None);
    }
}
