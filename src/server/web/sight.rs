//! The catalog as a visitor may see it.

use std::sync::Arc;

use axum::http::StatusCode;
use skep_metastore::MetastoreError;
use skep_metastore::model::{Database, Table};
use skep_metastore::store::MetaStore;

use super::guard::Visitor;
use crate::Engine;
use crate::error::{ErrorKind, Result, SkepError};
use crate::session::authorizer::{AccessRequest, PrivilegeObject};

/// The status of the page of an error: a visitor who may not has another than where things went wrong.
pub fn refusal(error: &SkepError, otherwise: StatusCode) -> StatusCode {
    if error.kind() == ErrorKind::AccessControl { StatusCode::FORBIDDEN } else { otherwise }
}

/// What is looked through at the catalog.
#[derive(Debug)]
pub struct Sight {
    engine: Arc<Engine>,
    user: String,
}

impl Sight {
    /// What a visitor sees.
    pub fn new(engine: &Arc<Engine>, visitor: &Visitor) -> Self {
        Self { engine: Arc::clone(engine), user: visitor.user.clone() }
    }

    /// The whole catalog, for what a visitor who has come so far may see.
    pub fn store(&self) -> &dyn MetaStore {
        self.engine.metastore().as_ref()
    }

    fn may(&self, operation: &'static str, inputs: Vec<PrivilegeObject>) -> Result<()> {
        self.engine.authorize(&AccessRequest { user: &self.user, operation, inputs, outputs: Vec::new() })
    }

    /// The databases, as `SHOW DATABASES` has them.
    ///
    /// # Errors
    /// The authorizer's, and the catalog's.
    pub fn databases(&self) -> Result<Vec<String>> {
        self.may("SHOWDATABASES", Vec::new())?;
        let names = self.store().database_names(None)?;
        self.engine.visible(&self.user, "SHOWDATABASES", names, |name| PrivilegeObject::database(name))
    }

    /// A database, as `DESCRIBE DATABASE` has it. One that is not to be seen is not there.
    ///
    /// # Errors
    /// There is none; the authorizer's, and the catalog's.
    pub fn database(&self, name: &str) -> Result<Database> {
        let database = self.store().database(name)?;
        self.check_seen("DESCDATABASE", name)?;
        self.may("DESCDATABASE", vec![PrivilegeObject::database(&database.name)])?;
        Ok(database)
    }

    /// The tables and views of a database, as `SHOW TABLES` has them; none of one whose tables are not for the visitor.
    ///
    /// # Errors
    /// The authorizer's, and the catalog's.
    pub fn tables(&self, database: &str) -> Result<Vec<String>> {
        self.may("SHOWTABLES", vec![PrivilegeObject::database(database)])?;
        let names = self.store().table_names(database, None, None)?;
        self.engine.visible(&self.user, "SHOWTABLES", names, |name| PrivilegeObject::table(database, name))
    }

    /// A table or view, as `DESCRIBE` has it. One that is not to be seen is not there.
    ///
    /// # Errors
    /// There is none; the authorizer's, and the catalog's.
    pub fn table(&self, database: &str, name: &str) -> Result<Table> {
        let table = self.store().table(database, name)?;
        let object = PrivilegeObject::table(&table.database, &table.name);
        let shown = self.engine.visible(&self.user, "DESCTABLE", vec![&object], |object| (*object).clone())?;
        self.check_seen("DESCTABLE", database)?;
        if shown.is_empty() {
            return Err(MetastoreError::NoSuchObject(format!("hive.{database}.{name} table not found")).into());
        }
        self.may("DESCTABLE", vec![object])?;
        Ok(table)
    }

    fn check_seen(&self, operation: &'static str, database: &str) -> Result<()> {
        let object = |name: &&str| PrivilegeObject::database(name);
        if self.engine.visible(&self.user, operation, vec![database], object)?.is_empty() {
            return Err(MetastoreError::NoSuchObject(format!("Database does not exist: {database}")).into());
        }
        Ok(())
    }
}
