//! `mask` and its kin.

use std::fmt::Write as _;
use std::ops::Range;

use arrow::array::{ArrayRef, new_null_array};
use arrow::datatypes::{ArrowPrimitiveType, DataType, Date32Type, Int8Type, Int16Type, Int32Type, Int64Type};
use datafusion_common::ScalarValue;
use sha2::Digest;

use crate::error::Result;
use crate::options::HiveOptions;
use crate::registry::FunctionEntry;
use crate::scalar::check::{length_error, primitive};
use crate::scalar::kernel::{primitives, strings};
use crate::scalar::{Call, Scalar, returns_same_as_first};
use crate::text::{civil_from_days, days_from_civil, days_in_month};

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        Scalar::new("mask", mask_types, returns_same_as_first, |call| mask(call, Part::All)).entry("masks the given value", ""),
        Scalar::new("mask_first_n", mask_types, returns_same_as_first, |call| mask(call, Part::First))
            .entry("masks the first n characters of the value", ""),
        Scalar::new("mask_last_n", mask_types, returns_same_as_first, |call| mask(call, Part::Last))
            .entry("masks the last n characters of the value", ""),
        Scalar::new("mask_show_first_n", mask_types, returns_same_as_first, |call| mask(call, Part::AllButFirst))
            .entry("masks all but first n characters of the value", ""),
        Scalar::new("mask_show_last_n", mask_types, returns_same_as_first, |call| mask(call, Part::AllButLast))
            .entry("masks all but last n characters of the value", ""),
        Scalar::new("mask_hash", mask_types, returns_same_as_first, mask_hash)
            .entry("returns hash of the given value", "Examples:\n   mask_hash(value)\n Arguments:\n   value - value to mask. Supported types: STRING, VARCHAR, CHAR"),
    ]
}

fn mask_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    if types.is_empty() {
        return length_error(format!("{name} requires at least 1 argument(s), got 0"));
    }
    primitive(name, types, 0)?;
    Ok(types.to_vec())
}

/// Which characters (or digits) are masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    All,
    First,
    Last,
    AllButFirst,
    AllButLast,
}

impl Part {
    fn range(self, count: usize, length: usize) -> Range<usize> {
        let count = count.min(length);
        match self {
            Part::All => 0..length,
            Part::First => 0..count,
            Part::Last => length - count..length,
            Part::AllButFirst => count..length,
            Part::AllButLast => 0..length - count,
        }
    }
}

/// What takes the place of what; `None` leaves it.
struct Mask {
    part: Part,
    count: usize,
    upper: Option<char>,
    lower: Option<char>,
    digit: Option<char>,
    other: Option<char>,
    number: i64,
    day: Option<u32>,
    month: Option<u32>,
    year: Option<i64>,
}

fn int_of(value: Option<&ScalarValue>) -> Option<i64> {
    match value? {
        ScalarValue::Int8(value) => value.map(i64::from),
        ScalarValue::Int16(value) => value.map(i64::from),
        ScalarValue::Int32(value) => value.map(i64::from),
        ScalarValue::Int64(value) => *value,
        _ => None,
    }
}

/// A character, or the number of one; -1 for none.
fn char_of(value: Option<&ScalarValue>, default: Option<char>) -> Option<char> {
    match value.and_then(ScalarValue::try_as_str).flatten().and_then(|text| text.chars().next()) {
        Some(character) => Some(character),
        None => match int_of(value) {
            Some(code) => u32::try_from(code).ok().and_then(char::from_u32),
            None => default,
        },
    }
}

