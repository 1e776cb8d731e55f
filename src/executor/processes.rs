//! `SHOW PROCESSLIST` (`ShowProcessListProcessor` of Hive) and `KILL QUERY` (`KillQueriesOperation`).

use std::time::{Duration, SystemTime};

use chrono::{DateTime, Local};

use crate::error::Result;
use crate::session::processes::{Killer, Process};
use crate::session::{Outcome, Session};

const COLUMNS: [&str; 12] = [
    "User Name",
    "Ip Addr",
    "Execution Engine",
    "Session Id",
    "Session Active Time (s)",
    "Session Idle Time (s)",
    "Query ID",
    "State",
    "Txn ID",
    "Opened Timestamp (s)",
    "Elapsed Time (s)",
    "Runtime (s)",
];

/// The statements of the server, without this one.
pub fn show(session: &Session) -> Result<Outcome> {
    let own = session.monitor().query_id();
    let mut all = session.engine().processes().map_or_else(Vec::new, |processes| processes.all());
    all.retain(|process| own != Some(&process.query_id));
    let none = all.is_empty();
    let shown = Outcome::text(&COLUMNS, all.into_iter().map(row).collect())?;
    Ok(if none { shown.with_message("No queries running currently") } else { shown })
}

fn row(process: Process) -> Vec<Option<String>> {
    let seconds = |time: Duration| time.as_secs().to_string();
    let opened = |time: SystemTime| DateTime::<Local>::from(time).format("%Y-%m-%d %H:%M:%S%.3f").to_string();
    [
        process.user,
        process.address,
        "skep".to_string(),
        process.session,
        seconds(process.session_active),
        seconds(process.session_idle),
        process.query_id,
        process.state.to_string(),
        // Transactions are those of writes: a query has none of its own, as under Hive's DummyTxnManager.
        "0".to_string(),
        opened(process.begun),
        seconds(process.elapsed),
        process.runtime.map_or_else(|| "Not finished".to_string(), seconds),
    ]
    .map(Some)
    .to_vec()
}

/// Stops queries by their ids or tags. One that is not there is passed over, as in Hive; the user is told.
pub fn kill(session: &Session, queries: &[String]) -> Result<Outcome> {
    let administrator = session.engine().is_administrator(session.user());
    let killer = Killer { user: session.user(), administrator };
    let processes = session.engine().processes();
    let mut outcome = Outcome::done();
    for query in queries {
        let found = processes.as_ref().map_or(Ok(0), |processes| processes.kill(killer, query))?;
        if found == 0 {
            outcome = outcome.with_message(format!("Query not found: {query}"));
        }
    }
    Ok(outcome)
}
