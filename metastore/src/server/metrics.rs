//! What a server counts, in the form that Prometheus reads.

use std::time::Duration;

use prometheus::{Encoder, IntCounterVec, IntGaugeVec, Opts, Registry, TextEncoder};
use skep_thrift::{Observer, Outcome, Refusal};

use super::CallMetrics;
use crate::service::store_errors;

/// The numbers of a server.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    numbers: Option<Numbers>,
}

#[derive(Debug)]
struct Numbers {
    calls: CallMetrics,
    store_errors: IntCounterVec,
    transactions: IntGaugeVec,
    upkeep: IntCounterVec,
    changes: IntCounterVec,
}

impl Numbers {
    fn new(registry: &Registry) -> prometheus::Result<Self> {
        let counters = |name: &str, help: &str, labels: &[&str]| -> prometheus::Result<IntCounterVec> {
            let made = IntCounterVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(made.clone()))?;
            Ok(made)
        };
        let numbers = Self {
            calls: CallMetrics::new(registry, "skep_metastore")?,
            store_errors: counters(
                "skep_metastore_store_errors_total",
                "Calls that the catalog could not answer: it was held by others for too long, or it failed",
                &["kind"],
            )?,
            transactions: IntGaugeVec::new(
                Opts::new("skep_metastore_transactions", "Transactions that are not committed, by state"),
                &["state"],
            )?,
            upkeep: counters("skep_metastore_upkeep_runs_total", "Runs of a task of upkeep", &["task", "outcome"])?,
            changes: counters(
                "skep_metastore_upkeep_changes_total",
                "What tasks of upkeep have added, removed or expired",
                &["task"],
            )?,
        };
        registry.register(Box::new(numbers.transactions.clone()))?;
        Ok(numbers)
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// All numbers at 0.
    pub fn new() -> Self {
        let registry = Registry::new();
        // The names are right, as the test shows; without numbers a server serves as well.
        let numbers = Numbers::new(&registry);
        if let Err(error) = &numbers {
            tracing::error!(%error, "nothing is counted");
        }
        Self { registry, numbers: numbers.ok() }
    }

    fn observe(&self, tell: impl FnOnce(&CallMetrics)) {
        if let Some(numbers) = &self.numbers {
            tell(&numbers.calls);
        }
    }

    /// The numbers in the text format of Prometheus.
    pub fn text(&self) -> String {
        if let Some(numbers) = &self.numbers {
            for (kind, total) in store_errors() {
                let counter = numbers.store_errors.with_label_values(&[kind]);
                counter.inc_by(total.saturating_sub(counter.get()));
            }
        }
        let mut text = Vec::new();
        if let Err(error) = TextEncoder::new().encode(&self.registry.gather(), &mut text) {
            tracing::error!(%error, "the metrics cannot be written");
        }
        String::from_utf8_lossy(&text).into_owned()
    }

    /// A task of upkeep has ended, and has changed so much.
    pub fn upkeep(&self, task: &str, changes: Option<u64>) {
        let Some(numbers) = &self.numbers else { return };
        let outcome = if changes.is_some() { "success" } else { "error" };
        numbers.upkeep.with_label_values(&[task, outcome]).inc();
        numbers.changes.with_label_values(&[task]).inc_by(changes.unwrap_or(0));
    }

    /// How many transactions are open, and how many are aborted.
    pub fn transactions(&self, open: usize, aborted: usize) {
        let Some(numbers) = &self.numbers else { return };
        for (state, count) in [("open", open), ("aborted", aborted)] {
            numbers.transactions.with_label_values(&[state]).set(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }
}

impl Observer for Metrics {
    fn called(&self, method: Option<&'static str>, outcome: Outcome, time: Duration) {
        self.observe(|calls| calls.called(method, outcome, time));
    }

    fn connected(&self) {
        self.observe(Observer::connected);
    }

    fn disconnected(&self) {
        self.observe(Observer::disconnected);
    }

    fn refused(&self, refusal: Refusal) {
        self.observe(|calls| calls.refused(refusal));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_text() {
        let metrics = Metrics::new();
        metrics.called(Some("get_table"), Outcome::Success, Duration::from_millis(3));
        metrics.called(None, Outcome::UnknownMethod, Duration::ZERO);
        metrics.connected();
        metrics.refused(Refusal::Idle);
        metrics.upkeep("events", Some(4));
        metrics.transactions(2, 1);
        let text = metrics.text();
        for line in [
            "skep_metastore_calls_total{method=\"get_table\",outcome=\"success\"} 1",
            "skep_metastore_calls_total{method=\"unknown\",outcome=\"unknown_method\"} 1",
            "skep_metastore_call_seconds_bucket{method=\"get_table\",le=\"0.005\"} 1",
            "skep_metastore_connections 1",
            "skep_metastore_connections_refused_total{reason=\"idle\"} 1",
            "skep_metastore_upkeep_runs_total{outcome=\"success\",task=\"events\"} 1",
            "skep_metastore_upkeep_changes_total{task=\"events\"} 4",
            "skep_metastore_transactions{state=\"open\"} 2",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }
}
