//! The engine: one catalog, one warehouse, one pool of memory for all sessions.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::error::Result;
use crate::session::Session;
use crate::session::config::SessionConfig;

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
    settings: Arc<BTreeMap<String, String>>,
    variables: BTreeMap<String, String>,
}

impl Engine {
    /// Opens the catalog and makes the `default` database if it is not there.
    pub fn open(options: EngineOptions) -> Result<Arc<Self>> {
        let user = options.user.or_else(|| std::env::var("USER").ok()).unwrap_or_else(|| "anonymous".to_string());
        Ok(Arc::new(Self {
            user,
            settings: Arc::new(options.settings.into_iter().collect()),
            variables: options.variables.into_iter().collect(),
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
}
