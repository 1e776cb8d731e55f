//! `INSERT`, `LOAD DATA`.

use super::query::{Join, Query, TableWithJoins, With};
use super::{FileFormat, Ident, ObjectName, PartitionSpec, RowFormat};
use crate::parser::span::Span;

/// `[WITH …] [FROM …] INSERT … [INSERT …]`
#[derive(Debug, Clone, PartialEq)]
pub struct Insert {
    /// `WITH` in front of all; a `WITH` in front of the `SELECT` stays in the query of the branch.
    pub with: Option<With>,
    /// The shared source of `FROM … INSERT …`.
    pub from: Option<Vec<TableWithJoins>>,
    /// What goes where; one branch for a plain `INSERT … SELECT` or `INSERT … VALUES`.
    pub branches: Vec<InsertBranch>,
}

/// One `INSERT` of a statement.
#[derive(Debug, Clone, PartialEq)]
pub struct InsertBranch {
    /// Where the rows go.
    pub target: InsertTarget,
    /// The rows. In a statement with a shared source its `SELECT` has no `FROM`.
    pub query: Box<Query>,
    /// `LATERAL VIEW`s of a branch, over the shared source; empty without one.
    pub lateral_views: Vec<Join>,
    /// Where the branch stands.
    pub span: Span,
}

/// Where inserted rows go.
#[derive(Debug, Clone, PartialEq)]
pub enum InsertTarget {
    /// A table or a partition.
    Table(InsertTable),
    /// A folder.
    Directory(InsertDirectory),
}

/// `INTO|OVERWRITE [TABLE] name [PARTITION (…)] [IF NOT EXISTS] [(columns)]`
#[derive(Debug, Clone, PartialEq)]
pub struct InsertTable {
    /// Table.
    pub table: ObjectName,
    /// `OVERWRITE`
    pub overwrite: bool,
    /// `PARTITION`; a column without a value is dynamic
    pub partition: Option<PartitionSpec>,
    /// `IF NOT EXISTS`
    pub if_not_exists: bool,
    /// Columns that the query's columns go to; all if empty.
    pub columns: Vec<Ident>,
}

/// `OVERWRITE [LOCAL] DIRECTORY 'path' [ROW FORMAT …] [STORED AS …]`
#[derive(Debug, Clone, PartialEq)]
pub struct InsertDirectory {
    /// `LOCAL`
    pub local: bool,
    /// The folder.
    pub path: String,
    /// `ROW FORMAT`
    pub row_format: Option<RowFormat>,
    /// `STORED AS`
    pub file_format: Option<FileFormat>,
}

/// `LOAD DATA [LOCAL] INPATH 'path' [OVERWRITE] INTO TABLE name [PARTITION (…)] [INPUTFORMAT '…' SERDE '…']`
#[derive(Debug, Clone, PartialEq)]
pub struct LoadData {
    /// `LOCAL`
    pub local: bool,
    /// The file or folder.
    pub path: String,
    /// Where the path stands.
    pub path_span: Span,
    /// `OVERWRITE`
    pub overwrite: bool,
    /// Table.
    pub table: ObjectName,
    /// `PARTITION`
    pub partition: Option<PartitionSpec>,
    /// `INPUTFORMAT 'class' SERDE 'class'`
    pub input_format: Option<(String, String)>,
}
