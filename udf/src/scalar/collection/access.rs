//! `index` (`a[i]`, `m[k]`), `size`, `array_contains`.

use arrow::array::{Array, ArrayRef, UInt64Array, make_comparator};
use arrow::compute::{SortOptions, take};
use arrow::datatypes::{DataType, Int32Type, Int64Type};

use super::{Lists, Maps, item_of, map_parts};
use crate::error::Result;
use crate::registry::FunctionEntry;
use crate::scalar::check::{argument_error, is_primitive, length_error, type_error, type_name};
use crate::scalar::kernel::{booleans, primitives};
use crate::scalar::{Call, Scalar};

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        Scalar::new(
            "index",
            index_types,
            |args| {
                let ty = args.type_of(0);
                Ok(item_of(&ty).or_else(|| map_parts(&ty).map(|(_, value)| value)).unwrap_or(DataType::Null))
            },
            index,
        )
        .entry("_FUNC_(a, n) - Returns the n-th element of a ", ""),
        Scalar::new("size", size_types, |_| Ok(DataType::Int32), size).entry("_FUNC_(a) - Returns the size of a", ""),
        Scalar::new("array_contains", contains_types, |_| Ok(DataType::Boolean), contains).entry(
            "_FUNC_(array, value) - Returns TRUE if the array contains value.",
            "Example:\n  > SELECT _FUNC_(array(1, 2, 3), 2) FROM src LIMIT 1;\n  true",
        ),
    ]
}

fn index_types(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let [collection, index] = types else {
        return length_error("The function INDEX accepts exactly 2 arguments.");
    };
    if !is_primitive(index) {
        return type_error(1, format!("Primitive Type is expected but {}\" is found", type_name(index)));
    }
    if let DataType::List(_) = collection {
        return Ok(vec![collection.clone(), DataType::Int64]);
    }
    match map_parts(collection) {
        Some((key, _)) => Ok(vec![collection.clone(), key]),
        None => type_error(
            0,
            format!("\"map\" or \"list\" is expected at function INDEX, but \"{}\" is found", type_name(collection)),
        ),
    }
}

fn index(call: &Call) -> Result<ArrayRef> {
    if let DataType::List(_) = call.arg_type(0) {
        let lists = Lists::new(call.column(0)?)?;
        let index = call.primitives::<Int64Type>(1)?;
        let found: UInt64Array = (0..call.rows())
            .map(|row| {
                let range = lists.range(row)?;
                let at = usize::try_from(index.get(row)?).ok()?;
                (at < range.len()).then(|| (range.start + at) as u64)
            })
            .collect();
        return Ok(take(lists.items(), &found, None)?);
    }
    let maps = Maps::new(call.column(0)?)?;
    let wanted = call.column(1)?;
    let compare = make_comparator(maps.keys().as_ref(), wanted.array.as_ref(), SortOptions::default())?;
    let found: UInt64Array = (0..call.rows())
        .map(|row| {
            if wanted.is_null(row) {
                return None;
            }
            maps.range(row)?.find(|entry| compare(*entry, wanted.index(row)).is_eq()).map(|entry| entry as u64)
        })
        .collect();
    Ok(take(maps.values(), &found, None)?)
}

fn size_types(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [DataType::List(_) | DataType::Map(_, _) | DataType::Null] => Ok(types.to_vec()),
        [other] => type_error(
            0,
            format!("\"map\" or \"list\" is expected at function SIZE, but \"{}\" is found", type_name(other)),
        ),
        _ => length_error("The function SIZE only accepts 1 argument."),
    }
}

/// The size of NULL is -1.
fn size(call: &Call) -> Result<ArrayRef> {
    match call.arg_type(0) {
        DataType::List(_) => {
            let lists = Lists::new(call.column(0)?)?;
            primitives::<Int32Type>(call.rows(), |row| Some(lists.range(row).map_or(-1, |range| range.len() as i32)))
        }
        DataType::Map(_, _) => {
            let maps = Maps::new(call.column(0)?)?;
            primitives::<Int32Type>(call.rows(), |row| Some(maps.range(row).map_or(-1, |range| range.len() as i32)))
        }
        _ => primitives::<Int32Type>(call.rows(), |_| Some(-1)),
    }
}

fn contains_types(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let [array, value] = types else {
        return argument_error("The function ARRAY_CONTAINS accepts 2 arguments.");
    };
    let Some(item) = item_of(array) else {
        return type_error(
            0,
            format!("\"array\" expected at function ARRAY_CONTAINS, but \"{}\" is found", type_name(array)),
        );
    };
    if *value != item && *value != DataType::Null && item != DataType::Null {
        return type_error(
            1,
            format!(
                "\"{}\" expected at function ARRAY_CONTAINS, but \"{}\" is found",
                type_name(&item),
                type_name(value)
            ),
        );
    }
    if let DataType::Map(_, _) = value {
        return argument_error(format!(
            "The function ARRAY_CONTAINS does not support comparison for \"{0}\" types",
            type_name(value)
        ));
    }
    Ok(vec![array.clone(), if *value == DataType::Null { item } else { value.clone() }])
}

fn contains(call: &Call) -> Result<ArrayRef> {
    let lists = Lists::new(call.column(0)?)?;
    let value = call.column(1)?;
    if lists.items().data_type() != value.array.data_type() {
        return booleans(call.rows(), |_| Some(false));
    }
    let compare = make_comparator(lists.items().as_ref(), value.array.as_ref(), SortOptions::default())?;
    booleans(call.rows(), |row| {
        if value.is_null(row) {
            return Some(false);
        }
        let at = value.index(row);
        Some(
            lists
                .range(row)
                .is_some_and(|mut range| range.any(|item| lists.items().is_valid(item) && compare(item, at).is_eq())),
        )
    })
}
