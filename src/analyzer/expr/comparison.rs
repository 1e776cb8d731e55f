//! Comparisons.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, Operator, binary_expr};
use skep_metastore::model::HiveType;
use sqlparser::ast::{BinaryOperator, Expr as SqlExpr};

use super::{Clause, literal};
use crate::analyzer::error::{AnalyzeError, ErrorCode};
use crate::analyzer::planner::Result;
use crate::analyzer::types::{Typed, comparison_type};

impl Clause<'_> {
    /// `left op right`
    pub(super) fn comparison(&self, left: &SqlExpr, op: &BinaryOperator, right: &SqlExpr) -> Result<Typed> {
        let operator = match op {
            BinaryOperator::Eq => Operator::Eq,
            BinaryOperator::NotEq => Operator::NotEq,
            BinaryOperator::Lt => Operator::Lt,
            BinaryOperator::LtEq => Operator::LtEq,
            BinaryOperator::Gt => Operator::Gt,
            BinaryOperator::GtEq => Operator::GtEq,
            BinaryOperator::Spaceship => Operator::IsNotDistinctFrom,
            other => return Err(AnalyzeError::unsupported(format!("the operator {other}"), None)),
        };
        if let (Some(left), Some(right)) = (row(left), row(right)) {
            return self.compare_rows(&self.exprs(left)?, operator, &self.exprs(right)?);
        }
        self.compare(self.expr(left)?, operator, self.expr(right)?)
    }

    /// Compares two values in the type that Hive compares them in.
    pub(crate) fn compare(&self, left: Typed, op: Operator, right: Typed) -> Result<Typed> {
        let (left, right) = comparable(left, right);
        self.check_safety(&left.ty, &right.ty)?;
        let Some(ty) = comparison_type(&left.ty, &right.ty) else {
            return Err(not_comparable(&left.ty, &right.ty));
        };
        let ty = if ty == HiveType::Void { HiveType::String } else { ty };
        Ok(Typed::boolean(binary_expr(left.cast_to(&ty)?.expr, op, right.cast_to(&ty)?.expr)))
    }

    /// `(a, b) = (c, d)`, only for equality.
    pub(super) fn compare_rows(&self, left: &[Typed], op: Operator, right: &[Typed]) -> Result<Typed> {
        if left.len() != right.len() {
            return Err(AnalyzeError::new(
                ErrorCode::InvalidArguments,
                format!("Wrong arguments: rows of {} and {} values are compared", left.len(), right.len()),
            ));
        }
        let equal = match op {
            Operator::Eq | Operator::NotEq => Operator::Eq,
            Operator::IsNotDistinctFrom => op,
            other => return Err(AnalyzeError::unsupported(format!("{other} between rows"), None)),
        };
        let mut all: Option<Expr> = None;
        for (l, r) in left.iter().zip(right) {
            let part = self.compare(l.clone(), equal, r.clone())?.expr;
            all = Some(all.map_or(part.clone(), |all| all.and(part)));
        }
        let Some(all) = all else {
            return Err(AnalyzeError::unsupported("a row without values", None));
        };
        Ok(Typed::boolean(if op == Operator::NotEq { Expr::Not(Box::new(all)) } else { all }))
    }

    /// `hive.strict.checks.type.safety`: no `bigint` against text or `double`.
    fn check_safety(&self, left: &HiveType, right: &HiveType) -> Result<()> {
        if !self.planner.settings().strict_type_safety {
            return Ok(());
        }
        let unsafe_pair = |big: &HiveType, other: &HiveType| {
            *big == HiveType::BigInt && (*other == HiveType::Double || other.is_character())
        };
        if unsafe_pair(left, right) || unsafe_pair(right, left) {
            return Err(AnalyzeError::new(
                ErrorCode::Semantic,
                "Unsafe compares between different types are disabled for safety reasons. If you know what you are \
                 doing, please set hive.strict.checks.type.safety to false and make sure that hive.mapred.mode is not \
                 set to 'strict' to proceed. Note that you may get errors or incorrect results if you make a mistake \
                 while using some of the unsafe features.",
            )
            .with_hint(format!("{left} is compared with {right}; cast one of them")));
        }
        Ok(())
    }
}

/// The values of `(a, b)`.
pub(super) fn row(expr: &SqlExpr) -> Option<&[SqlExpr]> {
    match expr {
        SqlExpr::Tuple(values) => Some(values),
        _ => None,
    }
}

pub(super) fn not_comparable(left: &HiveType, right: &HiveType) -> AnalyzeError {
    AnalyzeError::new(
        ErrorCode::ArgumentType,
        format!("Argument type mismatch: values of type {left} and {right} cannot be compared"),
    )
}

/// Where a number is compared with a constant of another type, the constant is brought to the number's side if it can
/// be without loss (`TypeCheckProcFactory` of Hive does so): no cast stands on the column then.
pub(super) fn comparable(left: Typed, right: Typed) -> (Typed, Typed) {
    if left.constant().is_some() == right.constant().is_some() {
        return (left, right);
    }
    if right.constant().is_some() {
        let right = adapted(&right, &left.ty).unwrap_or(right);
        return (left, right);
    }
    let left = adapted(&left, &right.ty).unwrap_or(left);
    (left, right)
}

/// A constant in the type of the other side, where that is exact.
fn adapted(constant: &Typed, ty: &HiveType) -> Option<Typed> {
    if let (HiveType::Char(_), ScalarValue::Utf8(Some(text))) = (ty, constant.constant()?) {
        // It becomes a `char` as well, of which trailing spaces do not count.
        return Some(Typed::string(text.trim_end_matches(' ')));
    }
    if !ty.is_numeric() || constant.ty == *ty {
        return None;
    }
    let value = match constant.constant()? {
        ScalarValue::Utf8(Some(text)) => exact_number(text.trim())?,
        ScalarValue::Decimal128(..)
        | ScalarValue::Int8(_)
        | ScalarValue::Int16(_)
        | ScalarValue::Int32(_)
        | ScalarValue::Int64(_) => constant.clone(),
        _ => return None,
    };
    if !ty.is_integer() {
        // A text becomes a number here; the comparison's own rules do the rest.
        let text = constant.ty.is_character();
        return (text && matches!(ty, HiveType::Decimal { .. })).then_some(value);
    }
    let whole = integer(value.constant()?)?;
    Some(match ty {
        HiveType::TinyInt => Typed::literal(ScalarValue::Int8(Some(whole.try_into().ok()?)), ty.clone()),
        HiveType::SmallInt => Typed::literal(ScalarValue::Int16(Some(whole.try_into().ok()?)), ty.clone()),
        HiveType::Int => Typed::literal(ScalarValue::Int32(Some(whole.try_into().ok()?)), ty.clone()),
        _ => Typed::literal(ScalarValue::Int64(Some(whole.try_into().ok()?)), ty.clone()),
    })
}

fn exact_number(text: &str) -> Option<Typed> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'.')) {
        return None;
    }
    literal::decimal(text)
}

/// The constant as an integer, if it is one.
fn integer(value: &ScalarValue) -> Option<i128> {
    match value {
        ScalarValue::Int8(value) => value.map(i128::from),
        ScalarValue::Int16(value) => value.map(i128::from),
        ScalarValue::Int32(value) => value.map(i128::from),
        ScalarValue::Int64(value) => value.map(i128::from),
        ScalarValue::Decimal128(Some(value), _, scale) => {
            let unit = 10i128.checked_pow(u32::try_from(*scale).ok()?)?;
            (value % unit == 0).then_some(value / unit)
        }
        _ => None,
    }
}
