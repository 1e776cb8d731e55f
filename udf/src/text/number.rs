//! Numbers and booleans as Java prints them and Hive reads them.

use std::fmt::Write;

use super::java_digits;

/// Lays out digits as `java.lang.Double.toString` does: with a point between 10^-3 and 10^7, else with an exponent.
fn write_java_layout(digits: &str, exponent: i32, out: &mut String) {
    match exponent {
        1..8 => {
            let (before, after) = digits.split_at_checked(exponent as usize).unwrap_or((digits, ""));
            out.push_str(before);
            out.extend(std::iter::repeat_n('0', exponent as usize - before.len()));
            out.push('.');
            out.push_str(if after.is_empty() { "0" } else { after });
        }
        -2..1 => {
            out.push_str("0.");
            out.extend(std::iter::repeat_n('0', -exponent as usize));
            out.push_str(digits);
        }
        _ => {
            let (first, rest) = digits.split_at_checked(1).unwrap_or((digits, ""));
            out.push_str(first);
            out.push('.');
            out.push_str(if rest.is_empty() { "0" } else { rest });
            // Writing to a String cannot fail.
            let _ = write!(out, "E{}", exponent - 1);
        }
    }
}

/// Appends a double as `java.lang.Double.toString` of Java 8 to 18 gives it.
pub fn write_double(value: f64, out: &mut String) {
    if value.is_nan() {
        out.push_str("NaN");
    } else if value.is_infinite() {
        out.push_str(if value > 0.0 { "Infinity" } else { "-Infinity" });
    } else if value == 0.0 {
        out.push_str(if value.is_sign_negative() { "-0.0" } else { "0.0" });
    } else {
        write_digits(value.is_sign_negative(), java_digits::of_double(value), out);
    }
}

/// Appends a float as `java.lang.Float.toString` of Java 8 to 18 gives it.
pub fn write_float(value: f32, out: &mut String) {
    if !value.is_finite() || value == 0.0 {
        write_double(f64::from(value), out);
    } else {
        write_digits(value.is_sign_negative(), java_digits::of_float(value), out);
    }
}

fn write_digits(negative: bool, digits: Option<java_digits::Digits>, out: &mut String) {
    if negative {
        out.push('-');
    }
    // There are digits always: the widest numbers fit the arithmetic.
    if let Some(digits) = digits {
        write_java_layout(digits.as_str(), digits.exponent, out);
    }
}

/// Appends an integer.
pub fn write_integer(value: i64, out: &mut String) {
    // Writing to a String cannot fail.
    let _ = write!(out, "{value}");
}

/// Whether Hive's text parsers drop this character from the ends of a number.
fn is_space(c: char) -> bool {
    c <= ' '
}

/// Digits with a sign, and maybe a fraction (which is dropped) behind a point: `LazyLong.parseLong`.
/// Spaces around are dropped too. Out of `min..=max` is no number.
fn parse_integer(text: &str, min: i64, max: i64) -> Option<i64> {
    let text = text.trim_matches(' ');
    let bytes = text.as_bytes();
    let (negative, digits) = match bytes.split_first()? {
        (b'-', rest) => (true, rest),
        (b'+', rest) => (false, rest),
        _ => (false, bytes),
    };
    if digits.is_empty() {
        return None;
    }
    let mut value: i64 = 0;
    let mut rest = digits.iter();
    for byte in rest.by_ref() {
        match byte {
            b'0'..=b'9' => value = value.checked_mul(10)?.checked_sub(i64::from(byte - b'0'))?,
            b'.' => break,
            _ => return None,
        }
    }
    if !rest.all(u8::is_ascii_digit) {
        return None;
    }
    let value = if negative { value } else { value.checked_neg()? };
    (min..=max).contains(&value).then_some(value)
}

/// Hive's `LazyUtils.isNumberMaybe`: drops what is surely no number, a lone sign or point for instance.
fn is_number_maybe(text: &str) -> bool {
    match text.as_bytes() {
        [] => false,
        [byte] => byte.is_ascii_digit(),
        [first, second] => first.is_ascii_digit() || second.is_ascii_digit(),
        _ => true,
    }
}

/// `CAST(text AS BIGINT)`: sign, digits, a fraction is cut off, spaces around are dropped.
pub fn parse_bigint(text: &str) -> Option<i64> {
    if is_number_maybe(text) { parse_integer(text, i64::MIN, i64::MAX) } else { None }
}

/// `CAST(text AS INT)`.
pub fn parse_int(text: &str) -> Option<i32> {
    if is_number_maybe(text) { parse_integer(text, i32::MIN.into(), i32::MAX.into())?.try_into().ok() } else { None }
}

/// `CAST(text AS SMALLINT)`.
pub fn parse_smallint(text: &str) -> Option<i16> {
    if is_number_maybe(text) { parse_integer(text, i16::MIN.into(), i16::MAX.into())?.try_into().ok() } else { None }
}

/// `CAST(text AS TINYINT)`.
pub fn parse_tinyint(text: &str) -> Option<i8> {
    if is_number_maybe(text) { parse_integer(text, i8::MIN.into(), i8::MAX.into())?.try_into().ok() } else { None }
}

/// What is left for Rust's parser of a text that `Double.parseDouble` takes.
enum JavaFloat<'a> {
    Special(f64),
    Decimal(&'a str),
    Hexadecimal(f64),
}

