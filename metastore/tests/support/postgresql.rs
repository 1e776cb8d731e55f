//! A PostgreSQL server for tests: its data are in a folder of its own, it listens on a socket there, and it ends with the
//! process that started it, however that ends.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Starts the server, waits for the end of its input, and cleans up. Arguments: the folder, then the server's command.
const KEEPER: &str = r#"
trap '' INT TERM HUP
folder=$1; shift
"$@" >"$folder/log" 2>&1 </dev/null &
server=$!
read -r _ || true
kill -QUIT $server 2>/dev/null
wait $server 2>/dev/null
rm -rf "$folder"
"#;

/// A server of this process.
pub struct Server {
    folder: PathBuf,
    command: Vec<String>,
    keeper: Option<Child>,
}

impl Server {
    /// The one server that all tests of this process share.
    pub fn shared() -> &'static Server {
        static SHARED: OnceLock<Server> = OnceLock::new();
        SHARED.get_or_init(|| Server::start(&[]))
    }

    /// Starts a server with these settings besides the usual ones. It takes a second.
    pub fn start(settings: &[&str]) -> Server {
        let programs = programs();
        // Short, as the path of a socket must be.
        let folder = tempfile::Builder::new().prefix("skep-pg").tempdir().expect("a folder for PostgreSQL").keep();
        let data = folder.join("data");
        let user = change_owner(&folder);
        let run = |program: &str| -> Vec<String> {
            let mut command: Vec<String> = user.iter().map(|word| (*word).to_string()).collect();
            command.push(programs.join(program).display().to_string());
            command
        };
        let mut initdb = run("initdb");
        initdb.extend(["-D", &data.display().to_string(), "-U", "skep", "-A", "trust", "-E", "UTF8"].map(String::from));
        initdb.extend(["--locale=C", "--no-sync"].map(String::from));
        let made = Command::new(&initdb[0]).args(&initdb[1..]).current_dir("/").output().expect("initdb");
        assert!(made.status.success(), "initdb failed: {}", String::from_utf8_lossy(&made.stderr));
        let mut command = run("postgres");
        command.extend(["-D".to_string(), data.display().to_string(), "-k".to_string(), folder.display().to_string()]);
        let usual = ["listen_addresses=", "fsync=off", "max_connections=200", "shared_buffers=64MB"];
        for setting in usual.iter().chain(settings) {
            command.extend(["-c".to_string(), (*setting).to_string()]);
        }
        let mut server = Server { folder, command, keeper: None };
        server.run();
        server
    }

    /// Starts the server over its data, and waits until it answers.
    pub fn run(&mut self) {
        let keeper = Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .arg(&self.folder)
            .args(&self.command)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell");
        self.keeper = Some(keeper);
        let deadline = Instant::now() + Duration::from_secs(60);
        while let Err(error) = postgres::Client::connect(&self.url("postgres"), postgres::NoTls) {
            if Instant::now() > deadline {
                let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                panic!("PostgreSQL does not start: {error}\n{log}");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// URL of a database of the server.
    pub fn url(&self, database: &str) -> String {
        let folder = self.folder.display().to_string().replace('/', "%2F");
        format!("postgresql://skep@{folder}/{database}")
    }

    /// URL of a catalog that is not there yet.
    pub fn new_catalog(&self) -> String {
        static LAST: AtomicUsize = AtomicUsize::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        format!("{}?currentSchema=catalog_{}_{number}", self.url("postgres"), std::process::id())
    }

    /// The folder of the server.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut keeper) = self.keeper.take() {
            if let Some(mut input) = keeper.stdin.take() {
                drop(input.write_all(b"end\n"));
            }
            drop(keeper.wait());
        }
    }
}

/// The folder of the server's programs.
fn programs() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
        let mut versions: Vec<PathBuf> = versions.flatten().map(|version| version.path().join("bin")).collect();
        versions.sort();
        versions.reverse();
        folders.extend(versions);
    }
    let found = folders.into_iter().find(|folder| folder.join("postgres").exists() && folder.join("initdb").exists());
    found.expect(
        "these tests start a PostgreSQL server: install Debian's package `postgresql` (apt-get install postgresql), \
         or put `postgres` and `initdb` of another one into PATH",
    )
}

/// The server does not run as root: then the folder is given to another user, whose words come before its command.
fn change_owner(folder: &Path) -> Vec<&'static str> {
    let id = Command::new("id").arg("-u").output().expect("id");
    if String::from_utf8_lossy(&id.stdout).trim() != "0" {
        return vec![];
    }
    for user in ["postgres", "nobody"] {
        let changed = Command::new("chown").arg(user).arg(folder).stderr(Stdio::null()).status();
        if changed.is_ok_and(|status| status.success()) {
            return match user {
                "postgres" => vec!["setpriv", "--reuid=postgres", "--clear-groups", "--"],
                _ => vec!["setpriv", "--reuid=nobody", "--clear-groups", "--"],
            };
        }
    }
    panic!("PostgreSQL does not run as root, and there is neither a user postgres nor nobody");
}
