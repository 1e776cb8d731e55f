//! What queries run on: threads, memory, spill files, and DataFusion's own settings.

use std::num::NonZeroUsize;
use std::sync::Arc;

use datafusion::config::{ConfigNonZeroUsize, ConfigOptions};
use datafusion::execution::context::QueryPlanner;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::TrackConsumersPool;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::{SessionState, SessionStateBuilder};

use skep_udf::options::HiveOptions;

use super::config::SessionConfig;
use super::memory::SharedMemory;
use super::scratch::ProcessFolders;
use crate::error::Result;
use crate::optimizer::physical::JoinChoice;

/// How many of the largest consumers an out-of-memory error names.
const NAMED_CONSUMERS: usize = 5;

/// Bytes of memory of the machine, or of the container if that is less; 4 GiB where neither can be found out.
pub fn machine_memory() -> u64 {
    let from_file = |path: &str| std::fs::read_to_string(path).ok();
    let total = from_file("/proc/meminfo").and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("MemTotal:"))?;
        let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(kilobytes * 1024)
    });
    let group = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
        .iter()
        .find_map(|path| from_file(path)?.trim().parse::<u64>().ok());
    let known = total.into_iter().chain(group).min();
    known.unwrap_or(4 << 30)
}

/// Bytes that all queries may use for sorting, grouping and joining.
pub fn memory_limit(config: &SessionConfig) -> u64 {
    config.memory("skep.memory.limit", machine_memory()).unwrap_or(4 << 30).max(64 << 20)
}

/// What all statements of a process run on.
#[derive(Debug)]
pub struct Resources {
    memory: Arc<SharedMemory>,
    /// Spill folder and caches; its own pool of memory is not used.
    shared: Arc<RuntimeEnv>,
}

impl Resources {
    /// The resources that these settings name; operators spill into the process's own folder.
    ///
    /// # Errors
    /// The spill folder that is named is none.
    pub fn new(config: &SessionConfig, folders: &ProcessFolders) -> Result<Self> {
        let total = memory_limit(config);
        let share = config.memory("skep.memory.statement.limit", total).unwrap_or(total);
        let statements = config.int("skep.server.running.statements").max(1) as usize;
        let folder = ["skep.spill.dir", "hive.exec.local.scratchdir"].iter().find_map(|key| config.get(key));
        let mode = match folder {
            Some(folder) => {
                let folder = skep_warehouse::store::url::local_path(folder)?;
                DiskManagerMode::Directories(vec![folders.within(&folder)?])
            }
            // Where nothing can be written, statements run that do not spill; the others tell why they cannot.
            None => match folders.within(&std::env::temp_dir()) {
                Ok(folder) => DiskManagerMode::Directories(vec![folder]),
                Err(_) => DiskManagerMode::OsTmpDirectory,
            },
        };
        let disk = DiskManagerBuilder::default().with_mode(mode).with_max_temp_directory_size(u64::MAX);
        Ok(Self {
            memory: SharedMemory::new(total as usize, share as usize, statements),
            shared: RuntimeEnvBuilder::new().with_disk_manager_builder(disk).build_arc()?,
        })
    }

    /// The memory that all statements share.
    pub fn memory(&self) -> &Arc<SharedMemory> {
        &self.memory
    }

    /// What a statement that begins runs on.
    ///
    /// # Errors
    /// DataFusion's.
    pub fn statement(&self) -> Result<Arc<RuntimeEnv>> {
        let named = NonZeroUsize::new(NAMED_CONSUMERS).unwrap_or(NonZeroUsize::MIN);
        let pool = Arc::new(TrackConsumersPool::new(self.memory.statement(), named));
        Ok(RuntimeEnvBuilder::from_runtime_env(&self.shared).with_memory_pool(pool).build_arc()?)
    }
}

/// Number of threads that a query is split for.
pub fn threads(config: &SessionConfig) -> usize {
    match config.int("skep.execution.threads") {
        0 => std::thread::available_parallelism().map_or(1, NonZeroUsize::get),
        threads => threads as usize,
    }
}

/// DataFusion's state for one statement.
pub fn session_state(
    config: &SessionConfig,
    runtime: Arc<RuntimeEnv>,
    planner: Arc<dyn QueryPlanner + Send + Sync>,
) -> SessionState {
    let mut options = ConfigOptions::new();
    options.execution.target_partitions = threads(config);
    let batch_size = config.int("skep.execution.batch.size") as usize;
    if let Ok(batch_size) = ConfigNonZeroUsize::try_new(batch_size) {
        options.execution.batch_size = batch_size;
    }
    crate::analyzer::configure(&mut options);
    options.execution.time_zone = Some(config.time_zone());
    let mut functions = HiveOptions::default();
    functions.simple_date_patterns = config.text("hive.datetime.formatter").eq_ignore_ascii_case("SIMPLE");
    functions.masking_sha512 = config.text("hive.masking.algo").eq_ignore_ascii_case("sha512");
    options.extensions.insert(functions);
    options.execution.collect_statistics = true;
    options.explain.show_statistics = false;
    // Keys of `datafusion.…` may be set as any other, for experiments; a bad one is told by DataFusion when set.
    for (name, value) in config.overrides().range("datafusion."..).take_while(|(n, _)| n.starts_with("datafusion.")) {
        let _ = options.set(name, value);
    }
    let memory = memory_limit(config);
    let hash_memory = config.memory("skep.join.hash.memory", memory).unwrap_or(memory / 4);
    let choice = JoinChoice::new(config.text("skep.join.algorithm"), hash_memory);
    let mut state = SessionStateBuilder::new()
        .with_config(options.into())
        .with_runtime_env(runtime)
        .with_query_planner(planner)
        .with_physical_optimizer_rules(choice.into_rules())
        .build();
    // Functions see the options, the time zone among them, only from here on.
    state.mark_start_execution();
    state
}
