//! Locks (`TxnHandler` of Hive).

use std::sync::Arc;

use skep_thrift::{Call, Router};
use skep_thrift_hms as t;
use skep_thrift_hms::MetaException;
use skep_thrift_hms::methods as m;

use super::{Answer, need, with};
use crate::model::{Defined, Lock, LockAnswer, LockFilter, LockHolder, LockPart, LockRequest, LockState, RebuildLock};
use crate::service::convert::transaction::{lock_kind, lock_state, operation, to_lock_kind};
use crate::service::names::{shown_database, stored_database};
use crate::service::{Service, now_millis};
use crate::store::definitions;

pub(super) fn register(router: Router, service: &Arc<Service>) -> Router {
    router
        .on::<m::Lock>(with(service, lock))
        .on::<m::CheckLock>(with(service, check))
        .on::<m::Unlock>(with(service, |service, _, args: m::UnlockArgs| {
            Ok(service.store().unlock(need(args.rqst, "rqst")?.lockid)?)
        }))
        .on::<m::ShowLocks>(with(service, show))
        .on::<m::GetLockMaterializationRebuild>(with(service, lock_rebuild))
        .on::<m::HeartbeatLockMaterializationRebuild>(with(service, heartbeat_rebuild))
}

fn answer(answer: LockAnswer) -> t::LockResponse {
    t::LockResponse { lockid: answer.id, state: lock_state(answer.state), error_message: answer.message }
}

fn part(component: t::LockComponent) -> Answer<LockPart> {
    Ok(LockPart {
        kind: to_lock_kind(component.r#type)?,
        database: stored_database(None, &component.dbname),
        table: component.tablename.filter(|name| !name.is_empty()).map(|name| name.to_lowercase()),
        partition: component.partitionname.filter(|name| !name.is_empty()),
        operation: component.operation_type.map_or(Ok(Default::default()), operation)?,
        transactional: component.is_transactional.unwrap_or(false),
        dynamic_partitions: component.is_dynamic_partition_write.unwrap_or(false),
    })
}

fn lock(service: &Service, _: &Call, args: m::LockArgs) -> Answer<t::LockResponse> {
    let request = need(args.rqst, "rqst")?;
    if request.component.is_empty() {
        return Err(MetaException::new("a lock needs a component").into());
    }
    let request = LockRequest {
        parts: request.component.into_iter().map(part).collect::<Answer<_>>()?,
        transaction: request.txnid.filter(|id| *id > 0),
        holder: LockHolder {
            user: request.user,
            host: request.hostname,
            agent: request.agent_info,
            ..LockHolder::default()
        },
        zero_wait_read: request.zero_wait_read_enabled.unwrap_or(false),
        exclusive_ctas: request.exclusive_ctas.unwrap_or(false),
    };
    Ok(answer(service.store().lock(&request)?))
}

fn check(service: &Service, _: &Call, args: m::CheckLockArgs) -> Answer<t::LockResponse> {
    Ok(answer(service.store().check_lock(need(args.rqst, "rqst")?.lockid)?))
}

fn show(service: &Service, _: &Call, args: m::ShowLocksArgs) -> Answer<t::ShowLocksResponse> {
    let request = args.rqst.unwrap_or_default();
    let filter = LockFilter {
        database: request.dbname.map(|name| stored_database(None, &name)),
        table: request.tablename.map(|name| name.to_lowercase()),
        partition: request.partname,
        transaction: request.txnid.filter(|id| *id > 0),
    };
    let shown = |lock: Lock| t::ShowLocksResponseElement {
        lockid: lock.id,
        dbname: shown_database(&lock.database).1.to_string(),
        tablename: lock.table,
        partname: lock.partition,
        state: lock_state(lock.state),
        r#type: lock_kind(lock.kind),
        txnid: lock.transaction,
        lastheartbeat: lock.last_heartbeat,
        acquiredat: lock.acquired_at,
        user: lock.holder.user,
        hostname: lock.holder.host,
        heartbeat_count: Some(0),
        agent_info: lock.holder.agent,
        blocked_by_ext_id: lock.blocked_by.map(|(id, _)| id),
        blocked_by_int_id: lock.blocked_by.map(|(_, part)| part),
        lock_id_internal: Some(lock.part),
    };
    let locks = service.store().locks(&filter)?.into_iter().map(shown).collect();
    Ok(t::ShowLocksResponse { locks: Some(locks) })
}

fn rebuild(database: Option<String>, table: Option<String>, transaction: Option<i64>) -> Answer<RebuildLock> {
    Ok(RebuildLock {
        database: stored_database(None, &need(database, "dbName")?),
        table: need(table, "tableName")?.to_lowercase(),
        transaction: need(transaction, "txnId")?,
        last_heartbeat: now_millis(),
    })
}

/// Only one transaction rebuilds a materialized view at a time.
fn lock_rebuild(service: &Service, _: &Call, args: m::GetLockMaterializationRebuildArgs) -> Answer<t::LockResponse> {
    let new = rebuild(args.db_name, args.table_name, args.txn_id)?;
    let store = service.store();
    let mut changes = Vec::new();
    if let Some(old) = definitions::find::<RebuildLock>(store, &new.key())? {
        let open = store.valid_transactions()?.open.binary_search(&old.value.transaction).is_ok();
        if open {
            let answer = LockAnswer { id: new.transaction, state: LockState::NotAcquired, message: None };
            return Ok(self::answer(answer));
        }
        changes.push(definitions::removed(&old));
    }
    changes.push(definitions::created(&new)?);
    store.change_definitions(&changes)?;
    Ok(answer(LockAnswer { id: new.transaction, state: LockState::Acquired, message: None }))
}

/// False where the transaction has no such lock.
fn heartbeat_rebuild(service: &Service, _: &Call, args: m::HeartbeatLockMaterializationRebuildArgs) -> Answer<bool> {
    let new = rebuild(args.db_name, args.table_name, args.txn_id)?;
    let store = service.store();
    let Some(old) = definitions::find::<RebuildLock>(store, &new.key())? else { return Ok(false) };
    if old.value.transaction != new.transaction {
        return Ok(false);
    }
    store.change_definitions(&definitions::replaced(&old, &new)?)?;
    Ok(true)
}
