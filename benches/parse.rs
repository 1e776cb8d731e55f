//! How many statements the parser reads in a second, on one core.
//!
//! ```sh
//! cargo bench --bench parse
//! SKEP_QTEST_DIR=…/ql/src/test/queries/clientpositive cargo bench --bench parse   # Hive's own scripts as well
//! ```
//!
//! The corpus are the statements of the repository's own `sql-tests`, and all statements of the `.q` files in
//! `SKEP_QTEST_DIR` if that is set.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput};
use skep::parser::{self, ParseOptions, script};

/// Statements and what each needs of the session.
type Corpus = Vec<(String, ParseOptions)>;

/// The statements of the sqllogictest files below a folder.
fn sqllogictests(folder: &Path, corpus: &mut Corpus) {
    for entry in std::fs::read_dir(folder).expect("a readable folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sqllogictests(&path, corpus);
        } else if path.extension().is_some_and(|extension| extension == "slt") {
            let text = std::fs::read_to_string(&path).expect("a readable file");
            for record in text.split("\n\n") {
                let mut lines = record.lines().skip_while(|line| line.starts_with('#') || line.is_empty());
                let head = lines.next().unwrap_or_default();
                if head.starts_with("statement ok") || head.starts_with("query") {
                    let sql: Vec<&str> = lines.take_while(|line| *line != "----").collect();
                    corpus.push((sql.join("\n"), ParseOptions::default()));
                }
            }
        }
    }
}

/// The statements of the scripts in a folder.
fn scripts(folder: &Path, corpus: &mut Corpus) {
    for entry in std::fs::read_dir(folder).expect("a readable folder").flatten() {
        if entry.path().extension().is_some_and(|extension| extension == "q") {
            let text = String::from_utf8_lossy(&std::fs::read(entry.path()).expect("a readable file")).into_owned();
            let options = ParseOptions { double_quotes_are_names: text.contains("quoted.identifiers=standard") };
            for statement in script::split(&text) {
                corpus.push((script::remove_comments(&statement.text), options));
            }
        }
    }
}

/// Those that parse: commands of the shell (`SET`, `DFS`) never come to the parser.
fn parsable(mut corpus: Corpus) -> Corpus {
    corpus.retain(|(text, options)| !text.is_empty() && parser::parse_with(text, *options).is_ok());
    corpus
}

fn parse_all(corpus: &Corpus) {
    for (text, options) in corpus {
        let _ = black_box(parser::parse_with(black_box(text), *options));
    }
}

/// Times a corpus with criterion and prints statements per second of the quickest of some rounds.
fn measure(criterion: &mut Criterion, name: &str, corpus: &Corpus) {
    let bytes: usize = corpus.iter().map(|(text, _)| text.len()).sum();
    let mut best = Duration::MAX;
    for _ in 0..5 {
        let began = Instant::now();
        parse_all(corpus);
        best = best.min(began.elapsed());
    }
    let rate = corpus.len() as f64 / best.as_secs_f64();
    println!("{name}: {} statements, {bytes} bytes: {rate:.0} statements/s", corpus.len());
    let mut group = criterion.benchmark_group("parse");
    group.throughput(Throughput::Elements(corpus.len() as u64)).sample_size(20);
    group.bench_function(name, |bencher| bencher.iter(|| parse_all(corpus)));
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let mut corpus = Corpus::new();
    sqllogictests(&Path::new(env!("CARGO_MANIFEST_DIR")).join("sql-tests"), &mut corpus);
    measure(&mut criterion, "sql-tests", &parsable(corpus));
    if let Some(folder) = std::env::var_os("SKEP_QTEST_DIR") {
        let mut corpus = Corpus::new();
        scripts(Path::new(&folder), &mut corpus);
        measure(&mut criterion, "qtest", &parsable(corpus));
    }
    criterion.final_summary();
}
