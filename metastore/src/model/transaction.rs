//! Transactions of tables that keep their rows by write ids.

use serde::{Deserialize, Serialize};

use super::{EpochMillis, EpochSeconds};

/// Who runs a transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionOwner {
    /// Name of the user.
    pub user: String,
    /// Name of the machine.
    pub host: String,
    /// Number of the process there; 0 for a client of the metastore service, whose heartbeats say whether it lives.
    pub process: u32,
}

impl TransactionOwner {
    /// This process.
    pub fn this_process(user: &str) -> Self {
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").or_else(|_| std::env::var("HOSTNAME"));
        let host = host.map_or_else(|_| "localhost".to_string(), |name| name.trim().to_string());
        Self { user: user.to_string(), host, process: std::process::id() }
    }

    /// Is its process gone for sure? Of other machines, and where the system does not tell, nobody is taken for dead.
    pub fn is_dead(&self) -> bool {
        let here = Self::this_process("");
        self.process != 0
            && self.host == here.host
            && self.process != here.process
            && std::path::Path::new("/proc/self").exists()
            && !std::path::Path::new(&format!("/proc/{}", self.process)).exists()
    }
}

/// What became of a transaction. Committed ones are not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TransactionState {
    /// It may still become either.
    Open,
    /// What it wrote is never seen.
    Aborted,
}

/// A transaction that is not committed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transaction {
    /// Number.
    pub id: i64,
    /// Open or aborted.
    pub state: TransactionState,
    /// Who runs it.
    pub owner: TransactionOwner,
    /// When it began.
    pub started: EpochSeconds,
    /// What it is for.
    pub kind: TransactionKind,
    /// What the client says of itself.
    pub agent: Option<String>,
    /// When its owner last said that it is alive; none for one of an older Skep, known by its process only.
    pub last_heartbeat: Option<EpochMillis>,
}

/// What a transaction is for (`TxnType` of the metastore API).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum TransactionKind {
    /// Anything.
    #[default]
    Default,
    /// Replication made it; it has no heartbeat and no time limit.
    Replication,
    /// It only reads.
    ReadOnly,
    /// A compaction.
    Compaction,
    /// The rebuilding of a materialized view.
    ViewRebuild,
    /// The removal of something that readers may still see.
    SoftDelete,
    /// The rebalancing of buckets.
    RebalanceCompaction,
}

impl TransactionKind {
    /// All of them, in the order of Hive's numbers.
    pub const ALL: [Self; 7] = [
        Self::Default,
        Self::Replication,
        Self::ReadOnly,
        Self::Compaction,
        Self::ViewRebuild,
        Self::SoftDelete,
        Self::RebalanceCompaction,
    ];

    /// Hive's number of it.
    pub fn number(self) -> i32 {
        match self {
            Self::Default => 0,
            Self::Replication => 1,
            Self::ReadOnly => 2,
            Self::Compaction => 3,
            Self::ViewRebuild => 4,
            Self::SoftDelete => 5,
            Self::RebalanceCompaction => 6,
        }
    }
}

/// Transactions that a client of the metastore service opens (`OpenTxnRequest`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenTransactions {
    /// How many.
    pub count: usize,
    /// Name of the user.
    pub user: String,
    /// Name of the machine.
    pub host: String,
    /// What the client says of itself.
    pub agent: Option<String>,
    /// What they are for.
    pub kind: TransactionKind,
    /// The policy that replicates them, with their numbers where they come from: as many as `count`.
    pub replicated: Option<(String, Vec<i64>)>,
}

/// Which transactions a reader sees (`ValidTxnList` of Hive): all up to `high` but these.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ValidTransactions {
    /// The highest number that was given away.
    pub high: i64,
    /// Those up to `high` that are open; ascending.
    pub open: Vec<i64>,
    /// Those up to `high` that were aborted, and wrote what may still be there; ascending.
    pub aborted: Vec<i64>,
}

impl ValidTransactions {
    /// Reads Hive's text: `highest:lowest open:open,…:aborted,…` (`ValidReadTxnList.readFromString`).
    ///
    /// # Errors
    /// [`crate::MetastoreError::InvalidObject`] where the text is of another form.
    pub fn parse(text: &str) -> crate::Result<Self> {
        let wrong = || crate::MetastoreError::InvalidObject(format!("{text} is no list of valid transactions"));
        let list = |part: Option<&str>| -> crate::Result<Vec<i64>> {
            let numbers = part.unwrap_or_default().split(',').filter(|number| !number.is_empty());
            let mut numbers: Vec<i64> =
                numbers.map(|number| number.parse().map_err(|_| wrong())).collect::<crate::Result<_>>()?;
            numbers.sort_unstable();
            Ok(numbers)
        };
        let mut parts = text.split(':');
        let high = parts.next().and_then(|high| high.parse().ok()).ok_or_else(wrong)?;
        parts.next(); // the lowest open one, which follows from the list
        let (open, aborted) = (list(parts.next())?, list(parts.next())?);
        if parts.next().is_some() { Err(wrong()) } else { Ok(Self { high, open, aborted }) }
    }

    /// The lowest one that is open.
    pub fn min_open(&self) -> Option<i64> {
        self.open.first().copied()
    }
}

/// What became of a range of transactions at a heartbeat (`HeartbeatTxnRangeResponse`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeartbeatRange {
    /// Those that were aborted.
    pub aborted: Vec<i64>,
    /// Those that are not there: never opened, or committed.
    pub missing: Vec<i64>,
}

