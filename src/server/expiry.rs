//! The end of sessions and operations that nobody uses any more, and of the server itself.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::sessions::Sessions;

/// An operation that has ended and was not asked for so long does not hold up the end of the server.
const FORGOTTEN: Duration = Duration::from_secs(5);
/// How often the end of operations is looked for.
const LOOK: Duration = Duration::from_millis(50);

/// When sessions and operations expire (`hive.server2.idle.*`).
#[derive(Debug, Clone, Copy)]
pub struct ExpiryLimits {
    /// How often is looked; zero for never.
    pub interval: Duration,
    /// How long a session may be idle; zero for ever.
    pub session: Duration,
    /// A session with operations is not idle.
    pub only_without_operations: bool,
    /// How long an operation may be idle; zero for ever.
    pub operation: Duration,
    /// Whether that is so of operations that run, too.
    pub running_operations: bool,
}

/// Looks for idle sessions and operations for ever.
pub async fn watch(sessions: Arc<Sessions>) {
    let limits = sessions.settings().expiry;
    if limits.interval.is_zero() {
        return;
    }
    loop {
        tokio::time::sleep(limits.interval).await;
        expire(&sessions, &limits);
    }
}

/// Closes what is idle.
fn expire(sessions: &Sessions, limits: &ExpiryLimits) {
    if !limits.operation.is_zero() {
        for operation in sessions.operations() {
            let ended = operation.status().phase.is_end();
            if (ended || limits.running_operations) && operation.idle() > limits.operation {
                tracing::info!(operation = %operation.handle, user = operation.user, "an idle operation is closed");
                // Its client may have been quicker.
                let _ = sessions.close_operation(operation.handle);
            }
        }
    }
    if !limits.session.is_zero() {
        for session in sessions.all() {
            let busy = limits.only_without_operations && sessions.has_operations(&session);
            if !busy && session.idle() > limits.session {
                tracing::info!(session = %session.handle, user = session.user, "an idle session is closed");
                // Its client may have been quicker.
                let _ = sessions.close(session.handle);
            }
        }
    }
}

/// Takes no more sessions and statements, and waits for those that run, at most so long. What then still runs is stopped.
pub async fn drain(sessions: &Sessions, limit: Duration) {
    sessions.refuse_more();
    let begun = Instant::now();
    let busy = || {
        let operations = sessions.operations();
        let in_use = operations.iter().filter(|operation| {
            !operation.status().phase.is_end() || (operation.has_rows && operation.idle() < FORGOTTEN)
        });
        in_use.count()
    };
    let mut told = false;
    while busy() > 0 && begun.elapsed() < limit {
        if !std::mem::replace(&mut told, true) {
            tracing::info!(operations = busy(), "the server waits for statements that run");
        }
        tokio::time::sleep(LOOK).await;
    }
    for operation in sessions.operations() {
        operation.cancel();
    }
}
