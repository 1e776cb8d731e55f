//! Physical operators of ours, and the planner that makes them of the analyzer's nodes.

mod planner;
mod script;
mod spread;

pub use planner::query_planner;
pub use script::ScriptSettings;
