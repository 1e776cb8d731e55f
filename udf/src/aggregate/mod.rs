//! Functions of one value a group; all of them work with `OVER` too.
//!
//! A function is a [`Behaviour`](function::Behaviour): names, types and accumulators. [`function`] makes DataFusion's
//! aggregate of it and adds what DataFusion asks of every function: `DISTINCT` over any arguments, and frames that slide.

mod average;
mod check;
mod collect;
mod count;
mod covariance;
mod distinct;
mod double;
mod extreme;
mod function;
mod grouped;
mod histogram;
mod moments;
mod ngrams;
mod percentile;
mod percentile_approx;
mod regression;
mod sketches;
mod sliding;
mod sum;
#[cfg(test)]
mod tests;
mod variance;

use crate::registry::FunctionEntry;

/// Every aggregate function.
pub fn functions() -> Vec<FunctionEntry> {
    [
        count::functions(),
        sum::functions(),
        average::functions(),
        extreme::functions(),
        variance::functions(),
        covariance::functions(),
        regression::functions(),
        collect::functions(),
        percentile::functions(),
        percentile_approx::functions(),
        ngrams::functions(),
        sketches::functions(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
