//! Transactions and write ids (`TxnHandler` of Hive).

use std::collections::BTreeSet;
use std::sync::Arc;

use skep_thrift::{Call, Router};
use skep_thrift_hms as t;
use skep_thrift_hms::MetaException;
use skep_thrift_hms::methods as m;

use super::{Answer, need, with};
use crate::MetastoreError;
use crate::model::{OpenTransactions, TransactionKind, TransactionState, ValidTransactions, ValidWriteIds};
use crate::service::Service;
use crate::service::convert::transaction::{bits, operation, to_kind};
use crate::service::names::stored_database;
use crate::store::Change;

pub(super) fn register(router: Router, service: &Arc<Service>) -> Router {
    router
        .on::<m::OpenTxns>(with(service, open))
        .on::<m::GetOpenTxns>(with(service, |service, _, _| open_list(service.store().valid_transactions()?)))
        .on::<m::GetOpenTxnsReq>(with(service, open_but))
        .on::<m::GetOpenTxnsInfo>(with(service, info))
        .on::<m::AbortTxn>(with(service, abort))
        .on::<m::AbortTxns>(with(service, abort_all))
        .on::<m::CommitTxn>(with(service, commit))
        .on::<m::Heartbeat>(with(service, heartbeat))
        .on::<m::HeartbeatTxnRange>(with(service, heartbeat_range))
        .on::<m::AllocateTableWriteIds>(with(service, allocate))
        .on::<m::GetValidWriteIds>(with(service, valid_write_ids))
        .on::<m::GetMaxAllocatedTableWriteId>(with(service, last_write_id))
        .on::<m::SeedWriteId>(with(service, seed_write_id))
        .on::<m::SeedTxnId>(with(service, |service, _, args: m::SeedTxnIdArgs| {
            Ok(service.store().seed_transaction(need(args.rqst, "rqst")?.seed_txn_id)?)
        }))
        .on::<m::ReplTblWriteidState>(with(service, replicated_write_ids))
        .on::<m::AddDynamicPartitions>(with(service, dynamic_partitions))
        // Hive keeps these where its cleaner goes by them; the cleaner here goes by the transactions that are open.
        .on::<m::AddWriteIdsToMinHistory>(|_, _| Ok(()))
        // Hive counts the changed rows of the sources of materialized views; views here go by the write ids.
        .on::<m::UpdateTransactionStatistics>(|_, _| Ok(()))
        .on::<m::GetLatestTxnidInConflict>(|_, _| {
            let text = "get_latest_txnid_in_conflict is not supported: conflicts are found when a transaction commits";
            Err(MetaException::new(text).into())
        })
}

/// At most so many are opened at once (`hive.txn.max.open.batch`).
const MAX_BATCH: i32 = 1000;

fn open(service: &Service, _: &Call, args: m::OpenTxnsArgs) -> Answer<t::OpenTxnsResponse> {
    let request = need(args.rqst, "rqst")?;
    if request.num_txns <= 0 {
        return Err(MetaException::new(format!("Invalid input for number of txns: {}", request.num_txns)).into());
    }
    let replicated = match (request.repl_policy, request.repl_src_txn_ids) {
        (Some(policy), Some(sources)) if sources.len() == usize::try_from(request.num_txns).unwrap_or(0) => {
            Some((policy, sources))
        }
        (Some(_), _) => return Err(MetaException::new("replSrcTxnIds are not as many as num_txns").into()),
        (None, _) => None,
    };
    let count = if replicated.is_some() { request.num_txns } else { request.num_txns.min(MAX_BATCH) };
    let kind = match (request.txn_type, &replicated) {
        (_, Some(_)) => TransactionKind::Replication,
        (Some(kind), None) => to_kind(kind)?,
        (None, None) => TransactionKind::Default,
    };
    let txn_ids = service.store().open_transactions(&OpenTransactions {
        count: usize::try_from(count).unwrap_or(1),
        user: request.user,
        host: request.hostname,
        agent: request.agent_info,
        kind,
        replicated,
    })?;
    Ok(t::OpenTxnsResponse { txn_ids })
}

/// The open and the aborted ones, ascending, and which of them are the aborted.
fn exceptions(open: &[i64], aborted: &[i64]) -> (Vec<i64>, Vec<u8>) {
    let mut all: Vec<(i64, bool)> = open.iter().map(|id| (*id, false)).collect();
    all.extend(aborted.iter().map(|id| (*id, true)));
    all.sort_unstable();
    let flags = bits(all.iter().map(|(_, aborted)| *aborted));
    (all.into_iter().map(|(id, _)| id).collect(), flags)
}

