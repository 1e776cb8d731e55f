//! How soon a HiveServer2 stops to compute what is cancelled.

use std::time::{Duration, Instant};

use clap::Args;

use crate::Result;
use crate::client::{Client, ServerAt};

/// A kind of computation, and a statement of it, in the database `tpch`.
const STATEMENTS: [(&str, &str); 12] = [
    ("cross join", "select count(*) from lineitem a cross join lineitem b where a.l_comment < b.l_comment"),
    (
        "hash join",
        "select count(*) from lineitem a join lineitem b on a.l_suppkey = b.l_suppkey where a.l_comment <> b.l_comment",
    ),
    ("sort", "select * from lineitem order by l_comment"),
    ("sort, large limit", "select * from lineitem order by l_comment limit 1000000"),
    ("group by", "select l_comment, count(*) c from lineitem group by l_comment having count(*) > 100000"),
    ("count distinct", "select count(distinct l_comment), count(distinct l_partkey) from lineitem"),
    (
        "regular expression",
        "select sum(length(regexp_replace(l_comment, '(a|e|i|o|u)+([a-z]*)', '$2x'))) from lineitem",
    ),
    (
        "window",
        "select max(r) from (select row_number() over (partition by l_shipmode order by l_comment) r from lineitem) x",
    ),
    (
        "explode",
        "select count(*) from lineitem lateral view explode(split(l_comment, '')) t as c \
         lateral view explode(split(l_comment, '')) u as d",
    ),
    ("percentile", "select percentile(l_orderkey, 0.5), size(collect_set(l_partkey)) from lineitem"),
    ("insert, ORC", "create temporary table skep_cancelled stored as orc as select * from lineitem"),
    ("insert, sorted", "create temporary table skep_cancelled as select * from lineitem order by l_comment"),
];
/// A server that computes less than this share of a core has stopped.
const QUIET: f64 = 0.05;
/// How often that is looked at.
const LOOK: Duration = Duration::from_millis(5);
/// A server that computes for so long after all has not stopped.
const GIVE_UP: Duration = Duration::from_secs(30);

/// What is cancelled, and when.
#[derive(Debug, Args)]
pub struct CancelRun {
    #[command(flatten)]
    server: ServerAt,
    /// How long a statement runs before it is cancelled, in milliseconds
    #[arg(long, default_value_t = 1000)]
    after: u64,
    /// How often each statement is tried; the median is told
    #[arg(long, default_value_t = 3)]
    repeat: usize,
}

/// Begins each statement, cancels it, and prints how long the server's process still computed. Needs the process
/// (`--pid`) of a server that does nothing else, on Linux.
///
/// # Errors
/// The server's, or the connection's; there is no such process.
pub fn run(run: &CancelRun) -> Result<()> {
    for (name, statement) in STATEMENTS {
        let mut times = Vec::new();
        let mut ended = 0;
        for _ in 0..run.repeat.max(1) {
            let mut client = Client::connect(&run.server)?;
            client.execute("use tpch")?;
            let operation = client.begin(statement, true)?;
            std::thread::sleep(Duration::from_millis(run.after));
            client.cancel(&operation)?;
            let time = until_quiet(run)?;
            // What is cancelled has failed.
            match client.has_ended(&operation) {
                Ok(_) => ended += 1,
                Err(_) => times.push(time),
            }
            client.close()?;
        }
        times.sort();
        let shown = match times.get(times.len() / 2) {
            Some(Some(time)) => format!("{:.0} ms", time.as_secs_f64() * 1e3),
            Some(None) => format!("more than {} s", GIVE_UP.as_secs()),
            None => "-".to_string(),
        };
        println!(
            "{name:20} {shown}{}",
            if ended > 0 { format!("   ({ended} had ended before)") } else { String::new() }
        );
    }
    Ok(())
}

/// How long the process computes from now on; `None` where it does not stop.
fn until_quiet(run: &CancelRun) -> Result<Option<Duration>> {
    let begun = Instant::now();
    let mut before = run.server.computed()?;
    while begun.elapsed() < GIVE_UP {
        let looked = Instant::now();
        std::thread::sleep(LOOK);
        let now = run.server.computed()?;
        if now.saturating_sub(before).as_secs_f64() < QUIET * looked.elapsed().as_secs_f64() {
            return Ok(Some(looked - begun));
        }
        before = now;
    }
    Ok(None)
}
