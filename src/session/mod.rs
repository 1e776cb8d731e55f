//! A session: one user's settings, variables, current database and temporary tables.

pub mod authorizer;
mod cancel;
pub mod catalog;
pub mod config;
pub(crate) mod extras;
mod folders;
pub(crate) mod hadoop_xml;
pub mod keys;
pub mod memory;
mod monitor;
mod outcome;
pub mod policy;
pub mod processes;
pub mod reference;
pub mod resources;
pub mod scratch;
mod serde_columns;
pub mod variables;
mod visible;

pub use cancel::CancelHandle;
pub(crate) use cancel::{cancelled, stoppable};
pub use monitor::Monitor;
pub use outcome::Outcome;

use std::collections::BTreeMap;
use std::sync::Arc;

use skep_metastore::store::MetaStore;
use skep_warehouse::store::{Stores, url};

use crate::analyzer::MacroDefinition;
use crate::engine::{Engine, absolute_url};
use crate::error::Result;
use catalog::SessionCatalog;
use config::SessionConfig;
use scratch::Scratch;
use variables::Variables;

/// One user's conversation with the engine. Statements of one session run one after the other.
#[derive(Debug)]
pub struct Session {
    id: String,
    user: String,
    engine: Arc<Engine>,
    config: SessionConfig,
    variables: Variables,
    current_database: String,
    catalog: Arc<SessionCatalog>,
    macros: BTreeMap<String, MacroDefinition>,
    temporary_functions: BTreeMap<String, String>,
    resources: Vec<Resource>,
    padded: bool,
    cancel: CancelHandle,
    monitor: Arc<Monitor>,
    extras: extras::Extras,
}

/// A file that `ADD FILE|JAR|ARCHIVE` made known to the session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// `FILE`, `JAR` or `ARCHIVE`.
    pub kind: &'static str,
    /// Where it is.
    pub path: String,
}

impl Session {
    pub(crate) fn new(
        engine: Arc<Engine>,
        user: &str,
        config: SessionConfig,
        hivevar: BTreeMap<String, String>,
    ) -> Self {
        let id = uuid::Uuid::new_v4().to_string();
        let scratch = match config.get("hive.exec.scratchdir").map(url::local_path) {
            Some(Ok(folder)) => folder,
            _ => engine.home().join("scratch"),
        };
        let catalog = SessionCatalog::new(
            Arc::clone(engine.metastore()),
            engine.locks().keeper().clone(),
            Scratch::new(Arc::clone(engine.folders()), scratch, &id),
        );
        Self {
            variables: Variables::new(hivevar, user),
            id,
            user: user.to_string(),
            engine,
            config,
            current_database: "default".into(),
            catalog: Arc::new(catalog),
            macros: BTreeMap::new(),
            temporary_functions: BTreeMap::new(),
            resources: Vec::new(),
            padded: true,
            cancel: CancelHandle::new(),
            monitor: Arc::default(),
            extras: extras::Extras::default(),
        }
    }

    /// Runs one statement (without a `;` behind it): HiveQL, or `SET`, `RESET`, `DFS`, `ADD`, `LIST`, `DELETE`.
    /// Variables are replaced first.
    ///
    /// For a query this returns when it has begun to run; what goes wrong later comes out of the stream of rows, as
    /// an error that [`SkepError::from`] turns into this type. Anything else is done when this returns.
    pub async fn execute(&mut self, statement: &str) -> Result<Outcome> {
        self.execute_watched(statement, Arc::default()).await
    }

    /// As [`Session::execute`], with what watches this one statement. It is stopped by dropping the future, or the rows.
    pub async fn execute_watched(&mut self, statement: &str, monitor: Arc<Monitor>) -> Result<Outcome> {
        let statement = self.variables.substitute(statement, &self.config)?;
        self.monitor = monitor;
        let mut watch = self.cancel.watch();
        let outcome = tokio::select! {
            biased;
            () = watch.cancelled() => return Err(cancel::cancelled()),
            outcome = crate::executor::run(self, &statement) => outcome?,
        };
        Ok(Outcome { rows: cancel::stoppable(outcome.rows, watch), ..outcome })
    }

    /// Whether a statement gives rows, be there any or not; `false` for a text that is none.
    pub fn gives_rows(&self, statement: &str) -> bool {
        let statement = self.substitute(statement);
        statement.is_ok_and(|statement| crate::executor::gives_rows(Some(self), &statement))
    }

