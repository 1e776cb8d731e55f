//! `regr_count`, `regr_avgx` and `regr_avgy`: other functions over the pairs without NULL.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, make_array};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, FieldRef};
use datafusion_common::{Result as DfResult, ScalarValue, internal_datafusion_err};
use datafusion_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion_expr::{Accumulator, EmitTo, GroupsAccumulator};

use super::average::average;
use super::count::count;
use super::covariance::check_regression;
use super::function::{Behaviour, entry};
use crate::error::Result;
use crate::registry::FunctionEntry;

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        entry(
            "regr_count",
            OverPairs { name: "regr_count", side: 0, inner: Arc::new(count()) },
            "_FUNC_(y,x) - returns the number of non-null pairs",
            "The function takes as arguments any pair of numeric types and returns a long.\n\
             Any pair with a NULL is ignored.",
        ),
        entry(
            "regr_avgx",
            OverPairs { name: "regr_avgx", side: 1, inner: Arc::new(average()) },
            "_FUNC_(y,x) - evaluates the average of the independent variable",
            "The function takes as arguments any pair of numeric types and returns a double.\n\
             Any pair with a NULL is ignored.\n\
             If applied to an empty set: NULL is returned.\n\
             Otherwise, it computes the following:\n   \
             AVG(X)",
        ),
        entry(
            "regr_avgy",
            OverPairs { name: "regr_avgy", side: 0, inner: Arc::new(average()) },
            "_FUNC_(y,x) - evaluates the average of the dependent variable",
            "The function takes as arguments any pair of numeric types and returns a double.\n\
             Any pair with a NULL is ignored.\n\
             If applied to an empty set: NULL is returned.\n\
             Otherwise, it computes the following:\n   \
             AVG(Y)",
        ),
    ]
}

/// A function of one argument over one side of the pairs in which nothing is NULL.
#[derive(Debug)]
struct OverPairs {
    name: &'static str,
    side: usize,
    inner: Arc<dyn Behaviour>,
}

impl OverPairs {
    fn with<T>(&self, args: AccumulatorArgs, call: impl FnOnce(AccumulatorArgs) -> T) -> T {
        let side = self.side..self.side + 1;
        call(AccumulatorArgs {
            exprs: args.exprs.get(side.clone()).unwrap_or_default(),
            expr_fields: args.expr_fields.get(side).unwrap_or_default(),
            ..args
        })
    }
}

impl Behaviour for OverPairs {
    fn name(&self) -> &'static str {
        self.name
    }

    fn coerce(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        check_regression(types)?;
        let coerced = |ty: &DataType| match ty {
            DataType::Decimal128(_, _) => ty.clone(),
            _ => DataType::Float64,
        };
        Ok(types.iter().map(coerced).collect())
    }

    fn returns(&self, types: &[DataType]) -> DfResult<DataType> {
        self.inner.returns(types.get(self.side..).unwrap_or_default())
    }

    fn nullable(&self) -> bool {
        self.inner.nullable()
    }

    fn state_fields(&self, args: StateFieldsArgs) -> DfResult<Vec<FieldRef>> {
        let input_fields = args.input_fields.get(self.side..self.side + 1).unwrap_or_default();
        self.inner.state_fields(StateFieldsArgs { input_fields, ..args })
    }

    fn accumulator(&self, args: AccumulatorArgs) -> DfResult<Box<dyn Accumulator>> {
        let inner = self.with(args, |args| self.inner.accumulator(args))?;
        Ok(Box::new(PairAccumulator { inner, side: self.side }))
    }

    fn has_groups(&self, args: AccumulatorArgs) -> bool {
        self.with(args, |args| self.inner.has_groups(args))
    }

    fn groups(&self, args: AccumulatorArgs) -> DfResult<Box<dyn GroupsAccumulator>> {
        let inner = self.with(args, |args| self.inner.groups(args))?;
        Ok(Box::new(PairGroups { inner, side: self.side }))
    }
}

/// One side of the pairs, NULL where either side is.
fn side(values: &[ArrayRef], side: usize) -> DfResult<Vec<ArrayRef>> {
    let column = values.get(side).ok_or_else(|| internal_datafusion_err!("a pair has two sides"))?;
    let nulls =
        values.iter().fold(None, |nulls, column| NullBuffer::union(nulls.as_ref(), column.logical_nulls().as_ref()));
    let data = column.to_data().into_builder().nulls(nulls).build()?;
    Ok(vec![make_array(data)])
}

#[derive(Debug)]
struct PairAccumulator {
    inner: Box<dyn Accumulator>,
    side: usize,
}

impl Accumulator for PairAccumulator {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DfResult<()> {
        self.inner.update_batch(&side(values, self.side)?)
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DfResult<()> {
        self.inner.merge_batch(states)
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> DfResult<()> {
        self.inner.retract_batch(&side(values, self.side)?)
    }

    fn supports_retract_batch(&self) -> bool {
        self.inner.supports_retract_batch()
    }

    fn evaluate(&mut self) -> DfResult<ScalarValue> {
        self.inner.evaluate()
    }

    fn state(&mut self) -> DfResult<Vec<ScalarValue>> {
        self.inner.state()
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.inner.size()
    }
}

struct PairGroups {
    inner: Box<dyn GroupsAccumulator>,
    side: usize,
}

impl GroupsAccumulator for PairGroups {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> DfResult<()> {
        self.inner.update_batch(&side(values, self.side)?, group_indices, opt_filter, total_num_groups)
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
        self.inner.convert_to_state(&side(values, self.side)?, opt_filter)
    }

    fn size(&self) -> usize {
        self.inner.size()
    }
}
