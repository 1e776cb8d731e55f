//! Hive's RCFiles: groups of rows, and in each group column by column.
//!
//! ```text
//! file   = "RCF" 1, compressed (u8), [codec], metadata, sync marker, group*
//! group  = [escape -1, sync marker], length (i32), length of the key (i32), its packed length (i32), key, column*
//! key    = rows (vint), (packed length of the column, its length, length of its lengths (all vint), lengths)*
//! lengths = of each value, in bytes (vint); a number below 0 repeats the one before ~n times
//! ```

mod group;
mod reader;
#[cfg(test)]
mod tests;
mod writer;

use skep_metastore::model::{FieldSchema, StorageDescriptor};

use self::reader::{ColumnParser, open};
use self::writer::RcWriter;
use super::{BatchStream, FileWriteOptions, ReadRequest, RowFileWriter};
use crate::error::{Result, WarehouseError};
use crate::store::Output;

/// What makes values of a column's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ColumnSerDe {
    /// `ColumnarSerDe`: texts, as `LazySimpleSerDe` has them.
    Text,
    /// `LazyBinaryColumnarSerDe`: bytes, as `LazyBinarySerDe` has them. NULL has none.
    Binary,
}

/// What stands for an empty text or binary value among LazyBinary columns, where no bytes are NULL: a byte that UTF-8
/// does not have.
const EMPTY: u8 = 0xbf;

impl ColumnSerDe {
    fn from_class(class: &str) -> Option<Self> {
        match class {
            "org.apache.hadoop.hive.serde2.columnar.ColumnarSerDe" => Some(Self::Text),
            "org.apache.hadoop.hive.serde2.columnar.LazyBinaryColumnarSerDe" => Some(Self::Binary),
            _ => None,
        }
    }

    fn of(storage: &StorageDescriptor) -> Result<Self> {
        let class = storage.serde.library.as_str();
        Self::from_class(class)
            .ok_or_else(|| WarehouseError::UnsupportedClass { what: "SerDe", class: class.to_string() })
    }
}

/// Can the SerDe's values stand in RCFiles?
pub fn supports(serde: &str) -> bool {
    ColumnSerDe::from_class(serde).is_some()
}

/// Opens a file for reading.
pub async fn open_reader(request: ReadRequest) -> Result<BatchStream> {
    let parser = ColumnParser::new(ColumnSerDe::of(&request.storage)?, &request)?;
    open(request, parser).await
}

/// Begins a file.
pub fn open_writer(
    storage: &StorageDescriptor,
    columns: &[FieldSchema],
    options: &FileWriteOptions,
    output: Output,
) -> Result<Box<dyn RowFileWriter>> {
    Ok(Box::new(RcWriter::new(ColumnSerDe::of(storage)?, storage, columns, options, output)?))
}
