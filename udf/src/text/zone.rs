//! Time zones: Java's names, and the way between local time and UTC.

use std::sync::OnceLock;

use arrow::array::timezone::Tz;
use chrono::{DateTime, FixedOffset, LocalResult, Offset, TimeDelta, TimeZone};

/// The short names of `java.time.ZoneId.SHORT_IDS` and the bare ones Java knows beside the tz database.
const SHORT_NAMES: &[(&str, &str)] = &[
    ("Z", "UTC"),
    ("UT", "UTC"),
    ("ACT", "Australia/Darwin"),
    ("AET", "Australia/Sydney"),
    ("AGT", "America/Argentina/Buenos_Aires"),
    ("ART", "Africa/Cairo"),
    ("AST", "America/Anchorage"),
    ("BET", "America/Sao_Paulo"),
    ("BST", "Asia/Dhaka"),
    ("CAT", "Africa/Harare"),
    ("CNT", "America/St_Johns"),
    ("CST", "America/Chicago"),
    ("CTT", "Asia/Shanghai"),
    ("EAT", "Africa/Addis_Ababa"),
    ("ECT", "Europe/Paris"),
    ("EST", "-05:00"),
    ("HST", "-10:00"),
    ("IET", "America/Indiana/Indianapolis"),
    ("IST", "Asia/Kolkata"),
    ("JST", "Asia/Tokyo"),
    ("MIT", "Pacific/Apia"),
    ("MST", "-07:00"),
    ("NET", "Asia/Yerevan"),
    ("NST", "Pacific/Auckland"),
    ("PLT", "Asia/Karachi"),
    ("PNT", "America/Phoenix"),
    ("PRT", "America/Puerto_Rico"),
    ("PST", "America/Los_Angeles"),
    ("SST", "Pacific/Guadalcanal"),
    ("VST", "Asia/Ho_Chi_Minh"),
];

/// UTC as a zone of Arrow's type.
pub fn utc() -> Tz {
    static UTC: OnceLock<Tz> = OnceLock::new();
    *UTC.get_or_init(|| match "UTC".parse() {
        Ok(zone) => zone,
        // Arrow's type can be made by parsing only, and every zone table has this name.
        Err(error) => unreachable!("UTC is no zone: {error}"),
    })
}

/// A time zone by its Java name: `Europe/Paris`, `UTC`, `Z`, `+01:00`, `+5`, `GMT+8`, `UTC-03:30`, `PST`.
pub fn parse_zone(name: &str) -> Option<Tz> {
    let name = name.trim();
    if let Some((_, known)) = SHORT_NAMES.iter().find(|(short, _)| *short == name) {
        return known.parse().ok();
    }
    let offset = ["UTC", "GMT", "UT"].iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
    if offset.starts_with(['+', '-']) {
        return parse_offset(offset);
    }
    name.parse().ok()
}

/// `+h`, `+hh`, `+hh:mm`, `+h:mm`, `+hhmm` (seconds are not kept: Arrow's zones end at minutes).
fn parse_offset(text: &str) -> Option<Tz> {
    let (sign, digits) = text.split_at_checked(1)?;
    let (hours, minutes) = match digits.split_once(':') {
        Some((hours, rest)) => (hours, rest.split(':').next()?),
        None if digits.len() == 4 => digits.split_at_checked(2)?,
        None => (digits, "0"),
    };
    let hours: u32 = hours.parse().ok().filter(|h| *h <= 18)?;
    let minutes: u32 = minutes.parse().ok().filter(|m| *m < 60)?;
    format!("{sign}{hours:02}:{minutes:02}").parse().ok()
}

/// Offset of a zone from UTC in seconds at an instant in microseconds since the epoch.
pub fn offset_at(zone: Tz, utc_micros: i64) -> Option<i32> {
    let instant = DateTime::from_timestamp_micros(utc_micros)?;
    Some(zone.offset_from_utc_datetime(&instant.naive_utc()).fix().local_minus_utc())
}

/// The local time of an instant, both in microseconds (the local one as if it were UTC).
pub fn local_from_utc(zone: Tz, utc_micros: i64) -> Option<i64> {
    utc_micros.checked_add(i64::from(offset_at(zone, utc_micros)?) * 1_000_000)
}

/// The instant of a local time as `java.time.ZonedDateTime.of` finds it: in an overlap the earlier offset, in a gap
/// the time moved on by the length of the gap.
pub fn utc_from_local(zone: Tz, local_micros: i64) -> Option<i64> {
    let local = DateTime::from_timestamp_micros(local_micros)?.naive_utc();
    let offset: FixedOffset = match zone.offset_from_local_datetime(&local) {
        LocalResult::Single(offset) => offset.fix(),
        LocalResult::Ambiguous(first, _) => first.fix(),
        LocalResult::None => {
            let before = local.checked_sub_signed(TimeDelta::days(1))?;
            match zone.offset_from_local_datetime(&before) {
                LocalResult::Single(offset) | LocalResult::Ambiguous(offset, _) => offset.fix(),
                LocalResult::None => return None,
            }
        }
    };
    local_micros.checked_sub(i64::from(offset.local_minus_utc()) * 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{parse_timestamp, write_timestamp};

    #[test]
    fn java_names() {
        for name in ["UTC", "Z", "+01:00", "+5", "GMT+8", "UTC-03:30", "PST", "Europe/Paris", "-0800"] {
            assert!(parse_zone(name).is_some(), "{name}");
        }
        assert!(parse_zone("Nowhere/Land").is_none());
    }

    #[test]
    fn gaps_move_on() {
        let zone = parse_zone("America/Los_Angeles").unwrap();
        let local = parse_timestamp("2020-03-08 02:30:00").unwrap();
        let back = local_from_utc(zone, utc_from_local(zone, local).unwrap()).unwrap();
        let mut text = String::new();
        write_timestamp(back, &mut text);
        assert_eq!(text, "2020-03-08 03:30:00");
    }
}
