//! Operations: what a client has asked a session to do, from the asking to the last row.
//!
//! ```text
//! Pending ──▶ Running ──┬─▶ Finished ──┐
//!    │           │      ├─▶ Failed     ├─▶ Closed
//!    └───────────┴──────┴─▶ Cancelled, TimedOut
//! ```
//!
//! An operation is finished when its first rows are there (or its end): the others are made while they are fetched.

mod given_up;
mod kept;
mod log;
mod results;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use arrow::array::timezone::Tz;
use parking_lot::Mutex;
use skep_thrift_tcli::TProgressUpdateResp;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::failure::Failure;
use super::handle::Handle;
use super::progress::{self, Progress};
use crate::session::config::SessionConfig;
use crate::{Monitor, OutputColumn};

pub use given_up::EndsWithTask;
pub use log::OperationLog;
pub use results::{Fetched, ResultLimits, Results};

/// What an operation does: a statement, or one of the calls that ask about the catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperationKind {
    /// A statement.
    Statement,
    /// `GetTypeInfo`
    TypeInfo,
    /// `GetCatalogs`
    Catalogs,
    /// `GetSchemas`
    Schemas,
    /// `GetTables`
    Tables,
    /// `GetTableTypes`
    TableTypes,
    /// `GetColumns`
    Columns,
    /// `GetFunctions`
    Functions,
    /// `GetPrimaryKeys`
    PrimaryKeys,
    /// `GetCrossReference`
    CrossReference,
}

/// How far an operation has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// It waits for its turn.
    Pending,
    /// It runs.
    Running,
    /// Its result is there, or begins to be.
    Finished,
    /// It failed.
    Failed(Failure),
    /// A client has stopped it.
    Cancelled,
    /// It ran longer than it may.
    TimedOut,
    /// It is not there any more.
    Closed,
}

impl Phase {
    /// Hive's name of it (`OperationState`).
    pub fn name(&self) -> &'static str {
        match self {
            Phase::Pending => "PENDING",
            Phase::Running => "RUNNING",
            Phase::Finished => "FINISHED",
            Phase::Failed(_) => "ERROR",
            Phase::Cancelled => "CANCELED",
            Phase::TimedOut => "TIMEDOUT",
            Phase::Closed => "CLOSED",
        }
    }

    /// Whether it goes on no further by itself.
    pub fn is_end(&self) -> bool {
        !matches!(self, Phase::Pending | Phase::Running)
    }
}

/// The state of an operation at a moment.
#[derive(Debug, Clone)]
pub struct Status {
    /// How far it has come.
    pub phase: Phase,
    /// The columns of its result, as soon as they are known.
    pub columns: Option<Arc<[OutputColumn]>>,
    /// How NULL is shown as text.
    pub null_text: &'static str,
    /// The time zone that timestamps are shown in.
    pub zone: Tz,
    /// How many rows it has written or changed.
    pub affected: Option<u64>,
    /// Why it was stopped, where another than its client has done it.
    pub reason: Option<&'static str>,
    /// When it began to run.
    pub started: Option<SystemTime>,
    /// When it ended.
    pub completed: Option<SystemTime>,
}

/// An operation.
#[derive(Debug)]
pub struct Operation {
    /// Its name for clients.
    pub handle: Handle,
    /// The session that it is of.
    pub session: Uuid,
    /// Whose it is.
    pub user: String,
    /// The version of the protocol that its client speaks, as on the wire.
    pub protocol: i32,
    /// What it does.
    pub kind: OperationKind,
    /// The statement, or the name of the call.
    pub text: String,
    /// The query's name (`hive.query.id`).
    pub query_id: String,
    /// Whether it gives rows, be there any or not.
    pub has_rows: bool,
    /// When it was asked for.
    pub asked: SystemTime,
    /// Its plans and how they get on.
    pub monitor: Arc<Monitor>,
    /// What it tells its client while it runs.
    pub log: OperationLog,
    /// Its rows.
    pub results: Results,
    /// What its client calls it and others (`hive.query.tag`).
    tag: Mutex<Option<String>>,
    status: watch::Sender<Status>,
    context: OnceLock<Context>,
    /// How far it had come when it failed or was stopped.
    last_progress: OnceLock<Progress>,
    /// Whether its client was told of its progress.
    progress_told: AtomicBool,
    stop: CancellationToken,
    used: Mutex<Instant>,
}

/// What a statement runs in.
#[derive(Debug)]
pub struct Context {
    /// The settings, those for this statement alone among them.
    pub config: SessionConfig,
    /// The current database.
    pub database: String,
}

/// What is known of an operation when it is asked for.
#[derive(Debug)]
pub struct Asked {
    /// The session.
    pub session: Uuid,
    /// The user.
    pub user: String,
    /// The version of the protocol, as on the wire.
    pub protocol: i32,
    /// What is to be done.
    pub kind: OperationKind,
    /// The statement, or the name of the call.
    pub text: String,
    /// Whether it gives rows.
    pub has_rows: bool,
}

