//! Measures a catalog with very many partitions.
//!
//! ```sh
//! cargo run --release -p skep-metastore --example partition_speed                # the stores, 100,000 partitions
//! cargo run --release -p skep-metastore --example partition_speed 20000 sqlite   # fewer, and one store (or postgresql)
//! cargo run --release -p skep-metastore --example partition_speed 20000 --against thrift://localhost:9083 --folders /dev/shm
//! ```
//!
//! The first prints a line for each operation of a store, the median of several runs; it starts a PostgreSQL server. The
//! last measures the calls of Hive's metastore API over TCP, of a service of ours on SQLite that it starts and of the
//! metastore at the address, Hive's own for one, and prints a table with the ratio. It makes a database there for the time
//! of the run. Folders of partitions are made before, below the one that is named, so that neither service makes any and
//! the catalogs alone are compared.

mod services;
mod stores;

use std::error::Error;
use std::time::{Duration, Instant};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let (mut count, mut only, mut against, mut folders) = (100_000, None, None, None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--against" => against = Some(arguments.next().ok_or("--against thrift://host:port")?),
            "--folders" => folders = Some(arguments.next().ok_or("--folders FOLDER")?),
            "sqlite" | "postgresql" => only = Some(argument),
            number => count = number.parse().map_err(|e| format!("{number}: {e}"))?,
        }
    }
    match against {
        Some(address) => services::compare(&address, count, folders.as_deref()),
        None => stores::compare(count, only.as_deref()),
    }
}

/// The n-th day, all months having 28.
fn day(n: usize) -> String {
    format!("{:04}-{:02}-{:02}", 2000 + n / 336, n / 28 % 12 + 1, n % 28 + 1)
}

/// What a call finds, and the median of the times of nine.
fn median(mut run: impl FnMut() -> Outcome<usize>) -> Outcome<(usize, Duration)> {
    let mut times = vec![];
    let mut found = 0;
    for _ in 0..9 {
        let start = Instant::now();
        found = run()?;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    Ok((found, times[times.len() / 2]))
}
