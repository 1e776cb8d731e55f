//! Hadoop's path URLs, taken apart and put together.

use std::path::{Component, Path, PathBuf};

use super::har::ArchivePlace;
use crate::error::{Result, WarehouseError};

/// Scheme of a URL in lower case, if it has one: letters, digits, `+`, `-`, `.` before the first colon, that stands
/// before the first slash.
pub fn scheme(url: &str) -> Option<String> {
    let (scheme, _) = url.split_once(':')?;
    let mut chars = scheme.chars();
    let ok = chars.next().is_some_and(|c| c.is_ascii_alphabetic())
        && chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    ok.then(|| scheme.to_ascii_lowercase())
}

/// The path on this machine that a `file:` URL or a plain path names; relative ones are taken from the current
/// folder. `.` and `..` are resolved by text.
pub fn local_path(url: &str) -> Result<PathBuf> {
    let path = match scheme(url) {
        None => url,
        // pfile: is what Hive's ProxyLocalFileSystem calls the files of this machine.
        Some(name) if name == "file" || name == "pfile" => {
            let rest = &url[name.len() + 1..];
            match rest.strip_prefix("//") {
                // file://host/path: only this machine can be meant.
                Some(authority) => authority.find('/').map_or("/", |slash| &authority[slash..]),
                None => rest,
            }
        }
        Some(name) if name == "har" => {
            return Err(WarehouseError::Invalid(format!("a Hadoop archive is only read, not changed: {url}")));
        }
        Some(scheme) => return Err(WarehouseError::UnsupportedScheme { scheme, url: url.to_string() }),
    };
    if path.is_empty() {
        return Err(WarehouseError::Invalid("Can not create a Path from an empty string".to_string()));
    }
    let path = std::path::absolute(path).map_err(|e| WarehouseError::io("resolve", url, e))?;
    Ok(clean(&path))
}

/// An absolute path without `.` and `..`, which are resolved by text.
pub(super) fn clean(path: &Path) -> PathBuf {
    let mut clean = PathBuf::from("/");
    for component in path.components() {
        match component {
            Component::Normal(part) => clean.push(part),
            Component::ParentDir => {
                clean.pop();
            }
            _ => {}
        }
    }
    clean
}

/// The one form in which URLs are kept and compared: `file:/a/b` (`har://file-localhost/a/b.har/c` in a
/// Hadoop archive), without a slash at the end.
pub fn normalize(url: &str) -> Result<String> {
    if let Some(place) = ArchivePlace::of(url)? {
        return Ok(place.url());
    }
    Ok(format!("file:{}", local_path(url)?.display()))
}

/// A child of a folder.
pub fn join(folder: &str, name: &str) -> String {
    format!("{}/{}", folder.trim_end_matches('/'), name.trim_start_matches('/'))
}

/// The last part of a URL.
pub fn file_name(url: &str) -> &str {
    let trimmed = url.trim_end_matches('/');
    trimmed.rsplit_once('/').map_or(trimmed, |(_, name)| name)
}

/// The folder a URL lies in, if it is not a root.
pub fn parent(url: &str) -> Option<&str> {
    let trimmed = url.trim_end_matches('/');
    trimmed.rsplit_once('/').map(|(folder, _)| folder).filter(|folder| !folder.is_empty() && *folder != "file:")
}

/// Is this a file that Hive passes over: a name that begins with `_` or `.`?
pub fn is_hidden(name: &str) -> bool {
    name.starts_with(['_', '.'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_local_url() {
        for url in ["file:/a/b c%3A/x", "file:///a/b c%3A/x", "/a/b c%3A/x", "/a/./q/../b c%3A/x/", "FILE:/a/b c%3A/x"]
        {
            assert_eq!(normalize(url).unwrap(), "file:/a/b c%3A/x", "{url}");
        }
        assert_eq!(normalize("/a/ds=1:2").unwrap(), "file:/a/ds=1:2");
        let error = local_path("s3a://bucket/x").unwrap_err();
        assert_eq!(error.to_string(), "No FileSystem for scheme \"s3a\": s3a://bucket/x");
        assert!(local_path("").is_err());
        assert_eq!(join("file:/a/", "b"), "file:/a/b");
        assert_eq!((file_name("file:/a/b/"), parent("file:/a/b/")), ("b", Some("file:/a")));
        assert_eq!(parent("file:/a"), None);
    }
}
