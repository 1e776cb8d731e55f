//! Partitions that a client has marked as done (`markPartitionForEvent`, `PARTITION_EVENTS` of Hive's schema).

use serde::{Deserialize, Serialize};

use super::{Defined, DefinitionKind, EpochSeconds};

/// A mark of a partition, which need not be there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionMark {
    /// Database, as the store names it.
    pub database: String,
    /// Table.
    pub table: String,
    /// The partition's name.
    pub partition: String,
    /// What has happened to it (`PartitionEventType`; 1: it was loaded).
    pub event: i32,
    /// When it was marked.
    pub time: EpochSeconds,
}

impl PartitionMark {
    /// The key of a mark.
    pub fn key_of(database: &str, table: &str, partition: &str, event: i32) -> String {
        format!("{database}.{table}/{partition}/{event}")
    }
}

impl Defined for PartitionMark {
    const KIND: DefinitionKind = DefinitionKind::PartitionMark;

    fn key(&self) -> String {
        Self::key_of(&self.database, &self.table, &self.partition, self.event)
    }
}
