//! `format_number` and `printf`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::datatypes::{DataType, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type};

use super::java_format::{JavaFormat, Value};
use crate::error::{Result, UdfError};
use crate::registry::FunctionEntry;
use crate::scalar::check::{is_primitive, length_error, type_error, type_name};
use crate::scalar::kernel::try_strings;
use crate::scalar::math::{Mode, divide};
use crate::scalar::{Call, Column, Scalar};
use crate::text::power_of_ten;

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        Scalar::new("format_number", number_types, |_| Ok(DataType::Utf8), format_number).entry(
            "_FUNC_(X, D or F) - Formats the number X to a format like '#,###,###.##', rounded to D decimal places, Or \
             Uses the format specified F to format, and returns the result as a string. If D is 0, the result has no \
             decimal point or fractional part. This is supposed to function like MySQL's FORMAT",
            "Example:\n  > SELECT _FUNC_(12332.123456, 4) FROM src LIMIT 1;\n  '12,332.1235'\n  > SELECT \
             _FUNC_(12332.123456, '##################.###') FROM src LIMIT 1;\n  '12332.123'",
        ),
        Scalar::new("printf", printf_types, |_| Ok(DataType::Utf8), printf).aliases(&["format_string"]).entry(
            "_FUNC_(String format, Obj... args) - function that can format strings according to printf-style format \
             strings",
            "Example:\n  > SELECT _FUNC_(\"Hello World %d %s\", 100, \"days\")FROM src LIMIT 1;\n  \"Hello World 100 \
             days\"",
        ),
    ]
}

fn number_types(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let [number, format] = types else {
        return length_error("The function FORMAT_NUMBER(X, D or F) needs two arguments.");
    };
    let number = match number {
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => DataType::Int64,
        DataType::Float32 | DataType::Float64 | DataType::Null => DataType::Float64,
        DataType::Decimal128(_, _) => number.clone(),
        other => {
            return type_error(
                0,
                format!(
                    "Argument 1 of function FORMAT_NUMBER must be \"tinyint\" or \"smallint\" or \"int\" or \"bigint\" \
                     or \"double\" or \"float\" or \"decimal\", but \"{}\" was found.",
                    type_name(other)
                ),
            );
        }
    };
    let format = match format {
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 | DataType::Null => DataType::Int32,
        DataType::Utf8 => DataType::Utf8,
        other => {
            return type_error(
                1,
                format!(
                    "Argument 2 of function FORMAT_NUMBER must be \"tinyint\" or \"smallint\" or \"int\" or \"bigint\" \
                     or \"string\", but \"{}\" was found.",
                    type_name(other)
                ),
            );
        }
    };
    Ok(vec![number, format])
}

/// A pattern of `java.text.DecimalFormat`.
#[derive(Debug, Clone, Default)]
struct NumberPattern {
    prefix: String,
    suffix: String,
    /// Digits in a group, 0 for no groups.
    group: usize,
    min_whole: usize,
    min_fraction: usize,
    max_fraction: usize,
    /// Powers of ten by which the number is multiplied: 2 for percent, 3 for per mille.
    shift: usize,
}

impl NumberPattern {
    /// Groups of three and a fixed number of digits behind the point.
    fn plain(digits: usize) -> NumberPattern {
        NumberPattern { group: 3, min_whole: 1, min_fraction: digits, max_fraction: digits, ..NumberPattern::default() }
    }

