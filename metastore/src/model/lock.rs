//! Locks that `LOCK TABLE` and `LOCK DATABASE` take.

use serde::{Deserialize, Serialize};

use super::{Defined, DefinitionKind, EpochSeconds};

/// How a lock excludes others (`HiveLockMode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LockMode {
    /// Others may read, nobody may write.
    Shared,
    /// Nobody else may read or write.
    Exclusive,
}

impl LockMode {
    /// Hive's word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Shared => "SHARED",
            Self::Exclusive => "EXCLUSIVE",
        }
    }
}

/// A lock that a statement asked for by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExplicitLock {
    /// Unique among locks.
    pub id: String,
    /// Session that holds it.
    pub session: String,
    /// Machine of the session.
    pub host: String,
    /// Process of the session on that machine.
    pub process: u32,
    /// Database, in lower case.
    pub database: String,
    /// Table, in lower case; none for a lock on the database.
    pub table: Option<String>,
    /// Values of the partition columns, for a lock on a partition.
    pub partition: Option<Vec<String>>,
    /// How it excludes others.
    pub mode: LockMode,
    /// User of the session.
    pub user: String,
    /// The statement that took it.
    pub statement: String,
    /// When it was taken.
    pub create_time: EpochSeconds,
}

impl Defined for ExplicitLock {
    const KIND: DefinitionKind = DefinitionKind::Lock;

    fn key(&self) -> String {
        self.id.clone()
    }
}
