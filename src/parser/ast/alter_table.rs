//! `ALTER TABLE`.

use super::{
    ClusteredBy, ColumnDef, Constant, DropBehavior, FileFormat, Ident, ObjectName, PartitionCondition, PartitionSpec,
    Principal, Property, SkewedBy, TableConstraint,
};

/// `ALTER TABLE name [PARTITION (…)] action`
#[derive(Debug, Clone, PartialEq)]
pub struct AlterTable {
    /// Name.
    pub name: ObjectName,
    /// The partition that is altered instead of the table; given only with the actions that have it in Hive's grammar.
    pub partition: Option<PartitionSpec>,
    /// What is changed.
    pub action: AlterTableAction,
}

/// What `ALTER TABLE` changes.
#[derive(Debug, Clone, PartialEq)]
pub enum AlterTableAction {
    /// `RENAME TO name`
    Rename(ObjectName),
    /// `ADD COLUMNS (…) [CASCADE|RESTRICT]`
    AddColumns {
        /// The new columns.
        columns: Vec<ColumnDef>,
        /// Are partitions changed too?
        behavior: Option<DropBehavior>,
    },
    /// `REPLACE COLUMNS (…) [CASCADE|RESTRICT]`
    ReplaceColumns {
        /// All columns the table is to have.
        columns: Vec<ColumnDef>,
        /// Are partitions changed too?
        behavior: Option<DropBehavior>,
    },
    /// `CHANGE [COLUMN] old new type [constraint] [COMMENT …] [FIRST|AFTER column] [CASCADE|RESTRICT]`
    ChangeColumn {
        /// Name so far.
        old: Ident,
        /// The column as it is to be; without `COMMENT` the old comment goes, as in Hive.
        column: ColumnDef,
        /// Where it is moved.
        position: Option<ColumnPosition>,
        /// Are partitions changed too?
        behavior: Option<DropBehavior>,
    },
    /// `UPDATE COLUMNS [CASCADE|RESTRICT]`: columns are read anew from the SerDe
    UpdateColumns {
        /// Are partitions changed too?
        behavior: Option<DropBehavior>,
    },
    /// `PARTITION COLUMN (name type)`
    PartitionColumnType(ColumnDef),
    /// `SET TBLPROPERTIES (…)`
    SetProperties(Vec<Property>),
    /// `UNSET TBLPROPERTIES [IF EXISTS] ('key', …)`
    UnsetProperties {
        /// The keys.
        keys: Vec<String>,
        /// `IF EXISTS`
        if_exists: bool,
    },
    /// `SET SERDE 'class' [WITH SERDEPROPERTIES (…)]`
    SetSerDe {
        /// Java class of the SerDe.
        class: String,
        /// `WITH SERDEPROPERTIES`
        properties: Vec<Property>,
    },
    /// `SET SERDEPROPERTIES (…)`
    SetSerDeProperties(Vec<Property>),
    /// `UNSET SERDEPROPERTIES ('key', …)`
    UnsetSerDeProperties(Vec<String>),
    /// `SET LOCATION '…'`
    SetLocation(String),
    /// `SET FILEFORMAT …`
    SetFileFormat(FileFormat),
    /// `SET OWNER …`
    SetOwner(Principal),
    /// `CLUSTERED BY …`
    ClusteredBy(ClusteredBy),
    /// `NOT CLUSTERED`
    NotClustered,
    /// `NOT SORTED`
    NotSorted,
    /// `INTO n BUCKETS`
    IntoBuckets(u32),
    /// `SKEWED BY …`
    SkewedBy(SkewedBy),
    /// `NOT SKEWED`
    NotSkewed,
    /// `NOT STORED AS DIRECTORIES`
    NotStoredAsDirectories,
    /// `SET SKEWED LOCATION (value = 'path', (value, value) = 'path')`
    SetSkewedLocation(Vec<(Vec<Constant>, String)>),
    /// `ADD [IF NOT EXISTS] PARTITION (…) [LOCATION …] PARTITION …`
    AddPartitions {
        /// `IF NOT EXISTS`
        if_not_exists: bool,
        /// The partitions.
        partitions: Vec<NewPartition>,
    },
    /// `DROP [IF EXISTS] PARTITION (…), PARTITION … [PURGE]`
    DropPartitions {
        /// `IF EXISTS`
        if_exists: bool,
        /// Conditions; those of one list all hold, and a partition that satisfies one list goes.
        partitions: Vec<Vec<PartitionCondition>>,
        /// `PURGE`
        purge: bool,
    },
    /// `PARTITION (…) RENAME TO PARTITION (…)`; the first is [`AlterTable::partition`]
    RenamePartition(PartitionSpec),
    /// `EXCHANGE PARTITION (…) WITH TABLE name`
    ExchangePartition {
        /// The partition.
        partition: PartitionSpec,
        /// The table it comes from.
        source: ObjectName,
    },
    /// `TOUCH [PARTITION (…) …]`
    Touch(Vec<PartitionSpec>),
    /// `ARCHIVE PARTITION (…) …`
    Archive(Vec<PartitionSpec>),
    /// `UNARCHIVE PARTITION (…) …`
    Unarchive(Vec<PartitionSpec>),
    /// `CONCATENATE`
    Concatenate,
    /// `COMPACT 'major' [AND WAIT] [WITH OVERWRITE TBLPROPERTIES (…)]`
    Compact {
        /// `major`, `minor` or `rebalance`
        kind: String,
        /// `AND WAIT`
        wait: bool,
        /// `POOL 'name'`
        pool: Option<String>,
        /// `WITH OVERWRITE TBLPROPERTIES`
        properties: Vec<Property>,
    },
    /// `CONVERT TO ACID|ICEBERG [TBLPROPERTIES (…)]`
    Convert {
        /// `ACID`, `ICEBERG`: as typed
        kind: Ident,
        /// `TBLPROPERTIES`
        properties: Vec<Property>,
    },
    /// `UPDATE STATISTICS SET (…)`
    UpdateStatistics(Vec<Property>),
    /// `UPDATE STATISTICS FOR [COLUMN] name SET (…) [COMMENT …]`
    UpdateColumnStatistics {
        /// The column.
        column: Ident,
        /// The statistics by Hive's names (`numDVs`, `numNulls`, `lowValue`…).
        properties: Vec<Property>,
    },
    /// `ADD CONSTRAINT …`
    AddConstraint(TableConstraint),
    /// `DROP CONSTRAINT name`
    DropConstraint(Ident),
}

/// Where `CHANGE COLUMN` moves a column.
#[derive(Debug, Clone, PartialEq)]
pub enum ColumnPosition {
    /// `FIRST`
    First,
    /// `AFTER column`
    After(Ident),
}

/// A partition of `ADD PARTITION`.
#[derive(Debug, Clone, PartialEq)]
pub struct NewPartition {
    /// Its values.
    pub partition: PartitionSpec,
    /// `LOCATION`
    pub location: Option<String>,
}
