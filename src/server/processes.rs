//! What statements may see and do of the server's other statements.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::SystemTime;

use uuid::Uuid;

use super::operation::{Operation, OperationKind};
use super::sessions::{ServerSession, Sessions};
use crate::error::{ErrorKind, Result, SkepError};
use crate::session::processes::{Killer, Process, Processes};

/// What the client of a statement that `KILL QUERY` has stopped is told.
const KILLED: &str = "User invoked KILL QUERY";

impl Sessions {
    fn statements(&self) -> Vec<Arc<Operation>> {
        let mut statements = self.operations();
        statements.retain(|operation| operation.kind == OperationKind::Statement);
        statements.sort_by_key(|operation| operation.asked);
        statements
    }
}

impl Processes for Sessions {
    fn all(&self) -> Vec<Process> {
        let sessions: HashMap<Uuid, Arc<ServerSession>> =
            self.all().into_iter().map(|session| (session.handle.id(), session)).collect();
        let shown = |operation: Arc<Operation>| {
            // One that is being closed has no session any more.
            sessions.get(&operation.session).map(|session| process(&operation, session))
        };
        self.statements().into_iter().filter_map(shown).collect()
    }

    fn kill(&self, killer: Killer<'_>, query_id_or_tag: &str) -> Result<usize> {
        let mut wanted = self.statements();
        let by_id = wanted.iter().any(|operation| operation.query_id == query_id_or_tag);
        wanted.retain(|operation| match by_id {
            true => operation.query_id == query_id_or_tag,
            false => operation.tag().as_deref() == Some(query_id_or_tag),
        });
        let found = wanted.len();
        wanted.retain(|operation| killer.administrator || operation.user == killer.user);
        if found > 0 && wanted.is_empty() {
            let what = if by_id { "id" } else { "tag" };
            return Err(SkepError::new(ErrorKind::Command, format!("No privilege to kill query {what}")));
        }
        for operation in &wanted {
            tracing::info!(query = operation.query_id, by = killer.user, "a query is killed");
            operation.kill(KILLED);
        }
        Ok(wanted.len())
    }
}

fn process(operation: &Operation, session: &ServerSession) -> Process {
    let status = operation.status();
    let now = SystemTime::now();
    let until = status.completed.unwrap_or(now);
    // A clock that was set back tells nothing.
    let since = |from: SystemTime, to: SystemTime| to.duration_since(from).unwrap_or_default();
    Process {
        user: session.user.clone(),
        address: session.address.map(|address| address.ip().to_string()).unwrap_or_default(),
        session: session.handle.id().to_string(),
        session_active: since(session.opened, now),
        session_idle: session.idle(),
        query_id: operation.query_id.clone(),
        state: status.phase.name(),
        begun: operation.asked,
        elapsed: since(operation.asked, until),
        runtime: status.completed.and(status.started).map(|started| since(started, until)),
    }
}
