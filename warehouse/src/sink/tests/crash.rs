//! A writer that dies at any step leaves the old table or the new one.

use std::process::Command;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::support::{Warehouse, plan, rows, target};
use crate::layout::archive::{archive, archiving_level, folder_of, unarchive};
use crate::layout::commit::complete_pending;
use crate::sink::{DirectoryTarget, LoadSource, Target, WriteOptions, begin, stage_load};
use crate::store::{FileStatus, fs};

const STEPS: [&str; 6] =
    ["before_record", "after_record", "after_first_move", "after_moves", "after_first_delete", "before_finish"];

/// What the child does; it dies on the way. Does nothing in an ordinary test run.
#[tokio::test]
async fn child() {
    let Ok(folder) = std::env::var("SKEP_TEST_FOLDER") else {
        return;
    };
    let warehouse = Warehouse::open(std::path::Path::new(&folder));
    let table = warehouse.table("t");
    match std::env::var("SKEP_TEST_WRITE").unwrap().as_str() {
        "overwrite" => {
            let new = vec![vec![rows(&[(10, &[])])], vec![rows(&[(11, &[])])]];
            warehouse.write(target(&table, &[], true), new).await.unwrap();
        }
        "append" => {
            let new = vec![vec![rows(&[(10, &[])])], vec![rows(&[(11, &[])])]];
            warehouse.write(target(&table, &[], false), new).await.unwrap();
        }
        "dynamic" => {
            let table = warehouse.table("p");
            let new = vec![vec![rows(&[(10, &[Some("a")]), (11, &[Some("b")])])]];
            warehouse.write(target(&table, &[None], true), new).await.unwrap();
        }
        "archive" | "unarchive" => {
            let table = warehouse.table("p");
            let partition = warehouse.metastore.partition("default", "p", &["a".into()]).unwrap();
            let (root, metastore) = (folder_of(&partition).to_string(), warehouse.metastore.as_ref());
            let stores = &warehouse.stores;
            if archiving_level(&partition).is_none() {
                archive(metastore, stores, &table, vec![partition], &root, 1).await.unwrap();
            } else {
                unarchive(metastore, stores, &table, vec![partition], &root).await.unwrap();
            }
        }
        "ctas" => {
            let mut target = target(&Arc::new(warehouse.new_table("c", &[("id", "int")], &[])), &[], false);
            target.create_table = true;
            warehouse.write(target, vec![vec![rows(&[(10, &[])])]]).await.unwrap();
        }
        "several" => several(&warehouse).await,
        _ => {
            let source = LoadSource { path: format!("{folder}/in"), local: false, overwrite: true };
            stage_load(&table, &[], &source, &warehouse.metastore, &warehouse.stores, "").await.unwrap();
        }
    }
}

/// Overwrites a table and a folder, and adds to a partitioned table and, as two branches, to a transactional one.
async fn several(warehouse: &Warehouse) {
    let into = |name: &str, partition: &[Option<&str>], overwrite| {
        Target::Table(target(&warehouse.table(name), partition, overwrite))
    };
    let folder = DirectoryTarget {
        location: warehouse.folder.join("out").display().to_string(),
        storage: warehouse.table("t").storage.clone(),
        columns: warehouse.table("t").storage.columns.clone(),
        overwrite: true,
        options: WriteOptions::default(),
    };
    let targets = vec![
        into("t", &[], true),
        into("p", &[None], false),
        into("a", &[], false),
        Target::Directory(Box::new(folder)),
        into("a", &[], false),
        into("p", &[Some("a")], false),
    ];
    let batches = |i| match i {
        1 => rows(&[(10, &[Some("a")]), (11, &[Some("b")])]),
        _ => rows(&[(10 + i, &[])]),
    };
    let (metastore, stores) = (Arc::clone(&warehouse.metastore), Arc::clone(&warehouse.stores));
    let (writes, commit) = begin(targets, metastore, stores).await.unwrap();
    let context = datafusion::prelude::SessionContext::new().task_ctx();
    let mut staged = Vec::new();
    for (i, write) in writes.into_iter().enumerate() {
        let plan = plan(vec![vec![batches(i as i32)]]);
        staged.push(write.unwrap().run(plan, Arc::clone(&context), &CancellationToken::new()).await.unwrap());
    }
    let summaries = commit.commit(staged).await.unwrap();
    assert_eq!(summaries.iter().map(|summary| summary.rows).collect::<Vec<_>>(), [1, 2, 1, 1, 1, 1]);
}

