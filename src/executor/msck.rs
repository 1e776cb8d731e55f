//! `MSCK [REPAIR] TABLE`: partitions of the catalog against folders of the file system.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, TryStreamExt, stream};
use skep_metastore::model::{
    DEFAULT_PARTITION, FieldSchema, Parameters, Partition, Table, partition_name, unescape_path_name,
};
use skep_metastore::store::MetaStore;
use skep_warehouse::layout::archive::ARCHIVE_NAME;
use skep_warehouse::store::{FileStatus, fs, url};

use super::ddl::{alter_table::measure_partition, now, touch};
use super::partition_spec::normal_text;
use super::{names, partition_spec};
use crate::error::{HiveError, Result, SkepError};
use crate::parser::ast::{Msck, MsckAction};
use crate::session::{Outcome, Session};

/// As many calls of the file system run at once, for on an object store each of them takes its time.
const PARALLEL_CALLS: usize = 32;

/// Runs the statement. The rows say what was found and what was done, in Hive's words.
pub async fn run(session: &Session, statement: &Msck) -> Result<Outcome> {
    let table = names::base_table(session, &statement.table)?;
    if !table.is_partitioned() {
        return Outcome::lines("result", Vec::new());
    }
    let mut wanted: Option<BTreeSet<Vec<String>>> = None;
    let mut known = session.catalog().partition_values(
        &table.database,
        &table.name,
        &skep_metastore::model::PartitionFilter::All,
        None,
    )?;
    if !statement.filter.is_empty() {
        let mut chosen = BTreeSet::new();
        for list in &statement.filter {
            chosen.extend(partition_spec::matching(session, &table, list)?);
        }
        known.retain(|values| chosen.contains(values));
        wanted = Some(chosen);
    }
    let found = find_folders(session, &table).await?;
    let known: BTreeSet<Vec<String>> = known.into_iter().collect();
    let new: Vec<(&Vec<String>, &String)> = found
        .iter()
        .filter(|(values, _)| !known.contains(*values))
        .filter(|(values, _)| wanted.is_none() || matches_filter(session, &table, statement, values))
        .collect();
    let gone = missing_folders(session, &table, &known, &found).await?;
    report(session, &table, statement, &new, &gone).await
}

fn matches_filter(session: &Session, table: &Table, statement: &Msck, values: &[String]) -> bool {
    statement.filter.iter().any(|list| partition_spec::satisfies(session, table, list, values).unwrap_or(false))
}

/// The folders under the table's that are named as partitions, by their values.
async fn find_folders(session: &Session, table: &Table) -> Result<BTreeMap<Vec<String>, String>> {
    let validation = session.config().text("hive.msck.path.validation").to_ascii_lowercase();
    let mut level: Vec<(Vec<String>, String)> = vec![(Vec::new(), table.storage.location.clone())];
    for key in &table.partition_keys {
        let mut next = Vec::new();
        let mut listings = stream::iter(level)
            .map(|(values, folder)| async move {
                let children = shown_in(session, &folder).await?;
                Ok::<_, SkepError>((values, folder, children))
            })
            .buffered(PARALLEL_CALLS);
        while let Some((values, folder, children)) = listings.try_next().await? {
            let stray = if children.is_empty() && !values.is_empty() {
                Some(format!("MSCK is missing partition columns under {folder}"))
            } else {
                let file = children.iter().find(|child| !child.is_dir);
                file.map(|file| format!("MSCK finds a file rather than a directory when it searches for {}", file.path))
            };
            if let Some(text) = stray.filter(|_| validation == "throw") {
                return Err(SkepError::exception("MetaException", text)
                    .with_hint("SET hive.msck.path.validation=skip passes over such folders"));
            }
            // What is in an archive is in the catalog.
            for child in children.into_iter().filter(|child| child.is_dir && child.name() != ARCHIVE_NAME) {
                match partition_value(child.name(), key) {
                    Some(value) => {
                        let mut values: Vec<String> = values.clone();
                        values.push(value);
                        next.push((values, child.path));
                    }
                    None if validation == "throw" => {
                        let text = format!("Unexpected partition key or value in the folder {}", child.path);
                        return Err(SkepError::exception("MetaException", text)
                            .with_code(HiveError::INVALID_PARTITION_SPEC.code, "42000")
                            .with_hint("SET hive.msck.path.validation=skip passes over such folders"));
                    }
                    None => {}
                }
            }
        }
        drop(listings);
        level = next;
    }
    Ok(level.into_iter().collect())
}

