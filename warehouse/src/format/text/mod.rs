//! Lines of text, as Hive's `LazySimpleSerDe` and its cousins read and write them.
//!
//! ```text
//! file ──► Blocks (own thread: unpack, cut into whole lines) ──► TextReader (lines, header, footer)
//!                                                                    │
//!                                             LineParser (a SerDe) ◄─┘──► RecordBatch
//! RecordBatch ──► LineFormat (a SerDe) ──► TextWriter ──► Encoder ──► file
//! ```

mod blocks;
mod charset;
mod column;
mod csv;
mod fields;
mod json;
mod json_scan;
mod json_writer;
mod lazy;
mod multi;
mod params;
mod primitive;
mod reader;
mod regex;
mod rows;
mod split;
#[cfg(test)]
mod tests;
mod timestamp;
mod value;
mod writer;

use skep_metastore::model::{FieldSchema, Parameters, StorageDescriptor};

use self::charset::{Decoding, Encoding};
pub(crate) use self::column::ColumnBuilder;
use self::csv::{Csv, CsvFormat};
use self::fields::FieldsParser;
use self::json::{BinaryFormat, JsonParser};
use self::json_writer::JsonFormat;
use self::lazy::{LazyFormat, LazyParser};
use self::multi::MultiParser;
pub use self::params::{LazyParams, SkippedLines};
pub(crate) use self::reader::LineParser;
use self::regex::RegexLines;
use self::rows::DelimitedJsonFormat;
pub use self::rows::{LineReader, LineWriter, escape_line, unescape_line};
pub(crate) use self::split::Span;
pub(crate) use self::value::{Column as TextColumn, ValueWriter as TextValues};
pub(crate) use self::writer::{LineBuffer, LineFormat, LineSink, TextWriter};
use super::{BatchStream, FileWriteOptions, ReadRequest, RowFileWriter, lazybinary};
use crate::codec::TextCodec;
use crate::error::{Result, WarehouseError};
use crate::store::Output;

/// A SerDe for lines of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TextSerDe {
    LazySimple,
    OpenCsv,
    Json,
    Regex,
    /// No text at all. Hive puts its bytes between line ends all the same.
    LazyBinary,
    MultiDelimit,
    /// Values that are made of others as JSON, the rest as `LazySimpleSerDe` has it. It cannot be read.
    DelimitedJson,
}

impl TextSerDe {
    fn from_class(class: &str) -> Option<Self> {
        match class {
            "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe" => Some(Self::LazySimple),
            "org.apache.hadoop.hive.serde2.OpenCSVSerde" => Some(Self::OpenCsv),
            "org.apache.hadoop.hive.serde2.JsonSerDe" | "org.apache.hive.hcatalog.data.JsonSerDe" => Some(Self::Json),
            "org.apache.hadoop.hive.serde2.RegexSerDe" | "org.apache.hadoop.hive.contrib.serde2.RegexSerDe" => {
                Some(Self::Regex)
            }
            lazybinary::SERDE => Some(Self::LazyBinary),
            "org.apache.hadoop.hive.serde2.MultiDelimitSerDe"
            | "org.apache.hadoop.hive.contrib.serde2.MultiDelimitSerDe" => Some(Self::MultiDelimit),
            "org.apache.hadoop.hive.serde2.DelimitedJSONSerDe" => Some(Self::DelimitedJson),
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
    let parser = line_parser(&request)?;
    reader::open(request, parser).await
}

/// What makes rows of the lines, or of the records, that a request is for.
pub(crate) fn line_parser(request: &ReadRequest) -> Result<Box<dyn LineParser>> {
    let params = LazyParams::new(&request.storage, &request.table_parameters, &request.time_zone)?;
    let charset = params.charset;
    let parser = utf8_parser(request, params)?;
    Ok(match charset {
        Some(charset) => Box::new(Decoding::new(parser, charset)),
        None => parser,
    })
}

/// The same for lines of UTF-8.
fn utf8_parser(request: &ReadRequest, params: LazyParams) -> Result<Box<dyn LineParser>> {
    let storage = &request.storage;
    let properties = &storage.serde.parameters;
    Ok(match TextSerDe::of(storage)? {
        TextSerDe::LazyBinary => lazybinary::parser(request)?,
        TextSerDe::MultiDelimit => {
            let delimiter = multi::delimiter(storage, &request.table_parameters)?;
            Box::new(MultiParser::new(params, &delimiter, &request.columns)?)
        }
        TextSerDe::DelimitedJson => {
            return Err(WarehouseError::Invalid("DelimitedJSONSerDe cannot deserialize.".to_string()));
        }
        TextSerDe::LazySimple => Box::new(LazyParser::new(params, &request.columns, storage.columns.len())?),
        TextSerDe::OpenCsv => Box::new(FieldsParser::new(Csv::new(properties), params, &request.columns)?),
        TextSerDe::Regex => {
            let lines = RegexLines::new(properties, storage.columns.len())?;
            Box::new(FieldsParser::new(lines, params, &request.columns)?)
        }
        TextSerDe::Json => {
            let path = format!("file:/{}", request.object.location);
            Box::new(JsonParser::new(storage, params, &request.columns, path)?)
        }
    })
}

/// Begins a file.
pub fn open_writer(
    storage: &StorageDescriptor,
    columns: &[FieldSchema],
    options: &FileWriteOptions,
    output: Output,
) -> Result<Box<dyn RowFileWriter>> {
    Ok(Box::new(TextWriter::new(line_format(storage, options)?, columns, options, output)?))
}

/// What makes lines, or records, of rows.
pub(crate) fn line_format(storage: &StorageDescriptor, options: &FileWriteOptions) -> Result<Box<dyn LineFormat>> {
    let params = LazyParams::new(storage, &options.table_parameters, &options.time_zone)?;
    let charset = params.charset;
    let format = utf8_format(storage, options, params)?;
    Ok(match charset {
        Some(charset) => Box::new(Encoding::new(format, charset)),
        None => format,
    })
}

/// The same for lines of UTF-8.
fn utf8_format(
    storage: &StorageDescriptor,
    options: &FileWriteOptions,
    mut params: LazyParams,
) -> Result<Box<dyn LineFormat>> {
    Ok(match TextSerDe::of(storage)? {
        TextSerDe::LazyBinary => lazybinary::format(),
        TextSerDe::MultiDelimit => {
            params.delimiter = Some(multi::delimiter(storage, &options.table_parameters)?);
            Box::new(LazyFormat::new(params))
        }
        TextSerDe::DelimitedJson => Box::new(DelimitedJsonFormat::new(params)),
        TextSerDe::LazySimple => Box::new(LazyFormat::new(params)),
        TextSerDe::OpenCsv => Box::new(CsvFormat::new(Csv::new(&storage.serde.parameters), params.zone)),
        TextSerDe::Json => Box::new(JsonFormat::new(BinaryFormat::new(&storage.serde.parameters)?, params.zone)),
        TextSerDe::Regex => {
            return Err(WarehouseError::Invalid("Regex SerDe doesn't support the serialize() method".to_string()));
        }
    })
}
