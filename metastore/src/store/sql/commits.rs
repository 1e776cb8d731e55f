//! Commits that are decided and may not be carried out yet.

use super::connection::{Connection, values};
use super::fault::Attempt;
use super::{partitions, statistics, tables, transactions};
use crate::store::{CatalogChange, NewCommit, PendingCommit};

pub(super) fn record(connection: &mut Connection<'_>, commit: &NewCommit) -> Attempt<i64> {
    let now = connection.now()? / 1000;
    connection.number(
        "INSERT INTO pending_commits (database_name, table_name, journal, recorded_at)
         VALUES (?1, ?2, ?3, ?4) RETURNING commit_id",
        values![commit.database.as_str(), commit.table.as_str(), commit.journal.as_str(), now],
    )
}

pub(super) fn pending(connection: &mut Connection<'_>, database: &str, table: &str) -> Attempt<Vec<PendingCommit>> {
    connection.all(
        "SELECT commit_id, journal FROM pending_commits WHERE database_name = ?1 AND table_name = ?2
         ORDER BY commit_id",
        values![database, table],
        |row| {
            Ok(PendingCommit {
                id: row.get(0)?,
                database: database.to_string(),
                table: table.to_string(),
                journal: row.get(1)?,
            })
        },
    )
}

pub(super) fn finish(connection: &mut Connection<'_>, id: i64, changes: &[CatalogChange]) -> Attempt<()> {
    let forgotten = connection.execute("DELETE FROM pending_commits WHERE commit_id = ?1", values![id])?;
    if forgotten == 0 {
        return Ok(()); // someone else finished it, changes and all
    }
    for change in changes {
        match change {
            CatalogChange::CreateTable(table) => tables::create(connection, table)?,
            CatalogChange::AlterTable(table) => tables::alter(connection, &table.database, &table.name, table, false)?,
            CatalogChange::PutPartitions { database, table, partitions } => {
                partitions::replace(connection, database, table, partitions)?;
            }
            CatalogChange::SetColumnStatistics { database, table, partition, statistics } => {
                let of = statistics::Place { database, table, partition: partition.as_deref() };
                statistics::set(connection, &of, statistics)?;
            }
            CatalogChange::CommitTransaction(transaction) => transactions::commit_recorded(connection, *transaction)?,
        }
    }
    Ok(())
}
