//! Reading partitions: one, those of names, of some values, all of them.

use std::sync::Arc;

use skep_thrift::{Call, Router};
use skep_thrift_hms as wire;
use skep_thrift_hms::methods as m;

use super::{Answer, Family, need, tables};
use crate::error::MetastoreError;
use crate::model::{
    CompareOp, FieldSchema, Partition, PartitionFilter, PartitionLiteral, PrivilegeObject, Table, partition_name,
    partition_spec,
};
use crate::service::Service;
use crate::service::convert::partition_to_wire;
use crate::service::exception::{invalid_object, meta, no_such_object};
use crate::service::names::{shown_database, stored_database};

pub(super) fn register(router: Router, service: &Arc<Service>) -> Router {
    Family { router, service }
        .on::<m::GetPartition>(|service, _, args| {
            one(service, args.db_name, args.tbl_name, need(args.part_vals, "part_vals")?)
        })
        .on::<m::GetPartitionReq>(|service, _, args| {
            let request = need(args.req, "req")?;
            let database = stored_database(request.cat_name.as_deref(), &request.db_name);
            let partition = one(service, Some(database), Some(request.tbl_name), request.part_vals)?;
            Ok(wire::GetPartitionResponse { partition })
        })
        .on::<m::GetPartitionWithAuth>(|service, _, args| {
            let table = table(service, args.db_name, args.tbl_name)?;
            let partition = to_wire(&table, get(service, &table, &need(args.part_vals, "part_vals")?)?);
            let asker = Asker { user: args.user_name, groups: args.group_names.unwrap_or_default() };
            Ok(with_privileges(service, &table, vec![partition], &asker)?.remove(0))
        })
        .on::<m::GetPartitionByName>(|service, _, args| {
            let table = table(service, args.db_name, args.tbl_name)?;
            let name = need(args.part_name, "part_name")?;
            let values = values_of(&table, &name)?;
            Ok(to_wire(&table, get(service, &table, &values)?))
        })
        .on::<m::GetPartitions>(|service, _, args| {
            list(service, args.db_name, args.tbl_name, &PartitionFilter::All, limit(args.max_parts))
        })
        .on::<m::GetPartitionsReq>(|service, _, args| {
            let request = need(args.req, "req")?;
            let database = stored_database(request.cat_name.as_deref(), &request.db_name);
            let limit = limit(request.max_parts);
            let partitions = list(service, Some(database), Some(request.tbl_name), &PartitionFilter::All, limit)?;
            Ok(wire::PartitionsResponse { partitions })
        })
        .on::<m::GetPartitionsWithAuth>(|service, _, args| {
            let table = table(service, args.db_name.clone(), args.tbl_name.clone())?;
            let found = list(service, args.db_name, args.tbl_name, &PartitionFilter::All, limit(args.max_parts))?;
            let asker = Asker { user: args.user_name, groups: args.group_names.unwrap_or_default() };
            with_privileges(service, &table, found, &asker)
        })
        .on::<m::GetPartitionNames>(|service, _, args| {
            let table = table(service, args.db_name, args.tbl_name)?;
            names(service, &table, &PartitionFilter::All, limit(args.max_parts))
        })
        .on::<m::GetPartitionsPs>(|service, _, args| {
            let table = table(service, args.db_name, args.tbl_name)?;
            of_values(service, &table, need(args.part_vals, "part_vals")?, limit(args.max_parts))
        })
        .on::<m::GetPartitionsPsWithAuth>(|service, _, args| {
            let table = table(service, args.db_name, args.tbl_name)?;
            let found = of_values(service, &table, need(args.part_vals, "part_vals")?, limit(args.max_parts))?;
            let asker = Asker { user: args.user_name, groups: args.group_names.unwrap_or_default() };
            with_privileges(service, &table, found, &asker)
        })
        .on::<m::GetPartitionsPsWithAuthReq>(|service, _, args| {
            let request = need(args.req, "req")?;
            let database = stored_database(request.cat_name.as_deref(), &request.db_name);
            let table = table(service, Some(database), Some(request.tbl_name))?;
            let partitions =
                of_values(service, &table, request.part_vals.unwrap_or_default(), limit(request.max_parts))?;
            let asker = Asker { user: request.user_name, groups: request.group_names.unwrap_or_default() };
            let partitions = with_privileges(service, &table, partitions, &asker)?;
            Ok(wire::GetPartitionsPsWithAuthResponse { partitions })
        })
        .on::<m::GetPartitionNamesPs>(|service, _, args| {
            let table = table(service, args.db_name, args.tbl_name)?;
            let filter = partial(&table, &need(args.part_vals, "part_vals")?)?;
            names(service, &table, &filter, limit(args.max_parts))
        })
        .on::<m::GetPartitionNamesPsReq>(|service, _, args| {
            let request = need(args.req, "req")?;
            let database = stored_database(request.cat_name.as_deref(), &request.db_name);
            let table = table(service, Some(database), Some(request.tbl_name))?;
            let filter = partial(&table, &request.part_values.unwrap_or_default())?;
            let names = names(service, &table, &filter, limit(request.max_parts))?;
            Ok(wire::GetPartitionNamesPsResponse { names })
        })
        .on::<m::GetPartitionsByNames>(|service, _, args| {
            let table = table(service, args.db_name, args.tbl_name)?;
            let found = by_names(service, &table, &need(args.names, "names")?)?;
            Ok(found.into_iter().map(|partition| to_wire(&table, partition)).collect())
        })
        .on::<m::GetPartitionsByNamesReq>(of_names)
        .on::<m::PartitionNameToVals>(|_, _, args| {
            let name = need(args.part_name, "part_name")?;
            if name.is_empty() {
                return Ok(vec![]);
            }
            Ok(spec_of(&name)?.into_iter().map(|(_, value)| value).collect())
        })
        .on::<m::PartitionNameToSpec>(|_, _, args| {
            let name = need(args.part_name, "part_name")?;
            if name.is_empty() {
                return Ok(Default::default());
            }
            Ok(spec_of(&name)?.into_iter().collect())
        })
        .on::<m::PartitionNameHasValidCharacters>(valid_characters)
        .router
}

