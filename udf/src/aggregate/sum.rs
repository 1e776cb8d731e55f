//! `sum`: `GenericUDAFSum`.

use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Decimal128Array};
use arrow::datatypes::{DataType, Decimal128Type, Field, FieldRef, i256};
use datafusion_common::{Result as DfResult, ScalarValue, not_impl_err};
use datafusion_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion_expr::utils::format_state_name;
use datafusion_expr::{Accumulator, AggregateUDF, EmitTo, GroupsAccumulator};
use datafusion_functions_aggregate::sum::sum_udaf;
use datafusion_functions_aggregate_common::aggregate::groups_accumulator::prim_op::PrimitiveGroupsAccumulator;

use super::check::{numeric_or_string, one_argument};
use super::double::DoubleSum;
use super::function::{Behaviour, entry};
use crate::error::Result;
use crate::registry::FunctionEntry;

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        entry("sum", Sum { native: sum_udaf() }, "_FUNC_(x) - Returns the sum of a set of numbers", ""),
        entry(
            "$sum0",
            SumOrZero(Sum { native: sum_udaf() }),
            "_FUNC_(x) - Returns the sum of a set of numbers, zero if empty",
            "",
        ),
    ]
}

/// Integers sum up to `bigint` and wrap as Java's do, decimals to ten more digits, all else to `double`.
///
/// Its name within plans is `SUM`: DataFusion's rewrite of a single `DISTINCT` takes what is called `sum` for a
/// function whose result type is that of its argument, which fails on decimals.
#[derive(Debug)]
struct Sum {
    native: Arc<AggregateUDF>,
}

impl Behaviour for Sum {
    fn name(&self) -> &'static str {
        "SUM"
    }

    fn coerce(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        one_argument(types)?;
        numeric_or_string(types, 0)?;
        Ok(types
            .iter()
            .map(|ty| match ty {
                ty if ty.is_integer() => DataType::Int64,
                DataType::Decimal128(_, _) => ty.clone(),
                _ => DataType::Float64,
            })
            .collect())
    }

    fn returns(&self, types: &[DataType]) -> DfResult<DataType> {
        Ok(match types.first() {
            Some(DataType::Decimal128(precision, scale)) => {
                DataType::Decimal128(precision.saturating_add(10).min(38), *scale)
            }
            Some(DataType::Int64) => DataType::Int64,
            _ => DataType::Float64,
        })
    }

    fn handles_distinct(&self, types: &[DataType]) -> bool {
        !matches!(types, [DataType::Decimal128(_, _)])
    }

    fn state_fields(&self, args: StateFieldsArgs) -> DfResult<Vec<FieldRef>> {
        if let DataType::Decimal128(_, scale) = args.return_field.data_type() {
            let ty = DataType::Decimal128(38, *scale);
            return Ok(vec![Arc::new(Field::new(format_state_name(args.name, "sum"), ty, true))]);
        }
        self.native.inner().state_fields(args)
    }

    fn accumulator(&self, args: AccumulatorArgs) -> DfResult<Box<dyn Accumulator>> {
        match args.return_type() {
            DataType::Decimal128(precision, scale) => {
                Ok(Box::new(DecimalSum { sum: i256::ZERO, count: 0, precision: *precision, scale: *scale }))
            }
            DataType::Float64 if !args.is_distinct => Ok(Box::new(DoubleSum::sum())),
            _ => self.native.inner().accumulator(args),
        }
    }

    fn has_groups(&self, args: AccumulatorArgs) -> bool {
        !args.is_distinct
    }

    fn groups(&self, args: AccumulatorArgs) -> DfResult<Box<dyn GroupsAccumulator>> {
        match args.return_type() {
            DataType::Decimal128(precision, scale) => Ok(Box::new(DecimalSumGroups::new(*precision, *scale))),
            _ => self.native.inner().create_groups_accumulator(args),
        }
    }

    fn sliding(&self, args: AccumulatorArgs) -> DfResult<Box<dyn Accumulator>> {
        match args.return_type() {
            DataType::Decimal128(_, _) | DataType::Float64 => self.accumulator(args),
            _ => self.native.inner().create_sliding_accumulator(args),
        }
    }

    fn native(&self) -> Option<&Arc<AggregateUDF>> {
        Some(&self.native)
    }
}

/// `$SUM0`: a sum that is zero where there is nothing to add (`GenericUDAFSumEmptyIsZero`).
#[derive(Debug)]
struct SumOrZero(Sum);

impl Behaviour for SumOrZero {
    fn name(&self) -> &'static str {
        "$sum0"
    }

    fn coerce(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        self.0.coerce(types)
    }

    fn returns(&self, types: &[DataType]) -> DfResult<DataType> {
        self.0.returns(types)
    }

    fn state_fields(&self, args: StateFieldsArgs) -> DfResult<Vec<FieldRef>> {
        self.0.state_fields(args)
    }

    fn accumulator(&self, args: AccumulatorArgs) -> DfResult<Box<dyn Accumulator>> {
        Ok(Box::new(OrZero(self.0.accumulator(args)?)))
    }

    fn groups(&self, _args: AccumulatorArgs) -> DfResult<Box<dyn GroupsAccumulator>> {
        not_impl_err!("$sum0 over many groups at once")
    }
}

