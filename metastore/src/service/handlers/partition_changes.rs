//! Adding, changing, renaming and exchanging partitions (`HMSHandler`, `HiveAlterHandler.alterPartition`).

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use skep_thrift::Router;
use skep_thrift_hms as wire;
use skep_thrift_hms::methods as m;

use super::partitions::{check_characters, get, is_value, table, to_wire, values_of};
use super::{Answer, Family, need, statistics_of_files as figures};
use crate::error::MetastoreError;
use crate::model::{Partition, PartitionFilter, Table, TableKind, partition_name};
use crate::service::Service;
use crate::service::convert::partition_from_wire;
use crate::service::exception::{already_exists, invalid_object, invalid_operation, is_missing, meta};
use crate::service::names::stored_database;
use crate::store::Change;

pub(super) fn register(router: Router, service: &Arc<Service>) -> Router {
    Family { router, service }
        .on::<m::AddPartition>(|service, _, args| add_one(service, need(args.new_part, "new_part")?, None))
        .on::<m::AddPartitionWithEnvironmentContext>(|service, _, args| {
            add_one(service, need(args.new_part, "new_part")?, args.environment_context)
        })
        .on::<m::AddPartitions>(|service, _, args| {
            let partitions = need(args.new_parts, "new_parts")?;
            let Some(first) = partitions.first() else { return Ok(0) };
            let table = table_to_add(service, first)?;
            Ok(count(add(service, &table, partitions, false, None)?.len()))
        })
        .on::<m::AddPartitionsReq>(|service, _, args| {
            let request = need(args.request, "request")?;
            let database = stored_database(request.cat_name.as_deref(), &request.db_name);
            let table = find_to_add(service, &database, &request.tbl_name)?;
            let added = add(service, &table, request.parts, request.if_not_exists, None)?;
            let partitions = (request.need_result != Some(false)).then_some(added);
            Ok(wire::AddPartitionsResult { partitions, ..Default::default() })
        })
        .on::<m::AddPartitionsPspec>(|service, _, args| {
            let partitions = super::partition_specs::partitions_of(need(args.new_parts, "new_parts")?)?;
            let Some(first) = partitions.first() else { return Ok(0) };
            let table = table_to_add(service, first)?;
            Ok(count(add(service, &table, partitions, false, None)?.len()))
        })
        .on::<m::AppendPartition>(|service, _, args| {
            append(service, args.db_name, args.tbl_name, need(args.part_vals, "part_vals")?, None)
        })
        .on::<m::AppendPartitionWithEnvironmentContext>(|service, _, args| {
            let values = need(args.part_vals, "part_vals")?;
            append(service, args.db_name, args.tbl_name, values, args.environment_context)
        })
        .on::<m::AppendPartitionByName>(|service, _, args| {
            let table = table(service, args.db_name.clone(), args.tbl_name.clone())?;
            let values = values_of(&table, &need(args.part_name, "part_name")?)?;
            append(service, args.db_name, args.tbl_name, values, None)
        })
        .on::<m::AppendPartitionByNameWithEnvironmentContext>(|service, _, args| {
            let table = table(service, args.db_name.clone(), args.tbl_name.clone())?;
            let values = values_of(&table, &need(args.part_name, "part_name")?)?;
            append(service, args.db_name, args.tbl_name, values, args.environment_context)
        })
        .on::<m::AlterPartition>(|service, _, args| {
            alter(service, args.db_name, args.tbl_name, vec![need(args.new_part, "new_part")?], None)
        })
        .on::<m::AlterPartitionWithEnvironmentContext>(|service, _, args| {
            let partitions = vec![need(args.new_part, "new_part")?];
            alter(service, args.db_name, args.tbl_name, partitions, args.environment_context)
        })
        .on::<m::AlterPartitions>(|service, _, args| {
            alter(service, args.db_name, args.tbl_name, need(args.new_parts, "new_parts")?, None)
        })
        .on::<m::AlterPartitionsWithEnvironmentContext>(|service, _, args| {
            let partitions = need(args.new_parts, "new_parts")?;
            alter(service, args.db_name, args.tbl_name, partitions, args.environment_context)
        })
        .on::<m::AlterPartitionsReq>(|service, _, args| {
            let request = need(args.req, "req")?;
            let database = stored_database(request.cat_name.as_deref(), &request.db_name);
            let mut partitions = request.partitions;
            if let Some(id) = request.write_id.filter(|id| *id > 0) {
                partitions.iter_mut().for_each(|partition| partition.write_id = Some(id));
            }
            alter(service, Some(database), Some(request.table_name), partitions, request.environment_context)?;
            Ok(wire::AlterPartitionsResponse::default())
        })
        .on::<m::RenamePartition>(|service, _, args| {
            let (values, new) = (need(args.part_vals, "part_vals")?, need(args.new_part, "new_part")?);
            rename(service, args.db_name, args.tbl_name, values, new)
        })
        .on::<m::RenamePartitionReq>(|service, _, args| {
            let request = need(args.req, "req")?;
            if request.clone_part == Some(true) {
                return Err(meta("clonePart of rename_partition_req is not supported"));
            }
            let database = stored_database(request.cat_name.as_deref(), &request.db_name);
            rename(service, Some(database), Some(request.table_name), request.part_vals, request.new_part)?;
            Ok(wire::RenamePartitionResponse::default())
        })
        .on::<m::ExchangePartition>(|service, _, args| {
            let done = exchange(
                service,
                need(args.partition_specs, "partitionSpecs")?,
                table(service, args.source_db, args.source_table_name)?,
                table(service, args.dest_db, args.dest_table_name)?,
            )?;
            done.into_iter().next().ok_or_else(|| meta("No partition was exchanged"))
        })
        .on::<m::ExchangePartitions>(|service, _, args| {
            exchange(
                service,
                need(args.partition_specs, "partitionSpecs")?,
                table(service, args.source_db, args.source_table_name)?,
                table(service, args.dest_db, args.dest_table_name)?,
            )
        })
        .router
}

fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// The table that a partition says it is of.
fn table_to_add(service: &Service, partition: &wire::Partition) -> Answer<Table> {
    let database = stored_database(partition.cat_name.as_deref(), partition.db_name.as_deref().unwrap_or_default());
    find_to_add(service, &database, partition.table_name.as_deref().unwrap_or_default())
}

fn find_to_add(service: &Service, database: &str, name: &str) -> Answer<Table> {
    super::tables::find(service, database, name).map_err(|error| match error {
        error if is_missing(&error) => invalid_object("Unable to add partition because table or database do not exist"),
        error => error,
    })
}

fn add_one(
    service: &Service,
    partition: wire::Partition,
    context: Option<wire::EnvironmentContext>,
) -> Answer<wire::Partition> {
    let table = table_to_add(service, &partition)?;
    let mut added = add(service, &table, vec![partition], false, context.as_ref())?;
    added.pop().ok_or_else(|| meta("No partition was added"))
}

/// How a partition is shown in the messages of exceptions.
fn shown(table: &Table, values: &[String]) -> String {
    format!("Partition(values:[{}], dbName:{}, tableName:{})", values.join(", "), table.database, table.name)
}

/// Adds partitions, all or none. Those that are there are left out with `if_not_exists`.
fn add(
    service: &Service,
    table: &Table,
    partitions: Vec<wire::Partition>,
    if_not_exists: bool,
    context: Option<&wire::EnvironmentContext>,
) -> Answer<Vec<wire::Partition>> {
    let mut seen = HashSet::new();
    for partition in &partitions {
        let values = partition.values.clone().unwrap_or_default();
        let database = stored_database(partition.cat_name.as_deref(), partition.db_name.as_deref().unwrap_or_default());
        let name = partition.table_name.as_deref().unwrap_or_default().to_lowercase();
        if (&database, &name) != (&table.database, &table.name) {
            let message =
                format!("Partition does not belong to target table {}: {database}.{name}", table.qualified_name());
            return Err(meta(message));
        }
        if !seen.insert(values.clone()) {
            return Err(meta(format!("Duplicate partitions in the list: {}", shown(table, &values))));
        }
    }
    let values: Vec<Vec<String>> = seen.into_iter().collect();
    let there = service.store().partitions_of(&table.database, &table.name, &values)?;
    let there: HashSet<Vec<String>> = there.into_iter().map(|partition| partition.values).collect();
    if !if_not_exists && let Some(values) = there.iter().next() {
        return Err(already_exists(format!("Partition already exists: {}", shown(table, values))));
    }
    let mut new = vec![];
    let mut made = vec![];
    for partition in partitions.into_iter().map(partition_from_wire) {
        if !there.contains(&partition.values) {
            match prepare(service, table, partition, context, &mut made) {
                Ok(partition) => new.push(partition),
                Err(error) => {
                    remove(service, &made);
                    return Err(error);
                }
            }
        }
    }
    if let Err(error) = service.store().add_partitions(&table.database, &table.name, &new, if_not_exists) {
        remove(service, &made);
        return Err(error.into());
    }
    Ok(new.into_iter().map(|partition| to_wire(table, partition)).collect())
}

/// Removes folders that were made for nothing.
fn remove(service: &Service, folders: &[String]) {
    for folder in folders {
        if let Err(error) = service.folders.remove(folder) {
            tracing::warn!(%error, folder, "a folder that was made for a partition stays");
        }
    }
}

