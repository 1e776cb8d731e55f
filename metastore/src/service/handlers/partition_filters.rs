//! Partitions of a condition: as text, as the bytes of Hive's expression; how many they are, and single values of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use skep_thrift::{Call, Router};
use skep_thrift_hms as wire;
use skep_thrift_hms::methods as m;

use super::partitions::{check_request, limit, names, table, to_wire};
use super::{Answer, Family, need, tables};
use crate::model::{DEFAULT_PARTITION, Partition, PartitionFilter, Table, partition_name};
use crate::service::Service;
use crate::service::exception::{invalid_operation, meta};
use crate::service::expression::{self, Datum, Expr, Verdict, lookup, read_plan, read_value, verdict};
use crate::service::names::stored_database;

pub(super) fn register(router: Router, service: &Arc<Service>) -> Router {
    Family { router, service }
        .on::<m::GetPartitionsByFilter>(|service, _, args| {
            let table = table(service, args.db_name, args.tbl_name)?;
            let found = of_text(service, &table, &args.filter.unwrap_or_default(), limit(args.max_parts))?;
            Ok(found.into_iter().map(|partition| to_wire(&table, partition)).collect())
        })
        .on::<m::GetPartSpecsByFilter>(|service, _, args| {
            let table = table(service, args.db_name, args.tbl_name)?;
            let found = of_text(service, &table, &args.filter.unwrap_or_default(), limit(args.max_parts))?;
            Ok(super::partition_specs::grouped(&table, found))
        })
        .on::<m::GetNumPartitionsByFilter>(|service, _, args| {
            let table = table(service, args.db_name, args.tbl_name)?;
            let condition = read_text(&table, &args.filter.unwrap_or_default())?;
            let found = values_of_condition(service, &table, condition.as_ref(), None)?.values.len();
            Ok(i32::try_from(found).unwrap_or(i32::MAX))
        })
        .on::<m::GetPartitionsByExpr>(|service, _, args| {
            let request = need(args.req, "req")?;
            let database = stored_database(request.cat_name.as_deref(), &request.db_name);
            let table = tables::find(service, &database, &request.tbl_name)?;
            check_default_partition(request.default_partition_name.as_deref())?;
            let found = of_expression(service, &table, &request.expr, limit(request.max_parts))?;
            Ok(wire::PartitionsByExprResult {
                partitions: found.partitions.into_iter().map(|partition| to_wire(&table, partition)).collect(),
                has_unknown_partitions: found.unknown,
            })
        })
        .on::<m::GetPartitionsSpecByExpr>(|service, _, args| {
            let request = need(args.req, "req")?;
            let database = stored_database(request.cat_name.as_deref(), &request.db_name);
            let table = tables::find(service, &database, &request.tbl_name)?;
            check_default_partition(request.default_partition_name.as_deref())?;
            let found = of_expression(service, &table, &request.expr, limit(request.max_parts))?;
            Ok(wire::PartitionsSpecByExprResult {
                partitions_spec: super::partition_specs::grouped(&table, found.partitions),
                has_unknown_partitions: found.unknown,
            })
        })
        .on::<m::GetPartitionNamesReq>(|service, _, args| {
            let request = need(args.req, "req")?;
            let database = stored_database(request.cat_name.as_deref(), &request.db_name);
            let table = tables::find(service, &database, &request.tbl_name)?;
            check_default_partition(request.default_partition_name.as_deref())?;
            let limit = limit(request.max_parts);
            if request.expr.is_empty() {
                return names(service, &table, &PartitionFilter::All, limit);
            }
            let condition = read_plan(&request.expr, &table.partition_keys).unwrap_or(Expr::Unknown);
            let found = values_of_condition(service, &table, Some(&condition), limit)?;
            Ok(found.values.iter().map(|values| partition_name(&table.partition_keys, values)).collect())
        })
        .on::<m::GetPartitionValues>(partition_values)
        .on::<m::GetTableNamesByFilter>(table_names)
        .router
}

/// All partitions of no value have one name here (`hive.exec.default.partition.name` is not looked at by the server).
fn check_default_partition(name: Option<&str>) -> Answer<()> {
    match name.filter(|name| !name.is_empty() && *name != DEFAULT_PARTITION) {
        Some(name) => Err(meta(format!("defaultPartitionName {name} is not supported, only {DEFAULT_PARTITION}"))),
        None => Ok(()),
    }
}

