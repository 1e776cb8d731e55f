//! Values as `LazySimpleSerDe` writes them.

use arrow::array::timezone::Tz;
use arrow::array::{Array, ArrayRef, AsArray, ListArray, MapArray, StructArray};
use arrow::datatypes::{
    Date32Type, Decimal128Type, DurationMicrosecondType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, IntervalYearMonthType, TimestampMicrosecondType,
};
use skep_metastore::model::HiveType;
use skep_udf::text as form;

use super::params::LazyParams;
use crate::error::{Result, WarehouseError};
use crate::types::arrow_type;

/// Writes values of columns.
pub struct ValueWriter {
    params: LazyParams,
    needs_escape: [bool; 256],
    scratch: String,
}

/// A column ready to be written: its array taken apart, and its separators looked up.
pub struct Column {
    array: ArrayRef,
    kind: Kind,
}

enum Kind {
    Void,
    Boolean,
    TinyInt,
    SmallInt,
    Int,
    BigInt,
    Float,
    Double,
    Decimal(i8),
    String,
    Char(usize),
    Date,
    Timestamp,
    TimestampLocalTz,
    Binary,
    YearMonth,
    DayTime,
    Array { list: ListArray, items: Box<Column>, separator: u8 },
    Map { map: MapArray, keys: Box<Column>, values: Box<Column>, entry_separator: u8, key_separator: u8 },
    Struct { fields: Vec<Column>, separator: u8 },
    Union { tags: ArrayRef, members: Vec<Column>, separator: u8 },
}

impl Column {
    /// Takes an array apart that must be of the type's Arrow type. `level` is that of the type's first separator.
    pub fn new(array: &ArrayRef, ty: &HiveType, level: usize, params: &LazyParams) -> Result<Self> {
        let mismatch =
            || WarehouseError::Invalid(format!("a column of type {ty} cannot be written from {}", array.data_type()));
        let kind = match ty {
            HiveType::Array(item) => {
                let list = array.as_list_opt::<i32>().ok_or_else(mismatch)?.clone();
                let items = Box::new(Self::new(list.values(), item, level + 1, params)?);
                Kind::Array { list, items, separator: params.separator(level)? }
            }
            HiveType::Map(key, value) => {
                let map = array.as_map_opt().ok_or_else(mismatch)?.clone();
                Kind::Map {
                    keys: Box::new(Self::new(map.keys(), key, level + 2, params)?),
                    values: Box::new(Self::new(map.values(), value, level + 2, params)?),
                    map,
                    entry_separator: params.separator(level)?,
                    key_separator: params.separator(level + 1)?,
                }
            }
            HiveType::Struct(types) => {
                let columns = struct_columns(array, types.len()).ok_or_else(mismatch)?;
                let fields = columns.iter().zip(types).map(|(c, f)| Self::new(c, &f.ty, level + 1, params));
                Kind::Struct { fields: fields.collect::<Result<_>>()?, separator: params.separator(level)? }
            }
            HiveType::Union(types) => {
                let columns = struct_columns(array, types.len() + 1).ok_or_else(mismatch)?;
                let members = columns[1..].iter().zip(types).map(|(c, ty)| Self::new(c, ty, level + 1, params));
                Kind::Union {
                    tags: columns[0].clone(),
                    members: members.collect::<Result<_>>()?,
                    separator: params.separator(level)?,
                }
            }
            _ if array.data_type() != &arrow_type(ty) => return Err(mismatch()),
            HiveType::Void => Kind::Void,
            HiveType::Boolean => Kind::Boolean,
            HiveType::TinyInt => Kind::TinyInt,
            HiveType::SmallInt => Kind::SmallInt,
            HiveType::Int => Kind::Int,
            HiveType::BigInt => Kind::BigInt,
            HiveType::Float => Kind::Float,
            HiveType::Double => Kind::Double,
            HiveType::Decimal { scale, .. } => Kind::Decimal(*scale as i8),
            HiveType::String | HiveType::Varchar(_) => Kind::String,
            HiveType::Char(length) => Kind::Char(*length as usize),
            HiveType::Date => Kind::Date,
            HiveType::Timestamp => Kind::Timestamp,
            HiveType::TimestampLocalTz => Kind::TimestampLocalTz,
            HiveType::Binary => Kind::Binary,
            HiveType::IntervalYearMonth => Kind::YearMonth,
            HiveType::IntervalDayTime => Kind::DayTime,
        };
        Ok(Self { array: ArrayRef::clone(array), kind })
    }

    fn is_null(&self, row: usize) -> bool {
        matches!(self.kind, Kind::Void) || self.array.is_null(row)
    }
}

fn struct_columns(array: &ArrayRef, count: usize) -> Option<&[ArrayRef]> {
    let columns = array.as_any().downcast_ref::<StructArray>()?.columns();
    (columns.len() == count).then_some(columns)
}

impl ValueWriter {
    /// A writer by a table's properties.
    pub fn new(params: LazyParams) -> Self {
        Self { needs_escape: params.escaped_bytes(), params, scratch: String::new() }
    }