    /// What stops this session's statements from another thread.
    pub fn cancel_handle(&self) -> CancelHandle {
        self.cancel.clone()
    }

    /// What watches the statement that runs now.
    pub(crate) fn monitor(&self) -> &Arc<Monitor> {
        &self.monitor
    }

    /// The engine that the session belongs to.
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// The session's settings.
    pub fn config(&self) -> &SessionConfig {
        &self.config
    }

    /// The session's settings, to be changed.
    pub fn config_mut(&mut self) -> &mut SessionConfig {
        &mut self.config
    }

    /// The session's variables.
    pub fn variables(&self) -> &Variables {
        &self.variables
    }

    /// The session's variables, to be changed.
    pub fn variables_mut(&mut self) -> &mut Variables {
        &mut self.variables
    }

    /// Replaces `${…}` as [`Session::execute`] does, for the front doors' own commands.
    pub fn substitute(&self, text: &str) -> Result<String> {
        self.variables.substitute(text, &self.config)
    }

    /// Name of the current database.
    pub fn current_database(&self) -> &str {
        &self.current_database
    }

    /// Makes another database the current one; it must be there.
    pub(crate) fn set_current_database(&mut self, name: &str) {
        self.current_database = name.to_string();
    }

    /// Name of the session, unique among all.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The catalog as this session sees it, its temporary tables included.
    pub fn catalog(&self) -> &Arc<SessionCatalog> {
        &self.catalog
    }

    /// The same, as scans and sinks take it.
    pub(crate) fn metastore(&self) -> Arc<dyn MetaStore> {
        Arc::clone(&self.catalog) as Arc<dyn MetaStore>
    }

    /// The file systems.
    pub fn stores(&self) -> &Arc<Stores> {
        self.engine.stores()
    }

    /// Name of the user.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// URL of the folder of managed tables, or of external ones that name no `LOCATION`.
    pub(crate) fn warehouse(&self, external: bool) -> Result<String> {
        let of_external = self.config.get("hive.metastore.warehouse.external.dir").filter(|_| external);
        match of_external.or_else(|| self.config.get("hive.metastore.warehouse.dir")) {
            // A session may have set another.
            Some(folder) => self.named_url(folder),
            None => absolute_url(&self.engine.home().join("warehouse").display().to_string()),
        }
    }

    /// URL of the folder of a new temporary table.
    pub(crate) fn temporary_location(&self, database: &str, table: &str) -> Result<String> {
        let folder = absolute_url(&self.catalog.scratch().folder()?.display().to_string())?;
        Ok(url::join(&folder, &format!("{database}.{table}.{}", uuid::Uuid::new_v4().simple())))
    }

    /// Temporary macros by name.
    pub(crate) fn macros(&self) -> &BTreeMap<String, MacroDefinition> {
        &self.macros
    }

    /// Temporary macros by name, to be changed.
    pub(crate) fn macros_mut(&mut self) -> &mut BTreeMap<String, MacroDefinition> {
        &mut self.macros
    }

    /// Temporary functions: name and what they stand for.
    pub(crate) fn temporary_functions(&self) -> &BTreeMap<String, String> {
        &self.temporary_functions
    }

    /// Temporary functions, to be changed.
    pub(crate) fn temporary_functions_mut(&mut self) -> &mut BTreeMap<String, String> {
        &mut self.temporary_functions
    }

    /// Files added by `ADD FILE` and the like, in the order of adding.
    pub fn resources(&self) -> &[Resource] {
        &self.resources
    }

    /// Files added by `ADD FILE` and the like, to be changed.
    pub(crate) fn resources_mut(&mut self) -> &mut Vec<Resource> {
        &mut self.resources
    }

    /// What few statements need.
    pub(crate) fn extras(&self) -> &extras::Extras {
        &self.extras
    }

    /// The same, to be changed.
    pub(crate) fn extras_mut(&mut self) -> &mut extras::Extras {
        &mut self.extras
    }

    /// Whether `DESCRIBE` pads its columns with blanks, as Hive does in its shell but not for clients of its server.
    pub fn padded(&self) -> bool {
        self.padded
    }

    /// See [`Session::padded`]; sessions begin padded.
    pub fn set_padded(&mut self, padded: bool) {
        self.padded = padded;
    }
}
