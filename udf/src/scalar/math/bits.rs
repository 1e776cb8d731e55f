//! `shiftleft`, `shiftright`, `shiftrightunsigned`.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Int32Type, Int64Type};

use crate::error::Result;
use crate::registry::FunctionEntry;
use crate::scalar::check::overload;
use crate::scalar::kernel::primitives;
use crate::scalar::{Call, Scalar, returns_same_as_first};

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        Scalar::new(
            "shiftleft",
            |_, types| shift_types("UDFOPBitShiftLeft", types),
            returns_same_as_first,
            |call| shift(call, |value, by| value.wrapping_shl(by as u32), |value, by| value.wrapping_shl(by as u32)),
        )
        .entry(
            "_FUNC_(a, b) - Bitwise left shift",
            "Returns int for tinyint, smallint and int a. Returns bigint for bigint a.\nExample:\n  > SELECT \
             _FUNC_(2, 1);\n  4",
        ),
        Scalar::new(
            "shiftright",
            |_, types| shift_types("UDFOPBitShiftRight", types),
            returns_same_as_first,
            |call| shift(call, |value, by| value.wrapping_shr(by as u32), |value, by| value.wrapping_shr(by as u32)),
        )
        .entry(
            "_FUNC_(a, b) - Bitwise right shift",
            "Returns int for tinyint, smallint and int a. Returns bigint for bigint a.\nExample:\n  > SELECT \
             _FUNC_(4, 1);\n  2",
        ),
        Scalar::new(
            "shiftrightunsigned",
            |_, types| shift_types("UDFOPBitShiftRightUnsigned", types),
            returns_same_as_first,
            |call| {
                shift(
                    call,
                    |value, by| (value as u32).wrapping_shr(by as u32) as i32,
                    |value, by| (value as u64).wrapping_shr(by as u32) as i64,
                )
            },
        )
        .entry(
            "_FUNC_(a, b) - Bitwise unsigned right shift",
            "Returns int for tinyint, smallint and int a. Returns bigint for bigint a.\nExample:\n  > SELECT \
             _FUNC_(4, 1);\n  2",
        ),
    ]
}

fn shift_types(class: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    use DataType::{Int8, Int16, Int32, Int64};
    let chosen = overload(class, types, &[&[Int64, Int32], &[Int32, Int32], &[Int16, Int32], &[Int8, Int32]])?;
    Ok(vec![if chosen[0] == Int64 { Int64 } else { Int32 }, Int32])
}

fn shift(call: &Call, int: fn(i32, i32) -> i32, long: fn(i64, i32) -> i64) -> Result<ArrayRef> {
    let by = call.primitives::<Int32Type>(1)?;
    if call.arg_type(0) == DataType::Int64 {
        let value = call.primitives::<Int64Type>(0)?;
        return primitives::<Int64Type>(call.rows(), |row| Some(long(value.get(row)?, by.get(row)?)));
    }
    let value = call.primitives::<Int32Type>(0)?;
    primitives::<Int32Type>(call.rows(), |row| Some(int(value.get(row)?, by.get(row)?)))
}
