//! Lists of partitions in the short form of `PartitionSpec`: what several share is told once.

use std::sync::Arc;

use skep_thrift::{Call, Router};
use skep_thrift_hms as wire;
use skep_thrift_hms::methods as m;

use super::partitions::{Asker, limit, table, to_wire, with_privileges};
use super::projection::{Fields, keep, keep_parameters, keep_storage};
use super::{Answer, Family, need, partition_filters};
use crate::model::{Partition, PartitionFilter, StorageDescriptor, Table};
use crate::service::Service;
use crate::service::convert::storage_to_wire;
use crate::service::exception::meta;
use crate::service::names::{shown_database, stored_database};

pub(super) fn register(router: Router, service: &Arc<Service>) -> Router {
    Family { router, service }
        .on::<m::GetPartitionsPspec>(|service, _, args| {
            let table = table(service, args.db_name, args.tbl_name)?;
            let limit = limit(args.max_parts);
            let partitions = service.store().partitions(&table.database, &table.name, &PartitionFilter::All, limit)?;
            Ok(grouped(&table, partitions))
        })
        .on::<m::GetPartitionsWithSpecs>(with_specs)
        .router
}

/// Partitions in the short form: those below the table's folder together with the others that are stored as they are, and
/// the rest as a plain list (`MetaStoreServerUtils.getPartitionspecsGroupedByStorageDescriptor`).
pub(super) fn grouped(table: &Table, partitions: Vec<Partition>) -> Vec<wire::PartitionSpec> {
    let root = table.storage.location.clone();
    let below = format!("{root}/");
    let mut groups: Vec<(StorageDescriptor, Vec<wire::PartitionWithoutSD>)> = vec![];
    let mut elsewhere = vec![];
    for mut partition in partitions {
        if !partition.storage.location.starts_with(&below) {
            elsewhere.push(to_wire(table, partition));
            continue;
        }
        let location = std::mem::replace(&mut partition.storage.location, root.clone());
        let partition_storage = std::mem::take(&mut partition.storage);
        let told = to_wire(table, partition);
        let short = wire::PartitionWithoutSD {
            values: told.values,
            create_time: told.create_time,
            last_access_time: told.last_access_time,
            relative_path: location.strip_prefix(root.as_str()).map(str::to_string),
            parameters: told.parameters,
            privileges: None,
        };
        match groups.iter_mut().find(|(storage, _)| *storage == partition_storage) {
            Some((_, group)) => group.push(short),
            None => groups.push((partition_storage, vec![short])),
        }
    }
    let (catalog, database) = shown_database(&table.database);
    let spec = || wire::PartitionSpec {
        db_name: Some(database.to_string()),
        table_name: Some(table.name.clone()),
        root_path: Some(root.clone()),
        cat_name: Some(catalog.to_string()),
        ..Default::default()
    };
    let mut specs: Vec<wire::PartitionSpec> = groups
        .into_iter()
        .map(|(storage, partitions)| wire::PartitionSpec {
            shared_sd_partition_spec: Some(wire::PartitionSpecWithSharedSD {
                partitions: Some(partitions),
                sd: Some(storage_to_wire(storage)),
            }),
            ..spec()
        })
        .collect();
    if !elsewhere.is_empty() {
        let partition_list = Some(wire::PartitionListComposingSpec { partitions: Some(elsewhere) });
        specs.push(wire::PartitionSpec { partition_list, ..spec() });
    }
    specs
}

/// The partitions that the short form tells of.
pub(super) fn partitions_of(specs: Vec<wire::PartitionSpec>) -> Answer<Vec<wire::Partition>> {
    let mut all = vec![];
    for spec in specs {
        let wire::PartitionSpec { db_name, table_name, root_path, cat_name, .. } = spec;
        if let Some(list) = spec.partition_list {
            for mut partition in list.partitions.unwrap_or_default() {
                partition.db_name = partition.db_name.or_else(|| db_name.clone());
                partition.table_name = partition.table_name.or_else(|| table_name.clone());
                partition.cat_name = partition.cat_name.or_else(|| cat_name.clone());
                all.push(partition);
            }
        } else if let Some(shared) = spec.shared_sd_partition_spec {
            let storage = need(shared.sd, "sd")?;
            for partition in shared.partitions.unwrap_or_default() {
                let mut sd = storage.clone();
                let path = partition.relative_path.unwrap_or_default();
                sd.location = root_path.as_ref().map(|root| format!("{root}{path}"));
                all.push(wire::Partition {
                    values: partition.values,
                    db_name: db_name.clone(),
                    table_name: table_name.clone(),
                    create_time: partition.create_time,
                    last_access_time: partition.last_access_time,
                    sd: Some(sd),
                    parameters: partition.parameters,
                    privileges: partition.privileges,
                    cat_name: cat_name.clone(),
                    ..Default::default()
                });
            }
        } else {
            return Err(meta("A partition specification holds no partitions"));
        }
    }
    Ok(all)
}

