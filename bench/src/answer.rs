//! Recorded answers, and how a result is compared with one.
//!
//! An answer is a text file with a row a line, `|` between values and `\N` for NULL. `bench/record_answers.py` wrote them
//! with DuckDB over the very data that [`crate::data`] makes.

use std::cmp::Ordering;

use skep::OutputColumn;

use crate::rows::Row;

/// The relative difference that two numbers with a fraction may have. Engines add floating point numbers in different
/// orders, and Hive's decimals have fewer digits after a division than DuckDB's doubles.
const TOLERANCE: f64 = 1e-9;

/// The rows of a recorded answer.
pub fn parse(text: &str) -> Vec<Row> {
    let value = |text: &str| (text != "\\N").then(|| text.to_string());
    text.lines().map(|line| line.split('|').map(value).collect()).collect()
}

/// Compares a result with a recorded answer: value by value in order, or in any order with `ties`.
///
/// Whole numbers, strings, dates and booleans must be the same; for numbers with a fraction see [`same_value`].
///
/// # Errors
/// The first difference, in words.
pub fn compare(columns: &[OutputColumn], actual: &[Row], expected: &[Row], ties: bool) -> Result<(), String> {
    if actual.len() != expected.len() {
        return Err(format!("{} rows instead of {}", actual.len(), expected.len()));
    }
    let numeric: Vec<bool> = columns.iter().map(|column| column.ty.is_numeric()).collect();
    let (mut actual, mut expected): (Vec<&Row>, Vec<&Row>) = (actual.iter().collect(), expected.iter().collect());
    if ties {
        actual.sort_by(|left, right| canonical(left, right, &numeric));
        expected.sort_by(|left, right| canonical(left, right, &numeric));
    }
    for (number, (actual, expected)) in actual.iter().zip(&expected).enumerate() {
        if actual.len() != expected.len() {
            return Err(format!("{} columns instead of {}", actual.len(), expected.len()));
        }
        for (column, (actual_value, expected_value)) in actual.iter().zip(expected.iter()).enumerate() {
            if !same_value(actual_value.as_deref(), expected_value.as_deref(), numeric.get(column) == Some(&true)) {
                let name = columns.get(column).map_or("", |column| column.name.as_str());
                return Err(format!(
                    "row {}, column {} ({name}):\n  got      {}\n  expected {}",
                    number + 1,
                    column + 1,
                    shown(actual),
                    shown(expected)
                ));
            }
        }
    }
    Ok(())
}

/// An order of rows in which rows that are the same but for the last digits of their fractions stand alike: by all texts
/// first, then by numbers.
fn canonical(left: &Row, right: &Row, numeric: &[bool]) -> Ordering {
    let texts = |row: &Row| -> Vec<Option<String>> {
        row.iter().enumerate().filter(|(i, _)| numeric.get(*i) != Some(&true)).map(|(_, value)| value.clone()).collect()
    };
    let numbers = |row: &Row| -> Vec<f64> {
        let number = |value: &Option<String>| value.as_deref().and_then(|text| text.parse().ok()).unwrap_or(f64::MIN);
        row.iter().enumerate().filter(|(i, _)| numeric.get(*i) == Some(&true)).map(|(_, value)| number(value)).collect()
    };
    texts(left).cmp(&texts(right)).then_with(|| {
        let differing = numbers(left).into_iter().zip(numbers(right)).find(|(l, r)| !close(*l, *r, 0.0));
        differing.map_or(Ordering::Equal, |(l, r)| l.total_cmp(&r))
    })
}

/// Are two values the same? Numbers may differ by [`TOLERANCE`] of their size, and a decimal by one in its last digit,
/// since Hive's has a limited number of them where other engines compute with doubles.
fn same_value(actual: Option<&str>, expected: Option<&str>, numeric: bool) -> bool {
    let (Some(actual), Some(expected)) = (actual, expected) else { return actual == expected };
    if actual == expected {
        return true;
    }
    let (true, Ok(left), Ok(right)) = (numeric, actual.parse::<f64>(), expected.parse::<f64>()) else { return false };
    close(left, right, last_digit(actual))
}

fn close(left: f64, right: f64, last_digit: f64) -> bool {
    (left - right).abs() <= last_digit.max(TOLERANCE * left.abs().max(right.abs()))
}

/// What one in the last digit of a decimal is worth; nothing for a whole number, or a double with an exponent or with as
/// many digits as a double has.
fn last_digit(text: &str) -> f64 {
    match text.split_once('.') {
        Some((_, fraction)) if !text.contains('E') && (4..=12).contains(&fraction.len()) => {
            10f64.powi(-(fraction.len() as i32))
        }
        _ => 0.0,
    }
}

fn shown(row: &Row) -> String {
    row.iter().map(|value| value.as_deref().unwrap_or("\\N")).collect::<Vec<_>>().join("|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_may_differ_in_their_last_digits() {
        assert!(same_value(Some("1.500000"), Some("1.5000004"), true));
        assert!(same_value(Some("10.00"), Some("10"), true));
        assert!(same_value(Some("1234567.891"), Some("1234567.8910001"), true));
        assert!(!same_value(Some("10.01"), Some("10.02"), true));
        assert!(!same_value(Some("3"), Some("4"), true));
        assert!(!same_value(Some("01"), Some("1"), false));
        assert!(!same_value(None, Some("0"), true));
    }

    #[test]
    fn answers_have_nulls() {
        assert_eq!(parse("a|\\N|\n"), [[Some("a".to_string()), None, Some(String::new())]]);
    }
}
