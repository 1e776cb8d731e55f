//! Write ids: the numbers that the writes of transactions have in each table.

use super::connection::{Connection, Next, values};
use super::fault::Attempt;
use super::{event_messages, events, transactions};
use crate::error::MetastoreError;
use crate::model::{ValidTransactions, ValidWriteIds};

/// Gives a transaction the table's next write id.
pub(super) fn allocate_one(
    connection: &mut Connection<'_>,
    database: &str,
    table: &str,
    transaction: i64,
) -> Attempt<(i64, i64)> {
    let write_id = connection.number(
        "INSERT INTO last_write_ids (database_name, table_name, write_id) VALUES (?1, ?2, 1)
         ON CONFLICT (database_name, table_name) DO UPDATE SET write_id = last_write_ids.write_id + 1
         RETURNING write_id",
        values![database, table],
    )?;
    connection.execute(
        "INSERT INTO txn_write_ids (database_name, table_name, write_id, transaction_id) VALUES (?1, ?2, ?3, ?4)",
        values![database, table, write_id, transaction],
    )?;
    Ok((transaction, write_id))
}

/// Gives open transactions write ids; those that have one keep it.
pub(super) fn allocate(
    connection: &mut Connection<'_>,
    database: &str,
    table: &str,
    wanted: &[i64],
) -> Attempt<Vec<(i64, i64)>> {
    let mut wanted = wanted.to_vec();
    wanted.sort_unstable();
    wanted.dedup();
    let mut given = vec![];
    let mut new = vec![];
    for transaction in wanted {
        transactions::ensure_open(connection, transaction)?;
        let there = connection.first(
            "SELECT write_id FROM txn_write_ids WHERE transaction_id = ?1 AND database_name = ?2 AND table_name = ?3",
            values![transaction, database, table],
            |row| row.get(0),
        )?;
        match there {
            Some(write_id) => given.push((transaction, write_id)),
            None => {
                let pair = allocate_one(connection, database, table, transaction)?;
                given.push(pair);
                new.push(pair);
            }
        }
    }
    if !new.is_empty() {
        events::put(connection, |now| event_messages::write_ids(database, table, &new, now))?;
    }
    Ok(given)
}

/// The last write id that was given away; 0 for none.
pub(super) fn last(connection: &mut Connection<'_>, database: &str, table: &str) -> Attempt<i64> {
    let last = connection.first(
        "SELECT write_id FROM last_write_ids WHERE database_name = ?1 AND table_name = ?2",
        values![database, table],
        |row| row.get(0),
    )?;
    Ok(last.unwrap_or(0))
}

/// Says that the write ids up to this one are taken.
pub(super) fn seed(connection: &mut Connection<'_>, database: &str, table: &str, seed: i64) -> Attempt<()> {
    let taken = last(connection, database, table)?;
    if taken > 0 {
        let message = format!("the table {database}.{table} has write ids up to {taken} already, {seed} is no seed");
        return Err(MetastoreError::InvalidOperation(message).into());
    }
    connection.execute(
        "INSERT INTO last_write_ids (database_name, table_name, write_id) VALUES (?1, ?2, ?3)
         ON CONFLICT (database_name, table_name) DO UPDATE SET write_id = excluded.write_id",
        values![database, table, seed],
    )?;
    Ok(())
}

/// What a reader sees now.
pub(super) fn valid(connection: &mut Connection<'_>, database: &str, table: &str) -> Attempt<ValidWriteIds> {
    let mut valid = ValidWriteIds::up_to(last(connection, database, table)?);
    connection.rows(
        "SELECT w.write_id, t.state FROM txn_write_ids w JOIN txns t ON t.transaction_id = w.transaction_id
         WHERE w.database_name = ?1 AND w.table_name = ?2 ORDER BY w.write_id",
        values![database, table],
        |row| {
            match row.get(1)? {
                "open" => valid.open.push(row.get(0)?),
                "aborted" => valid.aborted.push(row.get(0)?),
                _ => {}
            }
            Ok(Next::Go)
        },
    )?;
    Ok(valid)
}

/// What a reader with a snapshot sees: nothing of transactions that began after it or were open then.
pub(super) fn valid_at(
    connection: &mut Connection<'_>,
    database: &str,
    table: &str,
    snapshot: &ValidTransactions,
) -> Attempt<ValidWriteIds> {
    let mut valid = ValidWriteIds::up_to(last(connection, database, table)?);
    let mut first_later = None;
    connection.rows(
        "SELECT write_id, transaction_id FROM txn_write_ids
         WHERE database_name = ?1 AND table_name = ?2 ORDER BY write_id",
        values![database, table],
        |row| {
            let (write_id, transaction): (i64, i64) = (row.get(0)?, row.get(1)?);
            if transaction > snapshot.high {
                // A transaction that the snapshot knows may have got a later write id than one that it does not.
                first_later.get_or_insert(write_id);
                valid.open.push(write_id);
            } else if snapshot.open.binary_search(&transaction).is_ok() {
                valid.open.push(write_id);
            } else if snapshot.aborted.binary_search(&transaction).is_ok() {
                valid.aborted.push(write_id);
            }
            Ok(Next::Go)
        },
    )?;
    // Later ones at the end need not be named one by one.
    while first_later.is_some() && valid.open.last().is_some_and(|last| *last == valid.high) {
        valid.open.pop();
        valid.high -= 1;
    }
    Ok(valid)
}
