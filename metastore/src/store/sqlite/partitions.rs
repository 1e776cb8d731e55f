//! Partitions.

use std::collections::BTreeSet;

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params, params_from_iter};

use super::codec::{from_json, to_json};
use super::descriptors::{self, DescriptorReader, DescriptorWriter};
use super::fault::{Attempt, Fault};
use super::filter::{self, Condition};
use super::schema::INDEXED_VALUES;
use super::tables::{self, TableRef};
use crate::error::MetastoreError;
use crate::model::names::{partition_name, unescape_path_name};
use crate::model::{FieldSchema, Partition, PartitionFilter, typed_value};

/// The columns that [`read_row`] reads, in its order.
const COLUMNS: &str = "name, descriptor_id, create_time, last_access_time, location, parameters";

/// Checks the values against the table's partition columns and returns the partition's name.
fn name_of(table: &TableRef, values: &[String]) -> Attempt<String> {
    let keys = &table.keys;
    if keys.is_empty() {
        let message = format!("table {} is not partitioned", table.name);
        return Err(MetastoreError::InvalidOperation(message).into());
    }
    if keys.len() != values.len() {
        let names: String = keys.iter().map(|k| format!("{}, ", k.name)).collect();
        let message = format!("Invalid partition key & values; keys [{names}], values {values:?}");
        return Err(MetastoreError::InvalidObject(message).into());
    }
    Ok(partition_name(keys, values))
}

/// The values in a partition's name.
fn values_in(name: &str) -> Attempt<Vec<String>> {
    name.split('/')
        .map(|part| match part.split_once('=') {
            Some((_, value)) => Ok(unescape_path_name(value)),
            None => Err(Fault::record(format!("the partition {name}"), "its name has no value")),
        })
        .collect()
}

/// What the `value` columns keep of the values; see the schema.
fn typed(keys: &[FieldSchema], values: &[String]) -> impl Iterator<Item = Value> {
    let mut pairs = keys.iter().zip(values);
    (0..INDEXED_VALUES).map(move |_| pairs.next().map_or(Value::Null, |(key, value)| typed_value(key, value).into()))
}

/// What to do with a partition that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Existing {
    Refuse,
    Keep,
    Replace,
}

pub(super) fn add(
    connection: &Connection,
    database: &str,
    table: &str,
    partitions: &[Partition],
    if_not_exists: bool,
) -> Attempt<usize> {
    let table = tables::reference(connection, database, table)?;
    put(connection, &table, partitions, if if_not_exists { Existing::Keep } else { Existing::Refuse })
}

pub(super) fn replace(connection: &Connection, database: &str, table: &str, partitions: &[Partition]) -> Attempt<()> {
    let table = tables::reference(connection, database, table)?;
    put(connection, &table, partitions, Existing::Replace)?;
    descriptors::remove_unused(connection, table.id)
}

fn put(connection: &Connection, table: &TableRef, partitions: &[Partition], existing: Existing) -> Attempt<usize> {
    let on_conflict = match existing {
        Existing::Refuse | Existing::Keep => "NOTHING",
        Existing::Replace => {
            "UPDATE SET descriptor_id = excluded.descriptor_id, create_time = excluded.create_time,
                 last_access_time = excluded.last_access_time, location = excluded.location,
                 parameters = excluded.parameters"
        }
    };
    let mut insert = connection.prepare_cached(&format!(
        "INSERT INTO partitions (table_id, name, descriptor_id, create_time, last_access_time, location, parameters,
             value0, value1, value2, value3, value4, value5, value6, value7)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
         ON CONFLICT (table_id, name) DO {on_conflict}"
    ))?;
    let mut writer = DescriptorWriter::new(connection, table.id);
    let mut added = 0;
    for partition in partitions {
        let name = name_of(table, &partition.values)?;
        let (descriptor, location) = writer.put(&partition.storage, &name)?;
        let parameters = to_json("a partition", &partition.parameters)?;
        let fixed: [&dyn ToSql; 7] = [
            &table.id,
            &name,
            &descriptor,
            &partition.create_time,
            &partition.last_access_time,
            &location,
            &parameters,
        ];
        bind(&mut insert, &fixed, typed(&table.keys, &partition.values))?;
        let done = insert.raw_execute()?;
        if done == 0 && existing == Existing::Refuse {
            return Err(already_there(table, &name).into());
        }
        added += done;
    }
    Ok(added)
}

/// Binds parameters 1, 2, … of a statement.
fn bind(
    statement: &mut rusqlite::Statement<'_>,
    fixed: &[&dyn ToSql],
    values: impl Iterator<Item = Value>,
) -> Attempt<()> {
    for (i, value) in fixed.iter().enumerate() {
        statement.raw_bind_parameter(i + 1, value)?;
    }
    for (i, value) in values.enumerate() {
        statement.raw_bind_parameter(fixed.len() + i + 1, value)?;
    }
    Ok(())
}

