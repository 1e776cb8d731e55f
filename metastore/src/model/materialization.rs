//! What a materialized view remembers: whether queries may be rewritten to it, and what its sources were when its rows
//! were made (`CreationMetadata` of Hive).

use serde::{Deserialize, Serialize};

use super::{Parameters, Table, TableKind, ValidWriteIds};

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Materialization {
    /// May queries be rewritten to it?
    pub rewrite: bool,
    /// How a rebuild could take only what is new.
    pub incremental: IncrementalRebuild,
    /// The tables that its query reads.
    pub sources: Vec<MaterializationSource>,
}

/// What Hive says of incremental rebuilds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum IncrementalRebuild {
    /// After any change of the sources.
    Available,
    /// Where rows of the sources were only added.
    InsertOnly,
    /// Never.
    NotAvailable,
}

impl IncrementalRebuild {
    /// Hive's words.
    pub fn text(self) -> &'static str {
        match self {
            Self::Available => "Available",
            Self::InsertOnly => "Available in presence of insert operations only",
            Self::NotAvailable => "Not available",
        }
    }
}

/// A table that a materialized view reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaterializationSource {
    /// Database.
    pub database: String,
    /// Name.
    pub table: String,
    /// The write ids that were seen; none where the table is not transactional.
    pub snapshot: Option<ValidWriteIds>,
}

impl MaterializationSource {
    /// The snapshot as Hive writes one: highest write id, lowest open one, open ones, aborted ones.
    pub fn snapshot_text(&self) -> String {
        let list = |ids: &[i64]| ids.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
        match &self.snapshot {
            None => "N/A".to_string(),
            Some(ids) => {
                let lowest = ids.open.first().copied().unwrap_or(i64::MAX);
                format!(":{}:{lowest}:{}:{}", ids.high, list(&ids.open), list(&ids.aborted))
            }
        }
    }
}

impl Materialization {
    /// The property of the view's table that holds it; no statement shows it.
    pub const PROPERTY: &'static str = "skep.materialized.view";

    /// What a materialized view remembers; none where it is no materialized view, or was not made by Skep.
    pub fn of(table: &Table) -> Option<Self> {
        let text = table.parameters.get(Self::PROPERTY).filter(|_| table.kind == TableKind::MaterializedView)?;
        serde_json::from_str(text).ok()
    }

    /// Puts it among the properties of the table.
    ///
    /// # Errors
    /// It cannot be written as JSON, which does not happen.
    pub fn keep(&self, parameters: &mut Parameters) -> serde_json::Result<()> {
        parameters.insert(Self::PROPERTY.into(), serde_json::to_string(self)?);
        Ok(())
    }

    /// Is the table among its sources?
    pub fn reads(&self, database: &str, table: &str) -> bool {
        self.sources.iter().any(|source| source.database == database && source.table == table)
    }
}
