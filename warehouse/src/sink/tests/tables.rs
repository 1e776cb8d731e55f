//! What is written where.

use std::sync::Arc;

use skep_metastore::model::Order;

use super::support::{Warehouse, plan, rows, target};
use crate::codec::TextCodec;
use crate::layout::bucket::BucketHash;
use crate::sink::{DirectoryTarget, LoadSource, WriteOptions, is_accurate, stage_load, truncate, write_directory};

fn names(warehouse: &Warehouse, table: &str) -> Vec<String> {
    warehouse.files(table).into_keys().collect()
}

#[tokio::test]
async fn append_and_overwrite() {
    let dir = tempfile::tempdir().unwrap();
    let warehouse = Warehouse::open(dir.path());
    let table = warehouse.create(warehouse.new_table("t", &[("id", "int"), ("name", "string")], &[]));
    let two = vec![vec![rows(&[(1, &[Some("a")])])], vec![rows(&[(2, &[None])])]];
    let summary = warehouse.write(target(&table, &[], false), two.clone()).await.unwrap();
    assert_eq!((summary.rows, summary.files, summary.bytes), (2, 2, 9));
    assert_eq!(names(&warehouse, "t"), ["000000_0", "000001_0"]);
    warehouse.write(target(&table, &[], false), two.clone()).await.unwrap();
    warehouse.write(target(&table, &[], false), two).await.unwrap();
    assert_eq!(
        names(&warehouse, "t"),
        ["000000_0", "000000_0_copy_1", "000000_0_copy_2", "000001_0", "000001_0_copy_1", "000001_0_copy_2"]
    );
    assert_eq!(warehouse.lines("t"), ["1,a", "1,a", "1,a", "2,\\N", "2,\\N", "2,\\N"]);
    let parameters = &warehouse.table("t").parameters;
    assert_eq!((parameters["numRows"].as_str(), parameters["numFiles"].as_str()), ("6", "6"));
    assert_eq!((parameters["totalSize"].as_str(), parameters["rawDataSize"].as_str()), ("27", "21"));
    assert!(is_accurate(parameters) && parameters.contains_key("transient_lastDdlTime"));

    warehouse.write(target(&table, &[], true), vec![vec![rows(&[(9, &[Some("z")])])]]).await.unwrap();
    assert_eq!(warehouse.files("t")["000000_0"], ["9,z"]);
    assert_eq!(names(&warehouse, "t"), ["000000_0"]);
    assert_eq!(warehouse.table("t").parameters["numRows"], "1");
    // No rows: the table is empty afterwards.
    let none = rows(&[(1, &[None])]).slice(0, 0);
    warehouse.write(target(&table, &[], true), vec![vec![none]]).await.unwrap();
    assert!(names(&warehouse, "t").is_empty());
    assert_eq!(warehouse.table("t").parameters["numFiles"], "0");
}

#[tokio::test]
async fn create_table_as_select() {
    let dir = tempfile::tempdir().unwrap();
    let warehouse = Warehouse::open(dir.path());
    let table = Arc::new(warehouse.new_table("t", &[("id", "int")], &[]));
    let mut target = target(&table, &[], false);
    target.create_table = true;
    warehouse.write(target, vec![vec![rows(&[(1, &[]), (2, &[])])]]).await.unwrap();
    assert_eq!(warehouse.table("t").parameters["numRows"], "2");
    assert_eq!(warehouse.lines("t"), ["1", "2"]);
}

#[tokio::test]
async fn partitions_of_all_kinds() {
    let dir = tempfile::tempdir().unwrap();
    let warehouse = Warehouse::open(dir.path());
    let keys = [("ds", "string"), ("hr", "string")];
    let table = warehouse.create(warehouse.new_table("t", &[("id", "int")], &keys));
    // Static: also without rows.
    let none = vec![vec![rows(&[(1, &[])]).slice(0, 0)]];
    let summary = warehouse.write(target(&table, &[Some("a b"), Some("0")], false), none).await.unwrap();
    assert_eq!(summary.partitions, [["a b", "0"]]);
    assert!(dir.path().join("t/ds=a b/hr=0").is_dir());
    // Dynamic, with values that folders escape, and with NULL and the empty text.
    let batch = rows(&[
        (1, &[Some("2024-01-01 10:00"), Some("x/y")]),
        (2, &[None, Some("")]),
        (3, &[Some(""), None]),
        (4, &[Some("größe"), Some("%")]),
    ]);
    let summary = warehouse.write(target(&table, &[None, None], false), vec![vec![batch]]).await.unwrap();
    assert_eq!(summary.partitions.len(), 3);
    let files = warehouse.files("t");
    assert_eq!(files["ds=2024-01-01 10%3A00/hr=x%2Fy/000000_0"], ["1"]);
    let default = "__HIVE_DEFAULT_PARTITION__";
    assert_eq!(files[&format!("ds={default}/hr={default}/000000_0")], ["2", "3"]);
    assert_eq!(files["ds=größe/hr=%25/000000_0"], ["4"]);
    let partition = warehouse.metastore.partition("default", "t", &["2024-01-01 10:00".into(), "x/y".into()]).unwrap();
    assert_eq!(partition.parameters["numRows"], "1");
    assert!(partition.storage.location.ends_with("/t/ds=2024-01-01 10%3A00/hr=x%2Fy"));
    // Mixed; overwriting replaces only what is written.
    let batch = rows(&[(5, &[Some("%")]), (6, &[Some("new")])]);
    warehouse.write(target(&table, &[Some("größe"), None], true), vec![vec![batch]]).await.unwrap();
    let files = warehouse.files("t");
    assert_eq!(files["ds=größe/hr=%25/000000_0"], ["5"]);
    assert_eq!(files["ds=größe/hr=new/000000_0"], ["6"]);
    assert_eq!(files.len(), 4);
    // IF NOT EXISTS leaves what is there alone.
    let mut again = target(&table, &[Some("größe"), Some("new")], true);
    again.if_not_exists = true;
    warehouse.write(again, vec![vec![rows(&[(7, &[])])]]).await.unwrap();
    assert_eq!(warehouse.files("t")["ds=größe/hr=new/000000_0"], ["6"]);
}

