//! Roles, privileges, connectors, resource plans, scheduled queries, locks.

use super::connection::{Connection, values};
use super::fault::Attempt;
use crate::error::MetastoreError;
use crate::model::{DefinitionChange, DefinitionKind};
use crate::store::definitions::end_of_prefix;

pub(super) fn list(connection: &mut Connection<'_>, kind: DefinitionKind) -> Attempt<Vec<(String, String)>> {
    connection.all("SELECT name, body FROM definitions WHERE kind = ?1 ORDER BY name", values![kind.word()], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
}

pub(super) fn list_under(
    connection: &mut Connection<'_>,
    kind: DefinitionKind,
    prefix: &str,
) -> Attempt<Vec<(String, String)>> {
    // Names are compared byte by byte: those that begin with the prefix stand together.
    let Some(end) = end_of_prefix(prefix) else { return list(connection, kind) };
    connection.all(
        "SELECT name, body FROM definitions WHERE kind = ?1 AND name >= ?2 AND name < ?3 ORDER BY name",
        values![kind.word(), prefix, end],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

pub(super) fn get(connection: &mut Connection<'_>, kind: DefinitionKind, name: &str) -> Attempt<Option<String>> {
    connection.first("SELECT body FROM definitions WHERE kind = ?1 AND name = ?2", values![kind.word(), name], |row| {
        row.get(0)
    })
}

pub(super) fn change(connection: &mut Connection<'_>, changes: &[DefinitionChange]) -> Attempt<()> {
    for change in changes {
        let key = values![change.kind.word(), &change.name];
        let found: Option<String> =
            connection.first("SELECT body FROM definitions WHERE kind = ?1 AND name = ?2", key, |row| row.get(0))?;
        if found != change.before {
            return Err(conflict(change, found.is_some()).into());
        }
        match &change.after {
            Some(body) => connection.execute(
                "INSERT INTO definitions (kind, name, body) VALUES (?1, ?2, ?3)
                 ON CONFLICT (kind, name) DO UPDATE SET body = excluded.body",
                values![change.kind.word(), &change.name, body],
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
