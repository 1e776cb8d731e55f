//! `internal_interval`: `GenericUDFInternalInterval`, what `INTERVAL (x) DAY` is when x is no constant.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, DurationMicrosecondType, IntervalUnit, IntervalYearMonthType, TimeUnit};

use crate::error::{Result, UdfError};
use crate::registry::FunctionEntry;
use crate::scalar::check::{args_size, is_primitive, type_error};
use crate::scalar::kernel::try_primitives;
use crate::scalar::{Call, ReturnArgs, Scalar};
use crate::text::{parse_interval_day_time, parse_interval_year_month};

const SECOND: i64 = 1_000_000;

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![Scalar::new("internal_interval", argument_types, result_type, evaluate).entry(
        "_FUNC_(intervalType,intervalArg)",
        "this method is not designed to be used by directly calling it - it provides internal support for 'INTERVAL \
         (intervalArg) intervalType' constructs",
    )]
}

/// What a unit counts, with the name of Hive's class for it.
#[derive(Debug, Clone, Copy)]
enum Unit {
    /// Whole units of so many months.
    Months(i32, &'static str),
    /// Whole units of so many microseconds.
    Micros(i64, &'static str),
    Second,
    YearMonth,
    DayTime,
}

impl Unit {
    fn of(name: &str) -> Option<Unit> {
        Some(match name {
            "year_month" => Unit::YearMonth,
            "year" => Unit::Months(12, "IntervalYearLiteralProcessor"),
            "month" => Unit::Months(1, "IntervalMonthLiteralProcessor"),
            "day_time" => Unit::DayTime,
            "day" => Unit::Micros(86_400 * SECOND, "IntervalDayLiteralProcessor"),
            "hour" => Unit::Micros(3600 * SECOND, "IntervalHourLiteralProcessor"),
            "minute" => Unit::Micros(60 * SECOND, "IntervalMinuteLiteralProcessor"),
            "second" => Unit::Second,
            _ => return None,
        })
    }

    fn class(self) -> &'static str {
        match self {
            Unit::Months(_, class) | Unit::Micros(_, class) => class,
            Unit::Second => "IntervalSecondLiteralProcessor",
            Unit::YearMonth => "IntervalYearMonthLiteralProcessor",
            Unit::DayTime => "IntervalDayTimeLiteralProcessor",
        }
    }

    fn months(self, text: &str) -> Option<i32> {
        match self {
            Unit::Months(factor, _) => text.parse::<i32>().ok()?.checked_mul(factor),
            _ => parse_interval_year_month(text),
        }
    }

    fn micros(self, text: &str) -> Option<i64> {
        match self {
            Unit::Micros(factor, _) => i64::from(text.parse::<i32>().ok()?).checked_mul(factor),
            Unit::Second => seconds(text),
            _ => parse_interval_day_time(text),
        }
    }
}

/// `-12.5` as microseconds; digits behind the sixth are cut.
fn seconds(text: &str) -> Option<i64> {
    let digits = text.trim_start_matches(['-', '+']);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if digits.len() + 1 < text.len()
        || (whole.is_empty() && fraction.is_empty())
        || !is_number(whole)
        || !is_number(fraction)
    {
        return None;
    }
    let fraction: String = fraction.chars().chain("000000".chars()).take(6).collect();
    let whole: i64 = if whole.is_empty() { 0 } else { i64::from(whole.parse::<i32>().ok()?) };
    let micros = whole * SECOND + fraction.parse::<i64>().ok()?;
    Some(if text.starts_with('-') { -micros } else { micros })
}

fn argument_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    args_size(name, types, 2, 2)?;
    if !is_primitive(&types[1]) {
        return type_error(1, format!("The first argument to {name} must be primitive"));
    }
    match &types[1] {
        DataType::Utf8 | DataType::Null | DataType::Decimal128(_, _) => {}
        ty if ty.is_integer() => {}
        _ => {
            return type_error(
                1,
                format!(
                    "The second argument to {name} must be from the string group or numeric group (except:float/double)"
                ),
            );
        }
    }
    Ok(vec![DataType::Utf8, DataType::Utf8])
}

fn unit_of(name: Option<&str>) -> Result<Unit> {
    match name {
        None => type_error(0, "internal_interval: may only accept constant as first argument"),
        Some(name) => match Unit::of(name) {
            Some(unit) => Ok(unit),
            None => type_error(0, format!("internal_interval: unsupported operationMode: {name}")),
        },
    }
}

fn result_type(args: &ReturnArgs) -> Result<DataType> {
    Ok(match unit_of(args.constant_str(0))? {
        Unit::Months(_, _) | Unit::YearMonth => DataType::Interval(IntervalUnit::YearMonth),
        Unit::Micros(_, _) | Unit::Second | Unit::DayTime => DataType::Duration(TimeUnit::Microsecond),
    })
}

fn evaluate(call: &Call) -> Result<ArrayRef> {
    let (unit, texts) = (unit_of(call.constant_str(0))?, call.strings(1)?);
    let error = |text: &str| UdfError::ArgumentType {
        index: 1,
        message: format!("Error parsing interval {text} using:{}", unit.class()),
    };
    match unit {
        Unit::Months(_, _) | Unit::YearMonth => try_primitives::<IntervalYearMonthType>(call.rows(), |row| {
            texts.get(row).map(|text| unit.months(text).ok_or_else(|| error(text))).transpose()
        }),
        _ => try_primitives::<DurationMicrosecondType>(call.rows(), |row| {
            texts.get(row).map(|text| unit.micros(text).ok_or_else(|| error(text))).transpose()
        }),
    }
}
