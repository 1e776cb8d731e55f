//! Logical plan nodes that DataFusion does not have.

mod script;
mod spread;

pub use script::{ScriptNode, ScriptSpec};
pub use spread::SpreadNode;
