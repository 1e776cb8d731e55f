//! The things a catalog holds.

mod accuracy;
mod authorization;
mod catalog;
mod connector;
mod constraint;
mod database;
mod definition;
mod event;
mod filter;
mod filter_value;
mod function;
mod lock;
mod lock_request;
mod mark;
mod materialization;
pub mod names;
mod partition;
pub mod pattern;
mod procedure;
mod property;
mod report;
mod scheduled;
mod schema_registry;
pub mod sketch;
mod statistics;
mod storage;
mod table;
pub mod thrift_json;
mod token;
mod transaction;
mod type_text;
mod types;
mod user_type;
mod workload;

pub use accuracy::note_column_statistics;
pub use authorization::{Grant, Granted, ObjectLevel, PrivilegeObject, Role};
pub use catalog::{Catalog, DEFAULT_CATALOG};
pub use connector::DataConnector;
pub use constraint::{Constraint, ConstraintKind, default_of};
pub use database::{Database, PrincipalType};
pub use definition::{Defined, DefinitionChange, DefinitionKind};
pub use event::{Event, EventFilter, NewEvent};
pub use filter::{CompareOp, PartitionFilter, PartitionLiteral};
pub use filter_value::{PartitionValue, typed_value};
pub use function::{Function, FunctionResource, ResourceType};
pub use lock::{LockMode, RebuildLock};
pub use lock_request::{
    DataOperation, Lock, LockAnswer, LockFilter, LockHolder, LockKind, LockPart, LockRequest, LockState,
};
pub use mark::PartitionMark;
pub use materialization::{IncrementalRebuild, Materialization, MaterializationSource};
pub use names::{DEFAULT_PARTITION, escape_path_name, partition_name, partition_spec, unescape_path_name};
pub use partition::Partition;
pub use procedure::{Package, StoredProcedure};
pub use property::Property;
pub use report::{CompactionMetric, ReplicationMetric, RuntimeStatistics, WriteReport};
pub use scheduled::{ExecutionState, ScheduledExecution, ScheduledQuery};
pub use schema_registry::{NamedSerDe, RegisteredSchema, SchemaColumn, SchemaName, SchemaVersion};
pub use statistics::{ColumnStatistics, ColumnStatisticsData, ForeignSketches};
pub use storage::{Order, SerDeInfo, SkewedInfo, StorageDescriptor};
pub use table::{AcidKind, CreationMetadata, FieldSchema, SourceTable, Table, TableExtras, TableKind, UNREADABLE_TYPE};
pub use token::{DelegationToken, MasterKey};
pub use transaction::{
    Compaction, CompactionDetails, HeartbeatRange, OpenTransactions, Transaction, TransactionKind, TransactionOwner,
    TransactionState, ValidTransactions, ValidWriteIds, WriteTransaction,
};
pub use types::{HiveType, StructField};
pub use user_type::UserType;
pub use workload::{Mapping, PlanStatus, Pool, ResourcePlan, Trigger};

/// String properties of an object, in name order (`TBLPROPERTIES`, `SERDEPROPERTIES`, `DBPROPERTIES`).
pub type Parameters = std::collections::BTreeMap<String, String>;

/// Seconds since 1970-01-01 00:00:00 UTC, as the metastore's times are kept.
pub type EpochSeconds = i64;

/// Milliseconds since 1970-01-01 00:00:00 UTC.
pub type EpochMillis = i64;
