//! `LOAD DATA`

use crate::error::{Result, SkepError};
use crate::parser::ast::LoadData;
use crate::session::{Outcome, Session};

/// Runs the statement.
pub async fn run(_: &Session, _: &LoadData) -> Result<Outcome> {
    Err(SkepError::unsupported("LOAD DATA"))
}
