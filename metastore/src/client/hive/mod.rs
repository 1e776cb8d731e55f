//! A metastore behind a server of Hive's own, or any other that speaks its API.
//!
//! | call of the store | methods | note |
//! |---|---|---|
//! | `create_database`, `database`, `alter_database`, `drop_database` | of the same names | folders are the engine's: `deleteData` is false |
//! | `database_names`, `table_names`, `function_names` | `get_databases`, `get_tables`, `get_functions` | all names are asked for, and matched here |
//! | `table` | `get_table_req`, else `get_table` | with the abilities that Hive 4 asks for |
//! | `create_table` | `create_table_req`, else `create_table_with_constraints` or `…_with_environment_context` | the server finds the folder made |
//! | `alter_table` | `alter_table_with_environment_context`, else `alter_table_req` | `DO_NOT_UPDATE_STATS` |
//! | `drop_table` | `drop_table` | `deleteData` is false |
//! | `constraints`, `change_constraints` | `get_primary_keys` … `get_check_constraints`, `drop_constraint`, `add_…` | those that a server does not know have none |
//! | `partition`, `partitions_of` | `get_partitions_by_names` | |
//! | `partition_values` | `get_partition_names`, `get_partition_names_ps` | the filter is applied here |
//! | `partitions` | `get_partitions_by_filter`, or names and `get_partitions_by_names` | as above |
//! | `add_partitions` | `add_partitions_req` | |
//! | `alter_partitions` | `alter_partitions_with_environment_context`, else `alter_partitions_req` | |
//! | `rename_partition` | `add_partitions_req`, `drop_partitions_req` | Hive's `rename_partition` would move the folder |
//! | `drop_partitions` | `drop_partitions_req` | by names, `deleteData` is false |
//! | statistics of columns | `get_table_statistics_req`, `update_table_column_statistics`, `delete_…`, and those of partitions | sketches are not kept |
//! | roles, grants, connectors | `get_role_names`, `list_privileges`, `grant_role` …, `get_dataconnectors` … | other definitions: an error |
//! | `record_commit` … `finish_commit` | none | [journals](super::journals) |
//! | transactions | `open_txns`, `allocate_table_write_ids`, `get_valid_write_ids`, `commit_txn`, `abort_txns`, `heartbeat` | Hive 3 and up |
//! | compactions | `show_compact`, `compact2` | made by Hive's workers |
//! | `has` | methods of what is asked for | [features] |

mod authorization;
mod connectors;
mod constraints;
mod features;
mod partitions;
mod statistics;
mod tables;
mod transactions;

use std::sync::Arc;

use skep_thrift::{CallError, Method};
use skep_thrift_hms::{EnvironmentContext, HmsException};

use self::transactions::Heartbeats;
use super::cache::Cache;
use super::journals::Journals;
use super::pool::{CallFailure, Effect, Servers, is_unknown_method};
use crate::error::{MetastoreError, Result};
use crate::model::{
    ColumnStatistics, Compaction, Constraint, Database, DefinitionChange, DefinitionKind, Function, Lock, LockFilter,
    Partition, PartitionFilter, Table, TableKind, Transaction, TransactionOwner, ValidWriteIds, WriteTransaction,
    pattern,
};
use crate::store::{CatalogChange, Feature, MetaStore, NewCommit, PendingCommit};

/// The catalog of Hive 3 and up that HiveQL sees.
const CATALOG: &str = "hive";
/// Who asks, for servers that want to know.
const IDENTIFIER: &str = "skep";
/// The engine whose statistics of columns are meant.
const ENGINE: &str = "hive";
/// Names asked for at a time.
const PAGE: usize = 1000;

/// What the program can do, as Hive 4 asks its clients: without these it shows tables as they are not.
const ABILITIES: [&str; 10] = [
    "EXTREAD",
    "EXTWRITE",
    "HIVEBUCKET2",
    "HIVEFULLACIDREAD",
    "HIVEFULLACIDWRITE",
    "HIVEMANAGEDINSERTREAD",
    "HIVEMANAGEDINSERTWRITE",
    "HIVEMANAGESTATS",
    "HIVESQL",
    "HIVEONLYMQTWRITE",
];

/// See the module.
#[derive(Debug)]
pub(super) struct HiveServer {
    servers: Arc<Servers>,
    cache: Cache,
    journals: Journals,
    beats: Heartbeats,
}

