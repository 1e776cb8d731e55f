//! Locks of clients: held, or waited for behind those that came before (`TxnHandler`).

use std::time::Duration;

use super::connection::{Connection, Row, Value, values};
use super::fault::{Attempt, Fault};
use super::transactions;
use crate::error::MetastoreError;
use crate::model::{
    DataOperation, Lock, LockAnswer, LockFilter, LockHolder, LockKind, LockPart, LockRequest, LockState,
    TransactionOwner,
};

const COLUMNS: &str = "lock_id, part, transaction_id, database_name, table_name, partition_name, kind, state, \
     blocked_by_lock, blocked_by_part, \"user\", host, agent, last_heartbeat, acquired_at, zero_wait, session, statement, \
     process, explicit";

/// A row of the table.
struct Held {
    lock: Lock,
    /// Is it rather not held than waited for?
    zero_wait: bool,
}

fn read(row: &Row<'_>) -> Attempt<Held> {
    let what = || "a lock".to_string();
    let kind: &str = row.get(6)?;
    let kind = LockKind::ALL.into_iter().find(|k| k.name() == kind);
    let transaction: i64 = row.get(2)?;
    let blocked_by: (Option<i64>, Option<i64>) = (row.get(8)?, row.get(9)?);
    Ok(Held {
        lock: Lock {
            id: row.get(0)?,
            part: row.get(1)?,
            transaction: (transaction != 0).then_some(transaction),
            database: row.get(3)?,
            table: row.get(4)?,
            partition: row.get(5)?,
            kind: kind.ok_or_else(|| Fault::record(what(), "no kind of locks is called so"))?,
            state: match row.get(7)? {
                "acquired" => LockState::Acquired,
                "waiting" => LockState::Waiting,
                other => return Err(Fault::record(what(), format!("it is {other}"))),
            },
            blocked_by: blocked_by.0.zip(blocked_by.1),
            holder: LockHolder {
                user: row.get(10)?,
                host: row.get(11)?,
                agent: row.get(12)?,
                session: row.get(16)?,
                statement: row.get(17)?,
                process: row.get(18)?,
                explicit: row.get(19)?,
            },
            last_heartbeat: row.get(13)?,
            acquired_at: row.get(14)?,
        },
        zero_wait: row.get(15)?,
    })
}

/// Asks for a lock.
pub(super) fn lock(connection: &mut Connection<'_>, request: &LockRequest, timeout: Duration) -> Attempt<LockAnswer> {
    if request.parts.is_empty() {
        return Err(MetastoreError::InvalidObject("a lock needs at least one part".to_string()).into());
    }
    transactions::expire(connection, timeout)?;
    forget_dead(connection)?;
    let transaction = request.transaction.unwrap_or(0);
    if transaction != 0 {
        transactions::ensure_open(connection, transaction)?;
        for part in request.parts.iter().filter(|part| writes(part)) {
            let place = [&part.database, part.table.as_deref().unwrap_or(""), part.partition.as_deref().unwrap_or("")];
            transactions::add_component(connection, transaction, place, part.operation)?;
        }
    }
    let id = transactions::next_numbers(connection, "lock", 1)?;
    let now = connection.now()?;
    for (number, part) in (1_i64..).zip(&request.parts) {
        let zero_wait = match part.kind {
            LockKind::SharedRead => request.zero_wait_read,
            LockKind::Exclusive | LockKind::ExclusiveWrite => request.exclusive_ctas,
            LockKind::SharedWrite => false,
        };
        connection.execute(
            "INSERT INTO locks (lock_id, part, transaction_id, database_name, table_name, partition_name, kind, state,
                 zero_wait, \"user\", host, agent, last_heartbeat, session, statement, process, explicit)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'waiting', ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
            values![
                id,
                number,
                transaction,
                &part.database,
                &part.table,
                &part.partition,
                part.kind.name(),
                zero_wait,
                &request.holder.user,
                &request.holder.host,
                &request.holder.agent,
                now,
                &request.holder.session,
                &request.holder.statement,
                request.holder.process,
                request.holder.explicit,
            ],
        )?;
    }
    advance(connection, id)
}

