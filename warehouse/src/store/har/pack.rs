//! Archives are made.

use std::fs::{self, File, Metadata};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::UNIX_EPOCH;

use super::index::{INDEX, MASTER, VERSION, encode, hash};
use crate::error::{Result, WarehouseError};
use crate::store::local;

/// The file with the bytes.
const PART: &str = "part-0";
/// Lines of the index that one line of the master index stands for.
const LINES: usize = 1000;

/// Puts all files and folders of a folder into a new archive (`HadoopArchives`); `archive` must not be there. Checksums of
/// Hadoop's local file system (`.name.crc`) are no files of their own.
pub fn pack(folder: &Path, archive: &Path) -> Result<()> {
    fs::create_dir(archive).map_err(|e| local::failed("create folder", archive, e))?;
    let part = archive.join(PART);
    let file = File::create_new(&part).map_err(|e| local::failed("create", &part, e))?;
    let mut packer = Packer { part: BufWriter::new(file), written: 0, lines: Vec::new(), owners: Owners::read() };
    packer.add(folder, "/")?;
    let failed = |e: io::Error| local::failed("write", &part, e);
    packer.part.flush().map_err(failed)?;
    packer.part.get_ref().sync_all().map_err(failed)?;
    let mut lines = packer.lines;
    lines.sort_by_key(|(hash, _)| *hash);
    write_index(archive, &lines)
}

fn write_index(archive: &Path, lines: &[(u32, String)]) -> Result<()> {
    let (mut index, mut master) = (String::new(), format!("{VERSION} \n"));
    let mut first = 0;
    for block in lines.chunks(LINES) {
        let start = index.len();
        for (_, line) in block {
            index.push_str(line);
            index.push('\n');
        }
        let last = block.last().map_or(first, |(hash, _)| *hash);
        master.push_str(&format!("{first} {last} {start} {} \n", index.len()));
        first = last;
    }
    for (name, text) in [(INDEX, index), (MASTER, master)] {
        let file = archive.join(name);
        let written = File::create_new(&file).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
        written.map_err(|e| local::failed("write", &file, e))?;
    }
    Ok(())
}

struct Packer {
    part: BufWriter<File>,
    written: u64,
    lines: Vec<(u32, String)>,
    owners: Owners,
}

impl Packer {
    /// Adds a folder of this path within the archive, and all that is in it.
    fn add(&mut self, folder: &Path, inner: &str) -> Result<()> {
        let names = names_in(folder)?;
        let metadata = fs::metadata(folder).map_err(|e| local::failed("stat", folder, e))?;
        let mut line = format!("{} dir {} 0 0 ", encode(inner), self.owners.properties(&metadata));
        for name in &names {
            line.push_str(&encode(name));
            line.push(' ');
        }
        self.lines.push((hash(inner), line));
        for name in &names {
            let path = folder.join(name);
            let inner = format!("{}/{name}", inner.trim_end_matches('/'));
            let metadata = fs::metadata(&path).map_err(|e| local::failed("stat", &path, e))?;
            if metadata.is_dir() {
                self.add(&path, &inner)?;
                continue;
            }
            let copied = File::open(&path).and_then(|mut file| io::copy(&mut file, &mut self.part));
            let len = copied.map_err(|e| local::failed("copy", &path, e))?;
            let properties = self.owners.properties(&metadata);
            let line = format!("{} file {PART} {} {len} {properties} ", encode(&inner), self.written);
            self.lines.push((hash(&inner), line));
            self.written += len;
        }
        Ok(())
    }
}

/// Names of what is in a folder, in order.
fn names_in(folder: &Path) -> Result<Vec<String>> {
    let failed = |e: io::Error| local::failed("list", folder, e);
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        let name = name.into_string();
        names.push(
            name.map_err(|name| WarehouseError::Invalid(format!("{} is not Unicode", folder.join(name).display())))?,
        );
    }
    names.sort();
    let is_checksum = |name: &str| {
        let of = name.strip_prefix('.').and_then(|name| name.strip_suffix(".crc"));
        of.is_some_and(|of| names.binary_search_by(|known| known.as_str().cmp(of)).is_ok())
    };
    Ok(names.iter().filter(|name| !is_checksum(name)).cloned().collect())
}

