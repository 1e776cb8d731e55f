//! The engine: one catalog, one warehouse, one pool of memory for all sessions.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::execution::runtime_env::RuntimeEnv;
use parking_lot::Mutex;
use skep_metastore::MetastoreError;
use skep_metastore::model::{Database, PrincipalType};
use skep_metastore::store::MetaStore;
use skep_metastore::store::sqlite::SqliteStore;
use skep_warehouse::store::{Stores, url};

use crate::error::{ErrorKind, Result, SkepError};
use crate::session::Session;
use crate::session::config::{self, SessionConfig};
use crate::session::hadoop_xml;
use crate::session::resources;

/// How an engine is opened.
#[derive(Debug, Clone, Default)]
pub struct EngineOptions {
    /// Folder of Skep's own files; `None` for `SKEP_HOME`, or else `.skep` in the user's home folder.
    pub home: Option<PathBuf>,
    /// Folder of `hive-site.xml` and `core-site.xml`; `None` for `HIVE_CONF_DIR`.
    pub configuration_folder: Option<PathBuf>,
    /// Settings over those files (`--hiveconf name=value`).
    pub settings: Vec<(String, String)>,
    /// Variables that sessions begin with (`--hivevar name=value`).
    pub variables: Vec<(String, String)>,
    /// Name of the user; `None` for the one that runs the program.
    pub user: Option<String>,
}

/// The engine behind all sessions of a process.
#[derive(Debug)]
pub struct Engine {
    user: String,
    home: PathBuf,
    metastore: Arc<dyn MetaStore>,
    stores: Arc<Stores>,
    settings: Arc<BTreeMap<String, String>>,
    variables: BTreeMap<String, String>,
    /// Memory and spill folder, made when the first query runs.
    runtime: Mutex<Option<Arc<RuntimeEnv>>>,
}

impl Engine {
    /// Opens the catalog and makes the `default` database and its folder if they are not there.
    pub fn open(options: EngineOptions) -> Result<Arc<Self>> {
        let mut settings = BTreeMap::new();
        let folder = options.configuration_folder.or_else(|| std::env::var_os("HIVE_CONF_DIR").map(PathBuf::from));
        if let Some(folder) = folder {
            hadoop_xml::read_folder(&folder, &mut settings)?;
        }
        for (name, value) in options.settings {
            config::check(&name, &value)?;
            settings.insert(name, value);
        }
        let home = home_folder(options.home, &settings)?;
        settings.insert("skep.home".into(), home.display().to_string());
        let user = options.user.unwrap_or_else(process_user);
        let catalog = metastore_path(&settings, &home);
        let metastore = SqliteStore::open(&catalog)?;
        settings.insert("skep.metastore.path".into(), catalog.display().to_string());
        let warehouse = settings
            .entry("hive.metastore.warehouse.dir".into())
            .or_insert_with(|| home.join("warehouse").display().to_string());
        let warehouse = absolute_url(warehouse)?;
        make_default_database(&metastore, &warehouse)?;
        Ok(Arc::new(Self {
            user,
            home,
            metastore: Arc::new(metastore),
            stores: Arc::new(Stores::new()),
            settings: Arc::new(settings),
            variables: options.variables.into_iter().collect(),
            runtime: Mutex::new(None),
        }))
    }

    /// Begins a session.
    pub fn session(self: &Arc<Self>) -> Session {
        Session::new(Arc::clone(self), SessionConfig::new(Arc::clone(&self.settings)), self.variables.clone())
    }

    /// Name of the user that the engine runs for.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// Folder of Skep's own files.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The catalog that all sessions share.
    pub fn metastore(&self) -> &Arc<dyn MetaStore> {
        &self.metastore
    }

    /// The file systems.
    pub fn stores(&self) -> &Arc<Stores> {
        &self.stores
    }

