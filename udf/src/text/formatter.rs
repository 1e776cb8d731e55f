//! Whole values as text, as Hive's command line prints them.

use arrow::array::PrimitiveArray;
use arrow::array::timezone::Tz;
use arrow::array::{
    Array, AsArray, BinaryArray, BooleanArray, Float32Array, Float64Array, ListArray, MapArray, StringArray,
    StructArray,
};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, DurationMicrosecondType, Int8Type, Int16Type, Int32Type, Int64Type,
    IntervalUnit, IntervalYearMonthType, TimeUnit, TimestampMicrosecondType,
};

use super::datetime::{write_date, write_timestamp, write_timestamp_tz};
use super::decimal::{write_decimal, write_decimal_trimmed};
use super::interval::{write_interval_day_time, write_interval_year_month};
use super::number::{write_double, write_float, write_integer};
use crate::error::{Result, UdfError};

/// How values are written.
#[derive(Debug, Clone, Copy)]
pub struct TextStyle {
    /// What stands for NULL at the top; inside of arrays, maps and structs it is `null`.
    pub null: &'static str,
    /// The zone instants are shown in.
    pub zone: Tz,
}

impl TextStyle {
    /// Hive's command line: NULL is `NULL`.
    pub fn cli(zone: Tz) -> TextStyle {
        TextStyle { null: "NULL", zone }
    }
}

/// Which texts within values are `char(n)`, and are shown with their padding.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Padding {
    /// None.
    #[default]
    None,
    /// This is a `char` of so many characters.
    Char(usize),
    /// Those of its members: the items of an array, keys and values of a map, the fields of a struct, the branches of a
    /// union.
    Members(Vec<Padding>),
}

impl Padding {
    fn member(&self, index: usize) -> &Padding {
        match self {
            Padding::Members(members) => members.get(index).unwrap_or(&Padding::None),
            _ => &Padding::None,
        }
    }

    fn length(&self) -> usize {
        match self {
            Padding::Char(length) => *length,
            _ => 0,
        }
    }
}

/// Writes the values of one array. Making it looks at the type once, so that a row costs little.
///
/// Strings and binaries are raw at the top; inside of other values strings, dates and timestamps are quoted and
/// escaped as `SerDeUtils.getJSONString` does, decimals lose their trailing zeros.
#[derive(Debug)]
pub struct TextFormatter<'a> {
    values: Values<'a>,
    style: TextStyle,
}

