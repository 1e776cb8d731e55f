//! What must hold in a catalog, checked.

use super::codec::from_json;
use super::connection::{Cell, Connection, FromCell, Next, Value, values};
use super::fault::{Attempt, Fault};
use super::filter::{typed_values, value_columns};
use super::partition_lists::values_in;
use super::{compactions, constraints, databases, functions, locks, statistics, tables, transactions};
use crate::model::{LockFilter, Parameters, StorageDescriptor, Table};

/// Rows of the first table that refer by the column to no row of the second table.
const REFERENCES: [(&str, &str, &str, &str); 12] = [
    ("tables", "database_id", "databases", "database_id"),
    ("functions", "database_id", "databases", "database_id"),
    ("descriptors", "table_id", "tables", "table_id"),
    ("partitions", "table_id", "tables", "table_id"),
    ("partitions", "descriptor_id", "descriptors", "descriptor_id"),
    ("table_statistics", "table_id", "tables", "table_id"),
    ("partition_statistics", "partition_id", "partitions", "partition_id"),
    ("constraints", "table_id", "tables", "table_id"),
    ("constraints", "parent_id", "tables", "table_id"),
    ("txn_write_ids", "transaction_id", "txns", "transaction_id"),
    ("txn_components", "transaction_id", "txns", "transaction_id"),
    ("replicated_txns", "transaction_id", "txns", "transaction_id"),
];

/// Queries whose rows should not be there: what is wrong with them, and a text that tells each.
const RULES: [(&str, &str); 9] = [
    (
        "partitions have the storage descriptor of another table",
        "SELECT p.name FROM partitions p JOIN descriptors d ON d.descriptor_id = p.descriptor_id
         WHERE d.table_id <> p.table_id",
    ),
    (
        "storage descriptors are of no partition",
        "SELECT CAST(d.descriptor_id AS text) FROM descriptors d
         WHERE NOT EXISTS (SELECT 1 FROM partitions p WHERE p.descriptor_id = d.descriptor_id)",
    ),
    (
        "locks are of transactions that are not open",
        "SELECT CAST(l.lock_id AS text) FROM locks l
         WHERE l.transaction_id <> 0
         AND NOT EXISTS (SELECT 1 FROM txns t WHERE t.transaction_id = l.transaction_id AND t.state = 'open')",
    ),
    (
        "transactions have numbers that are not given away yet",
        "SELECT CAST(transaction_id AS text) FROM txns
         WHERE transaction_id > coalesce((SELECT value FROM counters WHERE name = 'transaction'), 0)",
    ),
    (
        "locks have numbers that are not given away yet",
        "SELECT CAST(lock_id AS text) FROM locks
         WHERE lock_id > coalesce((SELECT value FROM counters WHERE name = 'lock'), 0)",
    ),
    (
        "events have numbers that are not given away yet",
        "SELECT CAST(event_id AS text) FROM events
         WHERE event_id > coalesce((SELECT value FROM counters WHERE name = 'event'), 0)",
    ),
    (
        "events before these are missing",
        "SELECT CAST(e.event_id AS text) FROM events e
         WHERE e.event_id > (SELECT min(event_id) FROM events)
         AND NOT EXISTS (SELECT 1 FROM events b WHERE b.event_id = e.event_id - 1)",
    ),
    (
        "write ids are not given away yet",
        "SELECT w.database_name || '.' || w.table_name || ' ' || CAST(w.write_id AS text) FROM txn_write_ids w
         WHERE w.write_id > coalesce((SELECT l.write_id FROM last_write_ids l
             WHERE l.database_name = w.database_name AND l.table_name = w.table_name), 0)",
    ),
    (
        "names are not in lower case",
        "SELECT name FROM databases WHERE name <> lower(name) UNION ALL SELECT name FROM tables WHERE name <> lower(name)",
    ),
];

/// So many examples are named of what is wrong in many rows.
const EXAMPLES: usize = 5;

/// Everything that is wrong.
pub(super) fn all(connection: &mut Connection<'_>) -> Attempt<Vec<String>> {
    let mut found = vec![];
    if let Some(sql) = connection.dialect().self_check() {
        let said: Vec<String> = connection.all(sql, &[], |row| row.get(0))?;
        found.extend(said.into_iter().filter(|text| text != "ok").map(|text| format!("the database says: {text}")));
    }
    for (from, column, to, key) in REFERENCES {
        let sql = format!(
            "SELECT count(*) FROM {from} r WHERE r.{column} IS NOT NULL
             AND NOT EXISTS (SELECT 1 FROM {to} t WHERE t.{key} = r.{column})"
        );
        let count = connection.number(&sql, &[])?;
        if count > 0 {
            found.push(format!("{count} rows of {from} refer to rows of {to} that are not there"));
        }
    }
    for (wrong, sql) in RULES {
        let rows: Vec<String> = connection.all(sql, &[], |row| row.get(0))?;
        if !rows.is_empty() {
            let more = if rows.len() > EXAMPLES { ", …" } else { "" };
            let examples = rows.iter().take(EXAMPLES).cloned().collect::<Vec<_>>().join(", ");
            found.push(format!("{} {wrong}: {examples}{more}", rows.len()));
        }
    }
    contents(connection, &mut found)?;
    Ok(found)
}

