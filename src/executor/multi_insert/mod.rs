//! `FROM … INSERT … INSERT …`: one run of the source feeds all branches, and what they write is seen together.
//!
//! * `scan`: the source as the branches' plans have it.
//! * `tee`: the run of the source, and the ends that its rows come out of.

mod scan;
mod tee;

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::catalog::Session as PlanSession;
use datafusion::common::Column;
use datafusion::common::tree_node::{Transformed, TreeNodeRecursion};
use datafusion::datasource::{provider_as_source, source_as_provider};
use datafusion::execution::{SessionState, TaskContext};
use datafusion::logical_expr::utils::{conjunction, disjunction};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, TableScan, TableSource};
use datafusion::physical_plan::{ExecutionPlan, collect};
use futures::future::join_all;
use parking_lot::Mutex;
use skep_warehouse::sink::{StagedWrite, Write, begin};
use tokio_util::sync::CancellationToken;

use self::scan::Wanted;
pub use self::scan::{SharedScanExec, SharedTable};
use self::tee::{Outlet, feed};
use super::{insert, query};
use crate::analyzer::InsertPlan;
use crate::analyzer::nodes::SharedRows;
use crate::error::{Result, SkepError};
use crate::parser::ast::Insert;
use crate::session::Session;

/// Runs the branches of a statement over a source that they share; how many rows they have written.
///
/// # Errors
/// A branch or the source fails; then nothing is changed.
pub async fn run(session: &Session, statement: &Insert, source: LogicalPlan, branches: Vec<InsertPlan>) -> Result<u64> {
    let (mut targets, mut plans) = (Vec::with_capacity(branches.len()), Vec::with_capacity(branches.len()));
    for branch in branches {
        let (target, plan) = insert::target(session, statement, branch).await?;
        targets.push(target);
        plans.push(plan);
    }
    let stores = Arc::clone(session.stores());
    let (writes, commit) = begin(targets, session.metastore(), stores).await?;
    let (writes, plans): (Vec<Write>, Vec<LogicalPlan>) =
        writes.into_iter().zip(plans).filter_map(|(write, plan)| Some((write?, plan))).unzip();
    let state = query::state(session)?;
    let shared = Shared::new(&state, source, plans)?;
    let (source, plans) = shared.physical(&state).await?;
    session.monitor().planned(&source);
    plans.iter().for_each(|plan| session.monitor().planned(plan));
    let staged = stage(&source, writes.into_iter().zip(plans).collect(), state.task_ctx()).await?;
    let written = commit.commit(staged).await?;
    Ok(written.iter().map(|summary| summary.rows).sum())
}

/// A source and the plans that read it.
#[derive(Debug)]
pub struct Shared {
    /// Gives what the branches want of the source.
    pub source: LogicalPlan,
    /// The branches' plans; the source is a table in them.
    pub branches: Vec<LogicalPlan>,
    table: Arc<SharedTable>,
}

impl Shared {
    /// Finds out what these plans, as the analyzer makes them, want of the source.
    ///
    /// # Errors
    /// DataFusion's.
    pub fn new(state: &SessionState, source: LogicalPlan, branches: Vec<LogicalPlan>) -> Result<Self> {
        let table = Arc::new(SharedTable::new(Arc::clone(source.schema().inner())));
        let provider = provider_as_source(Arc::clone(&table) as _);
        let branches =
            branches.into_iter().map(|plan| reading(plan, &provider)).collect::<Result<Vec<LogicalPlan>>>()?;
        let mut wishes = Wishes { columns: BTreeSet::new(), rows: Some(Vec::new()) };
        for branch in &branches {
            wishes.add(&state.optimize(branch)?, source.schema().fields().len())?;
        }
        let source = table.want(wishes.of(source)?).plan.clone();
        Ok(Self { source, branches, table })
    }

    /// The plan of the source and those of the branches.
    ///
    /// # Errors
    /// DataFusion's.
    pub async fn physical(
        &self,
        state: &SessionState,
    ) -> Result<(Arc<dyn ExecutionPlan>, Vec<Arc<dyn ExecutionPlan>>)> {
        let state = query::planning_state(state, self.branches.iter().chain([&self.source]))?;
        let source = Arc::clone(self.table.physical(state.as_ref() as &dyn PlanSession).await?);
        let mut branches = Vec::with_capacity(self.branches.len());
        for branch in &self.branches {
            branches.push(state.create_physical_plan(branch).await?);
        }
        Ok((source, branches))
    }
}

/// The plan with a table that can be read in the place of [`SharedRows`].
fn reading(plan: LogicalPlan, provider: &Arc<dyn TableSource>) -> Result<LogicalPlan> {
    let plan = plan.transform_down_with_subqueries(|node| {
        let LogicalPlan::TableScan(scan) = node else { return Ok(Transformed::no(node)) };
        if !scan.source.is::<SharedRows>() {
            return Ok(Transformed::no(LogicalPlan::TableScan(scan)));
        }
        let scan = TableScan { source: Arc::clone(provider), ..scan };
        Ok(Transformed::yes(LogicalPlan::TableScan(scan)))
    })?;
    Ok(plan.data)
}

