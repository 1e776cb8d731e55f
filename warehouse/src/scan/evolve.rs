//! Values as a file has them made into values of the type a table says they are.

use std::str::FromStr;
use std::sync::Arc;

use arrow::array::timezone::Tz;
use arrow::array::{
    Array, ArrayRef, AsArray, Int8Array, ListArray, MapArray, StringArray, StringBuilder, StructArray, UnionArray,
    new_null_array,
};
use arrow::datatypes::{DataType, Field, Fields, TimeUnit};
use skep_metastore::model::HiveType;
use skep_udf::cast::{CastTarget, cast_array};

use super::file_rules::{Rules, by_rules};
use crate::error::{Result, WarehouseError};
use crate::types::arrow_type;

/// The time zone of an IANA name or an offset such as `+02:00`.
pub(crate) fn time_zone(name: &str) -> Result<Tz> {
    Tz::from_str(name).map_err(|_| WarehouseError::Invalid(format!("{name} is no time zone")))
}

/// Converts values to a Hive type, by a file format's rules or else by Hive's casts at the leaves. Fields of structs are found by name (without regard
/// to case), or by position where no name fits; fields that are not there are NULL. The result has exactly the Arrow
/// type of `target`. Text for `char` loses the spaces at its end; text longer than a `char` or `varchar` is cut.
pub(crate) fn convert(array: &ArrayRef, target: &HiveType, tz: Tz, rules: Rules) -> Result<ArrayRef> {
    let wanted = arrow_type(target);
    match (array.data_type(), target) {
        (DataType::Utf8, HiveType::Char(length)) => Ok(fit_text(array, *length as usize, true)),
        (DataType::Utf8, HiveType::Varchar(length)) => Ok(fit_text(array, *length as usize, false)),
        (from, _) if *from == wanted && !holds_sized_text(target) => Ok(Arc::clone(array)),
        (DataType::Null, _) => Ok(new_null_array(&wanted, array.len())),
        (DataType::List(_), HiveType::Array(element)) => convert_list(array, element, tz, rules),
        (DataType::LargeList(_) | DataType::FixedSizeList(..), HiveType::Array(_)) => {
            let list = arrow::compute::cast(array, &crate::types::list_type(item_type(array.data_type())))?;
            convert(&list, target, tz, rules)
        }
        (DataType::Map(..), HiveType::Map(key, value)) => convert_map(array, key, value, tz, rules),
        (DataType::Struct(_), HiveType::Struct(_)) => convert_struct(array, target, tz, rules),
        (DataType::Struct(_), HiveType::Union(_)) => convert_struct(array, target, tz, rules),
        (DataType::Union(..), HiveType::Union(types)) => convert_union(array.as_union(), types, &wanted, tz, rules),
        (DataType::Dictionary(_, value), _) => convert(&arrow::compute::cast(array, value)?, target, tz, rules),
        (from, _) if target.is_primitive() && !from.is_nested() => cast_leaf(array, target, tz, rules),
        (from, _) => Err(WarehouseError::Unsupported(format!("Reading {} as {target}", crate::types::hive_type(from)))),
    }
}

/// Is there a `char` or `varchar` somewhere in the type?
fn holds_sized_text(ty: &HiveType) -> bool {
    match ty {
        HiveType::Char(_) | HiveType::Varchar(_) => true,
        HiveType::Array(element) => holds_sized_text(element),
        HiveType::Map(key, value) => holds_sized_text(key) || holds_sized_text(value),
        HiveType::Struct(fields) => fields.iter().any(|f| holds_sized_text(&f.ty)),
        HiveType::Union(types) => types.iter().any(holds_sized_text),
        _ => false,
    }
}

fn item_type(ty: &DataType) -> DataType {
    match ty {
        DataType::LargeList(item) | DataType::FixedSizeList(item, _) | DataType::List(item) => item.data_type().clone(),
        other => other.clone(),
    }
}

/// Cuts text to a number of characters, and drops the spaces at its end if `trim`. Costs nothing where all fits.
fn fit_text(array: &ArrayRef, length: usize, trim: bool) -> ArrayRef {
    let text: &StringArray = array.as_string();
    let fits = |value: &str| {
        let short = value.len() <= length || value.chars().count() <= length;
        short && !(trim && value.ends_with(' '))
    };
    if text.iter().flatten().all(fits) {
        return Arc::clone(array);
    }
    let mut builder = StringBuilder::with_capacity(text.len(), text.value_data().len());
    for value in text {
        builder.append_option(value.map(|value| {
            let end = value.char_indices().nth(length).map_or(value.len(), |(at, _)| at);
            let value = &value[..end];
            if trim { value.trim_end_matches(' ') } else { value }
        }));
    }
    Arc::new(builder.finish())
}

fn convert_list(array: &ArrayRef, element: &HiveType, tz: Tz, rules: Rules) -> Result<ArrayRef> {
    let list: &ListArray = array.as_list();
    let values = convert(list.values(), element, tz, rules)?;
    let field = Arc::new(Field::new("item", values.data_type().clone(), true));
    Ok(Arc::new(ListArray::try_new(field, list.offsets().clone(), values, list.nulls().cloned())?))
}

