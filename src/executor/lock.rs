//! `LOCK`, `UNLOCK`, `SHOW LOCKS`: locks that statements ask for by name (`HiveTxnManagerImpl` of Hive).
//!
//! They are among the catalog's locks, where those of the metastore's clients are, too, and belong to a session
//! ([`skep_metastore::locks`]). A session's own locks do not stop its queries and writes; those of others do.

use std::time::Duration;

use skep_metastore::locks::{LockError, Wait};
use skep_metastore::model::{
    DataOperation, Lock as HeldLock, LockFilter, LockHolder, LockKind, LockMode, LockPart, LockState, Table,
    TransactionOwner, partition_name,
};
use skep_metastore::store::MetaStore;

use super::{names, partition_spec};
use crate::error::{ErrorKind, HiveError, Result, SkepError};
use crate::parser::ast::{
    Ident, InsertTarget, Lock, LockTarget, ObjectName, PartitionSpec, ShowLocksTarget, Statement,
};
use crate::session::{Outcome, Session};

/// What a lock is on: database, table, name of the partition (`ds=1/hr=2`).
pub type Object = (String, Option<String>, Option<String>);

/// `LOCK`: waits for others as long as `hive.lock.numretries` says.
pub async fn lock(session: &mut Session, statement: &Lock) -> Result<Outcome> {
    refuse_transaction_manager(session)?;
    let (database, table, partition) = target(session, &statement.target)?;
    let part = part(statement.mode.kind(), (database, table, partition));
    let holder = holder(session, &statement.text, true);
    let wait = Wait { limit: limit(session), pause: LOOK };
    let taken = session.engine().locks().acquire(vec![part], holder, wait).await;
    let held = taken.map_err(|error| match error {
        LockError::Held { by } => unavailable(by.as_deref()),
        LockError::Catalog(error) => error.into(),
    })?;
    session.extras_mut().locks.push(held);
    Ok(Outcome::done())
}

/// How often those who wait for a lock look for what other processes give back.
pub const LOOK: Duration = Duration::from_millis(250);

/// How long locks are waited for: `hive.lock.numretries` times `hive.lock.sleep.between.retries`.
pub fn limit(session: &Session) -> Duration {
    let tries = u32::try_from(session.config().int("hive.lock.numretries").max(0)).unwrap_or(u32::MAX);
    let pause = session.config().int("hive.lock.sleep.between.retries").clamp(1, 3600);
    Duration::from_secs(pause.unsigned_abs()).saturating_mul(tries)
}

/// The part of a request for a lock that is on an object.
pub fn part(kind: LockKind, (database, table, partition): Object) -> LockPart {
    LockPart {
        kind,
        database,
        table,
        partition,
        operation: DataOperation::Unset,
        transactional: false,
        dynamic_partitions: false,
    }
}

/// Who asks for a lock: the session, for a statement.
pub fn holder(session: &Session, text: &str, explicit: bool) -> LockHolder {
    let owner = TransactionOwner::this_process(session.user());
    let query = session.monitor().query_id().map_or_else(|| uuid::Uuid::new_v4().to_string(), str::to_string);
    LockHolder {
        user: owner.user,
        host: owner.host,
        process: owner.process,
        agent: Some(query),
        session: Some(session.id().to_string()),
        statement: Some(text.to_string()),
        explicit,
    }
}

/// `UNLOCK`: all locks on the object that were asked for by name go, whoever holds them, as in Hive.
pub fn unlock(session: &mut Session, statement: &LockTarget) -> Result<Outcome> {
    refuse_transaction_manager(session)?;
    let object = target(session, statement)?;
    let held: Vec<i64> = held(session)?
        .into_iter()
        .filter(|lock| lock.holder.explicit && of(lock) == object)
        .map(|lock| lock.id)
        .collect();
    if held.is_empty() {
        let what = match statement {
            LockTarget::Database(name) => format!("Database {} is not locked ", name.lower()),
            LockTarget::Table(name, _) => format!("Table {} is not locked ", name.name.lower()),
        };
        return Err(SkepError::new(ErrorKind::Command, what));
    }
    held.iter().try_for_each(|id| session.catalog().unlock(*id))?;
    session.extras_mut().locks.retain(|lock| !held.contains(&lock.id()));
    Ok(Outcome::done())
}

