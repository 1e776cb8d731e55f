//! Exact percentiles: `UDAFPercentile`, `GenericUDAFPercentileCont`, `GenericUDAFPercentileDisc`.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array};
use arrow::datatypes::{DataType, Field, FieldRef, Float64Type, Int32Type, Int64Type};
use datafusion_common::{Result as DfResult, ScalarValue, internal_datafusion_err, not_impl_err};
use datafusion_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion_expr::utils::format_state_name;
use datafusion_expr::{Accumulator, GroupsAccumulator};

use super::function::{Behaviour, entry};
use super::grouped::{list_scalar, unlist};
use crate::error::{Result, UdfError};
use crate::registry::FunctionEntry;
use crate::scalar::check::{is_primitive, overload, type_error, type_name};

/// The direction argument of `percentile_cont(pc, column, direction, nulls)` (Hive's `DirectionUtils`).
const DESCENDING: i32 = 0;

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        entry(
            "percentile",
            Percentile { name: "percentile", coerce: coerce_percentile, discrete: false },
            "_FUNC_(expr, pc) - Returns the percentile(s) of expr at pc (range: [0,1]).pc can be a double or double array",
            "",
        ),
        entry(
            "percentile_cont",
            Percentile { name: "percentile_cont", coerce: coerce_within_group, discrete: false },
            "_FUNC_(input, pc) - Returns the percentile of expr at pc (range: [0,1]).",
            "",
        ),
        entry(
            "percentile_disc",
            Percentile { name: "percentile_disc", coerce: coerce_within_group, discrete: true },
            "_FUNC_(input, pc) - Returns the percentile of expr at pc (range: [0,1]) without interpolation.",
            "",
        ),
    ]
}

/// The value at a position among the sorted values, between two of them interpolated unless `discrete`.
///
/// `percentile_cont(pc) WITHIN GROUP (ORDER BY column DESC)` is, as in Hive, a call of four arguments: `pc`, the
/// column, the direction (1 ascending, 0 descending) and the place of NULLs (of no effect).
#[derive(Debug)]
struct Percentile {
    name: &'static str,
    coerce: fn(&[DataType]) -> Result<Vec<DataType>>,
    discrete: bool,
}

/// The type percentiles are cast to: double, or an array of doubles.
pub(super) fn fraction_type(ty: &DataType) -> DataType {
    match ty {
        DataType::List(_) => DataType::new_list(DataType::Float64, true),
        _ => DataType::Float64,
    }
}

fn coerce_percentile(types: &[DataType]) -> Result<Vec<DataType>> {
    let fits = |ty: &DataType| ty.is_numeric() || ty.is_null() || *ty == DataType::Utf8;
    match types {
        [value, fraction] if value.is_integer() || value.is_null() => match fraction {
            DataType::List(item) if fits(item.data_type()) => {
                return Ok(vec![DataType::Int64, fraction_type(fraction)]);
            }
            fraction if fits(fraction) => return Ok(vec![DataType::Int64, DataType::Float64]),
            _ => {}
        },
        _ => {}
    }
    let choices =
        [[DataType::Int64, DataType::new_list(DataType::Float64, true)], [DataType::Int64, DataType::Float64]];
    overload("UDAFPercentile", types, &choices.each_ref().map(|choice| choice.as_slice()))
}

fn coerce_within_group(types: &[DataType]) -> Result<Vec<DataType>> {
    let (value, fraction) = match types {
        [value, fraction] => (value, fraction),
        [fraction, value, _, _] => (value, fraction),
        _ => {
            let message = "Only 1 argument and a single order column reference expected.";
            return type_error(types.len().saturating_sub(1), message);
        }
    };
    if !is_primitive(value) {
        let message = format!("Only primitive type arguments are accepted but {} is passed.", type_name(value));
        return type_error(0, message);
    }
    let value = match value {
        value if value.is_integer() || value.is_null() => DataType::Int64,
        value if value.is_numeric() => DataType::Float64,
        value => {
            let message = format!("Only numeric arguments are accepted but {} is passed.", type_name(value));
            return type_error(0, message);
        }
    };
    let fraction = fraction_type(fraction);
    Ok(match types.len() {
        2 => vec![value, fraction],
        _ => vec![fraction, value, DataType::Int32, DataType::Int32],
    })
}

/// Where the value and the percentile stand among the arguments.
fn places(arguments: usize) -> (usize, usize) {
    if arguments == 4 { (1, 0) } else { (0, 1) }
}

