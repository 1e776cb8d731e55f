//! Names of databases as clients of Hive 3 and later send them: `@catalog#database`.

use crate::model::DEFAULT_CATALOG;

/// What a client calls a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseName {
    /// The catalog, in lower case, if it is named.
    pub catalog: Option<String>,
    /// The database, in lower case; none where the text names a catalog only. `!` stands for an empty name.
    pub database: Option<String>,
}

impl DatabaseName {
    /// Takes the text apart (`MetaStoreUtils.parseDbName` of Hive).
    pub fn parse(text: &str) -> Self {
        let text = text.to_lowercase();
        let Some((catalog, database)) = text.strip_prefix('@').and_then(|rest| rest.split_once('#')) else {
            return Self { catalog: None, database: Some(text) };
        };
        let database = match database {
            "" => None,
            "!" => Some(String::new()),
            name => Some(name.to_string()),
        };
        Self { catalog: Some(catalog.to_string()), database }
    }
}

/// The name under which the catalog's store keeps a database: databases of Hive's own catalog by their names, those of
/// other catalogs as `@catalog#database`. The text may name the catalog itself; `catalog` is what the request says beside it.
pub fn stored_database(catalog: Option<&str>, text: &str) -> String {
    let name = DatabaseName::parse(text);
    let database = name.database.unwrap_or_default();
    let catalog = name.catalog.or_else(|| catalog.map(str::to_lowercase));
    match catalog.as_deref() {
        None | Some("") | Some(DEFAULT_CATALOG) => database,
        Some(catalog) => format!("@{catalog}#{database}"),
    }
}

/// The catalog and the name of a database that a store keeps.
pub fn shown_database(stored: &str) -> (&str, &str) {
    stored.strip_prefix('@').and_then(|rest| rest.split_once('#')).unwrap_or((DEFAULT_CATALOG, stored))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_databases() {
        assert_eq!(stored_database(None, "Sales"), "sales");
        assert_eq!(stored_database(None, "@hive#Sales"), "sales");
        assert_eq!(stored_database(Some("HIVE"), "sales"), "sales");
        assert_eq!(stored_database(Some("spark"), "sales"), "@spark#sales");
        assert_eq!(stored_database(None, "@spark#sales"), "@spark#sales");
        assert_eq!(stored_database(None, "@hive#!"), "");
        assert_eq!(DatabaseName::parse("@hive#"), DatabaseName { catalog: Some("hive".into()), database: None });
        assert_eq!(shown_database("@spark#sales"), ("spark", "sales"));
        assert_eq!(shown_database("sales"), ("hive", "sales"));
    }
}
