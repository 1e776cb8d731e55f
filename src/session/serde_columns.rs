//! Columns that a SerDe tells and the catalog only remembers: those of Avro tables with a schema of their own.
//!
//! Hive asks the SerDe for them each time it looks at such a table, so they follow `avro.schema.literal` and
//! `avro.schema.url` at once; what the catalog has counts again when these are unset.

use skep_metastore::model::{FieldSchema, Parameters, StorageDescriptor, Table};
use skep_warehouse::format::avro;

/// Gives a table the columns that its SerDe tells. A schema that cannot be read leaves those of the catalog; reading
/// the table says what is wrong with it.
pub fn follow_serde(table: &mut Table) {
    if let Some(columns) = told(&table.storage, &table.parameters) {
        table.storage.columns = columns;
    }
}

/// The columns that the properties of a table or a partition tell.
fn told(storage: &StorageDescriptor, parameters: &Parameters) -> Option<Vec<FieldSchema>> {
    if storage.serde.library != avro::SERDE {
        return None;
    }
    avro::told_columns(storage, parameters).ok().flatten()
}

/// The columns that the catalog is to remember for a changed table: its old ones where the new ones are only what the
/// SerDe told of the old table.
pub fn remembered(old: &Table, new: &Table) -> Vec<FieldSchema> {
    match told(&old.storage, &old.parameters) {
        Some(told) if told == new.storage.columns => old.storage.columns.clone(),
        _ => new.storage.columns.clone(),
    }
}
