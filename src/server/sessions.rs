//! The sessions of a server and what they are doing.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use futures::StreamExt;
use parking_lot::Mutex;
use tokio::runtime::Handle as RuntimeHandle;

use super::admission::{Admission, Turn};
use super::failure::Failure;
use super::handle::Handle;
use super::history::History;
use super::metrics::ServerMetrics;
use super::operation::{Asked, EndsWithTask, Operation, OperationKind, Phase};
use super::progress;
use super::settings::ServerSettings;
use crate::error::SkepError;
use crate::session::config::SessionConfig;
use crate::{Engine, Outcome, OutputColumn, Session};

/// Statements of so many bytes are short.
const SHORT: usize = 16 << 10;

/// All sessions of a server, with their operations.
#[derive(Debug)]
pub struct Sessions {
    engine: Arc<Engine>,
    settings: ServerSettings,
    /// What statements run on; not what connections are served on, so that these are answered while all threads compute.
    runtime: RuntimeHandle,
    admission: Arc<Admission>,
    /// The server is about to end.
    ending: AtomicBool,
    open: Mutex<HashMap<Handle, Arc<ServerSession>>>,
    operations: Mutex<HashMap<Handle, Arc<Operation>>>,
    history: History,
    metrics: ServerMetrics,
}

/// A client's session.
#[derive(Debug)]
pub struct ServerSession {
    /// Its name for clients.
    pub handle: Handle,
    /// Whose it is.
    pub user: String,
    /// Where the client is.
    pub address: Option<SocketAddr>,
    /// The version of the protocol that was agreed on, as on the wire: 0 is V1.
    pub protocol: i32,
    /// When it was opened.
    pub opened: SystemTime,
    /// The engine's session; statements have it one after the other.
    session: Arc<tokio::sync::Mutex<Session>>,
    used: Mutex<Instant>,
}

impl ServerSession {
    /// Its client has asked for it now.
    fn touch(&self) {
        *self.used.lock() = Instant::now();
    }

    /// Its current database; `None` while a statement has the session.
    pub fn current_database(&self) -> Option<String> {
        self.session.try_lock().ok().map(|session| session.current_database().to_string())
    }

    /// How long its client has not asked for it.
    pub fn idle(&self) -> Duration {
        self.used.lock().elapsed()
    }
}

/// Who opens a session, and how.
#[derive(Debug)]
pub struct Opening {
    /// The user, who is believed.
    pub user: String,
    /// Where the client is.
    pub address: Option<SocketAddr>,
    /// The version of the protocol, as on the wire.
    pub protocol: i32,
    /// `set:hiveconf:k`, `set:hivevar:k`, `use:database`, or a key alone.
    pub configuration: BTreeMap<String, String>,
}

/// A statement that a client wants to run.
#[derive(Debug)]
pub struct StatementRequest {
    /// Its text.
    pub text: String,
    /// Settings for this statement alone.
    pub overlay: BTreeMap<String, String>,
    /// How long it may take.
    pub timeout: Option<Duration>,
    /// The database that becomes the session's current one before it; `None` for the one that is.
    pub database: Option<String>,
}

impl Sessions {
    /// None so far. Statements will run on `runtime`.
    pub fn new(engine: Arc<Engine>, settings: ServerSettings, runtime: RuntimeHandle) -> Arc<Self> {
        // Statements of several clients change the same tables.
        engine.default_setting("hive.support.concurrency", "true");
        let admission = Arc::new(Admission::new(settings.admission));
        let history = History::new(settings.web.history);
        Arc::new(Self {
            engine,
            settings,
            runtime,
            admission,
            ending: AtomicBool::new(false),
            open: Mutex::default(),
            operations: Mutex::default(),
            history,
            metrics: ServerMetrics::new(),
        })
    }

    /// The engine behind the sessions.
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// The server's settings.
    pub fn settings(&self) -> &ServerSettings {
        &self.settings
    }

    /// The last statements that were closed.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// What the server counts.
    pub fn metrics(&self) -> &ServerMetrics {
        &self.metrics
    }

    /// The queue of statements.
    pub fn admission(&self) -> &Admission {
        &self.admission
    }

