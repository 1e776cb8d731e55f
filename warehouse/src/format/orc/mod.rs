//! ORC files.

use skep_metastore::model::{FieldSchema, StorageDescriptor};

use super::{BatchStream, FileWriteOptions, ReadRequest, RowFileWriter};
use crate::error::{Result, WarehouseError};
use crate::store::Output;

/// Opens a file for reading.
pub async fn open_reader(_request: ReadRequest) -> Result<BatchStream> {
    Err(WarehouseError::Unsupported("reading ORC".to_string()))
}

/// Begins a file.
pub fn open_writer(
    _storage: &StorageDescriptor,
    _columns: &[FieldSchema],
    _options: &FileWriteOptions,
    _output: Output,
) -> Result<Box<dyn RowFileWriter>> {
    Err(WarehouseError::Unsupported("writing ORC".to_string()))
}
