//! Transactions, locks and events of clients.

use std::time::Duration;

use super::*;
use crate::model::{
    DataOperation, EventFilter, LockAnswer, LockFilter, LockHolder, LockKind, LockPart, LockRequest, LockState,
    NewEvent, OpenTransactions, TransactionKind, TransactionOwner, ValidTransactions,
};
use crate::store::StoreOptions;

fn request(count: usize) -> OpenTransactions {
    OpenTransactions {
        count,
        user: "u".into(),
        host: "h".into(),
        agent: Some("q1".into()),
        kind: TransactionKind::Default,
        replicated: None,
    }
}

fn begin(s: &Scratch) -> i64 {
    s.store.open_transactions(&request(1)).unwrap()[0]
}

fn part(kind: LockKind, table: Option<&str>) -> LockPart {
    LockPart {
        kind,
        database: "default".into(),
        table: table.map(str::to_string),
        partition: None,
        operation: DataOperation::Update,
        transactional: true,
        dynamic_partitions: false,
    }
}

fn holder(session: Option<&str>) -> LockHolder {
    LockHolder { user: "u".into(), host: "h".into(), session: session.map(str::to_string), ..LockHolder::default() }
}

fn lock(s: &Scratch, transaction: Option<i64>, parts: &[LockPart]) -> LockAnswer {
    let request = LockRequest {
        parts: parts.to_vec(),
        transaction,
        holder: holder(None),
        zero_wait_read: false,
        exclusive_ctas: false,
    };
    s.store.lock(&request).unwrap()
}

fn aborted<T: std::fmt::Debug>(result: Result<T, MetastoreError>) -> String {
    match result {
        Err(MetastoreError::TransactionAborted(message)) => message,
        other => panic!("{other:?}"),
    }
}

fn unknown<T: std::fmt::Debug>(result: Result<T, MetastoreError>) -> String {
    match result {
        Err(MetastoreError::NoSuchTransaction(message) | MetastoreError::NoSuchLock(message)) => message,
        other => panic!("{other:?}"),
    }
}

fn transactions_are_opened_and_ended(on: Kind) {
    let s = Scratch::new(on);
    let ids = s.store.open_transactions(&request(3)).unwrap();
    assert_eq!(ids, [1, 2, 3]);
    is_refused(s.store.open_transactions(&request(0)));
    s.store.commit_transaction(2).unwrap();
    s.store.abort_transaction(3).unwrap();
    let valid = s.store.valid_transactions().unwrap();
    assert_eq!(valid, ValidTransactions { high: 3, open: vec![1], aborted: vec![3] });
    assert_eq!(unknown(s.store.commit_transaction(2)), "Transaction txnid:2 is already committed.");
    assert_eq!(aborted(s.store.commit_transaction(3)), "Transaction txnid:3 already aborted");
    assert_eq!(unknown(s.store.abort_transaction(9)), "No such transaction txnid:9");
    aborted(s.store.heartbeat(Some(3), None));
    s.store.heartbeat(Some(1), None).unwrap();
    let range = s.store.heartbeat_transactions(1, 4).unwrap();
    assert_eq!((range.aborted, range.missing), (vec![3], vec![2, 4]));
    let all = s.store.transactions().unwrap();
    assert_eq!(all.iter().map(|t| (t.id, t.agent.as_deref())).collect::<Vec<_>>(), [(1, Some("q1")), (3, Some("q1"))]);
    s.store.seed_transaction(10).unwrap();
    is_refused(s.store.seed_transaction(5));
    assert_eq!(begin(&s), 11);
    // Nobody is left who could have seen them as open.
    s.store.commit_transaction(1).unwrap();
    s.store.commit_transaction(11).unwrap();
    assert_eq!(s.count("txns"), 1);
}

