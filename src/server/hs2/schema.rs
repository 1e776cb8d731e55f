//! Columns of a result, as the protocol describes them.

use std::collections::BTreeMap;

use skep_metastore::model::HiveType;
use skep_thrift_tcli::{
    TColumnDesc, TPrimitiveTypeEntry, TTableSchema, TTypeDesc, TTypeEntry, TTypeId, TTypeQualifierValue,
    TTypeQualifiers,
};

use crate::OutputColumn;

/// The description of these columns. `protocol` is the version on the wire.
pub fn table_schema(columns: &[OutputColumn], protocol: i32) -> TTableSchema {
    let columns = columns.iter().enumerate().map(|(index, column)| TColumnDesc {
        column_name: column.name.clone(),
        type_desc: type_desc(&column.ty, protocol),
        // Columns count from 1.
        position: i32::try_from(index + 1).unwrap_or(i32::MAX),
        comment: None,
    });
    TTableSchema { columns: columns.collect() }
}

fn type_desc(ty: &HiveType, protocol: i32) -> TTypeDesc {
    let entry = TPrimitiveTypeEntry { r#type: type_id(ty, protocol), type_qualifiers: qualifiers(ty) };
    TTypeDesc { types: vec![TTypeEntry::PrimitiveEntry(entry)] }
}

/// The number of a type. Clients before version 11 do not know timestamps of a zone, those before 8 no intervals; they
/// get text.
fn type_id(ty: &HiveType, protocol: i32) -> TTypeId {
    match ty {
        HiveType::Void => TTypeId::NULL_TYPE,
        HiveType::Boolean => TTypeId::BOOLEAN_TYPE,
        HiveType::TinyInt => TTypeId::TINYINT_TYPE,
        HiveType::SmallInt => TTypeId::SMALLINT_TYPE,
        HiveType::Int => TTypeId::INT_TYPE,
        HiveType::BigInt => TTypeId::BIGINT_TYPE,
        HiveType::Float => TTypeId::FLOAT_TYPE,
        HiveType::Double => TTypeId::DOUBLE_TYPE,
        HiveType::Decimal { .. } => TTypeId::DECIMAL_TYPE,
        HiveType::String => TTypeId::STRING_TYPE,
        HiveType::Varchar(_) => TTypeId::VARCHAR_TYPE,
        HiveType::Char(_) => TTypeId::CHAR_TYPE,
        HiveType::Date => TTypeId::DATE_TYPE,
        HiveType::Timestamp => TTypeId::TIMESTAMP_TYPE,
        HiveType::TimestampLocalTz if protocol >= 10 => TTypeId::TIMESTAMPLOCALTZ_TYPE,
        HiveType::Binary => TTypeId::BINARY_TYPE,
        HiveType::IntervalYearMonth if protocol >= 7 => TTypeId::INTERVAL_YEAR_MONTH_TYPE,
        HiveType::IntervalDayTime if protocol >= 7 => TTypeId::INTERVAL_DAY_TIME_TYPE,
        HiveType::TimestampLocalTz | HiveType::IntervalYearMonth | HiveType::IntervalDayTime => TTypeId::STRING_TYPE,
        HiveType::Array(_) => TTypeId::ARRAY_TYPE,
        HiveType::Map(..) => TTypeId::MAP_TYPE,
        HiveType::Struct(_) => TTypeId::STRUCT_TYPE,
        HiveType::Union(_) => TTypeId::UNION_TYPE,
    }
}

fn qualifiers(ty: &HiveType) -> Option<TTypeQualifiers> {
    let number = |value: u32| TTypeQualifierValue::I32Value(value.cast_signed());
    let qualifiers = match ty {
        HiveType::Decimal { precision, scale } => BTreeMap::from([
            ("precision".to_string(), number(u32::from(*precision))),
            ("scale".to_string(), number(u32::from(*scale))),
        ]),
        HiveType::Varchar(length) | HiveType::Char(length) => {
            BTreeMap::from([("characterMaximumLength".to_string(), number(*length))])
        }
        _ => return None,
    };
    Some(TTypeQualifiers { qualifiers })
}
