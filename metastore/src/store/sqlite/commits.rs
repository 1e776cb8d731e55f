//! Commits that are decided and may not be carried out yet.

use rusqlite::{Connection, params};

use super::fault::Attempt;
use super::{partitions, statistics, tables, transactions};
use crate::store::{CatalogChange, PendingCommit};

pub(super) fn record(connection: &Connection, database: &str, table: &str, journal: &str) -> Attempt<i64> {
    connection
        .prepare_cached(
            "INSERT INTO pending_commits (database_name, table_name, journal, recorded_at)
             VALUES (?1, ?2, ?3, CAST(strftime('%s', 'now') AS INTEGER))",
        )?
        .execute(params![database, table, journal])?;
    Ok(connection.last_insert_rowid())
}

pub(super) fn pending(connection: &Connection, database: &str, table: &str) -> Attempt<Vec<PendingCommit>> {
    let mut statement = connection.prepare_cached(
        "SELECT commit_id, journal FROM pending_commits WHERE database_name = ?1 AND table_name = ?2
         ORDER BY commit_id",
    )?;
    let commits = statement.query_map([database, table], |row| {
        Ok(PendingCommit {
            id: row.get(0)?,
            database: database.to_string(),
            table: table.to_string(),
            journal: row.get(1)?,
        })
    })?;
    Ok(commits.collect::<Result<_, _>>()?)
}

pub(super) fn finish(connection: &Connection, id: i64, changes: &[CatalogChange]) -> Attempt<()> {
    let forgotten = connection.execute("DELETE FROM pending_commits WHERE commit_id = ?1", [id])?;
    if forgotten == 0 {
        return Ok(()); // someone else finished it, changes and all
    }
    for change in changes {
        match change {
            CatalogChange::CreateTable(table) => tables::create(connection, table)?,
            CatalogChange::AlterTable(table) => tables::alter(connection, &table.database, &table.name, table)?,
            CatalogChange::PutPartitions { database, table, partitions } => {
                partitions::replace(connection, database, table, partitions)?;
            }
            CatalogChange::SetColumnStatistics { database, table, partition, statistics } => {
                statistics::set(connection, database, table, partition.as_deref(), statistics)?;
            }
            CatalogChange::CommitTransaction(transaction) => transactions::commit(connection, *transaction)?,
        }
    }
    Ok(())
}