/// A transaction that writes into one table, and the number of its writes there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteTransaction {
    /// Number of the transaction.
    pub transaction: i64,
    /// The table's write id: the first is 1.
    pub write_id: i64,
}

/// Which write ids of a table a reader sees (`ValidWriteIdList` of Hive).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidWriteIds {
    /// The highest one that was ever given away; later ones are not seen.
    pub high: i64,
    /// Those up to `high` whose transactions are open; ascending.
    pub open: Vec<i64>,
    /// Those up to `high` whose transactions were aborted; ascending.
    pub aborted: Vec<i64>,
}

impl ValidWriteIds {
    /// Reads Hive's text: `database.table:highest:lowest open:open,…:aborted,…` (`ValidReaderWriteIdList.readFromString`).
    ///
    /// # Errors
    /// [`crate::MetastoreError::InvalidObject`] where the text is of another form.
    pub fn parse(text: &str) -> crate::Result<Self> {
        let list = text.split_once(':').and_then(|(_, list)| ValidTransactions::parse(list).ok());
        let wrong = || crate::MetastoreError::InvalidObject(format!("{text} is no list of valid write ids"));
        list.map(|ValidTransactions { high, open, aborted }| Self { high, open, aborted }).ok_or_else(wrong)
    }

    /// All up to a number, none of them open or aborted.
    pub fn up_to(high: i64) -> Self {
        Self { high, ..Self::default() }
    }

    /// Is what was written under this id seen? 0 is what was there before the table was transactional.
    pub fn is_valid(&self, write_id: i64) -> bool {
        write_id <= self.high
            && self.open.binary_search(&write_id).is_err()
            && self.aborted.binary_search(&write_id).is_err()
    }

    /// The same with one more that is seen: the writer's own.
    pub fn with_own(&self, write_id: i64) -> Self {
        let mut seen = self.clone();
        seen.open.retain(|open| *open != write_id);
        seen.high = seen.high.max(write_id);
        seen
    }

    /// The highest one below which none is open: as far as a compaction may go.
    pub fn settled(&self) -> i64 {
        self.open.first().map_or(self.high, |first| first - 1)
    }
}

/// A compaction that was asked for (`SHOW COMPACTIONS`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compaction {
    /// Number; given by the store, 0 before.
    pub id: i64,
    /// Database of the table.
    pub database: String,
    /// Name of the table.
    pub table: String,
    /// `ds=1/hr=2`; `None` for a table without partitions.
    pub partition: Option<String>,
    /// `MAJOR` or `MINOR`.
    pub kind: String,
    /// Hive's name of the state: `initiated`, `working`, `ready for cleaning`,
    /// `succeeded`, `failed`, `did not initiate`, `refused`, `aborted`.
    pub state: String,
    /// Who does it.
    pub owner: TransactionOwner,
    /// When it was asked for.
    pub enqueued: EpochSeconds,
    /// When it began.
    pub started: Option<EpochSeconds>,
    /// When it ended.
    pub ended: Option<EpochSeconds>,
    /// The highest write id it covers.
    pub highest_write_id: i64,
    /// Why it failed.
    pub error: Option<String>,
    /// What the clients of a metastore service say beside.
    pub details: CompactionDetails,
}

/// What a queue of compactions knows of one beside its place and its state (`CompactionInfoStruct`,
/// `ShowCompactResponseElement`). Times are milliseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CompactionDetails {
    /// The worker that does it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worker: Option<String>,
    /// Version of the worker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worker_version: Option<String>,
    /// Who asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initiator: Option<String>,
    /// Version of who asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initiator_version: Option<String>,
    /// Pool of workers that is to do it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
    /// Properties that hold for it, as Hive's `StringableMap` writes them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub properties: Option<String>,
    /// The job that does it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
    /// The transaction that it runs in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction: Option<i64>,
    /// The transaction that was the next one when it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_transaction: Option<i64>,
    /// When its transaction was committed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit_time: Option<EpochMillis>,
    /// When the cleaning began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cleaner_start: Option<EpochMillis>,
    /// How many buckets a rebalancing makes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buckets: Option<i32>,
    /// The order that a rebalancing makes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_by: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_seen() {
        let seen = ValidWriteIds { high: 7, open: vec![4, 6], aborted: vec![2] };
        let valid: Vec<i64> = (0..10).filter(|id| seen.is_valid(*id)).collect();
        assert_eq!(valid, [0, 1, 3, 5, 7]);
        assert_eq!(seen.settled(), 3);
        assert!(seen.with_own(6).is_valid(6) && !seen.with_own(6).is_valid(4));
        assert!(seen.with_own(9).is_valid(9));
        assert_eq!(ValidWriteIds::up_to(5).settled(), 5);
    }

    #[test]
    fn lists_of_transactions_are_read() {
        let list = |high, open: &[i64], aborted: &[i64]| ValidTransactions {
            high,
            open: open.to_vec(),
            aborted: aborted.to_vec(),
        };
        assert_eq!(ValidTransactions::parse("9:9223372036854775807::").unwrap(), list(9, &[], &[]));
        assert_eq!(ValidTransactions::parse("9:3:3,5:4,1").unwrap(), list(9, &[3, 5], &[1, 4]));
        assert_eq!(ValidTransactions::parse("9:3:3").unwrap(), list(9, &[3], &[]));
        for wrong in ["", "x", "9:3:a:", "9:3:1:2:3"] {
            assert!(ValidTransactions::parse(wrong).is_err(), "{wrong}");
        }
    }
}