impl HiveServer {
    /// The folder below which the journals of a database's commits are: its own, and the default database's for those
    /// of no database, which write directories.
    fn place_of_journals(&self, database: &str) -> Result<String> {
        let name = if database.is_empty() { "default" } else { database };
        Ok(self.database(name)?.location)
    }

    pub(super) fn new(servers: Servers) -> Self {
        let options = servers.options();
        let cache = Cache::new(options.cache_age);
        let journals = Journals::new(options.journals.clone(), options.local_journals.clone());
        let servers = Arc::new(servers);
        Self { cache, journals, beats: Heartbeats::new(&servers), servers }
    }

    /// A call that changes nothing.
    fn ask<M: Method<Exception = HmsException>>(&self, args: M::Args) -> Result<M::Success> {
        self.servers.call::<M>(Effect::Read, args).map_err(|failure| self.failed::<M>(failure))
    }

    /// A call that changes something.
    fn tell<M: Method<Exception = HmsException>>(&self, args: M::Args) -> Result<M::Success> {
        let done = self.servers.call::<M>(Effect::Write, args);
        self.cache.clear();
        done.map_err(|failure| self.failed::<M>(failure))
    }

    /// The first of two methods, or the second where the server does not know the first.
    fn either<One, Other, T>(
        &self,
        effect: Effect,
        one: One::Args,
        of_one: impl FnOnce(One::Success) -> Result<T>,
        other: impl FnOnce() -> Other::Args,
        of_other: impl FnOnce(Other::Success) -> Result<T>,
    ) -> Result<T>
    where
        One: Method<Exception = HmsException>,
        Other: Method<Exception = HmsException>,
    {
        if effect == Effect::Write {
            self.cache.clear();
        }
        if !self.servers.lacks::<One>() {
            match self.servers.call::<One>(effect, one) {
                Ok(value) => return of_one(value),
                Err(CallFailure::Call(error)) if is_unknown_method(&error) => {}
                Err(failure) => return Err(self.failed::<One>(failure)),
            }
        }
        let value = self.servers.call::<Other>(effect, other()).map_err(|failure| self.failed::<Other>(failure))?;
        if effect == Effect::Write {
            self.cache.clear();
        }
        of_other(value)
    }

    /// As [`HiveServer::ask`]; none where the server does not know the method.
    fn ask_if_known<M: Method<Exception = HmsException>>(&self, args: M::Args) -> Result<Option<M::Success>> {
        if self.servers.lacks::<M>() {
            return Ok(None);
        }
        match self.servers.call::<M>(Effect::Read, args) {
            Ok(value) => Ok(Some(value)),
            Err(CallFailure::Call(error)) if is_unknown_method(&error) => Ok(None),
            Err(failure) => Err(self.failed::<M>(failure)),
        }
    }

    fn failed<M: Method>(&self, failure: CallFailure<HmsException>) -> MetastoreError {
        match failure {
            CallFailure::Unreachable(error) => error,
            CallFailure::Call(CallError::Declared(exception)) => declared(exception),
            CallFailure::Call(error) if is_unknown_method(&error) => self.lacking(M::NAME),
            CallFailure::Call(error) => {
                MetastoreError::Store { path: self.servers.address(), reason: format!("{}: {error}", M::NAME) }
            }
        }
    }

    fn lacking(&self, method: &str) -> MetastoreError {
        let address = self.servers.address();
        MetastoreError::InvalidOperation(format!("the metastore server {address} does not know the method {method}"))
    }
}

/// An exception of the API as an error of the catalog.
fn declared(exception: HmsException) -> MetastoreError {
    use HmsException as E;
    let message = skep_thrift::Exception::message(&exception).to_string();
    match exception {
        E::NoSuchObject(_) | E::UnknownTable(_) | E::UnknownDB(_) | E::UnknownPartition(_) => {
            MetastoreError::NoSuchObject(message)
        }
        E::NoSuchTxn(_) => MetastoreError::NoSuchTransaction(message),
        E::TxnAborted(_) => MetastoreError::TransactionAborted(message),
        E::TxnOpen(_) => MetastoreError::TransactionOpen(message),
        E::NoSuchLock(_) => MetastoreError::NoSuchLock(message),
        E::AlreadyExists(_) => MetastoreError::AlreadyExists(message),
        E::InvalidObject(_) | E::InvalidInput(_) | E::InvalidPartition(_) => MetastoreError::InvalidObject(message),
        _ => MetastoreError::InvalidOperation(message),
    }
}

