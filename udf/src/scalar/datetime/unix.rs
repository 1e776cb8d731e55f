//! `unix_timestamp`, `to_unix_timestamp`, `from_unixtime`, `date_format`.

use std::borrow::Cow;

use arrow::array::timezone::Tz;
use arrow::array::{ArrayRef, new_null_array};
use arrow::datatypes::{DataType, Date32Type, Int64Type, TimestampMicrosecondType};
use chrono::TimeZone;
use chrono_tz::OffsetComponents;

use super::formatter::{DatePattern, java_short_name};
use super::java_pattern::Moment;
use super::{DAY, SECOND, TIMESTAMP};
use crate::error::{Result, UdfError};
use crate::options::HiveOptions;
use crate::registry::FunctionEntry;
use crate::scalar::check::{Group, args_size, argument_error, category, groups, is_primitive, length_error, type_name};
use crate::scalar::kernel::{primitives, try_primitives, try_strings};
use crate::scalar::{Call, Scalar};
use crate::text::{offset_at, parse_timestamp, utc_from_local};

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        Scalar::new("to_unix_timestamp", unix_types, |_| Ok(DataType::Int64), to_unix).entry(
            "_FUNC_(date[, pattern]) - Returns the UNIX timestamp",
            "Converts the specified time to number of seconds since 1970-01-01.",
        ),
        Scalar::new(
            "unix_timestamp",
            |name, types| if types.is_empty() { Ok(Vec::new()) } else { unix_types(name, types) },
            |_| Ok(DataType::Int64),
            |call| match call.is_empty() {
                true => {
                    let now = chrono::Utc::now().timestamp();
                    primitives::<Int64Type>(call.rows(), |_| Some(now))
                }
                false => to_unix(call),
            },
        )
        .stable()
        .entry(
            "_FUNC_(date[, pattern]) - Converts the time to a number",
            "Converts the specified time to number of seconds since 1970-01-01. The _FUNC_(void) overload is \
             deprecated, use current_timestamp.",
        ),
        Scalar::new("from_unixtime", from_unix_types, |_| Ok(DataType::Utf8), from_unix).entry(
            "_FUNC_(unix_time, format) - returns unix_time in the specified format",
            "Example:\n  > SELECT _FUNC_(0, 'yyyy-MM-dd HH:mm:ss') FROM src LIMIT 1;\n  '1970-01-01 00:00:00'",
        ),
        Scalar::new(
            "date_format",
            |name, types| {
                args_size(name, types, 2, 2)?;
                groups(name, types, 0, &[Group::String, Group::Date, Group::Void])?;
                groups(name, types, 1, &[Group::String, Group::Void])?;
                Ok(vec![TIMESTAMP, DataType::Utf8])
            },
            |_| Ok(DataType::Utf8),
            date_format,
        )
        .entry(
            "_FUNC_(date/timestamp/string, fmt) - converts a date/timestamp/string to a value of string in the format \
             specified by the date format fmt.",
            "Supported formats are SimpleDateFormat formats - \
             https://docs.oracle.com/javase/7/docs/api/java/text/SimpleDateFormat.html. Second argument fmt should be \
             constant.\nExample: > SELECT _FUNC_('2015-04-08', 'y');\n '2015'",
        ),
    ]
}

const DEFAULT_PATTERN: &str = "yyyy-MM-dd HH:mm:ss";

fn unix_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let upper = name.to_ascii_uppercase();
    let Some(first) = types.first() else {
        return length_error(format!("The function {upper}requires at least one argument"));
    };
    if let Some(nested) = types.iter().find(|ty| !is_primitive(ty)) {
        return argument_error(format!("{upper} only takes string/date/timestamp types, got {}", type_name(nested)));
    }
    let mut wanted = match first {
        DataType::Utf8 | DataType::Null => vec![DataType::Utf8],
        DataType::Date32 | DataType::Timestamp(_, _) => vec![first.clone()],
        other => {
            return argument_error(format!(
                "The function {upper} takes only string/date/timestamp/timestamplocaltz types. Got Type:{}",
                category(other)
            ));
        }
    };
    if let (Some(pattern), DataType::Utf8) = (types.get(1), first)
        && !matches!(pattern, DataType::Utf8 | DataType::Null)
    {
        return argument_error(format!("The time pattern for {upper} should be string type"));
    }
    wanted.resize(types.len(), DataType::Utf8);
    Ok(wanted)
}

/// Patterns of the rows: read once where they are constant.
struct Patterns {
    texts: Option<crate::scalar::Strings>,
    constant: Option<DatePattern>,
    simple: bool,
}

impl Patterns {
    fn new(call: &Call, index: usize, default: &str) -> Result<Patterns> {
        let simple = HiveOptions::of(call.config()).simple_date_patterns;
        if index >= call.len() {
            return Ok(Patterns { texts: None, constant: Some(DatePattern::new(default, simple)?), simple });
        }
        let constant = call.constant_str(index).map(|pattern| DatePattern::new(pattern, simple)).transpose()?;
        Ok(Patterns { texts: Some(call.strings(index)?), constant, simple })
    }

    fn get(&self, row: usize) -> Result<Option<Cow<'_, DatePattern>>> {
        match (&self.constant, &self.texts) {
            (Some(pattern), _) => Ok(Some(Cow::Borrowed(pattern))),
            (None, Some(texts)) => {
                let pattern = texts.get(row).map(|pattern| DatePattern::new(pattern, self.simple)).transpose()?;
                Ok(pattern.map(Cow::Owned))
            }
            (None, None) => Ok(None),
        }
    }
}

