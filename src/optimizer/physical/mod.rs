//! Rules over physical plans.

mod join_choice;
mod ordered_limit;
mod yielding;

pub use join_choice::JoinChoice;
pub use ordered_limit::OrderedLimit;
pub use yielding::{Yielding, YieldingExec};
