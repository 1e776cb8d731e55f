//! Partitions: adding, changing, removing. Reading is in [`super::partition_lists`].

use std::collections::{BTreeSet, HashMap, HashSet};

use super::codec::to_json;
use super::connection::{Connection, Next, Value, values};
use super::descriptors::{self, DescriptorWriter};
use super::fault::Attempt;
use super::filter::{typed_values, value_columns};
use super::tables::{self, TableRef};
use super::{event_messages, events, partition_lists};
use crate::error::MetastoreError;
use crate::model::names::partition_name;
use crate::model::{FieldSchema, Parameters, Partition};

/// So many rows are added by one statement; what remains of many goes by fewer.
const ROWS_AT_ONCE: [usize; 3] = [400, 20, 1];

/// Checks the values against the table's partition columns and returns the partition's name.
pub(super) fn name_of(table: &TableRef, values: &[String]) -> Attempt<String> {
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

pub(super) fn add(
    connection: &mut Connection<'_>,
    database: &str,
    table: &str,
    partitions: &[Partition],
    if_not_exists: bool,
) -> Attempt<usize> {
    let table = tables::reference(connection, database, table)?;
    let named = named(&table, partitions)?;
    let there = existing(connection, &table, named.iter().map(|(name, _)| name.as_str()))?;
    let mut seen = HashSet::new();
    let mut new = Vec::with_capacity(named.len());
    for (name, partition) in &named {
        if !there.contains_key(name) && seen.insert(name.as_str()) {
            new.push((name.as_str(), *partition));
        } else if !if_not_exists {
            return Err(already_there(&table, name).into());
        }
    }
    insert(connection, &table, &new)?;
    tell_added(connection, &table, new.iter().map(|(_, partition)| *partition))?;
    Ok(new.len())
}

/// Adds partitions; those that are there get another definition.
pub(super) fn replace(
    connection: &mut Connection<'_>,
    database: &str,
    table: &str,
    partitions: &[Partition],
) -> Attempt<()> {
    let table = tables::reference(connection, database, table)?;
    let named = named(&table, partitions)?;
    // Of several of one name the last one counts.
    let last: HashMap<&str, &Partition> = named.iter().map(|(name, partition)| (name.as_str(), *partition)).collect();
    let there = existing(connection, &table, last.keys().copied())?;
    let mut writer = DescriptorWriter::new(table.id);
    let mut new = vec![];
    let mut last: Vec<(&str, &Partition)> = last.into_iter().collect();
    last.sort_unstable_by_key(|(name, _)| *name);
    for (name, partition) in last {
        match there.get(name) {
            Some(id) => {
                tell_altered(connection, &table, name, partition, false)?;
                update(connection, &table, &mut writer, *id, name, partition)?;
            }
            None => new.push((name, partition)),
        }
    }
    insert(connection, &table, &new)?;
    tell_added(connection, &table, new.iter().map(|(_, partition)| *partition))?;
    if there.is_empty() { Ok(()) } else { descriptors::remove_unused(connection, table.id) }
}

fn named<'p>(table: &TableRef, partitions: &'p [Partition]) -> Attempt<Vec<(String, &'p Partition)>> {
    partitions.iter().map(|partition| Ok((name_of(table, &partition.values)?, partition))).collect()
}

/// Names and ids of those of the partitions that are there.
pub(super) fn existing<'n>(
    connection: &mut Connection<'_>,
    table: &TableRef,
    names: impl Iterator<Item = &'n str>,
) -> Attempt<HashMap<String, i64>> {
    let names: Vec<String> = names.map(str::to_string).collect();
    let list = connection.dialect().texts(2);
    let sql = format!("SELECT name, partition_id FROM partitions WHERE table_id = ?1 AND name IN {list}");
    let mut found = HashMap::new();
    if names.is_empty() {
        return Ok(found);
    }
    connection.rows(&sql, values![table.id, names], |row| {
        found.insert(row.get(0)?, row.get(1)?);
        Ok(Next::Go)
    })?;
    Ok(found)
}

