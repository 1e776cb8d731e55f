//! What makes a file a catalog.

use rusqlite::{Connection, TransactionBehavior};

use super::driver::SqliteDriver;
use crate::store::sql::connection;
use crate::store::sql::fault::{Attempt, Fault};
use crate::store::sql::schema;

/// What the header of every catalog file says about whose file it is: "Skep" in ASCII.
const APPLICATION_ID: i32 = 0x536B_6570;

/// Makes the file a catalog of today's schema. Says whether it changed the schema: then the connection is not fit for
/// further use, as it has read the planner's figures before they were written.
pub(super) fn prepare(connection: &mut Connection) -> Attempt<bool> {
    check_owner(connection)?;
    if connection.is_readonly(rusqlite::MAIN_DB)? {
        let error = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_READONLY);
        return Err(rusqlite::Error::SqliteFailure(error, None).into());
    }
    let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
    if mode != "wal" {
        let mode: String = connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
        if mode != "wal" {
            return Err(Fault::record(
                "the journal mode",
                format!("SQLite cannot use a write-ahead log here, it stays in mode {mode}; is it a network folder?"),
            ));
        }
    }
    if schema::is_current(&mut connection::Connection::new(&mut SqliteDriver { connection }))? {
        return Ok(false);
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Someone else may have done it in the meantime.
    schema::migrate(&mut connection::Connection::new(&mut SqliteDriver { connection: &transaction }))?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.commit()?;
    Ok(true)
}

/// A file of another program is left alone.
fn check_owner(connection: &Connection) -> Attempt<()> {
    let id: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if id == APPLICATION_ID {
        return Ok(());
    }
    let objects: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if objects == 0 {
        return Ok(());
    }
    // Both statements above are not one transaction: it may have become a catalog between them.
    let id: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if id == APPLICATION_ID {
        return Ok(());
    }
    Err(Fault::record("its schema", "the file is a SQLite database of another program, no catalog of Skep"))
}