    /// Refuses new sessions and statements from now on.
    pub(super) fn refuse_more(&self) {
        self.ending.store(true, Ordering::Relaxed);
    }

    fn check_ending(&self) -> Result<(), Failure> {
        if self.ending.load(Ordering::Relaxed) {
            return Err(Failure {
                sqlstate: "57P01".into(),
                ..Failure::refused("The server is about to end and takes no more work")
            });
        }
        Ok(())
    }

    /// Whether a user may have one more session from an address (`SessionManager.incrementConnections` of Hive).
    fn check_limits(&self, user: &str, address: Option<IpAddr>) -> Result<(), Failure> {
        let limits = self.settings.session_limits;
        let open = self.open.lock();
        let count = |matches: &dyn Fn(&ServerSession) -> bool| open.values().filter(|session| matches(session)).count();
        let of_user = |session: &ServerSession| session.user == user;
        let here = |session: &ServerSession| address.is_some() && session.address.map(|at| at.ip()) == address;
        let shown = address.map(|address| address.to_string()).unwrap_or_default();
        let reached = |what: &str, whose: &str, limit: usize| {
            let text = format!("Connection limit per {what} reached ({what}: {whose} limit: {limit})");
            Err(Failure { sqlstate: "53300".into(), ..Failure::refused(text) })
        };
        if let Some(limit) = limits.of_user.filter(|limit| count(&of_user) >= *limit) {
            return reached("user", user, limit);
        }
        if let Some(limit) = limits.of_address.filter(|limit| count(&here) >= *limit) {
            return reached("ipaddress", &shown, limit);
        }
        let both = |session: &ServerSession| of_user(session) && here(session);
        if let Some(limit) = limits.of_user_at_address.filter(|limit| count(&both) >= *limit) {
            return reached("user:ipaddress", &format!("{user}:{shown}"), limit);
        }
        Ok(())
    }

    /// Opens a session.
    ///
    /// # Errors
    /// A setting is not allowed, or the database is not there.
    pub async fn open(self: &Arc<Self>, opening: Opening) -> Result<Arc<ServerSession>, Failure> {
        let Opening { user, address, protocol, configuration } = opening;
        self.check_ending()?;
        self.check_limits(&user, address.map(|address| address.ip()))?;
        let mut session = self.engine.session_of(&user);
        session.config_mut().set_policy(Arc::clone(&self.settings.policy));
        let session = self.on_runtime(async move {
            configure(&mut session, configuration).await?;
            session.set_padded(session.config().bool("skep.describe.padded"));
            Ok(session)
        });
        let session = session.await.map_err(|failure| Failure {
            message: format!("Failed to open new session: {}", failure.message),
            ..failure
        })?;
        let session = Arc::new(ServerSession {
            handle: Handle::new(),
            user,
            address,
            protocol,
            opened: SystemTime::now(),
            session: Arc::new(tokio::sync::Mutex::new(session)),
            used: Mutex::new(Instant::now()),
        });
        self.open.lock().insert(session.handle, Arc::clone(&session));
        tracing::info!(session = %session.handle, user = session.user, "a session is opened");
        Ok(session)
    }

    /// The session of a handle.
    ///
    /// # Errors
    /// There is none (any more).
    pub fn session(&self, handle: Handle) -> Result<Arc<ServerSession>, Failure> {
        let found = self.open.lock().get(&handle).cloned();
        let session = found.ok_or_else(|| Failure::no_such("SessionHandle", handle))?;
        session.touch();
        Ok(session)
    }

    /// All sessions that are open.
    pub fn all(&self) -> Vec<Arc<ServerSession>> {
        self.open.lock().values().cloned().collect()
    }

    /// Closes a session: its operations end, its temporary tables go.
    ///
    /// # Errors
    /// There is no such session.
    pub fn close(&self, handle: Handle) -> Result<(), Failure> {
        let session = self.open.lock().remove(&handle);
        let session = session.ok_or_else(|| Failure::refused("Session does not exist!"))?;
        let mine: Vec<Handle> = self.operations_of(&session).iter().map(|operation| operation.handle).collect();
        for operation in mine {
            // Another call may have been quicker.
            let _ = self.close_operation(operation);
        }
        tracing::info!(session = %handle, user = session.user, "a session is closed");
        // Dropping it removes files and asks the catalog.
        self.runtime.spawn_blocking(move || drop(session));
        Ok(())
    }

