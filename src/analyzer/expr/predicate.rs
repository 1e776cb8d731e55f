//! `IS …`, `IN (…)`, `BETWEEN`, `LIKE`, `RLIKE`.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::{Between, Case, InList, Like};
use datafusion::logical_expr::{Expr, Operator, binary_expr};
use skep_metastore::model::HiveType;
use sqlparser::ast::{Expr as SqlExpr, ValueWithSpan};

use super::Clause;
use super::comparison::{comparable, row};
use crate::analyzer::error::{AnalyzeError, ErrorCode};
use crate::analyzer::planner::Result;
use crate::analyzer::types::{Typed, comparison_type};

impl Clause<'_> {
    /// `x IS [NOT] NULL|TRUE|FALSE|UNKNOWN`, `x IS [NOT] DISTINCT FROM y`
    pub(super) fn is(&self, expr: &SqlExpr) -> Result<Typed> {
        match expr {
            SqlExpr::IsNull(inner) => Ok(Typed::boolean(Expr::IsNull(Box::new(self.expr(inner)?.expr)))),
            SqlExpr::IsNotNull(inner) => Ok(Typed::boolean(Expr::IsNotNull(Box::new(self.expr(inner)?.expr)))),
            SqlExpr::IsUnknown(inner) => Ok(Typed::boolean(Expr::IsNull(Box::new(self.condition(inner)?.expr)))),
            SqlExpr::IsNotUnknown(inner) => Ok(Typed::boolean(Expr::IsNotNull(Box::new(self.condition(inner)?.expr)))),
            // DataFusion's own `IS TRUE` says that it is never NULL, and then plans a comparison that may be.
            SqlExpr::IsTrue(inner) => self.is_truth(inner, Operator::IsNotDistinctFrom, true),
            SqlExpr::IsNotTrue(inner) => self.is_truth(inner, Operator::IsDistinctFrom, true),
            SqlExpr::IsFalse(inner) => self.is_truth(inner, Operator::IsNotDistinctFrom, false),
            SqlExpr::IsNotFalse(inner) => self.is_truth(inner, Operator::IsDistinctFrom, false),
            SqlExpr::IsDistinctFrom(left, right) => {
                self.compare(self.expr(left)?, Operator::IsDistinctFrom, self.expr(right)?)
            }
            SqlExpr::IsNotDistinctFrom(left, right) => {
                self.compare(self.expr(left)?, Operator::IsNotDistinctFrom, self.expr(right)?)
            }
            other => Err(AnalyzeError::unsupported(other, None)),
        }
    }

    fn is_truth(&self, expr: &SqlExpr, op: Operator, truth: bool) -> Result<Typed> {
        let condition = self.condition(expr)?.expr;
        Ok(Typed::boolean(binary_expr(condition, op, datafusion::logical_expr::lit(truth))))
    }

    /// `x [NOT] IN (a, b, …)`
    pub(super) fn in_list(&self, expr: &SqlExpr, list: &[SqlExpr], negated: bool) -> Result<Typed> {
        if let Some(values) = row(expr) {
            return self.rows_in_list(values, list, negated);
        }
        let value = self.expr(expr)?;
        let pairs: Vec<(Typed, Typed)> =
            self.exprs(list)?.into_iter().map(|item| comparable(value.clone(), item)).collect();
        let types: Vec<HiveType> = pairs
            .iter()
            .map(|(value, item)| {
                comparison_type(&value.ty, &item.ty).ok_or_else(|| {
                    AnalyzeError::new(
                        ErrorCode::InvalidArguments,
                        format!(
                            "Wrong arguments: the arguments for IN should be the same type! Types are: {{{} IN ({})}}",
                            value.ty, item.ty
                        ),
                    )
                })
            })
            .collect::<Result<_>>()?;
        let typed: Vec<&HiveType> = types.iter().filter(|ty| **ty != HiveType::Void).collect();
        let one_type = typed.windows(2).all(|pair| pair[0] == pair[1]);
        let Some(ty) = typed.first() else {
            return Typed::null().cast_to(&HiveType::Boolean);
        };
        if one_type {
            let list = pairs.into_iter().map(|(_, item)| Ok(item.cast_to(ty)?.expr)).collect::<Result<Vec<_>>>()?;
            let value = value.cast_to(ty)?;
            return Ok(Typed::boolean(Expr::InList(InList::new(Box::new(value.expr), list, negated))));
        }
        let mut any: Option<Expr> = None;
        for (value, item) in pairs {
            let equal = self.compare(value, Operator::Eq, item)?.expr;
            any = Some(any.map_or(equal.clone(), |any| any.or(equal)));
        }
        Ok(negate(any, negated))
    }

    fn rows_in_list(&self, values: &[SqlExpr], list: &[SqlExpr], negated: bool) -> Result<Typed> {
        let values = self.exprs(values)?;
        let mut any: Option<Expr> = None;
        for item in list {
            let Some(item) = row(item) else {
                return Err(AnalyzeError::new(
                    ErrorCode::InvalidArguments,
                    "Wrong arguments: a row can only be compared with rows",
                ));
            };
            let equal = self.compare_rows(&values, Operator::Eq, &self.exprs(item)?)?.expr;
            any = Some(any.map_or(equal.clone(), |any| any.or(equal)));
        }
        Ok(negate(any, negated))
    }

    /// `x [NOT] BETWEEN low AND high`
    pub(super) fn between(&self, expr: &SqlExpr, negated: bool, low: &SqlExpr, high: &SqlExpr) -> Result<Typed> {
        let (value, low, high) = (self.expr(expr)?, self.expr(low)?, self.expr(high)?);
        let (_, low) = comparable(value.clone(), low);
        let (_, high) = comparable(value.clone(), high);
        let types = (comparison_type(&value.ty, &low.ty), comparison_type(&value.ty, &high.ty));
        if let (Some(ty), Some(other)) = types
            && ty == other
            && ty != HiveType::Void
        {
            let between = Between::new(
                Box::new(value.cast_to(&ty)?.expr),
                negated,
                Box::new(low.cast_to(&ty)?.expr),
                Box::new(high.cast_to(&ty)?.expr),
            );
            return Ok(Typed::boolean(Expr::Between(between)));
        }
        let from = self.compare(value.clone(), Operator::GtEq, low)?.expr;
        let to = self.compare(value, Operator::LtEq, high)?.expr;
        Ok(negate(Some(from.and(to)), negated))
    }

    /// `x [NOT] LIKE pattern`
    pub(super) fn like(
        &self,
        negated: bool,
        expr: &SqlExpr,
        pattern: &SqlExpr,
        escape: Option<&ValueWithSpan>,
    ) -> Result<Typed> {
        if let Some(escape) = escape {
            return Err(AnalyzeError::unsupported("ESCAPE", Some(escape.span)));
        }
        like_expr(negated, self.expr(expr)?, self.expr(pattern)?)
    }

    /// `x [NOT] LIKE ANY|ALL (…)`, in the form of the functions `likeany` and `likeall`.
    pub(super) fn like_many(&self, all: bool, arguments: Vec<Typed>) -> Result<Typed> {
        let mut arguments = arguments.into_iter();
        let (Some(value), patterns) = (arguments.next(), arguments) else {
            return Err(AnalyzeError::new(
                ErrorCode::ArgumentLength,
                "Arguments length mismatch: LIKE ANY needs patterns",
            ));
        };
        let name = if all { "likeall" } else { "likeany" };
        let texts = |ty: &HiveType| ty.is_character() || *ty == HiveType::Void;
        if !texts(&value.ty) {
            let ty = value.ty.to_string().to_uppercase();
            return Err(AnalyzeError::new(
                ErrorCode::ArgumentType,
                format!(
                    "Argument type mismatch: {name} only takes STRING_GROUP, VOID_GROUP types as 1st argument, got {ty}"
                ),
            ));
        }
        let mut result: Option<Expr> = None;
        // A pattern that is NULL makes the result NULL, whatever the others say (`GenericUDFLikeAll`).
        let mut null: Option<Expr> = None;
        for pattern in patterns {
            if pattern.constant().is_none_or(ScalarValue::is_null) {
                let is_null = Expr::IsNull(Box::new(pattern.expr.clone()));
                null = Some(null.map_or(is_null.clone(), |null| null.or(is_null)));
            }
            let like = like_expr(false, value.clone(), pattern)?.expr;
            result = Some(match result {
                None => like,
                Some(result) if all => result.and(like),
                Some(result) => result.or(like),
            });
        }
        let result = negate(result, false);
        let Some(null) = null else { return Ok(result) };
        let nothing = Expr::Literal(ScalarValue::Boolean(None), None);
        let branches = vec![(Box::new(null), Box::new(nothing))];
        Ok(Typed::boolean(Expr::Case(Case::new(None, branches, Some(Box::new(result.expr))))))
    }

    /// `x [NOT] RLIKE pattern`
    pub(super) fn rlike(&self, negated: bool, expr: &SqlExpr, pattern: &SqlExpr) -> Result<Typed> {
        let matches = self.call("rlike", vec![self.expr(expr)?, self.expr(pattern)?])?;
        Ok(negate(Some(matches.expr), negated))
    }
}

fn like_expr(negated: bool, value: Typed, pattern: Typed) -> Result<Typed> {
    if !value.ty.is_primitive() || !pattern.ty.is_primitive() {
        return Err(AnalyzeError::new(ErrorCode::ArgumentType, "Argument type mismatch: LIKE takes texts"));
    }
    let value = Box::new(value.cast_to(&HiveType::String)?.expr);
    let pattern = Box::new(pattern.cast_to(&HiveType::String)?.expr);
    Ok(Typed::boolean(Expr::Like(Like::new(negated, value, pattern, None, false))))
}

/// The condition or its negation; nothing stands for false.
fn negate(condition: Option<Expr>, negated: bool) -> Typed {
    let condition = condition.unwrap_or_else(|| datafusion::logical_expr::lit(false));
    Typed::boolean(if negated { Expr::Not(Box::new(condition)) } else { condition })
}
