//! Whether a table that is there can take in what was exported (`ImportSemanticAnalyzer.checkTable`).

use skep_metastore::model::{FieldSchema, Table, TableKind};
use skep_warehouse::store::url;

use super::export::is_foreign;
use crate::error::{HiveError, Result, SkepError};

/// Compares the existing table with the one that the import would make; `external` and `location` are those of the
/// statement. Hive's errors 10120 and 10121.
pub fn check(existing: &Table, imported: &Table, external: bool, location: Option<&str>) -> Result<()> {
    let incompatible = |what: &str| Err(SkepError::semantic(HiveError::IMPORT_INCOMPATIBLE, format!("  {what}")));
    if is_foreign(existing) {
        return Err(SkepError::semantic(HiveError::EXPORT_NON_NATIVE, ""));
    }
    if external && (!existing.is_partitioned() || existing.kind != TableKind::External) {
        return incompatible("External table cannot overwrite existing table. Drop existing table first.");
    }
    if let Some(location) = location
        && !existing.is_partitioned()
        && url::normalize(location)? != url::normalize(&existing.storage.location)?
    {
        return incompatible("Location does not match");
    }
    if !same_columns(&existing.storage.columns, &imported.storage.columns) {
        return incompatible("Column Schema does not match");
    }
    if !same_columns(&existing.partition_keys, &imported.partition_keys) {
        return incompatible("Partition Schema does not match");
    }
    let (old, new) = (&existing.storage, &imported.storage);
    if old.input_format != new.input_format || output_format(&old.output_format) != output_format(&new.output_format) {
        return incompatible("Table inputformat/outputformats do not match");
    }
    if old.serde.library != new.serde.library {
        return incompatible("Table Serde class does not match");
    }
    let format = |table: &Table| {
        let format = table.storage.serde.parameters.get("serialization.format");
        format.map_or("1", String::as_str).to_string()
    };
    if format(existing) != format(imported) {
        return incompatible("Table Serde format does not match");
    }
    if old.bucket_columns != new.bucket_columns {
        return incompatible("Table bucketing spec does not match");
    }
    if old.sort_columns != new.sort_columns {
        return incompatible("Table sorting spec does not match");
    }
    Ok(())
}

/// Are names and types the same, comments aside?
fn same_columns(one: &[FieldSchema], other: &[FieldSchema]) -> bool {
    let plain =
        |columns: &[FieldSchema]| -> Vec<_> { columns.iter().map(|c| (c.name.clone(), c.ty.clone())).collect() };
    plain(one) == plain(other)
}

/// The class that Hive puts in the place of another of the same meaning.
fn output_format(class: &str) -> &str {
    match class {
        "org.apache.hadoop.hive.ql.io.IgnoreKeyTextOutputFormat" | "org.apache.hadoop.mapred.TextOutputFormat" => {
            "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
        }
        "org.apache.hadoop.mapred.SequenceFileOutputFormat" => {
            "org.apache.hadoop.hive.ql.io.HiveSequenceFileOutputFormat"
        }
        other => other,
    }
}
