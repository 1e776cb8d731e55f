//! ORC files: read with orc-rust's decoders, written by a writer of our own.
//!
//! * `tail`, `stripe`: which bytes of a file are read, and checks of what they say.
//! * `schema`: columns by name or position; timestamps of all years; Java's hybrid calendar.
//! * `statistics`: stripes and row groups that a condition rules out.
//! * `read`: all that as a stream.

mod compress;
mod read;
mod schema;
mod statistics;
mod stripe;
mod tail;

use skep_metastore::model::{FieldSchema, StorageDescriptor};

pub use self::read::open_reader;
use super::{FileWriteOptions, RowFileWriter};
use crate::error::{Result, WarehouseError};
use crate::store::Output;

/// Begins a file.
pub fn open_writer(
    _storage: &StorageDescriptor,
    _columns: &[FieldSchema],
    _options: &FileWriteOptions,
    _output: Output,
) -> Result<Box<dyn RowFileWriter>> {
    Err(WarehouseError::Unsupported("writing ORC".to_string()))
}