    fn new(pattern: &str) -> Result<NumberPattern> {
        let mut parsed = NumberPattern::default();
        let (mut seen, mut fraction, mut quoted) = (false, false, false);
        let mut optional_whole = 0_usize;
        let mut since_comma = None;
        let mut chars = pattern.chars().peekable();
        while let Some(character) = chars.next() {
            let digit = !quoted && matches!(character, '#' | '0' | ',' | '.');
            if digit {
                if !parsed.suffix.is_empty() {
                    return Err(UdfError::Argument(format!(
                        "Unquoted special character '{character}' in pattern \"{pattern}\""
                    )));
                }
                seen = true;
                match (character, fraction) {
                    ('.', _) => fraction = true,
                    (',', _) => since_comma = Some(0),
                    (_, true) => {
                        parsed.max_fraction += 1;
                        parsed.min_fraction += usize::from(character == '0');
                    }
                    (_, false) => {
                        since_comma = since_comma.map(|count: usize| count + 1);
                        parsed.min_whole += usize::from(character == '0');
                        optional_whole += usize::from(character == '#');
                    }
                }
                continue;
            }
            let text = match character {
                '\'' if chars.next_if_eq(&'\'').is_some() => '\'',
                '\'' => {
                    quoted = !quoted;
                    continue;
                }
                // What follows is the form of negative numbers, of which Java uses the prefix and suffix alone.
                ';' if !quoted => break,
                'E' if !quoted && seen => return Err(UdfError::Unsupported("format_number with an exponent".into())),
                '%' if !quoted => {
                    parsed.shift = 2;
                    '%'
                }
                '\u{2030}' if !quoted => {
                    parsed.shift = 3;
                    '\u{2030}'
                }
                other => other,
            };
            if seen { parsed.suffix.push(text) } else { parsed.prefix.push(text) }
        }
        parsed.group = since_comma.unwrap_or(0);
        if fraction && parsed.min_whole == 0 && parsed.min_fraction == 0 {
            // "#.##" is "0.##" to Java, ".##" is ".0#".
            if optional_whole > 0 {
                parsed.min_whole = 1;
            } else {
                parsed.min_fraction = parsed.max_fraction.min(1);
            }
        }
        if !seen || (parsed.min_whole == 0 && parsed.max_fraction == 0) {
            parsed.min_whole = parsed.min_whole.max(usize::from(parsed.max_fraction == 0));
        }
        Ok(parsed)
    }

    /// Writes digits that were rounded to [`NumberPattern::max_fraction`] places already.
    fn write(&self, negative: bool, whole: &str, fraction: &str, out: &mut String) {
        if negative {
            out.push('-');
        }
        out.push_str(&self.prefix);
        let whole = whole.trim_start_matches('0');
        let whole = format!("{}{whole}", "0".repeat(self.min_whole.saturating_sub(whole.len())));
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && self.group > 0 && (whole.len() - at) % self.group == 0 {
                out.push(',');
            }
            out.push(digit);
        }
        let kept = fraction.trim_end_matches('0').len().max(self.min_fraction.min(fraction.len()));
        if kept > 0 {
            out.push('.');
            out.push_str(&fraction[..kept]);
        } else if whole.is_empty() {
            out.push('0');
        }
        out.push_str(&self.suffix);
    }

    fn double(&self, value: f64, out: &mut String) {
        if value.is_nan() {
            return out.push_str("NaN");
        }
        if value.is_infinite() {
            if value < 0.0 {
                out.push('-');
            }
            out.push_str(&self.prefix);
            out.push('\u{221e}');
            return out.push_str(&self.suffix);
        }
        // Rust rounds the exact value, halves to even, as Java does.
        let scaled = value.abs() * [1.0, 10.0, 100.0, 1000.0][self.shift.min(3)];
        let text = format!("{scaled:.*}", self.max_fraction);
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        self.write(value.is_sign_negative(), whole, fraction, out);
    }

    fn decimal(&self, value: i128, scale: i8, out: &mut String) {
        let cut = i32::from(scale) - self.shift as i32 - self.max_fraction as i32;
        let digits = match cut {
            1.. => power_of_ten(cut as u32)
                .map_or(0, |unit| divide(value, unit, Mode::HalfEven))
                .unsigned_abs()
                .to_string(),
            _ => format!("{}{}", value.unsigned_abs(), "0".repeat(cut.unsigned_abs() as usize)),
        };
        let digits = format!("{}{digits}", "0".repeat((self.max_fraction + 1).saturating_sub(digits.len())));
        let (whole, fraction) = digits.split_at(digits.len() - self.max_fraction);
        self.write(value < 0, whole, fraction, out);
    }
}

