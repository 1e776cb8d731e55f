//! Hive 4's functions of one array: `array_min`, `array_max`, `array_join`, `array_slice`, `array_append`,
//! `array_position`.

use arrow::array::{Array, ArrayRef, AsArray, UInt64Array, make_comparator};
use arrow::buffer::NullBuffer;
use arrow::compute::{SortOptions, interleave, take};
use arrow::datatypes::{DataType, Decimal128Type, Int32Type};

use super::{Lists, item_of, list_array};
use crate::error::Result;
use crate::registry::FunctionEntry;
use crate::scalar::check::{args_size, int_argument, type_error, type_name};
use crate::scalar::kernel::{primitives, strings};
use crate::scalar::{Call, Scalar, returns_same_as_first};
use crate::text::{TextFormatter, TextStyle, write_decimal_trimmed};

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        Scalar::new(
            "array_min",
            one_array,
            |args| Ok(item_of(&args.type_of(0)).unwrap_or(DataType::Null)),
            |call| extreme(call, false),
        )
        .entry("_FUNC_(array) - Returns the minimum value in the array with elements for which order is supported", ""),
        Scalar::new(
            "array_max",
            one_array,
            |args| Ok(item_of(&args.type_of(0)).unwrap_or(DataType::Null)),
            |call| extreme(call, true),
        )
        .entry("_FUNC_(array) - Returns the maximum value in the array with elements for which order is supported", ""),
        Scalar::new("array_join", join_types, |_| Ok(DataType::Utf8), join).entry(
            "_FUNC_(array, delimiter, replaceNull) - concatenate the elements of an array with a specified delimiter",
            "Example:\n  > SELECT _FUNC_(array(1, 2, 3, NULL, 4), ',', ':') FROM src LIMIT 1;\n  1,2,3,:,4",
        ),
        Scalar::new("array_slice", slice_types, returns_same_as_first, slice).entry(
            "_FUNC_(array, start, length) - Returns the subset or range of elements from an array (subarray).",
            "Example:\n  > SELECT _FUNC_(array(1, 2, 3,4), 2,2) FROM src LIMIT 1;\n  3,4",
        ),
        Scalar::new("array_append", array_and_item, returns_same_as_first, append).entry(
            "_FUNC_(array, element) - Returns an array with the element added at the end.",
            "Example:\n  > SELECT _FUNC_(array(1,3,4), 2) FROM src;\n  [1,3,4,2]",
        ),
        Scalar::new("array_position", array_and_item, |_| Ok(DataType::Int32), position).entry(
            "_FUNC_(array, element) - Returns the position of the first occurrence of element in array.  Array \
             indexing starts at 1. If the element value is NULL, a NULL is returned.",
            "Example:\n  > SELECT _FUNC_(array(1, 2, 3,4,2), 2) FROM src;\n  2",
        ),
    ]
}

/// The check of `AbstractGenericUDFArrayBase`.
pub(super) fn array_argument(name: &str, types: &[DataType], index: usize) -> Result<()> {
    match types.get(index) {
        Some(DataType::List(_)) | None => Ok(()),
        Some(other) => type_error(
            index,
            format!(
                "\"array\" expected at function {}, but \"{}\" is found",
                name.to_ascii_uppercase(),
                type_name(other)
            ),
        ),
    }
}

fn one_array(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    args_size(name, types, 1, 1)?;
    array_argument(name, types, 0)?;
    Ok(types.to_vec())
}

fn extreme(call: &Call, largest: bool) -> Result<ArrayRef> {
    let lists = Lists::new(call.column(0)?)?;
    let items = lists.items();
    let compare = make_comparator(items.as_ref(), items.as_ref(), SortOptions::default())?;
    let found: UInt64Array = (0..call.rows())
        .map(|row| {
            let candidates = lists.range(row)?.filter(|item| items.is_valid(*item));
            let best = if largest {
                candidates.max_by(|left, right| compare(*left, *right))
            } else {
                candidates.min_by(|left, right| compare(*left, *right))
            };
            best.map(|item| item as u64)
        })
        .collect();
    Ok(take(items, &found, None)?)
}

fn join_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    args_size(name, types, 2, 3)?;
    array_argument(name, types, 0)?;
    let mut wanted = types.to_vec();
    wanted[1..].fill(DataType::Utf8);
    Ok(wanted)
}

