//! Dates and timestamps as text, in the proleptic Gregorian calendar.
//!
//! The leniency is that of Hive's `Date.valueOf`, `TimestampUtils.stringToTimestamp` and `TimestampTZUtil.parse`.

use std::fmt::Write;

use arrow::array::timezone::Tz;

use super::zone::{local_from_utc, parse_zone, utc_from_local};

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;
const MICROS_PER_DAY: i64 = SECONDS_PER_DAY * MICROS_PER_SECOND;

/// Year, month (1–12) and day (1–31) of a day counted from 1970-01-01.
pub fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month as u32, day as u32)
}

/// Day counted from 1970-01-01 of a year, a month (1–12) and a day of it.
pub fn days_from_civil(year: i64, month: u32, day: u32) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted_month = (i64::from(month) + 9) % 12;
    let day_of_year = (153 * shifted_month + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Number of days of a month (1–12).
pub fn days_in_month(year: i64, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn write_padded(value: u32, width: usize, out: &mut String) {
    // Writing to a String cannot fail.
    let _ = write!(out, "{value:0width$}");
}

/// Appends a date given in days since 1970-01-01: `2020-02-29`. Years after 9999 carry a `+`, years before 0 a `-`,
/// as Java's pattern `uuuu` has it.
pub fn write_date(days: i32, out: &mut String) {
    write_civil(i64::from(days), out);
}

fn write_civil(days: i64, out: &mut String) {
    let (year, month, day) = civil_from_days(days);
    match year {
        ..0 => out.push('-'),
        10_000.. => out.push('+'),
        _ => {}
    }
    write_padded(year.unsigned_abs().try_into().unwrap_or(u32::MAX), 4, out);
    out.push('-');
    write_padded(month, 2, out);
    out.push('-');
    write_padded(day, 2, out);
}

/// Appends `HH:mm:ss` and the fraction without trailing zeros, at least `min_fraction` digits.
fn write_time(micros_of_day: i64, min_fraction: usize, out: &mut String) {
    let seconds = (micros_of_day / MICROS_PER_SECOND) as u32;
    write_padded(seconds / 3600, 2, out);
    out.push(':');
    write_padded(seconds / 60 % 60, 2, out);
    out.push(':');
    write_padded(seconds % 60, 2, out);
    let mut fraction = (micros_of_day % MICROS_PER_SECOND) as u32;
    let mut width = 6;
    while width > min_fraction && fraction.is_multiple_of(10) {
        fraction /= 10;
        width -= 1;
    }
    if width > 0 {
        out.push('.');
        write_padded(fraction, width, out);
    }
}

/// Appends a timestamp given in microseconds since 1970-01-01 00:00:00: `2020-01-01 00:00:00`, the fraction only
/// where it is not zero and without trailing zeros.
pub fn write_timestamp(micros: i64, out: &mut String) {
    write_civil(micros.div_euclid(MICROS_PER_DAY), out);
    out.push(' ');
    write_time(micros.rem_euclid(MICROS_PER_DAY), 0, out);
}

/// Appends an instant in a zone: `2020-01-01 00:00:00.0 Europe/Paris`.
pub fn write_timestamp_tz(utc_micros: i64, zone: Tz, out: &mut String) {
    let local = local_from_utc(zone, utc_micros).unwrap_or(utc_micros);
    write_civil(local.div_euclid(MICROS_PER_DAY), out);
    out.push(' ');
    write_time(local.rem_euclid(MICROS_PER_DAY), 1, out);
    // Writing to a String cannot fail.
    let _ = write!(out, " {zone}");
}

/// Reads along a text.
struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    fn new(text: &'a str) -> Cursor<'a> {
        Cursor { rest: text.as_bytes() }
    }

    /// Between `min` and `max` digits.
    fn number(&mut self, min: usize, max: usize) -> Option<i64> {
        let length = self.rest.iter().take(max).take_while(|byte| byte.is_ascii_digit()).count();
        if length < min {
            return None;
        }
        let (digits, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(digits.iter().fold(0, |value, byte| value * 10 + i64::from(byte - b'0')))
    }

    fn literal(&mut self, byte: u8) -> Option<()> {
        let (first, rest) = self.rest.split_first()?;
        (*first == byte).then(|| self.rest = rest)
    }

    /// `.` and up to nine digits, in microseconds (further digits are cut off). `min` digits at least.
    fn fraction(&mut self, min: usize) -> Option<i64> {
        self.literal(b'.')?;
        let length = self.rest.iter().take(9).take_while(|byte| byte.is_ascii_digit()).count();
        if length < min {
            return None;
        }
        let (digits, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some((0..6).fold(0, |value, index| value * 10 + digits.get(index).map_or(0, |byte| i64::from(byte - b'0'))))
    }

    fn at_end(&self) -> bool {
        self.rest.is_empty()
    }

    fn text(&self) -> &'a str {
        std::str::from_utf8(self.rest).unwrap_or_default()
    }

    /// `y-m-d` with one digit or more each; a day that its month does not have is none.
    fn lenient_date(&mut self) -> Option<i64> {
        let negative = self.literal(b'-').is_some();
        let year = self.number(1, 10)?;
        self.literal(b'-')?;
        let month = self.number(1, 2).filter(|month| (1..=12).contains(month))? as u32;
        self.literal(b'-')?;
        let day = self.number(1, 2)? as u32;
        let year = if negative { -year } else { year };
        (1..=days_in_month(year, month)).contains(&day).then(|| days_from_civil(year, month, day))
    }

    /// `yyyy-MM-dd` with months of 1 to 12 and days of 1 to 31.
    fn strict_date(&mut self) -> Option<(i64, u32, u32)> {
        let year = self.number(4, 4)?;
        self.literal(b'-')?;
        let month = self.number(2, 2).filter(|month| (1..=12).contains(month))?;
        self.literal(b'-')?;
        let day = self.number(2, 2).filter(|day| (1..=31).contains(day))?;
        Some((year, month as u32, day as u32))
    }

    /// `HH:mm:ss`, seconds and fraction being optional where `iso`.
    fn strict_time(&mut self, iso: bool) -> Option<i64> {
        let hour = self.number(2, 2).filter(|hour| *hour < 24)?;
        self.literal(b':')?;
        let minute = self.number(2, 2).filter(|minute| *minute < 60)?;
        let mut micros = (hour * 3600 + minute * 60) * MICROS_PER_SECOND;
        if iso && self.rest.first() != Some(&b':') {
            return Some(micros);
        }
        self.literal(b':')?;
        micros += self.number(2, 2).filter(|second| *second < 60)? * MICROS_PER_SECOND;
        if self.rest.first() == Some(&b'.') {
            micros += self.fraction(usize::from(!iso))?;
        }
        Some(micros)
    }
}

/// Java's `String.trim`.
fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c <= ' ')
}

/// Hive's `Date.valueOf`: what stands before the first space (or else the first `T`), `y-m-d`.
fn date_value_of(text: &str) -> Option<i64> {
    let text = trim(text);
    let text = text.split_once(' ').or_else(|| text.split_once('T')).map_or(text, |(date, _)| date);
    let mut cursor = Cursor::new(text);
    let days = cursor.lenient_date()?;
    cursor.at_end().then_some(days)
}

/// Hive's `Timestamp.valueOf`: `y-m-d[ h:m:s[.f]]`, or ISO with a `T`.
fn timestamp_value_of(text: &str) -> Option<i64> {
    lenient_timestamp(text).or_else(|| iso_timestamp(text))
}

fn lenient_timestamp(text: &str) -> Option<i64> {
    let mut cursor = Cursor::new(text);
    let days = cursor.lenient_date()?;
    let start = days.checked_mul(MICROS_PER_DAY)?;
    if cursor.at_end() {
        return Some(start);
    }
    cursor.literal(b' ')?;
    let hour = cursor.number(1, 2).filter(|hour| *hour < 24)?;
    cursor.literal(b':')?;
    let minute = cursor.number(1, 2).filter(|minute| *minute < 60)?;
    cursor.literal(b':')?;
    let second = cursor.number(1, 2).filter(|second| *second < 60)?;
    let fraction = if cursor.at_end() { 0 } else { cursor.fraction(1)? };
    cursor
        .at_end()
        .then(|| start.checked_add((hour * 3600 + minute * 60 + second) * MICROS_PER_SECOND + fraction))
        .flatten()
}

fn iso_timestamp(text: &str) -> Option<i64> {
    let mut cursor = Cursor::new(text);
    let (year, month, day) = cursor.strict_date()?;
    if day > days_in_month(year, month) {
        return None;
    }
    cursor.literal(b'T')?;
    let time = cursor.strict_time(true)?;
    cursor.at_end().then(|| days_from_civil(year, month, day) * MICROS_PER_DAY + time)
}

/// `yyyy-MM-dd[ HH:mm:ss[.f]][ ][zone]`: local time in microseconds, and the zone.
fn zoned(text: &str) -> Option<(i64, Option<Tz>)> {
    let mut cursor = Cursor::new(text);
    let (year, month, day) = cursor.strict_date()?;
    let start = days_from_civil(year, month, day.min(days_in_month(year, month))) * MICROS_PER_DAY;
    let mut probe = Cursor { rest: cursor.rest };
    let time = probe.literal(b' ').and_then(|()| probe.strict_time(false));
    if time.is_some() {
        cursor.rest = probe.rest;
    }
    // One space at most.
    let _ = cursor.literal(b' ');
    let zone = if cursor.at_end() { None } else { Some(parse_zone(cursor.text())?) };
    Some((start + time.unwrap_or(0), zone))
}

/// Digits behind the ninth of a fraction are thrown away (`PrimitiveObjectInspectorUtils.trimNanoTimestamp`).
fn trim_nanos(text: &str) -> std::borrow::Cow<'_, str> {
    let Some(point) = text.find('.') else { return text.into() };
    let digits = text.bytes().skip(point + 1).take_while(u8::is_ascii_digit).count();
    if digits <= 9 {
        return text.into();
    }
    let (head, tail) = (text.get(..point + 10), text.get(point + 1 + digits..));
    format!("{}{}", head.unwrap_or_default(), tail.unwrap_or_default()).into()
}

