//! How far the plans of an operation have come, stage by stage.
//!
//! A stage is what lies between two exchanges of rows: between a scan and the operator that spreads its rows by their
//! keys, say. It has a task for each stream of rows that it makes. Hive's names are kept, as its clients show them: a
//! stage that reads tables is a `Map`, one that reads other stages a `Reducer`.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use datafusion::physical_plan::metrics::MetricValue;
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use skep_thrift_tcli::{TJobExecutionStatus, TProgressUpdateResp};
use skep_warehouse::scan::HiveScanExec;
use tokio::time::{Instant, sleep};

use super::operation::{Operation, Phase};
use crate::Monitor;

/// The headings of the table of stages, as Hive's clients expect them.
pub const HEADERS: [&str; 9] =
    ["VERTICES", "MODE", "STATUS", "TOTAL", "COMPLETED", "RUNNING", "PENDING", "FAILED", "KILLED"];
/// Where stages run, in the column that says `container` or `llap` in Hive.
const MODE: &str = "skep";
/// The width of the column of names; what a name leaves free of it is filled with dots as tasks end.
const NAME_WIDTH: usize = 16;
/// A stage that runs is never shown as all done.
const NEARLY_ALL: f64 = 0.99;
/// How often the log is looked after.
const LOG_TICK: Duration = Duration::from_millis(250);
/// A line of progress is written when something has changed, or after so long.
const LOG_INTERVAL: Duration = Duration::from_secs(3);

/// What a stage is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StageState {
    /// It waits for its input.
    Waiting,
    /// It runs.
    Running,
    /// All of its tasks have ended well.
    Succeeded,
    /// It was running when something failed.
    Failed,
    /// It was stopped.
    Killed,
}

impl StageState {
    /// Hive's name of the state.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "INITED",
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::Killed => "KILLED",
        }
    }
}

/// One stage.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// `Map 1`, `Reducer 2`.
    pub name: String,
    /// What it does now.
    pub state: StageState,
    /// How many tasks it has.
    pub total: usize,
    /// How many of them have ended well.
    pub completed: usize,
    /// How many of them run.
    pub running: usize,
    /// How many of them have failed.
    pub failed: usize,
    /// How many of them were stopped.
    pub killed: usize,
    /// How many rows it has made.
    pub rows: u64,
    /// The share of its work that is done, from 0 to 1.
    pub share: f64,
}

impl Stage {
    /// Tasks that have not begun.
    pub fn pending(&self) -> usize {
        self.total.saturating_sub(self.completed + self.running + self.failed + self.killed)
    }

    /// The name, with dots for the share of tasks that have ended.
    fn name_with_dots(&self) -> String {
        let space = NAME_WIDTH.saturating_sub(self.name.len() + 1);
        let dots = (space * self.completed).checked_div(self.total).unwrap_or(0);
        format!("{} {}", self.name, ".".repeat(dots))
    }
}

/// The stages of an operation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Progress {
    /// The stages, each behind those that it reads.
    pub stages: Vec<Stage>,
    /// When the operation began.
    pub started: Option<SystemTime>,
    /// Whether all rows were made, or something has ended it before.
    pub ended: bool,
}

impl Progress {
    /// How far an operation has come by now.
    pub fn of(operation: &Operation) -> Self {
        if let Some(last) = operation.last_progress() {
            return last;
        }
        let status = operation.status();
        let ended = operation.results.has_ended();
        let mut progress = Self::of_plans(&operation.monitor);
        progress.started = status.started;
        progress.ended = ended || matches!(status.phase, Phase::Closed);
        if ended {
            progress.succeed();
        }
        progress
    }

    /// How far the plans of a statement have come that is just being ended in this way. What is asked of the plans later
    /// would tell of streams that were dropped as of streams that have ended.
    pub(super) fn at_end(monitor: &Monitor, phase: &Phase, started: Option<SystemTime>) -> Self {
        let mut progress = Self { started, ended: true, ..Self::of_plans(monitor) };
        for stage in progress.stages.iter_mut().filter(|stage| stage.state != StageState::Succeeded) {
            if matches!(phase, Phase::Failed(_)) && stage.state == StageState::Running {
                stage.failed = std::mem::take(&mut stage.running);
                stage.state = StageState::Failed;
            } else {
                stage.killed = stage.total - stage.completed;
                stage.running = 0;
                stage.state = StageState::Killed;
            }
        }
        progress
    }

    fn of_plans(monitor: &Monitor) -> Self {
        let mut stages = Vec::new();
        for plan in monitor.plans() {
            add_stages(&plan, &mut stages);
        }
        Self { stages, started: None, ended: false }
    }

    /// All rows were made: tasks whose rows were not needed have nothing left to do, either.
    fn succeed(&mut self) {
        for stage in &mut self.stages {
            (stage.completed, stage.running, stage.share) = (stage.total, 0, 1.0);
            stage.state = StageState::Succeeded;
        }
    }

