//! Clients that say half of something, that do not listen, or that go away in the middle of things.

use std::io::{Read, Write};
use std::net::TcpStream;

use skep_thrift::{Method, Protocol, Value, Writer};

use super::hostile::{Raw, message};
use super::*;

/// A message that calls a method.
fn call<M: Method>(arguments: &M::Args) -> Vec<u8> {
    let mut writer = Writer::new(Protocol::Binary);
    arguments.write(&mut writer);
    message(M::NAME, &writer.finish().unwrap())
}

fn open_session(raw: &mut Raw) -> TSessionHandle {
    let request = TOpenSessionReq { client_protocol: TProtocolVersion(V10), ..Default::default() };
    raw.send(&call::<OpenSession>(&OpenSessionArgs { req: Some(request) }));
    read::<OpenSession>(&raw.answer().unwrap()).session_handle.unwrap()
}

/// What an answer holds.
fn read<M: Method>(answer: &[u8]) -> M::Success {
    let mut reader = skep_thrift::Reader::new(answer, Protocol::Binary);
    skep_thrift::MessageHeader::read(&mut reader).unwrap();
    let _result = reader.begin_struct().unwrap();
    assert_eq!(reader.field().unwrap().unwrap().id, 0);
    reader.value().unwrap()
}

fn execute(session: &TSessionHandle, statement: &str, run_async: bool) -> Vec<u8> {
    let request = TExecuteStatementReq {
        session_handle: session.clone(),
        statement: statement.to_string(),
        run_async: Some(run_async),
        ..Default::default()
    };
    call::<ExecuteStatement>(&ExecuteStatementArgs { req: Some(request) })
}

fn fetch(operation: &TOperationHandle) -> Vec<u8> {
    let request = TFetchResultsReq {
        operation_handle: operation.clone(),
        orientation: NEXT,
        max_rows: 1 << 20,
        fetch_type: None,
    };
    call::<FetchResults>(&FetchResultsArgs { req: Some(request) })
}

fn without_passwords() -> TestServer {
    TestServer::with(&[("hive.server2.authentication", "NOSASL")])
}

#[test]
fn half_a_message_holds_up_nobody() {
    let server = without_passwords();
    let whole = execute(&TSessionHandle::default(), "select 1", false);
    let head = format!("POST /cliservice HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n", whole.len());
    let http = server.server.as_ref().unwrap().http.unwrap();
    let requests = [head.as_bytes()[..30].to_vec(), [head.as_bytes(), &whole[..9]].concat()];
    let mut silent = Vec::new();
    for number in 0..200 {
        let mut raw = Raw::open(&server);
        raw.send(&whole[..number % whole.len()]);
        let mut stream = TcpStream::connect(http).unwrap();
        stream.write_all(&requests[number % 2]).unwrap();
        silent.push((raw, stream));
    }
    server.lives();
    drop(silent);
    server.lives();
}

#[test]
fn who_does_not_listen_makes_no_heap_of_answers() {
    let server = TestServer::with(&[("hive.server2.authentication", "NOSASL"), ("skep.server.result.ahead", "1m")]);
    let mut raw = Raw::open(&server);
    let session = open_session(&mut raw);
    // 100 million rows of 100 bytes.
    let wide = "select concat(x.a, repeat('x', 100)) from (select explode(split(space(9999), ' ')) a) x cross join \
                (select explode(split(space(9999), ' ')) b) y";
    raw.send(&execute(&session, wide, true));
    let operation = read::<ExecuteStatement>(&raw.answer().unwrap()).operation_handle.unwrap();
    raw.0.set_nonblocking(true).unwrap();
    // As many questions as go into the connection.
    let question = fetch(&operation);
    while raw.0.write(&question).is_ok_and(|count| count == question.len()) {}
    let operation = server.server.as_ref().unwrap().sessions().operations().remove(0);
    let mut rows = 0;
    // The connection is full: no more rows are made, and what was made is a few answers' worth.
    while operation.results.rows() == 0 || operation.results.rows() != rows {
        rows = operation.results.rows();
        std::thread::sleep(Duration::from_millis(500));
        assert!(rows < 1_000_000, "{rows}");
    }
    server.lives();
    drop(raw);
    server.wait_for_sessions(0);
}

impl TestServer {
    /// Waits until so many sessions are left, and no statement runs.
    fn wait_for_sessions(&self, count: usize) {
        let sessions = Arc::clone(self.server.as_ref().unwrap().sessions());
        loop {
            let runs = sessions.operations().iter().any(|operation| !operation.status().phase.is_end());
            if !runs && sessions.all().len() == count {
                return;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn wait_until_it_runs(&self) {
        let sessions = Arc::clone(self.server.as_ref().unwrap().sessions());
        while !sessions.operations().iter().any(|operation| operation.status().started.is_some()) {
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

#[test]
fn who_goes_while_a_call_waits_is_not_worked_for() {
    let server = without_passwords();
    // A statement that is waited for, and a fetch of rows that do not come.
    for fetches in [false, true] {
        let mut raw = Raw::open(&server);
        let session = open_session(&mut raw);
        raw.send(&execute(&session, ENDLESS, fetches));
        server.wait_until_it_runs();
        if fetches {
            let operation = read::<ExecuteStatement>(&raw.answer().unwrap()).operation_handle.unwrap();
            raw.send(&fetch(&operation));
        }
        drop(raw);
        server.wait_for_sessions(0);
        assert!(server.server.as_ref().unwrap().sessions().operations().is_empty());
    }
}

#[test]
fn over_http_a_statement_ends_with_its_request() {
    let server = without_passwords();
    let http = server.server.as_ref().unwrap().http.unwrap();
    let post = |body: &[u8]| {
        let mut stream = TcpStream::connect(http).unwrap();
        let head = format!(
            "POST /cliservice HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
        stream
    };
    let request = TOpenSessionReq { client_protocol: TProtocolVersion(V10), ..Default::default() };
    let mut opened = Vec::new();
    post(&call::<OpenSession>(&OpenSessionArgs { req: Some(request) })).read_to_end(&mut opened).unwrap();
    let body = opened.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap() + 4;
    let session = read::<OpenSession>(&opened[body..]).session_handle.unwrap();
    let waiting = post(&execute(&session, ENDLESS, false));
    server.wait_until_it_runs();
    drop(waiting);
    // The session lives on.
    server.wait_for_sessions(1);
    let mut answer = Vec::new();
    post(&execute(&session, "select 1", false)).read_to_end(&mut answer).unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200"));
}

#[test]
fn sessions_of_connections_that_break_while_they_are_opened_are_closed() {
    let server = without_passwords();
    let request = TOpenSessionReq { client_protocol: TProtocolVersion(V10), ..Default::default() };
    let opening = call::<OpenSession>(&OpenSessionArgs { req: Some(request) });
    for _ in 0..100 {
        let mut raw = Raw::open(&server);
        raw.send(&opening.repeat(3));
    }
    server.lives();
    server.wait_for_sessions(0);
}
