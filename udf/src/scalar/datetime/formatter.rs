//! Patterns of `java.time.format.DateTimeFormatter`, which Hive 4 reads unless `hive.datetime.formatter` is `SIMPLE`.
//!
//! Writing is that of [`JavaPattern`] but for a few letters; reading is stricter: all of the text must match, two digits
//! where the pattern has two letters, no month 13.

use arrow::array::timezone::Tz;
use std::fmt::Write as _;

use super::java_pattern::{DAYS, Element, JavaPattern, MONTHS, Moment};
use super::{DAY, SECOND};
use crate::error::{Result, UdfError};
use crate::text::{civil_from_days, days_from_civil, days_in_month, parse_zone, utc_from_local};

/// A pattern in one of Java's two languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum DatePattern {
    /// `SimpleDateFormat`.
    Simple(JavaPattern),
    /// `DateTimeFormatter`.
    DateTime(Vec<Element>),
}

impl DatePattern {
    /// Reads a pattern; the error is Java's.
    pub(super) fn new(pattern: &str, simple: bool) -> Result<DatePattern> {
        if simple {
            return Ok(DatePattern::Simple(JavaPattern::new(pattern)?));
        }
        let elements = JavaPattern::elements(pattern, "GuyDMLdQqYwWEecFaBhKkHmsSAnNVvzOXxZ")?;
        for element in &elements {
            if let Element::Field(letter, count) = element
                && *count > longest(*letter)
            {
                return Err(UdfError::Argument(format!("Too many pattern letters: {letter}")));
            }
        }
        Ok(DatePattern::DateTime(elements))
    }

    /// Appends a time.
    pub(super) fn format(&self, moment: &Moment, out: &mut String) {
        match self {
            DatePattern::Simple(pattern) => pattern.format(moment, out),
            DatePattern::DateTime(elements) => {
                for element in elements {
                    match element {
                        Element::Literal(text) => out.push_str(text),
                        Element::Field(letter, count) => write(*letter, *count, moment, out),
                    }
                }
            }
        }
    }

    /// The instant in microseconds that a text names; what it does not say of the zone is that of `zone`.
    pub(super) fn parse(&self, text: &str, zone: Tz) -> Option<i64> {
        match self {
            DatePattern::Simple(pattern) => pattern.parse(text, zone),
            DatePattern::DateTime(elements) => read(elements, text, zone),
        }
    }
}

/// How often a letter may stand in a row.
fn longest(letter: char) -> usize {
    match letter {
        'd' | 'h' | 'H' | 'k' | 'K' | 'm' | 's' | 'w' | 'c' if letter != 'c' => 2,
        'D' => 3,
        'S' => 9,
        'W' | 'F' | 'a' => 1,
        'V' => 2,
        'z' | 'O' | 'B' => 4,
        'G' | 'M' | 'L' | 'E' | 'e' | 'c' | 'Q' | 'q' | 'X' | 'x' | 'Z' => 5,
        _ => 19,
    }
}

