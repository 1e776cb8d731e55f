//! What is of no use any more: transactions and locks of clients that are gone, old events and reports, executions of
//! scheduled queries that nobody hears of.

use std::time::Duration;

use super::super::Metrics;
use super::UpkeepOptions;
use crate::error::Result;
use crate::model::{
    Defined, EpochSeconds, ExecutionState, RebuildLock, ReplicationMetric, RuntimeStatistics, ScheduledExecution,
    ScheduledQuery, TransactionState, WriteReport,
};
use crate::service::now;
use crate::store::MetaStore;
use crate::store::definitions::{self, Stored};

fn before(age: Duration) -> EpochSeconds {
    now().saturating_sub(i64::try_from(age.as_secs()).unwrap_or(i64::MAX))
}

/// Removes the definitions of a kind that are of no use. One that someone else changes meanwhile stays.
fn forget<T: Defined>(store: &dyn MetaStore, useless: impl Fn(&T) -> bool) -> Result<u64> {
    let mut removed = 0;
    for old in definitions::all::<T>(store)?.iter().filter(|old| useless(&old.value)) {
        removed += u64::from(store.change_definitions(&[definitions::removed(old)]).is_ok());
    }
    Ok(removed)
}

/// Aborts transactions and removes locks whose owners are gone.
pub fn transactions(store: &dyn MetaStore, _: &UpkeepOptions, metrics: &Metrics) -> Result<u64> {
    let expired = store.expire_transactions()?;
    let all = store.transactions()?;
    let open: Vec<i64> = all.iter().filter(|one| one.state == TransactionState::Open).map(|one| one.id).collect();
    metrics.transactions(open.len(), all.len() - open.len());
    let rebuilds = forget::<RebuildLock>(store, |lock| !open.contains(&lock.transaction))?;
    Ok(u64::try_from(expired).unwrap_or(u64::MAX).saturating_add(rebuilds))
}

/// Removes old events, and what transactions of that time have reported.
pub fn events(store: &dyn MetaStore, options: &UpkeepOptions, _: &Metrics) -> Result<u64> {
    let cleaned = store.clean_events(Some(options.event_retention.as_secs()))?;
    let limit = before(options.event_retention);
    let reports = forget::<WriteReport>(store, |report| report.create_time <= limit)?;
    Ok(u64::try_from(cleaned).unwrap_or(u64::MAX).saturating_add(reports))
}

/// Removes old reports of clients.
pub fn reports(store: &dyn MetaStore, options: &UpkeepOptions, _: &Metrics) -> Result<u64> {
    let limit = before(options.statistics_retention);
    let statistics = forget::<RuntimeStatistics>(store, |one| one.create_time <= limit)?;
    let limit = before(options.metric_retention);
    Ok(statistics + forget::<ReplicationMetric>(store, |one| one.create_time <= limit)?)
}

/// Ends executions that are not heard of, so that their queries run again, and forgets old ones.
pub fn executions(store: &dyn MetaStore, options: &UpkeepOptions, _: &Metrics) -> Result<u64> {
    let limit = before(options.execution_timeout);
    let mut ended = 0;
    let all = definitions::all::<ScheduledExecution>(store)?;
    for lost in all.iter().filter(|one| one.value.updated.is_some_and(|updated| updated <= limit)) {
        ended += u64::from(time_out(store, lost).is_ok());
    }
    let limit = before(options.execution_retention);
    let old = |one: &ScheduledExecution| one.updated.is_none() && one.ended.is_some_and(|time| time <= limit);
    Ok(ended + forget::<ScheduledExecution>(store, old)?)
}

fn time_out(store: &dyn MetaStore, lost: &Stored<ScheduledExecution>) -> Result<()> {
    let ended = ScheduledExecution {
        state: ExecutionState::TimedOut,
        updated: None,
        ended: Some(now()),
        error: Some("Timed out".to_string()),
        ..lost.value.clone()
    };
    let mut changes = definitions::replaced(lost, &ended)?;
    let key = ScheduledQuery::key_of(&ended.namespace, &ended.name);
    let query = definitions::find::<ScheduledQuery>(store, &key)?;
    if let Some(query) = query.filter(|query| query.value.active_execution == Some(ended.id)) {
        let free = ScheduledQuery { active_execution: None, ..query.value.clone() };
        changes.extend(definitions::replaced(&query, &free)?);
    }
    store.change_definitions(&changes)
}
