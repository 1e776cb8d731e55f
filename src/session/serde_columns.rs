//! Columns that a SerDe tells and the catalog only remembers: those of Avro tables with a schema of their own, and those of
//! `OpenCSVSerde`, which are all strings, whatever `CREATE TABLE` said.
//!
//! Hive asks the SerDe for them each time it looks at such a table, so they follow `avro.schema.literal` and
//! `avro.schema.url` at once; what the catalog has counts again when these are unset.

use skep_metastore::model::{FieldSchema, HiveType, Parameters, StorageDescriptor, Table};
use skep_warehouse::format::{OPEN_CSV_SERDE, avro};

/// Gives a table the columns that its SerDe tells. A schema that cannot be read leaves those of the catalog; reading
/// the table says what is wrong with it.
pub fn follow_serde(table: &mut Table) {
    if let Some(columns) = told(&table.storage, &table.parameters) {
        table.storage.columns = columns;
    }
}

/// The columns that the properties of a table or a partition tell.
fn told(storage: &StorageDescriptor, parameters: &Parameters) -> Option<Vec<FieldSchema>> {
    match storage.serde.library.as_str() {
        avro::SERDE => avro::told_columns(storage, parameters).ok().flatten(),
        OPEN_CSV_SERDE => {
            let text = |column: &FieldSchema| FieldSchema { ty: HiveType::String, ..column.clone() };
            Some(storage.columns.iter().map(text).collect())
        }
        _ => None,
    }
}

/// May the table's columns be others than those in the catalog?
pub fn tells_columns(storage: &StorageDescriptor) -> bool {
    matches!(storage.serde.library.as_str(), avro::SERDE | OPEN_CSV_SERDE)
}

/// The columns that the catalog is to remember for a changed table: its old ones where the new ones are only what the
/// SerDe told of the old table.
pub fn remembered(old: &Table, new: &Table) -> Vec<FieldSchema> {
    match told(&old.storage, &old.parameters) {
        Some(told) if told == new.storage.columns => old.storage.columns.clone(),
        _ => new.storage.columns.clone(),
    }
}
