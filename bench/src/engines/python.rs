//! Engines that are Python packages, driven by `bench/peers.py`.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::{Engine, Timing, Timings, Work};
use crate::{Result, benchmark};

/// Times the queries.
pub fn run(work: &Work, engine: Engine) -> Result<Timings> {
    let queries: Vec<Value> =
        work.queries.iter().map(|query| json!({"name": query.name(), "text": query.text})).collect();
    let request =
        json!({"tables": work.tables, "queries": queries, "repeat": work.repeat, "threads": work.threads}).to_string();
    let mut child = Command::new(&work.python)
        .arg(benchmark::root().join("peers.py"))
        .arg(engine.name())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{}: {error}", work.python))?;
    let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err("Python has no pipes".into());
    };
    input.write_all(request.as_bytes())?;
    drop(input);
    let mut timings = Timings::new();
    for line in BufReader::new(output).lines() {
        let answer: Value = serde_json::from_str(&line?)?;
        let name = answer["query"].as_str().unwrap_or_default().to_string();
        let timing = match answer["error"].as_str() {
            Some(error) => Timing::Failed(error.to_string()),
            None => Timing::Ran {
                seconds: answer["seconds"].as_array().into_iter().flatten().filter_map(Value::as_f64).collect(),
                rows: answer["rows"].as_u64().map(|rows| rows as usize),
            },
        };
        timings.insert(name, timing);
    }
    let status = child.wait()?;
    if !status.success() && timings.is_empty() {
        return Err(format!("{} did not run: {status} (are its Python packages installed?)", engine.name()).into());
    }
    Ok(timings)
}