/// Tables and a folder for [`several`].
fn prepare(warehouse: &Warehouse) {
    warehouse.create(warehouse.new_table("t", &[("id", "int")], &[]));
    warehouse.create(warehouse.new_table("p", &[("id", "int")], &[("k", "string")]));
    let mut table = warehouse.new_table("a", &[("id", "int")], &[]);
    table.parameters.insert("transactional".into(), "true".into());
    table.parameters.insert("transactional_properties".into(), "insert_only".into());
    warehouse.create(table);
    std::fs::create_dir(warehouse.folder.join("out")).unwrap();
    std::fs::write(warehouse.folder.join("out/old"), "1\n").unwrap();
}

/// Visible files, with their lines.
fn seen(warehouse: &Warehouse, name: &str) -> Vec<(String, Vec<String>)> {
    let visible = |file: &String| !file.split('/').any(|part| part.starts_with(['.', '_']));
    warehouse.files(name).into_iter().filter(|(file, _)| visible(file)).collect()
}

#[tokio::test]
async fn a_statement_of_several_writes_is_done_or_not() {
    for step in STEPS.iter().copied().chain(["after_first_finish", "never"]) {
        let dir = tempfile::tempdir().unwrap();
        let warehouse = Warehouse::open(dir.path());
        prepare(&warehouse);
        let old = vec![vec![rows(&[(1, &[])])], vec![rows(&[(2, &[])])]];
        warehouse.write(target(&warehouse.table("t"), &[], false), old).await.unwrap();
        let old = vec![vec![rows(&[(1, &[Some("a")])])]];
        warehouse.write(target(&warehouse.table("p"), &[None], false), old).await.unwrap();
        warehouse.write(target(&warehouse.table("a"), &[], false), vec![vec![rows(&[(1, &[])])]]).await.unwrap();
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "sink::tests::crash::child", "--nocapture"])
            .env("SKEP_TEST_FOLDER", dir.path())
            .env("SKEP_TEST_WRITE", "several")
            .env("SKEP_TEST_DIE_AT", step)
            .stdout(std::process::Stdio::null())
            .status()
            .unwrap();
        assert_eq!(status.success(), step == "never", "{step}");
        // Whichever table is looked at first.
        for name in ["p", "t", "a"] {
            complete_pending(warehouse.metastore.as_ref(), &warehouse.stores, "default", name).await.unwrap();
        }
        let done = step != "before_record";
        let numbers = |name: &str| warehouse.table(name).parameters.get("numRows").cloned();
        let partition = |value: &str| warehouse.metastore.partition("default", "p", &[value.to_string()]);
        let ids = |name: &str| {
            let mut lines: Vec<String> = seen(&warehouse, name).into_iter().flat_map(|(_, lines)| lines).collect();
            lines.sort();
            lines
        };
        let valid = warehouse.metastore.valid_write_ids("default", "a").unwrap();
        if !done {
            assert_eq!((ids("t"), ids("p")), (vec!["1".into(), "2".into()], vec!["1".into()]));
            assert_eq!(seen(&warehouse, "out"), [("old".to_string(), vec!["1".to_string()])]);
            assert!(!valid.is_valid(2) && partition("b").is_err());
            continue;
        }
        assert_eq!((ids("t"), numbers("t")), (vec!["10".into()], Some("1".into())), "{step}");
        assert_eq!(ids("p"), ["1", "10", "11", "15"], "{step}");
        assert_eq!(partition("a").unwrap().parameters["numRows"], "3", "{step}");
        assert_eq!(partition("b").unwrap().parameters["numRows"], "1", "{step}");
        assert_eq!(seen(&warehouse, "out"), [("000000_0".to_string(), vec!["13".to_string()])], "{step}");
        assert!(valid.is_valid(2) && valid.high == 2, "{step}: one write id for both branches");
        let files: Vec<String> = seen(&warehouse, "a").into_iter().map(|(file, _)| file).collect();
        assert_eq!(
            files[1..],
            ["delta_0000002_0000002_0000/000000_0", "delta_0000002_0000002_0001/000000_0"],
            "{step}"
        );
        assert_eq!(numbers("a"), Some("3".into()), "{step}");
    }
}