#[derive(Debug)]
enum Values<'a> {
    Null,
    Boolean(&'a BooleanArray),
    Int8(&'a PrimitiveArray<Int8Type>),
    Int16(&'a PrimitiveArray<Int16Type>),
    Int32(&'a PrimitiveArray<Int32Type>),
    Int64(&'a PrimitiveArray<Int64Type>),
    Float32(&'a Float32Array),
    Float64(&'a Float64Array),
    Decimal(&'a PrimitiveArray<Decimal128Type>, i8),
    /// The number is the length of a `char`, else 0.
    Text(&'a StringArray, usize),
    Binary(&'a BinaryArray),
    Date(&'a PrimitiveArray<Date32Type>),
    Timestamp(&'a PrimitiveArray<TimestampMicrosecondType>),
    Instant(&'a PrimitiveArray<TimestampMicrosecondType>),
    YearMonth(&'a PrimitiveArray<IntervalYearMonthType>),
    DayTime(&'a PrimitiveArray<DurationMicrosecondType>),
    List(&'a ListArray, Box<Values<'a>>),
    Map(&'a MapArray, Box<(Values<'a>, Values<'a>)>),
    Struct(&'a StructArray, Vec<(&'a str, Values<'a>)>),
    Union(&'a StructArray, &'a PrimitiveArray<Int8Type>, Vec<Values<'a>>),
}

/// Whether a struct stands for a `uniontype`.
pub(crate) fn is_union(fields: &arrow::datatypes::Fields) -> bool {
    fields.first().is_some_and(|field| field.name() == "tag" && *field.data_type() == DataType::Int8)
        && fields.iter().skip(1).enumerate().all(|(index, field)| *field.name() == index.to_string())
        && fields.len() > 1
}

impl<'a> Values<'a> {
    fn new(array: &'a dyn Array, padding: &Padding) -> Result<Values<'a>> {
        Ok(match array.data_type() {
            DataType::Null => Values::Null,
            DataType::Boolean => Values::Boolean(array.as_boolean()),
            DataType::Int8 => Values::Int8(array.as_primitive()),
            DataType::Int16 => Values::Int16(array.as_primitive()),
            DataType::Int32 => Values::Int32(array.as_primitive()),
            DataType::Int64 => Values::Int64(array.as_primitive()),
            DataType::Float32 => Values::Float32(array.as_primitive()),
            DataType::Float64 => Values::Float64(array.as_primitive()),
            DataType::Decimal128(_, scale) => Values::Decimal(array.as_primitive(), *scale),
            DataType::Utf8 => Values::Text(array.as_string(), padding.length()),
            DataType::Binary => Values::Binary(array.as_binary()),
            DataType::Date32 => Values::Date(array.as_primitive()),
            DataType::Timestamp(TimeUnit::Microsecond, None) => Values::Timestamp(array.as_primitive()),
            DataType::Timestamp(TimeUnit::Microsecond, Some(_)) => Values::Instant(array.as_primitive()),
            DataType::Interval(IntervalUnit::YearMonth) => Values::YearMonth(array.as_primitive()),
            DataType::Duration(TimeUnit::Microsecond) => Values::DayTime(array.as_primitive()),
            DataType::List(_) => {
                let list = array.as_list::<i32>();
                Values::List(list, Box::new(Values::new(list.values(), padding.member(0))?))
            }
            DataType::Map(_, _) => {
                let map = array.as_map();
                Values::Map(
                    map,
                    Box::new((
                        Values::new(map.keys(), padding.member(0))?,
                        Values::new(map.values(), padding.member(1))?,
                    )),
                )
            }
            DataType::Struct(fields) if is_union(fields) => {
                let array = array.as_struct();
                let members = array.columns().iter().skip(1).enumerate();
                let members = members.map(|(nth, member)| Values::new(member, padding.member(nth)));
                Values::Union(array, array.column(0).as_primitive(), members.collect::<Result<_>>()?)
            }
            DataType::Struct(fields) => {
                let array = array.as_struct();
                let members = fields.iter().zip(array.columns()).enumerate();
                let members = members.map(|(nth, (field, member))| {
                    Ok((field.name().as_str(), Values::new(member, padding.member(nth))?))
                });
                Values::Struct(array, members.collect::<Result<_>>()?)
            }
            other => return Err(UdfError::Unsupported(format!("printing values of type {other}"))),
        })
    }

    fn is_null(&self, row: usize) -> bool {
        match self {
            Values::Null => true,
            Values::Boolean(array) => array.is_null(row),
            Values::Int8(array) => array.is_null(row),
            Values::Int16(array) => array.is_null(row),
            Values::Int32(array) => array.is_null(row),
            Values::Int64(array) => array.is_null(row),
            Values::Float32(array) => array.is_null(row),
            Values::Float64(array) => array.is_null(row),
            Values::Decimal(array, _) => array.is_null(row),
            Values::Text(array, _) => array.is_null(row),
            Values::Binary(array) => array.is_null(row),
            Values::Date(array) => array.is_null(row),
            Values::Timestamp(array) | Values::Instant(array) => array.is_null(row),
            Values::YearMonth(array) => array.is_null(row),
            Values::DayTime(array) => array.is_null(row),
            Values::List(array, _) => array.is_null(row),
            Values::Map(array, _) => array.is_null(row),
            Values::Struct(array, _) | Values::Union(array, ..) => array.is_null(row),
        }
    }

    /// Writes a value that is not NULL; `nested` is how it looks inside of another one.
    fn write(&self, row: usize, nested: bool, zone: Tz, out: &mut String) {
        let quoted =
            nested && matches!(self, Values::Text(..) | Values::Date(_) | Values::Timestamp(_) | Values::Instant(_));
        if quoted {
            out.push('"');
        }
        match self {
            Values::Null => {}
            Values::Boolean(array) => out.push_str(if array.value(row) { "true" } else { "false" }),
            Values::Int8(array) => write_integer(array.value(row).into(), out),
            Values::Int16(array) => write_integer(array.value(row).into(), out),
            Values::Int32(array) => write_integer(array.value(row).into(), out),
            Values::Int64(array) => write_integer(array.value(row), out),
            Values::Float32(array) => write_float(array.value(row), out),
            Values::Float64(array) => write_double(array.value(row), out),
            Values::Decimal(array, scale) if nested => write_decimal_trimmed(array.value(row), *scale, out),
            Values::Decimal(array, scale) => write_decimal(array.value(row), *scale, out),
            Values::Text(array, length) => {
                let text = array.value(row);
                if nested {
                    escape(text, out);
                } else {
                    out.push_str(text);
                }
                if *length > 0 {
                    out.extend(std::iter::repeat_n(' ', length.saturating_sub(text.chars().count())));
                }
            }
            Values::Binary(array) => out.push_str(&String::from_utf8_lossy(array.value(row))),
            Values::Date(array) => write_date(array.value(row), out),
            Values::Timestamp(array) => write_timestamp(array.value(row), out),
            Values::Instant(array) => write_timestamp_tz(array.value(row), zone, out),
            Values::YearMonth(array) => write_interval_year_month(array.value(row), out),
            Values::DayTime(array) => write_interval_day_time(array.value(row), out),
            Values::List(array, items) => {
                out.push('[');
                for (index, item) in range(array.value_offsets(), row).enumerate() {
                    comma(index, out);
                    items.write_member(item, zone, out);
                }
                out.push(']');
            }
            Values::Map(array, entries) => {
                out.push('{');
                for (index, entry) in range(array.value_offsets(), row).enumerate() {
                    comma(index, out);
                    entries.0.write_member(entry, zone, out);
                    out.push(':');
                    entries.1.write_member(entry, zone, out);
                }
                out.push('}');
            }
            Values::Struct(_, members) => {
                out.push('{');
                for (index, (name, member)) in members.iter().enumerate() {
                    comma(index, out);
                    out.push('"');
                    out.push_str(name);
                    out.push_str("\":");
                    member.write_member(row, zone, out);
                }
                out.push('}');
            }
            Values::Union(_, tags, members) => {
                let tag = tags.value(row);
                out.push('{');
                write_integer(tag.into(), out);
                out.push(':');
                match usize::try_from(tag).ok().and_then(|tag| members.get(tag)) {
                    Some(member) => member.write_member(row, zone, out),
                    None => out.push_str("null"),
                }
                out.push('}');
            }
        }
        if quoted {
            out.push('"');
        }
    }

    fn write_member(&self, row: usize, zone: Tz, out: &mut String) {
        if self.is_null(row) { out.push_str("null") } else { self.write(row, true, zone, out) }
    }
}

fn range(offsets: &[i32], row: usize) -> std::ops::Range<usize> {
    let at = |index: usize| offsets.get(index).map_or(0, |offset| *offset as usize);
    at(row)..at(row + 1)
}

fn comma(index: usize, out: &mut String) {
    if index > 0 {
        out.push(',');
    }
}

/// `SerDeUtils.escapeString`.
fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
}

impl<'a> TextFormatter<'a> {
    /// A formatter of an array.
    ///
    /// # Errors
    /// [`UdfError::Unsupported`] for Arrow types that Hive has no type for.
    pub fn new(array: &'a dyn Array, style: TextStyle) -> Result<TextFormatter<'a>> {
        TextFormatter::padded(array, style, &Padding::None)
    }

    /// A formatter of an array that shows `char` values with their padding.
    ///
    /// # Errors
    /// As [`TextFormatter::new`].
    pub fn padded(array: &'a dyn Array, style: TextStyle, padding: &Padding) -> Result<TextFormatter<'a>> {
        Ok(TextFormatter { values: Values::new(array, padding)?, style })
    }

    /// Whether a row is NULL.
    pub fn is_null(&self, row: usize) -> bool {
        self.values.is_null(row)
    }

    /// Appends the value of a row.
    pub fn write(&self, row: usize, out: &mut String) {
        if self.values.is_null(row) {
            out.push_str(self.style.null);
        } else {
            self.values.write(row, false, self.style.zone, out);
        }
    }
}

/// One value as text; see [`TextFormatter`].
///
/// # Errors
/// [`UdfError::Unsupported`] for Arrow types that Hive has no type for.
pub fn value_text(array: &dyn Array, row: usize, style: TextStyle) -> Result<String> {
    let mut out = String::new();
    TextFormatter::new(array, style)?.write(row, &mut out);
    Ok(out)
}
