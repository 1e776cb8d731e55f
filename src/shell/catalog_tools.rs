//! `skep metastore check`, `dump` and `restore`: what is done with a catalog as a whole.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use skep_metastore::MetastoreError;

use super::args::name_and_value;
use crate::EngineOptions;
use crate::engine::open_catalog_alone;
use crate::error::SkepError;

/// What is to be done with the catalog.
#[derive(Debug, Parser)]
#[command(name = "skep metastore", about = "Checks, dumps and restores the catalog")]
struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Look for everything that should not be; the exit code is 1 where anything is found
    Check {
        /// Set a configuration key
        #[arg(long, value_name = "KEY=VALUE")]
        hiveconf: Vec<String>,
    },
    /// Write the whole catalog as lines of JSON
    Dump {
        /// The file to write, which must not be there; standard output without it
        file: Option<PathBuf>,
        /// Set a configuration key
        #[arg(long, value_name = "KEY=VALUE")]
        hiveconf: Vec<String>,
    },
    /// Put a dump into an empty catalog
    Restore {
        /// The dump; standard input without it
        file: Option<PathBuf>,
        /// Set a configuration key
        #[arg(long, value_name = "KEY=VALUE")]
        hiveconf: Vec<String>,
    },
}

/// The names of the tasks, as arguments behind `skep metastore`.
pub const TASKS: [&str; 3] = ["check", "dump", "restore"];

/// Runs the task that the process's arguments name, and gives its exit code.
pub fn main() -> ExitCode {
    let outcome = match Args::parse_from(std::env::args_os().skip(1)).task {
        Task::Check { hiveconf } => check(&hiveconf),
        Task::Dump { file, hiveconf } => dump(file.as_deref(), &hiveconf).map(|()| ExitCode::SUCCESS),
        Task::Restore { file, hiveconf } => restore(file.as_deref(), &hiveconf).map(|()| ExitCode::SUCCESS),
    };
    outcome.unwrap_or_else(|error| super::fail(&error.render("")))
}

fn options(hiveconf: &[String]) -> EngineOptions {
    let settings = hiveconf.iter().map(|text| name_and_value(text));
    EngineOptions {
        settings: settings.map(|(name, value)| (name.to_string(), value.to_string())).collect(),
        ..EngineOptions::default()
    }
}

fn check(hiveconf: &[String]) -> Result<ExitCode, SkepError> {
    let found = open_catalog_alone(options(hiveconf))?.check()?;
    for wrong in &found {
        println!("{wrong}");
    }
    if found.is_empty() {
        eprintln!("The catalog is sound.");
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::FAILURE)
}

/// An error with the file that it is about.
fn about(file: Option<&Path>, error: std::io::Error) -> SkepError {
    let name = file.map_or_else(|| "the standard stream".to_string(), |file| file.display().to_string());
    MetastoreError::InvalidOperation(format!("{name}: {error}")).into()
}

fn dump(file: Option<&Path>, hiveconf: &[String]) -> Result<(), SkepError> {
    let catalog = open_catalog_alone(options(hiveconf))?;
    let out: Box<dyn Write> = match file {
        Some(path) => Box::new(File::create_new(path).map_err(|error| about(file, error))?),
        None => Box::new(std::io::stdout().lock()),
    };
    let rows = catalog.dump(&mut BufWriter::new(out))?;
    eprintln!("{rows} rows were written.");
    Ok(())
}

fn restore(file: Option<&Path>, hiveconf: &[String]) -> Result<(), SkepError> {
    let input: Box<dyn Read> = match file {
        Some(path) => Box::new(File::open(path).map_err(|error| about(file, error))?),
        None => Box::new(std::io::stdin().lock()),
    };
    let rows = open_catalog_alone(options(hiveconf))?.restore(&mut BufReader::new(input))?;
    eprintln!("{rows} rows were restored.");
    Ok(())
}
