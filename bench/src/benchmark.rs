//! The two benchmarks: their tables and queries.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::{Error, Result};

/// One of the two benchmarks of the Transaction Processing Performance Council that Skep is measured with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Benchmark {
    /// 8 tables of a wholesale supplier, 22 queries.
    TpcH,
    /// 24 tables of a retailer, 99 queries.
    TpcDs,
}

/// A table of a benchmark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableDefinition {
    /// Its name.
    pub name: String,
    /// Its columns as in `CREATE TABLE`, without the parentheses.
    pub columns: String,
}

/// A query of a benchmark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Its number, from 1.
    pub number: u32,
    /// Its HiveQL, without a `;`.
    pub text: String,
}

impl Query {
    /// `q01`, as its files are named.
    pub fn name(&self) -> String {
        format!("q{:02}", self.number)
    }

    /// True if its `ORDER BY` leaves rows tied, so that their order may differ between engines: the query's file says
    /// so with a comment `-- ties`.
    pub fn has_ties(&self) -> bool {
        self.text.lines().any(|line| line.trim() == "-- ties")
    }
}

impl Benchmark {
    /// `tpch` or `tpcds`.
    pub fn name(self) -> &'static str {
        match self {
            Self::TpcH => "tpch",
            Self::TpcDs => "tpcds",
        }
    }

    /// How many queries it has.
    pub fn query_count(self) -> u32 {
        match self {
            Self::TpcH => 22,
            Self::TpcDs => 99,
        }
    }

    /// Its tables, from `bench/schema`.
    pub fn tables(self) -> Result<Vec<TableDefinition>> {
        let text = read(&root().join("schema").join(format!("{}.sql", self.name())))?;
        let statements = text.split(';').map(str::trim).filter(|statement| !statement.is_empty());
        statements
            .map(|statement| {
                let rest = statement.strip_prefix("create table ").ok_or("a schema has `create table` only")?;
                let (name, rest) = rest.split_once('(').ok_or("a table has columns")?;
                let columns = rest.strip_suffix(')').ok_or("a list of columns ends with `)`")?;
                Ok(TableDefinition { name: name.trim().to_string(), columns: columns.trim().to_string() })
            })
            .collect()
    }

    /// Its queries by number, from `bench/queries`.
    pub fn queries(self) -> Result<Vec<Query>> {
        (1..=self.query_count())
            .map(|number| {
                let path = root().join("queries").join(self.name()).join(format!("q{number:02}.sql"));
                let text = read(&path)?.trim().trim_end_matches(';').to_string();
                Ok(Query { number, text })
            })
            .collect()
    }

    /// Its queries with the parameters that the recorded answers were made with: where those of the specification give
    /// nothing at a small scale, `bench/answers/<benchmark>-changes.json` has others.
    pub fn small_scale_queries(self) -> Result<Vec<Query>> {
        let changes = read(&root().join("answers").join(format!("{}-changes.json", self.name())))?;
        let changes: BTreeMap<String, Vec<(String, String)>> = serde_json::from_str(&changes)?;
        let mut queries = self.queries()?;
        for query in &mut queries {
            for (before, after) in changes.get(&query.number.to_string()).into_iter().flatten() {
                if !query.text.contains(before) {
                    return Err(format!("{} has no `{before}`", query.name()).into());
                }
                query.text = query.text.replace(before, after);
            }
        }
        Ok(queries)
    }

    /// The file of a query's recorded answer.
    pub fn answer_path(self, query: &Query) -> PathBuf {
        root().join("answers").join(self.name()).join(format!("{}.txt", query.name()))
    }
}

impl FromStr for Benchmark {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "tpch" => Ok(Self::TpcH),
            "tpcds" => Ok(Self::TpcDs),
            _ => Err(format!("there is no benchmark `{text}`, but `tpch` and `tpcds`").into()),
        }
    }
}

/// The folder of this crate, where queries, schemas and answers are.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file's text.
///
/// # Errors
/// One that names the file.
pub fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()).into())
}
