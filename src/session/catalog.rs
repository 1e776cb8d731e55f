//! The catalog as one session sees it: the shared one, with the session's temporary tables in front.
//!
//! Temporary tables are kept in a catalog of their own in the session's scratch folder, which is made when the first of
//! them is. Scans, sinks and commands get this one [`MetaStore`] and need not know which kind a table is. A temporary
//! table hides a lasting one of the same name, as in Hive.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use parking_lot::{Mutex, RwLock};
use skep_metastore::locks::{Alive, Keeper, Kept};
use skep_metastore::model::pattern;
use skep_metastore::model::{
    ColumnStatistics, Compaction, Constraint, Database, DefinitionChange, DefinitionKind, Function, Lock, LockAnswer,
    LockFilter, LockRequest, Partition, PartitionFilter, Table, TableKind, Transaction, TransactionOwner,
    ValidWriteIds, WriteTransaction,
};
use skep_metastore::store::sqlite::{SqliteOptions, SqliteStore};
use skep_metastore::store::{CatalogChange, Feature, MetaStore, NewCommit, PendingCommit};
use skep_metastore::{MetastoreError, Result};

use super::scratch::Scratch;
use super::serde_columns::{follow_serde, remembered, tells_columns};

/// See the module.
#[derive(Debug)]
pub struct SessionCatalog {
    shared: Arc<dyn MetaStore>,
    keeper: Keeper,
    /// The transactions of the shared catalog that the session has begun and not ended, kept alive.
    transactions: Mutex<BTreeMap<i64, Kept>>,
    scratch: Arc<Scratch>,
    temporary: OnceLock<SqliteStore>,
    /// `(database, name)` of the temporary tables.
    names: RwLock<BTreeSet<(String, String)>>,
}

impl SessionCatalog {
    /// A catalog over the shared one, whose `keeper` keeps the session's transactions alive; `scratch` is the session's own
    /// folder, which need not be there.
    pub fn new(shared: Arc<dyn MetaStore>, keeper: Keeper, scratch: Scratch) -> Self {
        Self {
            shared,
            keeper,
            transactions: Mutex::default(),
            scratch: Arc::new(scratch),
            temporary: OnceLock::new(),
            names: RwLock::default(),
        }
    }

    /// The session's folder for data of temporary tables.
    pub fn scratch(&self) -> &Arc<Scratch> {
        &self.scratch
    }

    /// Is there a temporary table of that name?
    pub fn is_temporary(&self, database: &str, table: &str) -> bool {
        let names = self.names.read();
        !names.is_empty() && names.contains(&(database.to_string(), table.to_string()))
    }

    /// The temporary tables of a database that match a pattern, sorted.
    pub fn temporary_names(&self, database: &str, wanted: Option<&str>) -> Vec<String> {
        let names = self.names.read();
        let of_database = names.iter().filter(|(db, _)| db == database).map(|(_, name)| name);
        let wanted = wanted.map(pattern::Pattern::new);
        of_database.filter(|name| wanted.as_ref().is_none_or(|wanted| wanted.matches(name))).cloned().collect()
    }

    fn temporary(&self) -> Result<&SqliteStore> {
        if let Some(store) = self.temporary.get() {
            return Ok(store);
        }
        // Nobody needs it after this process.
        let options = SqliteOptions { durable: false, ..SqliteOptions::default() };
        let folder = self.scratch.folder().map_err(|error| {
            MetastoreError::Meta(format!(
                "the folder of temporary tables (hive.exec.scratchdir) cannot be made: {error}"
            ))
        })?;
        let store = SqliteStore::open_with(&folder.join("temporary.db"), &options)?;
        Ok(self.temporary.get_or_init(|| store))
    }

    /// The store that holds a table, if it is there at all.
    fn of(&self, database: &str, table: &str) -> Result<&dyn MetaStore> {
        if self.is_temporary(database, table) { Ok(self.temporary()?) } else { Ok(self.shared.as_ref()) }
    }

    /// Makes the catalog remember the columns that a table has now, also where its SerDe tells them.
    pub fn store_columns(&self, table: &Table) -> Result<()> {
        self.of(&table.database, &table.name)?.alter_table(&table.database, &table.name, &unmarked(table))
    }

    /// Transactions that have ended need no heartbeats.
    fn ended(&self, transactions: impl Iterator<Item = i64>) {
        let mut open = self.transactions.lock();
        transactions.for_each(|id| drop(open.remove(&id)));
    }

    fn remember(&self, database: &str, table: &str) {
        self.names.write().insert((database.to_string(), table.to_string()));
    }

    fn forget(&self, database: &str, table: &str) {
        self.names.write().remove(&(database.to_string(), table.to_string()));
    }

