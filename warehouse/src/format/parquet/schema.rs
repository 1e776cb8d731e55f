//! The Parquet schema of a Hive table's columns, as `HiveSchemaConverter` makes it.

use std::sync::Arc;

use parquet::basic::{ConvertedType, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::errors::ParquetError;
use parquet::schema::types::{Type, TypePtr};
use skep_metastore::model::{FieldSchema, HiveType};

use crate::error::{Result, WarehouseError};

/// Schema of a file with these columns. Timestamps are `INT96`, or microseconds in `INT64` if `int64_timestamps`.
pub(super) fn file_schema(columns: &[FieldSchema], int64_timestamps: bool) -> Result<TypePtr> {
    let fields = columns
        .iter()
        .map(|column| field(&column.name, &column.ty, true, int64_timestamps, &column.name))
        .collect::<Result<Vec<_>>>()?;
    Ok(Arc::new(Type::group_type_builder("hive_schema").with_fields(fields).build().map_err(invalid)?))
}

fn invalid(error: ParquetError) -> WarehouseError {
    WarehouseError::Invalid(format!("no Parquet schema for the columns: {error}"))
}

/// One field. `column` is the column it belongs to, for errors.
fn field(name: &str, ty: &HiveType, nullable: bool, int64: bool, column: &str) -> Result<TypePtr> {
    let repetition = if nullable { Repetition::OPTIONAL } else { Repetition::REQUIRED };
    let plain = |physical: Physical, logical: Option<LogicalType>| {
        Type::primitive_type_builder(name, physical).with_repetition(repetition).with_logical_type(logical).build()
    };
    let group = |fields: Vec<TypePtr>, logical: Option<LogicalType>, repetition: Repetition, name: &str| {
        let builder = Type::group_type_builder(name).with_repetition(repetition).with_fields(fields);
        builder.with_logical_type(logical).build()
    };
    let integer = |width| Some(LogicalType::integer(width, true));
    let built = match ty {
        HiveType::Boolean => plain(Physical::BOOLEAN, None),
        HiveType::TinyInt => plain(Physical::INT32, integer(8)),
        HiveType::SmallInt => plain(Physical::INT32, integer(16)),
        HiveType::Int => plain(Physical::INT32, None),
        HiveType::BigInt => plain(Physical::INT64, None),
        HiveType::Float => plain(Physical::FLOAT, None),
        HiveType::Double => plain(Physical::DOUBLE, None),
        HiveType::String | HiveType::Varchar(_) | HiveType::Char(_) => {
            plain(Physical::BYTE_ARRAY, Some(LogicalType::String))
        }
        HiveType::Binary => plain(Physical::BYTE_ARRAY, None),
        HiveType::Date => plain(Physical::INT32, Some(LogicalType::Date)),
        HiveType::Timestamp if !int64 => plain(Physical::INT96, None),
        HiveType::Timestamp | HiveType::TimestampLocalTz => {
            let instant = matches!(ty, HiveType::TimestampLocalTz);
            plain(Physical::INT64, Some(LogicalType::timestamp(instant, TimeUnit::MICROS)))
        }
        // Hive before 3 reads decimals in this form only.
        HiveType::Decimal { precision, scale } => {
            let (precision_i32, scale_i32) = (i32::from(*precision), i32::from(*scale));
            Type::primitive_type_builder(name, Physical::FIXED_LEN_BYTE_ARRAY)
                .with_repetition(repetition)
                .with_length(decimal_length(*precision))
                .with_logical_type(Some(LogicalType::decimal(scale_i32, precision_i32)))
                .with_precision(precision_i32)
                .with_scale(scale_i32)
                .build()
        }
        HiveType::Array(element) => {
            let element = field("array_element", element, true, int64, column)?;
            let bag = group(vec![element], None, Repetition::REPEATED, "bag").map_err(invalid)?;
            group(vec![Arc::new(bag)], Some(LogicalType::List), repetition, name)
        }
        HiveType::Map(key, value) => {
            let fields = vec![field("key", key, false, int64, column)?, field("value", value, true, int64, column)?];
            // Hive 2 knows a map by the mark on the repeated group only.
            let entries = Type::group_type_builder("map")
                .with_repetition(Repetition::REPEATED)
                .with_converted_type(ConvertedType::MAP_KEY_VALUE)
                .with_fields(fields)
                .build()
                .map_err(invalid)?;
            group(vec![Arc::new(entries)], Some(LogicalType::Map), repetition, name)
        }
        HiveType::Struct(fields) if !fields.is_empty() => {
            let fields =
                fields.iter().map(|f| field(&f.name, &f.ty, true, int64, column)).collect::<Result<Vec<_>>>()?;
            group(fields, None, repetition, name)
        }
        _ => {
            return Err(WarehouseError::Unsupported(format!("Writing the type {ty} of column {column} to Parquet")));
        }
    };
    Ok(Arc::new(built.map_err(invalid)?))
}

/// Bytes that hold every number of so many decimal digits, as two's complement.
fn decimal_length(precision: u8) -> i32 {
    let largest = 10i128.checked_pow(u32::from(precision)).map_or(i128::MAX, |n| n - 1);
    let bits = 128 - largest.leading_zeros() + 1;
    bits.div_ceil(8) as i32
}

#[cfg(test)]
mod tests {
    use super::decimal_length;

    #[test]
    fn decimals_have_the_length_hive_gives_them() {
        // HiveSchemaConverter's PRECISION_TO_BYTE_COUNT
        assert_eq!([1, 2, 3, 9, 10, 18, 19, 38].map(decimal_length), [1, 1, 2, 4, 5, 8, 9, 16]);
    }
}
