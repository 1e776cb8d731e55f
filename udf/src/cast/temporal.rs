//! Casts to dates, timestamps and intervals.

use std::sync::Arc;

use arrow::array::timezone::Tz;
use arrow::array::{
    ArrayRef, AsArray, Date32Array, DurationMicrosecondArray, IntervalYearMonthArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    IntervalUnit, TimeUnit, TimestampMicrosecondType,
};

use super::to_text::with_text;
use crate::error::Result;
use crate::text::{
    local_from_utc, parse_date, parse_decimal, parse_interval_day_time, parse_interval_year_month, parse_timestamp,
    parse_timestamp_tz, rescale, utc_from_local, write_double, write_float,
};

const MICROS_PER_DAY: i64 = 86_400_000_000;
const MICROS_PER_MILLI: i64 = 1_000;

/// Casts to one of the temporal types; `None` where there is no such cast.
pub(super) fn cast(array: &ArrayRef, to: &DataType, tz: Tz) -> Result<Option<ArrayRef>> {
    Ok(match to {
        DataType::Date32 => to_date(array, tz).map(|array| Arc::new(array) as ArrayRef),
        DataType::Timestamp(TimeUnit::Microsecond, None) => {
            to_timestamp(array, tz).map(|array| Arc::new(array) as ArrayRef)
        }
        DataType::Timestamp(TimeUnit::Microsecond, Some(zone)) => {
            to_instant(array, tz).map(|array| Arc::new(array.with_timezone(Arc::clone(zone))) as ArrayRef)
        }
        DataType::Interval(IntervalUnit::YearMonth) => array.as_string_opt::<i32>().map(|array| {
            let months = array.iter().map(|text| parse_interval_year_month(text?));
            Arc::new(months.collect::<IntervalYearMonthArray>()) as ArrayRef
        }),
        DataType::Duration(TimeUnit::Microsecond) => array.as_string_opt::<i32>().map(|array| {
            let micros = array.iter().map(|text| parse_interval_day_time(text?));
            Arc::new(micros.collect::<DurationMicrosecondArray>()) as ArrayRef
        }),
        _ => None,
    })
}

fn day_of(micros: i64) -> Option<i32> {
    micros.div_euclid(MICROS_PER_DAY).try_into().ok()
}

fn to_date(array: &ArrayRef, tz: Tz) -> Option<Date32Array> {
    Some(match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().iter().map(|text| parse_date(text?)).collect(),
        DataType::Timestamp(TimeUnit::Microsecond, None) => {
            array.as_primitive::<TimestampMicrosecondType>().unary_opt(day_of)
        }
        DataType::Timestamp(TimeUnit::Microsecond, Some(_)) => {
            array.as_primitive::<TimestampMicrosecondType>().unary_opt(|micros| day_of(local_from_utc(tz, micros)?))
        }
        _ => return None,
    })
}

/// Seconds as decimal text in microseconds, what is below is cut off.
fn micros_of_seconds(text: &str) -> Option<i64> {
    parse_decimal(text, 38, 9)?.div_euclid(1_000).try_into().ok()
}

fn to_timestamp(array: &ArrayRef, tz: Tz) -> Option<TimestampMicrosecondArray> {
    let millis = |value: i64| value.checked_mul(MICROS_PER_MILLI);
    Some(match array.data_type() {
        DataType::Boolean => {
            array.as_boolean().iter().map(|value| Some(if value? { MICROS_PER_MILLI } else { 0 })).collect()
        }
        DataType::Int8 => array.as_primitive::<Int8Type>().unary_opt(|value| millis(value.into())),
        DataType::Int16 => array.as_primitive::<Int16Type>().unary_opt(|value| millis(value.into())),
        DataType::Int32 => array.as_primitive::<Int32Type>().unary_opt(|value| millis(value.into())),
        DataType::Int64 => array.as_primitive::<Int64Type>().unary_opt(millis),
        DataType::Float32 => array
            .as_primitive::<Float32Type>()
            .unary_opt(|value| with_text(|text| write_float(value, text), micros_of_seconds)),
        DataType::Float64 => array
            .as_primitive::<Float64Type>()
            .unary_opt(|value| with_text(|text| write_double(value, text), micros_of_seconds)),
        DataType::Decimal128(_, scale) => array
            .as_primitive::<Decimal128Type>()
            .unary_opt(|value| rescale(value, *scale, 38, 9)?.div_euclid(1_000).try_into().ok()),
        DataType::Utf8 => array.as_string::<i32>().iter().map(|text| parse_timestamp(text?)).collect(),
        DataType::Date32 => {
            array.as_primitive::<Date32Type>().unary_opt(|days| i64::from(days).checked_mul(MICROS_PER_DAY))
        }
        DataType::Timestamp(TimeUnit::Microsecond, Some(_)) => {
            array.as_primitive::<TimestampMicrosecondType>().unary_opt(|micros| local_from_utc(tz, micros))
        }
        _ => return None,
    })
}

fn to_instant(array: &ArrayRef, tz: Tz) -> Option<TimestampMicrosecondArray> {
    Some(match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().iter().map(|text| parse_timestamp_tz(text?, tz)).collect(),
        DataType::Date32 => array
            .as_primitive::<Date32Type>()
            .unary_opt(|days| utc_from_local(tz, i64::from(days).checked_mul(MICROS_PER_DAY)?)),
        DataType::Timestamp(TimeUnit::Microsecond, None) => {
            array.as_primitive::<TimestampMicrosecondType>().unary_opt(|micros| utc_from_local(tz, micros))
        }
        DataType::Timestamp(TimeUnit::Microsecond, Some(_)) => array.as_primitive::<TimestampMicrosecondType>().clone(),
        _ => return None,
    })
}
