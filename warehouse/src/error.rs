//! What can go wrong with the files of a warehouse.

use arrow::error::ArrowError;
use datafusion::common::DataFusionError;
use skep_metastore::MetastoreError;

/// Result of a warehouse operation.
pub type Result<T, E = WarehouseError> = std::result::Result<T, E>;

/// An error of the warehouse.
#[derive(Debug, thiserror::Error)]
pub enum WarehouseError {
    /// A URL names a kind of file system that is not built in.
    #[error("No FileSystem for scheme \"{scheme}\": {url}")]
    UnsupportedScheme {
        /// The scheme, e.g. `s3a`.
        scheme: String,
        /// The URL as given.
        url: String,
    },
    /// The rows are stored in a way that is not built in.
    #[error("{what} {class} is not supported")]
    UnsupportedClass {
        /// `Input format`, `Output format` or `SerDe`.
        what: &'static str,
        /// Java class as the table names it.
        class: String,
    },
    /// A compression codec that is not built in.
    #[error("Compression codec {class} is not supported; those that are: {known}")]
    UnknownCodec {
        /// Java class as the session names it.
        class: String,
        /// The classes that stand for codecs.
        known: String,
    },
    /// Something else that is not built in.
    #[error("{0} is not supported")]
    Unsupported(String),
    /// A statement names a file or folder that it may not name.
    #[error("{path} is in none of the folders that statements may name (skep.server.allowed.folders): {folders}")]
    NotAllowed {
        /// URL of the file or folder.
        path: String,
        /// URLs of the folders that are allowed.
        folders: String,
    },
    /// A file or folder is not there.
    #[error("Path does not exist: {0}")]
    NotFound(String),
    /// A file or folder is there already.
    #[error("Path exists already: {0}")]
    AlreadyExists(String),
    /// A file or folder cannot be read or written.
    #[error("cannot {action} {path}: {source}")]
    Io {
        /// What was tried, e.g. `write`.
        action: &'static str,
        /// URL of the file or folder.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// An object store failed.
    #[error("cannot {action} {path}: {source}")]
    Store {
        /// What was tried, e.g. `list`.
        action: &'static str,
        /// URL of the object.
        path: String,
        /// What the store says.
        source: object_store::Error,
    },
    /// The bytes of a file are not what its format says.
    #[error("{path} is corrupt: {reason}")]
    Corrupt {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Another transaction has changed the same rows and was committed first.
    #[error("{0}")]
    Conflict(String),
    /// Rows would have to be written into a Hadoop archive, which has this partition's name.
    #[error("Insert conflict with existing archive: {0}")]
    ArchiveConflict(String),
    /// A limit that the session sets was passed.
    #[error("{message} ({key} = {value})")]
    Limit {
        /// Configuration key that sets the limit.
        key: &'static str,
        /// The limit.
        value: i64,
        /// What passed it, and by how much.
        message: String,
    },
    /// The request contradicts the table, e.g. a partition specification that misses a column.
    #[error("{0}")]
    Invalid(String),
    /// A commit journal or another record of Skep's own cannot be read.
    #[error("a record of the catalog cannot be read: {0}")]
    Record(String),
    /// The catalog failed.
    #[error(transparent)]
    Metastore(#[from] MetastoreError),
    /// Arrow failed.
    #[error(transparent)]
    Arrow(#[from] ArrowError),
    /// The plan that gives the rows failed.
    #[error(transparent)]
    DataFusion(#[from] DataFusionError),
}

impl WarehouseError {
    /// An [`WarehouseError::Io`] for a file.
    pub fn io(action: &'static str, path: impl Into<String>, source: std::io::Error) -> Self {
        match source.kind() {
            std::io::ErrorKind::NotFound => Self::NotFound(path.into()),
            std::io::ErrorKind::AlreadyExists => Self::AlreadyExists(path.into()),
            _ => Self::Io { action, path: path.into(), source },
        }
    }

    /// A [`WarehouseError::Store`] for an object, or [`WarehouseError::NotFound`].
    pub fn store(action: &'static str, path: impl Into<String>, source: object_store::Error) -> Self {
        match source {
            object_store::Error::NotFound { .. } => Self::NotFound(path.into()),
            source => Self::Store { action, path: path.into(), source },
        }
    }

    /// A [`WarehouseError::Corrupt`] for a file.
    pub fn corrupt(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Corrupt { path: path.into(), reason: reason.into() }
    }

    /// The SQLSTATE that a client is shown for this error.
    pub fn sqlstate(&self) -> &'static str {
        match self {
            Self::UnsupportedScheme { .. }
            | Self::UnsupportedClass { .. }
            | Self::UnknownCodec { .. }
            | Self::Unsupported(_) => "0A000",
            Self::NotFound(_) | Self::NotAllowed { .. } => "42000",
            Self::AlreadyExists(_) | Self::Invalid(_) | Self::ArchiveConflict(_) => "42000",
            Self::Io { .. } | Self::Store { .. } => "58030",
            Self::Corrupt { .. } => "22000",
            Self::Conflict(_) => "40001",
            Self::Limit { .. } => "54000",
            Self::Record(_) => "XX000",
            Self::Metastore(error) => error.sqlstate(),
            Self::Arrow(_) | Self::DataFusion(_) => "HY000",
        }
    }
}

impl From<WarehouseError> for DataFusionError {
    fn from(error: WarehouseError) -> Self {
        match error {
            WarehouseError::DataFusion(error) => error,
            error => DataFusionError::External(Box::new(error)),
        }
    }
}
