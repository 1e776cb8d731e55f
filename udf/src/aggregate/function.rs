//! DataFusion's aggregate made of a [`Behaviour`].

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::datatypes::{DataType, FieldRef};
use datafusion_common::{Result as DfResult, ScalarValue};
use datafusion_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion_expr::utils::AggregateOrderSensitivity;
use datafusion_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, GroupsAccumulator, ReversedUDAF, SetMonotonicity, Signature,
    StatisticsArgs, Volatility,
};

use super::distinct::{DistinctAccumulator, DistinctGroups};
use super::sliding::{OwnedArgs, Replay};
use crate::error::Result;
use crate::registry::{Function, FunctionEntry};

/// What makes an aggregate function Hive's: its types and its accumulators.
pub(super) trait Behaviour: fmt::Debug + Send + Sync + 'static {
    /// The name in lower case (see [`sum`](super::sum) for the exception).
    fn name(&self) -> &'static str;

    /// Argument types → the types the arguments are cast to, or Hive's error. Types that have been coerced stay.
    fn coerce(&self, types: &[DataType]) -> Result<Vec<DataType>>;

    /// Coerced types → the result's type.
    fn returns(&self, types: &[DataType]) -> DfResult<DataType>;

    /// Whether the result can be NULL.
    fn nullable(&self) -> bool {
        true
    }

    /// Whether the accumulators look at `is_distinct` (or may ignore it); otherwise repeated arguments are held back.
    fn handles_distinct(&self, _types: &[DataType]) -> bool {
        false
    }

    /// Fields of the state between the partial and the final aggregation.
    fn state_fields(&self, args: StateFieldsArgs) -> DfResult<Vec<FieldRef>>;

    /// An accumulator of one group.
    fn accumulator(&self, args: AccumulatorArgs) -> DfResult<Box<dyn Accumulator>>;

    /// Whether there is an accumulator of many groups.
    fn has_groups(&self, _args: AccumulatorArgs) -> bool {
        false
    }

    /// An accumulator of many groups.
    fn groups(&self, args: AccumulatorArgs) -> DfResult<Box<dyn GroupsAccumulator>>;

    /// An accumulator of one group for frames that slide. One that cannot retract is replaced by one that computes
    /// every frame anew.
    fn sliding(&self, args: AccumulatorArgs) -> DfResult<Box<dyn Accumulator>> {
        self.accumulator(args)
    }

    /// DataFusion's function whose statistics, monotonicity and order hold for this one too.
    fn native(&self) -> Option<&Arc<AggregateUDF>> {
        None
    }
}

/// An aggregate function of Hive.
#[derive(Debug, Clone)]
pub(super) struct HiveAggregate {
    behaviour: Arc<dyn Behaviour>,
    signature: Signature,
}

impl HiveAggregate {
    pub(super) fn new(behaviour: impl Behaviour) -> HiveAggregate {
        HiveAggregate { behaviour: Arc::new(behaviour), signature: Signature::user_defined(Volatility::Immutable) }
    }
}

/// An entry of the registry.
pub(super) fn entry(
    name: &'static str,
    behaviour: impl Behaviour,
    usage: &'static str,
    extended: &'static str,
) -> FunctionEntry {
    let udaf = AggregateUDF::new_from_impl(HiveAggregate::new(behaviour));
    FunctionEntry { name, aliases: &[], usage, extended, function: Function::Aggregate(Arc::new(udaf)) }
}

impl PartialEq for HiveAggregate {
    fn eq(&self, other: &HiveAggregate) -> bool {
        self.behaviour.name() == other.behaviour.name()
    }
}

impl Eq for HiveAggregate {}

impl Hash for HiveAggregate {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.behaviour.name().hash(state);
    }
}

impl HiveAggregate {
    fn holds_back(&self, args: &AccumulatorArgs) -> bool {
        args.is_distinct && !self.behaviour.handles_distinct(&types_of(args.expr_fields))
    }

    fn native_impl(&self) -> Option<&Arc<dyn AggregateUDFImpl>> {
        self.behaviour.native().map(|udaf| udaf.inner())
    }
}

fn types_of(fields: &[FieldRef]) -> Vec<DataType> {
    fields.iter().map(|field| field.data_type().clone()).collect()
}

impl AggregateUDFImpl for HiveAggregate {
    fn name(&self) -> &str {
        self.behaviour.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> DfResult<Vec<DataType>> {
        Ok(self.behaviour.coerce(arg_types)?)
    }

    fn return_type(&self, arg_types: &[DataType]) -> DfResult<DataType> {
        self.behaviour.returns(arg_types)
    }

    fn is_nullable(&self) -> bool {
        self.behaviour.nullable()
    }

    fn state_fields(&self, args: StateFieldsArgs) -> DfResult<Vec<FieldRef>> {
        if args.is_distinct && !self.behaviour.handles_distinct(&types_of(args.input_fields)) {
            return Ok(super::distinct::state_fields(&args));
        }
        self.behaviour.state_fields(args)
    }

    fn accumulator(&self, args: AccumulatorArgs) -> DfResult<Box<dyn Accumulator>> {
        if self.holds_back(&args) {
            let owned = OwnedArgs::new(&args, false);
            return Ok(Box::new(DistinctAccumulator::try_new(Arc::clone(&self.behaviour), owned)?));
        }
        self.behaviour.accumulator(args)
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs) -> bool {
        self.holds_back(&args) || self.behaviour.has_groups(args)
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs) -> DfResult<Box<dyn GroupsAccumulator>> {
        if self.holds_back(&args) {
            let owned = OwnedArgs::new(&args, false);
            return Ok(Box::new(DistinctGroups::try_new(Arc::clone(&self.behaviour), owned)?));
        }
        self.behaviour.groups(args)
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs) -> DfResult<Box<dyn Accumulator>> {
        let owned = OwnedArgs::new(&args, args.is_distinct);
        if !self.holds_back(&args) {
            let accumulator = self.behaviour.sliding(args)?;
            if accumulator.supports_retract_batch() {
                return Ok(accumulator);
            }
        }
        let this = self.clone();
        Ok(Box::new(Replay::new(move || owned.with(|args| this.accumulator(args)))))
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        match self.native_impl().map(|native| native.reverse_expr()) {
            Some(ReversedUDAF::Identical) => ReversedUDAF::Identical,
            _ => ReversedUDAF::NotSupported,
        }
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        match self.native_impl() {
            Some(native) => native.order_sensitivity(),
            None => AggregateOrderSensitivity::HardRequirement,
        }
    }

    fn is_descending(&self) -> Option<bool> {
        self.native_impl()?.is_descending()
    }

    fn value_from_stats(&self, statistics_args: &StatisticsArgs) -> Option<ScalarValue> {
        // The extremes of structs that statistics know put NULLs within them first.
        if statistics_args.return_type.is_nested() {
            return None;
        }
        self.native_impl()?.value_from_stats(statistics_args)
    }

    fn default_value(&self, data_type: &DataType) -> DfResult<ScalarValue> {
        match self.native_impl() {
            Some(native) => native.default_value(data_type),
            None => ScalarValue::try_from(data_type),
        }
    }

    fn set_monotonicity(&self, data_type: &DataType) -> SetMonotonicity {
        self.native_impl().map_or(SetMonotonicity::NotMonotonic, |native| native.set_monotonicity(data_type))
    }
}
