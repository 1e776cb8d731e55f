//! Frames that slide, for accumulators that cannot take rows back.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::{FieldRef, Schema};
use datafusion_common::{Result as DfResult, ScalarValue, not_impl_err};
use datafusion_expr::Accumulator;
use datafusion_expr::function::AccumulatorArgs;
use datafusion_physical_expr::{PhysicalExpr, PhysicalSortExpr};

/// [`AccumulatorArgs`] that live on.
#[derive(Debug, Clone)]
pub(super) struct OwnedArgs {
    return_field: FieldRef,
    schema: Schema,
    ignore_nulls: bool,
    order_bys: Vec<PhysicalSortExpr>,
    is_reversed: bool,
    name: String,
    is_distinct: bool,
    exprs: Vec<Arc<dyn PhysicalExpr>>,
    expr_fields: Vec<FieldRef>,
}

impl OwnedArgs {
    pub(super) fn new(args: &AccumulatorArgs, is_distinct: bool) -> OwnedArgs {
        OwnedArgs {
            return_field: Arc::clone(&args.return_field),
            schema: args.schema.clone(),
            ignore_nulls: args.ignore_nulls,
            order_bys: args.order_bys.to_vec(),
            is_reversed: args.is_reversed,
            name: args.name.to_string(),
            is_distinct,
            exprs: args.exprs.to_vec(),
            expr_fields: args.expr_fields.to_vec(),
        }
    }

    /// Calls something with the arguments.
    pub(super) fn with<T>(&self, call: impl FnOnce(AccumulatorArgs) -> T) -> T {
        call(AccumulatorArgs {
            return_field: Arc::clone(&self.return_field),
            schema: &self.schema,
            ignore_nulls: self.ignore_nulls,
            order_bys: &self.order_bys,
            is_reversed: self.is_reversed,
            name: &self.name,
            is_distinct: self.is_distinct,
            exprs: &self.exprs,
            expr_fields: &self.expr_fields,
        })
    }

    /// The fields of the arguments.
    pub(super) fn fields(&self) -> &[FieldRef] {
        &self.expr_fields
    }
}

type Factory = Box<dyn Fn() -> DfResult<Box<dyn Accumulator>> + Send + Sync>;

/// Keeps the rows of the frame and computes every frame anew.
pub(super) struct Replay {
    factory: Factory,
    /// Argument columns of the rows in the frame, oldest first.
    batches: VecDeque<Vec<ArrayRef>>,
}

impl Replay {
    pub(super) fn new(factory: impl Fn() -> DfResult<Box<dyn Accumulator>> + Send + Sync + 'static) -> Replay {
        Replay { factory: Box::new(factory), batches: VecDeque::new() }
    }
}

impl fmt::Debug for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replay").field("batches", &self.batches.len()).finish_non_exhaustive()
    }
}

impl Accumulator for Replay {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DfResult<()> {
        if values.first().is_some_and(|column| !column.is_empty()) {
            self.batches.push_back(values.to_vec());
        }
        Ok(())
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> DfResult<()> {
        let mut rows = values.first().map_or(0, |column| column.len());
        while rows > 0 {
            let Some(mut batch) = self.batches.pop_front() else { break };
            let held = batch.first().map_or(0, |column| column.len());
            if held > rows {
                for column in &mut batch {
                    *column = column.slice(rows, held - rows);
                }
                self.batches.push_front(batch);
                break;
            }
            rows -= held;
        }
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> DfResult<ScalarValue> {
        let mut accumulator = (self.factory)()?;
        for batch in &self.batches {
            accumulator.update_batch(batch)?;
        }
        accumulator.evaluate()
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.batches.iter().flatten().map(|column| column.get_array_memory_size()).sum::<usize>()
    }

    fn state(&mut self) -> DfResult<Vec<ScalarValue>> {
        not_impl_err!("partial states of window frames")
    }

    fn merge_batch(&mut self, _states: &[ArrayRef]) -> DfResult<()> {
        not_impl_err!("partial states of window frames")
    }
}
