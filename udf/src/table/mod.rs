//! Functions of many rows a row (`LATERAL VIEW explode(…)`, `SELECT inline(…)`).

use std::fmt::Debug;
use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion_common::ScalarValue;
use datafusion_expr::ScalarUDF;

use crate::error::Result;
use crate::registry::FunctionEntry;

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
    Vec::new()
}
