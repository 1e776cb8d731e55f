//! Tables and views.

use rusqlite::{Connection, OptionalExtension, named_params, params};

use super::codec::{from_json, table_kind, to_json};
use super::databases::{self, filter_names};
use super::fault::Attempt;
use super::{partitions, transactions};
use crate::error::MetastoreError;
use crate::model::{FieldSchema, Table, TableKind};

/// What the partitions of a table need to know about it.
#[derive(Debug)]
pub(super) struct TableRef {
    pub(super) id: i64,
    /// `database.table`, for messages.
    pub(super) name: String,
    pub(super) keys: Vec<FieldSchema>,
}

pub(super) fn reference(connection: &Connection, database: &str, name: &str) -> Attempt<TableRef> {
    let mut statement = connection.prepare_cached(
        "SELECT table_id, partition_keys FROM tables
         WHERE database_id = (SELECT database_id FROM databases WHERE name = ?1) AND name = ?2",
    )?;
    let found = statement.query_row([database, name], |row| Ok((row.get(0)?, row.get::<_, String>(1)?))).optional()?;
    let Some((id, keys)) = found else {
        return Err(missing(connection, database, name)?.into());
    };
    let keys = from_json(|| format!("the table {database}.{name}"), &keys)?;
    Ok(TableRef { id, name: format!("{database}.{name}"), keys })
}

pub(super) fn create(connection: &Connection, table: &Table) -> Attempt<()> {
    check(table)?;
    let database = databases::id_of(connection, &table.database)?;
    let added = write(
        connection,
        "INSERT INTO tables (database_id, name, kind, owner, create_time, last_access_time, retention,
             partition_keys, storage, parameters, view_original_text, view_expanded_text)
         SELECT :database, :name, :kind, :owner, :time, :access, :retention, :keys, :storage, :parameters,
             :original, :expanded
         WHERE :id IS NULL
         ON CONFLICT DO NOTHING",
        table,
        database,
        None,
    )?;
    if added == 0 {
        let message = format!("Table hive.{} already exists", table.qualified_name());
        return Err(MetastoreError::AlreadyExists(message).into());
    }
    Ok(())
}

pub(super) fn alter(connection: &Connection, database: &str, name: &str, table: &Table) -> Attempt<()> {
    check(table)?;
    let old = reference(connection, database, name)?;
    let target = databases::id_of(connection, &table.database)?;
    let renamed = (database, name) != (table.database.as_str(), table.name.as_str());
    if renamed {
        let taken = connection
            .query_row("SELECT 1 FROM tables WHERE database_id = ?1 AND name = ?2", params![target, table.name], |_| {
                Ok(())
            })
            .optional()?;
        if taken.is_some() {
            let message = format!("new table hive.{} already exists", table.qualified_name());
            return Err(MetastoreError::InvalidOperation(message).into());
        }
    }
    write(
        connection,
        "UPDATE tables SET database_id = :database, name = :name, kind = :kind, owner = :owner, create_time = :time,
             last_access_time = :access, retention = :retention, partition_keys = :keys, storage = :storage,
             parameters = :parameters, view_original_text = :original, view_expanded_text = :expanded
         WHERE table_id = :id",
        table,
        target,
        Some(old.id),
    )?;
    partitions::change_keys(connection, &old, &table.partition_keys)?;
    if renamed {
        connection.execute(
            "UPDATE pending_commits SET database_name = ?1, table_name = ?2
             WHERE database_name = ?3 AND table_name = ?4",
            [table.database.as_str(), table.name.as_str(), database, name],
        )?;
        transactions::rename(connection, [database, name], [&table.database, &table.name])?;
    }
    Ok(())
}

fn write(connection: &Connection, sql: &str, table: &Table, database: i64, id: Option<i64>) -> Attempt<usize> {
    Ok(connection.prepare_cached(sql)?.execute(named_params! {
        ":id": id,
        ":database": database,
        ":name": table.name,
        ":kind": table.kind.name(),
        ":owner": table.owner,
        ":time": table.create_time,
        ":access": table.last_access_time,
        ":retention": table.retention,
        ":keys": to_json("a table", &table.partition_keys)?,
        ":storage": to_json("a table", &table.storage)?,
        ":parameters": to_json("a table", &table.parameters)?,
        ":original": table.view_original_text,
        ":expanded": table.view_expanded_text,
    })?)
}

fn check(table: &Table) -> Attempt<()> {
    // Hive allows signs in quoted table names; nothing that is no text.
    if table.name.is_empty() || table.name.chars().any(char::is_control) {
        let message = format!("{} is not a valid object name", table.name.escape_debug());
        return Err(MetastoreError::InvalidObject(message).into());
    }
    if table.temporary {
        let message = format!("the temporary table {} cannot be put in the catalog", table.qualified_name());
        return Err(MetastoreError::InvalidObject(message).into());
    }
    Ok(())
}

pub(super) fn get(connection: &Connection, database: &str, name: &str) -> Attempt<Table> {
    let mut statement = connection.prepare_cached(
        "SELECT kind, owner, create_time, last_access_time, retention, partition_keys, storage, parameters,
             view_original_text, view_expanded_text
         FROM tables WHERE database_id = (SELECT database_id FROM databases WHERE name = ?1) AND name = ?2",
    )?;
    let mut rows = statement.query([database, name])?;
    let Some(row) = rows.next()? else {
        return Err(missing(connection, database, name)?.into());
    };
    let what = || format!("the table {database}.{name}");
    Ok(Table {
        database: database.to_string(),
        name: name.to_string(),
        owner: row.get(1)?,
        create_time: row.get(2)?,
        last_access_time: row.get(3)?,
        retention: row.get(4)?,
        kind: table_kind(what, &row.get::<_, String>(0)?)?,
        temporary: false,
        storage: from_json(what, &row.get::<_, String>(6)?)?,
        partition_keys: from_json(what, &row.get::<_, String>(5)?)?,
        parameters: from_json(what, &row.get::<_, String>(7)?)?,
        view_original_text: row.get(8)?,
        view_expanded_text: row.get(9)?,
        extras: Default::default(),
    })
}

pub(super) fn names(
    connection: &Connection,
    database: &str,
    matching: Option<&str>,
    kinds: Option<&[TableKind]>,
) -> Attempt<Vec<String>> {
    let id = databases::id_of(connection, database)?;
    let mut statement =
        connection.prepare_cached("SELECT name, kind FROM tables WHERE database_id = ?1 ORDER BY name")?;
    let mut rows = statement.query([id])?;
    let mut names = vec![];
    while let Some(row) = rows.next()? {
        let kind = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
        if kinds.is_none_or(|kinds| kinds.iter().any(|k| k.name() == kind)) {
            names.push(row.get(0)?);
        }
    }
    Ok(filter_names(names, matching))
}

pub(super) fn drop(connection: &Connection, database: &str, name: &str) -> Attempt<()> {
    let table = reference(connection, database, name)?;
    connection.execute("DELETE FROM partitions WHERE table_id = ?1", [table.id])?;
    connection.execute("DELETE FROM tables WHERE table_id = ?1", [table.id])?;
    // A later table of that name has nothing to do with them.
    connection.execute("DELETE FROM pending_commits WHERE database_name = ?1 AND table_name = ?2", [database, name])?;
    transactions::forget(connection, [database, name])?;
    Ok(())
}

/// Says whether it is the table or its database that is missing.
fn missing(connection: &Connection, database: &str, name: &str) -> Attempt<MetastoreError> {
    databases::id_of(connection, database)?;
    Ok(MetastoreError::NoSuchObject(format!("hive.{database}.{name} table not found")))
}
