//! Errors inside the SQLite store, before they are given the path of the catalog.

use rusqlite::ErrorCode;

use crate::error::MetastoreError;

/// Result of a step inside a transaction.
pub(super) type Attempt<T> = Result<T, Fault>;

/// What stopped a transaction.
#[derive(Debug)]
pub(super) enum Fault {
    /// An answer for the caller, e.g. that a table is not there.
    Answer(MetastoreError),
    /// SQLite could not do it.
    Sqlite(rusqlite::Error),
    /// A record of the file cannot be understood.
    Record { what: String, reason: String },
}

impl From<MetastoreError> for Fault {
    fn from(error: MetastoreError) -> Self {
        Self::Answer(error)
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl Fault {
    pub(super) fn record(what: impl Into<String>, reason: impl ToString) -> Self {
        Self::Record { what: what.into(), reason: reason.to_string() }
    }

    /// Did someone else hold the file?
    pub(super) fn is_busy(&self) -> bool {
        let Self::Sqlite(error) = self else { return false };
        matches!(
            error.sqlite_error_code(),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed)
        )
    }

    /// Is the connection fit for further use?
    pub(super) fn spares_connection(&self) -> bool {
        matches!(self, Self::Answer(_))
    }

    /// The error as the caller of the store sees it.
    pub(super) fn into_error(self, path: &str, seconds: u64) -> MetastoreError {
        if self.is_busy() {
            return MetastoreError::Busy { path: path.to_string(), seconds };
        }
        let reason = match self {
            Self::Answer(error) => return error,
            Self::Record { what, reason } => format!("the record of {what} cannot be read: {reason}"),
            Self::Sqlite(error) => explain(&error),
        };
        MetastoreError::Store { path: path.to_string(), reason }
    }
}

/// SQLite's own words, with what they mean for a catalog where they are cryptic.
fn explain(error: &rusqlite::Error) -> String {
    let meaning = match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => "the file is no catalog, or it is damaged",
        Some(ErrorCode::DatabaseCorrupt) => "the file is damaged; restore it from a backup",
        Some(ErrorCode::CannotOpen) => "the file cannot be opened or made; look at the folder and its permissions",
        Some(ErrorCode::ReadOnly) => "the file or its folder cannot be written",
        Some(ErrorCode::PermissionDenied) => "no permission",
        Some(ErrorCode::DiskFull) => "the disk is full",
        Some(ErrorCode::SystemIoFailure) => "reading or writing the file failed",
        _ => return error.to_string(),
    };
    format!("{meaning} (SQLite: {error})")
}
