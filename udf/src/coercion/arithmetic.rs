//! The types of the arithmetic operators.

use std::fmt;

use arrow::datatypes::{DataType, IntervalUnit, TimeUnit};
use datafusion_common::ScalarValue;

use super::common::{decimal_of, is_complex, is_string};
use super::names::hive_type_name;
use crate::error::{Result, UdfError};

/// An operator of two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
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

impl ArithmeticOp {
    /// All operators.
    pub const ALL: [ArithmeticOp; 9] = [
        ArithmeticOp::Add,
        ArithmeticOp::Subtract,
        ArithmeticOp::Multiply,
        ArithmeticOp::Divide,
        ArithmeticOp::Modulo,
        ArithmeticOp::IntegerDivide,
        ArithmeticOp::BitAnd,
        ArithmeticOp::BitOr,
        ArithmeticOp::BitXor,
    ];

    /// The operator as it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            ArithmeticOp::Add => "+",
            ArithmeticOp::Subtract => "-",
            ArithmeticOp::Multiply => "*",
            ArithmeticOp::Divide => "/",
            ArithmeticOp::Modulo => "%",
            ArithmeticOp::IntegerDivide => "div",
            ArithmeticOp::BitAnd => "&",
            ArithmeticOp::BitOr => "|",
            ArithmeticOp::BitXor => "^",
        }
    }

    /// The Java class of the operator, which stands in Hive's messages.
    fn class(self, temporal: bool) -> &'static str {
        match self {
            ArithmeticOp::Add if temporal => "org.apache.hadoop.hive.ql.udf.generic.GenericUDFOPDTIPlus",
            ArithmeticOp::Subtract if temporal => "org.apache.hadoop.hive.ql.udf.generic.GenericUDFOPDTIMinus",
            ArithmeticOp::Add => "org.apache.hadoop.hive.ql.udf.generic.GenericUDFOPNumericPlus",
            ArithmeticOp::Subtract => "org.apache.hadoop.hive.ql.udf.generic.GenericUDFOPNumericMinus",
            ArithmeticOp::Multiply => "org.apache.hadoop.hive.ql.udf.generic.GenericUDFOPMultiply",
            ArithmeticOp::Divide => "org.apache.hadoop.hive.ql.udf.generic.GenericUDFOPDivide",
            ArithmeticOp::Modulo => "org.apache.hadoop.hive.ql.udf.generic.GenericUDFOPMod",
            ArithmeticOp::IntegerDivide => "org.apache.hadoop.hive.ql.udf.UDFOPLongDivide",
            ArithmeticOp::BitAnd => "org.apache.hadoop.hive.ql.udf.UDFOPBitAnd",
            ArithmeticOp::BitOr => "org.apache.hadoop.hive.ql.udf.UDFOPBitOr",
            ArithmeticOp::BitXor => "org.apache.hadoop.hive.ql.udf.UDFOPBitXor",
        }
    }
}

impl fmt::Display for ArithmeticOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.symbol())
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

impl ArithmeticTypes {
    fn same(data_type: DataType) -> ArithmeticTypes {
        ArithmeticTypes { left: data_type.clone(), right: data_type.clone(), result: data_type }
    }
}

/// Hive's `NoMatchingMethodException`: no such method for these argument types.
pub fn no_matching_method(class: &str, types: &[&DataType]) -> UdfError {
    let names: Vec<String> = types.iter().map(|data_type| hive_type_name(data_type)).collect();
    UdfError::Argument(format!("No matching method for class {class} with ({})", names.join(", ")))
}

/// Whether it is one of the four integers.
pub fn is_integer(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64)
}

/// Whether it is a number.
pub fn is_numeric(data_type: &DataType) -> bool {
    is_integer(data_type) || matches!(data_type, DataType::Float32 | DataType::Float64 | DataType::Decimal128(_, _))
}

/// The decimal an integer or decimal constant stands for in decimal arithmetic: one of as many digits as it has,
/// without zeros at the end of the fraction (`WritableConstantIntObjectInspector.precision` and its like).
pub fn constant_decimal_type(value: &ScalarValue) -> Option<DataType> {
    let (mut number, mut scale) = match value {
        ScalarValue::Int8(value) => (i128::from((*value)?), 0),
        ScalarValue::Int16(value) => (i128::from((*value)?), 0),
        ScalarValue::Int32(value) => (i128::from((*value)?), 0),
        ScalarValue::Int64(value) => (i128::from((*value)?), 0),
        ScalarValue::Decimal128(value, _, scale) => ((*value)?, *scale),
        _ => return None,
    };
    while scale > 0 && number % 10 == 0 {
        number /= 10;
        scale -= 1;
    }
    let digits = number.unsigned_abs().checked_ilog10().unwrap_or(0) + 1;
    Some(DataType::Decimal128(u8::try_from(digits).ok()?.max(scale.unsigned_abs()), scale))
}