    /// Makes the database of a temporary table known to their store.
    fn temporary_database(&self, name: &str) -> Result<()> {
        let database = self.shared.database(name)?;
        match self.temporary()?.create_database(&database) {
            Err(MetastoreError::AlreadyExists(_)) => Ok(()),
            other => other,
        }
    }

    /// Says that a temporary table of that name is about to be made by a commit (`CREATE TEMPORARY TABLE … AS`), so that
    /// the commit goes where temporary tables are kept. [`SessionCatalog::withdraw`] takes it back if nothing came of it.
    pub fn announce(&self, database: &str, table: &str) -> Result<()> {
        self.temporary_database(database)?;
        self.remember(database, table);
        Ok(())
    }

    /// Takes back [`SessionCatalog::announce`].
    pub fn withdraw(&self, database: &str, table: &str) {
        self.forget(database, table);
    }
}

/// The table as the store of temporary tables takes it: there, all are.
fn unmarked(table: &Table) -> Table {
    Table { temporary: false, ..table.clone() }
}

impl Drop for SessionCatalog {
    fn drop(&mut self) {
        // Its files go with the scratch folder.
        drop(self.temporary.take());
    }
}

impl MetaStore for SessionCatalog {
    fn has(&self, feature: Feature) -> Result<bool> {
        self.shared.has(feature)
    }

    fn create_database(&self, database: &Database) -> Result<()> {
        self.shared.create_database(database)
    }

    fn database(&self, name: &str) -> Result<Database> {
        self.shared.database(name)
    }

    fn database_names(&self, pattern: Option<&str>) -> Result<Vec<String>> {
        self.shared.database_names(pattern)
    }

    fn alter_database(&self, database: &Database) -> Result<()> {
        self.shared.alter_database(database)
    }

    fn drop_database(&self, name: &str, cascade: bool) -> Result<()> {
        self.shared.drop_database(name, cascade)?;
        self.names.write().retain(|(database, _)| database != name);
        Ok(())
    }

    fn create_table(&self, table: &Table) -> Result<()> {
        if !table.temporary {
            return self.shared.create_table(table);
        }
        self.temporary_database(&table.database)?;
        self.temporary()?.create_table(&unmarked(table))?;
        self.remember(&table.database, &table.name);
        Ok(())
    }

    fn create_constrained_table(&self, table: &Table, constraints: &[Constraint]) -> Result<()> {
        if !table.temporary {
            return self.shared.create_constrained_table(table, constraints);
        }
        self.temporary_database(&table.database)?;
        self.temporary()?.create_constrained_table(&unmarked(table), constraints)?;
        self.remember(&table.database, &table.name);
        Ok(())
    }

    fn constraints(&self, database: &str, table: &str) -> Result<Vec<Constraint>> {
        self.of(database, table)?.constraints(database, table)
    }

    fn change_constraints(&self, database: &str, table: &str, remove: &[String], add: &[Constraint]) -> Result<()> {
        self.of(database, table)?.change_constraints(database, table, remove, add)
    }

    fn table(&self, database: &str, name: &str) -> Result<Table> {
        let temporary = self.is_temporary(database, name);
        let mut table = self.of(database, name)?.table(database, name)?;
        table.temporary = temporary;
        follow_serde(&mut table);
        Ok(table)
    }

    fn table_names(&self, database: &str, wanted: Option<&str>, kinds: Option<&[TableKind]>) -> Result<Vec<String>> {
        let mut names = self.shared.table_names(database, wanted, kinds)?;
        if kinds.is_none_or(|kinds| kinds.contains(&TableKind::Managed)) {
            names.extend(self.temporary_names(database, wanted));
            names.sort();
            names.dedup();
        }
        Ok(names)
    }

    fn alter_table(&self, database: &str, name: &str, table: &Table) -> Result<()> {
        let temporary = self.is_temporary(database, name);
        if temporary && table.database != database {
            self.temporary_database(&table.database)?;
        }
        let mut stored = unmarked(table);
        if tells_columns(&stored.storage) {
            stored.storage.columns = remembered(&self.of(database, name)?.table(database, name)?, table);
        }
        self.of(database, name)?.alter_table(database, name, &stored)?;
        if temporary {
            self.forget(database, name);
            self.remember(&table.database, &table.name);
        }
        Ok(())
    }

    fn drop_table(&self, database: &str, name: &str) -> Result<()> {
        self.of(database, name)?.drop_table(database, name)?;
        self.forget(database, name);
        Ok(())
    }

