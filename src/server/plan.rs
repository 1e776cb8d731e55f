//! Plans as trees of operators, with what each has measured so far.

use std::sync::Arc;
use std::time::Duration;

use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::metrics::{MetricValue, MetricsSet};

use crate::OutputColumn;
use crate::executor::PlanNames;
use crate::optimizer::physical::YieldingExec;

/// So many operators of a plan are shown.
const MAX_OPERATORS: usize = 1_000;
/// Below so many others an operator is not shown.
const MAX_DEPTH: usize = 150;
/// So many characters are shown of what an operator does.
const MAX_DETAILS: usize = 2_000;

/// One operator.
#[derive(Debug, Clone)]
pub struct PlanNode {
    /// Its name.
    pub name: String,
    /// What it does.
    pub details: String,
    /// Rows that it has made.
    pub rows: Option<u64>,
    /// Rows that it was expected to make.
    pub expected_rows: Option<u64>,
    /// Bytes that it has read of files, or made.
    pub bytes: Option<u64>,
    /// Time that it has computed, on all threads.
    pub time: Option<Duration>,
    /// What else it has counted.
    pub others: Vec<(String, String)>,
    /// What it reads.
    pub inputs: Vec<PlanNode>,
    /// More of what it reads than is shown.
    pub cut: bool,
}

impl PlanNode {
    /// A plan as it is now. `columns` are those of the statement's result.
    pub fn of(plan: &Arc<dyn ExecutionPlan>, columns: &[OutputColumn]) -> Self {
        let names = PlanNames::of_physical(plan, columns);
        let mut left = MAX_OPERATORS;
        node(plan, &names, 0, &mut left)
    }

    /// The longest time of any operator.
    pub fn longest(&self) -> Duration {
        let below = self.inputs.iter().map(PlanNode::longest);
        below.chain(self.time).max().unwrap_or_default()
    }
}

fn node(plan: &Arc<dyn ExecutionPlan>, names: &PlanNames, depth: usize, left: &mut usize) -> PlanNode {
    if let Some(yielding) = plan.downcast_ref::<YieldingExec>() {
        return node(yielding.input(), names, depth, left);
    }
    let described = crate::executor::described(plan, names);
    let mut inputs = Vec::new();
    let mut cut = false;
    for child in plan.children() {
        if depth + 1 >= MAX_DEPTH || *left == 0 {
            cut = true;
            break;
        }
        *left -= 1;
        inputs.push(node(child, names, depth + 1, left));
    }
    let metrics = plan.metrics().unwrap_or_default();
    let sum = |wanted: &str| metrics.sum(|metric| metric.value().name() == wanted).map(|sum| sum.as_usize() as u64);
    PlanNode {
        name: described.name,
        details: cut_text(described.details),
        rows: sum("output_rows"),
        expected_rows: described.rows.map(|rows| rows as u64),
        bytes: sum("bytes_scanned").or_else(|| sum("output_bytes")),
        time: sum("elapsed_compute").map(Duration::from_nanos),
        others: others(metrics),
        inputs,
        cut,
    }
}

fn cut_text(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(MAX_DETAILS) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// What is counted beside rows, bytes and time, where it is not nothing.
fn others(metrics: MetricsSet) -> Vec<(String, String)> {
    const SHOWN: [&str; 4] = ["output_rows", "output_bytes", "bytes_scanned", "elapsed_compute"];
    let metrics = metrics.aggregate_by_name().timestamps_removed().sorted_for_display();
    let values = metrics.iter().map(|metric| metric.value());
    let others = values.filter(|value| !SHOWN.contains(&value.name()) && !is_nothing(value));
    others.map(|value| (value.name().replace('_', " "), value.to_string())).collect()
}

fn is_nothing(value: &MetricValue) -> bool {
    match value {
        MetricValue::PruningMetrics { pruning_metrics, .. } => {
            pruning_metrics.pruned() + pruning_metrics.matched() == 0
        }
        MetricValue::Ratio { ratio_metrics, .. } => ratio_metrics.total() == 0,
        MetricValue::Custom { .. } => false,
        other => other.as_usize() == 0,
    }
}
