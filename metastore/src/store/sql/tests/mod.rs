//! Tests of the store, a file a family.

/// Makes a test of each function for each database.
macro_rules! on_every_store {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(#[test]
            fn $test() {
                super::$test(super::Kind::Sqlite);
            })*
        }
        mod postgresql {
            $(#[test]
            fn $test() {
                super::$test(super::Kind::Postgres);
            })*
        }
    };
}

mod changes;
mod commits;
mod concurrency;
mod databases;
mod definitions;
mod filters;
mod functions;
mod hostile;
mod maintenance;
mod partitions;
mod service;
mod statistics;
mod tables;

use std::path::PathBuf;
use std::sync::Arc;

use tempfile::TempDir;

use skep_metastore_testing::postgresql::Server;

use crate::error::MetastoreError;
use crate::model::{
    Database, FieldSchema, Partition, PrincipalType, StorageDescriptor, Table, TableKind, names::partition_name,
};
use crate::store::postgres::{Address, Credentials, PostgresStore};
use crate::store::sqlite::SqliteStore;
use crate::store::{MetaStore, StoreOptions};

/// Which database a test uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sqlite,
    Postgres,
}

/// A store of its own, with the database `default`.
struct Scratch {
    store: Arc<dyn MetaStore>,
    /// The file, or the URL.
    place: String,
    kind: Kind,
    folder: TempDir,
}

impl Scratch {
    /// Without any database.
    fn empty(kind: Kind) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = match kind {
            Kind::Sqlite => folder.path().join("catalog.db").display().to_string(),
            Kind::Postgres => Server::shared().unwrap().new_catalog(),
        };
        Self { store: open(kind, &place), place, kind, folder }
    }

    fn new(kind: Kind) -> Self {
        let scratch = Self::empty(kind);
        scratch.store.create_database(&database("default")).unwrap();
        scratch
    }

    /// With a table of these partition columns, given as `name type`.
    fn with_table(kind: Kind, keys: &[&str]) -> Self {
        let scratch = Self::new(kind);
        scratch.store.create_table(&table("t", keys)).unwrap();
        scratch
    }

    /// The same catalog by a store with other options.
    fn with(self, options: StoreOptions) -> Self {
        Self { store: crate::store::open(&self.place, &Credentials::default(), &options).unwrap(), ..self }
    }

    /// Another store over the same catalog, as another process has it.
    fn other(&self) -> Arc<dyn MetaStore> {
        open(self.kind, &self.place)
    }

    /// How many rows a table of the catalog has.
    fn count(&self, table: &str) -> i64 {
        let sql = format!("SELECT count(*) FROM {table}");
        match self.kind {
            Kind::Sqlite => {
                let connection = rusqlite::Connection::open(&self.place).unwrap();
                connection.query_row(&sql, [], |row| row.get(0)).unwrap()
            }
            Kind::Postgres => self.client().query_one(&sql, &[]).unwrap().get(0),
        }
    }

    /// Runs SQL behind the store's back.
    fn run(&self, sql: &str) {
        match self.kind {
            Kind::Sqlite => rusqlite::Connection::open(&self.place).unwrap().execute_batch(sql).unwrap(),
            Kind::Postgres => self.client().batch_execute(sql).unwrap(),
        }
    }

    fn client(&self) -> postgres::Client {
        let (url, schema) = self.place.split_once("?currentSchema=").unwrap();
        let mut client = postgres::Client::connect(url, postgres::NoTls).unwrap();
        client.batch_execute(&format!("SET search_path = {schema}")).unwrap();
        client
    }

    /// A file that nobody else uses.
    fn path(&self) -> PathBuf {
        assert_eq!(self.kind, Kind::Sqlite);
        PathBuf::from(&self.place)
    }
}

fn open(kind: Kind, place: &str) -> Arc<dyn MetaStore> {
    match kind {
        Kind::Sqlite => Arc::new(SqliteStore::open(place.as_ref()).unwrap()),
        Kind::Postgres => {
            let address = Address::parse(place, &Credentials::default()).unwrap();
            Arc::new(PostgresStore::open(&address).unwrap())
        }
    }
}

fn database(name: &str) -> Database {
    Database {
        name: name.to_string(),
        comment: Some("a 'comment'\nin two lines".to_string()),
        location: format!("file:/w/{name}.db"),
        managed_location: None,
        owner: Some("hive".to_string()),
        owner_type: PrincipalType::User,
        parameters: [("k".to_string(), "ü".to_string())].into(),
        create_time: 1_700_000_000,
    }
}

/// `name type` as a column.
fn field(text: &str) -> FieldSchema {
    let (name, ty) = text.split_once(' ').unwrap();
    FieldSchema { name: name.to_string(), ty: ty.parse().unwrap(), comment: None }
}

fn storage(location: &str) -> StorageDescriptor {
    StorageDescriptor {
        columns: vec![field("a int"), field("b map<string,array<decimal(10,2)>>")],
        location: location.to_string(),
        input_format: "org.apache.hadoop.mapred.TextInputFormat".to_string(),
        num_buckets: -1,
        ..StorageDescriptor::default()
    }
}

fn table(name: &str, keys: &[&str]) -> Table {
    Table {
        database: "default".to_string(),
        name: name.to_string(),
        owner: "me".to_string(),
        create_time: 1,
        last_access_time: 0,
        retention: 0,
        kind: TableKind::Managed,
        temporary: false,
        storage: storage(&format!("file:/w/{name}")),
        partition_keys: keys.iter().map(|key| field(key)).collect(),
        parameters: [("comment".to_string(), "x".to_string())].into(),
        view_original_text: None,
        view_expanded_text: None,
        extras: Default::default(),
    }
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|t| (*t).to_string()).collect()
}

/// A partition of a table of [`table`], in its usual folder.
fn partition(table: &Table, values: &[&str]) -> Partition {
    let values = strings(values);
    let name = partition_name(&table.partition_keys, &values);
    Partition {
        create_time: 5,
        last_access_time: 0,
        storage: storage(&format!("{}/{name}", table.storage.location)),
        parameters: [("numRows".to_string(), "3".to_string())].into(),
        values,
        write_id: None,
    }
}

fn is_missing<T: std::fmt::Debug>(result: Result<T, MetastoreError>) -> String {
    match result {
        Err(MetastoreError::NoSuchObject(message)) => message,
        other => panic!("{other:?}"),
    }
}

fn is_there<T: std::fmt::Debug>(result: Result<T, MetastoreError>) -> String {
    match result {
        Err(MetastoreError::AlreadyExists(message)) => message,
        other => panic!("{other:?}"),
    }
}

fn is_refused<T: std::fmt::Debug>(result: Result<T, MetastoreError>) -> String {
    match result {
        Err(MetastoreError::InvalidOperation(message) | MetastoreError::InvalidObject(message)) => message,
        other => panic!("{other:?}"),
    }
}

fn is_broken<T: std::fmt::Debug>(result: Result<T, MetastoreError>) -> String {
    match result {
        Err(error @ MetastoreError::Store { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    }
}