impl Behaviour for Percentile {
    fn name(&self) -> &'static str {
        self.name
    }

    fn coerce(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        (self.coerce)(types)
    }

    fn returns(&self, types: &[DataType]) -> DfResult<DataType> {
        Ok(types.get(places(types.len()).1).map_or(DataType::Float64, fraction_type))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> DfResult<Vec<FieldRef>> {
        let value = args.input_fields.get(places(args.input_fields.len()).0);
        let value = value.map_or(DataType::Int64, |field| field.data_type().clone());
        let list = |name: &str, ty: DataType| -> FieldRef {
            Arc::new(Field::new_list(format_state_name(args.name, name), Field::new_list_field(ty, true), true))
        };
        Ok(vec![
            list("values", value),
            list("counts", DataType::Int64),
            list("percentiles", DataType::Float64),
            Arc::new(Field::new(format_state_name(args.name, "descending"), DataType::Boolean, true)),
        ])
    }

    fn accumulator(&self, args: AccumulatorArgs) -> DfResult<Box<dyn Accumulator>> {
        let (value, fraction) = places(args.expr_fields.len());
        let type_of = |index: usize| args.expr_fields.get(index).map(|field| field.data_type());
        Ok(Box::new(Counts {
            counts: HashMap::new(),
            fractions: Vec::new(),
            descending: args.order_bys.first().is_some_and(|sort| sort.options.descending),
            floats: type_of(value) == Some(&DataType::Float64),
            many: matches!(type_of(fraction), Some(DataType::List(_))),
            discrete: self.discrete,
        }))
    }

    fn groups(&self, _args: AccumulatorArgs) -> DfResult<Box<dyn GroupsAccumulator>> {
        not_impl_err!("{} over many groups at once", self.name)
    }
}

/// The percentiles of a row: a double or the doubles of a list. Must lie in `[0, 1]`.
pub(super) fn fractions_of(column: &ArrayRef, row: usize) -> DfResult<Vec<f64>> {
    let doubles = match column.as_list_opt::<i32>() {
        Some(list) => list.value(row),
        None => column.slice(row, 1),
    };
    let doubles = doubles
        .as_primitive_opt::<Float64Type>()
        .ok_or_else(|| internal_datafusion_err!("a percentile is a double, not {}", column.data_type()))?;
    Ok(doubles.iter().flatten().collect())
}

/// How often each value occurred in one group.
#[derive(Debug)]
struct Counts {
    /// By the bits of the `i64` or the `f64`.
    counts: HashMap<u64, i64>,
    fractions: Vec<f64>,
    descending: bool,
    floats: bool,
    many: bool,
    discrete: bool,
}

impl Counts {
    fn add(&mut self, column: &dyn Array, row: usize, count: i64) -> DfResult<()> {
        let bits = if let Some(values) = column.as_primitive_opt::<Int64Type>() {
            values.value(row).cast_unsigned()
        } else if let Some(values) = column.as_primitive_opt::<Float64Type>() {
            values.value(row).to_bits()
        } else {
            return Err(internal_datafusion_err!("percentiles of {}", column.data_type()));
        };
        *self.counts.entry(bits).or_insert(0) += count;
        Ok(())
    }

    fn value(&self, bits: u64) -> f64 {
        if self.floats { f64::from_bits(bits) } else { bits.cast_signed() as f64 }
    }

    /// Values with the number of values up to and with them.
    fn sorted(&self) -> Vec<(f64, i64)> {
        let mut entries: Vec<(u64, i64)> = self.counts.iter().map(|(bits, count)| (*bits, *count)).collect();
        if self.floats {
            entries.sort_by(|(left, _), (right, _)| f64::from_bits(*left).total_cmp(&f64::from_bits(*right)));
        } else {
            entries.sort_by_key(|(bits, _)| bits.cast_signed());
        }
        if self.descending {
            entries.reverse();
        }
        let mut total = 0;
        entries
            .into_iter()
            .map(|(bits, count)| {
                total += count;
                (self.value(bits), total)
            })
            .collect()
    }

    fn at(&self, sorted: &[(f64, i64)], fraction: f64) -> Option<f64> {
        let total = sorted.last()?.1;
        let position = (total - 1) as f64 * fraction;
        let (lower, higher) = (position.floor() as i64, position.ceil() as i64);
        let index = sorted.partition_point(|(_, count)| *count < lower + 1);
        let (lower_value, count) = *sorted.get(index)?;
        if higher == lower || count > higher {
            return Some(lower_value);
        }
        let (higher_value, _) = *sorted.get(index + 1)?;
        if self.discrete {
            return Some(higher_value);
        }
        Some((higher as f64 - position) * lower_value + (position - lower as f64) * higher_value)
    }
}

impl Accumulator for Counts {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DfResult<()> {
        let (value, fraction) = places(values.len());
        let (Some(column), Some(fractions)) = (values.get(value), values.get(fraction)) else { return Ok(()) };
        if let Some(direction) = values.get(2).and_then(|column| column.as_primitive_opt::<Int32Type>())
            && !direction.is_empty()
        {
            self.descending = direction.value(0) == DESCENDING;
        }
        let nulls = column.logical_nulls();
        for row in 0..column.len() {
            if self.fractions.is_empty() && fractions.is_valid(row) {
                self.fractions = fractions_of(fractions, row)?;
                if self.fractions.iter().any(|fraction| !(0.0..=1.0).contains(fraction)) {
                    let message = "Percentile value must be within the range of 0 to 1.";
                    return Err(UdfError::Execution(message.into()).into());
                }
            }
            if nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row)) {
                self.add(column.as_ref(), row, 1)?;
            }
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DfResult<()> {
        let [_, _, fractions, descending] = states else { return Ok(()) };
        if let Some(direction) = descending.as_boolean_opt().filter(|direction| !direction.is_empty()) {
            self.descending |= direction.is_valid(0) && direction.value(0);
        }
        for row in 0..fractions.len() {
            if self.fractions.is_empty() && fractions.is_valid(row) {
                self.fractions = fractions_of(fractions, row)?;
            }
        }
        let (columns, _) = unlist(states.get(..2).unwrap_or_default())?;
        let [values, counts] = columns.as_slice() else { return Ok(()) };
        let counts = counts.as_primitive::<Int64Type>();
        for (row, count) in counts.values().iter().enumerate() {
            self.add(values.as_ref(), row, *count)?;
        }
        Ok(())
    }

