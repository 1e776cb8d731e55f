//! Values into LazyBinary bytes.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{
    Date32Type, Decimal128Type, DurationMicrosecondType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, IntervalYearMonthType, TimestampMicrosecondType,
};
use skep_metastore::model::{FieldSchema, HiveType};

use crate::error::{Result, WarehouseError};
use crate::format::text::{LineBuffer, LineFormat};
use crate::format::writable::write_vlong;
use crate::types::arrow_type;

/// Makes LazyBinary rows of batches.
pub fn format() -> Box<dyn LineFormat> {
    Box::new(RowFormat)
}

/// A column ready to be written.
pub struct ValueWriter<'a> {
    array: &'a ArrayRef,
    ty: &'a HiveType,
    children: Vec<ValueWriter<'a>>,
}

impl<'a> ValueWriter<'a> {
    /// Takes an array apart that must be of the type's Arrow type.
    pub fn new(array: &'a ArrayRef, ty: &'a HiveType) -> Result<Self> {
        if !array.data_type().equals_datatype(&arrow_type(ty)) {
            let from = array.data_type();
            return Err(WarehouseError::Invalid(format!("a column of type {ty} cannot be written from {from}")));
        }
        let children = match ty {
            HiveType::Array(item) => vec![Self::new(array.as_list::<i32>().values(), item)?],
            HiveType::Map(key, value) => {
                let map = array.as_map();
                vec![Self::new(map.keys(), key)?, Self::new(map.values(), value)?]
            }
            HiveType::Struct(fields) => {
                let columns = array.as_struct().columns().iter().zip(fields);
                columns.map(|(column, field)| Self::new(column, &field.ty)).collect::<Result<_>>()?
            }
            HiveType::Union(types) => {
                let columns = array.as_struct().columns().iter().skip(1).zip(types);
                columns.map(|(column, ty)| Self::new(column, ty)).collect::<Result<_>>()?
            }
            _ => Vec::new(),
        };
        Ok(Self { array, ty, children })
    }

    /// Is the row's value NULL?
    pub fn is_null(&self, row: usize) -> bool {
        matches!(self.ty, HiveType::Void) || self.array.is_null(row)
    }

    /// Adds the value of a row, which is not NULL; `alone`: without a length before it.
    pub fn write(&self, row: usize, alone: bool, out: &mut Vec<u8>) {
        let array = self.array.as_ref();
        match self.ty {
            HiveType::Void => {}
            HiveType::Boolean => out.push(array.as_boolean().value(row).into()),
            HiveType::TinyInt => out.push(array.as_primitive::<Int8Type>().value(row) as u8),
            HiveType::SmallInt => out.extend_from_slice(&array.as_primitive::<Int16Type>().value(row).to_be_bytes()),
            HiveType::Int => write_vlong(array.as_primitive::<Int32Type>().value(row).into(), out),
            HiveType::BigInt => write_vlong(array.as_primitive::<Int64Type>().value(row), out),
            HiveType::Float => out.extend_from_slice(&array.as_primitive::<Float32Type>().value(row).to_be_bytes()),
            HiveType::Double => out.extend_from_slice(&array.as_primitive::<Float64Type>().value(row).to_be_bytes()),
            HiveType::Date => write_vlong(array.as_primitive::<Date32Type>().value(row).into(), out),
            HiveType::Timestamp | HiveType::TimestampLocalTz => {
                timestamp(array.as_primitive::<TimestampMicrosecondType>().value(row), out);
            }
            HiveType::IntervalYearMonth => {
                write_vlong(array.as_primitive::<IntervalYearMonthType>().value(row).into(), out);
            }
            HiveType::IntervalDayTime => {
                let micros = array.as_primitive::<DurationMicrosecondType>().value(row);
                write_vlong(micros / 1_000_000, out);
                write_vlong(micros % 1_000_000 * 1000, out);
            }
            HiveType::Decimal { scale, .. } => {
                decimal(array.as_primitive::<Decimal128Type>().value(row), (*scale).into(), out);
            }
            HiveType::String | HiveType::Varchar(_) => {
                bytes(array.as_string::<i32>().value(row).as_bytes(), alone, out)
            }
            HiveType::Char(length) => {
                let text = array.as_string::<i32>().value(row);
                let width = *length as usize;
                bytes(format!("{text:<width$}").as_bytes(), alone, out);
            }
            HiveType::Binary => bytes(array.as_binary::<i32>().value(row), alone, out),
            HiveType::Array(_) | HiveType::Map(..) | HiveType::Struct(_) | HiveType::Union(_) => {
                let start = out.len();
                if !alone {
                    out.extend_from_slice(&[0; 4]);
                }
                self.nested(row, out);
                if !alone {
                    let length = (out.len() - start - 4) as i32;
                    out[start..start + 4].copy_from_slice(&length.to_be_bytes());
                }
            }
        }
    }