fn replicated_transactions_are_opened_once(on: Kind) {
    let s = Scratch::new(on);
    let replicated = OpenTransactions {
        kind: TransactionKind::Replication,
        replicated: Some(("p.*".into(), vec![70, 71])),
        ..request(2)
    };
    let ids = s.store.open_transactions(&replicated).unwrap();
    assert_eq!(s.store.open_transactions(&replicated).unwrap(), ids);
    assert_eq!(s.store.replicated_transactions("p.*", &[71, 72]).unwrap(), [ids[1]]);
    s.store.commit_transaction(ids[1]).unwrap();
    assert!(s.store.replicated_transactions("p.*", &[71]).unwrap().is_empty());
}

fn write_ids_are_given_and_seen_by_snapshots(on: Kind) {
    let s = Scratch::new(on);
    let (a, b, c) = (begin(&s), begin(&s), begin(&s));
    assert_eq!(s.store.allocate_write_ids("default", "t", &[b, a]).unwrap(), [(a, 1), (b, 2)]);
    assert_eq!(s.store.allocate_write_ids("default", "t", &[b, c]).unwrap(), [(b, 2), (c, 3)]);
    let before = s.store.valid_transactions().unwrap();
    s.store.commit_transaction(b).unwrap();
    s.store.abort_transaction(c).unwrap();
    let now = s.store.valid_write_ids("default", "t").unwrap();
    assert_eq!((now.high, now.open, now.aborted), (3, vec![1], vec![3]));
    // A snapshot from before the commit does not see it, for it is still known whose write it was.
    let then = s.store.valid_write_ids_at("default", "t", &before).unwrap();
    assert_eq!((1..=3).filter(|id| then.is_valid(*id)).count(), 0);
    let later = s.store.valid_transactions().unwrap();
    let d = begin(&s);
    s.store.allocate_write_ids("default", "t", &[d]).unwrap();
    s.store.commit_transaction(d).unwrap();
    let seen = s.store.valid_write_ids_at("default", "t", &later).unwrap();
    assert_eq!((1..=4).filter(|id| seen.is_valid(*id)).collect::<Vec<_>>(), [2]);
    assert_eq!(s.store.last_write_id("default", "t").unwrap(), 4);
    aborted(s.store.allocate_write_ids("default", "t", &[c]));
    s.store.seed_write_id("default", "u", 100).unwrap();
    is_refused(s.store.seed_write_id("default", "u", 200));
    assert_eq!(s.store.allocate_write_ids("default", "u", &[a]).unwrap(), [(a, 101)]);
    // The engine's own transactions go through the same tables.
    let own = s.store.begin_write("default", "t", &TransactionOwner::this_process("me")).unwrap();
    assert_eq!(own.write_id, 5);
    assert!(s.store.valid_transactions().unwrap().open.contains(&own.transaction));
}

fn of_two_that_change_the_same_the_first_wins(on: Kind) {
    let s = Scratch::new(on);
    let (a, b, c) = (begin(&s), begin(&s), begin(&s));
    for transaction in [a, b] {
        lock(&s, Some(transaction), &[part(LockKind::SharedWrite, Some("t"))]);
    }
    s.store.add_dynamic_partitions(c, "default", "t", &strings(&["ds=1"]), DataOperation::Update).unwrap();
    s.store.commit_transaction(a).unwrap();
    let message = aborted(s.store.commit_transaction(b));
    assert_eq!(
        message,
        format!("Aborting [txnid:{b}] due to a write conflict on default/t committed by [txnid:{a}] u/u")
    );
    assert_eq!(aborted(s.store.commit_transaction(b)), format!("Transaction txnid:{b} already aborted"));
    s.store.commit_transaction(c).unwrap(); // in a partition of its own
    let d = begin(&s);
    lock(&s, Some(d), &[part(LockKind::SharedWrite, Some("t"))]);
    s.store.commit_transaction(d).unwrap(); // began after the others
    assert!(s.store.locks(&LockFilter::default()).unwrap().is_empty());
}

