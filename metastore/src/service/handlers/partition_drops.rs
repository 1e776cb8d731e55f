//! Dropping partitions, and the marks that are put on them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use skep_thrift::Router;
use skep_thrift_hms as wire;
use skep_thrift_hms::methods as m;

use super::partitions::{by_names, table, to_wire, values_of};
use super::{Answer, Family, need, partition_filters};
use crate::error::MetastoreError;
use crate::model::{Partition, PartitionMark, Table, TableKind, partition_name};
use crate::service::Service;
use crate::service::exception::{is_missing, meta, no_such_object};
use crate::service::names::stored_database;
use crate::store::definitions;

pub(super) fn register(router: Router, service: &Arc<Service>) -> Router {
    Family { router, service }
        .on::<m::DropPartition>(|service, _, args| {
            let table = table(service, args.db_name, args.tbl_name)?;
            drop_one(service, &table, need(args.part_vals, "part_vals")?, args.delete_data)
        })
        .on::<m::DropPartitionWithEnvironmentContext>(|service, _, args| {
            let table = table(service, args.db_name, args.tbl_name)?;
            drop_one(service, &table, need(args.part_vals, "part_vals")?, args.delete_data)
        })
        .on::<m::DropPartitionByName>(|service, _, args| {
            let table = table(service, args.db_name, args.tbl_name)?;
            let values = values_of(&table, &need(args.part_name, "part_name")?)?;
            drop_one(service, &table, values, args.delete_data)
        })
        .on::<m::DropPartitionByNameWithEnvironmentContext>(|service, _, args| {
            let table = table(service, args.db_name, args.tbl_name)?;
            let values = values_of(&table, &need(args.part_name, "part_name")?)?;
            drop_one(service, &table, values, args.delete_data)
        })
        .on::<m::DropPartitionsReq>(|service, _, args| drop_several(service, need(args.req, "req")?))
        .on::<m::MarkPartitionForEvent>(|service, _, args| {
            let (table, partition) = marked(service, args.db_name, args.tbl_name, args.part_vals)?;
            let event = event(args.event_type)?;
            let Table { database, name, .. } = table;
            let mark = PartitionMark { database, table: name, partition, event, time: crate::service::now() };
            match service.store().change_definitions(&[definitions::created(&mark)?]) {
                // It is marked already.
                Ok(()) | Err(MetastoreError::AlreadyExists(_)) => Ok(()),
                Err(error) => Err(error.into()),
            }
        })
        .on::<m::IsPartitionMarkedForEvent>(|service, _, args| {
            let (table, partition) = marked(service, args.db_name, args.tbl_name, args.part_vals)?;
            let key = PartitionMark::key_of(&table.database, &table.name, &partition, event(args.event_type)?);
            Ok(definitions::find::<PartitionMark>(service.store(), &key)?.is_some())
        })
        .router
}

fn drop_one(service: &Service, table: &Table, values: Vec<String>, delete: Option<bool>) -> Answer<bool> {
    let missing = || no_such_object(format!("Partition doesn't exist. [{}]", values.join(", ")));
    let found = service.store().partition(&table.database, &table.name, &values);
    let partition = found.map_err(|error| match error {
        MetastoreError::NoSuchObject(_) | MetastoreError::InvalidObject(_) => missing(),
        error => error.into(),
    })?;
    drop_all(service, table, &[partition], delete.unwrap_or_default())?;
    Ok(true)
}

/// Drops partitions, all or none, and their files where these are the table's own and are to go.
fn drop_all(service: &Service, table: &Table, partitions: &[Partition], delete: bool) -> Answer<()> {
    let values: Vec<Vec<String>> = partitions.iter().map(|partition| partition.values.clone()).collect();
    service.store().drop_partitions(&table.database, &table.name, &values)?;
    let purge = table.parameters.get("external.table.purge").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let own = table.kind == TableKind::Managed || (table.kind == TableKind::External && purge);
    if !delete || !own {
        return Ok(());
    }
    for partition in partitions {
        let location = &partition.storage.location;
        if let Err(error) = remove(service, table, location) {
            // The partition is gone all the same, as in Hive.
            tracing::warn!(%error, location, "the files of a dropped partition stay");
        }
    }
    Ok(())
}

