//! The operators as functions of plans.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, Decimal128Array};
use arrow::datatypes::{
    ArrowNativeTypeOp, DataType, Decimal128Type, DurationMicrosecondType, Float32Type, Float64Type, Int8Type,
    Int16Type, Int32Type, Int64Type, IntervalUnit, IntervalYearMonthType, TimeUnit,
};
use datafusion_common::ScalarValue;
use datafusion_expr::{ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

use super::decimal::DecimalOperator;
use super::kernel::{Operand, binary};
use super::temporal;
use crate::coercion::{ArithmeticOp, arithmetic, bit_not, negative, no_matching_method};
use crate::error::{Result, UdfError};

/// An operator of two operands, as Hive computes it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HiveArithmetic {
    op: ArithmeticOp,
    signature: Signature,
}

impl HiveArithmetic {
    /// The function of an operator.
    pub fn new(op: ArithmeticOp) -> HiveArithmetic {
        HiveArithmetic { op, signature: Signature::user_defined(Volatility::Immutable) }
    }
}

/// All operators as functions, for plans that travel by name (`hive_divide`, `hive_negative`…).
pub fn operators() -> Vec<Arc<ScalarUDF>> {
    let binary = ArithmeticOp::ALL.into_iter().map(|op| ScalarUDF::new_from_impl(HiveArithmetic::new(op)));
    let unary = [UnaryOp::Negative, UnaryOp::BitNot].map(|op| ScalarUDF::new_from_impl(HiveUnary::new(op)));
    binary.chain(unary).map(Arc::new).collect()
}

impl ScalarUDFImpl for HiveArithmetic {
    fn name(&self) -> &str {
        match self.op {
            ArithmeticOp::Add => "hive_add",
            ArithmeticOp::Subtract => "hive_subtract",
            ArithmeticOp::Multiply => "hive_multiply",
            ArithmeticOp::Divide => "hive_divide",
            ArithmeticOp::Modulo => "hive_modulo",
            ArithmeticOp::IntegerDivide => "hive_div",
            ArithmeticOp::BitAnd => "hive_bit_and",
            ArithmeticOp::BitOr => "hive_bit_or",
            ArithmeticOp::BitXor => "hive_bit_xor",
        }
    }

    fn schema_name(&self, args: &[Expr]) -> datafusion_common::Result<String> {
        match args {
            [left, right] => Ok(format!("({} {} {})", left.schema_name(), self.op, right.schema_name())),
            _ => Ok(self.name().to_string()),
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> datafusion_common::Result<Vec<DataType>> {
        let (left, right) = two(self.op, types)?;
        let types = arithmetic(self.op, left, right)?;
        Ok(vec![types.left, types.right])
    }

    fn return_type(&self, types: &[DataType]) -> datafusion_common::Result<DataType> {
        let (left, right) = two(self.op, types)?;
        Ok(arithmetic(self.op, left, right)?.result)
    }

    fn is_strict(&self) -> bool {
        true
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> datafusion_common::Result<ColumnarValue> {
        let [left, right] = args.args.as_slice() else {
            return Err(two(self.op, &[]).err().map_or_else(wrong_count, Into::into));
        };
        let constant = matches!((left, right), (ColumnarValue::Scalar(_), ColumnarValue::Scalar(_)));
        let rows = if constant { 1 } else { args.number_rows };
        finish(evaluate(self.op, left, right, rows, args.return_field.data_type())?, constant)
    }
}

fn wrong_count() -> datafusion_common::DataFusionError {
    UdfError::ArgumentLength("an operator takes two operands".to_string()).into()
}

fn two(op: ArithmeticOp, types: &[DataType]) -> Result<(&DataType, &DataType)> {
    match types {
        [left, right] => Ok((left, right)),
        _ => Err(UdfError::ArgumentLength(format!("operator {op} takes two operands, got {}", types.len()))),
    }
}

fn finish(array: ArrayRef, constant: bool) -> datafusion_common::Result<ColumnarValue> {
    if constant {
        Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&array, 0)?))
    } else {
        Ok(ColumnarValue::Array(array))
    }
}