    fn operations_of(&self, session: &ServerSession) -> Vec<Arc<Operation>> {
        let operations = self.operations.lock();
        operations.values().filter(|operation| operation.session == session.handle.id()).cloned().collect()
    }

    /// Whether a session has operations that are not closed.
    pub(super) fn has_operations(&self, session: &ServerSession) -> bool {
        !self.operations_of(session).is_empty()
    }

    /// The operation of a handle.
    ///
    /// # Errors
    /// There is none (any more).
    pub fn operation(&self, handle: Handle) -> Result<Arc<Operation>, Failure> {
        let found = self.operations.lock().get(&handle).cloned();
        let operation = found.ok_or_else(|| {
            let shown = format!("opType=EXECUTE_STATEMENT, getHandleIdentifier()={handle}");
            Failure::no_such("OperationHandle", shown)
        })?;
        operation.touch();
        if let Some(session) = self.open.lock().values().find(|session| session.handle.id() == operation.session) {
            session.touch();
        }
        Ok(operation)
    }

    /// All operations that are not closed.
    pub fn operations(&self) -> Vec<Arc<Operation>> {
        self.operations.lock().values().cloned().collect()
    }

    /// Closes an operation; what it still does is stopped.
    ///
    /// # Errors
    /// There is no such operation.
    pub fn close_operation(&self, handle: Handle) -> Result<(), Failure> {
        // Who asks for it counts as a sign of life of its session.
        self.operation(handle)?;
        let Some(operation) = self.operations.lock().remove(&handle) else {
            // Another call was quicker.
            return Ok(());
        };
        operation.close();
        self.history.add(&operation);
        Ok(())
    }

    /// Begins to run a statement. Its operation tells how it gets on.
    ///
    /// # Errors
    /// The statement may not be run now.
    pub async fn execute(
        self: &Arc<Self>,
        session: &Arc<ServerSession>,
        request: StatementRequest,
    ) -> Result<Arc<Operation>, Failure> {
        self.check_ending()?;
        let has_rows = self.gives_rows(session, &request.text).await?;
        let asked = Asked {
            session: session.handle.id(),
            user: session.user.clone(),
            protocol: session.protocol,
            kind: OperationKind::Statement,
            has_rows,
            text: request.text.clone(),
        };
        let operation = self.register(session, asked)?;
        let work = Work {
            operation: Arc::clone(&operation),
            session: Arc::clone(&session.session),
            admission: Arc::clone(&self.admission),
            alone: !self.settings.parallel_operations,
        };
        let stopper = Arc::clone(&operation);
        let counted = self.metrics.statement(&operation);
        self.runtime.spawn(async move {
            let _counted = counted;
            let _ends = EndsWithTask(Arc::clone(&stopper));
            let work = progress::logged(&stopper, work.run(request.text, request.overlay, request.database));
            let late = async {
                match request.timeout {
                    Some(limit) => tokio::time::sleep(limit).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = stopper.stopped() => {}
                () = work => return,
                () = late => {
                    let seconds = request.timeout.unwrap_or_default().as_secs();
                    stopper.log.error(&format!("Query timed out after {seconds} seconds"));
                    stopper.end(Phase::TimedOut);
                }
            }
            stopper.results.end(Err(Arc::new(crate::session::cancelled())));
        });
        Ok(operation)
    }

    /// Runs one of the calls that ask about the catalog: `work` gives its rows. It has ended when this returns.
    pub async fn ask(
        self: &Arc<Self>,
        session: &Arc<ServerSession>,
        kind: OperationKind,
        name: &str,
        work: impl FnOnce(&Session) -> Result<Outcome, SkepError> + Send + 'static,
    ) -> Result<Arc<Operation>, Failure> {
        let asked = Asked {
            session: session.handle.id(),
            user: session.user.clone(),
            protocol: session.protocol,
            kind,
            text: name.to_string(),
            has_rows: true,
        };
        let engine_session = Arc::clone(&session.session);
        let runtime = self.runtime.clone();
        let outcome = self.on_runtime(async move {
            let session = engine_session.lock_owned().await;
            let asked = runtime.spawn_blocking(move || work(&session));
            let done = asked.await.map_err(|error| Failure::refused(error.to_string()))?;
            done.map_err(Failure::from)
        });
        let outcome = outcome.await?;
        let operation = self.register(session, asked)?;
        finish(&operation, outcome, None).await;
        Ok(operation)
    }

    /// Whether a statement gives rows. The threads of connections do not read long texts.
    async fn gives_rows(&self, session: &ServerSession, text: &str) -> Result<bool, Failure> {
        let free = Arc::clone(&session.session).try_lock_owned();
        let work = move |text: &str| match free {
            Ok(session) => session.gives_rows(text),
            // Another statement has the session now.
            Err(_) => crate::executor::gives_rows(None, text),
        };
        if text.len() <= SHORT && !text.contains("${") {
            return Ok(work(text));
        }
        let text = text.to_string();
        let read = self.runtime.spawn_blocking(move || work(&text));
        read.await.map_err(|error| Failure::refused(error.to_string()))
    }

    /// Adds an operation of a session; not of one that was closed meanwhile, for nobody would close the operation.
    fn register(&self, session: &ServerSession, asked: Asked) -> Result<Arc<Operation>, Failure> {
        let operation = Operation::new(asked, self.settings.result_limits());
        self.operations.lock().insert(operation.handle, Arc::clone(&operation));
        if self.open.lock().contains_key(&session.handle) {
            return Ok(operation);
        }
        self.operations.lock().remove(&operation.handle);
        Err(Failure::no_such("SessionHandle", session.handle))
    }

    /// Does work on the threads of statements and waits for it.
    async fn on_runtime<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Failure>> + Send + 'static,
    ) -> Result<T, Failure> {
        let task = self.runtime.spawn(work);
        task.await.unwrap_or_else(|error| Err(Failure::refused(error.to_string())))
    }
}

