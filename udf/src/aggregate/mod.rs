//! Functions of one value a group; all of them work with `OVER` too.
//!
//! A function is a [`Behaviour`](function::Behaviour): names, types and accumulators. [`function`] makes DataFusion's
//! aggregate of it and adds what DataFusion asks of every function: `DISTINCT` over any arguments, and frames that slide.

mod average;
mod check;
mod collect;
mod count;
mod distinct;
mod extreme;
mod function;
mod grouped;
mod sliding;
mod sum;

use crate::registry::FunctionEntry;

/// Every aggregate function.
pub fn functions() -> Vec<FunctionEntry> {
    [count::functions(), sum::functions(), average::functions(), extreme::functions(), collect::functions()]
        .into_iter()
        .flatten()
        .collect()
}
