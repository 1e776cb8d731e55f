//! Hive's table layouts and file formats: scans and sinks over object stores. The crate knows no SQL.
//!
//! * [`types`]: Hive's types as Arrow types.
//! * [`store`]: where files are, by URL, and what one does with them.
//! * [`codec`]: Hadoop's compression codecs.
//! * [`format`](mod@format): one folder for each file format, behind one reader and one writer interface.
//! * [`layout`]: folders of partitions, buckets, and how files become part of a table at once or not at all.
//! * [`acid`]: transactional tables.
//! * [`scan`]: a table as a source of rows.
//! * [`sink`]: a table as a target of rows.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod acid;
pub mod codec;
pub mod error;
pub mod format;
pub mod layout;
pub mod scan;
pub mod sink;
pub mod stats;
pub mod store;
pub mod types;

pub use error::{Result, WarehouseError};
