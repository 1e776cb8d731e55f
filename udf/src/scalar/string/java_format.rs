//! Format strings of `java.util.Formatter`, English.

use std::fmt::Write as _;

use crate::error::{Result, UdfError};
use crate::text::{write_double, write_float};

/// An argument.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value<'a> {
    Null,
    Bool(bool),
    /// A whole number and how many bits its type has.
    Int(i64, u32),
    Float(f32),
    Double(f64),
    Text(&'a str),
}

/// A compiled format string.
#[derive(Debug)]
pub(super) struct JavaFormat {
    pieces: Vec<Piece>,
}

#[derive(Debug)]
enum Piece {
    Text(String),
    Spec(Spec),
}

#[derive(Debug, Default, Clone)]
struct Spec {
    /// Which argument: its number from 1, or the next, or the same again.
    argument: Argument,
    flags: String,
    width: usize,
    precision: Option<usize>,
    conversion: char,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Argument {
    #[default]
    Next,
    Same,
    Number(usize),
}

fn error(message: String) -> UdfError {
    UdfError::Execution(format!("java.util.{message}"))
}

impl JavaFormat {
    pub(super) fn new(format: &str) -> Result<JavaFormat> {
        let mut pieces = Vec::new();
        let mut text = String::new();
        let mut rest = format;
        while let Some(at) = rest.find('%') {
            text.push_str(&rest[..at]);
            let (spec, after) = Spec::parse(&rest[at + 1..])?;
            rest = after;
            match spec.conversion {
                'n' => text.push('\n'),
                '%' => {
                    let mut sign = String::new();
                    spec.pad("%", &mut sign);
                    text.push_str(&sign);
                }
                _ => {
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                    pieces.push(Piece::Spec(spec));
                }
            }
        }
        text.push_str(rest);
        pieces.push(Piece::Text(text));
        Ok(JavaFormat { pieces })
    }

