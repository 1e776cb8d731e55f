//! `min` and `max`: `GenericUDAFMin`, `GenericUDAFMax`.

use std::sync::Arc;

use arrow::datatypes::{DataType, FieldRef};
use datafusion_common::Result as DfResult;
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
        self.native.inner().accumulator(args)
    }

    fn has_groups(&self, args: AccumulatorArgs) -> bool {
        self.native.inner().groups_accumulator_supported(args)
    }

    fn groups(&self, args: AccumulatorArgs) -> DfResult<Box<dyn GroupsAccumulator>> {
        self.native.inner().create_groups_accumulator(args)
    }

    fn sliding(&self, args: AccumulatorArgs) -> DfResult<Box<dyn Accumulator>> {
        self.native.inner().create_sliding_accumulator(args)
    }

    fn native(&self) -> Option<&Arc<AggregateUDF>> {
        Some(&self.native)
    }
}
