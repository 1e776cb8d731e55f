//! A catalog in one SQLite file.
//!
//! ```text
//! SqliteStore ── pool ── connections (WAL: readers see one state each, one writer at a time)
//!      │
//!      ├─ databases  tables  functions  statistics  commits      a file a family
//!      └─ partitions ─┬─ filter        PartitionFilter → SQL over typed, indexed values
//!                     └─ descriptors   a storage descriptor once for all partitions that share it
//! ```
//!
//! Every call is one transaction. Writers take SQLite's write lock at the start, so that no transaction fails half-way
//! because of another; the log is synced at every commit, so what was answered survives a crash of the machine.

mod codec;
mod commits;
mod constraints;
mod databases;
mod definitions;
mod descriptors;
mod fault;
mod filter;
mod functions;
mod partitions;
mod pool;
mod schema;
mod statistics;
mod tables;
#[cfg(test)]
mod tests;
mod transactions;

use std::path::Path;
use std::time::Duration;

use self::pool::Pool;
use super::{CatalogChange, MetaStore, PendingCommit};
use crate::error::{MetastoreError, Result};
use crate::model::{
    ColumnStatistics, Compaction, Constraint, Database, DefinitionChange, DefinitionKind, Function, Partition,
    PartitionFilter, Table, TableKind, Transaction, TransactionOwner, ValidWriteIds, WriteTransaction,
};

/// How a [`SqliteStore`] behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqliteOptions {
    /// How long a call waits for another thread or process that writes, before it is [`MetastoreError::Busy`].
    pub busy_timeout: Duration,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self { busy_timeout: Duration::from_secs(60) }
    }
}

/// A catalog in one SQLite file, for any number of threads and of processes on one machine.
#[derive(Debug)]
pub struct SqliteStore {
    pool: Pool,
}

impl SqliteStore {
    /// Opens the catalog at `path` with the usual options; see [`SqliteStore::open_with`].
    pub fn open(path: &Path) -> Result<Self> {
        Self::open_with(path, &SqliteOptions::default())
    }

    /// Opens the catalog at `path`. A file (and its folders) that is not there is made, an older schema is brought up
    /// to date. [`MetastoreError::Store`] where that cannot be: no permission, a damaged file, a file of another
    /// program, a catalog of a newer Skep.
    pub fn open_with(path: &Path, options: &SqliteOptions) -> Result<Self> {
        let failed = |reason: String| MetastoreError::Store { path: path.display().to_string(), reason };
        // An absolute path means a file whatever SQLite makes of its first letters (":memory:").
        let absolute = std::path::absolute(path).map_err(|e| failed(format!("no path of a file: {e}")))?;
        if absolute.is_dir() {
            return Err(failed("it is a folder".to_string()));
        }
        if let Some(folder) = absolute.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|e| failed(format!("the folder {} cannot be made: {e}", folder.display())))?;
        }
        Ok(Self { pool: Pool::open(absolute, options.busy_timeout)? })
    }

    /// The catalog's file, as an absolute path.
    pub fn path(&self) -> &Path {
        self.pool.path()
    }

    /// Copies the catalog, in the state of this moment and without holding up anyone, to a new file; the copy is a
    /// catalog that can be opened. The file must not be there yet.
    pub fn back_up(&self, to: &Path) -> Result<()> {
        let failed = |reason: String| MetastoreError::Store { path: to.display().to_string(), reason };
        let to = std::path::absolute(to).map_err(|e| failed(format!("no path of a file: {e}")))?;
        if to.exists() {
            return Err(failed("a backup does not overwrite a file".to_string()));
        }
        let name = to.to_str().ok_or_else(|| failed("SQLite takes only paths that are Unicode".to_string()))?;
        self.pool.plain(|c| {
            c.execute("VACUUM INTO ?1", [name])?;
            Ok(())
        })
    }
}

impl MetaStore for SqliteStore {
    fn create_database(&self, database: &Database) -> Result<()> {
        self.pool.write(|c| databases::create(c, database))
    }

    fn database(&self, name: &str) -> Result<Database> {
        self.pool.read(|c| databases::get(c, name))
    }

    fn database_names(&self, pattern: Option<&str>) -> Result<Vec<String>> {
        self.pool.read(|c| databases::names(c, pattern))
    }

    fn alter_database(&self, database: &Database) -> Result<()> {
        self.pool.write(|c| databases::alter(c, database))
    }

    fn drop_database(&self, name: &str, cascade: bool) -> Result<()> {
        self.pool.write(|c| databases::drop(c, name, cascade))
    }

    fn create_constrained_table(&self, table: &Table, constraints: &[Constraint]) -> Result<()> {
        self.pool.write(|c| {
            tables::create(c, table)?;
            constraints::change(c, &table.database, &table.name, &[], constraints)
        })
    }

    fn constraints(&self, database: &str, table: &str) -> Result<Vec<Constraint>> {
        self.pool.read(|c| constraints::list(c, database, table))
    }

    fn change_constraints(&self, database: &str, table: &str, remove: &[String], add: &[Constraint]) -> Result<()> {
        self.pool.write(|c| constraints::change(c, database, table, remove, add))
    }

    fn create_table(&self, table: &Table) -> Result<()> {
        self.pool.write(|c| tables::create(c, table))
    }

    fn table(&self, database: &str, name: &str) -> Result<Table> {
        self.pool.read(|c| tables::get(c, database, name))
    }

