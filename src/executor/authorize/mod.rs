//! Asks whether the user may do what a statement does: between its analysis and its execution, once.
//!
//! * `objects`: what a statement reads and writes.
//! * `alter`: the operations of `ALTER TABLE`, and the rarer families of statements.

mod alter;
mod objects;
#[cfg(test)]
mod tests;

use crate::error::Result;
use crate::parser::ast::Statement;
use crate::session::Session;
use crate::session::authorizer::{AccessRequest, ObjectKind, PrivilegeObject};
use objects::Seen;

/// Asks about a statement.
///
/// # Errors
/// The user may not, or the statement cannot be analyzed.
pub fn check(session: &Session, statement: &Statement) -> Result<()> {
    if session.engine().authorizer().is_none() {
        return Ok(());
    }
    match Seen::of(session, statement)? {
        Some(seen) => ask(session, seen),
        None => Ok(()),
    }
}

/// Asks about a command that is no HiveQL: `SET`, `DFS` and the like.
///
/// # Errors
/// The user may not.
pub fn check_command(session: &Session, word: &str, rest: &str) -> Result<()> {
    if session.engine().authorizer().is_none() {
        return Ok(());
    }
    let operation = match word.to_ascii_lowercase().as_str() {
        "set" => "SET",
        "reset" => "RESET",
        "dfs" => "DFS",
        "add" => "ADD",
        "delete" => "DELETE",
        _ => "LIST",
    };
    let mut seen = Seen::new(operation);
    seen.inputs.push(PrivilegeObject::new(ObjectKind::Command, None, rest.trim()));
    ask(session, seen)
}

fn ask(session: &Session, seen: Seen) -> Result<()> {
    let Seen { operation, inputs, outputs } = seen;
    session.engine().authorize(&AccessRequest { user: session.user(), operation, inputs, outputs })
}
