//! Functions of many rows a row (`LATERAL VIEW explode(…)`, `SELECT inline(…)`).
//!
//! Each is a scalar function to `array<struct<its columns>>` in truth, which the plan unnests.

mod explode;
mod stack;
mod tuple;

use std::fmt::Debug;
use std::sync::Arc;

use arrow::array::{ArrayRef, ListArray, StructArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field, Fields};
use datafusion_common::ScalarValue;
use datafusion_expr::ScalarUDF;

use crate::error::{Result, UdfError};
use crate::registry::{Function, FunctionEntry};
use crate::scalar::{Call, ReturnArgs, Scalar};

/// A function that gives any number of rows for each input row.
pub trait TableFunction: Debug + Send + Sync {
    /// Name in lower case.
    fn name(&self) -> &str;

    /// Names and types of the columns. `literals` holds the constants among the arguments.
    fn return_columns(&self, args: &[DataType], literals: &[Option<ScalarValue>]) -> Result<Vec<(String, DataType)>>;

    /// A scalar function from the same arguments to `List<Struct<columns>>`: the rows of one input row. Its
    /// `coerce_types` gives the types the arguments are cast to.
    fn as_list(&self) -> Arc<ScalarUDF>;
}

/// Every table function.
pub fn all() -> Vec<FunctionEntry> {
    [explode::functions(), stack::functions(), tuple::functions()].into_iter().flatten().collect()
}

/// Names and types of the columns of a table function.
type Columns = Vec<(String, DataType)>;

/// A table function made of plain functions, as [`Scalar`] is for scalar ones.
struct Rows {
    name: &'static str,
    coerce: fn(&str, &[DataType]) -> Result<Vec<DataType>>,
    columns: fn(&ReturnArgs) -> Result<Columns>,
    /// [`columns_type`] of `columns`.
    returns: fn(&ReturnArgs) -> Result<DataType>,
    eval: fn(&Call) -> Result<ArrayRef>,
}

impl Rows {
    fn entry(self, usage: &'static str) -> FunctionEntry {
        FunctionEntry { name: self.name, aliases: &[], usage, extended: "", function: Function::Table(Arc::new(self)) }
    }
}

impl Debug for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows").field("name", &self.name).finish_non_exhaustive()
    }
}

impl TableFunction for Rows {
    fn name(&self) -> &str {
        self.name
    }

    fn return_columns(&self, args: &[DataType], literals: &[Option<ScalarValue>]) -> Result<Vec<(String, DataType)>> {
        let constants: Vec<Option<&ScalarValue>> = literals.iter().map(Option::as_ref).collect();
        (self.columns)(&ReturnArgs { types: args, constants: &constants })
    }

    fn as_list(&self) -> Arc<ScalarUDF> {
        Scalar::new(self.name, self.coerce, self.returns, self.eval).udf()
    }
}

/// `array<struct<columns>>`.
fn columns_type(columns: Vec<(String, DataType)>) -> Result<DataType> {
    let fields: Fields = columns.into_iter().map(|(name, ty)| Field::new(name, ty, true)).collect();
    Ok(DataType::new_list(DataType::Struct(fields), true))
}

/// The fields of the rows that a call gives.
fn row_fields(call: &Call) -> Option<&Fields> {
    match call.return_type() {
        DataType::List(item) => match item.data_type() {
            DataType::Struct(fields) => Some(fields),
            _ => None,
        },
        _ => None,
    }
}

/// The types of the columns that a call gives.
fn column_types(call: &Call) -> Vec<DataType> {
    row_fields(call).map(|fields| fields.iter().map(|field| field.data_type().clone()).collect()).unwrap_or_default()
}

/// The result of a call: rows by column, and which of them belong to which input row.
fn list_of_structs(
    call: &Call,
    columns: Vec<ArrayRef>,
    offsets: OffsetBuffer<i32>,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef> {
    let Some(fields) = row_fields(call) else {
        return Err(UdfError::Execution(format!("{} gives rows", call.name())));
    };
    let rows: ArrayRef = Arc::new(StructArray::try_new(fields.clone(), columns, None)?);
    let field = Arc::new(Field::new_list_field(rows.data_type().clone(), true));
    Ok(Arc::new(ListArray::try_new(field, offsets, rows, nulls)?))
}

#[cfg(test)]
mod tests;
