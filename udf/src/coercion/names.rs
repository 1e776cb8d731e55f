//! Hive's names of the types.

use arrow::datatypes::{DataType, IntervalUnit};

use crate::text::is_union;

/// Hive's name of an Arrow type, as it stands in error messages and `DESCRIBE` (`array<int>`, `decimal(10,2)`).
pub fn hive_type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Null => "void".to_string(),
        DataType::Boolean => "boolean".to_string(),
        DataType::Int8 => "tinyint".to_string(),
        DataType::Int16 => "smallint".to_string(),
        DataType::Int32 => "int".to_string(),
        DataType::Int64 => "bigint".to_string(),
        DataType::Float32 => "float".to_string(),
        DataType::Float64 => "double".to_string(),
        DataType::Decimal128(precision, scale) => format!("decimal({precision},{scale})"),
        DataType::Utf8 => "string".to_string(),
        DataType::Binary => "binary".to_string(),
        DataType::Date32 => "date".to_string(),
        DataType::Timestamp(_, None) => "timestamp".to_string(),
        DataType::Timestamp(_, Some(_)) => "timestamp with local time zone".to_string(),
        DataType::Interval(IntervalUnit::YearMonth) => "interval_year_month".to_string(),
        DataType::Duration(_) => "interval_day_time".to_string(),
        DataType::List(item) => format!("array<{}>", hive_type_name(item.data_type())),
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(fields) => {
                let parts: Vec<String> = fields.iter().map(|field| hive_type_name(field.data_type())).collect();
                format!("map<{}>", parts.join(","))
            }
            other => other.to_string(),
        },
        DataType::Struct(fields) if is_union(fields) => {
            let parts: Vec<String> = fields.iter().skip(1).map(|field| hive_type_name(field.data_type())).collect();
            format!("uniontype<{}>", parts.join(","))
        }
        DataType::Struct(fields) => {
            let parts = fields.iter().map(|field| format!("{}:{}", field.name(), hive_type_name(field.data_type())));
            format!("struct<{}>", parts.collect::<Vec<_>>().join(","))
        }
        other => other.to_string(),
    }
}
