//! Towards a server that knows Hive's API alone: ours, spoken to as if it were Hive's.

use std::sync::Arc;

use super::{TestServer, catalog, database, field, options, partition, strings, table};
use crate::client::{RemoteOptions, open};
use crate::error::MetastoreError;
use crate::model::{
    ColumnStatistics, ColumnStatisticsData, CompareOp, Constraint, ConstraintKind, DefinitionKind, Function, Grant,
    Granted, Partition, PartitionFilter, PartitionLiteral, PrincipalType, PrivilegeObject, Role, TableKind,
};
use crate::service::Service;
use crate::store::{CatalogChange, MetaStore, definitions};

struct Scene {
    folder: tempfile::TempDir,
    store: Arc<crate::store::sqlite::SqliteStore>,
    client: Arc<dyn MetaStore>,
    _server: TestServer,
}

fn scene() -> Scene {
    let (folder, store) = catalog();
    let server = TestServer::start(Service::new(store.clone()).router());
    let client = as_hive(&server, &folder);
    Scene { folder, store, client, _server: server }
}

fn as_hive(server: &TestServer, folder: &tempfile::TempDir) -> Arc<dyn MetaStore> {
    open(RemoteOptions { hive_api: true, ..options(&[server], folder.path()) }).unwrap()
}

/// But for what a server sets itself.
fn plain(mut partition: Partition) -> Partition {
    partition.parameters.retain(|key, _| key == "numRows");
    Partition { create_time: 0, ..partition }
}

#[test]
fn databases_tables_and_functions() {
    let Scene { folder, client, _server, .. } = scene();
    let mut d = database("d", folder.path());
    client.create_database(&d).unwrap();
    assert!(matches!(client.create_database(&d), Err(MetastoreError::AlreadyExists(_))));
    assert_eq!(client.database("d").unwrap().parameters, d.parameters);
    assert!(matches!(client.database("e"), Err(MetastoreError::NoSuchObject(_))));
    assert_eq!(client.database_names(Some("d|x")).unwrap(), ["d"]);
    d.comment = Some("other".into());
    client.alter_database(&d).unwrap();
    assert_eq!(client.database("d").unwrap().comment.as_deref(), Some("other"));

    let mut wanted = table("t", &["ds string", "h int"], folder.path());
    client.create_table(&wanted).unwrap();
    let there = client.table("default", "t").unwrap();
    assert_eq!((&there.storage, &there.partition_keys), (&wanted.storage, &wanted.partition_keys));
    assert_eq!((there.kind, there.parameters["comment"].as_str()), (TableKind::Managed, "x"));
    assert!(matches!(client.create_table(&wanted), Err(MetastoreError::AlreadyExists(_))));
    assert!(matches!(client.table("default", "u"), Err(MetastoreError::NoSuchObject(_))));
    assert_eq!(client.table_names("default", Some("t*"), None).unwrap(), ["t"]);
    assert_eq!(client.table_names("default", None, Some(&[TableKind::View])).unwrap(), [""; 0]);
    assert!(matches!(client.table_names("nowhere", None, None), Err(MetastoreError::NoSuchObject(_))));
    wanted.parameters.insert("k".into(), "v".into());
    wanted.storage.columns.push(field("d double"));
    client.alter_table("default", "t", &wanted).unwrap();
    assert_eq!(client.table("default", "t").unwrap().storage.columns, wanted.storage.columns);
    assert!(matches!(client.alter_table("default", "u", &wanted), Err(MetastoreError::NoSuchObject(_))));
    assert!(folder.path().join("default/t").is_dir());
    client.drop_table("default", "t").unwrap();
    assert!(folder.path().join("default/t").is_dir(), "folders are the engine's");
    assert!(matches!(client.drop_table("default", "t"), Err(MetastoreError::NoSuchObject(_))));

    let function = Function {
        database: "d".into(),
        name: "f".into(),
        class_name: "org.F".into(),
        owner: Some("me".into()),
        owner_type: PrincipalType::User,
        create_time: 1_700_000_000,
        resources: Vec::new(),
    };
    client.create_function(&function).unwrap();
    assert_eq!(client.function("d", "f").unwrap().class_name, "org.F");
    assert_eq!(client.function_names("d", None).unwrap(), ["f"]);
    assert!(matches!(client.drop_database("d", false), Err(MetastoreError::InvalidOperation(_))));
    client.drop_function("d", "f").unwrap();
    client.drop_database("d", false).unwrap();
}