/// `CAST(text AS TIMESTAMP)` in microseconds.
///
/// Taken are `y-m-d`, `y-m-d h:m:s[.f]`, ISO with a `T`, the same with a zone (which is dropped), `HH:mm[:ss[.f]]` (today), and a date with anything behind a space.
pub fn parse_timestamp(text: &str) -> Option<i64> {
    let text = trim_nanos(trim(text));
    if text.chars().count() == 10 {
        return date_value_of(&text)?.checked_mul(MICROS_PER_DAY);
    }
    timestamp_value_of(&text)
        .or_else(|| zoned(&text).filter(|(_, zone)| zone.is_some()).map(|(local, ..)| local))
        .or_else(|| time_today(&text))
        .or_else(|| date_value_of(&text)?.checked_mul(MICROS_PER_DAY))
}

fn time_today(text: &str) -> Option<i64> {
    let mut cursor = Cursor::new(text);
    let time = cursor.strict_time(true)?;
    let today = chrono::Utc::now().timestamp().div_euclid(SECONDS_PER_DAY);
    cursor.at_end().then_some(today * MICROS_PER_DAY + time)
}

/// `CAST(text AS DATE)` in days since 1970-01-01: a date of ten characters, or the day of whatever
/// [`parse_timestamp`] takes.
pub fn parse_date(text: &str) -> Option<i32> {
    let text = trim(text);
    // The usual form first.
    let days = match date_value_of(text) {
        Some(days) if !text.contains([' ', 'T']) => days,
        _ => parse_timestamp(text)?.div_euclid(MICROS_PER_DAY),
    };
    days.try_into().ok()
}

