//! `tumbling_window` and `datetime_legacy_hybrid_calendar`.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Date32Type, DurationMicrosecondType, TimeUnit, TimestampMicrosecondType};

use super::{DAY, TIMESTAMP};
use crate::error::{Result, UdfError};
use crate::registry::FunctionEntry;
use crate::scalar::check::{Group, args_size, argument_error, is_primitive, length_error, type_name};
use crate::scalar::kernel::{primitives, try_primitives};
use crate::scalar::{Call, Scalar, returns_same_as_first};
use crate::text::{days_from_civil, days_in_month};

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        Scalar::new("tumbling_window", window_types, |_| Ok(TIMESTAMP), tumbling_window).entry(
            "_FUNC_(timestamp, interval, origin) - returns the timestamp truncated to the  beginning of tumbling window \
             time interval starting from origin timestamp,  by default origin is unix epoch 0",
            "param has to be a timestamp value, Example:\n  > SELECT _FUNC_(timestamp, interval) FROM src ;\n  > SELECT \
             _FUNC_(timestamp, interval, origin_timestamp);\n",
        ),
        Scalar::new("datetime_legacy_hybrid_calendar", hybrid_types, returns_same_as_first, hybrid).entry(
            "_FUNC_(date/timestamp) - Converts a date/timestamp to legacy hybrid Julian-Gregorian calendar\nassuming \
             that its internal days/milliseconds since epoch is calculated using the proleptic Gregorian calendar.",
            "Converts a date/timestamp to legacy Gregorian-Julian hybrid calendar, i.e., calendar that supports \
             both\nthe Julian and Gregorian calendar systems with the support of a single discontinuity, which \
             corresponds by\ndefault to the Gregorian date when the Gregorian calendar was instituted; assuming that its \
             internal\ndays/milliseconds since epoch is calculated using new proleptic Gregorian calendar (ISO 8601 \
             standard), which\nis produced by extending the Gregorian calendar backward to dates preceding its official \
             introduction in 1582.\n",
        ),
    ]
}

fn window_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    args_size(name, types, 2, 3)?;
    let is_date = |ty: &DataType| Group::of(ty) == Some(Group::Date);
    if let Some(origin) = types.get(2).filter(|origin| !is_date(origin)) {
        return argument_error(format!("Third arg has to be timestamp got {}", type_name(origin)));
    }
    if !is_date(&types[0]) {
        return argument_error(format!("First arg has to be timestamp got {}", type_name(&types[0])));
    }
    let interval = DataType::Duration(TimeUnit::Microsecond);
    if types[1] != interval {
        return argument_error(format!("Second arg has to be interval got {}", type_name(&types[1])));
    }
    Ok([TIMESTAMP, interval, TIMESTAMP][..types.len()].to_vec())
}

/// Milliseconds are all that Hive looks at.
fn tumbling_window(call: &Call) -> Result<ArrayRef> {
    let (time, interval) =
        (call.primitives::<TimestampMicrosecondType>(0)?, call.primitives::<DurationMicrosecondType>(1)?);
    let origin = if call.len() == 3 { Some(call.primitives::<TimestampMicrosecondType>(2)?) } else { None };
    try_primitives::<TimestampMicrosecondType>(call.rows(), |row| {
        let origin = match &origin {
            Some(origin) => origin.get(row),
            None => Some(0),
        };
        let (Some(time), Some(interval), Some(origin)) = (time.get(row), interval.get(row), origin) else {
            return Ok(None);
        };
        let (time, width, origin) = (time.div_euclid(1000), interval / 1000, origin.div_euclid(1000));
        if width == 0 {
            return Err(UdfError::Execution("tumbling_window: the interval is empty".into()));
        }
        let offset = time % width - origin % width;
        let offset = if offset < 0 { offset + width } else { offset };
        Ok(time.checked_sub(offset).and_then(|start| start.checked_mul(1000)))
    })
}

fn hybrid_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [] => length_error(format!("The function {name} requires at least one argument, got 0")),
        [DataType::Date32 | DataType::Timestamp(_, None), ..] => Ok(types.to_vec()),
        [DataType::Null, ..] => Ok(vec![DataType::Date32]),
        [ty, ..] if is_primitive(ty) => argument_error(format!("{name} only allows date or timestamp types")),
        _ => argument_error(format!("The function {name} takes only primitive types")),
    }
}

/// The first day of the Gregorian calendar, 1582-10-15.
const GREGORIAN_START: i64 = -141_427;

/// The date that the Julian calendar has for a day before the change, as a date of the proleptic calendar. The 29th of
/// February of years that only Julius Caesar knows as leap years becomes the 1st of March.
fn julian_named(days: i64) -> i64 {
    if days >= GREGORIAN_START {
        return days;
    }
    // Days since the 1st of March of year 0 of the Julian calendar.
    let shifted = days + 719_470;
    let year = (4 * shifted + 3).div_euclid(1461);
    let day_of_year = shifted - (1461 * year).div_euclid(4);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (year, month) = if month < 10 { (year, month + 3) } else { (year + 1, month - 9) };
    let spare = day - i64::from(days_in_month(year, month as u32)).min(day);
    days_from_civil(year, month as u32, (day - spare) as u32) + spare
}

fn hybrid(call: &Call) -> Result<ArrayRef> {
    if call.arg_type(0) == DataType::Date32 {
        let date = call.primitives::<Date32Type>(0)?;
        return primitives::<Date32Type>(call.rows(), |row| julian_named(i64::from(date.get(row)?)).try_into().ok());
    }
    let time = call.primitives::<TimestampMicrosecondType>(0)?;
    primitives::<TimestampMicrosecondType>(call.rows(), |row| {
        let time = time.get(row)?;
        Some(julian_named(time.div_euclid(DAY)) * DAY + time.rem_euclid(DAY))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{civil_from_days, parse_date, write_date};

    #[test]
    fn julian_dates() {
        for (date, julian) in [
            ("0601-03-07", "0601-03-04"),
            ("0501-03-07", "0501-03-05"),
            ("1582-10-15", "1582-10-15"),
            ("1582-10-14", "1582-10-04"),
            ("0001-01-01", "0001-01-03"),
            ("1600-03-07", "1600-03-07"),
        ] {
            let mut out = String::new();
            write_date(julian_named(i64::from(parse_date(date).unwrap())) as i32, &mut out);
            assert_eq!(out, julian, "{date}");
        }
        assert_eq!(civil_from_days(GREGORIAN_START), (1582, 10, 15));
    }
}