fn to_unix(call: &Call) -> Result<ArrayRef> {
    let zone = call.time_zone();
    match call.arg_type(0) {
        DataType::Date32 => {
            let date = call.primitives::<Date32Type>(0)?;
            primitives::<Int64Type>(call.rows(), |row| {
                Some(utc_from_local(zone, i64::from(date.get(row)?).checked_mul(DAY)?)?.div_euclid(SECOND))
            })
        }
        DataType::Timestamp(_, zoned) => {
            let time = call.primitives::<TimestampMicrosecondType>(0)?;
            primitives::<Int64Type>(call.rows(), |row| {
                let time = time.get(row)?;
                let instant = if zoned.is_some() { time } else { utc_from_local(zone, time)? };
                Some(instant.div_euclid(SECOND))
            })
        }
        _ => {
            let text = call.strings(0)?;
            if call.len() == 1 && !HiveOptions::of(call.config()).simple_date_patterns {
                // Without a pattern it is read as a cast to timestamp reads it, but must have a time.
                return primitives::<Int64Type>(call.rows(), |row| {
                    let text = text.get(row).filter(|text| text.contains(':'))?;
                    Some(utc_from_local(zone, parse_timestamp(text)?)?.div_euclid(SECOND))
                });
            }
            let patterns = Patterns::new(call, 1, DEFAULT_PATTERN)?;
            try_primitives::<Int64Type>(call.rows(), |row| {
                let (Some(text), Some(pattern)) = (text.get(row), patterns.get(row)?) else { return Ok(None) };
                Ok(pattern.parse(text, zone).map(|micros| micros.div_euclid(1000) / 1000))
            })
        }
    }
}

fn from_unix_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let upper = name.to_ascii_uppercase();
    if types.is_empty() {
        return length_error(format!("The function {upper}requires at least one argument"));
    }
    if types.len() > 2 {
        return length_error(format!("Too many arguments for the function {upper}"));
    }
    if let Some(nested) = types.iter().find(|ty| !is_primitive(ty)) {
        return argument_error(format!("{upper} only takes primitive types, got {}", type_name(nested)));
    }
    if !matches!(types[0], DataType::Int32 | DataType::Int64 | DataType::Null) {
        return argument_error(format!(
            "The function {upper} takes only int/long types for first argument. Got Type:{}",
            category(&types[0])
        ));
    }
    if let Some(format) = types.get(1)
        && !matches!(format, DataType::Utf8 | DataType::Null)
    {
        return argument_error(format!(
            "The function {upper} takes only string type for second argument. Got Type:{}",
            category(format)
        ));
    }
    Ok([DataType::Int64, DataType::Utf8][..types.len()].to_vec())
}

/// An instant in the session's zone, with the zone's short name.
fn moment(call: &Call, instant: i64, zone: Tz) -> Moment {
    let offset = offset_at(zone, instant).unwrap_or(0);
    let zone_id = call.config().execution.time_zone.as_deref().unwrap_or("UTC");
    let time = chrono::DateTime::from_timestamp_micros(instant);
    let name = match (zone_id.parse::<chrono_tz::Tz>(), time) {
        (Ok(zone), Some(time)) => {
            let time = zone.from_utc_datetime(&time.naive_utc());
            let summer = !time.offset().dst_offset().is_zero();
            match time.format("%Z").to_string() {
                number if number.starts_with(['+', '-']) => {
                    java_short_name(zone.name(), summer).map_or(number, ToString::to_string)
                }
                name => name,
            }
        }
        _ => zone_id.to_string(),
    };
    Moment {
        local: instant.saturating_add(i64::from(offset) * SECOND),
        offset,
        zone: name,
        zone_id: zone_id.to_string(),
    }
}

fn from_unix(call: &Call) -> Result<ArrayRef> {
    let zone = call.time_zone();
    let seconds = call.primitives::<Int64Type>(0)?;
    let patterns = Patterns::new(call, 1, DEFAULT_PATTERN)?;
    try_strings(call.rows(), |row, out| {
        let (Some(seconds), Some(pattern)) = (seconds.get(row), patterns.get(row)?) else { return Ok(None) };
        let Some(instant) = seconds.checked_mul(SECOND) else {
            return Err(UdfError::Execution(format!("from_unixtime: {seconds} seconds are out of range")));
        };
        pattern.format(&moment(call, instant, zone), out);
        Ok(Some(()))
    })
}

/// A pattern that Java does not know gives NULL.
fn date_format(call: &Call) -> Result<ArrayRef> {
    let time = call.primitives::<TimestampMicrosecondType>(0)?;
    let pattern = match (call.constant_str(1), call.constant(1)) {
        (Some(pattern), _) => DatePattern::new(pattern, HiveOptions::of(call.config()).simple_date_patterns).ok(),
        (None, Some(_)) => None,
        (None, None) => {
            return Err(UdfError::ArgumentType {
                index: 1,
                message: "date_format only takes constant as 2nd argument".into(),
            });
        }
    };
    let Some(pattern) = pattern else { return Ok(new_null_array(&DataType::Utf8, call.rows())) };
    let zone = call.time_zone();
    crate::scalar::kernel::strings(call.rows(), |row, out| {
        let local = time.get(row)?;
        let mut moment = moment(call, utc_from_local(zone, local).unwrap_or(local), zone);
        // A time that a gap left out is shown as it stands.
        moment.local = local;
        pattern.format(&moment, out);
        Some(())
    })
}
