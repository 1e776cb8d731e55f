//! What a Skep asks the metastore of another Skep: every call of [`MetaStore`] as it is, so that a catalog far away
//! behaves as one in a file here does.
//!
//! Two methods beside those of Hive carry the calls (`thrift/hms/idl/skep.thrift`): `skep_read` those that change nothing
//! and may be made again, `skep_write` the others. Calls and answers are JSON, of the model's types as they are. A server
//! of Hive does not know the methods and says so, by which it is told from ours.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{MetastoreError, Result};
use crate::model::{
    ColumnStatistics, Compaction, Constraint, Database, DefinitionChange, DefinitionKind, Function, LockFilter,
    LockRequest, Partition, PartitionFilter, Table, TableKind, TransactionOwner, ValidWriteIds,
};
use crate::store::{CatalogChange, MetaStore, NewCommit};

/// What the two sides agree on; changes with the meaning of the calls.
pub const PROTOCOL: i32 = 1;

/// A table by its names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableName {
    /// Its database.
    pub database: String,
    /// Its name there.
    pub table: String,
}

impl TableName {
    /// From two names.
    pub fn new(database: &str, table: &str) -> Self {
        Self { database: database.to_string(), table: table.to_string() }
    }
}

/// A call that changes nothing; each is the method of [`MetaStore`] of that name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ReadCall {
    /// [`MetaStore::database`]
    Database(String),
    /// [`MetaStore::database_names`]
    DatabaseNames(Option<String>),
    /// [`MetaStore::constraints`]
    Constraints(TableName),
    /// [`MetaStore::table`]
    Table(TableName),
    /// [`MetaStore::table_names`]
    TableNames(String, Option<String>, Option<Vec<TableKind>>),
    /// [`MetaStore::partition`]
    Partition(TableName, Vec<String>),
    /// Those of these values that are there: a page of [`MetaStore::partitions`].
    PartitionsOf(TableName, Vec<Vec<String>>),
    /// [`MetaStore::partitions`]
    Partitions(TableName, PartitionFilter, Option<usize>),
    /// [`MetaStore::partition_values`]
    PartitionValues(TableName, PartitionFilter, Option<usize>),
    /// [`MetaStore::function`]
    Function(String, String),
    /// [`MetaStore::function_names`]
    FunctionNames(String, Option<String>),
    /// [`MetaStore::definitions`]
    Definitions(DefinitionKind),
    /// [`MetaStore::definitions_under`]
    DefinitionsUnder(DefinitionKind, String),
    /// [`MetaStore::definition`]
    Definition(DefinitionKind, String),
    /// [`MetaStore::column_statistics`]
    ColumnStatistics(TableName, Option<Vec<String>>, Vec<String>),
    /// [`MetaStore::pending_commits`]
    PendingCommits(TableName),
    /// [`MetaStore::transactions`]
    Transactions,
    /// [`MetaStore::valid_write_ids`]
    ValidWriteIds(TableName),
    /// [`MetaStore::compactions`]
    Compactions,
    /// [`MetaStore::locks`]
    Locks(LockFilter),
}

