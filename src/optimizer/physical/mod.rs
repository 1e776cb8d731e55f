//! Rules over physical plans.

mod join_choice;
mod large_limit;
mod ordered_limit;
mod yielding;

pub use join_choice::JoinChoice;
pub use large_limit::LargeLimit;
pub use ordered_limit::OrderedLimit;
pub use yielding::{Yielding, YieldingExec};
