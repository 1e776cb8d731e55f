//! The lists that a session shows: without what its user may not see.

use std::collections::HashSet;

use super::Session;
use super::authorizer::{ObjectKind, PrivilegeObject};
use crate::error::Result;

impl Session {
    /// Those of these databases that the user may see.
    ///
    /// # Errors
    /// The authorizer's.
    pub(crate) fn visible_databases(&self, operation: &'static str, names: Vec<String>) -> Result<Vec<String>> {
        self.engine.visible(&self.user, operation, names, |name| PrivilegeObject::database(name))
    }

    /// Those of these tables and views of a database that the user may see.
    ///
    /// # Errors
    /// The authorizer's.
    pub(crate) fn visible_tables_of(
        &self,
        operation: &'static str,
        database: &str,
        names: Vec<String>,
    ) -> Result<Vec<String>> {
        let list = names.into_iter().map(|name| (database.to_string(), name)).collect();
        Ok(self.visible_tables(operation, list)?.into_iter().map(|(_, name)| name).collect())
    }

    /// Those of these tables and views, each behind the name of its database, that the user may see. The session's own temporary
    /// tables are not asked about.
    ///
    /// # Errors
    /// The authorizer's.
    pub(crate) fn visible_tables(
        &self,
        operation: &'static str,
        mut list: Vec<(String, String)>,
    ) -> Result<Vec<(String, String)>> {
        if self.engine.authorizer().is_none() {
            return Ok(list);
        }
        let is_own = |(database, name): &(String, String)| self.catalog.is_temporary(database, name);
        let lasting = list.iter().filter(|table| !is_own(table)).cloned().collect();
        let object = |(database, name): &(String, String)| PrivilegeObject::table(database, name);
        let shown: HashSet<_> = self.engine.visible(&self.user, operation, lasting, object)?.into_iter().collect();
        list.retain(|table| is_own(table) || shown.contains(table));
        Ok(list)
    }

    /// Those of these functions of the catalog, each behind the name of its database, that the user may see.
    ///
    /// # Errors
    /// The authorizer's.
    pub(crate) fn visible_functions(
        &self,
        operation: &'static str,
        list: Vec<(String, String)>,
    ) -> Result<Vec<(String, String)>> {
        self.engine.visible(&self.user, operation, list, |(database, name)| {
            PrivilegeObject::new(ObjectKind::Function, Some(database.clone()), name)
        })
    }
}
