//! Window functions of a select list.

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};

use super::aggregate::{Replacements, collect, output};
use crate::analyzer::planner::Result;

/// Puts the windows that some expressions need on a plan, and says what replaces them above it. Where a window's function
/// has another one among its arguments (`sum(lag(x)) OVER …`), that one is put there first; call it again until nothing
/// is left to be replaced.
pub(super) fn windows<'x>(
    plan: LogicalPlan,
    exprs: impl IntoIterator<Item = &'x Expr>,
) -> Result<(LogicalPlan, Replacements)> {
    let outer = collect(exprs, is_window)?;
    let inner = inner_windows(&outer)?;
    let windows = if inner.is_empty() { outer } else { inner };
    if windows.is_empty() {
        return Ok((plan, Replacements::new()));
    }
    let replacements = windows.iter().map(|window| (window.clone(), output(window))).collect();
    Ok((LogicalPlanBuilder::window_plan(plan, windows)?, replacements))
}

fn is_window(expr: &Expr) -> bool {
    matches!(expr, Expr::WindowFunction(_))
}

/// The innermost windows inside of these.
fn inner_windows(windows: &[Expr]) -> Result<Vec<Expr>> {
    let mut nested = Vec::new();
    for window in windows {
        window.apply_children(|child| {
            nested.push(child.clone());
            Ok(TreeNodeRecursion::Continue)
        })?;
    }
    let nested = collect(&nested, is_window)?;
    if nested.is_empty() {
        return Ok(nested);
    }
    let deeper = inner_windows(&nested)?;
    Ok(if deeper.is_empty() { nested } else { deeper })
}
