//! The conditional functions.

use crate::registry::FunctionEntry;

/// Every function of this family.
pub fn functions() -> Vec<FunctionEntry> {
    Vec::new()
}
