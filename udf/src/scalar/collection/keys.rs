//! `map_keys`, `map_values`.

use arrow::array::{ArrayRef, UInt64Array};
use arrow::compute::take;
use arrow::datatypes::DataType;

use super::{Maps, list_array, map_parts};
use crate::error::Result;
use crate::registry::FunctionEntry;
use crate::scalar::check::{length_error, type_error, type_name};
use crate::scalar::kernel::list_of;
use crate::scalar::{Call, Scalar};

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        Scalar::new(
            "map_keys",
            map_types,
            |args| Ok(list_of(map_parts(&args.type_of(0)).map_or(DataType::Null, |(key, _)| key))),
            |call| side(call, |maps| maps.keys().clone()),
        )
        .entry("_FUNC_(map) - Returns an unordered array containing the keys of the input map.", ""),
        Scalar::new(
            "map_values",
            map_types,
            |args| Ok(list_of(map_parts(&args.type_of(0)).map_or(DataType::Null, |(_, value)| value))),
            |call| side(call, |maps| maps.values().clone()),
        )
        .entry("_FUNC_(map) - Returns an unordered array containing the values of the input map.", ""),
    ]
}

fn map_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let upper = name.to_ascii_uppercase();
    match types {
        [DataType::Map(_, _)] => Ok(types.to_vec()),
        [other] => {
            type_error(0, format!("\"map\" is expected at function {upper}, but \"{}\" is found", type_name(other)))
        }
        _ => length_error(format!("The function {upper} only accepts one argument.")),
    }
}

/// Of NULL the keys are an empty array.
fn side(call: &Call, items: fn(&Maps) -> ArrayRef) -> Result<ArrayRef> {
    let maps = Maps::new(call.column(0)?)?;
    let (mut picks, mut ends) = (Vec::new(), vec![0]);
    for row in 0..call.rows() {
        picks.extend(maps.range(row).into_iter().flatten().map(|entry| entry as u64));
        ends.push(picks.len() as i32);
    }
    list_array(take(&items(&maps), &UInt64Array::from(picks), None)?, ends, None)
}
