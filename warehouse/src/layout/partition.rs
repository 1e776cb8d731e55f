//! Folders and values of partitions.

use arrow::array::timezone::Tz;
use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Decimal128Type};
use skep_metastore::model::{FieldSchema, Partition, Table, partition_name};
use skep_udf::text::{TextFormatter, TextStyle, write_decimal_trimmed};

use crate::error::{Result, WarehouseError};
use crate::store::url;

/// The folder that a partition of a table gets when nothing else is said.
pub fn partition_location(table: &Table, values: &[String]) -> String {
    url::join(&table.storage.location, &partition_name(&table.partition_keys, values))
}

/// A new partition in the folder of its name, stored as its table says.
pub fn new_partition(table: &Table, values: Vec<String>, now: i64) -> Partition {
    let mut storage = table.storage.clone();
    storage.location = partition_location(table, &values);
    Partition { values, create_time: now, last_access_time: 0, storage, parameters: Default::default(), write_id: None }
}

/// The values a partition has for the rows of a batch, as text: what Hive puts into the names of folders. Decimals
/// come without the zeros at their end.
pub struct PartitionValues<'a> {
    columns: Vec<Column<'a>>,
    default_name: &'a str,
}

enum Column<'a> {
    Decimal(&'a dyn Array, i8),
    Other(TextFormatter<'a>),
}

impl<'a> PartitionValues<'a> {
    /// Takes the partition columns of a batch. `default_name` stands for NULL and for the empty text.
    pub fn new(columns: &'a [ArrayRef], zone: Tz, default_name: &'a str) -> Result<Self> {
        let column = |array: &'a ArrayRef| match array.data_type() {
            DataType::Decimal128(_, scale) => Ok(Column::Decimal(array.as_ref(), *scale)),
            _ => TextFormatter::new(array.as_ref(), TextStyle::cli(zone)).map(Column::Other),
        };
        let columns = columns.iter().map(column).collect::<Result<_, _>>();
        Ok(Self { columns: columns.map_err(|e| WarehouseError::Invalid(e.to_string()))?, default_name })
    }

    /// The values of a row.
    pub fn row(&self, row: usize) -> Vec<String> {
        let value = |column: &Column<'_>| {
            let mut text = String::new();
            match column {
                Column::Decimal(array, scale) if array.is_valid(row) => {
                    write_decimal_trimmed(array.as_primitive::<Decimal128Type>().value(row), *scale, &mut text);
                }
                Column::Other(formatter) if !formatter.is_null(row) => formatter.write(row, &mut text),
                _ => {}
            }
            if text.is_empty() { self.default_name.to_string() } else { text }
        };
        self.columns.iter().map(value).collect()
    }
}

/// A partition specification for people: `{ds=2024-01-01, hr=12}`.
pub fn display_values(keys: &[FieldSchema], values: &[String]) -> String {
    let pairs: Vec<String> = keys.iter().zip(values).map(|(key, value)| format!("{}={value}", key.name)).collect();
    format!("{{{}}}", pairs.join(", "))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Decimal128Array, Float64Array, TimestampMicrosecondArray};

    use super::*;

    #[test]
    fn values_as_hive_names_them() {
        let decimals = Decimal128Array::from(vec![Some(10000), None]).with_precision_and_scale(10, 2).unwrap();
        let columns: Vec<ArrayRef> = vec![
            Arc::new(decimals),
            Arc::new(Float64Array::from(vec![1e100, 6.0])),
            Arc::new(TimestampMicrosecondArray::from(vec![-500_000, 0])),
        ];
        let zone = skep_udf::text::utc();
        let values = PartitionValues::new(&columns, zone, "none").unwrap();
        assert_eq!(values.row(0), ["100", "1.0E100", "1969-12-31 23:59:59.5"]);
        assert_eq!(values.row(1), ["none", "6.0", "1970-01-01 00:00:00"]);
    }
}
