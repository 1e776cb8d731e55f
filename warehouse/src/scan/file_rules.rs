//! What the readers of ORC and Parquet make of numbers when a table's type is no longer that of the file: ORC's
//! `ConvertTreeReaderFactory` and Hive's `ETypeConverter`. Other than casts they give NULL for what does not fit.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float32Array, Int64Array, StringArray};
use arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int64Type};
use skep_metastore::model::HiveType;
use skep_udf::cast::{CastTarget, cast_array};
use skep_udf::text::{utc, write_decimal_trimmed};

use crate::error::{Result, WarehouseError};
use crate::types::arrow_type;

/// By whose rules values are converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rules {
    /// By Hive's casts.
    Casts,
    /// As ORC's reader does.
    Orc,
    /// As Hive's reader of Parquet does.
    Parquet,
}

/// What a format's own rules make of the values; `None` where they are those of a cast. The result may still be of
/// another type than the target: it is to be cast to it.
pub(super) fn by_rules(array: &ArrayRef, target: &HiveType, rules: Rules) -> Result<Option<ArrayRef>> {
    if rules == Rules::Casts {
        return Ok(None);
    }
    let from = array.data_type();
    let range = whole_range(target);
    Ok(match (from, target) {
        (DataType::Decimal128(_, scale), HiveType::String | HiveType::Char(_) | HiveType::Varchar(_)) => {
            Some(trimmed_texts(array, *scale))
        }
        (DataType::Float32, HiveType::Decimal { .. }) => Some(arrow::compute::cast(array, &DataType::Float64)?),
        (DataType::Float32 | DataType::Float64, HiveType::String | HiveType::Char(_) | HiveType::Varchar(_))
            if rules == Rules::Orc =>
        {
            let values = arrow::compute::cast(array, &DataType::Float64)?;
            let numbers = values.as_primitive::<Float64Type>();
            Some(Arc::new(numbers.unary_opt::<_, Float64Type>(|value| (!value.is_nan()).then_some(value))))
        }
        (DataType::Float64, HiveType::Float) if rules == Rules::Parquet => {
            let numbers = array.as_primitive::<Float64Type>();
            Some(Arc::new(numbers.iter().map(|value| float_of(value?)).collect::<Float32Array>()))
        }
        (DataType::Float32 | DataType::Float64, HiveType::Boolean) if rules == Rules::Orc => {
            let wholes = whole_numbers(array, i64::MIN, i64::MAX, rules)?;
            Some(Arc::new(wholes.iter().map(|value| Some(value? != 0)).collect::<BooleanArray>()))
        }
        (from, _) if is_number(from) => match range {
            Some((low, high)) if rules == Rules::Parquet || !matches!(from, DataType::Decimal128(_, _)) => {
                let wholes: ArrayRef = Arc::new(whole_numbers(array, low, high, rules)?);
                Some(arrow::compute::cast(&wholes, &arrow_type(target))?)
            }
            _ => None,
        },
        _ => None,
    })
}

fn is_number(ty: &DataType) -> bool {
    ty.is_integer() || matches!(ty, DataType::Float32 | DataType::Float64 | DataType::Decimal128(_, _))
}

/// The least and the greatest value of a type of whole numbers.
fn whole_range(ty: &HiveType) -> Option<(i64, i64)> {
    Some(match ty {
        HiveType::TinyInt => (i8::MIN.into(), i8::MAX.into()),
        HiveType::SmallInt => (i16::MIN.into(), i16::MAX.into()),
        HiveType::Int => (i32::MIN.into(), i32::MAX.into()),
        HiveType::BigInt => (i64::MIN, i64::MAX),
        _ => return None,
    })
}

