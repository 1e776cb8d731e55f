//! A line that tells a person that a long statement is still running.

use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Statements shorter than this show nothing.
const DELAY: Duration = Duration::from_millis(700);
/// Time between two looks.
const STEP: Duration = Duration::from_millis(200);

/// Shows the time and the rows so far on standard error, on one line that is wiped out at the end.
pub struct Progress {
    rows: Arc<AtomicU64>,
    task: Option<tokio::task::JoinHandle<()>>,
}

impl Progress {
    /// Begins to show progress if `wanted` and standard error is a terminal. Must be called inside a runtime.
    pub fn start(wanted: bool) -> Self {
        let rows = Arc::new(AtomicU64::new(0));
        let task = (wanted && std::io::stderr().is_terminal()).then(|| tokio::spawn(show(Arc::clone(&rows))));
        Self { rows, task }
    }

    /// Tells that rows have come; the line goes, for the rows are now being printed.
    pub fn add_rows(&mut self, rows: usize) {
        self.rows.fetch_add(rows as u64, Ordering::Relaxed);
        self.stop();
    }

    fn stop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
            eprint!("\r\x1b[K");
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn show(rows: Arc<AtomicU64>) {
    let start = Instant::now();
    tokio::time::sleep(DELAY).await;
    for frame in ["|", "/", "-", "\\"].iter().cycle() {
        let count = rows.load(Ordering::Relaxed);
        eprint!("\r\x1b[K{frame} running for {:.1} s, {count} rows; Ctrl-C stops it", start.elapsed().as_secs_f64());
        if std::io::stderr().flush().is_err() {
            return;
        }
        tokio::time::sleep(STEP).await;
    }
}
