//! A metastore behind a server of ours: every call of the store goes there as it is.

use serde::de::DeserializeOwned;
use skep_thrift_hms::skep::methods::{SkepRead, SkepReadArgs, SkepWrite, SkepWriteArgs};

use super::cache::Cache;
use super::calls::{ReadCall, TableName, WriteCall, decode_answer, encode};
use super::pool::{CallFailure, Effect, Servers};
use crate::error::{MetastoreError, Result};
use crate::model::{
    ColumnStatistics, Compaction, Constraint, Database, DefinitionChange, DefinitionKind, Function, Lock, LockAnswer,
    LockFilter, LockRequest, Partition, PartitionFilter, Table, TableKind, Transaction, TransactionOwner,
    ValidWriteIds, WriteTransaction,
};
use crate::store::{CatalogChange, MetaStore, NewCommit, PendingCommit};

/// Partitions that are asked for at a time.
const PAGE: usize = 1000;

/// See the module.
#[derive(Debug)]
pub(super) struct SkepServer {
    servers: Servers,
    cache: Cache,
}

impl SkepServer {
    pub(super) fn new(servers: Servers) -> Self {
        let cache = Cache::new(servers.options().cache_age);
        Self { servers, cache }
    }

    fn read<T: DeserializeOwned>(&self, call: &ReadCall) -> Result<T> {
        let args = SkepReadArgs { request: Some(encode(call)?) };
        match self.servers.call::<SkepRead>(Effect::Read, args) {
            Ok(answer) => decode_answer(&answer),
            Err(CallFailure::Unreachable(error)) => Err(error),
            Err(CallFailure::Call(error)) => Err(self.failed(&error)),
        }
    }

    fn write<T: DeserializeOwned>(&self, call: &WriteCall) -> Result<T> {
        let args = SkepWriteArgs { request: Some(encode(call)?) };
        // A commit that is finished is not finished again, and a lock that is released is not released again: such calls
        // may be made as often as one likes.
        let effect = match call {
            WriteCall::FinishCommit(..) | WriteCall::CheckLock(_) | WriteCall::Unlock(_) | WriteCall::Heartbeat(..) => {
                Effect::Read
            }
            _ => Effect::Write,
        };
        let answer = self.servers.call::<SkepWrite>(effect, args);
        if !matches!(
            call,
            WriteCall::Lock(_) | WriteCall::CheckLock(_) | WriteCall::Unlock(_) | WriteCall::Heartbeat(..)
        ) {
            self.cache.clear();
        }
        match answer {
            Ok(answer) => decode_answer(&answer),
            Err(CallFailure::Unreachable(error)) => Err(error),
            Err(CallFailure::Call(error)) => Err(self.failed(&error)),
        }
    }

    fn failed(&self, error: &dyn std::fmt::Display) -> MetastoreError {
        MetastoreError::Store { path: self.servers.address(), reason: error.to_string() }
    }
}

fn owned(partition: Option<&[String]>) -> Option<Vec<String>> {
    partition.map(<[String]>::to_vec)
}

impl MetaStore for SkepServer {
    fn create_database(&self, database: &Database) -> Result<()> {
        self.write(&WriteCall::CreateDatabase(database.clone()))
    }

    fn database(&self, name: &str) -> Result<Database> {
        self.cache.database(name, || self.read(&ReadCall::Database(name.to_string())))
    }

    fn database_names(&self, pattern: Option<&str>) -> Result<Vec<String>> {
        self.read(&ReadCall::DatabaseNames(pattern.map(str::to_string)))
    }

    fn alter_database(&self, database: &Database) -> Result<()> {
        self.write(&WriteCall::AlterDatabase(database.clone()))
    }

    fn drop_database(&self, name: &str, cascade: bool) -> Result<()> {
        self.write(&WriteCall::DropDatabase(name.to_string(), cascade))
    }

    fn create_table(&self, table: &Table) -> Result<()> {
        self.create_constrained_table(table, &[])
    }

    fn create_constrained_table(&self, table: &Table, constraints: &[Constraint]) -> Result<()> {
        self.write(&WriteCall::CreateTable(Box::new(table.clone()), constraints.to_vec()))
    }

    fn constraints(&self, database: &str, table: &str) -> Result<Vec<Constraint>> {
        self.read(&ReadCall::Constraints(TableName::new(database, table)))
    }

    fn change_constraints(&self, database: &str, table: &str, remove: &[String], add: &[Constraint]) -> Result<()> {
        self.write(&WriteCall::ChangeConstraints(TableName::new(database, table), remove.to_vec(), add.to_vec()))
    }

