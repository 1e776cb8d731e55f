//! Operators in plans: Hive's coercions, and DataFusion's operators wherever they do the same.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion_common::ScalarValue;
use datafusion_expr::expr::ScalarFunction;
use datafusion_expr::{BinaryExpr, Expr, Operator, ScalarUDF, lit};

use super::operator::{HiveArithmetic, HiveUnary, UnaryOp};
use crate::cast::{CastTarget, cast_expr};
use crate::coercion::{
    ArithmeticOp, ArithmeticTypes, arithmetic, bit_not, constant_decimal_type, is_integer, negative,
};
use crate::error::Result;

/// `left op right` with the operands cast as Hive does, and the type of the result.
///
/// An integer or decimal constant beside a decimal counts as a decimal of as many digits as it has: `d + 1` of a
/// `decimal(10,2)` is a `decimal(11,2)`, and so is `d + 1.00`.
///
/// # Errors
/// What [`arithmetic`] refuses.
pub fn arithmetic_expr(
    op: ArithmeticOp,
    left: Expr,
    lt: &DataType,
    right: Expr,
    rt: &DataType,
) -> Result<(Expr, DataType)> {
    let (left, lt, other) = (constant_beside_decimal(left, lt, rt), lt, lt);
    let (left, lt) = left.unwrap_or_else(|left| (left, lt.clone()));
    let (right, rt) = constant_beside_decimal(right, rt, other).unwrap_or_else(|right| (right, rt.clone()));
    let types = arithmetic(op, &lt, &rt)?;
    let left = cast_expr(left, &lt, &CastTarget::Arrow(types.left.clone()));
    let right = cast_expr(right, &rt, &CastTarget::Arrow(types.right.clone()));
    let expr = match plain_operator(op, &types, &right) {
        Some(operator) => Expr::BinaryExpr(BinaryExpr::new(Box::new(left), operator, Box::new(right))),
        None => {
            let function = Arc::new(ScalarUDF::new_from_impl(HiveArithmetic::new(op)));
            Expr::ScalarFunction(ScalarFunction::new_udf(function, vec![left, right]))
        }
    };
    Ok((expr, types.result))
}

/// The integer behind a literal, or behind a cast of one (`1L`).
fn integer_literal(expr: &Expr, data_type: &DataType) -> Option<ScalarValue> {
    match expr {
        Expr::Literal(value, _) => value.cast_to(data_type).ok(),
        Expr::Cast(cast) if cast.field.data_type() == data_type => integer_literal(&cast.expr, data_type),
        _ => None,
    }
}

/// A constant as the decimal of its own digits, where the other side is a decimal, or it is one and the other side an
/// integer.
fn constant_beside_decimal(
    expr: Expr,
    data_type: &DataType,
    other: &DataType,
) -> std::result::Result<(Expr, DataType), Expr> {
    let is_decimal = |data_type: &DataType| matches!(data_type, DataType::Decimal128(_, _));
    let value = if is_integer(data_type) && is_decimal(other) {
        integer_literal(&expr, data_type)
    } else if is_decimal(data_type) && (is_decimal(other) || is_integer(other)) {
        match &expr {
            Expr::Literal(value, _) => Some(value.clone()),
            _ => None,
        }
    } else {
        None
    };
    let exact = value.and_then(|value| {
        let decimal = constant_decimal_type(&value)?;
        Some((lit(value.cast_to(&decimal).ok()?), decimal))
    });
    exact.ok_or(expr)
}

/// DataFusion's operator where it does exactly as Hive's.
fn plain_operator(op: ArithmeticOp, types: &ArithmeticTypes, right: &Expr) -> Option<Operator> {
    let same = types.left == types.right && types.left == types.result;
    let native = same && (is_integer(&types.left) || matches!(types.left, DataType::Float32 | DataType::Float64));
    let plain = match op {
        ArithmeticOp::Add | ArithmeticOp::Subtract | ArithmeticOp::Multiply => {
            native || exact_decimal(op, &types.left, &types.right)
        }
        ArithmeticOp::Divide => same && types.left == DataType::Float64 && is_nonzero_double(right),
        ArithmeticOp::BitAnd | ArithmeticOp::BitOr | ArithmeticOp::BitXor => same && is_integer(&types.left),
        ArithmeticOp::Modulo | ArithmeticOp::IntegerDivide => false,
    };
    let operator = match op {
        ArithmeticOp::Add => Operator::Plus,
        ArithmeticOp::Subtract => Operator::Minus,
        ArithmeticOp::Multiply => Operator::Multiply,
        ArithmeticOp::Divide => Operator::Divide,
        ArithmeticOp::BitAnd => Operator::BitwiseAnd,
        ArithmeticOp::BitOr => Operator::BitwiseOr,
        ArithmeticOp::BitXor => Operator::BitwiseXor,
        ArithmeticOp::Modulo | ArithmeticOp::IntegerDivide => return None,
    };
    plain.then_some(operator)
}

