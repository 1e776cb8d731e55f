//! The index of an archive.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::ArchivePlace;
use crate::error::{Result, WarehouseError};
use crate::store::{FileStatus, local, url};

/// Name of the file with a line for each file and folder.
pub(super) const INDEX: &str = "_index";
/// Name of the file that says where in the other one a hash is to be looked for.
pub(super) const MASTER: &str = "_masterindex";
/// The newest version of the format.
pub(super) const VERSION: u32 = 3;

/// What an archive holds.
#[derive(Debug)]
pub struct ArchiveIndex {
    archive: PathBuf,
    entries: BTreeMap<String, Entry>,
    /// Names of what is in each folder.
    children: BTreeMap<String, Vec<String>>,
}

/// A file or a folder in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Last change, in milliseconds since 1970.
    pub modified: i64,
    /// Where the bytes are; `None` for a folder.
    pub bytes: Option<Bytes>,
}

/// Where the bytes of an archived file are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bytes {
    /// Name of the file that has them.
    pub part: String,
    /// Where in it they begin.
    pub start: u64,
    /// How many they are.
    pub len: u64,
}

impl ArchiveIndex {
    /// Reads the index of the archive in a folder. [`WarehouseError::Corrupt`] where it is none.
    pub fn read(archive: &Path) -> Result<Self> {
        let text = |name: &str| {
            let file = archive.join(name);
            let bytes = fs::read(&file).map_err(|e| local::failed("read", &file, e))?;
            let path = format!("file:{}", file.display());
            String::from_utf8(bytes).map_err(|_| WarehouseError::corrupt(path, "it is not UTF-8"))
        };
        let corrupt = |name: &str, reason: &str| {
            WarehouseError::corrupt(format!("file:{}", archive.join(name).display()), reason)
        };
        let master = text(MASTER)?;
        let version = master.split_whitespace().next().and_then(|word| word.parse::<u32>().ok());
        let version = version.ok_or_else(|| corrupt(MASTER, "it does not begin with a version"))?;
        if version > VERSION {
            let text = format!("Invalid version {version} of a Hadoop archive; {VERSION} is the newest known");
            return Err(corrupt(MASTER, &text));
        }
        let written = fs::metadata(archive.join(MASTER)).ok().and_then(|metadata| metadata.modified().ok());
        let written = written.and_then(|time| time.duration_since(UNIX_EPOCH).ok()).map_or(0, |d| d.as_millis() as i64);
        let mut index = Self { archive: archive.to_path_buf(), entries: BTreeMap::new(), children: BTreeMap::new() };
        for line in text(INDEX)?.lines().filter(|line| !line.is_empty()) {
            let (name, entry) = parse(line, version, written)
                .ok_or_else(|| corrupt(INDEX, &format!("a line of it is not understood: {line}")))?;
            index.add(name, entry);
        }
        Ok(index)
    }

    /// Adds an entry, and the folders above it that have none of their own.
    fn add(&mut self, name: String, entry: Entry) {
        let mut child = name.clone();
        while let Some((above, base)) = child.rsplit_once('/').filter(|(_, base)| !base.is_empty()) {
            let folder = if above.is_empty() { "/" } else { above };
            let names = self.children.entry(folder.to_string()).or_default();
            if !names.iter().any(|name| name == base) {
                names.push(base.to_string());
            }
            self.entries.entry(folder.to_string()).or_insert(Entry { modified: entry.modified, bytes: None });
            child = folder.to_string();
        }
        self.entries.insert(name, entry);
    }

    pub(super) fn entry(&self, inner: &str) -> Option<&Entry> {
        self.entries.get(inner)
    }

    /// The file with the bytes of an entry.
    pub(super) fn part(&self, bytes: &Bytes) -> PathBuf {
        self.archive.join(&bytes.part)
    }

    /// What is at a path within the archive, if anything.
    pub fn status(&self, inner: &str) -> Option<FileStatus> {
        let entry = self.entries.get(inner)?;
        Some(FileStatus {
            path: self.place(inner).url(),
            len: entry.bytes.as_ref().map_or(0, |bytes| bytes.len),
            modified: entry.modified,
            is_dir: entry.bytes.is_none(),
        })
    }

    /// What is in a folder of the archive, by name; the file itself where the path is one's.
    /// [`WarehouseError::NotFound`] when there is neither.
    pub fn list(&self, inner: &str) -> Result<Vec<FileStatus>> {
        let itself = self.status(inner).ok_or_else(|| WarehouseError::NotFound(self.place(inner).url()))?;
        if !itself.is_dir {
            return Ok(vec![itself]);
        }
        let names = self.children.get(inner).map_or(&[][..], Vec::as_slice);
        let mut found: Vec<FileStatus> = names.iter().filter_map(|name| self.status(&url::join(inner, name))).collect();
        found.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(found)
    }

    /// All files at and below a path, by path; none where nothing is.
    pub fn walk(&self, inner: &str) -> Vec<FileStatus> {
        let below = format!("{}/", inner.trim_end_matches('/'));
        let is_in = |name: &&String| name.as_str() == inner || name.starts_with(&below);
        let names = self.entries.keys().filter(is_in);
        names.filter_map(|name| self.status(name)).filter(|status| !status.is_dir).collect()
    }

    /// The first bytes of a file, at most `count`. [`WarehouseError::NotFound`] when there is none.
    pub fn read_start(&self, inner: &str, count: u64) -> Result<Vec<u8>> {
        let mut found = Vec::new();
        self.copy_to(inner, count, &mut found)?;
        Ok(found)
    }

