//! A catalog in a PostgreSQL database.
//!
//! ```text
//! PostgresBackend ── pool ── worker     a connection on a thread of its own
//!       │                      └─ driver   the statements of the stores, sent to it
//!       └─ address   URLs;  tls   encryption
//! ```
//!
//! The tables are in a schema of their own (`skep`), so that nothing of anyone else in the database is touched. Readers
//! see one state each. One transaction writes at a time: it holds an advisory lock, so that it waits for others instead
//! of failing half-way.

mod address;
mod driver;
mod pool;
mod tls;
mod worker;

use std::time::Duration;

pub use self::address::{Address, Credentials};
use self::driver::PostgresDriver;
use self::pool::{Pool, Pooled};
use super::sql::connection::{Access, Backend, Connection, Driver};
use super::sql::fault::{Attempt, Fault};
use super::sql::{SqlStore, schema};
use crate::error::{MetastoreError, Result};

/// A transaction that the database could not bring together with others, or whose connection was lost before its end,
/// is tried so often.
const MAX_TRIES: u32 = 5;

/// How a [`PostgresStore`] behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresOptions {
    /// How long a call waits for a connection, and for another transaction that writes.
    pub busy_timeout: Duration,
    /// How many connections are open at most.
    pub connections: usize,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self { busy_timeout: Duration::from_secs(60), connections: 16 }
    }
}

/// A catalog in a PostgreSQL database, for any number of threads and processes on any machines.
pub type PostgresStore = SqlStore<PostgresBackend>;

/// The database of a [`PostgresStore`].
#[derive(Debug)]
pub struct PostgresBackend {
    pool: Pool,
    /// Takes the lock of those who write.
    begin_write: String,
}

impl PostgresStore {
    /// Opens the catalog at an address with the usual options; see [`PostgresStore::open_with`].
    pub fn open(address: &Address) -> Result<Self> {
        Self::open_with(address, &PostgresOptions::default())
    }

    /// Opens the catalog at an address. A schema that is not there is made, an older one is brought up to date.
    /// [`MetastoreError::Store`] where that cannot be: no server, no permission, a catalog of a newer Skep.
    pub fn open_with(address: &Address, options: &PostgresOptions) -> Result<Self> {
        let schema = address.schema().replace('\'', "''");
        let lock = format!("SELECT pg_advisory_xact_lock(1399547248, hashtext('{schema}'))");
        let backend = PostgresBackend {
            pool: Pool::new(address.clone(), options.clone()),
            begin_write: format!("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; {lock}"),
        };
        let mut current = false;
        backend.transaction(Access::Read, &mut |driver| {
            current = schema::is_current(&mut Connection::new(driver))?;
            Ok(())
        })?;
        if !current {
            let quoted = address.schema().replace('"', "\"\"");
            backend.transaction(Access::Write, &mut |driver| {
                driver.batch(&format!("CREATE SCHEMA IF NOT EXISTS \"{quoted}\""))?;
                schema::migrate(&mut Connection::new(driver))
            })?;
        }
        Ok(Self::over(backend))
    }

    /// Where the catalog is, without the password.
    pub fn place(&self) -> &str {
        self.backend().pool.place()
    }
}

impl Backend for PostgresBackend {
    fn transaction(&self, access: Access, step: &mut dyn FnMut(&mut dyn Driver) -> Attempt<()>) -> Result<()> {
        let mut tries = 0;
        loop {
            tries += 1;
            let mut connection = self.pool.take()?;
            let fault = match self.attempt(&mut connection, access, step) {
                Ok(()) => return Ok(()),
                Err(Stopped { fault, ended }) => {
                    if !ended {
                        connection.discard();
                    }
                    fault
                }
            };
            let again = match &fault {
                Fault::Conflict(_) => true,
                // The connection of the pool may have died of old age; those of its kind have, too.
                Fault::Lost(_) => {
                    self.pool.forget_idle();
                    true
                }
                _ => false,
            };
            if !again || tries == MAX_TRIES {
                return Err(self.pool.error(fault));
            }
            drop(connection);
            tracing::debug!(tries, ?fault, "a transaction of the catalog is tried again");
            std::thread::sleep(Duration::from_millis(5 << tries));
        }
    }
}

/// Why a transaction came to no good end.
struct Stopped {
    fault: Fault,
    /// Is the connection out of the transaction?
    ended: bool,
}

impl PostgresBackend {
    fn attempt(
        &self,
        connection: &mut Pooled<'_>,
        access: Access,
        step: &mut dyn FnMut(&mut dyn Driver) -> Attempt<()>,
    ) -> Result<(), Stopped> {
        let begin = match access {
            Access::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            Access::Write => &self.begin_write,
        };
        let worker = connection.worker();
        let outcome = worker.batch(begin).and_then(|()| step(&mut PostgresDriver { worker }));
        match outcome {
            Ok(()) => worker.batch("COMMIT").map_err(|fault| Stopped { fault: at_commit(fault, access), ended: false }),
            Err(fault @ Fault::Lost(_)) => Err(Stopped { fault, ended: false }),
            Err(fault) => {
                let ended = worker.batch("ROLLBACK").is_ok();
                Err(Stopped { fault, ended })
            }
        }
    }
}

/// Whoever loses the connection while it commits does not know whether it has.
fn at_commit(fault: Fault, access: Access) -> Fault {
    match fault {
        Fault::Lost(reason) if access == Access::Write => Fault::Database(format!(
            "the connection was lost while a change was committed, which may or may not have been made: {reason}"
        )),
        other => other,
    }
}

/// What a caller is told where no connection can be had.
fn unreachable(place: &str, reason: impl std::fmt::Display) -> MetastoreError {
    MetastoreError::Store { path: place.to_string(), reason: format!("the server cannot be reached: {reason}") }
}