#[tokio::test]
async fn old_or_new() {
    for write in ["overwrite", "append", "dynamic", "ctas", "load"] {
        for step in STEPS {
            let dir = tempfile::tempdir().unwrap();
            let warehouse = Warehouse::open(dir.path());
            let table = warehouse.create(warehouse.new_table("t", &[("id", "int")], &[]));
            let partitioned = warehouse.create(warehouse.new_table("p", &[("id", "int")], &[("k", "string")]));
            let old = vec![vec![rows(&[(1, &[])])], vec![rows(&[(2, &[])])], vec![rows(&[(3, &[])])]];
            warehouse.write(target(&table, &[], false), old).await.unwrap();
            let old = vec![vec![rows(&[(1, &[Some("a")])])], vec![rows(&[(2, &[Some("a")])])]];
            warehouse.write(target(&partitioned, &[None], false), old).await.unwrap();
            std::fs::create_dir(dir.path().join("in")).unwrap();
            std::fs::write(dir.path().join("in/000000_0"), "10\n").unwrap();
            std::fs::write(dir.path().join("in/f"), "11\n").unwrap();

            let status = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "sink::tests::crash::child", "--nocapture"])
                .env("SKEP_TEST_FOLDER", dir.path())
                .env("SKEP_TEST_WRITE", write)
                .env("SKEP_TEST_DIE_AT", step)
                .stdout(std::process::Stdio::null())
                .status()
                .unwrap();
            let no_deletes = matches!(write, "append" | "ctas");
            let dies = !(no_deletes && step == "after_first_delete");
            assert_eq!(status.success(), !dies, "{write} at {step}");

            let name = match write {
                "dynamic" => "p",
                "ctas" => "c",
                _ => "t",
            };
            // Twice, as two readers would.
            for _ in 0..2 {
                complete_pending(warehouse.metastore.as_ref(), &warehouse.stores, "default", name).await.unwrap();
            }
            assert!(warehouse.metastore.pending_commits("default", name).unwrap().is_empty());
            let visible = || {
                let mut lines: Vec<String> = warehouse
                    .files(name)
                    .into_iter()
                    .filter(|(file, _)| !file.split('/').any(|part| part.starts_with('.')))
                    .flat_map(|(_, lines)| lines)
                    .collect();
                lines.sort();
                lines
            };
            let is_new = step != "before_record";
            match (write, is_new) {
                ("ctas", false) => assert!(warehouse.metastore.table("default", "c").is_err()),
                ("ctas", true) => {
                    assert_eq!(warehouse.metastore.table("default", "c").unwrap().parameters["numRows"], "1");
                    assert_eq!(visible(), ["10"], "{write} at {step}");
                }
                ("dynamic", false) => assert_eq!(visible(), ["1", "2"], "{write} at {step}"),
                ("append", true) => {
                    assert_eq!(visible(), ["1", "10", "11", "2", "3"], "{write} at {step}");
                    assert_eq!(warehouse.table("t").parameters["numRows"], "5");
                }
                (_, true) => assert_eq!(visible(), ["10", "11"], "{write} at {step}"),
                (_, false) => assert_eq!(visible(), ["1", "2", "3"], "{write} at {step}"),
            }
            if write == "dynamic" && is_new {
                let partition = warehouse.metastore.partition("default", "p", &["b".into()]).unwrap();
                assert_eq!(partition.parameters["numRows"], "1");
            }
            if write == "ctas" {
                continue;
            }
            // The next writer finds nothing in its way and clears up.
            let table = warehouse.table(name);
            let last = if name == "p" { rows(&[(99, &[Some("a")])]) } else { rows(&[(99, &[])]) };
            let partition = if name == "p" { &[None][..] } else { &[] };
            warehouse.write(target(&table, partition, false), vec![vec![last]]).await.unwrap();
            assert!(!warehouse.files(name).keys().any(|file| file.contains(".hive-staging")), "{write} at {step}");
        }
    }
}

