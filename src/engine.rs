//! The engine: one catalog, one warehouse, one pool of memory for all sessions.

mod access;
mod reload;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use parking_lot::{Mutex, RwLock};
use skep_metastore::MetastoreError;
use skep_metastore::client::{self, RemoteOptions};
use skep_metastore::locks::LockManager;
use skep_metastore::model::{Database, PrincipalType};
use skep_metastore::server::Settings;
use skep_metastore::store::{self, MetaStore, StoreOptions};
use skep_warehouse::store::{Stores, url};

use crate::error::{ErrorKind, Result, SkepError};
use crate::session::Session;
use crate::session::authorizer::Authorizer;
use crate::session::config::{self, SessionConfig};
use crate::session::hadoop_xml;
use crate::session::processes::Processes;
use crate::session::resources::Resources;
use crate::session::scratch::ProcessFolders;

pub use reload::Reloaded;

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
    /// Decides what users may do; `None` lets them do everything.
    pub authorizer: Option<Arc<dyn Authorizer>>,
    /// Name of the user; `None` for the one that runs the program.
    pub user: Option<String>,
}

/// Memory of all queries, in bytes.
#[derive(Debug, Clone, Copy)]
pub struct MemoryUse {
    /// What they have taken.
    pub used: u64,
    /// What they may take.
    pub limit: u64,
}

/// The engine behind all sessions of a process.
#[derive(Debug)]
pub struct Engine {
    user: String,
    home: PathBuf,
    metastore: Arc<dyn MetaStore>,
    locks: LockManager,
    /// Where the catalog is, for people.
    catalog: String,
    stores: Arc<Stores>,
    settings: RwLock<Arc<BTreeMap<String, String>>>,
    /// The settings as they were given, to learn what a reload changes.
    given: Mutex<reload::Fingerprints>,
    /// What a server sets where the configuration says nothing.
    defaults: Mutex<BTreeMap<String, String>>,
    variables: BTreeMap<String, String>,
    authorizer: Option<Arc<dyn Authorizer>>,
    /// Where the process keeps what it does not leave behind.
    folders: Arc<ProcessFolders>,
    /// Memory and spill folder, made when the first query runs.
    resources: Mutex<Option<Arc<Resources>>>,
    /// What knows the statements that run, where a server does.
    processes: Mutex<Option<Weak<dyn Processes>>>,
}

impl Engine {
    /// Opens the catalog and makes the `default` database and its folder if they are not there.
    pub fn open(mut options: EngineOptions) -> Result<Arc<Self>> {
        let (mut settings, home) = settings(&mut options)?;
        let given = reload::fingerprints(&settings);
        let user = options.user.unwrap_or_else(process_user);
        let (metastore, catalog) = open_catalog(&mut settings, &home, &user)?;
        let warehouse = match (settings.get("hive.metastore.warehouse.dir"), metastore.database("default")) {
            (Some(folder), _) => folder.clone(),
            // That of the catalog, where it is another program's.
            (None, Ok(database)) if settings.contains_key("hive.metastore.uris") => database.location,
            (None, _) => home.join("warehouse").display().to_string(),
        };
        let folder = absolute_url(&warehouse)?;
        settings.insert("hive.metastore.warehouse.dir".into(), warehouse);
        make_default_database(metastore.as_ref(), &folder)?;
        let timeout = StoreOptions::of_settings(&|name| settings.get(name).cloned())?.transaction_timeout;
        Ok(Arc::new(Self {
            user,
            home,
            locks: LockManager::new(Arc::clone(&metastore), timeout),
            metastore,
            catalog,
            stores: Arc::new(Stores::new()),
            settings: RwLock::new(Arc::new(settings)),
            given: Mutex::new(given),
            defaults: Mutex::default(),
            variables: options.variables.into_iter().collect(),
            authorizer: options.authorizer,
            folders: Arc::default(),
            resources: Mutex::new(None),
            processes: Mutex::new(None),
        }))
    }

    /// Begins a session of the engine's own user.
    pub fn session(self: &Arc<Self>) -> Session {
        self.session_of(&self.user)
    }

    /// Begins a session of a user, who is believed to be who this says.
    pub fn session_of(self: &Arc<Self>, user: &str) -> Session {
        let config = SessionConfig::new(self.settings());
        Session::new(Arc::clone(self), user, config, self.variables.clone())
    }

