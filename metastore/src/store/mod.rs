//! Where a catalog is kept.

pub mod definitions;
mod sql;
pub mod sqlite;

use std::fmt::Debug;

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::model::{
    ColumnStatistics, Compaction, Constraint, Database, DefinitionChange, DefinitionKind, Function, Partition,
    PartitionFilter, Table, TableKind, Transaction, TransactionOwner, ValidWriteIds, WriteTransaction,
};

/// A data commit that was decided but may not be carried out yet.
///
/// A writer first stages its files, then records what is to be moved and deleted, then does it, then calls
/// [`MetaStore::finish_commit`]. The record is the point of no return: whoever finds it later carries it out, which
/// is harmless when it was done already. So a process that dies leaves the table as it was or as it should become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingCommit {
    /// Given by the store.
    pub id: i64,
    /// Database of the table.
    pub database: String,
    /// Name of the table.
    pub table: String,
    /// What is to be done with the files; written and read by the warehouse only.
    pub journal: String,
}

/// What changes in the catalog together with the files of a commit. Made in one transaction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum CatalogChange {
    /// Adds the table.
    CreateTable(Box<Table>),
    /// Replaces the table's definition (its parameters, e.g. statistics, among them).
    AlterTable(Box<Table>),
    /// Adds the partitions of a table, or replaces those that are there.
    PutPartitions {
        /// Database of the table.
        database: String,
        /// Name of the table.
        table: String,
        /// The partitions.
        partitions: Vec<Partition>,
    },
    /// Sets the statistics of columns of a table or a partition that is there.
    SetColumnStatistics {
        /// Database of the table.
        database: String,
        /// Name of the table.
        table: String,
        /// Values of the partition; `None` for the table itself.
        partition: Option<Vec<String>>,
        /// The statistics; those of other columns stay.
        statistics: Vec<ColumnStatistics>,
    },
    /// What the transaction wrote is seen from now on.
    CommitTransaction(i64),
}

/// A catalog. All names are given and returned in lower case. Every method is one transaction, safe to call from many
/// threads and, where the store allows it, from many processes at once. Calls block the calling thread for as long as
/// the store takes.
///
/// A missing database, table, partition or function is [`crate::MetastoreError::NoSuchObject`]; creating one that is
/// there is [`crate::MetastoreError::AlreadyExists`].
pub trait MetaStore: Debug + Send + Sync {
    /// Adds a database.
    fn create_database(&self, database: &Database) -> Result<()>;
    /// Returns a database.
    fn database(&self, name: &str) -> Result<Database>;
    /// Names of the databases that match a Hive pattern (`*` any text, `|` or), sorted; all without one.
    fn database_names(&self, pattern: Option<&str>) -> Result<Vec<String>>;
    /// Replaces the definition of a database (not its name).
    fn alter_database(&self, database: &Database) -> Result<()>;
    /// Removes a database; with tables or functions in it only when `cascade`, else
    /// [`crate::MetastoreError::InvalidOperation`].
    fn drop_database(&self, name: &str, cascade: bool) -> Result<()>;

    /// Adds a table or view.
    fn create_table(&self, table: &Table) -> Result<()>;
    /// Adds a table with its constraints, both or none.
    fn create_constrained_table(&self, table: &Table, constraints: &[Constraint]) -> Result<()>;
    /// The constraints of a table, in the order they were added.
    fn constraints(&self, database: &str, table: &str) -> Result<Vec<Constraint>>;
    /// Removes the constraints of these names from a table and then adds others, all or none. A name that is not there,
    /// or is there already in the database, and a column that is not there are
    /// [`crate::MetastoreError::InvalidObject`]; a second primary key, and a foreign key to what is none, are
    /// [`crate::MetastoreError::InvalidOperation`].
    fn change_constraints(&self, database: &str, table: &str, remove: &[String], add: &[Constraint]) -> Result<()>;
    /// Returns a table or view.
    fn table(&self, database: &str, name: &str) -> Result<Table>;
    /// Names of the tables that match a Hive pattern and, if given, are of one of the kinds; sorted.
    fn table_names(&self, database: &str, pattern: Option<&str>, kinds: Option<&[TableKind]>) -> Result<Vec<String>>;
    /// Replaces the definition of the table `database.name`, which may rename it (also into another database);
    /// partitions and statistics stay with it.
    fn alter_table(&self, database: &str, name: &str, table: &Table) -> Result<()>;
    /// Removes a table with its partitions and statistics.
    fn drop_table(&self, database: &str, name: &str) -> Result<()>;

