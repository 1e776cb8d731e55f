//! `trunc`: of dates to the month, quarter or year; of numbers to a number of digits.

use arrow::array::{ArrayRef, new_null_array};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type,
};

use datafusion_common::ScalarValue;

use crate::error::Result;
use crate::registry::FunctionEntry;
use crate::scalar::check::{Group, argument_error, type_name};
use crate::scalar::kernel::{decimals, primitives, strings};
use crate::scalar::{Call, ReturnArgs, Scalar};
use crate::text::{civil_from_days, days_from_civil, power_of_ten, rescale, write_date};

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        Scalar::new(
            "trunc",
            trunc_types,
            |args| {
                Ok(match args.type_of(0) {
                    DataType::Date32 => DataType::Utf8,
                    DataType::Decimal128(_, scale) => DataType::Decimal128(38, kept_scale(args, scale)),
                    other => other,
                })
            },
            trunc,
        )
        .entry(
            "_FUNC_(date, fmt) / _FUNC_(N,D) - Returns If input is date returns date with the time portion of the day \
             truncated to the unit specified by the format model fmt. If you omit fmt, then date is truncated to the \
             nearest day. It currently only supports 'MONTH'/'MON'/'MM', 'QUARTER'/'Q' and 'YEAR'/'YYYY'/'YY' as \
             format.If input is a number group returns N truncated to D decimal places. If D is omitted, then N is \
             truncated to 0 places.D can be negative to truncate (make zero) D digits left of the decimal point.",
            "",
        ),
    ]
}

/// Hive shows a truncated decimal with the digits that were kept. Where their number is no constant it is 18.
fn kept_scale(args: &ReturnArgs, scale: i8) -> i8 {
    let digits = match args.constants.get(1) {
        None => 0,
        Some(Some(ScalarValue::Int32(Some(digits)))) => *digits,
        Some(_) => return 18,
    };
    digits.clamp(0, i32::from(scale)) as i8
}

fn trunc_types(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let number = |ty: &DataType| Group::of(ty) == Some(Group::Numeric);
    match types {
        [value, format]
            if matches!(Group::of(value), Some(Group::Date | Group::String | Group::Void))
                && matches!(Group::of(format), Some(Group::String | Group::Void)) =>
        {
            Ok(vec![DataType::Date32, DataType::Utf8])
        }
        [value, digits] if number(value) && number(digits) => Ok(vec![value.clone(), DataType::Int32]),
        [value, other] => argument_error(format!(
            "Got wrong argument types : first argument type : {}, second argument type : {}",
            type_name(value),
            type_name(other)
        )),
        [value] if number(value) => Ok(types.to_vec()),
        [value] => argument_error(format!(
            "Only primitive type arguments are accepted, when arguments length is one, got {}",
            type_name(value)
        )),
        _ => argument_error(format!("TRUNC requires one or two argument, got {}", types.len())),
    }
}

fn start_of(days: i64, unit: &str) -> Option<i64> {
    let (year, month, _) = civil_from_days(days);
    Some(match unit {
        "MONTH" | "MON" | "MM" => days_from_civil(year, month, 1),
        "QUARTER" | "Q" => days_from_civil(year, (month - 1) / 3 * 3 + 1, 1),
        "YEAR" | "YYYY" | "YY" => days_from_civil(year, 1, 1),
        _ => return None,
    })
}

fn trunc(call: &Call) -> Result<ArrayRef> {
    if call.arg_type(0) == DataType::Date32 {
        let (date, unit) = (call.primitives::<Date32Type>(0)?, call.strings(1)?);
        return strings(call.rows(), |row, out| {
            write_date(start_of(i64::from(date.get(row)?), unit.get(row)?)? as i32, out);
            Some(())
        });
    }
    let digits = if call.len() > 1 { Some(call.primitives::<Int32Type>(1)?) } else { None };
    let digits = |row: usize| digits.as_ref().and_then(|digits| digits.get(row)).unwrap_or(0);
    match call.arg_type(0) {
        DataType::Int8 => whole::<Int8Type>(call, digits, |value| value as i8),
        DataType::Int16 => whole::<Int16Type>(call, digits, |value| value as i16),
        DataType::Int32 => whole::<Int32Type>(call, digits, |value| value as i32),
        DataType::Int64 => whole::<Int64Type>(call, digits, |value| value),
        DataType::Float32 => {
            let value = call.primitives::<Float32Type>(0)?;
            primitives::<Float32Type>(call.rows(), |row| {
                Some(trunc_double(f64::from(value.get(row)?), digits(row)) as f32)
            })
        }
        DataType::Float64 => {
            let value = call.primitives::<Float64Type>(0)?;
            primitives::<Float64Type>(call.rows(), |row| Some(trunc_double(value.get(row)?, digits(row))))
        }
        DataType::Decimal128(_, scale) => {
            let value = call.primitives::<Decimal128Type>(0)?;
            let DataType::Decimal128(_, to) = *call.return_type() else {
                return Ok(new_null_array(call.return_type(), call.rows()));
            };
            decimals(call.rows(), 38, to, |row| {
                let (value, cut) = (value.get(row)?, i32::from(scale) - digits(row));
                let kept = match cut {
                    1.. => power_of_ten(cut as u32).map_or(0, |unit| value - value % unit),
                    _ => value,
                };
                rescale(kept, scale, 38, to)
            })
        }
        _ => Ok(new_null_array(call.return_type(), call.rows())),
    }
}

fn whole<T: ArrowPrimitiveType>(
    call: &Call,
    digits: impl Fn(usize) -> i32,
    narrow: fn(i64) -> T::Native,
) -> Result<ArrayRef>
where
    T::Native: Into<i64>,
{
    let value = call.primitives::<T>(0)?;
    primitives::<T>(call.rows(), |row| {
        let (value, digits) = (value.get(row)?, digits(row));
        if digits >= 0 {
            return Some(value);
        }
        let number: i64 = value.into();
        let unit = 10_i64.checked_pow(digits.unsigned_abs());
        Some(narrow(unit.map_or(0, |unit| number - number % unit)))
    })
}

/// Cuts the exact decimal form of a double.
fn trunc_double(value: f64, digits: i32) -> f64 {
    if !value.is_finite() {
        return value;
    }
    if digits < 0 {
        let unit = 10_f64.powi(-digits);
        return (value / unit).trunc() * unit;
    }
    let text = format!("{value:.places$}", places = digits.min(300) as usize + 30);
    let point = text.find('.').unwrap_or(text.len());
    let end = if digits == 0 { point } else { (point + 1 + digits as usize).min(text.len()) };
    text[..end].parse().unwrap_or(value)
}
