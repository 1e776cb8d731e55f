//! Tables over files that Apache Hive wrote, read through [`HiveTable`].
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow::util::pretty::pretty_format_batches;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, cast, col, lit};
use datafusion::physical_plan::{ExecutionPlan, collect};
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};
use skep_metastore::model::{Database, Partition, PrincipalType, Table, TableKind};
use skep_metastore::store::MetaStore;
use skep_metastore::store::sqlite::SqliteStore;
use skep_warehouse::format::FileFormatKind;
use skep_warehouse::layout::commit::{CommitJournal, Move};
use skep_warehouse::scan::{HiveScanExec, HiveTable, ScanOptions};
use skep_warehouse::store::Stores;
use support::{columns, data, storage};
use tempfile::TempDir;

struct Catalog {
    folder: TempDir,
    store: Arc<SqliteStore>,
}

impl Catalog {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("metastore.db")).unwrap();
        let database = Database {
            name: "default".into(),
            comment: None,
            location: "file:/nowhere".into(),
            managed_location: None,
            owner: None,
            owner_type: PrincipalType::User,
            parameters: Default::default(),
            create_time: 0,
        };
        store.create_database(&database).unwrap();
        Self { folder, store: Arc::new(store) }
    }

    fn table(&self, name: &str, kind: FileFormatKind, stored: &str, keys: &str, location: &Path) -> Arc<Table> {
        let table = Table {
            database: "default".into(),
            name: name.into(),
            owner: "me".into(),
            create_time: 0,
            last_access_time: 0,
            retention: 0,
            kind: TableKind::External,
            temporary: false,
            storage: storage(kind, &columns(stored), location.to_str().unwrap()),
            partition_keys: columns(keys),
            parameters: Default::default(),
            view_original_text: None,
            view_expanded_text: None,
            extras: Default::default(),
        };
        self.store.create_table(&table).unwrap();
        Arc::new(table)
    }

    fn partition(&self, table: &Table, values: &[&str], folder: &str) -> Partition {
        let mut storage = table.storage.clone();
        storage.location = format!("{}/{folder}", table.storage.location);
        let partition = Partition {
            values: values.iter().map(|v| v.to_string()).collect(),
            create_time: 0,
            last_access_time: 0,
            storage,
            parameters: Default::default(),
            write_id: None,
        };
        self.store.add_partitions("default", &table.name, std::slice::from_ref(&partition), false).unwrap();
        partition
    }

    fn frame(&self, table: &Arc<Table>) -> DataFrame {
        self.frame_with(table, ScanOptions::default(), 4)
    }

    fn frame_with(&self, table: &Arc<Table>, options: ScanOptions, readers: usize) -> DataFrame {
        let provider = HiveTable::new(
            Arc::clone(&self.store) as Arc<dyn MetaStore>,
            Arc::new(Stores::new()),
            Arc::clone(table),
            Arc::new(options),
        );
        let config = SessionConfig::new().with_target_partitions(readers);
        SessionContext::new_with_config(config).read_table(Arc::new(provider)).unwrap()
    }
}

/// The scan within a plan.
fn scan_of(plan: &Arc<dyn ExecutionPlan>) -> &HiveScanExec {
    if let Some(scan) = plan.downcast_ref::<HiveScanExec>() {
        return scan;
    }
    plan.children().into_iter().map(scan_of).next().unwrap()
}

async fn rows(frame: DataFrame) -> Vec<String> {
    let batches = frame.collect().await.unwrap();
    let text = pretty_format_batches(&batches).unwrap().to_string();
    let mut rows: Vec<String> = text
        .lines()
        .skip(3)
        .filter(|line| !line.starts_with('+'))
        .map(|line| line.split('|').map(str::trim).collect::<Vec<_>>().join("|").trim_matches('|').to_string())
        .collect();
    rows.sort();
    rows
}

