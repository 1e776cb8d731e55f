//! Transactions of tables that keep their rows by write ids: Hive 3 and up has methods for them.

use std::collections::BTreeSet;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use skep_thrift_hms as t;
use skep_thrift_hms::methods::*;
use skep_thrift_hms::{
    AbortTxnsRequest, AllocateTableWriteIdsRequest, CheckLockRequest, CommitTxnRequest, CompactionRequest,
    CompactionType, DataOperationType, GetValidWriteIdsRequest, HeartbeatRequest, LockComponent, LockLevel,
    LockRequest, LockState, LockType, OpenTxnRequest, ShowCompactRequest, TxnState,
};

use super::{HiveServer, IDENTIFIER};
use crate::client::pool::{Effect, Servers};
use crate::error::{MetastoreError, Result};
use crate::model::{
    Compaction, Transaction, TransactionKind, TransactionOwner, TransactionState, ValidWriteIds, WriteTransaction,
    partition_name,
};
use crate::store::{CatalogChange, MetaStore};

/// Pause between two signs of life of a transaction; Hive gives one up after `hive.txn.timeout`, 300 seconds.
const BEAT: Duration = Duration::from_secs(60);
/// How long a write waits for those who have its table alone.
const PATIENCE: Duration = Duration::from_secs(100);
/// Pause between two looks whether they have gone.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Says of the open transactions of this process that they live.
#[derive(Debug)]
pub(super) struct Heartbeats {
    servers: Weak<Servers>,
    open: Arc<Mutex<Open>>,
}

#[derive(Debug, Default)]
struct Open {
    transactions: BTreeSet<i64>,
    /// Is there a thread that speaks for them?
    beating: bool,
}

impl Heartbeats {
    pub(super) fn new(servers: &Arc<Servers>) -> Self {
        Self { servers: Arc::downgrade(servers), open: Arc::default() }
    }

    fn begin(&self, transaction: i64) {
        let mut open = self.open.lock();
        open.transactions.insert(transaction);
        if !open.beating {
            let (servers, shared) = (Weak::clone(&self.servers), Arc::clone(&self.open));
            let spawned =
                std::thread::Builder::new().name("heartbeat".to_string()).spawn(move || beat(&servers, &shared));
            match spawned {
                Ok(_) => open.beating = true,
                Err(error) => tracing::warn!(%error, "transactions get no heartbeats"),
            }
        }
    }

    fn end(&self, transaction: i64) {
        self.open.lock().transactions.remove(&transaction);
    }
}

/// Beats until there is nothing left to beat for.
fn beat(servers: &Weak<Servers>, shared: &Mutex<Open>) {
    loop {
        std::thread::sleep(BEAT);
        let transactions = {
            let mut open = shared.lock();
            if open.transactions.is_empty() || servers.strong_count() == 0 {
                open.beating = false;
                return;
            }
            open.transactions.clone()
        };
        let Some(servers) = servers.upgrade() else { continue };
        for transaction in transactions {
            let ids = Some(HeartbeatRequest { lockid: None, txnid: Some(transaction) });
            if let Err(failure) = servers.call::<Heartbeat>(Effect::Read, HeartbeatArgs { ids }) {
                tracing::debug!(transaction, ?failure, "a heartbeat was not heard");
            }
        }
    }
}

impl HiveServer {
    pub(super) fn begin(&self, database: &str, table: &str, owner: &TransactionOwner) -> Result<WriteTransaction> {
        let request = OpenTxnRequest {
            num_txns: 1,
            user: owner.user.clone(),
            hostname: owner.host.clone(),
            agent_info: Some(format!("{IDENTIFIER} {}", owner.process)),
            ..OpenTxnRequest::default()
        };
        let opened = self.tell::<OpenTxns>(OpenTxnsArgs { rqst: Some(request) })?;
        let transaction = *opened.txn_ids.first().ok_or_else(|| self.nothing("open_txns"))?;
        self.beats.begin(transaction);
        let begun = self
            .allocate(database, table, transaction)
            .and_then(|begun| self.hold(database, table, transaction, owner).map(|()| begun));
        if begun.is_err() {
            // It stays open until Hive gives it up, if this fails, too.
            let _ = self.abort(&[transaction]);
        }
        begun
    }

    fn allocate(&self, database: &str, table: &str, transaction: i64) -> Result<WriteTransaction> {
        let request = AllocateTableWriteIdsRequest {
            db_name: database.to_string(),
            table_name: table.to_string(),
            txn_ids: Some(vec![transaction]),
            ..AllocateTableWriteIdsRequest::default()
        };
        let args = AllocateTableWriteIdsArgs { rqst: Some(request) };
        let given = self.tell::<AllocateTableWriteIds>(args).map_err(|error| self.too_old(error, database, table))?;
        let own = given.txn_to_write_ids.iter().find(|pair| pair.txn_id == transaction);
        let write_id = own.ok_or_else(|| self.nothing("allocate_table_write_ids"))?.write_id;
        Ok(WriteTransaction { transaction, write_id })
    }

