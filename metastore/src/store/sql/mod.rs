//! The stores that keep a catalog in an SQL database: all they do, over any [`Backend`].
//!
//! ```text
//! SqlStore ── Backend: SQLite or PostgreSQL; runs a step in a transaction
//!      │
//!      ├─ databases  tables  functions  statistics  commits …    a file a family
//!      ├─ partitions ─┬─ filter        PartitionFilter → SQL over typed, indexed values
//!      │              └─ descriptors   a storage descriptor once for all partitions that share it
//!      ├─ schema       the tables and their migrations, one list for all databases
//!      └─ connection   typed values and rows; dialect: the few words in which the databases differ
//! ```
//!
//! Every call is one transaction. One transaction writes at a time, so that none fails half-way because of another, and
//! what it reads is what it changes.

mod codec;
mod commits;
mod compactions;
pub mod connection;
mod constraints;
mod databases;
mod definitions;
mod descriptors;
pub mod dialect;
pub mod fault;
mod filter;
mod functions;
mod partition_lists;
mod partitions;
pub mod schema;
mod statistics;
mod tables;
#[cfg(test)]
mod tests;
mod transactions;

use self::connection::{Access, Backend, Connection};
use self::fault::Attempt;
use super::{CatalogChange, MetaStore, NewCommit, PendingCommit, StoreOptions};
use crate::error::Result;
use crate::model::{
    ColumnStatistics, Compaction, Constraint, Database, DefinitionChange, DefinitionKind, Function, Partition,
    PartitionFilter, Table, TableKind, Transaction, TransactionOwner, ValidWriteIds, WriteTransaction,
};

/// A catalog in an SQL database.
#[derive(Debug)]
pub struct SqlStore<B> {
    backend: B,
    options: StoreOptions,
}

impl<B: Backend> SqlStore<B> {
    /// A store over a database whose schema is that of today.
    pub(super) fn over(backend: B) -> Self {
        Self { backend, options: StoreOptions::default() }
    }

    /// The same store with other options; its database stays open as it is.
    pub fn with_options(self, options: StoreOptions) -> Self {
        Self { options, ..self }
    }

    /// The database.
    pub(super) fn backend(&self) -> &B {
        &self.backend
    }

