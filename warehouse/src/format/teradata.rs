//! Files of Teradata's own binary form (`TeradataBinaryFileInputFormat`, `TeradataBinarySerde`).
//!
//! ```text
//! file   = record*                       may be compressed; the name tells the codec
//! record = length (u16, or u32 with teradata.row.length 1MB), nulls (a bit a column, the first one highest), values, "\n"
//! ```
//! Numbers are little-endian, and a value is there also where it is NULL.

use std::io::{BufReader, Read};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{
    Date32Type, Decimal128Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType,
};
use skep_metastore::model::{FieldSchema, HiveType, Parameters, StorageDescriptor};
use skep_udf::text::{parse_date, write_date, write_timestamp};

use super::records::{RecordBlock, read_error, spawn};
use super::text::{ColumnBuilder, LazyParams, LineBuffer, LineFormat, LineParser, Span, TextWriter};
use super::writable::{Counted, invalid, take, take_array};
use super::{BatchStream, FileWriteOptions, ReadRequest, RowFileWriter};
use crate::codec::{TextCodec, decoder};
use crate::error::{Result, WarehouseError};
use crate::store::{Output, open_input};

/// The class.
pub const SERDE: &str = "org.apache.hadoop.hive.serde2.teradata.TeradataBinarySerde";
/// The input format.
pub const INPUT_FORMAT: &str = "org.apache.hadoop.hive.ql.io.TeradataBinaryFileInputFormat";

/// Longest record.
const MAX_RECORD: usize = 1 << 26;
/// Bytes of records that are sent at once.
const BLOCK: usize = 1 << 20;

/// What the properties of a table say.
#[derive(Debug, Clone, Copy)]
struct Form {
    /// Bytes of a record's length.
    length_bytes: usize,
    /// Bytes of a timestamp.
    timestamp: usize,
    /// Bytes of a character of `char`.
    character: usize,
}

impl Form {
    fn new(storage: &StorageDescriptor, table: &Parameters) -> Result<Self> {
        let get = |key: &str| storage.serde.parameters.get(key).or_else(|| table.get(key)).map(String::as_str);
        let wrong = |key: &str, value: &str, known: &str| {
            WarehouseError::Invalid(format!(
                "{key} doesn't support the value {value}, the supported values are {known}"
            ))
        };
        let length_bytes = match get("teradata.row.length").map(str::to_lowercase).as_deref() {
            None | Some("64kb") => 2,
            Some("1mb") => 4,
            Some(other) => return Err(wrong("teradata.row.length", other, "{64kb, 1mb}")),
        };
        let key = "teradata.timestamp.precision";
        let timestamp = match get(key).unwrap_or("6").trim().parse::<usize>() {
            Ok(0) => 19,
            Ok(digits @ 1..=9) => 20 + digits,
            _ => return Err(wrong(key, get(key).unwrap_or_default(), "0 to 9")),
        };
        let key = "teradata.char.charset";
        let character = match get(key).unwrap_or("UNICODE") {
            "UNICODE" => 3,
            "LATIN" => 2,
            other => return Err(wrong(key, other, "[LATIN, UNICODE]")),
        };
        Ok(Self { length_bytes, timestamp, character })
    }
}

/// Bytes of a decimal.
fn decimal_bytes(precision: u8) -> usize {
    match precision {
        ..=2 => 1,
        3..=4 => 2,
        5..=9 => 4,
        10..=18 => 8,
        _ => 16,
    }
}

fn unsupported(ty: &HiveType) -> WarehouseError {
    WarehouseError::Unsupported(format!("A column of type {ty} in Teradata's binary form"))
}

/// Can values of the type stand in such files?
fn check(ty: &HiveType) -> Result<()> {
    match ty {
        HiveType::TinyInt
        | HiveType::SmallInt
        | HiveType::Int
        | HiveType::BigInt
        | HiveType::Double
        | HiveType::Decimal { .. }
        | HiveType::Varchar(_)
        | HiveType::Char(_)
        | HiveType::Date
        | HiveType::Timestamp
        | HiveType::Binary => Ok(()),
        other => Err(unsupported(other)),
    }
}

