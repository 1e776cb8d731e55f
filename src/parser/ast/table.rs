//! Tables: `CREATE`, `DROP`, `TRUNCATE`.

use skep_metastore::model::HiveType;

use super::query::Expr;
use super::{Constant, FileFormat, Ident, ObjectName, PartitionSpec, Property, RowFormat, SourceQuery};
use crate::parser::span::Span;

/// `CREATE [TEMPORARY] [TRANSACTIONAL | MANAGED] [EXTERNAL] TABLE …`, with or without `AS SELECT`
#[derive(Debug, Clone, PartialEq)]
pub struct CreateTable {
    /// Name.
    pub name: ObjectName,
    /// `IF NOT EXISTS`
    pub if_not_exists: bool,
    /// What the words before `TABLE` say.
    pub kind: CreateTableKind,
    /// Columns; empty for `AS SELECT`, which must not name any.
    pub columns: Vec<ColumnDef>,
    /// Constraints of the table.
    pub constraints: Vec<TableConstraint>,
    /// `COMMENT`
    pub comment: Option<String>,
    /// `PARTITIONED BY`
    pub partitioned_by: PartitionedBy,
    /// `CLUSTERED BY`
    pub clustered_by: Option<ClusteredBy>,
    /// `SKEWED BY`
    pub skewed_by: Option<SkewedBy>,
    /// `ROW FORMAT`
    pub row_format: Option<RowFormat>,
    /// `STORED …`
    pub file_format: Option<FileFormat>,
    /// `LOCATION`
    pub location: Option<String>,
    /// `TBLPROPERTIES`
    pub properties: Vec<Property>,
    /// `AS SELECT`
    pub query: Option<SourceQuery>,
}

/// The words between `CREATE` and `TABLE`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CreateTableKind {
    /// `TEMPORARY`
    pub temporary: bool,
    /// `EXTERNAL`
    pub external: bool,
    /// `TRANSACTIONAL`
    pub transactional: bool,
    /// `MANAGED`
    pub managed: bool,
}

/// `CREATE TABLE … LIKE …`
#[derive(Debug, Clone, PartialEq)]
pub struct CreateTableLike {
    /// Name of the new table.
    pub name: ObjectName,
    /// `IF NOT EXISTS`
    pub if_not_exists: bool,
    /// What the words before `TABLE` say.
    pub kind: CreateTableKind,
    /// What it is made after.
    pub source: LikeSource,
    /// `PARTITIONED BY`, behind `LIKE FILE` only
    pub partitioned_by: PartitionedBy,
    /// `ROW FORMAT`
    pub row_format: Option<RowFormat>,
    /// `STORED …`
    pub file_format: Option<FileFormat>,
    /// `LOCATION`
    pub location: Option<String>,
    /// `TBLPROPERTIES`
    pub properties: Vec<Property>,
}

/// What a table is made after.
#[derive(Debug, Clone, PartialEq)]
pub enum LikeSource {
    /// `LIKE table`
    Table(ObjectName),
    /// `LIKE FILE PARQUET 'path'`
    File {
        /// Format as typed.
        format: String,
        /// Path of the file.
        path: String,
    },
}

/// A column as declared.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnDef {
    /// Name.
    pub name: Ident,
    /// Type.
    pub ty: HiveType,
    /// Where the type stands.
    pub type_span: Span,
    /// Constraint of the column (Hive allows one; Skep keeps all).
    pub constraints: Vec<ColumnConstraint>,
    /// `COMMENT`
    pub comment: Option<String>,
}

/// A constraint behind a column.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnConstraint {
    /// `CONSTRAINT name`
    pub name: Option<Ident>,
    /// What it says.
    pub kind: ColumnConstraintKind,
    /// How seriously it is meant.
    pub options: ConstraintOptions,
    /// Where it stands.
    pub span: Span,
}

/// What a column constraint says.
#[derive(Debug, Clone, PartialEq)]
pub enum ColumnConstraintKind {
    /// `NOT NULL`
    NotNull,
    /// `DEFAULT expression`
    Default(SourceExpr),
    /// `CHECK (expression)`
    Check(SourceExpr),
    /// `PRIMARY KEY`
    PrimaryKey,
    /// `UNIQUE`
    Unique,
    /// `REFERENCES table (column)`
    References {
        /// The other table.
        table: ObjectName,
        /// Its column.
        column: Ident,
    },
}

