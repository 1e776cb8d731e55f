//! Splitting a script at once and piece by piece gives the same statements; comments and variables never panic.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use skep::parser::script::{self, Splitter};
use skep::session::config::SessionConfig;
use skep::session::variables::Variables;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let whole = script::split(&text);
    for statement in &whole {
        assert!(text.get(statement.span.start.offset..statement.span.end.offset).is_some());
        let _ = script::remove_comments(&statement.text);
    }
    let mut splitter = Splitter::default();
    let mut pieces = Vec::new();
    for line in text.split_inclusive('\n') {
        pieces.extend(splitter.feed(line));
        let _ = splitter.state();
    }
    pieces.extend(splitter.finish());
    let texts = |statements: &[script::ScriptStatement]| -> Vec<String> {
        statements.iter().map(|statement| statement.text.clone()).collect()
    };
    assert_eq!(texts(&whole), texts(&pieces));
    // Each line `name=value` is a variable too, so that they refer to each other.
    let named = text.lines().filter_map(|line| line.split_once('='));
    let variables: BTreeMap<String, String> = named.map(|(n, v)| (n.to_string(), v.to_string())).take(8).collect();
    // Values that contain each other grow without end; short ones show the same.
    if variables.values().all(|value| value.len() < 24 && value.matches("${").count() < 2) {
        let _ = Variables::new(variables, "user").substitute(&text, &SessionConfig::default());
    }
});
