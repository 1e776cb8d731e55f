//! `floor`, `ceil`, `abs`, `factorial`, `width_bucket`, `positive`, `negative`.

use std::sync::Arc;

use arrow::array::{ArrayRef, ArrowNativeTypeOp, new_null_array};
use arrow::datatypes::{ArrowPrimitiveType, DataType, Decimal128Type, Float64Type, Int32Type, Int64Type};
use datafusion_expr::ScalarUDF;

use crate::coercion::is_numeric;
use crate::error::{Result, UdfError};
use crate::registry::{Function, FunctionEntry};
use crate::scalar::arithmetic::{HiveUnary, UnaryOp};
use crate::scalar::check::{
    Group, args_size, argument_error, category, groups, int_argument, is_primitive, length_error, ordinal, type_error,
    type_name,
};
use crate::scalar::kernel::{decimals, primitives, try_primitives};
use crate::scalar::{Call, ReturnArgs, Scalar, returns_same_as_first};
use crate::text::power_of_ten;

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        Scalar::new(
            "floor",
            |_, types| floor_types("GenericUDFFloor", types),
            floor_returns,
            |call| toward(call, false),
        )
        .entry(
            "_FUNC_(x) - Find the largest integer not greater than x",
            "Example:\n  > SELECT _FUNC_(-0.1) FROM src LIMIT 1;\n  -1\n  > SELECT _FUNC_(5) FROM src LIMIT 1;\n  5",
        ),
        Scalar::new("ceil", |_, types| floor_types("GenericUDFCeil", types), floor_returns, |call| toward(call, true))
            .aliases(&["ceiling"])
            .entry(
                "_FUNC_(x) - Find the smallest integer not smaller than x",
                "Example:\n  > SELECT _FUNC_(-0.1) FROM src LIMIT 1;\n  0\n  > SELECT _FUNC_(5) FROM src LIMIT 1;\n  5",
            ),
        Scalar::new("abs", abs_types, returns_same_as_first, abs).entry(
            "_FUNC_(x) - returns the absolute value of x",
            "Example:\n  > SELECT _FUNC_(0) FROM src LIMIT 1;\n  0\n  > SELECT _FUNC_(-5) FROM src LIMIT 1;\n  5",
        ),
        Scalar::new(
            "factorial",
            |name, types| {
                args_size(name, types, 1, 1)?;
                groups(name, types, 0, &[Group::Numeric, Group::Void])?;
                int_argument(name, types, 0)?;
                Ok(vec![DataType::Int32])
            },
            |_| Ok(DataType::Int64),
            |call| {
                let number = call.primitives::<Int32Type>(0)?;
                primitives::<Int64Type>(call.rows(), |row| {
                    let number = i64::from(number.get(row)?);
                    (0..=20).contains(&number).then(|| (1..=number).product())
                })
            },
        )
        .entry(
            "_FUNC_(int) - Returns n factorial. Valid n is [0..20].",
            "Returns null if n is out of [0..20] range.\nExample:\n > SELECT _FUNC_(5);\n 120",
        ),
        Scalar::new("width_bucket", width_types, |_| Ok(DataType::Int32), width_bucket).entry(
            "_FUNC_(expr, min_value, max_value, num_buckets) - Returns an integer between 0 and num_buckets+1 by \
             mapping the expr into buckets defined by the range [min_value, max_value]",
            "",
        ),
        Scalar::new("positive", positive_types, returns_same_as_first, |call| call.array(0))
            .entry("_FUNC_ a - Returns a", ""),
        FunctionEntry {
            name: "negative",
            aliases: &[],
            usage: "_FUNC_ a - Returns -a",
            extended: "",
            function: Function::Scalar(Arc::new(ScalarUDF::from(HiveUnary::new(UnaryOp::Negative)))),
        },
    ]
}

fn floor_types(class: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let [ty] = types else { return argument_error(format!("{class} requires one argument.")) };
    let wrong = |wanted: &str, found: &str| {
        type_error(
            0,
            format!("The {} argument of {class}  is expected to a {wanted} type, but {found} is found", ordinal(0)),
        )
    };
    match ty {
        DataType::Decimal128(_, _) => Ok(types.to_vec()),
        DataType::Float32 | DataType::Float64 => Ok(vec![DataType::Float64]),
        ty if is_numeric(ty) || *ty == DataType::Null => Ok(vec![DataType::Int64]),
        ty if is_primitive(ty) => wrong("numeric", &type_name(ty)),
        ty => wrong("primitive", &category(ty).to_ascii_lowercase()),
    }
}

fn floor_returns(args: &ReturnArgs) -> Result<DataType> {
    Ok(match args.type_of(0) {
        DataType::Decimal128(precision, scale) => {
            DataType::Decimal128((i32::from(precision) - i32::from(scale) + 1).clamp(1, 38) as u8, 0)
        }
        _ => DataType::Int64,
    })
}

fn toward(call: &Call, up: bool) -> Result<ArrayRef> {
    match call.arg_type(0) {
        DataType::Decimal128(_, scale) => {
            let DataType::Decimal128(precision, _) = *call.return_type() else {
                return Err(UdfError::Execution("floor of a decimal is a decimal".into()));
            };
            let unit = power_of_ten(scale.max(0) as u32).unwrap_or(1);
            let value = call.primitives::<Decimal128Type>(0)?;
            decimals(call.rows(), precision, 0, |row| {
                let value = value.get(row)?;
                let below = value.div_euclid(unit);
                Some(if up && value.rem_euclid(unit) != 0 { below + 1 } else { below })
            })
        }
        DataType::Float64 => {
            let value = call.primitives::<Float64Type>(0)?;
            primitives::<Int64Type>(call.rows(), |row| {
                let value = value.get(row)?;
                Some(if up { value.ceil() } else { value.floor() } as i64)
            })
        }
        _ => call.array(0),
    }
}

