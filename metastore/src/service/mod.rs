//! The metastore's service: the methods of Hive's metastore API over a [`MetaStore`].
//!
//! ```text
//! Router (skep-thrift) ── handlers/<family>.rs ── store::MetaStore
//! ```
//!
//! A family's handlers are functions `fn(&Service, &Call, Args) -> Result<Success, HmsException>`; its `register` puts them
//! on the router.

mod convert;
mod exception;
pub mod handlers;
mod message;
pub mod names;

use std::sync::Arc;

use skep_thrift::Router;

use crate::model::{EpochMillis, EpochSeconds};
use crate::store::MetaStore;

/// What the handlers work with.
#[derive(Debug)]
pub struct Service {
    store: Arc<dyn MetaStore>,
    started: EpochSeconds,
    options: handlers::base::Options,
}

impl Service {
    /// A service over a catalog.
    pub fn new(store: Arc<dyn MetaStore>) -> Arc<Self> {
        Arc::new(Self { store, started: now(), options: Default::default() })
    }

    /// The catalog.
    pub fn store(&self) -> &dyn MetaStore {
        self.store.as_ref()
    }

    /// When it was made.
    pub fn started(&self) -> EpochSeconds {
        self.started
    }

    /// The methods it answers.
    pub fn router(self: &Arc<Self>) -> Router {
        handlers::register(Router::new(), self)
    }
}

/// The time.
fn now() -> EpochSeconds {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// As [`now`], in milliseconds.
fn now_millis() -> EpochMillis {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
