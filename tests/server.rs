//! HiveServer2's protocol, call by call, over connections to a server in this process.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "server/administrators.rs"]
mod administrators;
#[path = "server/authorizer.rs"]
mod authorizer;
#[path = "server/folders.rs"]
mod folders;
#[path = "server/generated.rs"]
mod generated;
#[path = "server/holding.rs"]
mod holding;
#[path = "server/hostile.rs"]
mod hostile;
#[path = "server/locks.rs"]
mod locks;
#[path = "server/metadata.rs"]
mod metadata;
#[path = "server/reload.rs"]
mod reload;
#[path = "server/running.rs"]
mod running;
#[path = "server/surprises.rs"]
mod surprises;
#[path = "server/unruly.rs"]
mod unruly;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use skep::server::RunningServer;
use skep::session::authorizer::Authorizer;
use skep::{Engine, EngineOptions, SkepError};
use skep_metastore::model::{LockFilter, LockState};
use skep_thrift::{CallError, ClientOptions, Connection, Login};
use skep_thrift_tcli::methods::*;
use skep_thrift_tcli::*;
use tokio::runtime::Runtime;

/// A server with its own catalog, which ends with this.
struct TestServer {
    address: SocketAddr,
    engine: Arc<Engine>,
    server: Option<RunningServer>,
    connections: Runtime,
    statements: Runtime,
    _home: tempfile::TempDir,
}

impl TestServer {
    fn start() -> Self {
        Self::with(&[])
    }

    fn with(settings: &[(&str, &str)]) -> Self {
        Self::asking(settings, None)
    }

    /// A server that asks this authorizer.
    fn asking(settings: &[(&str, &str)], authorizer: Option<Arc<dyn Authorizer>>) -> Self {
        Self::open(settings, authorizer).unwrap()
    }

    /// Why a server with these settings does not start.
    fn refusal(settings: &[(&str, &str)]) -> String {
        match Self::open(settings, None) {
            Ok(_) => panic!("it starts"),
            Err(error) => error.render(""),
        }
    }

    fn open(settings: &[(&str, &str)], authorizer: Option<Arc<dyn Authorizer>>) -> Result<Self, SkepError> {
        let home = tempfile::tempdir().unwrap();
        let ports = [
            "hive.server2.thrift.port",
            "hive.server2.thrift.http.port",
            "hive.metastore.port",
            "hive.server2.webui.port",
        ];
        let mut all: Vec<(String, String)> = ports.iter().map(|port| (port.to_string(), "0".to_string())).collect();
        all.push(("hive.server2.thrift.bind.host".to_string(), "127.0.0.1".to_string()));
        all.extend(settings.iter().map(|(key, value)| (key.to_string(), value.to_string())));
        let options = EngineOptions {
            home: Some(home.path().to_path_buf()),
            settings: all,
            authorizer,
            ..EngineOptions::default()
        };
        let engine = Engine::open(options)?;
        let connections = Runtime::new().unwrap();
        let statements = skep::server::statement_runtime()?;
        let server = connections.block_on(RunningServer::start(&engine, &statements))?;
        let address = server.binary.unwrap();
        Ok(Self { address, engine, server: Some(server), connections, statements, _home: home })
    }

    fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    fn connect(&self) -> Client {
        self.connect_as("joe")
    }

    fn connect_as(&self, user: &str) -> Client {
        let login = Login { user: user.to_string(), password: "x".to_string() };
        let options = ClientOptions { login: Some(login), ..ClientOptions::default() };
        let connection = Connection::open::<NoException>(&format!("thrift://{}", self.address), &options).unwrap();
        Client { connection, session: TSessionHandle::default() }
    }

    /// A connection with a session of this version of the protocol.
    fn session(&self, version: i32) -> Client {
        let mut client = self.connect();
        let opened = client.open(version, &[]);
        assert_eq!(opened.status.status_code, TStatusCode::SUCCESS_STATUS, "{opened:?}");
        client
    }