fn parts_orc(catalog: &Catalog) -> Arc<Table> {
    let table =
        catalog.table("parts_orc", FileFormatKind::Orc, "id:int,v:string", "s:string,n:int,d:date", &data("parts_orc"));
    let null = "__HIVE_DEFAULT_PARTITION__";
    catalog.partition(&table, &["x", "1", "2024-01-01"], "s=x/n=1/d=2024-01-01");
    catalog.partition(&table, &["y", "2", "2024-01-02"], "s=y/n=2/d=2024-01-02");
    catalog.partition(&table, &["a/b=c d", "10", "2024-01-03"], "s=a%2Fb%3Dc d/n=10/d=2024-01-03");
    catalog.partition(&table, &[null, null, null], &format!("s={null}/n={null}/d={null}"));
    catalog.partition(&table, &["gone", "7", "2024-01-07"], "s=gone/n=7/d=2024-01-07");
    table
}

async fn pruned(catalog: &Catalog, table: &Arc<Table>, filter: Expr) -> (Vec<String>, usize) {
    let frame = catalog.frame(table).filter(filter).unwrap().select_columns(&["id", "n"]).unwrap();
    let plan = frame.clone().create_physical_plan().await.unwrap();
    let files = scan_of(&plan).file_count();
    assert!(!format!("{plan:?}").contains("FilterExec"), "filters on partition columns are exact");
    (rows(frame).await, files)
}

#[tokio::test]
async fn partitions_are_pruned_before_files_are_listed() {
    let catalog = Catalog::new();
    let table = parts_orc(&catalog);
    let all = catalog.frame(&table).select_columns(&["id", "v", "s", "n", "d"]).unwrap();
    assert_eq!(
        rows(all).await,
        ["1|a|x|1|2024-01-01", "2|b|y|2|2024-01-02", "3|c|a/b=c d|10|2024-01-03", "4|d|__HIVE_DEFAULT_PARTITION__"]
    );
    let date = |days: i32| lit(ScalarValue::Date32(Some(days)));
    assert_eq!(pruned(&catalog, &table, col("s").eq(lit("x"))).await, (vec!["1|1".into()], 1));
    assert_eq!(pruned(&catalog, &table, col("n").gt(lit(1i32))).await, (vec!["2|2".into(), "3|10".into()], 2));
    assert_eq!(pruned(&catalog, &table, col("d").lt(date(19_724))).await, (vec!["1|1".into()], 1));
    // The default partition reads as its name where the column is text, and as NULL where it is not, as in Hive.
    assert_eq!(pruned(&catalog, &table, col("s").is_null()).await, (vec![], 0));
    assert_eq!(pruned(&catalog, &table, col("n").is_null()).await, (vec!["4".into()], 1));
    assert_eq!(pruned(&catalog, &table, col("s").eq(lit("gone"))).await, (vec![], 0));
    assert_eq!(pruned(&catalog, &table, col("n").not_eq(lit(1i32))).await, (vec!["2|2".into(), "3|10".into()], 2));
    // Not for the catalog, but decided before files are listed all the same.
    let as_double = cast(col("n"), arrow::datatypes::DataType::Float64).gt(lit(9.5f64));
    assert_eq!(pruned(&catalog, &table, as_double).await, (vec!["3|10".into()], 1));
    let mixed = col("s").eq(lit("a/b=c d")).or(col("n").eq(lit(2i32)).and(col("d").is_not_null()));
    assert_eq!(pruned(&catalog, &table, mixed).await, (vec!["2|2".into(), "3|10".into()], 2));
}

#[tokio::test]
async fn conditions_on_both_kinds_of_columns() {
    let catalog = Catalog::new();
    let table = parts_orc(&catalog);
    let filter = col("id").gt(lit(1i32)).and(col("n").lt(lit(5i32)));
    let frame = catalog.frame(&table).filter(filter).unwrap().select_columns(&["v"]).unwrap();
    assert_eq!(rows(frame).await, ["b"]);
    let either = col("id").eq(lit(3i32)).or(col("s").eq(lit("x")));
    let frame = catalog.frame(&table).filter(either).unwrap().select_columns(&["v"]).unwrap();
    assert_eq!(rows(frame).await, ["a", "c"]);
}

