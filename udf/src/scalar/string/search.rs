//! Finding and replacing fixed text: `instr`, `locate`, `field`, `find_in_set`, `elt`, `translate`, `replace`.

use std::collections::HashMap;

use arrow::array::{ArrayRef, make_comparator};
use arrow::compute::SortOptions;
use arrow::datatypes::{DataType, Int32Type};

use crate::coercion::comparison_type;
use crate::error::{Result, UdfError};
use crate::registry::FunctionEntry;
use crate::scalar::check::{is_primitive, length_error, overload, primitive_category, type_error, type_name};
use crate::scalar::kernel::{primitives, slices, strings, try_primitives};
use crate::scalar::{Call, Scalar};

pub(super) fn functions() -> Vec<FunctionEntry> {
    use DataType::{Int32, Utf8};
    vec![
        Scalar::new("instr", instr_types, |_| Ok(Int32), instr).entry(
            "_FUNC_(str, substr) - Returns the index of the first occurance of substr in str",
            "Example:\n  > SELECT _FUNC_('Facebook', 'boo') FROM src LIMIT 1;\n  5",
        ),
        Scalar::new("locate", locate_types, |_| Ok(Int32), locate).aliases(&["position"]).entry(
            "_FUNC_(substr, str[, pos]) - Returns the position of the first occurance of substr in str after \
             position pos",
            "Example:\n  > SELECT _FUNC_('bar', 'foobarbar', 5) FROM src LIMIT 1;\n  7",
        ),
        Scalar::new("field", field_types, |_| Ok(Int32), field).entry(
            "_FUNC_(str, str1, str2, ...) - returns the index of str in the str1,str2,... list or 0 if not found",
            "All primitive types are supported, arguments are compared using str.equals(x). If str is NULL, the \
             return value is 0.",
        ),
        Scalar::new(
            "find_in_set",
            |_, types| overload("UDFFindInSet", types, &[&[Utf8, Utf8]]),
            |_| Ok(Int32),
            find_in_set,
        )
        .entry(
            "_FUNC_(str,str_array) - Returns the first occurrence  of str in str_array where str_array is a \
             comma-delimited string. Returns null if either argument is null. Returns 0 if the first argument has any \
             commas.",
            "Example:\n  > SELECT _FUNC_('ab','abc,b,ab,c,def') FROM src LIMIT 1;\n  3\n  > SELECT * FROM src1 WHERE \
             NOT _FUNC_(key,'311,128,345,956')=0;\n  311  val_311\n  128",
        ),
        Scalar::new("elt", elt_types, |_| Ok(Utf8), elt).entry(
            "_FUNC_(n, str1, str2, ...) - returns the n-th string",
            "Example:\n  > SELECT _FUNC_(1, 'face', 'book') FROM src LIMIT 1;\n  'face'",
        ),
        Scalar::new("translate", translate_types, |_| Ok(Utf8), translate).entry(
            "_FUNC_(input, from, to) - translates the input string by replacing the characters present in the from \
             string with the corresponding characters in the to string",
            "For example,\n\n_FUNC_('abcdef', 'adc', '19') returns '1b9ef' replacing 'a' with '1', 'd' with '9' and \
             removing 'c' from the input string",
        ),
        Scalar::new("replace", |_, types| overload("UDFReplace", types, &[&[Utf8, Utf8, Utf8]]), |_| Ok(Utf8), replace)
            .entry(
                "_FUNC_(str, search, rep) - replace all substrings of 'str' that match 'search' with 'rep'",
                "Example:\n  > SELECT _FUNC_('Hack and Hue', 'H', 'BL') FROM src LIMIT 1;\n  'BLack and BLue'",
            ),
    ]
}

fn instr_types(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    if !(2..=4).contains(&types.len()) {
        return length_error("The function INSTR accepts 2 to 4 arguments.");
    }
    (0..types.len()).try_for_each(|index| primitive_category("INSTR", types, index))?;
    Ok([DataType::Utf8, DataType::Utf8, DataType::Int32, DataType::Int32][..types.len()].to_vec())
}

