//! Transactions. Their write ids are in [`super::write_ids`], their locks in [`super::locks`].

use std::time::Duration;

use super::connection::{Connection, Next, Row, values};
use super::fault::{Attempt, Fault};
use super::{event_messages, events, locks, write_ids};
use crate::error::MetastoreError;
use crate::model::{
    DataOperation, HeartbeatRange, OpenTransactions, Transaction, TransactionKind, TransactionOwner, TransactionState,
    ValidTransactions, WriteTransaction,
};

/// The next numbers of a kind; returns the last of them.
pub(super) fn next_numbers(connection: &mut Connection<'_>, counter: &str, count: usize) -> Attempt<i64> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    connection.number("UPDATE counters SET value = value + ?2 WHERE name = ?1 RETURNING value", values![counter, count])
}

fn last_number(connection: &mut Connection<'_>, counter: &str) -> Attempt<i64> {
    connection.number("SELECT value FROM counters WHERE name = ?1", values![counter])
}

/// Opens a transaction of an engine and gives it the table's next write id. Those of processes that died are aborted on the
/// way, and those whose time is over: of an engine on another machine only its heartbeats tell that it lives.
pub(super) fn begin(
    connection: &mut Connection<'_>,
    [database, table]: [&str; 2],
    owner: &TransactionOwner,
    timeout: Duration,
) -> Attempt<WriteTransaction> {
    abort_dead(connection)?;
    expire(connection, timeout)?;
    let transaction = next_numbers(connection, "transaction", 1)?;
    let now = connection.now()?;
    connection.execute(
        "INSERT INTO txns (transaction_id, state, kind, \"user\", host, process, started_at, last_heartbeat)
         VALUES (?1, 'open', 0, ?2, ?3, ?4, ?5, ?6)",
        values![transaction, &owner.user, &owner.host, owner.process, now / 1000, now],
    )?;
    events::put(connection, |now| event_messages::open_transactions(&[transaction], now))?;
    let (_, write_id) = write_ids::allocate_one(connection, database, table, transaction)?;
    events::put(connection, |now| event_messages::write_ids(database, table, &[(transaction, write_id)], now))?;
    Ok(WriteTransaction { transaction, write_id })
}

/// Opens transactions of a client.
pub(super) fn open(
    connection: &mut Connection<'_>,
    request: &OpenTransactions,
    timeout: Duration,
) -> Attempt<Vec<i64>> {
    if request.count == 0 {
        let message = format!("Invalid input for number of txns: {}", request.count);
        return Err(MetastoreError::InvalidObject(message).into());
    }
    expire(connection, timeout)?;
    if let Some((policy, sources)) = &request.replicated {
        if sources.len() != request.count {
            let message = format!("{} transactions are to be opened for {} of {policy}", request.count, sources.len());
            return Err(MetastoreError::InvalidObject(message).into());
        }
        let there = replicated(connection, policy, sources)?;
        if !there.is_empty() {
            return Ok(there); // it was asked for before
        }
    }
    let last = next_numbers(connection, "transaction", request.count)?;
    let now = connection.now()?;
    let ids: Vec<i64> = (0..request.count as i64).rev().map(|back| last - back).collect();
    for (i, id) in ids.iter().enumerate() {
        connection.execute(
            "INSERT INTO txns (transaction_id, state, kind, \"user\", host, process, agent, started_at, last_heartbeat)
             VALUES (?1, 'open', ?2, ?3, ?4, 0, ?5, ?6, ?7)",
            values![id, request.kind.number(), &request.user, &request.host, &request.agent, now / 1000, now],
        )?;
        if let Some((policy, sources)) = &request.replicated
            && let Some(source) = sources.get(i)
        {
            connection.execute(
                "INSERT INTO replicated_txns (policy, source_id, transaction_id) VALUES (?1, ?2, ?3)
                 ON CONFLICT (policy, source_id) DO UPDATE SET transaction_id = excluded.transaction_id",
                values![policy, source, id],
            )?;
        }
    }
    if request.kind != TransactionKind::ReadOnly {
        events::put(connection, |now| event_messages::open_transactions(&ids, now))?;
    }
    Ok(ids)
}

/// The numbers here of a replication's transactions that are open.
pub(super) fn replicated(connection: &mut Connection<'_>, policy: &str, sources: &[i64]) -> Attempt<Vec<i64>> {
    let list = connection.dialect().integers(2);
    let sql = format!(
        "SELECT r.transaction_id FROM replicated_txns r JOIN txns t ON t.transaction_id = r.transaction_id
         WHERE r.policy = ?1 AND r.source_id IN {list} AND t.state = 'open' ORDER BY r.source_id"
    );
    connection.all(&sql, values![policy, sources], |row| row.get(0))
}

