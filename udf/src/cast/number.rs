//! Casts to numbers and to boolean.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, Decimal128Array, PrimitiveArray, StringArray,
};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{
    DataType, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimeUnit,
    TimestampMicrosecondType,
};

use super::to_text::with_text;
use crate::coercion::decimal_of;
use crate::error::Result;
use crate::text::{
    fits, parse_bigint, parse_boolean, parse_decimal, parse_double, parse_float, parse_int, parse_smallint,
    parse_tinyint, power_of_ten, rescale, write_double, write_float,
};

const MICROS_PER_SECOND: i64 = 1_000_000;

/// Maps the values of a primitive array of any of Hive's integers and floats.
macro_rules! map_numbers {
    ($array:expr, $target:ty, $value:ident => $body:expr) => {
        match $array.data_type() {
            DataType::Int8 => Some(map::<Int8Type, $target>($array, |$value| $body)),
            DataType::Int16 => Some(map::<Int16Type, $target>($array, |$value| $body)),
            DataType::Int32 => Some(map::<Int32Type, $target>($array, |$value| $body)),
            DataType::Int64 => Some(map::<Int64Type, $target>($array, |$value| $body)),
            DataType::Float32 => Some(map::<Float32Type, $target>($array, |$value| $body)),
            DataType::Float64 => Some(map::<Float64Type, $target>($array, |$value| $body)),
            _ => None,
        }
    };
}

fn map<S: ArrowPrimitiveType, T: ArrowPrimitiveType>(array: &ArrayRef, f: impl Fn(S::Native) -> T::Native) -> ArrayRef {
    Arc::new(array.as_primitive::<S>().unary::<_, T>(f))
}

fn map_opt<S: ArrowPrimitiveType, T: ArrowPrimitiveType>(
    array: &ArrayRef,
    f: impl Fn(S::Native) -> Option<T::Native>,
) -> ArrayRef {
    Arc::new(array.as_primitive::<S>().unary_opt::<_, T>(f))
}

fn parse<T: ArrowPrimitiveType>(array: &StringArray, f: impl Fn(&str) -> Option<T::Native>) -> ArrayRef {
    Arc::new(array.iter().map(|text| text.and_then(&f)).collect::<PrimitiveArray<T>>())
}

fn from_boolean<T: ArrowPrimitiveType>(array: &ArrayRef, zero: T::Native, one: T::Native) -> ArrayRef {
    let array = array.as_boolean();
    let values = array.values().iter().map(|value| if value { one } else { zero });
    Arc::new(PrimitiveArray::<T>::new(values.collect(), array.nulls().cloned()))
}

/// Seconds of a timestamp, floored.
fn seconds(micros: i64) -> i64 {
    micros.div_euclid(MICROS_PER_SECOND)
}

/// Hive's `TimestampWritableV2.getDouble`.
fn fractional_seconds(micros: i64) -> f64 {
    seconds(micros) as f64 + micros.rem_euclid(MICROS_PER_SECOND) as f64 / 1e6
}

/// The double next to a decimal.
pub(crate) fn decimal_to_double(value: i128, scale: i8) -> f64 {
    const EXACT: u128 = 1 << 53;
    if value.unsigned_abs() <= EXACT
        && (0..=22).contains(&scale)
        && let Some(power) = power_of_ten(u32::from(scale.unsigned_abs()))
    {
        return value as f64 / power as f64;
    }
    // Correctly rounded by the parser.
    format!("{value}e{}", -i32::from(scale)).parse().unwrap_or(f64::NAN)
}

/// The whole part of a decimal.
fn whole(value: i128, scale: i8) -> i128 {
    power_of_ten(u32::from(scale.unsigned_abs())).map_or(0, |power| value / power)
}

/// Casts to one of the integers, floats or decimals; `None` where there is no such cast.
pub(super) fn cast(array: &ArrayRef, to: &DataType) -> Result<Option<ArrayRef>> {
    Ok(match to {
        DataType::Int8 => to_integer::<Int8Type>(array, 1, parse_tinyint, |v| v.try_into().ok(), |v| v.try_into().ok())
            .or_else(|| map_numbers!(array, Int8Type, v => v as i32 as i8)),
        DataType::Int16 => {
            to_integer::<Int16Type>(array, 1, parse_smallint, |v| v.try_into().ok(), |v| v.try_into().ok())
                .or_else(|| map_numbers!(array, Int16Type, v => v as i32 as i16))
        }
        DataType::Int32 => to_integer::<Int32Type>(array, 1, parse_int, |v| v.try_into().ok(), |v| v.try_into().ok())
            .or_else(|| map_numbers!(array, Int32Type, v => v as i32)),
        DataType::Int64 => to_integer::<Int64Type>(array, 1, parse_bigint, |v| v.try_into().ok(), Some)
            .or_else(|| map_numbers!(array, Int64Type, v => v as i64)),
        DataType::Float32 => match array.data_type() {
            DataType::Boolean => Some(from_boolean::<Float32Type>(array, 0.0, 1.0)),
            DataType::Utf8 => Some(parse::<Float32Type>(array.as_string(), parse_float)),
            DataType::Decimal128(_, scale) => {
                Some(map::<Decimal128Type, Float32Type>(array, |v| decimal_to_double(v, *scale) as f32))
            }
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                Some(map::<TimestampMicrosecondType, Float32Type>(array, |v| fractional_seconds(v) as f32))
            }
            _ => map_numbers!(array, Float32Type, v => v as f32),
        },
        DataType::Float64 => match array.data_type() {
            DataType::Boolean => Some(from_boolean::<Float64Type>(array, 0.0, 1.0)),
            DataType::Utf8 => Some(parse::<Float64Type>(array.as_string(), parse_double)),
            DataType::Decimal128(_, scale) => {
                Some(map::<Decimal128Type, Float64Type>(array, |v| decimal_to_double(v, *scale)))
            }
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                Some(map::<TimestampMicrosecondType, Float64Type>(array, fractional_seconds))
            }
            _ => map_numbers!(array, Float64Type, v => v as f64),
        },
        DataType::Decimal128(precision, scale) => to_decimal(array, *precision, *scale)
            .map(|array| array.with_precision_and_scale(*precision, *scale))
            .transpose()?
            .map(|array| Arc::new(array) as ArrayRef),
        _ => None,
    })
}