pub(super) fn get(connection: &Connection, database: &str, table: &str, values: &[String]) -> Attempt<Partition> {
    let table = tables::reference(connection, database, table)?;
    let name = name_of(&table, values)?;
    let mut statement =
        connection.prepare_cached(&format!("SELECT {COLUMNS} FROM partitions WHERE table_id = ?1 AND name = ?2"))?;
    let mut rows = statement.query(params![table.id, name])?;
    match rows.next()? {
        Some(row) => read_row(row, &mut DescriptorReader::new(connection)),
        None => Err(not_there(&table, &name).into()),
    }
}

fn read_row(row: &Row<'_>, descriptors: &mut DescriptorReader<'_>) -> Attempt<Partition> {
    let name: String = row.get(0)?;
    let parameters = row.get_ref(5)?.as_str().map_err(rusqlite::Error::from)?;
    Ok(Partition {
        values: values_in(&name)?,
        create_time: row.get(2)?,
        last_access_time: row.get(3)?,
        storage: descriptors.get(row.get(1)?, &name, row.get(4)?)?,
        parameters: from_json(|| format!("the partition {name}"), parameters)?,
        write_id: None,
    })
}

/// The id of a partition, for its statistics.
pub(super) fn id_of(connection: &Connection, table: &TableRef, values: &[String]) -> Attempt<i64> {
    let name = name_of(table, values)?;
    find(connection, table, &name)?.ok_or_else(|| not_there(table, &name).into())
}

fn find(connection: &Connection, table: &TableRef, name: &str) -> Attempt<Option<i64>> {
    let mut statement =
        connection.prepare_cached("SELECT partition_id FROM partitions WHERE table_id = ?1 AND name = ?2")?;
    Ok(statement.query_row(params![table.id, name], |row| row.get(0)).optional()?)
}

pub(super) fn list(
    connection: &Connection,
    database: &str,
    table: &str,
    wanted: &PartitionFilter,
    limit: Option<usize>,
) -> Attempt<Vec<Partition>> {
    let table = tables::reference(connection, database, table)?;
    let mut descriptors = DescriptorReader::new(connection);
    let mut partitions = vec![];
    match filter::compile(wanted, &table.keys)? {
        Condition::Sql { text, mut parameters } => {
            parameters.push(Value::Integer(table.id));
            let id = parameters.len();
            // The inner query is answered from an index and sorts names only; rows are read for what remains of it.
            let inner = format!("FROM partitions WHERE table_id = ?{id} AND {text} ORDER BY name");
            let sql = match limit {
                None => format!("SELECT {COLUMNS} {inner}"),
                Some(limit) => {
                    parameters.push(sql_limit(limit));
                    let last = parameters.len();
                    format!(
                        "SELECT {COLUMNS} FROM partitions
                         WHERE partition_id IN (SELECT partition_id {inner} LIMIT ?{last}) ORDER BY name"
                    )
                }
            };
            let mut statement = connection.prepare(&sql)?;
            let mut rows = statement.query(params_from_iter(parameters))?;
            while let Some(row) = rows.next()? {
                partitions.push(read_row(row, &mut descriptors)?);
            }
        }
        Condition::Evaluate => {
            let mut statement =
                connection.prepare_cached(&format!("SELECT {COLUMNS} FROM partitions WHERE partition_id = ?1"))?;
            for (id, _) in evaluate(connection, &table, wanted, limit)? {
                let mut rows = statement.query([id])?;
                if let Some(row) = rows.next()? {
                    partitions.push(read_row(row, &mut descriptors)?);
                }
            }
        }
    }
    Ok(partitions)
}

pub(super) fn list_values(
    connection: &Connection,
    database: &str,
    table: &str,
    wanted: &PartitionFilter,
    limit: Option<usize>,
) -> Attempt<Vec<Vec<String>>> {
    let table = tables::reference(connection, database, table)?;
    match filter::compile(wanted, &table.keys)? {
        Condition::Sql { text, mut parameters } => {
            parameters.push(Value::Integer(table.id));
            parameters.push(limit.map_or(Value::Integer(-1), sql_limit));
            let last = parameters.len();
            let mut statement = connection.prepare(&format!(
                "SELECT name FROM partitions WHERE table_id = ?{} AND {text} ORDER BY name LIMIT ?{last}",
                last - 1
            ))?;
            let mut rows = statement.query(params_from_iter(parameters))?;
            let mut all = vec![];
            while let Some(row) = rows.next()? {
                all.push(values_in(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?)?);
            }
            Ok(all)
        }
        Condition::Evaluate => {
            Ok(evaluate(connection, &table, wanted, limit)?.into_iter().map(|(_, values)| values).collect())
        }
    }
}

fn sql_limit(limit: usize) -> Value {
    Value::Integer(i64::try_from(limit).unwrap_or(i64::MAX))
}

/// Evaluates a filter here, over the values of all partitions: for the rare ones that do not become SQL.
fn evaluate(
    connection: &Connection,
    table: &TableRef,
    wanted: &PartitionFilter,
    limit: Option<usize>,
) -> Attempt<Vec<(i64, Vec<String>)>> {
    let mut statement =
        connection.prepare_cached("SELECT partition_id, name FROM partitions WHERE table_id = ?1 ORDER BY name")?;
    let mut rows = statement.query([table.id])?;
    let mut found = vec![];
    while limit.is_none_or(|limit| found.len() < limit)
        && let Some(row) = rows.next()?
    {
        let values = values_in(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?)?;
        if wanted.matches(&table.keys, &values) {
            found.push((row.get(0)?, values));
        }
    }
    Ok(found)
}

