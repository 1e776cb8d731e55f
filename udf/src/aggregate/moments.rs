//! Aggregates that keep a few numbers a group, and the accumulators of all of them.

use std::fmt;
use std::mem;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array};
use arrow::datatypes::{DataType, Field, FieldRef, Float64Type};
use datafusion_common::{Result as DfResult, ScalarValue, internal_datafusion_err};
use datafusion_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion_expr::utils::format_state_name;
use datafusion_expr::{Accumulator, EmitTo, GroupsAccumulator};

use super::function::Behaviour;
use super::grouped::rows_to_add;
use crate::error::Result;

/// Some numbers that stand for the rows of a group. The formulas are Hive's, so that results agree to the last digit
/// where rows come in the same order.
pub(super) trait Moments: Default + Copy + fmt::Debug + Send + Sync + 'static {
    /// Names of the numbers.
    const FIELDS: &'static [&'static str];

    /// Adds a row; a function of one argument has it twice.
    fn add(&mut self, first: f64, second: f64);

    /// Adds the rows that another one stands for.
    fn merge(&mut self, other: &Self);

    /// The numbers, in the order of the names.
    fn numbers(&self) -> Vec<f64>;

    /// The moments from their numbers.
    fn from_numbers(number: impl Fn(usize) -> f64) -> Self;
}

/// A function of the moments of numbers or of pairs of numbers.
pub(super) struct Statistic<M> {
    name: &'static str,
    coerce: fn(&[DataType]) -> Result<Vec<DataType>>,
    finish: fn(&M) -> Option<f64>,
}

impl<M> Statistic<M> {
    pub(super) fn new(
        name: &'static str,
        coerce: fn(&[DataType]) -> Result<Vec<DataType>>,
        finish: fn(&M) -> Option<f64>,
    ) -> Statistic<M> {
        Statistic { name, coerce, finish }
    }
}

impl<M> fmt::Debug for Statistic<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Statistic").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<M: Moments> Behaviour for Statistic<M> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn coerce(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        (self.coerce)(types)
    }

    fn returns(&self, _types: &[DataType]) -> DfResult<DataType> {
        Ok(DataType::Float64)
    }

    fn state_fields(&self, args: StateFieldsArgs) -> DfResult<Vec<FieldRef>> {
        let field = |name: &&str| Arc::new(Field::new(format_state_name(args.name, name), DataType::Float64, false));
        Ok(M::FIELDS.iter().map(field).collect())
    }

    fn accumulator(&self, _args: AccumulatorArgs) -> DfResult<Box<dyn Accumulator>> {
        Ok(Box::new(One { moments: M::default(), finish: self.finish }))
    }

    fn has_groups(&self, _args: AccumulatorArgs) -> bool {
        true
    }

    fn groups(&self, _args: AccumulatorArgs) -> DfResult<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(Many { moments: Vec::<M>::new(), finish: self.finish }))
    }
}

/// The columns of doubles behind arguments or states.
fn doubles(values: &[ArrayRef]) -> DfResult<Vec<&Float64Array>> {
    values
        .iter()
        .map(|column| {
            column
                .as_primitive_opt::<Float64Type>()
                .ok_or_else(|| internal_datafusion_err!("expected doubles, got {}", column.data_type()))
        })
        .collect()
}

fn each_row(
    values: &[ArrayRef],
    filter: Option<&BooleanArray>,
    mut visit: impl FnMut(usize, f64, f64),
) -> DfResult<()> {
    let columns = doubles(values)?;
    let (Some(first), Some(second)) = (columns.first(), columns.last()) else { return Ok(()) };
    for (row, _) in rows_to_add(values, true, |_| 0, filter) {
        let row = row as usize;
        visit(row, first.value(row), second.value(row));
    }
    Ok(())
}

fn each_state<M: Moments>(states: &[ArrayRef], mut visit: impl FnMut(usize, M)) -> DfResult<()> {
    let columns = doubles(states)?;
    let number = |row: usize, field: usize| columns.get(field).map_or(0.0, |column| column.value(row));
    for row in 0..columns.first().map_or(0, |column| column.len()) {
        visit(row, M::from_numbers(|field| number(row, field)));
    }
    Ok(())
}

fn state_columns<M: Moments>(moments: &[M]) -> Vec<ArrayRef> {
    let mut columns = vec![Vec::with_capacity(moments.len()); M::FIELDS.len()];
    for moments in moments {
        for (column, number) in columns.iter_mut().zip(moments.numbers()) {
            column.push(number);
        }
    }
    columns.into_iter().map(|column| Arc::new(Float64Array::from(column)) as ArrayRef).collect()
}

/// One group.
#[derive(Debug)]
struct One<M> {
    moments: M,
    finish: fn(&M) -> Option<f64>,
}

impl<M: Moments> Accumulator for One<M> {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DfResult<()> {
        each_row(values, None, |_, first, second| self.moments.add(first, second))
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DfResult<()> {
        each_state(states, |_, state| self.moments.merge(&state))
    }

    fn evaluate(&mut self) -> DfResult<ScalarValue> {
        Ok(ScalarValue::Float64((self.finish)(&self.moments)))
    }

    fn state(&mut self) -> DfResult<Vec<ScalarValue>> {
        Ok(self.moments.numbers().into_iter().map(|number| ScalarValue::Float64(Some(number))).collect())
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }
}

/// Many groups.
struct Many<M> {
    moments: Vec<M>,
    finish: fn(&M) -> Option<f64>,
}

impl<M: Moments> GroupsAccumulator for Many<M> {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> DfResult<()> {
        self.moments.resize(total_num_groups, M::default());
        each_row(values, opt_filter, |row, first, second| {
            if let Some(moments) = group_indices.get(row).and_then(|group| self.moments.get_mut(*group)) {
                moments.add(first, second);
            }
        })
    }

    fn merge_batch(&mut self, values: &[ArrayRef], group_indices: &[usize], total_num_groups: usize) -> DfResult<()> {
        self.moments.resize(total_num_groups, M::default());
        each_state(values, |row, state| {
            if let Some(moments) = group_indices.get(row).and_then(|group| self.moments.get_mut(*group)) {
                moments.merge(&state);
            }
        })
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> DfResult<ArrayRef> {
        let moments = emit_to.take_needed(&mut self.moments);
        Ok(Arc::new(moments.iter().map(self.finish).collect::<Float64Array>()))
    }

    fn state(&mut self, emit_to: EmitTo) -> DfResult<Vec<ArrayRef>> {
        Ok(state_columns(&emit_to.take_needed(&mut self.moments)))
    }

    fn convert_to_state(&self, values: &[ArrayRef], opt_filter: Option<&BooleanArray>) -> DfResult<Vec<ArrayRef>> {
        let mut moments = vec![M::default(); values.first().map_or(0, |column| column.len())];
        each_row(values, opt_filter, |row, first, second| {
            if let Some(moments) = moments.get_mut(row) {
                moments.add(first, second);
            }
        })?;
        Ok(state_columns(&moments))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.moments.capacity() * mem::size_of::<M>()
    }
}
