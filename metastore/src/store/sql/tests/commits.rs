use super::*;
use crate::model::PartitionFilter;
use crate::store::{CatalogChange, NewCommit};

fn are_recorded_in_order_and_finished_once(on: Kind) {
    let s = Scratch::new(on);
    let first = s.store.record_commit("default", "t", "one").unwrap();
    let second = s.store.record_commit("default", "t", "two").unwrap();
    s.store.record_commit("default", "u", "other").unwrap();
    let pending = s.store.pending_commits("default", "t").unwrap();
    assert_eq!(
        pending.iter().map(|c| (c.id, c.journal.as_str())).collect::<Vec<_>>(),
        [(first, "one"), (second, "two")]
    );

    let t = table("t", &["ds string"]);
    let parts = vec![partition(&t, &["1"])];
    let put = |partitions: &[Partition]| CatalogChange::PutPartitions {
        database: "default".into(),
        table: "t".into(),
        partitions: partitions.to_vec(),
    };
    let changes = [CatalogChange::CreateTable(Box::new(t.clone())), put(&parts)];
    s.store.finish_commit(first, &changes).unwrap();
    s.store.finish_commit(first, &changes).unwrap(); // finished already: no change, no error
    assert_eq!(s.store.partitions("default", "t", &PartitionFilter::All, None).unwrap(), parts);

    let mut replaced = parts[0].clone();
    replaced.parameters.clear();
    replaced.storage.columns.pop();
    let mut altered = t.clone();
    altered.parameters.insert("numRows".into(), "1".into());
    let changes = [CatalogChange::AlterTable(Box::new(altered.clone())), put(std::slice::from_ref(&replaced))];
    s.store.finish_commit(second, &changes).unwrap();
    assert_eq!(s.store.table("default", "t").unwrap(), altered);
    assert_eq!(s.store.partitions("default", "t", &PartitionFilter::All, None).unwrap(), [replaced]);
    assert_eq!(s.count("descriptors"), 1);
    assert_eq!(s.store.pending_commits("default", "t").unwrap(), []);
    assert_eq!(s.store.pending_commits("default", "u").unwrap().len(), 1);
}

fn stay_pending_when_a_change_fails(on: Kind) {
    let s = Scratch::with_table(on, &[]);
    let id = s.store.record_commit("default", "t", "j").unwrap();
    let changes = [
        CatalogChange::CreateTable(Box::new(table("new", &[]))),
        CatalogChange::CreateTable(Box::new(table("t", &[]))),
    ];
    is_there(s.store.finish_commit(id, &changes));
    is_missing(s.store.table("default", "new"));
    assert_eq!(s.store.pending_commits("default", "t").unwrap().len(), 1);
}

fn never_get_an_id_again(on: Kind) {
    let s = Scratch::new(on);
    let first = s.store.record_commit("default", "t", "j").unwrap();
    s.store.finish_commit(first, &[]).unwrap();
    assert_ne!(s.store.record_commit("default", "t", "j").unwrap(), first);
}

fn of_one_statement_are_recorded_together(on: Kind) {
    let s = Scratch::new(on);
    let commit = |table: &str, journal: &str| NewCommit {
        database: "default".into(),
        table: table.into(),
        journal: journal.into(),
    };
    let ids = s.store.record_commits(&[commit("t", "one"), commit("u", "two")]).unwrap();
    let of = |table: &str| s.store.pending_commits("default", table).unwrap();
    assert_eq!((ids.len(), of("t")[0].id, of("u")[0].id), (2, ids[0], ids[1]));
    assert_eq!((of("t")[0].journal.as_str(), of("u")[0].journal.as_str()), ("one", "two"));
    assert!(s.store.record_commits(&[]).unwrap().is_empty());
}

on_every_store!(
    are_recorded_in_order_and_finished_once,
    stay_pending_when_a_change_fails,
    never_get_an_id_again,
    of_one_statement_are_recorded_together
);
