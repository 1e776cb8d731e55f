//! `create_union`, `extract_union`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int8Array, StructArray};
use arrow::compute::nullif;
use arrow::datatypes::{DataType, Field, Fields, Int8Type, Int32Type};

use crate::error::{Result, UdfError};
use crate::registry::FunctionEntry;
use crate::scalar::check::{argument_error, category, type_name};
use crate::scalar::{Call, ReturnArgs, Scalar};

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        Scalar::new(
            "create_union",
            |_, types| {
                if types.len() < 2 {
                    return argument_error("create_union requires a tag and at least one object");
                }
                let mut wanted = types.to_vec();
                wanted[0] = DataType::Int32;
                Ok(wanted)
            },
            |args| {
                let members = args.types.iter().skip(1).enumerate();
                let members = members.map(|(tag, ty)| Field::new(tag.to_string(), ty.clone(), true));
                let tag = Field::new("tag", DataType::Int8, true);
                Ok(DataType::Struct(std::iter::once(tag).chain(members).collect()))
            },
            create,
        )
        .entry(
            "_FUNC_(tag, obj1, obj2, obj3, ...) - Creates a union with the object for given tag",
            "Example:\n  > SELECT _FUNC_(1, 1, \"one\") FROM src LIMIT 1;\n  one",
        ),
        Scalar::new("extract_union", extract_types, extract_returns, extract).entry(
            "_FUNC_(union[, tag]) - Recursively explodes unions into structs or simply extracts the given tag.",
            "  > SELECT _FUNC_({0:\"foo\"}).tag_0 FROM src;\n  foo\n  > SELECT _FUNC_({0:\"foo\"}, 0) FROM src;\n  \
             foo\n  > SELECT _FUNC_({0:\"foo\"}, 1) FROM src;\n  null",
        ),
    ]
}

/// The members that the tag does not name are NULL.
fn create(call: &Call) -> Result<ArrayRef> {
    let DataType::Struct(fields) = call.return_type() else {
        return Err(UdfError::Execution("create_union gives a union".into()));
    };
    let tags = call.primitives::<Int32Type>(0)?;
    let mut columns: Vec<ArrayRef> =
        vec![Arc::new((0..call.rows()).map(|row| tags.get(row).map(|tag| tag as i8)).collect::<Int8Array>())];
    for index in 1..call.len() {
        let other: BooleanArray = (0..call.rows()).map(|row| Some(tags.get(row) != Some(index as i32 - 1))).collect();
        columns.push(nullif(call.array(index)?.as_ref(), &other)?);
    }
    let nulls = arrow::buffer::NullBuffer::from_iter((0..call.rows()).map(|row| tags.get(row).is_some()));
    Ok(Arc::new(StructArray::try_new(fields.clone(), columns, Some(nulls))?))
}

fn members(ty: &DataType) -> Option<&Fields> {
    match ty {
        DataType::Struct(fields) if category(ty) == "UNION" => Some(fields),
        _ => None,
    }
}

fn extract_types(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [union] if members(union).is_some() => Ok(types.to_vec()),
        [union, DataType::Int32] if members(union).is_some() => Ok(types.to_vec()),
        _ => {
            let names: Vec<String> = types.iter().map(type_name).collect();
            let found = if names.is_empty() { "nothing".to_string() } else { format!("[{}]", names.join(", ")) };
            argument_error(format!(
                "Unsupported arguments. Expected a type containing a union or a union and an int constant, got: {found}"
            ))
        }
    }
}

fn extract_returns(args: &ReturnArgs) -> Result<DataType> {
    let union = args.type_of(0);
    let Some(fields) = members(&union) else { return argument_error("extract_union takes a union") };
    if args.types.len() == 1 {
        let fields = fields.iter().skip(1).enumerate();
        let fields = fields.map(|(tag, field)| Field::new(format!("tag_{tag}"), field.data_type().clone(), true));
        return Ok(DataType::Struct(fields.collect()));
    }
    let tag = match args.constants.get(1) {
        Some(Some(datafusion_common::ScalarValue::Int32(Some(tag)))) => *tag,
        _ => return argument_error("the tag given to extract_union must be a constant int"),
    };
    match usize::try_from(tag).ok().and_then(|tag| fields.get(tag + 1)) {
        Some(field) => Ok(field.data_type().clone()),
        None => argument_error(format!(
            "int constant must be a valid union tag for {}. Expected 0-{} got: {tag}",
            type_name(&union),
            fields.len() - 2
        )),
    }
}

fn extract(call: &Call) -> Result<ArrayRef> {
    let column = call.array(0)?;
    let union = column.as_struct();
    let outside = |tag: usize| -> BooleanArray {
        let tags = union.column(0).as_primitive::<Int8Type>();
        (0..call.rows()).map(|row| Some(union.is_null(row) || tags.value(row) != tag as i8)).collect()
    };
    if call.len() == 2 {
        let tag = call.primitives::<Int32Type>(1)?.get(0).and_then(|tag| usize::try_from(tag).ok()).unwrap_or(0);
        return Ok(nullif(union.column(tag + 1).as_ref(), &outside(tag))?);
    }
    let DataType::Struct(fields) = call.return_type() else {
        return Err(UdfError::Execution("extract_union gives a struct".into()));
    };
    let columns = (0..fields.len())
        .map(|tag| Ok(nullif(union.column(tag + 1).as_ref(), &outside(tag))?))
        .collect::<Result<Vec<_>>>()?;
    Ok(Arc::new(StructArray::try_new(fields.clone(), columns, union.nulls().cloned())?))
}