fn locate_types(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    if types.len() != 2 && types.len() != 3 {
        return length_error("The function LOCATE accepts exactly 2 or 3 arguments.");
    }
    (0..types.len()).try_for_each(|index| primitive_category("LOCATE", types, index))?;
    Ok([DataType::Utf8, DataType::Utf8, DataType::Int32][..types.len()].to_vec())
}

/// Position from 1 of a text within another from a position (0 from the start) on, 0 for none
/// (`GenericUDFUtils.findText`, with its mixture of bytes and characters).
fn find_text(text: &str, wanted: &str, start: i32) -> i32 {
    let Ok(start) = usize::try_from(start) else { return 0 };
    if text.len() < start || text.len() - start < wanted.len() {
        return 0;
    }
    if wanted.is_empty() {
        return 1;
    }
    let Some(from) = text.char_indices().map(|(offset, _)| offset).nth(start) else { return 0 };
    match text[from..].find(wanted) {
        Some(at) => text[..from + at].chars().count() as i32 + 1,
        None => 0,
    }
}

fn instr(call: &Call) -> Result<ArrayRef> {
    let (text, wanted) = (call.strings(0)?, call.strings(1)?);
    if call.len() == 2 {
        return primitives::<Int32Type>(call.rows(), |row| Some(find_text(text.get(row)?, wanted.get(row)?, 0)));
    }
    let position = call.primitives::<Int32Type>(2)?;
    let occurrence = if call.len() > 3 { Some(call.primitives::<Int32Type>(3)?) } else { None };
    try_primitives::<Int32Type>(call.rows(), |row| {
        let occurrence = match &occurrence {
            Some(occurrence) => occurrence.get(row),
            None => Some(1),
        };
        let (Some(text), Some(wanted), Some(position), Some(occurrence)) =
            (text.get(row), wanted.get(row), position.get(row), occurrence)
        else {
            return Ok(None);
        };
        match usize::try_from(occurrence) {
            Ok(occurrence @ 1..) => Ok(Some(find_occurrence(text, wanted, position, occurrence))),
            _ => Err(UdfError::Execution(format!("INSTR: the occurrence must be positive, but is {occurrence}"))),
        }
    })
}

/// Position from 1 of the n-th place where a text stands within another, from a position on, or backwards from a
/// negative one; 0 for none.
fn find_occurrence(text: &str, wanted: &str, position: i32, occurrence: usize) -> i32 {
    let length = text.chars().count();
    let distance = position.unsigned_abs() as usize;
    if position == 0 || distance > length {
        return 0;
    }
    let starts = text.char_indices().enumerate().filter(|(_, (at, _))| text[*at..].starts_with(wanted));
    let mut places: Vec<usize> = starts.map(|(place, _)| place).collect();
    if position < 0 {
        places.reverse();
        places.retain(|place| *place <= length - distance);
    } else {
        places.retain(|place| *place >= distance - 1);
    }
    places.get(occurrence - 1).map_or(0, |place| *place as i32 + 1)
}

fn locate(call: &Call) -> Result<ArrayRef> {
    let (wanted, text) = (call.strings(0)?, call.strings(1)?);
    let start = if call.len() > 2 { Some(call.primitives::<Int32Type>(2)?) } else { None };
    primitives::<Int32Type>(call.rows(), |row| {
        let (wanted, text) = (wanted.get(row)?, text.get(row)?);
        match &start {
            None => Some(find_text(text, wanted, 0)),
            Some(start) => Some(start.get(row).map_or(0, |start| find_text(text, wanted, start.wrapping_sub(1)))),
        }
    })
}

fn field_types(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    if types.len() < 2 {
        return crate::scalar::check::argument_error(
            "The function FIELD(str, str1, str2, ...) needs at least two arguments.",
        );
    }
    (0..types.len()).try_for_each(|index| primitive_category("FIELD", types, index))?;
    let common = types.iter().try_fold(DataType::Null, |common, ty| match (&common, ty) {
        (DataType::Null, ty) | (ty, DataType::Null) => Some(ty.clone()),
        (left, right) if left == right => Some(common),
        (left, right) => comparison_type(left, right),
    });
    let common = common.filter(|ty| *ty != DataType::Null).unwrap_or(DataType::Utf8);
    Ok(vec![common; types.len()])
}

