//! `UPDATE`, `DELETE` and `MERGE`: the analyzer's plans, run into a transactional table.

mod matches;

use std::sync::Arc;

use skep_warehouse::acid::{ChangeSummary, ChangeTarget, write_changes};

use self::matches::MatchesExec;
use super::context::StatementContext;
use super::{insert, query};
use crate::analyzer::{AnalyzedChange, Analyzer};
use crate::error::Result;
use crate::parser::ast::{Delete, Merge, Update};
use crate::session::{Outcome, Session};

/// `UPDATE`
pub async fn update(session: &Session, statement: &Update) -> Result<Outcome> {
    let analyzed = Analyzer::new(&StatementContext::new(session)).analyze_update(statement)?;
    run(session, analyzed).await
}

/// `DELETE`
pub async fn delete(session: &Session, statement: &Delete) -> Result<Outcome> {
    let analyzed = Analyzer::new(&StatementContext::new(session)).analyze_delete(statement)?;
    run(session, analyzed).await
}

/// `MERGE`
pub async fn merge(session: &Session, statement: &Merge) -> Result<Outcome> {
    let analyzed = Analyzer::new(&StatementContext::new(session)).analyze_merge(statement)?;
    run(session, analyzed).await
}

async fn run(session: &Session, change: AnalyzedChange) -> Result<Outcome> {
    let state = query::state(session)?;
    let mut plan = query::physical(&state, change.plan).await?;
    if change.check_cardinality {
        plan = Arc::new(MatchesExec::new(plan, change.table.partition_keys.len()));
    }
    session.monitor().planned(&plan);
    let target = ChangeTarget { table: change.table, options: insert::write_options(session)? };
    let stores = Arc::clone(session.stores());
    let changed = write_changes(target, plan, state.task_ctx(), session.metastore(), stores).await?;
    Ok(Outcome::changed(rows(changed)))
}

/// How many rows are not as they were.
fn rows(changed: ChangeSummary) -> u64 {
    changed.inserted + changed.updated + changed.deleted
}
