//! Avro: records in container files, and `AvroSerDe`'s way of making rows of them.
//!
//! A table's schema is told by `avro.schema.literal` or `avro.schema.url`, and its columns follow from it; or by its
//! columns, and the schema follows from these.

mod decode;
mod encode;
mod file;
mod order;
mod read;
mod schema;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use object_store::{ObjectMeta, ObjectStore};
use skep_metastore::model::{FieldSchema, HiveType, Parameters, StorageDescriptor};

use self::encode::AvroWriter;
use self::file::Codec;
pub use self::read::open_reader;
pub use self::schema::Schema;
use super::{FileWriteOptions, RowFileWriter};
use crate::error::{Result, WarehouseError};
use crate::store::{Output, url};

/// The class.
pub const SERDE: &str = "org.apache.hadoop.hive.serde2.avro.AvroSerDe";

/// The schema itself.
pub const SCHEMA_LITERAL: &str = "avro.schema.literal";
/// Where the schema is.
pub const SCHEMA_URL: &str = "avro.schema.url";
/// What stands in the place of a schema that is none.
pub const NO_SCHEMA: &str = "none";
/// Longest schema.
const MAX_SCHEMA: u64 = 16 << 20;

/// A property of the table or its SerDe; the SerDe's comes first.
fn property<'a>(storage: &'a StorageDescriptor, table: &'a Parameters, key: &str) -> Option<&'a str> {
    let found = storage.serde.parameters.get(key).or_else(|| table.get(key));
    found.map(String::as_str).filter(|value| *value != NO_SCHEMA)
}

fn wrong(reason: String) -> WarehouseError {
    WarehouseError::Invalid(format!("org.apache.hadoop.hive.serde2.avro.AvroSerdeException: {reason}"))
}

/// The JSON of the schema that the properties tell, if they do.
fn told(storage: &StorageDescriptor, table: &Parameters) -> Result<Option<String>> {
    if let Some(literal) = property(storage, table, SCHEMA_LITERAL) {
        return Ok(Some(literal.to_string()));
    }
    let Some(place) = property(storage, table, SCHEMA_URL) else { return Ok(None) };
    let path = url::local_path(place)?;
    let failed = |error| wrong(format!("Unable to read schema from given path: {place}: {error}"));
    if std::fs::metadata(&path).map_err(failed)?.len() > MAX_SCHEMA {
        return Err(wrong(format!("the schema in {place} is longer than {MAX_SCHEMA} bytes")));
    }
    std::fs::read_to_string(&path).map(Some).map_err(failed)
}

/// The schema that the properties of a table or a partition tell, if they do. [`WarehouseError::Invalid`] where there
/// is none to be found, or what is there is no schema.
pub fn told_schema(storage: &StorageDescriptor, table: &Parameters) -> Result<Option<Schema>> {
    told(storage, table)?.map(|text| Schema::parse(&text).map_err(wrong)).transpose()
}

/// The columns of a table whose schema the properties tell; `None` where it is told by its columns.
pub fn told_columns(storage: &StorageDescriptor, table: &Parameters) -> Result<Option<Vec<FieldSchema>>> {
    told_schema(storage, table)?.map(|schema| schema.columns().map_err(wrong)).transpose()
}

/// Names and types of the columns that a file's own schema gives.
pub async fn file_columns(store: &Arc<dyn ObjectStore>, object: &ObjectMeta) -> Result<Vec<(String, HiveType)>> {
    let schema = Schema::parse(&read::header(store, &object.location).await?.schema).map_err(wrong)?;
    let columns = schema.columns().map_err(wrong)?;
    Ok(columns.into_iter().map(|column| (column.name, column.ty)).collect())
}

/// Begins a file.
pub fn open_writer(
    storage: &StorageDescriptor,
    columns: &[FieldSchema],
    options: &FileWriteOptions,
    output: Output,
) -> Result<Box<dyn RowFileWriter>> {
    let table = &options.table_parameters;
    let text = match told(storage, table)? {
        Some(text) => text,
        None => {
            let name = property(storage, table, "avro.schema.name").unwrap_or("baseRecord");
            let space = property(storage, table, "avro.schema.namespace");
            let doc = property(storage, table, "avro.schema.doc").or(table.get("comment").map(String::as_str));
            schema::of_columns(columns, name, space, doc).map_err(wrong)?.to_string()
        }
    };
    let codec = match options.codec {
        None => Codec::Null,
        Some(_) => {
            let name = table.get("avro.output.codec").map_or("deflate", String::as_str);
            Codec::from_name(name).ok_or_else(|| wrong(format!("Unrecognized codec: {name}")))?
        }
    };
    Ok(Box::new(AvroWriter::new(&text, columns, codec, options, output)?))
}
