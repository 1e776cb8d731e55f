//! `collect_list` and `collect_set`: `GenericUDAFMkCollectionEvaluator`.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion_common::{Result as DfResult, ScalarValue};
use datafusion_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion_expr::utils::format_state_name;
use datafusion_expr::{Accumulator, EmitTo, GroupsAccumulator};

use super::check::one_argument;
use super::function::{Behaviour, entry};
use super::grouped::{GroupedRows, GroupedValues, Store, emit, list_scalar, lists, rows_to_add, unlist};
use crate::error::Result;
use crate::registry::FunctionEntry;

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        entry(
            "collect_list",
            Collect { name: "collect_list", set: false },
            "_FUNC_(x) - Returns a list of objects with duplicates",
            "",
        ),
        entry(
            "collect_set",
            Collect { name: "collect_set", set: true },
            "_FUNC_(x) - Returns a set of objects with duplicate elements eliminated",
            "",
        ),
    ]
}

/// The values of a group as an array: NULLs left out, in the order of arrival; no rows give the empty array.
#[derive(Debug)]
struct Collect {
    name: &'static str,
    set: bool,
}

fn item(data_type: &DataType) -> FieldRef {
    Arc::new(Field::new_list_field(data_type.clone(), true))
}

impl Collect {
    fn collector(&self, args: &AccumulatorArgs) -> DfResult<Collector> {
        let data_type = args.expr_fields.first().map_or(DataType::Null, |field| field.data_type().clone());
        let item = item(&data_type);
        let store: Box<dyn Store> = if self.set || args.is_distinct {
            Box::new(GroupedRows::try_new(&[data_type])?)
        } else {
            Box::new(GroupedValues::new(data_type))
        };
        Ok(Collector { store, item, total: 0 })
    }
}

impl Behaviour for Collect {
    fn name(&self) -> &'static str {
        self.name
    }

    fn coerce(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        one_argument(types)?;
        Ok(types.to_vec())
    }

    fn returns(&self, types: &[DataType]) -> DfResult<DataType> {
        Ok(DataType::List(item(types.first().unwrap_or(&DataType::Null))))
    }

    fn handles_distinct(&self, _types: &[DataType]) -> bool {
        true
    }

    fn state_fields(&self, args: StateFieldsArgs) -> DfResult<Vec<FieldRef>> {
        let name = format_state_name(args.name, self.name);
        Ok(vec![Arc::new(Field::new(name, args.return_field.data_type().clone(), true))])
    }

    fn accumulator(&self, args: AccumulatorArgs) -> DfResult<Box<dyn Accumulator>> {
        Ok(Box::new(self.collector(&args)?))
    }

    fn has_groups(&self, _args: AccumulatorArgs) -> bool {
        true
    }

    fn groups(&self, args: AccumulatorArgs) -> DfResult<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(self.collector(&args)?))
    }
}

/// Both kinds of accumulator.
#[derive(Debug)]
struct Collector {
    store: Box<dyn Store>,
    item: FieldRef,
    total: usize,
}

impl Accumulator for Collector {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DfResult<()> {
        self.store.add(values, &rows_to_add(values, true, |_| 0, None))
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DfResult<()> {
        let (columns, _) = unlist(states)?;
        Accumulator::update_batch(self, &columns)
    }

    fn evaluate(&mut self) -> DfResult<ScalarValue> {
        let rows = self.store.rows()?;
        match rows.columns.first() {
            Some(column) => list_scalar(column, Arc::clone(&self.item)),
            None => ScalarValue::try_from(DataType::List(Arc::clone(&self.item))),
        }
    }

    fn state(&mut self) -> DfResult<Vec<ScalarValue>> {
        Ok(vec![Accumulator::evaluate(self)?])
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.store.size()
    }
}

impl GroupsAccumulator for Collector {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> DfResult<()> {
        self.total = total_num_groups;
        let rows = rows_to_add(values, true, |row| group_indices.get(row).copied().unwrap_or(0), opt_filter);
        self.store.add(values, &rows)
    }

    fn merge_batch(&mut self, values: &[ArrayRef], group_indices: &[usize], total_num_groups: usize) -> DfResult<()> {
        self.total = total_num_groups;
        let (columns, lists) = unlist(values)?;
        let group_of = |row: usize| lists.get(row).and_then(|list| group_indices.get(*list)).copied().unwrap_or(0);
        let rows = rows_to_add(&columns, true, group_of, None);
        self.store.add(&columns, &rows)
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> DfResult<ArrayRef> {
        let total = match emit_to {
            EmitTo::All => self.total,
            EmitTo::First(count) => count,
        };
        self.total -= total;
        let rows = emit(self.store.as_mut(), emit_to)?;
        match rows.columns.first() {
            Some(column) => lists(column, &rows.groups, total, Arc::clone(&self.item)),
            None => Ok(arrow::array::new_null_array(&DataType::List(Arc::clone(&self.item)), total)),
        }
    }

    fn state(&mut self, emit_to: EmitTo) -> DfResult<Vec<ArrayRef>> {
        Ok(vec![GroupsAccumulator::evaluate(self, emit_to)?])
    }

    fn convert_to_state(&self, values: &[ArrayRef], opt_filter: Option<&BooleanArray>) -> DfResult<Vec<ArrayRef>> {
        let rows = rows_to_add(values, true, |row| row, opt_filter);
        let groups: Vec<usize> = rows.iter().map(|(_, group)| *group).collect();
        let indices = UInt32Array::from(rows.iter().map(|(row, _)| *row).collect::<Vec<_>>());
        values
            .iter()
            .map(|column| lists(&take(column, &indices, None)?, &groups, column.len(), Arc::clone(&self.item)))
            .collect()
    }

    fn size(&self) -> usize {
        Accumulator::size(self)
    }
}
