//! What a server does by itself, from time to time. Each task has a thread of its own, for tasks block; one that fails is
//! tried again when its time comes.

mod expiry;
mod partitions;

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use super::Metrics;
use crate::error::Result;
use crate::store::MetaStore;

pub use partitions::manage as manage_partitions;

/// What is to be kept up, and how often. An interval of 0 switches its task off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpkeepOptions {
    /// Between looks for transactions and locks whose owners are gone (`hive.timedout.txn.reaper.interval`).
    pub reaper_interval: Duration,
    /// Between removals of old events (`hive.metastore.event.db.listener.clean.interval`).
    pub event_interval: Duration,
    /// How long events are kept (`hive.metastore.event.db.listener.timetolive`).
    pub event_retention: Duration,
    /// Between removals of old reports and looks for lost executions (`hive.metastore.runtime.stats.clean.frequency`).
    pub report_interval: Duration,
    /// How long row counts of operators are kept (`hive.metastore.runtime.stats.max.age`).
    pub statistics_retention: Duration,
    /// How long reports of replications are kept (`hive.repl.metrics.max.age`).
    pub metric_retention: Duration,
    /// After how long an execution of a scheduled query that is not heard of is lost
    /// (`metastore.scheduled.queries.execution.timeout`).
    pub execution_timeout: Duration,
    /// How long executions are remembered (`metastore.scheduled.queries.execution.max.age`).
    pub execution_retention: Duration,
    /// Between looks for partitions (`metastore.partition.management.task.frequency`).
    pub partition_interval: Duration,
    /// How many tables are looked at at a time (`metastore.partition.management.task.thread.pool.size`).
    pub partition_threads: usize,
    /// Of which databases (`metastore.partition.management.database.pattern`).
    pub database_pattern: String,
    /// Of which tables (`metastore.partition.management.table.pattern`).
    pub table_pattern: String,
    /// Of which kinds of tables, by Hive's names (`metastore.partition.management.table.types`).
    pub table_kinds: Vec<String>,
    /// Are the files of new partitions counted (`hive.stats.autogather`)?
    pub count_files: bool,
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

impl Default for UpkeepOptions {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            reaper_interval: seconds(3 * MINUTE),
            event_interval: seconds(2 * HOUR),
            event_retention: seconds(DAY),
            report_interval: seconds(HOUR),
            statistics_retention: seconds(3 * DAY),
            metric_retention: seconds(7 * DAY),
            execution_timeout: seconds(2 * MINUTE),
            execution_retention: seconds(30 * DAY),
            partition_interval: seconds(6 * HOUR),
            partition_threads: 3,
            database_pattern: "*".to_string(),
            table_pattern: "*".to_string(),
            table_kinds: vec!["MANAGED_TABLE".to_string(), "EXTERNAL_TABLE".to_string()],
            count_files: true,
        }
    }
}

/// The tasks that run. They end when this is dropped; one that is at work ends when it is done.
#[derive(Debug)]
pub struct Upkeep {
    tasks: Vec<Sender<()>>,
}

impl Upkeep {
    /// Ends the tasks.
    pub fn end(self) {
        drop(self.tasks);
    }
}

/// Begins the tasks.
pub fn start(store: Arc<dyn MetaStore>, options: UpkeepOptions, metrics: Arc<Metrics>) -> Upkeep {
    type Task = fn(&dyn MetaStore, &UpkeepOptions, &Metrics) -> Result<u64>;
    let tasks: [(&'static str, Duration, Task); 5] = [
        ("transactions", options.reaper_interval, expiry::transactions),
        ("events", options.event_interval, expiry::events),
        ("reports", options.report_interval, expiry::reports),
        ("executions", options.report_interval.min(options.execution_timeout), expiry::executions),
        ("partitions", options.partition_interval, |store, options, _| partitions::manage(store, options)),
    ];
    let options = Arc::new(options);
    let mut running = Vec::new();
    for (name, interval, task) in tasks.into_iter().filter(|(_, interval, _)| *interval > Duration::ZERO) {
        let (end, ended) = channel();
        let (store, options, metrics) = (Arc::clone(&store), Arc::clone(&options), Arc::clone(&metrics));
        let work = move || repeat(name, interval, &ended, &metrics, || task(store.as_ref(), &options, &metrics));
        match std::thread::Builder::new().name(format!("upkeep-{name}")).spawn(work) {
            Ok(_) => running.push(end),
            Err(error) => tracing::error!(%error, task = name, "the task cannot be started"),
        }
    }
    Upkeep { tasks: running }
}

fn repeat(name: &str, interval: Duration, ended: &Receiver<()>, metrics: &Metrics, task: impl Fn() -> Result<u64>) {
    while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(interval) {
        let done = task();
        metrics.upkeep(name, done.as_ref().ok().copied());
        match done {
            Ok(0) => tracing::debug!(task = name, "nothing to do"),
            Ok(changes) => tracing::info!(task = name, changes, "done"),
            Err(error) => tracing::warn!(task = name, %error, "it is tried again later"),
        }
    }
}
