//! `floor_year` … `floor_second`: the start of the period that a time lies in.

use arrow::array::{Array, ArrayRef, PrimitiveArray};
use arrow::datatypes::{DataType, TimestampMicrosecondType};
use std::sync::Arc;

use super::{DAY, SECOND, TIMESTAMP};
use crate::error::Result;
use crate::registry::FunctionEntry;
use crate::scalar::check::overload;
use crate::scalar::{Call, Scalar, returns_same_as_first};
use crate::text::{civil_from_days, days_from_civil, local_from_utc, utc_from_local};

macro_rules! floor {
    ($name:literal, $class:literal, $unit:literal, $function:expr) => {
        Scalar::new($name, |_, types| floor_types($class, types), returns_same_as_first, |call| floor(call, $function))
            .entry(
                concat!("_FUNC_(param) - Returns the timestamp at a ", $unit, " granularity"),
                "param needs to be a timestamp value",
            )
    };
}

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        floor!("floor_year", "UDFDateFloorYear", "year", |time| {
            days_from_civil(civil_from_days(time.div_euclid(DAY)).0, 1, 1) * DAY
        }),
        floor!("floor_quarter", "UDFDateFloorQuarter", "quarter", |time| {
            let (year, month, _) = civil_from_days(time.div_euclid(DAY));
            days_from_civil(year, (month - 1) / 3 * 3 + 1, 1) * DAY
        }),
        floor!("floor_month", "UDFDateFloorMonth", "month", |time| {
            let (year, month, _) = civil_from_days(time.div_euclid(DAY));
            days_from_civil(year, month, 1) * DAY
        }),
        floor!("floor_week", "UDFDateFloorWeek", "week", |time| {
            let days = time.div_euclid(DAY);
            (days - (days + 3).rem_euclid(7)) * DAY
        }),
        floor!("floor_day", "UDFDateFloorDay", "day", |time| time.div_euclid(DAY) * DAY),
        floor!("floor_hour", "UDFDateFloorHour", "hour", |time| time.div_euclid(3600 * SECOND) * 3600 * SECOND),
        floor!("floor_minute", "UDFDateFloorMinute", "minute", |time| time.div_euclid(60 * SECOND) * 60 * SECOND),
        floor!("floor_second", "UDFDateFloorSecond", "second", |time| time.div_euclid(SECOND) * SECOND),
    ]
}

fn floor_types(class: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [DataType::Timestamp(_, _)] => Ok(types.to_vec()),
        _ => overload(class, types, &[&[TIMESTAMP]]),
    }
}

fn floor(call: &Call, start: fn(i64) -> i64) -> Result<ArrayRef> {
    let time = call.primitives::<TimestampMicrosecondType>(0)?;
    let zoned = matches!(call.arg_type(0), DataType::Timestamp(_, Some(_)));
    let zone = call.time_zone();
    let floored: PrimitiveArray<TimestampMicrosecondType> = (0..call.rows())
        .map(|row| {
            let time = time.get(row)?;
            if zoned { utc_from_local(zone, start(local_from_utc(zone, time)?)) } else { Some(start(time)) }
        })
        .collect();
    Ok(match call.return_type() {
        DataType::Timestamp(_, zone) => Arc::new(floored.with_timezone_opt(zone.clone())),
        _ => Arc::new(floored) as Arc<dyn Array>,
    })
}