fn open_list(valid: ValidTransactions) -> Answer<t::GetOpenTxnsResponse> {
    let (ids, aborted_bits) = exceptions(&valid.open, &valid.aborted);
    Ok(t::GetOpenTxnsResponse {
        txn_high_water_mark: valid.high,
        open_txns_before_3: Some(ids.iter().copied().collect()),
        open_txns: Some(ids),
        min_open_txn: valid.min_open(),
        aborted_bits: Some(aborted_bits),
    })
}

fn open_but(service: &Service, _: &Call, args: m::GetOpenTxnsReqArgs) -> Answer<t::GetOpenTxnsResponse> {
    let excluded = need(args.get_open_txns_request, "getOpenTxnsRequest")?.exclude_txn_types.unwrap_or_default();
    let excluded: Vec<TransactionKind> = excluded.into_iter().map(to_kind).collect::<Answer<_>>()?;
    let mut valid = service.store().valid_transactions()?;
    if !excluded.is_empty() {
        let all = service.store().transactions()?;
        let left_out: BTreeSet<i64> =
            all.into_iter().filter(|one| excluded.contains(&one.kind)).map(|one| one.id).collect();
        valid.open.retain(|id| !left_out.contains(id));
        valid.aborted.retain(|id| !left_out.contains(id));
    }
    open_list(valid)
}

fn info(service: &Service, _: &Call, _: m::GetOpenTxnsInfoArgs) -> Answer<t::GetOpenTxnsInfoResponse> {
    let high = service.store().valid_transactions()?.high;
    let all = service.store().transactions()?;
    let shown = |one: crate::model::Transaction| t::TxnInfo {
        id: one.id,
        state: match one.state {
            TransactionState::Open => t::TxnState::OPEN,
            TransactionState::Aborted => t::TxnState::ABORTED,
        },
        user: one.owner.user,
        hostname: one.owner.host,
        agent_info: one.agent,
        heartbeat_count: Some(0),
        meta_info: None,
        started_time: Some(one.started * 1000),
        last_heartbeat_time: Some(one.last_heartbeat.unwrap_or(one.started * 1000)),
    };
    let open_txns = all.into_iter().filter(|one| one.id <= high).map(shown).collect();
    Ok(t::GetOpenTxnsInfoResponse { txn_high_water_mark: high, open_txns })
}

/// The numbers here of a transaction: its own, or those that a replication gave it. None where the replication ended it
/// before.
fn here(service: &Service, policy: Option<&str>, id: i64) -> Answer<Option<i64>> {
    match policy {
        None => Ok(Some(id)),
        Some(policy) => Ok(service.store().replicated_transactions(policy, &[id])?.first().copied()),
    }
}

fn abort(service: &Service, _: &Call, args: m::AbortTxnArgs) -> Answer<()> {
    let request = need(args.rqst, "rqst")?;
    match here(service, request.repl_policy.as_deref(), request.txnid)? {
        Some(id) => match service.store().abort_transaction(id) {
            // A repetition.
            Err(MetastoreError::TransactionAborted(_)) => Ok(()),
            done => Ok(done?),
        },
        None => Ok(()),
    }
}

