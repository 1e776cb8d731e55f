//! `rank`, `dense_rank`, `percent_rank` and `cume_dist` of a row that is not there:
//! `rank(5) WITHIN GROUP (ORDER BY x)` is the rank that a row with `x` = 5 would have. They come down to counts of the rows
//! before it.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::{AggregateFunction, Case};
use datafusion::logical_expr::{Expr, Operator, lit};
use skep_metastore::model::HiveType;
use skep_udf::coercion::ArithmeticOp;
use skep_udf::registry::registry;
use sqlparser::ast::Function;

use super::Clause;
use super::function::arguments;
use crate::analyzer::error::{AnalyzeError, ErrorCode};
use crate::analyzer::planner::Result;
use crate::analyzer::types::{Typed, comparison_type};

impl Clause<'_> {
    pub(super) fn hypothetical(&self, name: &str, function: &Function) -> Result<Typed> {
        if !matches!(name, "rank" | "dense_rank" | "percent_rank" | "cume_dist") {
            let message = format!("WITHIN GROUP is not supported by function {name}");
            return Err(AnalyzeError::new(ErrorCode::Semantic, message));
        }
        if !self.aggregates {
            let message = format!("Not yet supported place for UDAF '{name}'");
            return Err(AnalyzeError::new(ErrorCode::UnsupportedAggregatePlace, message));
        }
        let inner = self.arguments(false);
        let result = inner.position(name, function);
        self.absorb(inner);
        result
    }

    fn position(&self, name: &str, function: &Function) -> Result<Typed> {
        let given = arguments(function)?;
        let order = &function.within_group;
        if given.star || given.distinct || given.exprs.len() != order.len() {
            return Err(AnalyzeError::new(
                ErrorCode::ArgumentLength,
                format!(
                    "Arguments length mismatch: The number of hypothetical direct arguments must match the number of \
                     ordering columns: {name} has {} and {}",
                    given.exprs.len(),
                    order.len()
                ),
            ));
        }
        let mut keys = Vec::with_capacity(order.len());
        for (value, key) in given.exprs.iter().zip(order) {
            let (value, column) = (self.expr(value)?, self.expr(&key.expr)?);
            let Some(ty) = comparison_type(&value.ty, &column.ty) else {
                return Err(super::comparison::not_comparable(&value.ty, &column.ty));
            };
            let ty = if ty == HiveType::Void { HiveType::String } else { ty };
            let ascending = key.options.asc.unwrap_or(true);
            let default = ascending != self.planner.settings().default_nulls_last;
            keys.push(Key {
                value: value.cast_to(&ty)?,
                column: column.cast_to(&ty)?,
                ascending,
                nulls_first: key.options.nulls_first.unwrap_or(default),
            });
        }
        let before = before(&keys);
        let one = || lit(1i64);
        Ok(match name {
            "rank" => plus_one(self.count(when(before, one()), false)?),
            "dense_rank" => {
                let columns: Vec<Typed> = keys.into_iter().map(|key| key.column).collect();
                let row = self.call("struct", columns)?;
                plus_one(self.count(when(before, row.expr), true)?)
            }
            "percent_rank" => {
                let rank = self.count(when(before, one()), false)?;
                self.arithmetic(ArithmeticOp::Divide, rank, self.count(one(), false)?)?
            }
            _ => {
                let up_to = before.or(equal(&keys));
                let position = plus_one(self.count(when(up_to, one()), false)?);
                self.arithmetic(ArithmeticOp::Divide, position, plus_one(self.count(one(), false)?))?
            }
        })
    }

    fn count(&self, value: Expr, distinct: bool) -> Result<Typed> {
        let Some(count) = registry().aggregate("count") else {
            return Err(AnalyzeError::unsupported("WITHIN GROUP without count", None));
        };
        let count = AggregateFunction::new_udf(count, vec![value], distinct, None, Vec::new(), None);
        Ok(Typed::new(Expr::AggregateFunction(count), HiveType::BigInt))
    }
}

/// A key of the order, and the value of the row that is not there.
struct Key {
    value: Typed,
    column: Typed,
    ascending: bool,
    nulls_first: bool,
}

/// Does a row come before the one that is not there?
fn before(keys: &[Key]) -> Expr {
    let mut result = lit(false);
    for (i, key) in keys.iter().enumerate() {
        let (value, column) = (key.value.expr.clone(), key.column.expr.clone());
        let smaller = match key.ascending {
            true => column.clone().lt(value.clone()),
            false => column.clone().gt(value.clone()),
        };
        let (value_null, column_null) = (Expr::IsNull(Box::new(value)), Expr::IsNull(Box::new(column)));
        let nulls = match key.nulls_first {
            true => column_null.and(Expr::Not(Box::new(value_null))),
            false => Expr::Not(Box::new(column_null)).and(value_null),
        };
        let first = nulls.or(smaller);
        let tied = keys[..i].iter().map(tie).reduce(Expr::and);
        let part = match tied {
            Some(tied) => tied.and(first),
            None => first,
        };
        result = if i == 0 { part } else { result.or(part) };
    }
    result
}

fn equal(keys: &[Key]) -> Expr {
    keys.iter().map(tie).reduce(Expr::and).unwrap_or_else(|| lit(true))
}

fn tie(key: &Key) -> Expr {
    datafusion::logical_expr::binary_expr(key.column.expr.clone(), Operator::IsNotDistinctFrom, key.value.expr.clone())
}

/// The value where the condition holds, else NULL.
fn when(condition: Expr, value: Expr) -> Expr {
    Expr::Case(Case::new(None, vec![(Box::new(condition), Box::new(value))], None))
}

fn plus_one(count: Typed) -> Typed {
    Typed::new(count.expr + Expr::Literal(ScalarValue::Int64(Some(1)), None), count.ty)
}
