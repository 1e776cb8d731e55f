//! `CREATE TABLE … AS SELECT`

use crate::error::{Result, SkepError};
use crate::parser::ast::CreateTable;
use crate::session::{Outcome, Session};

/// Runs the statement.
pub async fn run(_: &mut Session, _: &CreateTable) -> Result<Outcome> {
    Err(SkepError::unsupported("CREATE TABLE AS SELECT"))
}