fn locks_wait_for_those_before_them(on: Kind) {
    let s = Scratch::new(on);
    let read = lock(&s, None, &[part(LockKind::SharedRead, Some("t"))]);
    assert_eq!(read.state, LockState::Acquired);
    let drop = lock(&s, None, &[part(LockKind::Exclusive, Some("t")), part(LockKind::SharedRead, None)]);
    assert_eq!(drop.state, LockState::Waiting);
    // Nobody overtakes one that waits.
    let second = lock(&s, None, &[part(LockKind::SharedRead, Some("t"))]);
    assert_eq!(second.state, LockState::Waiting);
    assert_eq!(lock(&s, None, &[part(LockKind::Exclusive, Some("u"))]).state, LockState::Acquired);
    let shown = s.store.locks(&LockFilter { table: Some("t".into()), ..Default::default() }).unwrap();
    assert_eq!(shown.len(), 3);
    assert_eq!(shown[1].blocked_by, Some((read.id, 1)));
    s.store.unlock(read.id).unwrap();
    s.store.unlock(read.id).unwrap(); // is released already
    assert_eq!(s.store.check_lock(second.id).unwrap().state, LockState::Waiting);
    assert_eq!(s.store.check_lock(drop.id).unwrap().state, LockState::Acquired);
    s.store.unlock(drop.id).unwrap();
    assert_eq!(s.store.check_lock(second.id).unwrap().state, LockState::Acquired);
    assert_eq!(unknown(s.store.check_lock(drop.id)), format!("No such lock lockid:{}", drop.id));
    unknown(s.store.heartbeat(None, Some(drop.id)));

    let transaction = begin(&s);
    let held = lock(&s, Some(transaction), &[part(LockKind::SharedWrite, Some("v"))]);
    assert!(matches!(s.store.unlock(held.id), Err(MetastoreError::TransactionOpen(_))));
    // Its own locks are not in its way.
    assert_eq!(lock(&s, Some(transaction), &[part(LockKind::Exclusive, Some("v"))]).state, LockState::Acquired);
    s.store.abort_transaction(transaction).unwrap();
    unknown(s.store.check_lock(held.id));
    aborted(s.store.lock(&LockRequest {
        parts: vec![part(LockKind::SharedRead, Some("v"))],
        transaction: Some(transaction),
        holder: holder(None),
        zero_wait_read: false,
        exclusive_ctas: false,
    }));
}

fn a_read_need_not_wait(on: Kind) {
    let s = Scratch::new(on);
    lock(&s, None, &[part(LockKind::Exclusive, Some("t"))]);
    let answer = s.store.lock(&LockRequest {
        parts: vec![part(LockKind::SharedRead, Some("t"))],
        transaction: None,
        holder: holder(None),
        zero_wait_read: true,
        exclusive_ctas: false,
    });
    let answer = answer.unwrap();
    assert_eq!(answer.state, LockState::NotAcquired);
    assert!(answer.message.unwrap().starts_with("Unable to acquire read lock due to the EXCLUSIVE lock"), "");
    assert_eq!(s.store.locks(&LockFilter::default()).unwrap().len(), 1);
}

fn who_is_silent_for_too_long_loses_what_it_has(on: Kind) {
    let s = Scratch::new(on).with(StoreOptions { transaction_timeout: Duration::from_secs(3), ..Default::default() });
    let (silent, alive) = (begin(&s), begin(&s));
    let own = s.store.begin_write("default", "t", &TransactionOwner::this_process("me")).unwrap();
    let held = lock(&s, Some(silent), &[part(LockKind::SharedWrite, Some("t"))]);
    let alone = lock(&s, None, &[part(LockKind::SharedRead, Some("t"))]);
    let past = "last_heartbeat = last_heartbeat - 10000";
    s.run(&format!("UPDATE txns SET {past} WHERE transaction_id = {silent}; UPDATE locks SET {past}"));
    let valid = s.store.valid_transactions().unwrap();
    assert_eq!((valid.open, valid.aborted), (vec![alive, own.transaction], vec![silent]));
    for lock in [held.id, alone.id] {
        unknown(s.store.check_lock(lock));
    }
    aborted(s.store.commit_transaction(silent));
    s.store.commit_transaction(alive).unwrap();
}

