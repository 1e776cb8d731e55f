//! Tables and views.

use super::codec::{from_json, table_kind, to_json};
use super::connection::{Connection, Next, Value, values};
use super::databases::{self, filter_names};
use super::fault::Attempt;
use super::{event_messages, events, grants, partitions, transactions};
use crate::error::MetastoreError;
use crate::model::{FieldSchema, Parameters, Table, TableExtras, TableKind};

/// What the partitions of a table need to know about it.
#[derive(Debug)]
pub(super) struct TableRef {
    pub(super) id: i64,
    /// `database.table`, for messages.
    pub(super) name: String,
    pub(super) keys: Vec<FieldSchema>,
}

impl TableRef {
    /// The whole table.
    pub(super) fn whole(&self, connection: &mut Connection<'_>) -> Attempt<Table> {
        let (database, name) = self.name.split_once('.').unwrap_or_default();
        get(connection, database, name)
    }
}

pub(super) fn reference(connection: &mut Connection<'_>, database: &str, name: &str) -> Attempt<TableRef> {
    let found = connection.first(
        "SELECT table_id, partition_keys FROM tables
         WHERE database_id = (SELECT database_id FROM databases WHERE name = ?1) AND name = ?2",
        values![database, name],
        |row| Ok((row.get(0)?, row.get::<String>(1)?)),
    )?;
    let Some((id, keys)) = found else {
        return Err(missing(connection, database, name)?.into());
    };
    let keys = from_json(|| format!("the table {database}.{name}"), &keys)?;
    Ok(TableRef { id, name: format!("{database}.{name}"), keys })
}

pub(super) fn create(connection: &mut Connection<'_>, table: &Table) -> Attempt<()> {
    check(table)?;
    let database = databases::id_of(connection, &table.database)?;
    let added = connection.execute(
        "INSERT INTO tables (database_id, name, kind, owner, create_time, last_access_time, retention,
             partition_keys, storage, parameters, view_original_text, view_expanded_text, extras)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
         ON CONFLICT DO NOTHING",
        &columns(table, database)?,
    )?;
    if added == 0 {
        let message = format!("Table hive.{} already exists", table.qualified_name());
        return Err(MetastoreError::AlreadyExists(message).into());
    }
    events::put(connection, |now| event_messages::create_table(table, now))
}

/// Replaces the definition of a table; `emptied` says that its rows were removed.
pub(super) fn alter(
    connection: &mut Connection<'_>,
    database: &str,
    name: &str,
    table: &Table,
    emptied: bool,
) -> Attempt<()> {
    check(table)?;
    let old = reference(connection, database, name)?;
    let before = if connection.tells_events() { Some(get(connection, database, name)?) } else { None };
    let target = databases::id_of(connection, &table.database)?;
    let renamed = (database, name) != (table.database.as_str(), table.name.as_str());
    if renamed {
        let taken = connection
            .exists("SELECT 1 FROM tables WHERE database_id = ?1 AND name = ?2", values![target, &table.name])?;
        if taken {
            let message = format!("new table hive.{} already exists", table.qualified_name());
            return Err(MetastoreError::InvalidOperation(message).into());
        }
    }
    let mut row = columns(table, target)?;
    row.push(old.id.into());
    connection.execute(
        "UPDATE tables SET database_id = ?1, name = ?2, kind = ?3, owner = ?4, create_time = ?5,
             last_access_time = ?6, retention = ?7, partition_keys = ?8, storage = ?9, parameters = ?10,
             view_original_text = ?11, view_expanded_text = ?12, extras = ?13
         WHERE table_id = ?14",
        &row,
    )?;
    partitions::change_keys(connection, &old, &table.partition_keys)?;
    if renamed {
        connection.execute(
            "UPDATE pending_commits SET database_name = ?1, table_name = ?2
             WHERE database_name = ?3 AND table_name = ?4",
            values![&table.database, &table.name, database, name],
        )?;
        transactions::rename(connection, [database, name], [&table.database, &table.name])?;
        grants::rename_table(connection, [database, name], [&table.database, &table.name])?;
    }
    match before {
        Some(before) => events::put(connection, |now| event_messages::alter_table(&before, table, emptied, now)),
        None => Ok(()),
    }
}