/// Removes a partition's folder and those above it, below the table's, that are empty then.
fn remove(service: &Service, table: &Table, location: &str) -> Result<(), MetastoreError> {
    if location.is_empty() || location == table.storage.location {
        return service.folders.empty(location);
    }
    service.folders.remove(location)?;
    let below = format!("{}/", table.storage.location);
    let mut folder = location;
    while let Some((above, _)) = folder.rsplit_once('/') {
        if !above.starts_with(&below) || !service.folders.remove_if_empty(above)? {
            break;
        }
        folder = above;
    }
    Ok(())
}

fn drop_several(service: &Service, request: wire::DropPartitionsRequest) -> Answer<wire::DropPartitionsResult> {
    let database = stored_database(request.cat_name.as_deref(), &request.db_name);
    let table = super::tables::find(service, &database, &request.tbl_name)?;
    let mut partitions: BTreeMap<Vec<String>, Partition> = BTreeMap::new();
    let wanted = match request.parts {
        wire::RequestPartsSpec::Names(names) => {
            let names: BTreeSet<String> = names.into_iter().collect();
            let names: Vec<String> = names.into_iter().collect();
            let found = by_names(service, &table, &names)?;
            partitions.extend(found.into_iter().map(|partition| (partition.values.clone(), partition)));
            names.len()
        }
        wire::RequestPartsSpec::Exprs(exprs) => {
            let wanted = exprs.len();
            for expr in exprs {
                let found = partition_filters::of_expression(service, &table, &expr.expr, None)?;
                if found.unknown {
                    return Err(meta("Unexpected unknown partitions to drop"));
                }
                partitions.extend(found.partitions.into_iter().map(|partition| (partition.values.clone(), partition)));
            }
            wanted
        }
        wire::RequestPartsSpec::Unset => {
            return Err(meta("Partition spec is not set"));
        }
    };
    if request.if_exists == Some(false) && partitions.len() < wanted {
        return Err(no_such_object("Some partitions to drop are missing"));
    }
    let partitions: Vec<Partition> = partitions.into_values().collect();
    if !partitions.is_empty() {
        drop_all(service, &table, &partitions, request.delete_data.unwrap_or_default())?;
    }
    let told = (request.need_result != Some(false))
        .then(|| partitions.into_iter().map(|partition| to_wire(&table, partition)).collect());
    Ok(wire::DropPartitionsResult { partitions: told })
}

/// The table and the name of the partition that is marked; the partition need not be there.
fn marked(
    service: &Service,
    database: Option<String>,
    name: Option<String>,
    values: Option<BTreeMap<String, String>>,
) -> Answer<(Table, String)> {
    let table = table(service, database, name).map_err(|error| match error {
        error if is_missing(&error) => wire::UnknownTableException::new(error.to_string()).into(),
        error => error,
    })?;
    let given = values.unwrap_or_default();
    if given.len() != table.partition_keys.len() {
        return Err(wire::InvalidPartitionException::new(format!(
            "Number of partition columns in table: {} doesn't match with number of supplied partition values: {}",
            table.partition_keys.len(),
            given.len()
        ))
        .into());
    }
    let mut values = vec![];
    for key in &table.partition_keys {
        match given.iter().find(|(name, _)| name.eq_ignore_ascii_case(&key.name)) {
            Some((_, value)) => values.push(value.clone()),
            None => {
                let message = format!("{} is not found in the partition's values", key.name);
                return Err(wire::InvalidPartitionException::new(message).into());
            }
        }
    }
    let name = partition_name(&table.partition_keys, &values);
    Ok((table, name))
}

/// What has happened to a partition: all that there is, is that it was loaded.
fn event(kind: Option<wire::PartitionEventType>) -> Answer<i32> {
    match kind {
        Some(kind) if kind == wire::PartitionEventType::LOAD_DONE => Ok(kind.0),
        Some(kind) => Err(meta(format!("No such partition event type: {}", kind.0))),
        None => Err(wire::UnknownPartitionException::new("eventType is not given").into()),
    }
}