/// An expression with its text.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceExpr {
    /// The expression.
    pub expr: Box<Expr>,
    /// Its text, as typed.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// A constraint of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct TableConstraint {
    /// `CONSTRAINT name`
    pub name: Option<Ident>,
    /// What it says.
    pub kind: TableConstraintKind,
    /// How seriously it is meant.
    pub options: ConstraintOptions,
    /// Where it stands.
    pub span: Span,
}

/// What a table constraint says.
#[derive(Debug, Clone, PartialEq)]
pub enum TableConstraintKind {
    /// `PRIMARY KEY (columns)`
    PrimaryKey(Vec<Ident>),
    /// `UNIQUE (columns)`
    Unique(Vec<Ident>),
    /// `CHECK (expression)`
    Check(SourceExpr),
    /// `FOREIGN KEY (columns) REFERENCES table (columns)`
    ForeignKey {
        /// Columns of this table.
        columns: Vec<Ident>,
        /// The other table.
        table: ObjectName,
        /// Its columns.
        references: Vec<Ident>,
    },
}

/// `ENABLE|DISABLE [VALIDATE|NOVALIDATE] [RELY|NORELY]` or `[NOT] ENFORCED [RELY|NORELY]`; none where a word is missing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ConstraintOptions {
    /// `ENABLE`, `ENFORCED` / `DISABLE`, `NOT ENFORCED`
    pub enable: Option<bool>,
    /// `VALIDATE` / `NOVALIDATE`
    pub validate: Option<bool>,
    /// `RELY` / `NORELY`
    pub rely: Option<bool>,
}

/// `PARTITIONED BY`
#[derive(Debug, Clone, Default, PartialEq)]
pub enum PartitionedBy {
    /// Not there.
    #[default]
    None,
    /// `PARTITIONED BY (name type [COMMENT …], …)`
    Columns(Vec<ColumnDef>),
    /// `PARTITIONED BY (name, …)` with `AS SELECT`: columns of the query
    Names(Vec<Ident>),
    /// `PARTITIONED BY SPEC (…)` of Iceberg tables: the expressions as typed
    Spec(Vec<SourceExpr>),
}

/// `CLUSTERED BY (columns) [SORTED BY (column [ASC|DESC], …)] INTO n BUCKETS`
#[derive(Debug, Clone, PartialEq)]
pub struct ClusteredBy {
    /// Columns whose hash makes the bucket.
    pub columns: Vec<Ident>,
    /// `SORTED BY`
    pub sorted_by: Vec<SortColumn>,
    /// Number of buckets.
    pub buckets: u32,
    /// Where it stands.
    pub span: Span,
}

/// A column of `SORTED BY`.
#[derive(Debug, Clone, PartialEq)]
pub struct SortColumn {
    /// Column.
    pub column: Ident,
    /// `ASC` or no word: true; `DESC`: false.
    pub ascending: bool,
    /// `NULLS FIRST`: true, `NULLS LAST`: false.
    pub nulls_first: Option<bool>,
}

/// `SKEWED BY (columns) ON (values) [STORED AS DIRECTORIES]`
#[derive(Debug, Clone, PartialEq)]
pub struct SkewedBy {
    /// Columns.
    pub columns: Vec<Ident>,
    /// One list of values, as many as columns, for each skewed combination.
    pub values: Vec<Vec<Constant>>,
    /// `STORED AS DIRECTORIES`
    pub stored_as_directories: bool,
}

/// `DROP TABLE [IF EXISTS] name [PURGE]`
#[derive(Debug, Clone, PartialEq)]
pub struct DropTable {
    /// Name.
    pub name: ObjectName,
    /// `IF EXISTS`
    pub if_exists: bool,
    /// `PURGE`
    pub purge: bool,
}

/// `TRUNCATE [TABLE] name [PARTITION (…)] [COLUMNS (…)] [FORCE]`
#[derive(Debug, Clone, PartialEq)]
pub struct TruncateTable {
    /// Name.
    pub name: ObjectName,
    /// `PARTITION`; may name only some of the partition columns
    pub partition: Option<PartitionSpec>,
    /// `COLUMNS`
    pub columns: Vec<Ident>,
    /// `FORCE`
    pub force: bool,
}