    /// Adds partitions, all or none. With `if_not_exists` those that are there are left alone. Returns how many were
    /// added.
    fn add_partitions(
        &self,
        database: &str,
        table: &str,
        partitions: &[Partition],
        if_not_exists: bool,
    ) -> Result<usize>;
    /// Returns the partition with these values.
    fn partition(&self, database: &str, table: &str, values: &[String]) -> Result<Partition>;
    /// Those partitions with these values that are there, in the order of the values.
    fn partitions_of(&self, database: &str, table: &str, values: &[Vec<String>]) -> Result<Vec<Partition>> {
        let found = values.iter().filter_map(|values| match self.partition(database, table, values) {
            Err(crate::MetastoreError::NoSuchObject(_)) => None,
            other => Some(other),
        });
        found.collect()
    }
    /// Partitions that satisfy the filter, in order of their names; at most `limit`.
    fn partitions(
        &self,
        database: &str,
        table: &str,
        filter: &PartitionFilter,
        limit: Option<usize>,
    ) -> Result<Vec<Partition>>;
    /// Values of the partitions that satisfy the filter, in order of their names; at most `limit`. Faster than
    /// [`MetaStore::partitions`], for it reads no storage descriptors.
    fn partition_values(
        &self,
        database: &str,
        table: &str,
        filter: &PartitionFilter,
        limit: Option<usize>,
    ) -> Result<Vec<Vec<String>>>;
    /// Replaces the definitions of partitions (identified by their values), all or none.
    fn alter_partitions(&self, database: &str, table: &str, partitions: &[Partition]) -> Result<()>;
    /// Gives a partition other values.
    fn rename_partition(&self, database: &str, table: &str, values: &[String], to: &Partition) -> Result<()>;
    /// Removes the partitions with these values, all or none; those that are not there are an error.
    fn drop_partitions(&self, database: &str, table: &str, values: &[Vec<String>]) -> Result<()>;

    /// Adds a function.
    fn create_function(&self, function: &Function) -> Result<()>;
    /// Returns a function.
    fn function(&self, database: &str, name: &str) -> Result<Function>;
    /// Names of the functions of a database that match a Hive pattern, sorted.
    fn function_names(&self, database: &str, pattern: Option<&str>) -> Result<Vec<String>>;
    /// Removes a function.
    fn drop_function(&self, database: &str, name: &str) -> Result<()>;

    /// Names and texts of the definitions of a kind, in order of their names; see [`definitions`].
    fn definitions(&self, kind: DefinitionKind) -> Result<Vec<(String, String)>>;
    /// As [`MetaStore::definitions`], only those whose names begin with `prefix`.
    fn definitions_under(&self, kind: DefinitionKind, prefix: &str) -> Result<Vec<(String, String)>>;
    /// The text of one definition, if it is there.
    fn definition(&self, kind: DefinitionKind, name: &str) -> Result<Option<String>>;
    /// Changes definitions, all or none. One that is not what the change has seen is an error:
    /// [`crate::MetastoreError::AlreadyExists`], [`crate::MetastoreError::NoSuchObject`], or
    /// [`crate::MetastoreError::InvalidOperation`] where it was changed by someone else.
    fn change_definitions(&self, changes: &[DefinitionChange]) -> Result<()>;

    /// Column statistics of a table (`partition` is `None`) or of one partition, for these columns (all if empty).
    fn column_statistics(
        &self,
        database: &str,
        table: &str,
        partition: Option<&[String]>,
        columns: &[String],
    ) -> Result<Vec<ColumnStatistics>>;
    /// Sets column statistics; those of other columns stay.
    fn set_column_statistics(
        &self,
        database: &str,
        table: &str,
        partition: Option<&[String]>,
        statistics: &[ColumnStatistics],
    ) -> Result<()>;
    /// Removes column statistics of these columns (all if empty).
    fn delete_column_statistics(
        &self,
        database: &str,
        table: &str,
        partition: Option<&[String]>,
        columns: &[String],
    ) -> Result<()>;

    /// Records a commit before its files are moved. The table need not exist yet. Returns its id.
    fn record_commit(&self, database: &str, table: &str, journal: &str) -> Result<i64>;
    /// Commits of a table that were recorded and not finished, oldest first.
    fn pending_commits(&self, database: &str, table: &str) -> Result<Vec<PendingCommit>>;
    /// Makes the changes and forgets the commit, in one transaction. A commit that someone else finished in the
    /// meantime changes nothing and is no error.
    fn finish_commit(&self, id: i64, changes: &[CatalogChange]) -> Result<()>;

    /// Opens a transaction that writes into a table, and gives it the table's next write id. Readers do not see what
    /// is written under it until [`CatalogChange::CommitTransaction`]. The table need not exist yet. Transactions of
    /// processes that died are aborted meanwhile.
    fn begin_write(&self, database: &str, table: &str, owner: &TransactionOwner) -> Result<WriteTransaction>;
    /// Says that what these transactions wrote is never to be seen.
    fn abort_transactions(&self, transactions: &[i64]) -> Result<()>;
    /// The transactions that are not committed, oldest first.
    fn transactions(&self) -> Result<Vec<Transaction>>;
    /// What a reader of the table sees now.
    fn valid_write_ids(&self, database: &str, table: &str) -> Result<ValidWriteIds>;
    /// Says which write ids of a table were given away elsewhere, before it came here: later ones follow those.
    fn seed_write_ids(&self, database: &str, table: &str, _given: &ValidWriteIds) -> Result<()> {
        let message = format!("the metastore takes no write ids of {database}.{table} from elsewhere");
        Err(crate::MetastoreError::InvalidOperation(message))
    }
    /// Adds a compaction (its number is 0), or changes what is known of one. Returns its number.
    fn put_compaction(&self, compaction: &Compaction) -> Result<i64>;
    /// All compactions, oldest first.
    fn compactions(&self) -> Result<Vec<Compaction>>;
}
