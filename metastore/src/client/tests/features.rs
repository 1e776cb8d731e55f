//! Servers of Hive's versions, by what they do not know.

use std::sync::Arc;

use super::{TestServer, catalog, options, partition, table};
use crate::client::{RemoteOptions, open};
use crate::error::MetastoreError;
use crate::model::{
    ColumnStatistics, ColumnStatisticsData, Compaction, Constraint, ConstraintKind, DataConnector, PartitionFilter,
    PrincipalType, Table, TransactionOwner,
};
use crate::service::Service;
use crate::store::{Feature, MetaStore, definitions};

/// Methods that came with Hive 3.0 and 4.0, of those that the client calls.
const NEW: [&str; 16] = [
    "add_check_constraint",
    "add_default_constraint",
    "add_not_null_constraint",
    "add_unique_constraint",
    "allocate_table_write_ids",
    "alter_table_req",
    "create_dataconnector",
    "create_table_req",
    "get_check_constraints",
    "get_dataconnectors",
    "get_default_constraints",
    "get_not_null_constraints",
    "get_table_req",
    "get_unique_constraints",
    "get_valid_write_ids",
    "skep_protocol",
];

/// Methods that newer servers need not have, for they have others.
const OLD: [&str; 7] = [
    "alter_partitions_with_environment_context",
    "alter_table_with_environment_context",
    "create_table_with_constraints",
    "create_table_with_environment_context",
    "get_partitions_by_names",
    "get_table",
    "update_table_column_statistics",
];