pub(super) fn alter(connection: &Connection, database: &str, table: &str, partitions: &[Partition]) -> Attempt<()> {
    let table = tables::reference(connection, database, table)?;
    let mut writer = DescriptorWriter::new(connection, table.id);
    for partition in partitions {
        let name = name_of(&table, &partition.values)?;
        let id = find(connection, &table, &name)?.ok_or_else(|| not_there(&table, &name))?;
        update(connection, &table, &mut writer, id, &name, partition)?;
    }
    descriptors::remove_unused(connection, table.id)
}

pub(super) fn rename(
    connection: &Connection,
    database: &str,
    table: &str,
    values: &[String],
    to: &Partition,
) -> Attempt<()> {
    let table = tables::reference(connection, database, table)?;
    let id = id_of(connection, &table, values)?;
    let name = name_of(&table, &to.values)?;
    if find(connection, &table, &name)?.is_some_and(|other| other != id) {
        return Err(already_there(&table, &name).into());
    }
    update(connection, &table, &mut DescriptorWriter::new(connection, table.id), id, &name, to)?;
    descriptors::remove_unused(connection, table.id)
}

fn update(
    connection: &Connection,
    table: &TableRef,
    writer: &mut DescriptorWriter<'_>,
    id: i64,
    name: &str,
    partition: &Partition,
) -> Attempt<()> {
    let (descriptor, location) = writer.put(&partition.storage, name)?;
    let parameters = to_json("a partition", &partition.parameters)?;
    let mut statement = connection.prepare_cached(
        "UPDATE partitions SET name = ?2, descriptor_id = ?3, create_time = ?4, last_access_time = ?5, location = ?6,
             parameters = ?7, value0 = ?8, value1 = ?9, value2 = ?10, value3 = ?11, value4 = ?12, value5 = ?13,
             value6 = ?14, value7 = ?15
         WHERE partition_id = ?1",
    )?;
    let fixed: [&dyn ToSql; 7] =
        [&id, &name, &descriptor, &partition.create_time, &partition.last_access_time, &location, &parameters];
    bind(&mut statement, &fixed, typed(&table.keys, &partition.values))?;
    statement.raw_execute()?;
    Ok(())
}

pub(super) fn drop(connection: &Connection, database: &str, table: &str, values: &[Vec<String>]) -> Attempt<()> {
    let table = tables::reference(connection, database, table)?;
    let names = values.iter().map(|values| name_of(&table, values)).collect::<Attempt<BTreeSet<_>>>()?;
    let mut statement = connection.prepare_cached("DELETE FROM partitions WHERE table_id = ?1 AND name = ?2")?;
    for name in names {
        if statement.execute(params![table.id, name])? == 0 {
            return Err(not_there(&table, &name).into());
        }
    }
    descriptors::remove_unused(connection, table.id)
}

/// Follows a change of the table's partition columns: other names change the partitions' names, other types their
/// typed values. Their number cannot change while there are partitions.
pub(super) fn change_keys(connection: &Connection, old: &TableRef, keys: &[FieldSchema]) -> Attempt<()> {
    let same = |(a, b): (&FieldSchema, &FieldSchema)| a.name == b.name && a.ty == b.ty;
    if old.keys.len() == keys.len() && old.keys.iter().zip(keys).all(same) {
        return Ok(());
    }
    let any = connection
        .query_row("SELECT 1 FROM partitions WHERE table_id = ?1 LIMIT 1", [old.id], |_| Ok(()))
        .optional()?;
    if any.is_none() {
        return Ok(());
    }
    if old.keys.len() != keys.len() {
        return Err(MetastoreError::InvalidOperation("partition keys can not be changed.".to_string()).into());
    }
    let mut partitions = vec![];
    {
        let mut descriptors = DescriptorReader::new(connection);
        let mut statement =
            connection.prepare(&format!("SELECT {COLUMNS}, partition_id FROM partitions WHERE table_id = ?1"))?;
        let mut rows = statement.query([old.id])?;
        while let Some(row) = rows.next()? {
            partitions.push((row.get(6)?, read_row(row, &mut descriptors)?));
        }
    }
    let table = TableRef { id: old.id, name: old.name.clone(), keys: keys.to_vec() };
    let mut writer = DescriptorWriter::new(connection, table.id);
    for (id, partition) in &partitions {
        let name = name_of(&table, &partition.values)?;
        update(connection, &table, &mut writer, *id, &name, partition)?;
    }
    descriptors::remove_unused(connection, table.id)
}

fn already_there(table: &TableRef, name: &str) -> MetastoreError {
    MetastoreError::AlreadyExists(format!("Partition already exists: hive.{} partition ({name})", table.name))
}

fn not_there(table: &TableRef, name: &str) -> MetastoreError {
    MetastoreError::NoSuchObject(format!("hive.{} partition ({name}) not found", table.name))
}
