//! Tables and views.

use serde::{Deserialize, Serialize};

use super::{EpochSeconds, HiveType, Parameters, PrincipalType, StorageDescriptor};

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
    /// What clients of the metastore service keep with it.
    #[serde(default)]
    pub extras: TableExtras,
}

/// What clients of the metastore service keep with a table and Skep itself does not look at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TableExtras {
    /// What kind of principal the owner is; a user where it is not said.
    pub owner_type: Option<PrincipalType>,
    /// May queries be rewritten to read this materialized view?
    pub rewrite_enabled: bool,
    /// Of what a materialized view was made.
    pub creation: Option<CreationMetadata>,
    /// The write id of the last change of a transactional table.
    pub write_id: Option<i64>,
    /// Texts of the types of partition columns; see [`super::StorageDescriptor::type_texts`].
    pub type_texts: Parameters,
}

/// What a materialized view was made of, as Hive's clients say it (`CreationMetadata` of the metastore API).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreationMetadata {
    /// Catalog of the view.
    pub catalog: String,
    /// Database of the view.
    pub database: String,
    /// Name of the view.
    pub table: String,
    /// The tables that it reads, as `database.table`.
    pub tables: Vec<String>,
    /// The tables that it reads and what has changed in them since.
    #[serde(default)]
    pub sources: Vec<SourceTable>,
    /// Which writes into them it has seen (`ValidTxnWriteIdList`).
    pub valid_transactions: Option<String>,
    /// When it was filled, in milliseconds since 1970.
    pub time: Option<i64>,
}

/// A table that a materialized view reads (`SourceTable` of the metastore API).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceTable {
    /// Its database.
    pub database: String,
    /// Its name.
    pub table: String,
    /// Rows that were added since the view was filled.
    pub inserted: i64,
    /// Rows that were changed.
    pub updated: i64,
    /// Rows that were removed.
    pub deleted: i64,
}

impl FieldSchema {
    /// The type as text: what was written in the first place where `texts` says so and it still says the same type,
    /// else the type's own name.
    pub fn type_text(&self, texts: &Parameters) -> String {
        match texts.get(&self.name) {
            Some(text) if text.parse().unwrap_or(UNREADABLE_TYPE) == self.ty => text.clone(),
            _ => self.ty.to_string(),
        }
    }

    /// A column whose type is given as text. A text that is no type Skep knows is kept in `texts`, and the column is
    /// read as [`UNREADABLE_TYPE`].
    pub fn from_text(name: &str, text: &str, comment: Option<String>, texts: &mut Parameters) -> Self {
        let name = name.to_lowercase();
        let ty: HiveType = text.parse().unwrap_or(UNREADABLE_TYPE);
        if ty.to_string() != text {
            texts.insert(name.clone(), text.to_string());
        }
        Self { name, ty, comment }
    }
}

/// How a column is read whose type's text says nothing that Skep knows, as `<derived from deserializer>`.
pub const UNREADABLE_TYPE: HiveType = HiveType::String;

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
