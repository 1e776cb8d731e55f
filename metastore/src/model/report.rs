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
