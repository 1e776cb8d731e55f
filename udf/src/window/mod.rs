//! Functions over a window, beside the aggregates.

mod rank;
mod shift;
mod value;

use crate::registry::FunctionEntry;

/// Every window function.
pub fn functions() -> Vec<FunctionEntry> {
    [rank::functions(), shift::functions(), value::functions()].into_iter().flatten().collect()
}
