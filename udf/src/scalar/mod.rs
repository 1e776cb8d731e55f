//! Functions of one value a row, by family.
//!
//! A family module has `pub fn functions() -> Vec<FunctionEntry>`. Most functions are a [`Scalar`]: a name, a
//! function from argument types to the types the arguments are cast to, one to the result type, and one that
//! computes a column from a [`Call`].

mod call;
pub(crate) mod check;
mod function;
pub(crate) mod kernel;
#[cfg(test)]
pub(crate) mod testing;

pub mod arithmetic;
pub mod collection;
pub mod conditional;
pub mod datetime;
pub mod hash;
pub mod json;
pub mod math;
pub mod misc;
pub mod string;
pub mod xml;

pub use call::{Call, Column, Primitives, Strings};
pub use function::{ReturnArgs, Scalar, arity, arity_between, at_least, returns_same_as_first, types};

use crate::registry::FunctionEntry;

/// Every scalar function.
pub fn all() -> Vec<FunctionEntry> {
    [
        arithmetic::functions(),
        crate::cast::functions(),
        collection::functions(),
        conditional::functions(),
        datetime::functions(),
        hash::functions(),
        json::functions(),
        math::functions(),
        misc::functions(),
        string::functions(),
        xml::functions(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
