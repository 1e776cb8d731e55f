//! Transactions, write ids and compactions of transactional tables.

use rusqlite::{Connection, OptionalExtension, params};

use super::fault::{Attempt, Fault};
use crate::error::MetastoreError;
use crate::model::{Compaction, Transaction, TransactionOwner, TransactionState, ValidWriteIds, WriteTransaction};

/// Opens a transaction and gives it the table's next write id. Those of processes that died are aborted on the way.
pub(super) fn begin(
    connection: &Connection,
    database: &str,
    table: &str,
    owner: &TransactionOwner,
) -> Attempt<WriteTransaction> {
    abort_dead(connection)?;
    connection
        .prepare_cached(
            "INSERT INTO transactions (state, user, host, process, started_at)
             VALUES ('open', ?1, ?2, ?3, CAST(strftime('%s', 'now') AS INTEGER))",
        )?
        .execute(params![owner.user, owner.host, owner.process])?;
    let transaction = connection.last_insert_rowid();
    let write_id = connection
        .prepare_cached(
            "INSERT INTO last_write_ids (database_name, table_name, write_id) VALUES (?1, ?2, 1)
             ON CONFLICT DO UPDATE SET write_id = write_id + 1 RETURNING write_id",
        )?
        .query_row([database, table], |row| row.get(0))?;
    connection
        .prepare_cached(
            "INSERT INTO write_ids (database_name, table_name, write_id, transaction_id) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![database, table, write_id, transaction])?;
    Ok(WriteTransaction { transaction, write_id })
}

/// Whoever finishes a commit says that its transaction is committed, whatever was thought of it meanwhile.
pub(super) fn commit(connection: &Connection, transaction: i64) -> Attempt<()> {
    connection.execute("DELETE FROM write_ids WHERE transaction_id = ?1", [transaction])?;
    connection.execute("DELETE FROM transactions WHERE transaction_id = ?1", [transaction])?;
    Ok(())
}

pub(super) fn abort(connection: &Connection, transactions: &[i64]) -> Attempt<()> {
    for transaction in transactions {
        let changed =
            connection.execute("UPDATE transactions SET state = 'aborted' WHERE transaction_id = ?1", [transaction])?;
        if changed == 0 {
            let message = format!("No such transaction txnid:{transaction}");
            return Err(MetastoreError::NoSuchObject(message).into());
        }
    }
    Ok(())
}

fn abort_dead(connection: &Connection) -> Attempt<()> {
    for transaction in list(connection)? {
        if transaction.state == TransactionState::Open && transaction.owner.is_dead() {
            abort(connection, &[transaction.id])?;
        }
    }
    Ok(())
}

pub(super) fn list(connection: &Connection) -> Attempt<Vec<Transaction>> {
    let mut statement = connection.prepare_cached(
        "SELECT transaction_id, state, user, host, process, started_at FROM transactions ORDER BY transaction_id",
    )?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let state = match row.get::<_, String>(1)?.as_str() {
            "open" => TransactionState::Open,
            "aborted" => TransactionState::Aborted,
            other => return Err(Fault::record("a transaction", format!("it is {other}"))),
        };
        found.push(Transaction {
            id: row.get(0)?,
            state,
            owner: TransactionOwner { user: row.get(2)?, host: row.get(3)?, process: row.get(4)? },
            started: row.get(5)?,
        });
    }
    Ok(found)
}

pub(super) fn valid_write_ids(connection: &Connection, database: &str, table: &str) -> Attempt<ValidWriteIds> {
    let high = connection
        .prepare_cached("SELECT write_id FROM last_write_ids WHERE database_name = ?1 AND table_name = ?2")?
        .query_row([database, table], |row| row.get(0))
        .optional()?;
    let mut valid = ValidWriteIds::up_to(high.unwrap_or(0));
    let mut statement = connection.prepare_cached(
        "SELECT write_id, state FROM write_ids JOIN transactions USING (transaction_id)
         WHERE database_name = ?1 AND table_name = ?2 ORDER BY write_id",
    )?;
    let mut rows = statement.query([database, table])?;
    while let Some(row) = rows.next()? {
        let state = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
        if state == "open" { &mut valid.open } else { &mut valid.aborted }.push(row.get(0)?);
    }
    Ok(valid)
}

/// What was written under another name goes with the table's rename.
pub(super) fn rename(connection: &Connection, from: [&str; 2], to: [&str; 2]) -> Attempt<()> {
    forget(connection, to)?;
    for table in ["write_ids", "last_write_ids", "compactions"] {
        connection.execute(
            &format!(
                "UPDATE {table} SET database_name = ?1, table_name = ?2 WHERE database_name = ?3 AND table_name = ?4"
            ),
            [to[0], to[1], from[0], from[1]],
        )?;
    }
    Ok(())
}

/// A later table of that name begins anew.
pub(super) fn forget(connection: &Connection, table: [&str; 2]) -> Attempt<()> {
    for from in ["write_ids", "last_write_ids", "compactions"] {
        connection.execute(&format!("DELETE FROM {from} WHERE database_name = ?1 AND table_name = ?2"), table)?;
    }
    Ok(())
}

/// As [`forget`], for all tables of a database.
pub(super) fn forget_database(connection: &Connection, database: &str) -> Attempt<()> {
    for from in ["write_ids", "last_write_ids", "compactions"] {
        connection.execute(&format!("DELETE FROM {from} WHERE database_name = ?1"), [database])?;
    }
    Ok(())
}

/// Adds a compaction (number 0) or replaces what is known of one; returns its number.
pub(super) fn put_compaction(connection: &Connection, compaction: &Compaction) -> Attempt<i64> {
    connection
        .prepare_cached(
            "INSERT INTO compactions (compaction_id, database_name, table_name, partition_name, kind, state, user, host,
                 process, enqueued_at, started_at, ended_at, highest_write_id, error)
             VALUES (nullif(?1, 0), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
             ON CONFLICT (compaction_id) DO UPDATE SET state = ?6, started_at = ?11, ended_at = ?12,
                 highest_write_id = ?13, error = ?14",
        )?
        .execute(params![
            compaction.id,
            compaction.database,
            compaction.table,
            compaction.partition,
            compaction.kind,
            compaction.state,
            compaction.owner.user,
            compaction.owner.host,
            compaction.owner.process,
            compaction.enqueued,
            compaction.started,
            compaction.ended,
            compaction.highest_write_id,
            compaction.error,
        ])?;
    Ok(if compaction.id == 0 { connection.last_insert_rowid() } else { compaction.id })
}

pub(super) fn compactions(connection: &Connection) -> Attempt<Vec<Compaction>> {
    let mut statement = connection.prepare_cached(
        "SELECT compaction_id, database_name, table_name, partition_name, kind, state, user, host, process,
             enqueued_at, started_at, ended_at, highest_write_id, error
         FROM compactions ORDER BY compaction_id",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(Compaction {
            id: row.get(0)?,
            database: row.get(1)?,
            table: row.get(2)?,
            partition: row.get(3)?,
            kind: row.get(4)?,
            state: row.get(5)?,
            owner: TransactionOwner { user: row.get(6)?, host: row.get(7)?, process: row.get(8)? },
            enqueued: row.get(9)?,
            started: row.get(10)?,
            ended: row.get(11)?,
            highest_write_id: row.get(12)?,
            error: row.get(13)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
