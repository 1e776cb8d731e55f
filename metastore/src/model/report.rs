//! What clients report of their runs: how many rows the operators of a query saw (`RuntimeStat`), and how far a
//! replication came (`ReplicationMetrics`).

use serde::{Deserialize, Serialize};

use super::{Defined, DefinitionKind, EpochSeconds};

/// Row counts of a query's operators, in a form that only clients read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuntimeStatistics {
    /// Number; later ones have higher ones.
    pub id: i64,
    /// When they were reported.
    pub create_time: EpochSeconds,
    /// How many operators there are.
    pub weight: i32,
    /// The counts.
    pub payload: Vec<u8>,
}

impl Defined for RuntimeStatistics {
    const KIND: DefinitionKind = DefinitionKind::RuntimeStatistics;

    fn key(&self) -> String {
        format!("{:019}", self.id)
    }
}

/// How far one execution of a scheduled replication came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplicationMetric {
    /// Execution of the scheduled query.
    pub execution: i64,
    /// Name of that query.
    pub policy: String,
    /// Execution of the dump that is loaded; its own for a dump.
    pub dump_execution: i64,
    /// What is replicated, in a form that only clients read.
    pub metadata: Option<String>,
    /// How far it is, in a form that only clients read.
    pub progress: Option<String>,
    /// In which form these are.
    pub format: Option<String>,
    /// When it was first reported.
    pub create_time: EpochSeconds,
}

impl Defined for ReplicationMetric {
    const KIND: DefinitionKind = DefinitionKind::ReplicationMetric;

    fn key(&self) -> String {
        format!("{:019}", self.execution)
    }
}

/// What a transaction wrote into a table or a partition, as its client told (`TXN_WRITE_NOTIFICATION_LOG` of Hive).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteReport {
    /// The transaction.
    pub transaction: i64,
    /// Its write id of the table.
    pub write_id: i64,
    /// Database, in lower case.
    pub database: String,
    /// Table, in lower case.
    pub table: String,
    /// `ds=1/hr=2`; none for a table without partitions.
    pub partition: Option<String>,
    /// The table then, as `TJSONProtocol` writes it.
    pub table_text: String,
    /// The partition then, likewise.
    pub partition_text: Option<String>,
    /// The files, in a form that only clients read.
    pub files: String,
    /// When it was told.
    pub create_time: EpochSeconds,
}

impl WriteReport {
    /// What the keys of all reports of a transaction begin with.
    pub fn key_of_transaction(transaction: i64) -> String {
        format!("{transaction:019}#")
    }
}

impl Defined for WriteReport {
    const KIND: DefinitionKind = DefinitionKind::WriteReport;

    fn key(&self) -> String {
        let place = serde_json::json!([self.database, self.table, self.partition]);
        format!("{}{place}", Self::key_of_transaction(self.transaction))
    }
}

/// What is told of a table's files for the upkeep of transactional tables (`COMPACTION_METRICS_CACHE` of Hive).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompactionMetric {
    /// Database, in lower case.
    pub database: String,
    /// Table, in lower case.
    pub table: String,
    /// `ds=1/hr=2`; none for a table without partitions.
    pub partition: Option<String>,
    /// `CompactionMetricsMetricType`
    pub kind: i32,
    /// The number.
    pub value: i32,
    /// Version of the report.
    pub version: i32,
}

impl Defined for CompactionMetric {
    const KIND: DefinitionKind = DefinitionKind::CompactionMetric;

    fn key(&self) -> String {
        serde_json::json!([self.database, self.table, self.partition, self.kind]).to_string()
    }
}
