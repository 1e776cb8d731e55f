//! Subqueries as conditions and values.

use std::sync::Arc;

use datafusion::common::Spans;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::logical_expr::expr::{Exists, InSubquery};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, Operator, Subquery};
use skep_metastore::model::HiveType;
use skep_udf::registry::registry;
use sqlparser::ast::{BinaryOperator, Expr as SqlExpr, Query, Spanned};

use super::Clause;
use super::column::outer_reference;
use super::comparison::not_comparable;
use crate::analyzer::error::{AnalyzeError, ErrorCode};
use crate::analyzer::planner::{Env, Outer, Planned, Result};
use crate::analyzer::scope::column;
use crate::analyzer::types::{Typed, comparison_type};

impl Clause<'_> {
    /// `x [NOT] IN (query)`, `[NOT] EXISTS (query)`, `(query)`, `x = ANY (query)`, `x <> ALL (query)`
    pub(super) fn subquery_expr(&self, expr: &SqlExpr) -> Result<Typed> {
        match expr {
            SqlExpr::InSubquery { expr, subquery, negated } => self.in_subquery(expr, subquery, *negated),
            SqlExpr::Exists { subquery, negated } => {
                let planned = self.subquery(subquery)?;
                if self.values {
                    return self.exists_value(planned, *negated);
                }
                Ok(Typed::boolean(Expr::Exists(Exists::new(wrap(planned.plan), *negated))))
            }
            SqlExpr::Subquery(query) => self.scalar_subquery(query),
            SqlExpr::AnyOp { left, compare_op, right, .. } => self.quantified(left, compare_op, right, false),
            SqlExpr::AllOp { left, compare_op, right } => self.quantified(left, compare_op, right, true),
            other => Err(AnalyzeError::unsupported(other, Some(other.span()))),
        }
    }

    /// Plans a query that sees this clause's scope as the one around it.
    fn subquery(&self, query: &Query) -> Result<Planned> {
        let outer = Outer { scope: self.scope, parent: self.env.outer };
        let env = Env { outer: Some(&outer), ..*self.env };
        if query.order_by.is_some() && query.limit_clause.is_none() {
            // An order without a limit says nothing here, and would keep DataFusion from joining the query.
            let unordered = Query { order_by: None, ..query.clone() };
            return self.planner.plan_query(&env, &unordered);
        }
        self.planner.plan_query(&env, query)
    }

    fn scalar_subquery(&self, query: &Query) -> Result<Typed> {
        let planned = self.subquery(query)?;
        let [column] = planned.columns.as_slice() else {
            return Err(one_column(query, planned.columns.len()));
        };
        let ty = column.ty.clone();
        Ok(Typed::new(Expr::ScalarSubquery(wrap(planned.plan)), ty))
    }

    /// `EXISTS` as a value: DataFusion has it as a condition only, so the rows are counted.
    fn exists_value(&self, planned: Planned, negated: bool) -> Result<Typed> {
        let Some(count) = registry().aggregate("count") else {
            return Err(AnalyzeError::unsupported("EXISTS in this place", None));
        };
        let count = count.call(vec![datafusion::logical_expr::lit(1i64)]);
        let plan = LogicalPlanBuilder::from(planned.plan)
            .aggregate(Vec::<Expr>::new(), vec![count.clone()])?
            .project(vec![column(&count.schema_name().to_string()).alias(self.planner.fresh_id())])?
            .build()?;
        let count = Expr::ScalarSubquery(wrap(plan));
        let zero = datafusion::logical_expr::lit(0i64);
        Ok(Typed::boolean(if negated { count.eq(zero) } else { count.gt(zero) }))
    }

    fn in_subquery(&self, expr: &SqlExpr, query: &Query, negated: bool) -> Result<Typed> {
        if self.values {
            return Err(AnalyzeError::unsupported(
                "IN with a query as a value (outside WHERE, HAVING, ON)",
                Some(query.span()),
            ));
        }
        let value = self.expr(expr)?;
        let planned = self.subquery(query)?;
        let [column] = planned.columns.as_slice() else {
            return Err(one_column(query, planned.columns.len()));
        };
        let Some(ty) = comparison_type(&value.ty, &column.ty) else {
            return Err(not_comparable(&value.ty, &column.ty));
        };
        let ty = if ty == HiveType::Void { HiveType::String } else { ty };
        let planned = self.planner.cast_columns(planned, std::slice::from_ref(&ty))?;
        let value = value.cast_to(&ty)?;
        if negated && let Some(condition) = self.not_in_correlated(&value, &planned)? {
            return Ok(condition);
        }
        let condition = InSubquery::new(Box::new(value.expr), wrap(planned.plan), negated);
        Ok(Typed::boolean(Expr::InSubquery(condition)))
    }

    /// `x NOT IN (SELECT y …)` over a query that depends on this one: no row may have a `y` that is `x`, and none may
    /// leave that open. DataFusion plans the `NOT IN` of independent queries only. `None` for those.
    fn not_in_correlated(&self, value: &Typed, planned: &Planned) -> Result<Option<Typed>> {
        if planned.plan.all_out_ref_exprs().is_empty() || value.expr.contains_outer() {
            return Ok(None);
        }
        let Some(value) = self.seen_from_inside(&value.expr)? else {
            return Ok(None);
        };
        let [found] = planned.columns.as_slice() else {
            return Ok(None);
        };
        let found = column(&found.id);
        let open = |expr: &Expr| Expr::IsNull(Box::new(expr.clone()));
        let condition = found.clone().eq(value.clone()).or(open(&found)).or(open(&value));
        let plan = crate::analyzer::query::filter(planned.plan.clone(), condition)?;
        Ok(Some(Typed::boolean(Expr::Exists(Exists::new(wrap(plan), true)))))
    }

    /// An expression over this clause's columns as a subquery sees it; `None` where it is of more than columns.
    fn seen_from_inside(&self, expr: &Expr) -> Result<Option<Expr>> {
        let mut plain = true;
        let seen = expr.clone().transform(|expr| {
            Ok(match expr {
                Expr::Column(column) => match self.scope.by_id(&column.name) {
                    Some(found) => Transformed::yes(outer_reference(found).expr),
                    None => {
                        plain = false;
                        Transformed::no(Expr::Column(column))
                    }
                },
                Expr::AggregateFunction(_) | Expr::WindowFunction(_) | Expr::ScalarSubquery(_) => {
                    plain = false;
                    Transformed::no(expr)
                }
                other => Transformed::no(other),
            })
        })?;
        Ok(plain.then_some(seen.data))
    }

    /// `= ANY` is `IN` and `<> ALL` is `NOT IN`; no other is supported.
    fn quantified(&self, left: &SqlExpr, op: &BinaryOperator, right: &SqlExpr, all: bool) -> Result<Typed> {
        let query = match right {
            SqlExpr::Subquery(query) => query,
            other => {
                return Err(AnalyzeError::unsupported(format!("{op} ANY|ALL of a list"), Some(other.span())));
            }
        };
        match (op, all) {
            (BinaryOperator::Eq, false) => self.in_subquery(left, query, false),
            (BinaryOperator::NotEq, true) => self.in_subquery(left, query, true),
            _ => self.set_comparison(left, op, query, all),
        }
    }

    fn set_comparison(&self, left: &SqlExpr, op: &BinaryOperator, query: &Query, all: bool) -> Result<Typed> {
        use datafusion::logical_expr::expr::{SetComparison, SetQuantifier};
        let op = match op {
            BinaryOperator::Eq => Operator::Eq,
            BinaryOperator::NotEq => Operator::NotEq,
            BinaryOperator::Lt => Operator::Lt,
            BinaryOperator::LtEq => Operator::LtEq,
            BinaryOperator::Gt => Operator::Gt,
            BinaryOperator::GtEq => Operator::GtEq,
            other => return Err(AnalyzeError::unsupported(format!("{other} ANY|ALL"), None)),
        };
        let value = self.expr(left)?;
        let planned = self.subquery(query)?;
        let [column] = planned.columns.as_slice() else {
            return Err(one_column(query, planned.columns.len()));
        };
        let Some(ty) = comparison_type(&value.ty, &column.ty) else {
            return Err(not_comparable(&value.ty, &column.ty));
        };
        let planned = self.planner.cast_columns(planned, std::slice::from_ref(&ty))?;
        if self.values {
            return self.quantified_value(value.cast_to(&ty)?, op, planned, all);
        }
        let quantifier = if all { SetQuantifier::All } else { SetQuantifier::Any };
        let value = value.cast_to(&ty)?;
        let comparison = SetComparison::new(Box::new(value.expr), wrap(planned.plan), op, quantifier);
        Ok(Typed::boolean(Expr::SetComparison(comparison)))
    }
}

/// A subquery with the columns it takes from around it.
pub(super) fn wrap(plan: LogicalPlan) -> Subquery {
    let outer_ref_columns = plan.all_out_ref_exprs();
    Subquery { subquery: Arc::new(plan), outer_ref_columns, spans: Spans::new() }
}

fn one_column(query: &Query, columns: usize) -> AnalyzeError {
    AnalyzeError::at(
        ErrorCode::UnsupportedSubquery,
        query.span(),
        format!("Unsupported SubQuery Expression: SubQuery can contain only 1 item in Select List, not {columns}"),
    )
}