/// Partitions of a condition.
pub(super) struct Found {
    pub(super) partitions: Vec<Partition>,
    /// Some of them may not satisfy it: something in the condition cannot be evaluated here.
    pub(super) unknown: bool,
}

struct FoundValues {
    values: Vec<Vec<String>>,
    unknown: bool,
}

/// A condition as text on the partition columns of a table; none where the text is empty.
fn read_text(table: &Table, text: &str) -> Answer<Option<Expr>> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let column = |name: &str| {
        let at = table.partition_keys.iter().position(|key| key.name.eq_ignore_ascii_case(name));
        at.map(Expr::Column).ok_or_else(|| format!("Specified key <{name}> is not a partitioning key for the table"))
    };
    expression::text::read(text, &column)
        .map(Some)
        .map_err(|reason| meta(format!("Error parsing partition filter; {reason}; filter: {text}")))
}

/// The partitions of a condition as text.
pub(super) fn of_text(service: &Service, table: &Table, text: &str, limit: Option<usize>) -> Answer<Vec<Partition>> {
    let condition = read_text(table, text)?;
    check_request(service, table, limit, || {
        Ok(values_of_condition(service, table, condition.as_ref(), None)?.values.len())
    })?;
    Ok(of_condition(service, table, condition.as_ref(), limit)?.partitions)
}

/// The partitions of a condition in the bytes of Hive's expression. Where these cannot be read, all partitions may be meant.
pub(super) fn of_expression(service: &Service, table: &Table, bytes: &[u8], limit: Option<usize>) -> Answer<Found> {
    let condition = read_plan(bytes, &table.partition_keys).unwrap_or_else(|error| {
        tracing::debug!(%error, table = table.qualified_name(), "a condition on partitions cannot be read");
        Expr::Unknown
    });
    check_request(service, table, None, || {
        Ok(values_of_condition(service, table, Some(&condition), None)?.values.len())
    })?;
    of_condition(service, table, Some(&condition), limit)
}

fn of_condition(service: &Service, table: &Table, condition: Option<&Expr>, limit: Option<usize>) -> Answer<Found> {
    let store = service.store();
    let (filter, exact) = match condition {
        None => (PartitionFilter::All, true),
        Some(condition) => lookup(condition, &table.partition_keys),
    };
    if exact {
        let partitions = store.partitions(&table.database, &table.name, &filter, limit)?;
        return Ok(Found { partitions, unknown: false });
    }
    let found = values_of_condition(service, table, condition, limit)?;
    let partitions = store.partitions_of(&table.database, &table.name, &found.values)?;
    Ok(Found { partitions, unknown: found.unknown })
}

/// The values of the partitions of a condition.
fn values_of_condition(
    service: &Service,
    table: &Table,
    condition: Option<&Expr>,
    limit: Option<usize>,
) -> Answer<FoundValues> {
    let store = service.store();
    let (filter, exact) = match condition {
        None => (PartitionFilter::All, true),
        Some(condition) => lookup(condition, &table.partition_keys),
    };
    let few = limit.filter(|_| exact);
    let mut values = store.partition_values(&table.database, &table.name, &filter, few)?;
    let mut unknown = false;
    if let (false, Some(condition)) = (exact, condition) {
        values.retain(|values| {
            let typed: Vec<Datum> =
                table.partition_keys.iter().zip(values).map(|(key, value)| read_value(&key.ty, value)).collect();
            let verdict = verdict(condition, &typed);
            unknown |= verdict == Verdict::Unknown;
            verdict != Verdict::No
        });
        values.truncate(limit.unwrap_or(usize::MAX));
    }
    Ok(FoundValues { values, unknown })
}

