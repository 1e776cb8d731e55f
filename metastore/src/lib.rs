//! Skep's catalog: what databases, tables, partitions, views and functions there are, and where they live.
//!
//! The crate knows no Arrow and no SQL engine, so that a metastore starts alone, in milliseconds.
//!
//! * [`model`]: the things a catalog holds, with Hive's names for them; the names of partitions and their folders
//!   ([`model::names`]), the patterns of `SHOW` ([`model::pattern`]), conditions on partition columns
//!   ([`model::PartitionFilter`]).
//! * [`store`]: the [`store::MetaStore`] trait and its store, SQLite in one file ([`store::sqlite::SqliteStore`]).
//!
//! What is not here: files. A catalog knows where the rows of a table are and never looks; that a write's files and its
//! changes of the catalog come together is the work of the pending commits ([`store::PendingCommit`]), which the
//! warehouse records, carries out and finishes.
//!
//! ```
//! use skep_metastore::model::{Parameters, Database, PrincipalType};
//! use skep_metastore::store::{MetaStore, sqlite::SqliteStore};
//!
//! # fn main() -> skep_metastore::Result<()> {
//! # let folder = tempfile::tempdir().unwrap();
//! # let path = folder.path().join("catalog.db");
//! let store = SqliteStore::open(&path)?;
//! store.create_database(&Database {
//!     name: "sales".to_string(),
//!     comment: None,
//!     location: "file:/warehouse/sales.db".to_string(),
//!     managed_location: None,
//!     owner: None,
//!     owner_type: PrincipalType::User,
//!     parameters: Parameters::new(),
//!     create_time: 0,
//! })?;
//! assert_eq!(store.database_names(Some("s*"))?, ["sales"]);
//! # Ok(())
//! # }
//! ```

pub mod authorization;
pub mod client;
pub mod cron;
pub mod error;
pub mod locks;
pub mod migrate;
pub mod model;
pub mod server;
pub mod service;
pub mod store;
pub mod workload;

pub use error::{MetastoreError, Result};