    fn evaluate(&mut self) -> DfResult<ScalarValue> {
        let sorted = self.sorted();
        if !self.many {
            let fraction = self.fractions.first().copied();
            return Ok(ScalarValue::Float64(fraction.and_then(|fraction| self.at(&sorted, fraction))));
        }
        if sorted.is_empty() {
            return ScalarValue::try_from(DataType::new_list(DataType::Float64, true));
        }
        let values: Float64Array = self.fractions.iter().map(|fraction| self.at(&sorted, *fraction)).collect();
        list_of(Arc::new(values))
    }

    fn state(&mut self) -> DfResult<Vec<ScalarValue>> {
        let (bits, counts): (Vec<u64>, Vec<i64>) = self.counts.iter().unzip();
        let values: ArrayRef = if self.floats {
            Arc::new(Float64Array::from_iter_values(bits.into_iter().map(f64::from_bits)))
        } else {
            Arc::new(Int64Array::from_iter_values(bits.into_iter().map(u64::cast_signed)))
        };
        Ok(vec![
            list_of(values)?,
            list_of(Arc::new(Int64Array::from(counts)))?,
            list_of(Arc::new(Float64Array::from(self.fractions.clone())))?,
            ScalarValue::Boolean(Some(self.descending)),
        ])
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.counts.capacity() * size_of::<(u64, i64)>()
    }
}

/// A list of one column.
pub(super) fn list_of(column: ArrayRef) -> DfResult<ScalarValue> {
    let item = Field::new_list_field(column.data_type().clone(), true);
    list_scalar(&column, Arc::new(item))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(many: bool, discrete: bool, descending: bool) -> Counts {
        Counts { counts: HashMap::new(), fractions: Vec::new(), descending, floats: false, many, discrete }
    }

    fn ints(values: &[Option<i64>]) -> ArrayRef {
        Arc::new(Int64Array::from(values.to_vec()))
    }

    #[test]
    fn interpolates_between_values() {
        let values = ints(&[Some(1), Some(2), None, Some(3), Some(10)]);
        let half: ArrayRef = Arc::new(Float64Array::from(vec![0.5; 5]));
        let mut exact = counts(false, false, false);
        exact.update_batch(&[Arc::clone(&values), Arc::clone(&half)]).unwrap();
        assert_eq!(exact.evaluate().unwrap(), ScalarValue::Float64(Some(2.5)));
        let mut discrete = counts(false, true, false);
        discrete.update_batch(&[values, half]).unwrap();
        assert_eq!(discrete.evaluate().unwrap(), ScalarValue::Float64(Some(3.0)));
        assert_eq!(counts(false, false, false).evaluate().unwrap(), ScalarValue::Float64(None));
    }

    #[test]
    fn merges_parts() {
        let third: ArrayRef = Arc::new(Float64Array::from(vec![0.25, 0.25]));
        let mut left = counts(false, false, true);
        left.update_batch(&[ints(&[Some(1), Some(1)]), Arc::clone(&third)]).unwrap();
        let mut right = counts(false, false, true);
        right.update_batch(&[ints(&[Some(5), Some(9)]), third]).unwrap();
        let mut whole = counts(false, false, false);
        for part in [&mut left, &mut right] {
            let state: Vec<ArrayRef> = part.state().unwrap().iter().map(|part| part.to_array().unwrap()).collect();
            whole.merge_batch(&state).unwrap();
        }
        assert_eq!(whole.evaluate().unwrap(), ScalarValue::Float64(Some(6.0)));
    }

    #[test]
    fn types_are_checked() {
        let list = DataType::new_list(DataType::Decimal128(2, 1), true);
        let types = coerce_percentile(&[DataType::Int32, list.clone()]).unwrap();
        assert_eq!(types, [DataType::Int64, DataType::new_list(DataType::Float64, true)]);
        let error = coerce_within_group(&[DataType::Utf8, DataType::Float64]).unwrap_err();
        assert_eq!(error.to_string(), "Only numeric arguments are accepted but string is passed.");
    }

    #[test]
    fn range_is_checked() {
        let two: ArrayRef = Arc::new(Float64Array::from(vec![2.0]));
        let error = counts(false, false, false).update_batch(&[ints(&[Some(1)]), two]).unwrap_err();
        assert!(error.to_string().contains("within the range of 0 to 1"), "{error}");
    }
}