/// A partition ready to be added: with its folder made, its files counted, its times set.
fn prepare(
    service: &Service,
    table: &Table,
    mut partition: Partition,
    context: Option<&wire::EnvironmentContext>,
    made: &mut Vec<String>,
) -> Answer<Partition> {
    if partition.values.len() != table.partition_keys.len() {
        return Err(meta(format!(
            "Invalid partition key & values; keys {:?}, values {:?}",
            table.partition_keys.iter().map(|key| &key.name).collect::<Vec<_>>(),
            partition.values
        )));
    }
    check_characters(service, &partition.values)?;
    if partition.storage.location.is_empty() {
        if !table.storage.location.is_empty() {
            let name = partition_name(&table.partition_keys, &partition.values);
            partition.storage.location = format!("{}/{name}", table.storage.location);
        }
    } else if table.storage.location.is_empty() {
        return Err(meta("Cannot specify location for a view partition"));
    }
    let mut new = false;
    if !partition.storage.location.is_empty() {
        partition.storage.location = service.folders.url(&partition.storage.location)?;
        let location = &partition.storage.location;
        new = service
            .folders
            .make(location)
            .map_err(|_| meta(format!("{location} is not a directory or unable to create one")))?;
        if new {
            made.push(location.clone());
        }
    }
    if service.is_set("hive.stats.autogather", true) && !table.is_view() {
        let location = partition.storage.location.clone();
        figures::count(service, &mut partition.parameters, &location, new, false, context)?;
    }
    partition.create_time = crate::service::now();
    figures::stamp(&mut partition.parameters);
    inherit(service, table, &mut partition);
    Ok(partition)
}

/// `hive.metastore.partition.inherit.table.properties`: properties that partitions take from their table.
fn inherit(service: &Service, table: &Table, partition: &mut Partition) {
    let Some(wanted) = service.setting("hive.metastore.partition.inherit.table.properties") else { return };
    let wanted: Vec<&str> = wanted.split(',').map(str::trim).collect();
    for (key, value) in &table.parameters {
        if wanted.contains(&"*") || wanted.contains(&key.as_str()) {
            partition.parameters.insert(key.clone(), value.clone());
        }
    }
}

fn append(
    service: &Service,
    database: Option<String>,
    name: Option<String>,
    values: Vec<String>,
    context: Option<wire::EnvironmentContext>,
) -> Answer<wire::Partition> {
    let database = stored_database(None, &need(database, "db_name")?);
    let table = find_to_add(service, &database, &need(name, "tbl_name")?)?;
    if table.kind == TableKind::View {
        return Err(meta("Cannot append a partition to a view"));
    }
    let mut storage = table.storage.clone();
    storage.location = String::new();
    let partition =
        Partition { values, create_time: 0, last_access_time: 0, storage, parameters: BTreeMap::new(), write_id: None };
    let mut added = add(service, &table, vec![to_wire(&table, partition)], false, context.as_ref())?;
    added.pop().ok_or_else(|| meta("No partition was added"))
}

fn alter(
    service: &Service,
    database: Option<String>,
    name: Option<String>,
    partitions: Vec<wire::Partition>,
    context: Option<wire::EnvironmentContext>,
) -> Answer<()> {
    let table = table(service, database, name).map_err(|error| match error {
        error if is_missing(&error) => {
            invalid_operation("Unable to alter partitions because table or database does not exist.")
        }
        error => error,
    })?;
    let mut changed = vec![];
    let mut seen = HashSet::new();
    for partition in partitions {
        let mut new = partition_from_wire(partition);
        if !seen.insert(new.values.clone()) {
            return Err(invalid_operation(format!("Duplicate partitions in the list: {}", shown(&table, &new.values))));
        }
        let old = get(service, &table, &new.values).map_err(|error| match error {
            error if is_missing(&error) => invalid_operation(format!("alter is not possible: {}", error)),
            error => error,
        })?;
        if new.storage.location.is_empty() {
            new.storage.location.clone_from(&old.storage.location);
        } else {
            new.storage.location = service.folders.url(&new.storage.location)?;
        }
        figures::stamp(&mut new.parameters);
        if figures::wants_count(Some((&old.parameters, &new.parameters)), &table, context.as_ref()) {
            let location = new.storage.location.clone();
            figures::count(service, &mut new.parameters, &location, false, true, context.as_ref())?;
        }
        new.parameters.remove("DO_NOT_UPDATE_STATS");
        changed.push(new);
    }
    Ok(service.store().alter_partitions(&table.database, &table.name, &changed)?)
}

