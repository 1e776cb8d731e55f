//! Loops that the functions are made of: a closure a row, an Arrow array in the end.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, ArrowPrimitiveType, BinaryBuilder, BooleanArray, Decimal128Array, ListBuilder, PrimitiveArray,
    StringBuilder,
};
use arrow::datatypes::DataType;

use crate::error::Result;

/// Strings: the closure writes into a cleared buffer; `None` is NULL.
pub(crate) fn strings(rows: usize, mut value: impl FnMut(usize, &mut String) -> Option<()>) -> Result<ArrayRef> {
    try_strings(rows, |row, out| Ok(value(row, out)))
}

/// [`strings`] with errors.
pub(crate) fn try_strings(
    rows: usize,
    mut value: impl FnMut(usize, &mut String) -> Result<Option<()>>,
) -> Result<ArrayRef> {
    let mut builder = StringBuilder::with_capacity(rows, rows * 8);
    let mut buffer = String::new();
    for row in 0..rows {
        buffer.clear();
        match value(row, &mut buffer)? {
            Some(()) => builder.append_value(&buffer),
            None => builder.append_null(),
        }
    }
    Ok(Arc::new(builder.finish()))
}

/// Strings that stand inside other strings already.
pub(crate) fn slices<'a>(rows: usize, mut value: impl FnMut(usize) -> Option<&'a str>) -> Result<ArrayRef> {
    let mut builder = StringBuilder::with_capacity(rows, rows * 8);
    for row in 0..rows {
        builder.append_option(value(row));
    }
    Ok(Arc::new(builder.finish()))
}

/// Byte strings: the closure writes into a cleared buffer; `None` is NULL.
pub(crate) fn binaries(
    rows: usize,
    mut value: impl FnMut(usize, &mut Vec<u8>) -> Result<Option<()>>,
) -> Result<ArrayRef> {
    let mut builder = BinaryBuilder::with_capacity(rows, rows * 8);
    let mut buffer = Vec::new();
    for row in 0..rows {
        buffer.clear();
        match value(row, &mut buffer)? {
            Some(()) => builder.append_value(&buffer),
            None => builder.append_null(),
        }
    }
    Ok(Arc::new(builder.finish()))
}

/// Values of a primitive Arrow type.
pub(crate) fn primitives<T: ArrowPrimitiveType>(
    rows: usize,
    value: impl FnMut(usize) -> Option<T::Native>,
) -> Result<ArrayRef> {
    let array: PrimitiveArray<T> = (0..rows).map(value).collect();
    Ok(Arc::new(array))
}

/// [`primitives`] with errors.
pub(crate) fn try_primitives<T: ArrowPrimitiveType>(
    rows: usize,
    value: impl FnMut(usize) -> Result<Option<T::Native>>,
) -> Result<ArrayRef> {
    let array: PrimitiveArray<T> = (0..rows).map(value).collect::<Result<_>>()?;
    Ok(Arc::new(array))
}

/// Booleans.
pub(crate) fn booleans(rows: usize, value: impl FnMut(usize) -> Option<bool>) -> Result<ArrayRef> {
    Ok(Arc::new((0..rows).map(value).collect::<BooleanArray>()))
}

/// [`booleans`] with errors.
pub(crate) fn try_booleans(rows: usize, value: impl FnMut(usize) -> Result<Option<bool>>) -> Result<ArrayRef> {
    Ok(Arc::new((0..rows).map(value).collect::<Result<BooleanArray>>()?))
}

/// Decimals of the type `decimal(precision, scale)`; the closure gives unscaled values.
pub(crate) fn decimals(
    rows: usize,
    precision: u8,
    scale: i8,
    value: impl FnMut(usize) -> Option<i128>,
) -> Result<ArrayRef> {
    let array: Decimal128Array = (0..rows).map(value).collect();
    Ok(Arc::new(array.with_precision_and_scale(precision, scale)?))
}

/// `array<string>` values: the closure pushes the items; `false` is NULL.
pub(crate) fn string_lists(
    rows: usize,
    mut value: impl FnMut(usize, &mut StringBuilder) -> Result<bool>,
) -> Result<ArrayRef> {
    let mut builder = ListBuilder::new(StringBuilder::new());
    for row in 0..rows {
        let present = value(row, builder.values())?;
        builder.append(present);
    }
    Ok(Arc::new(builder.finish()))
}

/// The Arrow type of `array<item>`.
pub(crate) fn list_of(item: DataType) -> DataType {
    DataType::new_list(item, true)
}
