//! Numbers, times and sizes for people.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, Local};

/// A number with commas between its thousands.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number and what it counts, in the singular or the plural.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// A number of bytes.
pub fn bytes(number: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if number < 1000 {
        return format!("{number} B");
    }
    let mut value = number as f64 / 1000.0;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    if value < 9.95 { format!("{value:.1} {}", UNITS[unit]) } else { format!("{value:.0} {}", UNITS[unit]) }
}

/// A time span, as exact as anyone wants to know it.
pub fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0 if span.as_micros() < 1000 => format!("{} µs", span.as_micros()),
        0 => format!("{} ms", span.as_millis()),
        1..60 => format!("{:.1} s", span.as_secs_f64()),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{} h {:02} min", seconds / 3600, seconds / 60 % 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds / 3600 % 24),
    }
}

/// A moment in the server's time zone.
pub fn moment(time: SystemTime) -> String {
    DateTime::<Local>::from(time).format("%Y-%m-%d %H:%M:%S").to_string()
}

/// A moment as seconds since 1970; nothing where there is none.
pub fn epoch(seconds: i64) -> String {
    match DateTime::from_timestamp(seconds, 0) {
        Some(time) if seconds > 0 => time.with_timezone(&Local).format("%Y-%m-%d %H:%M:%S").to_string(),
        _ => String::new(),
    }
}

/// The beginning of a text, in one line.
pub fn first_line(text: &str, length: usize) -> String {
    let words: Vec<&str> = text.split_whitespace().take(length).collect();
    cut(&words.join(" "), length)
}

/// A text that is no longer than so many characters.
pub fn cut(text: &str, length: usize) -> String {
    match text.char_indices().nth(length) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_string(),
    }
}

/// A name as part of an address.
pub fn in_address(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_people() {
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(
            [5, 1500, 12_345, 999_900, 7_000_000_000].map(bytes),
            ["5 B", "1.5 kB", "12 kB", "1.0 MB", "7.0 GB"]
        );
        let spans = [0.000_5, 0.25, 1.26, 75.0, 7260.0, 100_000.0].map(|s| span(Duration::from_secs_f64(s)));
        assert_eq!(spans, ["500 µs", "250 ms", "1.3 s", "1 min 15 s", "2 h 01 min", "1 d 3 h"]);
        assert_eq!(counted(1, "row", "rows"), "1 row");
        assert_eq!(first_line("select\n  1 ,  2", 9), "select 1 …");
        assert_eq!(in_address("a b/ü?"), "a%20b%2F%C3%BC%3F");
        assert_eq!((epoch(0), epoch(-1)), (String::new(), String::new()));
    }
}