/// Opens a file for reading.
pub async fn open_reader(request: ReadRequest) -> Result<BatchStream> {
    let form = Form::new(&request.storage, &request.table_parameters)?;
    let parser = Parser::new(form, &request)?;
    let path = format!("file:/{}", request.object.location);
    let input = open_input(&request.store, &request.object.location, 0).await?;
    let codec = TextCodec::from_file_name(&path);
    spawn(&request, Box::new(parser), move |sender| {
        let input = match codec {
            Some(codec) => decoder(codec, input),
            None => input,
        };
        let mut input = Counted::new(BufReader::with_capacity(1 << 16, input), 0);
        let mut block = RecordBlock::default();
        loop {
            let offset = input.position;
            let record = match record(&mut input, form.length_bytes).map_err(|error| read_error(&path, error))? {
                Some(record) => record,
                None => break,
            };
            block.push(&record, offset);
            if block.data.len() >= BLOCK && sender.blocking_send(Ok(std::mem::take(&mut block))).is_err() {
                return Ok(());
            }
        }
        // Nobody listens any more: nobody wants to know.
        let _ = sender.blocking_send(Ok(block));
        Ok(())
    })
}

fn record<R: Read>(input: &mut Counted<R>, length_bytes: usize) -> std::io::Result<Option<Vec<u8>>> {
    let mut first = [0; 1];
    if input.read(&mut first)? == 0 {
        return Ok(None);
    }
    let mut length = [first[0], 0, 0, 0];
    input.read_exact(&mut length[1..length_bytes])?;
    let length = u32::from_le_bytes(length) as usize;
    if length > MAX_RECORD {
        return Err(invalid(format!("a record of {length} bytes")));
    }
    let record = input.exact(length)?;
    match input.array::<1>()? {
        [b'\n'] => Ok(Some(record)),
        [other] => Err(invalid(format!("We expect 0x0a as the record end but get {other:02x}."))),
    }
}

struct Parser {
    form: Form,
    types: Vec<HiveType>,
    /// Place among the wanted columns of each column.
    places: Vec<Option<usize>>,
    params: LazyParams,
    builders: Vec<ColumnBuilder>,
}

impl Parser {
    fn new(form: Form, request: &ReadRequest) -> Result<Self> {
        let types: Vec<HiveType> = request.storage.columns.iter().map(|column| column.ty.clone()).collect();
        types.iter().try_for_each(check)?;
        let params = LazyParams::binary(&request.time_zone);
        let mut places = vec![None; types.len()];
        for (place, (index, _)) in request.columns.iter().enumerate() {
            places[*index] = Some(place);
        }
        let builders =
            request.columns.iter().map(|(_, ty)| ColumnBuilder::new(ty, 1, &params)).collect::<Result<_>>()?;
        Ok(Self { form, types, places, params, builders })
    }

    /// A record that is shorter or longer than its columns is a row of NULLs, as in Hive.
    fn row(&mut self, record: &[u8]) {
        let mut values: Vec<Option<&[u8]>> = vec![None; self.builders.len()];
        if self.split(record, &mut values).is_none() {
            values.fill(None);
        }
        for (column, place) in self.places.iter().enumerate() {
            let Some(place) = *place else { continue };
            let builder = &mut self.builders[place];
            if values[place].and_then(|bytes| put(builder, &self.types[column], bytes, &self.params)).is_none() {
                builder.append(None, &self.params);
            }
        }
    }