/// The table of a call.
pub(super) fn table(service: &Service, database: Option<String>, name: Option<String>) -> Answer<Table> {
    let database = stored_database(None, &need(database, "db_name")?);
    tables::find(service, &database, &need(name, "tbl_name")?)
}

/// How many are asked for; a negative number means all of them.
pub(super) fn limit(max: Option<impl TryInto<usize>>) -> Option<usize> {
    max.and_then(|max| max.try_into().ok())
}

pub(super) fn to_wire(table: &Table, partition: Partition) -> wire::Partition {
    partition_to_wire(&table.database, &table.name, partition)
}

/// The partition with these values; one that is not there is told of as Hive does.
pub(super) fn get(service: &Service, table: &Table, values: &[String]) -> Answer<Partition> {
    service.store().partition(&table.database, &table.name, values).map_err(|error| match error {
        MetastoreError::NoSuchObject(_) | MetastoreError::InvalidObject(_) => {
            no_such_object(format!("partition values=[{}]", values.join(", ")))
        }
        error => error.into(),
    })
}

fn one(
    service: &Service,
    database: Option<String>,
    name: Option<String>,
    values: Vec<String>,
) -> Answer<wire::Partition> {
    let table = table(service, database, name)?;
    Ok(to_wire(&table, get(service, &table, &values)?))
}

/// Who asks for partitions together with the privileges on them.
pub(super) struct Asker {
    pub(super) user: Option<String>,
    pub(super) groups: Vec<String>,
}

/// The partitions with what the asker may do with them, where the table keeps privileges for each of its partitions.
pub(super) fn with_privileges(
    service: &Service,
    table: &Table,
    mut partitions: Vec<wire::Partition>,
    asker: &Asker,
) -> Answer<Vec<wire::Partition>> {
    let kept = table.parameters.get("PARTITION_LEVEL_PRIVILEGE").is_some_and(|kept| kept.eq_ignore_ascii_case("true"));
    if kept {
        for partition in &mut partitions {
            let object = PrivilegeObject {
                database: Some(table.database.clone()),
                table: Some(table.name.clone()),
                partition: partition.values.clone(),
                ..Default::default()
            };
            let set = super::privileges::set_of(service, &object, asker.user.as_deref(), &asker.groups)?;
            partition.privileges = Some(set);
        }
    }
    Ok(partitions)
}

/// `hive.metastore.limit.partition.request`: how many partitions one call may ask for; as many as there are where it is
/// negative or not set. `found` says how many there are.
pub(super) fn check_request(
    service: &Service,
    table: &Table,
    limit: Option<usize>,
    found: impl FnOnce() -> Answer<usize>,
) -> Answer<()> {
    let most = service.setting("hive.metastore.limit.partition.request").and_then(|most| most.parse().ok());
    let Some(most): Option<usize> = most else { return Ok(()) };
    let wanted = limit.map_or_else(found, Ok)?;
    if wanted <= most {
        return Ok(());
    }
    Err(meta(format!(
        "Number of partitions scanned (={wanted}) on table '{}' exceeds limit (={most}). This is controlled on the \
         metastore server by metastore.limit.partition.request.",
        table.name
    )))
}

/// Partitions of a filter, for a client.
pub(super) fn list(
    service: &Service,
    database: Option<String>,
    name: Option<String>,
    filter: &PartitionFilter,
    limit: Option<usize>,
) -> Answer<Vec<wire::Partition>> {
    let table = table(service, database, name)?;
    check_request(service, &table, limit, || {
        Ok(service.store().count_partitions(&table.database, &table.name, filter)?)
    })?;
    let found = service.store().partitions(&table.database, &table.name, filter, limit)?;
    Ok(found.into_iter().map(|partition| to_wire(&table, partition)).collect())
}

/// Names of the partitions of a filter.
pub(super) fn names(
    service: &Service,
    table: &Table,
    filter: &PartitionFilter,
    limit: Option<usize>,
) -> Answer<Vec<String>> {
    let values = service.store().partition_values(&table.database, &table.name, filter, limit)?;
    Ok(values.iter().map(|values| partition_name(&table.partition_keys, values)).collect())
}

