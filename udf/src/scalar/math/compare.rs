//! `greatest`, `least`.

use arrow::array::{Array, ArrayRef, make_comparator};
use arrow::compute::{SortOptions, interleave, nullif};
use arrow::datatypes::DataType;

use crate::coercion::comparison_type;
use crate::error::Result;
use crate::registry::FunctionEntry;
use crate::scalar::check::{argument_error, is_primitive, length_error, type_name};
use crate::scalar::{Call, Scalar, returns_same_as_first};

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        Scalar::new("greatest", common_types, returns_same_as_first, |call| choose(call, true)).entry(
            "_FUNC_(v1, v2, ...) - Returns the greatest value in a list of values",
            "Example:\n  > SELECT _FUNC_(2, 3, 1) FROM src LIMIT 1;\n  3",
        ),
        Scalar::new("least", common_types, returns_same_as_first, |call| choose(call, false)).entry(
            "_FUNC_(v1, v2, ...) - Returns the least value in a list of values",
            "Example:\n  > SELECT _FUNC_(2, 3, 1) FROM src LIMIT 1;\n  1",
        ),
    ]
}

fn common_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    if types.len() < 2 {
        return length_error(format!("{name} requires at least 2 arguments, got {}", types.len()));
    }
    if !is_primitive(&types[0]) {
        return argument_error(format!("{name} only takes primitive types, got {}", type_name(&types[0])));
    }
    let common = types.iter().skip(1).try_fold(types[0].clone(), |common, ty| match (&common, ty) {
        (DataType::Null, other) | (other, DataType::Null) => Some(other.clone()),
        (left, right) if left == right => Some(common),
        (left, right) => comparison_type(left, right),
    });
    Ok(vec![common.unwrap_or(DataType::Float64); types.len()])
}

/// NULL where any argument is NULL.
fn choose(call: &Call, greatest: bool) -> Result<ArrayRef> {
    let columns = call.arrays()?;
    let mut best = vec![0_usize; call.rows()];
    let mut absent = vec![false; call.rows()];
    for column in &columns {
        if let Some(nulls) = column.logical_nulls() {
            absent.iter_mut().enumerate().for_each(|(row, absent)| *absent |= nulls.is_null(row));
        }
    }
    for (candidate, column) in columns.iter().enumerate() {
        for (holder, held) in columns.iter().enumerate().take(candidate) {
            let compare = make_comparator(column.as_ref(), held.as_ref(), SortOptions::default())?;
            for row in 0..call.rows() {
                if best[row] == holder && !absent[row] {
                    let order = compare(row, row);
                    if (greatest && order.is_gt()) || (!greatest && order.is_lt()) {
                        best[row] = candidate;
                    }
                }
            }
        }
    }
    let picks: Vec<(usize, usize)> = best.iter().enumerate().map(|(row, column)| (*column, row)).collect();
    let sources: Vec<&dyn Array> = columns.iter().map(|column| column.as_ref()).collect();
    let chosen = interleave(&sources, &picks)?;
    Ok(nullif(&chosen, &absent.into())?)
}
