//! The texts of events that clients ask for (`JSONMessageEncoder` of Hive's messaging).

use serde_json::json;
use skep_thrift_hms::InsertEventRequestData;

use crate::model::{Partition, Table, thrift_json};

use super::now;

/// Files as a message names them: the URI, its checksum, nothing for a place of copies, the folder below the table
/// (`ReplChangeManager.encodeFileUri`).
pub fn files(data: &InsertEventRequestData) -> Vec<String> {
    let text = |list: &Option<Vec<String>>, at: usize| {
        list.as_ref().and_then(|list| list.get(at)).cloned().filter(|text| !text.is_empty())
    };
    let one = |(at, file): (usize, &String)| {
        let checksum = text(&data.files_added_checksum, at).unwrap_or_default();
        match text(&data.sub_directory_list, at) {
            Some(folder) => format!("{file}#{checksum}##{folder}"),
            None => format!("{file}#{checksum}#"),
        }
    };
    let files = data.files_added.as_ref().or(data.files_added_before_3.as_ref());
    files.into_iter().flatten().enumerate().map(one).collect()
}

/// Rows were put into a table or a partition (`JSONInsertMessage`).
pub fn insert(table: &Table, partition: Option<&Partition>, data: &InsertEventRequestData) -> String {
    let mut message = json!({
        "server": "",
        "servicePrincipal": "",
        "db": table.database,
        "table": table.name,
        "tableType": table.kind.name(),
        "tableObjJson": thrift_json::table(table).to_string(),
        "timestamp": now(),
        "replace": data.replace.unwrap_or(false).to_string(),
        "files": files(data),
    });
    if let Some(partition) = partition {
        message["ptnObjJson"] = json!(thrift_json::partition(table, partition).to_string());
    }
    message.to_string()
}
