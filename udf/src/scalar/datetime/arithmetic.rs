//! Counting with dates: `date_add`, `datediff`, `add_months`, `months_between`, `last_day`, `next_day`, `to_date`.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int32Type, TimestampMicrosecondType};

use super::java_pattern::{JavaPattern, Moment};
use super::{DAY, SECOND, TIMESTAMP};
use crate::error::{Result, UdfError};
use crate::registry::FunctionEntry;
use crate::scalar::check::{
    Group, args_size, argument_error, category, groups, int_argument, is_primitive, length_error, primitive,
    type_error, type_name,
};
use crate::scalar::kernel::{primitives, strings};
use crate::scalar::math::{Mode, round_double};
use crate::scalar::{Call, Scalar};
use crate::text::{civil_from_days, days_from_civil, days_in_month, write_date};

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        Scalar::new("to_date", to_date_types, |_| Ok(DataType::Date32), |call| call.array(0)).entry(
            "_FUNC_(expr) - Extracts the date part of the date or datetime expression expr",
            "Example:\n   > SELECT _FUNC_('2009-07-30 04:17:52') FROM src LIMIT 1;\n  '2009-07-30'",
        ),
        Scalar::new("date_add", add_types, |_| Ok(DataType::Date32), |call| add_days(call, 1)).entry(
            "_FUNC_(start_date, num_days) - Returns the date that is num_days after start_date.",
            "start_date is a string in the format 'yyyy-MM-dd HH:mm:ss' or 'yyyy-MM-dd'. num_days is a number. The time \
             part of start_date is ignored.\nExample:\n   > SELECT _FUNC_('2009-07-30', 1) FROM src LIMIT 1;\n  \
             '2009-07-31'",
        ),
        Scalar::new("date_sub", add_types, |_| Ok(DataType::Date32), |call| add_days(call, -1)).entry(
            "_FUNC_(start_date, num_days) - Returns the date that is num_days before start_date.",
            "start_date is a string in the format 'yyyy-MM-dd HH:mm:ss' or 'yyyy-MM-dd'. num_days is a number. The time \
             part of start_date is ignored.\nExample:\n   > SELECT _FUNC_('2009-07-30', 1) FROM src LIMIT 1;\n  \
             '2009-07-29'",
        ),
        Scalar::new("datediff", diff_types, |_| Ok(DataType::Int32), |call| {
            let (left, right) = (call.primitives::<Date32Type>(0)?, call.primitives::<Date32Type>(1)?);
            primitives::<Int32Type>(call.rows(), |row| Some(left.get(row)?.wrapping_sub(right.get(row)?)))
        })
        .entry(
            "_FUNC_(date1, date2) - Returns the number of days between date1 and date2",
            "date1 and date2 are strings in the format 'yyyy-MM-dd HH:mm:ss' or 'yyyy-MM-dd'. The time parts are \
             ignored.If date1 is earlier than date2, the result is negative.\nExample:\n   > SELECT \
             _FUNC_('2009-07-30', '2009-07-31') FROM src LIMIT 1;\n  1",
        ),
        Scalar::new("add_months", add_months_types, |_| Ok(DataType::Utf8), add_months).entry(
            "_FUNC_(start_date, num_months, output_date_format) - Returns the date that is num_months after \
             start_date.",
            "start_date is a string or timestamp indicating a valid date. num_months is a number. output_date_format \
             is an optional String which specifies the format for output.\nExample:\n  > SELECT \
             _FUNC_('2009-08-31', 1) FROM src LIMIT 1;\n '2009-09-30'.",
        ),
        Scalar::new("months_between", months_types, |_| Ok(DataType::Float64), months_between).entry(
            "_FUNC_(date1, date2, roundOff) - returns number of months between dates date1 and date2",
            "If date1 is later than date2, then the result is positive. If date1 is earlier than date2, then the \
             result is negative. If date1 and date2 are either the same days of the month or both last days of months, \
             then the result is always an integer. Otherwise the UDF calculates the fractional portion of the result \
             based on a 31-day month and considers the difference in time components date1 and date2.\n Example:\n  > \
             SELECT _FUNC_('1997-02-28 10:30:00', '1996-10-30');\n 3.94959677",
        ),
        Scalar::new("last_day", last_day_types, |_| Ok(DataType::Utf8), |call| {
            let date = call.primitives::<Date32Type>(0)?;
            strings(call.rows(), |row, out| {
                let days = i64::from(date.get(row)?);
                let (year, month, day) = civil_from_days(days);
                write_date((days + i64::from(days_in_month(year, month) - day)) as i32, out);
                Some(())
            })
        })
        .entry(
            "_FUNC_(date) - Returns the last day of the month which the date belongs to.",
            "date is a string in the format 'yyyy-MM-dd HH:mm:ss' or 'yyyy-MM-dd'. The time part of date is ignored.\n\
             Example:\n  > SELECT _FUNC_('2009-01-12') FROM src LIMIT 1;\n '2009-01-31'",
        ),
        Scalar::new("next_day", next_day_types, |_| Ok(DataType::Utf8), next_day).entry(
            "_FUNC_(start_date, day_of_week) - Returns the first date which is later than start_date and named as \
             indicated.",
            "start_date is a string in the format 'yyyy-MM-dd HH:mm:ss' or 'yyyy-MM-dd'. day_of_week is day of the \
             week (e.g. Mo, tue, FRIDAY).Example:\n  > SELECT _FUNC_('2015-01-14', 'TU') FROM src LIMIT 1;\n \
             '2015-01-20'",
        ),
    ]
}

