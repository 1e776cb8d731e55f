//! Asks whether the user may do what a statement does: between its analysis and its execution, once.
//!
//! A query takes no locks: it is asked about with the analysis that it then runs by. Whatever changes a table is asked about before it
//! waits for the locks of others, so that nobody keeps others waiting for what he may not do; it is analyzed again
//! when it has its locks, for the table may be another by then.
//!
//! * `objects`: what a statement reads and writes.
//! * `alter`: the operations of `ALTER TABLE`, and the rarer families of statements.

mod alter;
mod objects;
#[cfg(test)]
mod tests;

use datafusion::logical_expr::LogicalPlan;

use super::context::StatementContext;
use crate::error::Result;
use crate::parser::ast::Statement;
use crate::session::Session;
use crate::session::authorizer::{AccessRequest, ObjectKind, PrivilegeObject};
use objects::Seen;

/// Asks about a statement, unless it is a query: [`check_query`] does that.
///
/// # Errors
/// The user may not, or the statement cannot be analyzed.
pub fn check(session: &Session, statement: &Statement) -> Result<()> {
    if session.engine().authorizer().is_none() || matches!(statement, Statement::Query(_)) {
        return Ok(());
    }
    match Seen::of(session, statement)? {
        Some(seen) => ask(session, seen),
        None => Ok(()),
    }
}

/// Asks about a query that is analyzed already.
///
/// # Errors
/// The user may not run it.
pub fn check_query(session: &Session, context: &StatementContext<'_>, plan: &LogicalPlan) -> Result<()> {
    if session.engine().authorizer().is_none() {
        return Ok(());
    }
    let mut seen = Seen::new("QUERY");
    seen.reads(session, context, [plan])?;
    ask(session, seen)
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
    let Seen { operation, mut inputs, mut outputs } = seen;
    // A session's temporary tables are its own (`CommandAuthorizerV2`).
    for objects in [&mut inputs, &mut outputs] {
        objects.retain(|object| match (object.kind, &object.database) {
            (ObjectKind::Table, Some(database)) => !session.catalog().is_temporary(database, &object.name),
            _ => true,
        });
    }
    session.engine().authorize(&AccessRequest { user: session.user(), operation, inputs, outputs })
}
