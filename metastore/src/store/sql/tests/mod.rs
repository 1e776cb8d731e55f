//! Tests of the store, a file a family.

mod commits;
mod concurrency;
mod databases;
mod definitions;
mod filters;
mod functions;
mod hostile;
mod partitions;
mod statistics;
mod tables;

use tempfile::TempDir;

use crate::error::MetastoreError;
use crate::model::{
    Database, FieldSchema, Partition, PrincipalType, StorageDescriptor, Table, TableKind, names::partition_name,
};
use crate::store::MetaStore;
use crate::store::sqlite::SqliteStore;

/// A store in a folder of its own, with the database `default`.
struct Scratch {
    store: SqliteStore,
    folder: TempDir,
}

impl Scratch {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("catalog.db")).unwrap();
        store.create_database(&database("default")).unwrap();
        Self { store, folder }
    }

    /// With a table of these partition columns, given as `name type`.
    fn with_table(keys: &[&str]) -> Self {
        let scratch = Self::new();
        scratch.store.create_table(&table("t", keys)).unwrap();
        scratch
    }

    /// How many rows a table of the file has.
    fn count(&self, table: &str) -> i64 {
        let connection = rusqlite::Connection::open(self.store.path()).unwrap();
        connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
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