fn java_float(text: &str) -> Option<JavaFloat<'_>> {
    if !is_number_maybe(text) {
        return None;
    }
    let text = text.trim_matches(is_space);
    let (sign, body) = match text.as_bytes().first()? {
        b'-' => (-1.0, text.get(1..)?),
        b'+' => (1.0, text.get(1..)?),
        _ => (1.0, text),
    };
    match body {
        "NaN" => return Some(JavaFloat::Special(f64::NAN)),
        "Infinity" => return Some(JavaFloat::Special(sign * f64::INFINITY)),
        _ => {}
    }
    if let Some(hex) = body.strip_prefix("0x").or_else(|| body.strip_prefix("0X")) {
        return parse_hexadecimal(hex).map(|value| JavaFloat::Hexadecimal(sign * value));
    }
    let text = text.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(text);
    text.bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E'))
        .then_some(JavaFloat::Decimal(text))
}

/// `1.8p3`: hexadecimal digits and a binary exponent.
fn parse_hexadecimal(text: &str) -> Option<f64> {
    let text = text.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(text);
    let (mantissa, exponent) = text.split_once(['p', 'P'])?;
    let exponent: i32 = exponent.parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut value = 0.0_f64;
    for digit in whole.chars().chain(fraction.chars()) {
        value = value * 16.0 + f64::from(digit.to_digit(16)?);
    }
    Some(value * 2.0_f64.powi(exponent - 4 * i32::try_from(fraction.len()).ok()?))
}

/// `CAST(text AS DOUBLE)`, which is `Double.parseDouble`: spaces around, `1e5`, `1d`, `NaN`, `Infinity`.
pub fn parse_double(text: &str) -> Option<f64> {
    match java_float(text)? {
        JavaFloat::Special(value) | JavaFloat::Hexadecimal(value) => Some(value),
        JavaFloat::Decimal(text) => text.parse().ok(),
    }
}

/// `CAST(text AS FLOAT)`, which is `Float.parseFloat`.
pub fn parse_float(text: &str) -> Option<f32> {
    match java_float(text)? {
        JavaFloat::Special(value) | JavaFloat::Hexadecimal(value) => Some(value as f32),
        JavaFloat::Decimal(text) => text.parse().ok(),
    }
}

/// `CAST(text AS BOOLEAN)`: the empty text, `false`, `off`, `no` and `0` are false, all else is true.
pub fn parse_boolean(text: &str) -> bool {
    !["", "0", "no", "off", "false"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn double(value: f64) -> String {
        let mut out = String::new();
        write_double(value, &mut out);
        out
    }

    fn float(value: f32) -> String {
        let mut out = String::new();
        write_float(value, &mut out);
        out
    }

    #[test]
    fn doubles_as_java_prints_them() {
        for (value, text) in [
            (1.0, "1.0"),
            (100.0, "100.0"),
            (1234567.0, "1234567.0"),
            (9999999.5, "9999999.5"),
            (1e7, "1.0E7"),
            (1.5e10, "1.5E10"),
            (0.001, "0.001"),
            (0.00123, "0.00123"),
            (0.0001, "1.0E-4"),
            (1.0e-5, "1.0E-5"),
            (0.1, "0.1"),
            (-2.5, "-2.5"),
            (1.0 / 3.0, "0.3333333333333333"),
            (123456789.125, "1.23456789125E8"),
            (f64::MAX, "1.7976931348623157E308"),
            (2.0f64.powi(57), "1.44115188075855872E17"),
            (2.0f64.powi(62), "4.6116860184273879E18"),
            (2.0f64.powi(63), "9.223372036854776E18"),
            (2.0e-3, "0.002"),
            (2e23, "1.9999999999999998E23"),
            (2.0f64.powi(-44), "5.6843418860808015E-14"),
            (1e15 + 0.5, "1.0000000000000005E15"),
            (2.2250738585072014E-308, "2.2250738585072014E-308"),
            (5e-324, "4.9E-324"),
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(double(value), text);
        }
        assert_eq!(float(0.1), "0.1");
        assert_eq!(float(3.4e38), "3.4E38");
        assert_eq!(float(16777216.0), "1.6777216E7");
        assert_eq!(float(123456789.0), "1.23456792E8");
        assert_eq!(float(f32::from_bits(1)), "1.4E-45");
        assert_eq!(float(f32::from_bits(0x6a725964)), "7.3245545E25");
    }

    #[test]
    fn integers_with_hives_leniency() {
        assert_eq!(parse_int(" 12 "), Some(12));
        assert_eq!(parse_int("1.9"), Some(1));
        assert_eq!(parse_int("-1.9"), Some(-1));
        assert_eq!(parse_int("1."), Some(1));
        assert_eq!(parse_int(".55"), Some(0));
        assert_eq!(parse_int("1.x"), None);
        assert_eq!(parse_int("1e3"), None);
        assert_eq!(parse_int(""), None);
        assert_eq!(parse_int("2147483648"), None);
        assert_eq!(parse_int("-2147483648"), Some(i32::MIN));
        assert_eq!(parse_tinyint("128"), None);
        assert_eq!(parse_bigint("-9223372036854775808"), Some(i64::MIN));
        assert_eq!(parse_bigint("9223372036854775808"), None);
    }

    #[test]
    fn floating_point_as_java_reads_it() {
        assert_eq!(parse_double(" 1.5 "), Some(1.5));
        assert_eq!(parse_double("1e5"), Some(1e5));
        assert_eq!(parse_double("1d"), Some(1.0));
        assert_eq!(parse_double("inf"), None);
        assert_eq!(parse_double("Infinity"), Some(f64::INFINITY));
        assert!(parse_double("NaN").unwrap().is_nan());
        assert_eq!(parse_double("abc"), None);
        assert_eq!(parse_double("0x1p3"), Some(8.0));
        assert_eq!(parse_double("1_0"), None);
    }

    #[test]
    fn booleans() {
        for text in ["", "0", "NO", "Off", "false", "FALSE"] {
            assert!(!parse_boolean(text));
        }
        for text in ["f", "n", "true", "x", " false", "00"] {
            assert!(parse_boolean(text));
        }
    }
}
