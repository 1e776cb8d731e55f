//! Casts of arrays, maps and structs, member by member.

use std::sync::Arc;

use arrow::array::timezone::Tz;
use arrow::array::{Array, ArrayRef, AsArray, ListArray, MapArray, StructArray};
use arrow::datatypes::{DataType, Field, Fields};

use super::{CastTarget, cast_array};
use crate::coercion::hive_type_name;
use crate::error::{Result, UdfError};

/// The key and value fields of a map.
fn entries(field: &Field) -> Option<&Fields> {
    match field.data_type() {
        DataType::Struct(fields) if fields.len() == 2 => Some(fields),
        _ => None,
    }
}

/// Whether the members have casts; structs are matched by position.
pub(super) fn can_cast(from: &DataType, to: &DataType) -> bool {
    let member = |from: &DataType, to: &DataType| super::can_cast(from, &CastTarget::Arrow(to.clone()));
    let all = |from: &Fields, to: &Fields| {
        from.len() == to.len() && from.iter().zip(to).all(|(from, to)| member(from.data_type(), to.data_type()))
    };
    match (from, to) {
        (DataType::List(from), DataType::List(to)) => member(from.data_type(), to.data_type()),
        (DataType::Struct(from), DataType::Struct(to)) => all(from, to),
        (DataType::Map(from, _), DataType::Map(to, _)) => match (entries(from), entries(to)) {
            (Some(from), Some(to)) => all(from, to),
            _ => false,
        },
        _ => false,
    }
}

/// Casts member by member.
pub(super) fn cast(array: &ArrayRef, to: &DataType, tz: Tz) -> Result<ArrayRef> {
    let member = |array: &ArrayRef, field: &Field| cast_array(array, &field.data_type().clone().into(), tz);
    match (array.data_type(), to) {
        (DataType::List(_), DataType::List(item)) => {
            let list = array.as_list::<i32>();
            let items = member(list.values(), item)?;
            let cast = ListArray::try_new(Arc::clone(item), list.offsets().clone(), items, list.nulls().cloned())?;
            Ok(Arc::new(cast))
        }
        (DataType::Struct(_), DataType::Struct(fields)) => Ok(Arc::new(cast_struct(array.as_struct(), fields, tz)?)),
        (DataType::Map(_, _), DataType::Map(entry, sorted)) => {
            let map = array.as_map();
            let fields = entries(entry).ok_or_else(|| no_such_cast(array.data_type(), to))?;
            let keys = map.entries();
            let cast = cast_struct(keys, fields, tz)?;
            let cast =
                MapArray::try_new(Arc::clone(entry), map.offsets().clone(), cast, map.nulls().cloned(), *sorted)?;
            Ok(Arc::new(cast))
        }
        (from, to) => Err(no_such_cast(from, to)),
    }
}

fn cast_struct(array: &StructArray, fields: &Fields, tz: Tz) -> Result<StructArray> {
    let columns = array.columns().iter().zip(fields);
    let columns = columns.map(|(column, field)| cast_array(column, &field.data_type().clone().into(), tz));
    let columns = columns.collect::<Result<Vec<_>>>()?;
    if columns.is_empty() {
        return Ok(StructArray::new_empty_fields(array.len(), array.nulls().cloned()));
    }
    Ok(StructArray::try_new(fields.clone(), columns, array.nulls().cloned())?)
}

fn no_such_cast(from: &DataType, to: &DataType) -> UdfError {
    UdfError::Cast { from: hive_type_name(from), to: hive_type_name(to) }
}
