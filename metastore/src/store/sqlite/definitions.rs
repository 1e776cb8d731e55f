//! Roles, privileges, connectors, resource plans, scheduled queries, locks.

use rusqlite::{Connection, OptionalExtension, params};

use super::fault::Attempt;
use crate::error::MetastoreError;
use crate::model::{DefinitionChange, DefinitionKind};
use crate::store::definitions::end_of_prefix;

pub(super) fn list(connection: &Connection, kind: DefinitionKind) -> Attempt<Vec<(String, String)>> {
    let mut statement =
        connection.prepare_cached("SELECT name, body FROM definitions WHERE kind = ?1 ORDER BY name")?;
    let rows = statement.query_map([kind.word()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn list_under(
    connection: &Connection,
    kind: DefinitionKind,
    prefix: &str,
) -> Attempt<Vec<(String, String)>> {
    // Names are compared byte by byte: those that begin with the prefix stand together.
    let Some(end) = end_of_prefix(prefix) else { return list(connection, kind) };
    let mut statement = connection.prepare_cached(
        "SELECT name, body FROM definitions WHERE kind = ?1 AND name >= ?2 AND name < ?3 ORDER BY name",
    )?;
    let rows = statement.query_map([kind.word(), prefix, &end], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn get(connection: &Connection, kind: DefinitionKind, name: &str) -> Attempt<Option<String>> {
    let mut statement = connection.prepare_cached("SELECT body FROM definitions WHERE kind = ?1 AND name = ?2")?;
    Ok(statement.query_row([kind.word(), name], |row| row.get(0)).optional()?)
}

pub(super) fn change(connection: &Connection, changes: &[DefinitionChange]) -> Attempt<()> {
    for change in changes {
        let key = params![change.kind.word(), change.name];
        let found: Option<String> = connection
            .query_row("SELECT body FROM definitions WHERE kind = ?1 AND name = ?2", key, |row| row.get(0))
            .optional()?;
        if found != change.before {
            return Err(conflict(change, found.is_some()).into());
        }
        match &change.after {
            Some(body) => connection.execute(
                "INSERT INTO definitions (kind, name, body) VALUES (?1, ?2, ?3)
                 ON CONFLICT (kind, name) DO UPDATE SET body = excluded.body",
                params![change.kind.word(), change.name, body],
            )?,
            None => connection.execute("DELETE FROM definitions WHERE kind = ?1 AND name = ?2", key)?,
        };
    }
    Ok(())
}

fn conflict(change: &DefinitionChange, found: bool) -> MetastoreError {
    let what = format!("the {} {}", change.kind.word().replace('_', " "), change.name);
    match (found, change.before.is_some()) {
        (true, false) => MetastoreError::AlreadyExists(format!("{what} already exists")),
        (false, _) => MetastoreError::NoSuchObject(format!("{what} does not exist")),
        (true, true) => MetastoreError::InvalidOperation(format!("{what} was changed by someone else meanwhile")),
    }
}