    /// The share of all work that is done, from 0 to 1: the mean of the stages, each counting by its tasks.
    pub fn share(&self) -> f64 {
        let total: usize = self.stages.iter().map(|stage| stage.total).sum();
        let done: f64 = self.stages.iter().map(|stage| stage.share * stage.total as f64).sum();
        if total == 0 { 0.0 } else { done / total as f64 }
    }

    /// The stages as Hive's protocol has them; `None` where there are none.
    pub fn to_wire(&self) -> Option<TProgressUpdateResp> {
        if self.stages.is_empty() {
            return None;
        }
        let succeeded = self.stages.iter().filter(|stage| stage.state == StageState::Succeeded).count();
        let status = if self.ended { TJobExecutionStatus::COMPLETE } else { TJobExecutionStatus::IN_PROGRESS };
        let since = self.started.unwrap_or(SystemTime::UNIX_EPOCH).duration_since(SystemTime::UNIX_EPOCH);
        Some(TProgressUpdateResp {
            header_names: HEADERS.map(str::to_string).to_vec(),
            rows: self.stages.iter().map(row).collect(),
            progressed_percentage: self.share(),
            status,
            footer_summary: format!("VERTICES: {succeeded:02}/{:02}", self.stages.len()),
            start_time: since.ok().and_then(|since| i64::try_from(since.as_millis()).ok()).unwrap_or(0),
        })
    }

    /// The stages in a line with tabs between them, as Hive's log has them: `Map 1: 1/1`, `Reducer 2: 0(+1)/2`.
    pub fn line(&self) -> String {
        let stages = self.stages.iter().map(|stage| {
            let Stage { name, total, completed, running, failed, .. } = stage;
            match (*running > 0, *failed > 0) {
                (true, true) => format!("{name}: {completed}(+{running},-{failed})/{total}"),
                (true, false) => format!("{name}: {completed}(+{running})/{total}"),
                (false, true) => format!("{name}: {completed}(-{failed})/{total}"),
                (false, false) => format!("{name}: {completed}/{total}"),
            }
        });
        stages.collect::<Vec<_>>().join("\t")
    }
}

fn row(stage: &Stage) -> Vec<String> {
    let numbers = [stage.total, stage.completed, stage.running, stage.pending(), stage.failed, stage.killed];
    let words = [stage.name_with_dots(), MODE.to_string(), stage.state.name().to_string()];
    words.into_iter().chain(numbers.iter().map(ToString::to_string)).collect()
}

/// Does work, and writes lines of progress into the operation's log meanwhile, if its session wants them there
/// (`hive.server2.in.place.progress=false`).
pub async fn logged<T>(operation: &Operation, work: impl Future<Output = T>) -> T {
    tokio::select! {
        biased;
        done = work => done,
        done = write_lines(operation) => done,
    }
}

/// Never ends.
async fn write_lines<T>(operation: &Operation) -> T {
    let mut last = (String::new(), Instant::now());
    loop {
        sleep(LOG_TICK).await;
        if operation.context().is_none_or(|context| context.config.bool(IN_PLACE)) || operation.status().phase.is_end()
        {
            continue;
        }
        let line = Progress::of(operation).line();
        if !line.is_empty() && (line != last.0 || last.1.elapsed() >= LOG_INTERVAL) {
            operation.log.info(&line);
            last = (line, Instant::now());
        }
    }
}

/// Whether clients are shown progress in place, by what the state of an operation tells, and not by its log.
pub const IN_PLACE: &str = "hive.server2.in.place.progress";

/// Adds the stages of a plan; returns whether the stage that gives the plan's rows can be waiting for others.
fn add_stages(plan: &Arc<dyn ExecutionPlan>, stages: &mut Vec<Stage>) {
    let mut part = Part::default();
    walk(plan, &mut part, stages);
    if part.is_empty() {
        return;
    }
    let total = plan.output_partitioning().partition_count();
    let Tasks { begun, ended, rows } = tasks(plan);
    let completed = ended.min(total);
    // Streams are opened long before there is anything in them.
    let fed = part.inputs == 0 || rows > 0 || part.fed;
    let running = if fed { begun.min(total) - completed } else { 0 };
    let state = match (completed == total, completed + running) {
        (true, _) => StageState::Succeeded,
        (false, 0) => StageState::Waiting,
        (false, _) => StageState::Running,
    };
    let by_tasks = completed as f64 / total.max(1) as f64;
    let share = if state == StageState::Succeeded { 1.0 } else { part.read_share().max(by_tasks).min(NEARLY_ALL) };
    let kind = if part.inputs == 0 { "Map" } else { "Reducer" };
    let name = format!("{kind} {}", stages.len() + 1);
    stages.push(Stage { name, state, total, completed, running, failed: 0, killed: 0, rows, share });
}

