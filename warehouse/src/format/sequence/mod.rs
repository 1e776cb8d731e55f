//! Hadoop's SequenceFiles: records of a key, which Hive ignores, and a value, which a SerDe makes.
//!
//! ```text
//! file    = header, sync marker, (record | block | escape -1, sync marker)*
//! record  = length (i32), length of the key (i32), key, value              values may be compressed one by one
//! block   = escape -1, sync marker, records (vint), 4 × (length (vint), compressed bytes)
//!           of the lengths of the keys, the keys, the lengths of the values, and the values
//! ```

mod header;
mod reader;
#[cfg(test)]
mod tests;
mod writer;

use skep_metastore::model::{FieldSchema, StorageDescriptor};

use self::header::Header;
use self::reader::SequenceReader;
use self::writer::SequenceWriter;
use super::writable::Counted;
use super::{BatchStream, FileWriteOptions, ReadRequest, RowFileWriter, lazybinary, records, text};
use crate::error::{Result, WarehouseError};
use crate::store::{Output, open_input};

/// How the records of a file are compressed (`SequenceFile.CompressionType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// Each value by itself.
    Record,
    /// Many records at once.
    Block,
}

impl Compression {
    /// The property that says how compressed files are compressed.
    pub const PROPERTY: &'static str = "mapreduce.output.fileoutputformat.compress.type";

    fn new(options: &FileWriteOptions) -> Result<Self> {
        if options.codec.is_none() {
            return Ok(Self::None);
        }
        match options.table_parameters.get(Self::PROPERTY).map(|kind| kind.to_ascii_uppercase()).as_deref() {
            None | Some("RECORD") => Ok(Self::Record),
            Some("BLOCK") => Ok(Self::Block),
            Some("NONE") => Ok(Self::None),
            Some(other) => Err(WarehouseError::Invalid(format!("{} {other}: no such compression", Self::PROPERTY))),
        }
    }
}

/// Can the SerDe's values stand in SequenceFiles?
pub fn supports(serde: &str) -> bool {
    text::supports(serde)
}

/// Opens a file for reading.
pub async fn open_reader(request: ReadRequest) -> Result<BatchStream> {
    let parser = text::line_parser(&request)?;
    let path = format!("file:/{}", request.object.location);
    let range = request.range.clone().unwrap_or(0..u64::MAX);
    let input = open_input(&request.store, &request.object.location, 0).await?;
    // The header stands at the start, wherever the range is.
    let second = match range.start {
        0 => None,
        start if start >= request.object.size => return records::spawn(&request, parser, |_| Ok(())),
        start => Some(open_input(&request.store, &request.object.location, start).await?),
    };
    records::spawn(&request, parser, move |sender| {
        let mut input = Counted::new(std::io::BufReader::with_capacity(1 << 16, input), 0);
        let failed = |error| records::read_error(&path, error);
        let header = Header::read(&mut input).map_err(failed)?;
        if let Some(second) = second {
            if range.start > header.end {
                input = Counted::new(std::io::BufReader::with_capacity(1 << 16, second), range.start);
                // The escape before the marker is to begin in the range, too.
                if range.end - range.start <= 4 || input.skip(4).is_err() {
                    return Ok(());
                }
            }
            if !input.find(&header.sync).map_err(failed)? {
                return Ok(());
            }
        }
        SequenceReader::new(input, header, range.end).run(sender).map_err(failed)
    })
}

/// Begins a file.
pub fn open_writer(
    storage: &StorageDescriptor,
    columns: &[FieldSchema],
    options: &FileWriteOptions,
    output: Output,
) -> Result<Box<dyn RowFileWriter>> {
    let format = text::line_format(storage, options)?;
    let value = match storage.serde.library.as_str() {
        lazybinary::SERDE => header::Value::Bytes,
        _ => header::Value::Text,
    };
    let compression = Compression::new(options)?;
    let codec = options.codec.filter(|_| compression != Compression::None);
    Ok(Box::new(SequenceWriter::new(format, value, columns, compression, codec, output)?))
}