    fn add_partitions(
        &self,
        database: &str,
        table: &str,
        partitions: &[Partition],
        if_not_exists: bool,
    ) -> Result<usize> {
        self.of(database, table)?.add_partitions(database, table, partitions, if_not_exists)
    }

    fn partition(&self, database: &str, table: &str, values: &[String]) -> Result<Partition> {
        self.of(database, table)?.partition(database, table, values)
    }

    fn partitions_of(&self, database: &str, table: &str, values: &[Vec<String>]) -> Result<Vec<Partition>> {
        self.of(database, table)?.partitions_of(database, table, values)
    }

    fn partitions(
        &self,
        database: &str,
        table: &str,
        filter: &PartitionFilter,
        limit: Option<usize>,
    ) -> Result<Vec<Partition>> {
        self.of(database, table)?.partitions(database, table, filter, limit)
    }

    fn partition_values(
        &self,
        database: &str,
        table: &str,
        filter: &PartitionFilter,
        limit: Option<usize>,
    ) -> Result<Vec<Vec<String>>> {
        self.of(database, table)?.partition_values(database, table, filter, limit)
    }

    fn alter_partitions(&self, database: &str, table: &str, partitions: &[Partition]) -> Result<()> {
        self.of(database, table)?.alter_partitions(database, table, partitions)
    }

    fn rename_partition(&self, database: &str, table: &str, values: &[String], to: &Partition) -> Result<()> {
        self.of(database, table)?.rename_partition(database, table, values, to)
    }

    fn drop_partitions(&self, database: &str, table: &str, values: &[Vec<String>]) -> Result<()> {
        self.of(database, table)?.drop_partitions(database, table, values)
    }

    fn create_function(&self, function: &Function) -> Result<()> {
        self.shared.create_function(function)
    }

    fn function(&self, database: &str, name: &str) -> Result<Function> {
        self.shared.function(database, name)
    }

    fn function_names(&self, database: &str, pattern: Option<&str>) -> Result<Vec<String>> {
        self.shared.function_names(database, pattern)
    }

    fn drop_function(&self, database: &str, name: &str) -> Result<()> {
        self.shared.drop_function(database, name)
    }

    fn definitions(&self, kind: DefinitionKind) -> Result<Vec<(String, String)>> {
        self.shared.definitions(kind)
    }

    fn definitions_under(&self, kind: DefinitionKind, prefix: &str) -> Result<Vec<(String, String)>> {
        self.shared.definitions_under(kind, prefix)
    }

    fn definition(&self, kind: DefinitionKind, name: &str) -> Result<Option<String>> {
        self.shared.definition(kind, name)
    }

    fn change_definitions(&self, changes: &[DefinitionChange]) -> Result<()> {
        self.shared.change_definitions(changes)
    }

    fn column_statistics(
        &self,
        database: &str,
        table: &str,
        partition: Option<&[String]>,
        columns: &[String],
    ) -> Result<Vec<ColumnStatistics>> {
        self.of(database, table)?.column_statistics(database, table, partition, columns)
    }

    fn set_column_statistics(
        &self,
        database: &str,
        table: &str,
        partition: Option<&[String]>,
        statistics: &[ColumnStatistics],
    ) -> Result<()> {
        self.of(database, table)?.set_column_statistics(database, table, partition, statistics)
    }

    fn delete_column_statistics(
        &self,
        database: &str,
        table: &str,
        partition: Option<&[String]>,
        columns: &[String],
    ) -> Result<()> {
        self.of(database, table)?.delete_column_statistics(database, table, partition, columns)
    }

    // Commits of temporary tables have negative ids here, so that the two stores' ids cannot be mixed up. A table
    // that is not there yet is one that is being made and was announced.

    /// A session whose transactions were given up while it was not heard of must not commit what nobody waits for.
    fn record_commits(&self, commits: &[NewCommit]) -> Result<Vec<i64>> {
        let open: Vec<i64> = self.transactions.lock().keys().copied().collect();
        for transaction in open {
            self.keeper.check(transaction).inspect_err(|_| self.ended([transaction].into_iter()))?;
        }
        let is_temporary = |commit: &&NewCommit| self.is_temporary(&commit.database, &commit.table);
        let (temporary, shared): (Vec<&NewCommit>, Vec<&NewCommit>) = commits.iter().partition(is_temporary);
        if temporary.is_empty() {
            return self.shared.record_commits(commits);
        }
        // Temporary tables go with the process: the shared store alone decides. Where it refuses, nothing was decided.
        let own: Vec<NewCommit> = temporary.into_iter().cloned().collect();
        let own = self.temporary()?.record_commits(&own)?;
        let others: Vec<NewCommit> = shared.into_iter().cloned().collect();
        let others = match others.as_slice() {
            [] => Vec::new(),
            others => match self.shared.record_commits(others) {
                Ok(ids) => ids,
                Err(error) => {
                    for id in own {
                        self.temporary()?.finish_commit(id, &[])?;
                    }
                    return Err(error);
                }
            },
        };
        let (mut own, mut others) = (own.into_iter().map(|id| -id), others.into_iter());
        let ids = commits.iter().filter_map(|commit| match is_temporary(&commit) {
            true => own.next(),
            false => others.next(),
        });
        Ok(ids.collect())
    }