    fn nested(&self, row: usize, out: &mut Vec<u8>) {
        match self.ty {
            HiveType::Array(_) => {
                let offsets = self.array.as_list::<i32>().value_offsets();
                let items = offsets[row] as usize..offsets[row + 1] as usize;
                write_vlong(items.len() as i64, out);
                bits(items.clone().map(|at| !self.children[0].is_null(at)), out);
                for at in items.filter(|at| !self.children[0].is_null(*at)) {
                    self.children[0].write(at, false, out);
                }
            }
            HiveType::Map(..) => {
                let offsets = self.array.as_map().value_offsets();
                let entries = offsets[row] as usize..offsets[row + 1] as usize;
                write_vlong(entries.len() as i64, out);
                let both = |at: usize| self.children.iter().map(move |child| !child.is_null(at));
                bits(entries.clone().flat_map(both), out);
                for at in entries {
                    for child in self.children.iter().filter(|child| !child.is_null(at)) {
                        child.write(at, false, out);
                    }
                }
            }
            HiveType::Union(_) => {
                let tags = self.array.as_struct().column(0).as_primitive::<Int8Type>();
                let tag = if tags.is_null(row) { 0 } else { tags.value(row) };
                out.push(tag as u8);
                if let Some(member) = usize::try_from(tag).ok().and_then(|tag| self.children.get(tag))
                    && !member.is_null(row)
                {
                    member.write(row, false, out);
                }
            }
            _ => fields(&self.children, row, out),
        }
    }
}

/// Adds the fields of a struct, or the columns of a row.
fn fields(columns: &[ValueWriter<'_>], row: usize, out: &mut Vec<u8>) {
    for eight in columns.chunks(8) {
        bits(eight.iter().map(|column| !column.is_null(row)), out);
        for column in eight.iter().filter(|column| !column.is_null(row)) {
            column.write(row, false, out);
        }
    }
}

/// Adds bits, eight to a byte.
fn bits(values: impl Iterator<Item = bool>, out: &mut Vec<u8>) {
    for (at, set) in values.enumerate() {
        if at % 8 == 0 {
            out.push(0);
        }
        if let Some(last) = out.last_mut() {
            *last |= u8::from(set) << (at % 8);
        }
    }
}

fn bytes(value: &[u8], alone: bool, out: &mut Vec<u8>) {
    if !alone {
        write_vlong(value.len() as i64, out);
    }
    out.extend_from_slice(value);
}

/// Java's `BigInteger.toByteArray`: as few bytes as the number and its sign need.
pub(crate) fn big_integer(value: i128) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let sign: u8 = if value < 0 { 0xff } else { 0 };
    let mut skip = 0;
    while skip < 15 && bytes[skip] == sign && (bytes[skip + 1] ^ sign) & 0x80 == 0 {
        skip += 1;
    }
    bytes[skip..].to_vec()
}

/// Hive keeps decimals without the zeros at their end.
fn decimal(mut value: i128, mut scale: i64, out: &mut Vec<u8>) {
    while scale > 0 && value % 10 == 0 {
        value /= 10;
        scale -= 1;
    }
    write_vlong(scale, out);
    let digits = big_integer(value);
    write_vlong(digits.len() as i64, out);
    out.extend_from_slice(&digits);
}

fn timestamp(micros: i64, out: &mut Vec<u8>) {
    let seconds = micros.div_euclid(1_000_000);
    let mut nanos = micros.rem_euclid(1_000_000) * 1000;
    let wide = !(0..=i64::from(i32::MAX)).contains(&seconds);
    let mut reversed = 0;
    for _ in 0..9 {
        reversed = reversed * 10 + nanos % 10;
        nanos /= 10;
    }
    let mut first = seconds as i32;
    if wide || reversed != 0 {
        first |= i32::MIN;
    } else {
        first &= i32::MAX;
    }
    out.extend_from_slice(&first.to_be_bytes());
    if wide {
        write_vlong(-reversed - 1, out);
        write_vlong(seconds >> 31, out);
    } else if reversed != 0 {
        write_vlong(reversed, out);
    }
}

struct RowFormat;

impl LineFormat for RowFormat {
    fn format(&mut self, batch: &RecordBatch, columns: &[FieldSchema], out: &mut LineBuffer<'_>) -> Result<u64> {
        let writers = batch.columns().iter().zip(columns).map(|(array, column)| ValueWriter::new(array, &column.ty));
        let writers = writers.collect::<Result<Vec<_>>>()?;
        let mut raw = 0;
        for row in 0..batch.num_rows() {
            let start = out.bytes.len();
            fields(&writers, row, out.bytes);
            raw += (out.bytes.len() - start) as u64;
            out.end_line()?;
        }
        Ok(raw)
    }
}
