//! The file `_metadata` of an export (`EximUtil` of Hive).

use serde_json::{Value, json};
use skep_metastore::model::{Partition, Table, thrift_json};

use crate::error::{Result, SkepError};

/// The version that is written. What has its number before the dot, or a lower one with the same meaning, is read.
const VERSION: &str = "0.2";

/// What an export says of itself.
#[derive(Debug)]
pub struct Metadata {
    /// The table as it was.
    pub table: Table,
    /// Its exported partitions.
    pub partitions: Vec<Partition>,
}

impl Metadata {
    /// The text of the file.
    pub fn write(&self) -> String {
        let table = thrift_json::table(&self.table).to_string();
        let partitions: Vec<String> =
            self.partitions.iter().map(|one| thrift_json::partition(&self.table, one).to_string()).collect();
        json!({ "version": VERSION, "table": table, "partitions": partitions }).to_string()
    }

    /// Reads the text of the file.
    pub fn read(text: &[u8]) -> Result<Self> {
        let root: Value = serde_json::from_slice(text).map_err(|error| invalid("it is no JSON").with_source(error))?;
        let version = root["version"].as_str().ok_or_else(|| invalid("Version number missing"))?;
        if version.split('.').next() != Some("0") {
            return Err(invalid(&format!(
                "Not forward compatible.Producer version {version}, Consumer version {VERSION}"
            )));
        }
        if root.get("repl.scope").is_some() {
            return Err(SkepError::unsupported("IMPORT of a folder that was made FOR REPLICATION"));
        }
        let table = thrift_json::read_table(&inner(&root["table"])?)?;
        let partitions = match root["partitions"].as_array() {
            None => Vec::new(),
            Some(list) => {
                list.iter().map(|one| Ok(thrift_json::read_partition(&inner(one)?)?)).collect::<Result<_>>()?
            }
        };
        if partitions.iter().any(|one| one.values.len() != table.partition_keys.len()) {
            return Err(invalid("a partition has not as many values as the table has partition columns"));
        }
        Ok(Self { table, partitions })
    }
}

/// Thrift's JSON inside of a text.
fn inner(text: &Value) -> Result<Value> {
    let text = text.as_str().ok_or_else(|| invalid("the table is missing"))?;
    serde_json::from_str(text).map_err(|error| invalid("it is no JSON").with_source(error))
}

fn invalid(what: &str) -> SkepError {
    SkepError::invalid(format!("[Error 10122]: Invalid metadata of an export: {what}")).with_code(10122, "42000")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_hive_wrote() {
        let text = r#"{"partitions":[],"table":"{\"1\":{\"str\":\"j\"},\"2\":{\"str\":\"default\"},\"7\":{\"rec\":{\"1\":{\"lst\":[\"rec\",1,{\"1\":{\"str\":\"a\"},\"2\":{\"str\":\"string\"}}]}}},\"12\":{\"str\":\"MANAGED_TABLE\"}}","version":"0.1"}"#;
        let read = Metadata::read(text.as_bytes()).unwrap();
        assert_eq!(read.table.storage.columns[0].name, "a");
        let again = Metadata::read(read.write().as_bytes()).unwrap();
        assert_eq!(again.table, read.table);
    }

    #[test]
    fn refuses_what_it_cannot_read() {
        for text in ["", "{}", r#"{"version":"1.0","table":"{}"}"#, r#"{"version":"0.2","table":"x"}"#] {
            assert!(Metadata::read(text.as_bytes()).is_err(), "{text}");
        }
    }
}