/// Asks the server to leave statistics alone: the engine knows them better.
fn statistics_are_known() -> EnvironmentContext {
    let properties = [("DO_NOT_UPDATE_STATS".to_string(), "true".to_string())];
    EnvironmentContext { properties: Some(properties.into()) }
}

fn abilities() -> Option<Vec<String>> {
    Some(ABILITIES.iter().map(|ability| ability.to_string()).collect())
}

/// Names that match a Hive pattern, sorted, in lower case.
fn matching(names: Vec<String>, wanted: Option<&str>) -> Vec<String> {
    let mut names: Vec<String> = names.into_iter().map(|name| name.to_lowercase()).collect();
    names.retain(|name| wanted.is_none_or(|wanted| pattern::matches(wanted, name)));
    names.sort();
    names.dedup();
    names
}

impl MetaStore for HiveServer {
    fn has(&self, feature: Feature) -> Result<bool> {
        self.keeps(feature)
    }

    fn create_database(&self, database: &Database) -> Result<()> {
        self.create_a_database(database)
    }

    fn database(&self, name: &str) -> Result<Database> {
        self.cache.database(name, || self.a_database(name))
    }

    fn database_names(&self, pattern: Option<&str>) -> Result<Vec<String>> {
        self.names_of_databases(pattern)
    }

    fn alter_database(&self, database: &Database) -> Result<()> {
        self.alter_a_database(database)
    }

    fn drop_database(&self, name: &str, cascade: bool) -> Result<()> {
        self.drop_a_database(name, cascade)
    }

    fn create_table(&self, table: &Table) -> Result<()> {
        self.create_a_table(table, &[])
    }

    fn create_constrained_table(&self, table: &Table, constraints: &[Constraint]) -> Result<()> {
        self.create_a_table(table, constraints)
    }

    fn constraints(&self, database: &str, table: &str) -> Result<Vec<Constraint>> {
        self.all_constraints(database, table)
    }

    fn change_constraints(&self, database: &str, table: &str, remove: &[String], add: &[Constraint]) -> Result<()> {
        self.change_all_constraints(database, table, remove, add)
    }

    fn table(&self, database: &str, name: &str) -> Result<Table> {
        self.cache.table(database, name, || self.a_table(database, name))
    }

    fn table_names(&self, database: &str, pattern: Option<&str>, kinds: Option<&[TableKind]>) -> Result<Vec<String>> {
        self.names_of_tables(database, pattern, kinds)
    }

    fn alter_table(&self, database: &str, name: &str, table: &Table) -> Result<()> {
        self.alter_a_table(database, name, table)
    }

    fn drop_table(&self, database: &str, name: &str) -> Result<()> {
        self.drop_a_table(database, name)
    }

    fn add_partitions(
        &self,
        database: &str,
        table: &str,
        partitions: &[Partition],
        if_not_exists: bool,
    ) -> Result<usize> {
        self.add_all_partitions(database, table, partitions, if_not_exists)
    }

    fn partition(&self, database: &str, table: &str, values: &[String]) -> Result<Partition> {
        self.a_partition(database, table, values)
    }

    fn partitions_of(&self, database: &str, table: &str, values: &[Vec<String>]) -> Result<Vec<Partition>> {
        self.partitions_by_values(&self.table(database, table)?, values)
    }

    fn partitions(
        &self,
        database: &str,
        table: &str,
        filter: &PartitionFilter,
        limit: Option<usize>,
    ) -> Result<Vec<Partition>> {
        self.filtered_partitions(&self.table(database, table)?, filter, limit)
    }

    fn partition_values(
        &self,
        database: &str,
        table: &str,
        filter: &PartitionFilter,
        limit: Option<usize>,
    ) -> Result<Vec<Vec<String>>> {
        self.filtered_values(&self.table(database, table)?, filter, limit)
    }

    fn alter_partitions(&self, database: &str, table: &str, partitions: &[Partition]) -> Result<()> {
        self.alter_all_partitions(database, table, partitions)
    }

    fn rename_partition(&self, database: &str, table: &str, values: &[String], to: &Partition) -> Result<()> {
        self.rename_a_partition(&self.table(database, table)?, values, to)
    }

    fn drop_partitions(&self, database: &str, table: &str, values: &[Vec<String>]) -> Result<()> {
        self.drop_all_partitions(&self.table(database, table)?, values)
    }

    fn create_function(&self, function: &Function) -> Result<()> {
        self.create_a_function(function)
    }

