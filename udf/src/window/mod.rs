//! Functions over a window, beside the aggregates.

mod match_path;
mod rank;
mod shift;
mod value;

pub use match_path::{MatchPattern, match_path};

use crate::registry::{Function, FunctionEntry};

/// Every window function.
pub fn functions() -> Vec<FunctionEntry> {
    let mut functions: Vec<FunctionEntry> =
        [rank::functions(), shift::functions(), value::functions()].into_iter().flatten().collect();
    functions.extend(PARTITION_FUNCTIONS.iter().map(|(name, usage)| FunctionEntry {
        name,
        aliases: &[],
        usage,
        extended: "",
        function: Function::Form,
    }));
    functions
}

/// The functions over partitions of a query's `FROM`, which the analyzer knows.
const PARTITION_FUNCTIONS: [(&str, &str); 6] = [
    ("matchpath", "_FUNC_(ON input PARTITION BY … ORDER BY … arg1('pattern'), …) - rows that match a pattern"),
    ("noop", "_FUNC_(ON input PARTITION BY … ORDER BY …) - the rows as they are"),
    ("noopwithmap", "_FUNC_(ON input PARTITION BY … ORDER BY …) - the rows as they are"),
    ("noopstreaming", "_FUNC_(ON input PARTITION BY … ORDER BY …) - the rows as they are"),
    ("noopwithmapstreaming", "_FUNC_(ON input PARTITION BY … ORDER BY …) - the rows as they are"),
    ("windowingtablefunction", "_FUNC_ - what functions with OVER are computed by"),
];