fn field(call: &Call) -> Result<ArrayRef> {
    let arrays = call.arrays()?;
    let mut found = vec![0_i32; call.rows()];
    let Some((wanted, candidates)) = arrays.split_first() else { return primitives::<Int32Type>(0, |_| None) };
    for (position, candidate) in candidates.iter().enumerate() {
        let compare = make_comparator(wanted.as_ref(), candidate.as_ref(), SortOptions::default())?;
        for (row, found) in found.iter_mut().enumerate() {
            if *found == 0 && wanted.is_valid(row) && candidate.is_valid(row) && compare(row, row).is_eq() {
                *found = position as i32 + 1;
            }
        }
    }
    primitives::<Int32Type>(call.rows(), |row| Some(found[row]))
}

fn find_in_set(call: &Call) -> Result<ArrayRef> {
    let (wanted, set) = (call.strings(0)?, call.strings(1)?);
    primitives::<Int32Type>(call.rows(), |row| {
        let (wanted, set) = (wanted.get(row)?, set.get(row)?);
        if wanted.contains(',') {
            return Some(0);
        }
        Some(set.split(',').position(|item| item == wanted).map_or(0, |position| position as i32 + 1))
    })
}

fn elt_types(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    if types.len() < 2 {
        return length_error("The function ELT(N,str1,str2,str3,...) needs at least two arguments.");
    }
    (0..types.len()).try_for_each(|index| primitive_category("ELT", types, index))?;
    let mut wanted = vec![DataType::Utf8; types.len()];
    wanted[0] = DataType::Int32;
    Ok(wanted)
}

fn elt(call: &Call) -> Result<ArrayRef> {
    let number = call.primitives::<Int32Type>(0)?;
    let items = (1..call.len()).map(|index| call.strings(index)).collect::<Result<Vec<_>>>()?;
    slices(call.rows(), |row| items.get(usize::try_from(number.get(row)?).ok()?.checked_sub(1)?)?.get(row))
}

fn translate_types(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    if types.len() != 3 {
        return length_error("_FUNC_ expects exactly 3 arguments");
    }
    for (index, ty) in types.iter().enumerate() {
        if !matches!(ty, DataType::Utf8 | DataType::Null) {
            let kind = if is_primitive(ty) { "A string, char, or varchar" } else { "A string" };
            let message = format!("{kind} argument was expected but an argument of type {} was given.", type_name(ty));
            return type_error(index, message);
        }
    }
    Ok(vec![DataType::Utf8; 3])
}

fn mapping(from: &str, to: &str) -> HashMap<char, Option<char>> {
    let mut to = to.chars();
    let mut mapping = HashMap::new();
    for character in from.chars() {
        let replacement = to.next();
        mapping.entry(character).or_insert(replacement);
    }
    mapping
}

fn translate(call: &Call) -> Result<ArrayRef> {
    let (text, from, to) = (call.strings(0)?, call.strings(1)?, call.strings(2)?);
    let constant = match (call.constant_str(1), call.constant_str(2)) {
        (Some(from), Some(to)) => Some(mapping(from, to)),
        _ => None,
    };
    strings(call.rows(), |row, out| {
        let (text, from, to) = (text.get(row)?, from.get(row)?, to.get(row)?);
        let own;
        let mapping = match &constant {
            Some(mapping) => mapping,
            None => {
                own = mapping(from, to);
                &own
            }
        };
        out.extend(text.chars().filter_map(|character| mapping.get(&character).copied().unwrap_or(Some(character))));
        Some(())
    })
}

fn replace(call: &Call) -> Result<ArrayRef> {
    let (text, search, replacement) = (call.strings(0)?, call.strings(1)?, call.strings(2)?);
    strings(call.rows(), |row, out| {
        let (text, search, replacement) = (text.get(row)?, search.get(row)?, replacement.get(row)?);
        out.push_str(&text.replace(search, replacement));
        Some(())
    })
}