fn write(letter: char, count: usize, moment: &Moment, out: &mut String) {
    let days = moment.local.div_euclid(DAY);
    let micros = moment.local.rem_euclid(DAY);
    let (year, month, _) = civil_from_days(days);
    let weekday = (days + 4).rem_euclid(7);
    let zeros = |value: i64, out: &mut String| {
        let _ = write!(out, "{value:0count$}");
    };
    match letter {
        'u' if count == 2 => zeros(year.rem_euclid(100), out),
        'u' => {
            if count >= 4 && year > 9999 {
                out.push('+');
            }
            zeros(year, out);
        }
        'Q' | 'q' if count < 3 => zeros(i64::from((month - 1) / 3 + 1), out),
        'Q' | 'q' if count == 3 => {
            let _ = write!(out, "Q{}", (month - 1) / 3 + 1);
        }
        'Q' | 'q' => out.push_str(["1st", "2nd", "3rd", "4th"][(month as usize - 1) / 3]),
        'e' | 'c' if count < 3 => zeros(weekday + 1, out),
        'e' | 'c' => out.push_str(short(DAYS[weekday as usize], count)),
        'E' => out.push_str(short(DAYS[weekday as usize], count)),
        'M' | 'L' if count >= 3 => out.push_str(short(MONTHS[month as usize - 1], count)),
        'S' => {
            let nanos = format!("{:09}", micros % SECOND * 1000);
            out.push_str(&nanos[..count.min(9)]);
        }
        'n' => zeros(micros % SECOND * 1000, out),
        'N' => zeros(micros * 1000, out),
        'A' => zeros(micros / 1000, out),
        'V' => out.push_str(&moment.zone_id),
        'z' => out.push_str(&moment.zone),
        'Z' if count <= 3 => offset(moment.offset, "+HHMM", out),
        'X' | 'x' if moment.offset == 0 && letter == 'X' => out.push('Z'),
        'X' | 'x' => offset(moment.offset, ["+HH", "+HHMM", "+HH:MM", "+HHMM", "+HH:MM"][count.min(5) - 1], out),
        'O' | 'Z' => {
            out.push_str("GMT");
            if moment.offset != 0 {
                offset(moment.offset, "+HH:MM", out);
            }
        }
        _ => JavaPattern { elements: vec![Element::Field(letter, count)] }.format(moment, out),
    }
}

fn offset(seconds: i32, form: &str, out: &mut String) {
    let minutes = seconds.abs() / 60;
    let (hours, minutes) = (minutes / 60, minutes % 60);
    let sign = if seconds < 0 { '-' } else { '+' };
    let _ = match form {
        "+HH" if minutes == 0 => write!(out, "{sign}{hours:02}"),
        "+HH:MM" => write!(out, "{sign}{hours:02}:{minutes:02}"),
        _ => write!(out, "{sign}{hours:02}{minutes:02}"),
    };
}

fn short(name: &str, count: usize) -> &str {
    match count {
        4 => name,
        5 => &name[..1],
        _ => &name[..3],
    }
}

#[derive(Default)]
struct Parts {
    year: Option<i64>,
    year_of_era: Option<i64>,
    before_christ: bool,
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    hour: Option<i64>,
    half_hour: Option<i64>,
    half: i64,
    minute: i64,
    second: i64,
    micros: i64,
    offset: Option<i64>,
    zone: Option<Tz>,
}

/// Fewest and most digits of a number; `None` where the field is none.
fn digits(letter: char, count: usize) -> Option<(usize, usize)> {
    Some(match (letter, count) {
        ('M' | 'L', 3..) => return None,
        ('y' | 'u' | 'Y', 2) => (2, 2),
        ('y' | 'u' | 'Y', _) => (count, 19),
        ('S', _) => (count, count),
        ('M' | 'L' | 'd' | 'h' | 'H' | 'k' | 'K' | 'm' | 's' | 'D', 1) => (1, 19),
        ('M' | 'L' | 'd' | 'h' | 'H' | 'k' | 'K' | 'm' | 's' | 'D', _) => (count, count),
        ('n' | 'N' | 'A', _) => (count, 19),
        _ => return None,
    })
}

fn read(elements: &[Element], text: &str, zone: Tz) -> Option<i64> {
    let mut rest = text;
    let mut parts = Parts::default();
    for (nth, element) in elements.iter().enumerate() {
        match element {
            Element::Literal(literal) => {
                let start = rest.get(..literal.len())?;
                if start.to_lowercase() != literal.to_lowercase() {
                    return None;
                }
                rest = &rest[literal.len()..];
            }
            Element::Field(letter, count) => {
                // Numbers of a fixed width that follow at once keep their digits.
                let reserved: usize = elements[nth + 1..]
                    .iter()
                    .map_while(|element| match element {
                        Element::Field(letter, count) => digits(*letter, *count).filter(|(min, max)| min == max),
                        Element::Literal(_) => None,
                    })
                    .map(|(width, _)| width)
                    .sum();
                parts.field(*letter, *count, &mut rest, reserved)?;
            }
        }
    }
    if rest.is_empty() { parts.instant(zone) } else { None }
}

