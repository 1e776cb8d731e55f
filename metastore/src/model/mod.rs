//! The things a catalog holds.

mod database;
mod filter;
mod filter_value;
mod function;
pub mod names;
mod partition;
pub mod pattern;
mod statistics;
mod storage;
mod table;
mod type_text;
mod types;

pub use database::{Database, PrincipalType};
pub use filter::{CompareOp, PartitionFilter, PartitionLiteral};
pub use filter_value::{PartitionValue, typed_value};
pub use function::{Function, FunctionResource, ResourceType};
pub use names::{DEFAULT_PARTITION, escape_path_name, partition_name, partition_spec, unescape_path_name};
pub use partition::Partition;
pub use statistics::{ColumnStatistics, ColumnStatisticsData};
pub use storage::{Order, SerDeInfo, SkewedInfo, StorageDescriptor};
pub use table::{FieldSchema, Table, TableKind};
pub use types::{HiveType, StructField};

/// String properties of an object, in name order (`TBLPROPERTIES`, `SERDEPROPERTIES`, `DBPROPERTIES`).
pub type Parameters = std::collections::BTreeMap<String, String>;

/// Seconds since 1970-01-01 00:00:00 UTC, as the metastore's times are kept.
pub type EpochSeconds = i64;
