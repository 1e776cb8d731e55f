//! The locks that statements take by themselves where `hive.support.concurrency` is on: a statement that writes has its tables
//! locked while it runs, and waits for the locks of others; so does a query that meets an exclusive lock.
//!
//! A statement asks for all its locks at once, when it holds none, so that statements cannot wait for each other in a circle.

use std::time::{Duration, Instant};

use skep_metastore::locks::{HeldLock, LockError, Wait};
use skep_metastore::model::{Lock, LockKind, LockPart};
use skep_metastore::store::Feature;

use super::lock::{self, LOOK, UNAVAILABLE};
use crate::error::{Result, SkepError};
use crate::parser::ast::Statement;
use crate::session::Session;

/// Others are told so many characters of a statement.
const SHOWN: usize = 1000;

/// How long a statement waits for locks.
#[derive(Debug, Clone, Copy)]
pub struct Waiting {
    /// `None` where it does not wait.
    until: Option<Instant>,
}

impl Waiting {
    /// For a statement that begins now.
    pub fn begin(session: &Session) -> Self {
        let waits = session.config().bool("hive.support.concurrency");
        Self { until: waits.then(|| Instant::now() + lock::limit(session)) }
    }

    fn left(self) -> Duration {
        self.until.map_or(Duration::ZERO, |until| until.saturating_duration_since(Instant::now()))
    }

    /// Whether a statement that has failed is to be tried again: nothing has happened yet but that it met a table that
    /// another keeps to itself. Returns when it is worth a try.
    pub async fn goes_on(self, statement: &Statement, error: &SkepError) -> bool {
        let reads = matches!(
            statement,
            Statement::Query(_)
                | Statement::Insert(_)
                | Statement::Update(_)
                | Statement::Delete(_)
                | Statement::Merge(_)
        );
        let left = self.left();
        if !reads || left.is_zero() || !error.message().ends_with(UNAVAILABLE) {
            return false;
        }
        tokio::time::sleep(LOOK.min(left)).await;
        true
    }
}

/// Takes the locks of a statement, if it needs any. They go when this is dropped.
///
/// # Errors
/// Another has them, and has not given them back in time; the catalog's.
pub async fn take(session: &Session, statement: &Statement, text: &str, waiting: Waiting) -> Result<Option<HeldLock>> {
    if waiting.until.is_none() || !session.engine().metastore().has(Feature::SessionLocks)? {
        lock::check(session, statement)?;
        return Ok(None);
    }
    let Some((mut changed, kind)) = lock::changes(session, statement) else { return Ok(None) };
    // What was locked by name excludes more than the lock's kind does.
    loop {
        let stops = |lock: &Lock| lock.holder.explicit && lock::stops(session, lock, statement, &changed, kind);
        let Some(found) = lock::held(session)?.into_iter().find(stops) else { break };
        let left = waiting.left();
        // The session's own are given back by nobody else.
        if lock::is_own(session, &found) || left.is_zero() {
            return Err(lock::refused(Some(&found)));
        }
        tokio::time::sleep(LOOK.min(left)).await;
    }
    changed.retain(|(database, table)| {
        // Nobody else has them.
        !table.as_ref().is_some_and(|table| session.catalog().is_temporary(database, table))
    });
    changed.sort();
    changed.dedup();
    let mut own = lock::held(session)?;
    own.retain(|lock| lock::is_own(session, lock));
    let parts: Vec<LockPart> = changed
        .into_iter()
        .filter_map(|object| {
            let kind = beside(&own, &object, kind)?;
            Some(lock::part(kind, (object.0, object.1, None)))
        })
        .collect();
    if parts.is_empty() {
        return Ok(None);
    }
    let shown: String = text.chars().take(SHOWN).collect();
    let wait = Wait { limit: waiting.left(), pause: LOOK };
    let taken = session.engine().locks().acquire(parts, lock::holder(session, &shown, false), wait).await;
    taken.map(Some).map_err(|error| match error {
        LockError::Held { by } => lock::refused(by.as_deref()),
        LockError::Catalog(error) => error.into(),
    })
}

/// The kind of lock that a statement takes beside those that its session has taken by name; none where it has the object, or
/// something in it, to itself.
fn beside(own: &[Lock], object: &(String, Option<String>), kind: LockKind) -> Option<LockKind> {
    let mut here = own.iter().filter(|lock| lock::overlaps(lock, object));
    if here.clone().any(|lock| lock.kind == LockKind::Exclusive) {
        return None;
    }
    // Its own shared lock must not be waited for.
    Some(if here.any(|lock| lock.kind.excludes(kind)) { LockKind::ExclusiveWrite } else { kind })
}
