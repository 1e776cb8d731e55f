use super::*;
use crate::model::{Order, SerDeInfo, SkewedInfo};

fn are_kept_as_given(on: Kind) {
    let s = Scratch::new(on);
    let mut t = table("t", &["ds string", "hr int"]);
    t.storage.serde = SerDeInfo {
        name: Some("n".into()),
        library: "l".into(),
        parameters: [("field.delim".to_string(), "\u{1}".to_string())].into(),
        ..SerDeInfo::default()
    };
    t.storage.sort_columns = vec![Order { column: "a".into(), ascending: false }];
    t.storage.skewed = SkewedInfo {
        columns: vec!["a".into()],
        values: vec![vec!["1".into()]],
        locations: vec![(vec!["1".into()], "file:/x".into())],
    };
    t.partition_keys[0].comment = Some("day".into());
    s.store.create_table(&t).unwrap();
    assert_eq!(s.store.table("default", "t").unwrap(), t);
    let mut v = table("v", &[]);
    v.kind = TableKind::View;
    v.view_original_text = Some("select *".into());
    v.view_expanded_text = Some("select `a`".into());
    s.store.create_table(&v).unwrap();
    assert_eq!(s.store.table("default", "v").unwrap(), v);
    assert_eq!(s.store.table_names("default", None, None).unwrap(), ["t", "v"]);
    assert_eq!(s.store.table_names("default", Some("*"), Some(&[TableKind::View])).unwrap(), ["v"]);
    assert_eq!(s.store.table_names("default", Some("T"), None).unwrap(), ["t"]);
}

fn say_what_is_wrong(on: Kind) {
    let s = Scratch::with_table(on, &[]);
    assert_eq!(is_there(s.store.create_table(&table("t", &[]))), "Table hive.default.t already exists");
    assert_eq!(is_missing(s.store.table("default", "x")), "hive.default.x table not found");
    assert_eq!(is_missing(s.store.table("x", "t")), "Database does not exist: x");
    is_missing(s.store.drop_table("default", "x"));
    is_missing(s.store.alter_table("default", "x", &table("x", &[])));
    is_refused(s.store.create_table(&table("", &[])));
    let mut t = table("u", &[]);
    t.database = "x".into();
    is_missing(s.store.create_table(&t));
    t.database = "default".into();
    t.temporary = true;
    is_refused(s.store.create_table(&t));
}

fn are_renamed_with_all_they_have(on: Kind) {
    let s = Scratch::with_table(on, &["ds string"]);
    let mut t = table("t", &["ds string"]);
    let p = partition(&t, &["1"]);
    s.store.add_partitions("default", "t", std::slice::from_ref(&p), false).unwrap();
    let id = s.store.record_commit("default", "t", "j").unwrap();
    s.store.create_database(&database("d")).unwrap();
    (t.database, t.name) = ("d".into(), "u".into());
    s.store.alter_table("default", "t", &t).unwrap();
    is_missing(s.store.table("default", "t"));
    assert_eq!(s.store.table("d", "u").unwrap(), t);
    assert_eq!(s.store.partition("d", "u", &p.values).unwrap(), p);
    assert_eq!(s.store.pending_commits("d", "u").unwrap()[0].id, id);
    s.store.create_table(&table("t", &[])).unwrap();
    assert_eq!(is_refused(s.store.alter_table("default", "t", &t)), "new table hive.d.u already exists");
    assert_eq!(s.store.table("default", "t").unwrap(), table("t", &[]));
}

fn may_change_partition_columns_but_not_their_number(on: Kind) {
    let s = Scratch::with_table(on, &["ds string", "hr string"]);
    let mut t = table("t", &["ds string", "hr string"]);
    let mut parts: Vec<_> = ["2", "10", "x"].iter().map(|hr| partition(&t, &["a", hr])).collect();
    s.store.add_partitions("default", "t", &parts, false).unwrap();
    t.partition_keys = vec![field("day string"), field("hr int")];
    s.store.alter_table("default", "t", &t).unwrap();
    // The folders stay where they are.
    parts.sort_by_key(|p| p.values[1].clone());
    assert_eq!(s.store.partitions("default", "t", &crate::model::PartitionFilter::All, None).unwrap(), parts);
    let above_5 = crate::model::PartitionFilter::Compare {
        column: 1,
        op: crate::model::CompareOp::Gt,
        literal: crate::model::PartitionLiteral::Integer(5),
    };
    assert_eq!(s.store.partition_values("default", "t", &above_5, None).unwrap(), [strings(&["a", "10"])]);
    t.partition_keys.pop();
    assert_eq!(is_refused(s.store.alter_table("default", "t", &t)), "partition keys can not be changed.");
    s.store.drop_partitions("default", "t", &parts.iter().map(|p| p.values.clone()).collect::<Vec<_>>()).unwrap();
    s.store.alter_table("default", "t", &t).unwrap();
}

fn are_dropped_with_all_they_have(on: Kind) {
    let s = Scratch::with_table(on, &["ds string"]);
    let t = table("t", &["ds string"]);
    s.store.add_partitions("default", "t", &[partition(&t, &["1"])], false).unwrap();
    s.store.record_commit("default", "t", "j").unwrap();
    s.store.drop_table("default", "t").unwrap();
    for table in ["tables", "partitions", "descriptors", "pending_commits"] {
        assert_eq!(s.count(table), 0, "{table}");
    }
}

on_every_store!(
    are_kept_as_given,
    say_what_is_wrong,
    are_renamed_with_all_they_have,
    may_change_partition_columns_but_not_their_number,
    are_dropped_with_all_they_have
);
