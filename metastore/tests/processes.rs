//! One catalog file, several processes: the tests start their own program again, as a writer.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use skep_metastore::model::{
    Database, FieldSchema, HiveType, Parameters, Partition, PartitionFilter, PrincipalType, StorageDescriptor, Table,
    TableKind,
};
use skep_metastore::store::sqlite::SqliteStore;
use skep_metastore::store::{CatalogChange, MetaStore};

/// Partitions that a writer adds in one transaction.
const BATCH: usize = 20;

fn table(name: &str) -> Table {
    let field = |name: &str, ty| FieldSchema { name: name.to_string(), ty, comment: None };
    Table {
        database: "default".to_string(),
        name: name.to_string(),
        owner: String::new(),
        create_time: 0,
        last_access_time: 0,
        retention: 0,
        kind: TableKind::Managed,
        temporary: false,
        storage: StorageDescriptor { location: format!("file:/w/{name}"), ..StorageDescriptor::default() },
        partition_keys: vec![field("batch", HiveType::String), field("n", HiveType::Int)],
        parameters: Parameters::new(),
        view_original_text: None,
        view_expanded_text: None,
        extras: Default::default(),
    }
}

fn partitions(batch: &str) -> Vec<Partition> {
    (0..BATCH)
        .map(|n| Partition {
            values: vec![batch.to_string(), n.to_string()],
            create_time: 0,
            last_access_time: 0,
            storage: StorageDescriptor { location: format!("file:/w/t/batch={batch}/n={n}"), ..Default::default() },
            parameters: Parameters::new(),
            write_id: None,
        })
        .collect()
}

/// A new catalog with the empty table `t`.
fn catalog(path: &Path) -> SqliteStore {
    let store = SqliteStore::open(path).unwrap();
    let database = Database {
        name: "default".to_string(),
        comment: None,
        location: "file:/w".to_string(),
        managed_location: None,
        owner: None,
        owner_type: PrincipalType::User,
        parameters: Parameters::new(),
        create_time: 0,
    };
    store.create_database(&database).unwrap();
    store.create_table(&table("t")).unwrap();
    store
}

/// Not a test of its own: what the started processes do. They write batches, each by a recorded and finished commit.
#[test]
fn writer_process() {
    let (Ok(path), Ok(name)) = (std::env::var("SKEP_TEST_CATALOG"), std::env::var("SKEP_TEST_WRITER")) else {
        return;
    };
    let batches: usize = std::env::var("SKEP_TEST_BATCHES").unwrap().parse().unwrap();
    let store = SqliteStore::open(path.as_ref()).unwrap();
    for i in 0..batches {
        let batch = format!("{name}-{i}");
        let id = store.record_commit("default", "t", &batch).unwrap();
        let change = CatalogChange::PutPartitions {
            database: "default".to_string(),
            table: "t".to_string(),
            partitions: partitions(&batch),
        };
        store.finish_commit(id, &[change]).unwrap();
    }
}

fn start(path: &Path, name: &str, batches: usize) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "writer_process"])
        .env("SKEP_TEST_CATALOG", path)
        .env("SKEP_TEST_WRITER", name)
        .env("SKEP_TEST_BATCHES", batches.to_string())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

fn count(store: &SqliteStore) -> usize {
    store.partition_values("default", "t", &PartitionFilter::All, None).unwrap().len()
}

#[test]
fn processes_write_one_catalog_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalog.db");
    let store = catalog(&path);
    let mut writers: Vec<_> = (0..4).map(|i| start(&path, &format!("w{i}"), 15)).collect();
    // A reader in this process sees whole batches only.
    let mut running = true;
    while running {
        running = writers.iter_mut().any(|w| w.try_wait().unwrap().is_none());
        assert_eq!(count(&store) % BATCH, 0);
    }
    for writer in &mut writers {
        assert!(writer.wait().unwrap().success());
    }
    assert_eq!(count(&store), 4 * 15 * BATCH);
    assert_eq!(store.pending_commits("default", "t").unwrap(), []);
}

#[test]
fn a_killed_writer_leaves_whole_transactions() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalog.db");
    let store = catalog(&path);
    for round in 0..8u64 {
        let before = count(&store);
        let mut writer = start(&path, &format!("r{round}"), 100_000);
        // Let it get to work, then kill it (SIGKILL on Unix) at another moment each time.
        let deadline = Instant::now() + Duration::from_secs(60);
        while count(&store) == before && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_micros(700 * round));
        writer.kill().unwrap();
        writer.wait().unwrap();

        // A handle that was open and one that finds the dead process's log agree.
        let after = count(&store);
        assert!(after > before, "the writer of round {round} did not get to work");
        assert_eq!(after % BATCH, 0);
        let fresh = SqliteStore::open(&path).unwrap();
        assert_eq!(count(&fresh), after);
        // What was recorded and not finished is found, at most one of each writer, and its changes are not there.
        for commit in fresh.pending_commits("default", "t").unwrap() {
            let first = [commit.journal.clone(), "0".to_string()];
            assert!(fresh.partition("default", "t", &first).is_err());
            fresh.finish_commit(commit.id, &[]).unwrap();
        }
        fresh.add_partitions("default", "t", &partitions(&format!("own{round}")), false).unwrap();
    }
    let connection = rusqlite::Connection::open(&path).unwrap();
    let verdict: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(verdict, "ok");
}

#[test]
fn a_catalog_whose_only_user_was_killed_opens() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalog.db");
    drop(catalog(&path));
    let mut writer = start(&path, "w", 100_000);
    std::thread::sleep(Duration::from_millis(300));
    writer.kill().unwrap();
    writer.wait().unwrap();
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(count(&store) % BATCH, 0);
    store.create_table(&table("u")).unwrap();
}
