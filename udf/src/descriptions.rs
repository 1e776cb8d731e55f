//! The texts of `DESCRIBE FUNCTION` that tools compare.
//!
//! They are what Apache Hive 4 prints (its `@Description` annotations, Apache License 2.0), for here the text is the
//! interface. Functions that are not in the list are described in our own words, where they are registered.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::java_classes;

/// `#name n`, then the lines of the usage, then, if known, `#extended` and the lines of the longer text. `_FUNC_` stands
/// for the name as it was typed.
const TEXTS: &str = include_str!("descriptions.txt");

/// Usage and longer text of one name.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Description {
    /// What `DESCRIBE FUNCTION` prints.
    pub usage: String,
    /// What `EXTENDED` adds; `None` if not known.
    pub extended: Option<String>,
}

fn table() -> &'static HashMap<&'static str, Description> {
    static TABLE: OnceLock<HashMap<&'static str, Description>> = OnceLock::new();
    TABLE.get_or_init(|| TEXTS.split("#name ").filter_map(read).collect())
}

fn read(entry: &'static str) -> Option<(&'static str, Description)> {
    let (name, rest) = entry.split_once('\n')?;
    let rest = rest.trim_end_matches('\n');
    let description = match rest.split_once("\n#extended") {
        Some((usage, extended)) => Description {
            usage: usage.to_string(),
            extended: Some(extended.strip_prefix('\n').unwrap_or(extended).to_string()),
        },
        None => Description { usage: rest.to_string(), extended: None },
    };
    Some((name, description))
}

/// The text for a name in lower case; names of one class share theirs.
pub(crate) fn find(name: &str) -> Option<&'static Description> {
    let table = table();
    table.get(name).or_else(|| java_classes::synonyms(name).into_iter().find_map(|other| table.get(other)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_by_name_and_synonym() {
        let acos = find("acos").expect("acos");
        assert!(acos.usage.starts_with("_FUNC_(x)"));
        assert!(acos.extended.as_deref().is_some_and(|text| text.starts_with("Example:")));
        assert_eq!(find("udftolong"), find("bigint"));
        assert_eq!(find("no_such_name"), None);
    }

    #[test]
    fn every_entry_has_a_usage() {
        assert!(table().values().all(|description| !description.usage.is_empty()));
        assert!(table().len() > 200);
    }
}