/// Those that are open; others are left as they are.
fn abort_all(service: &Service, _: &Call, args: m::AbortTxnsArgs) -> Answer<()> {
    for id in need(args.rqst, "rqst")?.txn_ids {
        match service.store().abort_transaction(id) {
            Ok(()) | Err(MetastoreError::NoSuchTransaction(_) | MetastoreError::TransactionAborted(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn commit(service: &Service, _: &Call, args: m::CommitTxnArgs) -> Answer<()> {
    let request = need(args.rqst, "rqst")?;
    let Some(id) = here(service, request.repl_policy.as_deref(), request.txnid)? else { return Ok(()) };
    if let Some(pair) = &request.key_value {
        let text = format!("keyValue of commit_txn is not supported: {}", pair.key);
        return Err(MetaException::new(text).into());
    }
    super::notifications::keep_replicated(service, id, request.write_event_infos.unwrap_or_default())?;
    service.store().commit_transaction(id)?;
    match request.repl_last_id_info {
        Some(info) => last_replicated(service, info),
        None => Ok(()),
    }
}

/// Says how far the replication of a database, or of a table and partitions of it, has come.
fn last_replicated(service: &Service, info: t::ReplLastIdInfo) -> Answer<()> {
    const KEY: &str = "repl.last.id";
    let store = service.store();
    let database = stored_database(info.catalog.as_deref(), &info.database);
    let last = info.last_repl_id.to_string();
    let Some(table) = info.table.map(|table| table.to_lowercase()) else {
        let mut changed = store.database(&database)?;
        changed.parameters.insert(KEY.to_string(), last);
        return Ok(store.alter_database(&changed)?);
    };
    let mut changed = store.table(&database, &table)?;
    let mut partitions = Vec::new();
    for name in info.partition_list.unwrap_or_default() {
        let values = super::partition_values(&name)?;
        let mut partition = store.partition(&database, &table, &values)?;
        partition.parameters.insert(KEY.to_string(), last.clone());
        partitions.push(partition);
    }
    changed.parameters.insert(KEY.to_string(), last);
    let mut changes = vec![Change::AlterTable {
        database: database.clone(),
        name: table.clone(),
        table: Box::new(changed),
        expected: None,
        emptied: false,
    }];
    if !partitions.is_empty() {
        changes.push(Change::AlterPartitions { database, table, partitions, emptied: false });
    }
    Ok(store.change(&changes)?)
}

/// A number of which 0 means none.
fn given(number: Option<i64>) -> Option<i64> {
    number.filter(|number| *number > 0)
}

fn heartbeat(service: &Service, _: &Call, args: m::HeartbeatArgs) -> Answer<()> {
    let ids = need(args.ids, "ids")?;
    Ok(service.store().heartbeat(given(ids.txnid), given(ids.lockid))?)
}

fn heartbeat_range(
    service: &Service,
    _: &Call,
    args: m::HeartbeatTxnRangeArgs,
) -> Answer<t::HeartbeatTxnRangeResponse> {
    let range = need(args.txns, "txns")?;
    let answer = service.store().heartbeat_transactions(range.min, range.max)?;
    Ok(t::HeartbeatTxnRangeResponse {
        aborted: answer.aborted.into_iter().collect(),
        nosuch: answer.missing.into_iter().collect(),
    })
}

fn allocate(
    service: &Service,
    _: &Call,
    args: m::AllocateTableWriteIdsArgs,
) -> Answer<t::AllocateTableWriteIdsResponse> {
    let request = need(args.rqst, "rqst")?;
    let store = service.store();
    let (database, table) = (stored_database(None, &request.db_name), request.table_name.to_lowercase());
    if request.reallocate == Some(true) {
        let text =
            "reallocate of allocate_table_write_ids is not supported: a transaction keeps its write id of a table";
        return Err(MetaException::new(text).into());
    }
    let transactions = match (&request.repl_policy, &request.src_txn_to_write_id_list) {
        (Some(policy), Some(pairs)) => {
            let sources: Vec<i64> = pairs.iter().map(|pair| pair.txn_id).collect();
            let here = store.replicated_transactions(policy, &sources)?;
            if here.len() != sources.len() {
                // The replication has committed some of them: this is a repetition.
                return Err(MetaException::new("not all transactions of the replication are open").into());
            }
            // The write ids are to be those of the source.
            if let Some(first) = pairs.iter().map(|pair| pair.write_id).min()
                && store.last_write_id(&database, &table)? == 0
                && first > 1
            {
                store.seed_write_id(&database, &table, first - 1)?;
            }
            here
        }
        _ => need(request.txn_ids, "txnIds")?,
    };
    let pairs = store.allocate_write_ids(&database, &table, &transactions)?;
    let pair = |(txn_id, write_id)| t::TxnToWriteId { txn_id, write_id };
    Ok(t::AllocateTableWriteIdsResponse { txn_to_write_ids: pairs.into_iter().map(pair).collect() })
}

/// `database.table`, perhaps with a catalog.
fn full_name(text: &str) -> Answer<(String, String)> {
    let parts: Vec<&str> = text.split('.').collect();
    match parts.as_slice() {
        [database, table] => Ok((stored_database(None, database), table.to_lowercase())),
        [catalog, database, table] => Ok((stored_database(Some(catalog), database), table.to_lowercase())),
        _ => Err(MetaException::new(format!("{text} is no full name of a table")).into()),
    }
}

fn valid_write_ids(service: &Service, _: &Call, args: m::GetValidWriteIdsArgs) -> Answer<t::GetValidWriteIdsResponse> {
    let request = need(args.rqst, "rqst")?;
    if let Some(id) = request.write_id {
        let text = format!("a snapshot by the write id {id} is not supported; send validTxnList");
        return Err(MetaException::new(text).into());
    }
    let snapshot = match &request.valid_txn_list {
        Some(text) => ValidTransactions::parse(text).map_err(|error| MetaException::new(error.to_string()))?,
        None => service.store().valid_transactions()?,
    };
    let mut lists = Vec::new();
    for name in request.full_table_names {
        let (database, table) = full_name(&name)?;
        let valid = service.store().valid_write_ids_at(&database, &table, &snapshot)?;
        lists.push(write_ids(name, &valid));
    }
    Ok(t::GetValidWriteIdsResponse { tbl_valid_write_ids: lists })
}

fn write_ids(name: String, valid: &ValidWriteIds) -> t::TableValidWriteIds {
    let (invalid_write_ids, aborted_bits) = exceptions(&valid.open, &valid.aborted);
    t::TableValidWriteIds {
        full_table_name: name,
        write_id_high_water_mark: valid.high,
        invalid_write_ids,
        min_open_write_id: valid.open.first().copied(),
        aborted_bits,
    }
}

fn last_write_id(
    service: &Service,
    _: &Call,
    args: m::GetMaxAllocatedTableWriteIdArgs,
) -> Answer<t::MaxAllocatedTableWriteIdResponse> {
    let request = need(args.rqst, "rqst")?;
    let database = stored_database(None, &request.db_name);
    let max_write_id = service.store().last_write_id(&database, &request.table_name.to_lowercase())?;
    Ok(t::MaxAllocatedTableWriteIdResponse { max_write_id })
}

fn seed_write_id(service: &Service, _: &Call, args: m::SeedWriteIdArgs) -> Answer<()> {
    let request = need(args.rqst, "rqst")?;
    let database = stored_database(None, &request.db_name);
    // The seed is the next one that is to be given away.
    let last = request.seed_write_id.saturating_sub(1);
    Ok(service.store().seed_write_id(&database, &request.table_name.to_lowercase(), last)?)
}

/// The state of a table's write ids where a replication takes it from: those that are not valid there are not valid here.
/// The text is `database.table:highest:lowest open:open,…:aborted,…` (`ValidReaderWriteIdList`).
fn replicated_write_ids(service: &Service, _: &Call, args: m::ReplTblWriteidStateArgs) -> Answer<()> {
    let request = need(args.rqst, "rqst")?;
    let text = &request.valid_write_idlist;
    let list = ValidWriteIds::parse(text).map_err(|error| MetaException::new(error.to_string()))?;
    let database = stored_database(None, &request.db_name);
    let table = request.table_name.to_lowercase();
    if service.store().last_write_id(&database, &table)? > 0 {
        // A repetition.
        return Ok(());
    }
    let mut aborted = [list.open, list.aborted].concat();
    aborted.sort_unstable();
    let given = ValidWriteIds { high: list.high, open: Vec::new(), aborted };
    service.store().seed_write_ids(&database, &table, &given)?;
    if given.aborted.is_empty() {
        return Ok(());
    }
    // What was aborted there goes at a compaction of what it was written into.
    let places = request.part_names.unwrap_or_default().into_iter().map(Some).collect::<Vec<_>>();
    let places = if places.is_empty() { vec![None] } else { places };
    places.into_iter().try_for_each(|partitionname| {
        super::compactions::ask(
            service,
            t::CompactionRequest {
                dbname: request.db_name.clone(),
                tablename: table.clone(),
                partitionname,
                r#type: t::CompactionType::MAJOR,
                runas: Some(request.user.clone()),
                ..Default::default()
            },
        )
        .map(drop)
    })
}

fn dynamic_partitions(service: &Service, _: &Call, args: m::AddDynamicPartitionsArgs) -> Answer<()> {
    let request = need(args.rqst, "rqst")?;
    // Clients before Hive 3 send no write id, and all that follows it one field earlier.
    let (database, table, names, told) = match request.dbname_before_3 {
        Some(database) => {
            (Some(database), request.dbname, request.partitionnames_before_3, request.operation_type_before_3)
        }
        None => (request.dbname, request.tablename, request.partitionnames, request.operation_type),
    };
    let operation = told.map_or(Ok(Default::default()), operation)?;
    let database = stored_database(None, &need(database, "dbname")?);
    let table = need(table, "tablename")?.to_lowercase();
    let names = need(names, "partitionnames")?;
    Ok(service.store().add_dynamic_partitions(request.txnid, &database, &table, &names, operation)?)
}
