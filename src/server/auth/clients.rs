//! How clients come in, over connections to a server in this process.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use skep_thrift::{CallError, ClientOptions, Connection, Login, PasswordFile};
use skep_thrift_tcli::methods::{
    ExecuteStatement, ExecuteStatementArgs, FetchResults, FetchResultsArgs, OpenSession, OpenSessionArgs,
};
use skep_thrift_tcli::{
    NoException, TColumn, TExecuteStatementReq, TFetchResultsReq, TOpenSessionReq, TOpenSessionResp, TOperationHandle,
    TProtocolVersion, TSessionHandle, TStatus, TStatusCode,
};
use tokio::runtime::Runtime;

use crate::server::RunningServer;
use crate::{Engine, EngineOptions};

/// A server that ends with this; joe's password is `secret`.
struct TestServer {
    server: Option<RunningServer>,
    connections: Runtime,
    statements: Runtime,
    home: tempfile::TempDir,
}

impl TestServer {
    fn with(settings: &[(&str, &str)]) -> Self {
        Self::within(tempfile::tempdir().unwrap(), settings)
    }

    fn within(home: tempfile::TempDir, settings: &[(&str, &str)]) -> Self {
        let users = home.path().join("users");
        std::fs::write(&users, PasswordFile::line("joe", "secret").unwrap()).unwrap();
        let ports = [
            "hive.server2.thrift.port",
            "hive.server2.thrift.http.port",
            "hive.server2.webui.port",
            "hive.metastore.port",
        ];
        let mut all: Vec<(String, String)> = ports.iter().map(|port| (port.to_string(), "0".to_string())).collect();
        all.push(("hive.server2.thrift.bind.host".to_string(), "127.0.0.1".to_string()));
        all.push(("skep.server.password.file".to_string(), users.display().to_string()));
        all.extend(settings.iter().map(|(key, value)| (key.to_string(), value.to_string())));
        let options =
            EngineOptions { home: Some(home.path().to_path_buf()), settings: all, ..EngineOptions::default() };
        let engine = Engine::open(options).unwrap();
        let connections = Runtime::new().unwrap();
        let statements = crate::server::statement_runtime().unwrap();
        let server = connections.block_on(RunningServer::start(&engine, &statements)).unwrap();
        Self { server: Some(server), connections, statements, home }
    }

    fn server(&self) -> &RunningServer {
        self.server.as_ref().unwrap()
    }

    fn binary(&self) -> SocketAddr {
        self.server().binary.unwrap()
    }

    /// The users of the sessions, sorted.
    fn users(&self) -> Vec<String> {
        let mut users: Vec<String> = self.server().sessions().all().iter().map(|s| s.user.clone()).collect();
        users.sort();
        users
    }