fn abs_types(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let [ty] = types else { return length_error(format!("ABS() requires 1 argument, got {}", types.len())) };
    Ok(vec![match ty {
        DataType::Int8 | DataType::Int16 | DataType::Int32 => DataType::Int32,
        DataType::Int64 | DataType::Decimal128(_, _) => ty.clone(),
        DataType::Float32 | DataType::Float64 | DataType::Utf8 => DataType::Float64,
        ty if is_primitive(ty) => {
            return argument_error(format!(
                "ABS only takes SHORT/BYTE/INT/LONG/DOUBLE/FLOAT/STRING/DECIMAL types, got {}",
                category(ty)
            ));
        }
        ty => return argument_error(format!("ABS only takes primitive types, got {}", type_name(ty))),
    }])
}

fn abs(call: &Call) -> Result<ArrayRef> {
    match call.arg_type(0) {
        DataType::Int32 => {
            let value = call.primitives::<Int32Type>(0)?;
            primitives::<Int32Type>(call.rows(), |row| value.get(row).map(i32::wrapping_abs))
        }
        DataType::Int64 => {
            let value = call.primitives::<Int64Type>(0)?;
            primitives::<Int64Type>(call.rows(), |row| value.get(row).map(i64::wrapping_abs))
        }
        DataType::Float64 => {
            let value = call.primitives::<Float64Type>(0)?;
            primitives::<Float64Type>(call.rows(), |row| value.get(row).map(f64::abs))
        }
        DataType::Decimal128(precision, scale) => {
            let value = call.primitives::<Decimal128Type>(0)?;
            decimals(call.rows(), precision, scale, |row| value.get(row).map(i128::abs))
        }
        _ => Ok(new_null_array(call.return_type(), call.rows())),
    }
}

fn width_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    args_size(name, types, 4, 4)?;
    (0..4).try_for_each(|index| groups(name, types, index, &[Group::Numeric, Group::Void]))?;
    let common = types[..3].iter().try_fold(DataType::Null, |common, ty| match (&common, ty) {
        (DataType::Null, other) | (other, DataType::Null) => Some(other.clone()),
        (left, right) => crate::coercion::comparison_type(left, right),
    });
    let common = match common {
        Some(DataType::Decimal128(precision, scale)) => DataType::Decimal128(precision, scale),
        Some(DataType::Float32 | DataType::Float64) => DataType::Float64,
        Some(_) => DataType::Int64,
        None => {
            return argument_error("Error: width_bucket could not determine a common primitive type for all inputs");
        }
    };
    Ok(vec![common.clone(), common.clone(), common, DataType::Int32])
}

/// The bucket of a value; `piece` gives `buckets * distance / width`, rounded down.
fn buckets<T: ArrowPrimitiveType>(call: &Call, piece: fn(i32, T::Native, T::Native) -> i32) -> Result<ArrayRef>
where
    T::Native: ArrowNativeTypeOp,
{
    let (value, min, max) = (call.primitives::<T>(0)?, call.primitives::<T>(1)?, call.primitives::<T>(2)?);
    let count = call.primitives::<Int32Type>(3)?;
    try_primitives::<Int32Type>(call.rows(), |row| {
        let (Some(value), Some(min), Some(max), Some(count)) =
            (value.get(row), min.get(row), max.get(row), count.get(row))
        else {
            return Ok(None);
        };
        if count <= 0 {
            return Err(UdfError::Execution("numBuckets in width_bucket function must be above 0".into()));
        }
        if min.is_eq(max) {
            return Err(UdfError::Execution("maxValue cannot be equal to minValue in width_bucket function".into()));
        }
        let rising = max.is_gt(min);
        let (before, past) =
            if rising { (value.is_lt(min), value.is_ge(max)) } else { (value.is_gt(min), value.is_le(max)) };
        Ok(Some(match (before, past, rising) {
            (true, _, _) => 0,
            (_, true, _) => count.wrapping_add(1),
            (_, _, true) => piece(count, value.sub_wrapping(min), max.sub_wrapping(min)) + 1,
            (_, _, false) => piece(count, min.sub_wrapping(value), min.sub_wrapping(max)) + 1,
        }))
    })
}

fn width_bucket(call: &Call) -> Result<ArrayRef> {
    match call.arg_type(0) {
        DataType::Decimal128(_, _) => {
            buckets::<Decimal128Type>(call, |count, distance, width| (i128::from(count) * distance / width) as i32)
        }
        DataType::Float64 => {
            buckets::<Float64Type>(call, |count, distance, width| (f64::from(count) * distance / width).floor() as i32)
        }
        _ => buckets::<Int64Type>(call, |count, distance, width| {
            (i128::from(count) * i128::from(distance) / i128::from(width)) as i32
        }),
    }
}

fn positive_types(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [DataType::Utf8] => Ok(vec![DataType::Float64]),
        [ty] if is_numeric(ty) || matches!(ty, DataType::Null | DataType::Duration(_) | DataType::Interval(_)) => {
            Ok(types.to_vec())
        }
        [ty] => type_error(
            0,
            format!(
                "The {} argument of positive is expected to be a numeric or interval type, but {} is found",
                ordinal(0),
                type_name(ty)
            ),
        ),
        _ => argument_error("positive requires one argument."),
    }
}