    fn table(&self, database: &str, name: &str) -> Result<Table> {
        self.cache.table(database, name, || self.read(&ReadCall::Table(TableName::new(database, name))))
    }

    fn table_names(&self, database: &str, pattern: Option<&str>, kinds: Option<&[TableKind]>) -> Result<Vec<String>> {
        let (pattern, kinds) = (pattern.map(str::to_string), kinds.map(<[TableKind]>::to_vec));
        self.read(&ReadCall::TableNames(database.to_string(), pattern, kinds))
    }

    fn alter_table(&self, database: &str, name: &str, table: &Table) -> Result<()> {
        self.write(&WriteCall::AlterTable(TableName::new(database, name), Box::new(table.clone())))
    }

    fn drop_table(&self, database: &str, name: &str) -> Result<()> {
        self.write(&WriteCall::DropTable(TableName::new(database, name)))
    }

    fn add_partitions(
        &self,
        database: &str,
        table: &str,
        partitions: &[Partition],
        if_not_exists: bool,
    ) -> Result<usize> {
        self.write(&WriteCall::AddPartitions(TableName::new(database, table), partitions.to_vec(), if_not_exists))
    }

    fn partition(&self, database: &str, table: &str, values: &[String]) -> Result<Partition> {
        self.read(&ReadCall::Partition(TableName::new(database, table), values.to_vec()))
    }

    fn partitions_of(&self, database: &str, table: &str, values: &[Vec<String>]) -> Result<Vec<Partition>> {
        let mut found = Vec::new();
        for page in values.chunks(PAGE) {
            let call = ReadCall::PartitionsOf(TableName::new(database, table), page.to_vec());
            found.append(&mut self.read::<Vec<Partition>>(&call)?);
        }
        Ok(found)
    }

    /// One call where at most [`PAGE`] are wanted or there; else the values first, and then page by page, so that no
    /// message grows with the table.
    fn partitions(
        &self,
        database: &str,
        table: &str,
        filter: &PartitionFilter,
        limit: Option<usize>,
    ) -> Result<Vec<Partition>> {
        let first = limit.unwrap_or(PAGE + 1).min(PAGE + 1);
        let call = ReadCall::Partitions(TableName::new(database, table), filter.clone(), Some(first));
        let found: Vec<Partition> = self.read(&call)?;
        if found.len() <= PAGE || limit.is_some_and(|limit| limit <= found.len()) {
            return Ok(found);
        }
        let values = self.partition_values(database, table, filter, limit)?;
        self.partitions_of(database, table, &values)
    }

    fn partition_values(
        &self,
        database: &str,
        table: &str,
        filter: &PartitionFilter,
        limit: Option<usize>,
    ) -> Result<Vec<Vec<String>>> {
        self.read(&ReadCall::PartitionValues(TableName::new(database, table), filter.clone(), limit))
    }

    fn alter_partitions(&self, database: &str, table: &str, partitions: &[Partition]) -> Result<()> {
        self.write(&WriteCall::AlterPartitions(TableName::new(database, table), partitions.to_vec()))
    }

    fn rename_partition(&self, database: &str, table: &str, values: &[String], to: &Partition) -> Result<()> {
        let to = Box::new(to.clone());
        self.write(&WriteCall::RenamePartition(TableName::new(database, table), values.to_vec(), to))
    }

    fn drop_partitions(&self, database: &str, table: &str, values: &[Vec<String>]) -> Result<()> {
        self.write(&WriteCall::DropPartitions(TableName::new(database, table), values.to_vec()))
    }

    fn create_function(&self, function: &Function) -> Result<()> {
        self.write(&WriteCall::CreateFunction(function.clone()))
    }

    fn function(&self, database: &str, name: &str) -> Result<Function> {
        self.read(&ReadCall::Function(database.to_string(), name.to_string()))
    }

    fn function_names(&self, database: &str, pattern: Option<&str>) -> Result<Vec<String>> {
        self.read(&ReadCall::FunctionNames(database.to_string(), pattern.map(str::to_string)))
    }

    fn drop_function(&self, database: &str, name: &str) -> Result<()> {
        self.write(&WriteCall::DropFunction(database.to_string(), name.to_string()))
    }

    fn definitions(&self, kind: DefinitionKind) -> Result<Vec<(String, String)>> {
        self.read(&ReadCall::Definitions(kind))
    }

