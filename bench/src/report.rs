//! One table of all times.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value, json};

use crate::Query;
use crate::engines::{Engine, Timing, Timings};

/// The times of all engines.
#[derive(Debug, Default)]
pub struct Report {
    /// By engine, in the order in which they are shown.
    pub engines: Vec<(Engine, Timings)>,
}

impl Report {
    /// A line a query: the best seconds of each engine, and how many times as long the first engine took as each other;
    /// then the sums over the queries that ran on all, and what failed.
    pub fn table(&self, queries: &[Query]) -> String {
        let mut text = String::new();
        let mut line = format!("{:<6}", "query");
        for (engine, _) in &self.engines {
            let _ = write!(line, "{:>12}", engine.name());
        }
        for (engine, _) in self.engines.iter().skip(1) {
            let _ = write!(line, "{:>14}", format!("/{}", engine.name()));
        }
        let _ = writeln!(text, "{line}{:>8}", "rows");
        let mut sums = vec![0.0; self.engines.len()];
        let mut counted = 0;
        let mut notes = String::new();
        for query in queries {
            let name = query.name();
            let timings: Vec<Option<&Timing>> = self.engines.iter().map(|(_, timings)| timings.get(&name)).collect();
            let best: Vec<Option<f64>> = timings.iter().map(|timing| timing.and_then(Timing::best)).collect();
            let _ = writeln!(text, "{name:<6}{}{}", times(&best), rows(&timings));
            if best.iter().all(Option::is_some) {
                counted += 1;
                for (sum, best) in sums.iter_mut().zip(&best) {
                    *sum += best.unwrap_or_default();
                }
            }
            for ((engine, _), timing) in self.engines.iter().zip(&timings) {
                if let Some(Timing::Failed(error)) = timing {
                    let error: String = error.lines().next().unwrap_or_default().chars().take(160).collect();
                    let _ = writeln!(notes, "{name} failed on {}: {error}", engine.name());
                }
            }
        }
        let sums: Vec<Option<f64>> = sums.into_iter().map(Some).collect();
        let _ = writeln!(text, "{:<6}{}  ({counted} queries that ran on all)", "sum", times(&sums));
        text + &notes
    }

    /// All times as JSON: engine, query, seconds of each run.
    pub fn json(&self) -> Value {
        let timing = |timing: &Timing| match timing {
            Timing::Ran { seconds, rows } => json!({"seconds": seconds, "rows": rows}),
            Timing::Failed(error) => json!({"error": error}),
        };
        let engines = self.engines.iter().map(|(engine, timings)| {
            let timings: BTreeMap<&String, Value> = timings.iter().map(|(name, value)| (name, timing(value))).collect();
            (engine.name().to_string(), json!(timings))
        });
        Value::Object(engines.collect())
    }
}

fn times(best: &[Option<f64>]) -> String {
    let mut text = String::new();
    for seconds in best {
        let _ = match seconds {
            Some(seconds) => write!(text, "{seconds:>12.3}"),
            None => write!(text, "{:>12}", "-"),
        };
    }
    for other in best.iter().skip(1) {
        let _ = match (best.first().copied().flatten(), other) {
            (Some(first), Some(other)) => write!(text, "{:>14.2}", first / other),
            _ => write!(text, "{:>14}", "-"),
        };
    }
    text
}

/// The number of rows, with a `!` if engines differ in it.
fn rows(timings: &[Option<&Timing>]) -> String {
    let counts = timings.iter().filter_map(|timing| match timing {
        Some(Timing::Ran { rows, .. }) => *rows,
        _ => None,
    });
    let counts: Vec<usize> = counts.collect();
    match counts.first() {
        Some(first) => {
            let mark = if counts.iter().all(|count| count == first) { "" } else { "!" };
            format!("{:>8}", format!("{first}{mark}"))
        }
        None => String::new(),
    }
}
