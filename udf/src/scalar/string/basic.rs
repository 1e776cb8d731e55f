//! Case, trimming, lengths, `reverse`.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Int32Type};

use crate::error::Result;
use crate::registry::FunctionEntry;
use crate::scalar::check::type_name;
use crate::scalar::check::{Group, args_size, argument_error, category, groups, is_primitive, length_error, overload};
use crate::scalar::kernel::{primitives, slices, strings};
use crate::scalar::{Call, Scalar};

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        Scalar::new("upper", one_primitive, |_| Ok(DataType::Utf8), upper).aliases(&["ucase"]).entry(
            "_FUNC_(str) - Returns str with all characters changed to uppercase",
            "Example:\n  > SELECT _FUNC_('Facebook') FROM src LIMIT 1;\n  'FACEBOOK'",
        ),
        Scalar::new("lower", one_primitive, |_| Ok(DataType::Utf8), lower).aliases(&["lcase"]).entry(
            "_FUNC_(str) - Returns str with all characters changed to lowercase",
            "Example:\n  > SELECT _FUNC_('Facebook') FROM src LIMIT 1;\n  'facebook'",
        ),
        Scalar::new("initcap", initcap_types, |_| Ok(DataType::Utf8), initcap).entry(
            "_FUNC_(str) - Returns str, with the first letter of each word in uppercase, all other letters in \
             lowercase. Words are delimited by white space.",
            "Example:\n > SELECT _FUNC_('tHe soap') FROM src LIMIT 1;\n 'The Soap'",
        ),
        Scalar::new(
            "trim",
            trim_types,
            |_| Ok(DataType::Utf8),
            |call| trimmed(call, |text, pads| text.trim_matches(|c| pads.contains(c))),
        )
        .entry(
            "_FUNC_([LEADING | TRAILING | BOTH] [chars] FROM str) | _FUNC_(str[, chars]) - Removes the \
                 leading/trailing or both pad characters from str",
            "Example:\n  > SELECT _FUNC_('   facebook  ') FROM src LIMIT 1;\n  'facebook'",
        ),
        Scalar::new(
            "ltrim",
            trim_types,
            |_| Ok(DataType::Utf8),
            |call| trimmed(call, |text, pads| text.trim_start_matches(|c| pads.contains(c))),
        )
        .entry(
            "_FUNC_(str[, chars]) - Removes the leading pad characters from str ",
            "Example:\n  > SELECT _FUNC_('   facebook') FROM src LIMIT 1;\n  'facebook'",
        ),
        Scalar::new(
            "rtrim",
            trim_types,
            |_| Ok(DataType::Utf8),
            |call| trimmed(call, |text, pads| text.trim_end_matches(|c| pads.contains(c))),
        )
        .entry(
            "_FUNC_(str[, chars]) - Removes the trailing pad characters from str ",
            "Example:\n  > SELECT _FUNC_('facebook   ') FROM src LIMIT 1;\n  'facebook'",
        ),
        Scalar::new("length", text_or_binary, |_| Ok(DataType::Int32), |call| lengths(call, false)).entry(
            "_FUNC_(str | binary) - Returns the length of str or number of bytes in binary data",
            "Example:\n  > SELECT _FUNC_('Facebook') FROM src LIMIT 1;\n  8",
        ),
        Scalar::new("character_length", text_or_binary, |_| Ok(DataType::Int32), character_lengths)
            .aliases(&["char_length"])
            .entry(
                "_FUNC_(str | binary) - Returns the number of characters in str or binary data",
                "Example:\n  > SELECT _FUNC_('안녕하세요') FROM src LIMIT 1;\n  5",
            ),
        Scalar::new("octet_length", text_or_binary, |_| Ok(DataType::Int32), |call| lengths(call, true)).entry(
            "_FUNC_(str | binary) - Returns the number of bytes in str or binary data",
            "Example:\n  > SELECT _FUNC_('안녕하세요') FROM src LIMIT 1;\n  15",
        ),
        Scalar::new(
            "reverse",
            |_, types| overload("UDFReverse", types, &[&[DataType::Utf8]]),
            |_| Ok(DataType::Utf8),
            reverse,
        )
        .entry("_FUNC_(str) - reverse str", "Example:\n  > SELECT _FUNC_('Facebook') FROM src LIMIT 1;\n  'koobecaF'"),
    ]
}

fn one_primitive(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let upper = name.to_ascii_uppercase();
    match types {
        [ty] if is_primitive(ty) => Ok(vec![DataType::Utf8]),
        [ty] => argument_error(format!("{upper} only takes primitive types, got {}", type_name(ty))),
        _ => length_error(format!("{upper} requires 1 argument, got {}", types.len())),
    }
}

