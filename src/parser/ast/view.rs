//! Views.

use super::{Ident, NewPartition, ObjectName, PartitionCondition, Property, SourceQuery};

/// `CREATE [OR REPLACE] VIEW [IF NOT EXISTS] name [(column [COMMENT …], …)] [COMMENT …] [PARTITIONED ON (…)]
/// [TBLPROPERTIES (…)] AS query`
#[derive(Debug, Clone, PartialEq)]
pub struct CreateView {
    /// Name.
    pub name: ObjectName,
    /// `OR REPLACE`
    pub or_replace: bool,
    /// `IF NOT EXISTS`
    pub if_not_exists: bool,
    /// Names of the columns, if given.
    pub columns: Vec<ViewColumn>,
    /// `COMMENT`
    pub comment: Option<String>,
    /// `PARTITIONED ON`
    pub partitioned_on: Vec<Ident>,
    /// `TBLPROPERTIES`
    pub properties: Vec<Property>,
    /// The query.
    pub query: SourceQuery,
}

/// A column of a view.
#[derive(Debug, Clone, PartialEq)]
pub struct ViewColumn {
    /// Name.
    pub name: Ident,
    /// `COMMENT`
    pub comment: Option<String>,
}

/// `DROP VIEW [IF EXISTS] name`
#[derive(Debug, Clone, PartialEq)]
pub struct DropView {
    /// Name.
    pub name: ObjectName,
    /// `IF EXISTS`
    pub if_exists: bool,
}

/// `ALTER VIEW name …`
#[derive(Debug, Clone, PartialEq)]
pub struct AlterView {
    /// Name.
    pub name: ObjectName,
    /// What is changed.
    pub action: AlterViewAction,
}

/// What `ALTER VIEW` changes.
#[derive(Debug, Clone, PartialEq)]
pub enum AlterViewAction {
    /// `AS query`
    As(SourceQuery),
    /// `RENAME TO name`
    Rename(ObjectName),
    /// `SET TBLPROPERTIES (…)`
    SetProperties(Vec<Property>),
    /// `UNSET TBLPROPERTIES [IF EXISTS] ('key', …)`
    UnsetProperties {
        /// The keys.
        keys: Vec<String>,
        /// `IF EXISTS`
        if_exists: bool,
    },
    /// `ADD [IF NOT EXISTS] PARTITION (…)` of a partitioned view
    AddPartitions {
        /// `IF NOT EXISTS`
        if_not_exists: bool,
        /// The partitions.
        partitions: Vec<NewPartition>,
    },
    /// `DROP [IF EXISTS] PARTITION (…), …` of a partitioned view
    DropPartitions {
        /// `IF EXISTS`
        if_exists: bool,
        /// Conditions, as of `ALTER TABLE … DROP PARTITION`.
        partitions: Vec<Vec<PartitionCondition>>,
    },
}