fn events_have_no_gaps_and_come_with_the_change(on: Kind) {
    let s = Scratch::new(on).with(StoreOptions { events: true, ..Default::default() });
    s.store.create_table(&table("t", &["ds string"])).unwrap();
    is_there(s.store.create_table(&table("t", &[]))); // no event, and no number lost
    let t = table("t", &["ds string"]);
    s.store.add_partitions("default", "t", &[partition(&t, &["1"]), partition(&t, &["2"])], false).unwrap();
    let mut changed = partition(&t, &["1"]);
    changed.parameters.clear();
    s.store.alter_partitions("default", "t", &[changed]).unwrap();
    s.store.drop_partitions("default", "t", &[strings(&["2"])]).unwrap();
    s.store.drop_table("default", "t").unwrap();
    let told = NewEvent {
        kind: "INSERT".into(),
        catalog: Some("hive".into()),
        database: Some("d".into()),
        table: Some("x".into()),
        message: "{}".into(),
    };
    assert_eq!(s.store.add_events(std::slice::from_ref(&told)).unwrap(), [6]);
    let all = s.store.events(&EventFilter::default()).unwrap();
    let kinds: Vec<&str> = all.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["CREATE_TABLE", "ADD_PARTITION", "ALTER_PARTITION", "DROP_PARTITION", "DROP_TABLE", "INSERT"]);
    assert_eq!(all.iter().map(|event| event.id).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    assert_eq!(s.store.last_event().unwrap(), 6);
    let message: serde_json::Value = serde_json::from_str(&all[1].message).unwrap();
    assert_eq!(message["partitions"], serde_json::json!([{"ds": "1"}, {"ds": "2"}]));
    let shown: serde_json::Value = serde_json::from_str(message["partitionListJson"][1].as_str().unwrap()).unwrap();
    assert_eq!(shown["1"], serde_json::json!({"lst": ["str", 1, "2"]}));
    let filter = |filter: EventFilter| -> Vec<i64> {
        assert_eq!(s.store.count_events(&filter).unwrap(), s.store.events(&filter).unwrap().len());
        s.store.events(&filter).unwrap().into_iter().map(|event| event.id).collect()
    };
    assert_eq!(filter(EventFilter { after: 4, ..Default::default() }), [5, 6]);
    assert_eq!(filter(EventFilter { limit: Some(2), up_to: Some(5), after: 1, ..Default::default() }), [2, 3]);
    assert_eq!(filter(EventFilter { database: Some("d".into()), ..Default::default() }), [6]);
    assert_eq!(filter(EventFilter { tables: strings(&["x", "y"]), ..Default::default() }), [6]);
    let skip_kinds = strings(&["DROP_TABLE", "INSERT", "ADD_PARTITION"]);
    assert_eq!(filter(EventFilter { skip_kinds, ..Default::default() }), [1, 3, 4]);
    assert_eq!(s.store.clean_events(None).unwrap(), 0);
    s.run("UPDATE events SET created_at = created_at - 100000 WHERE event_id < 4");
    assert_eq!(s.store.clean_events(None).unwrap(), 3);
    assert_eq!(s.store.last_event().unwrap(), 6);
}

fn events_of_many_writers_are_in_the_order_of_their_commits(on: Kind) {
    let s = Scratch::new(on).with(StoreOptions { events: true, ..Default::default() });
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let s = &s;
            scope.spawn(move || {
                for round in 0..8 {
                    s.store.create_table(&table(&format!("t{writer}_{round}"), &[])).unwrap();
                }
            });
        }
        // Whoever has seen an event never sees an earlier one later.
        let mut seen = 0;
        while seen < 32 {
            let new = s.store.events(&EventFilter { after: seen, ..Default::default() }).unwrap();
            for event in new {
                assert_eq!(event.id, seen + 1);
                seen = event.id;
            }
        }
    });
}

on_every_store!(
    transactions_are_opened_and_ended,
    replicated_transactions_are_opened_once,
    write_ids_are_given_and_seen_by_snapshots,
    of_two_that_change_the_same_the_first_wins,
    locks_wait_for_those_before_them,
    a_read_need_not_wait,
    who_is_silent_for_too_long_loses_what_it_has,
    events_have_no_gaps_and_come_with_the_change,
    events_of_many_writers_are_in_the_order_of_their_commits,
);
