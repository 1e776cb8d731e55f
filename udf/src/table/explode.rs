//! `explode`, `posexplode`, `inline`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int32Array, ListArray, MapArray, StructArray};
use arrow::datatypes::DataType;

use super::{Rows, columns_type, list_of_structs};
use crate::error::{Result, UdfError};
use crate::registry::FunctionEntry;
use crate::scalar::check::{argument_error, category, type_name};
use crate::scalar::collection::{item_of, map_parts};
use crate::scalar::{Call, ReturnArgs};

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        Rows {
            name: "explode",
            coerce: explode_types,
            columns: explode_columns,
            returns: |args| columns_type(explode_columns(args)?),
            eval: explode,
        }
        .entry(
            "_FUNC_(a) - separates the elements of array a into multiple rows, or the elements of a map into \
                 multiple rows and columns ",
        ),
        Rows {
            name: "posexplode",
            coerce: posexplode_types,
            columns: posexplode_columns,
            returns: |args| columns_type(posexplode_columns(args)?),
            eval: posexplode,
        }
        .entry("_FUNC_(a) - behaves like explode for arrays, but includes the position of items in the original array"),
        Rows {
            name: "inline",
            coerce: inline_types,
            columns: inline_columns,
            returns: |args| columns_type(inline_columns(args)?),
            eval: inline,
        }
        .entry("_FUNC_( ARRAY( STRUCT()[,STRUCT()] - explodes and array and struct into a table"),
    ]
}

fn explode_types(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [DataType::List(_) | DataType::Map(_, _)] => Ok(types.to_vec()),
        [_] => argument_error("explode() takes an array or a map as a parameter"),
        _ => argument_error("explode() takes only one argument"),
    }
}

fn explode_columns(args: &ReturnArgs) -> Result<Vec<(String, DataType)>> {
    let ty = args.type_of(0);
    explode_types("explode", args.types)?;
    Ok(match (item_of(&ty), map_parts(&ty)) {
        (Some(item), _) => vec![("col".into(), item)],
        (None, Some((key, value))) => vec![("key".into(), key), ("value".into(), value)],
        (None, None) => Vec::new(),
    })
}

fn lists(call: &Call) -> Result<ListArray> {
    match call.array(0)?.as_any().downcast_ref::<ListArray>() {
        Some(lists) => Ok(lists.clone()),
        None => Err(UdfError::Argument(format!("{}() takes an array", call.name()))),
    }
}

fn explode(call: &Call) -> Result<ArrayRef> {
    let column = call.array(0)?;
    if let Some(maps) = column.as_any().downcast_ref::<MapArray>() {
        return list_of_structs(
            call,
            vec![maps.keys().clone(), maps.values().clone()],
            maps.offsets().clone(),
            maps.nulls().cloned(),
        );
    }
    let lists = lists(call)?;
    list_of_structs(call, vec![lists.values().clone()], lists.offsets().clone(), lists.nulls().cloned())
}

fn posexplode_types(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [DataType::List(_)] => Ok(types.to_vec()),
        [_] => argument_error("posexplode() takes an array as a parameter"),
        _ => argument_error("posexplode() takes only one argument"),
    }
}

fn posexplode_columns(args: &ReturnArgs) -> Result<Vec<(String, DataType)>> {
    posexplode_types("posexplode", args.types)?;
    let item = item_of(&args.type_of(0)).unwrap_or(DataType::Null);
    Ok(vec![("pos".into(), DataType::Int32), ("val".into(), item)])
}

fn posexplode(call: &Call) -> Result<ArrayRef> {
    let lists = lists(call)?;
    let mut positions = vec![0; lists.values().len()];
    for ends in lists.value_offsets().windows(2) {
        for (position, place) in positions[ends[0] as usize..ends[1] as usize].iter_mut().enumerate() {
            *place = position as i32;
        }
    }
    let positions = Arc::new(Int32Array::from(positions));
    list_of_structs(call, vec![positions, lists.values().clone()], lists.offsets().clone(), lists.nulls().cloned())
}

fn inline_types(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let [list] = types else { return argument_error("UDF tables only one argument") };
    let Some(item) = item_of(list) else {
        return argument_error(format!("Top level object must be an array but was {}", type_name(list)));
    };
    if category(&item) != "STRUCT" {
        return argument_error(format!("The sub element must be struct, but was {}", type_name(&item)));
    }
    Ok(types.to_vec())
}

fn inline_columns(args: &ReturnArgs) -> Result<Vec<(String, DataType)>> {
    inline_types("inline", args.types)?;
    match item_of(&args.type_of(0)) {
        Some(DataType::Struct(fields)) => {
            Ok(fields.iter().map(|field| (field.name().clone(), field.data_type().clone())).collect())
        }
        _ => Ok(Vec::new()),
    }
}

fn inline(call: &Call) -> Result<ArrayRef> {
    let lists = lists(call)?;
    let Some(structs) = lists.values().as_any().downcast_ref::<StructArray>() else {
        return Err(UdfError::Argument("inline() takes an array of structs".into()));
    };
    // A NULL struct is a row of NULLs.
    let columns = match structs.nulls() {
        None => structs.columns().to_vec(),
        Some(nulls) => {
            let absent = arrow::array::BooleanArray::new(!nulls.inner(), None);
            let columns = structs.columns().iter().map(|column| Ok(arrow::compute::nullif(column, &absent)?));
            columns.collect::<Result<Vec<_>>>()?
        }
    };
    list_of_structs(call, columns, lists.offsets().clone(), lists.nulls().cloned())
}
