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
}

impl Defined for ScheduledQuery {
    const KIND: DefinitionKind = DefinitionKind::ScheduledQuery;

    fn key(&self) -> String {
        self.name.clone()
    }
}
