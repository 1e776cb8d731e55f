//! Intervals as text.

use std::fmt::Write;

/// Appends an interval given in months: `1-2` for fourteen of them.
pub fn write_interval_year_month(months: i32, out: &mut String) {
    let sign = if months < 0 { "-" } else { "" };
    let months = months.unsigned_abs();
    // Writing to a String cannot fail.
    let _ = write!(out, "{sign}{}-{}", months / 12, months % 12);
}

/// Appends an interval given in microseconds: `1 02:03:04.000000000`.
pub fn write_interval_day_time(micros: i64, out: &mut String) {
    let sign = if micros < 0 { "-" } else { "" };
    let micros = micros.unsigned_abs();
    let seconds = micros / 1_000_000;
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "{sign}{} {:02}:{:02}:{:02}.{:06}000",
        seconds / 86_400,
        seconds / 3600 % 24,
        seconds / 60 % 60,
        seconds % 60,
        micros % 1_000_000
    );
}

fn sign_of(text: &str) -> (i64, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix(['+', '|']).unwrap_or(text)),
    }
}

/// Digits only, no more than `max`.
fn number(text: &str, max: i64) -> Option<i64> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|value| *value <= max)
}

/// `[+-]years-months` in months, spaces around are dropped.
pub fn parse_interval_year_month(text: &str) -> Option<i32> {
    let (sign, text) = sign_of(text.trim());
    let (years, months) = text.split_once('-')?;
    let months = number(years, i32::MAX.into())? * 12 + number(months, 11)?;
    (sign * months).try_into().ok()
}

/// `[+-]days hours:minutes:seconds[.fraction]` in microseconds, spaces around are dropped.
pub fn parse_interval_day_time(text: &str) -> Option<i64> {
    let (sign, text) = sign_of(text.trim());
    let (days, time) = text.split_once(' ')?;
    let mut parts = time.splitn(3, ':');
    let hours = number(parts.next()?, 23)?;
    let minutes = number(parts.next()?, 59)?;
    let seconds = parts.next()?;
    let (seconds, fraction) = match seconds.split_once('.') {
        Some((seconds, fraction)) if !fraction.is_empty() => (seconds, fraction),
        Some(_) => return None,
        None => (seconds, "0"),
    };
    let seconds = number(seconds, i32::MAX.into())?;
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let micros = fraction.bytes().chain(std::iter::repeat(b'0')).take(6);
    let micros = micros.fold(0, |value, byte| value * 10 + i64::from(byte - b'0'));
    let total = ((number(days, i32::MAX.into())? * 24 + hours) * 60 + minutes) * 60 + seconds;
    total.checked_mul(1_000_000)?.checked_add(micros)?.checked_mul(sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        for text in ["1-2", "-1-2", "0-0", "10-11"] {
            let mut out = String::new();
            write_interval_year_month(parse_interval_year_month(text).unwrap(), &mut out);
            assert_eq!(out, text);
        }
        for text in ["1 02:03:04.000000000", "-1 02:03:04.500000000", "0 00:00:00.000000000"] {
            let mut out = String::new();
            write_interval_day_time(parse_interval_day_time(text).unwrap(), &mut out);
            assert_eq!(out, text);
        }
        assert_eq!(parse_interval_year_month("1-12"), None);
        assert_eq!(parse_interval_day_time("1 24:00:00"), None);
    }
}
