//! Runs the queries of both benchmarks over freshly generated data and compares the results with recorded answers.
//!
//! `SKEP_BENCH_QUERIES=3,7` runs some only; `SKEP_BENCH_FORMAT` is the tables' format, `parquet` if it is not set.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::Instant;

use skep::{Engine, EngineOptions};
use skep_bench::{Benchmark, answer, benchmark, data, load, rows};

/// The scale of the data that the answers were recorded with.
const SCALE: f64 = 0.01;

/// The names of the queries that are wrong.
async fn wrong_answers(benchmark: Benchmark) -> Vec<String> {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("text");
    let began = Instant::now();
    data::generate(benchmark, SCALE, &folder).unwrap();
    println!("data: {} ms", began.elapsed().as_millis());
    let options = EngineOptions {
        home: Some(home.path().join("skep")),
        configuration_folder: Some(home.path().to_path_buf()),
        ..EngineOptions::default()
    };
    let mut session = Engine::open(options).unwrap().session();
    let format = std::env::var("SKEP_BENCH_FORMAT").unwrap_or_else(|_| "parquet".into());
    let began = Instant::now();
    load::load(&mut session, benchmark, &folder, Some(&format)).await.unwrap();
    println!("load: {} ms", began.elapsed().as_millis());
    let chosen = std::env::var("SKEP_BENCH_QUERIES").ok();
    let is_chosen =
        |number: u32| chosen.as_ref().is_none_or(|list| list.split(',').any(|item| item.parse() == Ok(number)));
    let mut wrong = Vec::new();
    for query in benchmark.small_scale_queries().unwrap().into_iter().filter(|query| is_chosen(query.number)) {
        let began = Instant::now();
        let expected = answer::parse(&benchmark::read(&benchmark.answer_path(&query)).unwrap());
        let outcome = rows::query(&mut session, &query.text).await.map_err(|error| error.to_string());
        let outcome = outcome.and_then(|(columns, rows)| answer::compare(&columns, &rows, &expected, query.has_ties()));
        println!("{} {}: {} ms", benchmark.name(), query.name(), began.elapsed().as_millis());
        if let Err(problem) = outcome {
            println!("{problem}");
            wrong.push(query.name());
        }
    }
    wrong
}

fn run(benchmark: Benchmark) {
    let runtime = tokio::runtime::Builder::new_multi_thread().thread_stack_size(16 << 20).enable_all().build().unwrap();
    let wrong = runtime.block_on(runtime.spawn(wrong_answers(benchmark))).unwrap();
    assert!(wrong.is_empty(), "{} queries of {} are wrong: {wrong:?}", wrong.len(), benchmark.name());
}

#[test]
fn tpch() {
    run(Benchmark::TpcH);
}

#[test]
fn tpcds() {
    run(Benchmark::TpcDs);
}
