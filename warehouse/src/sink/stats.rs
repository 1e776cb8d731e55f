//! Hive's basic statistics as parameters of tables and partitions.

use skep_metastore::model::Parameters;

use crate::format::FileInfo;
use crate::store::FileStatus;

/// What tells that the basic statistics are right.
pub const STATS_ACCURATE: &str = "COLUMN_STATS_ACCURATE";
const BASIC_ACCURATE: &str = r#"{"BASIC_STATS":"true"}"#;

/// Changes of parameters; `None` removes one.
pub type ParameterChanges = Vec<(String, Option<String>)>;

/// What a write adds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Added {
    /// Files.
    pub files: u64,
    /// What is in them.
    pub info: FileInfo,
    /// Rows that they take away.
    pub removed: u64,
}

impl Added {
    /// Counts a file.
    pub fn add(&mut self, info: &FileInfo) {
        self.files += 1;
        self.info.rows += info.rows;
        self.info.bytes += info.bytes;
        self.info.raw_data_size += info.raw_data_size;
    }
}

/// Parameters after a write that knows its rows. `before` are the files that stay, none when they are replaced;
/// `columns` are those whose statistics are right afterwards.
pub fn after_write(
    old: &Parameters,
    before: &[FileStatus],
    added: &Added,
    columns: &[String],
    now: i64,
) -> ParameterChanges {
    let accurate = before.is_empty() || is_accurate(old) && are_known(old, before);
    let old_number = |key: &str| match before {
        [] => 0,
        _ => old.get(key).and_then(|v| v.parse::<u64>().ok()).unwrap_or(0),
    };
    let mut changes = sizes(before, added, now);
    if accurate {
        changes.push(set("numRows", (old_number("numRows") + added.info.rows).saturating_sub(added.removed)));
        changes.push(set("rawDataSize", old_number("rawDataSize") + added.info.raw_data_size));
        changes.push((STATS_ACCURATE.to_string(), Some(accurate_text(columns))));
    } else {
        changes.push((STATS_ACCURATE.to_string(), None));
    }
    changes
}

/// Are these the files that the numbers are of? Files may have been put there by hand.
pub fn are_known(parameters: &Parameters, files: &[FileStatus]) -> bool {
    let number = |key: &str| parameters.get(key).and_then(|text| text.parse::<u64>().ok());
    number("numFiles") == Some(files.len() as u64)
        && number("totalSize") == Some(files.iter().map(|file| file.len).sum())
}

/// Names of the columns whose statistics the parameters say are right.
pub fn accurate_columns(parameters: &Parameters) -> Vec<String> {
    let text = parameters.get(STATS_ACCURATE).map(String::as_str).unwrap_or_default();
    let json: Option<serde_json::Value> = serde_json::from_str(text).ok();
    let columns = json.as_ref().and_then(|json| json.get("COLUMN_STATS")).and_then(|columns| columns.as_object());
    columns.into_iter().flatten().filter(|(_, v)| v.as_str() == Some("true")).map(|(name, _)| name.clone()).collect()
}

/// `COLUMN_STATS_ACCURATE` where the basic statistics are right and those of these columns.
fn accurate_text(columns: &[String]) -> String {
    if columns.is_empty() {
        return BASIC_ACCURATE.to_string();
    }
    let columns: std::collections::BTreeMap<&str, &str> = columns.iter().map(|name| (name.as_str(), "true")).collect();
    let columns = serde_json::json!(columns);
    format!(r#"{{"BASIC_STATS":"true","COLUMN_STATS":{columns}}}"#)
}

/// Parameters after files came whose rows nobody has counted (`LOAD DATA`).
pub fn after_load(before: &[FileStatus], added: &Added, now: i64) -> ParameterChanges {
    let mut changes = sizes(before, added, now);
    changes.push(set("numRows", 0));
    changes.push(set("rawDataSize", 0));
    changes.push((STATS_ACCURATE.to_string(), None));
    changes
}

fn sizes(before: &[FileStatus], added: &Added, now: i64) -> ParameterChanges {
    vec![
        set("numFiles", before.len() as u64 + added.files),
        set("totalSize", before.iter().map(|f| f.len).sum::<u64>() + added.info.bytes),
        ("transient_lastDdlTime".to_string(), Some(now.to_string())),
    ]
}

fn set(key: &str, value: u64) -> (String, Option<String>) {
    (key.to_string(), Some(value.to_string()))
}

/// Do the parameters say that their basic statistics are right?
pub fn is_accurate(parameters: &Parameters) -> bool {
    let text = parameters.get(STATS_ACCURATE).map(String::as_str).unwrap_or_default();
    let json: Option<serde_json::Value> = serde_json::from_str(text).ok();
    json.is_some_and(|json| json.get("BASIC_STATS").and_then(|v| v.as_str()) == Some("true"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn appending_needs_right_numbers() {
        let file = FileStatus { path: "file:/a".into(), len: 10, modified: 0, is_dir: false };
        let mut added = Added::default();
        added.add(&FileInfo { rows: 2, bytes: 5, raw_data_size: 3 });
        let get = |changes: &ParameterChanges, key: &str| {
            changes.iter().find(|(k, _)| k == key).and_then(|(_, value)| value.clone())
        };
        let mut old = Parameters::new();
        let changes = after_write(&old, std::slice::from_ref(&file), &added, &[], 7);
        assert_eq!(get(&changes, "totalSize"), Some("15".into()));
        assert_eq!((get(&changes, "numRows"), get(&changes, STATS_ACCURATE)), (None, None));
        old.insert(STATS_ACCURATE.into(), r#"{"BASIC_STATS":"true","COLUMN_STATS":{"a":"true"}}"#.into());
        old.insert("numRows".into(), "4".into());
        old.insert("numFiles".into(), "1".into());
        old.insert("totalSize".into(), "9".into());
        // A file that nobody counted was put beside, or one was changed.
        let changes = after_write(&old, std::slice::from_ref(&file), &added, &[], 7);
        assert_eq!(get(&changes, STATS_ACCURATE), None);
        old.insert("totalSize".into(), "10".into());
        let changes = after_write(&old, &[file], &added, &[], 7);
        assert_eq!(get(&changes, "numRows"), Some("6".into()));
        assert_eq!(get(&changes, STATS_ACCURATE), Some(BASIC_ACCURATE.into()));
        let changes = after_write(&old, &[], &added, &["b".to_string(), "a".to_string()], 7);
        assert_eq!(get(&changes, "numRows"), Some("2".into()));
        let flag = get(&changes, STATS_ACCURATE).unwrap_or_default();
        assert_eq!(flag, r#"{"BASIC_STATS":"true","COLUMN_STATS":{"a":"true","b":"true"}}"#);
        old.insert(STATS_ACCURATE.into(), flag);
        assert_eq!(accurate_columns(&old), ["a", "b"]);
    }
}
