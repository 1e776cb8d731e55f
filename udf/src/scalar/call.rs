//! The arguments of one evaluation of a scalar function.

use std::sync::Arc;

use arrow::array::timezone::Tz;
use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, PrimitiveArray, StringArray};
use arrow::datatypes::DataType;
use datafusion_common::ScalarValue;
use datafusion_common::config::ConfigOptions;
use datafusion_expr::{ColumnarValue, ScalarFunctionArgs};

use crate::error::{Result, UdfError};
use crate::text::session_zone;

/// The arguments of one evaluation: columns or constants, all of [`Call::rows`] rows.
#[derive(Debug)]
pub struct Call {
    name: &'static str,
    args: Vec<ColumnarValue>,
    rows: usize,
    return_type: DataType,
    config: Arc<ConfigOptions>,
}

impl Call {
    pub(super) fn new(name: &'static str, args: ScalarFunctionArgs, rows: usize) -> Call {
        Call {
            name,
            return_type: args.return_field.data_type().clone(),
            args: args.args,
            rows,
            config: args.config_options,
        }
    }

    /// Name of the function that is called.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Number of rows to compute.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of arguments.
    pub fn len(&self) -> usize {
        self.args.len()
    }

    /// Whether there are no arguments.
    pub fn is_empty(&self) -> bool {
        self.args.is_empty()
    }

    /// The type of the result, as the plan has it.
    pub fn return_type(&self) -> &DataType {
        &self.return_type
    }

    /// The type of an argument.
    pub fn arg_type(&self, index: usize) -> DataType {
        self.args.get(index).map_or(DataType::Null, ColumnarValue::data_type)
    }

    /// The session's options.
    pub fn config(&self) -> &ConfigOptions {
        &self.config
    }

    /// The session's time zone.
    pub fn time_zone(&self) -> Tz {
        session_zone(&self.config)
    }

    /// The constant behind an argument, `None` for a column. A constant may be NULL.
    pub fn constant(&self, index: usize) -> Option<&ScalarValue> {
        match self.args.get(index) {
            Some(ColumnarValue::Scalar(value)) => Some(value),
            _ => None,
        }
    }

    /// The constant text behind an argument; `None` for a column and for NULL.
    pub fn constant_str(&self, index: usize) -> Option<&str> {
        self.constant(index)?.try_as_str().flatten()
    }

    /// An argument as an array of [`Call::rows`] rows, constants repeated.
    pub fn array(&self, index: usize) -> Result<ArrayRef> {
        match self.args.get(index) {
            Some(ColumnarValue::Array(array)) => Ok(Arc::clone(array)),
            Some(ColumnarValue::Scalar(value)) => Ok(value.to_array_of_size(self.rows)?),
            None => Err(self.missing(index)),
        }
    }

    /// All arguments as arrays of [`Call::rows`] rows.
    pub fn arrays(&self) -> Result<Vec<ArrayRef>> {
        (0..self.len()).map(|index| self.array(index)).collect()
    }

    /// An argument without repeating constants.
    pub fn column(&self, index: usize) -> Result<Column> {
        match self.args.get(index) {
            Some(ColumnarValue::Array(array)) => Ok(Column { array: Arc::clone(array), constant: false }),
            Some(ColumnarValue::Scalar(value)) => Ok(Column { array: value.to_array_of_size(1)?, constant: true }),
            None => Err(self.missing(index)),
        }
    }

    /// A string argument (`Utf8`).
    pub fn strings(&self, index: usize) -> Result<Strings> {
        let column = self.column(index)?;
        let array = column.array.as_string_opt::<i32>().ok_or_else(|| self.wrong_type(index))?.clone();
        Ok(Strings { array, constant: column.constant })
    }

    /// An argument of a primitive Arrow type (`Int32Type`, `Float64Type`, `Date32Type`, `Decimal128Type`…).
    pub fn primitives<T: ArrowPrimitiveType>(&self, index: usize) -> Result<Primitives<T>> {
        let column = self.column(index)?;
        let array = column.array.as_primitive_opt::<T>().ok_or_else(|| self.wrong_type(index))?.clone();
        Ok(Primitives { array, constant: column.constant })
    }

    fn missing(&self, index: usize) -> UdfError {
        UdfError::ArgumentLength(format!("{} has no argument {}", self.name, index + 1))
    }

    fn wrong_type(&self, index: usize) -> UdfError {
        UdfError::ArgumentType {
            index,
            message: format!("{}: unexpected type {} of argument {}", self.name, self.arg_type(index), index + 1),
        }
    }
}

/// An argument of any type: `array` holds one row only where it is a constant.
#[derive(Debug, Clone)]
pub struct Column {
    /// The values.
    pub array: ArrayRef,
    /// Whether `array` holds the one value of all rows.
    pub constant: bool,
}

impl Column {
    /// Where the value of a row stands in `array`.
    pub fn index(&self, row: usize) -> usize {
        if self.constant { 0 } else { row }
    }

    /// Whether a row is NULL.
    pub fn is_null(&self, row: usize) -> bool {
        self.array.is_null(self.index(row))
    }
}

/// A string argument.
#[derive(Debug, Clone)]
pub struct Strings {
    array: StringArray,
    constant: bool,
}

impl Strings {
    /// The text of a row.
    pub fn get(&self, row: usize) -> Option<&str> {
        let index = if self.constant { 0 } else { row };
        self.array.is_valid(index).then(|| self.array.value(index))
    }

    /// Whether it is one value for all rows.
    pub fn is_constant(&self) -> bool {
        self.constant
    }
}

/// An argument of a primitive type.
#[derive(Debug, Clone)]
pub struct Primitives<T: ArrowPrimitiveType> {
    array: PrimitiveArray<T>,
    constant: bool,
}

impl<T: ArrowPrimitiveType> Primitives<T> {
    /// The value of a row.
    pub fn get(&self, row: usize) -> Option<T::Native> {
        let index = if self.constant { 0 } else { row };
        self.array.is_valid(index).then(|| self.array.value(index))
    }

    /// The values; one row only where [`Primitives::is_constant`].
    pub fn array(&self) -> &PrimitiveArray<T> {
        &self.array
    }

    /// Whether it is one value for all rows.
    pub fn is_constant(&self) -> bool {
        self.constant
    }
}
