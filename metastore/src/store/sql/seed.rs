//! Write ids that were given away elsewhere, before a table came here.

use super::connection::{Connection, values};
use super::fault::Attempt;
use super::{transactions, write_ids};
use crate::error::MetastoreError;
use crate::model::ValidWriteIds;

/// Notes which write ids of a table are taken, and which of them were aborted. Those that are open elsewhere cannot be
/// noted, for their transactions are not here.
pub(super) fn seed(connection: &mut Connection<'_>, database: &str, table: &str, given: &ValidWriteIds) -> Attempt<()> {
    if !given.open.is_empty() {
        let message = format!("some write ids of {database}.{table} are of transactions that are open");
        return Err(MetastoreError::InvalidOperation(message).into());
    }
    write_ids::seed(connection, database, table, given.high)?;
    if given.aborted.is_empty() {
        return Ok(());
    }
    // One transaction stands for all those that were aborted.
    let transaction = transactions::next_numbers(connection, "transaction", 1)?;
    let now = connection.now()? / 1000;
    connection.execute(
        "INSERT INTO txns (transaction_id, state, kind, \"user\", host, process, started_at, ended_at)
         VALUES (?1, 'aborted', 0, ?2, ?3, ?4, ?5, ?1)",
        values![transaction, "", "", 0, now],
    )?;
    for id in &given.aborted {
        connection.execute(
            "INSERT INTO txn_write_ids (database_name, table_name, write_id, transaction_id) VALUES (?1, ?2, ?3, ?4)",
            values![database, table, *id, transaction],
        )?;
    }
    Ok(())
}
