//! Queries: analyzed, planned and run.

use std::sync::Arc;

use datafusion::execution::{SendableRecordBatchStream, SessionState};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};

use super::context::StatementContext;
use crate::analyzer::{AnalyzedQuery, Analyzer};
use crate::error::Result;
use crate::parser::ast::SourceQuery;
use crate::session::{Outcome, Session, resources};

/// Runs a query; its rows come as they are made.
pub async fn run(session: &Session, query: &SourceQuery) -> Result<Outcome> {
    let AnalyzedQuery { plan, columns } = analyze(session, query)?;
    let state = state(session)?;
    let plan = physical(&state, plan).await?;
    let rows = stream(&state, plan)?;
    Ok(Outcome { columns, rows, has_rows: true, ..Outcome::done() })
}

/// The plan of a query.
pub fn analyze(session: &Session, query: &SourceQuery) -> Result<AnalyzedQuery> {
    let context = StatementContext::new(session);
    Ok(Analyzer::new(&context).analyze_query(&query.query)?)
}

/// DataFusion's state for a statement of this session.
pub fn state(session: &Session) -> Result<SessionState> {
    let runtime = session.engine().runtime(session.config())?;
    Ok(resources::session_state(session.config(), runtime))
}

/// The optimized physical plan.
pub async fn physical(state: &SessionState, plan: LogicalPlan) -> Result<Arc<dyn ExecutionPlan>> {
    Ok(state.create_physical_plan(&plan).await?)
}

/// Begins to run a plan.
pub fn stream(state: &SessionState, plan: Arc<dyn ExecutionPlan>) -> Result<SendableRecordBatchStream> {
    Ok(execute_stream(plan, state.task_ctx())?)
}
