//! `min` and `max`: `GenericUDAFMin`, `GenericUDAFMax`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, make_comparator, new_empty_array};
use arrow::compute::{SortOptions, concat};
use arrow::datatypes::{DataType, FieldRef};
use datafusion_common::{Result as DfResult, ScalarValue};
use datafusion_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion_expr::{Accumulator, AggregateUDF, GroupsAccumulator};
use datafusion_functions_aggregate::min_max::{max_udaf, min_udaf};

use super::check::{is_comparable, one_argument};
use super::function::{Behaviour, entry};
use crate::error::Result;
use crate::registry::FunctionEntry;
use crate::scalar::check::type_error;

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        entry(
            "max",
            Extreme { name: "max", native: max_udaf() },
            "_FUNC_(expr) - Returns the maximum value of expr",
            "",
        ),
        entry(
            "min",
            Extreme { name: "min", native: min_udaf() },
            "_FUNC_(expr) - Returns the minimum value of expr",
            "",
        ),
    ]
}

/// The least or the greatest value, NULLs aside.
#[derive(Debug)]
struct Extreme {
    name: &'static str,
    native: Arc<AggregateUDF>,
}

impl Behaviour for Extreme {
    fn name(&self) -> &'static str {
        self.name
    }

    fn coerce(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        one_argument(types)?;
        if !types.iter().all(is_comparable) {
            return type_error(0, "Cannot support comparison of map<> type or complex type containing map<>.");
        }
        Ok(types.to_vec())
    }

    fn returns(&self, types: &[DataType]) -> DfResult<DataType> {
        Ok(types.first().cloned().unwrap_or(DataType::Null))
    }

    fn handles_distinct(&self, _types: &[DataType]) -> bool {
        true
    }

    fn state_fields(&self, args: StateFieldsArgs) -> DfResult<Vec<FieldRef>> {
        self.native.inner().state_fields(args)
    }

    fn accumulator(&self, args: AccumulatorArgs) -> DfResult<Box<dyn Accumulator>> {
        if args.return_type().is_nested() {
            let best = new_empty_array(args.return_type());
            return Ok(Box::new(NestedExtreme { greatest: self.name == "max", best }));
        }
        self.native.inner().accumulator(args)
    }

    fn has_groups(&self, args: AccumulatorArgs) -> bool {
        !args.return_type().is_nested() && self.native.inner().groups_accumulator_supported(args)
    }

    fn groups(&self, args: AccumulatorArgs) -> DfResult<Box<dyn GroupsAccumulator>> {
        self.native.inner().create_groups_accumulator(args)
    }

    fn sliding(&self, args: AccumulatorArgs) -> DfResult<Box<dyn Accumulator>> {
        if args.return_type().is_nested() {
            return self.accumulator(args);
        }
        self.native.inner().create_sliding_accumulator(args)
    }

    fn native(&self) -> Option<&Arc<AggregateUDF>> {
        Some(&self.native)
    }
}

/// One group of structs, arrays or unions. NULLs within them are never the extreme: they are greater than all values
/// for `min`, less than all for `max`.
#[derive(Debug)]
struct NestedExtreme {
    greatest: bool,
    /// No value or one.
    best: ArrayRef,
}

impl Accumulator for NestedExtreme {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DfResult<()> {
        let Some(column) = values.first().filter(|column| column.null_count() < column.len()) else { return Ok(()) };
        let all = concat(&[self.best.as_ref(), column.as_ref()])?;
        let options = SortOptions { descending: false, nulls_first: self.greatest };
        let compare = make_comparator(all.as_ref(), all.as_ref(), options)?;
        let mut best: Option<usize> = None;
        for row in (0..all.len()).filter(|row| all.is_valid(*row)) {
            let order = best.map(|best| compare(row, best));
            if order.is_none_or(|order| if self.greatest { order.is_gt() } else { order.is_lt() }) {
                best = Some(row);
            }
        }
        if let Some(best) = best {
            self.best = concat(&[all.slice(best, 1).as_ref()])?;
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DfResult<()> {
        self.update_batch(states)
    }

    fn evaluate(&mut self) -> DfResult<ScalarValue> {
        if self.best.is_empty() {
            return ScalarValue::try_from(self.best.data_type());
        }
        ScalarValue::try_from_array(&self.best, 0)
    }

    fn state(&mut self) -> DfResult<Vec<ScalarValue>> {
        Ok(vec![self.evaluate()?])
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.best.get_array_memory_size()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{AsArray, Int32Array, StructArray};
    use arrow::datatypes::{Field, Fields, Int32Type};
    use std::sync::Arc;

    fn structs(rows: &[(Option<i32>, i32)]) -> ArrayRef {
        let fields: Fields =
            vec![Field::new("f", DataType::Int32, true), Field::new("g", DataType::Int32, true)].into();
        let f: Int32Array = rows.iter().map(|(f, _)| *f).collect();
        let g: Int32Array = rows.iter().map(|(_, g)| Some(*g)).collect();
        Arc::new(StructArray::new(fields, vec![Arc::new(f), Arc::new(g)], None))
    }

    #[test]
    fn nulls_within_are_never_the_extreme() {
        for greatest in [false, true] {
            let batches = [structs(&[(None, 1)]), structs(&[(Some(1), 2)]), structs(&[(Some(-2), 3), (None, 9)])];
            let mut extreme = NestedExtreme { greatest, best: new_empty_array(batches[0].data_type()) };
            for batch in &batches {
                extreme.update_batch(&[Arc::clone(batch)]).unwrap();
            }
            let mut merged = NestedExtreme { greatest, best: new_empty_array(batches[0].data_type()) };
            merged.merge_batch(&[extreme.state().unwrap()[0].to_array().unwrap()]).unwrap();
            let best = merged.evaluate().unwrap().to_array().unwrap();
            let f = best.as_struct().column(0).as_primitive::<Int32Type>().value(0);
            assert_eq!(f, if greatest { 1 } else { -2 });
        }
    }
}
