//! Operators.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::Expr;
use skep_metastore::model::HiveType;
use skep_udf::coercion::ArithmeticOp;
use skep_udf::scalar::arithmetic::{arithmetic_expr, bit_not_expr, negative_expr};
use sqlparser::ast::{BinaryOperator, Expr as SqlExpr, Spanned, UnaryOperator, Value, ValueWithSpan};

use super::{Clause, literal};
use crate::analyzer::error::{AnalyzeError, ErrorCode};
use crate::analyzer::planner::Result;
use crate::analyzer::types::Typed;

impl Clause<'_> {
    /// `left op right`
    pub(super) fn binary(&self, left: &SqlExpr, op: &BinaryOperator, right: &SqlExpr) -> Result<Typed> {
        match op {
            BinaryOperator::And | BinaryOperator::Or => return self.logical(left, op, right),
            BinaryOperator::Eq
            | BinaryOperator::NotEq
            | BinaryOperator::Lt
            | BinaryOperator::LtEq
            | BinaryOperator::Gt
            | BinaryOperator::GtEq
            | BinaryOperator::Spaceship => return self.comparison(left, op, right),
            BinaryOperator::StringConcat => {
                let arguments = vec![self.expr(left)?, self.expr(right)?];
                return self.call("concat", arguments);
            }
            _ => {}
        }
        let Some(operator) = arithmetic_operator(op) else {
            return Err(AnalyzeError::unsupported(format!("the operator {op}"), None));
        };
        self.arithmetic(operator, self.expr(left)?, self.expr(right)?)
    }

    /// An arithmetic operation with Hive's types: `int / int` is a double, decimals grow, dates take intervals.
    pub(crate) fn arithmetic(&self, op: ArithmeticOp, left: Typed, right: Typed) -> Result<Typed> {
        let (left_type, right_type) = (left.arrow(), right.arrow());
        let (expr, ty) = arithmetic_expr(op, left.expr, &left_type, right.expr, &right_type)?;
        Ok(Typed::from_arrow(expr, &ty))
    }

    /// A chain of `AND`s or `OR`s; taken apart in a loop, as scripts hold thousands of them.
    fn logical(&self, left: &SqlExpr, op: &BinaryOperator, right: &SqlExpr) -> Result<Typed> {
        let mut operands = vec![right];
        let mut rest = left;
        while let SqlExpr::BinaryOp { left, op: inner, right } = rest
            && inner == op
        {
            operands.push(right);
            rest = left;
        }
        let mut result = self.condition(rest)?.expr;
        for operand in operands.into_iter().rev() {
            let operand = self.condition(operand)?.expr;
            result = if *op == BinaryOperator::And { result.and(operand) } else { result.or(operand) };
        }
        Ok(Typed::boolean(result))
    }

    /// `-x`, `+x`, `NOT x`, `~x`
    pub(super) fn unary(&self, op: UnaryOperator, operand: &SqlExpr) -> Result<Typed> {
        match op {
            UnaryOperator::Not | UnaryOperator::BangNot => {
                let operand = self.condition(operand)?;
                Ok(Typed::boolean(Expr::Not(Box::new(operand.expr))))
            }
            UnaryOperator::Plus => self.numeric_operand("+", operand),
            UnaryOperator::Minus => self.minus(operand),
            UnaryOperator::BitwiseNot => {
                let value = self.expr(operand)?;
                let (expr, ty) = bit_not_expr(value.expr.clone(), &value.arrow())?;
                Ok(Typed::from_arrow(expr, &ty))
            }
            other => Err(AnalyzeError::unsupported(format!("the operator {other}"), Some(operand.span()))),
        }
    }

    fn numeric_operand(&self, op: &str, operand: &SqlExpr) -> Result<Typed> {
        let value = self.expr(operand)?;
        let interval = matches!(value.ty, HiveType::IntervalDayTime | HiveType::IntervalYearMonth);
        if value.ty.is_numeric() || value.ty == HiveType::Void || interval {
            return Ok(value);
        }
        if value.ty.is_character() {
            return value.cast_to(&HiveType::Double);
        }
        Err(AnalyzeError::new(
            ErrorCode::ArgumentType,
            format!("Argument type mismatch: {op} takes a number, not {}", value.ty),
        ))
    }

    fn minus(&self, operand: &SqlExpr) -> Result<Typed> {
        if let SqlExpr::Value(ValueWithSpan { value: Value::Number(text, _), .. }) = operand
            && let Some(constant) = literal::number(text)
            && let Some(value) = constant.constant().and_then(negated)
        {
            return Ok(Typed::literal(value, constant.ty));
        }
        let value = self.numeric_operand("-", operand)?;
        if let Some(constant) = value.constant().and_then(negated) {
            return Ok(Typed::literal(constant, value.ty));
        }
        let (expr, ty) = negative_expr(value.expr.clone(), &value.arrow())?;
        Ok(Typed::from_arrow(expr, &ty))
    }
}

/// The negative of a constant; `None` where it has none of its type, as in Java.
fn negated(value: &ScalarValue) -> Option<ScalarValue> {
    Some(match value {
        ScalarValue::Int8(Some(v)) => ScalarValue::Int8(Some(v.wrapping_neg())),
        ScalarValue::Int16(Some(v)) => ScalarValue::Int16(Some(v.wrapping_neg())),
        ScalarValue::Int32(Some(v)) => ScalarValue::Int32(Some(v.wrapping_neg())),
        ScalarValue::Int64(Some(v)) => ScalarValue::Int64(Some(v.wrapping_neg())),
        ScalarValue::Float32(Some(v)) => ScalarValue::Float32(Some(-v)),
        ScalarValue::Float64(Some(v)) => ScalarValue::Float64(Some(-v)),
        ScalarValue::Decimal128(Some(v), precision, scale) => {
            ScalarValue::Decimal128(Some(v.checked_neg()?), *precision, *scale)
        }
        _ => return None,
    })
}

fn arithmetic_operator(op: &BinaryOperator) -> Option<ArithmeticOp> {
    Some(match op {
        BinaryOperator::Plus => ArithmeticOp::Add,
        BinaryOperator::Minus => ArithmeticOp::Subtract,
        BinaryOperator::Multiply => ArithmeticOp::Multiply,
        BinaryOperator::Divide => ArithmeticOp::Divide,
        BinaryOperator::Modulo => ArithmeticOp::Modulo,
        BinaryOperator::MyIntegerDivide | BinaryOperator::DuckIntegerDivide => ArithmeticOp::IntegerDivide,
        BinaryOperator::BitwiseAnd => ArithmeticOp::BitAnd,
        BinaryOperator::BitwiseOr => ArithmeticOp::BitOr,
        BinaryOperator::BitwiseXor | BinaryOperator::PGBitwiseXor => ArithmeticOp::BitXor,
        _ => return None,
    })
}
