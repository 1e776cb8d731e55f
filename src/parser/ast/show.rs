//! `SHOW …`

use super::query::Expr;
use super::{Ident, ObjectName, PartitionSpec};

/// A `SHOW` statement. Patterns are Hive's (`*`, `|`, and in Hive 4 `%`, `_`), unescaped.
#[derive(Debug, Clone, PartialEq)]
pub enum Show {
    /// `SHOW DATABASES|SCHEMAS [LIKE 'pattern']`
    Databases {
        /// `LIKE`
        pattern: Option<String>,
    },
    /// `SHOW [EXTENDED] TABLES [FROM|IN db] [[LIKE] 'pattern' | WHERE table_type = '…']`
    Tables {
        /// Database; the current one if none.
        database: Option<Ident>,
        /// Pattern.
        pattern: Option<String>,
        /// `WHERE table_type = '…'`: the type, e.g. `EXTERNAL_TABLE`
        table_type: Option<String>,
        /// `EXTENDED`: the type of each table is shown too
        extended: bool,
    },
    /// `SHOW VIEWS [FROM|IN db] [[LIKE] 'pattern']`
    Views {
        /// Database; the current one if none.
        database: Option<Ident>,
        /// Pattern.
        pattern: Option<String>,
    },
    /// `SHOW MATERIALIZED VIEWS [FROM|IN db] [[LIKE] 'pattern']`
    MaterializedViews {
        /// Database; the current one if none.
        database: Option<Ident>,
        /// Pattern.
        pattern: Option<String>,
    },
    /// `SHOW [SORTED] COLUMNS FROM|IN table [FROM|IN db] [[LIKE] 'pattern']`
    Columns {
        /// Table; a database given behind it is put in.
        table: ObjectName,
        /// `SORTED`: by name
        sorted: bool,
        /// Pattern.
        pattern: Option<String>,
    },
    /// `SHOW FUNCTIONS [LIKE 'pattern']`, in old scripts `SHOW FUNCTIONS 'pattern'`
    Functions {
        /// Pattern.
        pattern: Option<String>,
    },
    /// `SHOW PARTITIONS table [PARTITION (…)] [WHERE …] [ORDER BY …] [LIMIT …]`
    Partitions(ShowPartitions),
    /// `SHOW CREATE DATABASE name`
    CreateDatabase(Ident),
    /// `SHOW CREATE TABLE name`
    CreateTable(ObjectName),
    /// `SHOW TABLE EXTENDED [FROM|IN db] LIKE 'pattern' [PARTITION (…)]`
    TableExtended {
        /// Database; the current one if none.
        database: Option<Ident>,
        /// Pattern, or the table itself if a partition is named.
        pattern: String,
        /// `PARTITION`
        partition: Option<PartitionSpec>,
    },
    /// `SHOW TBLPROPERTIES table [('key')]`
    TableProperties {
        /// Table.
        table: ObjectName,
        /// The one property asked for.
        key: Option<String>,
    },
    /// `SHOW LOCKS [DATABASE db | table [PARTITION (…)]] [EXTENDED]`
    Locks {
        /// What the locks are on.
        target: Option<ShowLocksTarget>,
        /// `EXTENDED`
        extended: bool,
    },
    /// `SHOW COMPACTIONS`
    Compactions(Box<super::ShowCompactions>),
    /// `SHOW TRANSACTIONS`
    Transactions,
    /// `SHOW CONF 'key'`
    Conf(String),
    /// `SHOW PROCESSLIST`
    Processes,
}

/// What `SHOW LOCKS` is asked about.
#[derive(Debug, Clone, PartialEq)]
pub enum ShowLocksTarget {
    /// A database.
    Database(Ident),
    /// A table or a partition.
    Table(ObjectName, Option<PartitionSpec>),
}

/// `SHOW PARTITIONS`
#[derive(Debug, Clone, PartialEq)]
pub struct ShowPartitions {
    /// Table.
    pub table: ObjectName,
    /// `PARTITION`; may name only some of the partition columns
    pub partition: Option<PartitionSpec>,
    /// `WHERE` over the partition columns
    pub filter: Option<Box<Expr>>,
    /// `ORDER BY` over the partition columns: expression, ascending
    pub order_by: Vec<(Expr, bool)>,
    /// `LIMIT`
    pub limit: Option<u64>,
}
