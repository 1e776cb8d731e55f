//! Reading partitions: one, those of a filter, their names.

use std::collections::HashMap;

use super::codec::from_json;
use super::connection::{Connection, Next, Row, Value, values};
use super::descriptors::{DescriptorReader, OwnStorage};
use super::fault::{Attempt, Fault};
use super::filter::{self, Condition};
use super::partitions::{name_of, not_there};
use super::tables::{self, TableRef};
use crate::model::names::unescape_path_name;
use crate::model::{Partition, PartitionFilter, StorageDescriptor};
use crate::store::Page;

/// The columns that [`Found::read`] reads, in its order.
const COLUMNS: &str = "name, descriptor_id, create_time, last_access_time, location, parameters, write_id";

/// The values in a partition's name.
pub(super) fn values_in(name: &str) -> Attempt<Vec<String>> {
    name.split('/')
        .map(|part| match part.split_once('=') {
            Some((_, value)) => Ok(unescape_path_name(value)),
            None => Err(Fault::record(format!("the partition {name}"), "its name has no value")),
        })
        .collect()
}

/// A partition, and its storage that is yet to be put together.
struct Found {
    partition: Partition,
    storage: OwnStorage,
}

impl Found {
    fn read(row: &Row<'_>) -> Attempt<Self> {
        let name: String = row.get(0)?;
        let partition = Partition {
            values: values_in(&name)?,
            create_time: row.get(2)?,
            last_access_time: row.get(3)?,
            storage: StorageDescriptor::default(),
            parameters: from_json(|| format!("the partition {name}"), row.get(5)?)?,
            write_id: row.get(6)?,
        };
        Ok(Self { partition, storage: OwnStorage { descriptor: row.get(1)?, name, location: row.get(4)? } })
    }
}

fn with_storage(connection: &mut Connection<'_>, found: Vec<Found>) -> Attempt<Vec<Partition>> {
    let mut reader = DescriptorReader::default();
    reader.load(connection, found.iter().map(|found| &found.storage))?;
    found
        .into_iter()
        .map(|Found { mut partition, storage }| {
            partition.storage = reader.whole(storage)?;
            Ok(partition)
        })
        .collect()
}

pub(super) fn get(
    connection: &mut Connection<'_>,
    database: &str,
    table: &str,
    values: &[String],
) -> Attempt<Partition> {
    let table = tables::reference(connection, database, table)?;
    let name = name_of(&table, values)?;
    named(connection, table.id, &name)?.ok_or_else(|| not_there(&table, &name).into())
}

/// The partition of a name, if it is there.
pub(super) fn named(connection: &mut Connection<'_>, table: i64, name: &str) -> Attempt<Option<Partition>> {
    let sql = format!("SELECT {COLUMNS} FROM partitions WHERE table_id = ?1 AND name = ?2");
    let found = connection.all(&sql, values![table, name], Found::read)?;
    Ok(with_storage(connection, found)?.pop())
}

/// All partitions of a table with their ids.
pub(super) fn with_ids(connection: &mut Connection<'_>, table: i64) -> Attempt<Vec<(i64, Partition)>> {
    let sql = format!("SELECT {COLUMNS}, partition_id FROM partitions WHERE table_id = ?1");
    let mut ids = vec![];
    let found = connection.all(&sql, values![table], |row| {
        ids.push(row.get(7)?);
        Found::read(row)
    })?;
    Ok(ids.into_iter().zip(with_storage(connection, found)?).collect())
}

/// Those of the partitions with these values that are there, in the order of the values.
pub(super) fn of_values(
    connection: &mut Connection<'_>,
    database: &str,
    table: &str,
    values: &[Vec<String>],
) -> Attempt<Vec<Partition>> {
    let table = tables::reference(connection, database, table)?;
    let names = values.iter().map(|values| name_of(&table, values)).collect::<Attempt<Vec<_>>>()?;
    let list = connection.dialect().texts(2);
    let sql = format!("SELECT {COLUMNS} FROM partitions WHERE table_id = ?1 AND name IN {list}");
    let found = connection.all(&sql, values![table.id, names.as_slice()], Found::read)?;
    let found_names: Vec<String> = found.iter().map(|found| found.storage.name.clone()).collect();
    let mut by_name: HashMap<String, Partition> =
        found_names.into_iter().zip(with_storage(connection, found)?).collect();
    Ok(names.iter().filter_map(|name| by_name.remove(name)).collect())
}

