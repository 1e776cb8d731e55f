//! Names in statements, looked up in the session's catalog.

use skep_metastore::MetastoreError;
use skep_metastore::model::{Database, Table};
use skep_metastore::store::MetaStore;
use skep_warehouse::layout::commit::complete_pending;

use crate::error::{HiveError, Result, SkepError};
use crate::parser::ast::{Ident, ObjectName};
use crate::session::Session;

/// Database and name, in lower case; the current database where none is given.
pub fn resolve(session: &Session, name: &ObjectName) -> (String, String) {
    let database = match &name.database {
        Some(database) => database.lower(),
        None => session.current_database().to_string(),
    };
    (database, name.name.lower())
}

/// The table or view of a name; Hive's error 10001 with the place where there is none.
pub fn table(session: &Session, name: &ObjectName) -> Result<Table> {
    find_table(session, name)?.ok_or_else(|| {
        SkepError::semantic(HiveError::TABLE_NOT_FOUND, name_as_typed(name)).with_span(Some(name.span().into()))
    })
}

/// The table or view of a name, if there is one. A database that is not there is an error.
pub fn find_table(session: &Session, name: &ObjectName) -> Result<Option<Table>> {
    let (database, table) = resolve(session, name);
    match session.catalog().table(&database, &table) {
        Ok(table) => Ok(Some(table)),
        Err(MetastoreError::NoSuchObject(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Carries out what writers of the table have decided and not done yet, so that its files are where the catalog says;
/// to be called before a statement moves or removes folders.
pub async fn settle(session: &Session, table: &Table) -> Result<()> {
    Ok(complete_pending(session.catalog().as_ref(), session.stores(), &table.database, &table.name).await?)
}

/// Like [`table`], but a view is Hive's error 10131.
pub fn base_table(session: &Session, name: &ObjectName) -> Result<Table> {
    let table = table(session, name)?;
    if table.is_view() {
        return Err(SkepError::semantic(HiveError::ALTER_TABLE_ON_VIEW, "").with_span(Some(name.span().into())));
    }
    Ok(table)
}

/// Like [`table`], but anything else than a view is Hive's error 10132.
pub fn view(session: &Session, name: &ObjectName) -> Result<Table> {
    let table = table(session, name)?;
    if !table.is_view() {
        return Err(SkepError::semantic(HiveError::ALTER_VIEW_ON_TABLE, "").with_span(Some(name.span().into())));
    }
    Ok(table)
}

/// The database of a name; Hive's error 10072 where there is none.
pub fn database(session: &Session, name: &Ident) -> Result<Database> {
    match session.catalog().database(&name.lower()) {
        Err(MetastoreError::NoSuchObject(_)) => {
            let error = SkepError::semantic(HiveError::DATABASE_NOT_FOUND, name.lower());
            Err(error.with_span(Some(name.span.into())))
        }
        other => Ok(other?),
    }
}

/// The database a new object of that name goes to.
pub fn database_of(session: &Session, name: &ObjectName) -> Result<Database> {
    match &name.database {
        Some(name) => database(session, name),
        None => database(session, &Ident::new(session.current_database())),
    }
}

/// The name as an error shows it.
pub fn name_as_typed(name: &ObjectName) -> String {
    name.to_string()
}

/// Checks the name of a new table or view: letters, digits and `_`, and what else stands in back quotes where
/// `hive.support.special.characters.tablename` allows it.
pub fn check_new_name(session: &Session, name: &ObjectName) -> Result<()> {
    let special = session.config().bool("hive.support.special.characters.tablename");
    let text = &name.name.value;
    let plain = |c: char| c.is_alphanumeric() || c == '_';
    // All signs but the dot, which parts a database's name from a table's, and the backslash.
    let allowed = |c: char| plain(c) || (special && " $&+,-=@#%{}[]()|;:?!<>*~^/`\"'".contains(c));
    if text.is_empty() || !text.chars().all(allowed) {
        let error = SkepError::semantic(HiveError::INVALID_TABLE_NAME, name_as_typed(name));
        return Err(error.with_span(Some(name.name.span.into())));
    }
    Ok(())
}

/// A name in back quotes.
pub fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}
