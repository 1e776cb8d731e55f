//! Parquet files, with Hive's conventions.
//!
//! * Columns are found by name without regard to case, or by position with `parquet.column.index.access`.
//! * Timestamps are `INT96` unless `hive.parquet.write.int64.timestamp`. Java's Parquet library (`parquet-mr`) stores
//!   them moved from the writer's time zone to UTC, and a reader moves them back: to the zone in the file's metadata
//!   (`writer.time.zone`, Hive 3.1 and later), else to the session's. Files of all other writers, ours among them, are
//!   not moved (Hive's `hive.parquet.timestamp.skip.conversion`, which is on by default).
//! * `INT96` counts Julian days by Java's hybrid calendar; `DATE` does so unless the metadata says
//!   `writer.date.proleptic` = true, which ours does.
//! * Files are compressed with snappy unless `parquet.compression` says otherwise. (Hive's default is none; no reader
//!   of Parquet lacks snappy.)

mod int96;
mod metadata;
mod object;
mod read;
mod schema;
mod statistics;
mod write;

pub(crate) use self::read::file_columns;
pub use self::read::open_reader;
pub use self::write::open_writer;
