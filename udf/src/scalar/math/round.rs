//! `round`, `bround`.

use arrow::array::{ArrayRef, new_null_array};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
};
use datafusion_common::ScalarValue;

use crate::error::{Result, UdfError};
use crate::registry::FunctionEntry;
use crate::scalar::check::{category, is_primitive, length_error, type_error, type_name};
use crate::scalar::kernel::{decimals, primitives};
use crate::scalar::{Call, Primitives, ReturnArgs, Scalar};
use crate::text::power_of_ten;

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        Scalar::new("round", round_types, round_returns, |call| round(call, Mode::HalfUp)).entry(
            "_FUNC_(x[, d]) - round x to d decimal places",
            "Example:\n  > SELECT _FUNC_(12.3456, 1) FROM src LIMIT 1;\n  12.3'",
        ),
        Scalar::new("bround", round_types, round_returns, |call| round(call, Mode::HalfEven)).entry(
            "_FUNC_(x[, d]) - round x to d decimal places using HALF_EVEN rounding mode.",
            "Banker's rounding. The value is rounded to the nearest even number. Also known as Gaussian rounding.\n\
             Example:\n  > SELECT _FUNC_(12.25, 1);\n  12.2",
        ),
    ]
}

/// What becomes of a half.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Away from zero.
    HalfUp,
    /// To the even neighbour.
    HalfEven,
}

fn round_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let upper = name.to_ascii_uppercase();
    if types.is_empty() || types.len() > 2 {
        return length_error(format!("{upper} requires one or two argument, got {}", types.len()));
    }
    if !is_primitive(&types[0]) {
        return type_error(0, format!("{upper} input only takes primitive types, got {}", type_name(&types[0])));
    }
    let value = match &types[0] {
        DataType::Utf8 => DataType::Float64,
        ty if ty.is_numeric() || *ty == DataType::Null => ty.clone(),
        other => {
            let message = format!(
                "Only numeric or string group data types are allowed for ROUND function. Got {}",
                category(other)
            );
            return type_error(0, message);
        }
    };
    let mut wanted = vec![value];
    if let Some(digits) = types.get(1) {
        if !is_primitive(digits) {
            let message = format!("{upper} second argument only takes primitive types, got {}", type_name(digits));
            return type_error(1, message);
        }
        if !matches!(digits, DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 | DataType::Null) {
            return type_error(1, format!("{upper} second argument only takes integer constant"));
        }
        wanted.push(DataType::Int32);
    }
    Ok(wanted)
}

fn digits_constant(constant: Option<&ScalarValue>) -> Option<i32> {
    match constant {
        Some(ScalarValue::Int32(digits)) => Some(digits.unwrap_or(0)),
        _ => None,
    }
}

/// Of a decimal: one more digit before the point where digits are cut.
fn round_returns(args: &ReturnArgs) -> Result<DataType> {
    let DataType::Decimal128(precision, scale) = args.type_of(0) else { return Ok(args.type_of(0)) };
    let digits = match args.types.len() {
        1 => 0,
        _ => match digits_constant(args.constants.get(1).copied().flatten()) {
            Some(digits) => digits,
            None => return type_error(1, "ROUND scale argument for decimal must be constant"),
        },
    };
    let (precision, scale) = (i32::from(precision), i32::from(scale));
    let whole = precision - scale + i32::from(digits < scale);
    let new_scale = digits.clamp(0, 38);
    Ok(DataType::Decimal128((whole + new_scale).clamp(1, 38) as u8, new_scale as i8))
}

