//! A client of a HiveServer2 as JDBC's driver is one: a session over a connection of its own.

use std::time::Duration;

use clap::Args;
use skep_thrift::{ClientOptions, Connection, Login, Method};
use skep_thrift_tcli::methods::{
    CancelOperation, CancelOperationArgs, CloseOperation, CloseOperationArgs, CloseSession, CloseSessionArgs,
    ExecuteStatement, ExecuteStatementArgs, FetchResults, FetchResultsArgs, GetOperationStatus, GetOperationStatusArgs,
    OpenSession, OpenSessionArgs,
};
use skep_thrift_tcli::{
    NoException, TCancelOperationReq, TCloseOperationReq, TCloseSessionReq, TColumn, TExecuteStatementReq,
    TFetchOrientation, TFetchResultsReq, TGetOperationStatusReq, TOpenSessionReq, TOperationHandle, TOperationState,
    TProtocolVersion, TSessionHandle, TStatus, TStatusCode,
};

use crate::Result;

/// Where the server is, and the process whose memory is watched.
#[derive(Debug, Args)]
pub struct ServerAt {
    /// The server: `host:port` of its binary transport
    #[arg(long, default_value = "127.0.0.1:10000")]
    server: String,
    /// The transport is without SASL
    #[arg(long)]
    no_sasl: bool,
    /// The user
    #[arg(long, default_value = "bench")]
    user: String,
    /// Process whose memory is watched (Linux)
    #[arg(long)]
    pid: Option<u32>,
}

impl ServerAt {
    /// Whether a process is named whose memory is watched.
    pub fn is_watched(&self) -> bool {
        self.pid.is_some()
    }

    /// The resident bytes of the process that is watched; 0 where none is.
    pub fn memory(&self) -> u64 {
        self.pid.map_or(0, resident)
    }

    /// How long the threads of the process that is watched have computed.
    ///
    /// # Errors
    /// None is named, or it is not there.
    pub fn computed(&self) -> Result<Duration> {
        let pid = self.pid.ok_or("the server's process must be named (--pid)")?;
        let mut nanoseconds = 0;
        for thread in std::fs::read_dir(format!("/proc/{pid}/task"))? {
            // A thread may have ended meanwhile.
            let text = std::fs::read_to_string(thread?.path().join("schedstat")).unwrap_or_default();
            nanoseconds += text.split_whitespace().next().and_then(|text| text.parse().ok()).unwrap_or(0);
        }
        Ok(Duration::from_nanos(nanoseconds))
    }
}

/// A session over its connection.
#[derive(Debug)]
pub struct Client {
    connection: Connection,
    session: TSessionHandle,
}

impl Client {
    /// Connects and opens a session.
    ///
    /// # Errors
    /// The connection's, or the server's.
    pub fn connect(at: &ServerAt) -> Result<Self> {
        let login = Login { user: at.user.clone(), password: "x".to_string() };
        let options = ClientOptions { login: (!at.no_sasl).then_some(login), timeout: None, ..Default::default() };
        let mut connection = Connection::open::<NoException>(&at.server, &options)?;
        let request = TOpenSessionReq {
            client_protocol: TProtocolVersion::HIVE_CLI_SERVICE_PROTOCOL_V10,
            username: Some(at.user.clone()),
            ..Default::default()
        };
        let opened = connection.call::<OpenSession>(OpenSessionArgs { req: Some(request) })?;
        check(&opened.status)?;
        Ok(Self { connection, session: opened.session_handle.ok_or("the session has no handle")? })
    }

    /// Begins a statement; one that is not `asynchronous` has ended, or has its first rows, when this returns.
    ///
    /// # Errors
    /// The server refuses it, or the connection broke.
    pub fn begin(&mut self, statement: &str, asynchronous: bool) -> Result<TOperationHandle> {
        let request = TExecuteStatementReq {
            session_handle: self.session.clone(),
            statement: statement.to_string(),
            run_async: Some(asynchronous),
            ..Default::default()
        };
        let answer = self.connection.call::<ExecuteStatement>(ExecuteStatementArgs { req: Some(request) })?;
        check(&answer.status)?;
        Ok(answer.operation_handle.ok_or("the operation has no handle")?)
    }

