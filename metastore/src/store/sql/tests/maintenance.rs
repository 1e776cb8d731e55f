//! Checks, dumps and restoring.

use super::*;
use crate::model::{
    ColumnStatistics, ColumnStatisticsData, Constraint, ConstraintKind, DataConnector, EventFilter, LockFilter,
    PartitionFilter, TransactionOwner, sketch,
};
use crate::store::definitions;

/// A catalog with something of everything.
fn full(on: Kind) -> Scratch {
    let s = Scratch::new(on).with(StoreOptions { events: true, ..Default::default() });
    let keys = ["ds string", "hr int"];
    let t = table("t", &keys);
    s.store.create_table(&t).unwrap();
    let parts: Vec<_> = (0..150).map(|i| partition(&t, &[&format!("é{}\u{1}", i / 3), &i.to_string()])).collect();
    s.store.add_partitions("default", "t", &parts, false).unwrap();
    s.store.add_partitions("default", "t", &[partition(&t, &["", "x"])], false).unwrap();
    let data = ColumnStatisticsData::String { max_length: 3, average_length: 2.0, nulls: 0, distinct: 7 };
    let mut marks = sketch::DistinctSketch::default();
    marks.add(sketch::hash_bytes(b"x"));
    let one = ColumnStatistics {
        column: "a".into(),
        ty: "string".parse().unwrap(),
        data,
        last_analyzed: 9,
        sketch: Some(marks),
        foreign: Default::default(),
    };
    s.store.set_column_statistics("default", "t", None, std::slice::from_ref(&one)).unwrap();
    s.store.set_column_statistics("default", "t", Some(&parts[3].values), &[one]).unwrap();
    let key = Constraint {
        name: "pk".into(),
        kind: ConstraintKind::PrimaryKey { columns: strings(&["a"]) },
        enable: false,
        validate: false,
        rely: true,
    };
    s.store.change_constraints("default", "t", &[], &[key]).unwrap();
    let connector = DataConnector { name: "c".into(), ..DataConnector::default() };
    s.store.change_definitions(&[definitions::created(&connector).unwrap()]).unwrap();
    s.store.record_commit("default", "t", "journal").unwrap();
    s.store.begin_write("default", "t", &TransactionOwner::this_process("me")).unwrap();
    s
}

fn dumped(s: &Scratch) -> String {
    let mut out = vec![];
    s.store.dump(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn a_dump_restores_everything(on: Kind) {
    let s = full(on);
    assert_eq!(s.store.check().unwrap(), [""; 0]);
    let text = dumped(&s);
    for other in [Kind::Sqlite, Kind::Postgres] {
        let copy = Scratch::empty(other);
        assert_eq!(copy.store.restore(&mut text.as_bytes()).unwrap(), text.lines().count() as u64 - 1);
        assert_eq!(copy.store.check().unwrap(), [""; 0]);
        assert_eq!(dumped(&copy), text);
        assert_eq!(
            copy.store.partitions("default", "t", &PartitionFilter::All, None).unwrap(),
            s.store.partitions("default", "t", &PartitionFilter::All, None).unwrap()
        );
        assert_eq!(
            copy.store.column_statistics("default", "t", None, &[]).unwrap(),
            s.store.column_statistics("default", "t", None, &[]).unwrap()
        );
        // It goes on with numbers of its own.
        copy.store.create_table(&table("u", &[])).unwrap();
        copy.store.record_commit("default", "u", "j").unwrap();
        let last = s.store.transactions().unwrap().last().unwrap().id;
        let next = copy.store.begin_write("default", "t", &TransactionOwner::this_process("me")).unwrap();
        assert_eq!((next.transaction, next.write_id), (last + 1, 2));
        is_refused(copy.store.restore(&mut text.as_bytes()));
        assert_eq!(copy.store.locks(&LockFilter::default()).unwrap(), []);
        assert_eq!(copy.store.events(&EventFilter::default()).unwrap().len(), s.count("events") as usize);
    }
}

fn what_is_no_dump_is_refused_and_changes_nothing(on: Kind) {
    let text = dumped(&full(on));
    let s = Scratch::empty(on);
    let mut lines: Vec<&str> = text.lines().collect();
    let broken = |lines: &[&str]| is_refused(s.store.restore(&mut lines.join("\n").as_bytes()));
    assert!(broken(&[]).contains("it is empty"));
    assert!(broken(&["{}"]).contains("line 1: it is no dump"));
    assert!(broken(&lines[1..]).contains("line 1: it is no dump"));
    assert!(broken(&[r#"{"format":"skep catalog","schema":1}"#]).contains("schema version 1"));
    lines[2] = r#"{"table":"tables; DROP TABLE databases","row":{}}"#;
    assert!(broken(&lines).contains("line 3: a catalog has no table"));
    lines[2] = r#"{"table":"tables","row":{"x":1}}"#;
    assert!(broken(&lines).contains("line 3: the table tables has no column x"));
    lines[2] = r#"{"table":"tables","#;
    assert!(broken(&lines).contains("line 3"));
    assert_eq!(s.store.database_names(None).unwrap(), [""; 0]);
    assert_eq!(s.store.restore(&mut text.as_bytes()).unwrap(), text.lines().count() as u64 - 1);
}

fn a_check_finds_what_is_wrong(on: Kind) {
    let s = full(on);
    for (sql, told) in [
        ("UPDATE partitions SET parameters = '[]' WHERE number1 = 5", "the partition ds=é1%01/hr=5 of default.t"),
        ("UPDATE partitions SET number1 = 77 WHERE number1 = 6", "is indexed by other values than it has"),
        ("UPDATE partitions SET name = 'ds=1' WHERE number1 = 7", "has 1 values, and the table 2 partition columns"),
        ("UPDATE partitions SET name = 'ds=1/hr=08' WHERE number1 = 8", "is indexed by other values"),
        (
            "INSERT INTO descriptors (table_id, body) SELECT table_id, '{' FROM tables",
            "a storage descriptor of default.t",
        ),
        ("UPDATE definitions SET body = '{'", "the connector c cannot be read"),
        ("UPDATE counters SET value = 0", "events have numbers that are not given away yet"),
        ("DELETE FROM events WHERE event_id = 2", "events before these are missing: 3"),
        ("UPDATE last_write_ids SET write_id = 0", "write ids are not given away yet: default.t 1"),
        ("UPDATE tables SET kind = 'x'", "no kind of table is called x"),
    ] {
        s.run(sql);
        let found = s.store.check().unwrap();
        assert!(found.iter().any(|text| text.contains(told)), "{sql}: {found:#?}");
    }
    if on == Kind::Sqlite {
        s.run("PRAGMA foreign_keys = OFF; DELETE FROM databases");
        let found = s.store.check().unwrap();
        assert!(
            found.contains(&"1 rows of tables refer to rows of databases that are not there".to_string()),
            "{found:#?}"
        );
    }
}

on_every_store!(
    a_dump_restores_everything,
    what_is_no_dump_is_refused_and_changes_nothing,
    a_check_finds_what_is_wrong,
);
