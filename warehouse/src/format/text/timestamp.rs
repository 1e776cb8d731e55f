//! Timestamps out of text, by Hive's own form or by `timestamp.formats`.

use skep_udf::text::{days_from_civil, days_in_month, parse_timestamp};

/// A timestamp in microseconds since 1970-01-01: the first of the formats that fits, else Hive's own form.
pub fn parse(text: &[u8], formats: &[String]) -> Option<i64> {
    if text.len() < 8 {
        return None;
    }
    let text = std::str::from_utf8(text).ok()?;
    formats.iter().find_map(|format| parse_format(text, format)).or_else(|| parse_timestamp(text))
}

/// Reads by a pattern of Java's `DateTimeFormatter`: letters `y M d H h m s S a`, text in quotes, and everything else
/// standing for itself; `millis` is a number of milliseconds. Other letters fit nothing.
fn parse_format(text: &str, format: &str) -> Option<i64> {
    if format == "millis" {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let micros: i64 = format!("{fraction:0<3.3}").parse().ok()?;
        return whole.parse::<i64>().ok()?.checked_mul(1000)?.checked_add(micros);
    }
    let mut parts = Parts { year: 1970, month: 1, day: 1, ..Default::default() };
    let mut rest = text;
    let pattern: Vec<char> = format.chars().collect();
    let mut at = 0;
    while let Some(letter) = pattern.get(at).copied() {
        if letter == '\'' {
            let close = pattern[at + 1..].iter().position(|c| *c == '\'')?;
            let quoted: String = pattern[at + 1..at + 1 + close].iter().collect();
            rest = rest.strip_prefix(if quoted.is_empty() { "'" } else { &quoted })?;
            at += close + 2;
            continue;
        }
        if !letter.is_ascii_alphabetic() {
            rest = rest.strip_prefix(letter)?;
            at += 1;
            continue;
        }
        let width = pattern[at..].iter().take_while(|c| **c == letter).count();
        at += width;
        // Fields that no separator follows take exactly their width.
        let packed = pattern.get(at).is_some_and(char::is_ascii_alphabetic);
        rest = parts.read(letter, width, packed, rest)?;
    }
    if rest.is_empty() { parts.micros() } else { None }
}

#[derive(Default)]
struct Parts {
    year: i64,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
    micro: u32,
    afternoon: Option<bool>,
}

impl Parts {
    fn read<'a>(&mut self, letter: char, width: usize, packed: bool, text: &'a str) -> Option<&'a str> {
        if letter == 'a' {
            let half = text.get(..2)?;
            self.afternoon = Some(match half.to_ascii_uppercase().as_str() {
                "AM" => false,
                "PM" => true,
                _ => return None,
            });
            return text.get(2..);
        }
        if letter == 'M' && width >= 3 {
            const MONTHS: [&str; 12] = [
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
            let (month, name) = MONTHS.iter().enumerate().find_map(|(i, name)| {
                let name = if width == 3 { &name[..3] } else { name };
                text.get(..name.len())?.eq_ignore_ascii_case(name).then_some((i, name))
            })?;
            self.month = month as u32 + 1;
            return text.get(name.len()..);
        }
        let most = match (packed, letter) {
            (true, _) | (false, 'S') => width.max(if letter == 'S' { 9 } else { 0 }),
            (false, 'y' | 'u') => width.max(4),
            (false, _) => width.max(2),
        };
        let digits = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
        if digits == 0 || (packed && letter != 'S' && digits < width) {
            return None;
        }
        let number: u32 = text.get(..digits)?.parse().ok()?;
        match letter {
            'y' | 'u' if width == 2 && digits == 2 => self.year = 2000 + i64::from(number),
            'y' | 'u' => self.year = number.into(),
            'M' | 'L' => self.month = number,
            'd' => self.day = number,
            'H' | 'h' | 'k' | 'K' => self.hour = number,
            'm' => self.minute = number,
            's' => self.second = number,
            'S' => self.micro = format!("{:0<6.6}", &text[..digits]).parse().ok()?,
            _ => return None,
        }
        text.get(digits..)
    }

    fn micros(&self) -> Option<i64> {
        let hour = match self.afternoon {
            Some(afternoon) if self.hour <= 12 => self.hour % 12 + if afternoon { 12 } else { 0 },
            Some(_) => return None,
            None => self.hour % 24 + if self.hour > 24 { 24 } else { 0 },
        };
        let valid = (1..=12).contains(&self.month)
            && (1..=31).contains(&self.day)
            && hour < 24
            && self.minute < 60
            && self.second < 60;
        // As Java's formatter does, which takes the last day of a month for those behind it.
        let day = if valid { self.day.min(days_in_month(self.year, self.month)) } else { return None };
        let days = days_from_civil(self.year, self.month, day);
        let seconds = days * 86_400 + i64::from(hour * 3600 + self.minute * 60 + self.second);
        seconds.checked_mul(1_000_000)?.checked_add(self.micro.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats() {
        let noon = parse(b"2024-02-29 12:00:00", &[]);
        for (text, format) in [
            ("2024-02-29T12:00:00", "yyyy-MM-dd'T'HH:mm:ss"),
            ("20240229120000", "yyyyMMddHHmmss"),
            ("29/Feb/2024 12:00 PM", "dd/MMM/yyyy hh:mm a"),
            ("1709208000000", "millis"),
            ("2024-02-29 12:00:00", "dd.MM.yyyy"),
        ] {
            assert_eq!(parse(text.as_bytes(), &[format.to_string()]), noon, "{text}");
        }
        let format = ["yyyy-MM-dd'T'HH:mm:ss".to_string()];
        assert_eq!(parse(b"2024-02-31T12:00:00", &format), noon);
        assert_eq!(parse(b"2024-02-29X12:00:00", &format), None);
    }
}