/// Whoever finishes a commit of files says that its transaction is committed, whatever was thought of it meanwhile.
pub(super) fn commit_recorded(connection: &mut Connection<'_>, transaction: i64) -> Attempt<()> {
    if state(connection, transaction)?.is_some_and(|state| state != "committed") {
        end(connection, transaction)?;
    }
    Ok(())
}

/// Commits a client's transaction. One that is aborted instead, as another one has changed the same rows and committed
/// first, is answered with why.
pub(super) fn commit(connection: &mut Connection<'_>, transaction: i64) -> Attempt<Option<String>> {
    ensure_open(connection, transaction)?;
    if let Some((database, table, partition, mine, other, theirs)) = conflict(connection, transaction)? {
        let what = [database, table, partition].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
        let message = format!(
            "Aborting [txnid:{transaction}] due to a write conflict on {} committed by [txnid:{other}] {}/{}",
            what.join("/"),
            word(&mine),
            word(&theirs)
        );
        abort_open(connection, transaction)?;
        return Ok(Some(message));
    }
    end(connection, transaction)?;
    Ok(None)
}

fn word(operation: &str) -> char {
    operation.chars().next().map_or('?', |first| first.to_ascii_lowercase())
}

/// What another transaction that was open at the same time has changed and committed, and this one changed, too:
/// database, table, partition, what this one did, the other one, what that did.
#[allow(clippy::type_complexity)]
fn conflict(
    connection: &mut Connection<'_>,
    transaction: i64,
) -> Attempt<Option<(String, String, String, String, i64, String)>> {
    connection.first(
        "SELECT mine.database_name, mine.table_name, mine.partition_name, mine.operation, t.transaction_id,
             other.operation
         FROM txn_components mine
             JOIN txn_components other ON other.database_name = mine.database_name
                 AND other.table_name = mine.table_name AND other.partition_name = mine.partition_name
             JOIN txns t ON t.transaction_id = other.transaction_id
         WHERE mine.transaction_id = ?1 AND mine.operation IN ('UPDATE', 'DELETE')
             AND other.operation IN ('UPDATE', 'DELETE') AND t.state = 'committed' AND t.ended_at >= ?1
             AND t.transaction_id <> ?1",
        values![transaction],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?)),
    )
}

/// Makes a transaction a committed one, and forgets those that no snapshot can need.
fn end(connection: &mut Connection<'_>, transaction: i64) -> Attempt<()> {
    let last = last_number(connection, "transaction")?;
    connection.execute(
        "UPDATE txns SET state = 'committed', ended_at = ?2 WHERE transaction_id = ?1",
        values![transaction, last],
    )?;
    locks::release_all(connection, transaction)?;
    events::put(connection, |now| event_messages::commit_transaction(transaction, now))?;
    forget_committed(connection)
}

fn forget_committed(connection: &mut Connection<'_>) -> Attempt<()> {
    connection.execute(
        "DELETE FROM txns WHERE state = 'committed'
         AND ended_at < coalesce((SELECT min(o.transaction_id) FROM txns o WHERE o.state = 'open'), ended_at + 1)",
        &[],
    )?;
    Ok(())
}

fn state(connection: &mut Connection<'_>, transaction: i64) -> Attempt<Option<String>> {
    connection.first("SELECT state FROM txns WHERE transaction_id = ?1", values![transaction], |row| row.get(0))
}

/// An error where the transaction is not open.
pub(super) fn ensure_open(connection: &mut Connection<'_>, transaction: i64) -> Attempt<()> {
    let error = match state(connection, transaction)?.as_deref() {
        Some("open") => return Ok(()),
        Some("aborted") => {
            MetastoreError::TransactionAborted(format!("Transaction txnid:{transaction} already aborted"))
        }
        Some(_) => MetastoreError::NoSuchTransaction(format!("Transaction txnid:{transaction} is already committed.")),
        None => MetastoreError::NoSuchTransaction(format!("No such transaction txnid:{transaction}")),
    };
    Err(error.into())
}

/// Aborts transactions that are there, open or aborted already.
pub(super) fn abort(connection: &mut Connection<'_>, transactions: &[i64]) -> Attempt<()> {
    for transaction in transactions {
        match state(connection, *transaction)?.as_deref() {
            Some("open") => abort_open(connection, *transaction)?,
            Some("aborted") => {}
            _ => {
                let message = format!("No such transaction txnid:{transaction}");
                return Err(MetastoreError::NoSuchObject(message).into());
            }
        }
    }
    Ok(())
}

