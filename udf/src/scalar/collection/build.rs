//! `array`, `map`, `struct`, `named_struct`.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, MapArray, StructArray, new_empty_array};
use arrow::buffer::OffsetBuffer;
use arrow::compute::interleave;
use arrow::datatypes::{DataType, Field, Fields};
use arrow::row::{RowConverter, SortField};

use super::{list_array, map_of};
use crate::coercion::common_type;
use crate::error::{Result, UdfError};
use crate::registry::FunctionEntry;
use crate::scalar::check::{is_primitive, length_error, type_error, type_name};
use crate::scalar::kernel::list_of;
use crate::scalar::{Call, ReturnArgs, Scalar};

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        Scalar::new(
            "array",
            array_types,
            |args| Ok(list_of(if args.types.is_empty() { DataType::Utf8 } else { args.type_of(0) })),
            array,
        )
        .entry("_FUNC_(n0, n1...) - Creates an array with the given elements ", ""),
        Scalar::new(
            "map",
            map_types,
            |args| match args.types {
                [key, value, ..] => Ok(map_of(key.clone(), value.clone())),
                _ => Ok(map_of(DataType::Utf8, DataType::Utf8)),
            },
            map,
        )
        .entry("_FUNC_(key0, value0, key1, value1...) - Creates a map with the given key/value pairs ", ""),
        Scalar::new(
            "struct",
            |_, types| Ok(types.to_vec()),
            |args| {
                let fields = args.types.iter().enumerate();
                let fields = fields.map(|(nth, ty)| Field::new(format!("col{}", nth + 1), ty.clone(), true));
                Ok(DataType::Struct(fields.collect()))
            },
            |call| structure(call, 1),
        )
        .entry("_FUNC_(col1, col2, col3, ...) - Creates a struct with the given field values", ""),
        Scalar::new("named_struct", named_types, named_returns, |call| structure(call, 2)).entry(
            "_FUNC_(name1, val1, name2, val2, ...) - Creates a struct with the given field names and values",
            "",
        ),
    ]
}

/// The type that arguments are brought to; `None` with the first position that does not fit.
fn common<'a>(types: impl Iterator<Item = (usize, &'a DataType)>) -> Result<DataType, usize> {
    let mut common = DataType::Null;
    for (index, ty) in types {
        common = match (&common, ty) {
            (DataType::Null, _) => ty.clone(),
            (_, DataType::Null) => common,
            _ => common_type(&common, ty).ok_or(index)?,
        };
    }
    Ok(common)
}

fn array_types(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match common(types.iter().enumerate()) {
        Ok(ty) => Ok(vec![ty; types.len()]),
        Err(index) => type_error(
            index,
            format!(
                "Argument type \"{}\" is different from preceding arguments. Previous type was \"{}\"",
                type_name(&types[index]),
                type_name(&types[index - 1])
            ),
        ),
    }
}

fn array(call: &Call) -> Result<ArrayRef> {
    let columns = call.arrays()?;
    let width = columns.len();
    let ends = (0..=call.rows()).map(|row| (row * width) as i32).collect();
    if columns.is_empty() {
        return list_array(new_empty_array(&DataType::Utf8), ends, None);
    }
    let items: Vec<(usize, usize)> =
        (0..call.rows()).flat_map(|row| (0..width).map(move |column| (column, row))).collect();
    let columns: Vec<&dyn Array> = columns.iter().map(|column| column.as_ref()).collect();
    list_array(interleave(&columns, &items)?, ends, None)
}

fn map_types(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    if !types.len().is_multiple_of(2) {
        return length_error("Arguments must be in key/value pairs");
    }
    if let Some(key) = types.iter().step_by(2).find(|key| !is_primitive(key)) {
        return type_error(1, format!("Primitive Type is expected but {}\" is found", type_name(key)));
    }
    let side = |offset: usize, what: &str| {
        let arguments = types.iter().enumerate().skip(offset).step_by(2);
        common(arguments).or_else(|index| {
            type_error(
                index,
                format!(
                    "{what} type \"{}\" is different from preceding {} types. Previous {} type was \"{}\"",
                    type_name(&types[index]),
                    what.to_ascii_lowercase(),
                    what.to_ascii_lowercase(),
                    type_name(&types[index - 2])
                ),
            )
        })
    };
    let (key, value) = (side(0, "Key")?, side(1, "Value")?);
    let key = if key == DataType::Null { DataType::Utf8 } else { key };
    Ok((0..types.len()).map(|index| if index % 2 == 0 { key.clone() } else { value.clone() }).collect())
}

