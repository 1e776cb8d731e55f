//! Which type an operator, a comparison or a union of two types works in.
//!
//! Facts from Hive's `FunctionRegistry` (`getCommonClassForComparison`, `getCommonClassForUnionAll`,
//! `implicitConvertible`) and `GenericUDFOPNumeric*`.

use std::fmt;

use arrow::datatypes::DataType;

use crate::error::{Result, UdfError};

/// An operator of two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ArithmeticOp {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Modulo,
    /// `div`
    IntegerDivide,
    /// `&`
    BitAnd,
    /// `|`
    BitOr,
    /// `^`
    BitXor,
}

impl fmt::Display for ArithmeticOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ArithmeticOp::Add => "+",
            ArithmeticOp::Subtract => "-",
            ArithmeticOp::Multiply => "*",
            ArithmeticOp::Divide => "/",
            ArithmeticOp::Modulo => "%",
            ArithmeticOp::IntegerDivide => "div",
            ArithmeticOp::BitAnd => "&",
            ArithmeticOp::BitOr => "|",
            ArithmeticOp::BitXor => "^",
        })
    }
}

/// The types of an operator: what the operands are cast to and what comes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArithmeticTypes {
    /// Type the left operand is cast to.
    pub left: DataType,
    /// Type the right operand is cast to.
    pub right: DataType,
    /// Type of the result.
    pub result: DataType,
}

/// The type two values are compared in (`=`, `<`, `BETWEEN`, `IN`, join keys); `None` if they cannot be.
pub fn comparison_type(left: &DataType, right: &DataType) -> Option<DataType> {
    (left == right).then(|| left.clone())
}

/// The type two values are both brought to (`CASE`, `COALESCE`, `UNION`, `array(…)`); `None` if there is none.
pub fn common_type(left: &DataType, right: &DataType) -> Option<DataType> {
    (left == right).then(|| left.clone())
}

/// Whether a value of one type may stand where the other is asked for, without a cast being written.
pub fn implicitly_converts(from: &DataType, to: &DataType) -> bool {
    from == to
}

/// The types of `left op right`.
pub fn arithmetic(op: ArithmeticOp, left: &DataType, right: &DataType) -> Result<ArithmeticTypes> {
    Err(UdfError::Unsupported(format!("{left} {op} {right}")))
}
