//! One catalog, several processes: the tests start their own program again, as a writer.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use skep_metastore::model::{
    Database, FieldSchema, HiveType, Parameters, Partition, PartitionFilter, PrincipalType, StorageDescriptor, Table,
    TableKind,
};
use skep_metastore::store::postgres::Credentials;
use skep_metastore::store::{self, CatalogChange, MetaStore, StoreOptions};
use skep_metastore_testing::postgresql::Server;

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

fn open(place: &str) -> Arc<dyn MetaStore> {
    store::open(place, &Credentials::default(), &StoreOptions::default()).unwrap()
}

/// A new catalog with the empty table `t`.
fn catalog(place: &str) -> Arc<dyn MetaStore> {
    let store = open(place);
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
    let (Ok(place), Ok(name)) = (std::env::var("SKEP_TEST_CATALOG"), std::env::var("SKEP_TEST_WRITER")) else {
        return;
    };
    let batches: usize = std::env::var("SKEP_TEST_BATCHES").unwrap().parse().unwrap();
    let store = open(&place);
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

fn start(place: &str, name: &str, batches: usize) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "writer_process"])
        .env("SKEP_TEST_CATALOG", place)
        .env("SKEP_TEST_WRITER", name)
        .env("SKEP_TEST_BATCHES", batches.to_string())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

fn count(store: &Arc<dyn MetaStore>) -> usize {
    store.partition_values("default", "t", &PartitionFilter::All, None).unwrap().len()
}

/// A file in a folder.
fn file(folder: &tempfile::TempDir) -> String {
    folder.path().join("catalog.db").display().to_string()
}

#[test]
fn processes_write_one_file_at_once() {
    let folder = tempfile::tempdir().unwrap();
    write_at_once(&file(&folder));
}

#[test]
fn processes_write_one_database_at_once() {
    write_at_once(&Server::shared().unwrap().new_catalog());
}

fn write_at_once(place: &str) {
    let store = catalog(place);
    let mut writers: Vec<_> = (0..4).map(|i| start(place, &format!("w{i}"), 15)).collect();
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
    assert_eq!(store.check().unwrap(), [""; 0]);
}

#[test]
fn a_killed_writer_leaves_whole_transactions_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    kill_writers(&file(&folder));
}

#[test]
fn a_killed_writer_leaves_whole_transactions_in_a_database() {
    kill_writers(&Server::shared().unwrap().new_catalog());
}

fn kill_writers(place: &str) {
    let store = catalog(place);
    for round in 0..8u64 {
        let before = count(&store);
        let mut writer = start(place, &format!("r{round}"), 100_000);
        // Let it get to work, then kill it (SIGKILL on Unix) at another moment each time.
        let deadline = Instant::now() + Duration::from_secs(60);
        while count(&store) == before && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_micros(700 * round));
        writer.kill().unwrap();
        writer.wait().unwrap();
        // What a server still does for the dead process is over when another one may write.
        let id = store.record_commit("default", "none", "").unwrap();
        store.finish_commit(id, &[]).unwrap();

        // A handle that was open and one that finds the dead process's log agree.
        let after = count(&store);
        assert!(after > before, "the writer of round {round} did not get to work");
        assert_eq!(after % BATCH, 0);
        let fresh = open(place);
        assert_eq!(count(&fresh), after);
        // What was recorded and not finished is found, at most one of each writer, and its changes are not there.
        for commit in fresh.pending_commits("default", "t").unwrap() {
            let first = [commit.journal.clone(), "0".to_string()];
            assert!(fresh.partition("default", "t", &first).is_err());
            fresh.finish_commit(commit.id, &[]).unwrap();
        }
        fresh.add_partitions("default", "t", &partitions(&format!("own{round}")), false).unwrap();
    }
    assert_eq!(store.check().unwrap(), [""; 0]);
}

#[test]
fn a_catalog_whose_only_user_was_killed_opens() {
    let folder = tempfile::tempdir().unwrap();
    let place = file(&folder);
    drop(catalog(&place));
    let mut writer = start(&place, "w", 100_000);
    std::thread::sleep(Duration::from_millis(300));
    writer.kill().unwrap();
    writer.wait().unwrap();
    let store = open(&place);
    assert_eq!(count(&store) % BATCH, 0);
    store.create_table(&table("u")).unwrap();
}