pub(super) fn list(
    connection: &mut Connection<'_>,
    database: &str,
    table: &str,
    wanted: &PartitionFilter,
    page: &Page<'_>,
) -> Attempt<Vec<Partition>> {
    let table = tables::reference(connection, database, table)?;
    let found = match filter::compile(wanted, &table.keys, connection.dialect())? {
        Condition::Sql { text, mut parameters } => {
            let inner = selection(&text, &mut parameters, table.id, page);
            let sql = match page.limit {
                None => format!("SELECT {COLUMNS} {inner}"),
                // The inner query is answered from an index and sorts names only; rows are read for what remains.
                Some(_) => format!(
                    "SELECT {COLUMNS} FROM partitions WHERE partition_id IN (SELECT partition_id {inner}) ORDER BY name"
                ),
            };
            connection.all(&sql, &parameters, Found::read)?
        }
        Condition::Evaluate => {
            let mut ids: Vec<i64> = vec![];
            evaluate(connection, &table, wanted, page, |row, _| {
                ids.push(row.get(0)?);
                Ok(())
            })?;
            let list = connection.dialect().integers(1);
            let sql = format!("SELECT {COLUMNS} FROM partitions WHERE partition_id IN {list} ORDER BY name");
            connection.all(&sql, values![ids.as_slice()], Found::read)?
        }
    };
    with_storage(connection, found)
}

/// What `read` makes of the names of the partitions that satisfy a filter.
fn list_by_name<T>(
    connection: &mut Connection<'_>,
    (database, table): (&str, &str),
    wanted: &PartitionFilter,
    page: &Page<'_>,
    mut read: impl FnMut(&str) -> Attempt<T>,
) -> Attempt<Vec<T>> {
    let table = tables::reference(connection, database, table)?;
    match filter::compile(wanted, &table.keys, connection.dialect())? {
        Condition::Sql { text, mut parameters } => {
            let inner = selection(&text, &mut parameters, table.id, page);
            connection.all(&format!("SELECT name {inner}"), &parameters, |row| read(row.get(0)?))
        }
        Condition::Evaluate => {
            let mut found = vec![];
            evaluate(connection, &table, wanted, page, |_, name| {
                found.push(read(name)?);
                Ok(())
            })?;
            Ok(found)
        }
    }
}

pub(super) fn list_values(
    connection: &mut Connection<'_>,
    database: &str,
    table: &str,
    wanted: &PartitionFilter,
    limit: Option<usize>,
) -> Attempt<Vec<Vec<String>>> {
    list_by_name(connection, (database, table), wanted, &Page::first(limit), values_in)
}

pub(super) fn list_names(
    connection: &mut Connection<'_>,
    database: &str,
    table: &str,
    wanted: &PartitionFilter,
    page: &Page<'_>,
) -> Attempt<Vec<String>> {
    list_by_name(connection, (database, table), wanted, page, |name| Ok(name.to_string()))
}

pub(super) fn count(
    connection: &mut Connection<'_>,
    database: &str,
    table: &str,
    wanted: &PartitionFilter,
) -> Attempt<usize> {
    let table = tables::reference(connection, database, table)?;
    match filter::compile(wanted, &table.keys, connection.dialect())? {
        Condition::Sql { text, mut parameters } => {
            parameters.push(Value::Integer(table.id));
            let sql = format!("SELECT count(*) FROM partitions WHERE table_id = ?{} AND {text}", parameters.len());
            Ok(usize::try_from(connection.number(&sql, &parameters)?).unwrap_or(0))
        }
        Condition::Evaluate => {
            let mut count = 0;
            evaluate(connection, &table, wanted, &Page::default(), |_, _| {
                count += 1;
                Ok(())
            })?;
            Ok(count)
        }
    }
}

/// `FROM partitions …`: those of a table that satisfy a condition, in order of their names.
fn selection<'p>(condition: &str, parameters: &mut Vec<Value<'p>>, table: i64, page: &Page<'p>) -> String {
    let mut add = |value: Value<'p>| {
        parameters.push(value);
        parameters.len()
    };
    let mut sql = format!("FROM partitions WHERE table_id = ?{} AND {condition}", add(Value::Integer(table)));
    if let Some(after) = page.after {
        sql.push_str(&format!(" AND name > ?{}", add(after.into())));
    }
    sql.push_str(" ORDER BY name");
    if let Some(limit) = page.limit {
        sql.push_str(&format!(" LIMIT ?{}", add(Value::Integer(i64::try_from(limit).unwrap_or(i64::MAX)))));
    }
    sql
}

/// Evaluates a filter here, over the values of all partitions: for the rare ones that do not become SQL. `found` gets
/// rows that begin with the id, and their names.
fn evaluate(
    connection: &mut Connection<'_>,
    table: &TableRef,
    wanted: &PartitionFilter,
    page: &Page<'_>,
    mut found: impl FnMut(&Row<'_>, &str) -> Attempt<()>,
) -> Attempt<()> {
    let mut left = page.limit.unwrap_or(usize::MAX);
    if left == 0 {
        return Ok(());
    }
    let sql = "SELECT partition_id, name FROM partitions WHERE table_id = ?1 AND name > ?2 ORDER BY name";
    connection.rows(sql, values![table.id, page.after.unwrap_or("")], |row| {
        let name: &str = row.get(1)?;
        if wanted.matches(&table.keys, &values_in(name)?) {
            found(row, name)?;
            left -= 1;
        }
        Ok(if left == 0 { Next::Stop } else { Next::Go })
    })
}
