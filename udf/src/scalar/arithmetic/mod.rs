//! `+ - * / % div`, the bit operators and the signs, as Hive computes them.

use arrow::datatypes::DataType;
use datafusion_expr::Expr;

use crate::coercion::ArithmeticOp;
use crate::error::{Result, UdfError};
use crate::registry::FunctionEntry;

/// `left op right` with the operands cast as Hive does, and the type of the result.
pub fn arithmetic_expr(
    op: ArithmeticOp,
    _left: Expr,
    _lt: &DataType,
    _right: Expr,
    _rt: &DataType,
) -> Result<(Expr, DataType)> {
    Err(UdfError::Unsupported(format!("operator {op}")))
}

/// `-operand` and its type.
pub fn negative_expr(_operand: Expr, _ty: &DataType) -> Result<(Expr, DataType)> {
    Err(UdfError::Unsupported("unary minus".to_string()))
}

/// `~operand` and its type.
pub fn bit_not_expr(_operand: Expr, _ty: &DataType) -> Result<(Expr, DataType)> {
    Err(UdfError::Unsupported("operator ~".to_string()))
}

/// The operators as functions.
pub fn functions() -> Vec<FunctionEntry> {
    Vec::new()
}
