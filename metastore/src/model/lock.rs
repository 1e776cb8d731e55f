//! Locks that `LOCK TABLE` and `LOCK DATABASE` take.

use serde::{Deserialize, Serialize};

use super::{Defined, DefinitionKind, EpochMillis, EpochSeconds};

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