#[test]
fn partitions_are_filtered_exactly() {
    let Scene { folder, client, _server, .. } = scene();
    let table = table("t", &["ds string", "h int"], folder.path());
    client.create_table(&table).unwrap();
    let all: Vec<Partition> =
        [["a", "1"], ["a", "02"], ["b", "1"], ["c/d", "10"]].iter().map(|values| partition(&table, values)).collect();
    assert_eq!(client.add_partitions("default", "t", &all[..3], false).unwrap(), 3);
    assert!(matches!(client.add_partitions("default", "t", &all, false), Err(MetastoreError::AlreadyExists(_))));
    assert_eq!(client.add_partitions("default", "t", &all, true).unwrap(), 1);
    let text =
        |op, text: &str| PartitionFilter::Compare { column: 0, op, literal: PartitionLiteral::Text(text.into()) };
    let number = |op, number| PartitionFilter::Compare { column: 1, op, literal: PartitionLiteral::Integer(number) };
    let found = |filter: &PartitionFilter, limit: Option<usize>| {
        let values = client.partition_values("default", "t", filter, limit).unwrap();
        let partitions = client.partitions("default", "t", filter, limit).unwrap();
        assert_eq!(partitions.iter().map(|one| one.values.clone()).collect::<Vec<_>>(), values);
        values.iter().map(|values| values.join(",")).collect::<Vec<_>>()
    };
    assert_eq!(found(&PartitionFilter::All, None), ["a,02", "a,1", "b,1", "c/d,10"]);
    assert_eq!(found(&PartitionFilter::All, Some(2)), ["a,02", "a,1"]);
    assert_eq!(found(&text(CompareOp::Eq, "a"), None), ["a,02", "a,1"]);
    assert_eq!(found(&text(CompareOp::Eq, "c/d"), None), ["c/d,10"]);
    assert_eq!(found(&number(CompareOp::Gt, 1), None), ["a,02", "c/d,10"]);
    let both = PartitionFilter::And(vec![text(CompareOp::GtEq, "a"), number(CompareOp::Eq, 1)]);
    assert_eq!(found(&both, Some(1)), ["a,1"]);
    assert_eq!(
        found(&PartitionFilter::Or(vec![text(CompareOp::Eq, "b"), number(CompareOp::Eq, 10)]), None),
        ["b,1", "c/d,10"]
    );

    assert_eq!(plain(client.partition("default", "t", &strings(&["c/d", "10"])).unwrap()), plain(all[3].clone()));
    assert!(matches!(client.partition("default", "t", &strings(&["x", "1"])), Err(MetastoreError::NoSuchObject(_))));
    let mut changed = all[0].clone();
    changed.parameters.insert("numRows".into(), "7".into());
    client.alter_partitions("default", "t", &[changed.clone()]).unwrap();
    assert_eq!(client.partition("default", "t", &changed.values).unwrap().parameters["numRows"], "7");
    let renamed = partition(&table, &["z", "9"]);
    client.rename_partition("default", "t", &changed.values, &renamed).unwrap();
    assert_eq!(client.partition("default", "t", &renamed.values).unwrap().storage, renamed.storage);
    assert!(client.partition("default", "t", &changed.values).is_err());
    client.drop_partitions("default", "t", &[renamed.values]).unwrap();
    assert!(folder.path().join("default/t/ds=z/h=9").is_dir());
    assert_eq!(found(&PartitionFilter::All, None).len(), 3);
}

#[test]
fn statistics_constraints_and_grants() {
    let Scene { folder, client, _server, .. } = scene();
    let table = table("t", &["ds string"], folder.path());
    let constraint =
        |name: &str, kind| Constraint { name: name.into(), kind, enable: false, validate: false, rely: true };
    let key = constraint("pk", ConstraintKind::PrimaryKey { columns: vec!["a".into(), "c".into()] });
    client.create_constrained_table(&table, std::slice::from_ref(&key)).unwrap();
    assert_eq!(client.constraints("default", "t").unwrap(), std::slice::from_ref(&key));
    let other = constraint("nn", ConstraintKind::NotNull { column: "a".into() });
    client.change_constraints("default", "t", &["pk".into()], std::slice::from_ref(&other)).unwrap();
    assert_eq!(client.constraints("default", "t").unwrap(), [other]);

    let one = ColumnStatistics {
        column: "a".into(),
        ty: "int".parse().unwrap(),
        data: ColumnStatisticsData::Long { low: Some(-1), high: Some(9), nulls: 2, distinct: 4 },
        last_analyzed: 0,
        sketch: None,
        foreign: Default::default(),
    };
    let part = partition(&table, &["x"]);
    client.add_partitions("default", "t", std::slice::from_ref(&part), false).unwrap();
    for values in [None, Some(part.values.as_slice())] {
        client.set_column_statistics("default", "t", values, std::slice::from_ref(&one)).unwrap();
        let found = client.column_statistics("default", "t", values, &[]).unwrap();
        assert_eq!(found.iter().map(|it| &it.data).collect::<Vec<_>>(), [&one.data]);
        client.delete_column_statistics("default", "t", values, &[]).unwrap();
        assert!(client.column_statistics("default", "t", values, &[]).unwrap().is_empty());
        client.delete_column_statistics("default", "t", values, &[]).unwrap();
    }

    let role = Role { name: "r".into(), owner: Some("me".into()), create_time: 7 };
    let grant = |granted| Grant {
        principal: "you".into(),
        principal_type: PrincipalType::User,
        granted,
        grant_option: true,
        grantor: "me".into(),
        grantor_type: PrincipalType::User,
        create_time: 7,
        authorizer: None,
    };
    let object = PrivilegeObject { database: Some("default".into()), table: Some("t".into()), ..Default::default() };
    let grants = [grant(Granted::Role("r".into())), grant(Granted::Privilege { privilege: "SELECT".into(), object })];
    client.change_definitions(&[definitions::created(&role).unwrap()]).unwrap();
    for grant in &grants {
        client.change_definitions(&[definitions::created(grant).unwrap()]).unwrap();
    }
    assert_eq!(definitions::all::<Role>(client.as_ref()).unwrap()[0].value.name, "r");
    let found = definitions::all::<Grant>(client.as_ref()).unwrap();
    let mut granted: Vec<_> = found.iter().map(|it| it.value.granted.clone()).collect();
    granted.sort();
    assert_eq!(granted, [grants[0].granted.clone(), grants[1].granted.clone()]);
    for stored in &found {
        client.change_definitions(&[definitions::removed(stored)]).unwrap();
    }
    assert!(client.definitions(DefinitionKind::Grant).unwrap().is_empty());
    let plan = crate::model::DefinitionChange {
        kind: DefinitionKind::ResourcePlan,
        name: "c".into(),
        before: None,
        after: Some("{}".into()),
    };
    let error = client.change_definitions(&[plan]).unwrap_err().to_string();
    assert!(error.contains("keeps no resource plan"), "{error}");
}

