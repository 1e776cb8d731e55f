//! Functions of numbers.

mod bits;
mod compare;
mod double;
mod modulo;
mod random;
mod round;
mod whole;

pub(crate) use round::{Mode, divide, round_double};

pub use random::seeded_rand;

use crate::registry::FunctionEntry;

/// Every function of this family.
pub fn functions() -> Vec<FunctionEntry> {
    [
        bits::functions(),
        compare::functions(),
        double::functions(),
        modulo::functions(),
        random::functions(),
        round::functions(),
        whole::functions(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests;
