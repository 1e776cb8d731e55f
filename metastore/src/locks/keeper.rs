//! Heartbeats (`DbTxnManager.Heartbeater` of Hive): says to the catalog of locks and transactions of this process that they
//! live, from a thread that runs while there are any.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use crate::error::{MetastoreError, Result};
use crate::store::MetaStore;

/// What lives by heartbeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Alive {
    /// A lock, by its number.
    Lock(i64),
    /// A transaction, by its number.
    Transaction(i64),
}

#[derive(Debug, Default)]
struct State {
    /// How often each is kept.
    alive: BTreeMap<Alive, usize>,
    /// Is there a thread that beats?
    beating: bool,
}

#[derive(Debug)]
struct Shared {
    store: Weak<dyn MetaStore>,
    pause: Duration,
    state: Mutex<State>,
    changed: Condvar,
}

/// See the module.
#[derive(Debug, Clone)]
pub struct Keeper {
    shared: Arc<Shared>,
}

/// While this is there, its lock or transaction is kept alive.
#[derive(Debug)]
pub struct Kept {
    shared: Arc<Shared>,
    what: Alive,
}

impl Drop for Kept {
    fn drop(&mut self) {
        let mut state = self.shared.state.lock();
        if let Some(times) = state.alive.get_mut(&self.what) {
            *times -= 1;
            if *times == 0 {
                state.alive.remove(&self.what);
                self.shared.changed.notify_all();
            }
        }
    }
}

impl Keeper {
    /// For a catalog that gives up what it has not heard of for `timeout`.
    pub fn new(store: &Arc<dyn MetaStore>, timeout: Duration) -> Self {
        let shared = Shared {
            store: Arc::downgrade(store),
            pause: (timeout / 3).max(Duration::from_millis(10)),
            state: Mutex::default(),
            changed: Condvar::new(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Keeps a lock or a transaction alive, which was heard of just now.
    pub fn keep(&self, what: Alive) -> Kept {
        let mut state = self.shared.state.lock();
        *state.alive.entry(what).or_default() += 1;
        if !state.beating {
            let shared = Arc::clone(&self.shared);
            let thread = std::thread::Builder::new().name("heartbeat".to_string());
            match thread.spawn(move || beat_on(&shared)) {
                Ok(_) => state.beating = true,
                Err(error) => tracing::warn!(%error, "locks and transactions get no heartbeats"),
            }
        }
        Kept { shared: Arc::clone(&self.shared), what }
    }

    /// Beats once for a transaction, to learn whether it is still open.
    ///
    /// # Errors
    /// [`MetastoreError::TransactionAborted`], [`MetastoreError::NoSuchTransaction`]; those of the catalog.
    pub fn check(&self, transaction: i64) -> Result<()> {
        match self.shared.store.upgrade() {
            Some(store) => beat(store.as_ref(), Alive::Transaction(transaction)),
            None => Ok(()),
        }
    }
}

/// A catalog without heartbeats knows by itself who lives.
fn beat(store: &dyn MetaStore, what: Alive) -> Result<()> {
    let heard = match what {
        Alive::Lock(id) => store.heartbeat(None, Some(id)),
        Alive::Transaction(id) => store.heartbeat(Some(id), None),
    };
    match heard {
        Err(MetastoreError::InvalidOperation(_)) => Ok(()),
        other => other,
    }
}

/// Beats until there is nothing left to beat for.
fn beat_on(shared: &Shared) {
    loop {
        let alive: Vec<Alive> = {
            let mut state = shared.state.lock();
            // Woken when something was given back: there may be nothing left.
            while !state.alive.is_empty() && !shared.changed.wait_for(&mut state, shared.pause).timed_out() {}
            if state.alive.is_empty() {
                state.beating = false;
                return;
            }
            state.alive.keys().copied().collect()
        };
        let Some(store) = shared.store.upgrade() else {
            shared.state.lock().beating = false;
            return;
        };
        for what in alive {
            match beat(store.as_ref(), what) {
                Ok(()) => {}
                Err(
                    error @ (MetastoreError::NoSuchLock(_)
                    | MetastoreError::NoSuchTransaction(_)
                    | MetastoreError::TransactionAborted(_)),
                ) => {
                    tracing::warn!(?what, %error, "given up by the catalog");
                    shared.state.lock().alive.remove(&what);
                }
                Err(error) => tracing::warn!(?what, %error, "a heartbeat was not heard"),
            }
        }
    }
}
