//! Spark and Hive by their command lines, which tell the time of each statement: `Time taken: 1.5 seconds, Fetched: 4
//! row(s)`.

use std::io::Write;
use std::process::{Command, Stdio};

use super::{Timing, Timings, Work};
use crate::Result;

/// What stands before each run of a query in the output.
const MARK: &str = "skep-bench";

/// Times the queries in one run of `command`, which takes `-f FILE`.
pub fn run(work: &Work, command: &str) -> Result<Timings> {
    let mut script = tempfile::NamedTempFile::new()?;
    script.write_all(text(work)?.as_bytes())?;
    let mut words = command.split_whitespace();
    let program = words.next().ok_or("no command is given")?;
    // One pipe for both streams keeps them in order.
    let (reader, writer) = std::io::pipe()?;
    let mut child = Command::new(program)
        .args(words)
        .arg("-f")
        .arg(script.path())
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer)
        .spawn()
        .map_err(|error| format!("{program}: {error}"))?;
    let output = std::io::read_to_string(reader)?;
    child.wait()?;
    Ok(timings(&output))
}

/// The statements: tables over the loaded files, then each query behind a mark.
fn text(work: &Work) -> Result<String> {
    let database = format!("skep_bench_{}", work.benchmark.name());
    let mut script =
        format!("set hive.cli.errors.ignore=true;\ncreate database if not exists {database};\nuse {database};\n");
    for table in work.benchmark.tables()? {
        let (name, columns, format) = (&table.name, &table.columns, &work.format);
        let location = work.tables.get(name).map(|folder| folder.display().to_string()).unwrap_or_default();
        script.push_str(&format!(
            "drop table if exists {name};\ncreate external table {name} ({columns}) stored as {format} location \
             'file://{location}';\n"
        ));
    }
    for query in &work.queries {
        for _ in 0..work.repeat {
            script.push_str(&format!("select '{MARK} {}';\n{};\n", query.name(), query.text));
        }
    }
    Ok(script)
}

/// Reads the times out of a shell's output. A query without one has failed.
fn timings(output: &str) -> Timings {
    let mut timings = Timings::new();
    let mut current: Option<(String, u32, String)> = None;
    for line in output.lines() {
        if let Some(name) = line.trim().strip_prefix(MARK).map(str::trim) {
            fail(&mut timings, current.take());
            current = Some((name.to_string(), 0, String::new()));
        } else if let Some(rest) = line.trim().strip_prefix("Time taken: ") {
            let Some((name, seen, _)) = current.as_mut() else { continue };
            *seen += 1;
            // The first is that of the mark itself.
            if *seen == 2 {
                let mut words = rest.split_whitespace();
                let seconds = words.next().and_then(|word| word.parse().ok());
                let rows = words.find_map(|word| word.parse().ok());
                let entry = timings.entry(name.clone()).or_insert(Timing::Ran { seconds: Vec::new(), rows });
                if let (Timing::Ran { seconds: all, .. }, Some(seconds)) = (entry, seconds) {
                    all.push(seconds);
                }
                current = None;
            }
        } else if let Some((_, _, error)) = current.as_mut()
            && (line.contains("Error") || line.contains("FAILED") || line.contains("Exception"))
            && error.is_empty()
        {
            *error = line.trim().to_string();
        }
    }
    fail(&mut timings, current);
    timings
}

fn fail(timings: &mut Timings, unfinished: Option<(String, u32, String)>) {
    if let Some((name, _, error)) = unfinished {
        timings.insert(name, Timing::Failed(error));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_from_the_output() {
        let output = "OK\nskep-bench q01\nTime taken: 0.1 seconds, Fetched: 1 row(s)\nOK\n1\t2\n\
                      Time taken: 2.5 seconds, Fetched: 4 row(s)\nskep-bench q02\nTime taken: 0.1 seconds\n\
                      FAILED: SemanticException no\nskep-bench q03\nTime taken: 0 seconds, Fetched 1 row(s)\n\
                      Time taken: 3 seconds, Fetched 7 row(s)\n";
        let timings = timings(output);
        assert_eq!(timings["q01"], Timing::Ran { seconds: vec![2.5], rows: Some(4) });
        assert_eq!(timings["q02"], Timing::Failed("FAILED: SemanticException no".into()));
        assert_eq!(timings["q03"], Timing::Ran { seconds: vec![3.0], rows: Some(7) });
    }
}
