//! The elements of a template, and which of them may stand together.

use super::without_backslashes;
use crate::error::{Result, UdfError};

const LONGEST_ELEMENT: usize = 5;
const LONGEST_TEMPLATE: usize = 100;

/// A part of a date or a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Year,
    Month,
    DayOfMonth,
    DayOfYear,
    SundayDayOfWeek,
    DayOfWeek,
    Quarter,
    WeekOfYear,
    WeekOfMonth,
    IsoYear,
    IsoWeek,
    HalfDay,
    HourOfHalfDay,
    HourOfDay,
    Minute,
    Second,
    SecondOfDay,
    Nano,
}

impl Field {
    /// The name that Java's `TemporalField` prints.
    fn java_name(self) -> &'static str {
        match self {
            Field::Year => "Year",
            Field::Month => "MonthOfYear",
            Field::DayOfMonth => "DayOfMonth",
            Field::DayOfYear => "DayOfYear",
            Field::SundayDayOfWeek => "DayOfWeek[WeekFields[SUNDAY,1]]",
            Field::DayOfWeek => "DayOfWeek",
            Field::Quarter => "QuarterOfYear",
            Field::WeekOfYear => "AlignedWeekOfYear",
            Field::WeekOfMonth => "AlignedWeekOfMonth",
            Field::IsoYear => "WeekBasedYear",
            Field::IsoWeek => "WeekOfWeekBasedYear",
            Field::HalfDay => "AmPmOfDay",
            Field::HourOfHalfDay => "HourOfAmPm",
            Field::HourOfDay => "HourOfDay",
            Field::Minute => "MinuteOfHour",
            Field::Second => "SecondOfMinute",
            Field::SecondOfDay => "SecondOfDay",
            Field::Nano => "NanoOfSecond",
        }
    }

    fn is_date(self) -> bool {
        !matches!(
            self,
            Field::HalfDay
                | Field::HourOfHalfDay
                | Field::HourOfDay
                | Field::Minute
                | Field::Second
                | Field::SecondOfDay
                | Field::Nano
        )
    }
}

/// One element of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Element {
    /// A number, or AM and PM. `text` is in lower case but for AM and PM.
    Number { field: Field, text: String, length: usize, fill: bool },
    /// The name of a month or of a day.
    Name { field: Field, text: String, length: usize, fill: bool },
    /// Separators in a row.
    Separator(String),
    /// Hours of a zone's offset.
    ZoneHours,
    /// Minutes of it.
    ZoneMinutes,
    /// Text that stands for itself, `T` and `Z` among it.
    Text(String),
}

/// A template that has been read.
#[derive(Debug, Clone)]
pub(super) struct Template {
    pub(super) elements: Vec<Element>,
    /// `FX`: the text must be exactly as the template says.
    pub(super) exact: bool,
}

pub(super) fn is_separator(character: char) -> bool {
    "-: ./;',".contains(character)
}

fn number(text: &str) -> Option<Field> {
    Some(match text {
        "yyyy" | "yyy" | "yy" | "y" | "rrrr" | "rr" => Field::Year,
        "mm" => Field::Month,
        "d" => Field::SundayDayOfWeek,
        "dd" => Field::DayOfMonth,
        "ddd" => Field::DayOfYear,
        "hh" | "hh12" => Field::HourOfHalfDay,
        "hh24" => Field::HourOfDay,
        "mi" => Field::Minute,
        "ss" => Field::Second,
        "sssss" => Field::SecondOfDay,
        "ff" | "ff1" | "ff2" | "ff3" | "ff4" | "ff5" | "ff6" | "ff7" | "ff8" | "ff9" => Field::Nano,
        "a.m." | "am" | "p.m." | "pm" => Field::HalfDay,
        "ww" => Field::WeekOfYear,
        "w" => Field::WeekOfMonth,
        "q" => Field::Quarter,
        "iyyy" | "iyy" | "iy" | "i" => Field::IsoYear,
        "iw" => Field::IsoWeek,
        "id" => Field::DayOfWeek,
        _ => return None,
    })
}

fn name(text: &str) -> Option<Field> {
    match text {
        "mon" | "month" => Some(Field::Month),
        "day" | "dy" => Some(Field::DayOfWeek),
        _ => None,
    }
}

fn length(text: &str) -> usize {
    match text {
        "hh12" | "hh24" => 2,
        "am" | "pm" => 4,
        "ff" | "month" | "day" => 9,
        "dy" => 3,
        ff if ff.starts_with("ff") => ff[2..].parse().unwrap_or(9),
        other => other.chars().count(),
    }
}

fn error<T>(message: impl Into<String>) -> Result<T> {
    Err(UdfError::Argument(message.into()))
}

impl Template {
    /// Reads a template, for reading texts or for writing them.
    pub(super) fn new(template: &str, for_reading: bool) -> Result<Template> {
        let original: Vec<char> = template.chars().collect();
        if original.len() >= LONGEST_TEMPLATE {
            return error("The input format is too long");
        }
        let mut read = Template { elements: Vec::new(), exact: false };
        let mut fill = false;
        let mut begin = 0;
        while begin < original.len() {
            begin += read.element(template, &original, begin, &mut fill)?;
        }
        if for_reading {
            read.check_for_reading()?;
        } else {
            for (element, name) in [(Element::ZoneHours, "TZH"), (Element::ZoneMinutes, "TZM")] {
                if read.elements.contains(&element) {
                    return error(format!("{name} not a valid format for timestamp or date."));
                }
            }
        }
        Ok(read)
    }

