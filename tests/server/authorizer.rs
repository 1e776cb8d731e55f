//! What users may not see is in no list: not over Thrift, not in SQL, not on the web page.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use skep::session::authorizer::{AccessDenied, AccessRequest, Authorizer, ObjectKind, PrivilegeObject};

use crate::metadata::only;
use crate::{Client, TestServer, V10};

/// Hides the database `covert`, tables and functions called `secret`, and what is in them, and lets users do all else but
/// look at what is covert. Notes how it was asked for lists.
#[derive(Debug, Default)]
struct Hiding {
    lists: Mutex<Vec<String>>,
    checked: Mutex<Vec<String>>,
}

fn is_hidden(object: &PrivilegeObject) -> bool {
    let database = if object.kind == ObjectKind::Database { Some(&object.name) } else { object.database.as_ref() };
    database.is_some_and(|name| name == "covert") || object.name.starts_with("secret")
}

impl Authorizer for Hiding {
    fn check(&self, request: &AccessRequest<'_>) -> Result<(), AccessDenied> {
        let named = request.inputs.iter().map(|object| format!(" {}", object.name));
        self.checked.lock().unwrap().push(format!("{}{}", request.operation, named.collect::<String>()));
        let changes = ["CREATE", "ALTER", "SWITCH"].iter().any(|word| request.operation.starts_with(word));
        match request.inputs.iter().find(|object| !changes && is_hidden(object)) {
            Some(object) => Err(AccessDenied::Because(format!("{} of {object}", request.operation))),
            None => Ok(()),
        }
    }

    fn visible(&self, request: &AccessRequest<'_>) -> Result<Vec<bool>, AccessDenied> {
        let kind = request.inputs[0].kind.name();
        assert!(request.inputs.iter().all(|object| object.kind.name() == kind), "{request:?}");
        self.lists.lock().unwrap().push(format!("{} {kind} {}", request.operation, request.inputs.len()));
        Ok(request.inputs.iter().map(|object| !is_hidden(object)).collect())
    }
}

fn with_secrets() -> (TestServer, Client, Arc<Hiding>, u16) {
    let hiding = Arc::new(Hiding::default());
    let web = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let port = web.to_string();
    let settings = [("hive.server2.webui.host", "127.0.0.1"), ("hive.server2.webui.port", port.as_str())];
    let server = TestServer::asking(&settings, Some(Arc::clone(&hiding) as _));
    let mut client = server.session(V10);
    for statement in [
        "create database covert",
        "create database shown",
        "create table covert.plain (a int)",
        "create table shown.open (a int, primary key (a) disable novalidate)",
        "create table shown.secret (a int, primary key (a) disable novalidate)",
        "create table shown.child (a int, b int, constraint to_open foreign key (a) references shown.open(a) disable \
         novalidate, constraint to_secret foreign key (b) references shown.secret(a) disable novalidate)",
        "create view shown.secret_view as select 1 a",
        "create view shown.open_view as select 1 a",
        "create materialized view shown.secret_kept disable rewrite as select 1 a",
        "create materialized view shown.open_kept disable rewrite as select 1 a",
        "create function shown.secret as 'org.apache.hadoop.hive.ql.udf.generic.GenericUDFUpper'",
        "create function shown.open as 'org.apache.hadoop.hive.ql.udf.generic.GenericUDFUpper'",
        "create function covert.plain as 'org.apache.hadoop.hive.ql.udf.generic.GenericUDFUpper'",
        "create connector secret_place type 'mysql' url 'jdbc:mysql://none/x'",
        "create connector open_place type 'mysql' url 'jdbc:mysql://none/x'",
        "create temporary table shown.secret_own (a int)",
    ] {
        client.execute(statement);
    }
    hiding.lists.lock().unwrap().clear();
    (server, client, hiding, web)
}

impl Hiding {
    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.lists.lock().unwrap())
    }
}

#[test]
fn calls_for_the_catalog_leave_out_what_is_hidden() {
    let (_server, mut client, hiding, _) = with_secrets();
    assert_eq!(client.schemas(None), ["default", "shown"]);
    assert!(client.schemas(Some("cov%")).is_empty());
    hiding.asked();
    // A session's own temporary tables are for it to see, whatever they are called.
    let tables = ["child", "open", "open_kept", "open_view", "secret_own"];
    assert_eq!(only(client.tables(None, None, None), &[2]), tables);
    assert_eq!(hiding.asked(), ["GET_TABLES DATABASE 3", "GET_TABLES TABLE_OR_VIEW 7"], "asked once for each list");
    assert!(client.tables(Some("covert"), None, None).is_empty());
    assert!(client.tables(Some("shown"), Some("secret"), None).is_empty());
    let columns = ["open a", "child a", "child b", "open_kept a", "open_view a", "secret_own a"];
    let mut found = only(client.columns(None, None, None), &[2, 3]);
    found.sort();
    let mut expected = columns;
    expected.sort();
    assert_eq!(found, expected);
    assert!(client.columns(Some("covert"), Some("plain"), None).is_empty());
    assert_eq!(only(client.functions(None, "shown.%"), &[2]), ["shown.open"]);
    assert!(client.functions(None, "covert.%").is_empty());
    assert_eq!(only(client.primary_key(Some("shown"), "open"), &[3]), ["a"]);
    assert!(client.primary_key(Some("shown"), "secret").is_empty());
    assert!(client.primary_key(Some("covert"), "plain").is_empty());
    let keys = client.cross_reference(None, Some(("shown", "child")));
    assert_eq!(only(client.rows(&keys), &[2, 11]), ["open to_open"]);
    let keys = client.cross_reference(Some(("shown", "secret")), None);
    assert!(client.rows(&keys).is_empty());
}

