//! Databases, tables, partitions, functions, constraints and statistics of the metastore's service: a client's calls, as
//! bytes, into a service over a catalog and a warehouse of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod databases;
mod events;
mod filters;
mod partitions;
mod snapshots;
mod statistics;
mod tables;
mod together;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use skep_metastore::service::folders::LocalFolders;
use skep_metastore::service::{Options, Service};
use skep_metastore::store::StoreOptions;
use skep_metastore::store::sqlite::SqliteStore;
use skep_thrift::{CallError, Exception, Method, Peer, Router};
use skep_thrift_hms as wire;
use skep_thrift_hms::HmsException;
use skep_thrift_hms::methods as m;

struct Server {
    router: Router,
    peer: Arc<Peer>,
    folder: tempfile::TempDir,
}

impl Server {
    fn new() -> Self {
        Self::with(&[])
    }

    /// One with configuration keys; changes are told as events.
    fn with(settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("catalog.db")).unwrap();
        let store = Arc::new(store.with_options(StoreOptions { events: true, ..Default::default() }));
        let options = Options {
            settings: settings.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect(),
            warehouse: folder.path().join("w").display().to_string(),
            folders: Arc::new(LocalFolders),
        };
        let service = Service::open(store, options).unwrap();
        Self { router: service.router(), peer: Peer::local(), folder }
    }

    /// What a call gives that must go well.
    fn ok<M: Method<Exception = HmsException>>(&self, args: M::Args) -> M::Success {
        self.router.call::<M>(&self.peer, &args).unwrap_or_else(|error| panic!("{}: {error:?}", M::NAME))
    }

    /// The class and the message of the exception of a call that must fail.
    fn refused<M: Method<Exception = HmsException>>(&self, args: M::Args) -> String {
        match self.router.call::<M>(&self.peer, &args) {
            Ok(_) => panic!("{} went well", M::NAME),
            Err(CallError::Declared(exception)) => {
                let class = format!("{exception:?}");
                format!("{}: {}", class.split('(').next().unwrap_or_default(), exception.message())
            }
            Err(error) => panic!("{}: {error:?}", M::NAME),
        }
    }

    /// A path below the warehouse.
    fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join("w").join(below)
    }

    /// The same as a URL.
    fn url(&self, below: &str) -> String {
        format!("file:{}", self.path(below).display())
    }

    /// The events so far.
    fn events(&self) -> Vec<wire::NotificationEvent> {
        let rqst = Some(wire::NotificationEventRequest { last_event: 0, ..Default::default() });
        self.ok::<m::GetNextNotification>(m::GetNextNotificationArgs { rqst }).events
    }

    /// The kind and the message of the last event.
    fn told(&self) -> (String, serde_json::Value) {
        let event = self.events().pop().unwrap();
        (event.event_type, serde_json::from_str(&event.message).unwrap())
    }

    fn create(&self, table: wire::Table) {
        self.ok::<m::CreateTable>(m::CreateTableArgs { tbl: Some(table) });
    }

    fn table(&self, name: &str) -> wire::Table {
        self.ok::<m::GetTable>(m::GetTableArgs { dbname: Some("default".into()), tbl_name: Some(name.into()) })
    }
}

fn column(name: &str, ty: &str) -> wire::FieldSchema {
    wire::FieldSchema { name: Some(name.into()), r#type: Some(ty.into()), comment: None }
}

fn some(text: &str) -> Option<String> {
    Some(text.to_string())
}

/// A table of text as Hive's clients send it.
fn table(name: &str, keys: &[(&str, &str)]) -> wire::Table {
    wire::Table {
        table_name: some(name),
        db_name: some("default"),
        owner: some("o"),
        sd: Some(wire::StorageDescriptor {
            cols: Some(vec![column("a", "int"), column("b", "string")]),
            input_format: some("I"),
            output_format: some("O"),
            num_buckets: Some(-1),
            serde_info: Some(wire::SerDeInfo {
                serialization_lib: some("S"),
                parameters: Some([("serialization.format".into(), "1".into())].into()),
                ..Default::default()
            }),
            ..Default::default()
        }),
        partition_keys: Some(keys.iter().map(|(name, ty)| column(name, ty)).collect()),
        parameters: Some(BTreeMap::new()),
        table_type: some("MANAGED_TABLE"),
        ..Default::default()
    }
}

fn partition(table: &str, values: &[&str]) -> wire::Partition {
    wire::Partition {
        values: Some(values.iter().map(|value| value.to_string()).collect()),
        db_name: some("default"),
        table_name: some(table),
        sd: self::table(table, &[]).sd,
        parameters: Some(BTreeMap::new()),
        ..Default::default()
    }
}

#[test]
fn every_method_of_the_api_has_a_handler() {
    let server = Server::new();
    let missing: Vec<&&str> = m::NAMES.iter().filter(|name| !server.router.handles(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
