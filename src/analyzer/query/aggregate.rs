//! Aggregation: from expressions with aggregates in them to expressions over an aggregation's output.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, ScalarValue};
use datafusion::logical_expr::{Aggregate, Expr, LogicalPlan};
use skep_metastore::model::HiveType;
use skep_warehouse::types::arrow_type;

use super::GroupBy;
use super::group_by::group_expr;
use crate::analyzer::error::{AnalyzeError, ErrorCode};
use crate::analyzer::expr::{Reference, map_of};
use crate::analyzer::planner::Result;

/// What replaces an expression above an aggregation or a window.
pub(super) type Replacements = HashMap<Expr, Expr>;

/// The aggregates in some expressions, each once.
pub(super) fn aggregates<'x>(exprs: impl IntoIterator<Item = &'x Expr>) -> Result<Vec<Expr>> {
    collect(exprs, |expr| matches!(expr, Expr::AggregateFunction(_)))
}

/// The outermost expressions of a kind, each once.
pub(super) fn collect<'x>(
    exprs: impl IntoIterator<Item = &'x Expr>,
    wanted: impl Fn(&Expr) -> bool,
) -> Result<Vec<Expr>> {
    let mut found: Vec<Expr> = Vec::new();
    for expr in exprs {
        expr.apply(|expr| {
            if !wanted(expr) {
                return Ok(TreeNodeRecursion::Continue);
            }
            if !found.contains(expr) {
                found.push(expr.clone());
            }
            Ok(TreeNodeRecursion::Jump)
        })?;
    }
    Ok(found)
}

/// Puts an aggregation on a plan, and says what replaces keys and aggregates above it.
pub(super) fn aggregation(
    plan: LogicalPlan,
    group_by: &GroupBy,
    aggregates: Vec<Expr>,
) -> Result<(LogicalPlan, Replacements)> {
    let mut replacements = Replacements::new();
    let used = group_by.used_keys();
    for (position, key) in group_by.keys.iter().enumerate() {
        if group_by.sets.is_some() && !used.contains(&position) {
            // In no set: NULL everywhere.
            let null = ScalarValue::try_from(&arrow_type(&key.ty))?;
            replacements.insert(key.expr.clone(), Expr::Literal(null, None));
        } else {
            let grouped = output(&group_expr(key));
            let value = if matches!(key.ty, HiveType::Map(..)) { map_of(grouped) } else { grouped };
            replacements.insert(key.expr.clone(), value);
        }
    }
    for aggregate in &aggregates {
        replacements.insert(aggregate.clone(), output(aggregate));
    }
    let plan = Aggregate::try_new(Arc::new(plan), group_by.group_exprs(), aggregates)?;
    Ok((LogicalPlan::Aggregate(plan), replacements))
}

/// The column of a node's output that carries an expression.
pub(super) fn output(expr: &Expr) -> Expr {
    match expr {
        Expr::Column(_) => expr.clone(),
        other => Expr::Column(Column::new_unqualified(other.schema_name().to_string())),
    }
}

/// Replaces expressions, from the outside in.
pub(super) fn replace(expr: Expr, replacements: &Replacements) -> Result<Expr> {
    let replaced = expr.transform_down(|expr| match replacements.get(&expr) {
        Some(other) => Ok(Transformed::new(other.clone(), true, TreeNodeRecursion::Jump)),
        None => Ok(Transformed::no(expr)),
    })?;
    Ok(replaced.data)
}

/// Are all columns of the expression there above the aggregation?
pub(super) fn check_grouped(expr: &Expr, plan: &LogicalPlan, references: &[Reference]) -> Result<()> {
    let mut missing = None;
    expr.apply(|expr| {
        if let Expr::Column(column) = expr
            && plan.schema().index_of_column_by_name(None, &column.name).is_none()
        {
            missing = Some(column.name.clone());
            return Ok(TreeNodeRecursion::Stop);
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    let Some(id) = missing else { return Ok(()) };
    Err(match references.iter().find(|reference| reference.id == id) {
        Some(reference) => AnalyzeError::at(
            ErrorCode::NotInGroupByKey,
            reference.span,
            format!("Expression not in GROUP BY key '{}'", reference.name),
        )
        .with_hint(format!("group by {0} too, or take an aggregate of it, such as max({0})", reference.name)),
        None => AnalyzeError::new(ErrorCode::NotInGroupByKey, format!("Expression not in GROUP BY key '{expr}'")),
    })
}
