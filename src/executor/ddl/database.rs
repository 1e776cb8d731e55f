//! `CREATE`, `DROP`, `ALTER` and `USE DATABASE`.

use skep_metastore::MetastoreError;
use skep_metastore::model::{Database, PrincipalType, TableKind};
use skep_metastore::store::MetaStore;
use skep_warehouse::store::{fs, url};

use super::{now, properties};
use crate::error::{HiveError, Result, SkepError};
use crate::executor::names;
use crate::parser::ast::{
    AlterDatabase, AlterDatabaseAction, CreateDatabase, DropBehavior, DropDatabase, Ident, Principal,
};
use crate::session::{Outcome, Session};

/// `CREATE DATABASE`. The folder is made first; a name that is taken is Hive's error 10242.
pub async fn create(session: &mut Session, statement: &CreateDatabase) -> Result<Outcome> {
    let name = statement.name.lower();
    let special = session.config().bool("hive.support.special.characters.tablename");
    let allowed =
        |c: char| c.is_alphanumeric() || c == '_' || (special && " $&+,-=@#%{}[]()|;:?!<>*~^`\"'".contains(c));
    let valid = !name.trim().is_empty() && name.chars().all(allowed);
    if !valid {
        return Err(SkepError::exception("InvalidObjectException", format!("{name} is not a valid database name")));
    }
    if session.catalog().database(&name).is_ok() {
        if statement.if_not_exists {
            return Ok(Outcome::done());
        }
        return Err(exists(&statement.name));
    }
    let location = match &statement.location {
        Some(location) => session.named_url(location)?,
        None => url::join(&session.warehouse(true)?, &format!("{name}.db")),
    };
    let managed_location = match &statement.managed_location {
        Some(location) => Some(session.named_url(location)?),
        None if session.config().get("hive.metastore.warehouse.external.dir").is_some() => {
            Some(url::join(&session.warehouse(false)?, &format!("{name}.db")))
        }
        None => None,
    };
    let made = !fs::exists(session.stores(), &location).await?;
    fs::create_dir(session.stores(), &location).await?;
    if let Some(location) = &managed_location {
        fs::create_dir(session.stores(), location).await?;
    }
    let database = Database {
        name,
        comment: statement.comment.clone(),
        location: location.clone(),
        managed_location,
        owner: Some(session.user().to_string()),
        owner_type: PrincipalType::User,
        parameters: properties(&statement.properties),
        create_time: now(),
    };
    match session.catalog().create_database(&database) {
        Ok(()) => Ok(Outcome::done()),
        Err(MetastoreError::AlreadyExists(_)) if statement.if_not_exists => Ok(Outcome::done()),
        Err(MetastoreError::AlreadyExists(_)) => Err(exists(&statement.name)),
        Err(error) => {
            if made {
                fs::delete(session.stores(), &location, false).await?;
            }
            Err(error.into())
        }
    }
}

fn exists(name: &Ident) -> SkepError {
    let error = SkepError::exception("AlreadyExistsException", format!("Database {} already exists", name.lower()));
    error.with_code(1, HiveError::DATABASE_EXISTS.sqlstate).with_span(Some(name.span.into()))
}

/// `DROP DATABASE`. With `CASCADE` its tables go first, and the files of managed ones; then the database, then its
/// folder.
pub async fn drop(session: &mut Session, statement: &DropDatabase) -> Result<Outcome> {
    let name = statement.name.lower();
    let database = match session.catalog().database(&name) {
        Ok(database) => database,
        Err(MetastoreError::NoSuchObject(_)) if statement.if_exists => {
            return Ok(Outcome::done());
        }
        Err(_) => return names::database(session, &statement.name).map(|_| Outcome::done()),
    };
    if name == "default" {
        return Err(SkepError::exception("MetaException", "Can not drop default database in catalog hive"));
    }
    let cascade = statement.behavior == Some(DropBehavior::Cascade);
    let catalog = session.catalog().clone();
    let tables = catalog.table_names(&name, None, None)?;
    if !tables.is_empty() && !cascade {
        let text = format!("Database {name} is not empty. One or more tables exist.");
        return Err(SkepError::exception("InvalidOperationException", text)
            .with_hint(format!("DROP DATABASE {name} CASCADE removes it with its tables")));
    }
    for table in &tables {
        super::drop_table::drop_named(session, &name, table).await?;
    }
    catalog.drop_database(&name, cascade)?;
    if session.current_database() == name {
        session.set_current_database("default");
    }
    let mut folders = vec![database.location];
    folders.extend(database.managed_location);
    for folder in folders {
        // External tables' files may lie in it; only what is empty goes then.
        let keep = fs::walk(session.stores(), &folder).await.is_ok_and(|files| !files.is_empty());
        if !keep {
            fs::delete(session.stores(), &folder, true).await?;
        }
    }
    Ok(Outcome::done())
}

/// `ALTER DATABASE`.
pub fn alter(session: &mut Session, statement: &AlterDatabase) -> Result<Outcome> {
    let mut database = names::database(session, &statement.name)?;
    match &statement.action {
        AlterDatabaseAction::SetProperties(list) => database.parameters.extend(properties(list)),
        AlterDatabaseAction::SetOwner(principal) => {
            let (kind, name) = match principal {
                Principal::User(name) => (PrincipalType::User, name),
                Principal::Role(name) => (PrincipalType::Role, name),
                Principal::Group(name) => (PrincipalType::Group, name),
            };
            database.owner_type = kind;
            database.owner = Some(name.value.clone());
        }
        AlterDatabaseAction::SetLocation(location) => database.location = new_location(session, location)?,
        AlterDatabaseAction::SetManagedLocation(location) => {
            database.managed_location = Some(new_location(session, location)?);
        }
    }
    session.catalog().alter_database(&database)?;
    Ok(Outcome::done())
}

fn new_location(session: &Session, location: &str) -> Result<String> {
    if url::scheme(location).is_none() && !location.starts_with('/') {
        return Err(SkepError::new(
            crate::error::ErrorKind::Semantic,
            format!("{location} {}", HiveError::LOCATION_NOT_ABSOLUTE.text),
        )
        .with_code(HiveError::LOCATION_NOT_ABSOLUTE.code, HiveError::LOCATION_NOT_ABSOLUTE.sqlstate));
    }
    session.named_url(location)
}

/// `USE`.
pub fn select(session: &mut Session, name: &Ident) -> Result<Outcome> {
    let database = names::database(session, name)?;
    session.set_current_database(&database.name);
    Ok(Outcome::done())
}

/// The name of a folder for a table's name: signs become their numbers, `a/b` is `a-47-b` (`encodeTableName` of Hive).
fn encoded(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        if c.is_alphanumeric() || c == '_' {
            out.push(c);
        } else {
            out.push_str(&format!("-{}-", u32::from(c)));
        }
    }
    out
}

/// Folder of a new table without a `LOCATION`.
pub fn table_location(session: &Session, database: &Database, table: &str, kind: TableKind) -> Result<String> {
    let folder = match (kind, &database.managed_location) {
        (TableKind::Managed, Some(folder)) => folder.clone(),
        (TableKind::External, _) if database.name == "default" => session.warehouse(true)?,
        _ => database.location.clone(),
    };
    Ok(url::join(&folder, &encoded(table)))
}
