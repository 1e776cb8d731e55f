//! The metastore's service: the methods of Hive's metastore API over a [`MetaStore`].
//!
//! ```text
//! Router (skep-thrift) ── handlers/<family>.rs ─┬─ convert/     what is on the wire ⇄ the model
//!                                               ├─ folders      the folders of databases, tables, partitions
//!                                               └─ store::MetaStore
//! ```
//!
//! A family's handlers are functions `fn(&Service, &Call, Args) -> Result<Success, HmsException>`; its `register` puts them
//! on the router. They answer as Hive's `HMSHandler` does, with its exceptions and its words. They block, and run on the
//! threads that `skep_thrift` keeps for that.

pub mod convert;
mod exception;
pub(crate) use exception::store_errors;
mod expression;
pub mod folders;
pub mod handlers;
mod message;
pub mod names;

use std::collections::BTreeMap;
use std::sync::Arc;

use skep_thrift::Router;

use self::folders::{Folders, LocalFolders};
use crate::error::{MetastoreError, Result};
use crate::model::{Database, EpochMillis, EpochSeconds, PrincipalType};
use crate::store::MetaStore;

/// What a service is told when it begins.
#[derive(Debug, Clone)]
pub struct Options {
    /// Configuration keys, as `hive.metastore.disallow.incompatible.col.type.changes`.
    pub settings: BTreeMap<String, String>,
    /// URL or absolute path of the folder in which databases get their folders.
    pub warehouse: String,
    /// Who makes, moves, measures and removes folders.
    pub folders: Arc<dyn Folders>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            settings: BTreeMap::new(),
            warehouse: "file:/user/hive/warehouse".to_string(),
            folders: Arc::new(LocalFolders),
        }
    }
}

/// What the handlers work with.
#[derive(Debug)]
pub struct Service {
    store: Arc<dyn MetaStore>,
    started: EpochSeconds,
    options: handlers::base::Options,
    settings: BTreeMap<String, String>,
    warehouse: String,
    folders: Arc<dyn Folders>,
}

impl Service {
    /// A service over a catalog, with the usual options. Nothing is made in the catalog.
    pub fn new(store: Arc<dyn MetaStore>) -> Arc<Self> {
        Arc::new(Self::with(store, Options::default()))
    }

    /// A service over a catalog. The folder of the warehouse and the database `default` are made if they are not there.
    ///
    /// # Errors
    /// Those of the store and of the folder.
    pub fn open(store: Arc<dyn MetaStore>, mut options: Options) -> Result<Arc<Self>> {
        options.warehouse = options.folders.url(&options.warehouse)?;
        options.folders.make(&options.warehouse)?;
        let made = store.create_database(&Database {
            name: "default".to_string(),
            comment: Some("Default Hive database".to_string()),
            location: options.warehouse.clone(),
            managed_location: None,
            owner: Some("public".to_string()),
            owner_type: PrincipalType::Role,
            parameters: BTreeMap::new(),
            create_time: now(),
        });
        match made {
            Ok(()) | Err(MetastoreError::AlreadyExists(_)) => Ok(Arc::new(Self::with(store, options))),
            Err(error) => Err(error),
        }
    }

    fn with(store: Arc<dyn MetaStore>, options: Options) -> Self {
        let Options { settings, warehouse, folders } = options;
        Self { store, started: now(), options: Default::default(), settings, warehouse, folders }
    }

    /// The catalog.
    pub fn store(&self) -> &dyn MetaStore {
        self.store.as_ref()
    }

    /// When it was made.
    pub fn started(&self) -> EpochSeconds {
        self.started
    }

    /// The methods it answers.
    pub fn router(self: &Arc<Self>) -> Router {
        handlers::register(Router::new(), self)
    }

    /// The value of a configuration key, if it was set; a key of the metastore may be written as Hive 3 and later do,
    /// without `hive.` before it.
    fn setting(&self, key: &str) -> Option<&str> {
        let newer = || key.strip_prefix("hive.").filter(|newer| newer.starts_with("metastore."));
        let found = self.settings.get(key).or_else(|| self.settings.get(newer()?));
        found.map(String::as_str)
    }

    /// A configuration key that is true or false.
    fn is_set(&self, key: &str, otherwise: bool) -> bool {
        self.setting(key).map_or(otherwise, |value| value.eq_ignore_ascii_case("true"))
    }
}

/// The time.
pub(crate) fn now() -> EpochSeconds {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// As [`now`], in milliseconds.
fn now_millis() -> EpochMillis {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
