//! Calls that mean no good: each is answered with an error, the connection lives on, and so does the server.

use std::io::{Read, Write};
use std::net::TcpStream;

use skep_thrift::{Kind, MessageHeader, MessageKind, Protocol, Reader, Scanner, Writer};

use super::*;

/// A connection over which bytes go as they are: to a server without SASL.
pub(super) struct Raw(pub(super) TcpStream);

impl Raw {
    pub(super) fn open(server: &TestServer) -> Self {
        let stream = TcpStream::connect(server.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(stream)
    }

    /// Sends bytes; the server may have closed the connection.
    pub(super) fn send(&mut self, bytes: &[u8]) {
        let _ = self.0.write_all(bytes);
    }

    /// The next message; `None` if the server has closed the connection.
    pub(super) fn answer(&mut self) -> Option<Vec<u8>> {
        let (mut bytes, mut scanner) = (Vec::new(), Scanner::new(Protocol::Binary, 64 << 20, 64));
        let mut part = [0; 4096];
        loop {
            if let Some(end) = scanner.scan(&bytes).unwrap() {
                assert_eq!(end, bytes.len(), "nothing was asked for beside it");
                return Some(bytes);
            }
            match self.0.read(&mut part) {
                Ok(0) => return None,
                Ok(count) => bytes.extend(&part[..count]),
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("neither an answer nor an end: {error}"),
            }
        }
    }
}

/// A message that calls a method; the bytes are its arguments.
pub(super) fn message(method: &str, arguments: &[u8]) -> Vec<u8> {
    let mut writer = Writer::new(Protocol::Binary);
    MessageHeader { name: method.to_string(), kind: MessageKind::Call, sequence: 7 }.write(&mut writer);
    [writer.finish().unwrap(), arguments.to_vec()].concat()
}

/// How a call ended: with an exception of the protocol, or a status; `GetQueryId` has none.
#[derive(Debug, PartialEq)]
enum Ended {
    Exception,
    Status(TStatus),
    Nothing,
}

impl Ended {
    fn of(answer: &[u8], method: &str) -> Self {
        let mut reader = Reader::new(answer, Protocol::Binary);
        let header = MessageHeader::read(&mut reader).unwrap();
        assert_eq!((header.name.as_str(), header.sequence), (method, 7));
        if header.kind == MessageKind::Exception {
            return Self::Exception;
        }
        let _result = reader.begin_struct().unwrap();
        assert_eq!(reader.field().unwrap().unwrap().id, 0);
        let _response = reader.begin_struct().unwrap();
        let first = reader.field().unwrap().unwrap();
        match (first.id, first.kind) {
            (1, Kind::Struct) => Self::Status(reader.value().unwrap()),
            (1, Kind::String) if method == "GetQueryId" => Self::Nothing,
            other => panic!("{method}: {other:?}"),
        }
    }

