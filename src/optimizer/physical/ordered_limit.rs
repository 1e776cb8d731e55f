//! `LIMIT` in the order of the input.
//!
//! DataFusion answers a limit over many partitions with whichever rows come first. Where nothing stands between the limit
//! and the files that drops rows, the first partitions hold enough of them: [`OrderedLimit`] has them read one after the
//! other. Partitions that are not needed are then never opened, and the rows are the same every time: the first ones of
//! the first file, those of a `UNION ALL`'s first branch before those of its second.

use std::fmt;
use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, plan_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{Partitioning, PhysicalExpr};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::execution_plan::CardinalityEffect;
use datafusion::physical_plan::limit::{GlobalLimitExec, LimitStream, LocalLimitExec};
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::union::UnionExec;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::{StreamExt, TryStreamExt};

/// The rule; see the module.
#[derive(Debug, Clone, Copy, Default)]
pub struct OrderedLimit;

impl PhysicalOptimizerRule for OrderedLimit {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            let Some(coalesce) = node.downcast_ref::<CoalescePartitionsExec>() else {
                return Ok(Transformed::no(node));
            };
            match coalesce.fetch() {
                Some(fetch) if keeps_rows(coalesce.input().as_ref()) => {
                    let sequence = SequenceExec::new(Arc::clone(coalesce.input()), &node, fetch);
                    Ok(Transformed::yes(Arc::new(sequence)))
                }
                _ => Ok(Transformed::no(node)),
            }
        })
        .data()
    }

    fn name(&self) -> &str {
        "skep_ordered_limit"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// Whether every row that is read comes out: there are only scans, projections, unions and limits.
fn keeps_rows(plan: &dyn ExecutionPlan) -> bool {
    let children = plan.children();
    let known = children.is_empty()
        || plan.is::<ProjectionExec>()
        || plan.is::<UnionExec>()
        || plan.is::<LocalLimitExec>()
        || plan.is::<GlobalLimitExec>()
        || plan.is::<CooperativeExec>()
        || plan.is::<SequenceExec>();
    known && children.into_iter().all(|child| keeps_rows(child.as_ref()))
}

/// The partitions of its input one after the other, as one partition of at most `fetch` rows.
#[derive(Debug, Clone)]
pub struct SequenceExec {
    input: Arc<dyn ExecutionPlan>,
    fetch: usize,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl SequenceExec {
    /// The first `fetch` rows of `input`; `coalesce` is the plan in whose place it stands.
    fn new(input: Arc<dyn ExecutionPlan>, coalesce: &Arc<dyn ExecutionPlan>, fetch: usize) -> SequenceExec {
        let properties = coalesce.properties().as_ref().clone().with_partitioning(Partitioning::UnknownPartitioning(1));
        SequenceExec { input, fetch, properties: Arc::new(properties), metrics: ExecutionPlanMetricsSet::new() }
    }
}

impl DisplayAs for SequenceExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SequenceExec: fetch={}", self.fetch)
    }
}

impl ExecutionPlan for SequenceExec {
    fn name(&self) -> &'static str {
        "SequenceExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        let [input] = <[_; 1]>::try_from(children).or_else(|_| plan_err!("SequenceExec has one input"))?;
        Ok(Arc::new(SequenceExec { input, metrics: ExecutionPlanMetricsSet::new(), ..self.as_ref().clone() }))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        if partition != 0 {
            return plan_err!("SequenceExec has no partition {partition}");
        }
        let input = Arc::clone(&self.input);
        let partitions = input.properties().output_partitioning().partition_count();
        let batches = futures::stream::iter(0..partitions)
            .map(move |partition| input.execute(partition, Arc::clone(&context)))
            .try_flatten();
        let rows = Box::pin(RecordBatchStreamAdapter::new(self.schema(), batches));
        let metrics = BaselineMetrics::new(&self.metrics, partition);
        Ok(Box::pin(LimitStream::new(rows, 0, Some(self.fetch), metrics)))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn fetch(&self) -> Option<usize> {
        Some(self.fetch)
    }

    fn cardinality_effect(&self) -> CardinalityEffect {
        CardinalityEffect::LowerEqual
    }
}
