//! Functions of doubles: roots, powers, logarithms, trigonometry, `sign`, `pi`, `e`.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int32Type};

use crate::coercion::is_numeric;
use crate::error::Result;
use crate::registry::FunctionEntry;
use crate::scalar::check::{
    Group, args_size, argument_error, groups, is_primitive, ordinal, overload, type_error, type_name,
};
use crate::scalar::kernel::primitives;
use crate::scalar::{Call, Scalar};

/// One function from double to double; `None` where Hive gives NULL.
macro_rules! unary {
    ($name:literal, $class:literal, $usage:literal, $function:expr) => {
        Scalar::new(
            $name,
            |_, types| double_argument($class, types),
            |_| Ok(DataType::Float64),
            |call| {
                let value = call.primitives::<Float64Type>(0)?;
                let function: fn(f64) -> Option<f64> = $function;
                primitives::<Float64Type>(call.rows(), |row| function(value.get(row)?))
            },
        )
        .entry($usage, "")
    };
}

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        unary!("sqrt", "UDFSqrt", "_FUNC_(x) - returns the square root of x", |x| (x >= 0.0 || x.is_nan())
            .then(|| x.sqrt())),
        unary!("exp", "UDFExp", "_FUNC_(x) - Returns e to the power of x", |x| Some(x.exp())),
        unary!("ln", "UDFLn", "_FUNC_(x) - Returns the natural logarithm of x", |x| above_zero(x).map(f64::ln)),
        unary!("log2", "UDFLog2", "_FUNC_(x) - Returns the logarithm of x with base 2", |x| {
            above_zero(x).map(|x| x.ln() / 2_f64.ln())
        }),
        unary!("log10", "UDFLog10", "_FUNC_(x) - Returns the logarithm of x with base 10", |x| above_zero(x)
            .map(f64::log10)),
        unary!("sin", "UDFSin", "_FUNC_(x) - returns the sine of x (x is in radians)", |x| Some(x.sin())),
        unary!("asin", "UDFAsin", "_FUNC_(x) - returns the arc sine of x if -1<=x<=1 or NULL otherwise", |x| {
            (-1.0..=1.0).contains(&x).then(|| x.asin())
        }),
        unary!("cos", "UDFCos", "_FUNC_(x) - returns the cosine of x (x is in radians)", |x| Some(x.cos())),
        unary!("acos", "UDFAcos", "_FUNC_(x) - returns the arc cosine of x if -1<=x<=1 or NULL otherwise", |x| {
            (-1.0..=1.0).contains(&x).then(|| x.acos())
        }),
        unary!("tan", "UDFTan", "_FUNC_(x) - returns the tangent of x (x is in radians)", |x| Some(x.tan())),
        unary!("atan", "UDFAtan", "_FUNC_(x) - returns the atan (arctan) of x (x is in radians)", |x| Some(x.atan())),
        unary!("sinh", "UDFSinh", "_FUNC_(x) - returns the hyperbolic sine of x (x is in radians)", |x| Some(x.sinh())),
        unary!("cosh", "UDFCosh", "_FUNC_(x) - returns the hyperbolic cosine of x (x is in radians)", |x| Some(
            x.cosh()
        )),
        unary!("tanh", "UDFTanh", "_FUNC_(x) - returns the hyperbolic tangent of x (x is in radians)", |x| Some(
            x.tanh()
        )),
        unary!("degrees", "UDFDegrees", "_FUNC_(x) - Converts radians to degrees", |x| Some(
            x * 180.0 / std::f64::consts::PI
        )),
        unary!("radians", "UDFRadians", "_FUNC_(x) - Converts degrees to radians", |x| Some(
            x / 180.0 * std::f64::consts::PI
        )),
        Scalar::new(
            "cbrt",
            cbrt_types,
            |_| Ok(DataType::Float64),
            |call| {
                let value = call.primitives::<Float64Type>(0)?;
                primitives::<Float64Type>(call.rows(), |row| Some(value.get(row)?.cbrt()))
            },
        )
        .entry("_FUNC_(double) - Returns the cube root of a double value.", "Example:\n > SELECT _FUNC_(27.0);\n 3.0"),
        Scalar::new(
            "log",
            |_, types| match types {
                [_, _] => {
                    types.iter().try_for_each(|ty| double_argument("UDFLog", std::slice::from_ref(ty)).map(|_| ()))?;
                    Ok(vec![DataType::Float64; 2])
                }
                _ => double_argument("UDFLog", types),
            },
            |_| Ok(DataType::Float64),
            log,
        )
        .entry(
            "_FUNC_([b], x) - Returns the logarithm of x with base b",
            "Example:\n  > SELECT _FUNC_(13, 13) FROM src LIMIT 1;\n  1",
        ),
        Scalar::new(
            "power",
            power_types,
            |_| Ok(DataType::Float64),
            |call| {
                let (base, exponent) = (call.primitives::<Float64Type>(0)?, call.primitives::<Float64Type>(1)?);
                primitives::<Float64Type>(call.rows(), |row| Some(java_pow(base.get(row)?, exponent.get(row)?)))
            },
        )
        .aliases(&["pow"])
        .entry(
            "_FUNC_(x1, x2) - raise x1 to the power of x2",
            "Example:\n  > SELECT _FUNC_(2, 3) FROM src LIMIT 1;\n  8",
        ),
        Scalar::new(
            "sign",
            |_, types| match types {
                [DataType::Decimal128(_, _)] => Ok(types.to_vec()),
                _ => overload(
                    "UDFSign",
                    types,
                    &[&[DataType::Int64], &[DataType::Decimal128(38, 18)], &[DataType::Float64]],
                )
                .map(|wanted| if wanted[0] == DataType::Int64 { vec![DataType::Float64] } else { wanted }),
            },
            |args| {
                Ok(if matches!(args.type_of(0), DataType::Decimal128(_, _)) {
                    DataType::Int32
                } else {
                    DataType::Float64
                })
            },
            sign,
        )
        .entry("_FUNC_(x) - returns the sign of x )", "Example:\n   > SELECT _FUNC_(40) FROM src LIMIT 1;\n  1"),
        Scalar::new(
            "pi",
            |name, types| none(name, "UDFPI", types),
            |_| Ok(DataType::Float64),
            |call| primitives::<Float64Type>(call.rows(), |_| Some(std::f64::consts::PI)),
        )
        .entry("_FUNC_() - returns pi", "Example:\n  > SELECT _FUNC_() FROM src LIMIT 1;\n 3.14159..."),
        Scalar::new(
            "e",
            |name, types| none(name, "UDFE", types),
            |_| Ok(DataType::Float64),
            |call| primitives::<Float64Type>(call.rows(), |_| Some(std::f64::consts::E)),
        )
        .entry("_FUNC_() - returns E", "Example:\n  > SELECT _FUNC_() FROM src LIMIT 1;\n 2.718281828459045"),
    ]
}

