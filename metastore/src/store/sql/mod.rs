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

mod changes;
mod check;
mod codec;
mod commits;
mod compactions;
pub mod connection;
mod constraint_messages;
mod constraints;
mod databases;
mod definitions;
mod descriptors;
pub mod dialect;
mod dump;
mod event_messages;
mod events;
pub mod fault;
mod filter;
mod functions;
mod grants;
mod locks;
mod partition_lists;
mod partitions;
pub mod schema;
mod seed;
mod statistics;
mod statistics_messages;
mod tables;
#[cfg(test)]
mod tests;
mod transactions;
mod write_ids;

use self::connection::{Access, Backend, Connection};
use self::fault::Attempt;
use super::{CatalogChange, Change, MetaStore, NewCommit, Page, PendingCommit, StoreOptions};
use crate::error::{MetastoreError, Result};
use crate::model::{
    ColumnStatistics, Compaction, Constraint, DataOperation, Database, DefinitionChange, DefinitionKind, Event,
    EventFilter, Function, HeartbeatRange, Lock, LockAnswer, LockFilter, LockRequest, NewEvent, OpenTransactions,
    Partition, PartitionFilter, Table, TableKind, Transaction, TransactionOwner, ValidTransactions, ValidWriteIds,
    WriteTransaction,
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
        connection::run(&self.backend, Access::Read, self.options.events, step)
    }

    /// Runs a step that changes the catalog; all of it or, on an error, nothing.
    fn write<T>(&self, step: impl FnMut(&mut Connection<'_>) -> Attempt<T>) -> Result<T> {
        connection::run(&self.backend, Access::Write, self.options.events, step)
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
        self.write(|c| tables::alter(c, database, name, table, false))
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
        self.read(|c| partition_lists::list(c, database, table, filter, &Page::first(limit)))
    }

    fn partitions_of(&self, database: &str, table: &str, values: &[Vec<String>]) -> Result<Vec<Partition>> {
        self.read(|c| partition_lists::of_values(c, database, table, values))
    }

    fn partition_names(
        &self,
        database: &str,
        table: &str,
        filter: &PartitionFilter,
        page: &Page<'_>,
    ) -> Result<Vec<String>> {
        self.read(|c| partition_lists::list_names(c, database, table, filter, page))
    }

    fn partitions_page(
        &self,
        database: &str,
        table: &str,
        filter: &PartitionFilter,
        page: &Page<'_>,
    ) -> Result<Vec<Partition>> {
        self.read(|c| partition_lists::list(c, database, table, filter, page))
    }

    fn count_partitions(&self, database: &str, table: &str, filter: &PartitionFilter) -> Result<usize> {
        self.read(|c| partition_lists::count(c, database, table, filter))
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
        self.write(|c| partitions::alter(c, database, table, partitions, false))
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
        self.read(|c| statistics::get(c, &statistics::Place { database, table, partition }, columns))
    }

    fn set_column_statistics(
        &self,
        database: &str,
        table: &str,
        partition: Option<&[String]>,
        statistics: &[ColumnStatistics],
    ) -> Result<()> {
        self.write(|c| statistics::set(c, &statistics::Place { database, table, partition }, statistics))
    }

    fn delete_column_statistics(
        &self,
        database: &str,
        table: &str,
        partition: Option<&[String]>,
        columns: &[String],
    ) -> Result<()> {
        self.write(|c| statistics::delete(c, &statistics::Place { database, table, partition }, columns))
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
        let timeout = self.options.transaction_timeout;
        self.write(|c| transactions::begin(c, [database, table], owner, timeout))
    }

    fn abort_transactions(&self, ids: &[i64]) -> Result<()> {
        self.write(|c| transactions::abort(c, ids))
    }

    fn transactions(&self) -> Result<Vec<Transaction>> {
        self.read(transactions::list)
    }

    fn valid_write_ids(&self, database: &str, table: &str) -> Result<ValidWriteIds> {
        self.read(|c| write_ids::valid(c, database, table))
    }

    fn seed_write_ids(&self, database: &str, table: &str, given: &ValidWriteIds) -> Result<()> {
        self.write(|c| seed::seed(c, database, table, given))
    }

    fn put_compaction(&self, compaction: &Compaction) -> Result<i64> {
        self.write(|c| compactions::put(c, compaction))
    }

    fn replace_compaction(&self, old: &Compaction, new: &Compaction) -> Result<bool> {
        self.write(|c| compactions::replace(c, old, new))
    }

    fn change(&self, changes: &[Change]) -> Result<()> {
        self.write(|c| changes::make(c, changes))
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

    fn open_transactions(&self, request: &OpenTransactions) -> Result<Vec<i64>> {
        self.write(|c| transactions::open(c, request, self.options.transaction_timeout))
    }

    fn valid_transactions(&self) -> Result<ValidTransactions> {
        let timeout = self.options.transaction_timeout;
        if self.read(|c| transactions::has_expired(c, timeout))? {
            self.write(|c| transactions::expire(c, timeout))?;
        }
        self.read(transactions::valid)
    }

    fn commit_transaction(&self, transaction: i64) -> Result<()> {
        match self.write(|c| transactions::commit(c, transaction))? {
            None => Ok(()),
            Some(conflict) => Err(MetastoreError::TransactionAborted(conflict)),
        }
    }

    fn abort_transaction(&self, transaction: i64) -> Result<()> {
        self.write(|c| transactions::abort_one(c, transaction))
    }

    fn replicated_transactions(&self, policy: &str, sources: &[i64]) -> Result<Vec<i64>> {
        self.read(|c| transactions::replicated(c, policy, sources))
    }

    fn heartbeat(&self, transaction: Option<i64>, lock: Option<i64>) -> Result<()> {
        self.write(|c| {
            transactions::expire(c, self.options.transaction_timeout)?;
            lock.map_or(Ok(()), |lock| locks::heartbeat(c, lock))?;
            transaction.map_or(Ok(()), |transaction| transactions::heartbeat(c, transaction))
        })
    }

    fn heartbeat_transactions(&self, from: i64, to: i64) -> Result<HeartbeatRange> {
        self.write(|c| {
            transactions::expire(c, self.options.transaction_timeout)?;
            transactions::heartbeat_range(c, from, to)
        })
    }

    fn expire_transactions(&self) -> Result<usize> {
        self.write(|c| transactions::expire(c, self.options.transaction_timeout))
    }

    fn allocate_write_ids(&self, database: &str, table: &str, transactions: &[i64]) -> Result<Vec<(i64, i64)>> {
        self.write(|c| write_ids::allocate(c, database, table, transactions))
    }

    fn valid_write_ids_at(&self, database: &str, table: &str, snapshot: &ValidTransactions) -> Result<ValidWriteIds> {
        self.read(|c| write_ids::valid_at(c, database, table, snapshot))
    }

    fn last_write_id(&self, database: &str, table: &str) -> Result<i64> {
        self.read(|c| write_ids::last(c, database, table))
    }

    fn seed_write_id(&self, database: &str, table: &str, last: i64) -> Result<()> {
        self.write(|c| write_ids::seed(c, database, table, last))
    }

    fn seed_transaction(&self, last: i64) -> Result<()> {
        self.write(|c| transactions::seed(c, last))
    }

    fn add_dynamic_partitions(
        &self,
        transaction: i64,
        database: &str,
        table: &str,
        partitions: &[String],
        operation: DataOperation,
    ) -> Result<()> {
        self.write(|c| transactions::add_partitions(c, transaction, [database, table], partitions, operation))
    }

    fn lock(&self, request: &LockRequest) -> Result<LockAnswer> {
        self.write(|c| locks::lock(c, request, self.options.transaction_timeout))
    }

    fn check_lock(&self, lock: i64) -> Result<LockAnswer> {
        self.write(|c| locks::check(c, lock, self.options.transaction_timeout))
    }

    fn unlock(&self, lock: i64) -> Result<()> {
        self.write(|c| locks::unlock(c, lock))
    }

    fn locks(&self, filter: &LockFilter) -> Result<Vec<Lock>> {
        let timeout = self.options.transaction_timeout;
        if self.read(|c| transactions::has_expired(c, timeout))? {
            self.write(|c| transactions::expire(c, timeout))?;
        }
        self.read(|c| locks::list(c, filter))
    }

    fn add_events(&self, new: &[NewEvent]) -> Result<Vec<i64>> {
        self.write(|c| new.iter().map(|event| events::add(c, event)).collect())
    }

    fn events(&self, filter: &EventFilter) -> Result<Vec<Event>> {
        self.read(|c| events::list(c, filter))
    }

    fn last_event(&self) -> Result<i64> {
        self.read(events::last)
    }

    fn count_events(&self, filter: &EventFilter) -> Result<usize> {
        self.read(|c| events::count(c, filter))
    }

    fn clean_events(&self, older_than: Option<u64>) -> Result<usize> {
        let seconds = older_than.unwrap_or(self.options.event_time_to_live.as_secs());
        self.write(|c| events::clean(c, seconds))
    }

    fn check(&self) -> Result<Vec<String>> {
        self.read(check::all)
    }

    fn dump(&self, out: &mut dyn std::io::Write) -> Result<u64> {
        // Not tried again: what is written is written.
        let mut written = false;
        self.read(|c| match std::mem::replace(&mut written, true) {
            false => dump::dump(c, out),
            true => Err(MetastoreError::InvalidOperation("the dump was interrupted".to_string()).into()),
        })
    }

    fn restore(&self, input: &mut dyn std::io::BufRead) -> Result<u64> {
        let mut read = false;
        self.write(|c| match std::mem::replace(&mut read, true) {
            false => dump::restore(c, input),
            true => Err(MetastoreError::InvalidOperation("restoring was interrupted".to_string()).into()),
        })
    }
}
