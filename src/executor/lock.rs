//! `LOCK`, `UNLOCK`, `SHOW LOCKS`: locks that statements ask for by name (`HiveTxnManagerImpl` of Hive).
//!
//! They are kept in the catalog and belong to a session. Locks of a session that ended, or whose process on this machine
//! is gone, do not count. A session's own locks do not stop its queries and writes; those of others do.

use std::time::Duration;

use skep_metastore::model::{ExplicitLock, LockMode, Table, partition_name};
use skep_metastore::store::MetaStore;
use skep_metastore::store::definitions::{self, Stored};

use super::ddl::now;
use super::{names, partition_spec};
use crate::error::{ErrorKind, HiveError, Result, SkepError};
use crate::parser::ast::{
    Ident, InsertTarget, Lock, LockTarget, ObjectName, PartitionSpec, ShowLocksTarget, Statement,
};
use crate::session::{Outcome, Session};

/// What a lock is on: database, table, partition.
type Object = (String, Option<String>, Option<Vec<String>>);

/// `LOCK`: waits for others as long as `hive.lock.numretries` says.
pub async fn lock(session: &mut Session, statement: &Lock) -> Result<Outcome> {
    refuse_transaction_manager(session)?;
    let (database, table, partition) = target(session, &statement.target)?;
    let mut waits = session.config().int("hive.lock.numretries").max(0);
    let pause = session.config().int("hive.lock.sleep.between.retries").clamp(1, 3600);
    let new = ExplicitLock {
        id: uuid::Uuid::new_v4().to_string(),
        session: session.id().to_string(),
        host: host(),
        process: std::process::id(),
        database,
        table,
        partition,
        mode: statement.mode,
        user: session.user().to_string(),
        statement: statement.text.clone(),
        create_time: now(),
    };
    loop {
        let conflict = living(session)?.into_iter().any(|held| {
            same_object(&held.value, &new) && (held.value.mode, new.mode) != (LockMode::Shared, LockMode::Shared)
        });
        if !conflict {
            break;
        }
        if waits == 0 {
            return Err(unavailable());
        }
        waits -= 1;
        tokio::time::sleep(Duration::from_secs(pause as u64)).await;
    }
    session.catalog().change_definitions(&[definitions::created(&new)?])?;
    session.extras_mut().took_locks = true;
    Ok(Outcome::done())
}

/// `UNLOCK`: all locks on the object go, whoever holds them, as in Hive.
pub fn unlock(session: &Session, statement: &LockTarget) -> Result<Outcome> {
    refuse_transaction_manager(session)?;
    let object = target(session, statement)?;
    let held: Vec<_> = living(session)?
        .into_iter()
        .filter(|held| of(&held.value) == object)
        .map(|held| definitions::removed(&held))
        .collect();
    if held.is_empty() {
        let what = match statement {
            LockTarget::Database(name) => format!("Database {} is not locked ", name.lower()),
            LockTarget::Table(name, _) => format!("Table {} is not locked ", name.name.lower()),
        };
        return Err(SkepError::new(ErrorKind::Command, what));
    }
    session.catalog().change_definitions(&held)?;
    Ok(Outcome::done())
}

/// `SHOW LOCKS`, in the layout of Hive's older lock managers.
pub fn show(session: &Session, wanted: Option<&ShowLocksTarget>, extended: bool) -> Result<Outcome> {
    let object = match wanted {
        None => None,
        Some(ShowLocksTarget::Database(name)) => Some((names::database(session, name)?.name, None, None)),
        Some(ShowLocksTarget::Table(name, spec)) => Some(table_object(session, name, spec.as_ref())?),
    };
    let within = |lock: &ExplicitLock| match &object {
        None => true,
        Some((database, None, _)) => lock.database == *database && lock.table.is_none(),
        Some(object) => of(lock) == *object,
    };
    let mut shown: Vec<(String, ExplicitLock)> = Vec::new();
    for held in living(session)?.into_iter().filter(|held| within(&held.value)) {
        shown.push((display_name(session, &held.value)?, held.value));
    }
    // By name; an exclusive lock before shared ones.
    let rank = |lock: &ExplicitLock| (lock.mode == LockMode::Shared, lock.create_time);
    shown.sort_by(|(a, left), (b, right)| a.cmp(b).then(rank(left).cmp(&rank(right))));
    let mut rows = Vec::new();
    for (name, lock) in shown {
        rows.push(vec![Some(name), Some(lock.mode.name().to_string())]);
        if extended {
            let lines = [
                format!("LOCK_QUERYID:{}", lock.id),
                format!("LOCK_TIME:{}", lock.create_time * 1000),
                "LOCK_MODE:EXPLICIT".to_string(),
                format!("LOCK_QUERYSTRING:{}", lock.statement),
            ];
            rows.extend(lines.into_iter().map(|line| vec![Some(line), Some(" ".to_string())]));
        }
    }
    Outcome::text(&["tab_name", "mode"], rows)
}

/// Exclusive locks that other sessions hold: nobody else may read what they are on.
pub fn held_by_others(session: &Session) -> Result<Vec<ExplicitLock>> {
    Ok(living(session)?.into_iter().map(|held| held.value).filter(|lock| lock.session != session.id()).collect())
}