fn above_zero(x: f64) -> Option<f64> {
    (x > 0.0 || x.is_nan()).then_some(x)
}

/// `Math.pow`, which knows no 1 to the power of NaN.
fn java_pow(base: f64, exponent: f64) -> f64 {
    if exponent.is_nan() || (base.abs() == 1.0 && exponent.is_infinite()) { f64::NAN } else { base.powf(exponent) }
}

/// An argument that Hive takes as decimal or double.
fn double_argument(class: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    overload(class, types, &[&[DataType::Decimal128(38, 18)], &[DataType::Float64]])?;
    Ok(vec![DataType::Float64])
}

fn none(_: &str, class: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    overload(class, types, &[&[]])
}

fn cbrt_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    args_size(name, types, 1, 1)?;
    groups(name, types, 0, &[Group::Numeric, Group::Void])?;
    Ok(vec![DataType::Float64])
}

fn power_types(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    if types.len() != 2 {
        return argument_error("GenericUDFPower requires two arguments.");
    }
    for (index, ty) in types.iter().enumerate() {
        let wanted = if is_primitive(ty) { "numeric" } else { "primitive" };
        if !is_numeric(ty) && *ty != DataType::Null {
            return type_error(
                index,
                format!(
                    "The {} argument of GenericUDFPower  is expected to a {wanted} type, but {} is found",
                    ordinal(index),
                    type_name(ty)
                ),
            );
        }
    }
    Ok(vec![DataType::Float64; 2])
}

fn log(call: &Call) -> Result<ArrayRef> {
    let first = call.primitives::<Float64Type>(0)?;
    if call.len() == 1 {
        return primitives::<Float64Type>(call.rows(), |row| above_zero(first.get(row)?).map(f64::ln));
    }
    let second = call.primitives::<Float64Type>(1)?;
    primitives::<Float64Type>(call.rows(), |row| {
        let (base, x) = (first.get(row)?, second.get(row)?);
        (base > 1.0 && x > 0.0).then(|| x.ln() / base.ln())
    })
}

fn sign(call: &Call) -> Result<ArrayRef> {
    if let DataType::Decimal128(_, _) = call.arg_type(0) {
        let value = call.primitives::<Decimal128Type>(0)?;
        return primitives::<Int32Type>(call.rows(), |row| Some(value.get(row)?.signum() as i32));
    }
    let value = call.primitives::<Float64Type>(0)?;
    primitives::<Float64Type>(call.rows(), |row| {
        let value = value.get(row)?;
        Some(if value == 0.0 {
            0.0
        } else if value > 0.0 {
            1.0
        } else {
            -1.0
        })
    })
}
