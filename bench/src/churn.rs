//! Clients of a HiveServer2 that come and go: whether the server is left as it was before they came.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use clap::Args;

use crate::Result;
use crate::client::{Client, ServerAt};

/// It ends when somebody stops it.
const ENDLESS: &str = "select count(*) from (select explode(split(space(20000), ' '))) a (x) \
                       cross join (select explode(split(space(20000), ' '))) b (y) \
                       cross join (select explode(split(space(20000), ' '))) c (z)";
/// How often the memory is told.
const REPORTS: usize = 10;

/// How many sessions there are, and how many of them at a time.
#[derive(Debug, Args)]
pub struct ChurnRun {
    #[command(flatten)]
    server: ServerAt,
    /// Sessions that are opened, one after another
    #[arg(long, default_value_t = 10_000)]
    sessions: usize,
    /// Clients that do so at the same time
    #[arg(long, default_value_t = 16)]
    clients: usize,
}

/// Opens sessions and ends them, each in one of four ways: closed; closed with rows that were not fetched; closed while a
/// statement runs; its connection cut, as when a client is killed. Prints the server's memory on the way.
///
/// # Errors
/// Something was not as it must be.
pub fn run(run: &ChurnRun) -> Result<()> {
    let next = AtomicUsize::new(0);
    let begun = Instant::now();
    println!("before: {} MB", run.server.memory() >> 20);
    let ended: Vec<Result<()>> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..run.clients.max(1)).map(|_| scope.spawn(|| work(run, &next))).collect();
        workers.into_iter().map(|worker| worker.join().unwrap_or_else(|_| Err("a client panicked".into()))).collect()
    });
    ended.into_iter().collect::<Result<()>>()?;
    let seconds = begun.elapsed().as_secs_f64();
    println!("{} sessions in {seconds:.1} s: {:.0} a second", run.sessions, run.sessions as f64 / seconds);
    let mut last = Client::connect(&run.server)?;
    let open = last.execute("show processlist")?.len();
    last.close()?;
    // The one that shows the list is in it.
    if open > 1 { Err(format!("{open} statements still run").into()) } else { Ok(()) }
}

/// One client: sessions, one after another, until all have been.
fn work(run: &ChurnRun, next: &AtomicUsize) -> Result<()> {
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= run.sessions {
            return Ok(());
        }
        if number > 0 && number.is_multiple_of((run.sessions / REPORTS).max(1)) {
            println!("{number}: {} MB", run.server.memory() >> 20);
        }
        let mut client = Client::connect(&run.server)?;
        client.execute(&format!("set hivevar:number={number}"))?;
        client.execute(&format!("create temporary table mine (a int comment '{number}')"))?;
        let found = client.execute(&format!("select cast({number} as string)"))?;
        if found != [number.to_string()] {
            return Err(format!("{found:?}, and not {number}").into());
        }
        match number % 4 {
            0 => client.close()?,
            1 => {
                client.begin("select explode(split(space(5000), ' '))", true)?;
                client.close()?;
            }
            2 => {
                client.begin(ENDLESS, true)?;
                client.close()?;
            }
            _ => {
                client.begin(ENDLESS, true)?;
                drop(client);
            }
        }
    }
}
