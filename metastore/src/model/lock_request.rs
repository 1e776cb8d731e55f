//! Locks of the metastore service, as clients ask for them (`LockRequest`, `LockResponse`, `ShowLocksResponseElement`).

use serde::{Deserialize, Serialize};

use super::EpochMillis;

/// How a lock excludes others (`LockType` of the metastore API).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LockKind {
    /// Excludes [`LockKind::Exclusive`].
    SharedRead,
    /// Excludes also [`LockKind::ExclusiveWrite`].
    SharedWrite,
    /// Excludes also [`LockKind::SharedWrite`].
    ExclusiveWrite,
    /// Excludes all.
    Exclusive,
}

impl LockKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::SharedRead, Self::SharedWrite, Self::ExclusiveWrite, Self::Exclusive];

    /// Hive's name of it.
    pub fn name(self) -> &'static str {
        match self {
            Self::SharedRead => "SHARED_READ",
            Self::SharedWrite => "SHARED_WRITE",
            Self::ExclusiveWrite => "EXCL_WRITE",
            Self::Exclusive => "EXCLUSIVE",
        }
    }

    /// May two locks on the same thing not be held at the same time (`TxnHandler`'s table of Hive 4)?
    pub fn excludes(self, other: Self) -> bool {
        use LockKind::{Exclusive, ExclusiveWrite, SharedRead, SharedWrite};
        match (self, other) {
            (Exclusive, _) | (_, Exclusive) => true,
            (SharedRead, _) | (_, SharedRead) => false,
            (SharedWrite, SharedWrite) => false,
            (ExclusiveWrite, _) | (_, ExclusiveWrite) => true,
        }
    }
}

/// What a statement does with what it locks (`DataOperationType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum DataOperation {
    /// It reads.
    Select,
    /// It adds rows.
    Insert,
    /// It changes rows.
    Update,
    /// It removes rows.
    Delete,
    /// Not said.
    #[default]
    Unset,
    /// It is no part of a transaction.
    NoTransaction,
}

impl DataOperation {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Select, Self::Insert, Self::Update, Self::Delete, Self::Unset, Self::NoTransaction];

    /// Hive's name of it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Select => "SELECT",
            Self::Insert => "INSERT",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Unset => "UNSET",
            Self::NoTransaction => "NO_TXN",
        }
    }
}

/// One thing that is to be locked (`LockComponent`). Names are in lower case; a partition is named as `ds=1/hr=2`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockPart {
    /// How.
    pub kind: LockKind,
    /// Database.
    pub database: String,
    /// Table; none for the whole database.
    pub table: Option<String>,
    /// Partition; none for the whole table.
    pub partition: Option<String>,
    /// What is done with it.
    pub operation: DataOperation,
    /// Is the table transactional?
    pub transactional: bool,
    /// Will the partitions that are written be known only later
    /// ([`crate::store::MetaStore::add_dynamic_partitions`])?
    pub dynamic_partitions: bool,
}

/// Who holds a lock, or waits for it: enough to tell another who stands in its way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockHolder {
    /// Name of the user.
    pub user: String,
    /// Name of the machine.
    pub host: String,
    /// Number of the process there, which is gone when the lock is of no use; 0 where only heartbeats tell.
    pub process: u32,
    /// What the client says of itself, mostly the id of the query.
    pub agent: Option<String>,
    /// The session that it is for; locks of one session on different things do not exclude each other.
    pub session: Option<String>,
    /// The statement that it is for.
    pub statement: Option<String>,
    /// Was it asked for by name (`LOCK TABLE`)? Else a statement needs it for as long as it runs.
    pub explicit: bool,
}

impl std::fmt::Display for LockHolder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} on {}", self.user, self.host)?;
        for (what, value) in [("session", &self.session), ("query", &self.agent)] {
            if let Some(value) = value {
                write!(f, ", {what} {value}")?;
            }
        }
        self.statement.as_ref().map_or(Ok(()), |statement| write!(f, ": {statement}"))
    }
}

/// What a client asks for (`LockRequest`): all its parts, or it waits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockRequest {
    /// The parts.
    pub parts: Vec<LockPart>,
    /// The transaction that they are for; none for locks that live by their own heartbeat.
    pub transaction: Option<i64>,
    /// Who asks.
    pub holder: LockHolder,
    /// Rather than wait for an exclusive lock, a read is to be told [`LockState::NotAcquired`].
    pub zero_wait_read: bool,
    /// As `zero_wait_read`, for the exclusive lock of a CREATE TABLE AS SELECT.
    pub exclusive_ctas: bool,
}

/// How far a lock is (`LockState`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LockState {
    /// It is held.
    Acquired,
    /// Others are before it; ask again by [`crate::store::MetaStore::check_lock`].
    Waiting,
    /// Its transaction was aborted.
    Aborted,
    /// It is not held and nobody waits for it.
    NotAcquired,
}

/// The answer to a request (`LockResponse`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockAnswer {
    /// Number of the lock, to be asked for and released by.
    pub id: i64,
    /// How far it is.
    pub state: LockState,
    /// Why it is not held.
    pub message: Option<String>,
}

/// Which locks are to be shown (`ShowLocksRequest`); names in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockFilter {
    /// Of this database.
    pub database: Option<String>,
    /// Of this table.
    pub table: Option<String>,
    /// Of this partition.
    pub partition: Option<String>,
    /// Of this transaction.
    pub transaction: Option<i64>,
}

/// One part of a lock that is held or waited for (`ShowLocksResponseElement`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// Number of the lock.
    pub id: i64,
    /// Number of the part in the lock, from 1.
    pub part: i64,
    /// Its transaction.
    pub transaction: Option<i64>,
    /// Database.
    pub database: String,
    /// Table.
    pub table: Option<String>,
    /// Partition.
    pub partition: Option<String>,
    /// Held or waited for.
    pub state: LockState,
    /// How it excludes others.
    pub kind: LockKind,
    /// Number of the lock, and of its part, that it waits for.
    pub blocked_by: Option<(i64, i64)>,
    /// Who holds it or waits for it.
    pub holder: LockHolder,
    /// When its holder last said that it is alive.
    pub last_heartbeat: EpochMillis,
    /// Since when it is held.
    pub acquired_at: Option<EpochMillis>,
}

impl Lock {
    /// What it is on: `database`, `database.table`, `database.table/ds=1/hr=2`.
    pub fn place(&self) -> String {
        match (&self.table, &self.partition) {
            (Some(table), Some(partition)) => format!("{}.{table}/{partition}", self.database),
            (Some(table), None) => format!("{}.{table}", self.database),
            (None, _) => self.database.clone(),
        }
    }
}

impl std::fmt::Display for Lock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} is locked {} by {}", self.place(), self.kind.name(), self.holder)
    }
}

#[cfg(test)]
mod tests {
    use super::LockKind::{Exclusive, ExclusiveWrite, SharedRead, SharedWrite};

    #[test]
    fn excludes_as_hive_does() {
        for (one, other, excludes) in [
            (SharedRead, SharedRead, false),
            (SharedRead, SharedWrite, false),
            (SharedRead, ExclusiveWrite, false),
            (SharedRead, Exclusive, true),
            (SharedWrite, SharedWrite, false),
            (SharedWrite, ExclusiveWrite, true),
            (SharedWrite, Exclusive, true),
            (ExclusiveWrite, ExclusiveWrite, true),
            (ExclusiveWrite, Exclusive, true),
            (Exclusive, Exclusive, true),
        ] {
            assert_eq!((one.excludes(other), other.excludes(one)), (excludes, excludes), "{one:?} {other:?}");
        }
    }
}