/// The whole numbers within a range; what is none, or outside of it, is NULL. ORC cuts fractions off, Parquet does not
/// take them.
fn whole_numbers(array: &ArrayRef, low: i64, high: i64, rules: Rules) -> Result<Int64Array> {
    if array.data_type().is_integer() {
        let wide = arrow::compute::cast(array, &DataType::Int64)?;
        let numbers = wide.as_primitive::<Int64Type>();
        return Ok(numbers.unary_opt(|value| (low..=high).contains(&value).then_some(value)));
    }
    // Arrow's own cast of a decimal is not to the double next to it.
    let doubles = cast_array(array, &CastTarget::Arrow(DataType::Float64), utc())
        .map_err(|error| WarehouseError::Unsupported(error.to_string()))?;
    let whole = |value: f64| {
        let fits = value >= low as f64 && value <= high as f64;
        let taken = match rules {
            Rules::Parquet => fits && value.fract() == 0.0,
            _ => value >= i64::MIN as f64 && value < i64::MAX as f64 && (low..=high).contains(&(value as i64)),
        };
        taken.then_some(value as i64)
    };
    // A decimal of 38 digits has no exact double; where it is whole, its own digits count.
    if let (DataType::Decimal128(_, scale), Some(decimals)) =
        (array.data_type(), array.as_primitive_opt::<Decimal128Type>())
    {
        let one = 10_i128.checked_pow(u32::from(scale.unsigned_abs()));
        let numbers = decimals.iter().zip(doubles.as_primitive::<Float64Type>()).map(|(decimal, double)| {
            whole(double?)?;
            i64::try_from(one.map_or(0, |one| decimal.unwrap_or_default() / one)).ok()
        });
        return Ok(numbers.collect());
    }
    Ok(doubles.as_primitive::<Float64Type>().iter().map(|value| whole(value?)).collect())
}

/// A double as a float; NULL where it is too large or too small for one.
fn float_of(value: f64) -> Option<f32> {
    let exponent = ((value.to_bits() >> 52) & 0x7ff) as i32 - 1023;
    (value == 0.0 || (-126..=127).contains(&exponent)).then_some(value as f32)
}

/// Decimals as texts without zeros at their end.
fn trimmed_texts(array: &ArrayRef, scale: i8) -> ArrayRef {
    let mut text = String::new();
    let texts = array.as_primitive::<Decimal128Type>().iter().map(|value| {
        text.clear();
        write_decimal_trimmed(value?, scale, &mut text);
        Some(text.clone())
    });
    Arc::new(texts.collect::<StringArray>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Decimal128Array, Float64Array};

    fn ints(array: ArrayRef, target: &HiveType, rules: Rules) -> Vec<Option<i64>> {
        let values = by_rules(&array, target, rules).unwrap().unwrap();
        let values = arrow::compute::cast(&values, &DataType::Int64).unwrap();
        values.as_primitive::<Int64Type>().iter().collect()
    }

    #[test]
    fn what_does_not_fit_is_null() {
        let wide: ArrayRef = Arc::new(Int64Array::from(vec![1, 300, -129, -128]));
        for rules in [Rules::Orc, Rules::Parquet] {
            assert_eq!(ints(Arc::clone(&wide), &HiveType::TinyInt, rules), [Some(1), None, None, Some(-128)]);
        }
        let doubles: ArrayRef = Arc::new(Float64Array::from(vec![1.0, 1.5, 1e30, f64::NAN]));
        assert_eq!(ints(Arc::clone(&doubles), &HiveType::Int, Rules::Parquet), [Some(1), None, None, None]);
        assert_eq!(ints(doubles, &HiveType::Int, Rules::Orc), [Some(1), Some(1), None, None]);
        let decimals = Decimal128Array::from(vec![100, 150]).with_precision_and_scale(5, 2).unwrap();
        assert_eq!(ints(Arc::new(decimals), &HiveType::BigInt, Rules::Parquet), [Some(1), None]);
        let one = Decimal128Array::from(vec![10_i128.pow(37)]).with_precision_and_scale(38, 37).unwrap();
        assert_eq!(ints(Arc::new(one), &HiveType::BigInt, Rules::Parquet), [Some(1)]);
        assert_eq!(by_rules(&wide, &HiveType::TinyInt, Rules::Casts).unwrap(), None);
    }

    #[test]
    fn doubles_as_floats() {
        assert_eq!(float_of(1.5), Some(1.5));
        assert_eq!(float_of(0.0), Some(0.0));
        assert_eq!(float_of(1e300), None);
        assert_eq!(float_of(1e-300), None);
    }
}