/// A call that changes something; each is the method of [`MetaStore`] of that name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum WriteCall {
    /// [`MetaStore::create_database`]
    CreateDatabase(Database),
    /// [`MetaStore::alter_database`]
    AlterDatabase(Database),
    /// [`MetaStore::drop_database`]
    DropDatabase(String, bool),
    /// [`MetaStore::create_constrained_table`]
    CreateTable(Box<Table>, Vec<Constraint>),
    /// [`MetaStore::change_constraints`]
    ChangeConstraints(TableName, Vec<String>, Vec<Constraint>),
    /// [`MetaStore::alter_table`]
    AlterTable(TableName, Box<Table>),
    /// [`MetaStore::drop_table`]
    DropTable(TableName),
    /// [`MetaStore::add_partitions`]
    AddPartitions(TableName, Vec<Partition>, bool),
    /// [`MetaStore::alter_partitions`]
    AlterPartitions(TableName, Vec<Partition>),
    /// [`MetaStore::rename_partition`]
    RenamePartition(TableName, Vec<String>, Box<Partition>),
    /// [`MetaStore::drop_partitions`]
    DropPartitions(TableName, Vec<Vec<String>>),
    /// [`MetaStore::create_function`]
    CreateFunction(Function),
    /// [`MetaStore::drop_function`]
    DropFunction(String, String),
    /// [`MetaStore::change_definitions`]
    ChangeDefinitions(Vec<DefinitionChange>),
    /// [`MetaStore::set_column_statistics`]
    SetColumnStatistics(TableName, Option<Vec<String>>, Vec<ColumnStatistics>),
    /// [`MetaStore::delete_column_statistics`]
    DeleteColumnStatistics(TableName, Option<Vec<String>>, Vec<String>),
    /// [`MetaStore::record_commits`]
    RecordCommits(Vec<NewCommit>),
    /// [`MetaStore::finish_commit`]
    FinishCommit(i64, Vec<CatalogChange>),
    /// [`MetaStore::begin_write`]
    BeginWrite(TableName, TransactionOwner),
    /// [`MetaStore::abort_transactions`]
    AbortTransactions(Vec<i64>),
    /// [`MetaStore::seed_write_ids`]
    SeedWriteIds(TableName, ValidWriteIds),
    /// [`MetaStore::put_compaction`]
    PutCompaction(Box<Compaction>),
    /// [`MetaStore::replace_compaction`]
    ReplaceCompaction(Box<(Compaction, Compaction)>),
    /// [`MetaStore::lock`]
    Lock(Box<LockRequest>),
    /// [`MetaStore::check_lock`]
    CheckLock(i64),
    /// [`MetaStore::unlock`]
    Unlock(i64),
    /// [`MetaStore::heartbeat`]
    Heartbeat(Option<i64>, Option<i64>),
}

/// Writes a call or an answer.
///
/// # Errors
/// [`MetastoreError::InvalidObject`] where it has no JSON.
pub fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(|error| MetastoreError::InvalidObject(format!("cannot be written: {error}")))
}

/// Reads the answer to a call.
///
/// # Errors
/// What the server answered; [`MetastoreError::InvalidObject`] where it is no answer.
pub fn decode_answer<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let answer: Result<Result<T>, _> = serde_json::from_slice(bytes);
    answer.map_err(|error| MetastoreError::InvalidObject(format!("the metastore's answer cannot be read: {error}")))?
}

/// The answer of a store to a call of the method `skep_read`; errors are answers, too.
pub fn answer_read(store: &dyn MetaStore, call: &[u8]) -> Vec<u8> {
    match decode_call(call) {
        Ok(call) => read(store, call),
        Err(error) => answer::<()>(Err(error)),
    }
}

/// The answer of a store to a call of the method `skep_write`; errors are answers, too.
pub fn answer_write(store: &dyn MetaStore, call: &[u8]) -> Vec<u8> {
    match decode_call(call) {
        Ok(call) => write(store, call),
        Err(error) => answer::<()>(Err(error)),
    }
}

fn decode_call<T: DeserializeOwned>(call: &[u8]) -> Result<T> {
    serde_json::from_slice(call)
        .map_err(|error| MetastoreError::InvalidOperation(format!("the call cannot be read: {error}")))
}

fn answer<T: Serialize>(result: Result<T>) -> Vec<u8> {
    match serde_json::to_vec(&result) {
        Ok(bytes) => bytes,
        // A text always has a JSON form.
        Err(error) => {
            let error: Result<()> = Err(MetastoreError::InvalidObject(format!("no answer can be written: {error}")));
            serde_json::to_vec(&error).unwrap_or_default()
        }
    }
}

