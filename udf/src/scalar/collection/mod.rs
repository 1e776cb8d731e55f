//! Arrays, maps, structs and unions: building them, looking into them, sorting and combining them.

mod access;
mod build;
mod compare;
mod keys;
mod list;
mod set;
mod sort;
mod union;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ListArray, MapArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field, Fields};

use crate::error::{Result, UdfError};
use crate::registry::FunctionEntry;
use crate::scalar::Column;

/// Every function of this family.
pub fn functions() -> Vec<FunctionEntry> {
    [
        access::functions(),
        build::functions(),
        keys::functions(),
        list::functions(),
        set::functions(),
        sort::functions(),
        union::functions(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The Arrow type of `map<key,value>`.
pub(crate) fn map_of(key: DataType, value: DataType) -> DataType {
    let entries = Fields::from(vec![Field::new("key", key, false), Field::new("value", value, true)]);
    DataType::Map(Arc::new(Field::new("entries", DataType::Struct(entries), false)), false)
}

/// Key and value type of a map type.
pub(crate) fn map_parts(ty: &DataType) -> Option<(DataType, DataType)> {
    match ty {
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(fields) => Some((fields.first()?.data_type().clone(), fields.get(1)?.data_type().clone())),
            _ => None,
        },
        _ => None,
    }
}

/// The element type of an array type.
pub(crate) fn item_of(ty: &DataType) -> Option<DataType> {
    match ty {
        DataType::List(item) => Some(item.data_type().clone()),
        _ => None,
    }
}

/// An `array<T>` column from its items and where each row ends.
pub(crate) fn list_array(items: ArrayRef, ends: Vec<i32>, nulls: Option<NullBuffer>) -> Result<ArrayRef> {
    let field = Arc::new(Field::new_list_field(items.data_type().clone(), true));
    Ok(Arc::new(ListArray::try_new(field, OffsetBuffer::new(ends.into()), items, nulls)?))
}

/// The lists of an argument, row by row.
pub(crate) struct Lists {
    column: Column,
    lists: ListArray,
}

impl Lists {
    pub(crate) fn new(column: Column) -> Result<Lists> {
        match column.array.as_any().downcast_ref::<ListArray>() {
            Some(lists) => Ok(Lists { lists: lists.clone(), column }),
            None => Err(UdfError::Argument(format!("an array is expected, not {}", column.array.data_type()))),
        }
    }

    /// The items of all rows.
    pub(crate) fn items(&self) -> &ArrayRef {
        self.lists.values()
    }

    /// The items of a row as positions in [`Lists::items`]; `None` for NULL.
    pub(crate) fn range(&self, row: usize) -> Option<std::ops::Range<usize>> {
        let at = self.column.index(row);
        let offsets = self.lists.value_offsets();
        self.lists.is_valid(at).then(|| offsets[at] as usize..offsets[at + 1] as usize)
    }
}

/// The maps of an argument, row by row.
pub(crate) struct Maps {
    column: Column,
    maps: MapArray,
}

impl Maps {
    pub(crate) fn new(column: Column) -> Result<Maps> {
        match column.array.as_any().downcast_ref::<MapArray>() {
            Some(maps) => Ok(Maps { maps: maps.clone(), column }),
            None => Err(UdfError::Argument(format!("a map is expected, not {}", column.array.data_type()))),
        }
    }

    pub(crate) fn keys(&self) -> &ArrayRef {
        self.maps.keys()
    }

    pub(crate) fn values(&self) -> &ArrayRef {
        self.maps.values()
    }

    /// The entries of a row as positions in keys and values; `None` for NULL.
    pub(crate) fn range(&self, row: usize) -> Option<std::ops::Range<usize>> {
        let at = self.column.index(row);
        let offsets = self.maps.value_offsets();
        self.maps.is_valid(at).then(|| offsets[at] as usize..offsets[at + 1] as usize)
    }
}

#[cfg(test)]
mod tests;
