//! What can go wrong in a catalog.

/// Result of a catalog operation.
pub type Result<T, E = MetastoreError> = std::result::Result<T, E>;

/// An error of the catalog. The variants follow the exceptions of Hive's metastore API
/// (`hive_metastore.thrift`), so that a Thrift service can map them one to one.
#[derive(Debug, thiserror::Error, serde::Serialize, serde::Deserialize)]
pub enum MetastoreError {
    /// The named object is not there (`NoSuchObjectException`).
    #[error("{0}")]
    NoSuchObject(String),
    /// The named object is there already (`AlreadyExistsException`).
    #[error("{0}")]
    AlreadyExists(String),
    /// The object itself is not valid, e.g. a table without a name (`InvalidObjectException`).
    #[error("{0}")]
    InvalidObject(String),
    /// The operation is not allowed in this state, e.g. dropping a database that has tables
    /// (`InvalidOperationException`).
    #[error("{0}")]
    InvalidOperation(String),
    /// What has no exception of its own (`MetaException`).
    #[error("{0}")]
    Meta(String),
    /// There is no such transaction (`NoSuchTxnException`).
    #[error("{0}")]
    NoSuchTransaction(String),
    /// The transaction was aborted (`TxnAbortedException`).
    #[error("{0}")]
    TransactionAborted(String),
    /// There is no such lock (`NoSuchLockException`).
    #[error("{0}")]
    NoSuchLock(String),
    /// The lock belongs to a transaction that is open, and goes with it (`TxnOpenException`).
    #[error("{0}")]
    TransactionOpen(String),
    /// The text is no Hive type.
    #[error("cannot read the type '{text}': {reason}")]
    InvalidType {
        /// The text as given.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Another process holds the catalog for longer than the time limit.
    #[error("the catalog {path} is held by another process for more than {seconds} s")]
    Busy {
        /// Where the catalog is.
        path: String,
        /// How long it was waited for.
        seconds: u64,
    },
    /// The store cannot be read or written.
    #[error("the catalog {path} failed: {reason}")]
    Store {
        /// Where the catalog is.
        path: String,
        /// What the store says.
        reason: String,
    },
}

impl MetastoreError {
    /// The SQLSTATE that a client is shown for this error.
    pub fn sqlstate(&self) -> &'static str {
        match self {
            Self::NoSuchObject(_) => "42S02",
            Self::AlreadyExists(_) => "42S01",
            Self::InvalidObject(_) | Self::InvalidOperation(_) => "42000",
            Self::InvalidType { .. } | Self::Meta(_) => "42000",
            Self::NoSuchTransaction(_) | Self::NoSuchLock(_) | Self::TransactionOpen(_) => "25000",
            Self::TransactionAborted(_) => "40000",
            Self::Busy { .. } => "40001",
            Self::Store { .. } => "58030",
        }
    }
}
