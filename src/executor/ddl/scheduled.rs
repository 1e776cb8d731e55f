//! Scheduled queries: kept, checked and listed. Nothing runs them yet.

use skep_metastore::cron::{self, Schedule};
use skep_metastore::model::ScheduledQuery;
use skep_metastore::store::MetaStore;
use skep_metastore::store::definitions::{self, Stored};

use super::now;
use crate::error::{Result, SkepError};
use crate::parser::ast::{AlterScheduledQuery, Ident, ScheduledQueryStatement as Scheduled};
use crate::session::{Outcome, Session};

/// Runs the statement.
pub fn run(session: &Session, statement: &Scheduled) -> Result<Outcome> {
    match statement {
        Scheduled::Create { name, schedule, user, enabled, query } => {
            check_cron(schedule)?;
            let config = session.config();
            let new = ScheduledQuery {
                name: name.lower(),
                namespace: config.get("hive.scheduled.queries.namespace").unwrap_or("hive").to_string(),
                enabled: enabled.unwrap_or_else(|| config.bool("hive.scheduled.queries.create.as.enabled")),
                schedule: schedule.clone(),
                user: user.clone().unwrap_or_else(|| session.user().to_string()),
                query: query.text.clone(),
                create_time: now(),
                next_execution: cron::next(schedule, now()),
                active_execution: None,
            };
            check_owner(session, &new)?;
            if definitions::find::<ScheduledQuery>(session.catalog().as_ref(), &new.name)?.is_some() {
                let text = format!("Scheduled query {} already exists", new.name);
                return Err(SkepError::exception("AlreadyExistsException", text).with_span(Some(name.span.into())));
            }
            session.catalog().change_definitions(&[definitions::created(&new)?])?;
        }
        Scheduled::Alter { name, action } => {
            let old = existing(session, name)?;
            check_owner(session, &old.value)?;
            let mut new = old.value.clone();
            match action {
                AlterScheduledQuery::Schedule(schedule) => {
                    check_cron(schedule)?;
                    new.schedule.clone_from(schedule);
                    new.next_execution = cron::next(schedule, now());
                }
                AlterScheduledQuery::User(user) => new.user.clone_from(user),
                AlterScheduledQuery::Enabled(enabled) => new.enabled = *enabled,
                AlterScheduledQuery::Query(query) => new.query.clone_from(&query.text),
                AlterScheduledQuery::Execute => {
                    return Err(SkepError::unsupported("ALTER SCHEDULED QUERY … EXECUTE")
                        .with_hint("scheduled queries are kept only; nothing runs them yet"));
                }
            }
            check_owner(session, &new)?;
            session.catalog().change_definitions(&definitions::replaced(&old, &new)?)?;
        }
        Scheduled::Drop(name) => {
            let old = existing(session, name)?;
            check_owner(session, &old.value)?;
            session.catalog().change_definitions(&[definitions::removed(&old)])?;
        }
        Scheduled::Show => return show(session),
    }
    Ok(Outcome::done().with_message("WARNING: scheduled queries are kept only; nothing runs them yet"))
}

fn existing(session: &Session, name: &Ident) -> Result<Stored<ScheduledQuery>> {
    definitions::find(session.catalog().as_ref(), &name.lower())?.ok_or_else(|| {
        SkepError::invalid(format!("unable to get Scheduled query {}", name.lower())).with_span(Some(name.span.into()))
    })
}

/// Only its owner changes a scheduled query.
fn check_owner(session: &Session, query: &ScheduledQuery) -> Result<()> {
    if query.user == session.user() {
        return Ok(());
    }
    Err(SkepError::invalid(format!(
        "Authorization of scheduled queries is not enabled - only owners may change scheduled queries (currentUser: {}, \
         owner: {})",
        session.user(),
        query.user
    )))
}

/// Six or seven fields of a Quartz cron expression.
fn check_cron(text: &str) -> Result<()> {
    if Schedule::parse(text).is_some() {
        return Ok(());
    }
    Err(SkepError::invalid(format!("Invalid schedule: '{text}' is no cron expression"))
        .with_hint("second minute hour day-of-month month day-of-week [year], e.g. '0 0 3 * * ? *'"))
}

fn show(session: &Session) -> Result<Outcome> {
    let all = definitions::all::<ScheduledQuery>(session.catalog().as_ref())?;
    let row = |stored: Stored<ScheduledQuery>| {
        let query = stored.value;
        [query.name, query.enabled.to_string(), query.namespace, query.schedule, query.user, query.query]
            .map(Some)
            .to_vec()
    };
    let columns = ["schedule_name", "enabled", "cluster_namespace", "schedule", "user", "query"];
    Outcome::text(&columns, all.into_iter().map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::check_cron;

    #[test]
    fn schedules() {
        for good in ["0 0 3 * * ? *", "*/5 * * * * ?", "0 0/10 8-17 ? JAN MON-FRI", "0 0 0 L * ?"] {
            assert!(check_cron(good).is_ok(), "{good}");
        }
        for bad in ["", "* * *", "61 * * * * ?", "a b c d e f"] {
            assert!(check_cron(bad).is_err(), "{bad}");
        }
    }
}
