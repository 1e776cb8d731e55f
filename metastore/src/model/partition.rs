//! Partitions.

use serde::{Deserialize, Serialize};

use super::{EpochSeconds, Parameters, StorageDescriptor};

/// A partition of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partition {
    /// One value for each partition column, unescaped, in Hive's text form of the column's type;
    /// `__HIVE_DEFAULT_PARTITION__` stands for NULL.
    pub values: Vec<String>,
    /// When it was made.
    pub create_time: EpochSeconds,
    /// When it was last read, as far as anyone records it; 0 if not.
    pub last_access_time: EpochSeconds,
    /// Its own columns, location and format; they may differ from the table's.
    pub storage: StorageDescriptor,
    /// Properties, among them `transient_lastDdlTime`, `numRows`, `totalSize`.
    pub parameters: Parameters,
    /// The write id of the last change of a transactional table's partition, as clients of the metastore service say.
    #[serde(default)]
    pub write_id: Option<i64>,
}
