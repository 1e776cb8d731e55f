//! Journals of commits as files, for a metastore that has no place for them.
//!
//! A file a commit, in a hidden folder of the database's: `<database>/.skep_commits/<table>/<number>.json`. Every Skep
//! that uses the database sees it there, so whoever comes next finishes what a process that died began. Numbers grow with
//! time. Hive, Spark and Skep itself pass over names that begin with a point.
//!
//! A journal is written whole and under another name first, so that there is never half of one. Whoever finishes a commit
//! holds the lock of its file meanwhile: the others wait, and then find it gone.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;

use crate::error::{MetastoreError, Result};
use crate::model::escape_path_name;
use crate::store::PendingCommit;

/// Name of the hidden folder. Whoever can write into it can have files moved and removed by whoever uses the table next.
pub const FOLDER: &str = ".skep_commits";
/// End of a journal's name.
const END: &str = ".json";

/// The folders of journals.
#[derive(Debug)]
pub(super) struct Journals {
    /// The only folder, where one is set.
    fixed: Option<PathBuf>,
    /// The folder of databases that are not on this machine's file systems, or that cannot be written.
    local: PathBuf,
    /// Where the journals are that this process has written or found.
    known: Mutex<HashMap<i64, PathBuf>>,
}

/// A journal that this process finishes; nobody else does meanwhile.
#[derive(Debug)]
pub(super) struct Claim {
    path: PathBuf,
    /// Holds the lock.
    _file: File,
}

impl Claim {
    /// The commit is done: its journal goes.
    pub(super) fn forget(self) -> Result<()> {
        fs::remove_file(&self.path).map_err(|error| failed("remove", &self.path, &error))?;
        // The folders go with the last journal; others may be writing one.
        let _ = self.path.parent().map(fs::remove_dir);
        let _ = self.path.parent().and_then(Path::parent).map(fs::remove_dir);
        Ok(())
    }
}

impl Journals {
    pub(super) fn new(fixed: Option<PathBuf>, local: PathBuf) -> Self {
        Self { fixed, local, known: Mutex::default() }
    }

    /// Writes a journal; `location` is the database's. Returns its number.
    pub(super) fn record(&self, location: &str, database: &str, table: &str, journal: &str) -> Result<i64> {
        let mut refused = None;
        for folder in self.folders(location, database, table) {
            match write_again(&folder, journal) {
                Ok((id, path)) => {
                    self.known.lock().insert(id, path);
                    return Ok(id);
                }
                Err(error) => refused = refused.or(Some(failed("write", &folder, &error))),
            }
        }
        Err(refused.unwrap_or_else(|| nowhere(location)))
    }

    /// The journals of a table, oldest first.
    pub(super) fn pending(&self, location: &str, database: &str, table: &str) -> Result<Vec<PendingCommit>> {
        let mut found = Vec::new();
        for folder in self.folders(location, database, table) {
            for path in list(&folder).map_err(|error| failed("read", &folder, &error))? {
                let Some(id) = number(&path) else { continue };
                let journal = match fs::read_to_string(&path) {
                    Ok(text) => text,
                    // Someone finished it meanwhile.
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                    Err(error) => return Err(failed("read", &path, &error)),
                };
                self.known.lock().insert(id, path);
                found.push(PendingCommit { id, database: database.to_string(), table: table.to_string(), journal });
            }
        }
        found.sort_by_key(|commit| commit.id);
        Ok(found)
    }

    /// Takes a journal to finish its commit; none where someone else has done so.
    pub(super) fn claim(&self, id: i64) -> Result<Option<Claim>> {
        let Some(path) = self.known.lock().get(&id).cloned() else { return Ok(None) };
        let file = match OpenOptions::new().read(true).write(true).open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed("open", &path, &error)),
        };
        file.lock().map_err(|error| failed("lock", &path, &error))?;
        // Numbers are given once: if the file is there, it is the one that is locked.
        match path.try_exists() {
            Ok(true) => Ok(Some(Claim { path, _file: file })),
            Ok(false) => Ok(None),
            Err(error) => Err(failed("read", &path, &error)),
        }
    }

    /// Where journals of a table are: in the first of these that can be written.
    fn folders(&self, location: &str, database: &str, table: &str) -> Vec<PathBuf> {
        let name = escape_path_name(table);
        if let Some(fixed) = &self.fixed {
            return vec![fixed.join(escape_path_name(database)).join(name)];
        }
        let shared = local_path(location).map(|folder| folder.join(FOLDER).join(&name));
        shared.into_iter().chain([self.local.join(escape_path_name(database)).join(&name)]).collect()
    }
}

/// The path of a folder of this machine's file systems.
fn local_path(location: &str) -> Option<PathBuf> {
    let rest = location.strip_prefix("file:").or_else(|| location.starts_with('/').then_some(location))?;
    // `file:///folder`, `file:/folder` and `file://localhost/folder` are one.
    let path = match rest.strip_prefix("//") {
        Some(rest) => &rest[rest.find('/')?..],
        None => rest,
    };
    path.starts_with('/').then(|| PathBuf::from(path))
}

