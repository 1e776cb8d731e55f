//! Times as text by a template.

use std::fmt::Write as _;

use super::super::java_pattern::{DAYS, MONTHS};
use super::super::{DAY, SECOND};
use super::template::{Element, Field, Template};
use crate::text::{civil_from_days, days_from_civil};

impl Template {
    /// Appends a local time, given in microseconds since 1970-01-01.
    pub(super) fn write(&self, micros: i64, out: &mut String) {
        for element in &self.elements {
            match element {
                Element::Number { field, text, length, fill } => {
                    write_number(micros, *field, text, *length, *fill, out)
                }
                Element::Name { field, text, length, fill } => write_name(micros, *field, text, *length, *fill, out),
                Element::Separator(text) | Element::Text(text) => out.push_str(text),
                Element::ZoneHours | Element::ZoneMinutes => {}
            }
        }
    }
}

/// Day of the week of a day since 1970-01-01: 1 is Monday.
pub(super) fn day_of_week(days: i64) -> i64 {
    (days + 3).rem_euclid(7) + 1
}

/// The first day of the first week of a year by ISO 8601.
pub(super) fn first_iso_day(year: i64) -> i64 {
    let fourth = days_from_civil(year, 1, 4);
    fourth - (day_of_week(fourth) - 1)
}

fn value(micros: i64, field: Field) -> i64 {
    let days = micros.div_euclid(DAY);
    let time = micros.rem_euclid(DAY);
    let seconds = time / SECOND;
    let (year, month, day) = civil_from_days(days);
    let day_of_year = days - days_from_civil(year, 1, 1) + 1;
    let iso_year = civil_from_days(days - day_of_week(days) + 4).0;
    match field {
        Field::Year => year,
        Field::Month => i64::from(month),
        Field::DayOfMonth => i64::from(day),
        Field::DayOfYear => day_of_year,
        Field::SundayDayOfWeek => day_of_week(days) % 7 + 1,
        Field::DayOfWeek => day_of_week(days),
        Field::Quarter => i64::from((month - 1) / 3 + 1),
        Field::WeekOfYear => (day_of_year - 1) / 7 + 1,
        Field::WeekOfMonth => i64::from((day - 1) / 7 + 1),
        Field::IsoYear => iso_year,
        Field::IsoWeek => (days - first_iso_day(iso_year)) / 7 + 1,
        Field::HalfDay => seconds / 43_200,
        Field::HourOfHalfDay => seconds / 3600 % 12,
        Field::HourOfDay => seconds / 3600,
        Field::Minute => seconds / 60 % 60,
        Field::Second => seconds % 60,
        Field::SecondOfDay => seconds,
        Field::Nano => time % SECOND * 1000,
    }
}

fn write_number(micros: i64, field: Field, text: &str, length: usize, fill: bool, out: &mut String) {
    let value = value(micros, field);
    if field == Field::HalfDay {
        let mut half = String::from(if value == 0 { "a" } else { "p" });
        half.push_str(if text.len() == 2 { "m" } else { ".m." });
        if text.starts_with(['A', 'P']) {
            half.make_ascii_uppercase();
        }
        out.push_str(&half);
        return;
    }
    let value = if field == Field::HourOfHalfDay && value == 0 { 12 } else { value };
    let mut digits = String::new();
    // Writing to a String cannot fail.
    if field == Field::Nano {
        let _ = write!(digits, "{value:09}");
        digits.truncate(length);
        if text == "ff" {
            digits.truncate(digits.trim_end_matches('0').len());
        }
    } else {
        let _ = write!(digits, "{value}");
        if digits.len() > length {
            digits.drain(..digits.len() - length);
        } else if !fill {
            digits.insert_str(0, &"0".repeat(length - digits.len()));
        }
        if fill {
            digits.drain(..digits.len() - digits.trim_start_matches('0').len());
        }
    }
    out.push_str(if digits.is_empty() { "0" } else { &digits });
}

fn write_name(micros: i64, field: Field, text: &str, length: usize, fill: bool, out: &mut String) {
    let name = if field == Field::Month {
        MONTHS[(value(micros, Field::Month) - 1).rem_euclid(12) as usize]
    } else {
        DAYS[(value(micros, Field::SundayDayOfWeek) - 1).rem_euclid(7) as usize]
    };
    let name = &name[..length.min(name.len())];
    let mut letters = text.chars();
    let (first, second) = (letters.next().unwrap_or('a'), letters.next().unwrap_or('a'));
    if first.is_lowercase() {
        out.push_str(&name.to_ascii_lowercase());
    } else if second.is_uppercase() {
        out.push_str(&name.to_ascii_uppercase());
    } else {
        out.push_str(name);
    }
    if !fill {
        out.extend(std::iter::repeat_n(' ', length - name.len()));
    }
}