/// Notes a record that cannot be read; any other fault goes on.
fn note<T>(found: &mut Vec<String>, outcome: Attempt<T>) -> Attempt<Option<T>> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(Fault::Record { what, reason }) => {
            found.push(format!("{what} cannot be read: {reason}"));
            Ok(None)
        }
        Err(Fault::Answer(error)) => {
            found.push(error.to_string());
            Ok(None)
        }
        Err(other) => Err(other),
    }
}

/// Reads everything.
fn contents(connection: &mut Connection<'_>, found: &mut Vec<String>) -> Attempt<()> {
    for database in databases::names(connection, None)? {
        let read = databases::get(connection, &database);
        note(found, read)?;
        for table in tables::names(connection, &database, None, None)? {
            let read = tables::get(connection, &database, &table);
            let Some(table) = note(found, read)? else { continue };
            let read = constraints::list(connection, &database, &table.name);
            note(found, read)?;
            let read = {
                let of = statistics::Place { database: &database, table: &table.name, partition: None };
                statistics::get(connection, &of, &[])
            };
            note(found, read)?;
            partitions(connection, &table, found)?;
        }
        for function in functions::names(connection, &database, None)? {
            let read = functions::get(connection, &database, &function);
            note(found, read)?;
        }
    }
    let read = transactions::list(connection);
    note(found, read)?;
    let read = compactions::list(connection);
    note(found, read)?;
    let read = locks::list(connection, &LockFilter::default());
    note(found, read)?;
    let mut broken = vec![];
    connection.rows("SELECT kind, name, body FROM definitions ORDER BY kind, name", &[], |row| {
        let what = || format!("the {} {}", row.get::<&str>(0).unwrap_or(""), row.get::<&str>(1).unwrap_or(""));
        note(&mut broken, from_json::<serde_json::Value>(what, row.get(2)?))?;
        Ok(Next::Go)
    })?;
    connection.rows("SELECT event_id, message FROM events ORDER BY event_id", &[], |row| {
        let what = || format!("the event {}", row.get::<i64>(0).unwrap_or(0));
        note(&mut broken, from_json::<serde_json::Value>(what, row.get(1)?))?;
        Ok(Next::Go)
    })?;
    found.append(&mut broken);
    Ok(())
}

/// A typed value of a row.
#[derive(Debug, PartialEq)]
struct Typed(Value<'static>);

impl<'r> FromCell<'r> for Typed {
    fn from_cell(cell: Cell<'r>) -> Option<Self> {
        Some(Self(match cell {
            Cell::Null => Value::Null,
            Cell::Integer(number) => number.into(),
            Cell::Text(text) => text.to_string().into(),
            Cell::Real(_) | Cell::Bytes(_) => return None,
        }))
    }
}

/// The partitions of a table: their names are those of their values, the typed values agree, all of it can be read.
fn partitions(connection: &mut Connection<'_>, table: &Table, found: &mut Vec<String>) -> Attempt<()> {
    let reference = tables::reference(connection, &table.database, &table.name)?;
    let mut wrong = vec![];
    connection.rows("SELECT body FROM descriptors WHERE table_id = ?1", values![reference.id], |row| {
        let what = || format!("a storage descriptor of {}", reference.name);
        note(&mut wrong, from_json::<StorageDescriptor>(what, row.get(0)?))?;
        Ok(Next::Go)
    })?;
    let columns: String = value_columns(&table.partition_keys).map(|column| format!(", {column}")).collect();
    let sql =
        format!("SELECT name, parameters, null_values{columns} FROM partitions WHERE table_id = ?1 ORDER BY name");
    connection.rows(&sql, values![reference.id], |row| {
        let name: &str = row.get(0)?;
        let what = || format!("the partition {name} of {}", reference.name);
        note(&mut wrong, from_json::<Parameters>(what, row.get(1)?))?;
        let Some(values) = note(&mut wrong, values_in(name))? else { return Ok(Next::Go) };
        if values.len() != table.partition_keys.len() {
            let (has, keys) = (values.len(), table.partition_keys.len());
            wrong.push(format!("{} has {has} values, and the table {keys} partition columns", what()));
            return Ok(Next::Go);
        }
        if crate::model::partition_name(&table.partition_keys, &values) != name {
            wrong.push(format!("{} is not named as its columns and values are", what()));
        }
        let typed = typed_values(&table.partition_keys, &values);
        let mut agree = typed.null_bits == row.get::<i64>(2)?;
        for (at, value) in typed.indexed.into_iter().enumerate() {
            agree &= row.get::<Typed>(3 + at)? == Typed(value);
        }
        if !agree {
            wrong.push(format!("{} is indexed by other values than it has", what()));
        }
        Ok(Next::Go)
    })?;
    found.append(&mut wrong);
    let sql = "SELECT p.name FROM partitions p WHERE p.table_id = ?1
        AND EXISTS (SELECT 1 FROM partition_statistics s WHERE s.partition_id = p.partition_id) ORDER BY p.name";
    let with_statistics: Vec<String> = connection.all(sql, values![reference.id], |row| row.get(0))?;
    for name in with_statistics {
        let Ok(values) = values_in(&name) else { continue };
        let read = {
            let (database, table) = (table.database.as_str(), table.name.as_str());
            statistics::get(connection, &statistics::Place { database, table, partition: Some(&values) }, &[])
        };
        note(found, read)?;
    }
    Ok(())
}
