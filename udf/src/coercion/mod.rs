//! Which type an operator, a comparison or a union of two types works in.
//!
//! Facts from Hive's `FunctionRegistry` (`getCommonClass`, `getCommonClassForComparison`,
//! `getCommonClassForUnionAll`), `TypeInfoUtils.implicitConvertible`, `HiveDecimalUtils` and `GenericUDFOPNumeric*`.

mod arithmetic;
mod common;
mod names;

pub use arithmetic::{
    ArithmeticOp, ArithmeticTypes, arithmetic, bit_not, constant_decimal_type, is_integer, is_numeric, negative,
    no_matching_method,
};
pub use common::{
    common_decimal, common_type, comparison_type, decimal_of, implicitly_converts, is_complex, is_string, is_temporal,
    union_type,
};
pub use names::{hive_type_name, parse_type_name};