    fn definitions_under(&self, kind: DefinitionKind, prefix: &str) -> Result<Vec<(String, String)>> {
        self.read(&ReadCall::DefinitionsUnder(kind, prefix.to_string()))
    }

    fn definition(&self, kind: DefinitionKind, name: &str) -> Result<Option<String>> {
        self.read(&ReadCall::Definition(kind, name.to_string()))
    }

    fn change_definitions(&self, changes: &[DefinitionChange]) -> Result<()> {
        self.write(&WriteCall::ChangeDefinitions(changes.to_vec()))
    }

    fn column_statistics(
        &self,
        database: &str,
        table: &str,
        partition: Option<&[String]>,
        columns: &[String],
    ) -> Result<Vec<ColumnStatistics>> {
        let of = TableName::new(database, table);
        self.read(&ReadCall::ColumnStatistics(of, owned(partition), columns.to_vec()))
    }

    fn set_column_statistics(
        &self,
        database: &str,
        table: &str,
        partition: Option<&[String]>,
        statistics: &[ColumnStatistics],
    ) -> Result<()> {
        let of = TableName::new(database, table);
        self.write(&WriteCall::SetColumnStatistics(of, owned(partition), statistics.to_vec()))
    }

    fn delete_column_statistics(
        &self,
        database: &str,
        table: &str,
        partition: Option<&[String]>,
        columns: &[String],
    ) -> Result<()> {
        let of = TableName::new(database, table);
        self.write(&WriteCall::DeleteColumnStatistics(of, owned(partition), columns.to_vec()))
    }

    fn record_commits(&self, commits: &[NewCommit]) -> Result<Vec<i64>> {
        self.write(&WriteCall::RecordCommits(commits.to_vec()))
    }

    fn pending_commits(&self, database: &str, table: &str) -> Result<Vec<PendingCommit>> {
        let commits: Vec<(i64, String)> = self.read(&ReadCall::PendingCommits(TableName::new(database, table)))?;
        let (database, table) = (database.to_string(), table.to_string());
        let commit = |(id, journal)| PendingCommit { id, database: database.clone(), table: table.clone(), journal };
        Ok(commits.into_iter().map(commit).collect())
    }

    fn finish_commit(&self, id: i64, changes: &[CatalogChange]) -> Result<()> {
        self.write(&WriteCall::FinishCommit(id, changes.to_vec()))
    }

    fn begin_write(&self, database: &str, table: &str, owner: &TransactionOwner) -> Result<WriteTransaction> {
        self.write(&WriteCall::BeginWrite(TableName::new(database, table), owner.clone()))
    }

    fn abort_transactions(&self, transactions: &[i64]) -> Result<()> {
        self.write(&WriteCall::AbortTransactions(transactions.to_vec()))
    }

    fn transactions(&self) -> Result<Vec<Transaction>> {
        self.read(&ReadCall::Transactions)
    }

    fn valid_write_ids(&self, database: &str, table: &str) -> Result<ValidWriteIds> {
        self.read(&ReadCall::ValidWriteIds(TableName::new(database, table)))
    }

    fn seed_write_ids(&self, database: &str, table: &str, given: &ValidWriteIds) -> Result<()> {
        self.write(&WriteCall::SeedWriteIds(TableName::new(database, table), given.clone()))
    }

    fn put_compaction(&self, compaction: &Compaction) -> Result<i64> {
        self.write(&WriteCall::PutCompaction(Box::new(compaction.clone())))
    }

    fn replace_compaction(&self, old: &Compaction, new: &Compaction) -> Result<bool> {
        self.write(&WriteCall::ReplaceCompaction(Box::new((old.clone(), new.clone()))))
    }

    fn compactions(&self) -> Result<Vec<Compaction>> {
        self.read(&ReadCall::Compactions)
    }

    fn lock(&self, request: &LockRequest) -> Result<LockAnswer> {
        self.write(&WriteCall::Lock(Box::new(request.clone())))
    }

    fn check_lock(&self, lock: i64) -> Result<LockAnswer> {
        self.write(&WriteCall::CheckLock(lock))
    }

    fn unlock(&self, lock: i64) -> Result<()> {
        self.write(&WriteCall::Unlock(lock))
    }

    fn locks(&self, filter: &LockFilter) -> Result<Vec<Lock>> {
        self.read(&ReadCall::Locks(filter.clone()))
    }

    fn heartbeat(&self, transaction: Option<i64>, lock: Option<i64>) -> Result<()> {
        self.write(&WriteCall::Heartbeat(transaction, lock))
    }
}