/// Adds partitions that are not there.
fn insert(connection: &mut Connection<'_>, table: &TableRef, partitions: &[(&str, &Partition)]) -> Attempt<()> {
    let mut writer = DescriptorWriter::new(table.id);
    let mut columns = vec!["table_id", "name", "descriptor_id", "create_time", "last_access_time", "location"];
    columns.extend(["parameters", "null_values", "write_id"]);
    let values: Vec<String> = value_columns(&table.keys).collect();
    columns.extend(values.iter().map(String::as_str));
    let mut rest = partitions;
    for size in ROWS_AT_ONCE {
        let sql = format!("INSERT INTO partitions ({}) VALUES {}", columns.join(", "), places(columns.len(), size));
        while rest.len() >= size {
            let (now, later) = rest.split_at(size);
            let mut row = Vec::with_capacity(columns.len() * size);
            for (name, partition) in now {
                let (descriptor, location) = writer.put(connection, &partition.storage, name)?;
                let typed = typed_values(&table.keys, &partition.values);
                row.extend_from_slice(values![
                    table.id,
                    *name,
                    descriptor,
                    partition.create_time,
                    partition.last_access_time,
                    location,
                    to_json("a partition", &partition.parameters)?,
                    typed.null_bits,
                    partition.write_id,
                ]);
                row.extend(typed.indexed);
            }
            connection.execute(&sql, &row)?;
            rest = later;
        }
    }
    Ok(())
}

