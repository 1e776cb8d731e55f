//! Permanent functions.

use rusqlite::{Connection, params};

use super::codec::{from_json, principal, principal_word, to_json};
use super::databases::{self, filter_names, is_identifier};
use super::fault::Attempt;
use crate::error::MetastoreError;
use crate::model::Function;

pub(super) fn create(connection: &Connection, function: &Function) -> Attempt<()> {
    let name = &function.name;
    if !is_identifier(name) {
        return Err(MetastoreError::InvalidObject(format!("{name} is not a valid object name")).into());
    }
    let database = databases::id_of(connection, &function.database)?;
    let added = connection
        .prepare_cached(
            "INSERT INTO functions (database_id, name, class_name, owner, owner_type, create_time, resources)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            database,
            name,
            function.class_name,
            function.owner,
            principal_word(function.owner_type),
            function.create_time,
            to_json("a function", &function.resources)?,
        ])?;
    if added == 0 {
        return Err(MetastoreError::AlreadyExists(format!("Function {name} already exists")).into());
    }
    Ok(())
}

pub(super) fn get(connection: &Connection, database: &str, name: &str) -> Attempt<Function> {
    let id = databases::id_of(connection, database)?;
    let mut statement = connection.prepare_cached(
        "SELECT class_name, owner, owner_type, create_time, resources
         FROM functions WHERE database_id = ?1 AND name = ?2",
    )?;
    let mut rows = statement.query(params![id, name])?;
    let Some(row) = rows.next()? else {
        return Err(missing(database, name).into());
    };
    let what = || format!("the function {database}.{name}");
    Ok(Function {
        database: database.to_string(),
        name: name.to_string(),
        class_name: row.get(0)?,
        owner: row.get(1)?,
        owner_type: principal(what, &row.get::<_, String>(2)?)?,
        create_time: row.get(3)?,
        resources: from_json(what, &row.get::<_, String>(4)?)?,
    })
}

pub(super) fn names(connection: &Connection, database: &str, matching: Option<&str>) -> Attempt<Vec<String>> {
    let id = databases::id_of(connection, database)?;
    let mut statement = connection.prepare_cached("SELECT name FROM functions WHERE database_id = ?1 ORDER BY name")?;
    let names = statement.query_map([id], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    Ok(filter_names(names, matching))
}

pub(super) fn drop(connection: &Connection, database: &str, name: &str) -> Attempt<()> {
    let id = databases::id_of(connection, database)?;
    let dropped =
        connection.execute("DELETE FROM functions WHERE database_id = ?1 AND name = ?2", params![id, name])?;
    if dropped == 0 {
        return Err(missing(database, name).into());
    }
    Ok(())
}

fn missing(database: &str, name: &str) -> MetastoreError {
    MetastoreError::NoSuchObject(format!("Function {database}.{name} does not exist"))
}
