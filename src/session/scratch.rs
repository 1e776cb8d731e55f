//! Folders for what lives as long as a process: temporary tables, and what operators spill.
//!
//! A process that is killed cannot remove them, so the next one does. Each is `skep-<id>`, beside a file `skep-<id>.lock`
//! that the process holds a lock of (`flock`) while it lives; whoever makes such a folder removes those whose lock nobody
//! holds. (Hive has a service for this, `cleardanglingscratchdir`, by the same means.)

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use uuid::Uuid;

/// What such folders are called, before their id.
const PREFIX: &str = "skep-";
/// How the names of lock files end.
const LOCK: &str = ".lock";

/// The folders of a process, one in each folder that settings name for such things.
#[derive(Debug)]
pub struct ProcessFolders {
    name: String,
    /// By the folder that one is in: its lock.
    claimed: Mutex<BTreeMap<PathBuf, File>>,
}

impl Default for ProcessFolders {
    fn default() -> Self {
        Self { name: format!("{PREFIX}{}", Uuid::new_v4().simple()), claimed: Mutex::default() }
    }
}

impl ProcessFolders {
    /// The process's folder within another one. It is made, and those of processes that have died are removed, when this
    /// is called first.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn within(&self, parent: &Path) -> io::Result<PathBuf> {
        let folder = parent.join(&self.name);
        let mut claimed = self.claimed.lock();
        if !claimed.contains_key(parent) {
            std::fs::create_dir_all(parent)?;
            let lock = lock(&lock_of(&folder))?;
            std::fs::create_dir_all(&folder)?;
            claimed.insert(parent.to_path_buf(), lock);
            drop(claimed);
            sweep(parent);
        }
        Ok(folder)
    }
}

impl Drop for ProcessFolders {
    fn drop(&mut self) {
        for (parent, lock) in std::mem::take(&mut *self.claimed.lock()) {
            remove(&parent.join(&self.name));
            drop(lock);
        }
    }
}

/// A session's own folder, in that of its process. The default is nobody's, in the folder that the process runs in.
#[derive(Debug, Default)]
pub struct Scratch {
    process: Arc<ProcessFolders>,
    parent: PathBuf,
    name: String,
}

impl Scratch {
    /// That of a session with this id, within `parent` (`hive.exec.scratchdir`). It is not made yet.
    pub fn new(process: Arc<ProcessFolders>, parent: PathBuf, session: &str) -> Self {
        Self { process, parent, name: format!("session-{session}") }
    }

    /// The folder, in a process's folder that is there; it itself need not be.
    ///
    /// # Errors
    /// The process's folder cannot be made.
    pub fn folder(&self) -> io::Result<PathBuf> {
        Ok(self.process.within(&self.parent)?.join(&self.name))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left after a failure goes with the process's folder. Where that is not there, nothing is.
        let _ = std::fs::remove_dir_all(self.parent.join(&self.process.name).join(&self.name));
    }
}

fn lock_of(folder: &Path) -> PathBuf {
    let mut name = folder.as_os_str().to_os_string();
    name.push(LOCK);
    PathBuf::from(name)
}

/// Makes and locks a file that is still there when it is locked: another process may have taken it for a dead one's.
fn lock(path: &Path) -> io::Result<File> {
    loop {
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
        match file.lock() {
            Ok(()) => {}
            // No locks in this file system: then nobody else gets one either, and what is left is left.
            Err(error) if error.kind() == io::ErrorKind::Unsupported => return Ok(file),
            Err(error) => return Err(error),
        }
        if file.metadata()?.nlink() > 0 {
            return Ok(file);
        }
    }
}

/// Removes what processes have left that have died. What cannot be removed is left to the next one.
fn sweep(parent: &Path) {
    for entry in std::fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(folder) = name.to_str().filter(|name| name.starts_with(PREFIX)).and_then(|n| n.strip_suffix(LOCK))
        else {
            continue;
        };
        let Ok(file) = OpenOptions::new().write(true).open(entry.path()) else { continue };
        match file.try_lock() {
            Ok(()) => remove(&parent.join(folder)),
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => {}
        }
    }
}

/// Removes a process's folder, and then its lock, which is held.
fn remove(folder: &Path) {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {}
        _ => drop(std::fs::remove_file(lock_of(folder))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn folders_of_the_dead_go_and_those_of_the_living_stay() {
        let parent = tempfile::tempdir().unwrap();
        let parent = parent.path();
        // As a process leaves them that is killed: its locks are gone.
        std::fs::create_dir_all(parent.join("skep-dead/session-1/default.t")).unwrap();
        std::fs::write(parent.join("skep-dead.lock"), "").unwrap();
        // It died before it made the folder.
        std::fs::write(parent.join("skep-stillborn.lock"), "").unwrap();
        // Not of this kind.
        std::fs::create_dir_all(parent.join("skep-without-lock")).unwrap();
        std::fs::write(parent.join("other.lock"), "").unwrap();
        let living = ProcessFolders::default();
        let folder = living.within(parent).unwrap();
        std::fs::write(folder.join("file"), "").unwrap();
        let others = ["other.lock".to_string(), "skep-without-lock".to_string()];
        let mut expected = others.to_vec();
        expected.extend([living.name.clone(), format!("{}.lock", living.name)]);
        expected.sort();
        assert_eq!(names(parent), expected);
        // The next process leaves it alone.
        let next = ProcessFolders::default();
        next.within(parent).unwrap();
        assert!(folder.join("file").exists());
        assert_eq!(living.within(parent).unwrap(), folder);
        drop((living, next));
        assert_eq!(names(parent), others);
    }

    #[test]
    fn a_session_leaves_nothing() {
        let parent = tempfile::tempdir().unwrap();
        let process = Arc::new(ProcessFolders::default());
        let parent = parent.path().join("scratch");
        drop(Scratch::new(Arc::clone(&process), parent.clone(), "unused"));
        assert!(!parent.exists());
        let scratch = Scratch::new(Arc::clone(&process), parent.clone(), "used");
        let folder = scratch.folder().unwrap();
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("data"), "").unwrap();
        drop(scratch);
        assert!(!folder.exists() && folder.parent().unwrap().exists());
        drop(process);
        assert_eq!(names(&parent), [] as [&str; 0]);
    }
}