/// Cuts a decimal at 38 digits; six digits of the fraction are kept, or all where there are fewer
/// (`GenericUDFBaseNumeric.adjustPrecScale`).
fn adjusted(precision: i16, scale: i16) -> DataType {
    let (precision, scale) =
        if precision <= 38 { (precision, scale) } else { (38, (38 - (precision - scale)).max(scale.min(6))) };
    DataType::Decimal128(precision.clamp(1, 38) as u8, scale.clamp(0, 38) as i8)
}

fn decimal_result(op: ArithmeticOp, left: (u8, i8), right: (u8, i8)) -> DataType {
    let (p1, s1) = (i16::from(left.0), i16::from(left.1));
    let (p2, s2) = (i16::from(right.0), i16::from(right.1));
    let scale = s1.max(s2);
    match op {
        ArithmeticOp::Multiply => adjusted(p1 + p2 + 1, s1 + s2),
        ArithmeticOp::Divide => {
            let scale = (s1 + p2 + 1).max(6);
            adjusted(p1 - s1 + s2 + scale, scale)
        }
        ArithmeticOp::Modulo => adjusted((p1 - s1).min(p2 - s2) + scale, scale),
        _ => adjusted((p1 - s1).max(p2 - s2) + scale + 1, scale),
    }
}

const TIMESTAMP: DataType = DataType::Timestamp(TimeUnit::Microsecond, None);
const DAY_TIME: DataType = DataType::Duration(TimeUnit::Microsecond);
const YEAR_MONTH: DataType = DataType::Interval(IntervalUnit::YearMonth);

/// `date ± interval`, `timestamp - timestamp`, `date + int`…; `None` if neither side is a date or an interval.
fn temporal(op: ArithmeticOp, left: &DataType, right: &DataType) -> Option<Result<ArithmeticTypes>> {
    let takes_part = |data_type: &DataType| {
        *data_type == DataType::Date32
            || *data_type == YEAR_MONTH
            || matches!(data_type, DataType::Timestamp(_, None) | DataType::Duration(_))
    };
    if !takes_part(left) && !takes_part(right) {
        return None;
    }
    let types = |left: DataType, right: DataType, result: DataType| Some(Ok(ArithmeticTypes { left, right, result }));
    let date = DataType::Date32;
    let plus = op == ArithmeticOp::Add;
    match (left, right) {
        _ if !matches!(op, ArithmeticOp::Add | ArithmeticOp::Subtract) => {}
        (l, r) if *l == YEAR_MONTH && *r == YEAR_MONTH => return Some(Ok(ArithmeticTypes::same(YEAR_MONTH))),
        (DataType::Duration(_), DataType::Duration(_)) => return Some(Ok(ArithmeticTypes::same(DAY_TIME))),
        (DataType::Date32, r) if *r == YEAR_MONTH => return types(date.clone(), YEAR_MONTH, date),
        (DataType::Timestamp(_, None), r) if *r == YEAR_MONTH => return types(TIMESTAMP, YEAR_MONTH, TIMESTAMP),
        (DataType::Date32 | DataType::Timestamp(_, None), DataType::Duration(_)) => {
            return types(TIMESTAMP, DAY_TIME, TIMESTAMP);
        }
        (DataType::Date32, DataType::Int8 | DataType::Int16 | DataType::Int32) => {
            return types(date.clone(), DataType::Int32, date);
        }
        (l, DataType::Date32) if plus && *l == YEAR_MONTH => return types(YEAR_MONTH, date.clone(), date),
        (l, DataType::Timestamp(_, None)) if plus && *l == YEAR_MONTH => {
            return types(YEAR_MONTH, TIMESTAMP, TIMESTAMP);
        }
        (DataType::Duration(_), DataType::Date32 | DataType::Timestamp(_, None)) if plus => {
            return types(DAY_TIME, TIMESTAMP, TIMESTAMP);
        }
        (DataType::Int8 | DataType::Int16 | DataType::Int32, DataType::Date32) if plus => {
            return types(DataType::Int32, date.clone(), date);
        }
        (DataType::Date32 | DataType::Timestamp(_, None), DataType::Date32 | DataType::Timestamp(_, None)) if !plus => {
            return types(TIMESTAMP, TIMESTAMP, DAY_TIME);
        }
        (DataType::Null, other) | (other, DataType::Null) => return Some(Ok(ArithmeticTypes::same(other.clone()))),
        _ => {}
    }
    Some(Err(no_matching_method(op.class(true), &[left, right])))
}

