//! Errors inside a store, before they are given the place of the catalog.

use crate::error::MetastoreError;

/// Result of a step inside a transaction.
pub type Attempt<T> = Result<T, Fault>;

/// What stopped a transaction.
#[derive(Debug)]
pub enum Fault {
    /// An answer for the caller, e.g. that a table is not there.
    Answer(MetastoreError),
    /// Someone else held the catalog for too long.
    Busy,
    /// The database could not bring the transaction together with another one; it may do so the next time.
    Conflict(String),
    /// The connection to the database was lost. Says what is known.
    Lost(String),
    /// The database could not do it. Says why.
    Database(String),
    /// A record of the catalog cannot be understood.
    Record {
        /// Which.
        what: String,
        /// Why.
        reason: String,
    },
}

impl From<MetastoreError> for Fault {
    fn from(error: MetastoreError) -> Self {
        Self::Answer(error)
    }
}

impl Fault {
    /// A record that cannot be understood.
    pub fn record(what: impl Into<String>, reason: impl ToString) -> Self {
        Self::Record { what: what.into(), reason: reason.to_string() }
    }

    /// Is the connection fit for further use?
    pub fn spares_connection(&self) -> bool {
        matches!(self, Self::Answer(_))
    }

    /// The error as the caller of the store sees it.
    pub fn into_error(self, place: &str, seconds: u64) -> MetastoreError {
        let reason = match self {
            Self::Answer(error) => return error,
            Self::Busy => return MetastoreError::Busy { path: place.to_string(), seconds },
            Self::Record { what, reason } => format!("the record of {what} cannot be read: {reason}"),
            Self::Conflict(reason) | Self::Database(reason) => reason,
            Self::Lost(reason) => {
                format!("the connection was lost, the call under way may or may not have been done: {reason}")
            }
        };
        MetastoreError::Store { path: place.to_string(), reason }
    }
}
