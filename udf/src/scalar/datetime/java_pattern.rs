//! Date patterns of `java.text.SimpleDateFormat`, with English names.

use std::fmt::Write as _;

use super::{DAY, SECOND};
use crate::error::{Result, UdfError};
use crate::text::{civil_from_days, days_from_civil};

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
pub(super) const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// A piece of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Element {
    /// A field: its letter, and how often it stands there.
    Field(char, usize),
    /// Text that stands for itself.
    Literal(String),
}

/// A compiled pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct JavaPattern {
    pub(super) elements: Vec<Element>,
}

/// What is written: a local time, its distance from UTC and the name of its zone.
#[derive(Debug, Clone)]
pub(super) struct Moment {
    /// Microseconds since the epoch, of the local time.
    pub(super) local: i64,
    /// Seconds east of UTC.
    pub(super) offset: i32,
    /// Short name of the zone.
    pub(super) zone: String,
    /// Name of the zone in the database of zones.
    pub(super) zone_id: String,
}

impl Moment {
    /// A time of UTC.
    pub(super) fn utc(local: i64) -> Moment {
        Moment { local, offset: 0, zone: "UTC".into(), zone_id: "UTC".into() }
    }
}

impl JavaPattern {
    /// Reads a pattern; the error is Java's.
    pub(super) fn new(pattern: &str) -> Result<JavaPattern> {
        Ok(JavaPattern { elements: JavaPattern::elements(pattern, "GyMwWDdFEuaHkKhmsSzZXYL")? })
    }

    /// The pieces of a pattern of these letters.
    pub(super) fn elements(pattern: &str, letters: &str) -> Result<Vec<Element>> {
        let mut elements: Vec<Element> = Vec::new();
        let mut literal = String::new();
        let mut quoted = false;
        let mut chars = pattern.chars().peekable();
        while let Some(character) = chars.next() {
            match character {
                '\'' if chars.next_if_eq(&'\'').is_some() => literal.push('\''),
                '\'' => quoted = !quoted,
                letter if !quoted && letter.is_ascii_alphabetic() => {
                    if !letters.contains(letter) {
                        return Err(UdfError::Argument(format!("Illegal pattern character '{letter}'")));
                    }
                    if !literal.is_empty() {
                        elements.push(Element::Literal(std::mem::take(&mut literal)));
                    }
                    let mut count = 1;
                    while chars.next_if_eq(&letter).is_some() {
                        count += 1;
                    }
                    elements.push(Element::Field(letter, count));
                }
                other => literal.push(other),
            }
        }
        if quoted {
            return Err(UdfError::Argument("Unterminated quote".into()));
        }
        if !literal.is_empty() {
            elements.push(Element::Literal(literal));
        }
        Ok(elements)
    }

    /// Writes a time.
    pub(super) fn format(&self, moment: &Moment, out: &mut String) {
        let days = moment.local.div_euclid(DAY);
        let micros = moment.local.rem_euclid(DAY);
        let (year, month, day) = civil_from_days(days);
        let fields = Fields { days, year, month, day, seconds: micros / SECOND, millis: micros % SECOND / 1000 };
        for element in &self.elements {
            match element {
                Element::Literal(text) => out.push_str(text),
                Element::Field(letter, count) => fields.write(*letter, *count, moment, out),
            }
        }
    }
}

struct Fields {
    days: i64,
    year: i64,
    month: u32,
    day: u32,
    seconds: i64,
    millis: i64,
}

impl Fields {
    /// Day of the week, Sunday being 0.
    fn weekday(&self, days: i64) -> i64 {
        (days + 4).rem_euclid(7)
    }

    /// Year and number of the week that starts on a Sunday; the week of the 1st of January is the first.
    fn week(&self) -> (i64, i64) {
        let next = days_from_civil(self.year + 1, 1, 1);
        if self.days >= next - self.weekday(next) {
            return (self.year + 1, 1);
        }
        let first = days_from_civil(self.year, 1, 1);
        (self.year, (self.days - first + self.weekday(first)) / 7 + 1)
    }

    fn write(&self, letter: char, count: usize, moment: &Moment, out: &mut String) {
        let mut number = |value: i64| {
            let _ = write!(out, "{value:0count$}");
        };
        let hour = self.seconds / 3600;
        match letter {
            'y' | 'Y' => {
                let year = if letter == 'Y' { self.week().0 } else { self.year };
                // Years before 1 are counted in the other era.
                let year = if year < 1 { 1 - year } else { year };
                number(if count == 2 { year % 100 } else { year });
            }
            'M' | 'L' if count < 3 => number(i64::from(self.month)),
            'd' => number(i64::from(self.day)),
            'D' => number(self.days - days_from_civil(self.year, 1, 1) + 1),
            'F' => number(i64::from(self.day - 1) / 7 + 1),
            'w' => number(self.week().1),
            'W' => {
                let first = self.days - i64::from(self.day) + 1;
                number((i64::from(self.day) - 1 + self.weekday(first)) / 7 + 1);
            }
            'u' => number((self.weekday(self.days) + 6) % 7 + 1),
            'H' => number(hour),
            'k' => number(if hour == 0 { 24 } else { hour }),
            'K' => number(hour % 12),
            'h' => number(if hour % 12 == 0 { 12 } else { hour % 12 }),
            'm' => number(self.seconds / 60 % 60),
            's' => number(self.seconds % 60),
            'S' => number(self.millis),
            'M' | 'L' => out.push_str(name(MONTHS[self.month as usize - 1], count)),
            'E' => out.push_str(name(DAYS[self.weekday(self.days) as usize], count)),
            'a' => out.push_str(if hour < 12 { "AM" } else { "PM" }),
            'G' => out.push_str(if self.year < 1 { "BC" } else { "AD" }),
            'z' => out.push_str(&moment.zone),
            'Z' => write_offset(moment.offset, "", 2, out),
            _ if moment.offset == 0 => out.push('Z'),
            _ => write_offset(moment.offset, if count == 3 { ":" } else { "" }, if count == 1 { 1 } else { 2 }, out),
        }
    }
}

fn name(full: &str, count: usize) -> &str {
    if count >= 4 { full } else { &full[..3] }
}

fn write_offset(offset: i32, between: &str, parts: usize, out: &mut String) {
    let minutes = offset.abs() / 60;
    let _ = write!(out, "{}{:02}", if offset < 0 { '-' } else { '+' }, minutes / 60);
    if parts > 1 {
        let _ = write!(out, "{between}{:02}", minutes % 60);
    }
}
