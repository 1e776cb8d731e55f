//! Arrays as sets: `array_distinct`, `array_union`, `array_intersect`, `array_except`, `array_remove`.

use std::collections::HashSet;

use arrow::array::{Array, ArrayRef, make_comparator};
use arrow::buffer::NullBuffer;
use arrow::compute::{SortOptions, interleave};
use arrow::datatypes::DataType;
use arrow::row::{RowConverter, SortField};

use super::list::{array_and_item, array_argument, picked};
use super::{Lists, item_of, list_array};
use crate::error::Result;
use crate::registry::FunctionEntry;
use crate::scalar::check::{args_size, type_error, type_name};
use crate::scalar::{Call, Scalar, returns_same_as_first};

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        Scalar::new(
            "array_distinct",
            |name, types| {
                args_size(name, types, 1, 1)?;
                array_argument(name, types, 0)?;
                Ok(types.to_vec())
            },
            returns_same_as_first,
            |call| combine(call, |first, _| first.into_iter().map(Pick::Left).collect()),
        )
        .entry(
            "_FUNC_(array(obj1, obj2,...)) - The function returns an array of the same type as the input array with \
             distinct values.",
            "Example:\n  > SELECT _FUNC_(array('b', 'd', 'd', 'a')) FROM src LIMIT 1;\n  ['b', 'd', 'a']",
        ),
        Scalar::new("array_union", two_arrays, returns_same_as_first, |call| {
            combine(call, |first, second| {
                first.into_iter().map(Pick::Left).chain(second.into_iter().map(Pick::Right)).collect()
            })
        })
        .entry(
            "_FUNC_(array1, array2) - Returns an array of the elements in the union of array1 and array2 without \
             duplicates.",
            "Example:\n  > SELECT _FUNC_(array(1, 2, 2, 4), array(2, 3)) FROM src LIMIT 1;\n  [1,2,4,3]",
        ),
        Scalar::new("array_intersect", two_arrays, returns_same_as_first, |call| {
            combine(call, |first, second| {
                let wanted: HashSet<&[u8]> = second.iter().map(|item| item.key).collect();
                first.into_iter().filter(|item| wanted.contains(item.key)).map(Pick::Left).collect()
            })
        })
        .entry(
            "_FUNC_(array1, array2) - Returns an array of the elements in the intersection of array1 and array2, \
             without duplicates.",
            "Example:\n  > SELECT _FUNC_(array(1, 2, 3,4), array(1,2,3)) FROM src LIMIT 1;\n  [1,2,3]",
        ),
        Scalar::new("array_except", two_arrays, returns_same_as_first, |call| {
            combine(call, |first, second| {
                let unwanted: HashSet<&[u8]> = second.iter().map(|item| item.key).collect();
                first.into_iter().filter(|item| !unwanted.contains(item.key)).map(Pick::Left).collect()
            })
        })
        .entry(
            "_FUNC_(array1, array2) - Returns an array of the elements in array1 but not in array2.",
            "Example:\n  > SELECT _FUNC_(array(1, 2, 3,4), array(2,3)) FROM src LIMIT 1;\n  [1,4]",
        ),
        Scalar::new("array_remove", array_and_item, returns_same_as_first, remove).entry(
            "_FUNC_(array, element) - Removes all occurrences of element from array.",
            "Example:\n  > SELECT _FUNC_(array(1, 2, 3,4,2), 2) FROM src LIMIT 1;\n  [1,3,4]",
        ),
    ]
}

fn two_arrays(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    args_size(name, types, 2, 2)?;
    array_argument(name, types, 0)?;
    array_argument(name, types, 1)?;
    if types[0] != types[1] && item_of(&types[1]) != Some(DataType::Null) {
        return type_error(
            1,
            format!(
                "\"{}\" expected at function {}, but \"{}\" is found",
                type_name(&types[0]),
                name.to_ascii_uppercase(),
                type_name(&types[1])
            ),
        );
    }
    Ok(vec![types[0].clone(), types[0].clone()])
}

/// An item: its place among all items, and bytes that are equal for equal items.
struct Item<'a> {
    place: usize,
    key: &'a [u8],
}

enum Pick<'a> {
    Left(Item<'a>),
    Right(Item<'a>),
}

/// Distinct items, in the order of `choose`, which gets the items of the first and the second array of a row.
fn combine(call: &Call, choose: for<'a> fn(Vec<Item<'a>>, Vec<Item<'a>>) -> Vec<Pick<'a>>) -> Result<ArrayRef> {
    let lists = (0..call.len()).map(|index| Lists::new(call.column(index)?)).collect::<Result<Vec<_>>>()?;
    let Some(first) = lists.first() else { return call.array(0) };
    let second = lists.get(1);
    let converter = RowConverter::new(vec![SortField::new(first.items().data_type().clone())])?;
    let first_rows = converter.convert_columns(std::slice::from_ref(first.items()))?;
    let second_rows = converter.convert_columns(std::slice::from_ref(second.unwrap_or(first).items()))?;
    let (mut picks, mut ends, mut valid) = (Vec::new(), vec![0], Vec::new());
    for row in 0..call.rows() {
        let (left, right) = (first.range(row), second.map(|second| second.range(row)));
        let present = left.is_some() && right.as_ref().is_none_or(Option::is_some);
        valid.push(present);
        if present {
            let left = left.into_iter().flatten();
            let left = left.map(|place| Item { place, key: first_rows.row(place).data() }).collect();
            let right = right.flatten().into_iter().flatten();
            let right = right.map(|place| Item { place, key: second_rows.row(place).data() }).collect();
            let mut seen = HashSet::new();
            for pick in choose(left, right) {
                let (side, item) = match pick {
                    Pick::Left(item) => (0, item),
                    Pick::Right(item) => (1, item),
                };
                if seen.insert(item.key) {
                    picks.push((side, item.place));
                }
            }
        }
        ends.push(picks.len() as i32);
    }
    let sources: [&dyn Array; 2] = [first.items().as_ref(), second.unwrap_or(first).items().as_ref()];
    list_array(interleave(&sources, &picks)?, ends, Some(NullBuffer::from(valid)))
}

fn remove(call: &Call) -> Result<ArrayRef> {
    let lists = Lists::new(call.column(0)?)?;
    let value = call.column(1)?;
    let compare = make_comparator(lists.items().as_ref(), value.array.as_ref(), SortOptions::default())?;
    picked(call.rows(), lists.items(), |row, picks| {
        let at = value.index(row);
        let kept = lists.range(row)?.filter(|item| !compare(*item, at).is_eq());
        picks.extend(kept.map(|item| item as u64));
        Some(())
    })
}