/// The types of `left op right`.
///
/// # Errors
/// [`UdfError::ArgumentType`] for a complex operand, [`UdfError::Argument`] where the operator does not take the types.
pub fn arithmetic(op: ArithmeticOp, left: &DataType, right: &DataType) -> Result<ArithmeticTypes> {
    for (index, (data_type, ordinal)) in [(left, "1st"), (right, "2nd")].into_iter().enumerate() {
        if is_complex(data_type) {
            let name = hive_type_name(data_type);
            let found = name.split('<').next().unwrap_or(&name);
            let found = if found == "array" { "list" } else { found };
            let class = op.class(false).rsplit('.').next().unwrap_or_default();
            return Err(UdfError::ArgumentType {
                index,
                message: format!(
                    "The {ordinal} argument of {class}  is expected to a primitive type, but {found} is found"
                ),
            });
        }
    }
    match op {
        ArithmeticOp::IntegerDivide => return integer_divide(op, left, right),
        ArithmeticOp::BitAnd | ArithmeticOp::BitOr | ArithmeticOp::BitXor => return bits(op, left, right),
        _ => {}
    }
    if let Some(types) = temporal(op, left, right) {
        return types;
    }
    numeric(op, left, right)
}

fn numeric(op: ArithmeticOp, left: &DataType, right: &DataType) -> Result<ArithmeticTypes> {
    let takes_part = |data_type: &DataType| is_numeric(data_type) || is_string(data_type) || data_type.is_null();
    if !takes_part(left) || !takes_part(right) {
        return Err(no_matching_method(op.class(false), &[left, right]));
    }
    // A string stands for a double.
    let number = |data_type: &DataType| if is_string(data_type) { DataType::Float64 } else { data_type.clone() };
    let (left, right) = match (number(left), number(right)) {
        (DataType::Null, DataType::Null) => (DataType::Float64, DataType::Float64),
        (DataType::Null, right) => (right.clone(), right),
        (left, DataType::Null) => (left.clone(), left),
        both => both,
    };
    let is_approximate = |data_type: &DataType| matches!(data_type, DataType::Float32 | DataType::Float64);
    let is_decimal = |data_type: &DataType| matches!(data_type, DataType::Decimal128(_, _));
    let approximate = is_approximate(&left) || is_approximate(&right);
    let decimal = is_decimal(&left) || is_decimal(&right);
    if !approximate
        && decimal
        && let (Some((p1, s1)), Some((p2, s2))) = (decimal_of(&left), decimal_of(&right))
    {
        return Ok(ArithmeticTypes {
            left: DataType::Decimal128(p1, s1),
            right: DataType::Decimal128(p2, s2),
            result: decimal_result(op, (p1, s1), (p2, s2)),
        });
    }
    if op == ArithmeticOp::Divide || left == DataType::Float64 || right == DataType::Float64 {
        return Ok(ArithmeticTypes::same(DataType::Float64));
    }
    if approximate {
        return Ok(ArithmeticTypes::same(DataType::Float32));
    }
    Ok(ArithmeticTypes::same(wider_integer(&left, &right)))
}

fn wider_integer(left: &DataType, right: &DataType) -> DataType {
    let order = [DataType::Int64, DataType::Int32, DataType::Int16];
    order.into_iter().find(|wide| wide == left || wide == right).unwrap_or(DataType::Int8)
}

/// `div` works on bigint.
fn integer_divide(op: ArithmeticOp, left: &DataType, right: &DataType) -> Result<ArithmeticTypes> {
    let takes_part = |data_type: &DataType| is_integer(data_type) || data_type.is_null();
    if takes_part(left) && takes_part(right) {
        return Ok(ArithmeticTypes::same(DataType::Int64));
    }
    Err(with_choices(no_matching_method(op.class(false), &[left, right]), "_FUNC_(bigint, bigint)  "))
}

/// The bit operators work on the wider integer.
fn bits(op: ArithmeticOp, left: &DataType, right: &DataType) -> Result<ArithmeticTypes> {
    let takes_part = |data_type: &DataType| is_integer(data_type) || data_type.is_null();
    if takes_part(left) && takes_part(right) {
        return Ok(ArithmeticTypes::same(wider_integer(left, right)));
    }
    let choices = "_FUNC_(bigint, bigint)  _FUNC_(int, int)  _FUNC_(smallint, smallint)  _FUNC_(tinyint, tinyint)  ";
    Err(with_choices(no_matching_method(op.class(false), &[left, right]), choices))
}