/// Refuses a statement that changes what another session has locked. A drop is refused by the session's own locks, too.
pub fn check(session: &Session, statement: &Statement) -> Result<()> {
    let mut changed: Vec<(String, Option<String>)> = Vec::new();
    let mut table = |name: &ObjectName| {
        let (database, name) = names::resolve(session, name);
        changed.push((database, Some(name)));
    };
    let mut dropped = false;
    match statement {
        Statement::Insert(insert) => {
            for branch in &insert.branches {
                if let InsertTarget::Table(target) = &branch.target {
                    table(&target.table);
                }
            }
        }
        Statement::Update(update) => table(&update.table),
        Statement::Delete(delete) => table(&delete.table),
        Statement::Merge(merge) => table(&merge.target),
        Statement::LoadData(load) => table(&load.table),
        Statement::TruncateTable(truncate) => table(&truncate.name),
        Statement::AlterTable(alter) => table(&alter.name),
        Statement::DropTable(drop) => {
            dropped = true;
            table(&drop.name);
        }
        Statement::DropDatabase(drop) => {
            dropped = true;
            changed.push((drop.name.lower(), None));
        }
        _ => return Ok(()),
    }
    let held = living(session)?;
    let stops = |lock: &ExplicitLock, database: &str, table: Option<&String>| {
        lock.database == database
            && (dropped || lock.session != session.id())
            && (table.is_none() || lock.table.is_none() || lock.table.as_ref() == table)
    };
    if changed.iter().any(|(database, table)| held.iter().any(|held| stops(&held.value, database, table.as_ref()))) {
        let text = format!("Error in acquiring locks: {}", unavailable().message());
        return Err(SkepError::new(ErrorKind::Command, text).with_hint("SHOW LOCKS EXTENDED tells who holds them"));
    }
    Ok(())
}

/// Does an exclusive lock of this list keep others from reading the table?
pub fn hides(locks: &[ExplicitLock], table: &Table) -> bool {
    locks.iter().any(|lock| {
        lock.mode == LockMode::Exclusive
            && lock.database == table.database
            && lock.table.as_ref().is_none_or(|name| *name == table.name)
    })
}

/// Gives back the locks of a session that ends.
pub fn release_all(session: &Session) -> Result<()> {
    let mine = definitions::all::<ExplicitLock>(session.catalog().as_ref())?;
    let mine = mine.iter().filter(|held| held.value.session == session.id()).map(definitions::removed);
    Ok(session.catalog().change_definitions(&mine.collect::<Vec<_>>())?)
}

/// Hive's message for locks that are not to be had.
pub fn unavailable() -> SkepError {
    let text = "Locks on the underlying objects cannot be acquired. retry after some time";
    SkepError::new(ErrorKind::Command, text).with_hint("SHOW LOCKS EXTENDED tells who holds them")
}

fn refuse_transaction_manager(session: &Session) -> Result<()> {
    let manager = session.config().get("hive.txn.manager").unwrap_or_default();
    if !manager.ends_with(".DbTxnManager") {
        return Ok(());
    }
    let text =
        format!("Current transaction manager does not support explicit lock requests.  Transaction manager: {manager}");
    Err(SkepError::new(ErrorKind::Command, text).with_code(10270, "42000"))
}

fn target(session: &Session, target: &LockTarget) -> Result<Object> {
    match target {
        LockTarget::Database(name) => Ok((database(session, name)?, None, None)),
        LockTarget::Table(name, spec) => table_object(session, name, spec.as_ref()),
    }
}

fn database(session: &Session, name: &Ident) -> Result<String> {
    Ok(names::database(session, name)?.name)
}

fn table_object(session: &Session, name: &ObjectName, spec: Option<&PartitionSpec>) -> Result<Object> {
    let table = names::table(session, name)?;
    let Some(spec) = spec else { return Ok((table.database, Some(table.name), None)) };
    let values = partition_spec::full_values(session, &table, spec)?;
    if session.catalog().partition(&table.database, &table.name, &values).is_err() {
        let pairs: Vec<String> =
            table.partition_keys.iter().zip(&values).map(|(key, value)| format!("{}={value}", key.name)).collect();
        let text = format!("Partition {{{}}} for table {} does not exist", pairs.join(", "), table.name);
        return Err(SkepError::new(ErrorKind::Command, text)
            .with_code(HiveError::PARTITION_NOT_FOUND.code, HiveError::PARTITION_NOT_FOUND.sqlstate)
            .with_span(Some(spec.span.into())));
    }
    Ok((table.database, Some(table.name), Some(values)))
}

fn of(lock: &ExplicitLock) -> Object {
    (lock.database.clone(), lock.table.clone(), lock.partition.clone())
}

fn same_object(one: &ExplicitLock, other: &ExplicitLock) -> bool {
    of(one) == of(other)
}

/// `database`, `database@table`, `database@table@ds=1/hr=2`
fn display_name(session: &Session, lock: &ExplicitLock) -> Result<String> {
    let Some(name) = &lock.table else { return Ok(lock.database.clone()) };
    let Some(values) = &lock.partition else { return Ok(format!("{}@{name}", lock.database)) };
    let keys = session.catalog().table(&lock.database, name).map(|table| table.partition_keys).unwrap_or_default();
    Ok(format!("{}@{name}@{}", lock.database, partition_name(&keys, values)))
}

/// The locks whose sessions live, as far as this machine can tell.
fn living(session: &Session) -> Result<Vec<Stored<ExplicitLock>>> {
    let host = host();
    let mut held = definitions::all::<ExplicitLock>(session.catalog().as_ref())?;
    held.retain(|held| {
        let lock = &held.value;
        lock.host != host || lock.process == std::process::id() || process_lives(lock.process)
    });
    Ok(held)
}

fn process_lives(process: u32) -> bool {
    let processes = std::path::Path::new("/proc");
    !processes.join("self").exists() || processes.join(process.to_string()).exists()
}

fn host() -> String {
    std::fs::read_to_string("/etc/hostname").map(|name| name.trim().to_string()).unwrap_or_default()
}
