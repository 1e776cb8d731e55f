//! An archive as an object store, for the readers of files.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::DateTime;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetRange, GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

use super::index::{ArchiveIndex, Bytes, Entry};

/// The files of one archive. Its objects' locations are the whole paths: that of the archive, then that within it.
#[derive(Debug)]
pub struct ArchiveStore {
    archive: PathBuf,
    index: Arc<ArchiveIndex>,
    local: Arc<dyn ObjectStore>,
}

impl ArchiveStore {
    /// `local` is the store that the archive lies in.
    pub fn new(archive: PathBuf, index: Arc<ArchiveIndex>, local: Arc<dyn ObjectStore>) -> Self {
        Self { archive, index, local }
    }

    fn find(&self, location: &Path) -> Result<(&Bytes, i64)> {
        let whole = format!("/{location}");
        let inner = whole.strip_prefix(&*self.archive.to_string_lossy());
        match inner.and_then(|inner| self.index.entry(inner)) {
            Some(Entry { bytes: Some(bytes), modified }) => Ok((bytes, *modified)),
            _ => {
                let source = format!("there is no {whole} in the archive {}", self.archive.display()).into();
                Err(Error::NotFound { path: location.to_string(), source })
            }
        }
    }

    /// The part of the file that is asked for.
    fn range(wanted: Option<GetRange>, len: u64) -> Result<Range<u64>> {
        let range = match wanted {
            None => 0..len,
            Some(GetRange::Bounded(range)) => range.start..range.end.min(len),
            Some(GetRange::Offset(start)) => start..len,
            Some(GetRange::Suffix(count)) => len.saturating_sub(count)..len,
        };
        if range.start > range.end {
            let source = format!("bytes from {} on are asked of a file of {len}", range.start).into();
            return Err(Error::Generic { store: "HadoopArchive", source });
        }
        Ok(range)
    }
}

/// Archives are never changed.
fn refused(what: &str) -> Error {
    Error::NotSupported { source: format!("cannot {what} a Hadoop archive").into() }
}

impl fmt::Display for ArchiveStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HadoopArchive({})", self.archive.display())
    }
}

#[async_trait]
impl ObjectStore for ArchiveStore {
    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let (bytes, modified) = self.find(location)?;
        let meta = ObjectMeta {
            location: location.clone(),
            last_modified: DateTime::from_timestamp_millis(modified).unwrap_or_default(),
            size: bytes.len,
            e_tag: None,
            version: None,
        };
        options.check_preconditions(&meta)?;
        let range = Self::range(options.range, bytes.len)?;
        let result = |payload| GetResult { payload, meta, range: range.clone(), attributes: Default::default() };
        if options.head || range.is_empty() {
            return Ok(result(GetResultPayload::Stream(stream::empty().boxed())));
        }
        let part = self.index.part(bytes);
        let part = Path::parse(part.to_string_lossy())?;
        let there = GetRange::Bounded(bytes.start + range.start..bytes.start + range.end);
        let found = self.local.get_opts(&part, GetOptions { range: Some(there), ..Default::default() }).await?;
        if found.range.end - found.range.start < range.end - range.start {
            let source = format!("{part} ends within {location}").into();
            return Err(Error::Generic { store: "HadoopArchive", source });
        }
        Ok(result(GetResultPayload::Stream(found.into_stream())))
    }

    fn list(&self, _prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        stream::once(async { Err(refused("list objects of")) }).boxed()
    }

    async fn list_with_delimiter(&self, _prefix: Option<&Path>) -> Result<ListResult> {
        Err(refused("list objects of"))
    }

    async fn put_opts(&self, _location: &Path, _payload: PutPayload, _options: PutOptions) -> Result<PutResult> {
        Err(refused("write into"))
    }

    async fn put_multipart_opts(
        &self,
        _location: &Path,
        _options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        Err(refused("write into"))
    }

    fn delete_stream(&self, _locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        stream::once(async { Err(refused("delete from")) }).boxed()
    }

    async fn copy_opts(&self, _from: &Path, _to: &Path, _options: CopyOptions) -> Result<()> {
        Err(refused("copy within"))
    }
}
