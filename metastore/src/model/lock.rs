//! Locks that `LOCK TABLE` and `LOCK DATABASE` take.

use serde::{Deserialize, Serialize};

use super::{Defined, DefinitionKind, EpochMillis, LockKind};

/// How a lock excludes others (`HiveLockMode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LockMode {
    /// Others may read, nobody may write.
    Shared,
    /// Nobody else may read or write.
    Exclusive,
}

impl LockMode {
    /// The mode that a lock of this kind is shown as.
    pub fn of(kind: LockKind) -> Self {
        match kind {
            LockKind::SharedRead | LockKind::SharedWrite => Self::Shared,
            LockKind::ExclusiveWrite | LockKind::Exclusive => Self::Exclusive,
        }
    }

    /// The kind of lock that it asks for.
    pub fn kind(self) -> LockKind {
        match self {
            Self::Shared => LockKind::SharedRead,
            Self::Exclusive => LockKind::Exclusive,
        }
    }

    /// Hive's word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Shared => "SHARED",
            Self::Exclusive => "EXCLUSIVE",
        }
    }
}

/// The right of a transaction to rebuild a materialized view (`MATERIALIZATION_REBUILD_LOCKS` of Hive).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RebuildLock {
    /// Database of the view, in lower case.
    pub database: String,
    /// Name of the view, in lower case.
    pub table: String,
    /// The transaction.
    pub transaction: i64,
    /// When its owner last said that it is alive.
    pub last_heartbeat: EpochMillis,
}

impl Defined for RebuildLock {
    const KIND: DefinitionKind = DefinitionKind::RebuildLock;

    fn key(&self) -> String {
        serde_json::json!([self.database, self.table]).to_string()
    }
}
