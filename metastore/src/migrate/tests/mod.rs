//! Tests of moving in.

mod hive_schema;

use std::sync::Arc;

use tempfile::TempDir;

use super::{CopyOptions, Judge, Kind, Source, StoreSource, copy};
use crate::model::{
    ColumnStatistics, ColumnStatisticsData, Constraint, ConstraintKind, Database, FieldSchema, Function, Grant,
    Granted, Partition, PartitionFilter, PrincipalType, Role, StorageDescriptor, Table, TableKind,
};
use crate::store::sqlite::SqliteStore;
use crate::store::{MetaStore, definitions};

/// Lacks one storage handler, and knows nothing of functions.
struct Plain;

impl Judge for Plain {
    fn lacks(&self, table: &Table) -> Option<String> {
        table.parameters.get("storage_handler").map(|handler| format!("the storage handler {handler}"))
    }

    fn partition_lacks(&self, _: &Table, partition: &Partition) -> Option<String> {
        (partition.storage.input_format == "other").then(|| "the format other".to_string())
    }

    fn function(&self, function: &Function) -> String {
        format!("is {}", function.name)
    }
}

fn store() -> (TempDir, Arc<SqliteStore>) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("catalog.db")).unwrap();
    (folder, Arc::new(store))
}

fn database(name: &str) -> Database {
    Database {
        name: name.to_string(),
        comment: None,
        location: format!("file:/w/{name}.db"),
        managed_location: None,
        owner: Some("hive".to_string()),
        owner_type: PrincipalType::User,
        parameters: Default::default(),
        create_time: 1,
    }
}

fn field(name: &str) -> FieldSchema {
    FieldSchema { name: name.to_string(), ty: "int".parse().unwrap(), comment: None }
}

fn table(database: &str, name: &str, keys: &[&str]) -> Table {
    Table {
        database: database.to_string(),
        name: name.to_string(),
        owner: "me".to_string(),
        create_time: 1,
        last_access_time: 0,
        retention: 0,
        kind: TableKind::Managed,
        temporary: false,
        storage: StorageDescriptor {
            columns: vec![field("a")],
            location: format!("file:/w/{database}.db/{name}"),
            num_buckets: -1,
            ..StorageDescriptor::default()
        },
        partition_keys: keys.iter().map(|key| field(key)).collect(),
        parameters: Default::default(),
        view_original_text: None,
        view_expanded_text: None,
        extras: Default::default(),
    }
}

/// A catalog with one of everything.
fn full() -> (TempDir, Arc<SqliteStore>) {
    let (folder, store) = store();
    store.create_database(&database("default")).unwrap();
    store.create_database(&database("d")).unwrap();
    let mut handled = table("d", "h", &[]);
    handled.parameters.insert("storage_handler".into(), "org.H".into());
    let key = Constraint {
        name: "pk".into(),
        kind: ConstraintKind::PrimaryKey { columns: vec!["a".into()] },
        enable: false,
        validate: false,
        rely: true,
    };
    store.create_constrained_table(&table("d", "z", &[]), &[key]).unwrap();
    let reference = Constraint {
        name: "fk".into(),
        kind: ConstraintKind::ForeignKey {
            columns: vec!["a".into()],
            parent_database: "d".into(),
            parent_table: "z".into(),
            parent_columns: vec!["a".into()],
        },
        enable: false,
        validate: false,
        rely: false,
    };
    store.create_constrained_table(&handled, &[reference]).unwrap();
    let partitioned = table("default", "p", &["k"]);
    store.create_table(&partitioned).unwrap();
    let partitions: Vec<Partition> = (0..1500)
        .map(|i| Partition {
            values: vec![i.to_string()],
            create_time: 1,
            last_access_time: 0,
            storage: StorageDescriptor {
                input_format: if i == 7 { "other" } else { "" }.to_string(),
                location: format!("file:/w/p/k={i}"),
                ..partitioned.storage.clone()
            },
            parameters: [("COLUMN_STATS_ACCURATE".to_string(), "{\"COLUMN_STATS\":{\"a\":\"true\"}}".to_string())]
                .into(),
            write_id: None,
        })
        .collect();
    store.add_partitions("default", "p", &partitions, false).unwrap();
    store.set_column_statistics("default", "p", Some(&["7".to_string()]), &[statistics()]).unwrap();
    store.set_column_statistics("d", "z", None, &[statistics()]).unwrap();
    store
        .create_function(&Function {
            database: "d".into(),
            name: "f".into(),
            class_name: "org.F".into(),
            owner: None,
            owner_type: PrincipalType::User,
            create_time: 1,
            resources: Vec::new(),
        })
        .unwrap();
    let role = Role { name: "r".into(), owner: None, create_time: 1 };
    let grant = Grant {
        principal: "you".into(),
        principal_type: PrincipalType::User,
        granted: Granted::Role("r".into()),
        grant_option: false,
        grantor: "me".into(),
        grantor_type: PrincipalType::User,
        create_time: 1,
        authorizer: None,
    };
    store.change_definitions(&[definitions::created(&role).unwrap(), definitions::created(&grant).unwrap()]).unwrap();
    (folder, store)
}