/// What a client has set for its session, in Hive's forms (`HiveSessionImpl.configureSession`).
async fn configure(session: &mut Session, configuration: BTreeMap<String, String>) -> Result<(), Failure> {
    let mut database = None;
    for (key, value) in configuration {
        if key == "use:database" {
            database = Some(value);
        } else if let Some(set) = key.strip_prefix("set:") {
            let (place, name) = set.split_once(':').unwrap_or(("hiveconf", set));
            match place {
                "hivevar" => drop(session.variables_mut().hivevar.insert(name.to_string(), value)),
                "hiveconf" | "system" | "metaconf" => session.config_mut().set(name, &value)?,
                _ => return Err(Failure::refused(format!("{key} cannot be set"))),
            }
        } else {
            session.config_mut().set(&key, &value)?;
        }
    }
    if let Some(database) = database {
        use_database(session, &database).await?;
    }
    Ok(())
}

async fn use_database(session: &mut Session, name: &str) -> Result<(), SkepError> {
    session.execute(&format!("use `{}`", name.replace('`', "``"))).await?;
    Ok(())
}

/// A statement on its way.
struct Work {
    operation: Arc<Operation>,
    session: Arc<tokio::sync::Mutex<Session>>,
    admission: Arc<Admission>,
    /// Whether no other statement of the session begins before the last row of this one.
    alone: bool,
}

impl Work {
    /// Runs the statement and hands its rows to the operation, until the last one.
    async fn run(self, text: String, overlay: BTreeMap<String, String>, database: Option<String>) {
        let Self { operation, session, admission, alone } = self;
        let mut guard = session.lock_owned().await;
        let turn = if crate::executor::waits_its_turn(&text) {
            match admission.enter(&operation.user).await {
                Ok(turn) => Some(turn),
                Err(failure) => {
                    operation.log.error(&failure.message);
                    operation.end(Phase::Failed(failure));
                    return operation.results.end(Err(Arc::new(crate::session::cancelled())));
                }
            }
        } else {
            None
        };
        operation.update(|status| {
            status.phase = Phase::Running;
            status.started = Some(SystemTime::now());
        });
        operation.log.info(&format!("Compiling command(queryId={}): {text}", operation.query_id));
        if let Some(database) = database.filter(|name| name != guard.current_database())
            && let Err(error) = use_database(&mut guard, &database).await
        {
            return fail(&operation, Arc::new(error), &text);
        }
        let mut outcome = execute(&mut guard, &operation, &text, &overlay).await;
        if let Ok(outcome) = &mut outcome
            && guard.config().bool("hive.resultset.use.unique.column.names")
        {
            outcome.columns = std::mem::take(&mut outcome.columns).into_iter().map(OutputColumn::qualified).collect();
        }
        let zone = guard.config().time_zone().parse().ok();
        operation.update(|status| status.zone = zone.unwrap_or(status.zone));
        let guard = alone.then_some(guard);
        match outcome {
            Ok(outcome) => finish(&operation, outcome, turn).await,
            Err(error) => fail(&operation, Arc::new(error), &text),
        }
        drop(guard);
    }
}