/// Does a part say what its transaction writes? (Which partitions a dynamic one writes is told later.)
fn writes(part: &LockPart) -> bool {
    part.transactional
        && !part.dynamic_partitions
        && matches!(part.operation, DataOperation::Insert | DataOperation::Update | DataOperation::Delete)
}

/// How far a lock is.
pub(super) fn check(connection: &mut Connection<'_>, id: i64, timeout: Duration) -> Attempt<LockAnswer> {
    transactions::expire(connection, timeout)?;
    heartbeat(connection, id)?;
    let transaction = connection
        .first("SELECT transaction_id FROM locks WHERE lock_id = ?1", values![id], |row| row.get::<i64>(0))?;
    if let Some(transaction) = transaction.filter(|transaction| *transaction != 0) {
        transactions::heartbeat(connection, transaction)?;
    }
    advance(connection, id)
}

/// Makes a lock a held one if nothing is in its way.
fn advance(connection: &mut Connection<'_>, id: i64) -> Attempt<LockAnswer> {
    let sql = format!("SELECT {COLUMNS} FROM locks WHERE lock_id = ?1 ORDER BY part");
    let parts = connection.all(&sql, values![id], read)?;
    if parts.iter().all(|part| part.lock.state == LockState::Acquired) {
        return Ok(LockAnswer { id, state: LockState::Acquired, message: None });
    }
    for part in &parts {
        let sql =
            format!("SELECT {COLUMNS} FROM locks WHERE database_name = ?1 AND lock_id < ?2 ORDER BY lock_id, part");
        let before = connection.all(&sql, values![&part.lock.database, id], read)?;
        let Some(other) = before.iter().find(|other| is_in_the_way(&other.lock, &part.lock)) else { continue };
        if part.zero_wait && matches!(other.lock.kind, LockKind::Exclusive | LockKind::ExclusiveWrite) {
            connection.execute("DELETE FROM locks WHERE lock_id = ?1", values![id])?;
            let message = format!("Unable to acquire {} lock due to {}", kind_word(part.lock.kind), shown(&other.lock));
            return Ok(LockAnswer { id, state: LockState::NotAcquired, message: Some(message) });
        }
        connection.execute(
            "UPDATE locks SET blocked_by_lock = ?3, blocked_by_part = ?4 WHERE lock_id = ?1 AND part = ?2",
            values![id, part.lock.part, other.lock.id, other.lock.part],
        )?;
        return Ok(LockAnswer { id, state: LockState::Waiting, message: None });
    }
    let now = connection.now()?;
    connection.execute(
        "UPDATE locks SET state = 'acquired', acquired_at = ?2, blocked_by_lock = NULL, blocked_by_part = NULL
         WHERE lock_id = ?1",
        values![id, now],
    )?;
    Ok(LockAnswer { id, state: LockState::Acquired, message: None })
}

fn kind_word(kind: LockKind) -> &'static str {
    match kind {
        LockKind::SharedRead | LockKind::SharedWrite => "read",
        LockKind::ExclusiveWrite | LockKind::Exclusive => "exclusive",
    }
}

fn shown(lock: &Lock) -> String {
    let place: Vec<&str> = [Some(lock.database.as_str()), lock.table.as_deref(), lock.partition.as_deref()]
        .into_iter()
        .flatten()
        .collect();
    let transaction = lock.transaction.unwrap_or(0);
    format!("the {} lock lockid:{} of txnid:{transaction} on {}", lock.kind.name(), lock.id, place.join("/"))
}

