//! Compactions that were asked for.

use super::codec::{from_json, to_json};
use super::connection::{Connection, Row, values};
use super::fault::Attempt;
use crate::model::{Compaction, CompactionDetails, TransactionOwner};

/// Adds a compaction (number 0) or replaces what is known of one; returns its number.
pub(super) fn put(connection: &mut Connection<'_>, compaction: &Compaction) -> Attempt<i64> {
    let details = to_json("a compaction", &compaction.details)?;
    if compaction.id != 0 {
        connection.execute(
            "UPDATE compactions SET state = ?2, started_at = ?3, ended_at = ?4, highest_write_id = ?5, error = ?6,
                 details = ?7, kind = ?8
             WHERE compaction_id = ?1",
            values![
                compaction.id,
                &compaction.state,
                compaction.started,
                compaction.ended,
                compaction.highest_write_id,
                &compaction.error,
                details,
                &compaction.kind,
            ],
        )?;
        return Ok(compaction.id);
    }
    connection.number(
        "INSERT INTO compactions (database_name, table_name, partition_name, kind, state, \"user\", host, process,
             enqueued_at, started_at, ended_at, highest_write_id, error, details)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) RETURNING compaction_id",
        values![
            &compaction.database,
            &compaction.table,
            &compaction.partition,
            &compaction.kind,
            &compaction.state,
            &compaction.owner.user,
            &compaction.owner.host,
            compaction.owner.process,
            compaction.enqueued,
            compaction.started,
            compaction.ended,
            compaction.highest_write_id,
            &compaction.error,
            details,
        ],
    )
}

/// What [`read`] reads, in its order.
const SELECT: &str = "SELECT compaction_id, database_name, table_name, partition_name, kind, state, \"user\", host,
         process, enqueued_at, started_at, ended_at, highest_write_id, error, details FROM compactions";

/// All, oldest first.
pub(super) fn list(connection: &mut Connection<'_>) -> Attempt<Vec<Compaction>> {
    connection.all(&format!("{SELECT} ORDER BY compaction_id"), &[], read)
}

/// Puts the second in the place of the first, if that is still there as it is; says whether it was.
pub(super) fn replace(connection: &mut Connection<'_>, old: &Compaction, new: &Compaction) -> Attempt<bool> {
    let there = connection.first(&format!("{SELECT} WHERE compaction_id = ?1"), values![old.id], read)?;
    let same = there.as_ref() == Some(old);
    if same {
        put(connection, new)?;
    }
    Ok(same)
}

fn read(row: &Row<'_>) -> Attempt<Compaction> {
    let details: Option<&str> = row.get(14)?;
    let details = match details {
        None => CompactionDetails::default(),
        Some(text) => from_json(|| "a compaction".to_string(), text)?,
    };
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
        details,
    })
}

/// Adds a compaction, unless one of the same place is asked for or under way: then that one is returned.
pub(super) fn request(connection: &mut Connection<'_>, compaction: &Compaction) -> Attempt<(Compaction, bool)> {
    let under_way = list(connection)?.into_iter().find(|known| {
        ["initiated", "working"].contains(&known.state.as_str())
            && (&known.database, &known.table, &known.partition)
                == (&compaction.database, &compaction.table, &compaction.partition)
    });
    if let Some(known) = under_way {
        return Ok((known, false));
    }
    let id = put(connection, compaction)?;
    Ok((Compaction { id, ..compaction.clone() }, true))
}

/// Gives the oldest one that is asked for, in a pool of workers or in none, to a worker.
pub(super) fn take(
    connection: &mut Connection<'_>,
    worker: &str,
    version: Option<&str>,
    pool: Option<&str>,
) -> Attempt<Option<Compaction>> {
    let wanted = |known: &Compaction| known.state == "initiated" && known.details.pool.as_deref() == pool;
    let Some(mut taken) = list(connection)?.into_iter().find(wanted) else { return Ok(None) };
    taken.state = "working".to_string();
    taken.started = Some(connection.now()? / 1000);
    taken.details.worker = Some(worker.to_string());
    taken.details.worker_version = version.map(str::to_string);
    put(connection, &taken)?;
    Ok(Some(taken))
}