/// The values in a partition's name, which must be one of this table's.
pub(super) fn values_of(table: &Table, name: &str) -> Answer<Vec<String>> {
    let spec = spec_of(name)?;
    let find = |key: &FieldSchema| {
        let value = spec.iter().find(|(name, _)| name.eq_ignore_ascii_case(&key.name)).map(|(_, value)| value.clone());
        value.ok_or_else(|| invalid_object(format!("Invalid partition name {name}")))
    };
    table.partition_keys.iter().map(find).collect()
}

fn spec_of(name: &str) -> Answer<Vec<(String, String)>> {
    partition_spec(name).ok_or_else(|| meta(format!("Partition name is invalid. {name}")))
}

/// The partitions of these names that are there.
pub(super) fn by_names(service: &Service, table: &Table, names: &[String]) -> Answer<Vec<Partition>> {
    let values: Vec<Vec<String>> = names.iter().map(|name| values_of(table, name)).collect::<Answer<_>>()?;
    Ok(service.store().partitions_of(&table.database, &table.name, &values)?)
}

fn of_names(
    service: &Service,
    _: &Call,
    args: m::GetPartitionsByNamesReqArgs,
) -> Answer<wire::GetPartitionsByNamesResult> {
    let request = need(args.req, "req")?;
    let table = table(service, Some(request.db_name), Some(request.tbl_name))?;
    let found = by_names(service, &table, &request.names.unwrap_or_default())?;
    let mut partitions = vec![];
    for partition in found {
        let values = partition.values.clone();
        let mut partition = to_wire(&table, partition);
        if request.get_col_stats == Some(true) {
            partition.col_stats = super::statistics::of_partition(service, &table, &values, request.engine.as_deref())?;
        }
        partitions.push(partition);
    }
    Ok(wire::GetPartitionsByNamesResult { partitions, ..Default::default() })
}

/// The filter of values of which an empty one means any, and those at the end may be left out.
pub(super) fn partial(table: &Table, values: &[String]) -> Answer<PartitionFilter> {
    if values.len() > table.partition_keys.len() {
        let (_, database) = shown_database(&table.database);
        return Err(meta(format!(
            "Incorrect number of partition values. numPartKeys={}, partVals={} for {database}.{}",
            table.partition_keys.len(),
            values.len(),
            table.name
        )));
    }
    let set = values.iter().enumerate().filter(|(_, value)| !value.is_empty());
    let parts: Vec<PartitionFilter> = set.map(|(column, value)| is_value(table, column, value)).collect();
    Ok(if parts.is_empty() { PartitionFilter::All } else { PartitionFilter::And(parts) })
}

/// Does the partition column have this value?
pub(super) fn is_value(table: &Table, column: usize, value: &str) -> PartitionFilter {
    if value == crate::model::DEFAULT_PARTITION {
        return PartitionFilter::IsNull { column, negated: false };
    }
    let integer = table.partition_keys.get(column).is_some_and(|key| key.ty.is_integer());
    let literal = match value.parse() {
        Ok(number) if integer => PartitionLiteral::Integer(number),
        _ => PartitionLiteral::Text(value.to_string()),
    };
    PartitionFilter::Compare { column, op: CompareOp::Eq, literal }
}

fn of_values(
    service: &Service,
    table: &Table,
    values: Vec<String>,
    limit: Option<usize>,
) -> Answer<Vec<wire::Partition>> {
    let filter = partial(table, &values)?;
    let found = service.store().partitions(&table.database, &table.name, &filter, limit)?;
    Ok(found.into_iter().map(|partition| to_wire(table, partition)).collect())
}

/// `hive.metastore.partition.name.whitelist.pattern` is a regular expression; none is set by default, and then every
/// name will do.
const WHITELIST: &str = "hive.metastore.partition.name.whitelist.pattern";

/// The exception of a value that the pattern does not match, if there is one among the values.
fn refused(pattern: &str, values: &[String]) -> Answer<Option<wire::HmsException>> {
    let refused = crate::service::expression::regex::first_refused(pattern, values).map_err(meta)?;
    Ok(refused.map(|value| {
        meta(format!(
            "Partition value '{value}' contains a character not matched by whitelist pattern '{pattern}'.  (configure \
             with {WHITELIST})"
        ))
    }))
}

/// May a new partition have these values?
pub(super) fn check_characters(service: &Service, values: &[String]) -> Answer<()> {
    refused(service.setting(WHITELIST).unwrap_or_default(), values)?.map_or(Ok(()), Err)
}

fn valid_characters(service: &Service, call: &Call, args: m::PartitionNameHasValidCharactersArgs) -> Answer<bool> {
    let pattern = super::configuration::key_of_connection(service, call, WHITELIST).unwrap_or_default();
    match refused(&pattern, &args.part_vals.unwrap_or_default())? {
        Some(error) if args.throw_exception == Some(true) => Err(error),
        refused => Ok(refused.is_none()),
    }
}
