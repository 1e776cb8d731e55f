//! Rows as lines in memory: what goes to and comes from a script.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::timezone::Tz;
use arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchOptions, StringBuilder};
use arrow::datatypes::{Schema, SchemaRef};
use skep_metastore::model::{FieldSchema, HiveType, Parameters, StorageDescriptor};
use skep_udf::text::{TextFormatter, TextStyle};

use super::TextSerDe;
use super::csv::{Csv, CsvFormat};
use super::fields::FieldsParser;
use super::json::{BinaryFormat, JsonParser};
use super::json_writer::JsonFormat;
use super::lazy::{LazyFormat, LazyParser};
use super::multi::{self, MultiParser};
use super::params::LazyParams;
use super::reader::LineParser;
use super::regex::RegexLines;
use super::split::Span;
use super::writer::{InMemory, LineBuffer, LineFormat};
use crate::error::{Result, WarehouseError};
use crate::types::arrow_field;

/// Writes primitive values as `LazySimpleSerDe` does, and other values and binaries as JSON; it cannot read.
const DELIMITED_JSON: &str = "org.apache.hadoop.hive.serde2.DelimitedJSONSerDe";

/// Makes lines of rows by a SerDe for text.
pub struct LineWriter {
    format: Box<dyn LineFormat>,
    columns: Vec<FieldSchema>,
    /// Positions of the columns that are written as JSON.
    as_json: Vec<usize>,
    zone: Tz,
}

impl LineWriter {
    /// A writer of rows with these columns by a SerDe and its properties.
    ///
    /// # Errors
    /// The SerDe is no text SerDe that writes, or its properties mean nothing.
    pub fn new(storage: &StorageDescriptor, columns: &[FieldSchema], time_zone: &str) -> Result<Self> {
        let params = LazyParams::new(storage, &Parameters::new(), time_zone)?;
        let zone = params.zone;
        let mut columns = columns.to_vec();
        let mut as_json = Vec::new();
        let format: Box<dyn LineFormat> = if storage.serde.library == DELIMITED_JSON {
            for (i, column) in columns.iter_mut().enumerate() {
                if !column.ty.is_primitive() || column.ty == HiveType::Binary {
                    as_json.push(i);
                    column.ty = HiveType::String;
                }
            }
            Box::new(LazyFormat::new(params))
        } else {
            match TextSerDe::of(storage)? {
                TextSerDe::MultiDelimit => {
                    let delimiter = Some(multi::delimiter(storage, &Parameters::new())?);
                    Box::new(LazyFormat::new(LazyParams { delimiter, ..params }))
                }
                TextSerDe::LazySimple => Box::new(LazyFormat::new(params)),
                TextSerDe::OpenCsv => Box::new(CsvFormat::new(Csv::new(&storage.serde.parameters), zone)),
                TextSerDe::Json => Box::new(JsonFormat::new(BinaryFormat::new(&storage.serde.parameters)?, zone)),
                _ => {
                    let class = storage.serde.library.clone();
                    return Err(WarehouseError::UnsupportedClass { what: "SerDe for writing to a script", class });
                }
            }
        };
        Ok(Self { format, columns, as_json, zone })
    }

    /// Adds the lines of a batch to `out`, each with its end.
    ///
    /// # Errors
    /// A value has no text in this SerDe.
    pub fn write(&mut self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<()> {
        let mut buffer = LineBuffer { bytes: out, sink: &mut InMemory };
        if self.as_json.is_empty() {
            self.format.format(batch, &self.columns, &mut buffer)?;
            return Ok(());
        }
        let mut arrays = batch.columns().to_vec();
        for column in &self.as_json {
            arrays[*column] = json(&arrays[*column], self.zone)?;
        }
        let fields: Vec<_> = self.columns.iter().map(arrow_field).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let batch = RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options)?;
        self.format.format(&batch, &self.columns, &mut buffer)?;
        Ok(())
    }
}

fn json(array: &ArrayRef, zone: Tz) -> Result<ArrayRef> {
    let values = TextFormatter::new(array.as_ref(), TextStyle { null: "", zone })
        .map_err(|error| WarehouseError::Invalid(error.to_string()))?;
    let mut texts = StringBuilder::with_capacity(array.len(), array.len() * 16);
    let mut text = String::new();
    for row in 0..array.len() {
        if values.is_null(row) {
            texts.append_null();
            continue;
        }
        text.clear();
        values.write(row, &mut text);
        texts.append_value(&text);
    }
    Ok(Arc::new(texts.finish()))
}