#[tokio::test]
async fn more_partitions_than_open_files() {
    let dir = tempfile::tempdir().unwrap();
    let warehouse = Warehouse::open(dir.path());
    let table = warehouse.create(warehouse.new_table("t", &[("id", "int")], &[("p", "string")]));
    let texts: Vec<String> = (0..300).map(|i| format!("p{}", i % 150)).collect();
    let made: Vec<_> = (0..300).map(|i| (i, [Some(texts[i as usize].as_str())])).collect();
    let made: Vec<(i32, &[Option<&str>])> = made.iter().map(|(i, t)| (*i, &t[..])).collect();
    let batches = vec![rows(&made[..100]), rows(&made[100..200]), rows(&made[200..])];
    let mut target = target(&table, &[None], false);
    target.options.max_dynamic_partitions_pernode = 200;
    let summary = warehouse.write(target, vec![batches]).await.unwrap();
    assert_eq!((summary.rows, summary.files, summary.partitions.len()), (300, 150, 150));
    assert_eq!(warehouse.files("t")["p=p149/000000_0"], ["149", "299"]);
    assert_eq!(warehouse.files("t")["p=p3/000000_0"], ["3", "153"]);
}

#[tokio::test]
async fn buckets_sorted() {
    let dir = tempfile::tempdir().unwrap();
    let warehouse = Warehouse::open(dir.path());
    for (name, version) in [("v1", "1"), ("v2", "2")] {
        let mut table = warehouse.new_table(name, &[("id", "int"), ("name", "string")], &[]);
        table.storage.num_buckets = 4;
        table.storage.bucket_columns = vec!["id".into()];
        table.storage.sort_columns = vec![Order { column: "name".into(), ascending: false }];
        table.parameters.insert("bucketing_version".into(), version.into());
        let table = warehouse.create(table);
        let batches = vec![
            vec![rows(&[(0, &[Some("a")]), (4, &[Some("c")]), (1, &[None])])],
            vec![rows(&[(8, &[Some("b")]), (5, &[Some("z")])])],
        ];
        warehouse.write(target(&table, &[], false), batches.clone()).await.unwrap();
        assert_eq!(names(&warehouse, name), ["000000_0", "000001_0", "000002_0", "000003_0"]);
        let files = warehouse.files(name);
        if version == "1" {
            assert_eq!(files["000000_0"], ["4,c", "8,b", "0,a"]);
            assert_eq!(files["000001_0"], ["5,z", "1,\\N"]);
            assert!(files["000002_0"].is_empty());
        }
        for (file, lines) in &files {
            for line in lines {
                let id: i32 = line.split(',').next().unwrap().parse().unwrap();
                let ids: arrow::array::ArrayRef = Arc::new(arrow::array::Int32Array::from(vec![id]));
                let hash = BucketHash::of_version(version.parse().unwrap());
                let bucket = hash.buckets(&[(ids, skep_metastore::model::HiveType::Int)], 4, "UTC").unwrap()[0];
                assert_eq!(file, &format!("{bucket:06}_0"));
            }
        }
        warehouse.write(target(&table, &[], false), batches).await.unwrap();
        assert!(names(&warehouse, name).contains(&"000002_0_copy_1".to_string()));
        assert_eq!(names(&warehouse, name).len(), 8);
    }
}