fn statistics() -> ColumnStatistics {
    ColumnStatistics {
        column: "a".into(),
        ty: "int".parse().unwrap(),
        data: ColumnStatisticsData::Long { low: Some(1), high: Some(9), nulls: 0, distinct: 4 },
        last_analyzed: 5,
        sketch: None,
        foreign: Default::default(),
    }
}

#[test]
fn everything_is_copied_once() {
    let (_one, from) = full();
    let (_other, to) = store();
    to.create_database(&Database { location: "file:/elsewhere".into(), ..database("default") }).unwrap();
    let source = StoreSource { store: from.clone(), name: "a store".into() };
    let run = |dry_run: bool| {
        let options = CopyOptions { dry_run, ..CopyOptions::default() };
        copy(&source, (to.as_ref(), "another"), &Plain, &options, &mut |_| {}).unwrap()
    };
    let looked = run(true);
    assert!(to.database("d").is_err() && looked.is_complete(), "{looked}");
    let report = run(false);
    assert!(report.is_complete(), "{report}");
    for (kind, found) in [
        (Kind::Databases, 2),
        (Kind::ManagedTables, 3),
        (Kind::Partitions, 1500),
        (Kind::Constraints, 2),
        (Kind::Statistics, 2),
        (Kind::Functions, 1),
        (Kind::Roles, 1),
        (Kind::Grants, 1),
    ] {
        let counts = report.counts[&kind];
        assert_eq!((counts.found, counts.copied, counts.there), (found, found, 0), "{kind:?}");
        assert_eq!(looked.counts[&kind].copied, found, "{kind:?}");
    }
    assert_eq!(to.database("default").unwrap().location, "file:/w/default.db");
    assert_eq!(to.table("d", "z").unwrap(), from.table("d", "z").unwrap());
    assert_eq!(to.constraints("d", "h").unwrap(), from.constraints("d", "h").unwrap());
    let all = |store: &SqliteStore| store.partitions("default", "p", &PartitionFilter::All, None).unwrap();
    assert_eq!(all(&to), all(&from));
    let values = ["7".to_string()];
    assert_eq!(to.column_statistics("default", "p", Some(&values), &[]).unwrap(), [statistics()]);
    let text = report.to_string();
    for said in
        ["the storage handler org.H: 1 table", "the format other: 1 table", "d.f (org.F): is f", "1 of 3 tables"]
    {
        assert!(text.contains(said), "{said}\n{text}");
    }
    // Once more: nothing is left to do.
    let again = run(false);
    assert!(again.is_complete(), "{again}");
    assert!(again.counts.values().all(|counts| counts.copied == 0 && counts.there == counts.found), "{again}");
}

#[test]
fn what_is_other_in_the_target_is_left_alone() {
    let (_one, from) = full();
    let (_other, to) = store();
    to.create_database(&database("default")).unwrap();
    to.create_database(&database("d")).unwrap();
    let mut other = table("d", "z", &[]);
    other.storage.location = "file:/elsewhere".into();
    to.create_table(&other).unwrap();
    let source = StoreSource { store: from, name: "a store".into() };
    let options = CopyOptions { databases: Some("d".into()), ..CopyOptions::default() };
    let report = copy(&source, (to.as_ref(), "another"), &Plain, &options, &mut |_| {}).unwrap();
    assert_eq!(report.different, ["d.z (location)"]);
    assert_eq!(to.table("d", "z").unwrap(), other);
    // Its primary key is not there: the foreign key to it cannot be.
    assert_eq!(report.failures.len(), 1, "{report}");
    assert!(to.table("default", "p").is_err(), "the pattern does not choose it");
    assert!(source.describe() == "a store" && to.table("d", "h").is_ok());
}