    /// Runs a statement as JDBC's driver does, and gives the first column of its rows, which is text.
    ///
    /// # Errors
    /// The statement's, or the connection's.
    pub fn execute(&mut self, statement: &str) -> Result<Vec<String>> {
        let operation = self.begin(statement, true)?;
        while !self.has_ended(&operation)? {}
        let mut values = Vec::new();
        let mut more = operation.has_result_set;
        while more {
            let answer = self.fetch::<FetchResults>(&operation, 1000)?;
            check(&answer.status)?;
            let columns = answer.results.and_then(|results| results.columns).unwrap_or_default();
            match columns.into_iter().next() {
                Some(TColumn::StringVal(column)) => {
                    more = !column.values.is_empty();
                    values.extend(column.values);
                }
                other => return Err(format!("a column of text was to come, and not {other:?}").into()),
            }
        }
        self.finish(operation)?;
        Ok(values)
    }

    /// Whether an operation has ended, or has its first rows. The server may let the question wait for a while.
    ///
    /// # Errors
    /// The operation has failed, or the connection.
    pub fn has_ended(&mut self, operation: &TOperationHandle) -> Result<bool> {
        let request = TGetOperationStatusReq { operation_handle: operation.clone(), get_progress_update: None };
        let args = GetOperationStatusArgs { req: Some(request) };
        let status = self.connection.call::<GetOperationStatus>(args)?;
        check(&status.status)?;
        match status.operation_state {
            Some(TOperationState::FINISHED_STATE) => Ok(true),
            Some(TOperationState::PENDING_STATE | TOperationState::RUNNING_STATE) => Ok(false),
            other => Err(format!("{other:?}: {}", status.error_message.unwrap_or_default()).into()),
        }
    }

    /// Cancels an operation.
    ///
    /// # Errors
    /// The server's, or the connection's.
    pub fn cancel(&mut self, operation: &TOperationHandle) -> Result<()> {
        let request = TCancelOperationReq { operation_handle: operation.clone() };
        check(&self.connection.call::<CancelOperation>(CancelOperationArgs { req: Some(request) })?.status)
    }

    /// Fetches the next rows, as many as `page`, by a method that reads the answer as it likes.
    ///
    /// # Errors
    /// The connection's.
    pub fn fetch<M: Method<Args = FetchResultsArgs, Exception = NoException>>(
        &mut self,
        operation: &TOperationHandle,
        page: i64,
    ) -> Result<M::Success> {
        let request = TFetchResultsReq {
            operation_handle: operation.clone(),
            orientation: TFetchOrientation::FETCH_NEXT,
            max_rows: page,
            fetch_type: None,
        };
        Ok(self.connection.call::<M>(FetchResultsArgs { req: Some(request) })?)
    }

    /// Closes an operation.
    ///
    /// # Errors
    /// The server's, or the connection's.
    pub fn finish(&mut self, operation: TOperationHandle) -> Result<()> {
        let request = TCloseOperationReq { operation_handle: operation };
        check(&self.connection.call::<CloseOperation>(CloseOperationArgs { req: Some(request) })?.status)
    }

    /// Closes the session, and what runs in it.
    ///
    /// # Errors
    /// The server's, or the connection's.
    pub fn close(mut self) -> Result<()> {
        let request = TCloseSessionReq { session_handle: self.session.clone() };
        check(&self.connection.call::<CloseSession>(CloseSessionArgs { req: Some(request) })?.status)
    }
}

/// The error that a status tells of.
fn check(status: &TStatus) -> Result<()> {
    match status.status_code {
        TStatusCode::ERROR_STATUS => Err(status.error_message.clone().unwrap_or_default().into()),
        _ => Ok(()),
    }
}

/// Bytes of memory that a process has.
fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).map_or(0, |kilobytes| kilobytes << 10)
}
