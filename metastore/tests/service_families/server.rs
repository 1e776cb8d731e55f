//! A server with its metrics, and its upkeep of partitions.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::channel;

use skep_metastore::model::Table;
use skep_metastore::server::upkeep::{UpkeepOptions, manage_partitions};
use skep_metastore::server::{Listening, Settings, serve};
use skep_metastore::store::MetaStore;
use skep_metastore::store::sqlite::SqliteStore;
use skep_thrift::{ClientOptions, Connection};
use skep_thrift_hms::methods as m;

use super::Server;

fn get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn answers_counts_and_ends() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(SqliteStore::open(&folder.path().join("catalog.db")).unwrap());
    let mut settings = Settings::new(BTreeMap::new(), folder.path().join("w").display().to_string());
    for key in ["hive.metastore.thrift.bind.host", "hive.metastore.metrics.bind.host"] {
        settings.set(key, "127.0.0.1");
    }
    settings.set("hive.metastore.port", "0");
    settings.set("hive.metastore.metrics.port", "0");
    let (ready, addresses) = channel();
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let server = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let ready = move |at: Listening| ready.send((at.address, at.metrics)).unwrap();
        runtime.block_on(serve(store, &settings, Arc::default(), ready, async { ended.await.unwrap() }))
    });
    let (address, metrics) = addresses.recv().unwrap();
    let mut client =
        Connection::open::<skep_thrift_hms::HmsException>(&format!("thrift://{address}"), &ClientOptions::default())
            .unwrap();
    assert_eq!(client.call::<m::GetAllDatabases>(m::GetAllDatabasesArgs {}).unwrap(), ["default"]);
    let missing = m::GetDatabaseArgs { name: Some("none".into()) };
    assert!(client.call::<m::GetDatabase>(missing).is_err());
    let metrics = metrics.unwrap();
    let health = get(metrics, "/health");
    assert!(health.starts_with("HTTP/1.1 200") && health.ends_with("{\"status\":\"ok\"}"), "{health}");
    let text = get(metrics, "/metrics");
    for line in [
        "skep_metastore_calls_total{method=\"get_all_databases\",outcome=\"success\"} 1",
        "skep_metastore_calls_total{method=\"get_database\",outcome=\"exception\"} 1",
        "skep_metastore_connections 1",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    end.send(()).unwrap();
    server.join().unwrap().unwrap();
    assert!(TcpStream::connect(address).is_err());
}

fn parameters(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()
}

#[test]
fn partitions_come_and_go_with_their_folders() {
    let s = Server::new();
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("x");
    for name in ["p=1", "P=2", "p=a%20b", "_p=3", ".p=4", "q=5", "p=__HIVE_DEFAULT_PARTITION__"] {
        fs::create_dir_all(root.join(name)).unwrap();
    }
    fs::write(root.join("p=6"), "a file").unwrap();
    let mut table = Table { parameters: parameters(&[("discover.partitions", "TRUE")]), ..super::table("d", "x") };
    table.storage.location = format!("file:{}", root.display());
    s.store.create_table(&table).unwrap();
    let values = || s.store.partition_values("d", "x", &skep_metastore::model::PartitionFilter::All, None).unwrap();
    let options = UpkeepOptions::default();
    fs::write(root.join("P=2/000000_0"), "12345").unwrap();
    assert_eq!(manage_partitions(s.store.as_ref(), &options).unwrap(), 4);
    let counted = s.store.partition("d", "x", &["2".to_string()]).unwrap().parameters;
    assert_eq!((counted["numFiles"].as_str(), counted["totalSize"].as_str()), ("1", "5"));
    assert_eq!(values().len(), 4);
    assert_eq!(manage_partitions(s.store.as_ref(), &options).unwrap(), 0);
    fs::remove_dir(root.join("p=1")).unwrap();
    assert_eq!(manage_partitions(s.store.as_ref(), &options).unwrap(), 1);
    assert!(!values().contains(&vec!["1".to_string()]));
    // Without the folder of the table nothing is known.
    fs::rename(&root, folder.path().join("y")).unwrap();
    assert_eq!(manage_partitions(s.store.as_ref(), &options).unwrap(), 0);
    fs::rename(folder.path().join("y"), &root).unwrap();
    // Too old, and the table's own.
    let mut old = s.store.partition("d", "x", &["2".to_string()]).unwrap();
    old.create_time = 1;
    s.store.alter_partitions("d", "x", &[old]).unwrap();
    let table = Table { parameters: parameters(&[("partition.retention.period", "7d")]), ..table };
    s.store.alter_table("d", "x", &table).unwrap();
    assert_eq!(manage_partitions(s.store.as_ref(), &options).unwrap(), 1);
    assert!(!root.join("P=2").exists() && root.join("p=a%20b").exists());
}
