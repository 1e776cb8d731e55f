//! Reading times by a pattern, as leniently as `SimpleDateFormat.parse`.

use arrow::array::timezone::Tz;
use chrono::Datelike;

use super::java_pattern::{DAYS, Element, JavaPattern, MONTHS};
use super::{DAY, SECOND};
use crate::text::{days_from_civil, offset_at, parse_zone, utc_from_local};

impl JavaPattern {
    /// The instant in microseconds that a text names; what follows the pattern in the text is not looked at. Fields
    /// that do not stand in the pattern are those of 1970-01-01 00:00:00 in `zone`.
    pub(super) fn parse(&self, text: &str, zone: Tz) -> Option<i64> {
        let mut reader = Reader {
            rest: text,
            year: 1970,
            before_christ: false,
            month: 0,
            day: 1,
            day_of_year: None,
            hour: 0,
            half: None,
            minute: 0,
            second: 0,
            milli: 0,
            zone: None,
        };
        for (nth, element) in self.elements.iter().enumerate() {
            match element {
                Element::Literal(literal) => reader.rest = reader.rest.strip_prefix(literal.as_str())?,
                Element::Field(letter, count) => {
                    // A field that another follows at once ends by its count.
                    let abuts = matches!(self.elements.get(nth + 1), Some(Element::Field(..)));
                    reader.field(*letter, *count, abuts)?;
                }
            }
        }
        reader.finish(zone)
    }
}

enum Zone {
    Offset(i64),
    Named(Tz),
}

struct Reader<'a> {
    rest: &'a str,
    year: i64,
    before_christ: bool,
    /// From 0.
    month: i64,
    day: i64,
    day_of_year: Option<i64>,
    hour: i64,
    /// Whether the afternoon was named.
    half: Option<bool>,
    minute: i64,
    second: i64,
    milli: i64,
    zone: Option<Zone>,
}

impl Reader<'_> {
    /// A number; also how many characters it took.
    fn number(&mut self, most: Option<usize>) -> Option<(i64, usize)> {
        let limit = most.unwrap_or(usize::MAX).min(self.rest.len());
        let bytes = self.rest.as_bytes();
        let sign = usize::from(bytes.first() == Some(&b'-'));
        let digits = bytes[..limit].iter().skip(sign).take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 {
            return None;
        }
        let value = self.rest[..sign + digits].parse().ok()?;
        self.rest = &self.rest[sign + digits..];
        Some((value, sign + digits))
    }

    /// The number of a name that the text starts with, in full or by its first three letters.
    fn name(&mut self, names: &[&str]) -> Option<i64> {
        for length in [usize::MAX, 3] {
            for (number, name) in names.iter().enumerate() {
                let name = &name[..length.min(name.len())];
                if self.rest.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)) {
                    self.rest = &self.rest[name.len()..];
                    return Some(number as i64);
                }
            }
        }
        None
    }

    fn field(&mut self, letter: char, count: usize, abuts: bool) -> Option<()> {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
        if self.rest.is_empty() {
            return None;
        }
        match letter {
            'M' | 'L' if count >= 3 => {
                self.month = self.name(&MONTHS)?;
                return Some(());
            }
            'E' => {
                self.name(&DAYS)?;
                return Some(());
            }
            'a' => {
                self.half = Some(self.name(&["AM", "PM"])? == 1);
                return Some(());
            }
            'G' => {
                self.before_christ = self.name(&["AD", "BC"])? == 1;
                return Some(());
            }
            'z' | 'Z' | 'X' => return self.read_zone(letter == 'X'),
            _ => {}
        }
        let (value, width) = self.number(abuts.then_some(count))?;
        match letter {
            'y' | 'Y' => self.year = if count <= 2 && width == 2 && value >= 0 { century(value) } else { value },
            'M' | 'L' => self.month = value - 1,
            'd' => self.day = value,
            'D' => self.day_of_year = Some(value),
            'H' => self.hour = value,
            'k' => self.hour = if value == 24 { 0 } else { value },
            'K' => (self.hour, self.half) = (value, self.half.or(Some(false))),
            'h' => (self.hour, self.half) = (if value == 12 { 0 } else { value }, self.half.or(Some(false))),
            'm' => self.minute = value,
            's' => self.second = value,
            'S' => self.milli = value,
            _ => {}
        }
        Some(())
    }

    fn read_zone(&mut self, iso: bool) -> Option<()> {
        if iso && self.rest.starts_with('Z') {
            self.rest = &self.rest[1..];
            self.zone = Some(Zone::Offset(0));
            return Some(());
        }
        let mut text = self.rest;
        if let Some(after) = ["GMT", "UTC"].iter().find_map(|prefix| text.strip_prefix(prefix)) {
            if !after.starts_with(['+', '-']) {
                self.rest = after;
                self.zone = Some(Zone::Offset(0));
                return Some(());
            }
            text = after;
        }
        if let Some(digits) = text.strip_prefix(['+', '-']) {
            let sign = if text.starts_with('-') { -1 } else { 1 };
            let run = digits.bytes().take_while(u8::is_ascii_digit).count();
            let (hours, minutes, used) = match (run, digits.as_bytes().get(run)) {
                (1 | 2, Some(b':')) => {
                    (digits[..run].parse::<i64>().ok()?, digits.get(run + 1..run + 3)?.parse::<i64>().ok()?, run + 3)
                }
                (4.., _) => (digits[..2].parse().ok()?, digits[2..4].parse().ok()?, 4),
                (1..=2, _) => (digits[..run].parse().ok()?, 0, run),
                _ => return None,
            };
            self.rest = &digits[used..];
            self.zone = Some(Zone::Offset(sign * (hours * 3600 + minutes * 60)));
            return Some(());
        }
        let length = text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"/_+-".contains(byte)).count();
        let zone = parse_zone(&text[..length])?;
        self.rest = &text[length..];
        self.zone = Some(Zone::Named(zone));
        Some(())
    }

    /// Fields beyond their range carry over.
    fn finish(self, zone: Tz) -> Option<i64> {
        let year = if self.before_christ { 1 - self.year } else { self.year };
        let days = match self.day_of_year {
            Some(day) => days_from_civil(year, 1, 1) + day - 1,
            None => {
                days_from_civil(year + self.month.div_euclid(12), self.month.rem_euclid(12) as u32 + 1, 1) + self.day
                    - 1
            }
        };
        let hour = self.hour + if self.half == Some(true) { 12 } else { 0 };
        let seconds = hour * 3600 + self.minute * 60 + self.second;
        let local = days.checked_mul(DAY)?.checked_add(seconds * SECOND)?.checked_add(self.milli * 1000)?;
        match self.zone {
            Some(Zone::Offset(offset)) => Some(local - offset * SECOND),
            Some(Zone::Named(zone)) => utc_from_local(zone, local),
            None => match offset_at(zone, local) {
                Some(_) => utc_from_local(zone, local),
                None => Some(local),
            },
        }
    }
}

/// A year of two digits: at most 80 years back, less than 20 ahead.
fn century(value: i64) -> i64 {
    let first = i64::from(chrono::Utc::now().year()) - 80;
    first - first.rem_euclid(100) + value + if value < first.rem_euclid(100) { 100 } else { 0 }
}
