//! Materialized views.

use super::{FileFormat, Ident, ObjectName, Property, RowFormat, SourceQuery};

/// `CREATE MATERIALIZED VIEW [IF NOT EXISTS] name [DISABLE REWRITE] [COMMENT …] [PARTITIONED ON (…)]
/// [CLUSTERED ON (…) | DISTRIBUTED ON (…) SORTED ON (…)] [ROW FORMAT …] [STORED …] [LOCATION …] [TBLPROPERTIES (…)]
/// AS query`
#[derive(Debug, Clone, PartialEq)]
pub struct CreateMaterializedView {
    /// Name.
    pub name: ObjectName,
    /// `IF NOT EXISTS`
    pub if_not_exists: bool,
    /// `DISABLE REWRITE`
    pub disable_rewrite: bool,
    /// `COMMENT`
    pub comment: Option<String>,
    /// `PARTITIONED ON`
    pub partitioned_on: Vec<Ident>,
    /// `CLUSTERED ON` or `SORTED ON`: columns that the files are sorted by.
    pub sorted_on: Vec<Ident>,
    /// `CLUSTERED ON` or `DISTRIBUTED ON`: columns whose equal values stand in one file.
    pub distributed_on: Vec<Ident>,
    /// `ROW FORMAT`
    pub row_format: Option<RowFormat>,
    /// `STORED AS`, `STORED BY`
    pub file_format: Option<FileFormat>,
    /// `LOCATION`
    pub location: Option<String>,
    /// `TBLPROPERTIES`
    pub properties: Vec<Property>,
    /// The query.
    pub query: SourceQuery,
}

/// `DROP MATERIALIZED VIEW [IF EXISTS] name`
#[derive(Debug, Clone, PartialEq)]
pub struct DropMaterializedView {
    /// Name.
    pub name: ObjectName,
    /// `IF EXISTS`
    pub if_exists: bool,
}

/// `ALTER MATERIALIZED VIEW name …`
#[derive(Debug, Clone, PartialEq)]
pub struct AlterMaterializedView {
    /// Name.
    pub name: ObjectName,
    /// What is changed.
    pub action: AlterMaterializedViewAction,
}

/// What `ALTER MATERIALIZED VIEW` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlterMaterializedViewAction {
    /// `REBUILD`: the rows are made anew.
    Rebuild,
    /// `ENABLE REWRITE`: true, `DISABLE REWRITE`: false.
    Rewrite(bool),
}