    /// The bytes of the wanted values that are not NULL.
    fn split<'a>(&self, mut record: &'a [u8], values: &mut [Option<&'a [u8]>]) -> Option<()> {
        let nulls = take(&mut record, self.types.len().div_ceil(8))?;
        for (at, ty) in self.types.iter().enumerate() {
            let length = match ty {
                HiveType::TinyInt => 1,
                HiveType::SmallInt => 2,
                HiveType::Int | HiveType::Date => 4,
                HiveType::BigInt | HiveType::Double => 8,
                HiveType::Decimal { precision, .. } => decimal_bytes(*precision),
                HiveType::Char(length) => *length as usize * self.form.character,
                HiveType::Timestamp => self.form.timestamp,
                _ => usize::from(u16::from_le_bytes(take_array(&mut record)?)),
            };
            let bytes = take(&mut record, length)?;
            if nulls[at / 8] & (0x80 >> (at % 8)) == 0
                && let Some(place) = self.places[at]
            {
                values[place] = Some(bytes);
            }
        }
        record.is_empty().then_some(())
    }
}

/// Adds a value; `None` where it is none of its type.
fn put(builder: &mut ColumnBuilder, ty: &HiveType, bytes: &[u8], params: &LazyParams) -> Option<()> {
    match builder {
        ColumnBuilder::TinyInt(b) => b.append_value(i8::from_le_bytes(bytes.try_into().ok()?)),
        ColumnBuilder::SmallInt(b) => b.append_value(i16::from_le_bytes(bytes.try_into().ok()?)),
        ColumnBuilder::Int(b) => b.append_value(i32::from_le_bytes(bytes.try_into().ok()?)),
        ColumnBuilder::BigInt(b) => b.append_value(i64::from_le_bytes(bytes.try_into().ok()?)),
        ColumnBuilder::Double(b) => b.append_value(f64::from_le_bytes(bytes.try_into().ok()?)),
        ColumnBuilder::Decimal { values, precision, .. } => {
            let sign: u8 = if bytes.last()? & 0x80 != 0 { 0xff } else { 0 };
            let mut wide = [sign; 16];
            wide.get_mut(..bytes.len())?.copy_from_slice(bytes);
            let value = i128::from_le_bytes(wide);
            values.append_option(skep_udf::text::fits(value, *precision).then_some(value));
        }
        ColumnBuilder::Date(b) => {
            let number = i64::from(i32::from_le_bytes(bytes.try_into().ok()?));
            let text = format!("{:08}", number + 19_000_000);
            b.append_value(parse_date(&format!("{}-{}-{}", text.get(..4)?, text.get(4..6)?, text.get(6..8)?))?);
        }
        ColumnBuilder::Timestamp(_) => {
            let text = std::str::from_utf8(bytes).ok()?.trim();
            (!text.is_empty()).then(|| builder.append(Some(text.as_bytes()), params))?;
        }
        ColumnBuilder::Binary(b) => b.append_value(bytes),
        builder if matches!(ty, HiveType::Varchar(_) | HiveType::Char(_)) => builder.append(Some(bytes), params),
        _ => return None,
    }
    Some(())
}

