//! The folders that users' statements may name.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use skep_metastore::client::JOURNAL_FOLDER;

use super::har::ArchivePlace;
use super::url;
use crate::error::{Result, WarehouseError};

/// Folders that may be named, with all that is in them.
#[derive(Debug)]
pub struct AllowedFolders {
    folders: Vec<Place>,
    /// The folders, for people.
    shown: String,
}

/// A path, and the file system that it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    /// `scheme://authority` in lower case; `None` for this machine.
    system: Option<String>,
    path: PathBuf,
}

impl AllowedFolders {
    /// Folders by absolute path or URL.
    ///
    /// # Errors
    /// One is relative, or no URL.
    pub fn new<'u>(folders: impl IntoIterator<Item = &'u str>) -> Result<Self> {
        let mut places: Vec<Place> = Vec::new();
        for folder in folders {
            if url::scheme(folder).is_none() && !folder.starts_with('/') {
                return Err(WarehouseError::Invalid(format!("the folder {folder} is not absolute")));
            }
            let place = Place::of(folder)?;
            if !places.contains(&place) {
                places.push(place);
            }
        }
        let shown = places.iter().map(Place::url).collect::<Vec<_>>().join(", ");
        Ok(Self { folders: places, shown })
    }

    /// Whether a path or URL is in one of the folders, or is one of them: once `.` and `..` are resolved, and the links of as much of
    /// it as is there. What is in the folder `own` may be named, too. Nobody may name the journals of commits.
    ///
    /// # Errors
    /// [`WarehouseError::NotAllowed`] where it is not; it is no path.
    pub fn check(&self, named: &str, own: Option<&str>) -> Result<()> {
        let place = Place::of(named)?;
        let refused = || WarehouseError::NotAllowed { path: place.url(), folders: self.shown.clone() };
        // What cannot be looked at may lead anywhere.
        let resolved = place.resolved().ok_or_else(refused)?;
        // Journals of commits are carried out, whoever has written them.
        if resolved.path.components().any(|part| part.as_os_str() == JOURNAL_FOLDER) {
            return Err(refused());
        }
        let own = own.map(Place::of).transpose()?;
        let mut folders = self.folders.iter().chain(&own);
        if folders.any(|folder| folder.resolved().is_some_and(|folder| folder.holds(&resolved))) {
            return Ok(());
        }
        Err(refused())
    }
}

impl Place {
    fn of(named: &str) -> Result<Self> {
        if let Some(archive) = ArchivePlace::of(named)? {
            let inner = archive.inner.trim_start_matches('/');
            let path = if inner.is_empty() { archive.archive } else { archive.archive.join(inner) };
            return Ok(Self { system: None, path });
        }
        match url::scheme(named) {
            None => Ok(Self { system: None, path: url::local_path(named)? }),
            Some(scheme) if scheme == "file" || scheme == "pfile" => {
                Ok(Self { system: None, path: url::local_path(named)? })
            }
            Some(scheme) => {
                let rest = &named[scheme.len() + 1..];
                let (authority, path) = match rest.strip_prefix("//") {
                    Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
                    None => ("", rest),
                };
                let system = Some(format!("{scheme}://{}", authority.to_ascii_lowercase()));
                Ok(Self { system, path: url::clean(Path::new(path)) })
            }
        }
    }

    fn url(&self) -> String {
        format!("{}{}", self.system.as_deref().unwrap_or("file:"), self.path.display())
    }

    /// The place without links; `None` where one leads nowhere, or may not be followed.
    fn resolved(&self) -> Option<Self> {
        let path = if self.system.is_none() { without_links(&self.path)? } else { self.path.clone() };
        Some(Self { system: self.system.clone(), path })
    }

    fn holds(&self, other: &Place) -> bool {
        self.system == other.system && other.path.starts_with(&self.path)
    }
}

