//! The tables of the catalog's file, and how an older file becomes a newer one.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use super::fault::{Attempt, Fault};

/// What the header of every catalog file says about whose file it is: "Skep" in ASCII.
const APPLICATION_ID: i32 = 0x536B_6570;

/// As many partition columns as have a typed, indexed `value` column; see the `partitions` table.
pub(super) const INDEXED_VALUES: usize = 8;

/// The steps from nothing to the schema of today, in order: step i makes version i + 1 of version i. A step that has
/// been released is never changed; a new version is a new step.
const MIGRATIONS: &[&str] = &[
    include_str!("schema_v1.sql"),
    include_str!("schema_definitions.sql"),
    include_str!("schema_transactions.sql"),
    include_str!("schema_constraints.sql"),
    include_str!("schema_sketches.sql"),
];

/// Makes the file a catalog of today's schema. Says whether it changed the schema: then the connection is not fit for
/// further use, as it has read the planner's figures before they were written.
pub(super) fn prepare(connection: &mut Connection) -> Attempt<bool> {
    check_owner(connection)?;
    if connection.is_readonly(rusqlite::MAIN_DB)? {
        return Err(Fault::Sqlite(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_READONLY),
            None,
        )));
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
    if version(connection)? == MIGRATIONS.len() {
        return Ok(false);
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Someone else may have done it in the meantime.
    for (step, sql) in MIGRATIONS.iter().enumerate().skip(version(&transaction)?) {
        transaction.execute_batch(sql)?;
        transaction.execute(
            "INSERT INTO skep_schema (version, applied_at) VALUES (?1, CAST(strftime('%s', 'now') AS INTEGER))",
            [step + 1],
        )?;
        tracing::debug!(version = step + 1, "catalog schema migrated");
    }
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

/// The version of the file's schema, 0 for an empty file; an error where it is newer than this program.
fn version(connection: &Connection) -> Attempt<usize> {
    let exists = connection
        .query_row("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'skep_schema'", [], |_| Ok(()))
        .optional()?;
    if exists.is_none() {
        return Ok(0);
    }
    let version: i64 =
        connection.query_row("SELECT coalesce(max(version), 0) FROM skep_schema", [], |row| row.get(0))?;
    match usize::try_from(version) {
        Ok(version) if version <= MIGRATIONS.len() => Ok(version),
        _ => Err(Fault::record(
            "its schema version",
            format!(
                "the catalog has schema version {version}, written by a newer Skep; this one knows versions up to {}",
                MIGRATIONS.len()
            ),
        )),
    }
}