    /// A connection with a session of this user.
    fn session_of(&self, user: &str) -> Client {
        let mut client = self.connect_as(user);
        let opened = client.open(V10, &[]);
        assert_eq!(opened.status.status_code, TStatusCode::SUCCESS_STATUS, "{opened:?}");
        client
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            self.connections.block_on(server.stop());
        }
        let _ = &self.statements;
    }
}

struct Client {
    connection: Connection,
    session: TSessionHandle,
}

impl Client {
    fn open(&mut self, version: i32, configuration: &[(&str, &str)]) -> TOpenSessionResp {
        let configuration: BTreeMap<String, String> =
            configuration.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
        let request = TOpenSessionReq {
            client_protocol: TProtocolVersion(version),
            configuration: Some(configuration),
            ..Default::default()
        };
        let opened = self.connection.call::<OpenSession>(OpenSessionArgs { req: Some(request) }).unwrap();
        self.session = opened.session_handle.clone().unwrap_or_default();
        opened
    }

    fn request(&self, statement: &str) -> TExecuteStatementReq {
        TExecuteStatementReq {
            session_handle: self.session.clone(),
            statement: statement.to_string(),
            ..Default::default()
        }
    }

    fn send(&mut self, request: TExecuteStatementReq) -> TExecuteStatementResp {
        self.connection.call::<ExecuteStatement>(ExecuteStatementArgs { req: Some(request) }).unwrap()
    }

    /// Runs a statement to its end.
    fn execute(&mut self, statement: &str) -> TOperationHandle {
        let answer = self.send(self.request(statement));
        assert_eq!(answer.status.status_code, TStatusCode::SUCCESS_STATUS, "{statement}: {answer:?}");
        answer.operation_handle.unwrap()
    }

    /// Begins a statement.
    fn begin(&mut self, statement: &str) -> TExecuteStatementResp {
        self.send(TExecuteStatementReq { run_async: Some(true), ..self.request(statement) })
    }

    fn status(&mut self, operation: &TOperationHandle) -> TGetOperationStatusResp {
        let request = TGetOperationStatusReq { operation_handle: operation.clone(), get_progress_update: None };
        self.connection.call::<GetOperationStatus>(GetOperationStatusArgs { req: Some(request) }).unwrap()
    }

    fn cancel(&mut self, operation: &TOperationHandle) -> TStatus {
        let request = TCancelOperationReq { operation_handle: operation.clone() };
        self.connection.call::<CancelOperation>(CancelOperationArgs { req: Some(request) }).unwrap().status
    }

    fn close(&mut self, operation: &TOperationHandle) {
        let request = TCloseOperationReq { operation_handle: operation.clone() };
        self.connection.call::<CloseOperation>(CloseOperationArgs { req: Some(request) }).unwrap();
    }

    fn fetch(&mut self, operation: &TOperationHandle, how: TFetchOrientation, max_rows: i64) -> TFetchResultsResp {
        let request =
            TFetchResultsReq { operation_handle: operation.clone(), orientation: how, max_rows, fetch_type: None };
        self.connection.call::<FetchResults>(FetchResultsArgs { req: Some(request) }).unwrap()
    }

    fn log(&mut self, operation: &TOperationHandle) -> Vec<String> {
        let request = TFetchResultsReq {
            operation_handle: operation.clone(),
            orientation: TFetchOrientation::FETCH_NEXT,
            max_rows: 1000,
            fetch_type: Some(1),
        };
        let answer = self.connection.call::<FetchResults>(FetchResultsArgs { req: Some(request) }).unwrap();
        match answer.results.unwrap().columns.unwrap().remove(0) {
            TColumn::StringVal(column) => column.values,
            other => panic!("{other:?}"),
        }
    }

    /// The values of the first column, which is an `int`, of one fetch.
    fn ints(&mut self, operation: &TOperationHandle, how: TFetchOrientation, max_rows: i64) -> (i64, Vec<i32>) {
        let results = self.fetch(operation, how, max_rows).results.unwrap();
        match results.columns.unwrap().remove(0) {
            TColumn::I32Val(column) => (results.start_row_offset, column.values),
            other => panic!("{other:?}"),
        }
    }
}

