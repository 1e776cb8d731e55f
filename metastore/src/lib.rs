//! Skep's catalog: what databases, tables, partitions, views and functions there are, and where they live.
//!
//! The crate knows no Arrow and no SQL engine, so that a metastore starts alone, in milliseconds.
//!
//! * [`model`]: the things a catalog holds, with Hive's names for them.
//! * [`store`]: the [`store::MetaStore`] trait and its store, SQLite in one file ([`store::sqlite::SqliteStore`]).

pub mod error;
pub mod model;
pub mod store;

pub use error::{MetastoreError, Result};
