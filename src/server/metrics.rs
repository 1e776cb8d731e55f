//! What the server counts, in the form that Prometheus reads.

use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use prometheus::{
    Encoder, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TextEncoder,
};
use skep_metastore::server::{CallMetrics, Metrics as MetastoreMetrics};
use skep_thrift::Observer;

use super::operation::{Operation, OperationKind, Phase};
use super::sessions::Sessions;

/// Upper bounds of the classes of times of statements, in seconds.
const TIMES: [f64; 14] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 300.0, 3600.0];

/// The numbers of a server, with those of its metastore.
#[derive(Debug)]
pub struct ServerMetrics {
    registry: Registry,
    numbers: Option<Numbers>,
    metastore: Arc<MetastoreMetrics>,
}

#[derive(Debug, Clone)]
struct Numbers {
    calls: CallMetrics,
    statements: IntCounterVec,
    seconds: HistogramVec,
    compile_seconds: Histogram,
    rows: IntCounter,
    sessions: IntGauge,
    operations: IntGaugeVec,
    memory_used: IntGauge,
    memory_limit: IntGauge,
    resident: IntGauge,
    started: IntGauge,
}

impl Numbers {
    fn new(registry: &Registry) -> prometheus::Result<Self> {
        let times = |name: &str, help: &str| HistogramOpts::new(name, help).buckets(TIMES.to_vec());
        let numbers = Self {
            calls: CallMetrics::new(registry, "skep_hs2")?,
            statements: IntCounterVec::new(
                Opts::new("skep_statements_total", "Statements by how they ended"),
                &["outcome"],
            )?,
            seconds: HistogramVec::new(
                times("skep_statement_seconds", "How long statements took to their first rows or their end"),
                &["outcome"],
            )?,
            compile_seconds: Histogram::with_opts(times(
                "skep_statement_compile_seconds",
                "How long statements took to be analyzed and planned",
            ))?,
            rows: IntCounter::new("skep_rows_fetched_total", "Rows that clients have fetched")?,
            sessions: IntGauge::new("skep_sessions", "Sessions that are open")?,
            operations: IntGaugeVec::new(
                Opts::new("skep_operations", "Operations that are not closed, by state"),
                &["state"],
            )?,
            memory_used: IntGauge::new("skep_memory_pool_bytes", "Memory that running statements have taken")?,
            memory_limit: IntGauge::new("skep_memory_pool_limit_bytes", "Memory that running statements may take")?,
            resident: IntGauge::new("process_resident_memory_bytes", "Memory of the process")?,
            started: IntGauge::new("process_start_time_seconds", "When the server began, in seconds since 1970")?,
        };
        registry.register(Box::new(numbers.statements.clone()))?;
        registry.register(Box::new(numbers.seconds.clone()))?;
        registry.register(Box::new(numbers.compile_seconds.clone()))?;
        registry.register(Box::new(numbers.rows.clone()))?;
        registry.register(Box::new(numbers.sessions.clone()))?;
        registry.register(Box::new(numbers.operations.clone()))?;
        registry.register(Box::new(numbers.memory_used.clone()))?;
        registry.register(Box::new(numbers.memory_limit.clone()))?;
        registry.register(Box::new(numbers.resident.clone()))?;
        registry.register(Box::new(numbers.started.clone()))?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        numbers.started.set(number(now.as_secs()));
        Ok(numbers)
    }
}

impl Default for ServerMetrics {
    fn default() -> Self {
        Self::new()
    }
}

impl ServerMetrics {
    /// All numbers at 0.
    pub fn new() -> Self {
        let registry = Registry::new();
        // The names are right, as the test shows; without numbers a server serves as well.
        let numbers = Numbers::new(&registry);
        if let Err(error) = &numbers {
            tracing::error!(%error, "nothing is counted");
        }
        Self { registry, numbers: numbers.ok(), metastore: Arc::default() }
    }

    /// The numbers of the metastore that is served beside.
    pub fn metastore(&self) -> &Arc<MetastoreMetrics> {
        &self.metastore
    }

    /// What watches the calls of clients.
    pub fn observer(&self) -> Arc<dyn Observer> {
        match &self.numbers {
            Some(numbers) => Arc::new(numbers.calls.clone()),
            None => Arc::new(()),
        }
    }

    /// Clients have fetched so many rows.
    pub fn fetched(&self, rows: usize) {
        if let Some(numbers) = &self.numbers {
            numbers.rows.inc_by(rows as u64);
        }
    }

    /// A statement begins; it is counted when what this gives is dropped.
    pub fn statement(&self, operation: &Arc<Operation>) -> CountedStatement {
        CountedStatement { operation: Arc::clone(operation), begun: Instant::now(), numbers: self.numbers.clone() }
    }

    /// The numbers in the text format of Prometheus.
    pub fn text(&self, sessions: &Sessions) -> String {
        if let Some(numbers) = &self.numbers {
            numbers.look(sessions);
        }
        let mut text = Vec::new();
        if let Err(error) = TextEncoder::new().encode(&self.registry.gather(), &mut text) {
            tracing::error!(%error, "the metrics cannot be written");
        }
        let mut text = String::from_utf8_lossy(&text).into_owned();
        if !sessions.engine().is_remote() {
            text.push_str(&self.metastore.text());
        }
        text
    }
}

impl Numbers {
    /// Sets what is known only when it is asked for.
    fn look(&self, sessions: &Sessions) {
        self.sessions.set(number(sessions.all().len() as u64));
        for state in ["pending", "running", "finished", "failed", "cancelled", "timed_out"] {
            self.operations.with_label_values(&[state]).set(0);
        }
        for operation in sessions.operations() {
            self.operations.with_label_values(&[name(&operation.status().phase)]).inc();
        }
        let memory = sessions.engine().memory();
        self.memory_used.set(number(memory.used));
        self.memory_limit.set(number(memory.limit));
        self.resident.set(number(resident_memory().unwrap_or(0)));
    }
}

/// The phase as a label.
pub fn name(phase: &Phase) -> &'static str {
    match phase {
        Phase::Pending => "pending",
        Phase::Running => "running",
        Phase::Finished => "finished",
        Phase::Failed(_) => "failed",
        Phase::Cancelled => "cancelled",
        Phase::TimedOut => "timed_out",
        Phase::Closed => "closed",
    }
}

fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Memory of this process, in bytes.
pub fn resident_memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// A statement that is counted when this is dropped: when it has ended, or its client has gone.
#[derive(Debug)]
pub struct CountedStatement {
    operation: Arc<Operation>,
    begun: Instant,
    numbers: Option<Numbers>,
}

impl Drop for CountedStatement {
    fn drop(&mut self) {
        let Some(numbers) = &self.numbers else { return };
        let status = self.operation.status();
        let outcome = name(&status.phase);
        numbers.statements.with_label_values(&[outcome]).inc();
        // Its rows may have been fetched for long behind its end.
        let took = match (self.operation.kind, status.completed) {
            (OperationKind::Statement, Some(end)) => end.duration_since(self.operation.asked).unwrap_or_default(),
            _ => self.begun.elapsed(),
        };
        numbers.seconds.with_label_values(&[outcome]).observe(took.as_secs_f64());
        if let Some(time) = self.operation.monitor.compile_time() {
            numbers.compile_seconds.observe(time.as_secs_f64());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ServerMetrics;

    #[test]
    fn all_numbers_have_names() {
        let metrics = ServerMetrics::new();
        assert!(metrics.numbers.is_some());
        metrics.fetched(3);
        let families = metrics.registry.gather();
        assert!(families.iter().any(|family| family.name() == "skep_rows_fetched_total"));
    }
}
