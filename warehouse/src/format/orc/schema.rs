//! Types of an ORC file: which columns a table's columns are, in which Arrow types orc-rust is to decode them, and how
//! what it decodes becomes what plans use.

use std::sync::Arc;

use arrow::array::types::{Decimal128Type, TimestampMicrosecondType};
use arrow::array::{
    Array, ArrayRef, AsArray, Date32Array, ListArray, MapArray, PrimitiveArray, StringArray, StructArray, UnionArray,
};
use arrow::datatypes::{DataType as ArrowType, Date32Type, Field, Fields, Schema, SchemaRef, UnionFields, UnionMode};
use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::Tz;
use orc_rust::schema::{DataType, NamedColumn, RootDataType};
use skep_metastore::model::{HiveType, StructField};

use crate::error::Result;
use crate::format::calendar::{days_from_hybrid, micros_from_hybrid};
use crate::types::map_type;

const NANOS_PER_SECOND: i128 = 1_000_000_000;
/// 2015-01-01 00:00:00 UTC, from which ORC counts timestamps.
const ORC_EPOCH: i64 = 1_420_070_400;

/// For each wanted column of a table its column in the file, if there is one. Columns are found by name, without
/// regard to case. They are found by position when `positional` (`orc.force.positional.evolution`), when the file
/// comes from a Hive that did not keep names (`_col0`, `_col1`, …), or when none of the table's names is in the file.
pub(super) fn find_columns<'a>(
    file: &'a [NamedColumn],
    table: &[&str],
    wanted: &[usize],
    positional: bool,
) -> Vec<Option<&'a NamedColumn>> {
    let nameless = |column: &NamedColumn| {
        column.name().strip_prefix("_col").is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    };
    let by_name = |name: &str| file.iter().find(|column| column.name().eq_ignore_ascii_case(name));
    let positional = positional || file.iter().all(nameless) || !table.iter().any(|name| by_name(name).is_some());
    let find = |index: &usize| match positional {
        true => file.get(*index),
        false => table.get(*index).and_then(|name| by_name(name)),
    };
    wanted.iter().map(find).collect()
}

/// The Arrow schema in which orc-rust is to decode these columns. Timestamps are decoded as decimals of nanoseconds,
/// which hold every year.
pub(super) fn decoded_schema(columns: &RootDataType) -> SchemaRef {
    let fields: Fields =
        columns.children().iter().map(|c| Field::new(c.name(), decoded_type(c.data_type()), true)).collect();
    Arc::new(Schema::new(fields))
}

fn decoded_type(ty: &DataType) -> ArrowType {
    match ty {
        DataType::Timestamp { .. } | DataType::TimestampWithLocalTimezone { .. } => ArrowType::Decimal128(38, 9),
        DataType::Struct { children, .. } => ArrowType::Struct(
            children.iter().map(|c| Field::new(c.name(), decoded_type(c.data_type()), true)).collect(),
        ),
        DataType::List { child, .. } => crate::types::list_type(decoded_type(child)),
        DataType::Map { key, value, .. } => map_type(decoded_type(key), decoded_type(value)),
        DataType::Union { variants, .. } => {
            let fields = variants
                .iter()
                .enumerate()
                .map(|(i, ty)| (i as i8, Arc::new(Field::new(i.to_string(), decoded_type(ty), true))));
            ArrowType::Union(fields.collect::<UnionFields>(), UnionMode::Sparse)
        }
        other => other.to_arrow_data_type(),
    }
}

