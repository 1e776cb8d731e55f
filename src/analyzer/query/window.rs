//! Window functions of a select list.

use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};

use super::aggregate::{Replacements, collect, output};
use crate::analyzer::planner::Result;

/// Puts the windows that some expressions need on a plan, and says what replaces them above it.
pub(super) fn windows<'x>(
    plan: LogicalPlan,
    exprs: impl IntoIterator<Item = &'x Expr>,
) -> Result<(LogicalPlan, Replacements)> {
    let windows = collect(exprs, |expr| matches!(expr, Expr::WindowFunction(_)))?;
    if windows.is_empty() {
        return Ok((plan, Replacements::new()));
    }
    let replacements = windows.iter().map(|window| (window.clone(), output(window))).collect();
    Ok((LogicalPlanBuilder::window_plan(plan, windows)?, replacements))
}