fn initcap_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    args_size(name, types, 1, 1)?;
    groups(name, types, 0, &[Group::String])?;
    Ok(vec![DataType::Utf8])
}

fn trim_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    if !(1..=2).contains(&types.len()) {
        return argument_error(format!("{name} requires one or two arguments. Found :{}", types.len()));
    }
    for ty in types {
        match ty {
            DataType::Utf8 | DataType::Null => {}
            ty if is_primitive(ty) => {
                return argument_error(format!("{name} takes only STRING/CHAR/VARCHAR types. Found {}", category(ty)));
            }
            ty => return argument_error(format!("{name} takes only primitive types. found {}", type_name(ty))),
        }
    }
    Ok(vec![DataType::Utf8; types.len()])
}

fn text_or_binary(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let upper = name.to_ascii_uppercase();
    match types {
        [DataType::Utf8] | [DataType::Binary] => Ok(types.to_vec()),
        [ty] => argument_error(format!(
            " {upper}() only takes STRING/CHAR/VARCHAR/BINARY types as first argument, got {}",
            category(ty)
        )),
        _ => length_error(format!("{upper} requires 1 argument, got {}", types.len())),
    }
}

fn upper(call: &Call) -> Result<ArrayRef> {
    let text = call.strings(0)?;
    strings(call.rows(), |row, out| {
        let text = text.get(row)?;
        if text.is_ascii() {
            out.push_str(text);
            out.make_ascii_uppercase();
        } else {
            out.extend(text.chars().flat_map(char::to_uppercase));
        }
        Some(())
    })
}

fn lower(call: &Call) -> Result<ArrayRef> {
    let text = call.strings(0)?;
    strings(call.rows(), |row, out| {
        let text = text.get(row)?;
        if text.is_ascii() {
            out.push_str(text);
            out.make_ascii_lowercase();
        } else {
            out.push_str(&text.to_lowercase());
        }
        Some(())
    })
}

/// Characters that end a word for `initcap` (Java's white space).
fn ends_word(character: char) -> bool {
    matches!(character, '\u{1c}'..='\u{1f}')
        || (character.is_whitespace() && !matches!(character, '\u{a0}' | '\u{2007}' | '\u{202f}'))
}

fn initcap(call: &Call) -> Result<ArrayRef> {
    let text = call.strings(0)?;
    strings(call.rows(), |row, out| {
        let mut first = true;
        for character in text.get(row)?.to_lowercase().chars() {
            if ends_word(character) {
                first = true;
                out.push(character);
            } else if first {
                out.extend(character.to_uppercase());
                first = false;
            } else {
                out.push(character);
            }
        }
        Some(())
    })
}

fn trimmed(call: &Call, trim: impl for<'a> Fn(&'a str, &str) -> &'a str) -> Result<ArrayRef> {
    let text = call.strings(0)?;
    let pads = if call.len() > 1 { Some(call.strings(1)?) } else { None };
    slices(call.rows(), |row| {
        let pads = match &pads {
            Some(pads) => pads.get(row)?,
            None => " ",
        };
        Some(trim(text.get(row)?, pads))
    })
}

fn lengths(call: &Call, octets: bool) -> Result<ArrayRef> {
    if call.arg_type(0) == DataType::Binary {
        let column = call.column(0)?;
        let array = column.array.as_binary::<i32>();
        return primitives::<Int32Type>(call.rows(), |row| {
            let row = column.index(row);
            array.is_valid(row).then(|| array.value(row).len() as i32)
        });
    }
    let text = call.strings(0)?;
    primitives::<Int32Type>(call.rows(), |row| {
        let text = text.get(row)?;
        Some(if octets { text.len() } else { text.chars().count() } as i32)
    })
}

/// Of binary data, too, Hive counts the bytes that can start a character.
fn character_lengths(call: &Call) -> Result<ArrayRef> {
    if call.arg_type(0) != DataType::Binary {
        return lengths(call, false);
    }
    let column = call.column(0)?;
    let array = column.array.as_binary::<i32>();
    primitives::<Int32Type>(call.rows(), |row| {
        let row = column.index(row);
        array.is_valid(row).then(|| array.value(row).iter().filter(|byte| *byte & 0xc0 != 0x80).count() as i32)
    })
}

fn reverse(call: &Call) -> Result<ArrayRef> {
    let text = call.strings(0)?;
    strings(call.rows(), |row, out| {
        out.extend(text.get(row)?.chars().rev());
        Some(())
    })
}
