//! `sort_array`, `sort_array_by`.

use std::cmp::Ordering;

use arrow::array::{Array, ArrayRef, DynComparator, StructArray, UInt64Array, make_comparator};
use arrow::buffer::NullBuffer;
use arrow::compute::{SortOptions, take};
use arrow::datatypes::DataType;

use super::{Lists, item_of, list_array};
use crate::error::{Result, UdfError};
use crate::registry::FunctionEntry;
use crate::scalar::check::{Group, args_size, category, groups, length_error, type_error, type_name};
use crate::scalar::{Call, Scalar, returns_same_as_first};

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        Scalar::new("sort_array", sort_types, returns_same_as_first, sort_array).entry(
            "_FUNC_(array(obj1, obj2,...)) - Sorts the input array in ascending order according to the natural \
             ordering of the array elements.",
            "Example:\n  > SELECT _FUNC_(array('b', 'd', 'c', 'a')) FROM src LIMIT 1;\n  'a', 'b', 'c', 'd'",
        ),
        Scalar::new("sort_array_by", sort_by_types, returns_same_as_first, sort_array_by).entry(
            "_FUNC_(array(obj1, obj2,...),'f1','f2',...,['ASC','DESC']) - Sorts the input tuple array in user \
             specified order(ASC,DESC) by desired field[s] name If sorting order is not mentioned by user then \
             default sorting order is ascending",
            "Example:\n  > SELECT _FUNC_(array(struct('g',100),struct('b',200)),'col1','ASC') FROM src LIMIT 1;\n \
             array(struct('b',200),struct('g',100)) ",
        ),
    ]
}

fn sort_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    args_size(name, types, 1, 1)?;
    match types.first().and_then(item_of) {
        Some(item) if category(&item) != "UNION" => Ok(types.to_vec()),
        _ => type_error(
            0,
            format!(
                "Argument 1 of function SORT_ARRAY must be array<primitive>, array<struct>, array<list> or \
                 array<map>, but {} was found.",
                types.first().map(type_name).unwrap_or_default()
            ),
        ),
    }
}

/// The rows of lists with the items in another order.
fn reordered(call: &Call, lists: &Lists, compare: impl Fn(usize, usize) -> Ordering) -> Result<ArrayRef> {
    let (mut picks, mut ends, mut valid) = (Vec::new(), vec![0], Vec::with_capacity(call.rows()));
    for row in 0..call.rows() {
        let range = lists.range(row);
        valid.push(range.is_some());
        let start = picks.len();
        picks.extend(range.into_iter().flatten().map(|item| item as u64));
        picks[start..].sort_by(|left, right| compare(*left as usize, *right as usize));
        ends.push(picks.len() as i32);
    }
    list_array(take(lists.items(), &UInt64Array::from(picks), None)?, ends, Some(NullBuffer::from(valid)))
}

fn sort_array(call: &Call) -> Result<ArrayRef> {
    let lists = Lists::new(call.column(0)?)?;
    reordered(call, &lists, super::compare::comparator(lists.items())?)
}

fn sort_by_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    if types.len() < 2 {
        return length_error(format!("SORT_ARRAY_BY requires minimum 2 arguments, got {}", types.len()));
    }
    match item_of(&types[0]) {
        Some(DataType::Struct(_)) => {}
        Some(_) => {
            let found = type_name(&types[0]);
            let message = format!(
                "Element[s] of first argument array in function SORT_ARRAY_BY must be struct, but {found} was found."
            );
            return type_error(0, message);
        }
        None => {
            let found = type_name(&types[0]);
            return type_error(
                0,
                format!("Argument 1 of function SORT_ARRAY_BY must be array, but {found} was found."),
            );
        }
    }
    (1..types.len()).try_for_each(|index| groups(name, types, index, &[Group::String]))?;
    Ok(types.to_vec())
}

fn sort_array_by(call: &Call) -> Result<ArrayRef> {
    let lists = Lists::new(call.column(0)?)?;
    let mut names = Vec::new();
    for index in 1..call.len() {
        match call.constant_str(index) {
            Some(name) => names.push(name.trim().to_lowercase()),
            None => return Err(UdfError::Unsupported("sort_array_by with field names that are no constants".into())),
        }
    }
    let order = names.last().filter(|last| names.len() > 1 && (*last == "asc" || *last == "desc")).cloned();
    if order.is_some() {
        names.pop();
    }
    let descending = order.as_deref() == Some("desc");
    let Some(structs) = lists.items().as_any().downcast_ref::<StructArray>() else {
        return Err(UdfError::Argument("sort_array_by sorts structs".into()));
    };
    let compares = names
        .iter()
        .map(|name| match structs.column_by_name(name) {
            Some(field) => Ok(make_comparator(field.as_ref(), field.as_ref(), SortOptions::default())?),
            None => {
                Err(UdfError::Argument(format!("cannot find field {name} from {}", type_name(structs.data_type()))))
            }
        })
        .collect::<Result<Vec<DynComparator>>>()?;
    reordered(call, &lists, |left, right| {
        let order = compares.iter().map(|compare| compare(left, right)).find(|order| order.is_ne());
        let order = order.unwrap_or(Ordering::Equal);
        if descending { order.reverse() } else { order }
    })
}
