//! Scheduled queries: servers ask for those that are due, run them, and tell how that goes.

use std::sync::Arc;

use skep_thrift::{Call, Router};
use skep_thrift_hms as t;
use skep_thrift_hms::methods as m;
use skep_thrift_hms::{
    AlreadyExistsException, InvalidInputException, InvalidOperationException, MetaException, NoSuchObjectException,
};

use super::{Answer, need, with};
use crate::MetastoreError;
use crate::cron::{self, Schedule};
use crate::model::{ExecutionState, ScheduledExecution, ScheduledQuery};
use crate::service::convert::authorization::seconds;
use crate::service::{Service, now};
use crate::store::definitions::{self, Stored};

pub(super) fn register(router: Router, service: &Arc<Service>) -> Router {
    router
        .on::<m::ScheduledQueryPoll>(with(service, poll))
        .on::<m::ScheduledQueryMaintenance>(with(service, maintain))
        .on::<m::ScheduledQueryProgress>(with(service, progress))
        .on::<m::GetScheduledQuery>(with(service, get))
}

fn shown_key(query: &ScheduledQuery) -> t::ScheduledQueryKey {
    t::ScheduledQueryKey { schedule_name: query.name.clone(), cluster_namespace: query.namespace.clone() }
}

fn find(service: &Service, key: &t::ScheduledQueryKey) -> Answer<Option<Stored<ScheduledQuery>>> {
    let key = ScheduledQuery::key_of(&key.cluster_namespace, &key.schedule_name.to_lowercase());
    Ok(definitions::find(service.store(), &key)?)
}

fn reference(key: &t::ScheduledQueryKey) -> String {
    format!("{}@{}", key.schedule_name, key.cluster_namespace)
}

/// Gives the query that is due longest, if one is, to the server that asks.
fn poll(service: &Service, _: &Call, args: m::ScheduledQueryPollArgs) -> Answer<t::ScheduledQueryPollResponse> {
    let namespace = need(args.request, "request")?.cluster_namespace;
    let store = service.store();
    let now = now();
    let mut due: Vec<(i64, Stored<ScheduledQuery>)> = definitions::all::<ScheduledQuery>(store)?
        .into_iter()
        .filter(|query| query.value.namespace == namespace && query.value.active_execution.is_none())
        .filter_map(|query| query.value.due().filter(|due| *due <= now).map(|due| (due, query)))
        .collect();
    due.sort_by_key(|(due, _)| *due);
    let Some((_, query)) = due.into_iter().next() else { return Ok(t::ScheduledQueryPollResponse::default()) };
    let last = definitions::all::<ScheduledExecution>(store)?.last().map_or(0, |last| last.value.id);
    let execution = ScheduledExecution {
        id: last + 1,
        name: query.value.name.clone(),
        namespace,
        state: ExecutionState::Inited,
        query_id: None,
        error: None,
        started: now,
        updated: Some(now),
        ended: None,
    };
    let taken = ScheduledQuery {
        next_execution: cron::next(&query.value.schedule, now),
        active_execution: Some(execution.id),
        ..query.value.clone()
    };
    let mut changes = definitions::replaced(&query, &taken)?;
    changes.push(definitions::created(&execution)?);
    match store.change_definitions(&changes) {
        Ok(()) => {}
        // Another server was faster.
        Err(
            MetastoreError::InvalidOperation(_) | MetastoreError::AlreadyExists(_) | MetastoreError::NoSuchObject(_),
        ) => {
            return Ok(t::ScheduledQueryPollResponse::default());
        }
        Err(error) => return Err(error.into()),
    }
    Ok(t::ScheduledQueryPollResponse {
        schedule_key: Some(shown_key(&taken)),
        execution_id: Some(execution.id),
        query: Some(format!("/* schedule: {} */{}", taken.name, taken.query)),
        user: Some(taken.user),
    })
}

/// When a schedule runs next.
fn next(schedule: &str) -> Answer<i64> {
    if Schedule::parse(schedule).is_none() {
        let text = format!("Invalid QUARTZ schedule expression: '{schedule}'");
        return Err(InvalidInputException::new(text).into());
    }
    cron::next(schedule, now())
        .ok_or_else(|| InvalidInputException::new(format!("Invalid schedule: {schedule}")).into())
}

