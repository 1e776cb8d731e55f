//! Lines of JSON, as Hive's `HiveJsonWriter` makes them.

use arrow::array::timezone::Tz;
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{
    Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType,
};
use skep_metastore::model::{FieldSchema, HiveType};
use skep_udf::text::{self as form, write_json_string};

use super::json::BinaryFormat;
use super::writer::{LineBuffer, LineFormat};
use crate::error::{Result, WarehouseError};

/// Writes lines of JSON.
pub struct JsonFormat {
    binary: BinaryFormat,
    zone: Tz,
    line: String,
}

impl JsonFormat {
    /// A writer by a table's properties.
    pub fn new(binary: BinaryFormat, zone: Tz) -> Self {
        Self { binary, zone, line: String::new() }
    }
}

impl LineFormat for JsonFormat {
    fn format(&mut self, batch: &RecordBatch, columns: &[FieldSchema], out: &mut LineBuffer<'_>) -> Result<u64> {
        let values = ValueWriter { binary: self.binary, zone: self.zone };
        for row in 0..batch.num_rows() {
            self.line.clear();
            self.line.push('{');
            for (i, (array, column)) in batch.columns().iter().zip(columns).enumerate() {
                if i > 0 {
                    self.line.push(',');
                }
                write_json_string(&column.name, &mut self.line);
                self.line.push(':');
                values.push(array.as_ref(), &column.ty, row, &mut self.line)?;
            }
            self.line.push('}');
            out.bytes.extend_from_slice(self.line.as_bytes());
            out.end_line()?;
        }
        // This SerDe of Hive keeps no statistics.
        Ok(0)
    }
}

struct ValueWriter {
    binary: BinaryFormat,
    zone: Tz,
}

impl ValueWriter {
    fn push(&self, array: &dyn Array, ty: &HiveType, row: usize, out: &mut String) -> Result<()> {
        let mismatch = || WarehouseError::Invalid(format!("a {ty} cannot be written from {}", array.data_type()));
        if array.is_null(row) || matches!(ty, HiveType::Void) {
            out.push_str("null");
            return Ok(());
        }
        let mut text = String::new();
        match ty {
            HiveType::Void => {}
            HiveType::Boolean => {
                out.push_str(if array.as_boolean_opt().ok_or_else(mismatch)?.value(row) { "true" } else { "false" });
            }
            HiveType::TinyInt => form::write_integer(array.as_primitive::<Int8Type>().value(row).into(), out),
            HiveType::SmallInt => form::write_integer(array.as_primitive::<Int16Type>().value(row).into(), out),
            HiveType::Int => form::write_integer(array.as_primitive::<Int32Type>().value(row).into(), out),
            HiveType::BigInt => form::write_integer(array.as_primitive::<Int64Type>().value(row), out),
            HiveType::Float => {
                let value = array.as_primitive::<Float32Type>().value(row);
                form::write_float(value, &mut text);
                push_number(&text, value.is_finite(), out);
            }
            HiveType::Double => {
                let value = array.as_primitive::<Float64Type>().value(row);
                form::write_double(value, &mut text);
                push_number(&text, value.is_finite(), out);
            }
            HiveType::Decimal { scale, .. } => {
                form::write_decimal_trimmed(array.as_primitive::<Decimal128Type>().value(row), *scale as i8, out);
            }
            HiveType::String | HiveType::Varchar(_) => {
                write_json_string(array.as_string_opt::<i32>().ok_or_else(mismatch)?.value(row), out);
            }
            HiveType::Char(length) => {
                let value = array.as_string_opt::<i32>().ok_or_else(mismatch)?.value(row);
                write_json_string(&format!("{value:<width$}", width = *length as usize), out);
            }
            HiveType::Date => {
                form::write_date(array.as_primitive::<Date32Type>().value(row), &mut text);
                write_json_string(&text, out);
            }
            HiveType::Timestamp => {
                form::write_timestamp(array.as_primitive::<TimestampMicrosecondType>().value(row), &mut text);
                write_json_string(&text, out);
            }
            HiveType::TimestampLocalTz => {
                let value = array.as_primitive::<TimestampMicrosecondType>().value(row);
                form::write_timestamp_tz(value, self.zone, &mut text);
                write_json_string(&text, out);
            }
            HiveType::Binary => {
                let bytes = array.as_binary_opt::<i32>().ok_or_else(mismatch)?.value(row);
                match self.binary {
                    BinaryFormat::RawString => write_json_string(&String::from_utf8_lossy(bytes), out),
                    BinaryFormat::Base64 => {
                        let mut encoded = String::new();
                        form::write_base64(bytes, &mut encoded);
                        write_json_string(&encoded, out);
                    }
                }
            }
            HiveType::Array(item) => {
                let list = array.as_list_opt::<i32>().ok_or_else(mismatch)?.value(row);
                out.push('[');
                for i in 0..list.len() {
                    if i > 0 {
                        out.push(',');
                    }
                    self.push(list.as_ref(), item, i, out)?;
                }
                out.push(']');
            }
            HiveType::Map(key, value) => {
                let entries = array.as_map_opt().ok_or_else(mismatch)?.value(row);
                out.push('{');
                for i in 0..entries.len() {
                    if i > 0 {
                        out.push(',');
                    }
                    // Keys are texts, whatever their type.
                    text.clear();
                    self.push(entries.column(0).as_ref(), key, i, &mut text)?;
                    match text.starts_with('"') {
                        true => out.push_str(&text),
                        false => write_json_string(&text, out),
                    }
                    out.push(':');
                    self.push(entries.column(1).as_ref(), value, i, out)?;
                }
                out.push('}');
            }
            HiveType::Struct(fields) => {
                let columns = array.as_struct_opt().ok_or_else(mismatch)?.columns();
                out.push('{');
                for (i, (column, field)) in columns.iter().zip(fields).enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    write_json_string(&field.name, out);
                    out.push(':');
                    self.push(column.as_ref(), &field.ty, row, out)?;
                }
                out.push('}');
            }
            HiveType::Union(types) => {
                let columns = array.as_struct_opt().ok_or_else(mismatch)?.columns();
                let tag = columns.first().ok_or_else(mismatch)?.as_primitive::<Int8Type>().value(row);
                let place = usize::try_from(tag).unwrap_or(usize::MAX);
                let member = types.get(place).zip(columns.get(place.saturating_add(1)));
                let (ty, column) = member.ok_or_else(mismatch)?;
                out.push_str(&format!("{{\"{tag}\":"));
                self.push(column.as_ref(), ty, row, out)?;
                out.push('}');
            }
            HiveType::IntervalYearMonth | HiveType::IntervalDayTime => {
                return Err(WarehouseError::Unsupported(format!("writing {ty} as JSON")));
            }
        }
        Ok(())
    }
}

/// `NaN` and the infinities are no numbers of JSON; Jackson puts them into quotes.
fn push_number(text: &str, finite: bool, out: &mut String) {
    if finite { out.push_str(text) } else { write_json_string(text, out) }
}
