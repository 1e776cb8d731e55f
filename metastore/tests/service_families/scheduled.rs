//! Scheduled queries.

use skep_metastore::model::ScheduledQuery;
use skep_metastore::store::{MetaStore, definitions};
use skep_thrift_hms as t;
use skep_thrift_hms::methods as m;

use super::{Server, some};

fn told(schedule: &str) -> t::ScheduledQuery {
    t::ScheduledQuery {
        schedule_key: key(),
        enabled: Some(true),
        schedule: some(schedule),
        user: some("u"),
        query: some("select 1"),
        next_execution: None,
    }
}

fn key() -> t::ScheduledQueryKey {
    t::ScheduledQueryKey { schedule_name: "Q".into(), cluster_namespace: "n".into() }
}

fn maintain(
    r#type: t::ScheduledQueryMaintenanceRequestType,
    scheduled_query: t::ScheduledQuery,
) -> m::ScheduledQueryMaintenanceArgs {
    m::ScheduledQueryMaintenanceArgs { request: Some(t::ScheduledQueryMaintenanceRequest { r#type, scheduled_query }) }
}

fn progress(id: i64, state: t::QueryState) -> m::ScheduledQueryProgressArgs {
    let info = t::ScheduledQueryProgressInfo {
        scheduled_execution_id: id,
        state,
        executor_query_id: "x".into(),
        error_message: None,
    };
    m::ScheduledQueryProgressArgs { info: Some(info) }
}

#[test]
fn are_given_to_one_server_when_they_are_due() {
    use t::ScheduledQueryMaintenanceRequestType as Request;
    let s = Server::new();
    assert_eq!(
        s.refused::<m::ScheduledQueryMaintenance>(maintain(Request::CREATE, told("every day"))),
        "InvalidInput: Invalid QUARTZ schedule expression: 'every day'"
    );
    s.ok::<m::ScheduledQueryMaintenance>(maintain(Request::CREATE, told("0 0 0 1 1 ? 2099")));
    assert_eq!(
        s.refused::<m::ScheduledQueryMaintenance>(maintain(Request::CREATE, told("0 0 0 * * ?"))),
        "AlreadyExists: Scheduled query with name: Q@n already exists."
    );
    let poll =
        || m::ScheduledQueryPollArgs { request: Some(t::ScheduledQueryPollRequest { cluster_namespace: "n".into() }) };
    assert_eq!(s.ok::<m::ScheduledQueryPoll>(poll()).execution_id, None);
    // Its time has come.
    let due = t::ScheduledQuery { next_execution: Some(1), ..told("0 0 0 1 1 ? 2099") };
    s.ok::<m::ScheduledQueryMaintenance>(maintain(Request::ALTER, due));
    let polled = s.ok::<m::ScheduledQueryPoll>(poll());
    assert_eq!(polled.query.as_deref(), Some("/* schedule: q */select 1"));
    let id = polled.execution_id.unwrap();
    assert_eq!(s.ok::<m::ScheduledQueryPoll>(poll()).execution_id, None);
    s.ok::<m::ScheduledQueryProgress>(progress(id, t::QueryState::EXECUTING));
    s.ok::<m::ScheduledQueryProgress>(progress(id, t::QueryState::FINISHED));
    assert_eq!(
        s.refused::<m::ScheduledQueryProgress>(progress(id, t::QueryState::EXECUTING)),
        "InvalidOperation: Invalid state change: FINISHED=>EXECUTING"
    );
    let got = s.ok::<m::GetScheduledQuery>(m::GetScheduledQueryArgs { schedule_key: Some(key()) });
    assert_eq!(got.user.as_deref(), Some("u"));
    s.ok::<m::ScheduledQueryMaintenance>(maintain(Request::DROP, told("")));
    assert_eq!(
        s.refused::<m::GetScheduledQuery>(m::GetScheduledQueryArgs { schedule_key: Some(key()) }),
        "NoSuchObject: There is no scheduled query for: Q@n"
    );
}

#[test]
fn those_of_statements_are_given_too() {
    let s = Server::new();
    let made = ScheduledQuery {
        name: "sql".into(),
        namespace: "hive".into(),
        enabled: true,
        schedule: "* * * * * ?".into(),
        user: "u".into(),
        query: "select 2".into(),
        create_time: 1,
        next_execution: None,
        active_execution: None,
    };
    s.store.change_definitions(&[definitions::created(&made).unwrap()]).unwrap();
    let request = Some(t::ScheduledQueryPollRequest { cluster_namespace: "hive".into() });
    let polled = s.ok::<m::ScheduledQueryPoll>(m::ScheduledQueryPollArgs { request });
    assert_eq!(polled.query.as_deref(), Some("/* schedule: sql */select 2"));
}