/// Makes lines in which values that are made of others are JSON (`DelimitedJSONSerDe`).
pub struct DelimitedJsonFormat {
    inner: LazyFormat,
    zone: Tz,
}

impl DelimitedJsonFormat {
    /// A format by a table's properties.
    pub fn new(params: LazyParams) -> Self {
        Self { zone: params.zone, inner: LazyFormat::new(params) }
    }
}

impl LineFormat for DelimitedJsonFormat {
    fn format(&mut self, batch: &RecordBatch, columns: &[FieldSchema], out: &mut LineBuffer<'_>) -> Result<u64> {
        let mut columns = columns.to_vec();
        let mut arrays = batch.columns().to_vec();
        for (array, column) in arrays.iter_mut().zip(&mut columns) {
            if !column.ty.is_primitive() || column.ty == HiveType::Binary {
                *array = json(array, self.zone)?;
                column.ty = HiveType::String;
            }
        }
        let fields: Vec<_> = columns.iter().map(arrow_field).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let batch = RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options)?;
        self.inner.format(&batch, &columns, out)
    }
}

/// Makes rows of lines by a SerDe for text.
pub struct LineReader {
    parser: Box<dyn LineParser>,
    schema: SchemaRef,
    lines: Vec<Span>,
}

impl LineReader {
    /// A reader of rows with the columns of `storage`, by its SerDe and the SerDe's properties.
    ///
    /// # Errors
    /// The SerDe is no text SerDe that reads, or its properties mean nothing.
    pub fn new(storage: &StorageDescriptor, time_zone: &str) -> Result<Self> {
        let params = LazyParams::new(storage, &Parameters::new(), time_zone)?;
        let properties = &storage.serde.parameters;
        let columns: Vec<(usize, HiveType)> =
            storage.columns.iter().enumerate().map(|(i, column)| (i, column.ty.clone())).collect();
        let parser: Box<dyn LineParser> = match TextSerDe::of(storage)? {
            TextSerDe::LazySimple => Box::new(LazyParser::new(params, &columns, columns.len())?),
            TextSerDe::OpenCsv => Box::new(FieldsParser::new(Csv::new(properties), params, &columns)?),
            TextSerDe::Regex => {
                let lines = RegexLines::new(properties, columns.len())?;
                Box::new(FieldsParser::new(lines, params, &columns)?)
            }
            TextSerDe::Json => Box::new(JsonParser::new(storage, params, &columns, "a script's output".to_string())?),
            TextSerDe::MultiDelimit => {
                let delimiter = multi::delimiter(storage, &Parameters::new())?;
                Box::new(MultiParser::new(params, &delimiter, &columns)?)
            }
            TextSerDe::LazyBinary | TextSerDe::DelimitedJson => {
                let class = storage.serde.library.clone();
                return Err(WarehouseError::UnsupportedClass { what: "SerDe for reading from a script", class });
            }
        };
        let fields: Vec<_> = storage.columns.iter().map(arrow_field).collect();
        Ok(Self { parser, schema: Arc::new(Schema::new(fields)), lines: Vec::new() })
    }

    /// The rows of whole lines; the last one may lack its end.
    ///
    /// # Errors
    /// A line is none of this SerDe.
    pub fn read(&mut self, data: &[u8]) -> Result<RecordBatch> {
        self.lines.clear();
        let mut at = 0;
        while at < data.len() {
            let end = memchr::memchr2(b'\n', b'\r', &data[at..]).map_or(data.len(), |n| at + n);
            self.lines.push(Span::new(at, end));
            at = match data.get(end..) {
                Some([b'\r', b'\n', ..]) => end + 2,
                _ => end + 1,
            };
        }
        self.parse(data)
    }

    /// The row that a record without line ends of its own makes.
    ///
    /// # Errors
    /// As [`LineReader::read`].
    pub fn read_record(&mut self, data: &[u8]) -> Result<RecordBatch> {
        self.lines.clear();
        self.lines.push(Span::new(0, data.len()));
        self.parse(data)
    }