    /// Takes a lock that only those who want the table alone wait for, until the transaction ends. By it Hive knows that
    /// the transaction writes there: one that never locked anything is forgotten when it is aborted, and its files
    /// would be seen then.
    fn hold(&self, database: &str, table: &str, transaction: i64, owner: &TransactionOwner) -> Result<()> {
        let component = LockComponent {
            r#type: LockType::SHARED_READ,
            level: LockLevel::TABLE,
            dbname: database.to_string(),
            tablename: Some(table.to_string()),
            operation_type: Some(DataOperationType::INSERT),
            is_transactional: Some(true),
            ..LockComponent::default()
        };
        let request = LockRequest {
            component: vec![component],
            txnid: Some(transaction),
            user: owner.user.clone(),
            hostname: owner.host.clone(),
            agent_info: Some(format!("{IDENTIFIER} {}", owner.process)),
            ..LockRequest::default()
        };
        let mut answer = self.tell::<Lock>(LockArgs { rqst: Some(request) })?;
        let began = Instant::now();
        while answer.state == LockState::WAITING && began.elapsed() < PATIENCE {
            std::thread::sleep(LOOK_AGAIN);
            let rqst = CheckLockRequest { lockid: answer.lockid, txnid: Some(transaction), elapsed_ms: None };
            answer = self.ask::<CheckLock>(CheckLockArgs { rqst: Some(rqst) })?;
        }
        match answer.state {
            LockState::ACQUIRED => Ok(()),
            LockState::WAITING => Err(MetastoreError::Busy {
                path: format!("{database}.{table} at {}", self.servers.address()),
                seconds: PATIENCE.as_secs(),
            }),
            _ => Err(MetastoreError::TransactionAborted(format!("the lock of {database}.{table} was taken away"))),
        }
    }

    /// Commits a transaction, after Hive's workers were told which partitions it has written.
    pub(super) fn commit_changes(&self, transaction: i64, changes: &[CatalogChange]) -> Result<()> {
        match self.tell_partitions(transaction, changes) {
            // It is committed already, or never will be: that is for the commit to say.
            Err(MetastoreError::NoSuchTransaction(_) | MetastoreError::TransactionAborted(_)) => {}
            other => other?,
        }
        self.commit(transaction)
    }

    fn tell_partitions(&self, transaction: i64, changes: &[CatalogChange]) -> Result<()> {
        for change in changes {
            let CatalogChange::PutPartitions { database, table, partitions } = change else { continue };
            let new = changes.iter().find_map(|change| match change {
                CatalogChange::CreateTable(new) if (&new.database, &new.name) == (database, table) => Some(new),
                _ => None,
            });
            let keys = match new {
                Some(new) => new.partition_keys.clone(),
                None => self.table(database, table)?.partition_keys,
            };
            let request = t::AddDynamicPartitions {
                txnid: transaction,
                writeid: Some(self.allocate(database, table, transaction)?.write_id),
                dbname: Some(database.clone()),
                tablename: Some(table.clone()),
                partitionnames: Some(partitions.iter().map(|one| partition_name(&keys, &one.values)).collect()),
                operation_type: Some(DataOperationType::INSERT),
                ..t::AddDynamicPartitions::default()
            };
            self.tell::<AddDynamicPartitions>(AddDynamicPartitionsArgs { rqst: Some(request) })?;
        }
        Ok(())
    }

    pub(super) fn commit(&self, transaction: i64) -> Result<()> {
        let request = CommitTxnRequest { txnid: transaction, ..CommitTxnRequest::default() };
        let done = self.tell::<CommitTxn>(CommitTxnArgs { rqst: Some(request) });
        self.beats.end(transaction);
        done
    }

    pub(super) fn abort(&self, transactions: &[i64]) -> Result<()> {
        if transactions.is_empty() {
            return Ok(());
        }
        let request = AbortTxnsRequest { txn_ids: transactions.to_vec(), ..AbortTxnsRequest::default() };
        let done = self.tell::<AbortTxns>(AbortTxnsArgs { rqst: Some(request) });
        transactions.iter().for_each(|transaction| self.beats.end(*transaction));
        done
    }