const NEXT: TFetchOrientation = TFetchOrientation::FETCH_NEXT;
const FIRST: TFetchOrientation = TFetchOrientation::FETCH_FIRST;
/// A query that would run for days.
const ENDLESS: &str = "select count(*) from (select explode(split(space(9999), ' ')) a) x cross join \
                       (select explode(split(space(9999), ' ')) b) y cross join \
                       (select explode(split(space(9999), ' ')) c) z";
const V5: i32 = 4;
const V10: i32 = 9;

#[test]
fn the_version_is_the_clients_or_ours() {
    let server = TestServer::start();
    for (asked, answered) in [(0, 0), (5, 5), (9, 9), (10, 10), (99, 10), (-1, 0)] {
        let opened = server.connect().open(asked, &[]);
        assert_eq!(opened.server_protocol_version.0, answered);
        assert!(opened.configuration.is_some(), "newer drivers read it without asking whether it is there");
    }
}

#[test]
fn a_session_begins_with_what_its_client_sets() {
    let server = TestServer::start();
    server.session(V10).execute("create database d1");
    let mut client = server.connect();
    client.open(
        V10,
        &[("use:database", "d1"), ("set:hivevar:v", "17"), ("set:hiveconf:k1", "a"), ("hive.exec.parallel", "true")],
    );
    let shown = client.execute("select concat_ws(',', current_database(), current_user(), '${v}', '${hiveconf:k1}')");
    let results = client.fetch(&shown, NEXT, 10).results.unwrap();
    let Some(TColumn::StringVal(column)) = results.columns.unwrap().pop() else { panic!() };
    assert_eq!(column.values, ["d1,joe,17,a"]);
    let refused = server.connect().open(V10, &[("use:database", "nosuch")]);
    assert_eq!(refused.status.status_code, TStatusCode::ERROR_STATUS);
    let text = refused.status.error_message.unwrap();
    assert!(text.starts_with("Failed to open new session: ") && text.contains("nosuch"), "{text}");
}

#[test]
fn rows_come_by_column_or_by_row() {
    let server = TestServer::start();
    let query = "select a, b from (select 1 a, 'x' b union all select null, null) t order by a";
    let mut client = server.session(V10);
    let operation = client.execute(query);
    let results = client.fetch(&operation, NEXT, 10).results.unwrap();
    assert!(results.rows.is_empty());
    assert_eq!(
        results.columns.unwrap(),
        [
            TColumn::I32Val(TI32Column { values: vec![1, 0], nulls: vec![2] }),
            TColumn::StringVal(TStringColumn { values: vec!["x".into(), String::new()], nulls: vec![2] }),
        ]
    );
    let end = client.fetch(&operation, NEXT, 10).results.unwrap();
    assert_eq!(
        end.columns.unwrap(),
        [
            TColumn::I32Val(TI32Column { values: vec![], nulls: vec![] }),
            TColumn::StringVal(TStringColumn { values: vec![], nulls: vec![] }),
        ]
    );
    let mut old = server.session(V5);
    let operation = old.execute(query);
    let results = old.fetch(&operation, NEXT, 10).results.unwrap();
    assert_eq!(results.columns, None);
    let row = |a: Option<i32>, b: Option<&str>| TRow {
        col_vals: vec![
            TColumnValue::I32Val(TI32Value { value: a }),
            TColumnValue::StringVal(TStringValue { value: b.map(str::to_string) }),
        ],
    };
    assert_eq!(results.rows, [row(Some(1), Some("x")), row(None, None)]);
}

