//! A client of HiveServer2: of Skep's own server, Hive's, Spark's or Kyuubi's.
//!
//! [`RemoteSession`] runs statements on a server as [`Session`](crate::Session) runs them here: its results are of the same
//! type, so that the shell prints both the same way.

mod discovery;
mod rows;
mod url;

pub use url::JdbcUrl;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::datatypes::Schema;
use datafusion::error::DataFusionError;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::stream;
use parking_lot::Mutex;
use skep_thrift::{ClientOptions, Connection, Login, Method};
use skep_thrift_tcli::methods::{
    CancelOperation, CancelOperationArgs, CloseOperation, CloseOperationArgs, CloseSession, CloseSessionArgs,
    ExecuteStatement, ExecuteStatementArgs, FetchResults, FetchResultsArgs, GetOperationStatus, GetOperationStatusArgs,
    GetResultSetMetadata, GetResultSetMetadataArgs, OpenSession, OpenSessionArgs,
};
use skep_thrift_tcli::{
    NoException, TCancelOperationReq, TCloseOperationReq, TCloseSessionReq, TExecuteStatementReq, TFetchOrientation,
    TFetchResultsReq, TGetOperationStatusReq, TGetResultSetMetadataReq, TOpenSessionReq, TOperationHandle,
    TOperationState, TProtocolVersion, TRowSet, TSessionHandle, TStatus, TStatusCode,
};

use crate::error::{ErrorKind, Result, SkepError};
use crate::{CancelHandle, Outcome, OutputColumn};

/// Rows that are fetched at a time, where the URL does not say.
const FETCH_SIZE: i64 = 10_000;
/// Who the user is where nobody says, as the driver has it.
const ANONYMOUS: &str = "anonymous";

/// A session on a server.
#[derive(Debug)]
pub struct RemoteSession {
    link: Arc<Link>,
    handle: TSessionHandle,
    cancel: CancelHandle,
    fetch_size: i64,
    /// Whether lines of logs are asked for and printed to standard error.
    pub shows_log: bool,
}

/// A connection, with what is needed to make another one.
#[derive(Debug)]
struct Link {
    address: String,
    options: ClientOptions,
    connection: Mutex<Connection>,
}

impl Link {
    /// Connects.
    async fn to(address: String, options: ClientOptions) -> Result<Self> {
        let (place, how) = (address.clone(), options.clone());
        let connected = tokio::task::spawn_blocking(move || Connection::open::<NoException>(&place, &how)).await;
        let connection =
            connected.map_err(|error| broken(&address, error))?.map_err(|error| broken(&address, error))?;
        Ok(Self { address, options, connection: Mutex::new(connection) })
    }

    /// Makes a call on a thread that may block.
    async fn call<M: Method<Exception = NoException>>(self: &Arc<Self>, args: M::Args) -> Result<M::Success>
    where
        M::Success: 'static,
    {
        let link = Arc::clone(self);
        let called = tokio::task::spawn_blocking(move || link.connection.lock().call::<M>(args));
        let answer = called.await.map_err(|error| broken(&self.address, error))?;
        answer.map_err(|error| broken(&self.address, error))
    }
}

impl RemoteSession {
    /// Connects to the first of the URL's servers that answers, and opens a session. `user` and `password` are those of
    /// the command line, which count where the URL has none.
    ///
    /// # Errors
    /// No server answers, or none takes the name and the password, the settings or the database.
    pub async fn connect(url: &JdbcUrl, user: Option<&str>, password: Option<&str>) -> Result<Self> {
        let mut last = protocol_error("the URL names no server");
        for server in discovery::servers(url).await? {
            match Self::open(&server, user, password).await {
                Ok(session) => return Ok(session),
                Err(error) => last = error,
            }
        }
        if url.zookeeper.is_some() {
            last = last.with_hint("none of the servers in ZooKeeper could be used; this is what the last one said");
        }
        Err(last)
    }

