//! Locks of this process: taken from the catalog, where all clients' locks are (`DbLockManager` of Hive), kept alive while
//! they are held, and given back when they are dropped.
//!
//! ```text
//! LockManager::acquire(parts, holder, wait) ──▶ HeldLock ── drop, or release() ──▶ gone
//!        │                                        │
//!        └─ MetaStore::lock, check_lock           └─ Keeper: heartbeats, a third of hive.txn.timeout apart
//! ```
//!
//! All parts of a request are held, or none. A request that must wait stands in the queue behind those that came before it
//! (and before those that come later) for as long as its [`Wait`] says; then [`LockError::Held`] has the lock in its way, with
//! its holder: user, machine, session, query and statement. A holder that dies loses its locks: at once where another process
//! on its machine sees that it is gone, else when its heartbeats stay away for `hive.txn.timeout`.

mod keeper;

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;

pub use keeper::{Alive, Keeper, Kept};

use crate::error::{MetastoreError, Result};
use crate::model::{Lock, LockAnswer, LockFilter, LockHolder, LockPart, LockRequest, LockState};
use crate::store::MetaStore;

/// How long a lock is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// In all; nothing for not at all.
    pub limit: Duration,
    /// Between two looks for what other processes give back; what this one gives back is seen at once.
    pub pause: Duration,
}

/// Why a lock is not held.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another one stands in its way, if it is still there to be told.
    #[error("{}", .by.as_ref().map_or_else(|| "another lock was in the way".to_string(), |lock| lock.to_string()))]
    Held {
        /// The lock in the way.
        by: Option<Box<Lock>>,
    },
    /// The catalog failed.
    #[error(transparent)]
    Catalog(#[from] MetastoreError),
}

/// Takes locks for the holders in this process.
#[derive(Debug, Clone)]
pub struct LockManager {
    store: Arc<dyn MetaStore>,
    keeper: Keeper,
    /// Tells those of this process who wait that one of its locks is gone.
    released: Arc<Notify>,
}

impl LockManager {
    /// The manager of a catalog's locks. `timeout` is that of the catalog (`hive.txn.timeout`).
    pub fn new(store: Arc<dyn MetaStore>, timeout: Duration) -> Self {
        let keeper = Keeper::new(&store, timeout);
        Self { store, keeper, released: Arc::default() }
    }

    /// Who keeps the locks of this process alive, and its transactions.
    pub fn keeper(&self) -> &Keeper {
        &self.keeper
    }

    /// Takes a lock, all parts of it. Dropping the future while it waits takes the request back.
    ///
    /// # Errors
    /// [`LockError::Held`] when the time is over; [`LockError::Catalog`].
    pub async fn acquire(&self, parts: Vec<LockPart>, holder: LockHolder, wait: Wait) -> Result<HeldLock, LockError> {
        let until = Instant::now() + wait.limit;
        let request = LockRequest { parts, holder, ..LockRequest::default() };
        let LockAnswer { id, mut state, .. } = self.store.lock(&request)?;
        let lock = HeldLock {
            id,
            store: Arc::clone(&self.store),
            kept: Some(self.keeper.keep(Alive::Lock(id))),
            released: Arc::clone(&self.released),
        };
        while state == LockState::Waiting {
            let mut released = pin!(self.released.notified());
            // From here on nothing that is given back is missed: neither before the look, nor after it.
            released.as_mut().enable();
            state = self.store.check_lock(id)?.state;
            let left = until.saturating_duration_since(Instant::now());
            if state != LockState::Waiting || left.is_zero() {
                break;
            }
            tokio::select! {
                () = released => {}
                () = tokio::time::sleep(wait.pause.min(left)) => {}
            }
        }
        match state {
            LockState::Acquired => Ok(lock),
            _ => Err(LockError::Held { by: self.in_the_way(id)?.map(Box::new) }),
        }
    }

    /// The lock that another one waits for.
    fn in_the_way(&self, waiting: i64) -> Result<Option<Lock>> {
        let all = self.store.locks(&LockFilter::default())?;
        let by = all.iter().filter(|lock| lock.id == waiting).find_map(|lock| lock.blocked_by);
        Ok(by.and_then(|(id, part)| all.into_iter().find(|lock| (lock.id, lock.part) == (id, part))))
    }
}

/// A lock that is held until this is dropped.
#[derive(Debug)]
pub struct HeldLock {
    id: i64,
    store: Arc<dyn MetaStore>,
    kept: Option<Kept>,
    released: Arc<Notify>,
}

impl HeldLock {
    /// Its number in the catalog.
    pub fn id(&self) -> i64 {
        self.id
    }

    /// Gives it back. One that is gone already is given back.
    ///
    /// # Errors
    /// Those of the catalog; the lock is gone then when its time is over.
    pub fn release(mut self) -> Result<()> {
        self.kept = None;
        self.give_back()
    }

    fn give_back(&self) -> Result<()> {
        let given = self.store.unlock(self.id);
        self.released.notify_waiters();
        given
    }
}

impl Drop for HeldLock {
    fn drop(&mut self) {
        if self.kept.take().is_some()
            && let Err(error) = self.give_back()
        {
            tracing::warn!(lock = self.id, %error, "the lock stays until its time is over");
        }
    }
}

#[cfg(test)]
mod tests;
