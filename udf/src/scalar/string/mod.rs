//! Functions of text.

mod basic;
mod concat;
mod pad;
mod search;
mod substring;

use crate::registry::FunctionEntry;

/// Every function of this family.
pub fn functions() -> Vec<FunctionEntry> {
    [basic::functions(), concat::functions(), pad::functions(), search::functions(), substring::functions()]
        .into_iter()
        .flatten()
        .collect()
}