fn round(call: &Call, mode: Mode) -> Result<ArrayRef> {
    let digits = if call.len() > 1 { Some(call.primitives::<Int32Type>(1)?) } else { None };
    let digits = |row: usize| digits.as_ref().map_or(Some(0), |digits| digits.get(row));
    match call.arg_type(0) {
        DataType::Int8 => whole::<Int8Type>(call, mode, digits, |value| value as i8),
        DataType::Int16 => whole::<Int16Type>(call, mode, digits, |value| value as i16),
        DataType::Int32 => whole::<Int32Type>(call, mode, digits, |value| value as i32),
        DataType::Int64 => whole::<Int64Type>(call, mode, digits, |value| value),
        DataType::Float32 => {
            let value = call.primitives::<Float32Type>(0)?;
            primitives::<Float32Type>(call.rows(), |row| {
                Some(round_double(f64::from(value.get(row)?), digits(row)?, mode) as f32)
            })
        }
        DataType::Float64 => {
            let value = call.primitives::<Float64Type>(0)?;
            primitives::<Float64Type>(call.rows(), |row| Some(round_double(value.get(row)?, digits(row)?, mode)))
        }
        DataType::Decimal128(_, scale) => {
            let DataType::Decimal128(precision, new_scale) = *call.return_type() else {
                return Err(UdfError::Execution("round of a decimal is a decimal".into()));
            };
            let value = call.primitives::<Decimal128Type>(0)?;
            let limit = power_of_ten(u32::from(precision)).unwrap_or(i128::MAX);
            decimals(call.rows(), precision, new_scale, |row| {
                let (value, digits) = (value.get(row)?, digits(row)?);
                let rounded = match i32::from(scale) - digits {
                    0 => value,
                    cut if cut > 0 => {
                        let unit = power_of_ten(cut as u32);
                        let quotient = unit.map_or(0, |unit| divide(value, unit, mode));
                        // Digits before the point become zeros.
                        match digits < 0 {
                            true => quotient.checked_mul(power_of_ten(digits.unsigned_abs())?)?,
                            false => quotient,
                        }
                    }
                    _ => value.checked_mul(power_of_ten((i32::from(new_scale) - i32::from(scale)) as u32)?)?,
                };
                (rounded.abs() < limit).then_some(rounded)
            })
        }
        _ => Ok(new_null_array(call.return_type(), call.rows())),
    }
}

/// `value / unit`, rounded; `unit` is positive.
pub(crate) fn divide(value: i128, unit: i128, mode: Mode) -> i128 {
    let (quotient, rest) = (value / unit, (value % unit).abs());
    let up = match (rest).cmp(&(unit - rest)) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => rest > 0 && (mode == Mode::HalfUp || quotient % 2 != 0),
    };
    quotient + if up { value.signum() } else { 0 }
}

fn whole<T: ArrowPrimitiveType>(
    call: &Call,
    mode: Mode,
    digits: impl Fn(usize) -> Option<i32>,
    narrow: fn(i64) -> T::Native,
) -> Result<ArrayRef>
where
    T::Native: Into<i64>,
{
    let value: Primitives<T> = call.primitives::<T>(0)?;
    primitives::<T>(call.rows(), |row| {
        let (value, digits) = (value.get(row)?, digits(row)?);
        if digits >= 0 {
            return Some(value);
        }
        let number: i64 = value.into();
        let rounded = match power_of_ten(digits.unsigned_abs()) {
            Some(unit) => divide(i128::from(number), unit, mode) * unit,
            None => 0,
        };
        Some(narrow(rounded as i64))
    })
}

/// Rounds the shortest decimal form of a double, as `BigDecimal.valueOf(x).setScale(d).doubleValue()` does.
pub(crate) fn round_double(value: f64, digits: i32, mode: Mode) -> f64 {
    if !value.is_finite() || value == 0.0 {
        return value;
    }
    if let Some(rounded) = quick(value, digits) {
        return rounded;
    }
    let text = format!("{value:e}");
    let Some((mantissa, exponent)) = text.split_once('e') else { return value };
    let Ok(exponent) = exponent.parse::<i32>() else { return value };
    let negative = mantissa.starts_with('-');
    let all: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).map(|digit| digit - b'0').collect();
    // The first digit stands for 10^exponent; `kept` digits remain.
    let kept = i64::from(exponent) + 1 + i64::from(digits);
    if kept >= all.len() as i64 {
        return value;
    }
    if kept < 0 {
        return 0.0;
    }
    let (head, tail) = all.split_at(kept as usize);
    let half = tail[0].cmp(&5).then_with(|| {
        if tail[1..].iter().any(|digit| *digit > 0) { std::cmp::Ordering::Greater } else { std::cmp::Ordering::Equal }
    });
    let odd = head.last().is_some_and(|digit| digit % 2 == 1);
    let up = match half {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => mode == Mode::HalfUp || odd,
    };
    let mut number = head.iter().fold(0_i128, |number, digit| number * 10 + i128::from(*digit));
    number += i128::from(up);
    if number == 0 {
        return 0.0;
    }
    format!("{}{number}e{}", if negative { "-" } else { "" }, -digits).parse().unwrap_or(value)
}

/// The common case by arithmetic: few digits, and not near a half.
fn quick(value: f64, digits: i32) -> Option<f64> {
    if !(0..=9).contains(&digits) {
        return None;
    }
    let unit = 10_f64.powi(digits);
    let scaled = value.abs() * unit;
    if scaled >= 1e13 {
        return None;
    }
    let (below, fraction) = (scaled.floor(), scaled.fract());
    if (fraction - 0.5).abs() < 1e-2 {
        return None;
    }
    let rounded = if fraction > 0.5 { below + 1.0 } else { below } / unit;
    Some(if value < 0.0 && rounded != 0.0 { -rounded } else { rounded })
}