    pub(super) fn open_transactions(&self) -> Result<Vec<Transaction>> {
        let found = self.ask::<GetOpenTxnsInfo>(GetOpenTxnsInfoArgs {})?;
        let transaction = |info: skep_thrift_hms::TxnInfo| Transaction {
            id: info.id,
            state: if info.state == TxnState::OPEN { TransactionState::Open } else { TransactionState::Aborted },
            owner: TransactionOwner {
                user: info.user,
                host: info.hostname,
                process: info
                    .agent_info
                    .as_deref()
                    .and_then(|agent| agent.strip_prefix(IDENTIFIER)?.trim().parse().ok())
                    .unwrap_or(0),
            },
            started: info.started_time.unwrap_or(0) / 1000,
            kind: TransactionKind::default(),
            agent: info.agent_info,
            last_heartbeat: info.last_heartbeat_time,
        };
        let mut all: Vec<Transaction> = found.open_txns.into_iter().map(transaction).collect();
        all.sort_by_key(|transaction| transaction.id);
        Ok(all)
    }

    pub(super) fn seen_write_ids(&self, database: &str, table: &str) -> Result<ValidWriteIds> {
        let request = GetValidWriteIdsRequest {
            full_table_names: vec![format!("{database}.{table}")],
            ..GetValidWriteIdsRequest::default()
        };
        let args = GetValidWriteIdsArgs { rqst: Some(request) };
        let found = self.ask::<GetValidWriteIds>(args).map_err(|error| self.too_old(error, database, table))?;
        let found = found.tbl_valid_write_ids.into_iter().next().ok_or_else(|| self.nothing("get_valid_write_ids"))?;
        let mut valid = ValidWriteIds::up_to(found.write_id_high_water_mark);
        for (at, id) in found.invalid_write_ids.into_iter().enumerate() {
            // Bits as `java.util.BitSet` writes them: the lowest of the first byte is the first.
            let aborted = found.aborted_bits.get(at / 8).is_some_and(|byte| byte >> (at % 8) & 1 == 1);
            if aborted { &mut valid.aborted } else { &mut valid.open }.push(id);
        }
        valid.open.sort_unstable();
        valid.aborted.sort_unstable();
        Ok(valid)
    }

    pub(super) fn all_compactions(&self) -> Result<Vec<Compaction>> {
        let found = self.ask::<ShowCompact>(ShowCompactArgs { rqst: Some(ShowCompactRequest::default()) })?;
        let seconds = |millis: Option<i64>| millis.filter(|millis| *millis > 0).map(|millis| millis / 1000);
        let compaction = |one: skep_thrift_hms::ShowCompactResponseElement| Compaction {
            id: one.id.unwrap_or(0),
            database: one.dbname,
            table: one.tablename,
            partition: one.partitionname,
            kind: if one.r#type == CompactionType::MAJOR { "MAJOR" } else { "MINOR" }.to_string(),
            state: one.state,
            owner: TransactionOwner {
                user: one.run_as.unwrap_or_default(),
                host: one.workerid.unwrap_or_default(),
                process: 0,
            },
            enqueued: seconds(one.start).unwrap_or(0),
            started: seconds(one.start),
            ended: seconds(one.end_time),
            highest_write_id: one.hightest_txn_id.unwrap_or(0),
            error: one.error_message,
            details: Default::default(),
        };
        let mut all: Vec<Compaction> = found.compacts.into_iter().map(compaction).collect();
        all.sort_by_key(|compaction| compaction.id);
        Ok(all)
    }

    /// Asks Hive's workers for a compaction.
    pub(super) fn ask_for_compaction(&self, wanted: &Compaction) -> Result<(Compaction, bool)> {
        let request = CompactionRequest {
            dbname: wanted.database.clone(),
            tablename: wanted.table.clone(),
            partitionname: wanted.partition.clone(),
            r#type: if wanted.kind == "MAJOR" { CompactionType::MAJOR } else { CompactionType::MINOR },
            runas: Some(wanted.owner.user.clone()),
            ..CompactionRequest::default()
        };
        let answer = self.tell::<Compact2>(Compact2Args { rqst: Some(request) })?;
        Ok((Compaction { id: answer.id, state: answer.state, ..wanted.clone() }, answer.accepted))
    }

    fn nothing(&self, method: &str) -> MetastoreError {
        MetastoreError::Store { path: self.servers.address(), reason: format!("{method} gave nothing") }
    }

    /// Names what a server of Hive 2 lacks.
    fn too_old(&self, error: MetastoreError, database: &str, table: &str) -> MetastoreError {
        if self.servers.lacks::<AllocateTableWriteIds>() || self.servers.lacks::<GetValidWriteIds>() {
            return self.no_write_ids(database, table);
        }
        error
    }

    /// The error of a transactional table that the server cannot give write ids to.
    pub(super) fn no_write_ids(&self, database: &str, table: &str) -> MetastoreError {
        MetastoreError::InvalidOperation(format!(
            "{database}.{table} is transactional, and the metastore server {} has no write ids of tables \
             (allocate_table_write_ids, get_valid_write_ids): that takes Hive 3.0 or later",
            self.servers.address()
        ))
    }
}
