//! Storage descriptors of partitions: kept once for all partitions of a table that share one, without the part of the
//! location that is the partition's own.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};

use super::codec::{from_json, to_json};
use super::fault::{Attempt, Fault};
use crate::model::StorageDescriptor;

/// A location in two parts: what the descriptor keeps, and what the partition's row keeps (nothing where it is the
/// descriptor's part, a slash and the partition's name).
fn split_location<'a>(location: &'a str, name: &str) -> (&'a str, Option<&'a str>) {
    match location.strip_suffix(name).and_then(|rest| rest.strip_suffix('/')) {
        Some(base) if !base.is_empty() => (base, None),
        _ => ("", Some(location)),
    }
}

/// Finds or adds descriptors. Remembers the last one, as neighbours mostly share it.
#[derive(Debug)]
pub(super) struct DescriptorWriter<'a> {
    connection: &'a Connection,
    table: i64,
    last: Option<(StorageDescriptor, i64)>,
}

impl<'a> DescriptorWriter<'a> {
    pub(super) fn new(connection: &'a Connection, table: i64) -> Self {
        Self { connection, table, last: None }
    }

    /// The descriptor's id and what the partition's row keeps of the location.
    pub(super) fn put<'b>(&mut self, storage: &'b StorageDescriptor, name: &str) -> Attempt<(i64, Option<&'b str>)> {
        let (base, own) = split_location(&storage.location, name);
        if let Some((last, id)) = &self.last
            && last.location == base
            && same_but_location(last, storage)
        {
            return Ok((*id, own));
        }
        let mut shared = storage.clone();
        shared.location = base.to_string();
        let body = to_json("a partition", &shared)?;
        let id = self
            .connection
            .prepare_cached("SELECT descriptor_id FROM descriptors WHERE table_id = ?1 AND body = ?2")?
            .query_row(params![self.table, body], |row| row.get(0))
            .optional()?;
        let id = match id {
            Some(id) => id,
            None => {
                self.connection
                    .prepare_cached("INSERT INTO descriptors (table_id, body) VALUES (?1, ?2)")?
                    .execute(params![self.table, body])?;
                self.connection.last_insert_rowid()
            }
        };
        self.last = Some((shared, id));
        Ok((id, own))
    }
}

/// Compared field by field, for a clone of a wide table's columns for each of many partitions would cost more than
/// the rest of adding them.
fn same_but_location(a: &StorageDescriptor, b: &StorageDescriptor) -> bool {
    let StorageDescriptor {
        columns,
        location: _,
        input_format,
        output_format,
        compressed,
        num_buckets,
        serde,
        bucket_columns,
        sort_columns,
        parameters,
        skewed,
        stored_as_sub_directories,
        type_texts,
    } = a;
    columns == &b.columns
        && input_format == &b.input_format
        && output_format == &b.output_format
        && compressed == &b.compressed
        && num_buckets == &b.num_buckets
        && serde == &b.serde
        && bucket_columns == &b.bucket_columns
        && sort_columns == &b.sort_columns
        && parameters == &b.parameters
        && skewed == &b.skewed
        && stored_as_sub_directories == &b.stored_as_sub_directories
        && type_texts == &b.type_texts
}

/// Reads descriptors, each once.
#[derive(Debug)]
pub(super) struct DescriptorReader<'a> {
    connection: &'a Connection,
    seen: HashMap<i64, StorageDescriptor>,
}

impl<'a> DescriptorReader<'a> {
    pub(super) fn new(connection: &'a Connection) -> Self {
        Self { connection, seen: HashMap::new() }
    }

    /// The whole descriptor of the partition of this name.
    pub(super) fn get(&mut self, id: i64, name: &str, own: Option<String>) -> Attempt<StorageDescriptor> {
        if !self.seen.contains_key(&id) {
            let body: Option<String> = self
                .connection
                .prepare_cached("SELECT body FROM descriptors WHERE descriptor_id = ?1")?
                .query_row([id], |row| row.get(0))
                .optional()?;
            let body = body.ok_or_else(|| Fault::record(format!("the partition {name}"), "it has no descriptor"))?;
            self.seen.insert(id, from_json(|| format!("the partition {name}"), &body)?);
        }
        let Some(shared) = self.seen.get(&id) else {
            return Err(Fault::record(format!("the partition {name}"), "it has no descriptor"));
        };
        let mut storage = shared.clone();
        match own {
            Some(location) => storage.location = location,
            None => {
                storage.location.push('/');
                storage.location.push_str(name);
            }
        }
        Ok(storage)
    }
}

/// Removes the descriptors of a table that no partition has any more.
pub(super) fn remove_unused(connection: &Connection, table: i64) -> Attempt<()> {
    connection
        .prepare_cached(
            "DELETE FROM descriptors WHERE table_id = ?1
             AND NOT EXISTS (SELECT 1 FROM partitions p WHERE p.descriptor_id = descriptors.descriptor_id)",
        )?
        .execute([table])?;
    Ok(())
}