impl Parts {
    fn field(&mut self, letter: char, count: usize, rest: &mut &str, reserved: usize) -> Option<()> {
        if let Some((min, max)) = digits(letter, count) {
            let run = rest.bytes().take_while(u8::is_ascii_digit).count();
            let taken = if min == max { min } else { run.saturating_sub(reserved).clamp(min, max) };
            if taken > run || taken > 18 {
                return None;
            }
            let value: i64 = rest[..taken].parse().ok()?;
            *rest = &rest[taken..];
            return self.number(letter, count, taken, value);
        }
        match letter {
            'M' | 'L' => self.month = Some(name(rest, &MONTHS, count)? + 1),
            'E' | 'e' | 'c' if count >= 3 || letter == 'E' => {
                name(rest, &DAYS, count.max(3))?;
            }
            'a' => self.half = name(rest, &["AM", "PM"], 4)?,
            'G' => self.before_christ = name(rest, &["AD", "BC"], 4)? == 1,
            'z' | 'V' | 'v' => {
                let length = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"/_+-:".contains(byte));
                let length = length.count();
                self.zone = Some(named_zone(&rest[..length])?);
                *rest = &rest[length..];
            }
            'Z' | 'X' | 'x' | 'O' => self.offset = Some(read_offset(letter, rest)?),
            _ => return None,
        }
        Some(())
    }

    fn number(&mut self, letter: char, count: usize, taken: usize, value: i64) -> Option<()> {
        let between = |least: i64, most: i64| (least..=most).contains(&value).then_some(value);
        match letter {
            // Two digits are years from 2000 on.
            'y' | 'Y' if count == 2 => self.year_of_era = Some(2000 + value),
            'u' if count == 2 => self.year = Some(2000 + value),
            'y' | 'Y' => self.year_of_era = Some(between(1, 999_999)?),
            'u' => self.year = Some(between(0, 999_999)?),
            'M' | 'L' => self.month = Some(between(1, 12)?),
            'd' => self.day = Some(between(1, 31)?),
            'D' => self.day_of_year = Some(between(1, 366)?),
            'H' => self.hour = Some(between(0, 23)?),
            'k' => self.hour = Some(between(1, 24)? % 24),
            'h' => self.half_hour = Some(between(1, 12)? % 12),
            'K' => self.half_hour = Some(between(0, 11)?),
            'm' => self.minute = between(0, 59)?,
            's' => self.second = between(0, 59)?,
            'S' => self.micros = value * 10_i64.pow(9 - taken as u32) / 1000,
            'n' => self.micros = between(0, 999_999_999)? / 1000,
            _ => return None,
        }
        Some(())
    }

    fn instant(self, zone: Tz) -> Option<i64> {
        let year = match (self.year, self.year_of_era) {
            (Some(year), _) => year,
            (None, Some(year)) if self.before_christ => 1 - year,
            (None, Some(year)) => year,
            (None, None) => return None,
        };
        let days = match (self.day_of_year, self.month, self.day) {
            (Some(day), _, _) => {
                let first = days_from_civil(year, 1, 1);
                if day > days_from_civil(year + 1, 1, 1) - first {
                    return None;
                }
                first + day - 1
            }
            // The 30th of February is its last day: Java's "smart" resolving.
            (None, Some(month), Some(day)) => {
                let month = month as u32;
                days_from_civil(year, month, (day as u32).min(days_in_month(year, month)))
            }
            _ => return None,
        };
        let hour = self.hour.unwrap_or(self.half_hour.unwrap_or(0) + 12 * self.half);
        let seconds = hour * 3600 + self.minute * 60 + self.second;
        let local = days.checked_mul(DAY)?.checked_add(seconds * SECOND + self.micros)?;
        match self.offset {
            Some(offset) => local.checked_sub(offset * SECOND),
            None => utc_from_local(self.zone.unwrap_or(zone), local),
        }
    }
}

/// The number of the name that the text starts with, in any case of letters.
fn name(rest: &mut &str, names: &[&str], count: usize) -> Option<i64> {
    let number = names.iter().position(|name| {
        let name = if count == 4 { name } else { &name[..name.len().min(3)] };
        rest.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
    })?;
    let length = if count == 4 { names[number].len() } else { names[number].len().min(3) };
    *rest = &rest[length..];
    Some(number as i64)
}

