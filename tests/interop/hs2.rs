//! Clients of HiveServer2 against our server: beeline and JDBC programs, PyHive with SQLAlchemy, impyla, dbt, hive-driver.

use std::net::TcpListener;
use std::process::Command;

use regex::Regex;

use crate::peers::{Place, Server, folder, output, run};
use crate::sessions::differing_lines;

/// Our server on the catalog of a place.
pub struct Hs2 {
    pub place: Place,
    pub server: Server,
    /// The port of its HTTP transport.
    pub http: u16,
}

impl Hs2 {
    fn start(settings: &[&str]) -> Self {
        Self::within(Place::new(), settings)
    }

    /// The same in a place where something is already that it needs.
    pub fn within(place: Place, settings: &[&str]) -> Self {
        let http = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = place.skep();
        command.args(["server", "--bind", "127.0.0.1", "--metastore-port", "0", "--http-port", &http.to_string()]);
        for setting in settings.iter().copied().chain([place.warehouse().as_str()]) {
            command.args(["--hiveconf", setting]);
        }
        let server = Server::start(command, Some("--hs2-port"));
        Self { place, server, http }
    }

    /// The URL of its binary transport for JDBC, with more behind.
    pub fn url(&self, more: &str) -> String {
        format!("jdbc:hive2://127.0.0.1:{}/default{more}", self.server.port())
    }

    /// The same over HTTP.
    pub fn http_url(&self, more: &str) -> String {
        format!("jdbc:hive2://127.0.0.1:{}/default;transportMode=http;httpPath=cliservice{more}", self.http)
    }

    /// A command that runs a file of these tests by one of the clients, with a port behind.
    pub fn script(&self, client: &str, file: &str, port: u16) -> Command {
        let mut command = self.place.peer(client);
        command.arg(folder().join(file)).arg(port.to_string());
        command
    }
}

/// Compares what a client has printed with what is recorded in a file, or records it.
fn compare(text: &str, file: &str) {
    let file = folder().join(file);
    if std::env::var_os("SKEP_INTEROP_RECORD").is_some() {
        std::fs::write(file, text).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(file).unwrap();
    assert!(text == expected, "{}", differing_lines(&expected, text).join("\n"));
}

/// Runs the session in beeline and compares what it prints.
pub fn beeline(server: &Hs2, url: &str) {
    let mut command = server.place.peer("beeline");
    command.args(["-u", url, "-n", "joe", "-p", "x", "--silent=true", "--force=true", "--maxWidth=250", "-f"]);
    command.arg(folder().join("hs2/session.sql"));
    let output = run(command);
    let rows = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    let errors = errors.lines().filter(|line| line.starts_with("Error: ")).collect::<Vec<_>>().join("\n");
    // Without a terminal it writes the prompts that it has none for; and how wide a column is depends on names of folders.
    let rows = Regex::new("(\rnull *)+").unwrap().replace_all(&rows, "");
    let rows = Regex::new("-{2,}").unwrap().replace_all(&rows, "--");
    let rows = Regex::new(" {2,}").unwrap().replace_all(&rows, " ").into_owned();
    let text = format!("{rows}\n== errors\n{errors}\n");
    compare(&server.place.comparable(&text), "hs2/session.out");
}

#[test]
#[ignore = "drives Java programs that tests/interop/setup installs"]
fn beeline_over_sasl_and_over_http() {
    let server = Hs2::start(&[]);
    beeline(&server, &server.url(""));
    let server = Hs2::start(&[]);
    beeline(&server, &server.http_url(""));
}

#[test]
#[ignore = "drives Java programs that tests/interop/setup installs"]
fn beeline_without_sasl() {
    let server = Hs2::start(&["hive.server2.authentication=NOSASL"]);
    beeline(&server, &server.url(";auth=noSasl"));
}

#[test]
#[ignore = "drives Java programs that tests/interop/setup installs"]
fn jdbc_metadata() {
    let server = Hs2::start(&[]);
    let mut command = server.place.peer("java");
    command.args(["JdbcMetaData", &server.url("")]);
    compare(&server.place.comparable(&output(command)), "hs2/metadata.out");
}

#[test]
#[ignore = "drives Java programs that tests/interop/setup installs"]
fn jdbc_statements() {
    let server = Hs2::start(&[]);
    let mut command = server.place.peer("java");
    command.args(["JdbcStatements", &server.url("")]);
    assert!(output(command).ends_with("done\n"));
}

#[test]
#[ignore = "drives programs that tests/interop/setup installs"]
fn pyhive_and_sqlalchemy() {
    let server = Hs2::start(&[]);
    assert!(output(server.script("python-hs2", "python/pyhive_round.py", server.server.port())).ends_with("done\n"));
}

#[test]
#[ignore = "drives programs that tests/interop/setup installs"]
fn pyhive_and_impyla_over_http() {
    let server = Hs2::start(&[]);
    assert!(output(server.script("python-hs2", "python/pyhive_http.py", server.http)).ends_with("done\n"));
}

#[test]
#[ignore = "drives programs that tests/interop/setup installs"]
fn impyla() {
    let server = Hs2::start(&[]);
    assert!(output(server.script("python-hs2", "python/impyla_round.py", server.server.port())).ends_with("done\n"));
}

#[test]
#[ignore = "drives programs that tests/interop/setup installs"]
fn hive_driver_of_node() {
    let server = Hs2::start(&[]);
    assert!(output(server.script("node", "hs2/hive_driver.js", server.server.port())).ends_with("done\n"));
}

#[test]
#[ignore = "drives programs that tests/interop/setup installs"]
fn dbt() {
    let server = Hs2::start(&[]);
    for (day, visits) in [("2024-01-01", 3), ("2024-01-02", 6)] {
        let told = output(run_dbt(&server, &["build", "--vars", &format!("day: {day}")], None));
        assert!(told.contains("ERROR=0"), "{told}");
        let mut command = server.place.skep();
        command.args(["-u", &server.url(""), "-n", "joe", "-S", "-e"]);
        command.arg("select count(*) from honey.visits; select count(*) from honey.heavy");
        assert_eq!(output(command).split_whitespace().collect::<Vec<_>>(), [visits.to_string(), "1".to_string()]);
    }
}

/// dbt on a project of ours, with these connections or with its own.
pub fn run_dbt(server: &Hs2, words: &[&str], connections: Option<&str>) -> Command {
    let project = server.place.path("project");
    // It writes into its project.
    copy(&folder().join("hs2/dbt"), &project);
    if let Some(connections) = connections {
        std::fs::write(project.join("profiles.yml"), connections).unwrap();
    }
    let mut command = server.place.peer("dbt");
    command.args(words).arg("--no-use-colors");
    for flag in ["--project-dir", "--profiles-dir"] {
        command.arg(flag).arg(&project);
    }
    command.env("HS2_PORT", server.server.port().to_string());
    command
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