fn partition_values(
    service: &Service,
    _: &Call,
    args: m::GetPartitionValuesArgs,
) -> Answer<wire::PartitionValuesResponse> {
    let request = need(args.request, "request")?;
    let database = stored_database(request.cat_name.as_deref(), &request.db_name);
    let table = tables::find(service, &database, &request.tbl_name)?;
    let place = |column: &wire::FieldSchema| {
        let name = column.name.as_deref().unwrap_or_default();
        let at = table.partition_keys.iter().position(|key| key.name.eq_ignore_ascii_case(name));
        at.ok_or_else(|| meta(format!("{name} is not a partition column of {}", table.qualified_name())))
    };
    let wanted = request.partition_keys.iter().map(place).collect::<Answer<Vec<_>>>()?;
    let order = request.partition_order.unwrap_or_default();
    let order = if order.is_empty() { request.partition_keys } else { order };
    let order = order.iter().map(place).collect::<Answer<Vec<_>>>()?;
    let condition = read_text(&table, request.filter.as_deref().unwrap_or_default())?;
    let mut found = values_of_condition(service, &table, condition.as_ref(), None)?.values;
    let sort_key =
        |values: &Vec<String>| -> Vec<String> { order.iter().filter_map(|at| values.get(*at).cloned()).collect() };
    found.sort_by_cached_key(sort_key);
    if request.ascending == Some(false) {
        found.reverse();
    }
    let mut seen = BTreeSet::new();
    let distinct = request.apply_distinct != Some(false);
    let mut rows = vec![];
    for values in found {
        let row: Vec<String> = wanted.iter().filter_map(|at| values.get(*at).cloned()).collect();
        if !distinct || seen.insert(row.clone()) {
            rows.push(wire::PartitionValuesRow { row });
        }
    }
    rows.truncate(limit(request.max_parts).unwrap_or(usize::MAX));
    Ok(wire::PartitionValuesResponse { partition_values: rows })
}

/// Tables of a condition on their owner (`hive_filter_field_owner__`), the time of their last use
/// (`hive_filter_field_last_access__`) and their properties (`hive_filter_field_params__name`).
fn table_names(service: &Service, _: &Call, args: m::GetTableNamesByFilterArgs) -> Answer<Vec<String>> {
    const PROPERTY: &str = "hive_filter_field_params__";
    let database = stored_database(None, &need(args.dbname, "dbname")?);
    let text = need(args.filter, "filter").map_err(|_| invalid_operation(" cannot apply null filter"))?;
    if service.store().database(&database).is_err() {
        return Err(wire::UnknownDBException::new(format!("Could not find database {database}")).into());
    }
    let properties = std::cell::RefCell::new(vec![]);
    let column = |name: &str| match name {
        "hive_filter_field_owner__" => Ok(Expr::Column(0)),
        "hive_filter_field_last_access__" => Ok(Expr::Column(1)),
        _ => {
            let key = name.strip_prefix(PROPERTY).ok_or_else(|| format!("Invalid key name in filter. {name}"))?;
            let mut properties = properties.borrow_mut();
            properties.push(key.to_string());
            Ok(Expr::Column(properties.len() + 1))
        }
    };
    let condition = expression::text::read(&text, &column)
        .map_err(|reason| meta(format!("Error parsing partition filter; {reason}; filter: {text}")))?;
    let properties = properties.into_inner();
    let mut found = vec![];
    for name in service.store().table_names(&database, None, None)? {
        let Ok(table) = service.store().table(&database, &name) else { continue };
        let mut values = vec![Datum::Text(table.owner.clone()), Datum::Number(i128::from(table.last_access_time), 0)];
        let property = |key: &String| table.parameters.get(key).map_or(Datum::Null, |value| Datum::Text(value.clone()));
        values.extend(properties.iter().map(property));
        if verdict(&condition, &values) == Verdict::Yes {
            found.push(name);
        }
    }
    found.truncate(limit(args.max_tables).unwrap_or(usize::MAX));
    Ok(found)
}

/// Partitions of a table by a client's choice of filter, for `get_partitions_with_specs`.
pub(super) fn of_filter_spec(
    service: &Service,
    table: &Table,
    spec: Option<wire::GetPartitionsFilterSpec>,
) -> Answer<Vec<Partition>> {
    let Some(wire::GetPartitionsFilterSpec { filter_mode: Some(mode), filters, .. }) = spec else {
        return Ok(service.store().partitions(&table.database, &table.name, &PartitionFilter::All, None)?);
    };
    let filters = filters.unwrap_or_default();
    match mode {
        wire::PartitionFilterMode::BY_NAMES => super::partitions::by_names(service, table, &filters),
        wire::PartitionFilterMode::BY_VALUES => {
            let filter = super::partitions::partial(table, &filters)?;
            Ok(service.store().partitions(&table.database, &table.name, &filter, None)?)
        }
        wire::PartitionFilterMode::BY_EXPR => {
            let all: Vec<String> = filters.iter().map(|filter| format!("({filter})")).collect();
            of_text(service, table, &all.join(" and "), None)
        }
        mode => Err(meta(format!("No such partition filter mode: {}", mode.0))),
    }
}
