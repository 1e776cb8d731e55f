//! `avg`: `GenericUDAFAverage`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Decimal128Array};
use arrow::datatypes::{DataType, Decimal128Type, Decimal256Type, FieldRef, UInt64Type, i256};
use datafusion_common::{Result as DfResult, ScalarValue, internal_err};
use datafusion_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion_expr::{Accumulator, AggregateUDF, EmitTo, GroupsAccumulator};
use datafusion_functions_aggregate::average::avg_udaf;

use super::check::{numeric_or_string, one_argument};
use super::double::DoubleSum;
use super::function::{Behaviour, entry};
use crate::error::Result;
use crate::registry::FunctionEntry;
use crate::text::fits;

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![entry("avg", average(), "_FUNC_(x) - Returns the mean of a set of numbers", "")]
}

/// The behaviour of `avg`, for functions made of it.
pub(super) fn average() -> impl Behaviour {
    Average { native: avg_udaf() }
}

/// Decimals average to four more digits of scale, all else to `double`.
#[derive(Debug)]
struct Average {
    native: Arc<AggregateUDF>,
}

impl Behaviour for Average {
    fn name(&self) -> &'static str {
        "avg"
    }

    fn coerce(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        one_argument(types)?;
        numeric_or_string(types, 0)?;
        let coerced = |ty: &DataType| match ty {
            DataType::Decimal128(_, _) => ty.clone(),
            _ => DataType::Float64,
        };
        Ok(types.iter().map(coerced).collect())
    }

    fn returns(&self, types: &[DataType]) -> DfResult<DataType> {
        Ok(match types.first() {
            Some(DataType::Decimal128(precision, scale)) => {
                let whole = precision.saturating_sub(scale.unsigned_abs());
                let scale = scale.unsigned_abs().saturating_add(4).min(38 - whole.min(38));
                DataType::Decimal128(whole + scale, scale as i8)
            }
            _ => DataType::Float64,
        })
    }

    fn handles_distinct(&self, types: &[DataType]) -> bool {
        !matches!(types, [DataType::Decimal128(_, _)])
    }

    fn state_fields(&self, args: StateFieldsArgs) -> DfResult<Vec<FieldRef>> {
        self.native.inner().state_fields(args)
    }

    fn accumulator(&self, args: AccumulatorArgs) -> DfResult<Box<dyn Accumulator>> {
        if *args.return_type() == DataType::Float64 && !args.is_distinct {
            return Ok(Box::new(DoubleSum::average()));
        }
        let target = Target::of(&args);
        let inner = self.native.inner().accumulator(args)?;
        Ok(match target {
            Some(target) => Box::new(DecimalAverage { inner, target }),
            None => inner,
        })
    }

    fn has_groups(&self, args: AccumulatorArgs) -> bool {
        self.native.inner().groups_accumulator_supported(args)
    }

    fn groups(&self, args: AccumulatorArgs) -> DfResult<Box<dyn GroupsAccumulator>> {
        let target = Target::of(&args);
        let inner = self.native.inner().create_groups_accumulator(args)?;
        Ok(match target {
            Some(target) => Box::new(DecimalAverageGroups { inner, target }),
            None => inner,
        })
    }

    fn native(&self) -> Option<&Arc<AggregateUDF>> {
        Some(&self.native)
    }
}

/// How the average of decimals is made of their sum and their number.
#[derive(Debug, Clone, Copy)]
struct Target {
    precision: u8,
    scale: i8,
    /// `10^(scale - scale of the sum)`.
    factor: i256,
}

impl Target {
    fn of(args: &AccumulatorArgs) -> Option<Target> {
        let DataType::Decimal128(precision, scale) = args.return_type() else { return None };
        let DataType::Decimal128(_, input) = args.expr_fields.first()?.data_type() else { return None };
        let shift = u32::try_from(scale - input).ok()?;
        Some(Target { precision: *precision, scale: *scale, factor: i256::from_i128(10).checked_pow(shift)? })
    }

    /// Rounds half up, away from zero.
    fn divide(&self, sum: i256, count: u64) -> Option<i128> {
        let scaled = sum.checked_mul(self.factor)?;
        let divisor = i256::from_i128(i128::from(count));
        let quotient = scaled.checked_div(divisor)?;
        let rest = scaled.checked_rem(divisor)?.wrapping_abs();
        let rounded = if rest.wrapping_add(rest) >= divisor {
            quotient.wrapping_add(if scaled.is_negative() { i256::MINUS_ONE } else { i256::ONE })
        } else {
            quotient
        };
        rounded.to_i128().filter(|value| fits(*value, self.precision))
    }

    fn divide_all(&self, counts: &ArrayRef, sums: &ArrayRef) -> DfResult<ArrayRef> {
        let Some(counts) = counts.as_primitive_opt::<UInt64Type>() else {
            return internal_err!("avg: the count is {}", counts.data_type());
        };
        let count = |row: usize| if counts.is_valid(row) { counts.value(row) } else { 0 };
        let average = |row: usize, sum: Option<i256>| match count(row) {
            0 => None,
            count => self.divide(sum?, count),
        };
        let averages: Decimal128Array = if let Some(sums) = sums.as_primitive_opt::<Decimal128Type>() {
            sums.iter().enumerate().map(|(row, sum)| average(row, sum.map(i256::from_i128))).collect()
        } else if let Some(sums) = sums.as_primitive_opt::<Decimal256Type>() {
            sums.iter().enumerate().map(|(row, sum)| average(row, sum)).collect()
        } else {
            return internal_err!("avg: the sum is {}", sums.data_type());
        };
        Ok(Arc::new(averages.with_precision_and_scale(self.precision, self.scale)?))
    }
}

/// One group of decimals: DataFusion's count and sum, Hive's division.
#[derive(Debug)]
struct DecimalAverage {
    inner: Box<dyn Accumulator>,
    target: Target,
}

impl Accumulator for DecimalAverage {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DfResult<()> {
        self.inner.update_batch(values)
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DfResult<()> {
        self.inner.merge_batch(states)
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> DfResult<()> {
        self.inner.retract_batch(values)
    }

    fn supports_retract_batch(&self) -> bool {
        self.inner.supports_retract_batch()
    }

    fn evaluate(&mut self) -> DfResult<ScalarValue> {
        let state = self.inner.state()?;
        let [count, sum] = state.as_slice() else { return internal_err!("avg: a state of {} values", state.len()) };
        let averages = self.target.divide_all(&count.to_array()?, &sum.to_array()?)?;
        ScalarValue::try_from_array(&averages, 0)
    }

    fn state(&mut self) -> DfResult<Vec<ScalarValue>> {
        self.inner.state()
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.inner.size()
    }
}

/// Many groups of decimals.
struct DecimalAverageGroups {
    inner: Box<dyn GroupsAccumulator>,
    target: Target,
}

impl GroupsAccumulator for DecimalAverageGroups {
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
        let state = self.inner.state(emit_to)?;
        let [counts, sums] = state.as_slice() else { return internal_err!("avg: a state of {} values", state.len()) };
        self.target.divide_all(counts, sums)
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
