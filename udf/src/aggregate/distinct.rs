//! `DISTINCT` for any function of any number of arguments: each combination of arguments reaches the function once.

use std::fmt;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion_common::{Result as DfResult, ScalarValue};
use datafusion_expr::function::StateFieldsArgs;
use datafusion_expr::utils::format_state_name;
use datafusion_expr::{Accumulator, EmitTo, GroupsAccumulator};
use datafusion_functions_aggregate_common::aggregate::groups_accumulator::GroupsAccumulatorAdapter;

use super::function::Behaviour;
use super::grouped::{GroupedRows, Store, emit, list_scalar, lists, rows_to_add, unlist};
use super::sliding::OwnedArgs;

/// The state: a list for each argument.
pub(super) fn state_fields(args: &StateFieldsArgs) -> Vec<FieldRef> {
    let field = |(position, input): (usize, &FieldRef)| {
        let name = format_state_name(args.name, &format!("distinct{position}"));
        Arc::new(Field::new_list(name, item(input.data_type()), false))
    };
    args.input_fields.iter().enumerate().map(field).collect()
}

fn item(data_type: &DataType) -> FieldRef {
    Arc::new(Field::new_list_field(data_type.clone(), true))
}

fn items(args: &OwnedArgs) -> Vec<FieldRef> {
    args.fields().iter().map(|field| item(field.data_type())).collect()
}

fn store(args: &OwnedArgs) -> DfResult<GroupedRows> {
    let types: Vec<DataType> = args.fields().iter().map(|field| field.data_type().clone()).collect();
    GroupedRows::try_new(&types)
}

/// One group.
#[derive(Debug)]
pub(super) struct DistinctAccumulator {
    behaviour: Arc<dyn Behaviour>,
    args: OwnedArgs,
    store: GroupedRows,
}

impl DistinctAccumulator {
    pub(super) fn try_new(behaviour: Arc<dyn Behaviour>, args: OwnedArgs) -> DfResult<DistinctAccumulator> {
        let store = store(&args)?;
        Ok(DistinctAccumulator { behaviour, args, store })
    }
}

impl Accumulator for DistinctAccumulator {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DfResult<()> {
        self.store.add(values, &rows_to_add(values, false, |_| 0, None))
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DfResult<()> {
        let (columns, _) = unlist(states)?;
        self.update_batch(&columns)
    }

    fn evaluate(&mut self) -> DfResult<ScalarValue> {
        let mut accumulator = self.args.with(|args| self.behaviour.accumulator(args))?;
        accumulator.update_batch(&self.store.rows()?.columns)?;
        accumulator.evaluate()
    }

    fn state(&mut self) -> DfResult<Vec<ScalarValue>> {
        let columns = self.store.rows()?.columns;
        columns.iter().zip(items(&self.args)).map(|(column, item)| list_scalar(column, item)).collect()
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.store.size()
    }
}

/// Many groups.
pub(super) struct DistinctGroups {
    behaviour: Arc<dyn Behaviour>,
    args: OwnedArgs,
    store: GroupedRows,
    total: usize,
}

impl fmt::Debug for DistinctGroups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DistinctGroups").field("behaviour", &self.behaviour).finish_non_exhaustive()
    }
}

impl DistinctGroups {
    pub(super) fn try_new(behaviour: Arc<dyn Behaviour>, args: OwnedArgs) -> DfResult<DistinctGroups> {
        let store = store(&args)?;
        Ok(DistinctGroups { behaviour, args, store, total: 0 })
    }

    fn inner(&self) -> DfResult<Box<dyn GroupsAccumulator>> {
        if self.args.with(|args| self.behaviour.has_groups(args)) {
            return self.args.with(|args| self.behaviour.groups(args));
        }
        let (behaviour, args) = (Arc::clone(&self.behaviour), self.args.clone());
        Ok(Box::new(GroupsAccumulatorAdapter::new(move || args.with(|args| behaviour.accumulator(args)))))
    }

    fn emitted(&mut self, emit_to: EmitTo) -> usize {
        let emitted = match emit_to {
            EmitTo::All => self.total,
            EmitTo::First(count) => count,
        };
        self.total -= emitted;
        emitted
    }
}

impl GroupsAccumulator for DistinctGroups {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> DfResult<()> {
        self.total = total_num_groups;
        let rows = rows_to_add(values, false, |row| group_indices.get(row).copied().unwrap_or(0), opt_filter);
        self.store.add(values, &rows)
    }

    fn merge_batch(&mut self, values: &[ArrayRef], group_indices: &[usize], total_num_groups: usize) -> DfResult<()> {
        self.total = total_num_groups;
        let (columns, lists) = unlist(values)?;
        let group_of = |row: usize| lists.get(row).and_then(|list| group_indices.get(*list)).copied().unwrap_or(0);
        let rows = rows_to_add(&columns, false, group_of, None);
        self.store.add(&columns, &rows)
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> DfResult<ArrayRef> {
        let total = self.emitted(emit_to);
        let mut inner = self.inner()?;
        let rows = emit(&mut self.store, emit_to)?;
        inner.update_batch(&rows.columns, &rows.groups, None, total)?;
        inner.evaluate(EmitTo::All)
    }

    fn state(&mut self, emit_to: EmitTo) -> DfResult<Vec<ArrayRef>> {
        let total = self.emitted(emit_to);
        let rows = emit(&mut self.store, emit_to)?;
        rows.columns
            .iter()
            .zip(items(&self.args))
            .map(|(column, item)| lists(column, &rows.groups, total, item))
            .collect()
    }

    fn convert_to_state(&self, values: &[ArrayRef], opt_filter: Option<&BooleanArray>) -> DfResult<Vec<ArrayRef>> {
        let total = values.first().map_or(0, |column| column.len());
        let rows = rows_to_add(values, false, |row| row, opt_filter);
        let groups: Vec<usize> = rows.iter().map(|(_, group)| *group).collect();
        let indices = arrow::array::UInt32Array::from(rows.iter().map(|(row, _)| *row).collect::<Vec<_>>());
        values
            .iter()
            .zip(items(&self.args))
            .map(|(column, item)| lists(&arrow::compute::take(column, &indices, None)?, &groups, total, item))
            .collect()
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.store.size()
    }
}