impl Mask {
    fn new(call: &Call, part: Part) -> Mask {
        let first = if part == Part::All { 1 } else { 2 };
        let argument = |nth: usize| call.constant(first + nth);
        let count = if part == Part::All { 0 } else { int_of(call.constant(1)).unwrap_or(4).max(0) as usize };
        Mask {
            part,
            count,
            upper: char_of(argument(0), Some('X')),
            lower: char_of(argument(1), Some('x')),
            digit: char_of(argument(2), Some('n')),
            other: char_of(argument(3), None),
            number: int_of(argument(4))
                .or_else(|| argument(4)?.try_as_str()??.trim().parse().ok())
                .filter(|number| (0..=9).contains(number))
                .unwrap_or(1),
            day: match int_of(argument(5)) {
                Some(-1) => None,
                Some(day @ 1..=31) => Some(day as u32),
                _ => Some(1),
            },
            month: match int_of(argument(6)) {
                Some(-1) => None,
                Some(month @ 0..=11) => Some(month as u32 + 1),
                _ => Some(1),
            },
            year: match int_of(argument(7)) {
                Some(-1) => None,
                Some(year) => Some(year),
                None => Some(0),
            },
        }
    }

    fn character(&self, character: char) -> char {
        let masked = if character.is_uppercase() {
            self.upper
        } else if character.is_lowercase() {
            self.lower
        } else if character.is_ascii_digit() {
            self.digit
        } else {
            self.other
        };
        masked.unwrap_or(character)
    }

    fn text(&self, text: &str, out: &mut String) {
        let masked = self.part.range(self.count, text.chars().count());
        out.extend(
            text.chars().enumerate().map(
                |(at, character)| {
                    if masked.contains(&at) { self.character(character) } else { character }
                },
            ),
        );
    }

    /// The digits of a number, the first being that of the highest value.
    fn number(&self, value: i64) -> i64 {
        let digits = value.unsigned_abs().to_string();
        let masked = self.part.range(self.count, digits.len());
        let result = digits.bytes().enumerate().fold(0_i64, |result, (at, digit)| {
            let digit = if masked.contains(&at) { self.number } else { i64::from(digit - b'0') };
            result.wrapping_mul(10).wrapping_add(digit)
        });
        if value < 0 { result.wrapping_neg() } else { result }
    }

    fn date(&self, days: i32) -> Option<i32> {
        let (year, month, day) = civil_from_days(i64::from(days));
        let (year, month, day) = (self.year.unwrap_or(year), self.month.unwrap_or(month), self.day.unwrap_or(day));
        (day <= days_in_month(year, month)).then(|| days_from_civil(year, month, day) as i32)
    }
}

fn mask(call: &Call, part: Part) -> Result<ArrayRef> {
    let mask = Mask::new(call, part);
    match call.arg_type(0) {
        DataType::Utf8 => {
            let text = call.strings(0)?;
            strings(call.rows(), |row, out| {
                mask.text(text.get(row)?, out);
                Some(())
            })
        }
        DataType::Int8 => whole::<Int8Type>(call, &mask, |value| value as i8),
        DataType::Int16 => whole::<Int16Type>(call, &mask, |value| value as i16),
        DataType::Int32 => whole::<Int32Type>(call, &mask, |value| value as i32),
        DataType::Int64 => whole::<Int64Type>(call, &mask, |value| value),
        // Of a date all parts are masked whatever the function.
        DataType::Date32 => {
            let date = call.primitives::<Date32Type>(0)?;
            primitives::<Date32Type>(call.rows(), |row| mask.date(date.get(row)?))
        }
        other => Ok(new_null_array(&other, call.rows())),
    }
}

fn whole<T: ArrowPrimitiveType>(call: &Call, mask: &Mask, narrow: fn(i64) -> T::Native) -> Result<ArrayRef>
where
    T::Native: Into<i64>,
{
    let value = call.primitives::<T>(0)?;
    primitives::<T>(call.rows(), |row| Some(narrow(mask.number(value.get(row)?.into()))))
}

fn mask_hash(call: &Call) -> Result<ArrayRef> {
    if call.arg_type(0) != DataType::Utf8 {
        return Ok(new_null_array(call.return_type(), call.rows()));
    }
    let text = call.strings(0)?;
    let sha512 = HiveOptions::of(call.config()).masking_sha512;
    strings(call.rows(), |row, out| {
        let text = text.get(row)?.as_bytes();
        let digest = if sha512 { sha2::Sha512::digest(text).to_vec() } else { sha2::Sha256::digest(text).to_vec() };
        for byte in digest {
            write!(out, "{byte:02x}").ok()?;
        }
        Some(())
    })
}
