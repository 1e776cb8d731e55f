//! What a Parquet file's metadata tells of its writer, and thus of its dates and times.

use std::str::FromStr;
use std::sync::Arc;

use arrow::array::types::TimestampMicrosecondType;
use arrow::array::{Array, ArrayRef, AsArray, Date32Array, ListArray, MapArray, PrimitiveArray, StructArray};
use arrow::datatypes::{DataType, Date32Type, Field, FieldRef, Fields, TimeUnit};
use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::Tz;
use parquet::basic::Type as Physical;
use parquet::file::metadata::FileMetaData;
use parquet::schema::types::SchemaDescriptor;

use crate::error::Result;
use crate::format::calendar::{days_from_hybrid, micros_from_hybrid};

/// Key of the time zone of the writer.
pub(super) const WRITER_TIME_ZONE: &str = "writer.time.zone";
/// Key that says whether dates are in the Gregorian calendar in all years.
pub(super) const WRITER_DATE_PROLEPTIC: &str = "writer.date.proleptic";
/// How `created_by` of our own files begins.
pub(super) const CREATED_BY: &str = "skep";

/// How the dates and times of a file are to be read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Times {
    /// Zone in which an `INT96` timestamp shows the right wall time.
    pub int96_zone: Tz,
    /// Is `INT96` in Java's hybrid calendar?
    pub int96_hybrid: bool,
    /// Is `DATE` in Java's hybrid calendar?
    pub date_hybrid: bool,
}

impl Times {
    /// What the file's metadata says.
    pub fn of_file(metadata: &FileMetaData, session_zone: Tz) -> Self {
        let value = |key: &str| {
            let found = metadata.key_value_metadata()?.iter().find(|pair| pair.key == key)?;
            Some(found.value.clone().unwrap_or_default())
        };
        let created_by = metadata.created_by().unwrap_or_default();
        let by_java = created_by.starts_with("parquet-mr");
        let by_spark = value("org.apache.spark.version").is_some();
        let zone = value(WRITER_TIME_ZONE).and_then(|name| Tz::from_str(&name).ok());
        let date_hybrid = match value(WRITER_DATE_PROLEPTIC) {
            Some(text) => !text.eq_ignore_ascii_case("true"),
            None => by_java && (!by_spark || value("org.apache.spark.legacyDateTime").is_some()),
        };
        Self {
            int96_zone: if by_java { zone.unwrap_or(session_zone) } else { Tz::UTC },
            int96_hybrid: created_by.starts_with(CREATED_BY)
                || by_java && (!by_spark || value("org.apache.spark.legacyINT96").is_some()),
            date_hybrid,
        }
    }

    /// Values as plans have them. `field` says what came of `INT96` by [`mark_int96`].
    pub fn settle(&self, array: &ArrayRef, field: &FieldRef) -> Result<ArrayRef> {
        Ok(match field.data_type() {
            DataType::Timestamp(TimeUnit::Microsecond, None) if is_int96(field) => {
                let stored = array.as_primitive::<TimestampMicrosecondType>();
                let walls: PrimitiveArray<TimestampMicrosecondType> = stored.unary(|micros| self.wall_time(micros));
                Arc::new(walls)
            }
            DataType::Date32 if self.date_hybrid => {
                let dates: Date32Array = array.as_primitive::<Date32Type>().unary(days_from_hybrid);
                Arc::new(dates)
            }
            DataType::Struct(fields) if !fields.is_empty() => {
                let from: &StructArray = array.as_struct();
                let columns: Vec<ArrayRef> = fields
                    .iter()
                    .zip(from.columns())
                    .map(|(field, column)| self.settle(column, field))
                    .collect::<Result<_>>()?;
                Arc::new(StructArray::try_new(fields.clone(), columns, from.nulls().cloned())?)
            }
            DataType::List(item) => {
                let from: &ListArray = array.as_list();
                let values = self.settle(from.values(), item)?;
                Arc::new(ListArray::try_new(Arc::clone(item), from.offsets().clone(), values, from.nulls().cloned())?)
            }
            DataType::Map(entries, sorted) => {
                let from: &MapArray = array.as_map();
                let settled = self.settle(&(Arc::new(from.entries().clone()) as ArrayRef), entries)?;
                let settled = settled.as_struct().clone();
                let offsets = from.offsets().clone();
                Arc::new(MapArray::try_new(Arc::clone(entries), offsets, settled, from.nulls().cloned(), *sorted)?)
            }
            _ => Arc::clone(array),
        })
    }

    fn wall_time(&self, micros: i64) -> i64 {
        // The Julian day is counted after the move to UTC, so the calendar comes first.
        let micros = if self.int96_hybrid { micros_from_hybrid(micros) } else { micros };
        if self.int96_zone == Tz::UTC {
            return micros;
        }
        let seconds = micros.div_euclid(1_000_000);
        let at = DateTime::from_timestamp(seconds, 0).unwrap_or_default().naive_utc();
        let offset = self.int96_zone.offset_from_utc_datetime(&at).fix().local_minus_utc();
        micros.saturating_add(i64::from(offset) * 1_000_000)
    }
}

/// Key of the mark on fields that are `INT96` in the file.
const INT96: &str = "skep.int96";

/// The fields of a file's schema with those marked and read in microseconds that are `INT96` in the file. (Arrow would
/// read them in nanoseconds, in which few years fit.)
pub(super) fn mark_int96(fields: &Fields, schema: &SchemaDescriptor) -> Fields {
    let mut leaves = schema.columns().iter().map(|column| column.physical_type() == Physical::INT96);
    fields.iter().map(|field| mark(field, &mut leaves)).collect()
}

fn mark(field: &FieldRef, leaves: &mut dyn Iterator<Item = bool>) -> FieldRef {
    let ty = match field.data_type() {
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(|field| mark(field, leaves)).collect()),
        DataType::List(item) => DataType::List(mark(item, leaves)),
        DataType::Map(entries, sorted) => DataType::Map(mark(entries, leaves), *sorted),
        other => match (leaves.next(), other) {
            (Some(true), DataType::Timestamp(TimeUnit::Nanosecond, None)) => {
                let ty = DataType::Timestamp(TimeUnit::Microsecond, None);
                let metadata = [(INT96.to_string(), String::new())].into();
                return Arc::new(field.as_ref().clone().with_data_type(ty).with_metadata(metadata));
            }
            _ => return Arc::clone(field),
        },
    };
    Arc::new(field.as_ref().clone().with_data_type(ty))
}

/// Is the field `INT96` in the file?
pub(super) fn is_int96(field: &Field) -> bool {
    field.metadata().contains_key(INT96)
}
