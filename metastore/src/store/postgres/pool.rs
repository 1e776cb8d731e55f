//! A limited number of connections.

use std::sync::Arc;
use std::time::Instant;

use parking_lot::{Condvar, Mutex};

use super::address::Address;
use super::worker::Worker;
use super::{PostgresOptions, unreachable};
use crate::error::{MetastoreError, Result};
use crate::store::sql::fault::Fault;

/// Connections that are open, in use or not.
#[derive(Debug)]
pub(super) struct Pool {
    address: Address,
    options: PostgresOptions,
    state: Mutex<State>,
    /// A connection was given back.
    returned: Condvar,
}

#[derive(Debug, Default)]
struct State {
    idle: Vec<Arc<Worker>>,
    open: usize,
}

/// A connection in use. It goes back to the pool when this is dropped.
pub(super) struct Pooled<'p> {
    pool: &'p Pool,
    worker: Arc<Worker>,
    broken: bool,
}

impl Pooled<'_> {
    pub(super) fn worker(&self) -> &Worker {
        &self.worker
    }

    /// Says that the connection is not fit for further use.
    pub(super) fn discard(&mut self) {
        self.broken = true;
    }
}

impl Drop for Pooled<'_> {
    fn drop(&mut self) {
        let mut state = self.pool.state.lock();
        if self.broken {
            state.open -= 1;
        } else {
            state.idle.push(Arc::clone(&self.worker));
        }
        drop(state);
        self.pool.returned.notify_one();
    }
}

impl Pool {
    /// A pool without any connection yet.
    pub(super) fn new(address: Address, options: PostgresOptions) -> Self {
        Self { address, options, state: Mutex::default(), returned: Condvar::new() }
    }

    pub(super) fn place(&self) -> &str {
        self.address.shown()
    }

    /// Takes a connection, or makes one, or waits for one.
    pub(super) fn take(&self) -> Result<Pooled<'_>> {
        let deadline = Instant::now() + self.options.busy_timeout;
        let mut state = self.state.lock();
        loop {
            if let Some(worker) = state.idle.pop() {
                return Ok(Pooled { pool: self, worker, broken: false });
            }
            if state.open < self.options.connections.max(1) {
                state.open += 1;
                break;
            }
            if self.returned.wait_until(&mut state, deadline).timed_out() {
                return Err(MetastoreError::Store {
                    path: self.place().to_string(),
                    reason: format!(
                        "all {} connections were in use for {} s (skep.metastore.connections)",
                        self.options.connections,
                        self.options.busy_timeout.as_secs()
                    ),
                });
            }
        }
        drop(state);
        Worker::start(&self.address, self.settings())
            .map(|worker| Pooled { pool: self, worker: Arc::new(worker), broken: false })
            .map_err(|fault| {
                self.state.lock().open -= 1;
                self.returned.notify_one();
                match fault {
                    Fault::Lost(reason) | Fault::Database(reason) => unreachable(self.place(), reason),
                    other => self.error(other),
                }
            })
    }

    /// Closes the connections that nobody uses.
    pub(super) fn forget_idle(&self) {
        let mut state = self.state.lock();
        state.open -= state.idle.len();
        state.idle.clear();
    }

    pub(super) fn error(&self, fault: Fault) -> MetastoreError {
        fault.into_error(self.place(), self.options.busy_timeout.as_secs())
    }

    /// What is set on each connection.
    fn settings(&self) -> String {
        format!(
            "SET search_path = \"{}\"; SET lock_timeout = {}; SET client_min_messages = warning; SET jit = off; \
             SET statement_timeout = 0; SET standard_conforming_strings = on; SET bytea_output = hex",
            self.address.schema().replace('"', "\"\""),
            self.options.busy_timeout.as_millis(),
        )
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use skep_metastore_testing::postgresql::Server;

    use super::*;
    use crate::store::postgres::Credentials;

    #[test]
    fn who_gets_no_connection_in_time_is_told() {
        let url = Server::shared().unwrap().new_catalog();
        let address = Address::parse(&url, &Credentials::default()).unwrap();
        let pool = Pool::new(address, PostgresOptions { busy_timeout: Duration::from_secs(1), connections: 2 });
        let (one, _other) = (pool.take().unwrap(), pool.take().unwrap());
        let Err(error) = pool.take() else { panic!("there is a third connection") };
        let text = error.to_string();
        assert!(
            text.contains("all 2 connections were in use for 1 s (skep.metastore.connections)")
                && text.contains(pool.place()),
            "{text}"
        );
        // One that comes back in time is taken.
        std::thread::scope(|scope| {
            scope.spawn(|| drop(one));
            assert!(pool.take().is_ok());
        });
    }
}