#[test]
fn each_type_has_its_column() {
    let server = TestServer::start();
    let mut client = server.session(V10);
    let operation = client.execute(
        "select true, 1Y, 2S, 3, 4L, cast(0.1 as float), 0.25D, cast(1.5 as decimal(5,2)), 's', cast('v' as varchar(3)), \
         cast('c' as char(3)), date '2020-01-02', timestamp '2020-01-02 03:04:05.678', cast('b' as binary), \
         array(1, null), map('k\"', date '2020-01-02'), named_struct('f', 's'), interval '1-2' year to month, \
         interval '1 2:3:4' day to second, null",
    );
    let request = TGetResultSetMetadataReq { operation_handle: operation.clone() };
    let args = GetResultSetMetadataArgs { req: Some(request) };
    let schema = client.connection.call::<GetResultSetMetadata>(args).unwrap().schema.unwrap();
    let types: Vec<i32> = schema
        .columns
        .iter()
        .map(|column| match &column.type_desc.types[0] {
            TTypeEntry::PrimitiveEntry(entry) => entry.r#type.0,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(types, [0, 1, 2, 3, 4, 5, 6, 15, 7, 18, 19, 17, 8, 9, 10, 11, 12, 20, 21, 16]);
    assert_eq!(schema.columns[0].position, 1);
    let columns = client.fetch(&operation, NEXT, 10).results.unwrap().columns.unwrap();
    let texts: Vec<String> = columns
        .iter()
        .filter_map(|column| match column {
            TColumn::StringVal(column) => Some(column.values[0].clone()),
            _ => None,
        })
        .collect();
    let expected = [
        "1.50",
        "s",
        "v",
        "c  ",
        "2020-01-02",
        "2020-01-02 03:04:05.678",
        "[1,null]",
        r#"{"k\"":"2020-01-02"}"#,
        r#"{"f":"s"}"#,
        "1-2",
        "1 02:03:04.000000000",
        "",
    ];
    assert_eq!(texts, expected);
    assert_eq!(columns[5], TColumn::DoubleVal(TDoubleColumn { values: vec![0.1], nulls: vec![0] }));
    assert_eq!(columns[13], TColumn::BinaryVal(TBinaryColumn { values: vec![b"b".to_vec()], nulls: vec![0] }));
    assert_eq!(columns[19], TColumn::StringVal(TStringColumn { values: vec![String::new()], nulls: vec![1] }));
}

#[test]
fn rows_are_fetched_in_pages_and_again_from_the_first() {
    let server = TestServer::with(&[("skep.server.result.memory", "1")]);
    let mut client = server.session(V10);
    let operation =
        client.execute("select cast(pos as int) from (select posexplode(split(space(4), ' ')) as (pos, v)) t");
    // hive-driver's first fetch is FETCH_FIRST.
    assert_eq!(client.ints(&operation, FIRST, 2), (0, vec![0, 1]));
    assert_eq!(client.ints(&operation, NEXT, 2), (2, vec![2, 3]));
    assert_eq!(client.ints(&operation, FIRST, 3), (0, vec![0, 1, 2]));
    assert_eq!(client.ints(&operation, NEXT, 10), (3, vec![3, 4]));
    assert_eq!(client.ints(&operation, NEXT, 10), (5, vec![]));
    let last = client.fetch(&operation, TFetchOrientation::FETCH_LAST, 10);
    let text = last.status.error_message.unwrap();
    assert_eq!(text, "The fetch type FETCH_LAST is not supported for this resultset");
}

#[test]
fn what_gives_no_rows_says_so() {
    let server = TestServer::with(&[("hive.security.command.whitelist", "set,dfs")]);
    let mut client = server.session(V10);
    for statement in ["create table t (a int)", "set k=v", "insert into t values (1), (2)", "use default"] {
        assert!(!client.execute(statement).has_result_set, "{statement}");
    }
    for statement in ["set k", "show tables", "describe t", "explain select 1", "/* c */ select 1 -- d", "dfs -ls /"] {
        assert!(client.execute(statement).has_result_set, "{statement}");
    }
    client.execute("set hive.support.quoted.identifiers=standard");
    for statement in ["select 1 as \"a b\"", "describe \"t\""] {
        assert!(client.execute(statement).has_result_set, "{statement}");
    }
    let inserted = client.begin("insert into t values (3)").operation_handle.unwrap();
    while client.status(&inserted).operation_state != Some(TOperationState::FINISHED_STATE) {}
    let done = client.status(&inserted);
    assert_eq!((done.has_result_set, done.num_modified_rows), (Some(false), Some(1)));
}

#[test]
fn errors_have_their_codes_and_a_trace_that_java_can_read() {
    let server = TestServer::start();
    let mut client = server.session(V10);
    for (statement, begin, state, code) in [
        ("selec 1", "Error while compiling statement: FAILED: ParseException line 1:0", "42000", 40000),
        ("select * from nosuch", "Error while compiling statement: FAILED: SemanticException", "42S02", 10001),
        (
            "select nosuch from (select 1 a) t",
            "Error while compiling statement: FAILED: SemanticException",
            "42000",
            10004,
        ),
        ("select nosuch(1)", "Error while compiling statement: FAILED: SemanticException", "42000", 10011),
        ("use nosuch", "Error while compiling statement: FAILED: SemanticException", "42000", 10072),
        ("select split('a')", "Error while compiling statement: FAILED: SemanticException", "21000", 10015),
        ("drop database default", "Error while processing statement: FAILED: Execution Error", "08S01", 1),
    ] {
        let answer = client.send(client.request(statement));
        assert_eq!(answer.operation_handle, None);
        let status = answer.status;
        assert_eq!(status.status_code, TStatusCode::ERROR_STATUS);
        let text = status.error_message.unwrap();
        assert!(text.starts_with(begin), "{text}");
        assert_eq!((status.sql_state.as_deref(), status.error_code), (Some(state), Some(code)), "{text}");
        let trace = status.info_messages.unwrap();
        assert_eq!(trace.len(), 2, "a header and as many frames as it says");
        assert!(trace[0].starts_with("*org.apache.hive.service.cli.HiveSQLException:") && trace[0].ends_with(":1:0"));
    }
    // A table that is missing is told in these words, as SQLAlchemy's dialect looks for them.
    let answer = client.send(client.request("describe nosuch"));
    let text = answer.status.error_message.unwrap();
    assert!(text.contains("SemanticException") && text.contains("Table not found nosuch"), "{text}");
}

#[test]
fn a_running_statement_is_cancelled_at_once() {
    let server = TestServer::start();
    let mut client = server.session(V10);
    let operation = client.begin(ENDLESS).operation_handle.unwrap();
    let mut other = server.connect();
    let begun = Instant::now();
    assert_eq!(other.cancel(&operation).status_code, TStatusCode::SUCCESS_STATUS);
    assert_eq!(client.status(&operation).operation_state, Some(TOperationState::CANCELED_STATE));
    assert!(begun.elapsed() < Duration::from_secs(4), "a question for the state must not wait to its limit");
    let slow = TExecuteStatementReq { query_timeout: Some(1), run_async: Some(true), ..client.request(ENDLESS) };
    let operation = client.send(slow).operation_handle.unwrap();
    let mut state = client.status(&operation).operation_state;
    while state == Some(TOperationState::RUNNING_STATE) {
        state = client.status(&operation).operation_state;
    }
    assert_eq!(state, Some(TOperationState::TIMEDOUT_STATE));
    // What has ended can be cancelled, too.
    let done = client.execute("select 1");
    assert_eq!(client.cancel(&done).status_code, TStatusCode::SUCCESS_STATUS);
    assert_eq!(client.ints(&done, NEXT, 1).1, [1]);
}

/// Two stages, the second of which has nothing to do for long.
const TWO_STAGES: &str = "select x.a, count(*) from (select explode(split(space(9999), ' ')) a) x cross join \
                          (select explode(split(space(9999), ' ')) b) y cross join \
                          (select explode(split(space(9999), ' ')) c) z group by x.a";

#[test]
fn the_progress_of_a_statement_is_told_to_those_who_ask() {
    let server = TestServer::start();
    let mut client = server.session(V10);
    let operation = client.begin(TWO_STAGES).operation_handle.unwrap();
    let ask = |client: &mut Client, progress| {
        let request =
            TGetOperationStatusReq { operation_handle: operation.clone(), get_progress_update: Some(progress) };
        let args = GetOperationStatusArgs { req: Some(request) };
        client.connection.call::<GetOperationStatus>(args).unwrap().progress_update_response
    };
    assert_eq!(ask(&mut client, false), None);
    let begun = Instant::now();
    let mut told = ask(&mut client, true);
    while told.is_none() {
        told = ask(&mut client, true);
    }
    let told = told.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(4), "a bar must not stand still to the limit of a long question");
    assert_eq!(told.header_names.join(" "), "VERTICES MODE STATUS TOTAL COMPLETED RUNNING PENDING FAILED KILLED");
    assert_eq!(told.status, TJobExecutionStatus::IN_PROGRESS);
    assert!(told.rows.len() >= 2 && told.rows.iter().all(|row| row.len() == 9), "{told:?}");
    assert!(told.rows[0][0].starts_with("Map 1 ") && told.footer_summary.starts_with("VERTICES: 0"), "{told:?}");
    assert!((0.0..1.0).contains(&told.progressed_percentage));
    client.cancel(&operation);
    let told = ask(&mut client, true).unwrap();
    assert_eq!(told.status, TJobExecutionStatus::COMPLETE);
    assert!(told.rows.iter().any(|row| row[2] == "KILLED" && row[8] != "0"), "{told:?}");
    // What has ended before anyone saw it run has no bar.
    let operation = client.execute("select 1");
    let request = TGetOperationStatusReq { operation_handle: operation, get_progress_update: Some(true) };
    let args = GetOperationStatusArgs { req: Some(request) };
    assert_eq!(client.connection.call::<GetOperationStatus>(args).unwrap().progress_update_response, None);
}

#[test]
fn progress_goes_into_the_log_where_that_is_wanted() {
    let server = TestServer::start();
    let mut client = server.session(V10);
    client.execute("set hive.server2.in.place.progress=false");
    let operation = client.begin(TWO_STAGES).operation_handle.unwrap();
    let mut lines = Vec::new();
    while !lines.iter().any(|line: &String| line.starts_with("INFO  : Map 1: ")) {
        lines.extend(client.log(&operation));
        std::thread::sleep(Duration::from_millis(10));
    }
    client.cancel(&operation);
}

#[test]
fn a_log_is_read_while_the_statement_runs() {
    let server = TestServer::start();
    let mut client = server.session(V10);
    let operation = client.execute("select 1");
    let log = client.log(&operation);
    assert!(log[0].starts_with("INFO  : Compiling command(queryId=joe_"), "{log:?}");
    assert_eq!(log.last().unwrap(), "INFO  : OK");
    assert!(client.log(&operation).is_empty());
}

#[test]
fn unknown_methods_and_handles_leave_the_connection_alive() {
    let server = TestServer::start();
    let mut client = server.session(V10);
    let operation = client.execute("select 1");
    let close = TCloseOperationReq { operation_handle: operation.clone() };
    client.connection.call::<CloseOperation>(CloseOperationArgs { req: Some(close) }).unwrap();
    let gone = client.fetch(&operation, NEXT, 1).status;
    assert!(gone.error_message.unwrap().starts_with("Invalid OperationHandle: OperationHandle ["));
    let unknown = client.connection.call::<Unknown>(GetInfoArgs::default()).unwrap_err();
    let CallError::Application(unknown) = unknown else { panic!("{unknown:?}") };
    assert!(unknown.to_string().contains("CloseImpalaOperation"), "{unknown}");
    assert!(client.execute("select 1").has_result_set);
}

/// What impyla calls before it closes an operation.
struct Unknown;

impl skep_thrift::Method for Unknown {
    const NAME: &'static str = "CloseImpalaOperation";
    const ONEWAY: bool = false;
    type Args = GetInfoArgs;
    type Success = TGetInfoResp;
    type Exception = NoException;

    fn exception_field(exception: &NoException) -> Option<i16> {
        match *exception {}
    }

    fn read_exception(_: i16, _: &mut skep_thrift::Reader<'_>) -> Result<Option<NoException>, skep_thrift::ReadError> {
        Ok(None)
    }
}

#[test]
fn a_session_ends_with_its_connection() {
    let server = TestServer::start();
    let sessions = Arc::clone(server.server.as_ref().unwrap().sessions());
    let mut client = server.session(V10);
    client.execute("create temporary table t (a int)");
    assert_eq!(sessions.all().len(), 1);
    drop(client);
    while !sessions.all().is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(sessions.operations().is_empty());
}

#[test]
fn statements_wait_for_their_turn() {
    let server = TestServer::with(&[("skep.server.running.statements", "1"), ("skep.server.waiting.statements", "1")]);
    let (mut first, mut second, mut third) = (server.session(V10), server.session(V10), server.session(V10));
    let running = first.begin(ENDLESS).operation_handle.unwrap();
    let waiting = second.begin("select 1").operation_handle.unwrap();
    assert_eq!(second.status(&waiting).operation_state, Some(TOperationState::PENDING_STATE));
    let refused = third.begin("select 1");
    assert_eq!(refused.status.sql_state.as_deref(), Some("53300"), "{refused:?}");
    first.cancel(&running);
    assert_eq!(second.ints(&waiting, NEXT, 1).1, [1]);
}

#[test]
fn a_user_has_so_many_sessions_and_no_more() {
    let server = TestServer::with(&[("hive.server2.limit.connections.per.user", "1")]);
    let first = server.session(V10);
    let refused = server.connect().open(V10, &[]).status;
    let text = refused.error_message.unwrap();
    assert!(text.contains("Connection limit per user reached (user: joe limit: 1)"), "{text}");
    drop(first);
    while server.connect().open(V10, &[]).status.status_code != TStatusCode::SUCCESS_STATUS {
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn what_nobody_uses_is_closed() {
    let server = TestServer::with(&[
        ("hive.server2.session.check.interval", "20ms"),
        ("hive.server2.idle.session.timeout", "3s"),
        ("hive.server2.idle.operation.timeout", "2s"),
    ]);
    let sessions = Arc::clone(server.server.as_ref().unwrap().sessions());
    let mut client = server.session(V10);
    client.execute("select 1");
    assert_eq!(sessions.operations().len(), 1);
    while !sessions.all().is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(sessions.operations().is_empty());
    let refused = client.send(client.request("select 1")).status.error_message.unwrap();
    assert!(refused.starts_with("Invalid SessionHandle: SessionHandle ["), "{refused}");
}

#[test]
fn a_statement_that_wants_too_much_memory_fails_alone() {
    let server = TestServer::with(&[("skep.memory.limit", "64m"), ("skep.memory.statement.limit", "2m")]);
    let mut client = server.session(V10);
    // One group's list cannot be spilled.
    let greedy = "select size(collect_list(concat(x.a, y.b, 'text'))) from \
                  (select posexplode(split(space(999), ' ')) as (a, s)) x cross join \
                  (select posexplode(split(space(999), ' ')) as (b, s)) y";
    let status = client.send(client.request(greedy)).status;
    assert_eq!(status.sql_state.as_deref(), Some("53200"), "{status:?}");
    let other = client.execute("select 1");
    assert_eq!(client.ints(&other, NEXT, 1).1, [1]);
}

#[test]
fn a_server_that_ends_lets_statements_end() {
    let mut server = TestServer::start();
    let mut client = server.session(V10);
    client.execute("create table t (a int)");
    let running = server.server.take().unwrap();
    let sessions = Arc::clone(running.sessions());
    let slow = "insert into t select count(*) from (select explode(split(space(2999), ' ')) a) x cross join \
                (select explode(split(space(2999), ' ')) b) y";
    let operation = client.begin(slow).operation_handle.unwrap();
    let ended = server.connections.spawn(running.stop());
    while server.connect().open(V10, &[]).status.sql_state.as_deref() != Some("57P01") {
        std::thread::sleep(Duration::from_millis(1));
    }
    let mut done = client.status(&operation);
    while done.operation_state == Some(TOperationState::RUNNING_STATE) {
        done = client.status(&operation);
    }
    assert_eq!(done.operation_state, Some(TOperationState::FINISHED_STATE));
    server.connections.block_on(ended).unwrap();
    assert!(sessions.all().is_empty());
}