fn with_choices(error: UdfError, choices: &str) -> UdfError {
    match error {
        UdfError::Argument(message) => UdfError::Argument(format!("{message}. Possible choices: {choices}")),
        other => other,
    }
}

/// The type `-operand` (and `+operand`) works in, which is that of the result.
///
/// # Errors
/// [`UdfError::Argument`] where there is no such operator for the type.
pub fn negative(operand: &DataType) -> Result<DataType> {
    match operand {
        DataType::Utf8 | DataType::Null => Ok(DataType::Float64),
        DataType::Duration(_) => Ok(DAY_TIME),
        other if is_numeric(other) || *other == YEAR_MONTH => Ok(other.clone()),
        other => Err(no_matching_method("org.apache.hadoop.hive.ql.udf.generic.GenericUDFOPNegative", &[other])),
    }
}

/// The type `~operand` works in, which is that of the result.
///
/// # Errors
/// [`UdfError::Argument`] for anything but integers.
pub fn bit_not(operand: &DataType) -> Result<DataType> {
    match operand {
        DataType::Null => Ok(DataType::Int32),
        other if is_integer(other) => Ok(other.clone()),
        other => Err(with_choices(
            no_matching_method("org.apache.hadoop.hive.ql.udf.UDFOPBitNot", &[other]),
            "_FUNC_(bigint)  _FUNC_(int)  _FUNC_(smallint)  _FUNC_(tinyint)  ",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ArithmeticOp::*;
    use DataType::*;

    /// Checked with a view over a table of Hive 2.3.9 (`DESCRIBE` of the view).
    #[test]
    fn results_as_hive_describes_them() {
        let one = constant_decimal_type(&ScalarValue::Int32(Some(1))).unwrap();
        let hundred = constant_decimal_type(&ScalarValue::Int32(Some(100))).unwrap();
        for (op, left, right, result) in [
            (Add, Decimal128(10, 2), one.clone(), Decimal128(11, 2)),
            (Divide, Decimal128(10, 2), one.clone(), Decimal128(14, 6)),
            (Divide, one.clone(), Decimal128(10, 2), Decimal128(14, 11)),
            (Divide, Decimal128(38, 10), Decimal128(38, 10), Decimal128(38, 6)),
            (Divide, Decimal128(10, 2), Decimal128(2, 1), Decimal128(15, 6)),
            (Modulo, Decimal128(10, 2), one.clone(), Decimal128(3, 2)),
            (Add, Decimal128(10, 2), Float32, Float32),
            (Multiply, Decimal128(10, 2), Int32, Decimal128(21, 2)),
            (Subtract, Decimal128(10, 2), Int8, Decimal128(11, 2)),
            (Divide, Int32, Decimal128(10, 2), Decimal128(23, 11)),
            (Multiply, Decimal128(38, 10), Decimal128(38, 10), Decimal128(38, 6)),
            (Add, Decimal128(10, 2), hundred, Decimal128(11, 2)),
            (BitAnd, Int32, Int8, Int32),
            (Add, Utf8, Int32, Float64),
            (Add, Int8, Int8, Int8),
            (Add, Int32, Float32, Float32),
            (Multiply, Float32, Decimal128(2, 1), Float32),
            (Modulo, Int64, Int32, Int64),
            (Multiply, Decimal128(10, 2), Float64, Float64),
            (Add, Decimal128(38, 10), Decimal128(10, 2), Decimal128(38, 9)),
            (Divide, Int8, Int8, Float64),
            (IntegerDivide, Int64, Int32, Int64),
            (Subtract, Date32, Date32, DAY_TIME),
            (Add, Date32, YEAR_MONTH, Date32),
            (Add, Date32, DAY_TIME, TIMESTAMP),
            (Add, Date32, Int32, Date32),
        ] {
            assert_eq!(arithmetic(op, &left, &right).unwrap().result, result, "{left} {op} {right}");
        }
    }

    #[test]
    fn errors_as_hive_words_them() {
        assert_eq!(
            arithmetic(IntegerDivide, &Decimal128(10, 2), &Int32).unwrap_err().to_string(),
            "No matching method for class org.apache.hadoop.hive.ql.udf.UDFOPLongDivide with (decimal(10,2), int). \
             Possible choices: _FUNC_(bigint, bigint)  "
        );
        assert!(arithmetic(Add, &Boolean, &Int32).is_err());
        assert!(arithmetic(Multiply, &Date32, &Int32).is_err());
    }
}
