//! Where a catalog is kept.

mod change;
pub mod definitions;
mod feature;
mod foreign_keys;
mod place;
pub mod postgres;
pub(crate) mod reference;
mod sql;
pub mod sqlite;

pub use change::{Change, ExpectedParameter};
pub use feature::Feature;
pub use foreign_keys::{ForeignKeysOf, foreign_keys, primary_key_name};
pub use place::{Setting, StoreOptions, credentials_of_settings, open, place_of_settings, shown_place};

use std::fmt::Debug;

use serde::{Deserialize, Serialize};

use crate::error::{MetastoreError, Result};
use crate::model::{
    ColumnStatistics, Compaction, Constraint, DataOperation, Database, DefinitionChange, DefinitionKind, Event,
    EventFilter, Function, HeartbeatRange, Lock, LockAnswer, LockFilter, LockRequest, NewEvent, OpenTransactions,
    Partition, PartitionFilter, Table, TableKind, Transaction, TransactionOwner, ValidTransactions, ValidWriteIds,
    WriteTransaction, partition_name,
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

/// A data commit that is decided, and not recorded yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewCommit {
    /// Database of the table.
    pub database: String,
    /// Name of the table.
    pub table: String,
    /// See [`PendingCommit::journal`].
    pub journal: String,
}

/// Part of a list that is in order of names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Page<'n> {
    /// The last name of the page before; none for the first page.
    pub after: Option<&'n str>,
    /// At most so many.
    pub limit: Option<usize>,
}

