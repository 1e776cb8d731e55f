//! Tables and views.

use serde::{Deserialize, Serialize};

use super::{EpochSeconds, HiveType, Parameters, StorageDescriptor};

/// A column or a partition column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldSchema {
    /// Name in lower case.
    pub name: String,
    /// Type.
    pub ty: HiveType,
    /// `COMMENT`.
    pub comment: Option<String>,
}

/// What a table is (`TableType` of Hive).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TableKind {
    /// Its files belong to the warehouse and go with it.
    Managed,
    /// Its files belong to someone else and stay when it is dropped.
    External,
    /// A stored query.
    View,
    /// A stored query with its stored result.
    MaterializedView,
}

impl TableKind {
    /// Hive's name of the kind, e.g. `MANAGED_TABLE`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Managed => "MANAGED_TABLE",
            Self::External => "EXTERNAL_TABLE",
            Self::View => "VIRTUAL_VIEW",
            Self::MaterializedView => "MATERIALIZED_VIEW",
        }
    }
}

/// How a transactional table keeps its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AcidKind {
    /// Rows have ids, and can be updated and deleted.
    Full,
    /// Rows are only ever added, or replaced all at once (`transactional_properties=insert_only`).
    InsertOnly,
}

/// A table or a view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Database, in lower case.
    pub database: String,
    /// Name in lower case.
    pub name: String,
    /// Owner.
    pub owner: String,
    /// When it was made.
    pub create_time: EpochSeconds,
    /// When it was last read, as far as anyone records it; 0 if not.
    pub last_access_time: EpochSeconds,
    /// Hive's retention field; 0.
    pub retention: i32,
    /// What it is.
    pub kind: TableKind,
    /// Lives only in the session that made it; never in a store.
    pub temporary: bool,
    /// Columns, location, format.
    pub storage: StorageDescriptor,
    /// Partition columns, outermost first.
    pub partition_keys: Vec<FieldSchema>,
    /// `TBLPROPERTIES`, among them `comment`, `transient_lastDdlTime`, `bucketing_version`, `numRows`, `totalSize`.
    pub parameters: Parameters,
    /// A view's query as typed.
    pub view_original_text: Option<String>,
    /// A view's query with all names written out.
    pub view_expanded_text: Option<String>,
}

impl Table {
    /// `database.name`.
    pub fn qualified_name(&self) -> String {
        format!("{}.{}", self.database, self.name)
    }

    /// Has it partition columns?
    pub fn is_partitioned(&self) -> bool {
        !self.partition_keys.is_empty()
    }

    /// Is it a view or a materialized view?
    pub fn is_view(&self) -> bool {
        matches!(self.kind, TableKind::View)
    }

    /// All columns as a query sees them: the stored ones, then the partition columns.
    pub fn all_columns(&self) -> impl Iterator<Item = &FieldSchema> {
        self.storage.columns.iter().chain(&self.partition_keys)
    }

    /// Whether it is transactional (table property `transactional`, in any case), and in which of the two ways
    /// (`transactional_properties`).
    pub fn acid_kind(&self) -> Option<AcidKind> {
        AcidKind::of(&self.parameters)
    }

    /// Which of Hive's two bucket hashes its files were laid out by: table property `bucketing_version`, 1 where it
    /// is not set (tables of Hive before 3.0).
    pub fn bucketing_version(&self) -> u8 {
        match self.parameters.get("bucketing_version").map(String::as_str) {
            Some("2") => 2,
            _ => 1,
        }
    }
}

impl AcidKind {
    /// What table properties say.
    pub fn of(parameters: &Parameters) -> Option<Self> {
        let find = |wanted: &str| parameters.iter().find(|(key, _)| key.eq_ignore_ascii_case(wanted)).map(|(_, v)| v);
        if !find("transactional")?.eq_ignore_ascii_case("true") {
            return None;
        }
        match find("transactional_properties") {
            Some(kind) if kind.eq_ignore_ascii_case("insert_only") => Some(Self::InsertOnly),
            _ => Some(Self::Full),
        }
    }
}