fn convert_map(array: &ArrayRef, key: &HiveType, value: &HiveType, tz: Tz, rules: Rules) -> Result<ArrayRef> {
    let map: &MapArray = array.as_map();
    let keys = convert(map.keys(), key, tz, rules)?;
    let values = convert(map.values(), value, tz, rules)?;
    let key_field = Field::new("key", keys.data_type().clone(), false);
    let value_field = Field::new("value", values.data_type().clone(), true);
    if keys.null_count() > 0 {
        return Err(WarehouseError::Unsupported("A map with a NULL key".to_string()));
    }
    let fields = Fields::from(vec![key_field, value_field]);
    let entries = StructArray::try_new(fields.clone(), vec![keys, values], None)?;
    let field = Arc::new(Field::new("entries", DataType::Struct(fields), false));
    Ok(Arc::new(MapArray::try_new(field, map.offsets().clone(), entries, map.nulls().cloned(), false)?))
}

fn convert_struct(array: &ArrayRef, target: &HiveType, tz: Tz, rules: Rules) -> Result<ArrayRef> {
    let from: &StructArray = array.as_struct();
    let members: Vec<(String, &HiveType)> = match target {
        HiveType::Struct(fields) => fields.iter().map(|f| (f.name.clone(), &f.ty)).collect(),
        HiveType::Union(types) => std::iter::once((crate::types::UNION_TAG.to_string(), &HiveType::TinyInt))
            .chain(types.iter().enumerate().map(|(i, ty)| (i.to_string(), ty)))
            .collect(),
        _ => Vec::new(),
    };
    let find = |name: &str| from.fields().iter().position(|f| f.name().eq_ignore_ascii_case(name));
    let by_name = members.iter().any(|(name, _)| find(name).is_some());
    let mut fields = Vec::with_capacity(members.len());
    let mut columns = Vec::with_capacity(members.len());
    for (at, (name, ty)) in members.iter().enumerate() {
        let source = if by_name { find(name) } else { Some(at).filter(|at| *at < from.num_columns()) };
        let column = match source {
            Some(index) => convert(from.column(index), ty, tz, rules)?,
            None => new_null_array(&arrow_type(ty), from.len()),
        };
        fields.push(Field::new(name, column.data_type().clone(), true));
        columns.push(column);
    }
    if fields.is_empty() {
        return Ok(Arc::new(StructArray::new_empty_fields(from.len(), from.nulls().cloned())));
    }
    Ok(Arc::new(StructArray::try_new(fields.into(), columns, from.nulls().cloned())?))
}

/// A sparse Arrow union as the struct that stands for it. A union cannot be NULL itself in Arrow: where its first
/// member is meant and is NULL, so is the union.
fn convert_union(from: &UnionArray, types: &[HiveType], wanted: &DataType, tz: Tz, rules: Rules) -> Result<ArrayRef> {
    let DataType::Struct(fields) = wanted else {
        return Err(WarehouseError::Unsupported("A union that is not a struct".to_string()));
    };
    let rows = from.len();
    let tags: Int8Array = from.type_ids().iter().copied().collect();
    let mut columns: Vec<ArrayRef> = vec![Arc::new(tags)];
    let DataType::Union(members, _) = from.data_type() else {
        return Err(WarehouseError::Unsupported("A union without members".to_string()));
    };
    let ids: Vec<i8> = members.iter().map(|(id, _)| id).collect();
    let mut nulls = vec![true; rows];
    for (at, ty) in types.iter().enumerate() {
        let column = match ids.get(at) {
            Some(id) => {
                let child = from.child(*id);
                if at == 0 {
                    for (row, valid) in nulls.iter_mut().enumerate() {
                        *valid = from.type_id(row) != *id || child.is_valid(row);
                    }
                }
                convert(child, ty, tz, rules)?
            }
            None => new_null_array(&arrow_type(ty), rows),
        };
        columns.push(column);
    }
    Ok(Arc::new(StructArray::try_new(fields.clone(), columns, Some(nulls.into()))?))
}

/// Casts values that are not made of others. What does not convert is NULL.
fn cast_leaf(array: &ArrayRef, target: &HiveType, tz: Tz, rules: Rules) -> Result<ArrayRef> {
    if let Some(converted) = by_rules(array, target, rules)? {
        return convert(&converted, target, tz, Rules::Casts);
    }
    let target = match target {
        HiveType::Char(length) => CastTarget::Char(*length),
        HiveType::Varchar(length) => CastTarget::Varchar(*length),
        _ => CastTarget::Arrow(arrow_type(target)),
    };
    // Types that only files have.
    let plain = match array.data_type() {
        DataType::Timestamp(TimeUnit::Microsecond, _) => None,
        DataType::Timestamp(_, zone) => Some(DataType::Timestamp(TimeUnit::Microsecond, zone.clone())),
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 => Some(DataType::Int64),
        DataType::UInt64 => Some(DataType::Decimal128(20, 0)),
        DataType::Float16 => Some(DataType::Float32),
        DataType::Date64 => Some(DataType::Date32),
        DataType::LargeUtf8 | DataType::Utf8View => Some(DataType::Utf8),
        DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => Some(DataType::Binary),
        DataType::Decimal256(_, scale) => Some(DataType::Decimal128(38, *scale)),
        _ => None,
    };
    let array = match plain {
        Some(plain) => arrow::compute::cast(array, &plain)?,
        None => Arc::clone(array),
    };
    cast_array(&array, &target, tz).map_err(|e| WarehouseError::Unsupported(e.to_string()))
}