    /// Memory and spill folder of all queries; made with the settings of the first session that asks.
    pub(crate) fn runtime(&self, config: &SessionConfig) -> Result<Arc<RuntimeEnv>> {
        let mut runtime = self.runtime.lock();
        if let Some(runtime) = runtime.as_ref() {
            return Ok(Arc::clone(runtime));
        }
        let made = resources::runtime(config)?;
        *runtime = Some(Arc::clone(&made));
        Ok(made)
    }
}

/// Name of the user that runs the program.
fn process_user() -> String {
    let named = ["HADOOP_USER_NAME", "USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok());
    named.filter(|name| !name.is_empty()).unwrap_or_else(|| "anonymous".to_string())
}

fn home_folder(given: Option<PathBuf>, settings: &BTreeMap<String, String>) -> Result<PathBuf> {
    let home = given
        .or_else(|| settings.get("skep.home").map(PathBuf::from))
        .or_else(|| std::env::var_os("SKEP_HOME").map(PathBuf::from))
        .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".skep")))
        .ok_or_else(|| {
            SkepError::new(ErrorKind::Configuration, "neither SKEP_HOME nor HOME says where Skep may keep its files")
        })?;
    Ok(std::path::absolute(home)?)
}

/// The file of the catalog: `skep.metastore.path`; else beside the folder that an absolute Derby URL in
/// `javax.jdo.option.ConnectionURL` names; else `metastore.db` in Skep's home folder.
fn metastore_path(settings: &BTreeMap<String, String>, home: &Path) -> PathBuf {
    if let Some(path) = settings.get("skep.metastore.path") {
        return PathBuf::from(path);
    }
    let derby = settings.get("javax.jdo.option.ConnectionURL").and_then(|url| derby_folder(url));
    match derby {
        Some(folder) => PathBuf::from(format!("{folder}.skep.db")),
        None => home.join("metastore.db"),
    }
}

/// The folder of `jdbc:derby:;databaseName=/folder;create=true` or `jdbc:derby:/folder;create=true`, if absolute.
fn derby_folder(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("jdbc:derby:")?;
    let mut parts = rest.split(';');
    let direct = parts.next().filter(|path| path.starts_with('/'));
    let named = parts.find_map(|part| part.strip_prefix("databaseName="));
    direct.or(named).filter(|path| path.starts_with('/')).map(|path| path.trim_end_matches('/'))
}

/// A path or URL of a folder as an absolute URL (`file:/…` for one of this machine).
pub(crate) fn absolute_url(path: &str) -> Result<String> {
    if url::scheme(path).is_some_and(|scheme| scheme != "file" && scheme != "pfile") {
        return Ok(path.trim_end_matches('/').to_string());
    }
    let path = url::local_path(path)?;
    let path = std::path::absolute(path)?;
    Ok(format!("file:{}", path.display()).trim_end_matches('/').to_string())
}

fn make_default_database(store: &dyn MetaStore, warehouse: &str) -> Result<()> {
    if url::scheme(warehouse).is_none_or(|scheme| scheme == "file") {
        std::fs::create_dir_all(url::local_path(warehouse)?)?;
    }
    if store.database("default").is_ok() {
        return Ok(());
    }
    let database = Database {
        name: "default".into(),
        comment: Some("Default Hive database".into()),
        location: warehouse.to_string(),
        managed_location: None,
        owner: Some("public".into()),
        owner_type: PrincipalType::Role,
        parameters: BTreeMap::new(),
        create_time: chrono::Utc::now().timestamp(),
    };
    match store.create_database(&database) {
        // Another process was quicker.
        Ok(()) | Err(MetastoreError::AlreadyExists(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_derby_url_says_where_the_catalog_is() {
        assert_eq!(derby_folder("jdbc:derby:;databaseName=/w/metastore_db;create=true"), Some("/w/metastore_db"));
        assert_eq!(derby_folder("jdbc:derby:/w/db;create=true"), Some("/w/db"));
        assert_eq!(derby_folder("jdbc:derby:;databaseName=metastore_db;create=true"), None);
        assert_eq!(derby_folder("jdbc:mysql://host/hive"), None);
    }
}
