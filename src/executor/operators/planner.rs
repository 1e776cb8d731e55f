//! From the analyzer's nodes to operators.

use std::sync::Arc;

use arrow::compute::SortOptions;
use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::Result;
use datafusion::execution::context::QueryPlanner;
use datafusion::logical_expr::expr::Sort;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{Expr, LogicalPlan, UserDefinedLogicalNode};
use datafusion::physical_expr::{LexOrdering, PhysicalExpr, PhysicalSortExpr};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};
use datafusion::physical_planner::{DefaultPhysicalPlanner, ExtensionPlanner, PhysicalPlanner};

use super::script::{ScriptExec, ScriptSettings};
use super::spread::SpreadExec;
use crate::analyzer::nodes::{ScriptNode, SpreadNode};
use crate::executor::multi_insert::SharedScanExec;

/// DataFusion's planner with the operators of ours.
pub fn query_planner(script: Arc<ScriptSettings>, bytes_per_stream: u64) -> Arc<dyn QueryPlanner + Send + Sync> {
    Arc::new(HivePlanner { operators: Arc::new(Operators { script, bytes_per_stream }) })
}

#[derive(Debug)]
struct HivePlanner {
    operators: Arc<Operators>,
}

#[async_trait]
impl QueryPlanner for HivePlanner {
    async fn create_physical_plan(
        &self,
        logical_plan: &LogicalPlan,
        session: &dyn Session,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let operators: Arc<dyn ExtensionPlanner + Send + Sync> = Arc::clone(&self.operators) as _;
        DefaultPhysicalPlanner::with_extension_planners(vec![operators])
            .create_physical_plan(logical_plan, session)
            .await
    }
}

#[derive(Debug)]
struct Operators {
    script: Arc<ScriptSettings>,
    /// From how many bytes of input on rows are spread over several streams.
    bytes_per_stream: u64,
}

/// What physical expressions are made with.
struct Expressions<'a> {
    planner: &'a dyn PhysicalPlanner,
    input: &'a LogicalPlan,
    session: &'a dyn Session,
    context: &'a PhysicalPlanningContext,
}

impl Expressions<'_> {
    fn all(&self, exprs: &[Expr]) -> Result<Vec<Arc<dyn PhysicalExpr>>> {
        exprs.iter().map(|expr| self.one(expr)).collect()
    }

    fn one(&self, expr: &Expr) -> Result<Arc<dyn PhysicalExpr>> {
        self.planner.create_physical_expr(expr, self.input.schema(), self.session, self.context)
    }

    fn ordering(&self, sort: &[Sort]) -> Result<Option<LexOrdering>> {
        let keys = sort.iter().map(|sort| {
            let options = SortOptions { descending: !sort.asc, nulls_first: sort.nulls_first };
            Ok(PhysicalSortExpr::new(self.one(&sort.expr)?, options))
        });
        Ok(LexOrdering::new(keys.collect::<Result<Vec<_>>>()?))
    }
}

#[async_trait]
impl ExtensionPlanner for Operators {
    async fn plan_extension(
        &self,
        planner: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        logical_inputs: &[&LogicalPlan],
        physical_inputs: &[Arc<dyn ExecutionPlan>],
        session: &dyn Session,
        planning_ctx: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let ([logical], [input]) = (logical_inputs, physical_inputs) else { return Ok(None) };
        let expressions = Expressions { planner, input: logical, session, context: planning_ctx };
        if let Some(node) = node.as_any().downcast_ref::<SpreadNode>() {
            let distribute = expressions.all(&node.distribute)?;
            let sort = expressions.ordering(&node.sort)?;
            let single = match node.streams {
                Some(streams) => streams == 1,
                None => bytes_read(input.as_ref()) <= self.bytes_per_stream,
            };
            return Ok(Some(Arc::new(SpreadExec::try_new(Arc::clone(input), distribute, sort, single)?)));
        }
        if let Some(node) = node.as_any().downcast_ref::<ScriptNode>() {
            let schema = Arc::clone(node.schema.inner());
            let script = ScriptExec::new(Arc::clone(input), Arc::clone(&node.spec), schema, Arc::clone(&self.script));
            return Ok(Some(Arc::new(script)));
        }
        Ok(None)
    }
}

/// Bytes of the tables under a plan, as far as they are known.
fn bytes_read(plan: &dyn ExecutionPlan) -> u64 {
    if let Some(shared) = plan.downcast_ref::<SharedScanExec>() {
        return bytes_read(shared.source().as_ref());
    }
    let children = plan.children();
    if children.is_empty() {
        let statistics = StatisticsContext::new().compute(plan, &StatisticsArgs::new());
        return statistics.ok().and_then(|s| s.total_byte_size.get_value().copied()).unwrap_or(0) as u64;
    }
    children.into_iter().map(|child| bytes_read(child.as_ref())).sum()
}