    pub(super) fn write(&self, values: &[Value], out: &mut String) -> Result<()> {
        let (mut next, mut last) = (0, None);
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Spec(spec) => {
                    let index = match spec.argument {
                        Argument::Number(number) => number - 1,
                        Argument::Same => last.unwrap_or(usize::MAX),
                        Argument::Next => {
                            next += 1;
                            next - 1
                        }
                    };
                    last = Some(index);
                    match values.get(index) {
                        Some(value) => spec.write(*value, out)?,
                        None => {
                            return Err(error(format!(
                                "MissingFormatArgumentException: Format specifier '%{}'",
                                spec.conversion
                            )));
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

impl Spec {
    fn parse(text: &str) -> Result<(Spec, &str)> {
        let mut spec = Spec::default();
        let mut rest = text;
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 && rest[digits..].starts_with('$') && !rest.starts_with('0') {
            spec.argument = Argument::Number(rest[..digits].parse().unwrap_or(usize::MAX));
            rest = &rest[digits + 1..];
        } else if let Some(after) = rest.strip_prefix('<') {
            spec.argument = Argument::Same;
            rest = after;
        }
        let flags = rest.bytes().take_while(|flag| b"-#+ 0,(".contains(flag)).count();
        spec.flags = rest[..flags].to_string();
        rest = &rest[flags..];
        let width = rest.bytes().take_while(u8::is_ascii_digit).count();
        spec.width = rest[..width].parse().unwrap_or(0);
        rest = &rest[width..];
        if let Some(after) = rest.strip_prefix('.') {
            let precision = after.bytes().take_while(u8::is_ascii_digit).count();
            spec.precision = after[..precision].parse().ok();
            rest = &after[precision..];
        }
        match rest.chars().next() {
            Some(conversion) if "bBhHsScCdoxXeEfgGaAn%".contains(conversion) => {
                spec.conversion = conversion;
                Ok((spec, &rest[conversion.len_utf8()..]))
            }
            Some('t' | 'T') => Err(UdfError::Unsupported("printf with %t".into())),
            Some(other) => Err(error(format!("UnknownFormatConversionException: Conversion = '{other}'"))),
            None => Err(error("UnknownFormatConversionException: Conversion = '%'".into())),
        }
    }

    fn has(&self, flag: char) -> bool {
        self.flags.contains(flag)
    }

    fn pad(&self, text: &str, out: &mut String) {
        let missing = self.width.saturating_sub(text.chars().count());
        if self.has('-') {
            out.push_str(text);
        }
        out.extend(std::iter::repeat_n(' ', missing));
        if !self.has('-') {
            out.push_str(text);
        }
    }

    fn write(&self, value: Value, out: &mut String) -> Result<()> {
        let text = match (self.conversion.to_ascii_lowercase(), value) {
            ('b', Value::Null) => self.cut("false"),
            ('b', Value::Bool(value)) => self.cut(if value { "true" } else { "false" }),
            ('b', _) => self.cut("true"),
            (_, Value::Null) => self.cut("null"),
            ('s', value) => self.cut(&plain(value)),
            ('h', value) => self.cut(&format!("{:x}", hash_code(value))),
            ('c', Value::Int(code, _)) => match u32::try_from(code).ok().and_then(char::from_u32) {
                Some(character) => character.to_string(),
                None => return Err(error(format!("IllegalFormatCodePointException: Code point = 0x{code:x}"))),
            },
            ('d', Value::Int(value, _)) => self.number(value < 0, &value.unsigned_abs().to_string(), ""),
            ('o' | 'x', Value::Int(value, bits)) => self.bits(value, bits),
            ('e' | 'f' | 'g', Value::Float(value)) => self.floating(f64::from(value)),
            ('e' | 'f' | 'g', Value::Double(value)) => self.floating(value),
            ('a', Value::Float(value)) => hex_double(f64::from(value)),
            ('a', Value::Double(value)) => hex_double(value),
            (conversion, value) => {
                return Err(error(format!("IllegalFormatConversionException: {conversion} != {}", class(value))));
            }
        };
        let text = if self.conversion.is_ascii_uppercase() { text.to_uppercase() } else { text };
        self.pad(&text, out);
        Ok(())
    }

    fn cut(&self, text: &str) -> String {
        text.chars().take(self.precision.unwrap_or(usize::MAX)).collect()
    }

    /// Sign, groups, zeros.
    fn number(&self, negative: bool, whole: &str, rest: &str) -> String {
        let mut digits = String::new();
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && self.has(',') && (whole.len() - at).is_multiple_of(3) {
                digits.push(',');
            }
            digits.push(digit);
        }
        digits.push_str(rest);
        let (before, after) = match negative {
            true if self.has('(') => ("(", ")"),
            true => ("-", ""),
            false if self.has('+') => ("+", ""),
            false if self.has(' ') => (" ", ""),
            false => ("", ""),
        };
        let taken = digits.len() + before.len() + after.len();
        let zeros = if self.has('0') { self.width.saturating_sub(taken) } else { 0 };
        format!("{before}{}{digits}{after}", "0".repeat(zeros))
    }

    fn bits(&self, value: i64, bits: u32) -> String {
        let value = if bits < 64 { value as u64 & ((1 << bits) - 1) } else { value as u64 };
        let octal = self.conversion == 'o';
        let digits = if octal { format!("{value:o}") } else { format!("{value:x}") };
        let prefix = match (self.has('#'), octal) {
            (false, _) => "",
            (true, true) => "0",
            (true, false) => "0x",
        };
        let zeros = if self.has('0') { self.width.saturating_sub(digits.len() + prefix.len()) } else { 0 };
        format!("{prefix}{}{digits}", "0".repeat(zeros))
    }

    fn floating(&self, value: f64) -> String {
        if value.is_nan() {
            return "NaN".into();
        }
        let negative = value.is_sign_negative();
        if value.is_infinite() {
            return match (negative, self.has('+')) {
                (true, _) => "-Infinity".into(),
                (false, true) => "+Infinity".into(),
                (false, false) => "Infinity".into(),
            };
        }
        let precision = self.precision.unwrap_or(6);
        let digits = Digits::of(value.abs());
        match self.conversion.to_ascii_lowercase() {
            'f' => self.fixed(negative, &digits, precision),
            'e' => self.scientific(negative, &digits, precision),
            _ => {
                let precision = precision.max(1);
                let rounded = digits.rounded(precision as i64);
                if value == 0.0 {
                    return self.fixed(negative, &rounded, precision - 1);
                }
                match rounded.exponent {
                    exponent if exponent >= -4 && exponent < precision as i64 => {
                        self.fixed(negative, &rounded, (precision as i64 - exponent - 1) as usize)
                    }
                    _ => self.scientific(negative, &rounded, precision - 1),
                }
            }
        }
    }

    fn fixed(&self, negative: bool, digits: &Digits, precision: usize) -> String {
        let digits = digits.rounded(digits.exponent + 1 + precision as i64);
        let digit = |place: i64| digits.at(digits.exponent - place);
        let whole: String = (0..=digits.exponent.max(0)).rev().map(digit).collect();
        let fraction: String = (1..=precision as i64).map(|place| digit(-place)).collect();
        let rest = if precision > 0 || self.has('#') { format!(".{fraction}") } else { String::new() };
        self.number(negative, &whole, &rest)
    }

    fn scientific(&self, negative: bool, digits: &Digits, precision: usize) -> String {
        let digits = digits.rounded(precision as i64 + 1);
        let fraction: String = (1..=precision as i64).map(|place| digits.at(place)).collect();
        let mut rest = if precision > 0 || self.has('#') { format!(".{fraction}") } else { String::new() };
        let exponent = digits.exponent;
        let _ = write!(rest, "e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs());
        self.number(negative, &digits.at(0).to_string(), &rest)
    }
}

/// The shortest decimal digits of a double: the first stands for ten to the power of the exponent.
#[derive(Debug, Clone)]
struct Digits {
    digits: Vec<u8>,
    exponent: i64,
}

impl Digits {
    fn of(value: f64) -> Digits {
        let text = format!("{value:e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let digits = mantissa.bytes().filter(u8::is_ascii_digit).map(|digit| digit - b'0').collect();
        Digits { digits, exponent: exponent.parse().unwrap_or(0) }
    }

    fn at(&self, place: i64) -> char {
        let digit = usize::try_from(place).ok().and_then(|place| self.digits.get(place));
        char::from(b'0' + digit.copied().unwrap_or(0))
    }

    /// The same with `kept` digits, halves away from zero.
    fn rounded(&self, kept: i64) -> Digits {
        if kept >= self.digits.len() as i64 {
            return self.clone();
        }
        if kept < 0 {
            return Digits { digits: vec![0], exponent: 0 };
        }
        let (head, tail) = self.digits.split_at(kept as usize);
        let mut digits = head.to_vec();
        let mut exponent = self.exponent;
        if tail[0] >= 5 {
            match digits.iter().rposition(|digit| *digit < 9) {
                Some(at) => {
                    digits[at] += 1;
                    digits[at + 1..].fill(0);
                }
                None => {
                    digits.fill(0);
                    digits.insert(0, 1);
                    exponent += 1;
                }
            }
        }
        if digits.is_empty() {
            return Digits { digits: vec![0], exponent: 0 };
        }
        Digits { digits, exponent }
    }
}

fn plain(value: Value) -> String {
    let mut out = String::new();
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if value { "true" } else { "false" }),
        Value::Int(value, _) => {
            let _ = write!(out, "{value}");
        }
        Value::Float(value) => write_float(value, &mut out),
        Value::Double(value) => write_double(value, &mut out),
        Value::Text(text) => out.push_str(text),
    }
    out
}

/// `Object.hashCode`.
fn hash_code(value: Value) -> i32 {
    let long = |value: i64| (value ^ (value as u64 >> 32) as i64) as i32;
    match value {
        Value::Null => 0,
        Value::Bool(value) => {
            if value {
                1231
            } else {
                1237
            }
        }
        Value::Int(value, 64) => long(value),
        Value::Int(value, _) => value as i32,
        Value::Float(value) => value.to_bits() as i32,
        Value::Double(value) => long(value.to_bits() as i64),
        Value::Text(text) => {
            text.encode_utf16().fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)))
        }
    }
}

fn class(value: Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "java.lang.Boolean",
        Value::Int(_, 8) => "java.lang.Byte",
        Value::Int(_, 16) => "java.lang.Short",
        Value::Int(_, 32) => "java.lang.Integer",
        Value::Int(..) => "java.lang.Long",
        Value::Float(_) => "java.lang.Float",
        Value::Double(_) => "java.lang.Double",
        Value::Text(_) => "java.lang.String",
    }
}

/// `Double.toHexString`.
fn hex_double(value: f64) -> String {
    if value.is_nan() {
        return "NaN".into();
    }
    let sign = if value.is_sign_negative() { "-" } else { "" };
    if value.is_infinite() {
        return format!("{sign}Infinity");
    }
    let bits = value.to_bits();
    let (exponent, mantissa) = ((bits >> 52) as i64 & 0x7ff, bits & ((1 << 52) - 1));
    let digits = format!("{mantissa:013x}");
    let digits = match digits.trim_end_matches('0') {
        "" => "0",
        digits => digits,
    };
    match (exponent, mantissa) {
        (0, 0) => format!("{sign}0x0.0p0"),
        (0, _) => format!("{sign}0x0.{digits}p-1022"),
        _ => format!("{sign}0x1.{digits}p{}", exponent - 1023),
    }
}
