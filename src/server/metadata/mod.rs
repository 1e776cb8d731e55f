//! The calls that ask about the catalog: what tools look at before anybody has written a query.
//!
//! One call, one file: what is asked, and its rows with the columns that Hive gives them
//! (`org.apache.hive.service.cli.operation`). They see what a session sees: its temporary tables hide lasting ones.

mod catalogs;
mod columns;
mod cross_reference;
mod functions;
mod pattern;
mod primary_keys;
mod schemas;
mod table_types;
mod tables;
mod type_info;
mod types;

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, new_empty_array};
use datafusion::common::ScalarValue;
use skep_metastore::MetastoreError;
use skep_metastore::model::{HiveType, Table};
use skep_metastore::store::MetaStore;
use skep_warehouse::types::arrow_type;

use super::failure::Failure;
use super::operation::{Operation, OperationKind};
use super::sessions::{ServerSession, Sessions};
use crate::error::{Result, SkepError};
use crate::session::authorizer::{AccessRequest, PrivilegeObject};
use crate::{Outcome, OutputColumn, Session};

pub use catalogs::Catalogs;
pub use columns::Columns;
pub use cross_reference::CrossReference;
pub use functions::Functions;
pub use primary_keys::PrimaryKeys;
pub use schemas::Schemas;
pub use table_types::TableTypes;
pub use tables::Tables;
pub use type_info::TypeInfo;

/// What is asked about the catalog.
pub trait Question: Send + 'static {
    /// The call's name.
    const NAME: &'static str;
    /// What its operation is.
    const KIND: OperationKind;
    /// Names and types of the answer's columns.
    const COLUMNS: &'static [(&'static str, HiveType)];

    /// The answer's rows, each with as many values as there are columns; [`ScalarValue::Null`] is the NULL of any type.
    ///
    /// # Errors
    /// What the catalog says; a request without what it needs.
    fn rows(&self, session: &Session) -> Result<Vec<Vec<ScalarValue>>>;
}

/// Answers a question for a session. The operation has ended when this returns, as drivers rely on.
///
/// # Errors
/// The question's.
pub async fn ask<Q: Question>(
    sessions: &Arc<Sessions>,
    session: &Arc<ServerSession>,
    question: Q,
) -> std::result::Result<Arc<Operation>, Failure> {
    sessions.ask(session, Q::KIND, Q::NAME, move |session| outcome(&question, session)).await
}

fn outcome<Q: Question>(question: &Q, session: &Session) -> Result<Outcome> {
    let rows = question.rows(session)?;
    let described = Q::COLUMNS.iter();
    let columns = described.map(|(name, ty)| OutputColumn { name: name.to_string(), ty: ty.clone(), qualifier: None });
    let arrays: Result<Vec<ArrayRef>> = (0..Q::COLUMNS.len()).map(|column| array(&rows, column, Q::COLUMNS)).collect();
    Outcome::table(columns.collect(), arrays?)
}

fn array(rows: &[Vec<ScalarValue>], column: usize, columns: &[(&str, HiveType)]) -> Result<ArrayRef> {
    let ty = arrow_type(&columns[column].1);
    if rows.is_empty() {
        return Ok(new_empty_array(&ty));
    }
    let null = ScalarValue::try_new_null(&ty)?;
    let values = rows.iter().map(|row| match row.get(column) {
        None | Some(ScalarValue::Null) => null.clone(),
        Some(value) => value.clone(),
    });
    Ok(ScalarValue::iter_to_array(values)?)
}

/// What looking at keys is called: Hive has no name of its own for it.
const KEYS: &str = "GET_COLUMNS";

/// A text, or NULL.
fn text(value: Option<&str>) -> ScalarValue {
    ScalarValue::Utf8(value.map(str::to_string))
}

/// The databases that a pattern of a request matches, of those that the user may see; a pattern that is empty or not there
/// matches all.
fn databases(session: &Session, operation: &'static str, schema: Option<&str>) -> Result<Vec<String>> {
    let wanted = schema.filter(|schema| !schema.is_empty()).map(pattern::of_request).transpose()?;
    session.visible_databases(operation, session.catalog().database_names(wanted.as_deref())?)
}

/// Those of these tables, each behind the name of its database, that the user may see, and their databases, too.
fn visible(session: &Session, operation: &'static str, tables: Vec<(String, String)>) -> Result<Vec<(String, String)>> {
    let of: BTreeSet<String> = tables.iter().map(|(database, _)| database.clone()).collect();
    let shown: BTreeSet<String> = session.visible_databases(operation, of.into_iter().collect())?.into_iter().collect();
    session.visible_tables(operation, tables.into_iter().filter(|(database, _)| shown.contains(database)).collect())
}

/// Asks whether the user may look at these objects (`MetadataOperation.authorizeMetaGets`).
fn authorize(session: &Session, operation: &'static str, inputs: Vec<PrivilegeObject>) -> Result<()> {
    session.engine().authorize(&AccessRequest { user: session.user(), operation, inputs, outputs: Vec::new() })
}

/// The same of databases.
fn authorize_databases(session: &Session, operation: &'static str, names: &[String]) -> Result<()> {
    authorize(session, operation, names.iter().map(|name| PrivilegeObject::database(name)).collect())
}

/// The same of tables, each behind the name of its database; a session's temporary ones are its own.
fn authorize_tables(session: &Session, operation: &'static str, tables: &[(String, String)]) -> Result<()> {
    let lasting = tables.iter().filter(|(database, name)| !session.catalog().is_temporary(database, name));
    authorize(session, operation, lasting.map(|(database, name)| PrivilegeObject::table(database, name)).collect())
}

/// A table, unless somebody has dropped it since its name was read.
fn still_there(session: &Session, database: &str, name: &str) -> Result<Option<Table>> {
    match session.catalog().table(database, name) {
        Ok(table) => Ok(Some(table)),
        Err(MetastoreError::NoSuchObject(_)) => Ok(None),
        Err(error) => Err(SkepError::from(error)),
    }
}