    fn function(&self, database: &str, name: &str) -> Result<Function> {
        self.a_function(database, name)
    }

    fn function_names(&self, database: &str, pattern: Option<&str>) -> Result<Vec<String>> {
        self.names_of_functions(database, pattern)
    }

    fn drop_function(&self, database: &str, name: &str) -> Result<()> {
        self.drop_a_function(database, name)
    }

    fn definitions(&self, kind: DefinitionKind) -> Result<Vec<(String, String)>> {
        self.all_definitions(kind)
    }

    fn definitions_under(&self, kind: DefinitionKind, prefix: &str) -> Result<Vec<(String, String)>> {
        let mut all = self.all_definitions(kind)?;
        all.retain(|(name, _)| name.starts_with(prefix));
        Ok(all)
    }

    fn definition(&self, kind: DefinitionKind, name: &str) -> Result<Option<String>> {
        let all = self.all_definitions(kind)?;
        Ok(all.into_iter().find(|(other, _)| other == name).map(|(_, text)| text))
    }

    fn change_definitions(&self, changes: &[DefinitionChange]) -> Result<()> {
        self.change_all_definitions(changes)
    }

    fn column_statistics(
        &self,
        database: &str,
        table: &str,
        partition: Option<&[String]>,
        columns: &[String],
    ) -> Result<Vec<ColumnStatistics>> {
        self.statistics(&self.table(database, table)?, partition, columns)
    }

    fn set_column_statistics(
        &self,
        database: &str,
        table: &str,
        partition: Option<&[String]>,
        statistics: &[ColumnStatistics],
    ) -> Result<()> {
        self.set_statistics(&self.table(database, table)?, partition, statistics)
    }

    fn delete_column_statistics(
        &self,
        database: &str,
        table: &str,
        partition: Option<&[String]>,
        columns: &[String],
    ) -> Result<()> {
        self.delete_statistics(&self.table(database, table)?, partition, columns)
    }

    /// A file each, one after the other: where the process dies in between, those that are there are carried out.
    fn record_commits(&self, commits: &[NewCommit]) -> Result<Vec<i64>> {
        let mut ids = Vec::with_capacity(commits.len());
        for commit in commits {
            let written = self
                .place_of_journals(&commit.database)
                .and_then(|location| self.journals.record(&location, &commit.database, &commit.table, &commit.journal));
            match written {
                Ok(id) => ids.push(id),
                Err(error) => {
                    for id in ids {
                        if let Some(claim) = self.journals.claim(id)? {
                            claim.forget()?;
                        }
                    }
                    return Err(error);
                }
            }
        }
        Ok(ids)
    }

    fn pending_commits(&self, database: &str, table: &str) -> Result<Vec<PendingCommit>> {
        let location = self.place_of_journals(database)?;
        self.journals.pending(&location, database, table)
    }

    fn finish_commit(&self, id: i64, changes: &[CatalogChange]) -> Result<()> {
        self.finish(id, changes)
    }

    fn begin_write(&self, database: &str, table: &str, owner: &TransactionOwner) -> Result<WriteTransaction> {
        self.begin(database, table, owner)
    }

    fn abort_transactions(&self, transactions: &[i64]) -> Result<()> {
        self.abort(transactions)
    }

    fn transactions(&self) -> Result<Vec<Transaction>> {
        self.open_transactions()
    }

    fn valid_write_ids(&self, database: &str, table: &str) -> Result<ValidWriteIds> {
        self.seen_write_ids(database, table)
    }

    fn put_compaction(&self, compaction: &Compaction) -> Result<i64> {
        Err(MetastoreError::InvalidOperation(format!(
            "{}.{} cannot be compacted here: tables of Hive's metastore are compacted by Hive's workers",
            compaction.database, compaction.table
        )))
    }

    fn replace_compaction(&self, _: &Compaction, new: &Compaction) -> Result<bool> {
        self.put_compaction(new).map(|_| true)
    }

    fn request_compaction(&self, compaction: &Compaction) -> Result<(Compaction, bool)> {
        self.ask_for_compaction(compaction)
    }

    fn compactions(&self) -> Result<Vec<Compaction>> {
        self.all_compactions()
    }

    /// Statements of an engine on Hive's metastore take no locks there, and those of Hive's clients do not stop them.
    fn locks(&self, _: &LockFilter) -> Result<Vec<Lock>> {
        Ok(Vec::new())
    }
}
