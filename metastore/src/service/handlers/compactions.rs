//! The queue of compactions (`CompactionTxnHandler` of Hive). The server does none itself: workers take them.

use std::collections::BTreeMap;
use std::sync::Arc;

use skep_thrift::{Call, Router};
use skep_thrift_hms as t;
use skep_thrift_hms::MetaException;
use skep_thrift_hms::methods as m;

use super::{Answer, need, partition_values, with};
use crate::model::{Compaction, CompactionDetails, CompactionMetric, Defined, TransactionOwner};
use crate::service::names::stored_database;
use crate::service::{Service, now, now_millis};
use crate::store::definitions;

pub(super) fn register(router: Router, service: &Arc<Service>) -> Router {
    router
        .on::<m::Compact>(with(service, |service, _, args: m::CompactArgs| {
            ask(service, need(args.rqst, "rqst")?).map(drop)
        }))
        .on::<m::Compact2>(with(service, |service, _, args: m::Compact2Args| ask(service, need(args.rqst, "rqst")?)))
        .on::<m::ShowCompact>(with(service, show))
        .on::<m::FindNextCompact>(with(service, |service, _, args: m::FindNextCompactArgs| {
            next(service, &need(args.worker_id, "workerId")?, None, None)
        }))
        .on::<m::FindNextCompact2>(with(service, |service, _, args: m::FindNextCompact2Args| {
            let request = need(args.rqst, "rqst")?;
            let worker = request.worker_id.unwrap_or_default();
            next(service, &worker, request.worker_version.as_deref(), request.pool_name.as_deref())
        }))
        .on::<m::UpdateCompactorState>(with(service, update_state))
        .on::<m::FindColumnsWithStats>(with(service, columns_with_statistics))
        .on::<m::MarkCompacted>(with(service, |service, _, args: m::MarkCompactedArgs| {
            mark(service, need(args.cr, "cr")?, CLEANING)
        }))
        .on::<m::MarkCleaned>(with(service, |service, _, args: m::MarkCleanedArgs| {
            mark(service, need(args.cr, "cr")?, SUCCEEDED)
        }))
        .on::<m::MarkFailed>(with(service, |service, _, args: m::MarkFailedArgs| {
            mark(service, need(args.cr, "cr")?, FAILED)
        }))
        .on::<m::MarkRefused>(with(service, |service, _, args: m::MarkRefusedArgs| {
            mark(service, need(args.cr, "cr")?, REFUSED)
        }))
        .on::<m::SetHadoopJobid>(with(service, set_job))
        .on::<m::SubmitForCleanup>(with(service, submit_for_cleanup))
        .on::<m::GetLatestCommittedCompactionInfo>(with(service, latest_committed))
        .on::<m::AbortCompactions>(with(service, abort))
        .on::<m::UpdateCompactionMetricsData>(with(service, put_metric))
        .on::<m::RemoveCompactionMetricsData>(with(service, remove_metric))
}

const INITIATED: &str = "initiated";
const WORKING: &str = "working";
const CLEANING: &str = "ready for cleaning";
const SUCCEEDED: &str = "succeeded";
const FAILED: &str = "failed";
const REFUSED: &str = "refused";
const ABORTED: &str = "aborted";
const NOT_INITIATED: &str = "did not initiate";

/// The letter that Hive's tables have for a state.
fn letter(state: &str) -> Option<&'static str> {
    Some(match state {
        INITIATED => "i",
        WORKING => "w",
        CLEANING => "r",
        SUCCEEDED => "s",
        FAILED => "f",
        REFUSED => "c",
        ABORTED => "x",
        NOT_INITIATED => "a",
        _ => return None,
    })
}

fn kind_name(kind: t::CompactionType) -> Answer<&'static str> {
    kind.name().ok_or_else(|| MetaException::new(format!("Unexpected compaction type {}", kind.0)).into())
}

fn kind_of(compaction: &Compaction) -> t::CompactionType {
    t::CompactionType::from_name(&compaction.kind).unwrap_or(t::CompactionType::MINOR)
}

/// Properties as `StringableMap` of Hive writes them: how many, then key and value, each with its length before it.
fn properties_text(properties: &BTreeMap<String, String>) -> String {
    let mut text = format!("{}:", properties.len());
    for (key, value) in properties {
        for part in [key, value] {
            text.push_str(&format!("{}:{part}", part.encode_utf16().count()));
        }
    }
    text
}

