//! Rules over physical plans.

mod join_choice;

pub use join_choice::JoinChoice;