#[test]
fn every_call_for_the_catalog_is_asked_about() {
    let (_server, mut client, hiding, _) = with_secrets();
    hiding.checked.lock().unwrap().clear();
    client.schemas(None);
    client.tables(Some("shown"), None, None);
    client.columns(Some("shown"), Some("open"), None);
    client.functions(None, "upper");
    client.primary_key(Some("shown"), "open");
    client.cross_reference(None, Some(("shown", "child")));
    client.table_types();
    let checked = hiding.checked.lock().unwrap().clone();
    assert_eq!(
        checked,
        [
            "GET_SCHEMAS",
            "GET_TABLES shown",
            "GET_COLUMNS open",
            "GET_FUNCTIONS default shown",
            "GET_COLUMNS open",
            "GET_COLUMNS child open",
            "GET_TABLETYPES",
        ]
    );
}

#[test]
fn show_leaves_out_what_is_hidden() {
    let (_server, mut client, hiding, _) = with_secrets();
    for (statement, expected, asked) in [
        ("show databases", vec!["default", "shown"], vec!["SHOWDATABASES DATABASE 3"]),
        (
            "show tables in shown",
            vec!["child", "open", "open_kept", "open_view", "secret_own"],
            vec!["SHOWTABLES TABLE_OR_VIEW 7"],
        ),
        ("show views in shown", vec!["open_view"], vec!["SHOWVIEWS TABLE_OR_VIEW 2"]),
        ("show materialized views in shown", vec!["open_kept"], vec!["SHOWMATERIALIZEDVIEWS TABLE_OR_VIEW 2"]),
        (
            "show functions like 'shown.*'",
            vec!["shown.open"],
            vec!["SHOWFUNCTIONS DATABASE 3", "SHOWFUNCTIONS FUNCTION 2"],
        ),
        ("show connectors", vec!["open_place"], vec!["SHOWDATACONNECTORS DATACONNECTOR 2"]),
    ] {
        hiding.asked();
        let operation = client.execute(statement);
        assert_eq!(only(client.rows(&operation), &[0]), expected, "{statement}");
        assert_eq!(hiding.asked(), asked, "{statement}");
    }
    let operation = client.execute("show table extended in shown like '*'");
    let lines = only(client.rows(&operation), &[0]).join("\n");
    assert!(lines.contains("tableName:open\n") && lines.contains("tableName:secret_own\n"), "{lines}");
    assert!(!lines.contains("tableName:secret\n") && !lines.contains("tableName:secret_view\n"), "{lines}");
    // Nor does a hint of an error name it.
    let hint = |answer: skep_thrift_tcli::TExecuteStatementResp| format!("{:?}", answer.status);
    let request = client.request("select * from shown.secre");
    let answer = hint(client.send(request));
    assert!(answer.contains("Table not found 'secre'") && !answer.contains("secret`"), "{answer}");
    let request = client.request("select * from shown.opem");
    let answer = hint(client.send(request));
    assert!(answer.contains("Table not found 'opem'"), "{answer}");
}

fn page(port: u16, path: &str) -> (u16, String) {
    let mut connection = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(connection, "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    (answer.split(' ').nth(1).unwrap().parse().unwrap(), answer)
}

#[test]
fn the_page_leaves_out_what_is_hidden() {
    let (_server, _client, _hiding, port) = with_secrets();
    let (status, all) = page(port, "/tables");
    assert!(status == 200 && all.contains("2 databases") && all.contains("shown"), "{all}");
    assert!(!all.contains("covert"), "{all}");
    let (status, of_shown) = page(port, "/tables/shown");
    assert_eq!(status, 200);
    for (name, there) in [("open", true), ("open_view", true), ("secret", false), ("secret_view", false)] {
        assert_eq!(of_shown.contains(&format!("/tables/shown/{name}\"")), there, "{name}: {of_shown}");
    }
    assert_eq!(page(port, "/tables/shown/open").0, 200);
    // What is hidden is answered as what is not there.
    for (hidden, missing) in [
        ("/tables/covert", "/tables/nowhere"),
        ("/tables/covert/plain", "/tables/nowhere/plain"),
        ("/tables/shown/secret", "/tables/shown/nowhere"),
    ] {
        let told = |path: &str| {
            let (status, text) = page(port, path);
            let at = text.find("role=\"alert\"").unwrap_or_else(|| panic!("{text}"));
            let last = |path: &str| path.rsplit('/').next().unwrap().to_string();
            (status, text[at..].split("</p>").next().unwrap().replace(&last(path), "X").replace("covert", "nowhere"))
        };
        let told_of_hidden = told(hidden);
        assert_eq!(told_of_hidden.0, 404);
        assert_eq!(told_of_hidden, told(missing));
    }
    let (_, query) = page(port, "/sql");
    assert!(query.contains("shown") && !query.contains("covert\""), "{query}");
}