/// Runs a statement under its own settings.
async fn execute(
    session: &mut Session,
    operation: &Arc<Operation>,
    text: &str,
    overlay: &BTreeMap<String, String>,
) -> Result<Outcome, SkepError> {
    let overlaid = Overlaid::new(session, overlay)?;
    operation.runs_in(overlaid.session.config(), overlaid.session.current_database());
    operation.set_tag(overlaid.session.config().get("hive.query.tag").filter(|tag| !tag.is_empty()));
    overlaid.session.execute_watched(text, Arc::clone(&operation.monitor)).await
}

/// A session with settings that hold until this is dropped, whether the statement ends or is stopped.
struct Overlaid<'a> {
    session: &'a mut Session,
    before: Option<SessionConfig>,
    overlay: &'a BTreeMap<String, String>,
}

impl<'a> Overlaid<'a> {
    fn new(session: &'a mut Session, overlay: &'a BTreeMap<String, String>) -> Result<Self, SkepError> {
        let before = (!overlay.is_empty()).then(|| session.config().clone());
        let overlaid = Self { session, before, overlay };
        for (key, value) in overlay {
            overlaid.session.config_mut().set(key, value)?;
        }
        Ok(overlaid)
    }
}

impl Drop for Overlaid<'_> {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            for key in self.overlay.keys() {
                self.session.config_mut().restore(key, before);
            }
        }
    }
}

/// Tells the columns of a result and hands on its rows. The operation is finished at the first of them, and its turn ends:
/// from there on it is the client that makes it go on.
async fn finish(operation: &Arc<Operation>, outcome: Outcome, mut turn: Option<Turn>) {
    let Outcome { columns, mut rows, null_text, messages, affected, .. } = outcome;
    if let Some(time) = operation.monitor.compile_time() {
        let (id, seconds) = (&operation.query_id, time.as_secs_f64());
        operation.log.info(&format!("Completed compiling command(queryId={id}); Time taken: {seconds:.3} seconds"));
    }
    for message in &messages {
        operation.log.info(message);
    }
    operation.update(|status| {
        status.columns = Some(columns.into());
        status.null_text = null_text;
        status.affected = affected;
    });
    loop {
        match rows.next().await {
            Some(Ok(batch)) => {
                // The first rows are there before the operation has ended, whatever happens to it then.
                let rows = batch.num_rows();
                operation.results.add(batch);
                if rows > 0 {
                    turn = None;
                    succeed(operation);
                }
                operation.results.room().await;
            }
            Some(Err(error)) => return fail(operation, Arc::new(SkepError::from(error)), &operation.text),
            None => break,
        }
    }
    drop(turn);
    succeed(operation);
    operation.results.end(Ok(()));
}

fn succeed(operation: &Operation) {
    if operation.status().phase.is_end() {
        return;
    }
    let seconds = operation.monitor.begun().elapsed().as_secs_f64();
    let id = &operation.query_id;
    operation.log.info(&format!("Completed executing command(queryId={id}); Time taken: {seconds:.3} seconds"));
    operation.log.info("OK");
    operation.end(Phase::Finished);
}

fn fail(operation: &Operation, error: Arc<SkepError>, text: &str) {
    let failure = Failure::of_statement(&error, text, operation.monitor.compile_time().is_some());
    operation.log.error(&failure.message);
    operation.end(Phase::Failed(failure));
    operation.results.end(Err(error));
}