    /// Posts what a Thrift client would, over a connection of its own, and gives the answer.
    fn post(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.server().http.unwrap()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let mut request =
            format!("POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
        headers.iter().for_each(|(name, value)| request.push_str(&format!("{name}: {value}\r\n")));
        stream.write_all(format!("{request}\r\n").as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
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

const CUSTOM: (&str, &str) = ("hive.server2.authentication", "CUSTOM");
/// `joe:secret`
const BASIC: (&str, &str) = ("Authorization", "Basic am9lOnNlY3JldA==");

fn login(user: &str, password: &str) -> Option<Login> {
    Some(Login { user: user.to_string(), password: password.to_string() })
}

type Opened = Result<TOpenSessionResp, CallError<NoException>>;

fn open(url: &str, options: &ClientOptions, configuration: &[(&str, &str)]) -> (Opened, Option<Connection>) {
    let configuration: BTreeMap<String, String> =
        configuration.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
    let request = TOpenSessionReq {
        client_protocol: TProtocolVersion::HIVE_CLI_SERVICE_PROTOCOL_V10,
        username: Some("zoe".to_string()),
        configuration: Some(configuration),
        ..Default::default()
    };
    match Connection::open::<NoException>(url, options) {
        Ok(mut connection) => {
            (connection.call::<OpenSession>(OpenSessionArgs { req: Some(request) }), Some(connection))
        }
        Err(error) => (Err(error), None),
    }
}

fn message(status: u8, payload: &[u8]) -> Vec<u8> {
    [&[status][..], &(payload.len() as u32).to_be_bytes(), payload].concat()
}

/// What the server says to these bytes until it closes the connection.
fn said_to(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream.write_all(bytes).unwrap();
    let mut said = Vec::new();
    // A server that closes with unread bytes resets the connection.
    let _ = stream.read_to_end(&mut said);
    said
}

/// A call of a method without arguments, in the binary protocol.
fn call(method: &str) -> Vec<u8> {
    let length = (method.len() as u32).to_be_bytes();
    [&[0x80, 1, 0, 1][..], &length, method.as_bytes(), &[0, 0, 0, 1, 0]].concat()
}

const METHODS: [&str; 8] = [
    "OpenSession",
    "ExecuteStatement",
    "FetchResults",
    "GetInfo",
    "GetTables",
    "GetOperationStatus",
    "SetClientInfo",
    "NoSuchMethod",
];

#[test]
fn nothing_is_answered_before_the_login() {
    let server = TestServer::with(&[CUSTOM]);
    for method in METHODS {
        let call = call(method);
        let framed = [&(call.len() as u32).to_be_bytes()[..], &call].concat();
        let start = message(1, b"PLAIN");
        assert_eq!(said_to(server.binary(), &call), b"", "{method}");
        for (before, after) in [(&b""[..], &framed), (&start, &framed), (&start, &call)] {
            let said = said_to(server.binary(), &[before, after].concat());
            assert!(!said.windows(method.len()).any(|part| part == method.as_bytes()), "{method}: {said:?}");
            assert_ne!(said.first(), Some(&5), "{method}: {said:?}");
        }
        // A call that comes right behind a wrong password; failures of one user would be slowed down.
        let credentials = format!("\0{method}\0wrong");
        let wrong = [&start[..], &message(2, credentials.as_bytes()), &framed].concat();
        assert_eq!(said_to(server.binary(), &wrong), message(4, b"Error validating the login"));
        let answer = server.post("/cliservice", &[], &call);
        assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
        assert!(answer.to_lowercase().contains("www-authenticate: basic realm=\"hiveserver2\""), "{answer}");
        assert!(answer.ends_with("Authentication Error: Authorization header received from the client is empty.\n"));
        assert!(!answer.contains(method), "{answer}");
    }
    assert_eq!(server.users(), [""; 0]);
}

#[test]
fn only_plain_is_spoken() {
    let server = TestServer::with(&[]);
    for mechanism in ["GSSAPI", "DIGEST-MD5", "plain", ""] {
        let said = said_to(server.binary(), &message(1, mechanism.as_bytes()));
        assert_eq!(said, message(3, format!("Unsupported mechanism type {mechanism}").as_bytes()));
    }
    // NOSASL where SASL is asked for, and the other way round.
    assert_eq!(said_to(server.binary(), &call("OpenSession")), b"");
    let raw = TestServer::with(&[("hive.server2.authentication", "NOSASL")]);
    assert_eq!(said_to(raw.binary(), &message(1, b"PLAIN")), b"");
    let (opened, _connection) = open(&format!("thrift://{}", raw.binary()), &ClientOptions::default(), &[]);
    assert_eq!(opened.unwrap().status.status_code, TStatusCode::SUCCESS_STATUS);
    // Over HTTP the name beside the password is believed, over binary that of the request.
    let url = format!("http://{}/cliservice", raw.server().http.unwrap());
    let (opened, _over_http) = open(&url, &ClientOptions { login: login("joe", "x"), ..Default::default() }, &[]);
    opened.unwrap();
    assert_eq!(raw.users(), ["joe", "zoe"]);
}

#[test]
fn passwords_are_asked_for_on_both_transports() {
    let server = TestServer::with(&[CUSTOM]);
    let binary = format!("thrift://{}", server.binary());
    let http = format!("http://{}/cliservice/", server.server().http.unwrap());
    for url in [&binary, &http] {
        let with = |login: Option<Login>| open(url, &ClientOptions { login, ..Default::default() }, &[]);
        for wrong in [login("joe", "wrong"), login("ann", "secret")] {
            let (opened, _) = with(wrong);
            assert!(matches!(opened, Err(CallError::Refused(_))), "{opened:?}");
        }
        let (opened, _connection) = with(login("joe", "secret"));
        assert_eq!(opened.unwrap().status.status_code, TStatusCode::SUCCESS_STATUS);
        // Who has proved a name has that one, whatever the request says.
        assert!(server.users().iter().all(|user| user == "joe"));
    }
}

#[test]
fn a_cookie_stands_for_the_login() {
    let server = TestServer::with(&[CUSTOM, ("hive.server2.thrift.http.cookie.path", "/")]);
    let ask = |headers: &[(&str, &str)]| server.post("/cliservice", headers, &call("GetInfo"));
    let answer = ask(&[BASIC]);
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let line = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
    assert!(line.starts_with("hive.server2.auth=cu="), "{line}");
    assert!(line.ends_with("; Max-Age=86400; Path=/; HttpOnly"), "{line}");
    let pair = line.split(';').next().unwrap();
    // Python's clients send back all of it, others what they should.
    for cookie in [line, pair] {
        for headers in [&[("Cookie", cookie)][..], &[("Cookie", cookie), BASIC]] {
            let answer = ask(headers);
            assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
            // Who sends back all of it keeps it until the next answer alone.
            let again = answer.contains(&format!("set-cookie: {pair}; "));
            assert_eq!((again, answer.contains("set-cookie")), (cookie == line, cookie == line), "{answer}");
        }
    }
    // It does not stand for another user, and one that is not ours for nobody. `ann:secret`
    let other = ask(&[("Cookie", pair), ("Authorization", "Basic YW5uOnNlY3JldA==")]);
    assert!(other.starts_with("HTTP/1.1 401 "), "{other}");
    let forged = pair.replace("cu=am9l", "cu=YW5u");
    assert_ne!(forged, pair);
    assert!(ask(&[("Cookie", &forged)]).starts_with("HTTP/1.1 401 "));
    assert!(ask(&[("Authorization", "Bearer x")]).starts_with("HTTP/1.1 401 "));

    let without = TestServer::with(&[CUSTOM, ("hive.server2.thrift.http.cookie.auth.enabled", "false")]);
    let answer = without.post("/cliservice", &[BASIC], &call("GetInfo"));
    assert!(answer.starts_with("HTTP/1.1 200 ") && !answer.contains("set-cookie"), "{answer}");
    assert!(without.post("/cliservice", &[("Cookie", pair)], &call("GetInfo")).starts_with("HTTP/1.1 401 "));
}

#[test]
fn the_header_against_other_sites_is_asked_for() {
    let server = TestServer::with(&[("hive.server2.xsrf.filter.enabled", "true")]);
    let answer = server.post("/cliservice", &[BASIC], &call("GetInfo"));
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("Missing Required Header"), "{answer}");
    let answer = server.post("/cliservice", &[BASIC, ("X-XSRF-HEADER", "true")], &call("GetInfo"));
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[test]
fn acting_for_others_follows_the_rules() {
    let rules = [CUSTOM, ("hadoop.proxyuser.joe.users", "ann,amy,ada"), ("hadoop.proxyuser.joe.hosts", "127.0.0.0/8")];
    let server = TestServer::with(&rules);
    let options = ClientOptions { login: login("joe", "secret"), ..Default::default() };
    let binary = format!("thrift://{}", server.binary());
    let as_user = |user: &str| open(&binary, &options, &[("hive.server2.proxy.user", user)]);
    let (opened, _first) = as_user("ann");
    assert_eq!(opened.unwrap().status.status_code, TStatusCode::SUCCESS_STATUS);
    let status = as_user("eve").0.unwrap().status;
    assert_eq!(status.status_code, TStatusCode::ERROR_STATUS);
    assert_eq!(status.sql_state.as_deref(), Some("08S01"));
    let text = status.error_message.unwrap();
    assert!(text.contains("User: joe is not allowed to impersonate eve"), "{text}");

    // SASL's authorization identity.
    let mut stream = TcpStream::connect(server.binary()).unwrap();
    let hello = [message(1, b"PLAIN"), message(2, b"amy\0joe\0secret")].concat();
    stream.write_all(&hello).unwrap();
    let mut said = [0; 5];
    stream.read_exact(&mut said).unwrap();
    assert_eq!(said[..], message(5, b""));
    let open_session = open_session();
    stream.write_all(&(open_session.len() as u32).to_be_bytes()).unwrap();
    stream.write_all(&open_session).unwrap();
    stream.read_exact(&mut said).unwrap();
    assert_eq!(server.users(), ["amy", "ann"]);

    // HTTP's parameter; it is as good as the setting, and goes before it.
    let answer = server.post("/cliservice?doAs=ada", &[BASIC], &open_session);
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert_eq!(server.users(), ["ada", "amy", "ann"]);
    let answer = server.post("/cliservice?x=y&DOAS=eve", &[BASIC], &open_session);
    assert!(answer.contains("not allowed to impersonate eve"), "{answer}");
    assert_eq!(server.users().len(), 3);
}

/// A call of `OpenSession` that asks for nothing.
fn open_session() -> Vec<u8> {
    // The argument: a struct with the version, field 1, an i32.
    let call = call("OpenSession");
    let arguments = [12, 0, 1, 8, 0, 1, 0, 0, 0, 9, 0, 0];
    [&call[..call.len() - 1], &arguments[..]].concat()
}

/// A new certificate and its key, in files of this folder.
fn make_certificate(folder: &Path) -> (PathBuf, PathBuf) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_string(), "localhost".to_string()]).unwrap();
    let (certificate, key) = (folder.join("server.crt"), folder.join("server.key"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    (certificate, key)
}

#[test]
fn certificates_of_all_ports_are_read_again() {
    let home = tempfile::tempdir().unwrap();
    let (certificate, key) = make_certificate(home.path());
    let (certificate_path, key_path) = (certificate.display().to_string(), key.display().to_string());
    let server = TestServer::within(
        home,
        &[
            ("hive.server2.use.SSL", "true"),
            ("skep.server.tls.certificate", &certificate_path),
            ("skep.server.tls.key", &key_path),
            ("hive.metastore.use.SSL", "true"),
            ("hive.metastore.tls.certificate", &certificate_path),
            ("hive.metastore.tls.key", &key_path),
        ],
    );
    let urls = [
        format!("thrift://{}", server.binary()),
        format!("https://{}/cliservice", server.server().http.unwrap()),
        format!("thrift://127.0.0.1:{}", server.server().metastore.unwrap().port()),
    ];
    let options = ClientOptions { login: login("joe", "x"), tls: Some(certificate.clone()), ..Default::default() };
    let of_metastore = ClientOptions { login: None, ..options.clone() };
    let connects = |url: &String, trusted: &Path| {
        let options = if url == &urls[2] { &of_metastore } else { &options };
        let options = ClientOptions { tls: Some(trusted.to_path_buf()), ..options.clone() };
        // Over HTTP the connection is made with the first call. The metastore does not know it, and says so.
        match open(url, &options, &[]).0 {
            Ok(_) | Err(CallError::Application(_)) => Ok(()),
            Err(error) => Err(format!("{url}: {error}")),
        }
    };
    let serves = |right: &Path, other: &Path| {
        for url in &urls {
            assert_eq!(connects(url, right), Ok(()));
            assert!(connects(url, other).is_err(), "{url}");
        }
    };
    let before = server.home.path().join("before.crt");
    std::fs::copy(&certificate, &before).unwrap();
    make_certificate(server.home.path());
    serves(&before, &certificate);
    let certificates = server.server().certificates();
    certificates.iter().for_each(|certificate| certificate.reload_and_tell());
    serves(&certificate, &before);
    std::fs::write(&key, "").unwrap();
    certificates.iter().for_each(|certificate| certificate.reload_and_tell());
    serves(&certificate, &before);
}

#[test]
fn tls_on_both_transports() {
    let home = tempfile::tempdir().unwrap();
    let (certificate, key) = make_certificate(home.path());
    let (certificate_path, key_path) = (certificate.display().to_string(), key.display().to_string());
    let server = TestServer::within(
        home,
        &[
            CUSTOM,
            ("hive.server2.use.SSL", "true"),
            ("skep.server.tls.certificate", &certificate_path),
            ("skep.server.tls.key", &key_path),
        ],
    );
    assert!(server.home.path().join("server.key").exists());
    let options = ClientOptions { login: login("joe", "secret"), tls: Some(certificate), ..Default::default() };
    for url in
        [format!("thrift://{}", server.binary()), format!("https://{}/cliservice", server.server().http.unwrap())]
    {
        let (opened, connection) = open(&url, &options, &[]);
        assert_eq!(opened.unwrap().status.status_code, TStatusCode::SUCCESS_STATUS);
        assert!(connection.unwrap().call::<ExecuteStatement>(Default::default()).is_ok());
        // Without TLS nothing is understood.
        let plain = ClientOptions { tls: None, timeout: Some(Duration::from_secs(30)), ..options.clone() };
        assert!(open(&url.replace("https", "http"), &plain, &[]).0.is_err());
    }
}

/// A session of joe's in which statements run.
struct Client {
    connection: Connection,
    session: TSessionHandle,
}

impl Client {
    fn of(server: &TestServer, configuration: &[(&str, &str)]) -> Result<Self, TStatus> {
        let options = ClientOptions { login: login("joe", "secret"), ..Default::default() };
        let (opened, connection) = open(&format!("thrift://{}", server.binary()), &options, configuration);
        let opened = opened.unwrap();
        match opened.session_handle {
            Some(session) => Ok(Self { connection: connection.unwrap(), session }),
            None => Err(opened.status),
        }
    }

    fn run(&mut self, statement: &str, overlay: &[(&str, &str)]) -> Result<TOperationHandle, String> {
        let request = TExecuteStatementReq {
            session_handle: self.session.clone(),
            statement: statement.to_string(),
            conf_overlay: Some(overlay.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()),
            ..Default::default()
        };
        let answer = self.connection.call::<ExecuteStatement>(ExecuteStatementArgs { req: Some(request) }).unwrap();
        match answer.operation_handle {
            Some(operation) => Ok(operation),
            None => {
                assert_eq!(answer.status.sql_state.as_deref(), Some("42000"), "{statement}: {:?}", answer.status);
                Err(answer.status.error_message.unwrap_or_default())
            }
        }
    }

    fn refused(&mut self, statement: &str, says: &str) {
        match self.run(statement, &[]) {
            Ok(_) => panic!("{statement} is not refused"),
            Err(text) => assert!(text.contains(says), "{statement}: {text}"),
        }
    }

    /// The lines of the first column.
    fn lines(&mut self, statement: &str) -> Vec<String> {
        let operation_handle = self.run(statement, &[]).unwrap();
        let request = TFetchResultsReq { operation_handle, max_rows: 10_000, ..Default::default() };
        let answer = self.connection.call::<FetchResults>(FetchResultsArgs { req: Some(request) }).unwrap();
        match answer.results.unwrap().columns.unwrap().remove(0) {
            TColumn::StringVal(column) => column.values,
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn statements_stay_within_tables_unless_an_administrator_allows_more() {
    let server = TestServer::with(&[]);
    let mut client = Client::of(&server, &[]).unwrap();
    client.run("create table t (a string)", &[]).unwrap();
    for (statement, says) in [
        ("dfs -ls /", "Insufficient privileges to execute dfs"),
        ("-- a comment\nDFS -cat /etc/passwd", "Insufficient privileges to execute dfs"),
        ("add jar /tmp/x.jar", "Insufficient privileges to execute add"),
        ("add file /etc/passwd", "Insufficient privileges to execute add"),
        ("!ls", "ParseException"),
        ("select transform (a) using 'cat' from t", "Query with transform clause is disallowed"),
        ("from t map a using 'cat' as b", "Query with transform clause is disallowed"),
        ("explain analyze select transform (a) using 'cat' from t", "Query with transform clause is disallowed"),
        ("create view v as select transform (a) using 'cat' as (b) from t", "Query with transform clause"),
        ("load data local inpath '/etc/passwd' into table t", "LOAD DATA LOCAL"),
        ("insert overwrite local directory '/tmp/skep-never' select a from t", "INSERT OVERWRITE LOCAL DIRECTORY"),
        (
            "from t insert into t select a insert overwrite local directory '/tmp/skep-never' select a",
            "INSERT OVERWRITE LOCAL DIRECTORY",
        ),
        ("select '${env:HOME}'", "${env:…}"),
        ("set hivevar:x=${env:HOME}", "${env:…}"),
        ("select reflect('java.lang.System', 'getenv', 'HOME')", "UDF reflect is not allowed"),
        ("select java_method('java.lang.System', 'getenv', 'HOME')", "UDF java_method is not allowed"),
        ("select in_file('root', '/etc/passwd')", "UDF in_file is not allowed"),
    ] {
        client.refused(statement, says);
    }
    assert!(!std::path::Path::new("/tmp/skep-never").exists());
    // A variable that names another is no way around it.
    client.run("set hivevar:part={env:HOME}", &[]).unwrap();
    client.refused("select '$${hivevar:part}'", "${env:…}");
}

#[test]
fn an_administrator_allows_more() {
    let server = TestServer::with(&[
        ("hive.security.command.whitelist", "set,dfs"),
        ("skep.server.allow.transform", "true"),
        ("skep.server.allow.local.load", "true"),
        ("skep.server.allow.local.directory", "true"),
        ("skep.server.allow.env", "true"),
        ("hive.server2.builtin.udf.blacklist", "upper"),
    ]);
    let mut client = Client::of(&server, &[]).unwrap();
    let folder = server.home.path().join("out").display().to_string();
    client.run("create table t (a string)", &[]).unwrap();
    for statement in [
        "insert into t values ('${env:PATH}')",
        "dfs -ls /",
        "select transform (a) using 'cat' from t",
        &format!("insert overwrite local directory '{folder}' select a from t"),
        &format!("load data local inpath '{folder}' into table t"),
    ] {
        client.run(statement, &[]).unwrap();
    }
    client.refused("select upper('a')", "UDF upper is not allowed");
    client.refused("reset", "Insufficient privileges to execute reset");
}

#[test]
fn settings_that_are_restricted_or_hidden() {
    let server = TestServer::with(&[("fs.s3a.secret.key", "sesame"), ("hive.exec.parallel", "false")]);
    let mut client = Client::of(&server, &[]).unwrap();
    for name in ["hive.users.in.admin.role", "hive.conf.restricted.list", "bonecp.x", "hive.security.command.whitelist"]
    {
        let says = format!("Cannot modify {name} at runtime. It is in the list of parameters that can't be modified");
        client.refused(&format!("set {name}=x"), &says);
        client.refused(&format!("set hiveconf:{name}=x"), &says);
        client.refused(&format!("reset -d {name}"), &says);
        assert!(client.run("select 1", &[(name, "x")]).unwrap_err().contains(&says), "{name}");
        for key in [name.to_string(), format!("set:hiveconf:{name}"), format!("set:system:{name}")] {
            let status = Client::of(&server, &[(&key, "x")]).err().unwrap();
            assert!(status.error_message.as_ref().is_some_and(|text| text.contains(&says)), "{key}: {status:?}");
        }
    }
    client.run("set hive.exec.parallel=true", &[]).unwrap();
    client.run("select 1", &[("hive.exec.parallel", "true")]).unwrap();
    assert_eq!(client.lines("set fs.s3a.secret.key"), ["fs.s3a.secret.key is a hidden config"]);
    assert_eq!(client.lines("set hiveconf:fs.s3a.secret.key"), ["hiveconf:fs.s3a.secret.key is a hidden config"]);
    assert_eq!(client.lines("set env:HOME"), ["env:HOME is a hidden config"]);
    for statement in ["set", "set -v"] {
        let lines = client.lines(statement);
        assert!(lines.contains(&"hive.exec.parallel=true".to_string()));
        assert!(!lines.iter().any(|line| line.contains("sesame") || line.starts_with("env:")), "{statement}");
    }
    // What has no value stays as it is.
    assert_eq!(client.lines("select '${hiveconf:fs.s3a.secret.key}'"), ["${hiveconf:fs.s3a.secret.key}"]);
}