/// What a type of an ORC file is called in Hive.
pub(super) fn hive_type(ty: &DataType) -> HiveType {
    match ty {
        DataType::Boolean { .. } => HiveType::Boolean,
        DataType::Byte { .. } => HiveType::TinyInt,
        DataType::Short { .. } => HiveType::SmallInt,
        DataType::Int { .. } => HiveType::Int,
        DataType::Long { .. } => HiveType::BigInt,
        DataType::Float { .. } => HiveType::Float,
        DataType::Double { .. } => HiveType::Double,
        DataType::String { .. } => HiveType::String,
        DataType::Varchar { max_length, .. } => HiveType::Varchar(*max_length),
        DataType::Char { max_length, .. } => HiveType::Char(*max_length),
        DataType::Binary { .. } => HiveType::Binary,
        DataType::Decimal { precision, scale, .. } => {
            HiveType::Decimal { precision: *precision as u8, scale: *scale as u8 }
        }
        DataType::Timestamp { .. } => HiveType::Timestamp,
        DataType::TimestampWithLocalTimezone { .. } => HiveType::TimestampLocalTz,
        DataType::Date { .. } => HiveType::Date,
        DataType::Struct { children, .. } => HiveType::Struct(
            children
                .iter()
                .map(|c| StructField { name: c.name().to_lowercase(), ty: hive_type(c.data_type()) })
                .collect(),
        ),
        DataType::List { child, .. } => HiveType::Array(Box::new(hive_type(child))),
        DataType::Map { key, value, .. } => HiveType::Map(Box::new(hive_type(key)), Box::new(hive_type(value))),
        DataType::Union { variants, .. } => HiveType::Union(variants.iter().map(hive_type).collect()),
    }
}

/// Is there a union in the type? orc-rust cannot skip rows of one.
pub(super) fn holds_union(ty: &DataType) -> bool {
    match ty {
        DataType::Union { .. } => true,
        DataType::Struct { children, .. } => children.iter().any(|c| holds_union(c.data_type())),
        DataType::List { child, .. } => holds_union(child),
        DataType::Map { key, value, .. } => holds_union(key) || holds_union(value),
        _ => false,
    }
}

/// How dates and times of a stripe are to be read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    /// Time zone of the writer: an ORC timestamp is an instant that shows the right wall time there.
    pub writer_zone: Tz,
    /// Are they in Java's hybrid calendar?
    pub hybrid_calendar: bool,
}

impl Times {
    /// Decoded values as plans have them: `Decimal128(38, 9)` timestamps in microseconds, dates in the Gregorian
    /// calendar.
    pub fn settle(&self, array: &ArrayRef, ty: &DataType) -> Result<ArrayRef> {
        Ok(match ty {
            DataType::Timestamp { .. } => Arc::new(self.wall_times(array.as_primitive::<Decimal128Type>())),
            DataType::TimestampWithLocalTimezone { .. } => {
                let instants = array.as_primitive::<Decimal128Type>();
                let micros: PrimitiveArray<TimestampMicrosecondType> =
                    instants.unary(|nanos| self.calendar(saturate(nanos.div_euclid(1000))));
                Arc::new(micros.with_timezone("UTC"))
            }
            // The reader of ORC gives `char` without its padding, whatever the table's type.
            DataType::Char { .. } => match array.as_string_opt::<i32>() {
                Some(texts) if texts.iter().flatten().any(|text| text.ends_with(' ')) => Arc::new(
                    texts.iter().map(|text| text.map(|text| text.trim_end_matches(' '))).collect::<StringArray>(),
                ),
                _ => Arc::clone(array),
            },
            DataType::Date { .. } if self.hybrid_calendar => {
                let dates: Date32Array = array.as_primitive::<Date32Type>().unary(days_from_hybrid);
                Arc::new(dates)
            }
            DataType::Struct { children, .. } => {
                let from: &StructArray = array.as_struct();
                if children.is_empty() {
                    return Ok(Arc::clone(array));
                }
                let columns = children
                    .iter()
                    .zip(from.columns())
                    .map(|(child, column)| self.settle(column, child.data_type()))
                    .collect::<Result<Vec<_>>>()?;
                let fields: Fields = children
                    .iter()
                    .zip(&columns)
                    .map(|(child, column)| Field::new(child.name(), column.data_type().clone(), true))
                    .collect();
                Arc::new(StructArray::try_new(fields, columns, from.nulls().cloned())?)
            }
            DataType::List { child, .. } => {
                let from: &ListArray = array.as_list();
                let values = self.settle(from.values(), child)?;
                let field = Arc::new(Field::new("item", values.data_type().clone(), true));
                Arc::new(ListArray::try_new(field, from.offsets().clone(), values, from.nulls().cloned())?)
            }
            DataType::Map { key, value, .. } => {
                let from: &MapArray = array.as_map();
                let (keys, values) = (self.settle(from.keys(), key)?, self.settle(from.values(), value)?);
                let ArrowType::Map(field, sorted) = map_type(keys.data_type().clone(), values.data_type().clone())
                else {
                    return Ok(Arc::clone(array));
                };
                let ArrowType::Struct(fields) = field.data_type().clone() else { return Ok(Arc::clone(array)) };
                let entries = StructArray::try_new(fields, vec![keys, values], None)?;
                Arc::new(MapArray::try_new(field, from.offsets().clone(), entries, from.nulls().cloned(), sorted)?)
            }
            DataType::Union { variants, .. } => {
                let from: &UnionArray = array.as_union();
                let mut fields = Vec::with_capacity(variants.len());
                let mut children = Vec::with_capacity(variants.len());
                for (i, variant) in variants.iter().enumerate() {
                    let child = self.settle(from.child(i as i8), variant)?;
                    fields.push((i as i8, Arc::new(Field::new(i.to_string(), child.data_type().clone(), true))));
                    children.push(child);
                }
                let fields: UnionFields = fields.into_iter().collect();
                Arc::new(UnionArray::try_new(fields, from.type_ids().clone(), None, children)?)
            }
            _ => Arc::clone(array),
        })
    }

