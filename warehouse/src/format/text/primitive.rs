//! Single values out of text, with the leniency of Hive's `LazyInteger`, `LazyDouble` and so on.

use std::borrow::Cow;

use skep_udf::text::parse_base64;

/// `LazyUtils.isNumberMaybe`: what cannot be a number for sure.
fn number_maybe(text: &[u8]) -> bool {
    match text {
        [] => false,
        [one] => one.is_ascii_digit(),
        [one, two] => one.is_ascii_digit() || two.is_ascii_digit(),
        [b'N' | b'n', _, _, _] => false,
        _ => true,
    }
}

/// An integer: an optional sign, digits, and digits behind a point that are cut off (`LazyLong.parseLong`).
pub fn integer(text: &[u8]) -> Option<i64> {
    if !number_maybe(text) {
        return None;
    }
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let mut value: i64 = 0;
    let mut at = 0;
    while let Some(byte) = digits.get(at) {
        at += 1;
        let digit = match byte {
            b'0'..=b'9' => i64::from(byte - b'0'),
            b'.' => {
                return digits[at..].iter().all(u8::is_ascii_digit).then_some(value).and_then(|v| sign(v, negative));
            }
            _ => return None,
        };
        // Kept negative, for there is one more negative number.
        value = value.checked_mul(10)?.checked_sub(digit)?;
    }
    sign(value, negative)
}

fn sign(value: i64, negative: bool) -> Option<i64> {
    if negative { Some(value) } else { value.checked_neg() }
}

/// A `double`, as Java's `Double.parseDouble` reads it.
pub fn double(text: &[u8]) -> Option<f64> {
    if !number_maybe(text) {
        return None;
    }
    skep_udf::text::parse_double(std::str::from_utf8(text).ok()?)
}

/// A `float`, as Java's `Float.parseFloat` reads it.
pub fn float(text: &[u8]) -> Option<f32> {
    if !number_maybe(text) {
        return None;
    }
    skep_udf::text::parse_float(std::str::from_utf8(text).ok()?)
}

/// `true` or `false` in any case; if `extended`, `t`, `f`, `1` and `0`, too.
pub fn boolean(text: &[u8], extended: bool) -> Option<bool> {
    if text.eq_ignore_ascii_case(b"true") {
        Some(true)
    } else if text.eq_ignore_ascii_case(b"false") {
        Some(false)
    } else {
        match text {
            [b't' | b'T' | b'1'] if extended => Some(true),
            [b'f' | b'F' | b'0'] if extended => Some(false),
            _ => None,
        }
    }
}

/// A `decimal` of a precision and a scale.
pub fn decimal(text: &[u8], precision: u8, scale: i8) -> Option<i128> {
    skep_udf::text::parse_decimal(std::str::from_utf8(text).ok()?, precision, scale)
}

/// A `date` in days since 1970.
pub fn date(text: &[u8]) -> Option<i32> {
    if text.len() < 8 {
        return None;
    }
    skep_udf::text::parse_date(std::str::from_utf8(text).ok()?)
}

/// Takes the escape bytes out: what follows one stands for itself, `n` and `r` for line ends.
pub fn unescape(text: &[u8], escape: Option<u8>) -> Cow<'_, [u8]> {
    let Some(escape) = escape.filter(|e| memchr::memchr(*e, text).is_some()) else {
        return Cow::Borrowed(text);
    };
    let mut plain = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        if text[at] == escape && at + 1 < text.len() {
            at += 1;
            plain.push(match text[at] {
                b'r' => b'\r',
                b'n' => b'\n',
                other => other,
            });
        } else {
            plain.push(text[at]);
        }
        at += 1;
    }
    Cow::Owned(plain)
}

/// Text as Unicode; bytes that are none become U+FFFD.
pub fn text(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// The first `max` characters.
pub fn cut(text: &str, max: u32) -> &str {
    if text.len() <= max as usize {
        return text;
    }
    text.char_indices().nth(max as usize).map_or(text, |(end, _)| &text[..end])
}

/// `LazyBinary`: decodes Base64 where the bytes are of that alphabet alone, else takes them as they are.
pub fn binary(text: &[u8]) -> Vec<u8> {
    let alphabet = |b: &u8| {
        b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'-' | b'_' | b' ' | b'\n' | b'\r' | b'\t')
    };
    if !text.iter().all(alphabet) {
        return text.to_vec();
    }
    let mut decoded = Vec::with_capacity(text.len() / 4 * 3 + 3);
    parse_base64(text, &mut decoded);
    if decoded.is_empty() { text.to_vec() } else { decoded }
}

#[cfg(test)]
mod tests {
    use skep_udf::text::write_base64;

    use super::*;

    #[test]
    fn integers() {
        let cases: &[(&str, Option<i64>)] = &[
            ("12", Some(12)),
            ("+7x", None),
            ("+17", Some(17)),
            ("-0", Some(0)),
            ("12.9", Some(12)),
            ("12.", Some(12)),
            (".5", Some(0)),
            ("-.", None),
            ("-", None),
            ("", None),
            (" 1", None),
            ("1 2", None),
            ("1.2.3", None),
            ("1e5", None),
            ("null", None),
            ("9223372036854775807", Some(i64::MAX)),
            ("9223372036854775808", None),
            ("-9223372036854775808", Some(i64::MIN)),
            ("-9223372036854775809", None),
        ];
        for (text, expected) in cases {
            // " 1" and "x1" pass the first check in Hive and fail the second.
            assert_eq!(integer(text.as_bytes()), *expected, "{text:?}");
        }
    }

    #[test]
    fn other_values() {
        assert_eq!(boolean(b"TrUe", false), Some(true));
        assert_eq!(boolean(b"1", false), None);
        assert_eq!((boolean(b"1", true), boolean(b"F", true)), (Some(true), Some(false)));
        assert_eq!(double(b"1e3"), Some(1000.0));
        assert_eq!(double(b"NULL"), None);
        assert_eq!(date(b"2024-1-1"), Some(19723));
        assert_eq!(date(b"24-1-1"), None);
        assert_eq!(unescape(b"a\\,b\\n\\\\c\\", Some(b'\\')).as_ref(), b"a,b\n\\c\\");
        assert_eq!(cut("größe", 3), "grö");
    }

    #[test]
    fn base64() {
        for bytes in [&b""[..], b"a", b"ab", b"abc", b"\x00\xff\x80\x01"] {
            let mut text = String::new();
            write_base64(bytes, &mut text);
            assert_eq!(binary(text.as_bytes()), bytes);
        }
        assert_eq!(binary(b"YWJj"), b"abc");
        assert_eq!(binary(b"not base64!"), b"not base64!");
    }
}