#[tokio::test]
async fn a_folder_or_its_archive() {
    for write in ["archive", "unarchive"] {
        for step in STEPS {
            let dir = tempfile::tempdir().unwrap();
            let warehouse = Warehouse::open(dir.path());
            warehouse.create(warehouse.new_table("t", &[("id", "int")], &[]));
            let table = warehouse.create(warehouse.new_table("p", &[("id", "int")], &[("k", "string")]));
            let old = vec![vec![rows(&[(1, &[Some("a")])])], vec![rows(&[(2, &[Some("a")])])]];
            warehouse.write(target(&table, &[None], false), old).await.unwrap();
            let (metastore, stores) = (warehouse.metastore.as_ref(), &warehouse.stores);
            let partition = || metastore.partition("default", "p", &["a".into()]).unwrap();
            let root = partition().storage.location;
            // Folders that are emptied go as a whole.
            std::fs::create_dir_all(dir.path().join("p/k=a/sub")).unwrap();
            std::fs::write(dir.path().join("p/k=a/sub/f"), "3\n").unwrap();
            if write == "unarchive" {
                archive(metastore, stores, &table, vec![partition()], &root, 1).await.unwrap();
            }
            let status = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "sink::tests::crash::child", "--nocapture"])
                .env("SKEP_TEST_FOLDER", dir.path())
                .env("SKEP_TEST_WRITE", write)
                .env("SKEP_TEST_DIE_AT", step)
                .stdout(std::process::Stdio::null())
                .status()
                .unwrap();
            assert!(!status.success(), "{write} at {step}");
            for _ in 0..2 {
                complete_pending(metastore, stores, "default", "p").await.unwrap();
            }
            let archived = archiving_level(&partition()) == Some(1);
            assert_eq!(archived, (write == "archive") == (step != "before_record"), "{write} at {step}");
            let mut lines = Vec::new();
            for file in fs::walk(stores, &partition().storage.location).await.unwrap() {
                lines.extend(fs::read(stores, &file.path).await.unwrap());
            }
            lines.sort_unstable();
            assert_eq!(lines, b"\n\n\n123", "{write} at {step}");
            let files = fs::walk(stores, &root).await.unwrap();
            let is_packed = |file: &FileStatus| file.path.contains("/data.har/");
            assert!(files.iter().all(|file| is_packed(file) == archived), "{write} at {step}: {files:?}");
            // The other way, and back.
            if archived {
                unarchive(metastore, stores, &table, vec![partition()], &root).await.unwrap();
            }
            archive(metastore, stores, &table, vec![partition()], &root, 1).await.unwrap();
            assert_eq!(fs::walk(stores, &partition().storage.location).await.unwrap().len(), 3, "{write} at {step}");
        }
    }
}

#[tokio::test]
async fn appends_at_once_lose_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let warehouse = Arc::new(Warehouse::open(dir.path()));
    let table = warehouse.create(warehouse.new_table("t", &[("id", "int")], &[]));
    let writes = (0..8).map(|i| {
        let (warehouse, table) = (Arc::clone(&warehouse), Arc::clone(&table));
        tokio::spawn(async move {
            warehouse.write(target(&table, &[], false), vec![vec![rows(&[(i, &[])])]]).await.unwrap();
        })
    });
    for write in writes.collect::<Vec<_>>() {
        write.await.unwrap();
    }
    assert_eq!(warehouse.lines("t"), ["0", "1", "2", "3", "4", "5", "6", "7"]);
}