impl Page<'static> {
    /// The first so many.
    pub fn first(limit: Option<usize>) -> Self {
        Self { after: None, limit }
    }
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
    /// Can the catalog keep this? A remote one may be asked.
    fn has(&self, _feature: Feature) -> Result<bool> {
        Ok(true)
    }

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
    /// Names (`ds=1/hr=2`) of the partitions that satisfy the filter, in order, of one page.
    fn partition_names(
        &self,
        database: &str,
        table: &str,
        filter: &PartitionFilter,
        page: &Page<'_>,
    ) -> Result<Vec<String>> {
        let keys = self.table(database, table)?.partition_keys;
        let all = self.partition_values(database, table, filter, None)?;
        let mut names: Vec<String> = all.iter().map(|values| partition_name(&keys, values)).collect();
        names.retain(|name| page.after.is_none_or(|after| name.as_str() > after));
        names.truncate(page.limit.unwrap_or(usize::MAX));
        Ok(names)
    }
    /// The partitions that satisfy the filter, in order of their names, of one page: for tables whose partitions are
    /// too many to be held at once.
    fn partitions_page(
        &self,
        database: &str,
        table: &str,
        filter: &PartitionFilter,
        page: &Page<'_>,
    ) -> Result<Vec<Partition>> {
        let keys = self.table(database, table)?.partition_keys;
        let mut all = self.partitions(database, table, filter, None)?;
        all.retain(|one| page.after.is_none_or(|after| partition_name(&keys, &one.values).as_str() > after));
        all.truncate(page.limit.unwrap_or(usize::MAX));
        Ok(all)
    }
    /// How many partitions satisfy the filter.
    fn count_partitions(&self, database: &str, table: &str, filter: &PartitionFilter) -> Result<usize> {
        Ok(self.partition_values(database, table, filter, None)?.len())
    }
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
    fn record_commit(&self, database: &str, table: &str, journal: &str) -> Result<i64> {
        let commit = NewCommit { database: database.into(), table: table.into(), journal: journal.into() };
        let ids = self.record_commits(&[commit])?;
        ids.first().copied().ok_or_else(|| MetastoreError::InvalidOperation("the commit was not recorded".to_string()))
    }
    /// Records commits that belong together, all or none, as [`MetaStore::record_commit`] does one. Returns their ids.
    fn record_commits(&self, commits: &[NewCommit]) -> Result<Vec<i64>>;
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
    /// Changes what is known of a compaction, if it is still as it was read; returns whether it was. Who finds that it was
    /// not reads it again: so nobody takes back what a worker does meanwhile.
    fn replace_compaction(&self, old: &Compaction, new: &Compaction) -> Result<bool>;
    /// All compactions, oldest first.
    fn compactions(&self) -> Result<Vec<Compaction>>;

    // What follows is for clients of the metastore service. A store that keeps nothing of its own (one in front of
    // others) need not have it.

    /// Makes changes that belong together in one transaction: all of them, in order, or none. Errors are those of the
    /// methods that make such a change alone.
    fn change(&self, changes: &[Change]) -> Result<()> {
        let _ = changes;
        unsupported("changes that are made together")
    }

    /// Asks for a compaction (`compact2`): adds it, unless one of the same place is asked for or under way. Returns the one
    /// that is there now, and whether it is this one.
    fn request_compaction(&self, compaction: &Compaction) -> Result<(Compaction, bool)> {
        let _ = compaction;
        unsupported("compactions by workers")
    }
    /// Gives the oldest compaction that is asked for (state `initiated`) to a worker, which makes it `working`.
    /// `pool` is a pool of workers; without one, only compactions without one are given.
    fn take_compaction(&self, worker: &str, version: Option<&str>, pool: Option<&str>) -> Result<Option<Compaction>> {
        let _ = (worker, version, pool);
        unsupported("compactions by workers")
    }

    /// Opens transactions (`open_txns`); returns their numbers. Where a replication opened them before, those.
    fn open_transactions(&self, request: &OpenTransactions) -> Result<Vec<i64>> {
        let _ = request;
        unsupported("transactions of clients")
    }
    /// Which transactions a reader sees now (`get_open_txns`). Those whose time is over are aborted before.
    fn valid_transactions(&self) -> Result<ValidTransactions> {
        unsupported("transactions of clients")
    }
    /// Commits a transaction and releases its locks (`commit_txn`).
    /// [`crate::MetastoreError::NoSuchTransaction`]; [`crate::MetastoreError::TransactionAborted`] also where another
    /// one that was open at the same time has changed the same rows and committed first.
    fn commit_transaction(&self, transaction: i64) -> Result<()> {
        let _ = transaction;
        unsupported("transactions of clients")
    }
    /// Aborts a transaction and releases its locks (`abort_txn`). One that is aborted already is
    /// [`crate::MetastoreError::TransactionAborted`].
    fn abort_transaction(&self, transaction: i64) -> Result<()> {
        let _ = transaction;
        unsupported("transactions of clients")
    }
    /// The numbers that a replication's transactions have here (`replPolicy` and the numbers where they come from).
    /// Those that are not open are left out.
    fn replicated_transactions(&self, policy: &str, sources: &[i64]) -> Result<Vec<i64>> {
        let _ = (policy, sources);
        unsupported("transactions of clients")
    }
    /// Says that a client lives: prolongs its transaction and its lock (`heartbeat`).
    /// [`crate::MetastoreError::NoSuchTransaction`], [`crate::MetastoreError::TransactionAborted`],
    /// [`crate::MetastoreError::NoSuchLock`].
    fn heartbeat(&self, transaction: Option<i64>, lock: Option<i64>) -> Result<()> {
        let _ = (transaction, lock);
        unsupported("transactions of clients")
    }
    /// Prolongs the transactions of a range, both ends included (`heartbeat_txn_range`).
    fn heartbeat_transactions(&self, from: i64, to: i64) -> Result<HeartbeatRange> {
        let _ = (from, to);
        unsupported("transactions of clients")
    }
    /// Aborts the transactions and removes the locks whose time is over (`hive.txn.timeout`), and forgets committed
    /// transactions that no snapshot needs any more. Returns how many were aborted or removed.
    fn expire_transactions(&self) -> Result<usize> {
        unsupported("transactions of clients")
    }

    /// Gives open transactions write ids of a table (`allocate_table_write_ids`): pairs of transaction and write id, in
    /// order of the transactions. One that has a write id of the table keeps it.
    fn allocate_write_ids(&self, database: &str, table: &str, transactions: &[i64]) -> Result<Vec<(i64, i64)>> {
        let _ = (database, table, transactions);
        unsupported("transactions of clients")
    }
    /// What a reader with this snapshot sees of a table (`get_valid_write_ids`).
    fn valid_write_ids_at(&self, database: &str, table: &str, snapshot: &ValidTransactions) -> Result<ValidWriteIds> {
        let _ = (database, table, snapshot);
        unsupported("transactions of clients")
    }
    /// The highest write id of a table that was given away (`get_max_allocated_table_write_id`); 0 for none.
    fn last_write_id(&self, database: &str, table: &str) -> Result<i64> {
        let _ = (database, table);
        unsupported("transactions of clients")
    }
    /// Says that the write ids of a table up to this one are taken (`seed_write_id`); an error where some were given
    /// away already.
    fn seed_write_id(&self, database: &str, table: &str, last: i64) -> Result<()> {
        let _ = (database, table, last);
        unsupported("transactions of clients")
    }
    /// Says that the numbers of transactions up to this one are taken (`seed_txn_id`); an error where they are not
    /// beyond those given away.
    fn seed_transaction(&self, last: i64) -> Result<()> {
        let _ = last;
        unsupported("transactions of clients")
    }
    /// Says which partitions a transaction has written, after it locked only the table (`add_dynamic_partitions`).
    fn add_dynamic_partitions(
        &self,
        transaction: i64,
        database: &str,
        table: &str,
        partitions: &[String],
        operation: DataOperation,
    ) -> Result<()> {
        let _ = (transaction, database, table, partitions, operation);
        unsupported("transactions of clients")
    }

    /// Asks for a lock (`lock`). It is held, or waited for behind those that came before.
    fn lock(&self, request: &LockRequest) -> Result<LockAnswer> {
        let _ = request;
        unsupported("locks of clients")
    }
    /// How far a lock is (`check_lock`); counts as a heartbeat.
    fn check_lock(&self, lock: i64) -> Result<LockAnswer> {
        let _ = lock;
        unsupported("locks of clients")
    }
    /// Releases a lock (`unlock`). [`crate::MetastoreError::TransactionOpen`] where it belongs to a transaction.
    fn unlock(&self, lock: i64) -> Result<()> {
        let _ = lock;
        unsupported("locks of clients")
    }
    /// The locks that are held or waited for, by their numbers (`show_locks`).
    fn locks(&self, filter: &LockFilter) -> Result<Vec<Lock>> {
        let _ = filter;
        unsupported("locks of clients")
    }

    /// Writes events that are told from outside (`fire_listener_event`); returns their numbers.
    fn add_events(&self, events: &[NewEvent]) -> Result<Vec<i64>> {
        let _ = events;
        unsupported("events")
    }
    /// Events in the order of their numbers (`get_next_notification`).
    fn events(&self, filter: &EventFilter) -> Result<Vec<Event>> {
        let _ = filter;
        unsupported("events")
    }
    /// The number of the last event (`get_current_notificationEventId`); 0 before the first.
    fn last_event(&self) -> Result<i64> {
        unsupported("events")
    }
    /// How many events there are (`get_notification_events_count`).
    fn count_events(&self, filter: &EventFilter) -> Result<usize> {
        let _ = filter;
        unsupported("events")
    }
    /// Removes events that are older than their time to live (`hive.metastore.event.db.listener.timetolive`), or than
    /// this number of seconds. Returns how many.
    fn clean_events(&self, older_than: Option<u64>) -> Result<usize> {
        let _ = older_than;
        unsupported("events")
    }

    /// Looks for everything that should not be: rows that refer to nothing, records that cannot be read, figures that do
    /// not agree. Returns what it found, in words; nothing for a sound catalog.
    fn check(&self) -> Result<Vec<String>> {
        unsupported("records of its own to check")
    }
    /// Writes the whole catalog as lines of JSON, as it is at one moment. Returns how many rows there are.
    fn dump(&self, out: &mut dyn std::io::Write) -> Result<u64> {
        let _ = out;
        unsupported("records of its own to dump")
    }
    /// Puts a dump into this catalog, which must be empty: all of it or, on an error, nothing. Returns how many rows
    /// there were. [`MetastoreError::InvalidObject`] where the dump is none, with the number of the line.
    fn restore(&self, input: &mut dyn std::io::BufRead) -> Result<u64> {
        let _ = input;
        unsupported("records of its own to restore")
    }
}

fn unsupported<T>(what: &str) -> Result<T> {
    Err(crate::MetastoreError::InvalidOperation(format!("this catalog keeps no {what}")))
}