    fn calendar(&self, micros: i64) -> i64 {
        if self.hybrid_calendar { micros_from_hybrid(micros) } else { micros }
    }

    fn wall_times(&self, stored: &PrimitiveArray<Decimal128Type>) -> PrimitiveArray<TimestampMicrosecondType> {
        if is_utc(self.writer_zone) {
            return stored.unary(|nanos| self.calendar(saturate(nanos.div_euclid(1000))));
        }
        let epoch_offset = i64::from(offset_seconds(self.writer_zone, ORC_EPOCH));
        stored.unary(|nanos| {
            // What the decoder did for writers in UTC is undone and done for this writer's zone: Java cuts the seconds
            // of times before 1970 towards zero, and takes that back where there are nanoseconds (ORC-763).
            let (mut seconds, fraction) = (nanos.div_euclid(NANOS_PER_SECOND), nanos.rem_euclid(NANOS_PER_SECOND));
            let cut = fraction > 999_999;
            if cut && seconds < -1 {
                seconds += 1;
            }
            let mut instant = i64::try_from(seconds).unwrap_or(i64::MAX / 2) - epoch_offset;
            if cut && instant < 0 {
                instant -= 1;
            }
            let wall = instant.saturating_add(i64::from(offset_seconds(self.writer_zone, instant)));
            self.calendar(saturate(i128::from(wall) * 1_000_000 + fraction / 1000))
        })
    }
}

fn saturate(micros: i128) -> i64 {
    micros.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
}

fn is_utc(zone: Tz) -> bool {
    matches!(zone, Tz::UTC | Tz::Etc__UTC | Tz::GMT | Tz::Etc__GMT | Tz::Zulu | Tz::Etc__Zulu | Tz::Etc__UCT | Tz::UCT)
}

/// Offset of a zone at an instant. Like `java.util.TimeZone`, it knows no local mean times before 1900.
fn offset_seconds(zone: Tz, instant: i64) -> i32 {
    /// 1900-01-01 00:00:00 UTC
    const FIRST: i64 = -2_208_988_800;
    let at = DateTime::from_timestamp(instant.clamp(FIRST, 253_402_300_799), 0).unwrap_or_default();
    zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc()
}