    /// Opens a session on the one server of a URL.
    async fn open(url: &JdbcUrl, user: Option<&str>, password: Option<&str>) -> Result<Self> {
        let user = url.user.as_deref().or(user).unwrap_or(ANONYMOUS).to_string();
        let password = url.password.as_deref().or(password).unwrap_or(ANONYMOUS).to_string();
        if url.uses_tls() && url.trusted.is_none() {
            let text = "with ssl=true the URL must name the authorities that are trusted: sslTrustStore=FILE.pem";
            return Err(SkepError::new(ErrorKind::Configuration, text).with_code(1, "08001"));
        }
        let login = Login { user: user.clone(), password: password.clone() };
        let options = ClientOptions {
            // Statements take as long as they take.
            timeout: None,
            login: (!url.no_sasl || url.http_path().is_some()).then_some(login),
            tls: url.trusted.as_ref().filter(|_| url.uses_tls()).map(PathBuf::from),
            ..ClientOptions::default()
        };
        let link = Arc::new(Link::to(address(url), options).await?);
        let request = TOpenSessionReq {
            client_protocol: TProtocolVersion::HIVE_CLI_SERVICE_PROTOCOL_V10,
            username: Some(user),
            password: Some(password),
            configuration: Some(configuration(url)),
        };
        let opened = link.call::<OpenSession>(OpenSessionArgs { req: Some(request) }).await?;
        check(opened.status)?;
        let handle = opened.session_handle.ok_or_else(|| protocol_error("the new session has no handle"))?;
        let fetch_size = url.fetch_size.unwrap_or(FETCH_SIZE);
        Ok(Self { link, handle, cancel: CancelHandle::new(), fetch_size, shows_log: false })
    }

    /// What stops this session's statements from another thread.
    pub fn cancel_handle(&self) -> CancelHandle {
        self.cancel.clone()
    }

    /// Runs a statement and gives its result; rows are fetched as they are taken.
    ///
    /// # Errors
    /// The server's, in its words; or the connection breaks.
    pub async fn execute(&mut self, statement: &str) -> Result<Outcome> {
        let request = TExecuteStatementReq {
            session_handle: self.handle.clone(),
            statement: statement.to_string(),
            run_async: Some(true),
            ..Default::default()
        };
        let mut watch = self.cancel.watch();
        let begun = self.link.call::<ExecuteStatement>(ExecuteStatementArgs { req: Some(request) }).await?;
        check(begun.status)?;
        let handle = begun.operation_handle.ok_or_else(|| protocol_error("the statement has no handle"))?;
        let operation = RemoteOperation { link: Arc::clone(&self.link), handle };
        let ended = tokio::select! {
            ended = operation.ended(self.shows_log) => ended,
            () = watch.cancelled() => {
                operation.cancel().await?;
                Err(crate::session::cancelled())
            }
        };
        let affected = match ended {
            Ok(affected) => affected,
            Err(error) => {
                operation.close().await?;
                return Err(error);
            }
        };
        if !operation.handle.has_result_set {
            operation.close().await?;
            return Ok(affected.map_or_else(Outcome::done, Outcome::changed));
        }
        let columns = operation.columns().await?;
        let rows = operation.rows(columns.clone(), self.fetch_size);
        Ok(Outcome { columns, rows: crate::session::stoppable(rows, watch), has_rows: true, ..Outcome::done() })
    }
}

impl Drop for RemoteSession {
    fn drop(&mut self) {
        let request = TCloseSessionReq { session_handle: self.handle.clone() };
        // A server that is gone has no session any more.
        let _ = self.link.connection.lock().call::<CloseSession>(CloseSessionArgs { req: Some(request) });
    }
}

/// Where the one server of a URL is.
fn address(url: &JdbcUrl) -> String {
    let host = url.hosts.concat();
    match url.http_path() {
        Some(path) => {
            let scheme = if url.uses_tls() { "https" } else { "http" };
            format!("{scheme}://{host}/{}", path.trim_start_matches('/'))
        }
        None => format!("thrift://{host}"),
    }
}

/// What the URL sets for the session, in the driver's form.
fn configuration(url: &JdbcUrl) -> BTreeMap<String, String> {
    let settings = url.settings.iter().map(|(key, value)| (format!("set:hiveconf:{key}"), value.clone()));
    let variables = url.variables.iter().map(|(key, value)| (format!("set:hivevar:{key}"), value.clone()));
    let database = url.database.iter().map(|name| ("use:database".to_string(), name.clone()));
    settings.chain(variables).chain(database).collect()
}

/// A statement on a server.
#[derive(Debug, Clone)]
struct RemoteOperation {
    link: Arc<Link>,
    handle: TOperationHandle,
}

impl RemoteOperation {
    /// Waits until it has ended; how many rows it has changed.
    async fn ended(&self, shows_log: bool) -> Result<Option<u64>> {
        loop {
            let request =
                TGetOperationStatusReq { operation_handle: self.handle.clone(), get_progress_update: Some(false) };
            let args = GetOperationStatusArgs { req: Some(request) };
            let answer = self.link.call::<GetOperationStatus>(args).await?;
            check(answer.status)?;
            let state = answer.operation_state.unwrap_or(TOperationState::UKNOWN_STATE);
            if shows_log {
                self.print_log().await?;
            }
            match state {
                TOperationState::INITIALIZED_STATE
                | TOperationState::PENDING_STATE
                | TOperationState::RUNNING_STATE => {}
                TOperationState::FINISHED_STATE => {
                    return Ok(answer.num_modified_rows.and_then(|rows| u64::try_from(rows).ok()));
                }
                TOperationState::CANCELED_STATE => return Err(crate::session::cancelled()),
                TOperationState::TIMEDOUT_STATE => return Err(remote(None, Some("HYT00"), Some("Query timed out"))),
                _ => {
                    let text = answer.error_message.as_deref();
                    return Err(remote(answer.error_code, answer.sql_state.as_deref(), text));
                }
            }
        }
    }

