use super::*;
use crate::model::{LockKind, TransactionOwner, TransactionState};
use crate::store::{Setting, StoreOptions};

fn settings(name: &str) -> Option<String> {
    (name == "hive.txn.timeout").then(|| "300ms".to_string())
}

fn catalog() -> (tempfile::TempDir, Arc<dyn MetaStore>) {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("catalog.db").display().to_string();
    let setting: &Setting<'_> = &settings;
    let store = crate::store::open(&place, &Default::default(), &StoreOptions::of_settings(setting).unwrap()).unwrap();
    (folder, store)
}

fn part(kind: LockKind) -> Vec<LockPart> {
    let part = LockPart {
        kind,
        database: "d".into(),
        table: Some("t".into()),
        partition: None,
        operation: Default::default(),
        transactional: false,
        dynamic_partitions: false,
    };
    vec![part]
}

fn holder(session: &str) -> LockHolder {
    LockHolder {
        user: "ann".into(),
        host: "h".into(),
        session: Some(session.into()),
        agent: Some("q1".into()),
        statement: Some("INSERT INTO t VALUES (1)".into()),
        ..LockHolder::default()
    }
}

const NOT_AT_ALL: Wait = Wait { limit: Duration::ZERO, pause: Duration::from_millis(5) };

#[tokio::test]
async fn the_holder_is_told() {
    let (_folder, store) = catalog();
    let manager = LockManager::new(Arc::clone(&store), Duration::from_millis(300));
    let held = manager.acquire(part(LockKind::ExclusiveWrite), holder("s1"), NOT_AT_ALL).await.unwrap();
    let refused = manager.acquire(part(LockKind::SharedWrite), holder("s2"), NOT_AT_ALL).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "d.t is locked EXCL_WRITE by ann on h, session s1, query q1: INSERT INTO t VALUES (1)"
    );
    // The request is taken back.
    assert_eq!(store.locks(&LockFilter::default()).unwrap().len(), 1);
    held.release().unwrap();
    drop(manager.acquire(part(LockKind::SharedWrite), holder("s2"), NOT_AT_ALL).await.unwrap());
    assert!(store.locks(&LockFilter::default()).unwrap().is_empty());
}

#[tokio::test]
async fn one_that_waits_is_given_the_lock() {
    let (_folder, store) = catalog();
    let manager = LockManager::new(store, Duration::from_millis(300));
    let held = manager.acquire(part(LockKind::Exclusive), holder("s1"), NOT_AT_ALL).await.unwrap();
    // It is told at once, and does not look again after a minute.
    let wait = Wait { limit: Duration::from_secs(3600), pause: Duration::from_secs(3600) };
    let waiting = manager.acquire(part(LockKind::Exclusive), holder("s2"), wait);
    let (waited, ()) = tokio::join!(waiting, async { drop(held) });
    assert!(waited.is_ok());
}

#[tokio::test]
async fn heartbeats_keep_and_silence_loses() {
    let (_folder, store) = catalog();
    let manager = LockManager::new(Arc::clone(&store), Duration::from_millis(300));
    let _held = manager.acquire(part(LockKind::Exclusive), holder("s1"), NOT_AT_ALL).await.unwrap();
    // Of a machine that died nobody beats.
    let owner = TransactionOwner { user: "u".into(), host: "elsewhere".into(), process: 7 };
    let lost = store.begin_write("d", "t", &owner).unwrap().transaction;
    let kept = store.begin_write("d", "t", &owner).unwrap().transaction;
    let _kept = manager.keeper().keep(Alive::Transaction(kept));
    let state = |id: i64| store.transactions().unwrap().into_iter().find(|one| one.id == id).map(|one| one.state);
    while state(lost) == Some(TransactionState::Open) {
        tokio::time::sleep(Duration::from_millis(20)).await;
        store.expire_transactions().unwrap();
    }
    assert_eq!(state(kept), Some(TransactionState::Open));
    manager.keeper().check(kept).unwrap();
    assert!(matches!(manager.keeper().check(lost), Err(MetastoreError::TransactionAborted(_))));
    assert_eq!(store.locks(&LockFilter::default()).unwrap().len(), 1);
}
