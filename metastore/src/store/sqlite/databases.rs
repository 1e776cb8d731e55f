//! Databases.

use rusqlite::{Connection, OptionalExtension, named_params, params};

use super::codec::{from_json, principal, principal_word, to_json};
use super::fault::Attempt;
use crate::error::MetastoreError;
use crate::model::{Database, pattern};

pub(super) fn create(connection: &Connection, database: &Database) -> Attempt<()> {
    let name = &database.name;
    // Hive allows signs in quoted names; nothing that parts names or paths.
    if name.trim().is_empty() || name.chars().any(|c| c.is_control() || "./\\".contains(c)) {
        return Err(MetastoreError::InvalidObject(format!("{name} is not a valid database name")).into());
    }
    let added = write(
        connection,
        "INSERT INTO databases
             (name, comment, location, managed_location, owner, owner_type, parameters, create_time)
         VALUES (:name, :comment, :location, :managed, :owner, :owner_type, :parameters, :time)
         ON CONFLICT DO NOTHING",
        database,
    )?;
    if added == 0 {
        return Err(MetastoreError::AlreadyExists(format!("Database {name} already exists")).into());
    }
    Ok(())
}

pub(super) fn alter(connection: &Connection, database: &Database) -> Attempt<()> {
    let changed = write(
        connection,
        "UPDATE databases SET comment = :comment, location = :location, managed_location = :managed,
             owner = :owner, owner_type = :owner_type, parameters = :parameters, create_time = :time
         WHERE name = :name",
        database,
    )?;
    if changed == 0 {
        return Err(missing(&database.name).into());
    }
    Ok(())
}

fn write(connection: &Connection, sql: &str, database: &Database) -> Attempt<usize> {
    Ok(connection.prepare_cached(sql)?.execute(named_params! {
        ":name": database.name,
        ":comment": database.comment,
        ":location": database.location,
        ":managed": database.managed_location,
        ":owner": database.owner,
        ":owner_type": principal_word(database.owner_type),
        ":parameters": to_json("a database", &database.parameters)?,
        ":time": database.create_time,
    })?)
}

pub(super) fn get(connection: &Connection, name: &str) -> Attempt<Database> {
    let mut statement = connection.prepare_cached(
        "SELECT comment, location, managed_location, owner, owner_type, parameters, create_time
         FROM databases WHERE name = ?1",
    )?;
    let mut rows = statement.query([name])?;
    let Some(row) = rows.next()? else {
        return Err(missing(name).into());
    };
    let what = || format!("the database {name}");
    Ok(Database {
        name: name.to_string(),
        comment: row.get(0)?,
        location: row.get(1)?,
        managed_location: row.get(2)?,
        owner: row.get(3)?,
        owner_type: principal(what, row.get_ref(4)?.as_str().map_err(rusqlite::Error::from)?)?,
        parameters: from_json(what, row.get_ref(5)?.as_str().map_err(rusqlite::Error::from)?)?,
        create_time: row.get(6)?,
    })
}

pub(super) fn names(connection: &Connection, matching: Option<&str>) -> Attempt<Vec<String>> {
    let mut statement = connection.prepare_cached("SELECT name FROM databases ORDER BY name")?;
    let names = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    Ok(filter_names(names, matching))
}

/// Those of the names that match a pattern of `SHOW`.
pub(super) fn filter_names(mut names: Vec<String>, matching: Option<&str>) -> Vec<String> {
    if let Some(wanted) = matching {
        names.retain(|name| pattern::matches(wanted, name));
    }
    names
}

pub(super) fn drop(connection: &Connection, name: &str, cascade: bool) -> Attempt<()> {
    let id = id_of(connection, name)?;
    if name == "default" {
        return Err(MetastoreError::InvalidOperation("Can not drop default database".to_string()).into());
    }
    if cascade {
        for sql in [
            "DELETE FROM partitions WHERE table_id IN (SELECT table_id FROM tables WHERE database_id = ?1)",
            "DELETE FROM tables WHERE database_id = ?1",
            "DELETE FROM functions WHERE database_id = ?1",
        ] {
            connection.execute(sql, [id])?;
        }
        connection.execute("DELETE FROM pending_commits WHERE database_name = ?1", [name])?;
        super::transactions::forget_database(connection, name)?;
    } else {
        for contents in ["tables", "functions"] {
            let sql = format!("SELECT 1 FROM {contents} WHERE database_id = ?1 LIMIT 1");
            if connection.query_row(&sql, [id], |_| Ok(())).optional()?.is_some() {
                let message = format!("Database {name} is not empty. One or more {contents} exist.");
                return Err(MetastoreError::InvalidOperation(message).into());
            }
        }
    }
    connection.execute("DELETE FROM databases WHERE database_id = ?1", params![id])?;
    Ok(())
}

pub(super) fn id_of(connection: &Connection, name: &str) -> Attempt<i64> {
    let mut statement = connection.prepare_cached("SELECT database_id FROM databases WHERE name = ?1")?;
    let id = statement.query_row([name], |row| row.get(0)).optional()?;
    id.ok_or_else(|| missing(name).into())
}

fn missing(name: &str) -> MetastoreError {
    MetastoreError::NoSuchObject(format!("Database does not exist: {name}"))
}

/// Hive's rule for names of databases and functions (`MetaStoreUtils.validateName`).
pub(super) fn is_identifier(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}
