//! Storage descriptors of partitions: kept once for all partitions of a table that share one, without the part of the
//! location that is the partition's own.

use std::collections::HashMap;

use super::codec::{from_json, to_json};
use super::connection::{Connection, Next, values};
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
pub(super) struct DescriptorWriter {
    table: i64,
    last: Option<(StorageDescriptor, i64)>,
}

impl DescriptorWriter {
    pub(super) fn new(table: i64) -> Self {
        Self { table, last: None }
    }

    /// The descriptor's id and what the partition's row keeps of the location.
    pub(super) fn put<'b>(
        &mut self,
        connection: &mut Connection<'_>,
        storage: &'b StorageDescriptor,
        name: &str,
    ) -> Attempt<(i64, Option<&'b str>)> {
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
        let key = values![self.table, &body];
        let same = connection.dialect().same_body(2);
        let sql = format!("SELECT descriptor_id FROM descriptors WHERE table_id = ?1 AND {same}");
        let id = connection.first(&sql, key, |row| row.get(0))?;
        let id = match id {
            Some(id) => id,
            None => connection
                .number("INSERT INTO descriptors (table_id, body) VALUES (?1, ?2) RETURNING descriptor_id", key)?,
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

/// A partition's storage as its row has it.
#[derive(Debug)]
pub(super) struct OwnStorage {
    /// The descriptor's id.
    pub(super) descriptor: i64,
    /// The partition's name.
    pub(super) name: String,
    /// The location, where it is not the descriptor's, a slash and the name.
    pub(super) location: Option<String>,
}

/// Reads descriptors, each once.
#[derive(Debug, Default)]
pub(super) struct DescriptorReader {
    seen: HashMap<i64, StorageDescriptor>,
}

impl DescriptorReader {
    /// Reads those of these storages that were not read yet.
    pub(super) fn load<'o>(
        &mut self,
        connection: &mut Connection<'_>,
        storages: impl Iterator<Item = &'o OwnStorage>,
    ) -> Attempt<()> {
        let mut wanted: HashMap<i64, &str> = HashMap::new();
        for own in storages {
            if !self.seen.contains_key(&own.descriptor) {
                wanted.entry(own.descriptor).or_insert(&own.name);
            }
        }
        if wanted.is_empty() {
            return Ok(());
        }
        let ids: Vec<i64> = wanted.keys().copied().collect();
        let list = connection.dialect().integers(1);
        let sql = format!("SELECT descriptor_id, body FROM descriptors WHERE descriptor_id IN {list}");
        connection.rows(&sql, values![ids.as_slice()], |row| {
            let id = row.get(0)?;
            let what = || format!("the partition {}", wanted.get(&id).copied().unwrap_or_default());
            self.seen.insert(id, from_json(what, row.get(1)?)?);
            Ok(Next::Go)
        })
    }

    /// The whole descriptor of a partition whose storage is loaded.
    pub(super) fn whole(&self, own: OwnStorage) -> Attempt<StorageDescriptor> {
        let Some(shared) = self.seen.get(&own.descriptor) else {
            return Err(Fault::record(format!("the partition {}", own.name), "it has no descriptor"));
        };
        let mut storage = shared.clone();
        match own.location {
            Some(location) => storage.location = location,
            None => {
                storage.location.push('/');
                storage.location.push_str(&own.name);
            }
        }
        Ok(storage)
    }
}

/// Removes the descriptors of a table that no partition has any more.
pub(super) fn remove_unused(connection: &mut Connection<'_>, table: i64) -> Attempt<()> {
    connection.execute(
        "DELETE FROM descriptors WHERE table_id = ?1
         AND NOT EXISTS (SELECT 1 FROM partitions p WHERE p.descriptor_id = descriptors.descriptor_id)",
        values![table],
    )?;
    Ok(())
}