/// Aborts a client's transaction, which must be open.
pub(super) fn abort_one(connection: &mut Connection<'_>, transaction: i64) -> Attempt<()> {
    ensure_open(connection, transaction)?;
    abort_open(connection, transaction)
}

fn abort_open(connection: &mut Connection<'_>, transaction: i64) -> Attempt<()> {
    let last = last_number(connection, "transaction")?;
    connection.execute(
        "UPDATE txns SET state = 'aborted', ended_at = ?2 WHERE transaction_id = ?1",
        values![transaction, last],
    )?;
    locks::release_all(connection, transaction)?;
    events::put(connection, |now| event_messages::abort_transaction(transaction, now))?;
    forget_committed(connection)
}

fn abort_dead(connection: &mut Connection<'_>) -> Attempt<()> {
    let open = list(connection)?.into_iter().filter(|t| t.state == TransactionState::Open && t.owner.is_dead());
    abort(connection, &open.map(|transaction| transaction.id).collect::<Vec<_>>())
}

/// Is anyone's time over?
pub(super) fn has_expired(connection: &mut Connection<'_>, timeout: Duration) -> Attempt<bool> {
    let before = deadline(connection, timeout)?;
    connection.exists(
        "SELECT 1 FROM txns WHERE state = 'open' AND last_heartbeat < ?1 AND kind <> ?2
         UNION ALL SELECT 1 FROM locks WHERE transaction_id = 0 AND last_heartbeat < ?1",
        values![before, TransactionKind::Replication.number()],
    )
}

fn deadline(connection: &mut Connection<'_>, timeout: Duration) -> Attempt<i64> {
    Ok(connection.now()? - i64::try_from(timeout.as_millis()).unwrap_or(i64::MAX / 2))
}

/// Aborts transactions and removes locks whose time is over, and forgets aborted transactions that wrote nothing and
/// ended longer ago than anyone asks for.
pub(super) fn expire(connection: &mut Connection<'_>, timeout: Duration) -> Attempt<usize> {
    let before = deadline(connection, timeout)?;
    let over: Vec<i64> = connection.all(
        "SELECT transaction_id FROM txns WHERE state = 'open' AND last_heartbeat < ?1 AND kind <> ?2
         ORDER BY transaction_id",
        values![before, TransactionKind::Replication.number()],
        |row| row.get(0),
    )?;
    abort(connection, &over)?;
    connection.execute(
        "DELETE FROM txns WHERE state = 'aborted' AND last_heartbeat < ?1
         AND NOT EXISTS (SELECT 1 FROM txn_write_ids w WHERE w.transaction_id = txns.transaction_id)
         AND ended_at < coalesce((SELECT min(o.transaction_id) FROM txns o WHERE o.state = 'open'), ended_at + 1)",
        values![before - 1_000_000],
    )?;
    let locks =
        connection.execute("DELETE FROM locks WHERE transaction_id = 0 AND last_heartbeat < ?1", values![before])?;
    Ok(over.len() + locks)
}

/// The transactions that are open or aborted.
pub(super) fn list(connection: &mut Connection<'_>) -> Attempt<Vec<Transaction>> {
    connection.all(
        "SELECT transaction_id, state, \"user\", host, process, started_at, kind, agent, last_heartbeat
         FROM txns WHERE state <> 'committed' ORDER BY transaction_id",
        &[],
        read,
    )
}

fn read(row: &Row<'_>) -> Attempt<Transaction> {
    let state = match row.get(1)? {
        "open" => TransactionState::Open,
        "aborted" => TransactionState::Aborted,
        other => return Err(Fault::record("a transaction", format!("it is {other}"))),
    };
    let kind: i32 = row.get(6)?;
    Ok(Transaction {
        id: row.get(0)?,
        state,
        owner: TransactionOwner { user: row.get(2)?, host: row.get(3)?, process: row.get(4)? },
        started: row.get(5)?,
        kind: TransactionKind::ALL.into_iter().find(|k| k.number() == kind).unwrap_or_default(),
        agent: row.get(7)?,
        last_heartbeat: row.get(8)?,
    })
}

/// Which transactions a reader sees now.
pub(super) fn valid(connection: &mut Connection<'_>) -> Attempt<ValidTransactions> {
    let mut valid = ValidTransactions { high: last_number(connection, "transaction")?, ..Default::default() };
    connection.rows(
        "SELECT transaction_id, state FROM txns WHERE state <> 'committed' ORDER BY transaction_id",
        &[],
        |row| {
            let state: &str = row.get(1)?;
            if state == "open" { &mut valid.open } else { &mut valid.aborted }.push(row.get(0)?);
            Ok(Next::Go)
        },
    )?;
    Ok(valid)
}

