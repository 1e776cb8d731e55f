//! `count`: `GenericUDAFCount`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::datatypes::{DataType, FieldRef};
use datafusion_common::Result as DfResult;
use datafusion_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion_expr::{Accumulator, AggregateUDF, EmitTo, GroupsAccumulator};
use datafusion_functions_aggregate::count::count_udaf;

use super::function::{Behaviour, entry};
use crate::error::{Result, UdfError};
use crate::registry::FunctionEntry;

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![entry(
        "count",
        count(),
        "_FUNC_(*) - Returns the total number of retrieved rows, including rows containing NULL values.\n\
         _FUNC_(expr) - Returns the number of rows for which the supplied expression is non-NULL.\n\
         _FUNC_(DISTINCT expr[, expr...]) - Returns the number of rows for which the supplied expression(s) are unique \
         and non-NULL.",
        "",
    )]
}

/// The behaviour of `count`, for functions made of it.
pub(super) fn count() -> impl Behaviour {
    Count { native: count_udaf() }
}

/// Rows in which no argument is NULL. `count(*)` is a count of a constant.
#[derive(Debug)]
struct Count {
    native: Arc<AggregateUDF>,
}

impl Behaviour for Count {
    fn name(&self) -> &'static str {
        "count"
    }

    fn coerce(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        if types.is_empty() {
            return Err(UdfError::Argument("Argument expected".into()));
        }
        Ok(types.to_vec())
    }

    fn returns(&self, _types: &[DataType]) -> DfResult<DataType> {
        Ok(DataType::Int64)
    }

    fn nullable(&self) -> bool {
        false
    }

    fn handles_distinct(&self, types: &[DataType]) -> bool {
        matches!(types, [ty] if ty.is_primitive() || *ty == DataType::Utf8 || *ty == DataType::Binary)
            && !matches!(types, [DataType::Interval(_) | DataType::Duration(_)])
    }

    fn state_fields(&self, args: StateFieldsArgs) -> DfResult<Vec<FieldRef>> {
        self.native.inner().state_fields(args)
    }

    fn accumulator(&self, args: AccumulatorArgs) -> DfResult<Box<dyn Accumulator>> {
        self.native.inner().accumulator(args)
    }

    fn has_groups(&self, args: AccumulatorArgs) -> bool {
        args.exprs.len() > 1 && !args.is_distinct || self.native.inner().groups_accumulator_supported(args)
    }

    fn groups(&self, args: AccumulatorArgs) -> DfResult<Box<dyn GroupsAccumulator>> {
        let several = args.exprs.len() > 1;
        let inner = self.native.inner().create_groups_accumulator(args)?;
        Ok(if several { Box::new(CountRows { inner }) } else { inner })
    }

    fn sliding(&self, args: AccumulatorArgs) -> DfResult<Box<dyn Accumulator>> {
        if args.is_distinct {
            // DataFusion's sliding one misjudges nothing but its own partial state, which frames do not use.
            return self.native.inner().create_sliding_accumulator(args);
        }
        self.native.inner().accumulator(args)
    }

    fn native(&self) -> Option<&Arc<AggregateUDF>> {
        Some(&self.native)
    }
}

/// DataFusion's count of one column, over several.
struct CountRows {
    inner: Box<dyn GroupsAccumulator>,
}

/// A column that is NULL where one of the columns is.
fn merged(values: &[ArrayRef]) -> Vec<ArrayRef> {
    let rows = values.first().map_or(0, |column| column.len());
    let nulls =
        values.iter().fold(None, |nulls, column| NullBuffer::union(nulls.as_ref(), column.logical_nulls().as_ref()));
    vec![Arc::new(BooleanArray::new(BooleanBuffer::new_set(rows), nulls))]
}

impl GroupsAccumulator for CountRows {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> DfResult<()> {
        self.inner.update_batch(&merged(values), group_indices, opt_filter, total_num_groups)
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> DfResult<ArrayRef> {
        self.inner.evaluate(emit_to)
    }

    fn state(&mut self, emit_to: EmitTo) -> DfResult<Vec<ArrayRef>> {
        self.inner.state(emit_to)
    }

    fn merge_batch(&mut self, values: &[ArrayRef], group_indices: &[usize], total_num_groups: usize) -> DfResult<()> {
        self.inner.merge_batch(values, group_indices, total_num_groups)
    }

    fn convert_to_state(&self, values: &[ArrayRef], opt_filter: Option<&BooleanArray>) -> DfResult<Vec<ArrayRef>> {
        self.inner.convert_to_state(&merged(values), opt_filter)
    }

    fn size(&self) -> usize {
        self.inner.size()
    }
}
