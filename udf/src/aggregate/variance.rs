//! `variance`, `stddev` and their kin: `GenericUDAFVariance` and the classes over it.

use arrow::datatypes::DataType;

use super::check::{numeric_or_string, one_argument};
use super::function::entry;
use super::moments::{Moments, Statistic};
use crate::error::Result;
use crate::registry::FunctionEntry;

pub(super) fn functions() -> Vec<FunctionEntry> {
    let statistic = |name, finish, usage| entry(name, Statistic::<Variance>::new(name, coerce, finish), usage, "");
    let mut functions = Vec::new();
    for name in ["variance", "var_pop"] {
        functions.push(statistic(name, Variance::population, "_FUNC_(x) - Returns the variance of a set of numbers"));
    }
    for name in ["std", "stddev", "stddev_pop"] {
        let finish = |moments: &Variance| moments.population().map(f64::sqrt);
        functions.push(statistic(name, finish, "_FUNC_(x) - Returns the standard deviation of a set of numbers"));
    }
    functions.push(statistic(
        "var_samp",
        Variance::sample,
        "_FUNC_(x) - Returns the sample variance of a set of numbers.\n\
         If applied to an empty set: NULL is returned.\n\
         If applied to a set with a single element: NULL is returned.\n\
         Otherwise it computes: (S2-S1*S1/N)/(N-1)",
    ));
    functions.push(statistic(
        "stddev_samp",
        |moments| moments.sample().map(f64::sqrt),
        "_FUNC_(x) - Returns the sample standard deviation of a set of numbers.\n\
         If applied to an empty set: NULL is returned.\n\
         If applied to a set with a single element: NULL is returned.\n\
         Otherwise it computes: sqrt(var_samp(x))",
    ));
    functions
}

fn coerce(types: &[DataType]) -> Result<Vec<DataType>> {
    one_argument(types)?;
    numeric_or_string(types, 0)?;
    Ok(vec![DataType::Float64])
}

/// Count, sum and `n` times the variance.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Variance {
    pub(super) count: f64,
    sum: f64,
    pub(super) variance: f64,
}

impl Variance {
    fn population(&self) -> Option<f64> {
        if self.count > 1.0 {
            return Some(self.variance / self.count);
        }
        (self.count > 0.0).then_some(0.0)
    }

    fn sample(&self) -> Option<f64> {
        (self.count > 1.0).then(|| self.variance / (self.count - 1.0))
    }
}

impl Moments for Variance {
    const FIELDS: &'static [&'static str] = &["count", "sum", "variance"];

    fn add(&mut self, value: f64, _: f64) {
        self.count += 1.0;
        self.sum += value;
        if self.count > 1.0 {
            let t = self.count * value - self.sum;
            self.variance += (t * t) / (self.count * (self.count - 1.0));
        }
    }

    fn merge(&mut self, other: &Variance) {
        if self.count == 0.0 {
            *self = *other;
        } else if other.count > 0.0 {
            let t = (other.count / self.count) * self.sum - other.sum;
            self.variance += other.variance + ((self.count / other.count) / (self.count + other.count)) * t * t;
            self.count += other.count;
            self.sum += other.sum;
        }
    }

    fn numbers(&self) -> Vec<f64> {
        vec![self.count, self.sum, self.variance]
    }

    fn from_numbers(number: impl Fn(usize) -> f64) -> Variance {
        Variance { count: number(0), sum: number(1), variance: number(2) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(values: &[f64]) -> Variance {
        let mut moments = Variance::default();
        values.iter().for_each(|value| moments.add(*value, *value));
        moments
    }

    #[test]
    fn few_values() {
        assert_eq!(over(&[]).population(), None);
        assert_eq!(over(&[7.0]).population(), Some(0.0));
        assert_eq!(over(&[7.0]).sample(), None);
        assert_eq!(over(&[1.0, 2.0, 3.0, 4.0]).population(), Some(1.25));
        assert_eq!(over(&[1.0, 3.0]).sample(), Some(2.0));
    }

    #[test]
    fn parts_make_the_whole() {
        let mut left = over(&[1.0, 2.0]);
        left.merge(&over(&[3.0, 4.0]));
        left.merge(&over(&[]));
        let mut empty = over(&[]);
        empty.merge(&left);
        assert_eq!(empty.population(), Some(1.25));
    }
}
