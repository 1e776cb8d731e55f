//! The data of the benchmarks, as text with `|` between fields and nothing for NULL.

mod tpcds;
mod tpch;

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use std::fmt::Display;
use std::sync::Mutex;

use crate::{Benchmark, Result};

/// A piece of a table that one thread writes into a file of its own.
type Job = Box<dyn FnOnce() -> Result<()> + Send>;

/// Writes the data of a benchmark at a scale (1 is about a gigabyte of text) into `folder/<table>/part-<n>.tbl`.
///
/// At a scale below 0.1, `customer_demographics` of TPC-DS, whose 1.9 million rows do not depend on the scale, has only
/// the rows that other tables refer to.
///
/// # Errors
/// Those of the file system.
pub fn generate(benchmark: Benchmark, scale: f64, folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    // One file a gigabyte, and at least two so that a scan has two pieces to read at once.
    let parts = if scale < 0.5 { 1 } else { (scale.ceil() as u32).clamp(2, 64) };
    match benchmark {
        Benchmark::TpcH => run_jobs(tpch::jobs(scale, folder, parts)?),
        Benchmark::TpcDs => {
            run_jobs(tpcds::jobs(scale, folder, parts)?)?;
            if scale < 0.1 { tpcds::keep_referenced_demographics(folder) } else { Ok(()) }
        }
    }
}

/// Runs all jobs on as many threads as the machine has.
fn run_jobs(jobs: Vec<Job>) -> Result<()> {
    let queue = Mutex::new(VecDeque::from(jobs));
    let next = || queue.lock().ok().and_then(|mut queue| queue.pop_front());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let work = || -> Result<()> {
            while let Some(job) = next() {
                job()?;
            }
            Ok(())
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| "a generator panicked")?)
    })
}

/// Writes rows, one a line, into `folder/part-<number>.tbl`. No file is made for no row, unless it is the first part.
fn write_rows<R: Display>(folder: &Path, number: u32, rows: impl Iterator<Item = R>) -> Result<()> {
    let mut rows = rows.peekable();
    if rows.peek().is_none() && number > 1 {
        return Ok(());
    }
    let mut file = BufWriter::with_capacity(1 << 20, File::create(folder.join(format!("part-{number}.tbl")))?);
    for row in rows {
        writeln!(file, "{row}")?;
    }
    Ok(file.flush()?)
}