/// `SHOW LOCKS`: in the layout of Hive's older lock managers the locks that are held; with `hive.txn.manager` set to
/// `DbTxnManager`, in that of Hive's `DbLockManager` (`ShowLocksOperation`), also those that are waited for.
pub fn show(session: &Session, wanted: Option<&ShowLocksTarget>, extended: bool) -> Result<Outcome> {
    let object = match wanted {
        None => None,
        Some(ShowLocksTarget::Database(name)) => Some((names::database(session, name)?.name, None, None)),
        Some(ShowLocksTarget::Table(name, spec)) => Some(table_object(session, name, spec.as_ref())?),
    };
    if is_db_manager(session) {
        let (database, table, partition) = object.map_or((None, None, None), |(d, t, p)| (Some(d), t, p));
        let filter = LockFilter { database, table, partition, transaction: None };
        return Outcome::text(&COLUMNS, session.catalog().locks(&filter)?.iter().map(row).collect());
    }
    let within = |lock: &HeldLock| match &object {
        None => true,
        Some((database, None, _)) => lock.database == *database && lock.table.is_none(),
        Some(object) => of(lock) == *object,
    };
    let mut shown: Vec<(String, HeldLock)> =
        held(session)?.into_iter().filter(within).map(|lock| (display_name(&lock), lock)).collect();
    // By name; an exclusive lock before shared ones.
    let rank = |lock: &HeldLock| (LockMode::of(lock.kind) == LockMode::Shared, lock.id);
    shown.sort_by(|(a, left), (b, right)| a.cmp(b).then(rank(left).cmp(&rank(right))));
    let mut rows = Vec::new();
    for (name, lock) in shown {
        rows.push(vec![Some(name), Some(LockMode::of(lock.kind).name().to_string())]);
        if extended {
            let lines = [
                format!("LOCK_QUERYID:{}", lock.holder.agent.as_deref().unwrap_or_default()),
                format!("LOCK_TIME:{}", lock.acquired_at.unwrap_or_default()),
                format!("LOCK_MODE:{}", if lock.holder.explicit { "EXPLICIT" } else { "IMPLICIT" }),
                format!("LOCK_QUERYSTRING:{}", lock.holder.statement.as_deref().unwrap_or_default()),
            ];
            rows.extend(lines.into_iter().map(|line| vec![Some(line), Some(" ".to_string())]));
        }
    }
    Outcome::text(&["tab_name", "mode"], rows)
}

/// The columns of Hive's layout for its `DbLockManager`.
const COLUMNS: [&str; 13] = [
    "Lock ID",
    "Database",
    "Table",
    "Partition",
    "State",
    "Blocked By",
    "Type",
    "Transaction ID",
    "Last Heartbeat",
    "Acquired At",
    "User",
    "Hostname",
    "Agent Info",
];

fn row(lock: &HeldLock) -> Vec<Option<String>> {
    let or_null = |text: Option<String>| text.unwrap_or_else(|| "NULL".to_string());
    let state = match lock.state {
        LockState::Acquired => "ACQUIRED",
        LockState::Waiting => "WAITING",
        LockState::Aborted => "ABORT",
        LockState::NotAcquired => "NOT_ACQUIRED",
    };
    let blocked_by = lock.blocked_by.map_or_else(|| " ".repeat(12), |(id, part)| format!("{id}.{part}"));
    [
        format!("{}.{}", lock.id, lock.part),
        lock.database.clone(),
        or_null(lock.table.clone()),
        or_null(lock.partition.clone()),
        state.to_string(),
        blocked_by,
        lock.kind.name().to_string(),
        or_null(lock.transaction.map(|id| id.to_string())),
        lock.last_heartbeat.to_string(),
        or_null(lock.acquired_at.map(|time| time.to_string())),
        lock.holder.user.clone(),
        lock.holder.host.clone(),
        or_null(lock.holder.agent.clone()),
    ]
    .map(Some)
    .to_vec()
}

/// The locks that are held.
pub fn held(session: &Session) -> Result<Vec<HeldLock>> {
    let mut locks = session.catalog().locks(&LockFilter::default())?;
    locks.retain(|lock| lock.state == LockState::Acquired);
    Ok(locks)
}

/// The locks that other sessions and clients hold.
pub fn held_by_others(session: &Session) -> Result<Vec<HeldLock>> {
    let mut locks = held(session)?;
    locks.retain(|lock| !is_own(session, lock));
    Ok(locks)
}

/// Does the session hold this lock?
pub fn is_own(session: &Session, lock: &HeldLock) -> bool {
    lock.holder.session.as_deref() == Some(session.id())
}

/// Refuses a statement that changes what another session has locked, or a client of the metastore holds a lock on that
/// excludes the change. A drop is refused by the session's own locks, too.
pub fn check(session: &Session, statement: &Statement) -> Result<()> {
    let Some((changed, kind)) = changes(session, statement) else { return Ok(()) };
    let lock = held(session)?.into_iter().find(|lock| stops(session, lock, statement, &changed, kind));
    lock.map_or(Ok(()), |lock| Err(refused(Some(&lock))))
}

