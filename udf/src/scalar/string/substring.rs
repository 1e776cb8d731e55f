//! `substr` and `substring_index`.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Int32Type};

use crate::error::Result;
use crate::registry::FunctionEntry;
use crate::scalar::check::{Group, args_size, groups, int_argument, overload};
use crate::scalar::kernel::{binaries, slices};
use crate::scalar::{Call, Scalar};

pub(super) fn functions() -> Vec<FunctionEntry> {
    use DataType::{Binary, Int32, Utf8};
    vec![
        Scalar::new(
            "substr",
            |_, types| {
                overload(
                    "UDFSubstr",
                    types,
                    &[&[Binary, Int32], &[Binary, Int32, Int32], &[Utf8, Int32], &[Utf8, Int32, Int32]],
                )
            },
            |args| Ok(args.type_of(0)),
            substr,
        )
        .aliases(&["substring", "mid"])
        .entry(
            "_FUNC_(str, pos[, len]) - returns the substring of str that starts at pos and is of length len or\
             _FUNC_(bin, pos[, len]) - returns the slice of byte array that starts at pos and is of length len",
            "pos is a 1-based index. If pos<0 the starting position is determined by counting backwards from the end \
             of str.\nExample:\n   > SELECT _FUNC_('Facebook', 5) FROM src LIMIT 1;\n  'book'\n  > SELECT \
             _FUNC_('Facebook', -5) FROM src LIMIT 1;\n  'ebook'\n  > SELECT _FUNC_('Facebook', 5, 1) FROM src LIMIT \
             1;\n  'b'",
        ),
        Scalar::new("substring_index", substring_index_types, |_| Ok(Utf8), substring_index).entry(
            "_FUNC_(str, delim, count) - Returns the substring from string str before count occurrences of the \
             delimiter delim.",
            "If count is positive, everything to the left of the final delimiter (counting from the left) is \
             returned. If count is negative, everything to the right of the final delimiter (counting from the right) \
             is returned. Substring_index performs a case-sensitive match when searching for delim.\nExample:\n > \
             SELECT _FUNC_('www.apache.org', '.', 2);\n 'www.apache'",
        ),
    ]
}

/// Start and end of the piece among `length` units; `None` where it is empty (`UDFSubstr.makeIndex`).
fn piece(position: i32, wanted: i32, length: usize) -> Option<(usize, usize)> {
    if wanted <= 0 || position.unsigned_abs() as usize > length {
        return None;
    }
    let start = match position {
        1.. => position as usize - 1,
        0 => 0,
        _ => length - position.unsigned_abs() as usize,
    };
    Some((start, (start + wanted as usize).min(length)))
}

fn substr(call: &Call) -> Result<ArrayRef> {
    let position = call.primitives::<Int32Type>(1)?;
    let wanted = if call.len() > 2 { Some(call.primitives::<Int32Type>(2)?) } else { None };
    let wanted_at = |row| wanted.as_ref().map_or(Some(i32::MAX), |wanted| wanted.get(row));
    if call.arg_type(0) == DataType::Binary {
        let column = call.column(0)?;
        let array = column.array.as_binary::<i32>();
        return binaries(call.rows(), |row, out| {
            let at = column.index(row);
            let (Some(position), Some(wanted)) = (position.get(row), wanted_at(row)) else { return Ok(None) };
            if array.is_null(at) {
                return Ok(None);
            }
            let bytes = array.value(at);
            if let Some((start, end)) = piece(position, wanted, bytes.len()) {
                out.extend_from_slice(&bytes[start..end]);
            }
            Ok(Some(()))
        });
    }
    let text = call.strings(0)?;
    slices(call.rows(), |row| {
        let (text, position, wanted) = (text.get(row)?, position.get(row)?, wanted_at(row)?);
        if text.is_ascii() {
            return Some(piece(position, wanted, text.len()).map_or("", |(start, end)| &text[start..end]));
        }
        let Some((start, end)) = piece(position, wanted, text.chars().count()) else { return Some("") };
        let offset = |nth| text.char_indices().nth(nth).map_or(text.len(), |(offset, _)| offset);
        Some(&text[offset(start)..offset(end)])
    })
}

fn substring_index_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    args_size(name, types, 3, 3)?;
    groups(name, types, 0, &[Group::String])?;
    groups(name, types, 1, &[Group::String])?;
    groups(name, types, 2, &[Group::Numeric])?;
    int_argument(name, types, 2)?;
    Ok(vec![DataType::Utf8, DataType::Utf8, DataType::Int32])
}

fn substring_index(call: &Call) -> Result<ArrayRef> {
    let (text, delimiter, count) = (call.strings(0)?, call.strings(1)?, call.primitives::<Int32Type>(2)?);
    slices(call.rows(), |row| {
        let text = text.get(row)?;
        if text.is_empty() {
            return Some("");
        }
        let delimiter = delimiter.get(row)?;
        if delimiter.is_empty() {
            return Some("");
        }
        let nth = count.get(row)?;
        Some(match nth {
            0 => "",
            1.. => forward(text, delimiter, nth as usize).map_or(text, |at| &text[..at]),
            // Hive steps over one character, not over the whole delimiter.
            _ => backward(text, delimiter, nth.unsigned_abs() as usize).map_or(text, |at| {
                let step = text[at..].chars().next().map_or(0, char::len_utf8);
                &text[at + step..]
            }),
        })
    })
}

/// Where the nth occurrence starts; occurrences may overlap (`StringUtils.ordinalIndexOf`).
fn forward(text: &str, delimiter: &str, nth: usize) -> Option<usize> {
    let mut from = 0;
    for _ in 1..nth {
        let at = from + text[from..].find(delimiter)?;
        from = at + text[at..].chars().next().map_or(1, char::len_utf8);
    }
    Some(from + text.get(from..)?.find(delimiter)?)
}

fn backward(text: &str, delimiter: &str, nth: usize) -> Option<usize> {
    let mut at = text.rfind(delimiter)?;
    for _ in 1..nth {
        // The next one to the left may overlap this one, but must start before it.
        let end = (at + delimiter.len()).saturating_sub(1);
        let end = (0..=end).rev().find(|end| text.is_char_boundary(*end))?;
        at = text[..end].rfind(delimiter)?;
    }
    Some(at)
}
