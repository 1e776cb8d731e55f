//! Where files are, by URL.
//!
//! URLs are Hadoop's: `file:/a/b`, `file:///a/b` or a plain path; what stands in them is never percent-decoded, so
//! the folder `ds=10%3A00` of a partition is exactly that.

mod allowed;
pub mod fs;
pub mod glob;
pub mod har;
mod input;
pub(crate) mod local;
pub(crate) mod output;
pub mod url;

use std::sync::Arc;

use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::path::Path;

pub use self::allowed::AllowedFolders;
use self::har::{ArchivePlace, ArchiveStore, Archives};
pub use self::input::open_input;
pub use self::local::FileStatus;
pub use self::output::{LocalOutput, Output, OutputFile};
use crate::error::{Result, WarehouseError};

/// The file systems a process can reach. Cheap to share; one for the whole process is enough.
#[derive(Debug)]
pub struct Stores {
    local: Arc<dyn ObjectStore>,
    archives: Arc<Archives>,
}

impl Default for Stores {
    fn default() -> Self {
        Self::new()
    }
}

impl Stores {
    /// The local file system, and the Hadoop archives in it.
    pub fn new() -> Self {
        Self { local: Arc::new(LocalFileSystem::new()), archives: Arc::default() }
    }

    /// The store that a URL lives in, and the place within it. [`WarehouseError::UnsupportedScheme`] for a scheme
    /// that is not built in.
    pub fn open(&self, url: &str) -> Result<(Arc<dyn ObjectStore>, Path)> {
        let (store, path) = match ArchivePlace::of(url)? {
            None => (Arc::clone(&self.local), url::local_path(url)?),
            Some(place) => {
                let index = self.archives.open(&place.archive)?;
                let path = place.archive.join(place.inner.trim_start_matches('/'));
                let store = ArchiveStore::new(place.archive, index, Arc::clone(&self.local));
                (Arc::new(store) as Arc<dyn ObjectStore>, path)
            }
        };
        let text = path.to_str().ok_or_else(|| WarehouseError::Invalid(format!("{url} is not Unicode")))?;
        let path = Path::parse(text).map_err(|e| WarehouseError::store("open", url, e.into()))?;
        Ok((store, path))
    }

    /// The Hadoop archives that were looked into.
    pub(super) fn archives(&self) -> Arc<Archives> {
        Arc::clone(&self.archives)
    }

    /// The URL of an object of the local file system.
    pub fn url(&self, path: &Path) -> String {
        format!("file:/{path}")
    }

    /// Begins a file; folders above it are made. The file is complete when [`OutputFile::close`] has returned.
    pub fn create(&self, url: &str) -> Result<Output> {
        Ok(Box::new(LocalOutput::create(url)?))
    }
}