#[test]
fn later_changes_are_named_and_brought_where_that_is_wanted() {
    let (_one, from) = full();
    let (_other, to) = store();
    let source = StoreSource { store: from.clone(), name: "a store".into() };
    let run = |options: CopyOptions| copy(&source, (to.as_ref(), "another"), &Plain, &options, &mut |_| {}).unwrap();
    assert!(run(CopyOptions::default()).is_complete());
    // Figures alone are no difference.
    let mut counted = from.table("d", "z").unwrap();
    counted.parameters.insert("numRows".into(), "7".into());
    from.alter_table("d", "z", &counted).unwrap();
    let again = run(CopyOptions::default());
    assert!(again.different.is_empty() && again.counts.values().all(|counts| counts.there == counts.found), "{again}");

    from.alter_database(&Database { comment: Some("new".into()), ..database("d") }).unwrap();
    let mut wider = from.table("default", "p").unwrap();
    wider.storage.columns.push(field("b"));
    wider.parameters.insert("x".into(), "y".into());
    from.alter_table("default", "p", &wider).unwrap();
    let values = ["7".to_string()];
    let mut moved = from.partition("default", "p", &values).unwrap();
    moved.storage.location = "file:/elsewhere".into();
    from.alter_partitions("default", "p", std::slice::from_ref(&moved)).unwrap();
    let mut new = moved.clone();
    new.values = vec!["2000".into()];
    from.add_partitions("default", "p", &[new], false).unwrap();
    let fewer = ColumnStatistics { last_analyzed: 9, ..statistics() };
    from.set_column_statistics("default", "p", Some(&values), std::slice::from_ref(&fewer)).unwrap();
    let mut function = from.function("d", "f").unwrap();
    function.class_name = "org.G".into();
    from.drop_function("d", "f").unwrap();
    from.create_function(&function).unwrap();
    let mut key = from.constraints("d", "z").unwrap().remove(0);
    key.rely = false;
    from.change_constraints("d", "z", &["pk".into()], std::slice::from_ref(&key)).unwrap();

    let named = run(CopyOptions::default());
    assert!(named.is_complete(), "{named}");
    assert_eq!(
        named.different,
        [
            "database d (comment)",
            "constraint pk of d.z (definition)",
            "function d.f (class)",
            "default.p (columns, properties)",
        ]
    );
    assert!(named.to_string().contains("--overwrite"), "{named}");
    let before = to.table("default", "p").unwrap();
    let looked = run(CopyOptions { overwrite: true, dry_run: true, ..CopyOptions::default() });
    assert_eq!(to.table("default", "p").unwrap(), before);
    let brought = run(CopyOptions { overwrite: true, ..CopyOptions::default() });
    for report in [looked, brought] {
        assert!(report.is_complete() && report.different.is_empty(), "{report}");
        for (kind, copied, replaced) in [
            (Kind::Databases, 0, 1),
            (Kind::ManagedTables, 0, 2),
            (Kind::Partitions, 1, 1),
            (Kind::Statistics, 0, 1),
            (Kind::Functions, 0, 1),
            (Kind::Constraints, 0, 1),
            (Kind::Grants, 0, 0),
        ] {
            let counts = report.counts[&kind];
            assert_eq!((counts.copied, counts.replaced), (copied, replaced), "{kind:?}\n{report}");
            assert_eq!(counts.there, counts.found - copied - replaced, "{kind:?}\n{report}");
        }
    }
    assert_eq!(to.database("d").unwrap(), from.database("d").unwrap());
    for (database, name) in [("default", "p"), ("d", "z"), ("d", "h")] {
        assert_eq!(to.table(database, name).unwrap(), from.table(database, name).unwrap());
        assert_eq!(to.constraints(database, name).unwrap(), from.constraints(database, name).unwrap());
    }
    let all = |store: &SqliteStore| store.partitions("default", "p", &PartitionFilter::All, None).unwrap();
    assert_eq!(all(&to), all(&from));
    assert_eq!(to.column_statistics("default", "p", Some(&values), &[]).unwrap(), [fewer]);
    assert_eq!(to.function("d", "f").unwrap().class_name, "org.G");
}