fn with_specs(service: &Service, _: &Call, args: m::GetPartitionsWithSpecsArgs) -> Answer<wire::GetPartitionsResponse> {
    let request = need(args.request, "request")?;
    let database = stored_database(request.cat_name.as_deref(), &need(request.db_name, "dbName")?);
    let table = super::tables::find(service, &database, &need(request.tbl_name, "tblName")?)?;
    let mut partitions = partition_filters::of_filter_spec(service, &table, request.filter_spec)?;
    let projection = request.projection_spec.unwrap_or_default();
    keep_parameters(partitions.iter_mut().map(|partition| &mut partition.parameters), &projection)?;
    let mut specs = grouped(&table, partitions);
    if request.with_auth == Some(true) {
        let asker = Asker { user: request.user, groups: request.group_names.unwrap_or_default() };
        privileges_in(service, &table, &mut specs, &asker)?;
    }
    let fields = projection.field_list.unwrap_or_default();
    if !fields.is_empty() {
        project(&mut specs, &fields);
    }
    Ok(wire::GetPartitionsResponse { partition_spec: Some(specs) })
}

/// Tells of each partition what the asker may do with it.
fn privileges_in(service: &Service, table: &Table, specs: &mut [wire::PartitionSpec], asker: &Asker) -> Answer<()> {
    for spec in specs {
        if let Some(list) = &mut spec.partition_list {
            let partitions = list.partitions.take().unwrap_or_default();
            list.partitions = Some(with_privileges(service, table, partitions, asker)?);
        }
        let shared = spec.shared_sd_partition_spec.iter_mut().flat_map(|shared| shared.partitions.iter_mut().flatten());
        for partition in shared {
            let whole = wire::Partition { values: partition.values.clone(), ..Default::default() };
            let told = with_privileges(service, table, vec![whole], asker)?.pop();
            partition.privileges = told.and_then(|told| told.privileges);
        }
    }
    Ok(())
}

/// Leaves the fields that are wanted, named as `values`, `createTime`, `sd.location`, `sd.serdeInfo.name`.
fn project(specs: &mut [wire::PartitionSpec], fields: &[String]) {
    let fields = &Fields(fields);
    let wants = |name: &str| fields.wants(name);
    let storage = |sd: &mut Option<wire::StorageDescriptor>| keep_storage(sd, fields);
    for spec in specs {
        if let Some(shared) = &mut spec.shared_sd_partition_spec {
            storage(&mut shared.sd);
            for partition in shared.partitions.iter_mut().flatten() {
                keep(&mut partition.values, wants("values"));
                keep(&mut partition.create_time, wants("createTime"));
                keep(&mut partition.last_access_time, wants("lastAccessTime"));
                keep(&mut partition.relative_path, fields.wants_below("sd"));
                keep(&mut partition.parameters, wants("parameters"));
            }
        }
        for partition in spec.partition_list.iter_mut().flat_map(|list| list.partitions.iter_mut().flatten()) {
            keep(&mut partition.values, wants("values"));
            keep(&mut partition.db_name, wants("dbName"));
            keep(&mut partition.table_name, wants("tableName"));
            keep(&mut partition.create_time, wants("createTime"));
            keep(&mut partition.last_access_time, wants("lastAccessTime"));
            keep(&mut partition.parameters, wants("parameters"));
            keep(&mut partition.cat_name, wants("catName"));
            keep(&mut partition.write_id, wants("writeId"));
            storage(&mut partition.sd);
        }
    }
}
