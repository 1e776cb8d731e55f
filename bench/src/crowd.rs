//! Many clients of a HiveServer2 at once: sessions that are open for long, and statements whose results are checked.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::Result;
use crate::client::{Client, ServerAt};
use clap::Args;

/// Rows of the table that is read.
const ROWS: i64 = 10_000;
/// One statement of so many adds a row to a table that all clients write to.
const EACH_WRITE: u64 = 200;
/// Errors that are printed; the others are counted.
const SHOWN_ERRORS: u64 = 20;

/// How many clients there are, and what they do.
#[derive(Debug, Args)]
pub struct CrowdRun {
    #[command(flatten)]
    server: ServerAt,
    /// Sessions that are open all the time, each over a connection of its own
    #[arg(long, default_value_t = 1000)]
    sessions: usize,
    /// Statements at a time; each client that runs them has its share of the sessions, and uses them by turns
    #[arg(long, default_value_t = 64)]
    queries: usize,
    /// How long, in seconds
    #[arg(long, default_value_t = 300)]
    seconds: u64,
}

/// What all clients count.
#[derive(Debug, Default)]
struct Counts {
    errors: AtomicU64,
    written: AtomicU64,
}

impl Counts {
    fn failed(&self, what: &str, error: &dyn std::fmt::Display) {
        if self.errors.fetch_add(1, Ordering::Relaxed) < SHOWN_ERRORS {
            eprintln!("{what}: {error}");
        }
    }
}

/// Opens the sessions, runs statements in them, checks what they give, and prints rates and times.
///
/// # Errors
/// The first session cannot be had, or something was not as it must be.
pub fn run(run: &CrowdRun) -> Result<()> {
    let mut first = Client::connect(&run.server)?;
    for statement in [
        "drop table if exists skep_crowd_numbers",
        "drop table if exists skep_crowd_written",
        "create table skep_crowd_numbers (a bigint, b string) stored as orc",
        &format!(
            "insert into skep_crowd_numbers select pos, concat('text ', pos % 10) from \
             (select posexplode(split(space({}), ' ')) as (pos, val)) t",
            ROWS - 1
        ),
        "create table skep_crowd_written (a bigint)",
    ] {
        first.execute(statement)?;
    }
    let before = run.server.memory();
    let counts = Counts::default();
    let until = Instant::now() + Duration::from_secs(run.seconds);
    let shares: Vec<usize> =
        (0..run.queries).map(|n| run.sessions / run.queries + usize::from(n < run.sessions % run.queries)).collect();
    let (times, peak) = std::thread::scope(|scope| {
        let workers: Vec<_> = (0_u64..)
            .zip(shares)
            .map(|(worker, share)| {
                let counts = &counts;
                scope.spawn(move || work(run, worker, share, until, counts))
            })
            .collect();
        let mut peak = 0;
        while !workers.iter().all(|worker| worker.is_finished()) {
            peak = peak.max(run.server.memory());
            std::thread::sleep(Duration::from_millis(200));
        }
        let times: Vec<Vec<Duration>> = workers.into_iter().filter_map(|worker| worker.join().ok()).collect();
        (times, peak)
    });
    let written = counts.written.load(Ordering::Relaxed);
    let found = first.execute("select cast(count(*) as string) from skep_crowd_written")?;
    if found != [written.to_string()] {
        counts.failed("rows written", &format!("{found:?}, and not {written}"));
    }
    for table in ["skep_crowd_numbers", "skep_crowd_written"] {
        first.execute(&format!("drop table {table}"))?;
    }
    first.close()?;
    tell(run, times, written);
    if run.server.is_watched() {
        let mega = |bytes: u64| bytes >> 20;
        let after = run.server.memory();
        println!(
            "memory of the server: {} MB before, {} MB at most, {} MB after",
            mega(before),
            mega(peak),
            mega(after)
        );
    }
    match counts.errors.load(Ordering::Relaxed) {
        0 => Ok(()),
        errors => Err(format!("{errors} errors").into()),
    }
}

fn tell(run: &CrowdRun, by_client: Vec<Vec<Duration>>, written: u64) {
    let counts: Vec<usize> = by_client.iter().map(Vec::len).collect();
    let mut times: Vec<Duration> = by_client.into_iter().flatten().collect();
    times.sort();
    let at = |share: usize| times.get((times.len() * share / 1000).min(times.len().saturating_sub(1)));
    let milliseconds = |share: usize| at(share).map_or(0.0, |time| time.as_secs_f64() * 1e3);
    println!(
        "{} sessions, {} statements at a time: {} in {} s ({:.0} a second), {written} of them wrote",
        run.sessions,
        run.queries,
        times.len(),
        run.seconds,
        times.len() as f64 / run.seconds.max(1) as f64
    );
    println!(
        "times: median {:.1} ms, p99 {:.1} ms, longest {:.1} ms",
        milliseconds(500),
        milliseconds(990),
        milliseconds(1000)
    );
    let (least, most) = (counts.iter().min().copied().unwrap_or(0), counts.iter().max().copied().unwrap_or(0));
    println!("a client had between {least} and {most} statements");
}

/// One client: opens its share of the sessions and runs statements in them, one after another. Gives how long each took.
fn work(run: &CrowdRun, worker: u64, share: usize, until: Instant, counts: &Counts) -> Vec<Duration> {
    let mut sessions = Vec::with_capacity(share);
    for _ in 0..share {
        match Client::connect(&run.server) {
            Ok(client) => sessions.push(client),
            Err(error) => counts.failed("a session", &error),
        }
    }
    let mut times = Vec::new();
    let mut number = worker;
    while Instant::now() < until && !sessions.is_empty() {
        let session = number as usize % sessions.len();
        let (statement, expected) = statement(number);
        let begun = Instant::now();
        match sessions[session].execute(&statement) {
            Ok(found) if found == expected => {
                times.push(begun.elapsed());
                if writes(number) {
                    counts.written.fetch_add(1, Ordering::Relaxed);
                }
            }
            Ok(found) => counts.failed(&statement, &format!("{found:?}, and not {expected:?}")),
            Err(error) => counts.failed(&statement, &error),
        }
        number += 1;
    }
    for session in sessions {
        if let Err(error) = session.close() {
            counts.failed("closing a session", &error);
        }
    }
    times
}

/// Is this one of the statements that write?
fn writes(number: u64) -> bool {
    number.is_multiple_of(EACH_WRITE)
}

/// A statement, and the values of the first column of its result.
fn statement(number: u64) -> (String, Vec<String>) {
    let place = (number as i64).wrapping_mul(7919).rem_euclid(ROWS - 200);
    if writes(number) {
        return (format!("insert into skep_crowd_written values ({number})"), Vec::new());
    }
    match number % 4 {
        0 => (format!("select cast({number} + 1 as string)"), vec![(number + 1).to_string()]),
        1 => {
            let sum = place * (place - 1) / 2;
            let text = format!("select cast(coalesce(sum(a), 0) as string) from skep_crowd_numbers where a < {place}");
            (text, vec![sum.to_string()])
        }
        2 => {
            let text = format!(
                "select cast(n.a as string) t from skep_crowd_numbers n \
                 where n.a >= {place} and n.a < {place} + 200 order by n.a"
            );
            (text, (place..place + 200).map(|a| a.to_string()).collect())
        }
        _ => {
            let text = "select cast(count(*) as string) from skep_crowd_numbers group by b order by b";
            (text.to_string(), vec![(ROWS / 10).to_string(); 10])
        }
    }
}
