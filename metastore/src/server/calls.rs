//! What a Thrift server counts of its calls and connections.

use std::time::Duration;

use prometheus::{HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts, Registry};
use skep_thrift::{Observer, Outcome, Refusal};

/// Upper bounds of the classes of times, in seconds.
const TIMES: [f64; 12] = [0.000_5, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// The numbers of a Thrift server: calls by method and outcome, their times, connections.
#[derive(Debug, Clone)]
pub struct CallMetrics {
    calls: IntCounterVec,
    times: HistogramVec,
    connections: IntGauge,
    accepted: IntCounter,
    refused: IntCounterVec,
}

impl CallMetrics {
    /// All numbers at 0, their names beginning with `prefix`.
    ///
    /// # Errors
    /// The registry has numbers of these names already, or the prefix is none.
    pub fn new(registry: &Registry, prefix: &str) -> prometheus::Result<Self> {
        let name = |name: &str| format!("{prefix}_{name}");
        let numbers = Self {
            calls: IntCounterVec::new(
                Opts::new(name("calls_total"), "Calls by method and how they ended"),
                &["method", "outcome"],
            )?,
            times: HistogramVec::new(
                HistogramOpts::new(name("call_seconds"), "How long calls took on their thread").buckets(TIMES.to_vec()),
                &["method"],
            )?,
            connections: IntGauge::new(name("connections"), "Connections that are open")?,
            accepted: IntCounter::new(name("connections_total"), "Connections that were taken")?,
            refused: IntCounterVec::new(
                Opts::new(
                    name("connections_refused_total"),
                    "Connections that were not taken or were ended by the server, by the reason",
                ),
                &["reason"],
            )?,
        };
        registry.register(Box::new(numbers.calls.clone()))?;
        registry.register(Box::new(numbers.times.clone()))?;
        registry.register(Box::new(numbers.connections.clone()))?;
        registry.register(Box::new(numbers.accepted.clone()))?;
        registry.register(Box::new(numbers.refused.clone()))?;
        Ok(numbers)
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

impl Observer for CallMetrics {
    fn called(&self, method: Option<&'static str>, outcome: Outcome, time: Duration) {
        // Of methods that there are not, names come from anyone: they are one.
        let method = method.unwrap_or("unknown");
        self.calls.with_label_values(&[method, name(outcome)]).inc();
        self.times.with_label_values(&[method]).observe(time.as_secs_f64());
    }

    fn connected(&self) {
        self.accepted.inc();
        self.connections.inc();
    }

    fn disconnected(&self) {
        self.connections.dec();
    }

    fn refused(&self, refusal: Refusal) {
        self.refused.with_label_values(&[refusal.name()]).inc();
    }
}