fn format_number(call: &Call) -> Result<ArrayRef> {
    let number = call.column(0)?;
    let constant = call.constant_str(1).map(NumberPattern::new).transpose()?;
    let texts = if call.arg_type(1) == DataType::Utf8 { Some(call.strings(1)?) } else { None };
    let digits = if texts.is_none() { Some(call.primitives::<Int32Type>(1)?) } else { None };
    try_strings(call.rows(), |row, out| {
        let at = number.index(row);
        if number.array.is_null(at) {
            return Ok(None);
        }
        let own;
        let pattern = match (&constant, &texts, &digits) {
            (Some(pattern), ..) => pattern,
            (None, Some(texts), _) => match texts.get(row) {
                Some(text) => {
                    own = NumberPattern::new(text)?;
                    &own
                }
                None => return Ok(None),
            },
            (None, None, Some(digits)) => match digits.get(row) {
                Some(digits) => {
                    let Ok(digits) = usize::try_from(digits) else {
                        return Err(UdfError::Execution(format!(
                            "Argument 2 of function FORMAT_NUMBER must be >= 0, but \"{digits}\" was found"
                        )));
                    };
                    own = NumberPattern::plain(digits);
                    &own
                }
                None => return Ok(None),
            },
            (None, None, None) => return Ok(None),
        };
        match number.array.data_type() {
            DataType::Int64 => pattern.decimal(i128::from(number.array.as_primitive::<Int64Type>().value(at)), 0, out),
            DataType::Decimal128(_, scale) => {
                pattern.decimal(number.array.as_primitive::<Decimal128Type>().value(at), *scale, out);
            }
            _ => pattern.double(number.array.as_primitive::<Float64Type>().value(at), out),
        }
        Ok(Some(()))
    })
}

fn printf_types(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let Some((format, args)) = types.split_first() else {
        return length_error("The function PRINTF(String format, Obj... args) needs at least one arguments.");
    };
    if !matches!(format, DataType::Utf8 | DataType::Null) {
        return type_error(
            0,
            format!("Argument 1 of function PRINTF must be \"string\", but \"{}\" was found.", type_name(format)),
        );
    }
    let mut wanted = vec![DataType::Utf8];
    for (index, ty) in args.iter().enumerate() {
        if !is_primitive(ty) {
            return type_error(
                index + 1,
                format!(
                    "Argument {} of function PRINTF must be \"PRIMITIVE\", but \"{}\" was found.",
                    index + 2,
                    type_name(ty)
                ),
            );
        }
        wanted.push(match ty {
            DataType::Decimal128(_, _) => DataType::Float64,
            DataType::Date32 | DataType::Timestamp(_, _) | DataType::Interval(_) | DataType::Duration(_) => {
                DataType::Utf8
            }
            other => other.clone(),
        });
    }
    Ok(wanted)
}

fn value(column: &Column, row: usize) -> Value<'_> {
    let (array, at) = (&column.array, column.index(row));
    if array.is_null(at) {
        return Value::Null;
    }
    match array.data_type() {
        DataType::Boolean => Value::Bool(array.as_boolean().value(at)),
        DataType::Int8 => Value::Int(i64::from(array.as_primitive::<Int8Type>().value(at)), 8),
        DataType::Int16 => Value::Int(i64::from(array.as_primitive::<Int16Type>().value(at)), 16),
        DataType::Int32 => Value::Int(i64::from(array.as_primitive::<Int32Type>().value(at)), 32),
        DataType::Int64 => Value::Int(array.as_primitive::<Int64Type>().value(at), 64),
        DataType::Float32 => Value::Float(array.as_primitive::<Float32Type>().value(at)),
        DataType::Float64 => Value::Double(array.as_primitive::<Float64Type>().value(at)),
        DataType::Utf8 => Value::Text(array.as_string::<i32>().value(at)),
        _ => Value::Null,
    }
}

/// Bytes as Hadoop's `BytesWritable` shows itself: `61 62 63`.
fn bytes_shown(column: Column) -> Column {
    let Some(bytes) = column.array.as_binary_opt::<i32>() else { return column };
    let shown = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
    let texts: StringArray = bytes.iter().map(|bytes| bytes.map(shown)).collect();
    Column { array: Arc::new(texts), constant: column.constant }
}

