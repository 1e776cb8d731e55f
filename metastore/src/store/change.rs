//! Changes that belong together.

use crate::model::{ColumnStatistics, Constraint, Database, DefinitionChange, Function, Partition, Table};

/// A change of the catalog that is made together with others, in one transaction (`MetaStore::change`).
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Adds a database.
    CreateDatabase(Box<Database>),
    /// Removes an empty database.
    DropDatabase {
        /// Its name.
        name: String,
    },
    /// Adds a table with its constraints.
    CreateTable {
        /// The table.
        table: Box<Table>,
        /// What is said about its columns.
        constraints: Vec<Constraint>,
    },
    /// Replaces the definition of a table, which may rename it.
    AlterTable {
        /// Database of the table before the change.
        database: String,
        /// Name of the table before the change.
        name: String,
        /// What it becomes.
        table: Box<Table>,
        /// What must hold of the table as it is, where something must.
        expected: Option<ExpectedParameter>,
        /// Its rows were removed: for those who read of the change.
        emptied: bool,
    },
    /// Adds partitions, of which none may be there.
    AddPartitions {
        /// Database of the table.
        database: String,
        /// Name of the table.
        table: String,
        /// The partitions.
        partitions: Vec<Partition>,
    },
    /// Replaces the definitions of partitions.
    AlterPartitions {
        /// Database of the table.
        database: String,
        /// Name of the table.
        table: String,
        /// The partitions.
        partitions: Vec<Partition>,
        /// Their rows were removed: for those who read of the change.
        emptied: bool,
    },
    /// Removes partitions.
    DropPartitions {
        /// Database of the table.
        database: String,
        /// Name of the table.
        table: String,
        /// Their values.
        values: Vec<Vec<String>>,
    },
    /// Sets statistics of columns, and says in the properties of their table or partition that they hold.
    SetColumnStatistics {
        /// Database of the table.
        database: String,
        /// Name of the table.
        table: String,
        /// Values of the partition; `None` for the table itself.
        partition: Option<Vec<String>>,
        /// The statistics; those of other columns stay.
        statistics: Vec<ColumnStatistics>,
        /// They are put together with those that are there.
        merge: bool,
        /// The write id of the transaction that has taken them.
        write_id: Option<i64>,
    },
    /// Removes statistics of columns, and what the properties of their table or partition say of them.
    DeleteColumnStatistics {
        /// Database of the table.
        database: String,
        /// Name of the table.
        table: String,
        /// Values of the partition; `None` for the table itself.
        partition: Option<Vec<String>>,
        /// The columns; all if empty.
        columns: Vec<String>,
    },
    /// Adds a function.
    CreateFunction(Box<Function>),
    /// Removes a function.
    DropFunction {
        /// Its database.
        database: String,
        /// Its name.
        name: String,
    },
    /// Changes definitions.
    Definitions(Vec<DefinitionChange>),
}

/// A property that must be as the caller has seen it, or the change is not made: how clients that take no locks keep from
/// undoing one another's changes (`expected_parameter_key` of Hive 4, used by Iceberg for `metadata_location`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedParameter {
    /// The property.
    pub key: String,
    /// What it must be before.
    pub value: String,
}
