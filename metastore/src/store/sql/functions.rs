//! Permanent functions.

use super::codec::{from_json, principal, principal_word, to_json};
use super::connection::{Connection, values};
use super::databases::{self, filter_names, is_identifier};
use super::fault::Attempt;
use super::{event_messages, events};
use crate::error::MetastoreError;
use crate::model::Function;

pub(super) fn create(connection: &mut Connection<'_>, function: &Function) -> Attempt<()> {
    let name = &function.name;
    if !is_identifier(name) {
        return Err(MetastoreError::InvalidObject(format!("{name} is not a valid object name")).into());
    }
    let database = databases::id_of(connection, &function.database)?;
    let added = connection.execute(
        "INSERT INTO functions (database_id, name, class_name, owner, owner_type, create_time, resources)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
        values![
            database,
            name,
            &function.class_name,
            &function.owner,
            principal_word(function.owner_type),
            function.create_time,
            to_json("a function", &function.resources)?,
        ],
    )?;
    if added == 0 {
        return Err(MetastoreError::AlreadyExists(format!("Function {name} already exists")).into());
    }
    events::put(connection, |now| event_messages::create_function(function, now))
}

pub(super) fn get(connection: &mut Connection<'_>, database: &str, name: &str) -> Attempt<Function> {
    let id = databases::id_of(connection, database)?;
    let what = || format!("the function {database}.{name}");
    let found = connection.first(
        "SELECT class_name, owner, owner_type, create_time, resources
         FROM functions WHERE database_id = ?1 AND name = ?2",
        values![id, name],
        |row| {
            Ok(Function {
                database: database.to_string(),
                name: name.to_string(),
                class_name: row.get(0)?,
                owner: row.get(1)?,
                owner_type: principal(what, row.get(2)?)?,
                create_time: row.get(3)?,
                resources: from_json(what, row.get(4)?)?,
            })
        },
    )?;
    found.ok_or_else(|| missing(database, name).into())
}

pub(super) fn names(connection: &mut Connection<'_>, database: &str, matching: Option<&str>) -> Attempt<Vec<String>> {
    let id = databases::id_of(connection, database)?;
    let names =
        connection
            .all("SELECT name FROM functions WHERE database_id = ?1 ORDER BY name", values![id], |row| row.get(0))?;
    Ok(filter_names(names, matching))
}

pub(super) fn drop(connection: &mut Connection<'_>, database: &str, name: &str) -> Attempt<()> {
    let id = databases::id_of(connection, database)?;
    let dropped =
        connection.execute("DELETE FROM functions WHERE database_id = ?1 AND name = ?2", values![id, name])?;
    if dropped == 0 {
        return Err(missing(database, name).into());
    }
    events::put(connection, |now| event_messages::drop_function(database, name, now))
}

fn missing(database: &str, name: &str) -> MetastoreError {
    MetastoreError::NoSuchObject(format!("Function {database}.{name} does not exist"))
}
