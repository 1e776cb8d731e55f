//! Runs the `.slt` files beside it, each over a fresh home folder in this process.
//!
//! ```sh
//! cargo test --test sql                         # all
//! cargo test --test sql -- ddl/ joins           # those whose path contains one of the words
//! cargo test --test sql -- --complete ddl/x     # writes the results into the files instead of comparing them
//! cargo test --test sql -- --metastore=skep     # over a metastore service in this process, asked by Skep's own calls
//! cargo test --test sql -- --metastore=hive     # the same, asked by Hive's API
//! cargo test --test sql -- --metastore=thrift://host:9083  # over one that runs somewhere; all that is in it is dropped!
//! ```
//!
//! Not every metastore keeps everything ([`Feature`]). A file that is about something that some do not keep says so in a
//! line `# needs: transactional_tables, own_compactions`, and is passed over where one of them is lacking; a single
//! statement or query has `onlyif column_constraints` (or `skipif …`) before it.
//!
//! In a file, `${data}` is the folder `sql-tests/data` and `${tmp}` a folder of the file's own. Values are written as
//! Hive's shell prints them, the empty string as `(empty)`; column types are `I` (whole numbers), `R` (other numbers)
//! and `T` (anything).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use futures::TryStreamExt;
use skep::{Engine, EngineOptions, Outcome, Session, SkepError};
use skep_metastore::model::{Grant, HiveType, Role, TableKind};
use skep_metastore::store::sqlite::SqliteStore;
use skep_metastore::store::{Feature, MetaStore, definitions};
use skep_thrift::{Server, ServerOptions};
use skep_udf::text::{TextFormatter, TextStyle};
use sqllogictest::{AsyncDB, DBOutput, DefaultColumnType, Runner};

struct Database {
    session: Session,
}

#[derive(Debug)]
struct Failure {
    shown: String,
    sqlstate: String,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown)
    }
}

impl std::error::Error for Failure {}

impl From<SkepError> for Failure {
    fn from(error: SkepError) -> Self {
        Self { shown: error.render(""), sqlstate: error.sqlstate().to_string() }
    }
}

fn column_type(ty: &HiveType) -> DefaultColumnType {
    match ty {
        ty if ty.is_integer() => DefaultColumnType::Integer,
        ty if ty.is_numeric() => DefaultColumnType::FloatingPoint,
        _ => DefaultColumnType::Text,
    }
}

impl Database {
    async fn rows(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, Failure> {
        let text = sql.trim().trim_end_matches(';');
        let Outcome { columns, rows, has_rows, null_text, .. } = self.session.execute(text).await?;
        let batches: Vec<_> = rows.try_collect().await.map_err(SkepError::from)?;
        if !has_rows {
            return Ok(DBOutput::StatementComplete(0));
        }
        let zone = self.session.config().arrow_time_zone()?;
        let mut result = Vec::new();
        for batch in &batches {
            let formatters: Vec<TextFormatter> = batch
                .columns()
                .iter()
                .map(|column| TextFormatter::new(column.as_ref(), TextStyle::cli(zone)).expect("a type of Hive"))
                .collect();
            for row in 0..batch.num_rows() {
                let fields = formatters.iter().map(|formatter| {
                    let mut text = String::new();
                    if formatter.is_null(row) {
                        text.push_str(null_text);
                    } else {
                        formatter.write(row, &mut text);
                    }
                    if text.is_empty() { "(empty)".to_string() } else { text }
                });
                result.push(fields.collect());
            }
        }
        Ok(DBOutput::Rows { types: columns.iter().map(|column| column_type(&column.ty)).collect(), rows: result })
    }
}

#[async_trait::async_trait]
impl AsyncDB for Database {
    type Error = Failure;
    type ColumnType = DefaultColumnType;

    async fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, Failure> {
        self.rows(sql).await
    }

    async fn shutdown(&mut self) {}

    fn engine_name(&self) -> &str {
        "skep"
    }