fn printf(call: &Call) -> Result<ArrayRef> {
    let format = call.strings(0)?;
    let constant = call.constant_str(0).map(JavaFormat::new).transpose()?;
    let columns = (1..call.len()).map(|index| Ok(bytes_shown(call.column(index)?))).collect::<Result<Vec<_>>>()?;
    try_strings(call.rows(), |row, out| {
        let Some(text) = format.get(row) else { return Ok(None) };
        let own;
        let format = match &constant {
            Some(format) => format,
            None => {
                own = JavaFormat::new(text)?;
                &own
            }
        };
        let values: Vec<Value> = columns.iter().map(|column| value(column, row)).collect();
        format.write(&values, out)?;
        Ok(Some(()))
    })
}

#[cfg(test)]
mod tests {
    use crate::scalar::testing::{call, check, d, dec, i, l, s};
    use datafusion_common::ScalarValue;

    /// Answers of real Hive.
    #[test]
    fn numbers() {
        check(&[
            ("format_number", &[dec(12_332_123_456, 11, 6), i(4)], "12,332.1235"),
            ("format_number", &[dec(123_321, 6, 1), i(4)], "12,332.1000"),
            ("format_number", &[dec(123_322, 6, 1), i(0)], "12,332"),
            ("format_number", &[dec(-123_322, 6, 1), i(2)], "-12,332.20"),
            ("format_number", &[dec(12_332_123_456, 11, 6), s("##################.###")], "12332.123"),
            ("format_number", &[dec(5, 1, 1), i(0)], "0"),
            ("format_number", &[d(1.5), i(0)], "2"),
            ("format_number", &[d(2.5), i(0)], "2"),
            ("format_number", &[d(0.125), i(2)], "0.12"),
            ("format_number", &[l(123_456_789_012_345), i(1)], "123,456,789,012,345.0"),
            ("format_number", &[d(-0.3), i(0)], "-0"),
            ("format_number", &[dec(12_345_678, 8, 3), s("#,##0.00 USD")], "12,345.68 USD"),
            ("format_number", &[dec(256, 3, 3), s("#0.0%")], "25.6%"),
        ]);
    }

    /// Answers of real Hive.
    #[test]
    fn printf_is_javas() {
        let abc = || s("abc");
        check(&[
            ("printf", &[s("Hello World %d %s"), i(100), s("days")], "Hello World 100 days"),
            (
                "printf",
                &[
                    s("All Type Test: %b, %c, %d, %e, %+10.4f, %g, %h, %s, %a"),
                    ScalarValue::Boolean(Some(false)),
                    i(65),
                    i(15),
                    d(12.34),
                    d(27183.240051),
                    d(2300.41),
                    i(50),
                    s("corret"),
                    d(256.125),
                ],
                "All Type Test: false, A, 15, 1.234000e+01, +27183.2401, 2300.41, 32, corret, 0x1.002p8",
            ),
            (
                "printf",
                &[s("%5d|%-5d|%05d|%,d|%x|%o|%X"), i(42), i(42), i(42), i(1_234_567), i(255), i(8), i(255)],
                "   42|42   |00042|1,234,567|ff|10|FF",
            ),
            ("printf", &[s("%10s|%-10s|%.2s|%S"), abc(), abc(), abc(), abc()], "       abc|abc       |ab|ABC"),
            ("printf", &[s("%2$s %1$s %%%n"), s("a"), s("b")], "b a %\n"),
            ("printf", &[s("%s %s"), d(1.5), ScalarValue::Utf8(None)], "1.5 null"),
            ("printf", &[s("%.3f %8.2f"), dec(12345, 5, 4), d(2.71)], "1.235     2.71"),
            (
                "printf",
                &[s("%e %.2e %g"), d(123_456.789), d(0.00012), d(0.000_012_34)],
                "1.234568e+05 1.20e-04 1.23400e-05",
            ),
        ]);
        assert!(
            call("printf", &[s("%d"), d(1.5)])
                .unwrap_err()
                .contains("IllegalFormatConversionException: d != java.lang.Double")
        );
        assert!(call("printf", &[s("%d")]).unwrap_err().contains("MissingFormatArgumentException"));
    }
}
