//! The types of an ORC file.

use orc_rust::proto;
use orc_rust::proto::r#type::Kind;
use skep_metastore::model::{FieldSchema, HiveType};

use crate::error::{Result, WarehouseError};

/// The types of a file with these columns, each before the types within it, the root first.
pub(super) fn file_types(columns: &[FieldSchema]) -> Result<Vec<proto::Type>> {
    let mut types = vec![plain(Kind::Struct)];
    for column in columns {
        let id = add(&column.ty, &column.name, &mut types)?;
        types[0].subtypes.push(id);
        types[0].field_names.push(column.name.clone());
    }
    Ok(types)
}

fn plain(kind: Kind) -> proto::Type {
    proto::Type { kind: Some(kind as i32), ..Default::default() }
}

/// Adds a type and the types within it; `column` is the column they belong to, for errors.
fn add(ty: &HiveType, column: &str, types: &mut Vec<proto::Type>) -> Result<u32> {
    let id = types.len();
    let kind = match ty {
        HiveType::Boolean => Kind::Boolean,
        HiveType::TinyInt => Kind::Byte,
        HiveType::SmallInt => Kind::Short,
        HiveType::Int => Kind::Int,
        HiveType::BigInt => Kind::Long,
        HiveType::Float => Kind::Float,
        HiveType::Double => Kind::Double,
        HiveType::Decimal { .. } => Kind::Decimal,
        HiveType::String => Kind::String,
        HiveType::Varchar(_) => Kind::Varchar,
        HiveType::Char(_) => Kind::Char,
        HiveType::Date => Kind::Date,
        HiveType::Timestamp => Kind::Timestamp,
        HiveType::TimestampLocalTz => Kind::TimestampInstant,
        HiveType::Binary => Kind::Binary,
        HiveType::Array(_) => Kind::List,
        HiveType::Map(..) => Kind::Map,
        HiveType::Struct(_) => Kind::Struct,
        HiveType::Union(_) => Kind::Union,
        HiveType::Void | HiveType::IntervalYearMonth | HiveType::IntervalDayTime => {
            return Err(WarehouseError::Unsupported(format!("Writing the type {ty} of column {column} to ORC")));
        }
    };
    types.push(plain(kind));
    match ty {
        HiveType::Decimal { precision, scale } => {
            types[id].precision = Some(u32::from(*precision));
            types[id].scale = Some(u32::from(*scale));
        }
        HiveType::Varchar(length) | HiveType::Char(length) => types[id].maximum_length = Some(*length),
        HiveType::Struct(fields) => {
            types[id].field_names = fields.iter().map(|field| field.name.clone()).collect();
        }
        _ => {}
    }
    for child in children(ty) {
        let child = add(child, column, types)?;
        types[id].subtypes.push(child);
    }
    Ok(id as u32)
}

/// The types within a type.
pub(super) fn children(ty: &HiveType) -> Vec<&HiveType> {
    match ty {
        HiveType::Array(element) => vec![element],
        HiveType::Map(key, value) => vec![key, value],
        HiveType::Struct(fields) => fields.iter().map(|field| &field.ty).collect(),
        HiveType::Union(types) => types.iter().collect(),
        _ => Vec::new(),
    }
}