fn to_date_types(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [ty] if matches!(Group::of(ty), Some(Group::String | Group::Date | Group::Void)) => Ok(vec![DataType::Date32]),
        [ty] if is_primitive(ty) => {
            argument_error(format!("TO_DATE() only takes STRING/TIMESTAMP/DATEWRITABLE types, got {}", category(ty)))
        }
        [ty] => {
            argument_error(format!("to_date() only accepts STRING/TIMESTAMP/DATEWRITABLE types, got {}", type_name(ty)))
        }
        _ => length_error(format!("to_date() requires 1 argument, got {}", types.len())),
    }
}

fn add_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let upper = name.to_ascii_uppercase();
    let [date, days] = types else {
        return length_error(format!("{name}() requires 2 argument, got {}", types.len()));
    };
    for (index, (ty, place)) in [(date, "first"), (days, "second")].into_iter().enumerate() {
        if !is_primitive(ty) {
            let message = format!(
                "Only primitive type arguments are accepted but {} is passed. as {place} arguments",
                type_name(ty)
            );
            return type_error(index, message);
        }
    }
    if !matches!(date, DataType::Utf8 | DataType::Date32 | DataType::Timestamp(_, _) | DataType::Null) {
        return argument_error(format!(
            " {upper}() only takes STRING/TIMESTAMP/DATEWRITABLE types as first argument, got {}",
            category(date)
        ));
    }
    if !matches!(days, DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Null) {
        return argument_error(format!(
            " {upper}() only takes TINYINT/SMALLINT/INT types as second argument, got {}",
            category(days)
        ));
    }
    Ok(vec![DataType::Date32, DataType::Int32])
}

fn add_days(call: &Call, sign: i32) -> Result<ArrayRef> {
    let (date, days) = (call.primitives::<Date32Type>(0)?, call.primitives::<Int32Type>(1)?);
    primitives::<Date32Type>(call.rows(), |row| Some(date.get(row)?.wrapping_add(days.get(row)?.wrapping_mul(sign))))
}

fn diff_types(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    if types.len() != 2 {
        return length_error(format!("datediff() requires 2 argument, got {}", types.len()));
    }
    for (index, ty) in types.iter().enumerate() {
        match Group::of(ty) {
            Some(Group::String | Group::Date | Group::Void) => {}
            Some(_) => {
                return argument_error(format!(
                    " DATEDIFF() only takes STRING/TIMESTAMP/DATEWRITABLE/TIMESTAMPLOCALTZ types as {}-th argument, \
                     got {}",
                    index + 1,
                    category(ty)
                ));
            }
            None => {
                let message = format!(
                    "Only primitive type arguments are accepted but {} is passed. as first arguments",
                    type_name(ty)
                );
                return type_error(0, message);
            }
        }
    }
    Ok(vec![DataType::Date32; 2])
}

fn add_months_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    args_size(name, types, 2, 3)?;
    groups(name, types, 0, &[Group::String, Group::Date, Group::Void])?;
    groups(name, types, 1, &[Group::Numeric, Group::Void])?;
    int_argument(name, types, 1)?;
    groups(name, types, 2, &[Group::String])?;
    Ok([TIMESTAMP, DataType::Int32, DataType::Utf8][..types.len()].to_vec())
}

