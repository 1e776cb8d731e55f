//! How much of a body of scripts parses: `SKEP_SCRIPTS=<folder of .q files> cargo test --lib measure -- --ignored
//! --nocapture`; with `SKEP_FAILURES=<file>` the statements that do not are written there.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::parser::{ParseErrorKind, ParseOptions, parse_with, script};

/// Commands of the shell, which are no HiveQL.
const COMMANDS: &[&str] = &[
    "set", "reset", "dfs", "add", "delete", "list", "source", "compile", "crypto", "erasure", "llap", "quit", "exit",
    "!",
];

fn is_command(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let word = lower.split_whitespace().next().unwrap_or("");
    lower.starts_with('!')
        || COMMANDS.contains(&word) && !(word == "delete" && lower.contains("from"))
        || word.starts_with("set") && lower.contains('=') && !lower.contains("select")
}

fn class(text: &str) -> String {
    let upper = text.to_uppercase();
    let words: Vec<&str> = upper.split(|c: char| c.is_whitespace() || c == '(').filter(|w| !w.is_empty()).collect();
    let word = |n: usize| words.get(n).copied().unwrap_or("");
    match word(0) {
        "CREATE" | "DROP" | "ALTER" => {
            let kind = words[1..]
                .iter()
                .find(|w| !["TEMPORARY", "EXTERNAL", "OR", "REPLACE", "TRANSACTIONAL", "MANAGED"].contains(w));
            format!("{} {}", word(0), kind.unwrap_or(&""))
        }
        "DESC" => "DESCRIBE".to_string(),
        first => first.to_string(),
    }
}

#[test]
#[ignore = "needs a folder of scripts"]
fn measure() {
    let Ok(folder) = std::env::var("SKEP_SCRIPTS") else { return };
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut shares: BTreeMap<String, (usize, usize, usize)> = BTreeMap::new();
    let mut failures = String::new();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|e| e == "q")) {
        let text = String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
        let options = ParseOptions { double_quotes_are_names: text.contains("quoted.identifiers=standard") };
        for statement in script::split(&text) {
            let text = script::remove_comments(&statement.text);
            if text.is_empty() || is_command(&text) {
                continue;
            }
            let share = shares.entry(class(&text)).or_default();
            share.0 += 1;
            match parse_with(&text, options) {
                Ok(_) => share.1 += 1,
                Err(error) => {
                    share.2 += usize::from(error.kind == ParseErrorKind::Unsupported);
                    let name = path.file_name().unwrap().to_string_lossy();
                    writeln!(failures, "== {name} {}\n{}", class(&text), error.render(&text)).unwrap();
                }
            }
        }
    }
    let mut sum = (0, 0);
    for (class, (all, parsed, unsupported)) in &shares {
        sum = (sum.0 + all, sum.1 + parsed);
        println!(
            "{class:30} {all:6} {:7.2} %  {} failed, {unsupported} unsupported",
            *parsed as f64 * 100.0 / *all as f64,
            all - parsed - unsupported
        );
    }
    println!("{sum:?} {:.2} %", sum.1 as f64 * 100.0 / sum.0 as f64);
    if let Ok(path) = std::env::var("SKEP_FAILURES") {
        std::fs::write(path, failures).unwrap();
    }
}

/// The twin: scripts that Hive's parser refuses (`SKEP_SCRIPTS`, and their outputs in `SKEP_OUTPUTS`). Prints Hive's
/// message beside ours; none at all is a statement accepted by mistake.
#[test]
#[ignore = "needs a folder of scripts and one of outputs"]
fn refused() {
    let (Ok(folder), Ok(outputs)) = (std::env::var("SKEP_SCRIPTS"), std::env::var("SKEP_OUTPUTS")) else { return };
    let mut paths: Vec<_> = std::fs::read_dir(outputs).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let output = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
        let Some(line) = output.lines().find(|line| line.contains("ParseException")) else { continue };
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let Ok(text) = std::fs::read_to_string(format!("{folder}/{name}")) else { continue };
        let ours = script::split(&text).into_iter().find_map(|statement| {
            let text = script::remove_comments(&statement.text);
            if is_command(&text) { None } else { parse_with(&text, ParseOptions::default()).err() }
        });
        println!("{name}\n    {line}\n    {}", ours.map_or("ACCEPTED".to_string(), |error| format!("        {error}")));
    }
}