    /// Decides what users may do, if anybody does.
    pub fn authorizer(&self) -> Option<&Arc<dyn Authorizer>> {
        self.authorizer.as_ref()
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

    /// Takes locks for the sessions, and keeps them and their transactions alive.
    pub fn locks(&self) -> &LockManager {
        &self.locks
    }

    /// Where the catalog is: a file, or addresses of servers.
    pub fn catalog_name(&self) -> &str {
        &self.catalog
    }

    /// Whether the catalog is another process's.
    pub fn is_remote(&self) -> bool {
        self.settings().contains_key("hive.metastore.uris")
    }

    /// The settings as a metastore server takes them.
    ///
    /// # Errors
    /// The folder of the warehouse is none.
    pub fn metastore_settings(&self) -> Result<Settings> {
        let settings = self.settings();
        let warehouse = settings.get("hive.metastore.warehouse.dir").map_or("", String::as_str);
        Ok(Settings::new(settings.as_ref().clone(), absolute_url(warehouse)?))
    }

    /// The file systems.
    pub fn stores(&self) -> &Arc<Stores> {
        &self.stores
    }

    /// How much memory statements have taken, and how much they may take.
    pub fn memory(&self) -> MemoryUse {
        match self.resources.lock().as_ref() {
            Some(resources) => {
                let memory = resources.memory();
                MemoryUse { used: memory.used() as u64, limit: memory.total() as u64 }
            }
            None => {
                let config = SessionConfig::new(self.settings());
                MemoryUse { used: 0, limit: crate::session::resources::memory_limit(&config) }
            }
        }
    }

    /// What sessions begin with.
    fn settings(&self) -> Arc<BTreeMap<String, String>> {
        Arc::clone(&self.settings.read())
    }

    /// What sessions that are opened from now on begin with where the configuration says nothing of this key.
    pub(crate) fn default_setting(&self, name: &str, value: &str) {
        let mut settings = self.settings.write();
        self.defaults.lock().insert(name.to_string(), value.to_string());
        if !settings.contains_key(name) {
            Arc::make_mut(&mut settings).insert(name.to_string(), value.to_string());
        }
    }

    /// From now on these are the statements of `SHOW PROCESSLIST` and `KILL QUERY`.
    pub fn set_processes<P: Processes + 'static>(&self, processes: &Arc<P>) {
        let processes: Weak<P> = Arc::downgrade(processes);
        *self.processes.lock() = Some(processes);
    }

    /// The statements that run, where a server knows of them.
    pub(crate) fn processes(&self) -> Option<Arc<dyn Processes>> {
        self.processes.lock().as_ref().and_then(Weak::upgrade)
    }

    /// Whether the configuration that the engine runs with makes a user an administrator (`hive.users.in.admin.role`); what
    /// a session has set for itself does not count.
    pub fn is_administrator(&self, user: &str) -> bool {
        self.administrators().split(',').any(|name| name.trim() == user)
    }

    /// The users of `hive.users.in.admin.role` in that configuration, with commas between them.
    pub(crate) fn administrators(&self) -> String {
        self.settings().get("hive.users.in.admin.role").cloned().unwrap_or_default()
    }

    /// Where the process keeps what it does not leave behind.
    pub(crate) fn folders(&self) -> &Arc<ProcessFolders> {
        &self.folders
    }

    /// What all statements run on; made with the settings of the first session that asks.
    pub(crate) fn resources(&self, config: &SessionConfig) -> Result<Arc<Resources>> {
        let mut resources = self.resources.lock();
        if let Some(resources) = resources.as_ref() {
            return Ok(Arc::clone(resources));
        }
        let made = Arc::new(Resources::new(config, &self.folders)?);
        *resources = Some(Arc::clone(&made));
        Ok(made)
    }
}

/// Name of the user that runs the program.
pub(crate) fn process_user() -> String {
    let named = ["HADOOP_USER_NAME", "USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok());
    named.filter(|name| !name.is_empty()).unwrap_or_else(|| "anonymous".to_string())
}

/// Skep's home folder where no setting names one.
pub(crate) fn default_home() -> Option<PathBuf> {
    home_folder(None, &BTreeMap::new()).ok()
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

/// All settings that an engine is opened with, and Skep's home folder.
fn settings(options: &mut EngineOptions) -> Result<(BTreeMap<String, String>, PathBuf)> {
    let mut settings = BTreeMap::new();
    let folder = options.configuration_folder.take().or_else(|| std::env::var_os("HIVE_CONF_DIR").map(PathBuf::from));
    if let Some(folder) = folder {
        hadoop_xml::read_folder(&folder, &mut settings)?;
    }
    for (name, value) in std::mem::take(&mut options.settings) {
        config::check(&name, &value)?;
        settings.insert(name, value);
    }
    let home = home_folder(options.home.take(), &settings)?;
    settings.insert("skep.home".into(), home.display().to_string());
    Ok((settings, home))
}

/// Opens the catalog of this machine that an engine with these options would open, and changes nothing in it.
pub(crate) fn open_catalog_alone(mut options: EngineOptions) -> Result<Arc<dyn MetaStore>> {
    let (mut settings, home) = settings(&mut options)?;
    settings.remove("hive.metastore.uris");
    Ok(open_catalog(&mut settings, &home, "")?.0)
}

/// Opens the catalog: the servers that `hive.metastore.uris` names, or what the other settings name, else `metastore.db`
/// in Skep's home folder. Returns where it is, too. What is secret in the settings is not there any more then.
fn open_catalog(
    settings: &mut BTreeMap<String, String>,
    home: &Path,
    user: &str,
) -> Result<(Arc<dyn MetaStore>, String)> {
    let setting = |name: &str| settings.get(name).cloned();
    if let Some(options) = RemoteOptions::from_settings(setting, user, home.join("commits"))? {
        let name = options.endpoints.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        return Ok((client::open(options)?, name));
    }
    settings.remove("hive.metastore.uris");
    let setting = |name: &str| settings.get(name).cloned();
    let place = store::place_of_settings(&setting).unwrap_or_else(|| home.join("metastore.db").display().to_string());
    let options = StoreOptions::of_settings(&setting)?;
    let catalog = store::open(&place, &store::credentials_of_settings(&setting), &options)?;
    settings.remove("javax.jdo.option.ConnectionPassword");
    if let Some(url) = settings.get_mut("javax.jdo.option.ConnectionURL") {
        *url = store::shown_place(url);
    }
    let shown = store::shown_place(&place);
    settings.insert("skep.metastore.db".into(), shown.clone());
    Ok((catalog, shown))
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