/// Names of users and groups by their numbers.
struct Owners {
    users: String,
    groups: String,
}

impl Owners {
    fn read() -> Self {
        let read = |path| fs::read_to_string(path).unwrap_or_default();
        Self { users: read("/etc/passwd"), groups: read("/etc/group") }
    }

    /// Last change, permissions and owner, as the index has them.
    fn properties(&self, metadata: &Metadata) -> String {
        let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let modified = modified.map_or(0, |time| time.as_millis());
        let owner = name_of(&self.users, metadata.uid());
        let group = name_of(&self.groups, metadata.gid());
        encode(&format!("{modified} {} {} {}", metadata.mode() & 0o777, encode(&owner), encode(&group)))
    }
}

/// The name of a number in the lines `name:…:number:…`; the number itself where there is none.
fn name_of(lines: &str, number: u32) -> String {
    let found = lines.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(number)).then(|| name.to_string())
    });
    found.unwrap_or_else(|| number.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::Archives;
    use super::*;

    #[test]
    fn what_is_packed_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let (folder, archive) = (dir.path().join("ds=1"), dir.path().join("data.har"));
        fs::create_dir_all(folder.join("hr=a b%3A")).unwrap();
        fs::create_dir_all(folder.join("empty")).unwrap();
        fs::write(folder.join("hr=a b%3A/000000_0"), b"hello").unwrap();
        fs::write(folder.join("hr=a b%3A/.000000_0.crc"), b"sum").unwrap();
        fs::write(folder.join(".hidden"), b"").unwrap();
        fs::write(folder.join("größe+1"), vec![7u8; 100_000]).unwrap();
        pack(&folder, &archive).unwrap();
        assert!(pack(&folder, &archive).is_err());
        let index = Archives::default().open(&archive).unwrap();
        let names: Vec<String> = index.list("/").unwrap().iter().map(|s| s.name().to_string()).collect();
        assert_eq!(names, [".hidden", "empty", "größe+1", "hr=a b%3A"]);
        assert_eq!(index.list("/hr=a b%3A").unwrap().len(), 1);
        assert!(index.list("/empty").unwrap().is_empty());
        assert!(matches!(index.list("/no"), Err(WarehouseError::NotFound(_))));
        assert_eq!(index.read_start("/hr=a b%3A/000000_0", 100).unwrap(), b"hello");
        assert_eq!(index.read_start("/hr=a b%3A/000000_0", 2).unwrap(), b"he");
        assert_eq!(index.read_start("/größe+1", u64::MAX).unwrap(), vec![7u8; 100_000]);
        assert_eq!(index.walk("/").iter().map(|s| s.len).sum::<u64>(), 100_005);
        let file = index.status("/größe+1").unwrap();
        let there = local::status(&folder.join("größe+1")).unwrap().unwrap();
        assert_eq!((file.modified, file.len, file.is_dir), (there.modified, there.len, false));
        let master = fs::read_to_string(archive.join(MASTER)).unwrap();
        let length = fs::metadata(archive.join(INDEX)).unwrap().len();
        assert!(master.starts_with("3 \n0 ") && master.ends_with(&format!(" 0 {length} \n")), "{master}");
    }

    #[test]
    fn a_part_that_was_cut_off_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let (folder, archive) = (dir.path().join("p"), dir.path().join("data.har"));
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("f"), b"hello").unwrap();
        pack(&folder, &archive).unwrap();
        fs::write(archive.join(PART), b"hel").unwrap();
        let index = Archives::default().open(&archive).unwrap();
        let error = index.read_start("/f", 100).unwrap_err().to_string();
        assert!(error.contains("data.har/f is corrupt"), "{error}");
    }
}
