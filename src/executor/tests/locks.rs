//! Locks.

use skep_thrift_hms as t;
use skep_thrift_hms::methods as m;

use super::{Both, rows, some};

fn ask(kind: t::LockType) -> m::LockArgs {
    let component = t::LockComponent {
        r#type: kind,
        level: t::LockLevel::TABLE,
        dbname: "default".into(),
        tablename: some("t"),
        ..Default::default()
    };
    let request = t::LockRequest {
        component: vec![component],
        user: "bob".into(),
        hostname: "elsewhere".into(),
        agent_info: some("hive_1"),
        ..Default::default()
    };
    m::LockArgs { rqst: Some(request) }
}

fn release(lock: &t::LockResponse) -> m::UnlockArgs {
    m::UnlockArgs { rqst: Some(t::UnlockRequest { lockid: lock.lockid }) }
}

#[tokio::test]
async fn a_client_waits_for_a_statement() {
    let mut both = Both::new();
    both.sql("create table t (a int)").await;
    both.sql("lock table t exclusive").await;
    let args = m::ShowLocksArgs { rqst: Some(t::ShowLocksRequest::default()) };
    let shown = both.call::<m::ShowLocks>(args).locks.unwrap();
    assert_eq!((shown.len(), shown[0].r#type, shown[0].user.as_str()), (1, t::LockType::EXCLUSIVE, "ann"));
    let asked = both.call::<m::Lock>(ask(t::LockType::SHARED_READ));
    assert_eq!(asked.state, t::LockState::WAITING);
    let check = m::CheckLockArgs { rqst: Some(t::CheckLockRequest { lockid: asked.lockid, ..Default::default() }) };
    both.sql("unlock table t").await;
    assert_eq!(both.call::<m::CheckLock>(check).state, t::LockState::ACQUIRED);
    both.call::<m::Unlock>(release(&asked));
    // A session's locks go with it.
    let mut other = both.session.engine().session();
    rows(&mut other, "lock table t shared").await.unwrap();
    assert_eq!(both.sql("show locks").await, [["default@t", "SHARED"]]);
    drop(other);
    assert!(both.sql("show locks").await.is_empty());
}

#[tokio::test]
async fn a_statement_is_stopped_by_a_client() {
    let mut both = Both::new();
    both.sql("create table t (a int)").await;
    both.sql("set hive.lock.numretries=0").await;
    let reads = both.call::<m::Lock>(ask(t::LockType::SHARED_READ));
    // Others may read, and add rows, but not replace the table.
    assert!(both.sql_refused("lock table t exclusive").await.contains("cannot be acquired"));
    both.sql("insert into t values (1)").await;
    assert!(both.sql_refused("truncate table t").await.contains("Error in acquiring locks"));
    assert_eq!(both.sql("show locks").await, [["default@t", "SHARED"]]);
    both.call::<m::Unlock>(release(&reads));
    let takes = both.call::<m::Lock>(ask(t::LockType::EXCLUSIVE));
    assert!(both.sql_refused("select * from t").await.contains("cannot be acquired"));
    assert!(both.sql_refused("insert into t values (1)").await.contains("Error in acquiring locks"));
    let held = both.session.execute("lock table t shared").await.unwrap_err();
    assert!(held.render("").contains("default.t is locked EXCLUSIVE by bob on elsewhere, query hive_1"));
    both.sql("set hive.txn.manager=org.apache.hadoop.hive.ql.lockmgr.DbTxnManager").await;
    let shown = both.sql("show locks t").await;
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0][0], format!("{}.1", takes.lockid));
    assert_eq!(shown[0][1..8], ["default", "t", "NULL", "ACQUIRED", "            ", "EXCLUSIVE", "NULL"]);
    assert_eq!(shown[0][10..], ["bob", "elsewhere", "hive_1"]);
    both.call::<m::Unlock>(release(&takes));
    both.sql("drop table t").await;
}
