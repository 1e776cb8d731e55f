//! Texts as times by a template.

use chrono::Datelike;

use super::super::java_pattern::{DAYS, MONTHS};
use super::super::{DAY, SECOND};
use super::template::{Element, Field, Template, is_separator};
use super::write::first_iso_day;
use crate::text::{days_from_civil, days_in_month};

/// The fields that a text gave.
#[derive(Default)]
struct Fields {
    values: Vec<(Field, i64)>,
}

impl Fields {
    fn get(&self, field: Field) -> Option<i64> {
        self.values.iter().find(|(name, _)| *name == field).map(|(_, value)| *value)
    }

    /// A field between bounds, or its default where the text does not give it. `None`: out of bounds.
    fn bounded(&self, field: Field, default: i64, least: i64, most: i64) -> Option<i64> {
        let value = self.get(field).unwrap_or(default);
        (least..=most).contains(&value).then_some(value)
    }

    /// Microseconds since 1970-01-01.
    fn micros(&self) -> Option<i64> {
        let days = match self.get(Field::IsoYear) {
            Some(year) => {
                let weeks = (first_iso_day(year + 1) - first_iso_day(year)) / 7;
                let week = self.bounded(Field::IsoWeek, 1, 1, weeks)?;
                first_iso_day(year) + (week - 1) * 7 + self.bounded(Field::DayOfWeek, 4, 1, 7)? - 1
            }
            None => {
                let year = self.get(Field::Year)?;
                let month = self.bounded(Field::Month, 1, 1, 12)? as u32;
                let day = self.bounded(Field::DayOfMonth, 1, 1, i64::from(days_in_month(year, month)))?;
                let first = days_from_civil(year, 1, 1);
                let length = days_from_civil(year + 1, 1, 1) - first;
                match self.get(Field::DayOfYear) {
                    Some(day) if (1..=length).contains(&day) => first + day - 1,
                    Some(_) => return None,
                    None => days_from_civil(year, month, day as u32),
                }
            }
        };
        let half = self.bounded(Field::HalfDay, 0, 0, 1)?;
        let hour = match self.get(Field::HourOfDay) {
            Some(hour) if (0..24).contains(&hour) => hour,
            Some(_) => return None,
            None => half * 12 + self.bounded(Field::HourOfHalfDay, 0, 0, 11)?,
        };
        let minute = self.bounded(Field::Minute, 0, 0, 59)?;
        let second = self.bounded(Field::Second, 0, 0, 59)?;
        let of_day = self.bounded(Field::SecondOfDay, hour * 3600 + minute * 60 + second, 0, 86_399)?;
        let nanos = self.bounded(Field::Nano, 0, 0, 999_999_999)?;
        days.checked_mul(DAY)?.checked_add(of_day * SECOND + nanos / 1000)
    }
}

impl Template {
    /// The local time in microseconds that a text names; `None` where it is not as the template says.
    pub(super) fn parse(&self, text: &str) -> Option<i64> {
        let input: Vec<char> = text.chars().collect();
        let mut fields = Fields::default();
        let mut index = 0;
        for (nth, element) in self.elements.iter().enumerate() {
            match element {
                Element::Number { field, text, length, fill } => {
                    let part = if *field == Field::HalfDay {
                        half_day(&input, index, *length)?
                    } else {
                        digits(&input, index, *length)
                    };
                    let wanted = if *field == Field::HalfDay { text.len() } else { *length };
                    if self.exact && !*fill && *field != Field::Nano && part.chars().count() != wanted {
                        return None;
                    }
                    fields.values.push((*field, number(*field, text, &part)?));
                    index += part.chars().count();
                }
                Element::Name { field, length, .. } => {
                    let (value, used) = name(&input, index, *field, *length)?;
                    fields.values.push((*field, value));
                    index += used;
                }
                Element::ZoneHours => {
                    index += usize::from(matches!(input.get(index)?, '-' | '+'));
                    let part = digits(&input, index, 2);
                    if part.parse::<u8>().ok()? > 15 {
                        return None;
                    }
                    index += part.len();
                }
                Element::ZoneMinutes => {
                    let part = digits(&input, index, 2);
                    if part.parse::<u8>().ok()? > 59 {
                        return None;
                    }
                    index += part.len();
                }
                Element::Separator(separators) => {
                    let zone = self.elements.get(nth + 1) == Some(&Element::ZoneHours);
                    let found = found_separators(&input, index, zone);
                    if found.is_empty() || (self.exact && *separators != found) {
                        return None;
                    }
                    index += found.len();
                }
                Element::Text(text) => {
                    let end = index + text.chars().count();
                    let part: String = input.get(index..end)?.iter().collect();
                    if part.to_lowercase() != text.to_lowercase() {
                        return None;
                    }
                    index = end;
                }
            }
        }
        if index < input.len() { None } else { fields.micros() }
    }
}

/// The digits from a position on, `length` at most.
fn digits(input: &[char], index: usize, length: usize) -> String {
    input.iter().skip(index).take(length).take_while(|character| character.is_ascii_digit()).collect()
}

fn half_day(input: &[char], index: usize, length: usize) -> Option<String> {
    let part: Vec<char> = input.iter().skip(index).take(length).copied().collect();
    let length = if matches!(part.get(1)?, 'm' | 'M') { 2 } else { part.len() };
    Some(part[..length].iter().collect())
}

/// The separators from a position on. The last `-` before an offset's hours is its sign, unless it is the only one.
fn found_separators(input: &[char], index: usize, zone_follows: bool) -> String {
    let mut found: String = input.iter().skip(index).take_while(|character| is_separator(**character)).collect();
    if zone_follows && found.len() > 1 && found.ends_with('-') {
        found.pop();
    }
    found
}

fn number(field: Field, text: &str, part: &str) -> Option<i64> {
    match field {
        Field::HalfDay => Some(i64::from(!part.to_lowercase().starts_with('a'))),
        Field::HourOfHalfDay if part == "12" => Some(0),
        Field::HourOfHalfDay if part == "0" => None,
        Field::Year | Field::IsoYear => {
            let now = chrono::Utc::now().date_naive();
            let current = if field == Field::Year { now.year() } else { now.iso_week().year() };
            if text.starts_with('r') && part.len() == 2 {
                let value: i64 = part.parse().ok()?;
                let (century, year) = (i64::from(current / 100), current % 100);
                let century = match (value < 50, year < 50) {
                    (true, false) => century + 1,
                    (false, true) => century - 1,
                    _ => century,
                };
                return Some(century * 100 + value);
            }
            // What is missing in front is taken from today's year.
            let mut whole = format!("{current:04}").get(..4usize.checked_sub(part.len())?)?.to_string();
            whole.push_str(part);
            whole.parse().ok()
        }
        Field::Nano => format!("{part:0<9}").parse().ok(),
        _ => part.parse().ok(),
    }
}

/// The number of a month or a day of the week by its name, and the length of the name.
fn name(input: &[char], index: usize, field: Field, length: usize) -> Option<(i64, usize)> {
    let names: &[&str] = if field == Field::Month { &MONTHS } else { &DAYS };
    let rest: String = input.iter().skip(index).take(length).collect();
    let found = names.iter().position(|name| {
        let name = if length == 3 { &name[..3] } else { name };
        rest.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
    })?;
    let used = if length == 3 { 3 } else { names[found].len() };
    let value = if field == Field::Month {
        found as i64 + 1
    } else if found == 0 {
        7
    } else {
        found as i64
    };
    Some((value, used))
}
