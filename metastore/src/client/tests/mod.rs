//! Tests of the client against a server of ours in this process.

mod failover;
mod features;
mod hive;
mod skep;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use parking_lot::Mutex;
use skep_thrift::{Peer, Protocol, ReadLimits, Router};
use tempfile::TempDir;

use super::{Endpoint, RemoteOptions, Selection};
use crate::model::{
    Database, FieldSchema, Partition, PrincipalType, StorageDescriptor, Table, TableKind, partition_name,
};
use crate::store::MetaStore;
use crate::store::sqlite::SqliteStore;

/// A server of framed messages that can be stopped as a machine that loses its power is.
pub(crate) struct TestServer {
    port: u16,
    stopped: Arc<AtomicBool>,
    connections: Arc<Mutex<Vec<TcpStream>>>,
    /// Messages that came.
    calls: Arc<AtomicUsize>,
    quirks: Arc<Mutex<Quirks>>,
}

/// What makes a server another than ours.
#[derive(Default)]
struct Quirks {
    /// Methods that it does not know.
    unknown: BTreeSet<&'static str>,
    /// A method that it carries out and does not answer, for it hangs up, and how often yet.
    silent: Option<(&'static str, usize)>,
    /// How often each method was called.
    called: BTreeMap<String, usize>,
}

impl TestServer {
    pub(crate) fn start(router: Router) -> Self {
        Self::start_at(0, router)
    }