/// Must a lock wait for one that came before?
fn is_in_the_way(before: &Lock, wanted: &Lock) -> bool {
    fn apart(a: &Option<String>, b: &Option<String>) -> bool {
        a.as_ref().zip(b.as_ref()).is_some_and(|(a, b)| a != b)
    }
    // Reading a database and replacing one of its tables go together.
    let reads_database = |lock: &Lock| lock.table.is_none() && lock.kind == LockKind::SharedRead;
    let takes_table =
        |lock: &Lock| lock.table.is_some() && lock.partition.is_none() && lock.kind == LockKind::Exclusive;
    let of_one_transaction = before.transaction.is_some() && before.transaction == wanted.transaction;
    // LOCK TABLE t SHARED and LOCK TABLE t PARTITION (…) EXCLUSIVE of one session go together in Hive's lock manager.
    let of_one_session = before.holder.session.is_some()
        && before.holder.session == wanted.holder.session
        && (&before.table, &before.partition) != (&wanted.table, &wanted.partition);
    let apart = apart(&before.table, &wanted.table) || apart(&before.partition, &wanted.partition);
    let goes_together = reads_database(before) && takes_table(wanted) || takes_table(before) && reads_database(wanted);
    before.kind.excludes(wanted.kind) && !of_one_transaction && !of_one_session && !apart && !goes_together
}

/// Prolongs a lock.
pub(super) fn heartbeat(connection: &mut Connection<'_>, id: i64) -> Attempt<()> {
    let now = connection.now()?;
    if connection.execute("UPDATE locks SET last_heartbeat = ?2 WHERE lock_id = ?1", values![id, now])? == 0 {
        return Err(MetastoreError::NoSuchLock(format!("No such lock lockid:{id}")).into());
    }
    Ok(())
}

/// Releases a lock. One that is not there is released already.
pub(super) fn unlock(connection: &mut Connection<'_>, id: i64) -> Attempt<()> {
    let released = connection
        .execute("DELETE FROM locks WHERE lock_id = ?1 AND (transaction_id = 0 OR state = 'waiting')", values![id])?;
    let sql = format!("SELECT {COLUMNS} FROM locks WHERE lock_id = ?1 ORDER BY part");
    if released == 0
        && let Some(held) = connection.first(&sql, values![id], read)?
    {
        let message = format!("Unlocking locks associated with transaction not permitted.  {}", shown(&held.lock));
        return Err(MetastoreError::TransactionOpen(message).into());
    }
    Ok(())
}

/// Releases the locks of a transaction.
pub(super) fn release_all(connection: &mut Connection<'_>, transaction: i64) -> Attempt<()> {
    connection.execute("DELETE FROM locks WHERE transaction_id = ?1", values![transaction])?;
    Ok(())
}

/// The process of a lock's holder.
fn owner(holder: &LockHolder) -> TransactionOwner {
    TransactionOwner { user: holder.user.clone(), host: holder.host.clone(), process: holder.process }
}

/// Removes locks whose processes are gone for sure, without waiting for their time to be over.
fn forget_dead(connection: &mut Connection<'_>) -> Attempt<()> {
    let sql = format!("SELECT {COLUMNS} FROM locks WHERE transaction_id = 0 AND process <> 0");
    for held in connection.all(&sql, &[], read)? {
        if owner(&held.lock.holder).is_dead() {
            connection.execute("DELETE FROM locks WHERE lock_id = ?1", values![held.lock.id])?;
        }
    }
    Ok(())
}

/// The locks that are held or waited for. Those of processes that are gone are left out.
pub(super) fn list(connection: &mut Connection<'_>, filter: &LockFilter) -> Attempt<Vec<Lock>> {
    let mut sql = format!("SELECT {COLUMNS} FROM locks");
    let mut parameters: Vec<Value<'_>> = vec![];
    for (column, wanted) in [
        ("database_name", filter.database.as_deref().map(Value::from)),
        ("table_name", filter.table.as_deref().map(Value::from)),
        ("partition_name", filter.partition.as_deref().map(Value::from)),
        ("transaction_id", filter.transaction.map(Value::from)),
    ] {
        if let Some(value) = wanted {
            parameters.push(value);
            let word = if parameters.len() == 1 { "WHERE" } else { "AND" };
            sql.push_str(&format!(" {word} {column} = ?{}", parameters.len()));
        }
    }
    sql.push_str(" ORDER BY lock_id, part");
    let all = connection.all(&sql, &parameters, read)?.into_iter().map(|held| held.lock);
    Ok(all.filter(|lock| !owner(&lock.holder).is_dead()).collect())
}
