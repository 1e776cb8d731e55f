//! Statements as people look at them: those that run, and the last of those that were closed.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use parking_lot::Mutex;
use uuid::Uuid;

use super::operation::{Operation, OperationKind, Phase};
use super::plan::PlanNode;
use super::progress::Progress;

/// Of the text of a closed statement so many characters are kept.
const MAX_TEXT: usize = 100_000;
/// Of the log of a closed statement so many lines are kept, the first ones.
const MAX_LINES: usize = 1_000;

/// What is known of a statement, at a moment or in the end.
#[derive(Debug)]
pub struct Record {
    /// The part of its handle that may be shown.
    pub id: Uuid,
    /// The query's name (`hive.query.id`).
    pub query_id: String,
    /// Its session.
    pub session: Uuid,
    /// Whose it is.
    pub user: String,
    /// What was asked.
    pub text: String,
    /// How far it has come.
    pub phase: Phase,
    /// Why it was stopped, where another than its client has done it.
    pub reason: Option<&'static str>,
    /// Whether its rows are still being made.
    pub streaming: bool,
    /// When it was asked for.
    pub asked: SystemTime,
    /// When it began to run.
    pub started: Option<SystemTime>,
    /// When it ended.
    pub completed: Option<SystemTime>,
    /// How long it took to analyze and plan it.
    pub compile_time: Option<Duration>,
    /// Rows of its result so far; `None` for a statement that gives none.
    pub rows: Option<u64>,
    /// Rows that it has written or changed.
    pub affected: Option<u64>,
    /// Its stages.
    pub progress: Progress,
    /// Its plans.
    pub plans: Vec<PlanNode>,
    /// Its log.
    pub log: Vec<String>,
    /// The database that it ran in.
    pub database: Option<String>,
    /// The settings of its session that are not the defaults.
    pub settings: Vec<(String, String)>,
}

impl Record {
    /// All that is known of an operation now.
    pub fn of(operation: &Operation) -> Self {
        let columns = operation.status().columns.unwrap_or_default();
        let settings = operation.context().map(|context| context.config.overrides()).unwrap_or_default();
        Self {
            plans: operation.monitor.plans().iter().map(|plan| PlanNode::of(plan, &columns)).collect(),
            log: operation.log.all(),
            settings: settings.into_iter().map(|(key, value)| (key.to_string(), value.to_string())).collect(),
            ..Self::in_short(operation)
        }
    }

    /// What a list of operations shows: no plans, no log, no settings.
    pub fn in_short(operation: &Operation) -> Self {
        let status = operation.status();
        Self {
            id: operation.handle.id(),
            query_id: operation.query_id.clone(),
            session: operation.session,
            user: operation.user.clone(),
            text: operation.text.clone(),
            streaming: status.phase == Phase::Finished && !operation.results.has_ended(),
            phase: status.phase,
            reason: status.reason,
            asked: operation.asked,
            started: status.started,
            completed: status.completed,
            compile_time: operation.monitor.compile_time(),
            rows: operation.has_rows.then(|| operation.results.rows()),
            affected: status.affected,
            progress: Progress::of(operation),
            plans: Vec::new(),
            log: Vec::new(),
            database: operation.context().map(|context| context.database.clone()),
            settings: Vec::new(),
        }
    }

    /// Whether anything of it may still change.
    pub fn is_live(&self) -> bool {
        !self.phase.is_end() || self.streaming
    }

    /// How long its client has waited, until its end or until now.
    pub fn elapsed(&self) -> Duration {
        let end = self.completed.unwrap_or_else(SystemTime::now);
        // A clock that was set back makes no time.
        end.duration_since(self.asked).unwrap_or_default()
    }
}

/// The last statements that were closed.
#[derive(Debug)]
pub struct History {
    limit: usize,
    records: Mutex<VecDeque<Arc<Record>>>,
}

impl History {
    /// None so far; so many are kept.
    pub fn new(limit: usize) -> Self {
        Self { limit, records: Mutex::default() }
    }

    /// Keeps what is known of an operation, if it is a statement.
    pub fn add(&self, operation: &Operation) {
        if self.limit == 0 || operation.kind != OperationKind::Statement {
            return;
        }
        let mut record = Record::of(operation);
        if let Some((end, _)) = record.text.char_indices().nth(MAX_TEXT) {
            record.text.truncate(end);
            record.text.push('…');
        }
        record.log.truncate(MAX_LINES);
        let mut records = self.records.lock();
        records.push_front(Arc::new(record));
        records.truncate(self.limit);
    }

    /// Those that are kept, the last closed first.
    pub fn all(&self) -> Vec<Arc<Record>> {
        self.records.lock().iter().cloned().collect()
    }

    /// The one of this id.
    pub fn find(&self, id: Uuid) -> Option<Arc<Record>> {
        self.records.lock().iter().find(|record| record.id == id).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::operation::{Asked, ResultLimits};

    fn operation(text: &str, kind: OperationKind) -> Arc<Operation> {
        let limits = ResultLimits { ahead: 1, kept: 1, fetch: 1, folder: std::env::temp_dir() };
        let asked =
            Asked { session: Uuid::new_v4(), user: "u".into(), protocol: 9, kind, text: text.into(), has_rows: true };
        Operation::new(asked, limits)
    }

    #[test]
    fn the_last_statements_are_kept() {
        let history = History::new(2);
        history.add(&operation("GetTables", OperationKind::Tables));
        for text in ["select 1", "select 2", "select 3"] {
            let operation = operation(text, OperationKind::Statement);
            operation.cancel();
            history.add(&operation);
        }
        let all = history.all();
        assert_eq!(all.iter().map(|record| record.text.as_str()).collect::<Vec<_>>(), ["select 3", "select 2"]);
        assert_eq!(all[0].phase, Phase::Cancelled);
        assert!(!all[0].is_live());
        assert_eq!(history.find(all[1].id).map(|record| record.text.clone()), Some("select 2".to_string()));
        History::new(0).add(&operation("select 1", OperationKind::Statement));
    }
}