#[tokio::test]
async fn virtual_columns_limit_and_count() {
    let catalog = Catalog::new();
    let table = parts_orc(&catalog);
    let frame = catalog
        .frame(&table)
        .filter(col("id").eq(lit(2i32)))
        .unwrap()
        .select_columns(&["input__file__name", "block__offset__inside__file", "id"])
        .unwrap();
    let file = format!("file:{}", data("parts_orc/s=y/n=2/d=2024-01-02/000000_0").display());
    assert_eq!(rows(frame).await, [format!("{file}|3|2")]);
    let limited = catalog.frame(&table).select_columns(&["id"]).unwrap().limit(0, Some(2)).unwrap();
    assert_eq!(rows(limited).await.len(), 2);
    for frame in [catalog.frame(&table), catalog.frame(&table).select_columns(&["n"]).unwrap()] {
        assert_eq!(frame.count().await.unwrap(), 4);
    }
}

#[tokio::test]
async fn each_partition_in_its_own_format_and_columns() {
    let catalog = Catalog::new();
    let root = catalog.folder.path().join("mixed");
    let table = catalog.table("mixed", FileFormatKind::Orc, "id:bigint,v:string,added:double", "p:string", &root);
    for (name, kind, from, stored) in [
        ("orc", FileFormatKind::Orc, "parts_orc/s=x/n=1/d=2024-01-01", "id:int,v:string"),
        ("parquet", FileFormatKind::Parquet, "parts_parquet/s=y/n=2", "id:int,v:string"),
        ("text", FileFormatKind::Text, "parts_text/s=x/n=1", "id:int,v:string"),
    ] {
        let mut partition = catalog.partition(&table, &[name], name);
        partition.storage = storage(kind, &columns(stored), data(from).to_str().unwrap());
        catalog.store.alter_partitions("default", "mixed", &[partition]).unwrap();
    }
    let frame = catalog.frame(&table).select_columns(&["p", "id", "v", "added"]).unwrap();
    assert_eq!(rows(frame).await, ["orc|1|a", "parquet|2|b", "text|1|a"]);
    // The new column is NULL, also for conditions.
    let nulls = catalog.frame(&table).filter(col("added").is_null()).unwrap();
    assert_eq!(nulls.count().await.unwrap(), 3);
    let others = catalog.frame(&table).filter(col("added").gt(lit(0f64))).unwrap();
    assert_eq!(others.count().await.unwrap(), 0);
}

#[tokio::test]
async fn hidden_files_folders_and_broken_files() {
    let catalog = Catalog::new();
    let root = catalog.folder.path().join("t");
    fs::create_dir_all(root.join(".hive-staging_1")).unwrap();
    fs::create_dir_all(root.join("_tmp")).unwrap();
    let good = data("parts_orc/s=x/n=1/d=2024-01-01/000000_0");
    fs::copy(&good, root.join("000000_0")).unwrap();
    fs::write(root.join("_SUCCESS"), "not ORC").unwrap();
    fs::write(root.join("empty"), "").unwrap();
    let table = catalog.table("t", FileFormatKind::Orc, "id:int,v:string", "", &root);
    assert_eq!(catalog.frame(&table).count().await.unwrap(), 1);

    fs::create_dir_all(root.join("sub/deeper")).unwrap();
    fs::copy(&good, root.join("sub/deeper/000000_0")).unwrap();
    let error = catalog.frame(&table).count().await.unwrap_err().to_string();
    assert!(error.contains("Not a file") && error.contains("/t/sub"), "{error}");
    let recursive = ScanOptions { recursive: true, ..Default::default() };
    assert_eq!(catalog.frame_with(&table, recursive, 1).count().await.unwrap(), 2);
    fs::remove_dir_all(root.join("sub")).unwrap();

    let mut bytes = fs::read(&good).unwrap();
    bytes.truncate(bytes.len() / 2);
    fs::write(root.join("000001_0"), bytes).unwrap();
    let error = catalog.frame(&table).collect().await.unwrap_err().to_string();
    assert!(error.contains("000001_0") && error.contains("corrupt"), "{error}");
}

