//! Transactional tables: writers that die, writers at once, compactions beside open transactions.

use std::process::Command;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int8Array, Int32Array, RecordBatch};
use arrow::datatypes::Int32Type;
use datafusion::catalog::TableProvider;
use datafusion::physical_plan::collect;
use datafusion::prelude::SessionContext;
use skep_metastore::model::{Table, TransactionOwner};

use super::support::{Warehouse, plan, rows, target};
use crate::acid::{ChangeSummary, ChangeTarget, CompactionKind, CompactionTarget, compact, write_changes};
use crate::error::{Result, WarehouseError};
use crate::format::stored_as;
use crate::layout::commit::complete_pending;
use crate::scan::{HiveTable, ScanOptions};
use crate::sink::WriteOptions;

fn acid_table(warehouse: &Warehouse) -> Arc<Table> {
    let mut table = warehouse.new_table("t", &[("id", "int")], &[]);
    let orc = stored_as("orc").unwrap();
    table.storage.input_format = orc.input_format.into();
    table.storage.output_format = orc.output_format.into();
    table.storage.serde.library = orc.serde.unwrap().into();
    table.parameters.insert("transactional".into(), "true".into());
    warehouse.create(table)
}

/// Columns of all rows: by position in the table's schema.
async fn read(warehouse: &Warehouse, columns: &[usize]) -> Vec<RecordBatch> {
    let table = warehouse.table("t");
    let options = Arc::new(ScanOptions::default());
    let provider = HiveTable::new(Arc::clone(&warehouse.metastore), Arc::clone(&warehouse.stores), table, options);
    let context = SessionContext::new();
    let plan = provider.scan(&context.state(), Some(&columns.to_vec()), &[], None).await.unwrap();
    collect(plan, context.task_ctx()).await.unwrap()
}

async fn values(warehouse: &Warehouse) -> Vec<i32> {
    let mut values: Vec<i32> = Vec::new();
    for batch in read(warehouse, &[0]).await {
        values.extend(batch.column(0).as_primitive::<Int32Type>().values());
    }
    values.sort_unstable();
    values
}

/// Where `ROW__ID` is in the table's schema: behind its column, the file's name and the offset.
const ROW_ID: usize = 3;

/// The same change (1: update, 2: delete) of all rows; the new values are ten times the old ones.
async fn change_of_all(warehouse: &Warehouse, operation: i8) -> Vec<RecordBatch> {
    let changed = read(warehouse, &[ROW_ID, 0]).await.into_iter().map(|batch| {
        let values = batch.column(1).as_primitive::<Int32Type>();
        let values: Int32Array = values.unary(|value| value * 10);
        let operations = Int8Array::from_value(operation, batch.num_rows());
        let columns: Vec<(&str, ArrayRef, bool)> = vec![
            ("operation", Arc::new(operations), false),
            ("row__id", Arc::clone(batch.column(0)), true),
            ("id", Arc::new(values), true),
        ];
        RecordBatch::try_from_iter_with_nullable(columns).unwrap()
    });
    changed.collect()
}

async fn change(warehouse: &Warehouse, changes: Vec<RecordBatch>) -> Result<ChangeSummary> {
    let target = ChangeTarget { table: warehouse.table("t"), options: WriteOptions::default() };
    let (metastore, stores) = (Arc::clone(&warehouse.metastore), Arc::clone(&warehouse.stores));
    write_changes(target, plan(vec![changes]), SessionContext::new().task_ctx(), metastore, stores).await
}

async fn run_compaction(warehouse: &Warehouse, kind: CompactionKind) -> Option<i64> {
    let (table, options) = (warehouse.table("t"), WriteOptions::default());
    let target = CompactionTarget { table: &table, partition: None, kind, options: &options };
    compact(target, &warehouse.metastore, &warehouse.stores).await.unwrap()
}

async fn append(warehouse: &Warehouse, value: i32, overwrite: bool) {
    let table = warehouse.table("t");
    warehouse.write(target(&table, &[], overwrite), vec![vec![rows(&[(value, &[])])]]).await.unwrap();
}

/// What the child does; it dies on the way. Does nothing in an ordinary test run.
#[tokio::test]
async fn child() {
    let Ok(folder) = std::env::var("SKEP_TEST_FOLDER") else {
        return;
    };
    let warehouse = Warehouse::open(std::path::Path::new(&folder));
    match std::env::var("SKEP_TEST_WRITE").unwrap().as_str() {
        "append" => append(&warehouse, 7, false).await,
        "overwrite" => append(&warehouse, 7, true).await,
        "update" => {
            change(&warehouse, change_of_all(&warehouse, 1).await).await.unwrap();
        }
        "delete" => {
            change(&warehouse, change_of_all(&warehouse, 2).await).await.unwrap();
        }
        _ => {
            run_compaction(&warehouse, CompactionKind::Major).await;
        }
    }
}

