//! Names and passwords.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use argon2::Argon2;
use argon2::password_hash::{Error, PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use thiserror::Error;

use crate::random::random;

/// Says whether a password is that of a name.
pub trait PasswordCheck: Send + Sync {
    /// Whether `password` is the password of `user`. It runs on a thread that may block.
    fn check(&self, user: &str, password: &str) -> bool;
}

/// What is wrong with a password file.
#[derive(Debug, Error)]
pub enum PasswordFileError {
    /// It cannot be read.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What happened.
        source: io::Error,
    },
    /// A line is no `name:hash`.
    #[error("{path}, line {line}: a line is a name, a colon and an Argon2 hash ($argon2id$…)")]
    Line {
        /// The file.
        path: PathBuf,
        /// The line's number, from 1.
        line: usize,
    },
}

/// A file with a line `name:hash` for each user, where the hash is Argon2's in PHC form (`$argon2id$…`). Empty lines and
/// lines that begin with `#` are passed over. The file is read again when it changes; while what it holds is wrong,
/// the last good content stands.
#[derive(Debug)]
pub struct PasswordFile {
    path: PathBuf,
    state: Mutex<State>,
    /// A hash for names that are not there, so that they take as long as those that are.
    nobody: String,
    keys: [RandomState; 2],
}

#[derive(Debug, Default)]
struct State {
    hashes: HashMap<String, String>,
    /// Passwords that were right, as two keyed hashes: Argon2 takes tens of milliseconds, and over HTTP each call has
    /// its password.
    right: HashMap<String, [u64; 2]>,
    changed: Option<SystemTime>,
}

impl PasswordFile {
    /// Reads a password file.
    pub fn open(path: &Path) -> Result<Self, PasswordFileError> {
        let changed = std::fs::metadata(path).and_then(|data| data.modified()).ok();
        let state = State { hashes: read(path)?, right: HashMap::new(), changed };
        Ok(PasswordFile {
            path: path.to_owned(),
            state: Mutex::new(state),
            nobody: hash("nobody").unwrap_or_default(),
            keys: [RandomState::new(), RandomState::new()],
        })
    }

    /// The line for a user. The error is that of the password hash, or of a name with a colon or a line break.
    pub fn line(user: &str, password: &str) -> Result<String, String> {
        if user.is_empty() || user.contains([':', '\n', '\r']) || user.starts_with('#') {
            return Err(format!("'{user}' cannot be the name of a user"));
        }
        Ok(format!("{user}:{}", hash(password).map_err(|error| error.to_string())?))
    }

    /// The hash of a user, and whether this password is known to be right.
    fn look_up(&self, user: &str, tag: [u64; 2]) -> (Option<String>, bool) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = std::fs::metadata(&self.path).and_then(|data| data.modified()).ok();
        if changed != state.changed {
            match read(&self.path) {
                Ok(hashes) => *state = State { hashes, right: HashMap::new(), changed },
                Err(error) => {
                    tracing::warn!(%error, "the password file is kept as it was");
                    state.changed = changed;
                }
            }
        }
        (state.hashes.get(user).cloned(), state.right.get(user) == Some(&tag))
    }
}

impl PasswordCheck for PasswordFile {
    fn check(&self, user: &str, password: &str) -> bool {
        let [first, second] = &self.keys;
        let tag = [first.hash_one((user, password)), second.hash_one((user, password))];
        let (hash, known) = self.look_up(user, tag);
        if known {
            return true;
        }
        let there = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.nobody.clone());
        let Ok(parsed) = PasswordHash::new(&hash) else { return false };
        let right = Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok() && there;
        if right {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            if state.hashes.get(user) == Some(&hash) {
                state.right.insert(user.to_owned(), tag);
            }
        }
        right
    }
}

fn hash(password: &str) -> Result<String, Error> {
    let salt = SaltString::encode_b64(&random::<16>().ok_or(Error::Crypto)?)?;
    Ok(Argon2::default().hash_password(password.as_bytes(), &salt)?.to_string())
}

fn read(path: &Path) -> Result<HashMap<String, String>, PasswordFileError> {
    let text =
        std::fs::read_to_string(path).map_err(|source| PasswordFileError::Io { path: path.to_owned(), source })?;
    let mut hashes = HashMap::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match line.split_once(':') {
            Some((user, hash)) if !user.is_empty() && PasswordHash::new(hash).is_ok() => {
                hashes.insert(user.to_owned(), hash.to_owned());
            }
            _ => return Err(PasswordFileError::Line { path: path.to_owned(), line: number + 1 }),
        }
    }
    Ok(hashes)
}
