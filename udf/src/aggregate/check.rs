//! Checks of the arguments, with the messages of Hive's `GenericUDAF…` classes.

use arrow::datatypes::DataType;

use crate::error::Result;
use crate::scalar::check::{is_primitive, type_error, type_name};

/// "Exactly one argument is expected."
pub(super) fn one_argument(types: &[DataType]) -> Result<()> {
    if types.len() == 1 {
        return Ok(());
    }
    type_error(types.len().saturating_sub(1), "Exactly one argument is expected.")
}

/// "Exactly two arguments are expected."
pub(super) fn two_arguments(types: &[DataType]) -> Result<()> {
    if types.len() == 2 {
        return Ok(());
    }
    type_error(types.len().saturating_sub(1), "Exactly two arguments are expected.")
}

/// "Only primitive type arguments are accepted but … is passed."
pub(super) fn primitive(types: &[DataType], index: usize) -> Result<()> {
    match types.get(index) {
        Some(ty) if !is_primitive(ty) => {
            type_error(index, format!("Only primitive type arguments are accepted but {} is passed.", type_name(ty)))
        }
        _ => Ok(()),
    }
}

/// Whether `sum`, `avg` and the statistics take a type, strings aside.
pub(super) fn is_numeric(ty: &DataType) -> bool {
    ty.is_numeric() || matches!(ty, DataType::Timestamp(_, None))
}

/// "Only numeric or string type arguments are accepted but … is passed."
pub(super) fn numeric_or_string(types: &[DataType], index: usize) -> Result<()> {
    primitive(types, index)?;
    match types.get(index) {
        Some(ty) if !is_numeric(ty) && *ty != DataType::Utf8 => type_error(
            index,
            format!("Only numeric or string type arguments are accepted but {} is passed.", type_name(ty)),
        ),
        _ => Ok(()),
    }
}

/// Whether Hive can compare values of a type: all but maps and what holds maps.
pub(super) fn is_comparable(ty: &DataType) -> bool {
    match ty {
        DataType::Map(_, _) => false,
        DataType::List(item) => is_comparable(item.data_type()),
        DataType::Struct(fields) => fields.iter().all(|field| is_comparable(field.data_type())),
        _ => true,
    }
}