    fn is_error(&self) -> bool {
        match self {
            Self::Exception => true,
            Self::Status(status) => is_error(status),
            Self::Nothing => true,
        }
    }
}

/// An error that a driver can show: with a text of no great length, a SQLSTATE, and a trace that Java's can read.
fn is_error(status: &TStatus) -> bool {
    if status.status_code != TStatusCode::ERROR_STATUS {
        return false;
    }
    let text = status.error_message.as_ref().unwrap();
    assert!(!text.is_empty() && text.len() < 20_000, "{} bytes: {text:.1000}", text.len());
    assert_eq!(status.sql_state.as_ref().unwrap().len(), 5);
    assert_eq!(status.info_messages.as_ref().unwrap().len(), 2);
    true
}

/// Field 1 of a struct, which is a struct: these are its fields.
fn first(fields: &[u8]) -> Vec<u8> {
    [&[12, 0, 1], fields, &[0]].concat()
}

/// A text or bytes as field `id`.
fn bytes(id: u8, length: usize) -> Vec<u8> {
    let mut field = vec![11, 0, id];
    field.extend(u32::try_from(length).unwrap().to_be_bytes());
    field.resize(field.len() + length, 0);
    field
}

#[test]
fn each_call_without_what_it_needs_is_an_error() {
    let server = TestServer::with(&[("hive.server2.authentication", "NOSASL")]);
    let mut raw = Raw::open(&server);
    let handle = |guid: usize, secret: usize| first(&first(&[bytes(1, guid), bytes(2, secret)].concat()));
    let mut requests: Vec<Vec<u8>> = vec![
        vec![],
        // Text where the request should be, and a request of another number.
        bytes(1, 5),
        vec![12, 0, 9, 0],
        first(&[]),
        first(&first(&[])),
        first(&first(&first(&[]))),
        // Numbers of all kinds where the handle should be.
        first(&[10, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]),
        first(&[2, 0, 1, 1, 3, 0, 2, 1, 6, 0, 3, 0, 1, 8, 0, 4, 0, 0, 0, 1, 4, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0]),
        // A list, a set and a map of more than there is; the connection ends with what cannot be understood.
        first(&[15, 0, 1, 8, 0, 0, 0, 0, 14, 0, 2, 8, 0, 0, 0, 0, 13, 0, 3, 8, 8, 0, 0, 0, 0]),
    ];
    for (guid, secret) in [(0, 0), (16, 0), (0, 16), (15, 16), (17, 17), (16, 16), (1 << 20, 16)] {
        requests.push(first(&handle(guid, secret)));
    }
    for method in skep_thrift_tcli::methods::NAMES {
        for request in &requests {
            raw.send(&message(method, &[request.as_slice(), &[0]].concat()));
            let ended = Ended::of(&raw.answer().expect("the connection lives on"), method);
            // Nothing that a session needs to be opened is missing there.
            let opened = *method == "OpenSession" && ended != Ended::Exception;
            assert!(opened || ended.is_error(), "{method} {request:.100?}: {ended:?}");
        }
    }
    for method in ["UploadData", "DownloadData", "CloseImpalaOperation", "", "\0", "ß"] {
        raw.send(&message(method, &[0]));
        assert_eq!(Ended::of(&raw.answer().unwrap(), method), Ended::Exception);
    }
    // What cannot be understood ends the connection.
    let deep = [12, 0, 1].repeat(10_000);
    let endless = [12, 0, 1, 11, 0, 1, 0x7f, 0xff, 0xff, 0xff];
    let many = [12, 0, 1, 15, 0, 1, 12, 0x7f, 0xff, 0xff, 0xff];
    for arguments in [deep.as_slice(), &endless, &many, &[99], &[12, 0, 1, 11, 0, 1, 0xff, 0xff, 0xff, 0xff]] {
        for method in ["OpenSession", "FetchResults", "NoSuchMethod"] {
            let mut raw = Raw::open(&server);
            raw.send(&message(method, arguments));
            assert_eq!(raw.answer(), None, "{method}");
        }
    }
    server.lives();
}

impl TestServer {
    /// It answers queries as ever, whatever has happened. It has no passwords.
    pub(super) fn lives(&self) {
        let url = format!("http://{}/cliservice", self.server.as_ref().unwrap().http.unwrap());
        let connection = Connection::open::<NoException>(&url, &ClientOptions::default()).unwrap();
        let mut client = Client { connection, session: TSessionHandle::default() };
        assert_eq!(client.open(V10, &[]).status.status_code, TStatusCode::SUCCESS_STATUS);
        let operation = client.execute("select 1");
        assert_eq!(client.ints(&operation, NEXT, 10).1, [1]);
        let request = TCloseSessionReq { session_handle: client.session.clone() };
        client.connection.call::<CloseSession>(CloseSessionArgs { req: Some(request) }).unwrap();
    }
}

#[test]
fn sessions_are_opened_with_what_makes_sense() {
    let server = TestServer::start();
    let mut client = server.connect();
    for version in [i32::MIN, -1, 0, 99, i32::MAX] {
        assert_eq!(client.open(version, &[]).status.status_code, TStatusCode::SUCCESS_STATUS);
        client.execute("select 1");
    }
    let long = "x".repeat(1 << 20);
    for (key, value) in [
        ("hive.security.command.whitelist", "dfs"),
        ("set:hiveconf:hive.conf.restricted.list", ""),
        ("set:hiveconf:skep.server.allow.env", "true"),
        ("set:nonsense:a", "b"),
        ("set:env:PATH", "b"),
        ("hive.exec.parallel", "maybe"),
        ("use:database", ""),
        ("use:database", "no`such`; drop database default"),
        ("use:database", "\0"),
        ("use:database", &long),
        ("hive.server2.proxy.user", &long),
    ] {
        let status = client.open(V10, &[(key, value)]).status;
        assert!(is_error(&status), "{key}={value:.20}: {status:?}");
    }
    for (key, value) in
        [("set:hivevar:", "a"), ("set:hivevar:\0${a}", "${b}"), ("", ""), ("nonsense", &long), (&long, "")]
    {
        let opened = client.open(V10, &[(key, value)]);
        if !is_error(&opened.status) {
            client.execute("select 1");
        }
    }
    let many: Vec<(String, String)> = (0..5000).map(|n| (format!("set:hivevar:k{n}"), "${k0}".to_string())).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(client.open(V10, &many).status.status_code, TStatusCode::SUCCESS_STATUS);
    client.execute("select 1");
    let told = BTreeMap::from([("\n\u{202e}".to_string(), long)]);
    let request = TSetClientInfoReq { session_handle: client.session.clone(), configuration: Some(told) };
    client.connection.call::<SetClientInfo>(SetClientInfoArgs { req: Some(request) }).unwrap();
}

/// `begin`, so many times, `middle`, and as many times `end`.
fn nested(begin: &str, middle: &str, end: &str, times: usize) -> String {
    format!("{}{middle}{}", begin.repeat(times), end.repeat(times))
}

#[test]
fn statements_that_nobody_would_write_are_answered() {
    let server = TestServer::start();
    let mut client = server.session(V10);
    let laughs: Vec<(String, String)> =
        (0..40).map(|n| (format!("set:hivevar:v{n}"), format!("${{v{0}}}${{v{0}}}", n + 1))).collect();
    let laughs: Vec<(&str, &str)> = laughs.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    client.open(V10, &laughs);
    let megabytes = "x".repeat(4 << 20);
    let wrong = [
        "",
        " ",
        ";",
        "\0",
        "select 1\0",
        "select '${v0}'",
        &megabytes,
        &format!("select {megabytes}"),
        &format!("select a from `{megabytes}`"),
        &format!("'{megabytes}"),
        &format!("/* {megabytes}"),
        &"select 1; ".repeat(10_000),
        &"(".repeat(1 << 20),
        &"select ".repeat(100_000),
        &nested("select (", "1", ")", 10_000),
        &format!("select {}", nested("(", "1", ")", 10_000)),
        &format!("select {}", nested("not ", "true", "", 10_000)),
        &format!("select {}", nested("- ", "1", "", 10_000)),
        &format!("select {}", nested("case when true then ", "1", " end", 10_000)),
        &format!("select {}", nested("abs(", "1", ")", 10_000)),
        &format!("select a{}", "[0]".repeat(10_000)),
        &format!("select a{}", ".a".repeat(10_000)),
        &format!("select cast(1 as {})", nested("array<", "int", ">", 10_000)),
        &format!("create table t (a {})", nested("struct<a:", "int", ">", 10_000)),
        &nested("select * from (", "select 1", ") t", 10_000),
        &nested("with t as (", "select 1", ") select 1", 10_000),
        &nested("explain ", "select 1", "", 10_000),
        &format!("select 1 {}", "union all select 1 ".repeat(20_000)),
        &format!("select {}", nested("", "1", " + 1", 100_000)),
        &format!("select '\u{202e}\u{0}{}' from nosuch", "\u{10ffff}".repeat(1000)),
    ];
    for statement in wrong {
        for run_async in [false, true] {
            let request = TExecuteStatementReq { run_async: Some(run_async), ..client.request(statement) };
            let answer = client.send(request);
            if let Some(operation) = answer.operation_handle {
                // It was told too early that it is wrong.
                let mut status = client.status(&operation);
                while let Some(TOperationState::PENDING_STATE | TOperationState::RUNNING_STATE) = status.operation_state
                {
                    status = client.status(&operation);
                }
                assert_eq!(status.operation_state, Some(TOperationState::ERROR_STATE), "{statement:.50}");
                assert!(status.error_message.unwrap().len() < 20_000);
                assert!(client.log(&operation).iter().all(|line| line.len() < 20_000));
                client.close(&operation);
            } else {
                assert!(is_error(&answer.status), "{statement:.50}: {answer:?}");
            }
        }
    }
    for fine in [
        format!("select length('{megabytes}')"),
        format!("select {}1", "/* */ ".repeat(10_000)),
        format!("select 1 in ({})", vec!["1"; 10_000].join(", ")),
        format!("select {}", vec!["1"; 2_000].join(", ")),
    ] {
        client.execute(&fine);
    }
    for timeout in [i64::MIN, -1, 0, i64::MAX] {
        let request = TExecuteStatementReq { query_timeout: Some(timeout), ..client.request("select 1") };
        assert_eq!(client.send(request).status.status_code, TStatusCode::SUCCESS_STATUS);
    }
    for (key, value) in [("hive.security.command.whitelist", "dfs"), ("hive.exec.parallel", "maybe")] {
        let overlay = Some(BTreeMap::from([(key.to_string(), value.to_string())]));
        let answer = client.send(TExecuteStatementReq { conf_overlay: overlay, ..client.request("select 1") });
        assert!(is_error(&answer.status), "{key}: {answer:?}");
    }
    client.execute("select 1");
}

#[test]
fn questions_about_the_catalog_are_answered_whatever_the_pattern() {
    let server = TestServer::start();
    let mut client = server.session(V10);
    client.execute(&format!("create table {} (aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab int)", "a".repeat(100)));
    let patterns = [
        "%".repeat(99_999),
        "*a".repeat(40_000),
        "|".repeat(90_000),
        "*".repeat(1 << 20),
        "\0".into(),
        "[(?{\\".into(),
    ];
    for pattern in &patterns {
        let (session_handle, name) = (client.session.clone(), Some(pattern.clone()));
        let request = TGetSchemasReq {
            session_handle: session_handle.clone(),
            catalog_name: name.clone(),
            schema_name: name.clone(),
        };
        client.connection.call::<GetSchemas>(GetSchemasArgs { req: Some(request) }).unwrap();
        let request = TGetTablesReq {
            session_handle: session_handle.clone(),
            catalog_name: name.clone(),
            schema_name: Some("default".to_string()),
            table_name: name.clone(),
            table_types: Some(vec!["TABLE".to_string(); 10_000]),
        };
        client.connection.call::<GetTables>(GetTablesArgs { req: Some(request) }).unwrap();
        let request = TGetColumnsReq {
            session_handle: session_handle.clone(),
            catalog_name: None,
            schema_name: None,
            table_name: None,
            column_name: name.clone(),
        };
        client.connection.call::<GetColumns>(GetColumnsArgs { req: Some(request) }).unwrap();
        let request = TGetFunctionsReq {
            session_handle: session_handle.clone(),
            catalog_name: None,
            schema_name: None,
            function_name: pattern.clone(),
        };
        client.connection.call::<GetFunctions>(GetFunctionsArgs { req: Some(request) }).unwrap();
        let request = TGetPrimaryKeysReq {
            session_handle,
            catalog_name: name.clone(),
            schema_name: name.clone(),
            table_name: name,
        };
        client.connection.call::<GetPrimaryKeys>(GetPrimaryKeysArgs { req: Some(request) }).unwrap();
    }
    let mut known = 0;
    for info in (-5..120).chain([10_000, 10_005, i32::MIN, i32::MAX]) {
        let request = TGetInfoReq { session_handle: client.session.clone(), info_type: TGetInfoType(info) };
        let answer = client.connection.call::<GetInfo>(GetInfoArgs { req: Some(request) }).unwrap();
        known += usize::from(!is_error(&answer.status));
    }
    assert!((10..30).contains(&known), "{known}");
    client.execute("select 1");
}

#[test]
fn handles_name_what_they_name_and_nothing_else() {
    let server = TestServer::start();
    let (mut client, mut other) = (server.session(V10), server.session_of("ann"));
    let operation = client.execute("select 1");
    let with = |change: &dyn Fn(&mut THandleIdentifier)| {
        let mut changed = operation.clone();
        change(&mut changed.operation_id);
        changed
    };
    for wrong in [
        with(&|id| id.secret[15] ^= 1),
        with(&|id| id.guid[0] ^= 1),
        with(&|id| std::mem::swap(&mut id.guid, &mut id.secret)),
        TOperationHandle { operation_id: client.session.session_id.clone(), ..operation.clone() },
    ] {
        assert!(is_error(&other.cancel(&wrong)));
        assert!(is_error(&other.status(&wrong).status));
        assert!(is_error(&other.fetch(&wrong, NEXT, 1).status));
        let request = TGetQueryIdReq { operation_handle: wrong };
        let answer = other.connection.call::<GetQueryId>(GetQueryIdArgs { req: Some(request) }).unwrap();
        assert_eq!(answer.query_id, "");
    }
    // What the client says of an operation beside its name does not count.
    let said = TOperationHandle {
        operation_type: TOperationType(77),
        has_result_set: false,
        modified_row_count: Some(f64::NAN),
        ..operation.clone()
    };
    for max_rows in [i64::MIN, -1, 0] {
        assert_eq!(client.ints(&said, NEXT, max_rows).1, [] as [i32; 0]);
    }
    for how in [-1, 1, 2, 3, 5, 6, i32::MAX] {
        assert!(is_error(&client.fetch(&said, TFetchOrientation(how), 1).status), "{how}");
    }
    assert_eq!(client.ints(&said, NEXT, i64::MAX).1, [1]);
    let done = client.execute("create table t (a int)");
    assert!(is_error(&client.fetch(&done, NEXT, 1).status), "it has no rows");
    let close = |client: &mut Client, operation: &TOperationHandle| {
        let request = TCloseOperationReq { operation_handle: operation.clone() };
        client.connection.call::<CloseOperation>(CloseOperationArgs { req: Some(request) }).unwrap().status
    };
    assert!(!is_error(&close(&mut client, &said)));
    assert!(is_error(&close(&mut client, &operation)), "twice");
    // A session that is closed takes its operations with it; its name is none any more.
    let operation = client.execute("select 1");
    let end = |client: &mut Client| {
        let request = TCloseSessionReq { session_handle: client.session.clone() };
        client.connection.call::<CloseSession>(CloseSessionArgs { req: Some(request) }).unwrap().status
    };
    assert!(!is_error(&end(&mut client)));
    assert!(is_error(&end(&mut client)), "twice");
    assert!(is_error(&client.status(&operation).status));
    assert!(is_error(&client.fetch(&operation, FIRST, 1).status));
    assert!(is_error(&client.send(client.request("select 1")).status));
    // The connection may open another.
    assert!(!is_error(&client.open(V10, &[]).status));
    client.execute("select 1");
    other.execute("select 1");
}
