//! Long computations that can be stopped.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Statistics, plan_err};
use datafusion::error::Result;
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::execution_plan::{CardinalityEffect, SchedulingType};
use datafusion::physical_plan::joins::{CrossJoinExec, HashJoinExec, NestedLoopJoinExec, SortMergeJoinExec};
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;
use datafusion::physical_plan::unnest::UnnestExec;
use datafusion::physical_plan::windows::{BoundedWindowAggExec, WindowAggExec};
use datafusion::physical_plan::{
    ChildStats, DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties, StatisticsArgs,
};
use futures::{Stream, StreamExt};

/// A task that has computed for so long gives way.
const SLICE: Duration = Duration::from_millis(10);

/// Makes computations give way to others now and then, by time.
///
/// Whoever drops a stream (a cancelled statement) waits until the tasks that work for it give way. DataFusion's
/// `EnsureCooperative` makes them do so after 128 batches, where rows come from; 128 batches may take seconds, and a
/// join, a sort or an `explode` may go on for hours with what it has got.
#[derive(Debug)]
pub struct Yielding;

impl PhysicalOptimizerRule for Yielding {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let done = plan.transform_up(|node| {
            if let Some(cooperative) = node.downcast_ref::<CooperativeExec>() {
                // Its input is a leaf, which has been seen to.
                return Ok(Transformed::yes(Arc::clone(cooperative.input())));
            }
            Ok(if goes_on_alone(node.as_ref()) {
                Transformed::yes(YieldingExec::over(node))
            } else {
                Transformed::no(node)
            })
        })?;
        Ok(done.data)
    }

    fn name(&self) -> &str {
        "yielding"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// Whether the operator may give many batches without asking for more.
fn goes_on_alone(plan: &dyn ExecutionPlan) -> bool {
    plan.children().is_empty()
        || plan.is::<CrossJoinExec>()
        || plan.is::<NestedLoopJoinExec>()
        || plan.is::<HashJoinExec>()
        || plan.is::<SortMergeJoinExec>()
        || plan.is::<UnnestExec>()
        || plan.is::<SortExec>()
        || plan.is::<SortPreservingMergeExec>()
        || plan.is::<AggregateExec>()
        || plan.is::<WindowAggExec>()
        || plan.is::<BoundedWindowAggExec>()
}

/// Its input, whose reader gives way after each slice of time.
#[derive(Debug)]
pub struct YieldingExec {
    input: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
}

impl YieldingExec {
    fn over(input: Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
        let properties = input.properties().as_ref().clone().with_scheduling_type(SchedulingType::Cooperative);
        Arc::new(Self { input, properties: Arc::new(properties) })
    }

    /// What gives the rows.
    pub fn input(&self) -> &Arc<dyn ExecutionPlan> {
        &self.input
    }
}

impl DisplayAs for YieldingExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "YieldingExec")
    }
}

impl ExecutionPlan for YieldingExec {
    fn name(&self) -> &'static str {
        "YieldingExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
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
        let [input] = <[_; 1]>::try_from(children).or_else(|_| plan_err!("YieldingExec has one input"))?;
        Ok(Self::over(input))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let rows = self.input.execute(partition, context)?;
        Ok(Box::pin(YieldingStream { rows, since: None }))
    }

    fn child_stats_requests(&self, partition: Option<usize>) -> Vec<ChildStats> {
        vec![ChildStats::At(partition)]
    }

    fn statistics_from_inputs(&self, inputs: &[Arc<Statistics>], _: &StatisticsArgs) -> Result<Arc<Statistics>> {
        match inputs.first() {
            Some(statistics) => Ok(Arc::clone(statistics)),
            None => plan_err!("YieldingExec has one input"),
        }
    }

    fn cardinality_effect(&self) -> CardinalityEffect {
        CardinalityEffect::Equal
    }
}

struct YieldingStream {
    rows: SendableRecordBatchStream,
    /// Since when the task computes, as far as this stream knows.
    since: Option<Instant>,
}

impl Stream for YieldingStream {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.since.get_or_insert_with(Instant::now).elapsed() > SLICE {
            self.since = None;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let next = self.rows.poll_next_unpin(context);
        if next.is_pending() {
            self.since = None;
        }
        next
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.rows.size_hint()
    }
}

impl RecordBatchStream for YieldingStream {
    fn schema(&self) -> SchemaRef {
        self.rows.schema()
    }
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::{DataType, Field, Schema};
    use datafusion::physical_expr::expressions::col;
    use datafusion::physical_expr::{LexOrdering, PhysicalSortExpr};
    use datafusion::physical_plan::displayable;
    use datafusion::physical_plan::empty::EmptyExec;
    use datafusion::physical_plan::stream::RecordBatchStreamAdapter;

    use super::*;

    fn leaf() -> Arc<dyn ExecutionPlan> {
        Arc::new(EmptyExec::new(Arc::new(Schema::new(vec![Field::new("a", DataType::Int64, true)]))))
    }

    #[test]
    fn what_goes_on_alone_yields() {
        let input = Arc::new(CooperativeExec::new(leaf()));
        let order = LexOrdering::new([PhysicalSortExpr::new_default(col("a", &input.schema()).unwrap())]).unwrap();
        let plan = Yielding.optimize(Arc::new(SortExec::new(order, input)), &ConfigOptions::new()).unwrap();
        let shown = displayable(plan.as_ref()).indent(false).to_string();
        let names: Vec<&str> = shown.lines().map(|line| line.trim().split(':').next().unwrap()).collect();
        assert_eq!(names, ["YieldingExec", "SortExec", "YieldingExec", "EmptyExec"]);
    }

    #[test]
    fn a_slice_of_time_ends() {
        let schema = leaf().schema();
        let batch = RecordBatch::new_empty(Arc::clone(&schema));
        let slow = futures::stream::repeat_with(move || {
            std::thread::sleep(SLICE + Duration::from_millis(1));
            Ok(batch.clone())
        });
        let rows = Box::pin(RecordBatchStreamAdapter::new(schema, slow));
        let mut rows = YieldingStream { rows, since: None };
        let mut context = Context::from_waker(std::task::Waker::noop());
        for _ in 0..3 {
            assert!(rows.poll_next_unpin(&mut context).is_ready());
            assert!(rows.poll_next_unpin(&mut context).is_pending());
        }
    }
}
