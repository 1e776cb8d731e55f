//! `GetPrimaryKeys`: the columns of a table's primary key.

use datafusion::common::ScalarValue;
use skep_metastore::MetastoreError;
use skep_metastore::model::{ConstraintKind, HiveType};
use skep_metastore::store::MetaStore;

use super::{KEYS, OperationKind, Question, authorize_tables, text, visible};
use crate::Session;
use crate::error::{ErrorKind, Result, SkepError};

/// `GetPrimaryKeysOperation`
#[derive(Debug)]
pub struct PrimaryKeys {
    /// The catalog; it is given back as it came.
    pub catalog: Option<String>,
    /// The database; the session's where it is empty or not there, as beeline's `!primarykeys` asks.
    pub schema: Option<String>,
    /// The table.
    pub table: Option<String>,
}

impl Question for PrimaryKeys {
    const NAME: &'static str = "GetPrimaryKeys";
    const KIND: OperationKind = OperationKind::PrimaryKeys;
    const COLUMNS: &'static [(&'static str, HiveType)] = &[
        ("TABLE_CAT", HiveType::String),
        ("TABLE_SCHEM", HiveType::String),
        ("TABLE_NAME", HiveType::String),
        ("COLUMN_NAME", HiveType::String),
        ("KEY_SEQ", HiveType::Int),
        ("PK_NAME", HiveType::String),
    ];

    fn rows(&self, session: &Session) -> Result<Vec<Vec<ScalarValue>>> {
        let Some(table) = &self.table else {
            return Err(SkepError::new(ErrorKind::Command, "GetPrimaryKeys needs the name of a table"));
        };
        let schema = self.schema.as_deref().filter(|schema| !schema.is_empty());
        let database = schema.unwrap_or_else(|| session.current_database()).to_lowercase();
        let table = table.to_lowercase();
        let shown = visible(session, KEYS, vec![(database.clone(), table.clone())])?;
        if shown.is_empty() {
            return Ok(Vec::new());
        }
        authorize_tables(session, KEYS, &shown)?;
        let constraints = match session.catalog().constraints(&database, &table) {
            Err(MetastoreError::NoSuchObject(_)) => Vec::new(),
            constraints => constraints?,
        };
        let mut rows = Vec::new();
        for constraint in constraints {
            let ConstraintKind::PrimaryKey { columns } = constraint.kind else { continue };
            rows.extend((1i32..).zip(columns).map(|(position, column)| {
                vec![
                    text(self.catalog.as_deref()),
                    database.as_str().into(),
                    table.as_str().into(),
                    column.into(),
                    position.into(),
                    constraint.name.as_str().into(),
                ]
            }));
        }
        Ok(rows)
    }
}
