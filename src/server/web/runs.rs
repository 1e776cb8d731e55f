//! The sessions in which visitors try statements, and what they have run in them.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use uuid::Uuid;

use super::guard::Visitor;
use super::{Shared, Web};
use crate::server::failure::Failure;
use crate::server::handle::Handle;
use crate::server::operation::{Operation, Phase};
use crate::server::sessions::{Opening, ServerSession, StatementRequest};

/// So many browsers have a session at once; the one that was not used for the longest time loses its own.
const MAX_SESSIONS: usize = 200;
/// So many results of a browser are kept; then the first one is closed.
const MAX_RESULTS: usize = 5;
/// What the clients of a statement are told that nobody looks at.
const ABANDONED: &str =
    "The query was cancelled: nobody has looked at its page for a while (skep.server.web.abandoned.timeout)";
/// How often abandoned statements are looked for, at most.
const OFTEN: Duration = Duration::from_millis(100);
/// And at least.
const SELDOM: Duration = Duration::from_secs(15);
/// The version of the protocol that the session's results would have: the newest.
const PROTOCOL: i32 = 10;

/// What browsers have run.
#[derive(Debug, Default)]
pub struct Runs {
    /// By user and browser.
    own: Mutex<HashMap<(String, String), Own>>,
}

#[derive(Debug)]
struct Own {
    session: Handle,
    operations: VecDeque<Handle>,
    used: Instant,
}

impl Runs {
    /// The current database of the browser's session, if it has one.
    pub fn database(&self, web: &Web, visitor: &Visitor) -> Option<String> {
        let handle = self.own.lock().get(&key(visitor))?.session;
        web.sessions.session(handle).ok()?.current_database()
    }

    /// The operation of this id, if this browser has begun it and it is still open.
    pub fn operation(&self, web: &Web, visitor: &Visitor, id: Uuid) -> Option<Arc<Operation>> {
        let mut own = self.own.lock();
        let own = own.get_mut(&key(visitor))?;
        own.used = Instant::now();
        let handle = *own.operations.iter().find(|handle| handle.id() == id)?;
        web.sessions.operation(handle).ok()
    }

    /// Someone has asked for the page of this operation.
    pub fn looked_at(&self, web: &Web, handle: Handle) {
        if self.own.lock().values().any(|own| own.operations.contains(&handle)) {
            // Being asked for, it is in use.
            let _ = web.sessions.operation(handle);
        }
    }

    /// Begins to run a statement in the browser's session, in this database if it names one.
    ///
    /// # Errors
    /// The statement may not be run now.
    pub async fn begin(
        &self,
        web: &Web,
        visitor: &Visitor,
        text: &str,
        database: Option<&str>,
    ) -> Result<Arc<Operation>, Failure> {
        let session = self.session(web, visitor).await?;
        let database = database.map(str::to_string);
        let request = StatementRequest { database, ..request(text.to_string(), web) };
        let operation = web.sessions.execute(&session, request).await?;
        let mut gone = Vec::new();
        if let Some(own) = self.own.lock().get_mut(&key(visitor)) {
            own.operations.push_back(operation.handle);
            while own.operations.len() > MAX_RESULTS {
                gone.extend(own.operations.pop_front());
            }
        }
        for handle in gone {
            // It may have been idle for too long, and closed.
            let _ = web.sessions.close_operation(handle);
        }
        Ok(operation)
    }

    /// Runs a query whose rows are wanted at once. Whoever has looked at them closes it.
    ///
    /// # Errors
    /// It fails, or takes longer than `limit`.
    pub async fn look(
        &self,
        web: &Web,
        visitor: &Visitor,
        text: String,
        limit: Duration,
    ) -> Result<Arc<Operation>, Failure> {
        let session = self.session(web, visitor).await?;
        let operation = web.sessions.execute(&session, request(text, web)).await?;
        let ended = operation.ended(Some(limit)).await;
        let failure = match operation.status().phase {
            _ if !ended => Failure::refused("this takes too long"),
            Phase::Finished => return Ok(operation),
            Phase::Failed(failure) => failure,
            _ => Failure::refused("the statement was stopped"),
        };
        // It may have been idle for too long, and closed.
        let _ = web.sessions.close_operation(operation.handle);
        Err(failure)
    }

    /// The browser's session, a new one if it has none (any more).
    async fn session(&self, web: &Web, visitor: &Visitor) -> Result<Arc<ServerSession>, Failure> {
        let known = self.own.lock().get_mut(&key(visitor)).map(|own| {
            own.used = Instant::now();
            own.session
        });
        if let Some(session) = known.and_then(|handle| web.sessions.session(handle).ok()) {
            return Ok(session);
        }
        let opening = Opening {
            user: visitor.user.clone(),
            address: Some(visitor.address),
            protocol: PROTOCOL,
            configuration: Default::default(),
        };
        let session = web.sessions.open(opening).await?;
        let own = Own { session: session.handle, operations: VecDeque::new(), used: Instant::now() };
        let mut gone = Vec::new();
        {
            let mut all = self.own.lock();
            gone.extend(all.insert(key(visitor), own));
            if all.len() > MAX_SESSIONS
                && let Some(oldest) = all.iter().min_by_key(|(_, own)| own.used).map(|(key, _)| key.clone())
            {
                gone.extend(all.remove(&oldest));
            }
        }
        for own in gone {
            // It may have been idle for too long, and closed.
            let _ = web.sessions.close(own.session);
        }
        Ok(session)
    }
}

/// Cancels, for ever, queries that were typed into the page and that nobody has looked at for so long. What changes
/// something goes on to its end: half of it may be done, and whoever has gone wanted it. Zero for never.
pub async fn stop_abandoned(web: Shared, limit: Duration) {
    if limit.is_zero() {
        return;
    }
    loop {
        tokio::time::sleep((limit / 4).clamp(OFTEN, SELDOM)).await;
        let own: HashSet<Handle> =
            web.runs.own.lock().values().flat_map(|own| own.operations.iter().copied()).collect();
        for operation in web.sessions.operations() {
            let goes_on = operation.has_rows && !operation.results.has_ended();
            if goes_on && own.contains(&operation.handle) && operation.idle() > limit {
                tracing::info!(
                    query = operation.query_id,
                    user = operation.user,
                    "a query is abandoned, and cancelled"
                );
                operation.kill(ABANDONED);
            }
        }
    }
}

fn key(visitor: &Visitor) -> (String, String) {
    (visitor.user.clone(), visitor.browser.clone())
}

fn request(text: String, web: &Web) -> StatementRequest {
    let timeout = Some(web.sessions.settings().query_timeout).filter(|limit| !limit.is_zero());
    StatementRequest { text, overlay: Default::default(), timeout, database: None }
}