/// NULL items are left out, unless there is a word for them. Of no items at all NULL is made.
fn join(call: &Call) -> Result<ArrayRef> {
    let lists = Lists::new(call.column(0)?)?;
    let separator = call.strings(1)?;
    let null_word = if call.len() > 2 { Some(call.strings(2)?) } else { None };
    let items = lists.items();
    let format = TextFormatter::new(items.as_ref(), TextStyle::cli(call.time_zone()))?;
    strings(call.rows(), |row, out| {
        let (range, separator) = (lists.range(row)?, separator.get(row)?);
        if range.is_empty() {
            return None;
        }
        let is_null = |item: usize| items.is_null(item) || items.data_type().is_null();
        let mut first = true;
        for item in range {
            let word = match (is_null(item), &null_word) {
                (true, None) => continue,
                (true, Some(word)) => word.get(row),
                (false, _) => None,
            };
            if !std::mem::take(&mut first) {
                out.push_str(separator);
            }
            match word {
                Some(word) => out.push_str(word),
                None if is_null(item) => {}
                None => match (items.data_type(), items.as_primitive_opt::<Decimal128Type>()) {
                    (DataType::Decimal128(_, scale), Some(decimals)) => {
                        write_decimal_trimmed(decimals.value(item), *scale, out);
                    }
                    _ => format.write(item, out),
                },
            }
        }
        Some(())
    })
}

fn slice_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    args_size(name, types, 3, 3)?;
    array_argument(name, types, 0)?;
    int_argument(name, types, 1)?;
    int_argument(name, types, 2)?;
    Ok(vec![types[0].clone(), DataType::Int32, DataType::Int32])
}

/// Rows of picked items; `None` is NULL.
pub(super) fn picked(
    rows: usize,
    items: &ArrayRef,
    mut pick: impl FnMut(usize, &mut Vec<u64>) -> Option<()>,
) -> Result<ArrayRef> {
    let (mut picks, mut ends, mut valid) = (Vec::new(), vec![0], Vec::with_capacity(rows));
    for row in 0..rows {
        let start = picks.len();
        let present = pick(row, &mut picks).is_some();
        if !present {
            picks.truncate(start);
        }
        valid.push(present);
        ends.push(picks.len() as i32);
    }
    list_array(take(items, &UInt64Array::from(picks), None)?, ends, Some(NullBuffer::from(valid)))
}

/// Positions are counted from 0; a piece that does not lie within the array is empty.
fn slice(call: &Call) -> Result<ArrayRef> {
    let lists = Lists::new(call.column(0)?)?;
    let (start, length) = (call.primitives::<Int32Type>(1)?, call.primitives::<Int32Type>(2)?);
    picked(call.rows(), lists.items(), |row, picks| {
        let range = lists.range(row)?;
        let (start, length) = (start.get(row)?, length.get(row)?);
        if let (Ok(start), Ok(length)) = (usize::try_from(start), usize::try_from(length))
            && start + length <= range.len()
        {
            picks.extend((range.start + start..range.start + start + length).map(|item| item as u64));
        }
        Some(())
    })
}

pub(super) fn array_and_item(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    args_size(name, types, 2, 2)?;
    array_argument(name, types, 0)?;
    let item = item_of(&types[0]).unwrap_or(DataType::Null);
    if types[1] != item && types[1] != DataType::Null {
        return type_error(
            1,
            format!(
                "{} type element is expected at function {name}({},{}), but {} is found",
                type_name(&item),
                type_name(&types[0]),
                type_name(&item),
                type_name(&types[1])
            ),
        );
    }
    Ok(vec![types[0].clone(), item])
}

fn append(call: &Call) -> Result<ArrayRef> {
    let lists = Lists::new(call.column(0)?)?;
    let value = call.array(1)?;
    let (mut picks, mut ends, mut valid) = (Vec::new(), vec![0], Vec::new());
    for row in 0..call.rows() {
        let range = lists.range(row);
        valid.push(range.is_some());
        if let Some(range) = range {
            picks.extend(range.map(|item| (0, item)));
            picks.push((1, row));
        }
        ends.push(picks.len() as i32);
    }
    let items = interleave(&[lists.items().as_ref(), value.as_ref()], &picks)?;
    list_array(items, ends, Some(NullBuffer::from(valid)))
}

fn position(call: &Call) -> Result<ArrayRef> {
    let lists = Lists::new(call.column(0)?)?;
    let value = call.column(1)?;
    let compare = make_comparator(lists.items().as_ref(), value.array.as_ref(), SortOptions::default())?;
    primitives::<Int32Type>(call.rows(), |row| {
        let (mut range, at) = (lists.range(row)?, value.index(row));
        if value.is_null(row) {
            return None;
        }
        let found = range.position(|item| lists.items().is_valid(item) && compare(item, at).is_eq());
        Some(found.map_or(0, |found| found as i32 + 1))
    })
}