impl LineParser for Parser {
    fn parse(&mut self, data: &[u8], lines: &[Span]) -> Result<()> {
        if !self.builders.is_empty() {
            lines.iter().for_each(|line| self.row(line.of(data).unwrap_or_default()));
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Vec<ArrayRef>> {
        self.builders.iter_mut().map(ColumnBuilder::finish).collect()
    }
}

/// Begins a file.
pub fn open_writer(
    storage: &StorageDescriptor,
    columns: &[FieldSchema],
    options: &FileWriteOptions,
    output: Output,
) -> Result<Box<dyn RowFileWriter>> {
    columns.iter().try_for_each(|column| check(&column.ty))?;
    let form = Form::new(storage, &options.table_parameters)?;
    // A record ends as a line does.
    Ok(Box::new(TextWriter::new(Box::new(Records { form }), columns, options, output)?))
}

struct Records {
    form: Form,
}

impl Records {
    fn value(&self, ty: &HiveType, array: &ArrayRef, row: usize, out: &mut Vec<u8>) -> Result<()> {
        let null = array.is_null(row);
        let fixed = |out: &mut Vec<u8>, bytes: &[u8]| match null {
            true => out.extend(std::iter::repeat_n(0, bytes.len())),
            false => out.extend_from_slice(bytes),
        };
        match ty {
            HiveType::TinyInt => fixed(out, &array.as_primitive::<Int8Type>().value(row).to_le_bytes()),
            HiveType::SmallInt => fixed(out, &array.as_primitive::<Int16Type>().value(row).to_le_bytes()),
            HiveType::Int => fixed(out, &array.as_primitive::<Int32Type>().value(row).to_le_bytes()),
            HiveType::BigInt => fixed(out, &array.as_primitive::<Int64Type>().value(row).to_le_bytes()),
            HiveType::Double => fixed(out, &array.as_primitive::<Float64Type>().value(row).to_le_bytes()),
            HiveType::Decimal { precision, .. } => {
                let bytes = array.as_primitive::<Decimal128Type>().value(row).to_le_bytes();
                fixed(out, &bytes[..decimal_bytes(*precision)]);
            }
            HiveType::Date if null => out.extend_from_slice(&[0; 4]),
            HiveType::Date => {
                let mut text = String::new();
                write_date(array.as_primitive::<Date32Type>().value(row), &mut text);
                let digits: i64 = text.replace('-', "").parse().unwrap_or(19_000_000);
                out.extend_from_slice(&((digits - 19_000_000) as i32).to_le_bytes());
            }
            HiveType::Timestamp => {
                let mut text = String::new();
                if !null {
                    write_timestamp(array.as_primitive::<TimestampMicrosecondType>().value(row), &mut text);
                    if text.len() == 19 && self.form.timestamp > 19 {
                        text.push('.');
                    }
                }
                let filler = if null { b' ' } else { b'0' };
                out.extend(text.bytes().chain(std::iter::repeat(filler)).take(self.form.timestamp));
            }
            HiveType::Char(length) => {
                let width = *length as usize * self.form.character;
                let text = if null { "" } else { array.as_string::<i32>().value(row) };
                if text.len() > width {
                    return Err(WarehouseError::Invalid(format!(
                        "The byte num {} of HiveCharWritable is more than the byte num {width} we can hold.",
                        text.len()
                    )));
                }
                out.extend(text.bytes().chain(std::iter::repeat(b' ')).take(width));
            }
            HiveType::Varchar(_) | HiveType::Binary => {
                let bytes = match (null, ty) {
                    (true, _) => &[],
                    (false, HiveType::Binary) => array.as_binary::<i32>().value(row),
                    (false, _) => array.as_string::<i32>().value(row).as_bytes(),
                };
                let length = u16::try_from(bytes.len())
                    .map_err(|_| WarehouseError::Unsupported(format!("A value of {} bytes", bytes.len())))?;
                out.extend_from_slice(&length.to_le_bytes());
                out.extend_from_slice(bytes);
            }
            other => return Err(unsupported(other)),
        }
        Ok(())
    }
}

impl LineFormat for Records {
    fn format(&mut self, batch: &RecordBatch, columns: &[FieldSchema], out: &mut LineBuffer<'_>) -> Result<u64> {
        let mut record = Vec::new();
        for row in 0..batch.num_rows() {
            record.clear();
            record.resize(columns.len().div_ceil(8), 0);
            for (at, (array, column)) in batch.columns().iter().zip(columns).enumerate() {
                if array.is_null(row) {
                    record[at / 8] |= 0x80 >> (at % 8);
                }
                self.value(&column.ty, array, row, &mut record)?;
            }
            let length = (record.len() as u32).to_le_bytes();
            if record.len() > MAX_RECORD || length[self.form.length_bytes..].iter().any(|byte| *byte != 0) {
                let text = format!("A record of {} bytes with this teradata.row.length", record.len());
                return Err(WarehouseError::Unsupported(text));
            }
            out.bytes.extend_from_slice(&length[..self.form.length_bytes]);
            out.bytes.extend_from_slice(&record);
            out.end_line()?;
        }
        // This SerDe of Hive keeps no statistics.
        Ok(0)
    }
}
