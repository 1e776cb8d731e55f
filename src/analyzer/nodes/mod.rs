//! Logical plan nodes that DataFusion does not have.

mod script;
mod shared;
mod spread;

pub use script::{ScriptNode, ScriptSpec};
pub use shared::SharedRows;
pub use spread::SpreadNode;
