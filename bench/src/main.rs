//! `skep-bench data`: writes the data of a benchmark.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use skep_bench::{Benchmark, Result, data};

/// TPC-H and TPC-DS on Skep, beside other engines.
#[derive(Debug, Parser)]
#[command(name = "skep-bench", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Writes a benchmark's data as text, `|` between fields.
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
}

fn run(arguments: Arguments) -> Result<()> {
    match arguments.command {
        Command::Data { benchmark, scale, to } => data::generate(benchmark, scale, &to),
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
