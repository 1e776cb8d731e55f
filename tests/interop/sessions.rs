//! Whole sessions of Hive and Spark, over Hive's own metastore and over ours.

use std::fmt::Write as _;
use std::process::Command;

use crate::peers::{Place, Server, folder, run};

/// Whether a line on standard error is an answer to the user, and not the log.
fn is_answer(line: &str) -> bool {
    ["FAILED:", "[", "Error in query", "MetaException"].iter().any(|start| line.starts_with(start))
}

/// Runs a session and compares what it prints with what is recorded.
fn check(name: &str, client: impl FnOnce(&Place, &str) -> Command) {
    let record = std::env::var_os("SKEP_INTEROP_RECORD").is_some();
    let place = Place::new();
    std::fs::create_dir(place.path("warehouse")).unwrap();
    let server = if record { Server::hive(&place, &[]) } else { Server::skep(&place) };
    let script = std::fs::read_to_string(folder().join(name).join("session.sql")).unwrap();
    let script = script.replace("${tmp}", &place.path("tmp").display().to_string());
    std::fs::write(place.path("session.sql"), script).unwrap();
    let mut command = client(&place, &place.path("session.sql").display().to_string());
    command.env("METASTORE", &server.uri);
    let output = run(command);

    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str("\n== errors\n");
    for line in String::from_utf8_lossy(&output.stderr).lines().filter(|line| is_answer(line)) {
        writeln!(text, "{line}").unwrap();
    }
    let text = place.comparable(&text);
    let expected = folder().join(name).join("session.out");
    if record {
        std::fs::write(expected, text).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(expected).unwrap();
    if text != expected {
        let mut differences = String::new();
        for difference in differing_lines(&expected, &text) {
            writeln!(differences, "{difference}").unwrap();
        }
        panic!(
            "over Hive's metastore (-) and over ours (+):\n{differences}\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

/// The lines that two texts do not share, by their longest common subsequence, each behind `-` or `+`.
pub fn differing_lines(left: &str, right: &str) -> Vec<String> {
    let (left, right): (Vec<&str>, Vec<&str>) = (left.lines().collect(), right.lines().collect());
    let mut common = vec![vec![0usize; right.len() + 1]; left.len() + 1];
    for i in (0..left.len()).rev() {
        for j in (0..right.len()).rev() {
            common[i][j] =
                if left[i] == right[j] { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    let (mut i, mut j, mut lines) = (0, 0, Vec::new());
    while i < left.len() || j < right.len() {
        if i < left.len() && j < right.len() && left[i] == right[j] {
            (i, j) = (i + 1, j + 1);
        } else if j == right.len() || i < left.len() && common[i + 1][j] >= common[i][j + 1] {
            lines.push(format!("-{}", left[i]));
            i += 1;
        } else {
            lines.push(format!("+{}", right[j]));
            j += 1;
        }
    }
    lines
}

#[test]
#[ignore = "drives Java programs that tests/interop/setup installs"]
fn hive_session() {
    check("hive", |place, script| {
        let mut command = place.peer("hive");
        command.args(["-S", "-v", "--hiveconf", "hive.cli.errors.ignore=true", "-f", script]);
        command
    });
}

#[test]
#[ignore = "drives Java programs that tests/interop/setup installs"]
fn spark_session() {
    check("spark", |place, script| {
        let mut command = place.peer("spark-sql");
        command.args(["-S", "-v", "--hiveconf", "hive.cli.errors.ignore=true", "-f", script]);
        command
    });
}
