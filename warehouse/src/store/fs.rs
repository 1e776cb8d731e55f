//! What one does with files and folders, by URL. All functions run on a thread that may block.

use bytes::Bytes;

use super::har::{self, ArchiveIndex, ArchivePlace};
use super::{FileStatus, Stores, local, url};
use crate::error::{Result, WarehouseError};

/// Runs file work on a thread that may block.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let joined = tokio::task::spawn_blocking(work).await;
    joined.map_err(|e| WarehouseError::Invalid(format!("file work was cut short: {e}")))?
}

/// Looks at a place in a Hadoop archive; `None` where the URL is not one's.
async fn in_archive<T: Send + 'static>(
    stores: &Stores,
    url: &str,
    look: impl FnOnce(&ArchiveIndex, &str) -> Result<T> + Send + 'static,
) -> Result<Option<T>> {
    let Some(place) = ArchivePlace::of(url)? else { return Ok(None) };
    let archives = stores.archives();
    blocking(move || Ok(Some(look(archives.open(&place.archive)?.as_ref(), &place.inner)?))).await
}

/// Is there a file or a folder?
pub async fn exists(stores: &Stores, url: &str) -> Result<bool> {
    Ok(status(stores, url).await?.is_some())
}

/// What is there, if anything.
pub async fn status(stores: &Stores, url: &str) -> Result<Option<FileStatus>> {
    match in_archive(stores, url, |index, inner| Ok(index.status(inner))).await {
        Ok(None) => {}
        Ok(Some(found)) => return Ok(found),
        Err(WarehouseError::NotFound(_)) => return Ok(None),
        Err(error) => return Err(error),
    }
    let path = url::local_path(url)?;
    blocking(move || local::status(&path)).await
}

/// Makes a folder and those above it; one that is there is no error.
pub async fn create_dir(_stores: &Stores, url: &str) -> Result<()> {
    let path = url::local_path(url)?;
    blocking(move || local::create_dir(&path)).await
}

/// Children of a folder by name, or the file itself. [`WarehouseError::NotFound`] when there is neither.
pub async fn list(stores: &Stores, url: &str) -> Result<Vec<FileStatus>> {
    if let Some(found) = in_archive(stores, url, |index, inner| index.list(inner)).await? {
        return Ok(found);
    }
    let path = url::local_path(url)?;
    blocking(move || match local::status(&path)? {
        Some(status) if status.is_dir => local::list(&path),
        Some(status) => Ok(vec![status]),
        None => Err(WarehouseError::NotFound(format!("file:{}", path.display()))),
    })
    .await
}

/// All files below a folder, at any depth, by path; none when there is no such folder.
pub async fn walk(stores: &Stores, url: &str) -> Result<Vec<FileStatus>> {
    match in_archive(stores, url, |index, inner| Ok(index.walk(inner))).await {
        Ok(None) => {}
        Ok(Some(found)) => return Ok(found),
        Err(WarehouseError::NotFound(_)) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    }
    let path = url::local_path(url)?;
    blocking(move || match local::status(&path)? {
        Some(status) if status.is_dir => local::walk(&path),
        Some(status) => Ok(vec![status]),
        None => Ok(Vec::new()),
    })
    .await
}

/// Removes a file or a folder. A folder with something in it goes only when `recursive`. Returns whether there was
/// anything.
pub async fn delete(_stores: &Stores, url: &str, recursive: bool) -> Result<bool> {
    let path = url::local_path(url)?;
    blocking(move || local::delete(&path, recursive)).await
}

/// Moves a file or a folder to a new name, whose folder must be there.
pub async fn rename(_stores: &Stores, from: &str, to: &str) -> Result<()> {
    let (from, to) = (url::local_path(from)?, url::local_path(to)?);
    blocking(move || local::rename(&from, &to)).await
}

/// Moves a file to a place that it takes over. Nothing happens when it is not there: it was moved before.
pub async fn move_replacing(_stores: &Stores, from: &str, to: &str) -> Result<()> {
    let (from, to) = (url::local_path(from)?, url::local_path(to)?);
    blocking(move || local::move_replacing(&from, &to)).await
}

/// Moves a file to a place, or, when that is taken, to the next free one with Hive's `_copy_N` before its extension.
/// Nothing happens when the file is not there: it was moved before. Two that want one place at once both get one.
pub async fn move_beside(_stores: &Stores, from: &str, to: &str) -> Result<()> {
    let (from, to) = (url::local_path(from)?, url::local_path(to)?);
    blocking(move || local::move_beside(&from, &to)).await
}

/// Copies a file, or a folder with all that is in it.
pub async fn copy(stores: &Stores, from: &str, to: &str) -> Result<()> {
    let target = url::local_path(to)?;
    let from_archive = in_archive(stores, from, move |index, inner| index.extract(inner, &target));
    if from_archive.await?.is_some() {
        return Ok(());
    }
    let (from, to) = (url::local_path(from)?, url::local_path(to)?);
    blocking(move || local::copy(&from, &to)).await
}

/// The whole of a file.
pub async fn read(stores: &Stores, url: &str) -> Result<Bytes> {
    if let Some(found) = in_archive(stores, url, |index, inner| index.read_start(inner, u64::MAX)).await? {
        return Ok(found.into());
    }
    let path = url::local_path(url)?;
    blocking(move || Ok(std::fs::read(&path).map_err(|e| local::failed("read", &path, e))?.into())).await
}

