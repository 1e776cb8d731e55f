//! `EXPLAIN LOCKS`: the locks that Hive's `DbTxnManager` would take for a statement.

use datafusion::execution::SessionState;
use serde_json::json;

use super::dependency::partitions_read;
use super::work::{Hold, Work};
use crate::error::Result;
use crate::session::Outcome;

/// A line a lock: what is locked and how.
pub async fn explain(state: &SessionState, work: &Work, formatted: bool) -> Result<Outcome> {
    let mut locks: Vec<(String, Hold)> = Vec::new();
    let partitions = partitions_read(state, work).await?;
    if !work.parts.is_empty() {
        for table in work.reads.iter().filter(|table| !table.is_view()) {
            let name = table.qualified_name();
            locks.push((name.clone(), Hold::SharedRead));
            let names = partitions.get(&name).into_iter().flatten();
            locks.extend(names.map(|partition| (format!("{name}.{partition}"), Hold::SharedRead)));
        }
    }
    for write in &work.writes {
        let name = match &write.partition {
            Some(partition) => format!("{}.{partition}", write.name()),
            None => write.name(),
        };
        locks.push((name, write.hold));
    }
    if formatted {
        let list: Vec<_> = locks.iter().map(|(name, hold)| json!(format!("{name} -> {}", hold.word()))).collect();
        return Outcome::lines("Explain", [json!({ "LOCK INFORMATION:": list }).to_string()]);
    }
    let lines = locks.into_iter().map(|(name, hold)| format!("{name} -> {}", hold.word()));
    Outcome::lines("Explain", std::iter::once("LOCK INFORMATION:".to_string()).chain(lines))
}
