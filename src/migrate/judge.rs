//! What Skep can do with the tables and functions of another metastore.

use skep_metastore::migrate::Judge;
use skep_metastore::model::{Function, Partition, StorageDescriptor, Table, TableKind};
use skep_udf::registry::registry;
use skep_warehouse::format::FileFormatKind;
use skep_warehouse::store::url;

/// Says what this program's formats, file systems and functions can do.
#[derive(Debug, Clone, Copy)]
pub struct Formats;

impl Judge for Formats {
    fn lacks(&self, table: &Table) -> Option<String> {
        if table.kind == TableKind::View {
            return None;
        }
        if let Some(handler) = table.parameters.get("storage_handler") {
            return Some(format!("the storage handler {handler}"));
        }
        of_storage(&table.storage)
    }

    fn partition_lacks(&self, table: &Table, partition: &Partition) -> Option<String> {
        match table.parameters.contains_key("storage_handler") {
            true => None,
            false => of_storage(&partition.storage),
        }
    }

    fn function(&self, function: &Function) -> String {
        let registry = registry();
        let built_in = registry.describe_class(&function.name, &function.class_name);
        if let Some(names) = built_in.map(|known| known.synonyms) {
            // A class is called by the names that it has here, and not by one that was given to it.
            return match names.iter().any(|name| name.eq_ignore_ascii_case(&function.name)) {
                true => "Skep has this function built in".to_string(),
                false => format!("Skep has this class built in as {}: call it by that name", names.join(", ")),
            };
        }
        match registry.describe(&function.name) {
            Some(_) => {
                format!("Skep does not run Java; it has a built-in {}: see whether it does the same", function.name)
            }
            None => "Skep does not run Java, and has no built-in of that name".to_string(),
        }
    }
}

/// What is missing for rows that are stored so.
fn of_storage(storage: &StorageDescriptor) -> Option<String> {
    if let Err(error) = FileFormatKind::of(storage) {
        return Some(error.to_string());
    }
    match url::scheme(&storage.location).as_deref() {
        None | Some("file" | "pfile") => None,
        Some(scheme) => Some(format!("the file system {scheme}:")),
    }
}
