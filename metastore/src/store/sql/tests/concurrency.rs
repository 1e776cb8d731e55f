use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::*;
use crate::model::PartitionFilter;
use crate::store::sqlite::SqliteOptions;

fn several_handles_and_threads_write_and_read_one_catalog(on: Kind) {
    let s = Scratch::with_table(on, &["ds string", "n int"]);
    let other = s.other();
    let t = table("t", &["ds string", "n int"]);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..6)
            .map(|writer| {
                let store = if writer % 2 == 0 { &s.store } else { &other };
                let t = &t;
                scope.spawn(move || {
                    for round in 0..20 {
                        let parts: Vec<_> =
                            (0..3).map(|n| partition(t, &[&format!("{writer}-{round}"), &n.to_string()])).collect();
                        store.add_partitions("default", "t", &parts, false).unwrap();
                    }
                })
            })
            .collect();
        for store in [&s.store, &other] {
            let done = &done;
            scope.spawn(move || {
                while !done.load(Ordering::Relaxed) {
                    // Three at a time: a reader sees whole transactions.
                    let all = store.partition_values("default", "t", &PartitionFilter::All, None).unwrap();
                    assert_eq!(all.len() % 3, 0);
                }
            });
        }
        writers.into_iter().for_each(|w| w.join().unwrap());
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(s.count("partitions"), 360);
}

#[test]
fn many_open_one_new_file_at_once() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/er/catalog.db");
        std::thread::scope(|scope| {
            for i in 0..8 {
                let path = &path;
                scope.spawn(move || {
                    let store = SqliteStore::open(path).unwrap();
                    store.create_database(&database(&format!("d{i}"))).unwrap();
                });
            }
        });
        assert_eq!(SqliteStore::open(&path).unwrap().database_names(None).unwrap().len(), 8);
    }
}

#[test]
fn a_writer_that_holds_on_makes_others_busy_but_not_readers() {
    let s = Scratch::new(Kind::Sqlite);
    let options = SqliteOptions { busy_timeout: Duration::from_secs(1), ..SqliteOptions::default() };
    let store = SqliteStore::open_with(&s.path(), &options).unwrap();
    let holder = rusqlite::Connection::open(s.path()).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE; DELETE FROM databases").unwrap();
    assert_eq!(store.database_names(None).unwrap(), ["default"]);
    let error = store.create_database(&database("d")).unwrap_err();
    assert!(matches!(&error, MetastoreError::Busy { seconds: 1, .. }), "{error:?}");
    assert_eq!(error.sqlstate(), "40001");
    assert!(error.to_string().contains("catalog.db"), "{error}");
    holder.execute_batch("ROLLBACK").unwrap();
    store.create_database(&database("d")).unwrap();
}

fn an_error_leaves_no_transaction_behind(on: Kind) {
    let s = Scratch::with_table(on, &["ds string"]);
    let t = table("t", &["ds string"]);
    for _ in 0..20 {
        is_there(s.store.create_table(&t));
        is_missing(s.store.drop_partitions("default", "t", &[strings(&["x"])]));
    }
    s.store.create_table(&table("u", &[])).unwrap();
}

on_every_store!(several_handles_and_threads_write_and_read_one_catalog, an_error_leaves_no_transaction_behind);