    /// On this port, or on any for 0.
    fn start_at(port: u16, router: Router) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            stopped: Arc::default(),
            connections: Arc::default(),
            calls: Arc::default(),
            quirks: Arc::default(),
        };
        let (stopped, connections) = (Arc::clone(&server.stopped), Arc::clone(&server.connections));
        let (router, calls) = (Arc::new(router), Arc::clone(&server.calls));
        let quirks = Arc::clone(&server.quirks);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                connections.lock().push(stream.try_clone().unwrap());
                let (router, calls, quirks) = (Arc::clone(&router), Arc::clone(&calls), Arc::clone(&quirks));
                std::thread::spawn(move || serve(stream, &router, &calls, &quirks));
            }
        });
        server
    }

    pub(crate) fn endpoint(&self) -> Endpoint {
        Endpoint { host: "127.0.0.1".to_string(), port: self.port }
    }

    /// It does not know these methods any more.
    fn forget(&self, methods: &[&'static str]) {
        self.quirks.lock().unknown.extend(methods);
    }

    /// The next calls of a method are carried out, and their connections break before the answer.
    fn hang_up_on(&self, method: &'static str, times: usize) {
        self.quirks.lock().silent = Some((method, times));
    }

    /// How often a method was called.
    fn called(&self, method: &str) -> usize {
        self.quirks.lock().called.get(method).copied().unwrap_or(0)
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// Breaks all connections.
    fn interrupt(&self) {
        for stream in self.connections.lock().drain(..) {
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
    }

    /// Takes no more connections, and breaks those there are.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes the listener, which goes then, and its port with it.
        drop(TcpStream::connect(("127.0.0.1", self.port)));
        self.interrupt();
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The method of a message: behind four bytes of version and four of the name's length.
fn method(message: &[u8]) -> String {
    let length = u32::from_be_bytes(message[4..8].try_into().unwrap()) as usize;
    String::from_utf8(message[8..8 + length].to_vec()).unwrap()
}

fn serve(mut stream: TcpStream, router: &Router, calls: &AtomicUsize, quirks: &Mutex<Quirks>) -> Option<()> {
    let peer = Peer::local();
    let nothing = Router::new();
    loop {
        let mut length = [0; 4];
        stream.read_exact(&mut length).ok()?;
        let mut message = vec![0; u32::from_be_bytes(length) as usize];
        stream.read_exact(&mut message).ok()?;
        calls.fetch_add(1, Ordering::SeqCst);
        let method = method(&message);
        let (known, silent) = {
            let mut quirks = quirks.lock();
            let silent = matches!(&quirks.silent, Some((name, left)) if *name == method && *left > 0);
            if let (true, Some((_, left))) = (silent, &mut quirks.silent) {
                *left -= 1;
            }
            *quirks.called.entry(method.clone()).or_default() += 1;
            (!quirks.unknown.contains(method.as_str()), silent)
        };
        let router = if known { router } else { &nothing };
        let answer = router.answer(&peer, &message, Protocol::Binary, &ReadLimits::default()).ok()?;
        if silent {
            let _ = stream.shutdown(std::net::Shutdown::Both);
            return None;
        }
        if let Some(bytes) = answer.bytes {
            stream.write_all(&u32::try_from(bytes.len()).unwrap().to_be_bytes()).ok()?;
            stream.write_all(&bytes).ok()?;
        }
    }
}

/// How a test's client connects: at once or not at all.
pub(crate) fn options(servers: &[&TestServer], folder: &Path) -> RemoteOptions {
    let endpoints = servers.iter().map(|server| server.endpoint()).collect();
    RemoteOptions {
        framed: true,
        selection: Selection::Sequential,
        connect_attempts: 1,
        ..RemoteOptions::new(endpoints, "me", folder.join("journals"))
    }
}

/// A catalog in a file with the database `default`, whose folder is there.
fn catalog() -> (TempDir, Arc<SqliteStore>) {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(SqliteStore::open(&folder.path().join("catalog.db")).unwrap());
    store.create_database(&database("default", folder.path())).unwrap();
    (folder, store)
}

fn database(name: &str, folder: &Path) -> Database {
    let location = folder.join(name);
    std::fs::create_dir_all(&location).unwrap();
    Database {
        name: name.to_string(),
        comment: Some("a 'comment'".to_string()),
        location: format!("file:{}", location.display()),
        managed_location: None,
        owner: Some("me".to_string()),
        owner_type: PrincipalType::User,
        parameters: [("k".to_string(), "ü".to_string())].into(),
        create_time: 1_700_000_000,
    }
}

/// `name type` as a column.
fn field(text: &str) -> FieldSchema {
    let (name, ty) = text.split_once(' ').unwrap();
    FieldSchema { name: name.to_string(), ty: ty.parse().unwrap(), comment: None }
}

fn storage(location: &str) -> StorageDescriptor {
    StorageDescriptor {
        columns: vec![field("a int"), field("b map<string,array<decimal(10,2)>>"), field("c string")],
        location: location.to_string(),
        input_format: "org.apache.hadoop.mapred.TextInputFormat".to_string(),
        output_format: "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat".to_string(),
        num_buckets: -1,
        serde: crate::model::SerDeInfo {
            library: "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe".to_string(),
            parameters: [("serialization.format".to_string(), "1".to_string())].into(),
            ..Default::default()
        },
        ..StorageDescriptor::default()
    }
}

fn table(name: &str, keys: &[&str], folder: &Path) -> Table {
    let location = folder.join("default").join(name);
    std::fs::create_dir_all(&location).unwrap();
    Table {
        database: "default".to_string(),
        name: name.to_string(),
        owner: "me".to_string(),
        create_time: 1_700_000_000,
        last_access_time: 0,
        retention: 0,
        kind: TableKind::Managed,
        temporary: false,
        storage: storage(&format!("file:{}", location.display())),
        partition_keys: keys.iter().map(|key| field(key)).collect(),
        parameters: [("comment".to_string(), "x".to_string())].into(),
        view_original_text: None,
        view_expanded_text: None,
        extras: Default::default(),
    }
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|t| (*t).to_string()).collect()
}

/// A partition of a table of [`table`], in its usual folder.
fn partition(table: &Table, values: &[&str]) -> Partition {
    let values = strings(values);
    let name = partition_name(&table.partition_keys, &values);
    let location = format!("{}/{name}", table.storage.location);
    std::fs::create_dir_all(location.strip_prefix("file:").unwrap()).unwrap();
    Partition {
        create_time: 1_700_000_005,
        last_access_time: 0,
        storage: storage(&location),
        parameters: [("numRows".to_string(), "3".to_string())].into(),
        values,
        write_id: None,
    }
}
