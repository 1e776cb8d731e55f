//! The TPC-H and TPC-DS benchmarks: their data, their queries in HiveQL, their answers, and their times.
//!
//! [`data::generate`] writes the data of a [`Benchmark`] as text files, [`load`] makes tables of them, [`answer`] compares
//! what a query gives with what another engine recorded, [`engines`] times queries on Skep and on others, and
//! [`report`] shows the times side by side.
//! `docs/benchmarks.md` tells how to use the program `skep-bench`.

pub mod answer;
pub mod benchmark;
pub mod cancel;
pub mod churn;
pub mod client;
pub mod crowd;
pub mod data;
pub mod engines;
pub mod load;
pub mod report;
pub mod rows;
pub mod wire;

pub use benchmark::{Benchmark, Query};

/// What can go wrong in a benchmark: anything, told in a sentence.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// A result with [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;
