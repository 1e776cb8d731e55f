//! The methods of the metastore's service beside those of databases, tables and partitions: a client's calls, as bytes, into a
//! service over a catalog of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod authorization;
mod registry;
mod scheduled;
mod server;
mod transactions;
mod workload;

use std::collections::BTreeMap;
use std::sync::Arc;

use skep_metastore::model::{
    Database, FieldSchema, HiveType, PrincipalType, SerDeInfo, SkewedInfo, StorageDescriptor, Table, TableKind,
};
use skep_metastore::service::Service;
use skep_metastore::store::MetaStore;
use skep_metastore::store::sqlite::SqliteStore;
use skep_thrift::{CallError, Exception, Method, Peer, Router};
use skep_thrift_hms::HmsException;

struct Server {
    router: Router,
    peer: Arc<Peer>,
    store: Arc<SqliteStore>,
    _folder: tempfile::TempDir,
}

impl Server {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(SqliteStore::open(&folder.path().join("catalog.db")).unwrap());
        for name in ["default", "d"] {
            let database = Database {
                name: name.into(),
                comment: None,
                location: format!("file:/w/{name}.db"),
                managed_location: None,
                owner: None,
                owner_type: PrincipalType::User,
                parameters: BTreeMap::new(),
                create_time: 0,
            };
            store.create_database(&database).unwrap();
        }
        store.create_table(&table("d", "t")).unwrap();
        let service = Service::new(Arc::clone(&store) as Arc<dyn MetaStore>);
        Self { router: service.router(), peer: Peer::local(), store, _folder: folder }
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
}

fn table(database: &str, name: &str) -> Table {
    let column = |name: &str| FieldSchema { name: name.into(), ty: HiveType::Int, comment: None };
    Table {
        database: database.into(),
        name: name.into(),
        owner: "o".into(),
        create_time: 1,
        last_access_time: 0,
        retention: 0,
        kind: TableKind::Managed,
        temporary: false,
        storage: StorageDescriptor {
            columns: vec![column("a")],
            location: format!("file:/w/{database}.db/{name}"),
            type_texts: Default::default(),
            input_format: "i".into(),
            output_format: "o".into(),
            compressed: false,
            num_buckets: -1,
            serde: SerDeInfo::default(),
            bucket_columns: Vec::new(),
            sort_columns: Vec::new(),
            parameters: BTreeMap::new(),
            skewed: SkewedInfo::default(),
            stored_as_sub_directories: false,
        },
        partition_keys: vec![column("p")],
        parameters: BTreeMap::new(),
        view_original_text: None,
        view_expanded_text: None,
        extras: Default::default(),
    }
}

fn some(text: &str) -> Option<String> {
    Some(text.to_string())
}

#[test]
fn every_method_has_a_handler() {
    let server = Server::new();
    let without: Vec<_> = skep_thrift_hms::methods::NAMES.iter().filter(|name| !server.router.handles(name)).collect();
    assert!(without.is_empty(), "{without:?}");
}
