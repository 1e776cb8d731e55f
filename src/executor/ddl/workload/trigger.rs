//! Conditions of triggers.

use crate::error::{Result, SkepError};

/// The limit of a condition must be a number, or one with a unit of bytes or of time.
pub fn check(condition: &str) -> Result<()> {
    let Some((counter, limit)) = condition.split_once(" > ") else { return Ok(()) };
    let limit = limit.trim_matches('\'').trim().to_ascii_lowercase();
    let digits = limit.len() - limit.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let unit = limit[digits..].trim();
    const BYTES: &[&str] = &["b", "kb", "mb", "gb", "tb", "pb"];
    const TIMES: &[&str] = &[
        "ns",
        "nanos",
        "nanosecond",
        "nanoseconds",
        "us",
        "micros",
        "microsecond",
        "microseconds",
        "ms",
        "msec",
        "msecs",
        "millis",
        "millisecond",
        "milliseconds",
        "s",
        "sec",
        "secs",
        "second",
        "seconds",
        "m",
        "min",
        "mins",
        "minute",
        "minutes",
        "h",
        "hr",
        "hour",
        "hours",
        "d",
        "day",
        "days",
    ];
    let of_bytes = counter.to_ascii_uppercase().contains("BYTES");
    let of_time = counter.to_ascii_uppercase().ends_with("_TIME");
    let known = unit.is_empty() || (of_bytes && BYTES.contains(&unit)) || (of_time && TIMES.contains(&unit));
    if digits == 0 || !known {
        return Err(SkepError::invalid(format!("Invalid trigger expression: {condition}"))
            .with_hint("counter > number, or a text such as '10GB', '30sec'"));
    }
    Ok(())
}
