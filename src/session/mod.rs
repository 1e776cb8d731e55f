//! A session: one user's settings, variables, current database and temporary tables.

mod cancel;
pub mod config;
pub mod keys;
mod outcome;
pub mod variables;

pub use cancel::CancelHandle;
pub use outcome::Outcome;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::Engine;
use crate::error::{Result, SkepError};
use config::SessionConfig;
use variables::Variables;

/// One user's conversation with the engine. Statements of one session run one after the other.
#[derive(Debug)]
pub struct Session {
    engine: Arc<Engine>,
    config: SessionConfig,
    variables: Variables,
    current_database: String,
    cancel: CancelHandle,
}

impl Session {
    pub(crate) fn new(engine: Arc<Engine>, config: SessionConfig, hivevar: BTreeMap<String, String>) -> Self {
        let variables = Variables::new(hivevar, engine.user());
        Self { engine, config, variables, current_database: "default".into(), cancel: CancelHandle::new() }
    }

    /// Runs one statement (without a `;` behind it): HiveQL, or `SET`, `RESET`, `DFS`, `ADD`, `LIST`, `DELETE`.
    /// Variables are replaced first.
    ///
    /// For a query this returns when it has begun to run; what goes wrong later comes out of the stream of rows, as
    /// an error that [`SkepError::from`] turns into this type. Anything else is done when this returns.
    pub async fn execute(&mut self, statement: &str) -> Result<Outcome> {
        let statement = self.variables.substitute(statement, &self.config)?;
        let mut watch = self.cancel.watch();
        let outcome = tokio::select! {
            biased;
            () = watch.cancelled() => return Err(cancel::cancelled()),
            outcome = self.run(&statement) => outcome?,
        };
        Ok(Outcome { rows: cancel::stoppable(outcome.rows, watch), ..outcome })
    }

    async fn run(&mut self, statement: &str) -> Result<Outcome> {
        let word = statement.split_whitespace().next().unwrap_or_default();
        Err(SkepError::unsupported(format!("the statement {word}")))
    }

    /// What stops this session's statements from another thread.
    pub fn cancel_handle(&self) -> CancelHandle {
        self.cancel.clone()
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
}
