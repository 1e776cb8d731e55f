//! Text and bytes: `hex`, `unhex`, `base64`, `unbase64`, `encode`, `decode`, `ascii`, `chr`, `bin`, `conv`, `quote`.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Float64Type, Int32Type, Int64Type};

use super::super::check::{argument_error, is_primitive, length_error, overload, type_error, type_name};
use crate::error::{Result, UdfError};
use crate::registry::FunctionEntry;
use crate::scalar::kernel::{binaries, primitives, strings, try_strings};
use crate::scalar::{Call, Scalar};
use crate::text::{parse_base64, write_base64};

pub(super) fn functions() -> Vec<FunctionEntry> {
    use DataType::{Binary, Float64, Int32, Int64, Utf8};
    vec![
        Scalar::new(
            "hex",
            |_, types| {
                let wanted = overload("UDFHex", types, &[&[Int64], &[Binary], &[Int32], &[Utf8]])?;
                Ok(if wanted[0] == Int32 { vec![Int64] } else { wanted })
            },
            |_| Ok(Utf8),
            hex,
        )
        .entry(
            "_FUNC_(n, bin, or str) - Convert the argument to hexadecimal ",
            "If the argument is a string, returns two hex digits for each character in the string.\nIf the argument \
             is a number or binary, returns the hexadecimal representation.\nExample:\n  > SELECT _FUNC_(17) FROM src \
             LIMIT 1;\n  'H1'\n  > SELECT _FUNC_('Facebook') FROM src LIMIT 1;\n  '46616365626F6F6B'",
        ),
        Scalar::new("unhex", |_, types| overload("UDFUnhex", types, &[&[Utf8]]), |_| Ok(Binary), unhex)
            .entry("_FUNC_(str) - Converts hexadecimal argument to binary", ""),
        Scalar::new("base64", |_, types| overload("UDFBase64", types, &[&[Binary]]), |_| Ok(Utf8), base64)
            .entry("_FUNC_(bin) - Convert the argument from binary to a base 64 string", ""),
        Scalar::new("unbase64", |_, types| overload("UDFUnbase64", types, &[&[Utf8]]), |_| Ok(Binary), unbase64)
            .entry("_FUNC_(str) - Convert the argument from a base 64 string to binary", ""),
        Scalar::new("encode", encode_types, |_| Ok(Binary), encode).entry(
            "_FUNC_(str, str) - Encode the first argument using the second argument character set",
            "Possible options for the character set are 'US-ASCII', 'ISO-8859-1',\n'UTF-8', 'UTF-16BE', 'UTF-16LE', \
             and 'UTF-16'. If either argument\nis null, the result will also be null",
        ),
        Scalar::new("decode", decode_types, |_| Ok(Utf8), decode).entry(
            "_FUNC_(bin, str) - Decode the first argument using the second argument character set",
            "Possible options for the character set are 'US-ASCII', 'ISO-8859-1',\n'UTF-8', 'UTF-16BE', 'UTF-16LE', \
             and 'UTF-16'. If either argument\nis null, the result will also be null",
        ),
        Scalar::new("ascii", |_, types| overload("UDFAscii", types, &[&[Utf8]]), |_| Ok(Int32), |call| {
            let text = call.strings(0)?;
            primitives::<Int32Type>(call.rows(), |row| {
                Some(text.get(row)?.bytes().next().map_or(0, |byte| i32::from(byte as i8)))
            })
        })
        .entry(
            "_FUNC_(str) - returns the numeric value of the first character of str",
            "Returns 0 if str is empty or NULL if str is NULL\nExample:\n  > SELECT _FUNC_('222') FROM src LIMIT 1;  \
             50\n  > SELECT _FUNC_(2) FROM src LIMIT 1;\n  50",
        ),
        Scalar::new("chr", |_, types| overload("UDFChr", types, &[&[Int64], &[Float64]]), |_| Ok(Utf8), chr).entry(
            "_FUNC_(str) - convert n where n : [0, 256) into the ascii equivalent as a varchar.If n is less than 0 \
             return the empty string. If n > 256, return _FUNC_(n % 256).",
            "Example:\n  > SELECT _FUNC_('48') FROM src LIMIT 1;\n  '0'\n  > SELECT _FUNC_('65') FROM src LIMIT 1;\n  'A'",
        ),
        Scalar::new("bin", |_, types| overload("UDFBin", types, &[&[Int64]]), |_| Ok(Utf8), |call| {
            use std::fmt::Write as _;
            let number = call.primitives::<Int64Type>(0)?;
            strings(call.rows(), |row, out| write!(out, "{:b}", number.get(row)?).ok())
        })
        .entry(
            "_FUNC_(n) - returns n in binary",
            "n is a BIGINT. Returns NULL if n is NULL.\nExample:\n  > SELECT _FUNC_(13) FROM src LIMIT 1\n  '1101'",
        ),
        Scalar::new("conv", |_, types| overload("UDFConv", types, &[&[Utf8, Int32, Int32]]), |_| Ok(Utf8), conv).entry(
            "_FUNC_(num, from_base, to_base) - convert num from from_base to to_base",
            "If to_base is negative, treat num as a signed integer,otherwise, treat it as an unsigned integer.\n\
             Example:\n  > SELECT _FUNC_('100', 2, 10) FROM src LIMIT 1;\n  '4'\n  > SELECT _FUNC_(-10, 16, -10) FROM \
             src LIMIT 1;\n  '16'",
        ),
        Scalar::new("quote", quote_types, |_| Ok(Utf8), |call| {
            let text = call.strings(0)?;
            strings(call.rows(), |row, out| {
                out.push('\'');
                out.push_str(&text.get(row)?.replace('\'', "\\'"));
                out.push('\'');
                Some(())
            })
        })
        .entry(
            "_FUNC_() - Returns the Quoted stringExample:\n   > SELECT _FUNC_('Don't') FROM src LIMIT 1;\n  'Don't'\n \
             Including Single quotes\n",
            "",
        ),
    ]
}

