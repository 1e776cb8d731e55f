//! `DISTRIBUTE BY`, `SORT BY` and `CLUSTER BY` as a node of a plan: rows spread over streams, each stream sorted.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use datafusion::common::DFSchemaRef;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::expr::Sort;
use datafusion::logical_expr::{Expr, LogicalPlan, UserDefinedLogicalNodeCore};

/// Rows with the same `distribute` values in one stream, and each stream in the order of `sort`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SpreadNode {
    /// The rows.
    pub input: Arc<LogicalPlan>,
    /// Values that decide the stream of a row; none where any stream will do.
    pub distribute: Vec<Expr>,
    /// The order in each stream; none where any will do.
    pub sort: Vec<Sort>,
    /// How many streams (`mapreduce.job.reduces`); `None` leaves that to the size of the input, as Hive does.
    pub streams: Option<usize>,
}

impl SpreadNode {
    fn columns_used(&self) -> HashSet<usize> {
        let schema = self.input.schema();
        let exprs = self.distribute.iter().chain(self.sort.iter().map(|sort| &sort.expr));
        exprs.flat_map(|expr| expr.column_refs()).filter_map(|column| schema.maybe_index_of_column(column)).collect()
    }
}

impl PartialOrd for SpreadNode {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.distribute.partial_cmp(&other.distribute)
    }
}

impl UserDefinedLogicalNodeCore for SpreadNode {
    fn name(&self) -> &str {
        "Spread"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        self.input.schema()
    }

    fn expressions(&self) -> Vec<Expr> {
        self.distribute.iter().cloned().chain(self.sort.iter().map(|sort| sort.expr.clone())).collect()
    }

    fn prevent_predicate_push_down_columns(&self) -> HashSet<String> {
        // Leaving rows out before or behind is the same.
        HashSet::new()
    }

    fn necessary_children_exprs(&self, output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        let mut needed: Vec<usize> = self.columns_used().into_iter().chain(output_columns.iter().copied()).collect();
        needed.sort_unstable();
        needed.dedup();
        Some(vec![needed])
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Spread:")?;
        if !self.distribute.is_empty() {
            let keys: Vec<String> = self.distribute.iter().map(ToString::to_string).collect();
            write!(f, " distribute by {}", keys.join(", "))?;
        }
        if !self.sort.is_empty() {
            let keys: Vec<String> = self.sort.iter().map(ToString::to_string).collect();
            write!(f, " sort by {}", keys.join(", "))?;
        }
        Ok(())
    }

    fn with_exprs_and_inputs(&self, mut exprs: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        let (Ok([input]), true) =
            (<[LogicalPlan; 1]>::try_from(inputs), exprs.len() == self.distribute.len() + self.sort.len())
        else {
            return Err(DataFusionError::Internal("a spread has one input and as many keys as before".to_string()));
        };
        let keys = exprs.split_off(self.distribute.len());
        let sort = self.sort.iter().zip(keys).map(|(sort, expr)| Sort { expr, ..sort.clone() }).collect();
        Ok(Self { input: Arc::new(input), distribute: exprs, sort, streams: self.streams })
    }
}
