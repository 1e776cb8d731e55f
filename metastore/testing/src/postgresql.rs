//! A PostgreSQL server for tests: its data are in a folder of its own, it listens on a socket there, and it ends with the
//! process that started it, however that ends.

use std::fs;
use std::io::{self, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Starts the server and waits for a word or for the end of its input; then the server ends, without time to say goodbye,
/// and what it had is removed, but for the word `pause`. Arguments: the folder, then the server's command.
const KEEPER: &str = r#"
trap '' INT TERM HUP
folder=$1; shift
"$@" >"$folder/log" 2>&1 </dev/null &
server=$!
read -r word || true
kill -QUIT $server 2>/dev/null
wait $server 2>/dev/null
[ "$word" = pause ] || rm -rf "$folder"
"#;

/// How a server is started.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Settings besides the usual ones, as `fsync=on`.
    pub settings: Vec<String>,
    /// Files in its folder, by name; they belong to the server's user, and no other reads them.
    pub files: Vec<(String, String)>,
    /// Listens at a port of 127.0.0.1, too.
    pub tcp: bool,
}

/// A server of this process.
#[derive(Debug)]
pub struct Server {
    folder: PathBuf,
    port: Option<u16>,
    command: Vec<String>,
    keeper: Option<Child>,
}

impl Server {
    /// The one server that all tests of this process share.
    ///
    /// # Errors
    /// Why it could not be started, when it was first asked for.
    pub fn shared() -> Result<&'static Server, &'static str> {
        static SHARED: OnceLock<Result<Server, String>> = OnceLock::new();
        let started = SHARED.get_or_init(|| Server::start(&Options::default()).map_err(|error| error.to_string()));
        started.as_ref().map_err(String::as_str)
    }

    /// Starts a server. It takes a second.
    ///
    /// # Errors
    /// There is no PostgreSQL on this machine, or it does not start; the text has what it says.
    pub fn start(options: &Options) -> io::Result<Server> {
        let programs = programs()?;
        // Short, as the path of a socket must be.
        let folder = tempfile::Builder::new().prefix("skep-pg").tempdir()?.keep();
        for (name, text) in &options.files {
            fs::write(folder.join(name), text)?;
            fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o600))?;
        }
        let data = folder.join("data");
        let user = change_owner(&folder)?;
        let run = |program: &str| -> Vec<String> {
            let mut command: Vec<String> = user.iter().map(|word| (*word).to_string()).collect();
            command.push(programs.join(program).display().to_string());
            command
        };
        let mut initdb = run("initdb");
        initdb.extend(["-D", &data.display().to_string(), "-U", "skep", "-A", "trust", "-E", "UTF8"].map(String::from));
        initdb.extend(["--locale=C", "--no-sync"].map(String::from));
        let made = Command::new(&initdb[0]).args(&initdb[1..]).current_dir("/").output()?;
        if !made.status.success() {
            return Err(io::Error::other(format!("initdb failed: {}", String::from_utf8_lossy(&made.stderr))));
        }
        let port = match options.tcp {
            true => Some(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port()),
            false => None,
        };
        let mut settings: Vec<String> =
            ["fsync=off", "max_connections=200", "shared_buffers=64MB"].map(String::from).into();
        match port {
            Some(port) => settings.extend(["listen_addresses=127.0.0.1".to_string(), format!("port={port}")]),
            None => settings.push("listen_addresses=".to_string()),
        }
        settings.extend(options.settings.iter().cloned());
        let mut command = run("postgres");
        command.extend(["-D".to_string(), data.display().to_string(), "-k".to_string(), folder.display().to_string()]);
        command.extend(settings.into_iter().flat_map(|setting| ["-c".to_string(), setting]));
        let mut server = Server { folder, port, command, keeper: None };
        server.resume()?;
        Ok(server)
    }

    /// Ends the server as a crash does. Its data stay, for [`Server::resume`].
    ///
    /// # Errors
    /// Those of telling it.
    pub fn pause(&mut self) -> io::Result<()> {
        self.end("pause")
    }

    /// Starts the server over its data, and waits until it answers.
    ///
    /// # Errors
    /// It does not answer within a minute; the text has what it says.
    pub fn resume(&mut self) -> io::Result<()> {
        let keeper = Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .arg(&self.folder)
            .args(&self.command)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        self.keeper = Some(keeper);
        let deadline = Instant::now() + Duration::from_secs(60);
        while let Err(error) = postgres::Client::connect(&self.url("postgres"), postgres::NoTls) {
            if Instant::now() > deadline {
                let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                return Err(io::Error::other(format!("PostgreSQL does not start: {error}\n{log}")));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    fn end(&mut self, word: &str) -> io::Result<()> {
        let Some(mut keeper) = self.keeper.take() else { return Ok(()) };
        if let Some(mut input) = keeper.stdin.take() {
            writeln!(input, "{word}")?;
        }
        keeper.wait()?;
        Ok(())
    }

    /// URL of a database of the server, by its socket.
    pub fn url(&self, database: &str) -> String {
        let folder = self.folder.display().to_string().replace('/', "%2F");
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("postgresql://skep@{folder}{port}/{database}")
    }

    /// URL of a catalog that is not there yet.
    pub fn new_catalog(&self) -> String {
        static LAST: AtomicUsize = AtomicUsize::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        format!("{}?currentSchema=catalog_{}_{number}", self.url("postgres"), std::process::id())
    }

    /// Its port on this machine, where it listens at one.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The folder of the server, with the files that it was given.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Where it cannot be told, it ends with this process.
        drop(self.end("end"));
    }
}

/// The folder of the server's programs.
fn programs() -> io::Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    if let Ok(versions) = fs::read_dir("/usr/lib/postgresql") {
        let mut versions: Vec<PathBuf> = versions.flatten().map(|version| version.path().join("bin")).collect();
        versions.sort();
        versions.reverse();
        folders.extend(versions);
    }
    let found = folders.into_iter().find(|folder| folder.join("postgres").exists() && folder.join("initdb").exists());
    found.ok_or_else(|| {
        io::Error::other(
            "these tests start a PostgreSQL server: install Debian's package `postgresql` (apt-get install postgresql), \
             or put `postgres` and `initdb` of another one into PATH",
        )
    })
}

/// The server does not run as root: then the folder is given to another user, whose words come before its command.
fn change_owner(folder: &Path) -> io::Result<Vec<&'static str>> {
    let id = Command::new("id").arg("-u").output()?;
    if String::from_utf8_lossy(&id.stdout).trim() != "0" {
        return Ok(vec![]);
    }
    for user in ["postgres", "nobody"] {
        let changed = Command::new("chown").arg("-R").arg(user).arg(folder).stderr(Stdio::null()).status();
        if changed.is_ok_and(|status| status.success()) {
            return Ok(match user {
                "postgres" => vec!["setpriv", "--reuid=postgres", "--clear-groups", "--"],
                _ => vec!["setpriv", "--reuid=nobody", "--clear-groups", "--"],
            });
        }
    }
    Err(io::Error::other("PostgreSQL does not run as root, and there is neither a user postgres nor nobody"))
}