fn scene(unknown: &[&'static str]) -> (tempfile::TempDir, TestServer, Arc<dyn MetaStore>) {
    let (folder, store) = catalog();
    let server = TestServer::start(Service::new(store).router());
    server.forget(unknown);
    let client = open(RemoteOptions { hive_api: true, ..options(&[&server], folder.path()) }).unwrap();
    (folder, server, client)
}

fn constraint(name: &str, kind: ConstraintKind) -> Constraint {
    Constraint { name: name.into(), kind, enable: false, validate: false, rely: true }
}

fn statistics() -> ColumnStatistics {
    ColumnStatistics {
        column: "a".into(),
        ty: "int".parse().unwrap(),
        data: ColumnStatisticsData::Long { low: Some(-1), high: Some(9), nulls: 2, distinct: 4 },
        last_analyzed: 0,
        sketch: None,
        foreign: Default::default(),
    }
}

fn transactional(mut table: Table) -> Table {
    table.parameters.insert("transactional".into(), "true".into());
    table.parameters.insert("transactional_properties".into(), "insert_only".into());
    table
}

/// What can be done with a table, whatever the server's version.
fn round(client: &dyn MetaStore, folder: &std::path::Path) {
    let mut one = table("one", &["ds string"], folder);
    client.create_table(&one).unwrap();
    let part = partition(&one, &["x"]);
    client.add_partitions("default", "one", std::slice::from_ref(&part), false).unwrap();
    client.alter_partitions("default", "one", std::slice::from_ref(&part)).unwrap();
    for values in [None, Some(part.values.as_slice())] {
        client.set_column_statistics("default", "one", values, &[statistics()]).unwrap();
    }
    one.parameters.insert("k".into(), "v".into());
    client.alter_table("default", "one", &one).unwrap();
    assert_eq!(client.table("default", "one").unwrap().parameters["k"], "v");
    assert_eq!(client.partitions("default", "one", &PartitionFilter::All, None).unwrap().len(), 1);
    let other = Table { name: "other".into(), ..one };
    client.alter_table("default", "one", &other).unwrap();
    for values in [None, Some(part.values.as_slice())] {
        let found = client.column_statistics("default", "other", values, &[]).unwrap();
        assert_eq!(found.iter().map(|one| &one.data).collect::<Vec<_>>(), [&statistics().data]);
    }
    client.drop_table("default", "other").unwrap();
}

#[test]
fn of_methods_that_do_the_same_the_one_that_is_known_is_called() {
    for unknown in [&NEW[..], &OLD[..], &[]] {
        let (folder, _server, client) = scene(unknown);
        round(client.as_ref(), folder.path());
    }
}

#[test]
fn what_hive_2_does_not_keep_is_named() {
    let (folder, server, client) = scene(&NEW);
    let kept: Vec<Feature> = Feature::ALL.into_iter().filter(|feature| client.has(*feature).unwrap()).collect();
    assert_eq!(kept, [Feature::IncompatibleColumnTypes]);
    let one = table("one", &[], folder.path());
    let refused = |result: crate::Result<()>, what: &str| match result {
        Err(MetastoreError::InvalidOperation(message)) => {
            assert!(message.contains(what) && message.contains(&server.endpoint().to_string()), "{message}");
        }
        other => panic!("{other:?}"),
    };
    refused(client.create_table(&transactional(one.clone())), "that takes Hive 3.0 or later");
    let kinds = [
        ("NOT NULL", ConstraintKind::NotNull { column: "a".into() }),
        ("UNIQUE", ConstraintKind::Unique { columns: vec!["a".into()] }),
    ];
    for (word, kind) in &kinds {
        refused(
            client.create_constrained_table(&one, &[constraint("n", kind.clone())]),
            &format!("{word} constraints"),
        );
    }
    client.create_table(&one).unwrap();
    for (word, kind) in kinds {
        refused(client.change_constraints("default", "one", &[], &[constraint("n", kind)]), word);
    }
    refused(client.alter_table("default", "one", &transactional(one.clone())), "is transactional");
    let connector = DataConnector { name: "c".into(), owner_type: PrincipalType::User, ..Default::default() };
    refused(client.change_definitions(&[definitions::created(&connector).unwrap()]), "create_dataconnector");
    assert!(definitions::all::<DataConnector>(client.as_ref()).unwrap().is_empty());
}

#[test]
fn foreign_keys_refer_to_keys() {
    let (folder, _server, client) = scene(&NEW);
    let parent = table("parent", &[], folder.path());
    let key = constraint("pk", ConstraintKind::PrimaryKey { columns: vec!["a".into()] });
    client.create_constrained_table(&parent, &[key]).unwrap();
    let child = table("child", &[], folder.path());
    let reference = |table: &str, column: &str| {
        let kind = ConstraintKind::ForeignKey {
            columns: vec!["a".into()],
            parent_database: "default".into(),
            parent_table: table.into(),
            parent_columns: vec![column.into()],
        };
        client.create_constrained_table(&child, &[constraint("fk", kind)])
    };
    for (table, column, said) in [
        ("nobody", "a", "Parent table not found: nobody"),
        ("parent", "q", "Parent column not found: q"),
        ("parent", "c", "no corresponding primary key"),
    ] {
        let error = reference(table, column).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
    reference("parent", "a").unwrap();
    assert_eq!(client.constraints("default", "child").unwrap().len(), 1);
}

#[test]
fn connectors_and_compactions_are_hives() {
    let (folder, _server, client) = scene(&[]);
    assert!(client.has(Feature::Connectors).unwrap() && !client.has(Feature::OwnCompactions).unwrap());
    let mut connector =
        DataConnector { name: "c".into(), kind: "mysql".into(), url: "jdbc:mysql:x".into(), ..Default::default() };
    client.change_definitions(&[definitions::created(&connector).unwrap()]).unwrap();
    let stored = definitions::find::<DataConnector>(client.as_ref(), "c").unwrap().unwrap();
    assert_eq!((stored.value.kind.as_str(), stored.value.url.as_str()), ("mysql", "jdbc:mysql:x"));
    connector.url = "jdbc:mysql:y".into();
    client.change_definitions(&definitions::replaced(&stored, &connector).unwrap()).unwrap();
    let stored = definitions::find::<DataConnector>(client.as_ref(), "c").unwrap().unwrap();
    assert_eq!(stored.value.url, "jdbc:mysql:y");
    client.change_definitions(&[definitions::removed(&stored)]).unwrap();
    assert!(definitions::find::<DataConnector>(client.as_ref(), "c").unwrap().is_none());

    client.create_table(&transactional(table("t", &[], folder.path()))).unwrap();
    let wanted = Compaction {
        id: 0,
        database: "default".into(),
        table: "t".into(),
        partition: None,
        kind: "MAJOR".into(),
        state: "initiated".into(),
        owner: TransactionOwner::this_process("me"),
        enqueued: 0,
        started: None,
        ended: None,
        highest_write_id: 0,
        error: None,
        details: Default::default(),
    };
    assert!(client.put_compaction(&wanted).unwrap_err().to_string().contains("compacted by Hive's workers"));
    let (one, new) = client.request_compaction(&wanted).unwrap();
    assert!(new && one.id > 0);
    let (again, new) = client.request_compaction(&wanted).unwrap();
    assert!(!new && again.id == one.id);
    assert_eq!(client.compactions().unwrap().len(), 1);
}
