//! Functions over a window, beside the aggregates.

mod match_path;
mod rank;
mod shift;
mod value;

pub use match_path::{MatchPattern, match_path};

use crate::registry::FunctionEntry;

/// Every window function.
pub fn functions() -> Vec<FunctionEntry> {
    [rank::functions(), shift::functions(), value::functions()].into_iter().flatten().collect()
}