/// One group; NULL becomes zero.
#[derive(Debug)]
struct OrZero(Box<dyn Accumulator>);

impl Accumulator for OrZero {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DfResult<()> {
        self.0.update_batch(values)
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> DfResult<()> {
        self.0.retract_batch(values)
    }

    fn supports_retract_batch(&self) -> bool {
        self.0.supports_retract_batch()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DfResult<()> {
        self.0.merge_batch(states)
    }

    fn evaluate(&mut self) -> DfResult<ScalarValue> {
        let sum = self.0.evaluate()?;
        if sum.is_null() { ScalarValue::new_zero(&sum.data_type()) } else { Ok(sum) }
    }

    fn state(&mut self) -> DfResult<Vec<ScalarValue>> {
        self.0.state()
    }

    fn size(&self) -> usize {
        self.0.size()
    }
}

/// Stands for a sum of more than 38 digits in partial states; the result is NULL.
const TOO_LARGE: i128 = i128::MAX;
const LIMIT: u128 = 10_u128.pow(38);

fn add_decimals(sum: &mut i128, value: i128) {
    if *sum == TOO_LARGE || value == TOO_LARGE {
        *sum = TOO_LARGE;
        return;
    }
    *sum = match sum.checked_add(value) {
        Some(next) if next.unsigned_abs() < LIMIT => next,
        _ => TOO_LARGE,
    };
}

/// One group of decimals.
#[derive(Debug)]
struct DecimalSum {
    sum: i256,
    count: usize,
    precision: u8,
    scale: i8,
}

impl DecimalSum {
    fn total(values: &[ArrayRef]) -> (i256, usize) {
        let Some(column) = values.first().and_then(|values| values.as_primitive_opt::<Decimal128Type>()) else {
            return (i256::ZERO, 0);
        };
        let (mut total, mut part) = (i256::ZERO, 0_i128);
        for value in column.iter().flatten() {
            match part.checked_add(value) {
                Some(sum) => part = sum,
                None => {
                    total = total.wrapping_add(i256::from_i128(part));
                    part = value;
                }
            }
        }
        (total.wrapping_add(i256::from_i128(part)), column.len() - column.null_count())
    }

    fn value(&self) -> Option<i128> {
        (self.count > 0).then(|| match self.sum.to_i128() {
            Some(sum) if sum.unsigned_abs() < LIMIT => sum,
            _ => TOO_LARGE,
        })
    }
}

impl Accumulator for DecimalSum {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DfResult<()> {
        let (total, count) = DecimalSum::total(values);
        self.sum = self.sum.wrapping_add(total);
        self.count += count;
        Ok(())
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> DfResult<()> {
        let (total, count) = DecimalSum::total(values);
        self.sum = self.sum.wrapping_sub(total);
        self.count = self.count.saturating_sub(count);
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DfResult<()> {
        self.update_batch(states)
    }

    fn evaluate(&mut self) -> DfResult<ScalarValue> {
        let value = self.value().filter(|sum| *sum != TOO_LARGE);
        Ok(ScalarValue::Decimal128(value, self.precision, self.scale))
    }

    fn state(&mut self) -> DfResult<Vec<ScalarValue>> {
        Ok(vec![ScalarValue::Decimal128(self.value(), 38, self.scale)])
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }
}

type AddDecimals = fn(&mut i128, i128);

/// Many groups of decimals.
struct DecimalSumGroups {
    inner: PrimitiveGroupsAccumulator<Decimal128Type, AddDecimals>,
    precision: u8,
    scale: i8,
}

impl DecimalSumGroups {
    fn new(precision: u8, scale: i8) -> DecimalSumGroups {
        let state = DataType::Decimal128(38, scale);
        DecimalSumGroups {
            inner: PrimitiveGroupsAccumulator::new(&state, add_decimals as AddDecimals),
            precision,
            scale,
        }
    }
}

impl fmt::Debug for DecimalSumGroups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DecimalSumGroups({}, {})", self.precision, self.scale)
    }
}

impl GroupsAccumulator for DecimalSumGroups {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> DfResult<()> {
        self.inner.update_batch(values, group_indices, opt_filter, total_num_groups)
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> DfResult<ArrayRef> {
        let sums = self.inner.evaluate(emit_to)?;
        let sums = sums.as_primitive::<Decimal128Type>();
        let checked: Decimal128Array = if sums.values().contains(&TOO_LARGE) {
            sums.iter().map(|sum| sum.filter(|sum| *sum != TOO_LARGE)).collect()
        } else {
            sums.clone()
        };
        Ok(Arc::new(checked.with_precision_and_scale(self.precision, self.scale)?))
    }

    fn state(&mut self, emit_to: EmitTo) -> DfResult<Vec<ArrayRef>> {
        self.inner.state(emit_to)
    }

    fn merge_batch(&mut self, values: &[ArrayRef], group_indices: &[usize], total_num_groups: usize) -> DfResult<()> {
        self.inner.merge_batch(values, group_indices, total_num_groups)
    }

    fn convert_to_state(&self, values: &[ArrayRef], opt_filter: Option<&BooleanArray>) -> DfResult<Vec<ArrayRef>> {
        self.inner.convert_to_state(values, opt_filter)
    }

    fn size(&self) -> usize {
        self.inner.size()
    }
}
