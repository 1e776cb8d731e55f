//! Parts of dates and times: `year`, `month`, `day`, `hour`, `weekofyear`…

use arrow::array::{ArrayRef, new_null_array};
use arrow::datatypes::{
    DataType, Date32Type, DurationMicrosecondType, Int32Type, IntervalUnit, IntervalYearMonthType,
    TimestampMicrosecondType,
};

use super::{DAY, SECOND, TIMESTAMP};
use crate::error::Result;
use crate::registry::FunctionEntry;
use crate::scalar::check::{Group, args_size, category, groups, overload, primitive, type_error};
use crate::scalar::kernel::primitives;
use crate::scalar::{Call, Scalar};
use crate::text::civil_from_days;

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        Scalar::new("year", year_types, |_| Ok(DataType::Int32), |call| {
            of_date(call, |days| civil_from_days(days).0 as i32, |months| months / 12)
        })
        .entry(
            "_FUNC_(param) - Returns the year component of the date/timestamp/interval",
            "param can be one of:\n1. A string in the format of 'yyyy-MM-dd HH:mm:ss' or 'yyyy-MM-dd'.\n2. A date \
             value\n3. A timestamp value\n4. A year-month interval valueExample:\n   > SELECT _FUNC_('2009-07-30') FROM \
             src LIMIT 1;\n  2009",
        ),
        Scalar::new("month", year_types, |_| Ok(DataType::Int32), |call| {
            of_date(call, |days| civil_from_days(days).1 as i32, |months| months % 12)
        })
        .entry("_FUNC_(param) - Returns the month component of the date/timestamp/interval", ""),
        Scalar::new("quarter", quarter_types, |_| Ok(DataType::Int32), |call| {
            of_date(call, |days| (civil_from_days(days).1 as i32 + 2) / 3, |months| months % 12)
        })
        .entry(
            "_FUNC_(date/timestamp/string) - Returns the quarter of the year for date, timestamp or string in the \
             range 1 to 4.",
            "Example: > SELECT _FUNC_('2015-04-08');\n 2",
        ),
        Scalar::new("day", day_types, |_| Ok(DataType::Int32), day).aliases(&["dayofmonth"]).entry(
            "_FUNC_(param) - Returns the day of the month of date/timestamp, or day component of interval",
            "",
        ),
        Scalar::new(
            "dayofweek",
            |_, types| calendar_types("UDFDayOfWeek", types),
            |_| Ok(DataType::Int32),
            |call| of_date(call, |days| (days + 4).rem_euclid(7) as i32 + 1, |months| months),
        )
        .entry(
            "_FUNC_(param) - Returns the day of the week of date/timestamp (1 = Sunday, 2 = Monday, ..., 7 = Saturday)",
            "",
        ),
        Scalar::new(
            "weekofyear",
            |_, types| calendar_types("UDFWeekOfYear", types),
            |_| Ok(DataType::Int32),
            |call| of_date(call, week_of_year, |months| months),
        )
        .entry(
            "_FUNC_(date) - Returns the week of the year of the given date. A week is considered to start on a Monday \
             and week 1 is the first week with >3 days.",
            "Examples:\n  > SELECT _FUNC_('2008-02-20') FROM src LIMIT 1;\n  8\n  > SELECT _FUNC_('1980-12-31 \
             12:59:59') FROM src LIMIT 1;\n  1",
        ),
        Scalar::new("hour", time_types, |_| Ok(DataType::Int32), |call| of_time(call, 3600, 24))
            .entry("_FUNC_(param) - Returns the hour componemnt of the string/timestamp/interval", ""),
        Scalar::new("minute", time_types, |_| Ok(DataType::Int32), |call| of_time(call, 60, 60))
            .entry("_FUNC_(param) - Returns the minute component of the string/timestamp/interval", ""),
        Scalar::new("second", time_types, |_| Ok(DataType::Int32), |call| of_time(call, 1, 60))
            .entry("_FUNC_(date) - Returns the second component of the string/timestamp/interval", ""),
    ]
}