/// Does a lock that is held stop a change of these objects?
pub fn stops(session: &Session, lock: &HeldLock, statement: &Statement, changed: &Named, kind: LockKind) -> bool {
    let dropped = matches!(statement, Statement::DropTable(_) | Statement::DropDatabase(_));
    (dropped || !is_own(session, lock))
        // A lock that was asked for by name excludes all changes; those of statements, what they cannot bear.
        && (lock.holder.explicit || lock.kind.excludes(kind))
        && changed.iter().any(|object| overlaps(lock, object))
}

/// Is a lock on this database or table, or on something in it, or on what it is in?
pub fn overlaps(lock: &HeldLock, (database, table): &(String, Option<String>)) -> bool {
    lock.database == *database && (table.is_none() || lock.table.is_none() || lock.table == *table)
}

/// The error of a statement that a lock stops.
pub fn refused(by: Option<&HeldLock>) -> SkepError {
    let text = format!("Error in acquiring locks: {UNAVAILABLE}");
    SkepError::new(ErrorKind::Command, text).with_hint(told(by))
}

/// Databases, and the tables in them where not all of one is meant.
pub type Named = Vec<(String, Option<String>)>;

/// What a statement changes, and the kind of lock that Hive's `DbTxnManager` would take for it.
pub fn changes(session: &Session, statement: &Statement) -> Option<(Named, LockKind)> {
    let table = |name: &ObjectName| {
        let (database, name) = names::resolve(session, name);
        (database, Some(name))
    };
    let one = |name: &ObjectName, kind: LockKind| Some((vec![table(name)], kind));
    match statement {
        Statement::Insert(insert) => {
            let targets = insert.branches.iter().filter_map(|branch| match &branch.target {
                InsertTarget::Table(target) => Some(target),
                _ => None,
            });
            let overwrites = targets.clone().any(|target| target.overwrite);
            let kind = if overwrites { LockKind::ExclusiveWrite } else { LockKind::SharedWrite };
            Some((targets.map(|target| table(&target.table)).collect(), kind))
        }
        Statement::Update(update) => one(&update.table, LockKind::ExclusiveWrite),
        Statement::Delete(delete) => one(&delete.table, LockKind::ExclusiveWrite),
        Statement::Merge(merge) => one(&merge.target, LockKind::ExclusiveWrite),
        Statement::LoadData(load) if load.overwrite => one(&load.table, LockKind::ExclusiveWrite),
        Statement::LoadData(load) => one(&load.table, LockKind::SharedWrite),
        Statement::TruncateTable(truncate) => one(&truncate.name, LockKind::Exclusive),
        Statement::AlterTable(alter) => one(&alter.name, LockKind::Exclusive),
        Statement::DropTable(drop) => one(&drop.name, LockKind::Exclusive),
        Statement::DropDatabase(drop) => Some((vec![(drop.name.lower(), None)], LockKind::Exclusive)),
        _ => None,
    }
}

/// The exclusive lock of this list that keeps others from reading the table, if there is one.
pub fn hides<'l>(locks: &'l [HeldLock], table: &Table) -> Option<&'l HeldLock> {
    locks.iter().find(|lock| {
        lock.kind == LockKind::Exclusive
            && lock.database == table.database
            && lock.table.as_ref().is_none_or(|name| *name == table.name)
    })
}

/// Hive's message for locks that are not to be had.
pub const UNAVAILABLE: &str = "Locks on the underlying objects cannot be acquired. retry after some time";

fn unavailable(by: Option<&HeldLock>) -> SkepError {
    SkepError::new(ErrorKind::Command, UNAVAILABLE).with_hint(told(by))
}

/// Who holds a lock, since when, and for which statement.
pub fn told(by: Option<&HeldLock>) -> String {
    let Some(lock) = by else { return "SHOW LOCKS EXTENDED tells who holds them".to_string() };
    match lock.acquired_at.and_then(chrono::DateTime::from_timestamp_millis) {
        Some(since) => {
            let since = since.with_timezone(&chrono::Local).format("%Y-%m-%d %H:%M:%S");
            format!("since {since} {lock}")
        }
        None => lock.to_string(),
    }
}

fn is_db_manager(session: &Session) -> bool {
    session.config().get("hive.txn.manager").unwrap_or_default().ends_with(".DbTxnManager")
}

fn refuse_transaction_manager(session: &Session) -> Result<()> {
    if !is_db_manager(session) {
        return Ok(());
    }
    let manager = session.config().get("hive.txn.manager").unwrap_or_default();
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
    let partition = partition_name(&table.partition_keys, &values);
    Ok((table.database, Some(table.name), Some(partition)))
}

fn of(lock: &HeldLock) -> Object {
    (lock.database.clone(), lock.table.clone(), lock.partition.clone())
}

/// `database`, `database@table`, `database@table@ds=1/hr=2`
fn display_name(lock: &HeldLock) -> String {
    let parts = [Some(lock.database.as_str()), lock.table.as_deref(), lock.partition.as_deref()];
    parts.into_iter().flatten().collect::<Vec<_>>().join("@")
}
