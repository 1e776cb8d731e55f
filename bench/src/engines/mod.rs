//! The engines that queries are timed on.

mod cli;
mod python;
mod skep;

pub use self::skep::{open, runtime};

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;

use crate::{Benchmark, Error, Query, Result};

/// What ran a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Engine {
    /// Skep, in this process.
    Skep,
    /// DuckDB, from Python.
    DuckDb,
    /// DataFusion, from Python.
    DataFusion,
    /// Spark's `spark-sql`.
    Spark,
    /// Apache Hive's `hive`.
    Hive,
}

impl Engine {
    /// Its name on the command line and in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Skep => "skep",
            Self::DuckDb => "duckdb",
            Self::DataFusion => "datafusion",
            Self::Spark => "spark",
            Self::Hive => "hive",
        }
    }
}

impl FromStr for Engine {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        [Self::Skep, Self::DuckDb, Self::DataFusion, Self::Spark, Self::Hive]
            .into_iter()
            .find(|engine| engine.name() == text)
            .ok_or_else(|| format!("there is no engine `{text}`, but skep, duckdb, datafusion, spark and hive").into())
    }
}

/// How a query went.
#[derive(Debug, Clone, PartialEq)]
pub enum Timing {
    /// Seconds of each run, and the number of rows if the engine tells it.
    Ran {
        /// Seconds of each run.
        seconds: Vec<f64>,
        /// Number of rows.
        rows: Option<usize>,
    },
    /// The engine's error.
    Failed(String),
}

impl Timing {
    /// The seconds of the quickest run.
    pub fn best(&self) -> Option<f64> {
        match self {
            Self::Ran { seconds, .. } => seconds.iter().copied().reduce(f64::min),
            Self::Failed(_) => None,
        }
    }
}

/// The timings of one engine by the name of the query.
pub type Timings = BTreeMap<String, Timing>;

/// What is to be timed, and where everything is.
#[derive(Debug, Clone)]
pub struct Work {
    /// The benchmark.
    pub benchmark: Benchmark,
    /// Its queries, or some of them.
    pub queries: Vec<Query>,
    /// Skep's home folder, in which the benchmark's tables are loaded.
    pub home: PathBuf,
    /// The file format of the tables, as in `STORED AS`.
    pub format: String,
    /// The folder of each table's files.
    pub tables: BTreeMap<String, PathBuf>,
    /// How often each query runs.
    pub repeat: usize,
    /// How many threads an engine may use.
    pub threads: usize,
    /// The Python that has the packages `duckdb` and `datafusion`.
    pub python: String,
    /// The command of Spark's shell.
    pub spark: String,
    /// The command of Hive's shell.
    pub hive: String,
}

impl Work {
    /// Runs the queries on an engine.
    ///
    /// # Errors
    /// If the engine cannot be run at all. A query that fails is a [`Timing::Failed`].
    pub fn run(&self, engine: Engine) -> Result<Timings> {
        match engine {
            Engine::Skep => skep::run(self),
            Engine::DuckDb | Engine::DataFusion => python::run(self, engine),
            Engine::Spark => cli::run(self, &self.spark),
            Engine::Hive => cli::run(self, &self.hive),
        }
    }
}
