//! Whom the shell talks to: the engine of its own process, or a server.

use std::path::PathBuf;
use std::sync::Arc;

use skep_metastore::store::MetaStore;

use crate::client::RemoteSession;
use crate::error::Result;
use crate::parser::ast::Statement;
use crate::session::config::SessionConfig;
use crate::session::variables::Variables;
use crate::{CancelHandle, Outcome, Session};

/// A session, here or on a server.
#[derive(Debug)]
pub enum Conversation {
    /// With the engine of this process.
    Local(Box<Session>),
    /// With a server.
    Remote(Box<Remote>),
}

/// A session on a server, and what the shell itself must know of it.
#[derive(Debug)]
pub struct Remote {
    session: RemoteSession,
    /// How the shell prints, and what `SET` has told it since.
    config: SessionConfig,
    /// For the shell's own commands; statements have theirs replaced by the server.
    variables: Variables,
    database: String,
}

impl Remote {
    /// A session on a server that begins in `database`, with the settings and variables of the command line.
    pub fn new(session: RemoteSession, database: &str, config: SessionConfig, variables: Variables) -> Self {
        Self { session, config, variables, database: database.to_string() }
    }

    async fn execute(&mut self, text: &str) -> Result<Outcome> {
        let mut outcome = self.session.execute(text).await?;
        match crate::parser::parse_with_any_quotes(text) {
            Ok(Statement::UseDatabase(name)) => self.database = name.lower(),
            // Columns that these leave empty are blank, as in Hive's own shell.
            Ok(Statement::Describe(_) | Statement::Show(_)) => outcome.null_text = "",
            Ok(_) => {}
            Err(_) => self.heed(text),
        }
        Ok(outcome)
    }

    /// The shell prints as `SET` says, too.
    fn heed(&mut self, text: &str) {
        let (word, rest) = text.trim().split_once(char::is_whitespace).unwrap_or((text, ""));
        if word.eq_ignore_ascii_case("set")
            && let Some((name, value)) = rest.split_once('=')
        {
            // What is wrong with it, the server has told.
            let _ = self.config.set(name.trim(), value.trim());
        }
    }
}

impl Conversation {
    /// Runs a statement.
    ///
    /// # Errors
    /// The statement's.
    pub async fn execute(&mut self, text: &str) -> Result<Outcome> {
        match self {
            Self::Local(session) => session.execute(text).await,
            Self::Remote(remote) => remote.execute(text).await,
        }
    }

    /// The settings, as far as the shell knows them.
    pub fn config(&self) -> &SessionConfig {
        match self {
            Self::Local(session) => session.config(),
            Self::Remote(remote) => &remote.config,
        }
    }

    /// Replaces `${…}` in the shell's own commands.
    ///
    /// # Errors
    /// They are replaced too often.
    pub fn substitute(&self, text: &str) -> Result<String> {
        match self {
            Self::Local(session) => session.substitute(text),
            Self::Remote(remote) => remote.variables.substitute(text, &remote.config),
        }
    }

    /// A statement as an error shows it: with its variables replaced, where that is done here.
    pub fn shown(&self, statement: &str) -> String {
        match self {
            Self::Local(session) => session.substitute(statement).unwrap_or_else(|_| statement.to_string()),
            // The server has shown it in its error.
            Self::Remote(_) => String::new(),
        }
    }

    /// The current database.
    pub fn current_database(&self) -> &str {
        match self {
            Self::Local(session) => session.current_database(),
            Self::Remote(remote) => &remote.database,
        }
    }

    /// What stops the statement from another thread.
    pub fn cancel_handle(&self) -> CancelHandle {
        match self {
            Self::Local(session) => session.cancel_handle(),
            Self::Remote(remote) => remote.session.cancel_handle(),
        }
    }

    /// The catalog whose names are completed, if it is at hand.
    pub fn catalog(&self) -> Option<Arc<dyn MetaStore>> {
        match self {
            Self::Local(session) => Some(Arc::clone(session.engine().metastore())),
            Self::Remote(_) => None,
        }
    }

    /// The folder of the shell's own files.
    pub fn home(&self) -> Option<PathBuf> {
        match self {
            Self::Local(session) => Some(session.engine().home().to_path_buf()),
            Self::Remote(_) => crate::engine::default_home(),
        }
    }

    /// Whether lines of a server's logs are printed.
    pub fn show_log(&mut self, shown: bool) {
        if let Self::Remote(remote) = self {
            remote.session.shows_log = shown;
        }
    }
}