    fn error_sql_state(error: &Failure) -> Option<String> {
        Some(error.sqlstate.clone())
    }
}

/// `I` and `R` are meant; `T` is any type.
#[expect(clippy::ptr_arg, reason = "the runner takes a function of these very arguments")]
fn fitting_columns(actual: &Vec<DefaultColumnType>, expected: &Vec<DefaultColumnType>) -> bool {
    let fits = |(actual, expected): (&DefaultColumnType, &DefaultColumnType)| {
        matches!(expected, DefaultColumnType::Text | DefaultColumnType::Any) || actual == expected
    };
    actual.len() == expected.len() && actual.iter().zip(expected).all(fits)
}

/// Rows are the same if they differ in blanks only, be they between or behind the values.
fn same_rows(_: sqllogictest::Normalizer, actual: &[Vec<String>], expected: &[String]) -> bool {
    let words = |line: &str| line.split_whitespace().map(str::to_string).collect::<Vec<_>>();
    let lines = actual.iter().map(|row| words(&row.join(" ")));
    lines.eq(expected.iter().map(|line| words(line)))
}

/// All `.slt` files below a folder, by path.
fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "slt") {
            found.push(path);
        }
    }
    found.sort();
}

/// Starts a metastore service of its own over a catalog in a folder; it ends with the process. Returns its address.
fn start_metastore(folder: &Path) -> String {
    let store = SqliteStore::open(&folder.join("served.db")).expect("a catalog");
    let router = skep_metastore::service::Service::new(Arc::new(store)).router();
    let (sender, receiver) = std::sync::mpsc::channel();
    // Clients block the threads of their runtime: the service has one of its own.
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let options = ServerOptions { address: "127.0.0.1:0".to_string(), ..Default::default() };
            let server = Server::bind(options, router, Arc::new(())).await.expect("a free port");
            sender.send(server.address()).expect("someone waits");
            server.run(std::future::pending()).await;
        });
    });
    format!("thrift://{}", receiver.recv().expect("an address"))
}

/// Drops everything that a catalog holds, and the data of its managed tables and databases.
fn empty(catalog: &dyn MetaStore) {
    let folder = |location: &str| {
        let path = location.strip_prefix("file:").unwrap_or(location).to_string();
        assert!(path.starts_with('/'), "{location} is on this machine");
        path
    };
    for name in catalog.database_names(None).expect("names") {
        let database = catalog.database(&name).expect("a database");
        for name in catalog.table_names(&name, None, None).expect("names") {
            let table = catalog.table(&database.name, &name).expect("a table");
            catalog.drop_table(&database.name, &name).expect("a table goes");
            if table.kind == TableKind::Managed {
                let _ = std::fs::remove_dir_all(folder(&table.storage.location));
            }
        }
        for function in catalog.function_names(&name, None).expect("names") {
            catalog.drop_function(&name, &function).expect("a function goes");
        }
        if name != "default" {
            catalog.drop_database(&name, true).expect("a database goes");
            let _ = std::fs::remove_dir_all(folder(&database.location));
        } else if let Ok(left) = std::fs::read_dir(folder(&database.location)) {
            // Folders of tables that a file has failed to make or to drop.
            for entry in left {
                let _ = std::fs::remove_dir_all(entry.expect("a readable folder").path());
            }
        }
    }
    let mut grants = definitions::all::<Grant>(catalog).expect("grants");
    // What Hive's server itself has given.
    grants.retain(|grant| grant.value.principal != "admin");
    let mut changes: Vec<_> = grants.iter().map(definitions::removed).collect();
    changes.extend(definitions::all::<Role>(catalog).expect("roles").iter().map(definitions::removed));
    catalog.change_definitions(&changes).expect("roles and grants go");
}

/// The features that a word stands for.
fn feature(word: &str) -> Result<Feature, String> {
    let found = Feature::ALL.into_iter().find(|feature| feature.word() == word);
    found.ok_or_else(|| format!("there is no feature {word}"))
}

/// What a file needs as a whole. Words that are no features are errors, there and before single records.
fn needs(text: &str) -> Result<Vec<Feature>, String> {
    let mut needed = Vec::new();
    for line in text.lines() {
        if let Some(words) = line.strip_prefix("# needs: ") {
            for word in words.split(',') {
                needed.push(feature(word.trim())?);
            }
        } else if let Some(word) = line.strip_prefix("onlyif ").or_else(|| line.strip_prefix("skipif ")) {
            feature(word.trim())?;
        }
    }
    Ok(needed)
}

/// How a file went.
enum Verdict {
    Passed,
    /// It needs what the metastore does not keep.
    PassedOver(Feature),
}

