//! The order of values that may have maps in them (`ObjectInspectorUtils.compare` with `FullMapEqualComparer`).

use std::cmp::Ordering;
use std::ops::Range;

use arrow::array::{Array, ArrayRef, AsArray, DynComparator, make_comparator};
use arrow::compute::SortOptions;
use arrow::datatypes::DataType;

use crate::error::Result;

/// Compares the values of an array by their positions, NULL first. Maps are less than larger ones; those of one size are
/// compared key by key and value by value in the order of their keys.
pub(super) fn comparator(array: &ArrayRef) -> Result<DynComparator> {
    if !has_map(array.data_type()) {
        return Ok(make_comparator(array.as_ref(), array.as_ref(), SortOptions::default())?);
    }
    let compare: DynComparator = match array.data_type() {
        DataType::Map(_, _) => {
            let map = array.as_map().clone();
            let (keys, values) = (comparator(map.keys())?, comparator(map.values())?);
            Box::new(move |left, right| {
                let sorted = |row: usize| -> Vec<usize> {
                    let mut entries: Vec<usize> = range(map.value_offsets(), row).collect();
                    entries.sort_by(|left, right| keys(*left, *right));
                    entries
                };
                let (left, right) = (sorted(left), sorted(right));
                let pairs = || left.iter().zip(&right);
                left.len().cmp(&right.len()).then_with(|| {
                    pairs()
                        .map(|(left, right)| keys(*left, *right).then_with(|| values(*left, *right)))
                        .find(|order| order.is_ne())
                        .unwrap_or(Ordering::Equal)
                })
            })
        }
        DataType::List(_) => {
            let list = array.as_list::<i32>().clone();
            let items = comparator(list.values())?;
            Box::new(move |left, right| {
                let (left, right) = (range(list.value_offsets(), left), range(list.value_offsets(), right));
                let lengths = left.len().cmp(&right.len());
                left.zip(right).map(|(left, right)| items(left, right)).find(|order| order.is_ne()).unwrap_or(lengths)
            })
        }
        _ => {
            let fields = array.as_struct().columns().iter().map(comparator).collect::<Result<Vec<_>>>()?;
            Box::new(move |left, right| {
                fields.iter().map(|field| field(left, right)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
            })
        }
    };
    let nulls = array.logical_nulls();
    Ok(Box::new(move |left, right| {
        let there = |row: usize| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
        match (there(left), there(right)) {
            (true, true) => compare(left, right),
            (left, right) => left.cmp(&right),
        }
    }))
}

fn has_map(ty: &DataType) -> bool {
    match ty {
        DataType::Map(_, _) => true,
        DataType::List(item) => has_map(item.data_type()),
        DataType::Struct(fields) => fields.iter().any(|field| has_map(field.data_type())),
        _ => false,
    }
}

fn range(offsets: &[i32], row: usize) -> Range<usize> {
    offsets[row] as usize..offsets[row + 1] as usize
}
