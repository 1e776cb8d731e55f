//! `stack`, `replicate_rows`.

use arrow::array::{Array, ArrayRef, new_null_array};
use arrow::buffer::OffsetBuffer;
use arrow::compute::interleave;
use arrow::datatypes::{DataType, Int64Type};
use datafusion_common::ScalarValue;

use super::{Rows, columns_type, list_of_structs};
use crate::error::Result;
use crate::registry::FunctionEntry;
use crate::scalar::check::{argument_error, type_name};
use crate::scalar::{Call, ReturnArgs};

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        Rows {
            name: "stack",
            coerce: stack_types,
            columns: stack_columns,
            returns: |args| columns_type(stack_columns(args)?),
            eval: stack,
        }
        .entry("_FUNC_(n, cols...) - turns k columns into n rows of size k/n each"),
        Rows {
            name: "replicate_rows",
            coerce: replicate_types,
            columns: replicate_columns,
            returns: |args| columns_type(replicate_columns(args)?),
            eval: replicate,
        }
        .entry("_FUNC_(n, cols...) - turns 1 row into n rows"),
    ]
}

fn stack_types(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    if types.len() < 2 {
        return argument_error("STACK() expects at least two arguments.");
    }
    Ok(types.to_vec())
}

fn row_count(value: Option<&ScalarValue>, ty: &DataType) -> Result<usize> {
    let count = match value {
        Some(ScalarValue::Int8(Some(count))) => i64::from(*count),
        Some(ScalarValue::Int16(Some(count))) => i64::from(*count),
        Some(ScalarValue::Int32(Some(count))) => i64::from(*count),
        Some(ScalarValue::Int64(Some(count))) => *count,
        Some(value) if value.is_null() => 0,
        _ => {
            return argument_error(format!(
                "The first argument to STACK() must be a constant integer (got {} instead).",
                type_name(ty)
            ));
        }
    };
    if count < 1 {
        return argument_error("STACK() expects its first argument to be >= 1.");
    }
    Ok(count as usize)
}

fn stack_columns(args: &ReturnArgs) -> Result<Vec<(String, DataType)>> {
    stack_types("stack", args.types)?;
    let rows = row_count(args.constants.first().copied().flatten(), &args.types[0])?;
    let width = (args.types.len() - 1).div_ceil(rows);
    let mut columns = Vec::with_capacity(width);
    for column in 0..width {
        let mut common = DataType::Null;
        for row in 0..rows {
            let index = row * width + column + 1;
            let Some(ty) = args.types.get(index) else { continue };
            if common == DataType::Null {
                common = ty.clone();
            } else if *ty != DataType::Null && *ty != common {
                return argument_error(format!(
                    "Argument {}'s type ({}) should be equal to argument {index}'s type ({})",
                    column + 1,
                    type_name(&args.types[column + 1]),
                    type_name(ty)
                ));
            }
        }
        columns.push((format!("col{column}"), common));
    }
    Ok(columns)
}

fn stack(call: &Call) -> Result<ArrayRef> {
    let rows = row_count(call.constant(0), &call.arg_type(0))?;
    let width = (call.len() - 1).div_ceil(rows);
    let types = super::column_types(call);
    let mut columns = Vec::with_capacity(width);
    for (column, ty) in types.iter().enumerate() {
        let sources = (0..rows)
            .map(|row| {
                let index = row * width + column + 1;
                if index < call.len() && call.arg_type(index) == *ty {
                    call.array(index)
                } else {
                    Ok(new_null_array(ty, call.rows()))
                }
            })
            .collect::<Result<Vec<_>>>()?;
        let sources: Vec<&dyn Array> = sources.iter().map(|source| source.as_ref()).collect();
        let picks: Vec<(usize, usize)> =
            (0..call.rows()).flat_map(|input| (0..rows).map(move |row| (row, input))).collect();
        columns.push(interleave(&sources, &picks)?);
    }
    list_of_structs(call, columns, OffsetBuffer::from_repeated_length(rows, call.rows()), None)
}

fn replicate_types(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [] | [_] => argument_error("UDTFReplicateRows() expects at least two arguments."),
        [DataType::Int64, ..] => Ok(types.to_vec()),
        [other, ..] => argument_error(format!(
            "The first argument to UDTFReplicateRows() must be a long (got {} instead).",
            type_name(other)
        )),
    }
}

fn replicate_columns(args: &ReturnArgs) -> Result<Vec<(String, DataType)>> {
    replicate_types("replicate_rows", args.types)?;
    Ok(args.types.iter().enumerate().map(|(nth, ty)| (format!("col{nth}"), ty.clone())).collect())
}

fn replicate(call: &Call) -> Result<ArrayRef> {
    let count = call.primitives::<Int64Type>(0)?;
    let counts: Vec<usize> = (0..call.rows()).map(|row| count.get(row).unwrap_or(0).max(0) as usize).collect();
    let picks: arrow::array::UInt64Array =
        counts.iter().enumerate().flat_map(|(row, count)| std::iter::repeat_n(row as u64, *count)).collect();
    let columns = call
        .arrays()?
        .iter()
        .map(|column| Ok(arrow::compute::take(column, &picks, None)?))
        .collect::<Result<Vec<_>>>()?;
    list_of_structs(call, columns, OffsetBuffer::from_lengths(counts), None)
}
