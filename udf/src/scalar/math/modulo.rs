//! `mod`, `pmod`.

use std::sync::Arc;

use arrow::array::{ArrayRef, ArrowNativeTypeOp, new_null_array};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
};
use datafusion_expr::ScalarUDF;

use crate::coercion::{ArithmeticOp, arithmetic, decimal_of};
use crate::error::{Result, UdfError};
use crate::registry::{Function, FunctionEntry};
use crate::scalar::arithmetic::HiveArithmetic;
use crate::scalar::check::argument_error;
use crate::scalar::kernel::{decimals, primitives};
use crate::scalar::{Call, Scalar, returns_same_as_first};

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        FunctionEntry {
            name: "mod",
            aliases: &[],
            usage: "a _FUNC_ b - Returns the remainder when dividing a by b",
            extended: "",
            function: Function::Scalar(Arc::new(ScalarUDF::from(HiveArithmetic::new(ArithmeticOp::Modulo)))),
        },
        Scalar::new("pmod", pmod_types, returns_same_as_first, pmod)
            .entry("a _FUNC_ b - Compute the positive modulo", ""),
    ]
}

fn pmod_types(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let [left, right] = types else { return argument_error("GenericUDFPosMod requires two arguments.") };
    let result = arithmetic(ArithmeticOp::Modulo, left, right)?.result;
    if let (DataType::Decimal128(_, _), Some((left_precision, left_scale)), Some((right_precision, right_scale))) =
        (&result, decimal_of(left), decimal_of(right))
    {
        let scale = left_scale.max(right_scale);
        let whole = (left_precision as i8 - left_scale).max(right_precision as i8 - right_scale);
        let ty = DataType::Decimal128((whole + scale).clamp(1, 38) as u8, scale);
        return Ok(vec![ty.clone(), ty]);
    }
    Ok(vec![result.clone(), result])
}

/// `((a % b) + b) % b` with Java's wrapping; NULL where b is 0.
fn positive<T: ArrowPrimitiveType>(call: &Call) -> Result<ArrayRef>
where
    T::Native: ArrowNativeTypeOp,
{
    let (left, right) = (call.primitives::<T>(0)?, call.primitives::<T>(1)?);
    primitives::<T>(call.rows(), |row| {
        let (left, right) = (left.get(row)?, right.get(row)?);
        if right.is_zero() {
            return None;
        }
        Some(left.mod_wrapping(right).add_wrapping(right).mod_wrapping(right))
    })
}

fn pmod(call: &Call) -> Result<ArrayRef> {
    match call.return_type() {
        DataType::Int8 => positive::<Int8Type>(call),
        DataType::Int16 => positive::<Int16Type>(call),
        DataType::Int32 => positive::<Int32Type>(call),
        DataType::Int64 => positive::<Int64Type>(call),
        DataType::Float32 => positive::<Float32Type>(call),
        DataType::Float64 => positive::<Float64Type>(call),
        DataType::Decimal128(precision, scale) => {
            let (left, right) = (call.primitives::<Decimal128Type>(0)?, call.primitives::<Decimal128Type>(1)?);
            decimals(call.rows(), *precision, *scale, |row| {
                let (left, right) = (left.get(row)?, right.get(row)?);
                left.checked_rem(right)?.checked_add(right)?.checked_rem(right)
            })
        }
        DataType::Null => Ok(new_null_array(&DataType::Null, call.rows())),
        other => Err(UdfError::Unsupported(format!("pmod of {other}"))),
    }
}
