//! Transactions, locks, write ids, compactions, events.

use skep_thrift_hms as t;
use skep_thrift_hms::methods as m;

use super::{Server, some};

fn compact(partition: Option<&str>) -> t::CompactionRequest {
    t::CompactionRequest {
        dbname: "d".into(),
        tablename: "T".into(),
        partitionname: partition.map(str::to_string),
        r#type: t::CompactionType::MAJOR,
        properties: Some([("a".to_string(), "bc".to_string())].into()),
        ..Default::default()
    }
}

#[test]
fn compactions_go_to_workers() {
    let s = Server::new();
    let ask = |partition| m::Compact2Args { rqst: Some(compact(partition)) };
    let first = s.ok::<m::Compact2>(ask(Some("p=1")));
    assert_eq!((first.accepted, first.state.as_str()), (true, "initiated"));
    let again = s.ok::<m::Compact2>(ask(Some("p=1")));
    assert_eq!((again.accepted, again.id), (false, first.id));
    let second = s.ok::<m::Compact2>(ask(None));
    let next = || s.ok::<m::FindNextCompact>(m::FindNextCompactArgs { worker_id: some("w") }).ci;
    let taken = next().unwrap();
    assert_eq!((taken.id, taken.state.as_deref(), taken.worker_id.as_deref()), (first.id, Some("w"), Some("w")));
    assert_eq!(taken.properties.as_deref(), Some("1:1:a2:bc"));
    let ids = t::AbortCompactionRequest { compaction_ids: vec![first.id, second.id, 99], ..Default::default() };
    let answers = s.ok::<m::AbortCompactions>(m::AbortCompactionsArgs { rqst: Some(ids) }).abortedcompacts;
    let status: Vec<_> = answers.values().filter_map(|one| one.status.as_deref()).collect();
    assert_eq!(status, ["Error", "Success", "Error"]);
    assert_eq!(next(), None);
    s.ok::<m::MarkFailed>(m::MarkFailedArgs {
        cr: Some(t::CompactionInfoStruct { error_message: some("no"), ..taken.clone() }),
    });
    let shown = s.ok::<m::ShowCompact>(m::ShowCompactArgs { rqst: Some(Default::default()) }).compacts;
    let states: Vec<_> = shown.iter().map(|one| (one.state.as_str(), one.error_message.as_deref())).collect();
    assert_eq!(states[0], ("failed", Some("no")));
    assert_eq!(states[1].0, "aborted");
    let only = t::ShowCompactRequest { state: some("failed"), limit: Some(5), ..Default::default() };
    assert_eq!(s.ok::<m::ShowCompact>(m::ShowCompactArgs { rqst: Some(only) }).compacts.len(), 1);
}

#[test]
fn a_compaction_that_another_has_changed_is_not_replaced() {
    use skep_metastore::store::MetaStore;
    let s = Server::new();
    s.ok::<m::Compact2>(m::Compact2Args { rqst: Some(compact(None)) });
    let waiting = s.store.compactions().unwrap().remove(0);
    s.ok::<m::FindNextCompact>(m::FindNextCompactArgs { worker_id: some("w") }).ci.unwrap();
    let mut aborted = waiting.clone();
    aborted.state = "aborted".to_string();
    assert!(!s.store.replace_compaction(&waiting, &aborted).unwrap());
    let working = s.store.compactions().unwrap().remove(0);
    assert_eq!(working.state, "working");
    assert!(s.store.replace_compaction(&working, &aborted).unwrap());
    assert_eq!(s.store.compactions().unwrap(), [aborted]);
}

