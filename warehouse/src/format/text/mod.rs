//! Lines of text, as Hive's `LazySimpleSerDe` and its cousins read and write them.
//!
//! ```text
//! file ──► Blocks (own thread: unpack, cut into whole lines) ──► TextReader (lines, header, footer)
//!                                                                    │
//!                                             LineParser (a SerDe) ◄─┘──► RecordBatch
//! RecordBatch ──► LineFormat (a SerDe) ──► TextWriter ──► Encoder ──► file
//! ```

mod blocks;
mod column;
mod lazy;
mod params;
mod primitive;
mod reader;
mod split;
#[cfg(test)]
mod tests;
mod timestamp;
mod value;
mod writer;

use skep_metastore::model::{FieldSchema, Parameters, StorageDescriptor};

use self::lazy::{LazyFormat, LazyParser};
pub use self::params::{LazyParams, SkippedLines};
use self::reader::LineParser;
use self::writer::{LineFormat, TextWriter};
use super::{BatchStream, FileWriteOptions, ReadRequest, RowFileWriter};
use crate::codec::TextCodec;
use crate::error::{Result, WarehouseError};
use crate::store::Output;

/// A SerDe for lines of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TextSerDe {
    LazySimple,
}

impl TextSerDe {
    fn from_class(class: &str) -> Option<Self> {
        match class {
            "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe" => Some(Self::LazySimple),
            _ => None,
        }
    }

    fn of(storage: &StorageDescriptor) -> Result<Self> {
        let class = storage.serde.library.as_str();
        Self::from_class(class)
            .ok_or_else(|| WarehouseError::UnsupportedClass { what: "SerDe", class: class.to_string() })
    }
}

/// Is this a SerDe for lines of text that can be read and written?
pub fn supports(serde: &str) -> bool {
    TextSerDe::from_class(serde).is_some()
}

/// Can several readers share this file? Not when it is compressed, nor when its last lines are no rows.
pub fn is_splittable(table_parameters: &Parameters, name: &str) -> bool {
    TextCodec::from_file_name(name).is_none() && SkippedLines::new(table_parameters).is_ok_and(|s| s.footer == 0)
}

/// Opens a file for reading.
pub async fn open_reader(request: ReadRequest) -> Result<BatchStream> {
    let params = LazyParams::new(&request.storage, &request.table_parameters, &request.time_zone)?;
    let parser: Box<dyn LineParser> = match TextSerDe::of(&request.storage)? {
        TextSerDe::LazySimple => Box::new(LazyParser::new(params, &request.columns, request.storage.columns.len())?),
    };
    reader::open(request, parser).await
}

/// Begins a file.
pub fn open_writer(
    storage: &StorageDescriptor,
    columns: &[FieldSchema],
    options: &FileWriteOptions,
    output: Output,
) -> Result<Box<dyn RowFileWriter>> {
    let params = LazyParams::new(storage, &options.table_parameters, &options.time_zone)?;
    let format: Box<dyn LineFormat> = match TextSerDe::of(storage)? {
        TextSerDe::LazySimple => Box::new(LazyFormat::new(params)),
    };
    Ok(Box::new(TextWriter::new(format, columns, options, output)?))
}