/// `CAST(text AS TIMESTAMP WITH LOCAL TIME ZONE)`: the instant in microseconds. A text without a zone is local time
/// of `zone`.
pub fn parse_timestamp_tz(text: &str, zone: Tz) -> Option<i64> {
    let text = trim_nanos(trim(text));
    let (local, own_zone) = zoned(&text)?;
    utc_from_local(own_zone.unwrap_or(zone), local)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(days: i32) -> String {
        let mut out = String::new();
        write_date(days, &mut out);
        out
    }

    fn timestamp(micros: i64) -> String {
        let mut out = String::new();
        write_timestamp(micros, &mut out);
        out
    }

    #[test]
    fn calendar_round_trip() {
        for days in (-1_000_000..3_000_000).step_by(37) {
            let (year, month, day) = civil_from_days(days);
            assert_eq!(days_from_civil(year, month, day), days);
            assert!(day <= days_in_month(year, month));
        }
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(-719_162), "0001-01-01");
        assert_eq!(date(2_932_896), "9999-12-31");
    }

    #[test]
    fn dates_parsed() {
        for (text, expected) in [
            ("2020-02-29", Some("2020-02-29")),
            ("2020-2-9", Some("2020-02-09")),
            (" 2020-02-29 ", Some("2020-02-29")),
            ("2020-02-31", None),
            ("2020-13-01", None),
            ("0000-00-00", None),
            ("2020-02-29 12:13:14", Some("2020-02-29")),
            ("2020-02-29T12:13:14", Some("2020-02-29")),
            ("2020-02-29T12:13:14Z", Some("2020-02-29")),
            ("-0044-03-15", Some("-0044-03-15")),
            ("2020-02-29 abc", Some("2020-02-29")),
            ("2020-02-29abc", None),
            ("abc", None),
            ("", None),
            ("2020-02", None),
        ] {
            assert_eq!(parse_date(text).map(date).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn timestamps_parsed() {
        for (text, expected) in [
            ("2020-02-29 12:13:14", Some("2020-02-29 12:13:14")),
            ("2020-02-29 1:2:3", Some("2020-02-29 01:02:03")),
            ("2020-02-29 12:13:14.5", Some("2020-02-29 12:13:14.5")),
            ("2020-02-29 12:13:14.123456789", Some("2020-02-29 12:13:14.123456")),
            ("2020-02-29 12:13:14.12345678912345", Some("2020-02-29 12:13:14.123456")),
            ("2020-02-29T12:13:14.5", Some("2020-02-29 12:13:14.5")),
            ("2020-02-29 12:13:14 Europe/Paris", Some("2020-02-29 12:13:14")),
            ("2020-02-29-04:30:00", Some("2020-02-29 00:00:00")),
            ("2020-02-29", Some("2020-02-29 00:00:00")),
            ("2020-02-29 12:13", Some("2020-02-29 00:00:00")),
            ("2020-02-29 25:00:00", Some("2020-02-29 00:00:00")),
            ("0000-00-00 99:99:99", None),
            ("0001-01-01 00:00:00", Some("0001-01-01 00:00:00")),
            ("9999-12-31 23:59:59.999999", Some("9999-12-31 23:59:59.999999")),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(parse_timestamp(text).map(timestamp).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn instants() {
        let zone = parse_zone("America/Los_Angeles").unwrap();
        let instant = parse_timestamp_tz("2016-01-03 12:26:34 UTC", zone).unwrap();
        let mut out = String::new();
        write_timestamp_tz(instant, zone, &mut out);
        assert_eq!(out, "2016-01-03 04:26:34.0 America/Los_Angeles");
    }
}
