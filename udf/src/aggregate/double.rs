//! Sums of doubles, added one by one: Arrow's kernel adds in lanes, which gives other last digits than Hive's.

use arrow::array::{Array, ArrayRef, AsArray, Float64Array};
use arrow::datatypes::{Float64Type, UInt64Type};
use datafusion_common::{Result as DfResult, ScalarValue, internal_err};
use datafusion_expr::Accumulator;

/// The sum or, with the same numbers, the average of one group.
#[derive(Debug)]
pub(super) struct DoubleSum {
    sum: f64,
    count: u64,
    average: bool,
}

impl DoubleSum {
    pub(super) fn sum() -> DoubleSum {
        DoubleSum { sum: 0.0, count: 0, average: false }
    }

    pub(super) fn average() -> DoubleSum {
        DoubleSum { sum: 0.0, count: 0, average: true }
    }

    fn each(values: Option<&ArrayRef>, mut visit: impl FnMut(f64)) -> DfResult<u64> {
        let Some(column) = values else { return Ok(0) };
        let Some(column) = column.as_primitive_opt::<Float64Type>() else {
            return internal_err!("a sum of doubles over {}", column.data_type());
        };
        if column.null_count() == 0 {
            column.values().iter().for_each(|value| visit(*value));
        } else {
            column.iter().flatten().for_each(visit);
        }
        Ok(valid(column))
    }

    fn value(&self) -> Option<f64> {
        (self.count > 0).then_some(self.sum)
    }
}

fn valid(column: &Float64Array) -> u64 {
    (column.len() - column.null_count()) as u64
}

impl Accumulator for DoubleSum {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DfResult<()> {
        self.count += DoubleSum::each(values.first(), |value| self.sum += value)?;
        Ok(())
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> DfResult<()> {
        let count = DoubleSum::each(values.first(), |value| self.sum -= value)?;
        self.count = self.count.saturating_sub(count);
        if self.count == 0 {
            self.sum = 0.0;
        }
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DfResult<()> {
        if !self.average {
            return self.update_batch(states);
        }
        let [counts, sums] = states else { return internal_err!("avg: a state of {} columns", states.len()) };
        let Some(counts) = counts.as_primitive_opt::<UInt64Type>() else {
            return internal_err!("avg: the count is {}", counts.data_type());
        };
        self.count += counts.iter().flatten().sum::<u64>();
        DoubleSum::each(Some(sums), |value| self.sum += value)?;
        Ok(())
    }

    fn evaluate(&mut self) -> DfResult<ScalarValue> {
        let value = self.value().map(|sum| if self.average { sum / self.count as f64 } else { sum });
        Ok(ScalarValue::Float64(value))
    }

    fn state(&mut self) -> DfResult<Vec<ScalarValue>> {
        let sum = ScalarValue::Float64(self.value());
        Ok(if self.average { vec![ScalarValue::UInt64(Some(self.count)), sum] } else { vec![sum] })
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }
}
