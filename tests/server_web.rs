//! The web page of a server in this process, asked over HTTP as a browser asks.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "server_web/abandoned.rs"]
mod abandoned;
#[path = "server_web/login.rs"]
mod login;
#[path = "server_web/secure.rs"]
mod secure;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use regex::Regex;
use skep::server::RunningServer;
use skep::{Engine, EngineOptions};
use tokio::runtime::Runtime;

/// A server with its own catalog, which ends with this.
struct TestServer {
    address: SocketAddr,
    server: Option<RunningServer>,
    connections: Runtime,
    _statements: Runtime,
    _home: tempfile::TempDir,
}

impl TestServer {
    fn with(settings: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
        let mut all = vec![
            ("hive.server2.thrift.port", "0"),
            ("hive.server2.thrift.http.port", "0"),
            ("hive.metastore.port", "0"),
            ("hive.server2.thrift.bind.host", "127.0.0.1"),
            ("hive.server2.webui.host", "127.0.0.1"),
            ("hive.server2.webui.port", &free),
        ];
        all.extend(settings);
        let settings = all.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
        let options = EngineOptions { home: Some(home.path().to_path_buf()), settings, ..EngineOptions::default() };
        let engine = Engine::open(options).unwrap();
        let connections = Runtime::new().unwrap();
        let statements = skep::server::statement_runtime().unwrap();
        let server = connections.block_on(RunningServer::start(&engine, &statements)).unwrap();
        let address = server.web.unwrap();
        Self { address, server: Some(server), connections, _statements: statements, _home: home }
    }

    fn browser(&self) -> Browser {
        self.browser_of(&[])
    }

    /// A browser that sends these headers with each request.
    fn browser_of(&self, headers: &[(&'static str, &'static str)]) -> Browser {
        let headers = headers.to_vec();
        let mut browser = Browser { address: self.address, headers, cookie: String::new(), token: String::new() };
        let page = browser.get("/sql");
        browser.cookie = page.header("set-cookie").unwrap().split(';').next().unwrap().to_string();
        browser.token = page.find(r#"name="token" value="([0-9a-f]{64})""#);
        browser
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            self.connections.block_on(server.stop());
        }
    }
}

struct Browser {
    address: SocketAddr,
    headers: Vec<(&'static str, &'static str)>,
    cookie: String,
    token: String,
}

#[derive(Debug)]
struct Page {
    status: u16,
    headers: Vec<(String, String)>,
    text: String,
}

impl Page {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// What the first group of a pattern matches.
    fn find(&self, pattern: &str) -> String {
        let found =
            Regex::new(pattern).unwrap().captures(&self.text).unwrap_or_else(|| panic!("{pattern}\n{}", self.text));
        found[1].to_string()
    }

    fn has(&self, texts: &[&str]) {
        assert_eq!(self.status, 200, "{}", self.text);
        for text in texts {
            assert!(self.text.contains(text), "{text} is not in\n{}", self.text);
        }
    }
}