const DIGITS: &[u8; 16] = b"0123456789ABCDEF";

fn push_hex(bytes: &[u8], out: &mut String) {
    for byte in bytes {
        out.push(DIGITS[usize::from(byte >> 4)] as char);
        out.push(DIGITS[usize::from(byte & 15)] as char);
    }
}

fn hex(call: &Call) -> Result<ArrayRef> {
    use std::fmt::Write as _;
    match call.arg_type(0) {
        DataType::Int64 => {
            let number = call.primitives::<Int64Type>(0)?;
            strings(call.rows(), |row, out| write!(out, "{:X}", number.get(row)?).ok())
        }
        DataType::Binary => {
            let column = call.column(0)?;
            let array = column.array.as_binary::<i32>();
            strings(call.rows(), |row, out| {
                let row = column.index(row);
                array.is_valid(row).then(|| push_hex(array.value(row), out))
            })
        }
        _ => {
            let text = call.strings(0)?;
            strings(call.rows(), |row, out| {
                push_hex(text.get(row)?.as_bytes(), out);
                Some(())
            })
        }
    }
}

fn unhex(call: &Call) -> Result<ArrayRef> {
    let text = call.strings(0)?;
    binaries(call.rows(), |row, out| {
        let Some(text) = text.get(row) else { return Ok(None) };
        let digits: Option<Vec<u8>> = text
            .chars()
            .map(|digit| digit.to_digit(16).filter(|_| digit.is_ascii()).map(|digit| digit as u8))
            .collect();
        let Some(mut digits) = digits else { return Ok(None) };
        if digits.len() % 2 == 1 {
            digits.insert(0, 0);
        }
        out.extend(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]));
        Ok(Some(()))
    })
}

fn base64(call: &Call) -> Result<ArrayRef> {
    let column = call.column(0)?;
    let array = column.array.as_binary::<i32>();
    strings(call.rows(), |row, out| {
        let row = column.index(row);
        array.is_valid(row).then(|| write_base64(array.value(row), out))
    })
}

fn unbase64(call: &Call) -> Result<ArrayRef> {
    let text = call.strings(0)?;
    binaries(call.rows(), |row, out| Ok(text.get(row).map(|text| parse_base64(text.as_bytes(), out))))
}

/// The character sets that every Java has.
#[derive(Debug, Clone, Copy)]
enum Charset {
    Ascii,
    Latin1,
    Utf8,
    Utf16Be,
    Utf16Le,
    Utf16,
}

impl Charset {
    fn named(name: &str) -> Result<Charset> {
        Ok(match name.to_ascii_uppercase().as_str() {
            "US-ASCII" | "ASCII" | "ISO646-US" => Charset::Ascii,
            "ISO-8859-1" | "ISO8859_1" | "ISO8859-1" | "LATIN1" | "L1" => Charset::Latin1,
            "UTF-8" | "UTF8" => Charset::Utf8,
            "UTF-16BE" | "UTF_16BE" => Charset::Utf16Be,
            "UTF-16LE" | "UTF_16LE" => Charset::Utf16Le,
            "UTF-16" | "UTF_16" | "UTF16" => Charset::Utf16,
            _ => return Err(UdfError::Execution(format!("java.nio.charset.UnsupportedCharsetException: {name}"))),
        })
    }

