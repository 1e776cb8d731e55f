//! Errors as clients of the server get them.

use std::borrow::Cow;
use std::sync::Arc;

use crate::error::{ErrorKind, SkepError, shortened};

/// An error with what Hive's protocol tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What happened, in Hive's words. It is no book: requests may be long, and it goes into answers and logs.
    pub message: String,
    /// The SQLSTATE.
    pub sqlstate: Cow<'static, str>,
    /// Hive's code.
    pub code: i32,
}

impl Failure {
    /// What a client has asked for cannot be had (`HiveSQLException` without a code).
    pub fn refused(message: impl Into<String>) -> Self {
        Self { message: bounded(message.into()), sqlstate: "HY000".into(), code: 0 }
    }

    /// A handle that names nothing (any more): `what` is `SessionHandle` or `OperationHandle`.
    pub fn no_such(what: &str, shown: impl std::fmt::Display) -> Self {
        Self::refused(format!("Invalid {what}: {what} [{shown}]"))
    }

    /// The error of a statement. `compiled` says whether it failed while it ran, as Hive tells in front.
    pub fn of_statement(error: &SkepError, statement: &str, compiled: bool) -> Self {
        let text = error.render(statement);
        let compiling = match error.kind() {
            ErrorKind::Parse | ErrorKind::Semantic | ErrorKind::AccessControl | ErrorKind::Unsupported => !compiled,
            _ => false,
        };
        let message = match error.kind() {
            ErrorKind::Configuration | ErrorKind::Cancelled | ErrorKind::Remote => text,
            _ if compiling => format!("Error while compiling statement: {text}"),
            _ => format!("Error while processing statement: {text}"),
        };
        Self { message: bounded(message), sqlstate: error.sqlstate().to_string().into(), code: error.code() }
    }
}

fn bounded(text: String) -> String {
    match shortened(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(shorter) => shorter,
    }
}

impl From<&SkepError> for Failure {
    fn from(error: &SkepError) -> Self {
        let message = bounded(error.render(""));
        Self { message, sqlstate: error.sqlstate().to_string().into(), code: error.code() }
    }
}

impl From<SkepError> for Failure {
    fn from(error: SkepError) -> Self {
        Self::from(&error)
    }
}

impl From<Arc<SkepError>> for Failure {
    fn from(error: Arc<SkepError>) -> Self {
        Self::from(error.as_ref())
    }
}