fn read(store: &dyn MetaStore, call: ReadCall) -> Vec<u8> {
    match call {
        ReadCall::Database(name) => answer(store.database(&name)),
        ReadCall::DatabaseNames(pattern) => answer(store.database_names(pattern.as_deref())),
        ReadCall::Constraints(of) => answer(store.constraints(&of.database, &of.table)),
        ReadCall::Table(of) => answer(store.table(&of.database, &of.table)),
        ReadCall::TableNames(database, pattern, kinds) => {
            answer(store.table_names(&database, pattern.as_deref(), kinds.as_deref()))
        }
        ReadCall::Partition(of, values) => answer(store.partition(&of.database, &of.table, &values)),
        ReadCall::PartitionsOf(of, values) => answer(store.partitions_of(&of.database, &of.table, &values)),
        ReadCall::Partitions(of, filter, limit) => answer(store.partitions(&of.database, &of.table, &filter, limit)),
        ReadCall::PartitionValues(of, filter, limit) => {
            answer(store.partition_values(&of.database, &of.table, &filter, limit))
        }
        ReadCall::Function(database, name) => answer(store.function(&database, &name)),
        ReadCall::FunctionNames(database, pattern) => answer(store.function_names(&database, pattern.as_deref())),
        ReadCall::Definitions(kind) => answer(store.definitions(kind)),
        ReadCall::DefinitionsUnder(kind, prefix) => answer(store.definitions_under(kind, &prefix)),
        ReadCall::Definition(kind, name) => answer(store.definition(kind, &name)),
        ReadCall::ColumnStatistics(of, partition, columns) => {
            answer(store.column_statistics(&of.database, &of.table, partition.as_deref(), &columns))
        }
        ReadCall::PendingCommits(of) => {
            let commits = store.pending_commits(&of.database, &of.table);
            answer(commits.map(|all| all.into_iter().map(|one| (one.id, one.journal)).collect::<Vec<_>>()))
        }
        ReadCall::Transactions => answer(store.transactions()),
        ReadCall::ValidWriteIds(of) => answer(store.valid_write_ids(&of.database, &of.table)),
        ReadCall::Compactions => answer(store.compactions()),
        ReadCall::Locks(filter) => answer(store.locks(&filter)),
    }
}

fn write(store: &dyn MetaStore, call: WriteCall) -> Vec<u8> {
    match call {
        WriteCall::CreateDatabase(database) => answer(store.create_database(&database)),
        WriteCall::AlterDatabase(database) => answer(store.alter_database(&database)),
        WriteCall::DropDatabase(name, cascade) => answer(store.drop_database(&name, cascade)),
        WriteCall::CreateTable(table, constraints) => answer(store.create_constrained_table(&table, &constraints)),
        WriteCall::ChangeConstraints(of, remove, add) => {
            answer(store.change_constraints(&of.database, &of.table, &remove, &add))
        }
        WriteCall::AlterTable(of, table) => answer(store.alter_table(&of.database, &of.table, &table)),
        WriteCall::DropTable(of) => answer(store.drop_table(&of.database, &of.table)),
        WriteCall::AddPartitions(of, partitions, if_not_exists) => {
            answer(store.add_partitions(&of.database, &of.table, &partitions, if_not_exists))
        }
        WriteCall::AlterPartitions(of, partitions) => {
            answer(store.alter_partitions(&of.database, &of.table, &partitions))
        }
        WriteCall::RenamePartition(of, values, to) => {
            answer(store.rename_partition(&of.database, &of.table, &values, &to))
        }
        WriteCall::DropPartitions(of, values) => answer(store.drop_partitions(&of.database, &of.table, &values)),
        WriteCall::CreateFunction(function) => answer(store.create_function(&function)),
        WriteCall::DropFunction(database, name) => answer(store.drop_function(&database, &name)),
        WriteCall::ChangeDefinitions(changes) => answer(store.change_definitions(&changes)),
        WriteCall::SetColumnStatistics(of, partition, statistics) => {
            answer(store.set_column_statistics(&of.database, &of.table, partition.as_deref(), &statistics))
        }
        WriteCall::DeleteColumnStatistics(of, partition, columns) => {
            answer(store.delete_column_statistics(&of.database, &of.table, partition.as_deref(), &columns))
        }
        WriteCall::RecordCommits(commits) => answer(store.record_commits(&commits)),
        WriteCall::FinishCommit(id, changes) => answer(store.finish_commit(id, &changes)),
        WriteCall::BeginWrite(of, owner) => answer(store.begin_write(&of.database, &of.table, &owner)),
        WriteCall::AbortTransactions(ids) => answer(store.abort_transactions(&ids)),
        WriteCall::SeedWriteIds(of, given) => answer(store.seed_write_ids(&of.database, &of.table, &given)),
        WriteCall::PutCompaction(compaction) => answer(store.put_compaction(&compaction)),
        WriteCall::ReplaceCompaction(pair) => answer(store.replace_compaction(&pair.0, &pair.1)),
        WriteCall::Lock(request) => answer(store.lock(&request)),
        WriteCall::CheckLock(lock) => answer(store.check_lock(lock)),
        WriteCall::Unlock(lock) => answer(store.unlock(lock)),
        WriteCall::Heartbeat(transaction, lock) => answer(store.heartbeat(transaction, lock)),
    }
}
