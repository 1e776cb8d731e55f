//! Transactions, write ids and compactions of transactional tables.

use super::connection::{Connection, Next, values};
use super::fault::{Attempt, Fault};
use crate::error::MetastoreError;
use crate::model::{Transaction, TransactionKind, TransactionOwner, TransactionState, ValidWriteIds, WriteTransaction};

/// Opens a transaction and gives it the table's next write id. Those of processes that died are aborted on the way.
pub(super) fn begin(
    connection: &mut Connection<'_>,
    database: &str,
    table: &str,
    owner: &TransactionOwner,
) -> Attempt<WriteTransaction> {
    abort_dead(connection)?;
    let now = connection.now()? / 1000;
    let transaction = connection.number(
        "INSERT INTO transactions (state, \"user\", host, process, started_at)
         VALUES ('open', ?1, ?2, ?3, ?4) RETURNING transaction_id",
        values![&owner.user, &owner.host, owner.process, now],
    )?;
    let write_id = connection.number(
        "INSERT INTO last_write_ids (database_name, table_name, write_id) VALUES (?1, ?2, 1)
         ON CONFLICT (database_name, table_name) DO UPDATE SET write_id = last_write_ids.write_id + 1
         RETURNING write_id",
        values![database, table],
    )?;
    connection.execute(
        "INSERT INTO write_ids (database_name, table_name, write_id, transaction_id) VALUES (?1, ?2, ?3, ?4)",
        values![database, table, write_id, transaction],
    )?;
    Ok(WriteTransaction { transaction, write_id })
}

/// Whoever finishes a commit says that its transaction is committed, whatever was thought of it meanwhile.
pub(super) fn commit(connection: &mut Connection<'_>, transaction: i64) -> Attempt<()> {
    connection.execute("DELETE FROM write_ids WHERE transaction_id = ?1", values![transaction])?;
    connection.execute("DELETE FROM transactions WHERE transaction_id = ?1", values![transaction])?;
    Ok(())
}

pub(super) fn abort(connection: &mut Connection<'_>, transactions: &[i64]) -> Attempt<()> {
    for transaction in transactions {
        let changed = connection
            .execute("UPDATE transactions SET state = 'aborted' WHERE transaction_id = ?1", values![transaction])?;
        if changed == 0 {
            let message = format!("No such transaction txnid:{transaction}");
            return Err(MetastoreError::NoSuchObject(message).into());
        }
    }
    Ok(())
}

fn abort_dead(connection: &mut Connection<'_>) -> Attempt<()> {
    for transaction in list(connection)? {
        if transaction.state == TransactionState::Open && transaction.owner.is_dead() {
            abort(connection, &[transaction.id])?;
        }
    }
    Ok(())
}

pub(super) fn list(connection: &mut Connection<'_>) -> Attempt<Vec<Transaction>> {
    connection.all(
        "SELECT transaction_id, state, \"user\", host, process, started_at FROM transactions ORDER BY transaction_id",
        &[],
        |row| {
            let state = match row.get(1)? {
                "open" => TransactionState::Open,
                "aborted" => TransactionState::Aborted,
                other => return Err(Fault::record("a transaction", format!("it is {other}"))),
            };
            Ok(Transaction {
                id: row.get(0)?,
                state,
                owner: TransactionOwner { user: row.get(2)?, host: row.get(3)?, process: row.get(4)? },
                started: row.get(5)?,
                kind: TransactionKind::Default,
                agent: None,
                last_heartbeat: None,
            })
        },
    )
}

pub(super) fn valid_write_ids(connection: &mut Connection<'_>, database: &str, table: &str) -> Attempt<ValidWriteIds> {
    let high = connection.first(
        "SELECT write_id FROM last_write_ids WHERE database_name = ?1 AND table_name = ?2",
        values![database, table],
        |row| row.get(0),
    )?;
    let mut valid = ValidWriteIds::up_to(high.unwrap_or(0));
    connection.rows(
        "SELECT write_id, state FROM write_ids JOIN transactions USING (transaction_id)
         WHERE database_name = ?1 AND table_name = ?2 ORDER BY write_id",
        values![database, table],
        |row| {
            let state: &str = row.get(1)?;
            if state == "open" { &mut valid.open } else { &mut valid.aborted }.push(row.get(0)?);
            Ok(Next::Go)
        },
    )?;
    Ok(valid)
}

/// What was written under another name goes with the table's rename.
pub(super) fn rename(connection: &mut Connection<'_>, from: [&str; 2], to: [&str; 2]) -> Attempt<()> {
    forget(connection, to)?;
    for table in ["write_ids", "last_write_ids", "compactions"] {
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
    for from in ["write_ids", "last_write_ids", "compactions"] {
        connection.execute(
            &format!("DELETE FROM {from} WHERE database_name = ?1 AND table_name = ?2"),
            values![table[0], table[1]],
        )?;
    }
    Ok(())
}

/// As [`forget`], for all tables of a database.
pub(super) fn forget_database(connection: &mut Connection<'_>, database: &str) -> Attempt<()> {
    for from in ["write_ids", "last_write_ids", "compactions"] {
        connection.execute(&format!("DELETE FROM {from} WHERE database_name = ?1"), values![database])?;
    }
    Ok(())
}
