//! `ANALYZE TABLE`, `MSCK`.

use super::{Ident, ObjectName, PartitionCondition, PartitionSpec};

/// `ANALYZE TABLE name [PARTITION (…)] COMPUTE STATISTICS [NOSCAN | FOR COLUMNS [columns]]`
#[derive(Debug, Clone, PartialEq)]
pub struct AnalyzeTable {
    /// Table.
    pub table: ObjectName,
    /// `PARTITION`; columns without a value stand for all values
    pub partition: Option<PartitionSpec>,
    /// What is computed.
    pub scope: AnalyzeScope,
}

/// What `ANALYZE TABLE` computes.
#[derive(Debug, Clone, PartialEq)]
pub enum AnalyzeScope {
    /// `COMPUTE STATISTICS`: rows, raw size, files, bytes
    Full,
    /// `COMPUTE STATISTICS NOSCAN`: files and bytes
    NoScan,
    /// `COMPUTE STATISTICS FOR COLUMNS [columns]`; all columns if empty
    Columns(Vec<Ident>),
    /// `CACHE METADATA`
    CacheMetadata,
}

/// `MSCK [REPAIR] TABLE name [ADD|DROP|SYNC PARTITIONS [(conditions)]] [DRY RUN]`
#[derive(Debug, Clone, PartialEq)]
pub struct Msck {
    /// Table.
    pub table: ObjectName,
    /// `REPAIR`: without it the differences are only told
    pub repair: bool,
    /// What is mended; `ADD` if no word is given.
    pub action: MsckAction,
    /// Conditions on the partitions looked at: those of one list all hold.
    pub filter: Vec<Vec<PartitionCondition>>,
    /// `DRY RUN`, which Hive does not have: only told is what would be done
    pub dry_run: bool,
}

/// What `MSCK REPAIR` mends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MsckAction {
    /// Partitions whose folder is there are added.
    #[default]
    Add,
    /// Partitions whose folder is gone are dropped.
    Drop,
    /// Both.
    Sync,
}