async fn run_file(path: &Path, root: &Path, complete: bool, metastore: Option<&str>) -> Result<Verdict, String> {
    let needed = needs(&std::fs::read_to_string(path).expect("a readable file"))?;
    let home = tempfile::tempdir().expect("a temporary folder");
    let tmp = home.path().join("tmp");
    std::fs::create_dir(&tmp).expect("a temporary folder");
    let variables = vec![
        ("data".to_string(), root.join("data").display().to_string()),
        ("hive_made".to_string(), root.join("../warehouse/tests/data").display().to_string()),
        ("tmp".to_string(), tmp.display().to_string()),
    ];
    let mut settings: Vec<(String, String)> = vec![("hive.local.time.zone".into(), "America/Los_Angeles".into())];
    if let Some(metastore) = metastore {
        let uri = if metastore.starts_with("thrift:") { metastore.to_string() } else { start_metastore(home.path()) };
        let warehouse = home.path().join("warehouse").display().to_string();
        settings.push(("hive.metastore.uris".into(), uri));
        settings.push(("hive.metastore.warehouse.dir".into(), warehouse));
        settings.push(("skep.metastore.api".into(), if metastore == "hive" { "hive" } else { "any" }.into()));
    }
    let options = EngineOptions {
        home: Some(home.path().to_path_buf()),
        configuration_folder: Some(home.path().to_path_buf()),
        settings,
        variables,
        user: Some("tester".into()),
        ..EngineOptions::default()
    };
    let engine: Arc<Engine> = Engine::open(options).map_err(|error| error.to_string())?;
    if metastore.is_some_and(|metastore| metastore.starts_with("thrift:")) {
        empty(engine.metastore().as_ref());
    }
    let mut kept = Vec::new();
    for feature in Feature::ALL {
        if engine.metastore().has(feature).map_err(|error| error.to_string())? {
            kept.push(feature);
        }
    }
    if let Some(lacking) = needed.into_iter().find(|feature| !kept.contains(feature)) {
        return Ok(Verdict::PassedOver(lacking));
    }
    let mut runner = Runner::new(|| {
        let session = engine.session();
        async move { Ok(Database { session }) }
    });
    kept.into_iter().for_each(|feature| runner.add_label(feature.word()));
    runner.with_column_validator(fitting_columns);
    runner.with_validator(same_rows);
    if complete {
        let validator = same_rows;
        let columns = fitting_columns;
        let normalizer = sqllogictest::default_normalizer;
        return runner
            .update_test_file(path, " ", validator, normalizer, columns)
            .await
            .map(|()| Verdict::Passed)
            .map_err(|error| error.to_string());
    }
    runner.run_file_async(path).await.map(|()| Verdict::Passed).map_err(|error| error.display(false).to_string())
}

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("sql-tests");
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let complete = words.iter().any(|word| word == "--complete");
    let metastore = words.iter().find_map(|word| word.strip_prefix("--metastore=")).map(str::to_string);
    words.retain(|word| !word.starts_with('-'));
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.retain(|file| {
        let name = file.strip_prefix(&root).unwrap_or(file).display().to_string();
        words.is_empty() || words.iter().any(|word| name.contains(word.as_str()))
    });
    let next = AtomicUsize::new(0);
    let failed = AtomicUsize::new(0);
    let passed_over = AtomicUsize::new(0);
    let began = Instant::now();
    let shared = metastore.as_ref().is_some_and(|metastore| metastore.starts_with("thrift:"));
    let threads = if shared { 1 } else { std::thread::available_parallelism().map_or(1, usize::from).min(8) };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_multi_thread()
                    .worker_threads(2)
                    .thread_stack_size(16 << 20)
                    .enable_all()
                    .build()
                    .expect("a runtime");
                while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let name = file.strip_prefix(&root).unwrap_or(file).display();
                    let file_began = Instant::now();
                    let (path, root, metastore) = (file.clone(), root.clone(), metastore.clone());
                    // On a thread of the runtime, so that a panic is one file's failure.
                    let task =
                        runtime.spawn(async move { run_file(&path, &root, complete, metastore.as_deref()).await });
                    let result = runtime.block_on(task).unwrap_or_else(|panic| Err(panic.to_string()));
                    match result {
                        Ok(Verdict::Passed) => println!("ok    {name} ({} ms)", file_began.elapsed().as_millis()),
                        Ok(Verdict::PassedOver(lacking)) => {
                            passed_over.fetch_add(1, Ordering::Relaxed);
                            println!("none  {name}: the metastore keeps no {}", lacking.word());
                        }
                        Err(problem) => {
                            failed.fetch_add(1, Ordering::Relaxed);
                            println!("FAIL  {name}\n{problem}\n");
                        }
                    }
                }
            });
        }
    });
    let failed = failed.load(Ordering::Relaxed);
    let (tried, elapsed) = (files.len() - passed_over.into_inner(), began.elapsed().as_millis());
    println!("{} of {tried} files pass in {elapsed} ms, {} are passed over", tried - failed, files.len() - tried);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
