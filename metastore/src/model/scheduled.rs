//! Scheduled queries (`ScheduledQuery` of the metastore API).

use serde::{Deserialize, Serialize};

use super::{Defined, DefinitionKind, EpochSeconds};

/// A query that is to run at certain times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduledQuery {
    /// Name in lower case.
    pub name: String,
    /// Which servers it concerns (`hive.scheduled.queries.namespace`).
    pub namespace: String,
    /// Is it to run?
    pub enabled: bool,
    /// When: a cron expression of Quartz (seconds, minutes, hours, day of month, month, day of week, year).
    pub schedule: String,
    /// As whom it runs.
    pub user: String,
    /// The statement, as typed.
    pub query: String,
    /// When it was made.
    pub create_time: EpochSeconds,
    /// When it is to run next; none where that is not known or never.
    #[serde(default)]
    pub next_execution: Option<EpochSeconds>,
    /// The execution that is under way ([`ScheduledExecution::id`]).
    #[serde(default)]
    pub active_execution: Option<i64>,
}

impl Defined for ScheduledQuery {
    const KIND: DefinitionKind = DefinitionKind::ScheduledQuery;

    fn key(&self) -> String {
        Self::key_of(&self.namespace, &self.name)
    }
}

impl ScheduledQuery {
    /// The key of a query.
    pub fn key_of(namespace: &str, name: &str) -> String {
        match namespace {
            DEFAULT_NAMESPACE => name.to_string(),
            _ => serde_json::json!([namespace, name]).to_string(),
        }
    }

    /// When it is to run, if it is enabled: also for one whose time was never computed.
    pub fn due(&self) -> Option<EpochSeconds> {
        let known = || self.next_execution.or_else(|| crate::cron::next(&self.schedule, self.create_time));
        self.enabled.then(known).flatten()
    }
}

/// Default of `hive.scheduled.queries.namespace`.
const DEFAULT_NAMESPACE: &str = "hive";

/// How an execution of a scheduled query goes (`QueryState` of the metastore API).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExecutionState {
    /// A server has taken it.
    Inited,
    /// It runs.
    Executing,
    /// It ended with an error.
    Failed,
    /// It ended well.
    Finished,
    /// Its server was not heard of for too long.
    TimedOut,
    /// It failed too often, and its query is not run any more.
    AutoDisabled,
}

impl ExecutionState {
    /// Hive's word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Inited => "INITED",
            Self::Executing => "EXECUTING",
            Self::Failed => "FAILED",
            Self::Finished => "FINISHED",
            Self::TimedOut => "TIMED_OUT",
            Self::AutoDisabled => "AUTO_DISABLED",
        }
    }

    /// May an execution go from this state to that?
    pub fn may_become(self, to: Self) -> bool {
        match self {
            Self::Inited => to != Self::Inited,
            Self::Executing => matches!(to, Self::Finished | Self::Executing | Self::Failed),
            Self::Failed | Self::Finished | Self::TimedOut | Self::AutoDisabled => false,
        }
    }
}

/// One execution of a scheduled query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduledExecution {
    /// Number.
    pub id: i64,
    /// Name of the scheduled query.
    pub name: String,
    /// Namespace of the scheduled query.
    pub namespace: String,
    /// How it goes.
    pub state: ExecutionState,
    /// Id of the query in the server that runs it.
    pub query_id: Option<String>,
    /// Why it failed.
    pub error: Option<String>,
    /// When it was taken.
    pub started: EpochSeconds,
    /// When it was heard of last; none once it ended.
    pub updated: Option<EpochSeconds>,
    /// When it ended.
    pub ended: Option<EpochSeconds>,
}

impl Defined for ScheduledExecution {
    const KIND: DefinitionKind = DefinitionKind::ScheduledExecution;

    fn key(&self) -> String {
        format!("{:019}", self.id)
    }
}
