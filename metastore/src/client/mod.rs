//! A metastore that is somewhere else: a client of metastore servers as a [`MetaStore`].
//!
//! ```text
//! open ─┬─ a server of ours:  skep      every call as it is (calls)
//!       └─ Hive's own:        hive      calls of Hive's API; journals of commits as files
//!                               │
//!                             pool      connections, servers that take each other's place, calls made again
//!                               │
//!                             skep-thrift
//! ```
//!
//! Which of the two a server is, it says itself: one that does not know the method `skep_protocol` is Hive's
//! ([`RemoteOptions::hive_api`] leaves out the question). The servers of one list stand for one metastore.
//!
//! Who makes and removes folders: the engine, always, as it does for a catalog in a file. Calls to Hive's server say so
//! (`deleteData` is false, folders are there before their tables).

mod cache;
pub mod calls;
mod filter;
mod hive;
mod journals;
mod options;
mod pool;
mod skep;

#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use self::journals::FOLDER as JOURNAL_FOLDER;
pub use self::options::{DEFAULT_PORT, Endpoint, RemoteOptions, Selection};
use self::pool::{ServerKind, Servers};
use crate::error::Result;
use crate::store::MetaStore;

/// Connects to the servers of a metastore.
///
/// # Errors
/// [`crate::MetastoreError::Store`] where none of them answers, or one does not fit; it tells what each said.
pub fn open(options: RemoteOptions) -> Result<Arc<dyn MetaStore>> {
    let servers = Servers::open(options)?;
    Ok(match servers.kind() {
        ServerKind::Skep => Arc::new(skep::SkepServer::new(servers)),
        ServerKind::Hive => Arc::new(hive::HiveServer::new(servers)),
    })
}
