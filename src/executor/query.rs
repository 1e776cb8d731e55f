//! Queries: analyzed, planned and run.

use std::borrow::Cow;
use std::sync::Arc;

use datafusion::common::Column;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::source_as_provider;
use datafusion::execution::{SendableRecordBatchStream, SessionState};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};

use skep_warehouse::scan::HiveTable;

use super::context::StatementContext;
use super::{authorize, operators};
use crate::analyzer::nodes::ScriptNode;
use crate::analyzer::{AnalyzedQuery, Analyzer};
use crate::error::{Result, SkepError};
use crate::parser::ast::SourceQuery;
use crate::session::{Outcome, Session, resources};

/// Runs a query that a user has asked for, if the user may; its rows come as they are made.
pub async fn run(session: &Session, query: &SourceQuery) -> Result<Outcome> {
    let context = StatementContext::new(session);
    let analyzed = Analyzer::new(&context).analyze_query(&query.query)?;
    authorize::check_query(session, &context, &analyzed.plan)?;
    drop(context);
    rows(session, analyzed).await
}

/// Runs a query that a statement needs, which was asked about itself.
pub async fn run_inner(session: &Session, query: &SourceQuery) -> Result<Outcome> {
    rows(session, analyze(session, query)?).await
}

async fn rows(session: &Session, query: AnalyzedQuery) -> Result<Outcome> {
    let AnalyzedQuery { plan, columns } = query;
    let state = state(session)?;
    check_partition_filters(session, &state, &plan)?;
    let plan = physical(&state, plan).await?;
    session.monitor().planned(&plan);
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
    let runtime = session.monitor().runtime(session.engine().resources(session.config())?.as_ref())?;
    let bytes = session.config().int("hive.exec.reducers.bytes.per.reducer").max(1) as u64;
    let planner = operators::query_planner(Arc::new(operators::ScriptSettings::of(session)), bytes);
    Ok(resources::session_state(session.config(), runtime, planner))
}

/// The optimized physical plan.
pub async fn physical(state: &SessionState, plan: LogicalPlan) -> Result<Arc<dyn ExecutionPlan>> {
    Ok(planning_state(state, [&plan])?.create_physical_plan(&plan).await?)
}

/// What these plans are made into physical ones with.
pub fn planning_state<'s, 'p>(
    state: &'s SessionState,
    plans: impl IntoIterator<Item = &'p LogicalPlan>,
) -> Result<Cow<'s, SessionState>> {
    for plan in plans {
        if has_script(plan)? {
            // What `DISTRIBUTE BY` has brought together for a script is not to be spread again.
            let mut state = state.clone();
            state.config_mut().options_mut().optimizer.enable_round_robin_repartition = false;
            return Ok(Cow::Owned(state));
        }
    }
    Ok(Cow::Borrowed(state))
}

fn has_script(plan: &LogicalPlan) -> Result<bool> {
    let mut found = false;
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::Extension(extension) = node
            && extension.node.as_any().is::<ScriptNode>()
        {
            found = true;
            return Ok(TreeNodeRecursion::Stop);
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(found)
}

/// Begins to run a plan.
pub fn stream(state: &SessionState, plan: Arc<dyn ExecutionPlan>) -> Result<SendableRecordBatchStream> {
    Ok(execute_stream(plan, state.task_ctx())?)
}

/// `hive.strict.checks.no.partition.filter`: each partitioned table that is read must have a condition on a partition
/// column, else Hive's error 10056.
pub fn check_partition_filters(session: &Session, state: &SessionState, plan: &LogicalPlan) -> Result<()> {
    let config = session.config();
    if !config.strict("hive.strict.checks.no.partition.filter") {
        return Ok(());
    }
    let optimized = state.optimize(plan)?;
    let mut unfiltered = None;
    optimized.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node
            && let Ok(provider) = source_as_provider(&scan.source)
            && let Some(table) = provider.downcast_ref::<HiveTable>().map(HiveTable::table)
            && table.is_partitioned()
        {
            let is_key = |column: &Column| table.partition_keys.iter().any(|key| key.name == column.name);
            if !scan.filters.iter().any(|filter| filter.column_refs().into_iter().any(is_key)) {
                unfiltered = Some(table.qualified_name());
            }
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    match unfiltered {
        None => Ok(()),
        Some(table) => {
            let text = format!(
                "Queries against partitioned tables without a partition filter are disabled for safety reasons. \
                 No partition predicate for Table \"{table}\""
            );
            Err(SkepError::invalid(text)
                .with_code(10056, "42000")
                .with_hint("SET hive.strict.checks.no.partition.filter=false allows it"))
        }
    }
}
