//! Subqueries as conditions and values.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{ScalarValue, Spans};
use datafusion::logical_expr::expr::{Case, Exists, InSubquery};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, Operator, Subquery};
use skep_metastore::model::HiveType;
use skep_udf::registry::registry;
use sqlparser::ast::{BinaryOperator, Expr as SqlExpr, LimitClause, Query, Spanned};

use super::Clause;
use super::column::outer_reference;
use super::comparison::not_comparable;
use crate::analyzer::error::{AnalyzeError, ErrorCode};
use crate::analyzer::planner::{Env, Outer, Planned, Result};
use crate::analyzer::query::filter;
use crate::analyzer::scope::column;
use crate::analyzer::types::{Typed, comparison_type};

impl Clause<'_> {
    /// `x [NOT] IN (query)`, `[NOT] EXISTS (query)`, `(query)`, `x = ANY (query)`, `x <> ALL (query)`
    pub(super) fn subquery_expr(&self, expr: &SqlExpr) -> Result<Typed> {
        match expr {
            SqlExpr::InSubquery { expr, subquery, negated } => self.in_subquery(expr, subquery, *negated),
            SqlExpr::Exists { subquery, negated } => {
                if let Some(LimitClause::LimitOffset { offset: Some(offset), .. }) = &subquery.limit_clause {
                    return Err(AnalyzeError::at(
                        ErrorCode::OffsetInExists,
                        offset.value.span(),
                        "OFFSET is not supported in subquery of exists",
                    ));
                }
                let planned = self.subquery(subquery)?;
                self.exists(planned, *negated)
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

    /// `[NOT] EXISTS (query)`
    fn exists(&self, planned: Planned, negated: bool) -> Result<Typed> {
        if always_one_row(&planned.plan) {
            return Ok(Typed::boolean(datafusion::logical_expr::lit(!negated)));
        }
        if self.values {
            return self.exists_value(planned, negated);
        }
        Ok(Typed::boolean(Expr::Exists(Exists::new(wrap(planned.plan), negated))))
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

    /// `x [NOT] IN (query)` anywhere: true, false, or NULL where the query has NULLs, by what it holds.
    fn in_subquery(&self, expr: &SqlExpr, query: &Query, negated: bool) -> Result<Typed> {
        let value = self.expr(expr)?;
        let (value, found) = self.comparable_query(value, query)?;
        let Some(outer) = self.seen_from_inside(&value.expr)? else {
            return Err(AnalyzeError::unsupported(
                "IN with a query and an aggregate or window function, outside AND in WHERE or HAVING",
                Some(query.span()),
            ));
        };
        let id = |planned: &Planned| planned.columns.first().map(|first| column(&first.id)).unwrap_or_default();
        let is_null = |expr: Expr| Expr::IsNull(Box::new(expr));
        let equal = id(&found).eq(outer);
        let matching = self.exists(Planned { plan: filter(found.plan, equal)?, columns: found.columns }, false)?;
        let nulls = self.comparable_query(value.clone(), query)?.1;
        let nothing = is_null(id(&nulls));
        let unknown = self.exists(Planned { plan: filter(nulls.plan, nothing)?, columns: nulls.columns }, false)?;
        let any = self.exists(self.comparable_query(value.clone(), query)?.1, false)?;
        let open = unknown.expr.or(is_null(value.expr).and(any.expr));
        let truth = |value: Option<bool>| Box::new(Expr::Literal(ScalarValue::Boolean(value), None));
        let branches = vec![(Box::new(matching.expr), truth(Some(!negated))), (Box::new(open), truth(None))];
        Ok(Typed::boolean(Expr::Case(Case::new(None, branches, Some(truth(Some(negated)))))))
    }

    /// The value and the query's column, in the type they are compared in.
    fn comparable_query(&self, value: Typed, query: &Query) -> Result<(Typed, Planned)> {
        let planned = self.subquery(query)?;
        let [found] = planned.columns.as_slice() else {
            return Err(one_column(query, planned.columns.len()));
        };
        let Some(ty) = comparison_type(&value.ty, &found.ty) else {
            return Err(not_comparable(&value.ty, &found.ty));
        };
        let ty = if ty == HiveType::Void { HiveType::String } else { ty };
        let planned = self.planner.cast_columns(planned, std::slice::from_ref(&ty))?;
        Ok((value.cast_to(&ty)?, planned))
    }

    /// The condition of a `WHERE`, `HAVING`, `QUALIFY` or inner join, where NULL is as good as false: what DataFusion
    /// plans as a join is left to it there.
    ///
    /// # Errors
    /// As [`Clause::condition`].
    pub fn filter_condition(&self, expr: &SqlExpr) -> Result<Typed> {
        self.filter_part(expr, true).map_err(|error| error.with_span(expr.span()))
    }

    /// Part of such a condition; `every`: one of those that all have to hold.
    #[recursive::recursive]
    fn filter_part(&self, expr: &SqlExpr, every: bool) -> Result<Typed> {
        match expr {
            SqlExpr::Nested(inner) => self.filter_part(inner, every),
            SqlExpr::BinaryOp { left, op: BinaryOperator::And, right } => {
                let left = self.filter_part(left, every)?.expr;
                Ok(Typed::boolean(left.and(self.filter_part(right, every)?.expr)))
            }
            SqlExpr::BinaryOp { left, op: BinaryOperator::Or, right } => {
                let left = self.filter_part(left, false)?.expr;
                Ok(Typed::boolean(left.or(self.filter_part(right, false)?.expr)))
            }
            SqlExpr::InSubquery { expr, subquery, negated } => self.in_condition(expr, subquery, *negated, every),
            SqlExpr::AnyOp { left, compare_op: BinaryOperator::Eq, right, .. } if as_query(right).is_some() => {
                let query = as_query(right).ok_or_else(|| AnalyzeError::unsupported(expr, None))?;
                self.in_condition(left, query, false, every)
            }
            SqlExpr::AllOp { left, compare_op: BinaryOperator::NotEq, right } if as_query(right).is_some() => {
                let query = as_query(right).ok_or_else(|| AnalyzeError::unsupported(expr, None))?;
                self.in_condition(left, query, true, every)
            }
            other => self.condition(other),
        }
    }

    /// `x [NOT] IN (query)` where NULL is as good as false.
    fn in_condition(&self, expr: &SqlExpr, query: &Query, negated: bool, every: bool) -> Result<Typed> {
        let value = self.expr(expr)?;
        let (value, planned) = self.comparable_query(value, query)?;
        // DataFusion knows the NULLs of a NOT IN only where it has to hold by itself and over an independent query.
        let independent = planned.plan.all_out_ref_exprs().is_empty();
        if negated
            && !(every && independent)
            && let Some(condition) = self.not_in(&value, &planned)?
        {
            return Ok(condition);
        }
        let condition = InSubquery::new(Box::new(value.expr), wrap(planned.plan), negated);
        Ok(Typed::boolean(Expr::InSubquery(condition)))
    }

    /// `x NOT IN (SELECT y …)` where NULL is as good as false: no row may have a `y` that is `x`, and none may leave
    /// that open. `None` where `x` is more than columns.
    fn not_in(&self, value: &Typed, planned: &Planned) -> Result<Option<Typed>> {
        let Some(value) = self.seen_from_inside(&value.expr)? else {
            return Ok(None);
        };
        let [found] = planned.columns.as_slice() else {
            return Ok(None);
        };
        let found = column(&found.id);
        let open = |expr: &Expr| Expr::IsNull(Box::new(expr.clone()));
        let condition = found.clone().eq(value.clone()).or(open(&found)).or(open(&value));
        let plan = filter(planned.plan.clone(), condition)?;
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
        let Some(query) = as_query(right) else {
            return Err(AnalyzeError::unsupported(format!("{op} ANY|ALL of a list"), Some(right.span())));
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
        let (value, planned) = self.comparable_query(self.expr(left)?, query)?;
        if self.values {
            return self.quantified_value(value, op, planned, all);
        }
        let quantifier = if all { SetQuantifier::All } else { SetQuantifier::Any };
        let comparison = SetComparison::new(Box::new(value.expr), wrap(planned.plan), op, quantifier);
        Ok(Typed::boolean(Expr::SetComparison(comparison)))
    }
}

/// The query behind `ANY` or `ALL`.
fn as_query(expr: &SqlExpr) -> Option<&Query> {
    match expr {
        SqlExpr::Subquery(query) => Some(query),
        _ => None,
    }
}

/// Is it an aggregation of all rows? It gives one row, even of none.
fn always_one_row(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Projection(projection) => always_one_row(&projection.input),
        LogicalPlan::Sort(sort) => always_one_row(&sort.input),
        LogicalPlan::Aggregate(aggregate) => aggregate.group_expr.is_empty(),
        _ => false,
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