#[test]
fn commits_have_their_journals_beside_the_tables() {
    let Scene { folder, store, client, _server: server } = scene();
    let other = as_hive(&server, &folder);
    let table = table("t", &["ds string"], folder.path());
    let id = client.record_commit("default", "t", "journal").unwrap();
    assert!(folder.path().join("default/.skep_commits/t").is_dir());
    let found = other.pending_commits("default", "t").unwrap();
    assert_eq!((found.len(), found[0].id, found[0].journal.as_str()), (1, id, "journal"));
    let put = |rows: &str| {
        let mut part = partition(&table, &["x"]);
        part.parameters.insert("numRows".into(), rows.into());
        CatalogChange::PutPartitions { database: "default".into(), table: "t".into(), partitions: vec![part] }
    };
    other.finish_commit(id, &[CatalogChange::CreateTable(Box::new(table.clone())), put("1")]).unwrap();
    // The first one is late: nothing is done twice.
    client.finish_commit(id, &[put("2")]).unwrap();
    assert_eq!(store.partition("default", "t", &strings(&["x"])).unwrap().parameters["numRows"], "1");
    assert!(client.pending_commits("default", "t").unwrap().is_empty());
    let id = client.record_commit("default", "t", "journal").unwrap();
    client.finish_commit(id, &[put("3")]).unwrap();
    assert_eq!(store.partition("default", "t", &strings(&["x"])).unwrap().parameters["numRows"], "3");
}

#[test]
fn transactions_are_hives() {
    let Scene { folder, store, client, _server } = scene();
    let mut table = table("t", &["ds string"], folder.path());
    table.parameters.insert("transactional".into(), "true".into());
    table.parameters.insert("transactional_properties".into(), "insert_only".into());
    client.create_table(&table).unwrap();
    let owner = crate::model::TransactionOwner::this_process("me");
    let one = client.begin_write("default", "t", &owner).unwrap();
    let two = client.begin_write("default", "t", &owner).unwrap();
    let three = client.begin_write("default", "t", &owner).unwrap();
    assert_eq!((one.write_id, two.write_id), (1, 2));
    // Hive knows what was written of those that have locked something, and drops wait for them.
    let locks = store.locks(&crate::model::LockFilter::default()).unwrap();
    let mut holders: Vec<_> = locks.iter().map(|lock| lock.transaction).collect();
    holders.sort();
    let owners = [one.transaction, two.transaction, three.transaction];
    assert_eq!(holders, owners.map(Some));
    client.abort_transactions(&[two.transaction]).unwrap();
    let id = client.record_commit("default", "t", "journal").unwrap();
    let put = CatalogChange::PutPartitions {
        database: "default".into(),
        table: "t".into(),
        partitions: vec![partition(&table, &["x"])],
    };
    client.finish_commit(id, &[put, CatalogChange::CommitTransaction(one.transaction)]).unwrap();
    assert!(store.partition("default", "t", &strings(&["x"])).is_ok());
    let seen = client.valid_write_ids("default", "t").unwrap();
    assert_eq!((seen.high, &seen.open, &seen.aborted), (3, &vec![three.write_id], &vec![two.write_id]));
    assert!(client.transactions().unwrap().iter().any(|open| open.id == three.transaction));
    // What an aborted one wrote cannot be committed, and is not tried for ever.
    let id = client.record_commit("default", "t", "journal").unwrap();
    let error = client.finish_commit(id, &[CatalogChange::CommitTransaction(two.transaction)]).unwrap_err();
    assert!(matches!(error, MetastoreError::TransactionAborted(_) | MetastoreError::NoSuchTransaction(_)), "{error:?}");
    assert!(client.pending_commits("default", "t").unwrap().is_empty());
}
