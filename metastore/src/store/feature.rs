//! What not every catalog can keep.

/// Something that Skep's own catalog keeps and the metastore servers of some versions of Hive do not.
///
/// A statement that needs one that is lacking is refused with an error that names it; a test of it says so in its file
/// (`sql-tests/runner.rs`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Feature {
    /// Transactional tables: write ids of tables (`allocate_table_write_ids`, Hive 3.0).
    TransactionalTables,
    /// Compactions that the engine makes itself and writes down; Hive's metastore hands them out to workers of its own.
    OwnCompactions,
    /// `UNIQUE`, `NOT NULL`, `DEFAULT` and `CHECK` (`add_unique_constraint` and its kin, Hive 3.0). Primary and foreign
    /// keys are everywhere.
    ColumnConstraints,
    /// The sketches by which distinct values of partitions are added up (`BIT_VECTOR` of Hive 3.0's statistics).
    DistinctValueSketches,
    /// `LOCK TABLE` and `LOCK DATABASE`: locks of a session. Hive keeps these in ZooKeeper or in its server.
    SessionLocks,
    /// Resource plans as Skep keeps them.
    ResourcePlans,
    /// Data connectors (`create_dataconnector`, Hive 4.0).
    Connectors,
    /// Scheduled queries that can be listed: Hive's API (4.0) finds them by name only.
    ScheduledQueries,
    /// Columns that get types that old data cannot be read as. Hive's server refuses these unless it is set otherwise
    /// (`hive.metastore.disallow.incompatible.col.type.changes`); its clients can set that since Hive 3.0.
    IncompatibleColumnTypes,
    /// Tables whose names have other signs than letters, digits, `_` and `/`.
    AnyTableName,
}

impl Feature {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::TransactionalTables,
        Self::OwnCompactions,
        Self::ColumnConstraints,
        Self::DistinctValueSketches,
        Self::SessionLocks,
        Self::ResourcePlans,
        Self::Connectors,
        Self::ScheduledQueries,
        Self::IncompatibleColumnTypes,
        Self::AnyTableName,
    ];

    /// The word for it in test files.
    pub fn word(self) -> &'static str {
        match self {
            Self::TransactionalTables => "transactional_tables",
            Self::OwnCompactions => "own_compactions",
            Self::ColumnConstraints => "column_constraints",
            Self::DistinctValueSketches => "distinct_value_sketches",
            Self::SessionLocks => "session_locks",
            Self::ResourcePlans => "resource_plans",
            Self::Connectors => "connectors",
            Self::ScheduledQueries => "scheduled_queries",
            Self::IncompatibleColumnTypes => "incompatible_column_types",
            Self::AnyTableName => "any_table_name",
        }
    }
}