/// What integers share: from boolean, string, decimal and timestamp.
fn to_integer<T: ArrowPrimitiveType>(
    array: &ArrayRef,
    one: u8,
    text: impl Fn(&str) -> Option<T::Native>,
    decimal: impl Fn(i128) -> Option<T::Native>,
    timestamp: impl Fn(i64) -> Option<T::Native>,
) -> Option<ArrayRef>
where
    T::Native: From<bool>,
{
    match array.data_type() {
        DataType::Boolean => Some(from_boolean::<T>(array, false.into(), (one != 0).into())),
        DataType::Utf8 => Some(parse::<T>(array.as_string(), text)),
        DataType::Decimal128(_, scale) => Some(map_opt::<Decimal128Type, T>(array, |v| decimal(whole(v, *scale)))),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            Some(map_opt::<TimestampMicrosecondType, T>(array, |v| timestamp(seconds(v))))
        }
        _ => None,
    }
}

fn to_decimal(array: &ArrayRef, precision: u8, scale: i8) -> Option<Decimal128Array> {
    let integers = |value: i64| rescale(i128::from(value), 0, precision, scale);
    Some(match array.data_type() {
        DataType::Boolean => {
            let one = rescale(1, 0, precision, scale);
            array.as_boolean().iter().map(|value| if value? { one } else { Some(0) }).collect()
        }
        DataType::Int8 => array.as_primitive::<Int8Type>().unary_opt(|v| integers(v.into())),
        DataType::Int16 => array.as_primitive::<Int16Type>().unary_opt(|v| integers(v.into())),
        DataType::Int32 => array.as_primitive::<Int32Type>().unary_opt(|v| integers(v.into())),
        DataType::Int64 => array.as_primitive::<Int64Type>().unary_opt(integers),
        // As `HiveDecimal.create(Double.toString(v))`: of the shortest digits, not of the binary value.
        DataType::Float32 => array
            .as_primitive::<Float32Type>()
            .unary_opt(|v| with_text(|text| write_float(v, text), |text| parse_decimal(text, precision, scale))),
        DataType::Float64 => array
            .as_primitive::<Float64Type>()
            .unary_opt(|v| with_text(|text| write_double(v, text), |text| parse_decimal(text, precision, scale))),
        DataType::Utf8 => array.as_string::<i32>().iter().map(|text| parse_decimal(text?, precision, scale)).collect(),
        DataType::Decimal128(from_precision, from) => {
            let array = array.as_primitive::<Decimal128Type>();
            if *from == scale && *from_precision <= precision {
                array.clone()
            } else if *from == scale {
                array.unary_opt(|v| fits(v, precision).then_some(v))
            } else {
                array.unary_opt(|v| rescale(v, *from, precision, scale))
            }
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            array.as_primitive::<TimestampMicrosecondType>().unary_opt(|v| rescale(i128::from(v), 6, precision, scale))
        }
        _ => return None,
    })
}

/// Casts to boolean; `None` where there is no such cast.
pub(super) fn cast_to_boolean(array: &ArrayRef) -> Option<ArrayRef> {
    fn differs_from_zero<T: ArrowPrimitiveType>(array: &ArrayRef) -> BooleanBuffer
    where
        T::Native: Default + PartialEq,
    {
        let zero = T::Native::default();
        array.as_primitive::<T>().values().iter().map(|value| *value != zero).collect()
    }
    let values = match array.data_type() {
        DataType::Int8 => differs_from_zero::<Int8Type>(array),
        DataType::Int16 => differs_from_zero::<Int16Type>(array),
        DataType::Int32 => differs_from_zero::<Int32Type>(array),
        DataType::Int64 => differs_from_zero::<Int64Type>(array),
        DataType::Float32 => differs_from_zero::<Float32Type>(array),
        DataType::Float64 => differs_from_zero::<Float64Type>(array),
        DataType::Decimal128(_, _) => differs_from_zero::<Decimal128Type>(array),
        DataType::Timestamp(TimeUnit::Microsecond, None) => differs_from_zero::<TimestampMicrosecondType>(array),
        DataType::Utf8 => {
            let array = array.as_string::<i32>();
            (0..array.len()).map(|row| array.is_valid(row) && parse_boolean(array.value(row))).collect()
        }
        _ => return None,
    };
    Some(Arc::new(BooleanArray::new(values, array.nulls().cloned())))
}

/// Whether every value of one decimal type, or of an integer, is one of the other too.
pub(super) fn decimal_holds(from: &DataType, precision: u8, scale: i8) -> bool {
    match (from, decimal_of(from)) {
        (DataType::Float32 | DataType::Float64 | DataType::Utf8 | DataType::Null, _) | (_, None) => false,
        (_, Some((from_precision, from_scale))) => {
            from_scale <= scale
                && i16::from(from_precision) - i16::from(from_scale) <= i16::from(precision) - i16::from(scale)
        }
    }
}
