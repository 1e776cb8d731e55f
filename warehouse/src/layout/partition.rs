//! Folders and values of partitions.

use arrow::array::ArrayRef;
use arrow::array::timezone::Tz;
use skep_metastore::model::{FieldSchema, Partition, Table, partition_name};
use skep_udf::text::{TextFormatter, TextStyle};

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
    Partition { values, create_time: now, last_access_time: 0, storage, parameters: Default::default() }
}

/// The values a partition has for the rows of a batch, as text: what Hive puts into the names of folders.
pub struct PartitionValues<'a> {
    columns: Vec<TextFormatter<'a>>,
    default_name: &'a str,
}

impl<'a> PartitionValues<'a> {
    /// Takes the partition columns of a batch. `default_name` stands for NULL and for the empty text.
    pub fn new(columns: &'a [ArrayRef], zone: Tz, default_name: &'a str) -> Result<Self> {
        let columns = columns.iter().map(|c| TextFormatter::new(c.as_ref(), TextStyle::cli(zone)));
        let columns = columns.collect::<Result<_, _>>().map_err(|e| WarehouseError::Invalid(e.to_string()))?;
        Ok(Self { columns, default_name })
    }

    /// The values of a row.
    pub fn row(&self, row: usize) -> Vec<String> {
        let value = |column: &TextFormatter<'_>| {
            let mut text = String::new();
            if !column.is_null(row) {
                column.write(row, &mut text);
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