/// Whether a decimal result needs no cut at 38 digits: then it cannot overflow, and Arrow's type is Hive's.
fn exact_decimal(op: ArithmeticOp, left: &DataType, right: &DataType) -> bool {
    let (DataType::Decimal128(p1, s1), DataType::Decimal128(p2, s2)) = (left, right) else { return false };
    let (p1, s1, p2, s2) = (i16::from(*p1), i16::from(*s1), i16::from(*p2), i16::from(*s2));
    match op {
        ArithmeticOp::Multiply => p1 + p2 < 38,
        _ => (p1 - s1).max(p2 - s2) + s1.max(s2) < 38,
    }
}

fn is_nonzero_double(expr: &Expr) -> bool {
    match expr {
        Expr::Literal(ScalarValue::Float64(Some(value)), _) => *value != 0.0,
        Expr::Cast(cast) => match cast.expr.as_ref() {
            Expr::Literal(value, _) => {
                matches!(value.cast_to(&DataType::Float64), Ok(ScalarValue::Float64(Some(value))) if value != 0.0)
            }
            _ => false,
        },
        _ => false,
    }
}

fn unary_expr(op: UnaryOp, operand: Expr, from: &DataType, to: DataType) -> (Expr, DataType) {
    let operand = cast_expr(operand, from, &CastTarget::Arrow(to.clone()));
    let function = Arc::new(ScalarUDF::new_from_impl(HiveUnary::new(op)));
    (Expr::ScalarFunction(ScalarFunction::new_udf(function, vec![operand])), to)
}

/// `-operand` and its type. The negative of a literal is a literal.
///
/// # Errors
/// What [`negative`] refuses.
pub fn negative_expr(operand: Expr, ty: &DataType) -> Result<(Expr, DataType)> {
    let result = negative(ty)?;
    if let Expr::Literal(value, _) = &operand
        && *ty == result
    {
        let negated = match value {
            ScalarValue::Int8(Some(value)) => Some(ScalarValue::Int8(Some(value.wrapping_neg()))),
            ScalarValue::Int16(Some(value)) => Some(ScalarValue::Int16(Some(value.wrapping_neg()))),
            ScalarValue::Int32(Some(value)) => Some(ScalarValue::Int32(Some(value.wrapping_neg()))),
            ScalarValue::Int64(Some(value)) => Some(ScalarValue::Int64(Some(value.wrapping_neg()))),
            ScalarValue::Float32(Some(value)) => Some(ScalarValue::Float32(Some(-value))),
            ScalarValue::Float64(Some(value)) => Some(ScalarValue::Float64(Some(-value))),
            ScalarValue::Decimal128(Some(value), precision, scale) => {
                Some(ScalarValue::Decimal128(Some(-value), *precision, *scale))
            }
            _ => None,
        };
        if let Some(negated) = negated {
            return Ok((lit(negated), result));
        }
    }
    // Neither a float nor a decimal can overflow.
    if *ty == result && matches!(ty, DataType::Float32 | DataType::Float64 | DataType::Decimal128(_, _)) {
        return Ok((Expr::Negative(Box::new(operand)), result));
    }
    Ok(unary_expr(UnaryOp::Negative, operand, ty, result))
}

/// `~operand` and its type.
///
/// # Errors
/// What [`bit_not`] refuses.
pub fn bit_not_expr(operand: Expr, ty: &DataType) -> Result<(Expr, DataType)> {
    let result = bit_not(ty)?;
    Ok(unary_expr(UnaryOp::BitNot, operand, ty, result))
}
