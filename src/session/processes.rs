//! The statements that run in a server, as sessions may see and stop them: `SHOW PROCESSLIST`, `KILL QUERY`.

use std::fmt::Debug;
use std::time::{Duration, SystemTime};

use crate::error::Result;

/// A statement of some session, and how it stands (`ProcessListInfo` of Hive).
#[derive(Debug, Clone)]
pub struct Process {
    /// Whose it is.
    pub user: String,
    /// Where its client is; empty where that is not known.
    pub address: String,
    /// The session.
    pub session: String,
    /// How long the session is open.
    pub session_active: Duration,
    /// How long the session's client has asked for nothing.
    pub session_idle: Duration,
    /// The statement's name (`hive.query.id`).
    pub query_id: String,
    /// Hive's name of its state.
    pub state: &'static str,
    /// When it was asked for.
    pub begun: SystemTime,
    /// How long ago that is, or was when it ended.
    pub elapsed: Duration,
    /// How long it ran; `None` before its end.
    pub runtime: Option<Duration>,
}

/// Who wants to stop a statement.
#[derive(Debug, Clone, Copy)]
pub struct Killer<'a> {
    /// The user.
    pub user: &'a str,
    /// May stop the statements of others, too.
    pub administrator: bool,
}

/// Knows the statements of all sessions.
pub trait Processes: Debug + Send + Sync {
    /// The statements that are not closed, the oldest first.
    fn all(&self) -> Vec<Process>;

    /// Stops the statement of this name, or those of this tag that the killer may stop. Gives how many there are to stop;
    /// one that has ended counts, and stays as it is.
    ///
    /// # Errors
    /// They are others', and the killer may not stop them (`KillQueryImpl` of Hive).
    fn kill(&self, killer: Killer<'_>, query_id_or_tag: &str) -> Result<usize>;
}
