//! The rows of a `FROM` that several branches of an `INSERT` read.

use arrow::datatypes::SchemaRef;
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableSource};
use skep_warehouse::scan::has_subquery;

/// What a branch has in the place of its `FROM`: a table whose columns are those of the source's plan. It takes conditions,
/// so that those of the branches can be told and asked of the source.
#[derive(Debug)]
pub struct SharedRows {
    schema: SchemaRef,
}

impl SharedRows {
    /// What the table is called in plans.
    pub const NAME: &'static str = "shared_source";

    /// Rows with these columns.
    pub fn new(schema: SchemaRef) -> Self {
        Self { schema }
    }

    /// Which of these conditions are taken: those that can be asked of the source as they are.
    pub fn pushdown(filters: &[&Expr]) -> Vec<TableProviderFilterPushDown> {
        let taken = |filter: &&Expr| match filter.is_volatile() || has_subquery(filter) {
            true => TableProviderFilterPushDown::Unsupported,
            // They are asked together with those of the other branches.
            false => TableProviderFilterPushDown::Inexact,
        };
        filters.iter().map(taken).collect()
    }
}

impl TableSource for SharedRows {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(Self::pushdown(filters))
    }
}
