//! What a server counts, in the form that Prometheus reads.

use std::time::Duration;

use prometheus::{
    Encoder, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder,
};
use skep_thrift::{Observer, Outcome, Refusal};

use crate::service::store_errors;

/// Upper bounds of the classes of times, in seconds.
const TIMES: [f64; 12] = [0.000_5, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// The numbers of a server.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    numbers: Option<Numbers>,
}

#[derive(Debug)]
struct Numbers {
    calls: IntCounterVec,
    times: HistogramVec,
    connections: IntGauge,
    accepted: IntCounter,
    refused: IntCounterVec,
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
            calls: counters(
                "skep_metastore_calls_total",
                "Calls by method and how they ended",
                &["method", "outcome"],
            )?,
            times: HistogramVec::new(
                HistogramOpts::new("skep_metastore_call_seconds", "How long calls took on their thread")
                    .buckets(TIMES.to_vec()),
                &["method"],
            )?,
            connections: IntGauge::new("skep_metastore_connections", "Connections that are open")?,
            accepted: IntCounter::new("skep_metastore_connections_total", "Connections that were taken")?,
            refused: counters(
                "skep_metastore_connections_refused_total",
                "Connections that were not taken or were ended by the server, by the reason",
                &["reason"],
            )?,
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
        registry.register(Box::new(numbers.times.clone()))?;
        registry.register(Box::new(numbers.connections.clone()))?;
        registry.register(Box::new(numbers.accepted.clone()))?;
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

fn name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Success => "success",
        Outcome::Exception => "exception",
        Outcome::Error => "error",
        Outcome::BadArguments => "bad_arguments",
        Outcome::UnknownMethod => "unknown_method",
    }
}

impl Observer for Metrics {
    fn called(&self, method: Option<&'static str>, outcome: Outcome, time: Duration) {
        let Some(numbers) = &self.numbers else { return };
        // Of methods that there are not, names come from anyone: they are one.
        let method = method.unwrap_or("unknown");
        numbers.calls.with_label_values(&[method, name(outcome)]).inc();
        numbers.times.with_label_values(&[method]).observe(time.as_secs_f64());
    }

    fn connected(&self) {
        let Some(numbers) = &self.numbers else { return };
        numbers.accepted.inc();
        numbers.connections.inc();
    }

    fn disconnected(&self) {
        if let Some(numbers) = &self.numbers {
            numbers.connections.dec();
        }
    }

    fn refused(&self, refusal: Refusal) {
        if let Some(numbers) = &self.numbers {
            numbers.refused.with_label_values(&[refusal.name()]).inc();
        }
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
