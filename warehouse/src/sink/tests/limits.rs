//! What is too much, and what goes wrong: the table stays as it was.

use super::support::{Warehouse, rows, target};
use crate::error::WarehouseError;

#[tokio::test]
async fn limits_name_their_key() {
    let dir = tempfile::tempdir().unwrap();
    let warehouse = Warehouse::open(dir.path());
    let table = warehouse.create(warehouse.new_table("t", &[("id", "int")], &[("p", "string")]));
    warehouse.write(target(&table, &[Some("old")], false), vec![vec![rows(&[(0, &[])])]]).await.unwrap();
    let batch = rows(&[(1, &[Some("a")]), (2, &[Some("b")]), (3, &[Some("old")])]);
    type Set = fn(&mut crate::sink::WriteOptions);
    let attempts: [(&str, Set); 3] = [
        ("hive.exec.max.dynamic.partitions", |o| o.max_dynamic_partitions = 2),
        ("hive.exec.max.dynamic.partitions.pernode", |o| o.max_dynamic_partitions_pernode = 2),
        ("hive.exec.max.created.files", |o| o.max_created_files = 2),
    ];
    for (key, set) in attempts {
        let mut target = target(&table, &[None], true);
        set(&mut target.options);
        let error = warehouse.write(target, vec![vec![batch.clone()]]).await.unwrap_err();
        assert!(matches!(&error, WarehouseError::Limit { key: k, value: 2, .. } if *k == key), "{error}");
        assert!(error.to_string().contains(&format!("({key} = 2)")), "{error}");
        assert_eq!(warehouse.files("t").into_keys().collect::<Vec<_>>(), ["p=old/000000_0"]);
        assert_eq!(warehouse.lines("t"), ["0"]);
    }
    let mut target = target(&table, &[None], true);
    target.options.error_on_empty_partition = true;
    let error = warehouse.write(target, vec![vec![batch.slice(0, 0)]]).await.unwrap_err();
    assert!(error.to_string().contains("creates no partitions"), "{error}");
}

#[tokio::test]
async fn columns_must_fit() {
    let dir = tempfile::tempdir().unwrap();
    let warehouse = Warehouse::open(dir.path());
    let table = warehouse.create(warehouse.new_table("t", &[("id", "bigint")], &[]));
    let error = warehouse.write(target(&table, &[], false), vec![vec![rows(&[(1, &[])])]]).await.unwrap_err();
    assert!(error.to_string().contains("id bigint"), "{error}");
}

/// A file system of 256 KiB; `None` where we may not make one.
fn small_disk(at: &std::path::Path) -> Option<()> {
    std::fs::create_dir_all(at).unwrap();
    let status = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=256k", "tmpfs"])
        .arg(at)
        .stderr(std::process::Stdio::null())
        .status();
    status.ok()?.success().then_some(())
}

#[tokio::test]
async fn full_disk() {
    let dir = tempfile::tempdir().unwrap();
    let warehouse = Warehouse::open(dir.path());
    let table = warehouse.new_table("t", &[("id", "int"), ("name", "string")], &[]);
    if small_disk(&dir.path().join("t")).is_none() {
        return;
    }
    let table = warehouse.create(table);
    let unmount = || std::process::Command::new("umount").arg(dir.path().join("t")).status();
    warehouse.write(target(&table, &[], false), vec![vec![rows(&[(0, &[None])])]]).await.unwrap();
    let long = "x".repeat(1000);
    let made: Vec<(i32, &[Option<&str>])> = vec![(1, &[Some(""); 1]); 1000];
    let texts = [Some(long.as_str())];
    let made: Vec<(i32, &[Option<&str>])> = made.into_iter().map(|(id, _)| (id, &texts[..])).collect();
    let result = warehouse.write(target(&table, &[], true), vec![vec![rows(&made)]]).await;
    let files = warehouse.files("t");
    let unmounted = unmount();
    let error = result.unwrap_err().to_string();
    assert!(error.contains("No space left") && error.contains("000000_0"), "{error}");
    assert_eq!(files.into_iter().collect::<Vec<_>>(), [("000000_0".to_string(), vec!["0,\\N".to_string()])]);
    assert!(unmounted.unwrap().success());
}

#[tokio::test]
async fn folder_that_cannot_be_written() {
    let dir = tempfile::tempdir().unwrap();
    let warehouse = Warehouse::open(dir.path());
    // A file where the table's folder should be stops root, too.
    let mut table = warehouse.new_table("t", &[("id", "int")], &[]);
    std::fs::write(dir.path().join("wall"), "").unwrap();
    table.storage.location = format!("file:{}/wall/t", dir.path().display());
    let table = warehouse.create(table);
    let error = warehouse.write(target(&table, &[], false), vec![vec![rows(&[(1, &[])])]]).await.unwrap_err();
    assert!(error.to_string().contains("/wall/t"), "{error}");
    assert!(warehouse.metastore.pending_commits("default", "t").unwrap().is_empty());
}

#[tokio::test]
async fn many_partitions_in_little_memory() {
    use datafusion::execution::runtime_env::RuntimeEnvBuilder;
    use datafusion::prelude::{SessionConfig, SessionContext};

    let dir = tempfile::tempdir().unwrap();
    let warehouse = Warehouse::open(dir.path());
    let columns = [("id", "int"), ("name", "string")];
    let table = warehouse.create(warehouse.new_table("t", &columns, &[("p", "string")]));
    let partitions: Vec<String> = (0..300).map(|p| format!("p{p}")).collect();
    let long = "x".repeat(400);
    let batch = |start: i32| {
        let texts: Vec<[Option<&str>; 2]> =
            (0..3000).map(|i| [Some(long.as_str()), Some(partitions[i % 300].as_str())]).collect();
        let made: Vec<(i32, &[Option<&str>])> =
            texts.iter().enumerate().map(|(i, texts)| (start + i as i32, &texts[..])).collect();
        rows(&made)
    };
    let batches: Vec<_> = (0..20).map(|i| batch(i * 3000)).collect();
    let runtime = RuntimeEnvBuilder::new().with_memory_limit(16 << 20, 1.0).build_arc().unwrap();
    let config = SessionConfig::new().with_sort_spill_reservation_bytes(1 << 20).with_batch_size(1024);
    let context = SessionContext::new_with_config_rt(config, runtime).task_ctx();
    let mut target = target(&table, &[None], false);
    target.options.max_dynamic_partitions_pernode = 1000;
    let summary = warehouse.write_with(target, vec![batches], context).await.unwrap();
    assert_eq!((summary.rows, summary.files, summary.partitions.len()), (60_000, 300, 300));
    assert_eq!(warehouse.files("t")["p=p7/000000_0"].len(), 200);
}