fn read_offset(letter: char, rest: &mut &str) -> Option<i64> {
    if letter == 'X' && rest.starts_with(['Z', 'z']) {
        *rest = &rest[1..];
        return Some(0);
    }
    let mut text = *rest;
    if letter == 'O' {
        text = text.strip_prefix("GMT")?;
        if !text.starts_with(['+', '-']) {
            *rest = text;
            return Some(0);
        }
    }
    let sign = match text.bytes().next()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    text = &text[1..];
    let two = |text: &str| -> Option<i64> {
        let digits = text.get(..2)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
    };
    let hours = two(text)?;
    text = &text[2..];
    let behind = text.strip_prefix(':').unwrap_or(text);
    let minutes = match two(behind) {
        Some(minutes) => {
            text = &behind[2..];
            minutes
        }
        None => 0,
    };
    *rest = text;
    (hours <= 18 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

/// Short names of zones of which the zone database has numbers only, with those of Java: standard time, summer time.
const SHORT_NAMES: &[(&str, &str, &str)] = &[
    ("Asia/Ho_Chi_Minh", "ICT", "ICST"),
    ("Asia/Saigon", "ICT", "ICST"),
    ("Asia/Bangkok", "ICT", "ICST"),
    ("Asia/Singapore", "SGT", "SGT"),
    ("Asia/Kuala_Lumpur", "MYT", "MYST"),
    ("Asia/Dubai", "GST", "GDT"),
    ("Asia/Tehran", "IRST", "IRDT"),
    ("Asia/Kabul", "AFT", "AFST"),
    ("Asia/Tashkent", "UZT", "UZST"),
    ("Asia/Dhaka", "BST", "BST"),
    ("Asia/Kathmandu", "NPT", "NPST"),
    ("Asia/Colombo", "IST", "IST"),
    ("Asia/Rangoon", "MMT", "MMST"),
    ("Asia/Yangon", "MMT", "MMST"),
    ("Asia/Riyadh", "AST", "ADT"),
    ("Asia/Baghdad", "AST", "ADT"),
    ("Asia/Kuwait", "AST", "ADT"),
    ("Asia/Qatar", "AST", "ADT"),
    ("Asia/Yekaterinburg", "YEKT", "YEKST"),
    ("Asia/Novosibirsk", "NOVT", "NOVST"),
    ("Asia/Vladivostok", "VLAT", "VLAST"),
    ("Asia/Almaty", "ALMT", "ALMST"),
    ("Asia/Tbilisi", "GET", "GEST"),
    ("Asia/Yerevan", "AMT", "AMST"),
    ("Asia/Baku", "AZT", "AZST"),
    ("Europe/Istanbul", "TRT", "TRST"),
    ("America/Sao_Paulo", "BRT", "BRST"),
    ("America/Argentina/Buenos_Aires", "ART", "ARST"),
    ("America/Santiago", "CLT", "CLST"),
    ("America/Bogota", "COT", "COST"),
    ("America/Lima", "PET", "PEST"),
    ("America/Caracas", "VET", "VEST"),
    ("America/Montevideo", "UYT", "UYST"),
    ("America/La_Paz", "BOT", "BOST"),
    ("America/Guayaquil", "ECT", "ECST"),
    ("America/Asuncion", "PYT", "PYST"),
    ("Atlantic/Azores", "AZOT", "AZOST"),
    ("Pacific/Fiji", "FJT", "FJST"),
];

/// Java's short name of a zone, where the zone database has none of letters.
pub(super) fn java_short_name(zone: &str, summer: bool) -> Option<&'static str> {
    let (_, standard, daylight) = SHORT_NAMES.iter().find(|(name, _, _)| *name == zone)?;
    Some(if summer { daylight } else { standard })
}

/// A zone by a name as `z` prints it.
fn named_zone(name: &str) -> Option<Tz> {
    let known = SHORT_NAMES
        .iter()
        .find(|(_, standard, summer)| standard.eq_ignore_ascii_case(name) || summer.eq_ignore_ascii_case(name));
    match name.to_ascii_uppercase().as_str() {
        "PDT" => parse_zone("America/Los_Angeles"),
        "MST" | "MDT" => parse_zone("America/Denver"),
        "CST" | "CDT" => parse_zone("America/Chicago"),
        "EST" | "EDT" => parse_zone("America/New_York"),
        "CET" | "CEST" => parse_zone("Europe/Paris"),
        _ => known.and_then(|(zone, _, _)| parse_zone(zone)).or_else(|| parse_zone(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{parse_timestamp, write_timestamp};

    fn read(pattern: &str, text: &str) -> Option<String> {
        let micros = DatePattern::new(pattern, false).unwrap().parse(text, parse_zone("UTC").unwrap())?;
        let mut out = String::new();
        write_timestamp(micros, &mut out);
        Some(out)
    }

    /// Answers of Hive's tests `udf5` and `udf_unix_timestamp`, and of the Java class.
    #[test]
    fn reads_strictly() {
        for (pattern, text, answer) in [
            ("yyyy-MM-dd HH:mm:ss", "2010-01-13 11:57:40", Some("2010-01-13 11:57:40")),
            ("yyyy-MM-dd HH:mm:ss", "2010-1-13 11:57:40", None),
            ("yyyy-MM-dd HH:mm:ss", "2010-01-13 11:57:40 and more", None),
            ("yyyy-M-d", "2010-1-3", Some("2010-01-03 00:00:00")),
            ("yyyyMMdd", "20100113", Some("2010-01-13 00:00:00")),
            ("uuuu-MM-dd", "0000-00-00", None),
            ("yyyy-MM-dd HH:mm:ss z", "9999-99-99 00:00:00 UTC", None),
            ("yyyy-MM-dd HH:mm:ss z", "9999-12-31 00:00:00 GMT", Some("9999-12-31 00:00:00")),
            ("yyyy-MM-dd HH:mm:ss z", "2000-01-07 07:00:00 ICT", Some("2000-01-07 00:00:00")),
            ("yyyy.MM.dd G 'at' HH:mm:ss z", "2001.07.04 AD at 12:08:56 PDT", Some("2001-07-04 19:08:56")),
            ("EEE, MMM d, ''yy", "Wed, Jul 4, '01", Some("2001-07-04 00:00:00")),
            ("yyyy MMM dd h:mm:ss a", "2009 Mar 20 11:30:01 am", Some("2009-03-20 11:30:01")),
            ("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2009-03-20T11:30:01.250+02:00", Some("2009-03-20 09:30:01.25")),
            ("yyyy-MM-dd HH:mm", "2009-02-30 11:30", Some("2009-02-28 11:30:00")),
            ("yyyy-MM", "2009-02", None),
            ("uuuuDDD", "2009366", None),
        ] {
            assert_eq!(read(pattern, text).as_deref(), answer, "{pattern} of {text}");
        }
    }

    #[test]
    fn writes_its_own_letters() {
        let local = parse_timestamp("2010-01-13 11:57:40.123456").unwrap();
        let moment = Moment { local, offset: -28_800, zone: "PST".into(), zone_id: "America/Los_Angeles".into() };
        for (pattern, answer) in [
            ("MM/dd/uu HH:mm:ss", "01/13/10 11:57:40"),
            ("uuuu-MM-dd'T'HH:mm:ssXXX", "2010-01-13T11:57:40-08:00"),
            ("EEEE e Q QQQ SSS SSSSSS", "Wednesday 4 1 Q1 123 123456"),
            ("z VV O Z x XX", "PST America/Los_Angeles GMT-08:00 -0800 -08 -0800"),
            ("yy y yyyyy MMMMM", "10 2010 02010 J"),
        ] {
            let mut out = String::new();
            DatePattern::new(pattern, false).unwrap().format(&moment, &mut out);
            assert_eq!(out, answer, "{pattern}");
        }
        assert!(DatePattern::new("HHH", false).is_err());
        assert!(DatePattern::new("yyyy P", false).is_err());
    }
}