#[tokio::test]
async fn a_table_without_a_folder_is_empty() {
    let catalog = Catalog::new();
    let table = catalog.table("nothing", FileFormatKind::Text, "id:int", "", Path::new("/no/such/folder"));
    assert_eq!(catalog.frame(&table).count().await.unwrap(), 0);
    assert_eq!(rows(catalog.frame(&table)).await, [""; 0]);
}

#[tokio::test]
async fn many_files_and_readers_give_each_row_once() {
    let catalog = Catalog::new();
    let root = catalog.folder.path().join("many");
    fs::create_dir_all(&root).unwrap();
    for n in 0..40 {
        fs::copy(data("many_parquet/000000_0"), root.join(format!("{n:06}_0"))).unwrap();
    }
    let table = catalog.table("many", FileFormatKind::Parquet, "n:int,v:string", "", &root);
    let frame = catalog.frame_with(&table, ScanOptions::default(), 4);
    let plan = frame.clone().create_physical_plan().await.unwrap();
    assert_eq!(scan_of(&plan).file_count(), 40);
    assert!(plan.properties().partitioning.partition_count() > 1);
    assert_eq!(frame.clone().count().await.unwrap(), 40 * 5000);
    let few = frame.filter(col("n").eq(lit(4999i32))).unwrap();
    assert_eq!(few.clone().count().await.unwrap(), 40);
    // The same plan again gives the same rows.
    let context = SessionContext::new().task_ctx();
    for _ in 0..2 {
        let batches = collect(Arc::clone(&plan), Arc::clone(&context)).await.unwrap();
        assert_eq!(batches.iter().map(|batch| batch.num_rows()).sum::<usize>(), 40 * 5000);
    }
}

/// Values that a join finds while it runs keep the scan from the partitions that have none of them.
#[tokio::test]
async fn joins_leave_out_partitions() {
    use datafusion::prelude::JoinType;
    let catalog = Catalog::new();
    let table = parts_orc(&catalog);
    let few = catalog.table("few", FileFormatKind::Text, "k:int", "", &catalog.folder.path().join("few"));
    fs::create_dir_all(catalog.folder.path().join("few")).unwrap();
    fs::write(catalog.folder.path().join("few/000000_0"), "2\n").unwrap();
    let few = catalog.frame(&few).select_columns(&["k"]).unwrap();
    let many = catalog.frame(&table).select_columns(&["id", "n"]).unwrap();
    let joined = few.join(many, JoinType::Inner, &["k"], &["n"], None).unwrap();
    let plan = joined.create_physical_plan().await.unwrap();
    let batches = collect(Arc::clone(&plan), SessionContext::new().task_ctx()).await.unwrap();
    assert_eq!(batches.iter().map(|batch| batch.num_rows()).sum::<usize>(), 1);
    fn skipped(plan: &Arc<dyn ExecutionPlan>) -> usize {
        let own = plan.metrics().and_then(|metrics| metrics.sum_by_name("splits_skipped")).map_or(0, |n| n.as_usize());
        own + plan.children().into_iter().map(skipped).sum::<usize>()
    }
    assert_eq!(skipped(&plan), 3, "{plan:?}");
}

#[tokio::test]
async fn a_decided_commit_is_carried_out_before_rows_are_read() {
    let catalog = Catalog::new();
    let location = catalog.folder.path().join("t");
    let table = catalog.table("t", FileFormatKind::Text, "id:int", "", &location);
    let staged = location.join(".hive-staging_skep_host_1_x/000000_0");
    fs::create_dir_all(staged.parent().unwrap()).unwrap();
    fs::write(&staged, "1\n").unwrap();
    assert!(rows(catalog.frame(&table)).await.is_empty());
    let to = format!("{}/000000_0", location.display());
    let journal = CommitJournal {
        moves: vec![Move { from: staged.display().to_string(), to, replace: true }],
        ..Default::default()
    };
    let journal = serde_json::to_string(&journal).unwrap();
    catalog.store.record_commit("default", "t", &journal).unwrap();
    assert_eq!(rows(catalog.frame(&table)).await.len(), 1);
    assert!(catalog.store.pending_commits("default", "t").unwrap().is_empty());
}