/// The last day of a month stays the last day.
pub(super) fn months_later(days: i64, count: i64) -> i64 {
    let (year, month, day) = civil_from_days(days);
    let last = day == days_in_month(year, month);
    let months = year * 12 + i64::from(month) - 1 + count;
    let (year, month) = (months.div_euclid(12), months.rem_euclid(12) as u32 + 1);
    let length = days_in_month(year, month);
    days_from_civil(year, month, if last { length } else { day.min(length) })
}

fn add_months(call: &Call) -> Result<ArrayRef> {
    let (time, months) = (call.primitives::<TimestampMicrosecondType>(0)?, call.primitives::<Int32Type>(1)?);
    let pattern = match (call.len(), call.constant_str(2)) {
        (2, _) => None,
        (_, Some(pattern)) => Some(JavaPattern::new(pattern)?),
        (_, None) if call.constant(2).is_some() => None,
        _ => return Err(UdfError::Argument("add_months only takes constant as 3rd argument".into())),
    };
    strings(call.rows(), |row, out| {
        let (time, months) = (time.get(row)?, months.get(row)?);
        let days = months_later(time.div_euclid(DAY), i64::from(months));
        match &pattern {
            None => write_date(days as i32, out),
            Some(pattern) => pattern.format(&Moment::utc(days * DAY + time.rem_euclid(DAY)), out),
        }
        Some(())
    })
}

fn months_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    args_size(name, types, 2, 3)?;
    for index in 0..2 {
        groups(name, types, index, &[Group::String, Group::Date, Group::Void])?;
    }
    primitive(name, types, 2)?;
    Ok([TIMESTAMP, TIMESTAMP, DataType::Boolean][..types.len()].to_vec())
}

fn months_between(call: &Call) -> Result<ArrayRef> {
    let (left, right) =
        (call.primitives::<TimestampMicrosecondType>(0)?, call.primitives::<TimestampMicrosecondType>(1)?);
    let exact = matches!(call.constant(2), Some(datafusion_common::ScalarValue::Boolean(Some(false))));
    primitives::<Float64Type>(call.rows(), |row| {
        let (left, right) = (left.get(row)?, right.get(row)?);
        let (left_year, left_month, left_day) = civil_from_days(left.div_euclid(DAY));
        let (right_year, right_month, right_day) = civil_from_days(right.div_euclid(DAY));
        let months = (left_year - right_year) * 12 + i64::from(left_month) - i64::from(right_month);
        let both_last =
            left_day == days_in_month(left_year, left_month) && right_day == days_in_month(right_year, right_month);
        if left_day == right_day || both_last {
            return Some(months as f64);
        }
        let seconds = |day: u32, micros: i64| i64::from(day) * 86_400 + micros.rem_euclid(DAY) / SECOND;
        let rest = (seconds(left_day, left) - seconds(right_day, right)) as f64 / 2_678_400.0;
        let result = months as f64 + rest;
        Some(if exact { result } else { round_double(result, 8, Mode::HalfUp) })
    })
}

fn last_day_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    args_size(name, types, 1, 1)?;
    groups(name, types, 0, &[Group::String, Group::Date, Group::Void])?;
    Ok(vec![DataType::Date32])
}

fn next_day_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    args_size(name, types, 2, 2)?;
    groups(name, types, 0, &[Group::String, Group::Date, Group::Void])?;
    groups(name, types, 1, &[Group::String, Group::Void])?;
    Ok(vec![DataType::Date32, DataType::Utf8])
}

/// The number of a day's name (two letters, three, or all), Sunday being 0.
fn day_number(name: &str) -> Option<i64> {
    const NAMES: [&str; 7] = ["SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY"];
    let length = name.chars().count();
    let matches = |full: &&str| match length {
        2 | 3 => full[..length].eq_ignore_ascii_case(name),
        _ => full.eq_ignore_ascii_case(name),
    };
    NAMES.iter().position(matches).map(|number| number as i64)
}

fn next_day(call: &Call) -> Result<ArrayRef> {
    let (date, name) = (call.primitives::<Date32Type>(0)?, call.strings(1)?);
    strings(call.rows(), |row, out| {
        let (days, wanted) = (i64::from(date.get(row)?), day_number(name.get(row)?)?);
        let ahead = (wanted - (days + 4)).rem_euclid(7);
        write_date((days + if ahead == 0 { 7 } else { ahead }) as i32, out);
        Some(())
    })
}