impl Browser {
    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Page {
        let mut connection = TcpStream::connect(self.address).unwrap();
        let mut request = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", self.address);
        let own = self.headers.iter().filter(|(name, _)| headers.iter().all(|(other, _)| other != name));
        for (name, value) in headers.iter().chain(own) {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        if !self.cookie.is_empty() {
            request.push_str(&format!("cookie: {}\r\n", self.cookie));
        }
        request.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
        connection.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let (head, text) = answer.split_once("\r\n\r\n").unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines.filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_string())).collect();
        Page { status, headers, text: text.to_string() }
    }

    fn get(&self, path: &str) -> Page {
        self.ask("GET", path, &[], "")
    }

    fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("token", &self.token).extend_pairs(fields);
        self.ask("POST", path, &[("content-type", "application/x-www-form-urlencoded")], &form.finish())
    }

    /// Begins a statement; where its page is.
    fn begin(&self, statement: &str) -> String {
        let answer = self.post("/sql", &[("statement", statement), ("database", "default")]);
        assert_eq!(answer.status, 303, "{}", answer.text);
        answer.header("location").unwrap().to_string()
    }

    /// Runs a statement; the page with its end.
    fn run(&self, statement: &str) -> Page {
        let place = self.begin(statement);
        loop {
            let page = self.get(&place);
            if !page.text.contains(" data-live") {
                return page;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }
}

const ENDLESS: &str = "select count(*) from (select explode(split(space(9999), ' ')) a) x \
                       cross join (select explode(split(space(9999), ' ')) b) y \
                       cross join (select explode(split(space(9999), ' ')) c) z";

#[test]
fn every_page_answers_and_is_careful() {
    let server = TestServer::with(&[]);
    let browser = server.browser();
    for path in
        ["/", "/sql", "/queries", "/sessions", "/tables", "/tables/default", "/configuration", "/style.css", "/page.js"]
    {
        let page = browser.get(path);
        assert_eq!(page.status, 200, "{path}: {}", page.text);
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
        // The policy would not let them through.
        assert!(!page.text.contains(" style=") && !page.text.contains(" onclick="), "{path}");
    }
    for path in [
        "/nosuch",
        "/queries/1",
        "/tables/nosuch",
        "/tables/default/nosuch",
        "/queries/00000000-0000-0000-0000-000000000000",
    ] {
        assert_eq!(browser.get(path).status, 404, "{path}");
    }
    let whole = browser.get("/");
    let part = browser.ask("GET", "/", &[("x-skep-live", "1")], "");
    assert!(part.text.starts_with("<main") && part.text.len() < whole.text.len());
    let health = browser.get("/health");
    assert_eq!((health.status, health.text.as_str()), (200, r#"{"status":"ok"}"#));
}

#[test]
fn a_query_is_typed_and_its_result_is_seen_and_drawn() {
    let server = TestServer::with(&[]);
    let browser = server.browser();
    let page = browser.run("select '<i>' as k, 1.5 as v, null as n union all select 'b', 2, null;");
    page.has(&["&lt;i&gt;", ">1.5<", ">NULL<", "Finished", "2 rows"]);
    assert!(!page.text.contains("<i>"));
    let place = page.find(r#"href="(/sql\?run=[^"&]+)&amp;view=chart""#);
    let chart = browser.get(&format!("{place}&view=chart"));
    chart.has(&["<svg viewBox=\"0 0 900 360\"", "v over k", "&lt;i&gt;: 1.5"]);
    assert_eq!(chart.text.matches("class=\"mark\"").count(), 2);
    browser.get(&format!("{place}&view=chart&kind=line&x=0&y=1")).has(&["<polyline"]);
    let of_many = browser.run("select pos from (select posexplode(split(space(119), ' ')) as (pos, v)) t");
    let place = of_many.find(r#"href="(/sql\?run=[^"]+)&amp;page=1""#);
    browser.get(&format!("{place}&page=2")).has(&["Rows 101 to 120", ">119<", "Previous"]);
    assert!(!browser.get(&format!("{place}&page=2")).text.contains("Next"));
    browser.run("create table t (a int)").has(&["Done."]);
    let nowhere = browser.post("/sql", &[("statement", "select 1"), ("database", "no`where")]);
    browser.get(nowhere.header("location").unwrap()).has(&["Failed", "Database does not exist: no`where"]);
    browser.run("insert into t values (1), (2)").has(&["2 rows were written"]);
    browser.run("select nosuch from t").has(&["Invalid table alias or column reference", "SQLSTATE 42000"]);
    browser.run("select a from t where false").has(&["No rows."]);
    // Another browser sees the statement, but has not its rows.
    let other = server.browser();
    assert!(other.get(&place).text.contains("Its rows are not kept"));
}

#[test]
fn a_statement_has_a_page_with_its_plan() {
    let server = TestServer::with(&[]);
    let browser = server.browser();
    browser.run("create table t (k string, v int) stored as parquet");
    browser.run("insert into t select 'x', pos from (select posexplode(split(space(99), ' ')) as (pos, v)) s");
    let page = browser.run("select k, sum(v) total from t where v > 10 group by k");
    let place = page.find(r#"href="(/queries/[^"]+)""#);
    let plan = browser.get(&place);
    plan.has(&["Table scan", "Aggregate", "Map 1", "Reducer", "100%", "t.k", ">89<"]);
    browser.get(&format!("{place}?tab=log")).has(&["INFO  : Compiling command(queryId=anonymous_", "INFO  : OK"]);
    browser.get(&format!("{place}?tab=settings")).has(&["hive.server2.webui.port"]);
    browser.get("/queries").has(&["select k, sum(v) total", "Finished"]);
    assert!(!browser.get("/queries?state=failed").text.contains("select k"));
    browser.get("/sessions").has(&["anonymous", "127.0.0.1:", "1 session is"]);
}

#[test]
fn only_our_own_pages_change_anything() {
    let server = TestServer::with(&[]);
    let browser = server.browser();
    let form = |token: &str| format!("token={token}&statement=create+table+t+(a+int)&database=default");
    let kind = ("content-type", "application/x-www-form-urlencoded");
    assert_eq!(browser.ask("POST", "/sql", &[kind], &form("")).status, 403);
    assert_eq!(browser.ask("POST", "/sql", &[kind], &form(&server.browser().token)).status, 403);
    for header in [("origin", "http://evil.example"), ("sec-fetch-site", "cross-site")] {
        assert_eq!(browser.ask("POST", "/sql", &[kind, header], &form(&browser.token)).status, 403, "{header:?}");
    }
    assert_eq!(browser.ask("POST", "/sql", &[("content-type", "text/plain")], &form(&browser.token)).status, 415);
    assert_eq!(browser.get("/tables/default/t").status, 404);
    assert_eq!(browser.ask("POST", "/sql", &[kind], &form(&browser.token)).status, 303);
    assert_eq!(browser.get("/sql?run=1&page=x").status, 400);
}

#[test]
fn a_long_statement_is_watched_and_cancelled() {
    let server = TestServer::with(&[]);
    let browser = server.browser();
    let place = browser.begin(ENDLESS);
    let page = browser.get(&place);
    page.has(&["Running", " data-live", "http-equiv=\"refresh\"", "Cancel"]);
    let id = place.split('=').nth(1).unwrap();
    // It is looked at when it has a plan.
    while !browser.get(&place).text.contains("Map 1") {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    browser.get("/").has(&["cross join", "Running now"]);
    assert_eq!(
        browser
            .ask(
                "POST",
                &format!("/queries/{id}/cancel"),
                &[("content-type", "application/x-www-form-urlencoded")],
                "token=x"
            )
            .status,
        403
    );
    let cancelled = browser.post(&format!("/queries/{id}/cancel"), &[("back", "sql")]);
    assert_eq!((cancelled.status, cancelled.header("location")), (303, Some(place.as_str())));
    let page = browser.get(&place);
    page.has(&["Cancelled"]);
    assert!(!page.text.contains(" data-live"));
    browser.get(&format!("/queries/{id}")).has(&["Stopped"]);
}

#[test]
fn tables_are_looked_through() {
    let server = TestServer::with(&[]);
    let browser = server.browser();
    browser.run(
        "create table t (a int comment '<c>', b string) comment 'about it' partitioned by (ds date) stored as orc",
    );
    browser.run("insert into t partition (ds='2026-01-02') values (7, 'seven'), (8, null)");
    browser.run("create view v as select a from t");
    browser.get("/tables").has(&["default", "1 database "]);
    browser.get("/tables/default").has(&["/tables/default/t", "managed, partitioned", "view"]);
    assert!(!browser.get("/tables/default?find=v").text.contains("/tables/default/t\""));
    browser.get("/tables/default/t").has(&["about it", "&lt;c&gt;", "partition", "int"]);
    browser.get("/tables/default/t?tab=partitions").has(&["ds=2026-01-02", "1 partition"]);
    browser.get("/tables/default/t?tab=sample").has(&["seven", "2026-01-02", "NULL"]);
    browser.get("/tables/default/t?tab=properties").has(&["OrcSerde", "Location"]);
    browser.get("/tables/default/t?tab=statistics").has(&["ANALYZE TABLE"]);
    browser.run("create table u as select 3 as x, 'abc' as s");
    browser.run("analyze table u compute statistics for columns");
    browser.get("/tables/default/u?tab=statistics").has(&["Distinct", ">3<"]);
    browser.get("/tables/default/v").has(&["Definition"]);
    browser.get("/tables/default/v?tab=sample").has(&[">7<"]);
}

#[test]
fn secrets_stay_secrets() {
    let server = TestServer::with(&[("hive.server2.keystore.password", "geheim"), ("my.url", "s3://me:geheim@host/x")]);
    let browser = server.browser();
    let page = browser.get("/configuration");
    page.has(&["hive.server2.keystore.password", "hidden", "s3://…@host/x"]);
    assert!(!page.text.contains("geheim"));
    let page = browser.run("select 1");
    let place = page.find(r#"href="(/queries/[^"]+)""#);
    assert!(!browser.get(&format!("{place}?tab=settings")).text.contains("geheim"));
}

#[test]
fn numbers_for_prometheus() {
    let server = TestServer::with(&[]);
    let browser = server.browser();
    browser.run("select 1");
    browser.run("selec 1");
    let numbers = browser.get("/metrics");
    numbers.has(&[
        "skep_sessions 1",
        "skep_operations{state=\"finished\"} 1",
        "skep_statements_total{outcome=\"failed\"} 1",
        "skep_statement_seconds_bucket{outcome=\"finished\",le=\"+Inf\"}",
        "skep_memory_pool_limit_bytes ",
        "skep_hs2_connections 0",
        "skep_metastore_connections 0",
    ]);
}

#[test]
fn there_is_no_page_where_none_is_wanted() {
    let home = tempfile::tempdir().unwrap();
    let settings = [
        ("hive.server2.thrift.port", "0"),
        ("hive.server2.thrift.http.port", "0"),
        ("hive.metastore.port", "0"),
        ("hive.server2.webui.port", "0"),
    ];
    let settings = settings.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
    let options = EngineOptions { home: Some(home.path().to_path_buf()), settings, ..EngineOptions::default() };
    let engine = Engine::open(options).unwrap();
    let connections = Runtime::new().unwrap();
    let statements = skep::server::statement_runtime().unwrap();
    let server = connections.block_on(RunningServer::start(&engine, &statements)).unwrap();
    assert_eq!(server.web, None);
    connections.block_on(server.stop());
}
