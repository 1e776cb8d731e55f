//! Rules over physical plans.

mod join_choice;
mod ordered_limit;

pub use join_choice::JoinChoice;
pub use ordered_limit::OrderedLimit;