fn evaluate(
    op: ArithmeticOp,
    left: &ColumnarValue,
    right: &ColumnarValue,
    rows: usize,
    result: &DataType,
) -> Result<ArrayRef> {
    if let Some(array) = temporal::evaluate(op, left, right, rows)? {
        return Ok(array);
    }
    match (left.data_type(), result) {
        (DataType::Int8, _) => integers::<Int8Type>(op, left, right, rows),
        (DataType::Int16, _) => integers::<Int16Type>(op, left, right, rows),
        (DataType::Int32, _) => integers::<Int32Type>(op, left, right, rows),
        (DataType::Int64, _) => integers::<Int64Type>(op, left, right, rows),
        (DataType::Float32, _) => floats::<Float32Type>(op, left, right, rows),
        (DataType::Float64, _) => floats::<Float64Type>(op, left, right, rows),
        (DataType::Decimal128(_, left_scale), DataType::Decimal128(precision, scale)) => {
            let DataType::Decimal128(_, right_scale) = right.data_type() else {
                return Err(unsuitable(op, left, right));
            };
            let operator = DecimalOperator::new(op, left_scale, right_scale, *precision, *scale);
            let (left, right) = (Operand::<Decimal128Type>::new(left)?, Operand::<Decimal128Type>::new(right)?);
            let array: Decimal128Array = binary(&left, &right, rows, |l, r| operator.apply(l, r));
            Ok(Arc::new(array.with_precision_and_scale(*precision, *scale)?))
        }
        _ => Err(unsuitable(op, left, right)),
    }
}

fn unsuitable(op: ArithmeticOp, left: &ColumnarValue, right: &ColumnarValue) -> UdfError {
    no_matching_method(op.symbol(), &[&left.data_type(), &right.data_type()])
}

fn integers<T>(op: ArithmeticOp, left: &ColumnarValue, right: &ColumnarValue, rows: usize) -> Result<ArrayRef>
where
    T: ArrowPrimitiveType,
    T::Native: ArrowNativeTypeOp
        + std::ops::BitAnd<Output = T::Native>
        + std::ops::BitOr<Output = T::Native>
        + std::ops::BitXor<Output = T::Native>,
{
    let (l, r) = (Operand::<T>::new(left)?, Operand::<T>::new(right)?);
    let all = |f: fn(T::Native, T::Native) -> T::Native| -> ArrayRef {
        Arc::new(binary::<T, T, T>(&l, &r, rows, |l, r| Some(f(l, r))))
    };
    let unless_zero = |f: fn(T::Native, T::Native) -> T::Native| -> ArrayRef {
        Arc::new(binary::<T, T, T>(&l, &r, rows, |l, r| (!r.is_zero()).then(|| f(l, r))))
    };
    Ok(match op {
        ArithmeticOp::Add => all(T::Native::add_wrapping),
        ArithmeticOp::Subtract => all(T::Native::sub_wrapping),
        ArithmeticOp::Multiply => all(T::Native::mul_wrapping),
        ArithmeticOp::IntegerDivide => unless_zero(T::Native::div_wrapping),
        ArithmeticOp::Modulo => unless_zero(T::Native::mod_wrapping),
        ArithmeticOp::BitAnd => all(|l, r| l & r),
        ArithmeticOp::BitOr => all(|l, r| l | r),
        ArithmeticOp::BitXor => all(|l, r| l ^ r),
        ArithmeticOp::Divide => return Err(unsuitable(op, left, right)),
    })
}

fn floats<T>(op: ArithmeticOp, left: &ColumnarValue, right: &ColumnarValue, rows: usize) -> Result<ArrayRef>
where
    T: ArrowPrimitiveType,
    T::Native: ArrowNativeTypeOp + std::ops::Rem<Output = T::Native> + std::ops::Div<Output = T::Native>,
{
    let (l, r) = (Operand::<T>::new(left)?, Operand::<T>::new(right)?);
    let zero = T::Native::default();
    let array = match op {
        ArithmeticOp::Add => binary::<T, T, T>(&l, &r, rows, |l, r| Some(l.add_wrapping(r))),
        ArithmeticOp::Subtract => binary::<T, T, T>(&l, &r, rows, |l, r| Some(l.sub_wrapping(r))),
        ArithmeticOp::Multiply => binary::<T, T, T>(&l, &r, rows, |l, r| Some(l.mul_wrapping(r))),
        ArithmeticOp::Divide => binary::<T, T, T>(&l, &r, rows, |l, r| (r != zero).then(|| l / r)),
        ArithmeticOp::Modulo => binary::<T, T, T>(&l, &r, rows, |l, r| (r != zero).then(|| l % r)),
        _ => return Err(unsuitable(op, left, right)),
    };
    Ok(Arc::new(array))
}

