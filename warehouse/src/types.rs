//! Hive's types as Arrow types, and back.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, IntervalUnit, Schema, SchemaRef, TimeUnit};
use skep_metastore::model::{FieldSchema, HiveType, StructField};

/// Name of the first field of the struct that stands for a `uniontype`.
pub const UNION_TAG: &str = "tag";

/// The Arrow type that carries a Hive type in plans. `char` and `varchar` are plain text there, `timestamp` is in
/// microseconds, and a `uniontype` is a struct of its tag and its members, named by their positions.
pub fn arrow_type(ty: &HiveType) -> DataType {
    match ty {
        HiveType::Void => DataType::Null,
        HiveType::Boolean => DataType::Boolean,
        HiveType::TinyInt => DataType::Int8,
        HiveType::SmallInt => DataType::Int16,
        HiveType::Int => DataType::Int32,
        HiveType::BigInt => DataType::Int64,
        HiveType::Float => DataType::Float32,
        HiveType::Double => DataType::Float64,
        HiveType::Decimal { precision, scale } => DataType::Decimal128(*precision, *scale as i8),
        HiveType::String | HiveType::Varchar(_) | HiveType::Char(_) => DataType::Utf8,
        HiveType::Date => DataType::Date32,
        HiveType::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
        HiveType::TimestampLocalTz => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        HiveType::Binary => DataType::Binary,
        HiveType::IntervalYearMonth => DataType::Interval(IntervalUnit::YearMonth),
        HiveType::IntervalDayTime => DataType::Duration(TimeUnit::Microsecond),
        HiveType::Array(element) => list_type(arrow_type(element)),
        HiveType::Map(key, value) => map_type(arrow_type(key), arrow_type(value)),
        HiveType::Struct(fields) => {
            DataType::Struct(fields.iter().map(|f| Field::new(&f.name, arrow_type(&f.ty), true)).collect())
        }
        HiveType::Union(types) => DataType::Struct(union_fields(types)),
    }
}

/// `array` of an Arrow type.
pub fn list_type(element: DataType) -> DataType {
    DataType::List(Arc::new(Field::new("item", element, true)))
}

/// `map` of two Arrow types.
pub fn map_type(key: DataType, value: DataType) -> DataType {
    let entries = Fields::from(vec![Field::new("key", key, false), Field::new("value", value, true)]);
    DataType::Map(Arc::new(Field::new("entries", DataType::Struct(entries), false)), false)
}

fn union_fields(types: &[HiveType]) -> Fields {
    let tag = Field::new(UNION_TAG, DataType::Int8, true);
    let members = types.iter().enumerate().map(|(i, ty)| Field::new(i.to_string(), arrow_type(ty), true));
    std::iter::once(tag).chain(members).collect()
}

/// The Hive type that an Arrow type of a plan stands for. Types that no plan of ours holds come out as the nearest
/// Hive type, and as `string` where there is none.
pub fn hive_type(ty: &DataType) -> HiveType {
    match ty {
        DataType::Null => HiveType::Void,
        DataType::Boolean => HiveType::Boolean,
        DataType::Int8 => HiveType::TinyInt,
        DataType::Int16 | DataType::UInt8 => HiveType::SmallInt,
        DataType::Int32 | DataType::UInt16 => HiveType::Int,
        DataType::Int64 | DataType::UInt32 | DataType::UInt64 => HiveType::BigInt,
        DataType::Float16 | DataType::Float32 => HiveType::Float,
        DataType::Float64 => HiveType::Double,
        DataType::Decimal32(p, s) | DataType::Decimal64(p, s) | DataType::Decimal128(p, s) => {
            HiveType::Decimal { precision: *p, scale: (*s).max(0) as u8 }
        }
        DataType::Decimal256(p, s) => HiveType::Decimal { precision: (*p).min(38), scale: (*s).max(0) as u8 },
        DataType::Date32 | DataType::Date64 => HiveType::Date,
        DataType::Timestamp(_, None) => HiveType::Timestamp,
        DataType::Timestamp(_, Some(_)) => HiveType::TimestampLocalTz,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            HiveType::Binary
        }
        DataType::Interval(IntervalUnit::YearMonth) => HiveType::IntervalYearMonth,
        DataType::Interval(_) | DataType::Duration(_) => HiveType::IntervalDayTime,
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            HiveType::Array(Box::new(hive_type(item.data_type())))
        }
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(fields) if fields.len() == 2 => {
                HiveType::Map(Box::new(hive_type(fields[0].data_type())), Box::new(hive_type(fields[1].data_type())))
            }
            _ => HiveType::String,
        },
        DataType::Struct(fields) if is_union(fields) => {
            HiveType::Union(fields.iter().skip(1).map(|f| hive_type(f.data_type())).collect())
        }
        DataType::Struct(fields) => HiveType::Struct(
            fields.iter().map(|f| StructField { name: f.name().clone(), ty: hive_type(f.data_type()) }).collect(),
        ),
        DataType::Dictionary(_, value) => hive_type(value),
        _ => HiveType::String,
    }
}

/// Do these fields of a struct stand for a `uniontype`?
pub fn is_union(fields: &Fields) -> bool {
    fields.len() > 1
        && fields[0].name() == UNION_TAG
        && fields[0].data_type() == &DataType::Int8
        && fields.iter().skip(1).enumerate().all(|(i, f)| f.name() == &i.to_string())
}

/// A column as an Arrow field; every column of Hive may be NULL.
pub fn arrow_field(column: &FieldSchema) -> Field {
    Field::new(&column.name, arrow_type(&column.ty), true)
}

/// Columns as an Arrow schema.
pub fn arrow_schema<'a>(columns: impl IntoIterator<Item = &'a FieldSchema>) -> SchemaRef {
    Arc::new(Schema::new(columns.into_iter().map(arrow_field).collect::<Fields>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_come_back() {
        for text in [
            "void",
            "boolean",
            "tinyint",
            "smallint",
            "int",
            "bigint",
            "float",
            "double",
            "decimal(10,2)",
            "string",
            "date",
            "timestamp",
            "timestamp with local time zone",
            "binary",
            "interval_year_month",
            "interval_day_time",
            "array<map<string,struct<a:int,tag:tinyint>>>",
            "uniontype<int,array<string>>",
        ] {
            let ty: HiveType = text.parse().unwrap();
            assert_eq!(hive_type(&arrow_type(&ty)), ty);
        }
    }
}
