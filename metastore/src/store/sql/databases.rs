//! Databases.

use super::codec::{from_json, principal, principal_word, to_json};
use super::connection::{Connection, values};
use super::fault::Attempt;
use super::{event_messages, events, functions, tables};
use crate::error::MetastoreError;
use crate::model::{Database, pattern};

pub(super) fn create(connection: &mut Connection<'_>, database: &Database) -> Attempt<()> {
    let name = &database.name;
    // Hive allows signs in quoted names; nothing that parts names or paths.
    if name.trim().is_empty() || name.chars().any(|c| c.is_control() || "./\\".contains(c)) {
        return Err(MetastoreError::InvalidObject(format!("{name} is not a valid database name")).into());
    }
    let added = write(
        connection,
        "INSERT INTO databases
             (name, comment, location, managed_location, owner, owner_type, parameters, create_time)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT DO NOTHING",
        database,
    )?;
    if added == 0 {
        return Err(MetastoreError::AlreadyExists(format!("Database {name} already exists")).into());
    }
    events::put(connection, |now| event_messages::create_database(database, now))
}

pub(super) fn alter(connection: &mut Connection<'_>, database: &Database) -> Attempt<()> {
    let before = if connection.tells_events() { Some(get(connection, &database.name)?) } else { None };
    let changed = write(
        connection,
        "UPDATE databases SET comment = ?2, location = ?3, managed_location = ?4, owner = ?5, owner_type = ?6,
             parameters = ?7, create_time = ?8
         WHERE name = ?1",
        database,
    )?;
    if changed == 0 {
        return Err(missing(&database.name).into());
    }
    match before {
        Some(before) => events::put(connection, |now| event_messages::alter_database(&before, database, now)),
        None => Ok(()),
    }
}

fn write(connection: &mut Connection<'_>, sql: &str, database: &Database) -> Attempt<usize> {
    connection.execute(
        sql,
        values![
            &database.name,
            &database.comment,
            &database.location,
            &database.managed_location,
            &database.owner,
            principal_word(database.owner_type),
            to_json("a database", &database.parameters)?,
            database.create_time,
        ],
    )
}

pub(super) fn get(connection: &mut Connection<'_>, name: &str) -> Attempt<Database> {
    let what = || format!("the database {name}");
    let found = connection.first(
        "SELECT comment, location, managed_location, owner, owner_type, parameters, create_time
         FROM databases WHERE name = ?1",
        values![name],
        |row| {
            Ok(Database {
                name: name.to_string(),
                comment: row.get(0)?,
                location: row.get(1)?,
                managed_location: row.get(2)?,
                owner: row.get(3)?,
                owner_type: principal(what, row.get(4)?)?,
                parameters: from_json(what, row.get(5)?)?,
                create_time: row.get(6)?,
            })
        },
    )?;
    found.ok_or_else(|| missing(name).into())
}

pub(super) fn names(connection: &mut Connection<'_>, matching: Option<&str>) -> Attempt<Vec<String>> {
    let names = connection.all("SELECT name FROM databases ORDER BY name", &[], |row| row.get(0))?;
    Ok(filter_names(names, matching))
}

/// Those of the names that match a pattern of `SHOW`.
pub(super) fn filter_names(mut names: Vec<String>, matching: Option<&str>) -> Vec<String> {
    if let Some(wanted) = matching {
        let wanted = pattern::Pattern::new(wanted);
        names.retain(|name| wanted.matches(name));
    }
    names
}

pub(super) fn drop(connection: &mut Connection<'_>, name: &str, cascade: bool) -> Attempt<()> {
    let id = id_of(connection, name)?;
    if name == "default" {
        return Err(MetastoreError::InvalidOperation("Can not drop default database".to_string()).into());
    }
    let before = if connection.tells_events() { Some(get(connection, name)?) } else { None };
    if cascade {
        if before.is_some() {
            tell_contents(connection, name)?;
        }
        for sql in [
            "DELETE FROM partitions WHERE table_id IN (SELECT table_id FROM tables WHERE database_id = ?1)",
            "DELETE FROM tables WHERE database_id = ?1",
            "DELETE FROM functions WHERE database_id = ?1",
        ] {
            connection.execute(sql, values![id])?;
        }
        connection.execute("DELETE FROM pending_commits WHERE database_name = ?1", values![name])?;
        super::transactions::forget_database(connection, name)?;
    } else {
        for contents in ["tables", "functions"] {
            let sql = format!("SELECT 1 FROM {contents} WHERE database_id = ?1 LIMIT 1");
            if connection.exists(&sql, values![id])? {
                let message = format!("Database {name} is not empty. One or more {contents} exist.");
                return Err(MetastoreError::InvalidOperation(message).into());
            }
        }
    }
    connection.execute("DELETE FROM databases WHERE database_id = ?1", values![id])?;
    super::grants::forget_database(connection, name)?;
    match before {
        Some(before) => events::put(connection, |now| event_messages::drop_database(&before, now)),
        None => Ok(()),
    }
}

/// Tells that the tables and functions of a database are dropped with it.
fn tell_contents(connection: &mut Connection<'_>, name: &str) -> Attempt<()> {
    for table in tables::names(connection, name, None, None)? {
        let table = tables::get(connection, name, &table)?;
        events::put(connection, |now| event_messages::drop_table(&table, now))?;
    }
    for function in functions::names(connection, name, None)? {
        events::put(connection, |now| event_messages::drop_function(name, &function, now))?;
    }
    Ok(())
}

pub(super) fn id_of(connection: &mut Connection<'_>, name: &str) -> Attempt<i64> {
    let id = connection.first("SELECT database_id FROM databases WHERE name = ?1", values![name], |row| row.get(0))?;
    id.ok_or_else(|| missing(name).into())
}

fn missing(name: &str) -> MetastoreError {
    MetastoreError::NoSuchObject(format!("Database does not exist: {name}"))
}

/// Hive's rule for names of databases and functions (`MetaStoreUtils.validateName`).
pub(super) fn is_identifier(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}
