//! Lines of text, as Hive's `LazySimpleSerDe` and its cousins read and write them.

use skep_metastore::model::{FieldSchema, Parameters, StorageDescriptor};

use super::{BatchStream, FileWriteOptions, ReadRequest, RowFileWriter};
use crate::error::{Result, WarehouseError};
use crate::format::kind::LAZY_SIMPLE_SERDE;
use crate::store::Output;

/// Is this a SerDe for lines of text that can be read and written?
pub fn supports(serde: &str) -> bool {
    serde == LAZY_SIMPLE_SERDE
}

/// Can several readers share this file?
pub fn is_splittable(_table_parameters: &Parameters, _name: &str) -> bool {
    false
}

/// Opens a file for reading.
pub async fn open_reader(_request: ReadRequest) -> Result<BatchStream> {
    Err(WarehouseError::Unsupported("reading text".to_string()))
}

/// Begins a file.
pub fn open_writer(
    _storage: &StorageDescriptor,
    _columns: &[FieldSchema],
    _options: &FileWriteOptions,
    _output: Output,
) -> Result<Box<dyn RowFileWriter>> {
    Err(WarehouseError::Unsupported("writing text".to_string()))
}