    /// The properties.
    pub fn params(&self) -> &LazyParams {
        &self.params
    }

    /// Adds the value of a row, or what stands for NULL.
    pub fn write(&mut self, column: &Column, row: usize, out: &mut Vec<u8>) {
        if column.is_null(row) {
            out.extend_from_slice(&self.params.null);
            return;
        }
        let array = column.array.as_ref();
        match &column.kind {
            Kind::Void => {}
            Kind::Boolean => out.extend_from_slice(if array.as_boolean().value(row) { b"true" } else { b"false" }),
            Kind::TinyInt => integer(array.as_primitive::<Int8Type>().value(row).into(), out),
            Kind::SmallInt => integer(array.as_primitive::<Int16Type>().value(row).into(), out),
            Kind::Int => integer(array.as_primitive::<Int32Type>().value(row).into(), out),
            Kind::BigInt => integer(array.as_primitive::<Int64Type>().value(row), out),
            Kind::Float => self.scratch(out, |s| form::write_float(array.as_primitive::<Float32Type>().value(row), s)),
            Kind::Double => {
                self.scratch(out, |s| form::write_double(array.as_primitive::<Float64Type>().value(row), s));
            }
            Kind::Decimal(scale) => {
                self.scratch(out, |s| {
                    form::write_decimal(array.as_primitive::<Decimal128Type>().value(row), *scale, s);
                });
            }
            Kind::String => self.escaped(array.as_string::<i32>().value(row).as_bytes(), out),
            Kind::Char(length) => {
                let text = array.as_string::<i32>().value(row);
                self.escaped(text.as_bytes(), out);
                let padding = length.saturating_sub(text.chars().count());
                for _ in 0..padding {
                    self.escaped(b" ", out);
                }
            }
            Kind::Date => self.scratch(out, |s| form::write_date(array.as_primitive::<Date32Type>().value(row), s)),
            Kind::Timestamp => self.scratch(out, |s| {
                form::write_timestamp(array.as_primitive::<TimestampMicrosecondType>().value(row), s);
            }),
            Kind::TimestampLocalTz => {
                let zone: Tz = self.params.zone;
                self.scratch(out, |s| {
                    form::write_timestamp_tz(array.as_primitive::<TimestampMicrosecondType>().value(row), zone, s);
                });
            }
            Kind::Binary if self.params.delimiter.is_some() => {
                out.extend_from_slice(array.as_binary::<i32>().value(row));
            }
            Kind::Binary => self.scratch(out, |s| form::write_base64(array.as_binary::<i32>().value(row), s)),
            Kind::YearMonth => self.scratch(out, |s| {
                form::write_interval_year_month(array.as_primitive::<IntervalYearMonthType>().value(row), s);
            }),
            Kind::DayTime => self.scratch(out, |s| {
                form::write_interval_day_time(array.as_primitive::<DurationMicrosecondType>().value(row), s);
            }),
            Kind::Array { list, items, separator } => {
                for (i, item) in range(list.value_offsets(), row).enumerate() {
                    if i > 0 {
                        out.push(*separator);
                    }
                    self.write(items, item, out);
                }
            }
            Kind::Map { map, keys, values, entry_separator, key_separator } => {
                for (i, entry) in range(map.value_offsets(), row).enumerate() {
                    if i > 0 {
                        out.push(*entry_separator);
                    }
                    self.write(keys, entry, out);
                    out.push(*key_separator);
                    self.write(values, entry, out);
                }
            }
            Kind::Struct { fields, separator } => {
                for (i, field) in fields.iter().enumerate() {
                    if i > 0 {
                        out.push(*separator);
                    }
                    self.write(field, row, out);
                }
            }
            Kind::Union { tags, members, separator } => {
                let tag = tags.as_primitive::<Int8Type>().value(row);
                integer(tag.into(), out);
                out.push(*separator);
                match usize::try_from(tag).ok().and_then(|tag| members.get(tag)) {
                    Some(member) => self.write(member, row, out),
                    None => out.extend_from_slice(&self.params.null),
                }
            }
        }
    }

    fn scratch(&mut self, out: &mut Vec<u8>, write: impl FnOnce(&mut String)) {
        self.scratch.clear();
        write(&mut self.scratch);
        out.extend_from_slice(self.scratch.as_bytes());
    }

    fn escaped(&self, text: &[u8], out: &mut Vec<u8>) {
        let Some(escape) = self.params.escape else {
            out.extend_from_slice(text);
            return;
        };
        for byte in text {
            if self.needs_escape[usize::from(*byte)] {
                out.push(escape);
                out.push(match byte {
                    b'\r' => b'r',
                    b'\n' => b'n',
                    other => *other,
                });
            } else {
                out.push(*byte);
            }
        }
    }
}

fn range(offsets: &[i32], row: usize) -> std::ops::Range<usize> {
    offsets[row] as usize..offsets[row + 1] as usize
}

fn integer(value: i64, out: &mut Vec<u8>) {
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    let mut rest = value.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(&digits[at..]);
}
