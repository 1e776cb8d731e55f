//! `GetCrossReference`: foreign keys.

use std::collections::BTreeSet;

use datafusion::common::ScalarValue;
use skep_metastore::model::{Constraint, ConstraintKind, HiveType};
use skep_metastore::store::{ForeignKeysOf, foreign_keys, primary_key_name};

use super::{KEYS, OperationKind, Question, authorize_tables, text, visible};
use crate::Session;
use crate::error::Result;

/// `java.sql.DatabaseMetaData.importedKeyCascade`, which Hive tells of all keys: it says nothing of updates and deletes.
const RULE: i32 = 0;

/// `GetCrossReferenceOperation`: the keys of one table that refer to another. What is empty or not there may be any, so
/// that this tells all keys that refer to a table, and all keys of one, too.
#[derive(Debug)]
pub struct CrossReference {
    /// The catalog of the table that is referred to; it is given back as it came.
    pub parent_catalog: Option<String>,
    /// The database of the table that is referred to.
    pub parent_schema: Option<String>,
    /// The table that is referred to.
    pub parent_table: Option<String>,
    /// The catalog of the table that has the key; it is given back as it came.
    pub foreign_catalog: Option<String>,
    /// The database of the table that has the key.
    pub foreign_schema: Option<String>,
    /// The table that has the key.
    pub foreign_table: Option<String>,
}

impl Question for CrossReference {
    const NAME: &'static str = "GetCrossReference";
    const KIND: OperationKind = OperationKind::CrossReference;
    const COLUMNS: &'static [(&'static str, HiveType)] = &[
        ("PKTABLE_CAT", HiveType::String),
        ("PKTABLE_SCHEM", HiveType::String),
        ("PKTABLE_NAME", HiveType::String),
        ("PKCOLUMN_NAME", HiveType::String),
        ("FKTABLE_CAT", HiveType::String),
        ("FKTABLE_SCHEM", HiveType::String),
        ("FKTABLE_NAME", HiveType::String),
        ("FKCOLUMN_NAME", HiveType::String),
        // Spelt so by Hive.
        ("KEQ_SEQ", HiveType::Int),
        ("UPDATE_RULE", HiveType::Int),
        ("DELETE_RULE", HiveType::Int),
        ("FK_NAME", HiveType::String),
        ("PK_NAME", HiveType::String),
        ("DEFERRABILITY", HiveType::Int),
    ];

    fn rows(&self, session: &Session) -> Result<Vec<Vec<ScalarValue>>> {
        let name =
            |name: &Option<String>| name.as_ref().filter(|name| !name.is_empty()).map(|name| name.to_lowercase());
        let (parent_database, parent_table) = (name(&self.parent_schema), name(&self.parent_table));
        let (database, table) = (name(&self.foreign_schema), name(&self.foreign_table));
        let wanted = ForeignKeysOf {
            parent_database: parent_database.as_deref(),
            parent_table: parent_table.as_deref(),
            database: database.as_deref(),
            table: table.as_deref(),
        };
        let catalog = session.catalog().as_ref();
        let found = foreign_keys(catalog, &wanted)?;
        let named: BTreeSet<(String, String)> =
            found.iter().flat_map(|(of, name, key)| tables(of, name, key)).collect();
        let shown = visible(session, KEYS, named.into_iter().collect())?;
        authorize_tables(session, KEYS, &shown)?;
        let shown: BTreeSet<(String, String)> = shown.into_iter().collect();
        let mut rows = Vec::new();
        for (database, table, key) in found {
            if !tables(&database, &table, &key).iter().all(|table| shown.contains(table)) {
                continue;
            }
            let ConstraintKind::ForeignKey { columns, parent_database, parent_table, parent_columns } = key.kind else {
                continue;
            };
            let parent_key = primary_key_name(catalog, &parent_database, &parent_table);
            rows.extend((1i32..).zip(columns.into_iter().zip(parent_columns)).map(|(position, (column, parent))| {
                vec![
                    text(self.parent_catalog.as_deref()),
                    parent_database.as_str().into(),
                    parent_table.as_str().into(),
                    parent.into(),
                    text(self.foreign_catalog.as_deref()),
                    database.as_str().into(),
                    table.as_str().into(),
                    column.into(),
                    position.into(),
                    RULE.into(),
                    RULE.into(),
                    key.name.as_str().into(),
                    text(parent_key.as_deref()),
                    0i32.into(),
                ]
            }));
        }
        Ok(rows)
    }
}

/// The tables that a key is between.
fn tables(database: &str, table: &str, key: &Constraint) -> Vec<(String, String)> {
    let mut tables = vec![(database.to_string(), table.to_string())];
    if let ConstraintKind::ForeignKey { parent_database, parent_table, .. } = &key.kind {
        tables.push((parent_database.clone(), parent_table.clone()));
    }
    tables
}
