//! Towards a server of ours: what a store answers there, it answers here.

use super::{TestServer, catalog, database, options, partition, strings, table};
use crate::client::open;
use crate::error::MetastoreError;
use crate::model::{Grant, Granted, PartitionFilter, PrincipalType, Role, TableKind, TransactionOwner};
use crate::service::Service;
use crate::store::{CatalogChange, MetaStore, definitions};

#[test]
fn tables_are_the_same_on_both_sides() {
    let (folder, store) = catalog();
    let server = TestServer::start(Service::new(store.clone()).router());
    let client = open(options(&[&server], folder.path())).unwrap();
    let mut wanted = table("t", &["ds string", "h int"], folder.path());
    wanted.kind = TableKind::External;
    client.create_table(&wanted).unwrap();
    assert_eq!(store.table("default", "t").unwrap(), wanted);
    assert_eq!(client.table("default", "t").unwrap(), wanted);
    assert!(matches!(client.create_table(&wanted), Err(MetastoreError::AlreadyExists(_))));
    assert!(matches!(client.table("default", "u"), Err(MetastoreError::NoSuchObject(_))));
    assert!(matches!(client.drop_database("default", false), Err(MetastoreError::InvalidOperation(_))));
    assert_eq!(client.table_names("default", None, Some(&[TableKind::Managed])).unwrap(), [""; 0]);
    wanted.parameters.insert("k".into(), "v".into());
    client.alter_table("default", "t", &wanted).unwrap();
    assert_eq!(client.table("default", "t").unwrap(), wanted);
    client.drop_table("default", "t").unwrap();
    assert!(store.table("default", "t").is_err());
}

#[test]
fn many_partitions_come_in_pages() {
    let (folder, store) = catalog();
    let server = TestServer::start(Service::new(store).router());
    let client = open(options(&[&server], folder.path())).unwrap();
    let table = table("t", &["i int"], folder.path());
    client.create_table(&table).unwrap();
    let all: Vec<_> = (0..2500).map(|i| partition(&table, &[&i.to_string()])).collect();
    assert_eq!(client.add_partitions("default", "t", &all, false).unwrap(), 2500);
    let found = client.partitions("default", "t", &PartitionFilter::All, None).unwrap();
    assert_eq!(found.len(), 2500);
    let names: Vec<String> = found.iter().map(|one| one.storage.location.clone()).collect();
    assert!(names.is_sorted());
    assert_eq!(client.partitions("default", "t", &PartitionFilter::All, Some(1700)).unwrap(), found[..1700]);
    assert_eq!(client.partitions("default", "t", &PartitionFilter::All, Some(7)).unwrap(), found[..7]);
    assert_eq!(client.partition("default", "t", &strings(&["77"])).unwrap().values, ["77"]);
}

#[test]
fn commits_transactions_and_definitions() {
    let (folder, store) = catalog();
    let server = TestServer::start(Service::new(store.clone()).router());
    let client = open(options(&[&server], folder.path())).unwrap();
    let id = client.record_commit("default", "t", "journal").unwrap();
    assert_eq!(store.pending_commits("default", "t").unwrap(), client.pending_commits("default", "t").unwrap());
    let owner = TransactionOwner::this_process("me");
    let begun = client.begin_write("default", "t", &owner).unwrap();
    assert_eq!(client.valid_write_ids("default", "t").unwrap().open, [begun.write_id]);
    let table = table("t", &[], folder.path());
    let changes = [CatalogChange::CreateTable(Box::new(table)), CatalogChange::CommitTransaction(begun.transaction)];
    client.finish_commit(id, &changes).unwrap();
    client.finish_commit(id, &changes).unwrap();
    assert!(client.pending_commits("default", "t").unwrap().is_empty());
    assert!(client.valid_write_ids("default", "t").unwrap().is_valid(begun.write_id));

    let role = Role { name: "r".into(), owner: Some("me".into()), create_time: 7 };
    let grant = Grant {
        principal: "you".into(),
        principal_type: PrincipalType::User,
        granted: Granted::Role("r".into()),
        grant_option: true,
        grantor: "me".into(),
        grantor_type: PrincipalType::User,
        create_time: 7,
        authorizer: None,
    };
    client.change_definitions(&[definitions::created(&role).unwrap(), definitions::created(&grant).unwrap()]).unwrap();
    assert_eq!(definitions::all::<Role>(client.as_ref()).unwrap()[0].value, role);
    assert_eq!(definitions::all::<Grant>(store.as_ref()).unwrap()[0].value, grant);
}

#[test]
fn what_others_change_is_seen_at_once_unless_a_cache_is_wanted() {
    let (folder, store) = catalog();
    let server = TestServer::start(Service::new(store.clone()).router());
    let mut settings = options(&[&server], folder.path());
    let client = open(settings.clone()).unwrap();
    settings.cache_age = std::time::Duration::from_secs(3600);
    let cached = open(settings).unwrap();
    let mut database = database("d", folder.path());
    client.create_database(&database).unwrap();
    assert_eq!(cached.database("d").unwrap(), client.database("d").unwrap());
    database.comment = None;
    store.alter_database(&database).unwrap();
    assert_eq!(client.database("d").unwrap().comment, None);
    assert!(cached.database("d").unwrap().comment.is_some());
    // What the process itself changes clears its cache.
    cached.create_table(&table("t", &[], folder.path())).unwrap();
    assert_eq!(cached.database("d").unwrap().comment, None);
}
