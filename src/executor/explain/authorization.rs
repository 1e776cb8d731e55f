//! `EXPLAIN AUTHORIZATION`: who does what to what, in the form of Hive's `ExplainTask`.

use datafusion::execution::SessionState;
use serde_json::json;

use super::dependency::{entity, partitions_read};
use super::work::Work;
use crate::error::Result;
use crate::session::{Outcome, Session};

/// `INPUTS`, `OUTPUTS`, `CURRENT_USER` and `OPERATION`.
pub async fn explain(session: &Session, state: &SessionState, work: &Work, formatted: bool) -> Result<Outcome> {
    let mut inputs: Vec<String> = Vec::new();
    let partitions = partitions_read(state, work).await?;
    for table in &work.reads {
        let name = table.qualified_name();
        inputs.push(entity(&name));
        let names = partitions.get(&name).into_iter().flatten();
        inputs.extend(names.map(|partition| format!("{}@{partition}", entity(&name))));
    }
    let outputs: Vec<String> = work.writes.iter().map(|write| write.entity()).collect();
    let user = session.user();
    if formatted {
        let json = json!({
            "INPUTS": inputs,
            "OUTPUTS": outputs,
            "CURRENT_USER": user,
            "OPERATION": work.operation,
        });
        return Outcome::lines("Explain", [json.to_string()]);
    }
    let mut lines = Vec::new();
    for (title, entries) in [("INPUTS", inputs), ("OUTPUTS", outputs)] {
        lines.push(format!("{title}: "));
        lines.extend(entries.into_iter().map(|entry| format!("  {entry}")));
    }
    lines.push("CURRENT_USER: ".into());
    lines.push(format!("  {user}"));
    lines.push("OPERATION: ".into());
    lines.push(format!("  {}", work.operation));
    Outcome::lines("Explain", lines)
}