#[tokio::test]
async fn buckets_within_partitions() {
    let dir = tempfile::tempdir().unwrap();
    let warehouse = Warehouse::open(dir.path());
    let mut table = warehouse.new_table("t", &[("id", "int")], &[("p", "string")]);
    table.storage.num_buckets = 2;
    table.storage.bucket_columns = vec!["id".into()];
    let table = warehouse.create(table);
    let batch = rows(&[(1, &[Some("x")]), (2, &[Some("x")]), (4, &[Some("y")])]);
    warehouse.write(target(&table, &[None], true), vec![vec![batch.clone()], vec![batch]]).await.unwrap();
    let files = warehouse.files("t");
    assert_eq!(names(&warehouse, "t"), ["p=x/000000_0", "p=x/000001_0", "p=y/000000_0", "p=y/000001_0"]);
    assert_eq!((&files["p=x/000001_0"], &files["p=y/000000_0"]), (&vec!["1".into(); 2], &vec!["4".into(); 2]));
}

#[tokio::test]
async fn compressed_files_and_their_copies() {
    let dir = tempfile::tempdir().unwrap();
    let warehouse = Warehouse::open(dir.path());
    let table = warehouse.create(warehouse.new_table("t", &[("id", "int")], &[]));
    for _ in 0..2 {
        let mut target = target(&table, &[], false);
        target.options.compress = Some(TextCodec::Gzip);
        warehouse.write(target, vec![vec![rows(&[(1, &[])])]]).await.unwrap();
    }
    assert_eq!(names(&warehouse, "t"), ["000000_0.gz", "000000_0_copy_1.gz"]);
}

#[tokio::test]
async fn load_truncate_and_directories() {
    let dir = tempfile::tempdir().unwrap();
    let warehouse = Warehouse::open(dir.path());
    let table = warehouse.create(warehouse.new_table("t", &[("id", "int")], &[]));
    let partitioned = warehouse.create(warehouse.new_table("p", &[("id", "int")], &[("ds", "string")]));
    let source = dir.path().join("in put");
    std::fs::create_dir(&source).unwrap();
    std::fs::write(source.join("a.txt"), "1\n").unwrap();
    std::fs::write(source.join("b.txt"), "2\n").unwrap();
    std::fs::write(source.join("_hidden"), "x\n").unwrap();
    let load = |path: String, local: bool, overwrite: bool| LoadSource { path, local, overwrite };
    let folder = source.display().to_string();
    let (store, stores) = (&warehouse.metastore, &warehouse.stores);
    stage_load(&table, &[], &load(folder.clone(), true, false), store, stores, "").await.unwrap();
    stage_load(&table, &[], &load(format!("{folder}/a*"), true, false), store, stores, "").await.unwrap();
    assert_eq!(names(&warehouse, "t"), ["a.txt", "a_copy_1.txt", "b.txt"]);
    let parameters = &warehouse.table("t").parameters;
    assert_eq!((parameters["numFiles"].as_str(), parameters["totalSize"].as_str()), ("3", "6"));
    assert!(!is_accurate(parameters));
    stage_load(&partitioned, &["x".into()], &load(format!("{folder}/b.txt"), false, true), store, stores, "")
        .await
        .unwrap();
    assert_eq!(names(&warehouse, "p"), ["ds=x/b.txt"]);
    assert!(!source.join("b.txt").exists() && source.join("a.txt").exists());
    stage_load(&table, &[], &load(folder.clone(), false, true), store, stores, "").await.unwrap();
    assert_eq!(warehouse.files("t").into_iter().collect::<Vec<_>>(), [("a.txt".to_string(), vec!["1".to_string()])]);
    // A table's own files stay.
    let own = dir.path().join("t").display().to_string();
    for overwrite in [false, true] {
        stage_load(&table, &[], &load(own.clone(), false, overwrite), store, stores, "").await.unwrap();
        assert_eq!(warehouse.lines("t"), ["1"]);
    }
    let error = stage_load(&table, &[], &load(folder, true, false), store, stores, "").await.unwrap_err().to_string();
    assert!(error.contains("No files matching path"), "{error}");

    truncate(&table, &[], store, stores, "").await.unwrap();
    assert!(names(&warehouse, "t").is_empty());
    assert_eq!(warehouse.table("t").parameters["numRows"], "0");
    let all = store.partitions("default", "p", &skep_metastore::model::PartitionFilter::All, None).unwrap();
    truncate(&partitioned, &all, store, stores, "").await.unwrap();
    assert!(names(&warehouse, "p").is_empty());
    assert_eq!(store.partitions("default", "p", &skep_metastore::model::PartitionFilter::All, None).unwrap().len(), 1);

    std::fs::create_dir_all(dir.path().join("out")).unwrap();
    std::fs::write(dir.path().join("out/old"), "x").unwrap();
    let target = DirectoryTarget {
        location: dir.path().join("out").display().to_string(),
        storage: table.storage.clone(),
        columns: table.storage.columns.clone(),
        overwrite: true,
        options: WriteOptions::default(),
    };
    let context = datafusion::prelude::SessionContext::new().task_ctx();
    let batches = vec![vec![rows(&[(1, &[])])]];
    write_directory(target, plan(batches), context, Arc::clone(store), Arc::clone(stores)).await.unwrap();
    assert_eq!(names(&warehouse, "out"), ["000000_0"]);
}