    /// The rows of records, each of which may hold line ends of its own.
    ///
    /// # Errors
    /// As [`LineReader::read`].
    pub fn read_records<'r>(&mut self, records: impl IntoIterator<Item = &'r [u8]>) -> Result<RecordBatch> {
        self.lines.clear();
        let mut data = Vec::new();
        for record in records {
            self.lines.push(Span::new(data.len(), data.len() + record.len()));
            data.extend_from_slice(record);
        }
        self.parse(&data)
    }

    fn parse(&mut self, data: &[u8]) -> Result<RecordBatch> {
        self.parser.parse(data, &self.lines)?;
        let columns = self.parser.finish()?;
        let options = RecordBatchOptions::new().with_row_count(Some(self.lines.len()));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?)
    }
}

/// `hive.transform.escape.input`: a line with its tabs, line ends and backslashes escaped, and its separators (Ctrl-A)
/// made tabs (`HiveUtils.escapeText`).
pub fn escape_line(line: &[u8], out: &mut Vec<u8>) {
    for byte in line {
        match byte {
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            1 => out.push(b'\t'),
            other => out.push(*other),
        }
    }
}

/// The reverse of [`escape_line`] (`HiveUtils.unescapeText`).
pub fn unescape_line(line: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr2(b'\\', b'\t', line).is_none() {
        return Cow::Borrowed(line);
    }
    let mut out = Vec::with_capacity(line.len());
    let mut bytes = line.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\t' => out.push(1),
            b'\\' => match bytes.next() {
                Some(b'n') => out.push(b'\n'),
                Some(b'r') => out.push(b'\r'),
                Some(b't') => out.push(b'\t'),
                Some(b'\\') => out.push(b'\\'),
                Some(other) => out.extend_from_slice(&[b'\\', *other]),
                None => out.push(b'\\'),
            },
            other => out.push(*other),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use arrow::array::{AsArray, Int32Array, ListArray, StringArray};
    use arrow::datatypes::Int32Type;

    use super::*;

    fn storage(columns: &[(&str, &str)], serde: &str) -> StorageDescriptor {
        let mut storage = super::super::tests::storage(columns, &[("field.delim", "9")]);
        storage.serde.library = serde.to_string();
        storage
    }

    #[test]
    fn rows_become_lines_and_lines_rows() {
        let written = storage(&[("a", "int"), ("b", "string"), ("c", "array<int>")], DELIMITED_JSON);
        let columns = written.columns.clone();
        let list = ListArray::from_iter_primitive::<Int32Type, _, _>([Some([Some(1), None]), None]);
        let batch = RecordBatch::try_from_iter([
            ("a", Arc::new(Int32Array::from(vec![Some(1), None])) as ArrayRef),
            ("b", Arc::new(StringArray::from(vec!["x", "y"]))),
            ("c", Arc::new(list)),
        ])
        .unwrap();
        let mut lines = Vec::new();
        LineWriter::new(&written, &columns, "UTC").unwrap().write(&batch, &mut lines).unwrap();
        assert_eq!(String::from_utf8(lines).unwrap(), "1\tx\t[1,null]\n\\N\ty\t\\N\n");

        let read = storage(&[("a", "int"), ("b", "string")], "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe");
        let batch = LineReader::new(&read, "UTC").unwrap().read(b"1\tx\tmore\r\nno\n2").unwrap();
        assert_eq!(batch.num_rows(), 3);
        let numbers: Vec<_> = batch.column(0).as_primitive::<Int32Type>().iter().collect();
        assert_eq!(numbers, [Some(1), None, Some(2)]);
        assert_eq!(batch.column(1).as_string::<i32>().iter().collect::<Vec<_>>(), [Some("x"), None, None]);
    }

    #[test]
    fn escapes() {
        let mut out = Vec::new();
        escape_line(b"a\tb\nc\\\x01d", &mut out);
        assert_eq!(out, b"a\\tb\\nc\\\\\td");
        assert_eq!(unescape_line(&out).as_ref(), b"a\tb\nc\\\x01d");
        assert_eq!(unescape_line(b"plain").as_ref(), b"plain");
    }
}
