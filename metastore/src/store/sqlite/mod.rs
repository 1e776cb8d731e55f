//! A catalog in one SQLite file.
//!
//! ```text
//! SqliteBackend ── pool ── connections (WAL: readers see one state each, one writer at a time)
//!                            └─ driver   the statements of the stores on one of them
//! ```
//!
//! Writers take SQLite's write lock at the start, so that no transaction fails half-way because of another; the log is
//! synced at every commit, so what was answered survives a crash of the machine.

mod driver;
mod file;
mod pool;

use std::path::Path;
use std::time::Duration;

use self::driver::SqliteDriver;
use self::pool::Pool;
use super::sql::SqlStore;
use super::sql::connection::{Access, Backend, Driver};
use super::sql::fault::Attempt;
use crate::error::{MetastoreError, Result};

/// How a [`SqliteStore`] behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqliteOptions {
    /// How long a call waits for another thread or process that writes, before it is [`MetastoreError::Busy`].
    pub busy_timeout: Duration,
    /// Whether what is committed outlives a crash of the machine; a catalog that nobody needs after its process is much
    /// quicker without.
    pub durable: bool,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self { busy_timeout: Duration::from_secs(60), durable: true }
    }
}

/// A catalog in one SQLite file, for any number of threads and of processes on one machine.
pub type SqliteStore = SqlStore<SqliteBackend>;

/// The file of a [`SqliteStore`].
#[derive(Debug)]
pub struct SqliteBackend {
    pool: Pool,
}

impl Backend for SqliteBackend {
    fn transaction(&self, access: Access, step: &mut dyn FnMut(&mut dyn Driver) -> Attempt<()>) -> Result<()> {
        self.pool.run(access, |connection| step(&mut SqliteDriver { connection }))
    }
}

impl SqliteStore {
    /// Opens the catalog at `path` with the usual options; see [`SqliteStore::open_with`].
    pub fn open(path: &Path) -> Result<Self> {
        Self::open_with(path, &SqliteOptions::default())
    }

    /// Opens the catalog at `path`. A file (and its folders) that is not there is made, an older schema is brought up
    /// to date. [`MetastoreError::Store`] where that cannot be: no permission, a damaged file, a file of another
    /// program, a catalog of a newer Skep.
    pub fn open_with(path: &Path, options: &SqliteOptions) -> Result<Self> {
        let failed = |reason: String| MetastoreError::Store { path: path.display().to_string(), reason };
        // An absolute path means a file whatever SQLite makes of its first letters (":memory:").
        let absolute = std::path::absolute(path).map_err(|e| failed(format!("no path of a file: {e}")))?;
        if absolute.is_dir() {
            return Err(failed("it is a folder".to_string()));
        }
        if let Some(folder) = absolute.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|e| failed(format!("the folder {} cannot be made: {e}", folder.display())))?;
        }
        Ok(Self::over(SqliteBackend { pool: Pool::open(absolute, options)? }))
    }

    /// The catalog's file, as an absolute path.
    pub fn path(&self) -> &Path {
        self.backend().pool.path()
    }

    /// Copies the catalog, in the state of this moment and without holding up anyone, to a new file; the copy is a
    /// catalog that can be opened. The file must not be there yet.
    pub fn back_up(&self, to: &Path) -> Result<()> {
        let failed = |reason: String| MetastoreError::Store { path: to.display().to_string(), reason };
        let to = std::path::absolute(to).map_err(|e| failed(format!("no path of a file: {e}")))?;
        if to.exists() {
            return Err(failed("a backup does not overwrite a file".to_string()));
        }
        let name = to.to_str().ok_or_else(|| failed("SQLite takes only paths that are Unicode".to_string()))?;
        self.backend().pool.plain(|c| {
            c.execute("VACUUM INTO ?1", [name])?;
            Ok(())
        })
    }
}
