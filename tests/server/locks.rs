//! The locks of statements that write.

use super::*;

/// An `INSERT` that ends only when it is stopped.
fn endless(how: &str) -> String {
    format!("insert {how} table t {ENDLESS}")
}

/// Waits until so many locks are held or waited for.
fn wait_for_locks(server: &TestServer, states: &[LockState]) {
    let store = Arc::clone(server.server.as_ref().unwrap().sessions().engine().metastore());
    loop {
        let locks = store.locks(&LockFilter::default()).unwrap();
        if locks.iter().map(|lock| lock.state).eq(states.iter().copied()) {
            return;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

const HELD: LockState = LockState::Acquired;
const WAITS: LockState = LockState::Waiting;

#[test]
fn writers_wait_for_each_other_and_readers_do_not() {
    let server = TestServer::start();
    let [mut first, mut second, mut third] = std::array::from_fn(|_| server.session(V10));
    first.execute("create table t (a bigint)");
    let writes = first.begin(&endless("overwrite")).operation_handle.unwrap();
    wait_for_locks(&server, &[HELD]);
    // Queries go on, and writes of other tables.
    second.execute("select * from t");
    second.execute("create table u as select 1 a");
    second.execute("insert into u values (2)");
    let waits = second.begin("insert into t values (7)").operation_handle.unwrap();
    wait_for_locks(&server, &[HELD, WAITS]);
    let dropped = third.begin("drop table u").operation_handle.unwrap();
    while third.status(&dropped).operation_state != Some(TOperationState::FINISHED_STATE) {}
    first.cancel(&writes);
    while second.status(&waits).operation_state != Some(TOperationState::FINISHED_STATE) {}
    wait_for_locks(&server, &[]);
    let rows = second.execute("select cast(a as int) from t");
    assert_eq!(second.ints(&rows, NEXT, 10).1, [7]);
}

#[test]
fn appends_run_together() {
    let server = TestServer::start();
    let [mut first, mut second] = std::array::from_fn(|_| server.session(V10));
    first.execute("create table t (a bigint)");
    let writes = first.begin(&endless("into")).operation_handle.unwrap();
    wait_for_locks(&server, &[HELD]);
    second.execute("insert into t values (7)");
    // A client that is gone leaves no lock behind.
    drop(first);
    wait_for_locks(&server, &[]);
    assert_eq!(second.status(&writes).status.status_code, TStatusCode::ERROR_STATUS);
}

#[test]
fn who_waits_too_long_is_told_for_whom() {
    let server = TestServer::with(&[("hive.lock.numretries", "0")]);
    let [mut first, mut second] = std::array::from_fn(|_| server.session(V10));
    first.execute("create table t (a bigint)");
    let writes = first.begin(&endless("overwrite")).operation_handle.unwrap();
    wait_for_locks(&server, &[HELD]);
    let status = second.send(second.request("truncate table t")).status;
    let text = status.error_message.unwrap();
    for part in [
        "Error in acquiring locks: Locks on the underlying objects cannot be acquired. retry after some time",
        "since 2",
        "default.t is locked EXCL_WRITE by joe on ",
        "query joe_2",
        "insert overwrite table t select count(*)",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    first.cancel(&writes);
    wait_for_locks(&server, &[]);
    second.execute("truncate table t");
}

#[test]
fn queries_wait_for_a_table_that_another_has_to_itself() {
    let server = TestServer::with(&[("skep.server.running.statements", "1")]);
    let [mut first, mut second] = std::array::from_fn(|_| server.session(V10));
    first.execute("create table t (a int)");
    first.execute("lock table t exclusive");
    let waits = second.begin("select * from t").operation_handle.unwrap();
    while second.status(&waits).operation_state != Some(TOperationState::RUNNING_STATE) {}
    // Whoever waits has the only place, but this needs none.
    first.execute("unlock table t");
    while second.status(&waits).operation_state != Some(TOperationState::FINISHED_STATE) {}
}

#[test]
fn own_locks_do_not_stop_a_session() {
    let server = TestServer::start();
    let mut client = server.session(V10);
    client.execute("create table t (a int)");
    for mode in ["shared", "exclusive"] {
        client.execute(&format!("lock table t {mode}"));
        client.execute("insert overwrite table t values (1)");
        client.execute("truncate table t");
        client.execute("unlock table t");
    }
}
