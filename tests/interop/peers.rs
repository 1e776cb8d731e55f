//! The other side: clients and servers that `setup` installed, our own metastore, and what they print made comparable.

use std::io::{BufRead, BufReader, Read};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use regex::Regex;
use tempfile::TempDir;

/// Starting a Java program on a busy machine may take a while; nothing takes longer unless it hangs.
const PATIENCE: Duration = Duration::from_secs(1200);

/// The folder of these tests.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop")
}

/// A folder for one test: its warehouse, its servers' state, its clients' scratch space.
pub struct Place {
    dir: TempDir,
}

impl Place {
    pub fn new() -> Self {
        Self { dir: TempDir::new().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A command that runs one of the clients in this folder.
    pub fn peer(&self, what: &str) -> Command {
        let mut command = Command::new(folder().join("peer"));
        command
            .arg(what)
            .env("PEER_WORK", self.path("peer"))
            .env("WAREHOUSE", self.path("warehouse"))
            .env_remove("METASTORE")
            .env("HADOOP_USER_NAME", "root")
            .env("LC_ALL", "C.UTF-8")
            .env("TZ", "UTC")
            .stdin(Stdio::null());
        command
    }

    /// A PATH on which `beeline` is the one that is installed.
    pub fn path_with_beeline(&self) -> String {
        let programs = self.path("programs");
        std::fs::create_dir_all(&programs).unwrap();
        let program = programs.join("beeline");
        std::fs::write(&program, format!("#!/bin/sh\nexec '{}' beeline \"$@\"\n", folder().join("peer").display()))
            .unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        format!("{}:{}", programs.display(), std::env::var("PATH").unwrap_or_default())
    }

    /// A command that runs `skep` on the catalog and the warehouse of this folder.
    pub fn skep(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skep"));
        command
            .env("SKEP_HOME", self.path("skep"))
            .env("HOME", self.dir.path())
            .env_remove("HIVE_CONF_DIR")
            .env("TZ", "UTC")
            .stdin(Stdio::null());
        command
    }

    /// The setting that puts new databases into this folder's warehouse.
    pub fn warehouse(&self) -> String {
        format!("hive.metastore.warehouse.dir={}", self.path("warehouse").display())
    }

    /// What a text says, without what differs from run to run: this folder, times, versions.
    pub fn comparable(&self, text: &str) -> String {
        let mut text = text.replace(&self.dir.path().display().to_string(), "{tmp}").replace("file:///", "file:/");
        for (pattern, replacement) in [
            (
                r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d [\d:]{8} \w+ \d{4}",
                "{time}",
            ),
            (r"(transient_lastDdlTime'?[\s=,:'|]+)\d+", "${1}{time}"),
            (r"(last_modified_time'?[\s=,:']+)\d+", "${1}{time}"),
            (r"(lastAccessTime|lastUpdateTime|lastModifiedTime|createTime)([:=])\d+", "${1}${2}{time}"),
            (r"Spark \d+\.\d+\.\d+", "Spark {version}"),
            (r"(pk|fk)_\d+_\d+_(\d+)", "${1}_{number}_${2}"),
            // An exception's text may go on with the object as Java prints it, its maps in the order of their hashes.
            (r"(Partition already exists: Partition\(values:\[[^\]]*\]).*", "$1"),
            (r"(?m)^WARN StatusConsoleListener.*\n", ""),
            (r"[\t ]+\n", "\n"),
        ] {
            text = Regex::new(pattern).unwrap().replace_all(&text, replacement).into_owned();
        }
        text
    }
}

/// A server that is stopped when this is dropped.
pub struct Server {
    child: Child,
    /// `thrift://…`, where it answers.
    pub uri: String,
    port: u16,
}

impl Server {
    /// Starts `command` with a free port's number behind it and waits until something answers there.
    pub fn start(command: Command, port_flag: Option<&str>) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self::start_at(command, port_flag, port)
    }

    /// The same at a port that is chosen.
    pub fn start_at(mut command: Command, port_flag: Option<&str>, port: u16) -> Self {
        command.args(port_flag).arg(port.to_string()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        // What it says is shown where a test fails; a full pipe would stop it.
        std::thread::spawn(move || {
            let mut line = String::new();
            while stderr.read_line(&mut line).is_ok_and(|length| length > 0) {
                eprint!("server: {line}");
                line.clear();
            }
        });
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = child.try_wait().unwrap();
            assert!(ended.is_none(), "the server ended: {ended:?}");
            assert!(start.elapsed() < PATIENCE, "the server does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
        Self { child, uri: format!("thrift://127.0.0.1:{port}"), port }
    }

    /// Our metastore on the catalog of a place.
    pub fn skep(place: &Place) -> Self {
        Self::skep_with(place, &[])
    }

    /// The same with these settings.
    pub fn skep_with(place: &Place, settings: &[String]) -> Self {
        let mut command = place.skep();
        command.args(["metastore", "--hiveconf", &place.warehouse()]);
        for setting in settings {
            command.args(["--hiveconf", setting]);
        }
        Self::start(command, Some("--port"))
    }

    /// Hive's own metastore server, with a catalog in the place.
    pub fn hive(place: &Place, settings: &[&str]) -> Self {
        let mut command = place.peer("metastore");
        settings.iter().for_each(|setting| {
            command.args(["--hiveconf", setting]);
        });
        Self::start(command, Some("-p"))
    }

    /// Tells it to end, and waits until it has.
    pub fn terminate(mut self) {
        let mut kill = Command::new("kill");
        kill.arg(self.child.id().to_string());
        output(kill);
        self.child.wait().unwrap();
    }

    /// Where it listens on this machine.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a command to its end.
///
/// # Panics
/// Where it hangs.
pub fn run(mut command: Command) -> Output {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let reader = |mut pipe: Box<dyn Read + Send>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            pipe.read_to_end(&mut bytes).unwrap();
            bytes
        })
    };
    let stdout = reader(Box::new(child.stdout.take().unwrap()));
    let stderr = reader(Box::new(child.stderr.take().unwrap()));
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > PATIENCE {
            let _ = child.kill();
            panic!("{command:?} hangs");
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    Output { status, stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap() }
}

/// Runs a command that must succeed and gives what it prints.
///
/// # Panics
/// Where it fails, with what it says.
pub fn output(command: Command) -> String {
    let output = run(command);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{stderr}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stdout).unwrap()
}