    /// Encodes; a character that the set lacks is `?`, or an error where `strict`.
    fn encode(self, text: &str, strict: bool, out: &mut Vec<u8>) -> Result<()> {
        let most = match self {
            Charset::Utf8 => {
                out.extend_from_slice(text.as_bytes());
                return Ok(());
            }
            Charset::Utf16Be => {
                out.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
                return Ok(());
            }
            Charset::Utf16Le => {
                out.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
                return Ok(());
            }
            Charset::Utf16 => {
                out.extend_from_slice(&[0xfe, 0xff]);
                out.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
                return Ok(());
            }
            Charset::Ascii => 0x7f,
            Charset::Latin1 => 0xff,
        };
        for character in text.chars() {
            match character as u32 {
                code if code <= most => out.push(code as u8),
                _ if strict => {
                    return Err(UdfError::Execution("java.nio.charset.UnmappableCharacterException".into()));
                }
                _ => out.push(b'?'),
            }
        }
        Ok(())
    }

    /// Decodes; broken input is U+FFFD, or an error where `strict`.
    fn decode(self, bytes: &[u8], strict: bool) -> Result<String> {
        let text = match self {
            Charset::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
            Charset::Latin1 => bytes.iter().map(|byte| *byte as char).collect(),
            Charset::Ascii => {
                bytes.iter().map(|byte| if byte.is_ascii() { *byte as char } else { '\u{fffd}' }).collect()
            }
            Charset::Utf16Be => utf16(bytes, u16::from_be_bytes),
            Charset::Utf16Le => utf16(bytes, u16::from_le_bytes),
            Charset::Utf16 => match bytes {
                [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
                [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
                rest => utf16(rest, u16::from_be_bytes),
            },
        };
        if strict && text.contains('\u{fffd}') && !matches!(self, Charset::Utf8 if std::str::from_utf8(bytes).is_ok()) {
            return Err(UdfError::Execution("java.nio.charset.MalformedInputException".into()));
        }
        Ok(text)
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks(2).map(|pair| if let [high, low] = pair { unit([*high, *low]) } else { 0xfffd });
    char::decode_utf16(units).map(|character| character.unwrap_or('\u{fffd}')).collect()
}

fn encode_types(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [DataType::Utf8, DataType::Utf8] => Ok(types.to_vec()),
        [DataType::Utf8, _] => type_error(1, "The second argument to Encode() must be a string/varchar"),
        [_, _] => type_error(0, "The first argument to Encode() must be a string/varchar"),
        _ => length_error("Encode() requires exactly two arguments"),
    }
}

fn encode(call: &Call) -> Result<ArrayRef> {
    let (text, charset) = (call.strings(0)?, call.strings(1)?);
    binaries(call.rows(), |row, out| {
        let (Some(text), Some(name)) = (text.get(row), charset.get(row)) else { return Ok(None) };
        Charset::named(name)?.encode(text, charset.is_constant(), out)?;
        Ok(Some(()))
    })
}

fn decode_types(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [DataType::Binary | DataType::Null, DataType::Utf8] => Ok(vec![DataType::Binary, DataType::Utf8]),
        [DataType::Binary | DataType::Null, charset] if is_primitive(charset) => {
            type_error(1, "The second argument to Decode() must be from string group")
        }
        [DataType::Binary | DataType::Null, _] => type_error(1, "The second argument to Decode() must be primitive"),
        [bytes, _] if is_primitive(bytes) => type_error(0, "The first argument to Decode() must be binary"),
        [_, _] => type_error(0, "The first argument to Decode() must be primitive"),
        _ => length_error("Decode() requires exactly two arguments"),
    }
}

fn decode(call: &Call) -> Result<ArrayRef> {
    let (column, charset) = (call.column(0)?, call.strings(1)?);
    let array = column.array.as_binary::<i32>();
    try_strings(call.rows(), |row, out| {
        let at = column.index(row);
        let Some(name) = charset.get(row).filter(|_| array.is_valid(at)) else { return Ok(None) };
        out.push_str(&Charset::named(name)?.decode(array.value(at), charset.is_constant())?);
        Ok(Some(()))
    })
}

fn chr(call: &Call) -> Result<ArrayRef> {
    // The number as Java narrows it to short, after its sign was looked at.
    let push = |number: i16, out: &mut String| match if number > 255 { number % 256 } else { number } {
        negative if negative < 0 => {}
        code => out.push(char::from(code as u8)),
    };
    if call.arg_type(0) == DataType::Int64 {
        let number = call.primitives::<Int64Type>(0)?;
        return strings(call.rows(), |row, out| {
            match number.get(row)? {
                0 => out.push('\0'),
                negative if negative < 0 => {}
                number => push(number as i16, out),
            }
            Some(())
        });
    }
    let number = call.primitives::<Float64Type>(0)?;
    strings(call.rows(), |row, out| {
        let number = number.get(row)?;
        if number == 0.0 {
            out.push('\0');
        } else if number >= 0.0 {
            push(number as i32 as i16, out);
        }
        Some(())
    })
}

/// The number in a text of a base, up to the first character that is no digit; all ones if it is too large.
fn number_of(digits: &str, base: u32) -> u64 {
    let mut value = 0_u64;
    for digit in digits.chars().map_while(|digit| digit.to_digit(base)) {
        match value.checked_mul(u64::from(base)).and_then(|value| value.checked_add(u64::from(digit))) {
            Some(next) => value = next,
            None => return u64::MAX,
        }
    }
    value
}

fn convert(text: &str, from: i32, to: i32, out: &mut String) -> Option<()> {
    let (from, to_base) = (u32::try_from(from).ok()?, to.unsigned_abs());
    if !(2..=36).contains(&from) || !(2..=36).contains(&to_base) || text.is_empty() {
        return None;
    }
    let (mut negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let mut value = number_of(digits, from) as i64;
    if negative && to > 0 {
        value = if value < 0 { -1 } else { -value };
    }
    if to < 0 && value < 0 {
        value = value.wrapping_neg();
        negative = true;
    }
    let mut rest = value as u64;
    let mut reversed = Vec::new();
    loop {
        reversed.push(char::from_digit((rest % u64::from(to_base)) as u32, to_base)?.to_ascii_uppercase());
        rest /= u64::from(to_base);
        if rest == 0 {
            break;
        }
    }
    if negative && to < 0 {
        out.push('-');
    }
    out.extend(reversed.iter().rev());
    Some(())
}

fn conv(call: &Call) -> Result<ArrayRef> {
    let (text, from, to) = (call.strings(0)?, call.primitives::<Int32Type>(1)?, call.primitives::<Int32Type>(2)?);
    strings(call.rows(), |row, out| convert(text.get(row)?, from.get(row)?, to.get(row)?, out))
}

fn quote_types(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [ty] if is_primitive(ty) => Ok(vec![DataType::Utf8]),
        [ty] => argument_error(format!("QUOTE() takes only primitive types. Found {}", type_name(ty))),
        _ => argument_error(format!("QUOTE() requires one value argument. Found :{}", types.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conv_text(text: &str, from: i32, to: i32) -> Option<String> {
        let mut out = String::new();
        convert(text, from, to, &mut out).map(|()| out)
    }

    /// Answers of Hive's test `udf_conv`.
    #[test]
    fn conv_as_hive() {
        assert_eq!(conv_text("4521", 10, 36).as_deref(), Some("3HL"));
        assert_eq!(conv_text("22", 10, 10).as_deref(), Some("22"));
        assert_eq!(conv_text("110011", 10, 16).as_deref(), Some("1ADBB"));
        assert_eq!(conv_text("-641", 10, -10).as_deref(), Some("-641"));
        assert_eq!(conv_text("1011", 2, -16).as_deref(), Some("B"));
        assert_eq!(conv_text("-1", 10, 16).as_deref(), Some("FFFFFFFFFFFFFFFF"));
        assert_eq!(conv_text("-15", 10, 16).as_deref(), Some("FFFFFFFFFFFFFFF1"));
        assert_eq!(conv_text("9223372036854775807", 36, 16).as_deref(), Some("FFFFFFFFFFFFFFFF"));
        assert_eq!(conv_text("9223372036854775807", 36, -16).as_deref(), Some("-1"));
        assert_eq!(conv_text("131", 1, 5), None);
        assert_eq!(conv_text("515", 5, 100), None);
        assert_eq!(conv_text("123455", 3, 10).as_deref(), Some("5"));
    }
}