#[test]
fn what_a_replication_aborted_is_to_be_compacted() {
    let s = Server::new();
    let state = |names: &[&str]| m::ReplTblWriteidStateArgs {
        rqst: Some(t::ReplTblWriteIdStateRequest {
            valid_write_idlist: "d.t:7:5:5:6".into(),
            user: "u".into(),
            host_name: "h".into(),
            db_name: "D".into(),
            table_name: "T".into(),
            part_names: Some(names.iter().map(|name| name.to_string()).collect()),
        }),
    };
    s.ok::<m::ReplTblWriteidState>(state(&["p=1", "p=2"]));
    let shown = s.ok::<m::ShowCompact>(m::ShowCompactArgs { rqst: Some(Default::default()) }).compacts;
    let shown: Vec<_> =
        shown.iter().map(|one| (one.tablename.as_str(), one.partitionname.as_deref(), one.r#type)).collect();
    let major = t::CompactionType::MAJOR;
    assert_eq!(shown, [("t", Some("p=1"), major), ("t", Some("p=2"), major)]);
}

#[test]
fn a_transaction_keeps_its_write_id() {
    let s = Server::new();
    let txn_ids = Some(open(&s, 1));
    let request = t::AllocateTableWriteIdsRequest {
        db_name: "d".into(),
        table_name: "t".into(),
        txn_ids,
        reallocate: Some(true),
        ..Default::default()
    };
    let refused = s.refused::<m::AllocateTableWriteIds>(m::AllocateTableWriteIdsArgs { rqst: Some(request) });
    assert!(refused.contains("reallocate"), "{refused}");
}

fn open(s: &Server, count: i32) -> Vec<i64> {
    let request = t::OpenTxnRequest { num_txns: count, user: "u".into(), hostname: "h".into(), ..Default::default() };
    s.ok::<m::OpenTxns>(m::OpenTxnsArgs { rqst: Some(request) }).txn_ids
}

fn lock(kind: t::LockType, transaction: Option<i64>) -> m::LockArgs {
    let component = t::LockComponent {
        r#type: kind,
        level: t::LockLevel::TABLE,
        dbname: "D".into(),
        tablename: some("T"),
        operation_type: Some(t::DataOperationType::SELECT),
        ..Default::default()
    };
    let request = t::LockRequest {
        component: vec![component],
        txnid: transaction,
        user: "u".into(),
        hostname: "h".into(),
        ..Default::default()
    };
    m::LockArgs { rqst: Some(request) }
}

#[test]
fn transactions_and_write_ids() {
    let s = Server::new();
    let ids = open(&s, 3);
    assert_eq!(ids.len(), 3);
    let abort = m::AbortTxnArgs { rqst: Some(t::AbortTxnRequest { txnid: ids[1], ..Default::default() }) };
    let allocate = t::AllocateTableWriteIdsRequest {
        db_name: "d".into(),
        table_name: "T".into(),
        txn_ids: Some(ids.clone()),
        ..Default::default()
    };
    let pairs =
        s.ok::<m::AllocateTableWriteIds>(m::AllocateTableWriteIdsArgs { rqst: Some(allocate) }).txn_to_write_ids;
    assert_eq!(pairs.iter().map(|pair| pair.write_id).collect::<Vec<_>>(), [1, 2, 3]);
    s.ok::<m::AbortTxn>(abort.clone());
    s.ok::<m::AbortTxn>(abort);
    let nobody = m::AbortTxnArgs { rqst: Some(t::AbortTxnRequest { txnid: 99, ..Default::default() }) };
    assert!(s.refused::<m::AbortTxn>(nobody).starts_with("NoSuchTxn: "));
    let listed = s.ok::<m::GetOpenTxns>(m::GetOpenTxnsArgs {});
    assert_eq!(listed.txn_high_water_mark, ids[2]);
    assert_eq!(listed.open_txns.as_deref(), Some(ids.as_slice()));
    assert_eq!(listed.aborted_bits, Some(vec![0b10]));
    assert_eq!(listed.min_open_txn, Some(ids[0]));
    s.ok::<m::CommitTxn>(m::CommitTxnArgs { rqst: Some(t::CommitTxnRequest { txnid: ids[2], ..Default::default() }) });
    let text = format!("{}:{}:{}:{}", ids[2], ids[0], ids[0], ids[1]);
    let request =
        t::GetValidWriteIdsRequest { full_table_names: vec!["d.t".into()], valid_txn_list: Some(text), write_id: None };
    let lists = s.ok::<m::GetValidWriteIds>(m::GetValidWriteIdsArgs { rqst: Some(request) }).tbl_valid_write_ids;
    assert_eq!((lists[0].write_id_high_water_mark, lists[0].invalid_write_ids.as_slice()), (3, [1, 2].as_slice()));
    assert_eq!((lists[0].aborted_bits.as_slice(), lists[0].min_open_write_id), ([0b10].as_slice(), Some(1)));
    let gone = m::HeartbeatArgs { ids: Some(t::HeartbeatRequest { txnid: Some(99), lockid: None }) };
    assert!(s.refused::<m::Heartbeat>(gone).starts_with("NoSuchTxn: "));
    let none = m::OpenTxnsArgs { rqst: Some(t::OpenTxnRequest { num_txns: 0, ..Default::default() }) };
    assert!(s.router.call::<m::OpenTxns>(&s.peer, &none).is_err());
}

#[test]
fn locks() {
    let s = Server::new();
    let shared = s.ok::<m::Lock>(lock(t::LockType::SHARED_READ, None));
    assert_eq!(shared.state, t::LockState::ACQUIRED);
    let exclusive = s.ok::<m::Lock>(lock(t::LockType::EXCLUSIVE, None));
    assert_eq!(exclusive.state, t::LockState::WAITING);
    let shown = s.ok::<m::ShowLocks>(m::ShowLocksArgs { rqst: Some(Default::default()) }).locks.unwrap();
    assert_eq!(shown.len(), 2);
    s.ok::<m::Unlock>(m::UnlockArgs { rqst: Some(t::UnlockRequest { lockid: shared.lockid }) });
    let check = m::CheckLockArgs {
        rqst: Some(t::CheckLockRequest { lockid: exclusive.lockid, txnid: None, elapsed_ms: None }),
    };
    assert_eq!(s.ok::<m::CheckLock>(check).state, t::LockState::ACQUIRED);
    let id = open(&s, 1)[0];
    let rebuild = |txn: i64| m::GetLockMaterializationRebuildArgs {
        db_name: some("d"),
        table_name: some("v"),
        txn_id: Some(txn),
    };
    assert_eq!(s.ok::<m::GetLockMaterializationRebuild>(rebuild(id)).state, t::LockState::ACQUIRED);
    assert_eq!(s.ok::<m::GetLockMaterializationRebuild>(rebuild(id + 1)).state, t::LockState::NOT_ACQUIRED);
}

#[test]
fn events_that_clients_ask_for() {
    let s = Server::new();
    let before = s.ok::<m::GetCurrentNotificationEventId>(m::GetCurrentNotificationEventIdArgs {}).event_id;
    let data = t::InsertEventRequestData {
        files_added: Some(vec!["file:/w/f".into()]),
        replace: Some(true),
        ..Default::default()
    };
    let fire = |table: &str| m::FireListenerEventArgs {
        rqst: Some(t::FireEventRequest {
            successful: true,
            data: t::FireEventRequestData::InsertData(data.clone()),
            db_name: some("d"),
            table_name: some(table),
            ..Default::default()
        }),
    };
    let ids = s.ok::<m::FireListenerEvent>(fire("t")).event_ids.unwrap();
    assert_eq!(ids, [before + 1]);
    let request = t::NotificationEventRequest { last_event: before, ..Default::default() };
    let events = s.ok::<m::GetNextNotification>(m::GetNextNotificationArgs { rqst: Some(request) }).events;
    assert_eq!((events.len(), events[0].event_type.as_str(), events[0].db_name.as_deref()), (1, "INSERT", Some("d")));
    assert!(events[0].message.contains("\"files\":[\"file:/w/f##\"]"), "{}", events[0].message);
    let request =
        t::NotificationEventsCountRequest { from_event_id: before, db_name: "d".into(), ..Default::default() };
    let counted = s.ok::<m::GetNotificationEventsCount>(m::GetNotificationEventsCountArgs { rqst: Some(request) });
    assert_eq!(counted.events_count, 1);
}