    /// Copies a file, or a folder with all that is in it, to a place on this machine.
    /// [`WarehouseError::NotFound`] when there is neither.
    pub fn extract(&self, inner: &str, to: &Path) -> Result<()> {
        let entry = self.entries.get(inner).ok_or_else(|| WarehouseError::NotFound(self.place(inner).url()))?;
        if entry.bytes.is_some() {
            let mut file = fs::File::create(to).map_err(|e| local::failed("create", to, e))?;
            return self.copy_to(inner, u64::MAX, &mut file);
        }
        local::create_dir(to)?;
        for name in self.children.get(inner).map_or(&[][..], Vec::as_slice) {
            self.extract(&url::join(inner, name), &to.join(name))?;
        }
        Ok(())
    }

    fn copy_to(&self, inner: &str, count: u64, out: &mut impl io::Write) -> Result<()> {
        let Some(Entry { bytes: Some(bytes), .. }) = self.entries.get(inner) else {
            return Err(WarehouseError::NotFound(self.place(inner).url()));
        };
        let part = self.part(bytes);
        let wanted = bytes.len.min(count);
        let copied = fs::File::open(&part).and_then(|mut file| {
            file.seek(SeekFrom::Start(bytes.start))?;
            io::copy(&mut file.take(wanted), out)
        });
        if copied.map_err(|e| local::failed("copy", &part, e))? < wanted {
            let reason = format!("{} ends within it", part.display());
            return Err(WarehouseError::corrupt(self.place(inner).url(), reason));
        }
        Ok(())
    }

    fn place(&self, inner: &str) -> ArchivePlace {
        ArchivePlace { archive: self.archive.clone(), inner: inner.to_string() }
    }
}

/// A line: `name dir properties 0 0 child child …` or `name file part start length properties`.
fn parse(line: &str, version: u32, written: i64) -> Option<(String, Entry)> {
    let words: Vec<&str> = line.split(' ').collect();
    let [name, kind, place, start, len, rest @ ..] = words.as_slice() else { return None };
    let name = match version {
        0 | 1 => name.to_string(),
        _ => decode(name)?,
    };
    if !name.starts_with('/') || name.split('/').any(|part| part == "..") {
        return None;
    }
    let is_dir = *kind == "dir";
    let properties = if is_dir { Some(*place) } else { rest.first().copied() };
    let modified = match (version, properties) {
        (3.., Some(properties)) => {
            decode(properties)?.split(' ').next().and_then(|time| time.parse().ok()).unwrap_or(written)
        }
        _ => written,
    };
    if is_dir {
        return Some((name, Entry { modified, bytes: None }));
    }
    if place.is_empty() || place.contains('/') || *place == ".." {
        return None;
    }
    let bytes = Bytes { part: place.to_string(), start: start.parse().ok()?, len: len.parse().ok()? };
    bytes.start.checked_add(bytes.len)?;
    Some((name, Entry { modified, bytes: Some(bytes) }))
}

/// Text as in forms of web pages (Java's `URLEncoder`).
pub(super) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'*' | b'_' => out.push(byte as char),
            b' ' => out.push('+'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// The text that [`encode`] was given; `None` where it gives no such text.
fn decode(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'%' => {
                let digits = std::str::from_utf8(bytes.get(at + 1..at + 3)?).ok()?;
                out.push(u8::from_str_radix(digits, 16).ok()?);
                at += 2;
            }
            b'+' => out.push(b' '),
            byte => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8(out).ok()
}

/// The number that an archive sorts its paths by (`HarFileSystem.getHarHash`): Java's hash of the text without its sign.
pub(super) fn hash(path: &str) -> u32 {
    let hash = path.encode_utf16().fold(0i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)));
    (hash & 0x7fff_ffff) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_encoded() {
        for (text, encoded) in
            [("/hr=1/a b", "%2Fhr%3D1%2Fa+b"), ("/größe", "%2Fgr%C3%B6%C3%9Fe"), ("/a%3Ab", "%2Fa%253Ab")]
        {
            assert_eq!(encode(text), encoded);
            assert_eq!(decode(encoded).as_deref(), Some(text));
        }
        assert_eq!((decode("%2"), decode("%zz"), decode("%FF")), (None, None, None));
        assert_eq!((hash("/"), hash("/000000_0")), (47, hash("/000000_0") & 0x7fff_ffff));
    }

    #[test]
    fn lines_of_every_version() {
        let line = "%2Fa+b file part-0 3 5 17000+420+me+us ";
        let entry = |modified| Entry { modified, bytes: Some(Bytes { part: "part-0".into(), start: 3, len: 5 }) };
        assert_eq!(parse(line, 3, 9), Some(("/a b".into(), entry(17000))));
        assert_eq!(parse("%2Fa+b file part-0 3 5 ", 2, 9), Some(("/a b".into(), entry(9))));
        assert_eq!(parse("/a+b file part-0 3 5 ", 1, 9), Some(("/a+b".into(), entry(9))));
        let folder = Entry { modified: 5, bytes: None };
        assert_eq!(parse("%2F dir 5+493+me+us 0 0 x y ", 3, 9), Some(("/".into(), folder)));
        for wrong in [
            "",
            "%2F",
            "x file part-0 0 1 1+1+a+b",
            "%2Fx file ../up 0 1 1+1+a+b",
            "%2Fx file part-0 0 -1 1+1+a+b",
            "%2Fx file part-0 18446744073709551615 1 1+1+a+b",
            "%2F..%2Fx file part-0 0 1 1+1+a+b",
        ] {
            assert_eq!(parse(wrong, 3, 0), None, "{wrong}");
        }
    }
}