const YEAR_MONTH: DataType = DataType::Interval(IntervalUnit::YearMonth);

fn does_not_take(name: &str, ty: &DataType) -> Result<Vec<DataType>> {
    type_error(0, format!("{name} does not take {} type", category(ty)))
}

fn year_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    args_size(name, types, 1, 1)?;
    primitive(name, types, 0)?;
    match &types[0] {
        ty if *ty == YEAR_MONTH => Ok(types.to_vec()),
        ty if matches!(Group::of(ty), Some(Group::String | Group::Date | Group::Void)) => Ok(vec![DataType::Date32]),
        ty => does_not_take(name, ty),
    }
}

fn quarter_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    args_size(name, types, 1, 1)?;
    groups(name, types, 0, &[Group::String, Group::Date, Group::Void])?;
    Ok(vec![DataType::Date32])
}

fn day_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [DataType::Duration(_)] => Ok(types.to_vec()),
        [ty] if *ty == YEAR_MONTH => does_not_take(name, ty),
        _ => year_types(name, types),
    }
}

fn time_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    args_size(name, types, 1, 1)?;
    primitive(name, types, 0)?;
    match &types[0] {
        DataType::Duration(_) => Ok(types.to_vec()),
        ty if matches!(Group::of(ty), Some(Group::String | Group::Date | Group::Void)) => Ok(vec![TIMESTAMP]),
        ty => does_not_take(name, ty),
    }
}

/// Older functions, with a method each for text, date and timestamp.
fn calendar_types(class: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [DataType::Timestamp(_, _)] => {}
        _ => {
            overload(class, types, &[&[DataType::Date32], &[DataType::Utf8], &[TIMESTAMP]])?;
        }
    }
    Ok(vec![DataType::Date32])
}

fn of_date(call: &Call, part: fn(i64) -> i32, months: fn(i32) -> i32) -> Result<ArrayRef> {
    match call.arg_type(0) {
        DataType::Date32 => {
            let date = call.primitives::<Date32Type>(0)?;
            primitives::<Int32Type>(call.rows(), |row| Some(part(i64::from(date.get(row)?))))
        }
        DataType::Interval(IntervalUnit::YearMonth) => {
            let interval = call.primitives::<IntervalYearMonthType>(0)?;
            primitives::<Int32Type>(call.rows(), |row| Some(months(interval.get(row)?)))
        }
        _ => Ok(new_null_array(&DataType::Int32, call.rows())),
    }
}

fn day(call: &Call) -> Result<ArrayRef> {
    if let DataType::Duration(_) = call.arg_type(0) {
        let interval = call.primitives::<DurationMicrosecondType>(0)?;
        return primitives::<Int32Type>(call.rows(), |row| Some((interval.get(row)? / DAY) as i32));
    }
    of_date(call, |days| civil_from_days(days).2 as i32, |months| months)
}

/// A part of the day: `unit` seconds long, `count` of them in the next larger.
fn of_time(call: &Call, unit: i64, count: i64) -> Result<ArrayRef> {
    if let DataType::Duration(_) = call.arg_type(0) {
        let interval = call.primitives::<DurationMicrosecondType>(0)?;
        return primitives::<Int32Type>(call.rows(), |row| Some((interval.get(row)? / (unit * SECOND) % count) as i32));
    }
    let time = call.primitives::<TimestampMicrosecondType>(0)?;
    primitives::<Int32Type>(call.rows(), |row| {
        Some(time.get(row)?.rem_euclid(DAY).div_euclid(unit * SECOND).rem_euclid(count) as i32)
    })
}

/// The ISO week: that of the Thursday.
fn week_of_year(days: i64) -> i32 {
    let thursday = days - (days + 3).rem_euclid(7) + 3;
    let (year, ..) = civil_from_days(thursday);
    ((thursday - crate::text::days_from_civil(year, 1, 1)) / 7 + 1) as i32
}
