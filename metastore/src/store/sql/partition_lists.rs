//! Reading partitions: one, those of a filter, their names.

use super::codec::from_json;
use super::connection::{Connection, Next, Row, Value, values};
use super::descriptors::{DescriptorReader, OwnStorage};
use super::fault::{Attempt, Fault};
use super::filter::{self, Condition};
use super::partitions::{name_of, not_there};
use super::tables::{self, TableRef};
use crate::model::names::unescape_path_name;
use crate::model::{Partition, PartitionFilter, StorageDescriptor};

/// The columns that [`Found::read`] reads, in its order.
const COLUMNS: &str = "name, descriptor_id, create_time, last_access_time, location, parameters";

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
            write_id: None,
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
        ids.push(row.get(6)?);
        Found::read(row)
    })?;
    Ok(ids.into_iter().zip(with_storage(connection, found)?).collect())
}

pub(super) fn list(
    connection: &mut Connection<'_>,
    database: &str,
    table: &str,
    wanted: &PartitionFilter,
    limit: Option<usize>,
) -> Attempt<Vec<Partition>> {
    let table = tables::reference(connection, database, table)?;
    let found = match filter::compile(wanted, &table.keys, connection.dialect())? {
        Condition::Sql { text, mut parameters } => {
            let inner = selection(&text, &mut parameters, table.id, limit);
            let sql = match limit {
                None => format!("SELECT {COLUMNS} {inner}"),
                // The inner query is answered from an index and sorts names only; rows are read for what remains.
                Some(_) => format!(
                    "SELECT {COLUMNS} FROM partitions WHERE partition_id IN (SELECT partition_id {inner}) ORDER BY name"
                ),
            };
            connection.all(&sql, &parameters, Found::read)?
        }
        Condition::Evaluate => {
            let ids: Vec<i64> = evaluate(connection, &table, wanted, limit)?.into_iter().map(|(id, _)| id).collect();
            let list = connection.dialect().integers(1);
            let sql = format!("SELECT {COLUMNS} FROM partitions WHERE partition_id IN {list} ORDER BY name");
            connection.all(&sql, values![ids.as_slice()], Found::read)?
        }
    };
    with_storage(connection, found)
}

pub(super) fn list_values(
    connection: &mut Connection<'_>,
    database: &str,
    table: &str,
    wanted: &PartitionFilter,
    limit: Option<usize>,
) -> Attempt<Vec<Vec<String>>> {
    let table = tables::reference(connection, database, table)?;
    match filter::compile(wanted, &table.keys, connection.dialect())? {
        Condition::Sql { text, mut parameters } => {
            let inner = selection(&text, &mut parameters, table.id, limit);
            connection.all(&format!("SELECT name {inner}"), &parameters, |row| values_in(row.get(0)?))
        }
        Condition::Evaluate => {
            Ok(evaluate(connection, &table, wanted, limit)?.into_iter().map(|(_, values)| values).collect())
        }
    }
}

/// `FROM partitions …`: those of a table that satisfy a condition, in order of their names.
fn selection(condition: &str, parameters: &mut Vec<Value<'_>>, table: i64, limit: Option<usize>) -> String {
    parameters.push(Value::Integer(table));
    let of_table = parameters.len();
    let limit = match limit {
        None => String::new(),
        Some(limit) => {
            parameters.push(Value::Integer(i64::try_from(limit).unwrap_or(i64::MAX)));
            format!(" LIMIT ?{}", parameters.len())
        }
    };
    format!("FROM partitions WHERE table_id = ?{of_table} AND {condition} ORDER BY name{limit}")
}

/// Evaluates a filter here, over the values of all partitions: for the rare ones that do not become SQL.
fn evaluate(
    connection: &mut Connection<'_>,
    table: &TableRef,
    wanted: &PartitionFilter,
    limit: Option<usize>,
) -> Attempt<Vec<(i64, Vec<String>)>> {
    let mut found = vec![];
    if limit == Some(0) {
        return Ok(found);
    }
    connection.rows(
        "SELECT partition_id, name FROM partitions WHERE table_id = ?1 ORDER BY name",
        values![table.id],
        |row| {
            let values = values_in(row.get(1)?)?;
            if wanted.matches(&table.keys, &values) {
                found.push((row.get(0)?, values));
            }
            Ok(if limit.is_some_and(|limit| found.len() >= limit) { Next::Stop } else { Next::Go })
        },
    )?;
    Ok(found)
}
