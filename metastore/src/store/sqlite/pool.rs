//! Connections to the catalog's file, and transactions on them.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::{SqliteOptions, file};
use crate::error::{MetastoreError, Result};
use crate::store::sql::connection::Access;
use crate::store::sql::fault::{Attempt, Fault};

/// Idle connections that are kept; more are closed after use.
const MAX_IDLE: usize = 8;

/// Connections to one catalog file. Readers have a connection each and never wait for the writer; writers of this
/// process queue at a mutex (SQLite's own waiting is sleeping and trying again, which is unfair among many threads),
/// and then wait for those of other processes.
#[derive(Debug)]
pub(super) struct Pool {
    path: PathBuf,
    busy_timeout: Duration,
    durable: bool,
    idle: Mutex<Vec<Connection>>,
    writer: Mutex<()>,
}

impl Pool {
    /// Opens the file, makes it where it is not there, and brings its schema up to date.
    pub(super) fn open(path: PathBuf, options: &SqliteOptions) -> Result<Self> {
        let &SqliteOptions { busy_timeout, durable } = options;
        let pool = Self { path, busy_timeout, durable, idle: Mutex::default(), writer: Mutex::default() };
        let deadline = Instant::now() + busy_timeout;
        loop {
            // Several processes that make the same file at once can get "busy" without SQLite having waited: the
            // switch to WAL and the recovery of a dead process's log are not covered by its timeout.
            match pool.connect().and_then(|mut connection| {
                let migrated = file::prepare(&mut connection)?;
                Ok((!migrated).then_some(connection))
            }) {
                Ok(connection) => {
                    pool.idle.lock().extend(connection);
                    return Ok(pool);
                }
                Err(Fault::Busy) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(10));
                }
                Err(fault) => return Err(pool.error(fault)),
            }
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Runs a step in a transaction.
    pub(super) fn run(&self, access: Access, step: impl FnOnce(&Connection) -> Attempt<()>) -> Result<()> {
        match access {
            Access::Read => self.within(TransactionBehavior::Deferred, step),
            Access::Write => {
                let Some(_turn) = self.writer.try_lock_for(self.busy_timeout) else {
                    return Err(MetastoreError::Busy { path: self.shown_path(), seconds: self.busy_timeout.as_secs() });
                };
                self.within(TransactionBehavior::Immediate, step)
            }
        }
    }

    /// Runs a step outside of any transaction.
    pub(super) fn plain<T>(&self, step: impl FnOnce(&Connection) -> Attempt<T>) -> Result<T> {
        self.with_connection(|connection| step(connection))
    }

    fn within<T>(&self, behavior: TransactionBehavior, step: impl FnOnce(&Connection) -> Attempt<T>) -> Result<T> {
        self.with_connection(|connection| {
            let transaction = connection.transaction_with_behavior(behavior)?;
            let value = step(&transaction)?; // dropping the transaction rolls it back
            transaction.commit()?;
            Ok(value)
        })
    }

    fn with_connection<T>(&self, work: impl FnOnce(&mut Connection) -> Attempt<T>) -> Result<T> {
        let idle = self.idle.lock().pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => self.connect().map_err(|fault| self.error(fault))?,
        };
        let outcome = work(&mut connection);
        if outcome.as_ref().err().is_none_or(Fault::spares_connection) && connection.is_autocommit() {
            let mut idle = self.idle.lock();
            if idle.len() < MAX_IDLE {
                idle.push(connection);
            }
        }
        outcome.map_err(|fault| self.error(fault))
    }

    fn connect(&self) -> Attempt<Connection> {
        // Not as a URI, so that no path means anything but a file. Each connection is used by one thread at a time.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(self.busy_timeout)?;
        // The file may come from anyone: nothing in its schema is to be trusted.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        connection.set_prepared_statement_cache_capacity(64);
        connection.execute_batch("PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8000;")?;
        connection.pragma_update(None, "synchronous", if self.durable { "full" } else { "off" })?;
        Ok(connection)
    }

    fn error(&self, fault: Fault) -> MetastoreError {
        fault.into_error(&self.shown_path(), self.busy_timeout.as_secs())
    }

    fn shown_path(&self) -> String {
        self.path.display().to_string()
    }
}