    fn table_names(&self, database: &str, pattern: Option<&str>, kinds: Option<&[TableKind]>) -> Result<Vec<String>> {
        self.pool.read(|c| tables::names(c, database, pattern, kinds))
    }

    fn alter_table(&self, database: &str, name: &str, table: &Table) -> Result<()> {
        self.pool.write(|c| tables::alter(c, database, name, table))
    }

    fn drop_table(&self, database: &str, name: &str) -> Result<()> {
        self.pool.write(|c| tables::drop(c, database, name))
    }

    fn add_partitions(
        &self,
        database: &str,
        table: &str,
        partitions: &[Partition],
        if_not_exists: bool,
    ) -> Result<usize> {
        self.pool.write(|c| partitions::add(c, database, table, partitions, if_not_exists))
    }

    fn partition(&self, database: &str, table: &str, values: &[String]) -> Result<Partition> {
        self.pool.read(|c| partitions::get(c, database, table, values))
    }

    fn partitions(
        &self,
        database: &str,
        table: &str,
        filter: &PartitionFilter,
        limit: Option<usize>,
    ) -> Result<Vec<Partition>> {
        self.pool.read(|c| partitions::list(c, database, table, filter, limit))
    }

    fn partition_values(
        &self,
        database: &str,
        table: &str,
        filter: &PartitionFilter,
        limit: Option<usize>,
    ) -> Result<Vec<Vec<String>>> {
        self.pool.read(|c| partitions::list_values(c, database, table, filter, limit))
    }

    fn alter_partitions(&self, database: &str, table: &str, partitions: &[Partition]) -> Result<()> {
        self.pool.write(|c| partitions::alter(c, database, table, partitions))
    }

    fn rename_partition(&self, database: &str, table: &str, values: &[String], to: &Partition) -> Result<()> {
        self.pool.write(|c| partitions::rename(c, database, table, values, to))
    }

    fn drop_partitions(&self, database: &str, table: &str, values: &[Vec<String>]) -> Result<()> {
        self.pool.write(|c| partitions::drop(c, database, table, values))
    }

    fn create_function(&self, function: &Function) -> Result<()> {
        self.pool.write(|c| functions::create(c, function))
    }

    fn function(&self, database: &str, name: &str) -> Result<Function> {
        self.pool.read(|c| functions::get(c, database, name))
    }

    fn function_names(&self, database: &str, pattern: Option<&str>) -> Result<Vec<String>> {
        self.pool.read(|c| functions::names(c, database, pattern))
    }

    fn drop_function(&self, database: &str, name: &str) -> Result<()> {
        self.pool.write(|c| functions::drop(c, database, name))
    }

    fn definitions(&self, kind: DefinitionKind) -> Result<Vec<(String, String)>> {
        self.pool.read(|c| definitions::list(c, kind))
    }

    fn definitions_under(&self, kind: DefinitionKind, prefix: &str) -> Result<Vec<(String, String)>> {
        self.pool.read(|c| definitions::list_under(c, kind, prefix))
    }

    fn definition(&self, kind: DefinitionKind, name: &str) -> Result<Option<String>> {
        self.pool.read(|c| definitions::get(c, kind, name))
    }

    fn change_definitions(&self, changes: &[DefinitionChange]) -> Result<()> {
        self.pool.write(|c| definitions::change(c, changes))
    }

    fn column_statistics(
        &self,
        database: &str,
        table: &str,
        partition: Option<&[String]>,
        columns: &[String],
    ) -> Result<Vec<ColumnStatistics>> {
        self.pool.read(|c| statistics::get(c, database, table, partition, columns))
    }

    fn set_column_statistics(
        &self,
        database: &str,
        table: &str,
        partition: Option<&[String]>,
        statistics: &[ColumnStatistics],
    ) -> Result<()> {
        self.pool.write(|c| statistics::set(c, database, table, partition, statistics))
    }

    fn delete_column_statistics(
        &self,
        database: &str,
        table: &str,
        partition: Option<&[String]>,
        columns: &[String],
    ) -> Result<()> {
        self.pool.write(|c| statistics::delete(c, database, table, partition, columns))
    }

    fn record_commit(&self, database: &str, table: &str, journal: &str) -> Result<i64> {
        self.pool.write(|c| commits::record(c, database, table, journal))
    }

    fn pending_commits(&self, database: &str, table: &str) -> Result<Vec<PendingCommit>> {
        self.pool.read(|c| commits::pending(c, database, table))
    }

    fn finish_commit(&self, id: i64, changes: &[CatalogChange]) -> Result<()> {
        self.pool.write(|c| commits::finish(c, id, changes))
    }

    fn begin_write(&self, database: &str, table: &str, owner: &TransactionOwner) -> Result<WriteTransaction> {
        self.pool.write(|c| transactions::begin(c, database, table, owner))
    }

    fn abort_transactions(&self, ids: &[i64]) -> Result<()> {
        self.pool.write(|c| transactions::abort(c, ids))
    }

    fn transactions(&self) -> Result<Vec<Transaction>> {
        self.pool.read(transactions::list)
    }

    fn valid_write_ids(&self, database: &str, table: &str) -> Result<ValidWriteIds> {
        self.pool.read(|c| transactions::valid_write_ids(c, database, table))
    }

    fn put_compaction(&self, compaction: &Compaction) -> Result<i64> {
        self.pool.write(|c| transactions::put_compaction(c, compaction))
    }

    fn compactions(&self) -> Result<Vec<Compaction>> {
        self.pool.read(transactions::compactions)
    }
}