impl Operation {
    /// An operation that has not begun.
    pub fn new(asked: Asked, limits: ResultLimits) -> Arc<Self> {
        let Asked { session, user, protocol, kind, text, has_rows } = asked;
        let handle = Handle::new();
        let now = chrono::Local::now().format("%Y%m%d%H%M%S");
        let status = Status {
            phase: Phase::Pending,
            columns: None,
            null_text: "NULL",
            zone: skep_udf::text::utc(),
            affected: None,
            reason: None,
            started: None,
            completed: None,
        };
        let query_id = format!("{user}_{now}_{}", handle.id());
        Arc::new(Self {
            monitor: Arc::new(Monitor::named(query_id.clone())),
            query_id,
            tag: Mutex::default(),
            handle,
            session,
            user,
            protocol,
            kind,
            text,
            has_rows,
            asked: SystemTime::now(),
            log: OperationLog::default(),
            results: Results::new(limits),
            status: watch::Sender::new(status),
            context: OnceLock::new(),
            last_progress: OnceLock::new(),
            progress_told: AtomicBool::new(false),
            stop: CancellationToken::new(),
            used: Mutex::new(Instant::now()),
        })
    }

    /// How it stands now.
    pub fn status(&self) -> Status {
        self.status.borrow().clone()
    }

    /// Changes the status; an operation that has ended does not go back.
    pub(super) fn update(&self, change: impl FnOnce(&mut Status)) {
        self.status.send_if_modified(|status| {
            let ended = status.phase.is_end();
            if ended {
                return false;
            }
            change(status);
            if status.phase.is_end() {
                status.completed = Some(SystemTime::now());
            }
            true
        });
    }

    /// What it runs in, once it runs.
    pub fn context(&self) -> Option<&Context> {
        self.context.get()
    }

    /// It begins to run in this.
    pub(super) fn runs_in(&self, config: &SessionConfig, database: &str) {
        self.context.get_or_init(|| Context { config: config.clone(), database: database.to_string() });
    }

    /// How far it had come when it failed or was stopped; `None` for one that has not.
    pub fn last_progress(&self) -> Option<Progress> {
        self.last_progress.get().cloned()
    }

    /// Its progress for a client that has asked for it, if there is anything to tell. A client that has been told of a
    /// statement that ran is told of its end, too.
    pub fn progress_to_tell(&self) -> Option<TProgressUpdateResp> {
        let in_place = self.context().is_some_and(|context| context.config.bool(progress::IN_PLACE));
        let ended = self.status().phase.is_end();
        if !in_place || ended && !self.progress_told.load(Ordering::Relaxed) {
            return None;
        }
        let mut progress = Progress::of(self);
        progress.ended |= ended;
        let told = progress.to_wire();
        self.progress_told.fetch_or(told.is_some(), Ordering::Relaxed);
        told
    }

    /// It ends with this phase, if it has not ended yet.
    pub(super) fn end(&self, phase: Phase) {
        if phase != Phase::Finished && !self.status().phase.is_end() {
            let started = self.status().started;
            self.last_progress.get_or_init(|| Progress::at_end(&self.monitor, &phase, started));
        }
        self.update(|status| status.phase = phase);
    }

    /// Waits until it has ended, at most so long; whether it has.
    pub async fn ended(&self, limit: Option<Duration>) -> bool {
        let mut status = self.status.subscribe();
        let ended = status.wait_for(|status| status.phase.is_end());
        match limit {
            // The sender is ours, so that waiting cannot fail.
            None => ended.await.is_ok(),
            Some(limit) => tokio::time::timeout(limit, ended).await.is_ok(),
        }
    }

    /// What its client calls it and others, once it runs (`hive.query.tag`).
    pub fn tag(&self) -> Option<String> {
        self.tag.lock().clone()
    }

    /// Its client calls it so.
    pub(super) fn set_tag(&self, tag: Option<&str>) {
        *self.tag.lock() = tag.map(str::to_string);
    }

    /// Stops it for another than its client, who is told why.
    pub fn kill(&self, reason: &'static str) {
        self.update(|status| status.reason = Some(reason));
        self.log.error(reason);
        self.cancel();
    }

    /// Stops it, unless it has ended: its plan is dropped where it stands.
    pub fn cancel(&self) {
        self.end(Phase::Cancelled);
        self.stop.cancel();
        self.results.end(Err(Arc::new(crate::session::cancelled())));
    }

    /// Ends it for good; its rows are forgotten.
    pub fn close(&self) {
        self.end(Phase::Closed);
        self.stop.cancel();
        self.results.end(Err(Arc::new(crate::session::cancelled())));
        self.results.clear();
    }

    /// Is done when the operation is to stop.
    pub(super) async fn stopped(&self) {
        self.stop.cancelled().await;
    }

    /// Its client has asked for it now.
    pub fn touch(&self) {
        *self.used.lock() = Instant::now();
    }

    /// How long its client has not asked for it.
    pub fn idle(&self) -> Duration {
        self.used.lock().elapsed()
    }
}