    fn pending_commits(&self, database: &str, table: &str) -> Result<Vec<PendingCommit>> {
        if !self.is_temporary(database, table) {
            return self.shared.pending_commits(database, table);
        }
        let mut commits = self.temporary()?.pending_commits(database, table)?;
        for commit in &mut commits {
            commit.id = -commit.id;
        }
        Ok(commits)
    }

    fn finish_commit(&self, id: i64, changes: &[CatalogChange]) -> Result<()> {
        if id >= 0 {
            self.shared.finish_commit(id, changes)?;
            self.ended(changes.iter().filter_map(|change| match change {
                CatalogChange::CommitTransaction(id) => Some(*id),
                _ => None,
            }));
            return Ok(());
        }
        let unmarked = changes.iter().map(|change| match change {
            CatalogChange::CreateTable(table) => CatalogChange::CreateTable(Box::new(unmarked(table))),
            CatalogChange::AlterTable(table) => CatalogChange::AlterTable(Box::new(unmarked(table))),
            // As of commits, the numbers of their transactions are negative here.
            CatalogChange::CommitTransaction(transaction) => CatalogChange::CommitTransaction(-transaction),
            other => other.clone(),
        });
        self.temporary()?.finish_commit(-id, &unmarked.collect::<Vec<_>>())
    }

    fn begin_write(&self, database: &str, table: &str, owner: &TransactionOwner) -> Result<WriteTransaction> {
        if !self.is_temporary(database, table) {
            let begun = self.shared.begin_write(database, table, owner)?;
            let kept = self.keeper.keep(Alive::Transaction(begun.transaction));
            self.transactions.lock().insert(begun.transaction, kept);
            return Ok(begun);
        }
        let begun = self.temporary()?.begin_write(database, table, owner)?;
        Ok(WriteTransaction { transaction: -begun.transaction, ..begun })
    }

    fn abort_transactions(&self, ids: &[i64]) -> Result<()> {
        let (temporary, shared): (Vec<i64>, Vec<i64>) = ids.iter().partition(|id| **id < 0);
        if !temporary.is_empty() {
            let ids: Vec<i64> = temporary.iter().map(|id| -id).collect();
            self.temporary()?.abort_transactions(&ids)?;
        }
        self.shared.abort_transactions(&shared)?;
        self.ended(shared.into_iter());
        Ok(())
    }

    fn lock(&self, request: &LockRequest) -> Result<LockAnswer> {
        self.shared.lock(request)
    }

    fn check_lock(&self, lock: i64) -> Result<LockAnswer> {
        self.shared.check_lock(lock)
    }

    fn unlock(&self, lock: i64) -> Result<()> {
        self.shared.unlock(lock)
    }

    fn locks(&self, filter: &LockFilter) -> Result<Vec<Lock>> {
        self.shared.locks(filter)
    }

    fn heartbeat(&self, transaction: Option<i64>, lock: Option<i64>) -> Result<()> {
        self.shared.heartbeat(transaction, lock)
    }

    fn transactions(&self) -> Result<Vec<Transaction>> {
        self.shared.transactions()
    }

    fn valid_write_ids(&self, database: &str, table: &str) -> Result<ValidWriteIds> {
        self.of(database, table)?.valid_write_ids(database, table)
    }

    fn seed_write_ids(&self, database: &str, table: &str, given: &ValidWriteIds) -> Result<()> {
        self.of(database, table)?.seed_write_ids(database, table, given)
    }

    fn put_compaction(&self, compaction: &Compaction) -> Result<i64> {
        self.of(&compaction.database, &compaction.table)?.put_compaction(compaction)
    }

    fn replace_compaction(&self, old: &Compaction, new: &Compaction) -> Result<bool> {
        self.of(&old.database, &old.table)?.replace_compaction(old, new)
    }

    fn request_compaction(&self, compaction: &Compaction) -> Result<(Compaction, bool)> {
        self.of(&compaction.database, &compaction.table)?.request_compaction(compaction)
    }

    fn compactions(&self) -> Result<Vec<Compaction>> {
        self.shared.compactions()
    }
}
