//! Window functions of a select list.

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::expr::Sort;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use sqlparser::ast::Expr as SqlExpr;

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

/// Hive's names for columns that are window functions without an alias: `rank_window_0`, the function and its number among
/// those of the select list. Hive works out those of one partitioning and order together, and forgets the names of all but
/// the last ones (`SemanticAnalyzer`, `WindowingComponentizer`).
pub(super) struct WindowNames {
    /// The window functions of the select list.
    all: Vec<Expr>,
    /// The partitioning and order that comes last.
    last: Option<Partitioning>,
}

type Partitioning = (Vec<Expr>, Vec<Sort>);

impl WindowNames {
    /// Looks for the window functions in the entries of a select list.
    pub fn of<'x>(items: impl IntoIterator<Item = &'x Expr>) -> Result<Self> {
        let all = collect(items, is_window)?;
        let mut seen: Vec<Partitioning> = Vec::new();
        for partitioning in all.iter().filter_map(partitioning) {
            if !seen.contains(&partitioning) {
                seen.push(partitioning);
            }
        }
        Ok(Self { all, last: seen.pop() })
    }

    /// The name of an entry, if it is a window function as it is and its name is kept.
    pub fn name(&self, written: &SqlExpr, planned: &Expr) -> Result<Option<String>> {
        let function = match written {
            SqlExpr::Nested(inner) => return self.name(inner, planned),
            SqlExpr::Function(function) if function.over.is_some() => function,
            _ => return Ok(None),
        };
        let window = collect([planned], is_window)?.into_iter().next();
        let kept = window.filter(|window| partitioning(window).is_some() && partitioning(window) == self.last);
        let number = kept.and_then(|window| self.all.iter().position(|other| *other == window));
        Ok(number.map(|number| format!("{}_window_{number}", function.name.to_string().to_lowercase())))
    }
}

/// What a window function's rows are brought together by; without an order they come in that of the partitions.
fn partitioning(window: &Expr) -> Option<Partitioning> {
    let Expr::WindowFunction(window) = window else { return None };
    let (partition, order) = (&window.params.partition_by, &window.params.order_by);
    // Where a frame needs an order, the analyzer gives it a constant one.
    let order = order.iter().filter(|sort| !matches!(sort.expr, Expr::Literal(..)));
    let order: Vec<Sort> = order.cloned().collect();
    let order = match order.is_empty() {
        true => partition.iter().map(|key| key.clone().sort(true, true)).collect(),
        false => order,
    };
    Some((partition.clone(), order))
}