#[tokio::test]
async fn a_writer_that_dies_leaves_all_or_nothing() {
    for (write, new) in [
        ("append", vec![1, 2, 7]),
        ("overwrite", vec![7]),
        ("update", vec![10, 20]),
        ("delete", vec![]),
        ("compact", vec![1, 2]),
    ] {
        for step in ["before_record", "after_record", "after_first_move", "before_finish"] {
            let dir = tempfile::tempdir().unwrap();
            let warehouse = Warehouse::open(dir.path());
            acid_table(&warehouse);
            append(&warehouse, 1, false).await;
            append(&warehouse, 2, false).await;
            let status = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "sink::tests::acid::child", "--nocapture"])
                .env("SKEP_TEST_FOLDER", dir.path())
                .env("SKEP_TEST_WRITE", write)
                .env("SKEP_TEST_DIE_AT", step)
                .stdout(std::process::Stdio::null())
                .status()
                .unwrap();
            assert!(!status.success(), "{write} at {step}");
            let new = if step == "before_record" { vec![1, 2] } else { new.clone() };
            // The first reader finishes what was decided.
            for _ in 0..2 {
                assert_eq!(values(&warehouse).await, new, "{write} at {step}");
            }
            append(&warehouse, 99, false).await;
            let valid = warehouse.metastore.valid_write_ids("default", "t").unwrap();
            assert!(valid.open.is_empty(), "{write} at {step}: {valid:?}");
            let after: Vec<i32> = new.iter().copied().chain([99]).collect();
            assert_eq!(values(&warehouse).await, after, "{write} at {step}");
            run_compaction(&warehouse, CompactionKind::Major).await;
            assert_eq!(values(&warehouse).await, after, "{write} at {step}");
            let hidden = |name: &String| name.contains(".hive-staging");
            assert!(!warehouse.files("t").keys().any(hidden), "{write} at {step}");
        }
    }
}

#[tokio::test]
async fn writers_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let warehouse = Arc::new(Warehouse::open(dir.path()));
    acid_table(&warehouse);
    let writes = (0..8).map(|value| {
        let warehouse = Arc::clone(&warehouse);
        tokio::spawn(async move { append(&warehouse, value, false).await })
    });
    for write in writes.collect::<Vec<_>>() {
        write.await.unwrap();
    }
    assert_eq!(values(&warehouse).await, [0, 1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(warehouse.metastore.valid_write_ids("default", "t").unwrap().high, 8);
    // Of two that change the same rows the first wins.
    let (first, second) = (change_of_all(&warehouse, 1).await, change_of_all(&warehouse, 2).await);
    assert_eq!(change(&warehouse, first).await.unwrap().updated, 8);
    assert!(matches!(change(&warehouse, second).await, Err(WarehouseError::Conflict(_))));
    assert_eq!(values(&warehouse).await, [0, 10, 20, 30, 40, 50, 60, 70]);
}

#[tokio::test]
async fn compactions_stop_at_open_transactions() {
    let dir = tempfile::tempdir().unwrap();
    let warehouse = Warehouse::open(dir.path());
    acid_table(&warehouse);
    append(&warehouse, 1, false).await;
    append(&warehouse, 2, false).await;
    let open = warehouse.metastore.begin_write("default", "t", &TransactionOwner::this_process("")).unwrap();
    append(&warehouse, 4, false).await;
    assert_eq!(values(&warehouse).await, [1, 2, 4]);
    assert_eq!(run_compaction(&warehouse, CompactionKind::Major).await, Some(2));
    assert_eq!(values(&warehouse).await, [1, 2, 4]);
    assert_eq!(run_compaction(&warehouse, CompactionKind::Minor).await, None);
    warehouse.metastore.abort_transactions(&[open.transaction]).unwrap();
    change(&warehouse, change_of_all(&warehouse, 1).await).await.unwrap();
    assert_eq!(run_compaction(&warehouse, CompactionKind::Minor).await, Some(5));
    assert_eq!(values(&warehouse).await, [10, 20, 40]);
    assert_eq!(run_compaction(&warehouse, CompactionKind::Major).await, Some(5));
    assert_eq!(values(&warehouse).await, [10, 20, 40]);
    let folders: Vec<String> = warehouse.files("t").into_keys().collect();
    assert_eq!(folders, ["base_0000005/_orc_acid_version", "base_0000005/bucket_00000"]);
    // Whoever looks at an older state has nothing to gain from it: it is covered.
    complete_pending(warehouse.metastore.as_ref(), &warehouse.stores, "default", "t").await.unwrap();
}
