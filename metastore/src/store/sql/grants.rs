//! Privileges on what is dropped or renamed go with it.

use super::codec::from_json;
use super::connection::{Connection, values};
use super::definitions;
use super::fault::Attempt;
use crate::model::{Defined, DefinitionChange, DefinitionKind, Grant, Granted};
use crate::store::definitions::end_of_prefix;

fn forget(connection: &mut Connection<'_>, prefix: &str) -> Attempt<()> {
    // A prefix of a key ends in a comma: there is always something behind it.
    let Some(end) = end_of_prefix(prefix) else { return Ok(()) };
    connection.execute(
        "DELETE FROM definitions WHERE kind = ?1 AND name >= ?2 AND name < ?3",
        values![DefinitionKind::Grant.word(), prefix, end],
    )?;
    Ok(())
}

/// Of a table that is dropped.
pub(super) fn forget_table(connection: &mut Connection<'_>, database: &str, table: &str) -> Attempt<()> {
    forget(connection, &Grant::key_of_table(database, table))
}

/// Of a database that is dropped, and of what was in it.
pub(super) fn forget_database(connection: &mut Connection<'_>, database: &str) -> Attempt<()> {
    forget(connection, &Grant::key_of_database(database))
}

/// Of a table that gets another name.
pub(super) fn rename_table(connection: &mut Connection<'_>, from: [&str; 2], to: [&str; 2]) -> Attempt<()> {
    let kind = DefinitionKind::Grant;
    let mut changes = Vec::new();
    for (name, body) in definitions::list_under(connection, kind, &Grant::key_of_table(from[0], from[1]))? {
        let mut grant: Grant = from_json(|| format!("the grant {name}"), &body)?;
        if let Granted::Privilege { object, .. } = &mut grant.granted {
            object.database = Some(to[0].to_string());
            object.table = Some(to[1].to_string());
        }
        let after = super::codec::to_json("a grant", &grant)?;
        changes.push(DefinitionChange { kind, name, before: Some(body), after: None });
        changes.push(DefinitionChange { kind, name: grant.key(), before: None, after: Some(after) });
    }
    forget_table(connection, to[0], to[1])?;
    definitions::change(connection, &changes)
}