fn rename(
    service: &Service,
    database: Option<String>,
    name: Option<String>,
    values: Vec<String>,
    new: wire::Partition,
) -> Answer<()> {
    let mut new = partition_from_wire(new);
    if new.values == values {
        let context = None;
        let table = table(service, database.clone(), name.clone())?;
        return alter(service, database, name, vec![to_wire(&table, new)], context);
    }
    let table = table(service, database, name).map_err(|error| match error {
        error if is_missing(&error) => {
            invalid_operation("Unable to alter partition because table or database does not exist.")
        }
        error => error,
    })?;
    let old = get(service, &table, &values).map_err(|error| match error {
        error if is_missing(&error) => {
            invalid_operation("Unable to rename partition because old partition does not exist")
        }
        error => error,
    })?;
    if service.store().partition(&table.database, &table.name, &new.values).is_ok() {
        return Err(invalid_operation(format!(
            "Partition already exists:{}.[{}]",
            table.qualified_name(),
            new.values.join(", ")
        )));
    }
    check_characters(service, &new.values)?;
    figures::stamp(&mut new.parameters);
    let mut moved = None;
    if table.kind == TableKind::Managed {
        let to = format!("{}/{}", table.storage.location, partition_name(&table.partition_keys, &new.values));
        if to != old.storage.location {
            if service.folders.exists(&to)? {
                return Err(invalid_operation(format!(
                    "New location for this table {} already exists : {to}",
                    table.qualified_name()
                )));
            }
            if service.folders.exists(&old.storage.location)? {
                service.folders.rename(&old.storage.location, &to)?;
                moved = Some((old.storage.location.clone(), to.clone()));
            }
        }
        new.storage.location = to;
    } else {
        new.storage.location.clone_from(&old.storage.location);
    }
    if let Err(error) = service.store().rename_partition(&table.database, &table.name, &values, &new) {
        if let Some((from, to)) = moved {
            service.folders.rename(&to, &from)?;
        }
        return Err(match error {
            MetastoreError::AlreadyExists(text) | MetastoreError::NoSuchObject(text) => invalid_operation(text),
            error => error.into(),
        });
    }
    Ok(())
}

/// Moves the partitions of some values from one table to another of the same columns.
fn exchange(
    service: &Service,
    spec: BTreeMap<String, String>,
    source: Table,
    target: Table,
) -> Answer<Vec<wire::Partition>> {
    let same = |one: &[crate::model::FieldSchema], other: &[crate::model::FieldSchema]| {
        one.len() == other.len()
            && one.iter().zip(other).all(|(one, other)| one.name == other.name && one.ty == other.ty)
    };
    if !same(&source.storage.columns, &target.storage.columns) || !same(&source.partition_keys, &target.partition_keys)
    {
        return Err(meta("The tables have different schemas. Their partitions cannot be exchanged."));
    }
    let mut filter = vec![];
    let mut ended = false;
    for (at, key) in source.partition_keys.iter().enumerate() {
        let value = spec.iter().find(|(name, _)| name.eq_ignore_ascii_case(&key.name)).map(|(_, value)| value);
        match value.filter(|value| !value.is_empty()) {
            Some(_) if ended => {
                return Err(meta("The partition specification is invalid: a value is missing before another"));
            }
            Some(value) => filter.push(is_value(&source, at, value)),
            None => ended = true,
        }
    }
    if let Some(unknown) =
        spec.keys().find(|name| !source.partition_keys.iter().any(|key| key.name.eq_ignore_ascii_case(name)))
    {
        return Err(meta(format!("{unknown} is no partition column")));
    }
    let filter = PartitionFilter::And(filter);
    let partitions = service.store().partitions(&source.database, &source.name, &filter, None)?;
    if partitions.is_empty() {
        return Err(meta("No partition is found with given value for partition specification"));
    }
    let values: Vec<Vec<String>> = partitions.iter().map(|partition| partition.values.clone()).collect();
    if !service.store().partitions_of(&target.database, &target.name, &values)?.is_empty() {
        return Err(meta("The exchange partition cannot be done: partitions are in both tables"));
    }
    let mut moved: Vec<(String, String)> = vec![];
    let mut new = vec![];
    for mut partition in partitions {
        let name = partition_name(&target.partition_keys, &partition.values);
        let to = format!("{}/{name}", target.storage.location);
        let from = std::mem::replace(&mut partition.storage.location, to.clone());
        if service.folders.exists(&from)? {
            if let Err(error) = service.folders.rename(&from, &to) {
                undo(service, &moved);
                return Err(error.into());
            }
            moved.push((from, to));
        }
        new.push(partition);
    }
    let changes = [
        Change::AddPartitions {
            database: target.database.clone(),
            table: target.name.clone(),
            partitions: new.clone(),
        },
        Change::DropPartitions { database: source.database, table: source.name, values },
    ];
    if let Err(error) = service.store().change(&changes) {
        undo(service, &moved);
        return Err(error.into());
    }
    Ok(new.into_iter().map(|partition| to_wire(&target, partition)).collect())
}

/// Moves folders back.
fn undo(service: &Service, moved: &[(String, String)]) {
    for (from, to) in moved {
        if let Err(error) = service.folders.rename(to, from) {
            tracing::error!(%error, from, to, "a folder that was moved cannot be moved back");
        }
    }
}