/// The first bytes of a file, at most `count`.
pub async fn read_start(stores: &Stores, url: &str, count: usize) -> Result<Bytes> {
    if let Some(found) = in_archive(stores, url, move |index, inner| index.read_start(inner, count as u64)).await? {
        return Ok(found.into());
    }
    let path = url::local_path(url)?;
    blocking(move || {
        let mut start = Vec::new();
        let file = std::fs::File::open(&path).map_err(|e| local::failed("read", &path, e))?;
        let read = std::io::Read::read_to_end(&mut std::io::Read::take(file, count as u64), &mut start);
        read.map_err(|e| local::failed("read", &path, e))?;
        Ok(start.into())
    })
    .await
}

/// Replaces the whole of a file; folders above it are made.
pub async fn write(stores: &Stores, url: &str, bytes: Bytes) -> Result<()> {
    let mut output = stores.create(url)?;
    let url = url.to_string();
    blocking(move || {
        std::io::Write::write_all(&mut output, &bytes).map_err(|e| WarehouseError::io("write", url, e))?;
        output.close().map(|_| ())
    })
    .await
}

/// How much there is at a URL.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DiskUse {
    /// Number of files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Files and bytes at and below a URL.
pub async fn du(stores: &Stores, url: &str) -> Result<DiskUse> {
    let files = walk(stores, url).await?;
    Ok(DiskUse { files: files.len() as u64, bytes: files.iter().map(|f| f.len).sum() })
}

/// Files and bytes below a folder, without what is hidden or in a hidden folder: those that are part of a table.
pub async fn table_use(stores: &Stores, folder: &str) -> Result<DiskUse> {
    let root = format!("{}/", url::normalize(folder)?);
    let mut files = walk(stores, folder).await?;
    files.retain(|file| !file.path.strip_prefix(&root).unwrap_or(file.name()).split('/').any(url::is_hidden));
    Ok(DiskUse { files: files.len() as u64, bytes: files.iter().map(|f| f.len).sum() })
}

/// Puts all that is in a folder of this machine into a new Hadoop archive, whose folder must be there; see [`har::pack`].
pub async fn pack(_stores: &Stores, folder: &str, archive: &str) -> Result<()> {
    let (folder, archive) = (url::local_path(folder)?, url::local_path(archive)?);
    blocking(move || har::pack(&folder, &archive)).await
}

#[cfg(test)]
mod tests {
    use futures::TryStreamExt;
    use object_store::ObjectStoreExt;

    use super::*;

    #[tokio::test]
    async fn names_survive() {
        let dir = tempfile::tempdir().unwrap();
        let stores = Stores::new();
        let root = format!("file:{}", dir.path().display());
        for name in ["ds=2024-01-01 10%3A00", "a:b", "größe=日本", "x=%25y", "q?*[~]#x", "1+1", "back\\slash", "a#1b"]
        {
            let file = url::join(&url::join(&root, name), "000000_0");
            write(&stores, &file, Bytes::from_static(b"hi")).await.unwrap();
            assert!(dir.path().join(name).join("000000_0").is_file(), "{name}");
            let (store, path) = stores.open(&file).unwrap();
            assert_eq!(store.get(&path).await.unwrap().bytes().await.unwrap().as_ref(), b"hi");
            let (_, folder) = stores.open(&url::join(&root, name)).unwrap();
            let listed: Vec<_> = store.list(Some(&folder)).try_collect().await.unwrap();
            assert_eq!(listed.len(), 1, "{name}");
            assert_eq!(stores.url(&listed[0].location), file);
            assert_eq!(walk(&stores, &url::join(&root, name)).await.unwrap()[0].path, file);
        }
        assert_eq!(du(&stores, &root).await.unwrap(), DiskUse { files: 8, bytes: 16 });
        for hidden in ["a:b/.000000_0.crc", "a:b/_tmp/f"] {
            write(&stores, &url::join(&root, hidden), Bytes::from_static(b"no")).await.unwrap();
        }
        assert_eq!(table_use(&stores, &root).await.unwrap(), DiskUse { files: 8, bytes: 16 });
    }

    #[tokio::test]
    async fn files_and_folders() {
        let dir = tempfile::tempdir().unwrap();
        let stores = Stores::new();
        let root = format!("file:{}", dir.path().display());
        let at = |name: &str| url::join(&root, name);
        assert!(matches!(list(&stores, &at("no")).await, Err(WarehouseError::NotFound(_))));
        assert!(matches!(read(&stores, &at("no")).await, Err(WarehouseError::NotFound(_))));
        create_dir(&stores, &at("a/b")).await.unwrap();
        write(&stores, &at("a/f"), Bytes::from_static(b"12")).await.unwrap();
        copy(&stores, &at("a"), &at("c")).await.unwrap();
        rename(&stores, &at("a/f"), &at("a/b/g")).await.unwrap();
        let names: Vec<_> = list(&stores, &at("a")).await.unwrap().iter().map(|s| s.name().to_string()).collect();
        assert_eq!(names, ["b"]);
        assert_eq!(read(&stores, &at("c/f")).await.unwrap().as_ref(), b"12");
        assert!(delete(&stores, &at("a"), false).await.is_err());
        assert!(delete(&stores, &at("a"), true).await.unwrap());
        assert!(!delete(&stores, &at("a"), true).await.unwrap());
    }
}