/// Microseconds since 1970, and some bits to tell commits of the same one.
fn new_number() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let salt = i64::from(std::process::id() ^ now.subsec_nanos()) & 0x3FF;
    ((i64::try_from(now.as_micros()).unwrap_or(0) & 0x000F_FFFF_FFFF_FFFF) << 10) | salt
}

fn number(path: &Path) -> Option<i64> {
    path.file_name()?.to_str()?.strip_suffix(END)?.parse().ok()
}

/// Writes a journal; someone who finished the last one of the folder may have removed it meanwhile.
fn write_again(folder: &Path, journal: &str) -> std::io::Result<(i64, PathBuf)> {
    let mut left = 100;
    loop {
        match write(folder, journal) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && left > 0 => left -= 1,
            other => return other,
        }
    }
}

fn write(folder: &Path, journal: &str) -> std::io::Result<(i64, PathBuf)> {
    fs::create_dir_all(folder)?;
    let mut id = new_number();
    let draft = folder.join(format!(".{id}.{}", std::process::id()));
    let mut file = File::create(&draft)?;
    let written = file.write_all(journal.as_bytes()).and_then(|()| file.sync_all());
    let placed = written.and_then(|()| {
        loop {
            let path = folder.join(format!("{id:020}{END}"));
            // A link never takes the place of another file, as a rename does.
            match fs::hard_link(&draft, &path) {
                Ok(()) => return Ok((id, path)),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => id += 1,
                Err(error) => return Err(error),
            }
        }
    });
    let _ = fs::remove_file(&draft);
    let placed = placed?;
    File::open(folder)?.sync_all()?;
    Ok(placed)
}

fn list(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn failed(what: &str, path: &Path, error: &std::io::Error) -> MetastoreError {
    MetastoreError::Store {
        path: path.display().to_string(),
        reason: format!("cannot {what} a commit's journal: {error}"),
    }
}

fn nowhere(location: &str) -> MetastoreError {
    MetastoreError::Store { path: location.to_string(), reason: "there is no place for a commit's journal".to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_find_what_one_has_written_until_it_is_finished() {
        let folder = tempfile::tempdir().unwrap();
        let location = format!("file:{}/d.db", folder.path().display());
        let new = || Journals::new(None, folder.path().join("local"));
        let (one, other) = (new(), new());
        let first = one.record(&location, "d", "t", "a").unwrap();
        let second = one.record(&location, "d", "t", "b").unwrap();
        assert!(first < second);
        let found = other.pending(&location, "d", "t").unwrap();
        assert_eq!(found.iter().map(|c| (c.id, c.journal.as_str())).collect::<Vec<_>>(), [(first, "a"), (second, "b")]);
        assert_eq!(other.pending(&location, "d", "u").unwrap(), []);
        one.claim(first).unwrap().unwrap().forget().unwrap();
        assert!(other.claim(first).unwrap().is_none());
        // A claim that is given up leaves the journal to the next one.
        drop(other.claim(second).unwrap().unwrap());
        assert_eq!(one.pending(&location, "d", "t").unwrap().len(), 1);
        other.claim(second).unwrap().unwrap().forget().unwrap();
        assert!(!folder.path().join("d.db/.skep_commits").exists());
        assert!(other.claim(77).unwrap().is_none());
    }

    #[test]
    fn two_do_not_finish_one_commit() {
        let folder = tempfile::tempdir().unwrap();
        let location = folder.path().display().to_string();
        let journals = Journals::new(None, folder.path().join("local"));
        let id = journals.record(&location, "d", "t", "a").unwrap();
        let finished: usize = std::thread::scope(|scope| {
            let claim = || match journals.claim(id).unwrap() {
                Some(claim) => claim.forget().map(|()| 1).unwrap(),
                None => 0,
            };
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(claim)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(finished, 1);
    }

    #[test]
    fn databases_elsewhere_have_their_journals_here() {
        let folder = tempfile::tempdir().unwrap();
        let journals = Journals::new(None, folder.path().to_path_buf());
        let id = journals.record("hdfs://host/w/d.db", "d", "a/b", "x").unwrap();
        assert_eq!(journals.pending("hdfs://host/w/d.db", "d", "a/b").unwrap()[0].id, id);
        assert!(folder.path().join("d/a%2Fb").exists());
        assert_eq!(local_path("file:///w"), Some(PathBuf::from("/w")));
        assert_eq!(local_path("file:/w/x"), Some(PathBuf::from("/w/x")));
        assert_eq!(local_path("s3a://b/x"), None);
        let fixed = Journals::new(Some(folder.path().join("f")), PathBuf::from("/nowhere"));
        fixed.record("file:/nowhere/else", "d", "t", "x").unwrap();
        assert!(folder.path().join("f/d/t").exists());
    }
}
