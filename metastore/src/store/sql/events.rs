//! Notification events. They are written in the transaction of the change that they tell, and numbered by a counter that
//! only one transaction at a time can change: so there are no gaps, and their order is that of the commits.

use super::connection::{Connection, Value, values};
use super::fault::Attempt;
use super::transactions::next_numbers;
use crate::model::{DEFAULT_CATALOG, EpochSeconds, Event, EventFilter, NewEvent};

/// Writes the event that `make` makes, where events are wanted at all.
pub(super) fn put(connection: &mut Connection<'_>, make: impl FnOnce(EpochSeconds) -> NewEvent) -> Attempt<()> {
    if connection.tells_events() {
        let now = connection.now()? / 1000;
        write(connection, &make(now), now)?;
    }
    Ok(())
}

/// Writes an event; returns its number.
pub(super) fn add(connection: &mut Connection<'_>, event: &NewEvent) -> Attempt<i64> {
    let now = connection.now()? / 1000;
    write(connection, event, now)
}

fn write(connection: &mut Connection<'_>, event: &NewEvent, now: EpochSeconds) -> Attempt<i64> {
    let id = next_numbers(connection, "event", 1)?;
    connection.execute(
        "INSERT INTO events (event_id, created_at, kind, catalog_name, database_name, table_name, message)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        values![id, now, &event.kind, &event.catalog, &event.database, &event.table, &event.message],
    )?;
    Ok(id)
}

/// The condition of a filter, from `WHERE` on.
fn condition<'f>(connection: &Connection<'_>, filter: &'f EventFilter) -> (String, Vec<Value<'f>>) {
    let mut sql = "WHERE event_id > ?1".to_string();
    let mut parameters: Vec<Value<'f>> = vec![Value::Integer(filter.after)];
    let mut add = |condition: &dyn Fn(usize) -> String, value: Value<'f>| {
        parameters.push(value);
        sql.push_str(" AND ");
        sql.push_str(&condition(parameters.len()));
    };
    if let Some(up_to) = filter.up_to {
        add(&|n| format!("event_id <= ?{n}"), up_to.into());
    }
    if let Some(catalog) = &filter.catalog {
        // An event of no catalog is of the usual one.
        add(&|n| format!("coalesce(catalog_name, '{DEFAULT_CATALOG}') = ?{n}"), catalog.into());
    }
    if let Some(database) = &filter.database {
        add(&|n| format!("database_name = ?{n}"), database.into());
    }
    let dialect = connection.dialect();
    if !filter.tables.is_empty() {
        add(&|n| format!("table_name IN {}", dialect.texts(n)), filter.tables.as_slice().into());
    }
    if !filter.skip_kinds.is_empty() {
        add(&|n| format!("kind NOT IN {}", dialect.texts(n)), filter.skip_kinds.as_slice().into());
    }
    (sql, parameters)
}

/// The events of a filter, in order.
pub(super) fn list(connection: &mut Connection<'_>, filter: &EventFilter) -> Attempt<Vec<Event>> {
    let (condition, mut parameters) = condition(connection, filter);
    let mut sql = format!(
        "SELECT event_id, created_at, kind, catalog_name, database_name, table_name, message
         FROM events {condition} ORDER BY event_id"
    );
    if let Some(limit) = filter.limit {
        parameters.push(Value::Integer(i64::try_from(limit).unwrap_or(i64::MAX)));
        sql.push_str(&format!(" LIMIT ?{}", parameters.len()));
    }
    connection.all(&sql, &parameters, |row| {
        Ok(Event {
            id: row.get(0)?,
            time: row.get(1)?,
            kind: row.get(2)?,
            catalog: row.get(3)?,
            database: row.get(4)?,
            table: row.get(5)?,
            message: row.get(6)?,
        })
    })
}

/// How many events a filter gives.
pub(super) fn count(connection: &mut Connection<'_>, filter: &EventFilter) -> Attempt<usize> {
    let (condition, parameters) = condition(connection, filter);
    let count = connection.number(&format!("SELECT count(*) FROM events {condition}"), &parameters)?;
    let count = usize::try_from(count).unwrap_or(0);
    Ok(filter.limit.map_or(count, |limit| count.min(limit)))
}

/// The number of the last event, which may be cleaned away by now.
pub(super) fn last(connection: &mut Connection<'_>) -> Attempt<i64> {
    connection.number("SELECT value FROM counters WHERE name = 'event'", &[])
}

/// Removes events that are older than this number of seconds.
pub(super) fn clean(connection: &mut Connection<'_>, seconds: u64) -> Attempt<usize> {
    let before = connection.now()? / 1000 - i64::try_from(seconds).unwrap_or(i64::MAX / 2);
    connection.execute("DELETE FROM events WHERE created_at < ?1", values![before])
}