fn maintain(service: &Service, _: &Call, args: m::ScheduledQueryMaintenanceArgs) -> Answer<()> {
    let request = need(args.request, "request")?;
    let told = request.scheduled_query;
    let old = find(service, &told.schedule_key)?;
    let missing = || {
        let text = format!("Scheduled query with name: {} doesn't exists.", reference(&told.schedule_key));
        NoSuchObjectException::new(text)
    };
    let changes = match request.r#type {
        t::ScheduledQueryMaintenanceRequestType::CREATE => {
            if old.is_some() {
                let text = format!("Scheduled query with name: {} already exists.", reference(&told.schedule_key));
                return Err(AlreadyExistsException::new(text).into());
            }
            let schedule = need(told.schedule, "schedule")?;
            let new = ScheduledQuery {
                name: told.schedule_key.schedule_name.to_lowercase(),
                namespace: told.schedule_key.cluster_namespace,
                enabled: told.enabled.unwrap_or(false),
                next_execution: Some(next(&schedule)?),
                schedule,
                user: told.user.unwrap_or_default(),
                query: told.query.unwrap_or_default(),
                create_time: now(),
                active_execution: None,
            };
            vec![definitions::created(&new)?]
        }
        t::ScheduledQueryMaintenanceRequestType::ALTER => {
            let old = old.ok_or_else(missing)?;
            let schedule = told.schedule.unwrap_or_else(|| old.value.schedule.clone());
            let next_execution = match told.next_execution {
                Some(time) => i64::from(time),
                None => next(&schedule)?,
            };
            let new = ScheduledQuery {
                enabled: told.enabled.unwrap_or(old.value.enabled),
                schedule,
                user: told.user.unwrap_or_else(|| old.value.user.clone()),
                query: told.query.unwrap_or_else(|| old.value.query.clone()),
                next_execution: Some(next_execution),
                ..old.value.clone()
            };
            definitions::replaced(&old, &new)?
        }
        t::ScheduledQueryMaintenanceRequestType::DROP => vec![definitions::removed(&old.ok_or_else(missing)?)],
        _ => return Err(MetaException::new("invalid request").into()),
    };
    Ok(service.store().change_definitions(&changes)?)
}

fn state(state: t::QueryState) -> Answer<ExecutionState> {
    match state {
        t::QueryState::INITED => Ok(ExecutionState::Inited),
        t::QueryState::EXECUTING => Ok(ExecutionState::Executing),
        t::QueryState::FAILED => Ok(ExecutionState::Failed),
        t::QueryState::FINISHED => Ok(ExecutionState::Finished),
        t::QueryState::TIMED_OUT => Ok(ExecutionState::TimedOut),
        t::QueryState::AUTO_DISABLED => Ok(ExecutionState::AutoDisabled),
        other => Err(InvalidOperationException::new(format!("invalid state: {}", other.0)).into()),
    }
}

fn progress(service: &Service, _: &Call, args: m::ScheduledQueryProgressArgs) -> Answer<()> {
    let info = need(args.info, "info")?;
    let store = service.store();
    let key = format!("{:019}", info.scheduled_execution_id);
    let Some(old) = definitions::find::<ScheduledExecution>(store, &key)? else {
        let text = format!("There is no execution {}", info.scheduled_execution_id);
        return Err(InvalidOperationException::new(text).into());
    };
    let to = state(info.state)?;
    if !old.value.state.may_become(to) {
        let text = format!("Invalid state change: {}=>{}", old.value.state.name(), to.name());
        return Err(InvalidOperationException::new(text).into());
    }
    let goes_on = matches!(to, ExecutionState::Inited | ExecutionState::Executing);
    let new = ScheduledExecution {
        state: to,
        query_id: Some(info.executor_query_id),
        error: info.error_message.or_else(|| old.value.error.clone()),
        updated: goes_on.then(now),
        ended: (!goes_on).then(now),
        ..old.value.clone()
    };
    let mut changes = definitions::replaced(&old, &new)?;
    if !goes_on {
        let key = ScheduledQuery::key_of(&new.namespace, &new.name);
        let query = definitions::find::<ScheduledQuery>(store, &key)?;
        if let Some(query) = query.filter(|query| query.value.active_execution == Some(new.id)) {
            let enabled = query.value.enabled && to != ExecutionState::AutoDisabled;
            let free = ScheduledQuery { active_execution: None, enabled, ..query.value.clone() };
            changes.extend(definitions::replaced(&query, &free)?);
        }
    }
    Ok(store.change_definitions(&changes)?)
}

fn get(service: &Service, _: &Call, args: m::GetScheduledQueryArgs) -> Answer<t::ScheduledQuery> {
    let key = need(args.schedule_key, "scheduleKey")?;
    let Some(found) = find(service, &key)? else {
        let text = format!("There is no scheduled query for: {}", reference(&key));
        return Err(NoSuchObjectException::new(text).into());
    };
    Ok(t::ScheduledQuery {
        schedule_key: shown_key(&found.value),
        enabled: Some(found.value.enabled),
        next_execution: found.value.due().map(seconds),
        schedule: Some(found.value.schedule),
        user: Some(found.value.user),
        query: Some(found.value.query),
    })
}