/// What is in a folder and not hidden; nothing where it is not there itself.
async fn shown_in(session: &Session, folder: &str) -> Result<Vec<FileStatus>> {
    if !fs::exists(session.stores(), folder).await? {
        return Ok(Vec::new());
    }
    let mut children = fs::list(session.stores(), folder).await?;
    children.retain(|child| !url::is_hidden(child.name()));
    Ok(children)
}

/// The value that a folder's name gives to a partition column. Whole numbers must be such; what else is there is kept as
/// the folder has it.
fn partition_value(name: &str, key: &FieldSchema) -> Option<String> {
    let (column, value) = name.split_once('=')?;
    if unescape_path_name(column).to_lowercase() != key.name {
        return None;
    }
    let value = unescape_path_name(value);
    match normal_text(&value, &key.ty) {
        Some(normal) => Some(normal),
        None if value == DEFAULT_PARTITION || !key.ty.is_integer() => Some(value),
        None => None,
    }
}

/// Partitions of the catalog whose folder is not there.
async fn missing_folders(
    session: &Session,
    table: &Table,
    known: &BTreeSet<Vec<String>>,
    found: &BTreeMap<Vec<String>, String>,
) -> Result<Vec<Vec<String>>> {
    let unfound: Vec<Vec<String>> = known.iter().filter(|values| !found.contains_key(*values)).cloned().collect();
    let checks = stream::iter(unfound)
        .map(|values| async move {
            let location = session.catalog().partition(&table.database, &table.name, &values)?.storage.location;
            let there = fs::exists(session.stores(), &location).await?;
            Ok::<_, SkepError>((!there).then_some(values))
        })
        .buffered(PARALLEL_CALLS);
    let gone: Vec<Option<Vec<String>>> = checks.try_collect().await?;
    Ok(gone.into_iter().flatten().collect())
}

async fn report(
    session: &Session,
    table: &Table,
    statement: &Msck,
    new: &[(&Vec<String>, &String)],
    gone: &[Vec<String>],
) -> Result<Outcome> {
    let name = |values: &[String]| format!("{}:{}", table.name, partition_name(&table.partition_keys, values));
    let adds = statement.action != MsckAction::Drop;
    let drops = statement.action != MsckAction::Add;
    let mut lines = Vec::new();
    let list = |what: &str, names: Vec<String>| format!("{what}\t{}", names.join("\t"));
    if !new.is_empty() {
        lines.push(list("Partitions not in metastore:", new.iter().map(|(values, _)| name(values)).collect()));
    }
    if !gone.is_empty() {
        lines.push(list("Partitions missing from filesystem:", gone.iter().map(|values| name(values)).collect()));
    }
    if statement.dry_run {
        if adds {
            let told = new.iter().map(|(values, _)| {
                format!("Dry run: would add partition to metastore {}.{}", table.database, name(values))
            });
            lines.extend(told);
        }
        if drops {
            let told = gone.iter().map(|values| {
                format!("Dry run: would drop partition from metastore {}.{}", table.database, name(values))
            });
            lines.extend(told);
        }
        return Outcome::lines("result", lines);
    }
    if statement.repair && adds {
        let folders: Vec<(Vec<String>, String)> =
            new.iter().map(|(values, location)| ((*values).clone(), (*location).clone())).collect();
        let partitions: Vec<Partition> = stream::iter(folders)
            .map(|(values, location)| async move {
                let mut partition = Partition {
                    values,
                    create_time: now(),
                    last_access_time: 0,
                    storage: table.storage.clone(),
                    parameters: Parameters::new(),
                    write_id: None,
                };
                partition.storage.location = location;
                touch(&mut partition.parameters);
                measure_partition(session, &mut partition).await?;
                Ok::<_, SkepError>(partition)
            })
            .buffered(PARALLEL_CALLS)
            .try_collect()
            .await?;
        let size = match session.config().int("hive.msck.repair.batch.size") {
            size if size > 0 => size as usize,
            _ => usize::MAX,
        };
        for batch in partitions.chunks(size.min(partitions.len().max(1))) {
            session.catalog().add_partitions(&table.database, &table.name, batch, true)?;
        }
        lines.extend(new.iter().map(|(values, location)| {
            format!("Repair: Added partition to metastore {}.{} {location}", table.database, name(values))
        }));
    }
    if statement.repair && drops {
        session.catalog().drop_partitions(&table.database, &table.name, gone)?;
        lines.extend(
            gone.iter()
                .map(|values| format!("Repair: Dropped partition from metastore {}.{}", table.database, name(values))),
        );
    }
    Outcome::lines("result", lines)
}
