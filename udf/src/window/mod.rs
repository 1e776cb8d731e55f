//! Functions over a window, beside the aggregates.

use crate::registry::FunctionEntry;

/// Every window function.
pub fn functions() -> Vec<FunctionEntry> {
    Vec::new()
}
