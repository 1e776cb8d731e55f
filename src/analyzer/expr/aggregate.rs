//! Aggregate functions.

use std::sync::Arc;

use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::{AggregateUDF, Expr};
use skep_metastore::model::HiveType;
use sqlparser::ast::{Function, OrderByExpr};

use super::function::{argument_error, arguments, coerced, fields, kept_type};
use super::{Clause, case_of};
use crate::analyzer::error::{AnalyzeError, ErrorCode};
use crate::analyzer::planner::Result;
use crate::analyzer::types::Typed;

/// The arguments of an aggregate, ready for the plan.
pub(super) struct AggregateCall {
    pub arguments: Vec<Typed>,
    pub distinct: bool,
}

impl Clause<'_> {
    /// A call of an aggregate without `OVER`.
    pub(super) fn aggregate(&self, name: &str, aggregate: Arc<AggregateUDF>, function: &Function) -> Result<Typed> {
        if !self.aggregates {
            return Err(AnalyzeError::new(
                ErrorCode::UnsupportedAggregatePlace,
                format!("Not yet supported place for UDAF '{name}'"),
            ));
        }
        let inner = self.arguments(false);
        let call = inner.aggregate_call(name, aggregate.as_ref(), function);
        self.absorb(inner);
        let call = call?;
        let result = aggregate.return_field(&fields(&call.arguments)).map_err(|error| argument_error(name, error))?;
        let first = call.arguments.first().cloned();
        let args = call.arguments.into_iter().map(|argument| argument.expr).collect();
        let expr = AggregateFunction::new_udf(aggregate, args, call.distinct, None, Vec::new(), None);
        let typed = Typed::from_arrow(Expr::AggregateFunction(expr), result.data_type());
        Ok(kept_type(name, first.as_ref(), typed))
    }

    /// The arguments of an aggregate, with or without `OVER`.
    pub(super) fn aggregate_call(
        &self,
        name: &str,
        aggregate: &AggregateUDF,
        function: &Function,
    ) -> Result<AggregateCall> {
        if function.filter.is_some() {
            return Err(AnalyzeError::unsupported("FILTER", None));
        }
        let given = arguments(function)?;
        let mut typed = if given.star {
            if name != "count" || given.distinct || !given.exprs.is_empty() {
                return Err(AnalyzeError::new(ErrorCode::InvalidArguments, format!("Wrong arguments '*' of {name}")));
            }
            vec![Typed::literal(ScalarValue::Int64(Some(1)), HiveType::BigInt)]
        } else {
            self.exprs(given.exprs.iter().copied())?
        };
        if !function.within_group.is_empty() {
            typed = self.within_group(name, typed, &function.within_group)?;
        }
        if typed.is_empty() {
            return Err(AnalyzeError::new(
                ErrorCode::ArgumentLength,
                format!("Arguments length mismatch: {name} needs an argument"),
            ));
        }
        if let ("sum", [value]) = (name, typed.as_slice())
            && value.ty.is_character()
        {
            typed = vec![text_as_number(value.clone())?];
        }
        if given.distinct && typed.len() > 1 && name == "count" {
            typed = vec![self.tuple(typed)?];
        }
        Ok(AggregateCall { arguments: coerced(aggregate, typed)?, distinct: given.distinct })
    }

    /// Several values as one that is NULL where one of them is: `count(DISTINCT a, b)` counts those.
    fn tuple(&self, values: Vec<Typed>) -> Result<Typed> {
        let mut all_there: Option<Expr> = None;
        for value in &values {
            let there = Expr::IsNotNull(Box::new(value.expr.clone()));
            all_there = Some(all_there.map_or(there.clone(), |all| all.and(there)));
        }
        let condition = all_there.unwrap_or_else(|| datafusion::logical_expr::lit(true));
        case_of(vec![(Typed::boolean(condition), self.call("struct", values)?)], None)
    }

    /// `percentile_cont(0.5) WITHIN GROUP (ORDER BY x)` is `percentile_cont(0.5, x, 1, 0)`: the direction (1 ascending) and
    /// the place of NULLs, which do not count, follow.
    fn within_group(&self, name: &str, arguments: Vec<Typed>, order: &[OrderByExpr]) -> Result<Vec<Typed>> {
        if !matches!(name, "percentile_cont" | "percentile_disc") {
            return Err(AnalyzeError::new(
                ErrorCode::Semantic,
                format!("WITHIN GROUP is not supported by function {name}"),
            ));
        }
        let ([OrderByExpr { expr, options, with_fill: None }], [fraction]) = (order, arguments.as_slice()) else {
            return Err(AnalyzeError::new(
                ErrorCode::ArgumentLength,
                format!("Arguments length mismatch: {name} takes one fraction and one ORDER BY expression"),
            ));
        };
        let ascending = options.asc.unwrap_or(true);
        let nulls_first = options.nulls_first.unwrap_or(ascending != self.planner.settings().default_nulls_last);
        let flag = |on: bool| Typed::int(i32::from(on));
        Ok(vec![fraction.clone(), self.expr(expr)?, flag(ascending), flag(!nulls_first)])
    }
}

/// A text that sums take: what is no number adds nothing, but it is there, so that the sum is not NULL
/// (`GenericUDAFSumDouble`). For an average it is not there.
fn text_as_number(text: Typed) -> Result<Typed> {
    let number = text.clone().cast_to(&HiveType::Double)?;
    let there = |value: &Typed| Typed::boolean(Expr::IsNotNull(Box::new(value.expr.clone())));
    let zero = Typed::literal(ScalarValue::Float64(Some(0.0)), HiveType::Double);
    case_of(vec![(there(&number), number), (there(&text), zero)], None)
}