/// What plans want of the source.
struct Wishes {
    /// Columns, by position.
    columns: BTreeSet<usize>,
    /// Conditions; the rows for which one of them holds are enough. `None` where all rows are wanted.
    rows: Option<Vec<Expr>>,
}

impl Wishes {
    /// Adds those of an optimized plan over a source of so many columns.
    fn add(&mut self, plan: &LogicalPlan, columns: usize) -> Result<()> {
        plan.apply_with_subqueries(|node| {
            if let LogicalPlan::TableScan(scan) = node
                && source_as_provider(&scan.source).is_ok_and(|provider| provider.is::<SharedTable>())
            {
                match &scan.projection {
                    Some(projection) => self.columns.extend(projection),
                    None => self.columns.extend(0..columns),
                }
                match (conjunction(scan.filters.iter().cloned().map(unqualified)), &mut self.rows) {
                    (Some(filter), Some(rows)) if rows.contains(&filter) => {}
                    (Some(filter), Some(rows)) => rows.push(filter),
                    _ => self.rows = None,
                }
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
        Ok(())
    }

    /// A plan of the source that gives them.
    fn of(self, source: LogicalPlan) -> Result<Wanted> {
        let mut plan = LogicalPlanBuilder::from(source);
        if let Some(condition) = self.rows.and_then(disjunction) {
            plan = plan.filter(condition)?;
        }
        let columns: Vec<usize> = self.columns.into_iter().collect();
        let schema = Arc::clone(plan.schema());
        let exprs = columns.iter().map(|index| Expr::Column(Column::from(schema.qualified_field(*index))));
        Ok(Wanted { plan: plan.project(exprs)?.build()?, columns })
    }
}

/// The condition with the source's own columns.
fn unqualified(filter: Expr) -> Expr {
    use datafusion::common::tree_node::{TransformedResult, TreeNode};
    let bare = filter.clone().transform(|expr| match expr {
        Expr::Column(column) => Ok(Transformed::yes(Expr::Column(Column::new_unqualified(column.name)))),
        other => Ok(Transformed::no(other)),
    });
    bare.data().unwrap_or(filter)
}

/// Runs the source once and the writes beside each other.
async fn stage(
    source: &Arc<dyn ExecutionPlan>,
    writes: Vec<(Write, Arc<dyn ExecutionPlan>)>,
    context: Arc<TaskContext>,
) -> Result<Vec<StagedWrite>> {
    let outlets: Vec<Vec<Arc<Outlet>>> = writes.iter().map(|(_, plan)| outlets(plan)).collect();
    let all: Vec<Arc<Outlet>> = outlets.iter().flatten().cloned().collect();
    // It ends with this.
    let _feeders = feed(source, &all, &context)?;
    let stop = CancellationToken::new();
    let failed = Mutex::new(None);
    let runs = writes.into_iter().zip(&outlets).map(|((write, plan), outlets)| {
        let (context, stop, failed) = (Arc::clone(&context), &stop, &failed);
        async move {
            let staged = write.run(plan, context, stop).await;
            // Nobody waits for one who reads no more.
            outlets.iter().for_each(|outlet| outlet.close());
            staged.map_err(|error| {
                stop.cancel();
                // The others end because of it.
                failed.lock().get_or_insert(error);
            })
        }
    });
    let staged = join_all(runs).await;
    match failed.into_inner() {
        Some(error) => Err(SkepError::from(error)),
        None => Ok(staged.into_iter().flatten().collect()),
    }
}

/// Runs the source once and the plans beside each other, for what they measure.
///
/// # Errors
/// A plan or the source fails.
pub async fn measure(
    source: &Arc<dyn ExecutionPlan>,
    branches: &[Arc<dyn ExecutionPlan>],
    context: Arc<TaskContext>,
) -> Result<()> {
    let outlets: Vec<Vec<Arc<Outlet>>> = branches.iter().map(outlets).collect();
    let all: Vec<Arc<Outlet>> = outlets.iter().flatten().cloned().collect();
    let _feeders = feed(source, &all, &context)?;
    let runs = branches.iter().zip(&outlets).map(|(plan, outlets)| {
        let run = collect(Arc::clone(plan), Arc::clone(&context));
        async move {
            let rows = run.await;
            outlets.iter().for_each(|outlet| outlet.close());
            rows.map(|_| ())
        }
    });
    for done in join_all(runs).await {
        done?;
    }
    Ok(())
}

/// What has to be fed for a plan's rows to come.
fn outlets(plan: &Arc<dyn ExecutionPlan>) -> Vec<Arc<Outlet>> {
    match plan.downcast_ref::<SharedScanExec>() {
        Some(scan) => vec![Arc::clone(scan.outlet())],
        None => plan.children().into_iter().flat_map(outlets).collect(),
    }
}