/// Replaces the properties of a table, of which nobody is told as of a change of the table.
pub(super) fn set_parameters(connection: &mut Connection<'_>, id: i64, parameters: &Parameters) -> Attempt<()> {
    let parameters = to_json("a table", parameters)?;
    connection.execute("UPDATE tables SET parameters = ?2 WHERE table_id = ?1", values![id, parameters])?;
    Ok(())
}

/// What the row of a table has, but for its id.
fn columns(table: &Table, database: i64) -> Attempt<Vec<Value<'_>>> {
    Ok(values![
        database,
        &table.name,
        table.kind.name(),
        &table.owner,
        table.create_time,
        table.last_access_time,
        table.retention,
        to_json("a table", &table.partition_keys)?,
        to_json("a table", &table.storage)?,
        to_json("a table", &table.parameters)?,
        &table.view_original_text,
        &table.view_expanded_text,
        to_json("a table", &table.extras)?,
    ]
    .to_vec())
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

pub(super) fn get(connection: &mut Connection<'_>, database: &str, name: &str) -> Attempt<Table> {
    let what = || format!("the table {database}.{name}");
    let found = connection.first(
        "SELECT kind, owner, create_time, last_access_time, retention, partition_keys, storage, parameters,
             view_original_text, view_expanded_text, extras
         FROM tables WHERE database_id = (SELECT database_id FROM databases WHERE name = ?1) AND name = ?2",
        values![database, name],
        |row| {
            Ok(Table {
                database: database.to_string(),
                name: name.to_string(),
                owner: row.get(1)?,
                create_time: row.get(2)?,
                last_access_time: row.get(3)?,
                retention: row.get(4)?,
                kind: table_kind(what, row.get(0)?)?,
                temporary: false,
                storage: from_json(what, row.get(6)?)?,
                partition_keys: from_json(what, row.get(5)?)?,
                parameters: from_json(what, row.get(7)?)?,
                view_original_text: row.get(8)?,
                view_expanded_text: row.get(9)?,
                extras: match row.get::<Option<String>>(10)? {
                    Some(extras) => from_json(what, &extras)?,
                    None => TableExtras::default(),
                },
            })
        },
    )?;
    match found {
        Some(table) => Ok(table),
        None => Err(missing(connection, database, name)?.into()),
    }
}

pub(super) fn names(
    connection: &mut Connection<'_>,
    database: &str,
    matching: Option<&str>,
    kinds: Option<&[TableKind]>,
) -> Attempt<Vec<String>> {
    let id = databases::id_of(connection, database)?;
    let mut names = vec![];
    connection.rows("SELECT name, kind FROM tables WHERE database_id = ?1 ORDER BY name", values![id], |row| {
        let kind: &str = row.get(1)?;
        if kinds.is_none_or(|kinds| kinds.iter().any(|k| k.name() == kind)) {
            names.push(row.get(0)?);
        }
        Ok(Next::Go)
    })?;
    Ok(filter_names(names, matching))
}

pub(super) fn drop(connection: &mut Connection<'_>, database: &str, name: &str) -> Attempt<()> {
    let table = reference(connection, database, name)?;
    let before = if connection.tells_events() { Some(get(connection, database, name)?) } else { None };
    connection.execute("DELETE FROM partitions WHERE table_id = ?1", values![table.id])?;
    connection.execute("DELETE FROM tables WHERE table_id = ?1", values![table.id])?;
    // A later table of that name has nothing to do with them.
    connection
        .execute("DELETE FROM pending_commits WHERE database_name = ?1 AND table_name = ?2", values![database, name])?;
    transactions::forget(connection, [database, name])?;
    grants::forget_table(connection, database, name)?;
    match before {
        Some(before) => events::put(connection, |now| event_messages::drop_table(&before, now)),
        None => Ok(()),
    }
}

/// Says whether it is the table or its database that is missing.
fn missing(connection: &mut Connection<'_>, database: &str, name: &str) -> Attempt<MetastoreError> {
    databases::id_of(connection, database)?;
    Ok(MetastoreError::NoSuchObject(format!("hive.{database}.{name} table not found")))
}
