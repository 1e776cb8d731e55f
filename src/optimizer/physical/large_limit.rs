//! `ORDER BY … LIMIT` of many rows.

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::error::Result;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::limit::LocalLimitExec;
use datafusion::physical_plan::sorts::sort::SortExec;

/// More rows than these are not kept in a heap.
const MAX_HEAP: usize = 1 << 16;

/// Sorts everything where a limit is large.
///
/// DataFusion keeps the first rows of any limit in a heap, all of them in memory that it cannot spill. With a million
/// rows that takes four times as long as sorting ten million, which spills.
#[derive(Debug)]
pub struct LargeLimit;

impl PhysicalOptimizerRule for LargeLimit {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            let sort = node.downcast_ref::<SortExec>();
            let Some((sort, fetch)) = sort.and_then(|sort| Some((sort, sort.fetch()?))) else {
                return Ok(Transformed::no(node));
            };
            if fetch <= MAX_HEAP {
                return Ok(Transformed::no(node));
            }
            let sorted = Arc::new(sort.with_fetch(None));
            // Each partition's first ones; what merges them takes the first ones of all.
            Ok(Transformed::yes(Arc::new(LocalLimitExec::new(sorted, fetch)) as Arc<dyn ExecutionPlan>))
        })
        .data()
    }

    fn name(&self) -> &str {
        "skep_large_limit"
    }

    fn schema_check(&self) -> bool {
        true
    }
}