/// `(?1, ?2), (?3, ?4)`: places for the parameters of so many rows.
pub(super) fn places(columns: usize, rows: usize) -> String {
    let row = |row: usize| {
        let places: Vec<String> = (1..=columns).map(|column| format!("?{}", row * columns + column)).collect();
        format!("({})", places.join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

/// Tells of new partitions, if there are any.
fn tell_added<'p>(
    connection: &mut Connection<'_>,
    table: &TableRef,
    added: impl ExactSizeIterator<Item = &'p Partition>,
) -> Attempt<()> {
    if !connection.tells_events() || added.len() == 0 {
        return Ok(());
    }
    let whole = table.whole(connection)?;
    events::put(connection, |now| event_messages::add_partitions(&whole, added, now))
}

/// Tells of what a partition is going to be.
fn tell_altered(
    connection: &mut Connection<'_>,
    table: &TableRef,
    name: &str,
    after: &Partition,
    emptied: bool,
) -> Attempt<()> {
    if !connection.tells_events() {
        return Ok(());
    }
    let whole = table.whole(connection)?;
    let Some(before) = partition_lists::named(connection, table.id, name)? else { return Ok(()) };
    events::put(connection, |now| event_messages::alter_partition(&whole, &before, after, emptied, now))
}

/// Replaces the properties of a partition, of which nobody is told as of a change of the partition.
pub(super) fn set_parameters(connection: &mut Connection<'_>, id: i64, parameters: &Parameters) -> Attempt<()> {
    let parameters = to_json("a partition", parameters)?;
    connection.execute("UPDATE partitions SET parameters = ?2 WHERE partition_id = ?1", values![id, parameters])?;
    Ok(())
}

/// The id of a partition, for its statistics.
pub(super) fn id_of(connection: &mut Connection<'_>, table: &TableRef, values: &[String]) -> Attempt<i64> {
    let name = name_of(table, values)?;
    find(connection, table, &name)?.ok_or_else(|| not_there(table, &name).into())
}

fn find(connection: &mut Connection<'_>, table: &TableRef, name: &str) -> Attempt<Option<i64>> {
    connection.first(
        "SELECT partition_id FROM partitions WHERE table_id = ?1 AND name = ?2",
        values![table.id, name],
        |row| row.get(0),
    )
}

/// Replaces the definitions of partitions; `emptied` says that their rows were removed.
pub(super) fn alter(
    connection: &mut Connection<'_>,
    database: &str,
    table: &str,
    partitions: &[Partition],
    emptied: bool,
) -> Attempt<()> {
    let table = tables::reference(connection, database, table)?;
    let named = named(&table, partitions)?;
    let there = existing(connection, &table, named.iter().map(|(name, _)| name.as_str()))?;
    let mut writer = DescriptorWriter::new(table.id);
    for (name, partition) in named {
        let id = there.get(&name).ok_or_else(|| not_there(&table, &name))?;
        tell_altered(connection, &table, &name, partition, emptied)?;
        update(connection, &table, &mut writer, *id, &name, partition)?;
    }
    descriptors::remove_unused(connection, table.id)
}

pub(super) fn rename(
    connection: &mut Connection<'_>,
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
    tell_altered(connection, &table, &name_of(&table, values)?, to, false)?;
    update(connection, &table, &mut DescriptorWriter::new(table.id), id, &name, to)?;
    descriptors::remove_unused(connection, table.id)
}

fn update(
    connection: &mut Connection<'_>,
    table: &TableRef,
    writer: &mut DescriptorWriter,
    id: i64,
    name: &str,
    partition: &Partition,
) -> Attempt<()> {
    let (descriptor, location) = writer.put(connection, &partition.storage, name)?;
    let typed = typed_values(&table.keys, &partition.values);
    let mut row: Vec<Value<'_>> = values![
        id,
        name,
        descriptor,
        partition.create_time,
        partition.last_access_time,
        location,
        to_json("a partition", &partition.parameters)?,
        typed.null_bits,
        partition.write_id,
    ]
    .to_vec();
    let first = row.len() + 1;
    row.extend(typed.indexed);
    let values: String =
        value_columns(&table.keys).enumerate().map(|(i, column)| format!(", {column} = ?{}", first + i)).collect();
    let sql = format!(
        "UPDATE partitions SET name = ?2, descriptor_id = ?3, create_time = ?4, last_access_time = ?5, location = ?6,
             parameters = ?7, null_values = ?8, write_id = ?9{values}
         WHERE partition_id = ?1"
    );
    connection.execute(&sql, &row)?;
    Ok(())
}

pub(super) fn drop(
    connection: &mut Connection<'_>,
    database: &str,
    table: &str,
    values: &[Vec<String>],
) -> Attempt<()> {
    let table = tables::reference(connection, database, table)?;
    let names = values.iter().map(|values| name_of(&table, values)).collect::<Attempt<BTreeSet<_>>>()?;
    let there = existing(connection, &table, names.iter().map(String::as_str))?;
    if let Some(name) = names.iter().find(|name| !there.contains_key(*name)) {
        return Err(not_there(&table, name).into());
    }
    let ids: Vec<i64> = there.into_values().collect();
    let list = connection.dialect().integers(1);
    connection.execute(&format!("DELETE FROM partitions WHERE partition_id IN {list}"), values![ids.as_slice()])?;
    if connection.tells_events() && !values.is_empty() {
        let whole = table.whole(connection)?;
        events::put(connection, |now| event_messages::drop_partitions(&whole, values, now))?;
    }
    descriptors::remove_unused(connection, table.id)
}

/// Follows a change of the table's partition columns: other names change the partitions' names, other types their
/// typed values. Their number cannot change while there are partitions.
pub(super) fn change_keys(connection: &mut Connection<'_>, old: &TableRef, keys: &[FieldSchema]) -> Attempt<()> {
    let same = |(a, b): (&FieldSchema, &FieldSchema)| a.name == b.name && a.ty == b.ty;
    if old.keys.len() == keys.len() && old.keys.iter().zip(keys).all(same) {
        return Ok(());
    }
    if !connection.exists("SELECT 1 FROM partitions WHERE table_id = ?1 LIMIT 1", values![old.id])? {
        return Ok(());
    }
    if old.keys.len() != keys.len() {
        return Err(MetastoreError::InvalidOperation("partition keys can not be changed.".to_string()).into());
    }
    let partitions = partition_lists::with_ids(connection, old.id)?;
    let table = TableRef { id: old.id, name: old.name.clone(), keys: keys.to_vec() };
    // Where a column changes its kind, its values leave the one indexed column for the other.
    for (before, after) in value_columns(&old.keys).zip(value_columns(keys)) {
        if before != after {
            let sql = format!("UPDATE partitions SET {before} = NULL WHERE table_id = ?1");
            connection.execute(&sql, values![table.id])?;
        }
    }
    let mut writer = DescriptorWriter::new(table.id);
    for (id, partition) in &partitions {
        let name = name_of(&table, &partition.values)?;
        update(connection, &table, &mut writer, *id, &name, partition)?;
    }
    descriptors::remove_unused(connection, table.id)
}

fn already_there(table: &TableRef, name: &str) -> MetastoreError {
    MetastoreError::AlreadyExists(format!("Partition already exists: hive.{} partition ({name})", table.name))
}

pub(super) fn not_there(table: &TableRef, name: &str) -> MetastoreError {
    MetastoreError::NoSuchObject(format!("hive.{} partition ({name}) not found", table.name))
}