    /// Prints the lines of the log that have come.
    async fn print_log(&self) -> Result<()> {
        let set = self.fetch(1000, 1).await?;
        for column in set.columns.unwrap_or_default() {
            if let skep_thrift_tcli::TColumn::StringVal(lines) = column {
                lines.values.iter().for_each(|line| eprintln!("{line}"));
            }
        }
        Ok(())
    }

    async fn fetch(&self, max_rows: i64, fetch_type: i16) -> Result<TRowSet> {
        let request = TFetchResultsReq {
            operation_handle: self.handle.clone(),
            orientation: TFetchOrientation::FETCH_NEXT,
            max_rows,
            fetch_type: Some(fetch_type),
        };
        let answer = self.link.call::<FetchResults>(FetchResultsArgs { req: Some(request) }).await?;
        check(answer.status)?;
        Ok(answer.results.unwrap_or_default())
    }

    async fn columns(&self) -> Result<Vec<OutputColumn>> {
        let request = TGetResultSetMetadataReq { operation_handle: self.handle.clone() };
        let args = GetResultSetMetadataArgs { req: Some(request) };
        let answer = self.link.call::<GetResultSetMetadata>(args).await?;
        check(answer.status)?;
        Ok(rows::columns(&answer.schema.unwrap_or_default()))
    }

    /// The rows, fetched as they are taken. The operation is closed behind the last one.
    fn rows(self, columns: Vec<OutputColumn>, fetch_size: i64) -> datafusion::execution::SendableRecordBatchStream {
        let next = move |operation: Option<Self>| {
            let columns = columns.clone();
            async move {
                let Some(operation) = operation else { return Ok(None) };
                let external = |error: SkepError| DataFusionError::External(Box::new(error));
                let set = operation.fetch(fetch_size, 0).await.map_err(external)?;
                match rows::batch(set, &columns).map_err(external)? {
                    Some(batch) => Ok(Some((batch, Some(operation)))),
                    None => {
                        operation.close().await.map_err(external)?;
                        Ok(None)
                    }
                }
            }
        };
        let rows = stream::try_unfold(Some(self), next);
        Box::pin(RecordBatchStreamAdapter::new(Arc::new(Schema::empty()), rows))
    }

    async fn close(&self) -> Result<()> {
        let request = TCloseOperationReq { operation_handle: self.handle.clone() };
        let answer = self.link.call::<CloseOperation>(CloseOperationArgs { req: Some(request) }).await?;
        check(answer.status)
    }

    /// Stops it over a connection of its own: the first one may wait for an answer.
    async fn cancel(&self) -> Result<()> {
        let (link, handle) = (Arc::clone(&self.link), self.handle.clone());
        let cancelled = tokio::task::spawn_blocking(move || {
            let mut connection = Connection::open::<NoException>(&link.address, &link.options)?;
            let request = TCancelOperationReq { operation_handle: handle };
            connection.call::<CancelOperation>(CancelOperationArgs { req: Some(request) })
        });
        let answer = cancelled.await.map_err(|error| broken(&self.link.address, error))?;
        check(answer.map_err(|error| broken(&self.link.address, error))?.status)
    }
}

/// What a status tells.
fn check(status: TStatus) -> Result<()> {
    match status.status_code {
        TStatusCode::ERROR_STATUS | TStatusCode::INVALID_HANDLE_STATUS => {
            Err(remote(status.error_code, status.sql_state.as_deref(), status.error_message.as_deref()))
        }
        _ => Ok(()),
    }
}

/// An error that the server tells of.
fn remote(code: Option<i32>, sqlstate: Option<&str>, text: Option<&str>) -> SkepError {
    let error = SkepError::new(ErrorKind::Remote, text.unwrap_or("the server does not say what is wrong"));
    error.with_code(code.unwrap_or(0), sqlstate.unwrap_or("HY000").to_string())
}

/// The connection does not work.
fn broken(address: &str, error: impl std::fmt::Display) -> SkepError {
    SkepError::new(ErrorKind::Remote, format!("{address}: {error}")).with_code(1, "08S01")
}

/// The server does not keep to the protocol.
fn protocol_error(text: impl Into<String>) -> SkepError {
    SkepError::new(ErrorKind::Remote, text).with_code(1, "08P01")
}