/// An operator of one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `-`
    Negative,
    /// `~`
    BitNot,
}

/// An operator of one operand, as Hive computes it: integers wrap around.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HiveUnary {
    op: UnaryOp,
    signature: Signature,
}

impl HiveUnary {
    /// The function of an operator.
    pub fn new(op: UnaryOp) -> HiveUnary {
        HiveUnary { op, signature: Signature::user_defined(Volatility::Immutable) }
    }

    fn working_type(&self, types: &[DataType]) -> Result<DataType> {
        match (types, self.op) {
            ([operand], UnaryOp::Negative) => negative(operand),
            ([operand], UnaryOp::BitNot) => bit_not(operand),
            _ => Err(UdfError::ArgumentLength(format!("{} takes one operand, got {}", self.name(), types.len()))),
        }
    }
}

impl ScalarUDFImpl for HiveUnary {
    fn name(&self) -> &str {
        match self.op {
            UnaryOp::Negative => "hive_negative",
            UnaryOp::BitNot => "hive_bit_not",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> datafusion_common::Result<Vec<DataType>> {
        Ok(vec![self.working_type(types)?])
    }

    fn return_type(&self, types: &[DataType]) -> datafusion_common::Result<DataType> {
        Ok(self.working_type(types)?)
    }

    fn is_strict(&self) -> bool {
        true
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> datafusion_common::Result<ColumnarValue> {
        let Some(operand) = args.args.first() else {
            return Err(self.working_type(&[]).err().map_or_else(wrong_count, Into::into));
        };
        let constant = matches!(operand, ColumnarValue::Scalar(_));
        let array = operand.to_array(if constant { 1 } else { args.number_rows })?;
        finish(unary(self.op, &array)?, constant)
    }
}

fn unary(op: UnaryOp, array: &ArrayRef) -> Result<ArrayRef> {
    use arrow::array::AsArray;

    fn apply<T: ArrowPrimitiveType>(array: &ArrayRef, f: impl Fn(T::Native) -> T::Native) -> ArrayRef {
        let array = array.as_primitive::<T>();
        Arc::new(array.unary::<_, T>(f).with_data_type(array.data_type().clone()))
    }
    Ok(match (op, array.data_type()) {
        (UnaryOp::Negative, DataType::Int8) => apply::<Int8Type>(array, i8::wrapping_neg),
        (UnaryOp::Negative, DataType::Int16) => apply::<Int16Type>(array, i16::wrapping_neg),
        (UnaryOp::Negative, DataType::Int32) => apply::<Int32Type>(array, i32::wrapping_neg),
        (UnaryOp::Negative, DataType::Int64) => apply::<Int64Type>(array, i64::wrapping_neg),
        (UnaryOp::Negative, DataType::Float32) => apply::<Float32Type>(array, |v| -v),
        (UnaryOp::Negative, DataType::Float64) => apply::<Float64Type>(array, |v| -v),
        (UnaryOp::Negative, DataType::Decimal128(_, _)) => apply::<Decimal128Type>(array, i128::wrapping_neg),
        (UnaryOp::Negative, DataType::Interval(IntervalUnit::YearMonth)) => {
            apply::<IntervalYearMonthType>(array, i32::wrapping_neg)
        }
        (UnaryOp::Negative, DataType::Duration(TimeUnit::Microsecond)) => {
            apply::<DurationMicrosecondType>(array, i64::wrapping_neg)
        }
        (UnaryOp::BitNot, DataType::Int8) => apply::<Int8Type>(array, |v| !v),
        (UnaryOp::BitNot, DataType::Int16) => apply::<Int16Type>(array, |v| !v),
        (UnaryOp::BitNot, DataType::Int32) => apply::<Int32Type>(array, |v| !v),
        (UnaryOp::BitNot, DataType::Int64) => apply::<Int64Type>(array, |v| !v),
        (_, other) => return Err(no_matching_method("unary operator", &[other])),
    })
}
