//! Hive's names of the types.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, IntervalUnit, TimeUnit};

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

/// The Arrow type of a type as Hive writes it: `array<struct<a:int,b c:string>>`. `char` and `varchar` are texts. Names of
/// fields may hold anything but `:`. `None` for what is no type.
pub fn parse_type_name(text: &str) -> Option<DataType> {
    let mut rest = text.trim();
    let parsed = parse_type(&mut rest, 0)?;
    rest.trim().is_empty().then_some(parsed)
}

/// The most types within each other.
const DEEPEST: usize = 100;

fn parse_type(rest: &mut &str, depth: usize) -> Option<DataType> {
    if depth > DEEPEST {
        return None;
    }
    let end = rest.find(['<', '>', ',', '(']).unwrap_or(rest.len());
    let name = rest[..end].trim().to_ascii_lowercase();
    *rest = &rest[end..];
    let mut parameters = Vec::new();
    if let Some(inside) = rest.strip_prefix('(') {
        let end = inside.find(')')?;
        for number in inside[..end].split(',') {
            parameters.push(number.trim().parse::<u8>().ok()?);
        }
        *rest = &inside[end + 1..];
    }
    Some(match name.as_str() {
        "boolean" => DataType::Boolean,
        "tinyint" => DataType::Int8,
        "smallint" => DataType::Int16,
        "int" | "integer" => DataType::Int32,
        "bigint" => DataType::Int64,
        "float" => DataType::Float32,
        "double" => DataType::Float64,
        "string" | "char" | "varchar" => DataType::Utf8,
        "binary" => DataType::Binary,
        "date" => DataType::Date32,
        "timestamp" => DataType::Timestamp(TimeUnit::Microsecond, None),
        "decimal" => {
            let precision = parameters.first().copied().unwrap_or(10);
            let scale = parameters.get(1).copied().unwrap_or(0);
            if precision == 0 || precision > 38 || scale > precision {
                return None;
            }
            DataType::Decimal128(precision, scale as i8)
        }
        "array" => {
            take(rest, '<')?;
            let item = parse_type(rest, depth + 1)?;
            take(rest, '>')?;
            DataType::new_list(item, true)
        }
        "map" => {
            take(rest, '<')?;
            let key = parse_type(rest, depth + 1)?;
            take(rest, ',')?;
            let value = parse_type(rest, depth + 1)?;
            take(rest, '>')?;
            let entries = vec![Field::new("key", key, false), Field::new("value", value, true)];
            DataType::Map(Arc::new(Field::new("entries", DataType::Struct(entries.into()), false)), false)
        }
        "struct" => {
            take(rest, '<')?;
            let mut fields = Vec::new();
            loop {
                let colon = rest.find(':')?;
                let field = rest[..colon].trim().to_string();
                *rest = &rest[colon + 1..];
                fields.push(Field::new(field, parse_type(rest, depth + 1)?, true));
                if take(rest, ',').is_none() {
                    break;
                }
            }
            take(rest, '>')?;
            DataType::Struct(Fields::from(fields))
        }
        _ => return None,
    })
}

fn take(rest: &mut &str, character: char) -> Option<()> {
    *rest = rest.trim_start().strip_prefix(character)?;
    Some(())
}
