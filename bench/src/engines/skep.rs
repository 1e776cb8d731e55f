//! Skep itself, in this process.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use ::skep::{Engine, EngineOptions};

use super::{Timing, Timings, Work};
use crate::{Result, rows};

/// Bytes of a thread's stack, as Skep's own program has it.
const STACK: usize = 16 << 20;

/// An engine over a home folder.
///
/// # Errors
/// Those of opening it.
pub fn open(home: &Path) -> Result<Arc<Engine>> {
    let options = EngineOptions {
        home: Some(home.to_path_buf()),
        // An empty configuration, whatever HIVE_CONF_DIR says.
        configuration_folder: Some(home.to_path_buf()),
        ..EngineOptions::default()
    };
    Ok(Engine::open(options)?)
}

/// What Skep's queries run on.
///
/// # Errors
/// If threads cannot be started.
pub fn runtime(threads: usize) -> Result<tokio::runtime::Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    Ok(builder.worker_threads(threads).thread_stack_size(STACK).enable_all().build()?)
}

/// Times the queries.
pub fn run(work: &Work) -> Result<Timings> {
    let mut session = open(&work.home)?.session();
    session.config_mut().set("skep.execution.threads", &work.threads.to_string())?;
    let work = work.clone();
    runtime(work.threads)?.block_on(async move {
        let task = tokio::spawn(async move {
            let mut timings: Timings = BTreeMap::new();
            rows::count(&mut session, &format!("use {}", work.benchmark.name())).await?;
            for query in &work.queries {
                let mut seconds = Vec::new();
                let mut outcome = Ok(0);
                for _ in 0..work.repeat {
                    let began = Instant::now();
                    outcome = rows::count(&mut session, &query.text).await;
                    seconds.push(began.elapsed().as_secs_f64());
                    if outcome.is_err() {
                        break;
                    }
                }
                let timing = match outcome {
                    Ok(rows) => Timing::Ran { seconds, rows: Some(rows) },
                    Err(error) => Timing::Failed(error.to_string()),
                };
                timings.insert(query.name(), timing);
            }
            Ok(timings)
        });
        task.await?
    })
}
