//! `skep-bench data`: writes the data of a benchmark. `skep-bench tpch`, `skep-bench tpcds`: times its queries on Skep
//! and other engines. See docs/benchmarks.md.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::{Args, Parser, Subcommand};
use skep_bench::engines::{self, Engine, Work};
use skep_bench::report::Report;
use skep_bench::{Benchmark, Query, Result, cancel, churn, crowd, data, load, wire};

// As in the program `skep`, so that its times are measured.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// TPC-H and TPC-DS on Skep, beside other engines.
#[derive(Debug, Parser)]
#[command(name = "skep-bench", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Writes a benchmark's data as text, `|` between fields
    Data {
        /// `tpch` or `tpcds`
        benchmark: Benchmark,
        /// Size: 1 is about a gigabyte
        #[arg(long, default_value_t = 1.0)]
        scale: f64,
        /// Folder for the files
        #[arg(long)]
        to: PathBuf,
    },
    /// Times the 22 queries of TPC-H
    Tpch(Run),
    /// Times the 99 queries of TPC-DS
    Tpcds(Run),
    /// Times the round trips and fetches of a HiveServer2
    Wire(wire::WireRun),
    /// Many clients of a HiveServer2 at once, whose results are checked
    Crowd(crowd::CrowdRun),
    /// Clients of a HiveServer2 that come and go, some of them without a word
    Churn(churn::ChurnRun),
    /// How soon a HiveServer2 stops to compute what is cancelled
    Cancel(cancel::CancelRun),
}

/// How queries are timed.
#[derive(Debug, Args)]
struct Run {
    /// Size of the data: 1 is about a gigabyte
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
    /// Engines: skep, duckdb, datafusion, spark, hive; times are compared with the first one's
    #[arg(long, value_delimiter = ',', default_value = "skep")]
    engines: Vec<Engine>,
    /// Numbers of queries and spans of them (`1,3-5`); all if not given
    #[arg(long)]
    queries: Option<String>,
    /// How often each query runs; the best time counts
    #[arg(long, default_value_t = 3)]
    repeat: usize,
    /// Threads an engine may use; as many as the machine has if not given
    #[arg(long)]
    threads: Option<usize>,
    /// The tables' format (`parquet`, `orc`, `textfile`); DuckDB and DataFusion read Parquet only
    #[arg(long, default_value = "parquet")]
    format: String,
    /// Folder for data and tables, kept for the next run
    #[arg(long)]
    folder: Option<PathBuf>,
    /// The Python with the packages duckdb and datafusion
    #[arg(long, default_value = "python3")]
    python: String,
    /// The command of Spark's shell
    #[arg(long, default_value = "spark-sql")]
    spark_sql: String,
    /// The command of Hive's shell
    #[arg(long, default_value = "hive")]
    hive: String,
    /// Writes all times into a file, as JSON
    #[arg(long)]
    json: Option<PathBuf>,
}

/// The queries that `1,3-5` names.
fn chosen(queries: Vec<Query>, choice: Option<&str>) -> Result<Vec<Query>> {
    let Some(choice) = choice else { return Ok(queries) };
    let mut spans = Vec::new();
    for item in choice.split(',') {
        let (first, last) = item.split_once('-').unwrap_or((item, item));
        spans.push(first.trim().parse::<u32>()?..=last.trim().parse::<u32>()?);
    }
    Ok(queries.into_iter().filter(|query| spans.iter().any(|span| span.contains(&query.number))).collect())
}

/// Makes data and tables below `folder` unless they are there, and gives the folders of the tables' files.
fn prepare(benchmark: Benchmark, run: &Run, folder: &Path) -> Result<BTreeMap<String, PathBuf>> {
    let text = folder.join("text");
    let home = folder.join("skep");
    let (generated, loaded) = (folder.join("generated"), folder.join(format!("loaded-{}", run.format)));
    if !generated.exists() {
        let began = Instant::now();
        data::generate(benchmark, run.scale, &text)?;
        std::fs::write(&generated, "")?;
        eprintln!("data made in {:.1} s", began.elapsed().as_secs_f64());
    }
    if !loaded.exists() {
        let began = Instant::now();
        std::fs::create_dir_all(&home)?;
        for other in std::fs::read_dir(folder)?.flatten() {
            if other.file_name().to_string_lossy().starts_with("loaded-") {
                std::fs::remove_file(other.path())?;
            }
        }
        let mut session = engines::open(&home)?.session();
        let (text, format) = (text.clone(), run.format.clone());
        engines::runtime(threads(run))?.block_on(async move {
            let load = async move { load::load(&mut session, benchmark, &text, Some(&format)).await };
            tokio::spawn(load).await?
        })?;
        std::fs::write(&loaded, "")?;
        eprintln!("tables loaded in {:.1} s", began.elapsed().as_secs_f64());
    }
    let database = home.join("warehouse").join(format!("{}.db", benchmark.name()));
    Ok(benchmark.tables()?.into_iter().map(|table| (table.name.clone(), database.join(table.name))).collect())
}

fn threads(run: &Run) -> usize {
    run.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
}

fn time(benchmark: Benchmark, run: &Run) -> Result<()> {
    let folder = match &run.folder {
        Some(folder) => folder.clone(),
        None => std::env::temp_dir().join(format!("skep-bench-{}-{}", benchmark.name(), run.scale)),
    };
    let folder = std::path::absolute(folder)?;
    std::fs::create_dir_all(&folder)?;
    let tables = prepare(benchmark, run, &folder)?;
    let work = Work {
        benchmark,
        queries: chosen(benchmark.queries()?, run.queries.as_deref())?,
        home: folder.join("skep"),
        format: run.format.clone(),
        tables,
        repeat: run.repeat.max(1),
        threads: threads(run),
        python: run.python.clone(),
        spark: run.spark_sql.clone(),
        hive: run.hive.clone(),
    };
    let mut report = Report::default();
    for &engine in &run.engines {
        match work.run(engine) {
            Ok(timings) => report.engines.push((engine, timings)),
            Err(error) => eprintln!("{}: {error}", engine.name()),
        }
    }
    print!("{}", report.table(&work.queries));
    if let Some(path) = &run.json {
        std::fs::write(path, format!("{:#}\n", report.json()))?;
    }
    Ok(())
}

fn run(arguments: Arguments) -> Result<()> {
    match arguments.command {
        Command::Data { benchmark, scale, to } => data::generate(benchmark, scale, &to),
        Command::Tpch(run) => time(Benchmark::TpcH, &run),
        Command::Tpcds(run) => time(Benchmark::TpcDs, &run),
        Command::Wire(run) => wire::run(&run),
        Command::Crowd(run) => crowd::run(&run),
        Command::Churn(run) => churn::run(&run),
        Command::Cancel(run) => cancel::run(&run),
    }
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
