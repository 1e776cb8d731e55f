//! Objects of the catalog that are small, and read as a whole: roles, privileges, connectors, resource plans, scheduled
//! queries, catalogs, schemas of the registry and others. A store keeps each as a text under its kind and its name.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// What a definition defines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DefinitionKind {
    /// [`super::DataConnector`]
    Connector,
    /// [`super::Role`]
    Role,
    /// [`super::Grant`]
    Grant,
    /// [`super::ResourcePlan`]
    ResourcePlan,
    /// [`super::ScheduledQuery`]
    ScheduledQuery,
    /// [`super::Catalog`]
    Catalog,
    /// [`super::RegisteredSchema`]
    Schema,
    /// [`super::SchemaVersion`]
    SchemaVersion,
    /// [`super::NamedSerDe`]
    SerDe,
    /// [`super::DelegationToken`]
    Token,
    /// [`super::MasterKey`]
    MasterKey,
    /// [`super::UserType`]
    UserType,
    /// [`super::StoredProcedure`]
    StoredProcedure,
    /// [`super::Package`]
    Package,
    /// [`super::RuntimeStatistics`]
    RuntimeStatistics,
    /// [`super::ReplicationMetric`]
    ReplicationMetric,
    /// [`super::RebuildLock`]
    RebuildLock,
    /// [`super::WriteReport`]
    WriteReport,
    /// [`super::CompactionMetric`]
    CompactionMetric,
    /// [`super::ScheduledExecution`]
    ScheduledExecution,
    /// [`super::Property`]
    Property,
    /// [`super::PartitionMark`]
    PartitionMark,
}

impl DefinitionKind {
    /// The word that a store keeps the kind as.
    pub fn word(self) -> &'static str {
        match self {
            Self::Connector => "connector",
            Self::Role => "role",
            Self::Grant => "grant",
            Self::ResourcePlan => "resource_plan",
            Self::ScheduledQuery => "scheduled_query",
            Self::Catalog => "catalog",
            Self::Schema => "schema",
            Self::SchemaVersion => "schema_version",
            Self::SerDe => "serde",
            Self::Token => "token",
            Self::MasterKey => "master_key",
            Self::UserType => "type",
            Self::StoredProcedure => "stored_procedure",
            Self::Package => "package",
            Self::RuntimeStatistics => "runtime_statistics",
            Self::ReplicationMetric => "replication_metric",
            Self::RebuildLock => "rebuild_lock",
            Self::WriteReport => "write_report",
            Self::CompactionMetric => "compaction_metric",
            Self::ScheduledExecution => "scheduled_execution",
            Self::Property => "property",
            Self::PartitionMark => "partition_mark",
        }
    }
}

/// A change of one definition. It is made only if the definition is what the changer has seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefinitionChange {
    /// What is defined.
    pub kind: DefinitionKind,
    /// Name of it, unique in its kind.
    pub name: String,
    /// Its text so far; none where it must not be there.
    pub before: Option<String>,
    /// Its text from now on; none where it is removed.
    pub after: Option<String>,
}

/// A thing that is kept as a definition.
pub trait Defined: Serialize + DeserializeOwned {
    /// What it is.
    const KIND: DefinitionKind;

    /// Its name, unique in its kind.
    fn key(&self) -> String;
}
