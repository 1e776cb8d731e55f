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
    // Clients until Hive 2.3 have the files in field 1, and their checksums where newer ones have the files.
    let (files, checksums) = match &data.files_added_before_3 {
        Some(files) => (Some(files), &data.files_added),
        None => (data.files_added.as_ref(), &data.files_added_checksum),
    };
    let one = |(at, file): (usize, &String)| {
        let checksum = text(checksums, at).unwrap_or_default();
        match text(&data.sub_directory_list, at) {
            Some(folder) => format!("{file}#{checksum}##{folder}"),
            None => format!("{file}#{checksum}#"),
        }
    };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_older_and_of_newer_clients() {
        let list = |text: &str| Some(vec![text.to_owned()]);
        let newer = InsertEventRequestData {
            files_added: list("/w/t/000000_0"),
            files_added_checksum: list("ab"),
            ..Default::default()
        };
        let older = InsertEventRequestData {
            files_added_before_3: list("/w/t/000000_0"),
            files_added: list("ab"),
            ..Default::default()
        };
        assert_eq!(files(&newer), ["/w/t/000000_0#ab#"]);
        assert_eq!(files(&older), files(&newer));
        let unchecked = InsertEventRequestData { files_added: None, ..older };
        assert_eq!(files(&unchecked), ["/w/t/000000_0##"]);
    }
}