    /// Runs a step that reads one state of the catalog.
    fn read<T>(&self, step: impl FnMut(&mut Connection<'_>) -> Attempt<T>) -> Result<T> {
        connection::run(&self.backend, Access::Read, step)
    }

    /// Runs a step that changes the catalog; all of it or, on an error, nothing.
    fn write<T>(&self, step: impl FnMut(&mut Connection<'_>) -> Attempt<T>) -> Result<T> {
        connection::run(&self.backend, Access::Write, step)
    }
}

impl<B: Backend> MetaStore for SqlStore<B> {
    fn create_database(&self, database: &Database) -> Result<()> {
        self.write(|c| databases::create(c, database))
    }

    fn database(&self, name: &str) -> Result<Database> {
        self.read(|c| databases::get(c, name))
    }

    fn database_names(&self, pattern: Option<&str>) -> Result<Vec<String>> {
        self.read(|c| databases::names(c, pattern))
    }

    fn alter_database(&self, database: &Database) -> Result<()> {
        self.write(|c| databases::alter(c, database))
    }

    fn drop_database(&self, name: &str, cascade: bool) -> Result<()> {
        self.write(|c| databases::drop(c, name, cascade))
    }

    fn create_constrained_table(&self, table: &Table, constraints: &[Constraint]) -> Result<()> {
        self.write(|c| {
            tables::create(c, table)?;
            constraints::change(c, &table.database, &table.name, &[], constraints)
        })
    }

    fn constraints(&self, database: &str, table: &str) -> Result<Vec<Constraint>> {
        self.read(|c| constraints::list(c, database, table))
    }

    fn change_constraints(&self, database: &str, table: &str, remove: &[String], add: &[Constraint]) -> Result<()> {
        self.write(|c| constraints::change(c, database, table, remove, add))
    }

    fn create_table(&self, table: &Table) -> Result<()> {
        self.write(|c| tables::create(c, table))
    }

    fn table(&self, database: &str, name: &str) -> Result<Table> {
        self.read(|c| tables::get(c, database, name))
    }

    fn table_names(&self, database: &str, pattern: Option<&str>, kinds: Option<&[TableKind]>) -> Result<Vec<String>> {
        self.read(|c| tables::names(c, database, pattern, kinds))
    }

    fn alter_table(&self, database: &str, name: &str, table: &Table) -> Result<()> {
        self.write(|c| tables::alter(c, database, name, table))
    }

    fn drop_table(&self, database: &str, name: &str) -> Result<()> {
        self.write(|c| tables::drop(c, database, name))
    }

    fn add_partitions(
        &self,
        database: &str,
        table: &str,
        partitions: &[Partition],
        if_not_exists: bool,
    ) -> Result<usize> {
        self.write(|c| partitions::add(c, database, table, partitions, if_not_exists))
    }

    fn partition(&self, database: &str, table: &str, values: &[String]) -> Result<Partition> {
        self.read(|c| partition_lists::get(c, database, table, values))
    }

    fn partitions(
        &self,
        database: &str,
        table: &str,
        filter: &PartitionFilter,
        limit: Option<usize>,
    ) -> Result<Vec<Partition>> {
        self.read(|c| partition_lists::list(c, database, table, filter, limit))
    }

    fn partition_values(
        &self,
        database: &str,
        table: &str,
        filter: &PartitionFilter,
        limit: Option<usize>,
    ) -> Result<Vec<Vec<String>>> {
        self.read(|c| partition_lists::list_values(c, database, table, filter, limit))
    }

    fn alter_partitions(&self, database: &str, table: &str, partitions: &[Partition]) -> Result<()> {
        self.write(|c| partitions::alter(c, database, table, partitions))
    }

    fn rename_partition(&self, database: &str, table: &str, values: &[String], to: &Partition) -> Result<()> {
        self.write(|c| partitions::rename(c, database, table, values, to))
    }

    fn drop_partitions(&self, database: &str, table: &str, values: &[Vec<String>]) -> Result<()> {
        self.write(|c| partitions::drop(c, database, table, values))
    }

    fn create_function(&self, function: &Function) -> Result<()> {
        self.write(|c| functions::create(c, function))
    }

    fn function(&self, database: &str, name: &str) -> Result<Function> {
        self.read(|c| functions::get(c, database, name))
    }

    fn function_names(&self, database: &str, pattern: Option<&str>) -> Result<Vec<String>> {
        self.read(|c| functions::names(c, database, pattern))
    }

    fn drop_function(&self, database: &str, name: &str) -> Result<()> {
        self.write(|c| functions::drop(c, database, name))
    }

    fn definitions(&self, kind: DefinitionKind) -> Result<Vec<(String, String)>> {
        self.read(|c| definitions::list(c, kind))
    }

    fn definitions_under(&self, kind: DefinitionKind, prefix: &str) -> Result<Vec<(String, String)>> {
        self.read(|c| definitions::list_under(c, kind, prefix))
    }

    fn definition(&self, kind: DefinitionKind, name: &str) -> Result<Option<String>> {
        self.read(|c| definitions::get(c, kind, name))
    }

    fn change_definitions(&self, changes: &[DefinitionChange]) -> Result<()> {
        self.write(|c| definitions::change(c, changes))
    }

    fn column_statistics(
        &self,
        database: &str,
        table: &str,
        partition: Option<&[String]>,
        columns: &[String],
    ) -> Result<Vec<ColumnStatistics>> {
        self.read(|c| statistics::get(c, database, table, partition, columns))
    }

    fn set_column_statistics(
        &self,
        database: &str,
        table: &str,
        partition: Option<&[String]>,
        statistics: &[ColumnStatistics],
    ) -> Result<()> {
        self.write(|c| statistics::set(c, database, table, partition, statistics))
    }

    fn delete_column_statistics(
        &self,
        database: &str,
        table: &str,
        partition: Option<&[String]>,
        columns: &[String],
    ) -> Result<()> {
        self.write(|c| statistics::delete(c, database, table, partition, columns))
    }

    fn record_commits(&self, commits: &[NewCommit]) -> Result<Vec<i64>> {
        self.write(|c| commits.iter().map(|commit| commits::record(c, commit)).collect())
    }

    fn pending_commits(&self, database: &str, table: &str) -> Result<Vec<PendingCommit>> {
        self.read(|c| commits::pending(c, database, table))
    }

    fn finish_commit(&self, id: i64, changes: &[CatalogChange]) -> Result<()> {
        self.write(|c| commits::finish(c, id, changes))
    }

    fn begin_write(&self, database: &str, table: &str, owner: &TransactionOwner) -> Result<WriteTransaction> {
        self.write(|c| transactions::begin(c, database, table, owner))
    }

    fn abort_transactions(&self, ids: &[i64]) -> Result<()> {
        self.write(|c| transactions::abort(c, ids))
    }

    fn transactions(&self) -> Result<Vec<Transaction>> {
        self.read(transactions::list)
    }

    fn valid_write_ids(&self, database: &str, table: &str) -> Result<ValidWriteIds> {
        self.read(|c| transactions::valid_write_ids(c, database, table))
    }

    fn put_compaction(&self, compaction: &Compaction) -> Result<i64> {
        self.write(|c| compactions::put(c, compaction))
    }

    fn request_compaction(&self, compaction: &Compaction) -> Result<(Compaction, bool)> {
        self.write(|c| compactions::request(c, compaction))
    }

    fn take_compaction(&self, worker: &str, version: Option<&str>, pool: Option<&str>) -> Result<Option<Compaction>> {
        self.write(|c| compactions::take(c, worker, version, pool))
    }

    fn compactions(&self) -> Result<Vec<Compaction>> {
        self.read(compactions::list)
    }
}
