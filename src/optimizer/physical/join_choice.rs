//! Hash join or merge join.
//!
//! DataFusion's hash join is fast but must hold its build side in memory: it cannot spill. Its merge join sorts both
//! sides, and sorts spill. [`JoinChoice`] turns a hash join whose build side is estimated to be too large into a merge
//! join; it runs after DataFusion chose the build side and before exchanges and sorts are put in, so that these are
//! added as the merge join needs them.

use std::sync::Arc;

use arrow::compute::SortOptions;
use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::logical_expr::JoinType;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::joins::{HashJoinExec, SortMergeJoinExec};
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};

/// Which algorithm joins take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    /// By the estimated size of the build side.
    Auto,
    /// Always a hash join.
    Hash,
    /// A merge join wherever there is one.
    Merge,
}

/// See the module.
#[derive(Debug, Clone)]
pub struct JoinChoice {
    algorithm: Algorithm,
    /// Bytes that the build side of a hash join may take.
    hash_memory: u64,
}

impl JoinChoice {
    /// The rule for `skep.join.algorithm` (`auto`, `hash`, `merge`) and `skep.join.hash.memory` in bytes.
    pub fn new(algorithm: &str, hash_memory: u64) -> Self {
        let algorithm = match algorithm.to_ascii_lowercase().as_str() {
            "hash" => Algorithm::Hash,
            "merge" => Algorithm::Merge,
            _ => Algorithm::Auto,
        };
        Self { algorithm, hash_memory }
    }

    /// DataFusion's physical rules with this one and those beside it at their places.
    pub fn into_rules(self) -> Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>> {
        let mut rules = PhysicalOptimizer::new().rules;
        let behind = rules.iter().position(|rule| rule.name() == "join_selection").map_or(0, |at| at + 1);
        rules.insert(behind, Arc::new(self));
        let behind = rules.iter().position(|rule| rule.name() == "LimitPushdown").map_or(rules.len(), |at| at + 1);
        rules.insert(behind, Arc::new(super::LargeLimit));
        rules.push(Arc::new(super::OrderedLimit));
        rules.push(Arc::new(super::Yielding));
        rules
    }

    fn takes_merge(&self, join: &HashJoinExec) -> bool {
        let possible = !join.on.is_empty() && !join.null_aware && join.join_type != JoinType::LeftMark;
        possible
            && match self.algorithm {
                Algorithm::Hash => false,
                Algorithm::Merge => true,
                Algorithm::Auto => estimated_bytes(join.left().as_ref()).is_some_and(|bytes| bytes > self.hash_memory),
            }
    }
}

impl PhysicalOptimizerRule for JoinChoice {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        if self.algorithm == Algorithm::Hash {
            return Ok(plan);
        }
        plan.transform_up(|node| {
            let Some(join) = node.downcast_ref::<HashJoinExec>() else { return Ok(Transformed::no(node)) };
            if !self.takes_merge(join) {
                return Ok(Transformed::no(node));
            }
            merge_join(join).map(Transformed::yes)
        })
        .data()
    }

    fn name(&self) -> &str {
        "skep_join_choice"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// The merge join that gives what the hash join gives.
fn merge_join(join: &HashJoinExec) -> Result<Arc<dyn ExecutionPlan>> {
    let merge: Arc<dyn ExecutionPlan> = Arc::new(SortMergeJoinExec::try_new(
        Arc::clone(join.left()),
        Arc::clone(join.right()),
        join.on().to_vec(),
        join.filter().cloned(),
        *join.join_type(),
        vec![SortOptions::default(); join.on().len()],
        join.null_equality(),
    )?);
    let Some(projection) = join.projection.as_ref() else { return Ok(merge) };
    let schema = merge.schema();
    let columns = projection.iter().map(|&index| {
        let name = schema.field(index).name();
        ProjectionExpr { expr: Arc::new(Column::new(name, index)), alias: name.clone() }
    });
    Ok(Arc::new(ProjectionExec::try_new(columns.collect::<Vec<_>>(), merge)?))
}

/// How large the output of a plan may be: by its own statistics, else at most what its inputs are. `None` where
/// nothing is known.
fn estimated_bytes(plan: &dyn ExecutionPlan) -> Option<u64> {
    if let Ok(statistics) = StatisticsContext::new().compute(plan, &StatisticsArgs::new()) {
        if let Some(bytes) = statistics.total_byte_size.get_value() {
            return Some(*bytes as u64);
        }
        if let Some(rows) = statistics.num_rows.get_value() {
            return Some(*rows as u64 * row_width(plan));
        }
    }
    let children = plan.children();
    if children.is_empty() {
        return None;
    }
    children.iter().map(|child| estimated_bytes(child.as_ref())).sum()
}

/// A guess at the bytes of a row in memory.
fn row_width(plan: &dyn ExecutionPlan) -> u64 {
    let schema = plan.schema();
    schema.fields().iter().map(|field| field.data_type().primitive_width().unwrap_or(32) as u64).sum::<u64>().max(1)
}
