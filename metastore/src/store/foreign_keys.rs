//! Foreign keys as the catalog's clients look for them: by the tables that have them, by those they refer to, or both.

use super::MetaStore;
use crate::error::{MetastoreError, Result};
use crate::model::{Constraint, ConstraintKind};

/// Which foreign keys are wanted; names are in lower case, and one that is not said may be any.
#[derive(Debug, Clone, Copy, Default)]
pub struct ForeignKeysOf<'a> {
    /// Database of the table that is referred to.
    pub parent_database: Option<&'a str>,
    /// The table that is referred to.
    pub parent_table: Option<&'a str>,
    /// Database of the table that has the key.
    pub database: Option<&'a str>,
    /// The table that has the key.
    pub table: Option<&'a str>,
}

impl ForeignKeysOf<'_> {
    fn wants(&self, constraint: &Constraint) -> bool {
        match &constraint.kind {
            ConstraintKind::ForeignKey { parent_database, parent_table, .. } => {
                self.parent_database.is_none_or(|wanted| wanted == parent_database)
                    && self.parent_table.is_none_or(|wanted| wanted == parent_table)
            }
            _ => false,
        }
    }

    /// The tables that may have such keys.
    fn places(&self, store: &dyn MetaStore) -> Result<Vec<(String, String)>> {
        if let (Some(database), Some(table)) = (self.database, self.table) {
            return Ok(vec![(database.to_string(), table.to_string())]);
        }
        let mut places = vec![];
        for database in store.database_names(None)? {
            if self.database.is_some_and(|wanted| wanted != database) {
                continue;
            }
            let tables = store.table_names(&database, None, None)?;
            let wanted = tables.into_iter().filter(|table| self.table.is_none_or(|wanted| wanted == table));
            places.extend(wanted.map(|table| (database.clone(), table)));
        }
        Ok(places)
    }
}

/// The foreign keys that are wanted, each with the database and the name of its table, in the order of these. A table
/// that is not there has none.
///
/// # Errors
/// The store cannot be read.
pub fn foreign_keys(store: &dyn MetaStore, wanted: &ForeignKeysOf<'_>) -> Result<Vec<(String, String, Constraint)>> {
    let mut found = vec![];
    for (database, table) in wanted.places(store)? {
        let constraints = match store.constraints(&database, &table) {
            Err(MetastoreError::NoSuchObject(_)) => continue,
            constraints => constraints?,
        };
        let keys = constraints.into_iter().filter(|constraint| wanted.wants(constraint));
        found.extend(keys.map(|key| (database.clone(), table.clone(), key)));
    }
    Ok(found)
}

/// The name of a table's primary key.
pub fn primary_key_name(store: &dyn MetaStore, database: &str, table: &str) -> Option<String> {
    let constraints = store.constraints(database, table).ok()?;
    let key = |constraint: &Constraint| matches!(constraint.kind, ConstraintKind::PrimaryKey { .. });
    constraints.into_iter().find(key).map(|constraint| constraint.name)
}