/// What is seen of a stage on the way through its operators.
#[derive(Debug, Default)]
struct Part {
    operators: usize,
    /// Stages that it reads.
    inputs: usize,
    /// One of them has ended a task or made rows.
    fed: bool,
    /// What its scans have read, and what there is to read.
    read: u64,
    to_read: u64,
}

impl Part {
    fn is_empty(&self) -> bool {
        self.operators == 0
    }

    /// The share of the rows of tables that were read.
    fn read_share(&self) -> f64 {
        if self.to_read == 0 || self.inputs > 0 { 0.0 } else { self.read as f64 / self.to_read as f64 }
    }
}

/// Looks at the operators of a stage, down to the exchanges that it reads; what is below these are stages of their own.
#[recursive::recursive]
fn walk(plan: &Arc<dyn ExecutionPlan>, part: &mut Part, stages: &mut Vec<Stage>) {
    if is_exchange(plan) {
        plan.children().into_iter().for_each(|child| enter(child, part, stages));
        return;
    }
    part.operators += 1;
    if plan.is::<HiveScanExec>() {
        let estimate = StatisticsContext::new().compute(plan.as_ref(), &StatisticsArgs::new());
        if let Some(rows) = estimate.ok().and_then(|statistics| statistics.num_rows.get_value().copied()) {
            part.to_read += rows as u64;
            part.read += tasks(plan).rows.min(rows as u64);
        }
    }
    // A join takes all of its left side first.
    let builds = matches!(plan.name(), "HashJoinExec" | "NestedLoopJoinExec" | "CrossJoinExec");
    for (number, child) in plan.children().into_iter().enumerate() {
        if builds && number == 0 { enter(child, part, stages) } else { walk(child, part, stages) }
    }
}

fn enter(plan: &Arc<dyn ExecutionPlan>, part: &mut Part, stages: &mut Vec<Stage>) {
    let before = stages.len();
    if is_exchange(plan) {
        // Exchanges that follow each other are one.
        walk(plan, part, stages);
        return;
    }
    add_stages(plan, stages);
    if let Some(stage) = stages[before..].last() {
        part.inputs += 1;
        part.fed |= stage.completed > 0 || stage.rows > 0;
    }
}

fn is_exchange(plan: &Arc<dyn ExecutionPlan>) -> bool {
    matches!(plan.name(), "RepartitionExec" | "CoalescePartitionsExec" | "SortPreservingMergeExec")
}

/// The streams of an operator.
#[derive(Debug, Default)]
struct Tasks {
    begun: usize,
    ended: usize,
    rows: u64,
}

/// What the metrics of an operator tell of its streams; of one that has none, those of what it reads.
fn tasks(plan: &Arc<dyn ExecutionPlan>) -> Tasks {
    let mut begun = BTreeSet::new();
    let mut open = BTreeSet::new();
    let mut rows = 0;
    for metric in plan.metrics().iter().flat_map(|metrics| metrics.iter()) {
        match metric.value() {
            MetricValue::StartTimestamp(_) => drop(begun.insert(metric.partition())),
            MetricValue::EndTimestamp(time) if time.value().is_none() => drop(open.insert(metric.partition())),
            MetricValue::OutputRows(count) => rows += count.value() as u64,
            _ => {}
        }
    }
    if begun.is_empty()
        && let [child] = plan.children().as_slice()
        && !is_exchange(child)
    {
        return tasks(child);
    }
    Tasks { begun: begun.len(), ended: begun.difference(&open).count(), rows }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(name: &str, total: usize, completed: usize, running: usize) -> Stage {
        let state = if completed == total { StageState::Succeeded } else { StageState::Running };
        let share = completed as f64 / total as f64;
        Stage { name: name.into(), state, total, completed, running, failed: 0, killed: 0, rows: 0, share }
    }

    #[test]
    fn a_table_as_clients_draw_it() {
        let stages = vec![stage("Map 1", 4, 4, 0), stage("Reducer 2", 4, 2, 1)];
        let progress = Progress { stages, started: None, ended: false };
        assert_eq!(progress.line(), "Map 1: 4/4\tReducer 2: 2(+1)/4");
        let wire = progress.to_wire().unwrap();
        assert_eq!(wire.rows[0].join("|"), "Map 1 ..........|skep|SUCCEEDED|4|4|0|0|0|0");
        assert_eq!(wire.rows[1].join("|"), "Reducer 2 ...|skep|RUNNING|4|2|1|1|0|0");
        assert_eq!((wire.progressed_percentage, wire.footer_summary.as_str()), (0.75, "VERTICES: 01/02"));
        assert_eq!(Progress::default().to_wire(), None);
    }
}
