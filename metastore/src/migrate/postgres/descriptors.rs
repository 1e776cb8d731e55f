//! Storage descriptors and columns.

use std::collections::BTreeMap;

use super::PostgresSource;
use super::rows::Row;
use crate::error::Result;
use crate::model::{FieldSchema, Order, Parameters, SerDeInfo, SkewedInfo, StorageDescriptor};

impl PostgresSource {
    /// Storage descriptors by their numbers.
    pub(super) fn descriptors(&self, ids: &[i64]) -> Result<BTreeMap<i64, StorageDescriptor>> {
        let rows = self.rows_of("SDS", "SD_ID", ids, None)?;
        let numbers = |column: &str| -> Vec<i64> {
            let mut all: Vec<i64> = rows.values().flatten().filter_map(|row| row.int(column)).collect();
            all.sort_unstable();
            all.dedup();
            all
        };
        let (serde_ids, column_ids) = (numbers("SERDE_ID"), numbers("CD_ID"));
        let serdes = self.rows_of("SERDES", "SERDE_ID", &serde_ids, None)?;
        let serde_parameters = self.parameters_of("SERDE_PARAMS", "SERDE_ID", &serde_ids)?;
        let columns = self.rows_of("COLUMNS_V2", "CD_ID", &column_ids, Some("INTEGER_IDX"))?;
        let mut parameters = self.parameters_of("SD_PARAMS", "SD_ID", ids)?;
        let buckets = self.rows_of("BUCKETING_COLS", "SD_ID", ids, Some("INTEGER_IDX"))?;
        let sorts = self.rows_of("SORT_COLS", "SD_ID", ids, Some("INTEGER_IDX"))?;
        let mut skewed = self.skewed(ids)?;
        let of = |all: &super::Rows, id: i64| all.get(&id).cloned().unwrap_or_default();
        let mut found = BTreeMap::new();
        for row in rows.values().flatten() {
            let id = row.number("SD_ID");
            let (serde_id, column_id) = (row.number("SERDE_ID"), row.number("CD_ID"));
            let serde = serdes.get(&serde_id).and_then(|rows| rows.first()).cloned().unwrap_or_default();
            let mut type_texts = Parameters::new();
            let storage = StorageDescriptor {
                columns: of(&columns, column_id)
                    .iter()
                    .map(|column| field(column, ["COLUMN_NAME", "TYPE_NAME", "COMMENT"], &mut type_texts))
                    .collect(),
                location: row.string("LOCATION"),
                input_format: row.string("INPUT_FORMAT"),
                output_format: row.string("OUTPUT_FORMAT"),
                compressed: row.flag("IS_COMPRESSED"),
                num_buckets: i32::try_from(row.number("NUM_BUCKETS")).unwrap_or(-1),
                serde: SerDeInfo {
                    name: serde.text("NAME"),
                    library: serde.string("SLIB"),
                    parameters: serde_parameters.get(&serde_id).cloned().unwrap_or_default(),
                    description: serde.text("DESCRIPTION"),
                    serializer_class: serde.text("SERIALIZER_CLASS"),
                    deserializer_class: serde.text("DESERIALIZER_CLASS"),
                    kind: serde.int("SERDE_TYPE").and_then(|kind| i32::try_from(kind).ok()),
                },
                bucket_columns: of(&buckets, id)
                    .iter()
                    .map(|row| row.string("BUCKET_COL_NAME").to_lowercase())
                    .collect(),
                sort_columns: of(&sorts, id)
                    .iter()
                    .map(|row| Order {
                        column: row.string("COLUMN_NAME").to_lowercase(),
                        ascending: row.number("ORDER") == 1,
                    })
                    .collect(),
                parameters: parameters.remove(&id).unwrap_or_default(),
                skewed: skewed.remove(&id).unwrap_or_default(),
                stored_as_sub_directories: row.flag("IS_STOREDASSUBDIRECTORIES"),
                type_texts,
            };
            found.insert(id, storage);
        }
        Ok(found)
    }

    fn skewed(&self, ids: &[i64]) -> Result<BTreeMap<i64, SkewedInfo>> {
        let names = self.rows_of("SKEWED_COL_NAMES", "SD_ID", ids, Some("INTEGER_IDX"))?;
        if names.is_empty() {
            return Ok(BTreeMap::new());
        }
        let lists = self.rows_of("SKEWED_VALUES", "SD_ID_OID", ids, Some("INTEGER_IDX"))?;
        let places = self.rows_of("SKEWED_COL_VALUE_LOC_MAP", "SD_ID", ids, None)?;
        let mut wanted: Vec<i64> = lists.values().flatten().filter_map(|row| row.int("STRING_LIST_ID_EID")).collect();
        wanted.extend(places.values().flatten().filter_map(|row| row.int("STRING_LIST_ID_KID")));
        let values = self.rows_of("SKEWED_STRING_LIST_VALUES", "STRING_LIST_ID", &wanted, Some("INTEGER_IDX"))?;
        let list = |row: &Row, column: &str| -> Vec<String> {
            let rows = row.int(column).and_then(|id| values.get(&id));
            rows.map(|rows| rows.iter().map(|row| row.string("STRING_LIST_VALUE")).collect()).unwrap_or_default()
        };
        let of = |all: &super::Rows, id: i64| all.get(&id).cloned().unwrap_or_default();
        let skewed = names.iter().map(|(id, names)| {
            let info = SkewedInfo {
                columns: names.iter().map(|row| row.string("SKEWED_COL_NAME").to_lowercase()).collect(),
                values: of(&lists, *id).iter().map(|row| list(row, "STRING_LIST_ID_EID")).collect(),
                locations: of(&places, *id)
                    .iter()
                    .map(|row| (list(row, "STRING_LIST_ID_KID"), row.string("LOCATION")))
                    .collect(),
            };
            (*id, info)
        });
        Ok(skewed.collect())
    }
}

/// A column from a row that has name, type and comment under these names.
pub(super) fn field(row: &Row, [name, ty, comment]: [&str; 3], texts: &mut Parameters) -> FieldSchema {
    FieldSchema::from_text(&row.string(name), &row.string(ty), row.text(comment), texts)
}