/// A path without the links in the part of it that is there.
fn without_links(path: &Path) -> Option<PathBuf> {
    let mut there = path.to_path_buf();
    let mut missing: Vec<OsString> = Vec::new();
    loop {
        match there.canonicalize() {
            Ok(found) => return Some(missing.iter().rev().fold(found, |path, part| path.join(part))),
            // A link that leads nowhere is there itself.
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
                    && there.symlink_metadata().is_err() =>
            {
                missing.push(there.file_name()?.to_os_string());
                there.pop();
            }
            Err(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(folders: &[&str]) -> AllowedFolders {
        AllowedFolders::new(folders.iter().copied()).unwrap()
    }

    #[test]
    fn every_form_of_a_path_is_the_same_path() {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().canonicalize().unwrap();
        let data = root.join("data");
        std::fs::create_dir_all(data.join("in")).unwrap();
        std::fs::create_dir(root.join("data2")).unwrap();
        std::os::unix::fs::symlink(&data, root.join("to_data")).unwrap();
        std::os::unix::fs::symlink("/etc", data.join("to_etc")).unwrap();
        std::os::unix::fs::symlink("/no/such/place", data.join("dangling")).unwrap();
        std::fs::write(data.join("file"), "x").unwrap();
        let (root, data) = (root.display().to_string(), data.display().to_string());
        for folder in [data.clone(), format!("file:{data}"), format!("{root}/x/../data/"), format!("{root}/to_data")] {
            let folders = allowed(&[&folder]);
            for path in [
                data.clone(),
                format!("{data}/in/not/there"),
                format!("file://{data}/in"),
                format!("FILE:{data}/in"),
                format!("pfile:{data}/in"),
                format!("file://localhost{data}/in"),
                format!("{data}/in/../file"),
                format!("{root}/to_data/new"),
                format!("{data}/file/below"),
                format!("har://file-localhost{data}/a.har/b"),
            ] {
                assert!(folders.check(&path, None).is_ok(), "{path} in {folder}");
            }
            for path in [
                root.clone(),
                format!("{root}/data2"),
                format!("{data}/../data2"),
                format!("{data}/in/../../data2/x"),
                format!("file://{data}/to_etc/passwd"),
                format!("{data}/to_etc"),
                format!("{data}/dangling/x"),
                format!("har:{root}/a.har"),
                "/".to_string(),
                "hdfs://h/data".to_string(),
            ] {
                let refused = folders.check(&path, None);
                assert!(matches!(refused, Err(WarehouseError::NotAllowed { .. })), "{path} in {folder}: {refused:?}");
            }
        }
        let folders = allowed(&[&data]);
        assert!(folders.check(&format!("{root}/own/t"), Some(&format!("file:{root}/own"))).is_ok());
        let told = folders.check("/etc/../usr", None).unwrap_err().to_string();
        assert!(told.contains("file:/usr") && told.contains(&format!("file:{data}")), "{told}");
    }

    #[test]
    fn journals_of_commits_are_nobodys() {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().canonicalize().unwrap().display().to_string();
        let folders = allowed(&[&root, "hdfs://name:8020/data"]);
        for path in [format!("{root}/d.db/.skep_commits/t"), "hdfs://name:8020/data/d.db/.skep_commits".to_string()] {
            assert!(folders.check(&path, None).is_err(), "{path}");
        }
        assert!(folders.check(&format!("{root}/d.db/skep_commits"), None).is_ok());
    }

    #[test]
    fn folders_elsewhere_are_compared_by_their_urls() {
        let folders = allowed(&["hdfs://Name:8020/data/", "s3a://bucket"]);
        for path in ["hdfs://name:8020/data", "HDFS://NAME:8020/data/./x", "s3a://bucket/x/../y"] {
            assert!(folders.check(path, None).is_ok(), "{path}");
        }
        for path in ["hdfs://name:8020/data/../x", "hdfs://other/data", "hdfs:/data", "s3a://bucket2/x", "/data"] {
            assert!(folders.check(path, None).is_err(), "{path}");
        }
        for folder in ["data", "./data", ""] {
            assert!(AllowedFolders::new([folder]).is_err(), "{folder}");
        }
    }
}