/// A later value of a key takes the place of an earlier one. Arrow's maps cannot have NULL keys: such entries are left
/// out.
fn map(call: &Call) -> Result<ArrayRef> {
    let columns = call.arrays()?;
    if columns.is_empty() {
        let entries = StructArray::new(
            Fields::from(vec![Field::new("key", DataType::Utf8, false), Field::new("value", DataType::Utf8, true)]),
            vec![new_empty_array(&DataType::Utf8), new_empty_array(&DataType::Utf8)],
            None,
        );
        return map_array(entries, vec![0; call.rows() + 1]);
    }
    let key_columns: Vec<&dyn Array> = columns.iter().step_by(2).map(|column| column.as_ref()).collect();
    let value_columns: Vec<&dyn Array> = columns.iter().skip(1).step_by(2).map(|column| column.as_ref()).collect();
    let converter = RowConverter::new(vec![SortField::new(key_columns[0].data_type().clone())])?;
    let key_rows = columns
        .iter()
        .step_by(2)
        .map(|keys| Ok(converter.convert_columns(std::slice::from_ref(keys))?))
        .collect::<Result<Vec<_>>>()?;
    let (mut key_picks, mut value_picks, mut ends) = (Vec::new(), Vec::new(), vec![0]);
    for row in 0..call.rows() {
        let start = key_picks.len();
        let mut seen: HashMap<&[u8], usize> = HashMap::new();
        for (pair, keys) in key_columns.iter().enumerate() {
            if keys.is_null(row) {
                continue;
            }
            match seen.entry(key_rows[pair].row(row).data()) {
                std::collections::hash_map::Entry::Occupied(place) => value_picks[start + *place.get()] = (pair, row),
                std::collections::hash_map::Entry::Vacant(place) => {
                    place.insert(key_picks.len() - start);
                    key_picks.push((pair, row));
                    value_picks.push((pair, row));
                }
            }
        }
        ends.push(key_picks.len() as i32);
    }
    let (keys, values) = (interleave(&key_columns, &key_picks)?, interleave(&value_columns, &value_picks)?);
    let fields = Fields::from(vec![
        Field::new("key", keys.data_type().clone(), false),
        Field::new("value", values.data_type().clone(), true),
    ]);
    map_array(StructArray::try_new(fields, vec![keys, values], None)?, ends)
}

/// A map column of entries and where each row ends.
pub(super) fn map_array(entries: StructArray, ends: Vec<i32>) -> Result<ArrayRef> {
    let field = Arc::new(Field::new("entries", entries.data_type().clone(), false));
    Ok(Arc::new(MapArray::try_new(field, OffsetBuffer::new(ends.into()), entries, None, false)?))
}

fn named_types(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    if !types.len().is_multiple_of(2) {
        return length_error("NAMED_STRUCT expects an even number of arguments.");
    }
    Ok(types.to_vec())
}

fn named_returns(args: &ReturnArgs) -> Result<DataType> {
    let fields = (0..args.types.len()).step_by(2).map(|index| match args.constant_str(index) {
        Some(name) => Ok(Field::new(name.to_lowercase(), args.type_of(index + 1), true)),
        None => type_error(index, "Even arguments to NAMED_STRUCT must be a constant STRING."),
    });
    Ok(DataType::Struct(fields.collect::<Result<_>>()?))
}

/// Every `step`th argument, the last of each, is a field.
fn structure(call: &Call, step: usize) -> Result<ArrayRef> {
    let DataType::Struct(fields) = call.return_type() else {
        return Err(UdfError::Execution(format!("{} gives a struct", call.name())));
    };
    if fields.is_empty() {
        return Ok(Arc::new(StructArray::new_empty_fields(call.rows(), None)));
    }
    let columns = (step - 1..call.len()).step_by(step).map(|index| call.array(index)).collect::<Result<Vec<_>>>()?;
    Ok(Arc::new(StructArray::try_new(fields.clone(), columns, None)?))
}