fn wanted(request: t::CompactionRequest, state: &str) -> Answer<Compaction> {
    let initiator = request.initiator_id;
    Ok(Compaction {
        id: 0,
        database: stored_database(None, &request.dbname),
        table: request.tablename.to_lowercase(),
        partition: request.partitionname.filter(|name| !name.is_empty()),
        kind: kind_name(request.r#type)?.to_string(),
        state: state.to_string(),
        owner: TransactionOwner { user: request.runas.unwrap_or_default(), host: String::new(), process: 0 },
        enqueued: now(),
        started: None,
        ended: None,
        highest_write_id: 0,
        error: None,
        details: CompactionDetails {
            initiator,
            initiator_version: request.initiator_version,
            pool: request.pool_name,
            properties: request.properties.as_ref().map(properties_text),
            buckets: request.number_of_buckets,
            order_by: request.order_by_clause,
            ..Default::default()
        },
    })
}

/// Asks for a compaction, unless it is asked for already.
pub(super) fn ask(service: &Service, request: t::CompactionRequest) -> Answer<t::CompactionResponse> {
    let wanted = wanted(request, INITIATED)?;
    let (there, accepted) = service.store().request_compaction(&wanted)?;
    let errormessage = (!accepted).then(|| {
        let place = format!("{}.{}", there.database, there.table);
        format!("Compaction is already scheduled with state='{}' and id={} for {place}", there.state, there.id)
    });
    Ok(t::CompactionResponse { id: there.id, state: there.state, accepted, errormessage })
}

fn millis(seconds: i64) -> i64 {
    seconds.saturating_mul(1000)
}

fn element(one: Compaction) -> t::ShowCompactResponseElement {
    let kind = kind_of(&one);
    t::ShowCompactResponseElement {
        dbname: one.database,
        tablename: one.table,
        partitionname: one.partition,
        r#type: kind,
        state: one.state,
        workerid: one.details.worker.or_else(|| Some(one.owner.host).filter(|host| !host.is_empty())),
        start: one.started.map(millis),
        run_as: Some(one.owner.user).filter(|user| !user.is_empty()),
        hightest_txn_id: None,
        meta_info: None,
        end_time: one.ended.map(millis),
        hadoop_job_id: one.details.job,
        id: Some(one.id),
        error_message: one.error,
        enqueue_time: Some(millis(one.enqueued)),
        worker_version: one.details.worker_version,
        initiator_id: one.details.initiator,
        initiator_version: one.details.initiator_version,
        cleaner_start: one.details.cleaner_start,
        pool_name: one.details.pool,
        next_txn_id: one.details.next_transaction,
        txn_id: one.details.transaction,
        commit_time: one.details.commit_time,
        hightest_write_id: Some(one.highest_write_id),
    }
}

fn show(service: &Service, _: &Call, args: m::ShowCompactArgs) -> Answer<t::ShowCompactResponse> {
    let request = args.rqst.unwrap_or_default();
    if let Some(order) = request.order.filter(|order| !order.trim().is_empty()) {
        return Err(MetaException::new(format!("the order of compactions cannot be chosen: {order}")).into());
    }
    let database = request.db_name.map(|name| stored_database(None, &name));
    let table = request.tb_name.map(|name| name.to_lowercase());
    let kind = request.r#type.map(kind_name).transpose()?;
    let fits = |one: &Compaction| {
        request.id.is_none_or(|id| id <= 0 || id == one.id)
            && database.as_ref().is_none_or(|name| *name == one.database)
            && table.as_ref().is_none_or(|name| *name == one.table)
            && request.part_name.as_ref().is_none_or(|name| Some(name) == one.partition.as_ref())
            && request.pool_name.as_ref().is_none_or(|name| Some(name) == one.details.pool.as_ref())
            && request
                .state
                .as_ref()
                .is_none_or(|state| *state == one.state || Some(state.as_str()) == letter(&one.state))
            && kind.is_none_or(|kind| kind == one.kind)
    };
    let most = request.limit.and_then(|limit| usize::try_from(limit).ok()).filter(|limit| *limit > 0);
    let all = service.store().compactions()?.into_iter().filter(fits);
    let compacts = all.take(most.unwrap_or(usize::MAX)).map(element).collect();
    Ok(t::ShowCompactResponse { compacts })
}

fn info(one: Compaction) -> t::CompactionInfoStruct {
    t::CompactionInfoStruct {
        id: one.id,
        r#type: kind_of(&one),
        state: letter(&one.state).map(str::to_string),
        dbname: one.database,
        tablename: one.table,
        partitionname: one.partition,
        runas: Some(one.owner.user).filter(|user| !user.is_empty()),
        properties: one.details.properties,
        toomanyaborts: Some(false),
        worker_id: one.details.worker,
        start: one.started.map(millis),
        highest_write_id: Some(one.highest_write_id),
        error_message: one.error,
        hasoldabort: Some(false),
        enqueue_time: Some(millis(one.enqueued)),
        retry_retention: None,
        poolname: one.details.pool,
        number_of_buckets: one.details.buckets,
        order_by_clause: one.details.order_by,
    }
}

fn next(
    service: &Service,
    worker: &str,
    version: Option<&str>,
    pool: Option<&str>,
) -> Answer<t::OptionalCompactionInfoStruct> {
    let taken = service.store().take_compaction(worker, version, pool.filter(|pool| !pool.is_empty()))?;
    Ok(t::OptionalCompactionInfoStruct { ci: taken.map(info) })
}

fn existing(service: &Service, id: i64) -> Answer<Compaction> {
    let found = service.store().compactions()?.into_iter().find(|one| one.id == id);
    found.ok_or_else(|| MetaException::new(format!("No compaction has the number {id}")).into())
}

/// Changes what is known of a compaction, as it is when nobody else changes it.
fn change(service: &Service, id: i64, change: impl Fn(&mut Compaction)) -> Answer<()> {
    loop {
        let old = existing(service, id)?;
        let mut new = old.clone();
        change(&mut new);
        if service.store().replace_compaction(&old, &new)? {
            return Ok(());
        }
    }
}

fn update_state(service: &Service, _: &Call, args: m::UpdateCompactorStateArgs) -> Answer<()> {
    let told = need(args.cr, "cr")?;
    change(service, told.id, |one| {
        one.highest_write_id = told.highest_write_id.unwrap_or(one.highest_write_id);
        if let Some(user) = &told.runas {
            one.owner.user.clone_from(user);
        }
        one.details.transaction = args.txn_id;
    })
}

fn mark(service: &Service, told: t::CompactionInfoStruct, state: &str) -> Answer<()> {
    let next = match state {
        CLEANING => Some(service.store().valid_transactions()?.high + 1),
        _ => None,
    };
    change(service, told.id, |one| {
        one.state = state.to_string();
        if told.error_message.is_some() {
            one.error.clone_from(&told.error_message);
        }
        if next.is_some() {
            one.details.next_transaction = next;
            one.details.commit_time = Some(now_millis());
        } else {
            one.ended = Some(now());
        }
    })
}

fn set_job(service: &Service, _: &Call, args: m::SetHadoopJobidArgs) -> Answer<()> {
    change(service, need(args.cq_id, "cq_id")?, |one| one.details.job.clone_from(&args.job_id))
}

/// Adds a compaction of which only the cleaning is to be done.
fn submit_for_cleanup(service: &Service, _: &Call, args: m::SubmitForCleanupArgs) -> Answer<bool> {
    let mut one = wanted(need(args.o1, "o1")?, CLEANING)?;
    one.highest_write_id = args.o2.unwrap_or(0);
    one.details.transaction = args.o3;
    one.details.next_transaction = args.o3.map(|id| id.saturating_add(1));
    service.store().put_compaction(&one)?;
    Ok(true)
}

fn columns_with_statistics(service: &Service, _: &Call, args: m::FindColumnsWithStatsArgs) -> Answer<Vec<String>> {
    let one = need(args.cr, "cr")?;
    let partition = one.partitionname.as_deref().filter(|name| !name.is_empty()).map(partition_values).transpose()?;
    let database = stored_database(None, &one.dbname);
    let table = one.tablename.to_lowercase();
    let statistics = service.store().column_statistics(&database, &table, partition.as_deref(), &[])?;
    Ok(statistics.into_iter().map(|column| column.column).collect())
}

/// For a table or for each of the partitions, the last compaction whose outcome readers see.
fn latest_committed(
    service: &Service,
    _: &Call,
    args: m::GetLatestCommittedCompactionInfoArgs,
) -> Answer<t::GetLatestCommittedCompactionInfoResponse> {
    let request = need(args.rqst, "rqst")?;
    let database = stored_database(None, &request.dbname);
    let table = request.tablename.to_lowercase();
    let mut last: BTreeMap<Option<String>, Compaction> = BTreeMap::new();
    for one in service.store().compactions()? {
        let wanted = one.database == database
            && one.table == table
            && [CLEANING, SUCCEEDED].contains(&one.state.as_str())
            && request.last_compaction_id.is_none_or(|id| one.id > id)
            && request
                .partitionnames
                .as_ref()
                .is_none_or(|names| one.partition.as_ref().is_some_and(|name| names.contains(name)));
        if wanted {
            last.insert(one.partition.clone(), one);
        }
    }
    Ok(t::GetLatestCommittedCompactionInfoResponse { compactions: last.into_values().map(info).collect() })
}

/// Only what no worker has taken yet can be given up.
fn abort(service: &Service, _: &Call, args: m::AbortCompactionsArgs) -> Answer<t::AbortCompactResponse> {
    let mut answers = BTreeMap::new();
    for id in need(args.rqst, "rqst")?.compaction_ids {
        answers.insert(id, abort_one(service, id)?);
    }
    Ok(t::AbortCompactResponse { abortedcompacts: answers })
}

fn abort_one(service: &Service, id: i64) -> Answer<t::AbortCompactionResponseElement> {
    let told = |status: &str, message: String| t::AbortCompactionResponseElement {
        compaction_id: id,
        status: Some(status.to_string()),
        message: Some(message),
    };
    loop {
        match service.store().compactions()?.into_iter().find(|one| one.id == id) {
            None => return Ok(told("Error", format!("No Such Compaction Id Available {id}"))),
            Some(one) if one.state == INITIATED => {
                let ended = Some(now());
                let error = Some("Compaction aborted by Abort Comapction request.".to_string());
                let aborted = Compaction { state: ABORTED.to_string(), ended, error, ..one.clone() };
                // Where a worker has taken it meanwhile, it is looked at again.
                if service.store().replace_compaction(&one, &aborted)? {
                    return Ok(told("Success", "Successfully aborted compaction".to_string()));
                }
            }
            Some(one) => {
                let message = format!("Error while aborting compaction as compaction is in state-{}", one.state);
                return Ok(told("Error", message));
            }
        }
    }
}

/// A number about a place, which is 0.
fn metric(
    database: &str,
    table: &str,
    partition: Option<String>,
    kind: t::CompactionMetricsMetricType,
) -> CompactionMetric {
    let (database, table) = (stored_database(None, database), table.to_lowercase());
    CompactionMetric { database, table, partition, kind: kind.0, value: 0, version: 0 }
}

/// Keeps a number that is at least its threshold, and forgets it where it is below.
fn put_metric(service: &Service, _: &Call, args: m::UpdateCompactionMetricsDataArgs) -> Answer<bool> {
    let data = need(args.data, "data")?;
    let place = metric(&data.dbname, &data.tblname, data.partitionname, data.r#type);
    let new = CompactionMetric { value: data.metricvalue, version: data.version, ..place };
    let store = service.store();
    let changes = match (definitions::find::<CompactionMetric>(store, &new.key())?, data.metricvalue >= data.threshold)
    {
        (Some(old), true) => definitions::replaced(&old, &new)?,
        (Some(old), false) => vec![definitions::removed(&old)],
        (None, true) => vec![definitions::created(&new)?],
        (None, false) => Vec::new(),
    };
    store.change_definitions(&changes)?;
    Ok(true)
}

fn remove_metric(service: &Service, _: &Call, args: m::RemoveCompactionMetricsDataArgs) -> Answer<()> {
    let request = need(args.request, "request")?;
    let wanted = metric(&request.db_name, &request.tbl_name, request.partition_name, request.r#type);
    let Some(old) = definitions::find::<CompactionMetric>(service.store(), &wanted.key())? else { return Ok(()) };
    Ok(service.store().change_definitions(&[definitions::removed(&old)])?)
}