/// Prolongs a transaction.
pub(super) fn heartbeat(connection: &mut Connection<'_>, transaction: i64) -> Attempt<()> {
    ensure_open(connection, transaction)?;
    let now = connection.now()?;
    connection.execute(
        "UPDATE txns SET last_heartbeat = ?2 WHERE transaction_id = ?1 AND last_heartbeat IS NOT NULL",
        values![transaction, now],
    )?;
    Ok(())
}

/// Prolongs the open transactions of a range.
pub(super) fn heartbeat_range(connection: &mut Connection<'_>, from: i64, to: i64) -> Attempt<HeartbeatRange> {
    if to < from || to - from > 100_000 {
        let message = format!("a heartbeat is for a range of transactions, not from {from} to {to}");
        return Err(MetastoreError::InvalidObject(message).into());
    }
    let now = connection.now()?;
    connection.execute(
        "UPDATE txns SET last_heartbeat = ?3
         WHERE transaction_id BETWEEN ?1 AND ?2 AND state = 'open' AND last_heartbeat IS NOT NULL",
        values![from, to, now],
    )?;
    let mut answer = HeartbeatRange::default();
    let mut open = vec![];
    connection.rows(
        "SELECT transaction_id, state FROM txns WHERE transaction_id BETWEEN ?1 AND ?2 ORDER BY transaction_id",
        values![from, to],
        |row| {
            match row.get(1)? {
                "open" => open.push(row.get::<i64>(0)?),
                "aborted" => answer.aborted.push(row.get(0)?),
                _ => {}
            }
            Ok(Next::Go)
        },
    )?;
    let there = |id: &i64| open.binary_search(id).is_ok() || answer.aborted.binary_search(id).is_ok();
    answer.missing = (from..=to).filter(|id| !there(id)).collect();
    Ok(answer)
}

/// Says that the numbers up to this one are taken.
pub(super) fn seed(connection: &mut Connection<'_>, last: i64) -> Attempt<()> {
    let taken = last_number(connection, "transaction")?;
    if taken >= last {
        let message = format!("Invalid txnId seed {last}, transactions up to {taken} are there");
        return Err(MetastoreError::InvalidOperation(message).into());
    }
    connection.execute("UPDATE counters SET value = ?1 WHERE name = 'transaction'", values![last])?;
    Ok(())
}

/// Says what a transaction writes into. An empty text stands for no partition.
pub(super) fn add_component(
    connection: &mut Connection<'_>,
    transaction: i64,
    place: [&str; 3],
    operation: DataOperation,
) -> Attempt<()> {
    connection.execute(
        "INSERT INTO txn_components (transaction_id, database_name, table_name, partition_name, operation)
         VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
        values![transaction, place[0], place[1], place[2], operation.name()],
    )?;
    Ok(())
}

/// Says which partitions a transaction has written.
pub(super) fn add_partitions(
    connection: &mut Connection<'_>,
    transaction: i64,
    table: [&str; 2],
    partitions: &[String],
    operation: DataOperation,
) -> Attempt<()> {
    ensure_open(connection, transaction)?;
    for partition in partitions {
        add_component(connection, transaction, [table[0], table[1], partition], operation)?;
    }
    Ok(())
}

pub(super) fn rename(connection: &mut Connection<'_>, from: [&str; 2], to: [&str; 2]) -> Attempt<()> {
    forget(connection, to)?;
    for table in ["txn_write_ids", "last_write_ids", "compactions", "txn_components"] {
        connection.execute(
            &format!(
                "UPDATE {table} SET database_name = ?1, table_name = ?2 WHERE database_name = ?3 AND table_name = ?4"
            ),
            values![to[0], to[1], from[0], from[1]],
        )?;
    }
    Ok(())
}

/// A later table of that name begins anew.
pub(super) fn forget(connection: &mut Connection<'_>, table: [&str; 2]) -> Attempt<()> {
    for from in ["txn_write_ids", "last_write_ids", "compactions", "txn_components"] {
        connection.execute(
            &format!("DELETE FROM {from} WHERE database_name = ?1 AND table_name = ?2"),
            values![table[0], table[1]],
        )?;
    }
    Ok(())
}

/// As [`forget`], for all tables of a database.
pub(super) fn forget_database(connection: &mut Connection<'_>, database: &str) -> Attempt<()> {
    for from in ["txn_write_ids", "last_write_ids", "compactions", "txn_components"] {
        connection.execute(&format!("DELETE FROM {from} WHERE database_name = ?1"), values![database])?;
    }
    Ok(())
}