    /// Reads the element that starts at `begin`; how many characters it has.
    fn element(&mut self, template: &str, original: &[char], begin: usize, fill: &mut bool) -> Result<usize> {
        let without_fill = |fill: bool| match fill {
            true => error(format!(
                "Bad date/time conversion pattern: {template}. Error at index {begin}: Fill mode modifier (FM) must be \
                 followed by a temporal token."
            )),
            false => Ok(()),
        };
        for size in (1..=LONGEST_ELEMENT.min(original.len() - begin)).rev() {
            let text: String = original[begin..begin + size].iter().collect();
            let lower = text.to_ascii_lowercase();
            if size == 1 && text.starts_with(is_separator) {
                without_fill(*fill)?;
                match self.elements.last_mut() {
                    Some(Element::Separator(separators)) => separators.push_str(&text),
                    _ => self.elements.push(Element::Separator(text)),
                }
            } else if matches!(lower.as_str(), "t" | "z") {
                without_fill(*fill)?;
                self.elements.push(Element::Text(lower.to_ascii_uppercase()));
            } else if let Some(field) = number(&lower) {
                let length = length(&lower);
                let text = if field == Field::HalfDay { text } else { lower };
                self.elements.push(Element::Number { field, text, length, fill: std::mem::take(fill) });
            } else if let Some(field) = name(&lower) {
                self.elements.push(Element::Name { field, text, length: length(&lower), fill: std::mem::take(fill) });
            } else if matches!(lower.as_str(), "tzh" | "tzm") {
                without_fill(*fill)?;
                self.elements.push(if lower == "tzh" { Element::ZoneHours } else { Element::ZoneMinutes });
            } else if text.starts_with('"') {
                without_fill(*fill)?;
                let end = (begin + 1..original.len()).find(|end| original[*end] == '"' && original[end - 1] != '\\');
                let Some(end) = end else {
                    return error(format!("Missing closing double quote (\") opened at index {begin}"));
                };
                let inside: String = original[begin + 1..end].iter().collect();
                self.elements.push(Element::Text(without_backslashes(&inside).into_owned()));
                return Ok(end + 1 - begin);
            } else if matches!(lower.as_str(), "fm" | "fx") {
                without_fill(*fill)?;
                *fill = lower == "fm";
                self.exact |= lower == "fx";
            } else {
                continue;
            }
            return Ok(size);
        }
        error(format!("Bad date/time conversion pattern: {}", template.to_lowercase()))
    }

    fn check_for_reading(&self) -> Result<()> {
        let mut fields = Vec::new();
        let (mut rounded, mut plain) = (false, false);
        for element in &self.elements {
            if let Element::Number { field, text, .. } | Element::Name { field, text, .. } = element {
                fields.push(*field);
                if *field == Field::Year {
                    rounded |= text.starts_with('r');
                    plain |= !text.starts_with('r');
                }
            }
        }
        let has = |field: Field| fields.contains(&field);
        let is_iso = |field: &Field| matches!(field, Field::DayOfWeek | Field::IsoWeek | Field::IsoYear);
        let gregorian = fields.iter().any(|field| field.is_date() && !is_iso(field));
        let iso = has(Field::IsoWeek) || has(Field::IsoYear);
        for (field, text) in [(Field::Quarter, "q"), (Field::SundayDayOfWeek, "d")] {
            if has(field) {
                return error(format!("Illegal field: {text} ({})", field.java_name()));
            }
        }
        if has(Field::DayOfWeek) && gregorian {
            return error("Illegal field: dy/day (DayOfWeek)");
        }
        for (field, text) in [(Field::WeekOfMonth, "w"), (Field::WeekOfYear, "ww")] {
            if has(field) {
                return error(format!("Illegal field: {text} ({})", field.java_name()));
            }
        }
        if gregorian && iso {
            return error("Pattern cannot contain both ISO and Gregorian tokens");
        }
        if !has(Field::Year) && !has(Field::IsoYear) {
            return error("Missing year token.");
        }
        if gregorian && !(has(Field::Month) && has(Field::DayOfMonth) || has(Field::DayOfYear)) {
            return error("Missing day of year or (month of year + day of month) tokens.");
        }
        if iso && !(has(Field::IsoWeek) && has(Field::DayOfWeek)) {
            return error("Missing week of year (iw) or day of week (id) tokens.");
        }
        if rounded && plain {
            return error("Invalid duplication of format element: Both year andround year are provided");
        }
        for (nth, field) in fields.iter().enumerate() {
            if fields[..nth].contains(field) {
                return error(format!(
                    "Invalid duplication of format element: multiple {} tokens provided.",
                    field.java_name()
                ));
            }
        }
        let hour = has(Field::HourOfDay) || has(Field::HourOfHalfDay);
        if has(Field::HalfDay) && !hour {
            return error("AM/PM provided but missing hour token.");
        }
        if has(Field::HalfDay) && has(Field::HourOfDay) {
            return error("Conflict between median indicator and hour token.");
        }
        if has(Field::HourOfHalfDay) && has(Field::HourOfDay) {
            return error("Conflict between hour of day and hour of am/pm token.");
        }
        if has(Field::DayOfYear) && (has(Field::DayOfMonth) || has(Field::Month)) {
            return error("Day of year provided with day or month token.");
        }
        if has(Field::SecondOfDay) && (hour || has(Field::Minute) || has(Field::Second)) {
            return error("Second of day token conflicts with other token(s).");
        }
        if self.elements.contains(&Element::ZoneMinutes) && !self.elements.contains(&Element::ZoneHours) {
            return error("Time zone minute token provided without time zone hour token.");
        }
        Ok(())
    }
}
