//! Statistics of columns, of tables and of partitions; those of several partitions together.

use std::collections::BTreeMap;
use std::sync::Arc;

use skep_thrift::Router;
use skep_thrift_hms as wire;
use skep_thrift_hms::methods as m;

use super::partitions::{get, table, values_of};
use super::snapshot::Snapshot;
use super::{Answer, Family, need, tables};
use crate::error::MetastoreError;
use crate::model::{ColumnStatistics, Table, partition_name};
use crate::service::Service;
use crate::service::convert::{Timestamps, statistics_from_wire, statistics_to_wire};
use crate::service::exception::{invalid_object, meta};
use crate::service::names::{shown_database, stored_database};
use crate::store::Change;

pub(super) fn register(router: Router, service: &Arc<Service>) -> Router {
    Family { router, service }
        .on::<m::UpdateTableColumnStatistics>(|service, _, args| set(service, need(args.stats_obj, "stats_obj")?))
        .on::<m::UpdatePartitionColumnStatistics>(|service, _, args| set(service, need(args.stats_obj, "stats_obj")?))
        .on::<m::UpdateTableColumnStatisticsReq>(|service, _, args| {
            let result = set_all(service, need(args.req, "req")?)?;
            Ok(wire::SetPartitionsStatsResponse { result })
        })
        .on::<m::UpdatePartitionColumnStatisticsReq>(|service, _, args| {
            let result = set_all(service, need(args.req, "req")?)?;
            Ok(wire::SetPartitionsStatsResponse { result })
        })
        .on::<m::SetAggrStatsFor>(|service, _, args| set_all(service, need(args.request, "request")?))
        .on::<m::GetTableColumnStatistics>(|service, _, args| {
            let table = table(service, args.db_name, args.tbl_name)?;
            let columns = [need(args.col_name, "col_name")?.to_lowercase()];
            let found = service.store().column_statistics(&table.database, &table.name, None, &columns)?;
            Ok(told(&table, None, found, Timestamps::Numbers))
        })
        .on::<m::GetPartitionColumnStatistics>(|service, _, args| {
            let table = table(service, args.db_name, args.tbl_name)?;
            let values = values_of(&table, &need(args.part_name, "part_name")?)?;
            let columns = [need(args.col_name, "col_name")?.to_lowercase()];
            get(service, &table, &values)?;
            let found = service.store().column_statistics(&table.database, &table.name, Some(&values), &columns)?;
            Ok(told(&table, Some(&values), found, Timestamps::Numbers))
        })
        .on::<m::GetTableStatisticsReq>(|service, _, args| {
            let request = need(args.request, "request")?;
            let database = stored_database(request.cat_name.as_deref(), &request.db_name);
            let table = tables::find(service, &database, &request.tbl_name)?;
            let columns = lower(&request.col_names);
            let snapshot = Snapshot::of(&table, request.valid_write_id_list.as_deref())?;
            let holds = snapshot.is_none_or(|it| it.covers(&table.parameters, table.extras.write_id));
            // As in Hive, a query is told nothing where the statistics do not hold for what it sees.
            let found = match holds {
                true => service.store().column_statistics(&database, &table.name, None, &columns)?,
                false => vec![],
            };
            let table_stats = objects(found, form(request.engine.as_deref()));
            Ok(wire::TableStatsResult { table_stats, ..Default::default() })
        })
        .on::<m::GetPartitionsStatisticsReq>(|service, _, args| {
            let request = need(args.request, "request")?;
            let form = form(request.engine.as_deref());
            let found = of_partitions(service, &request)?.statistics;
            let part_stats = found.into_iter().map(|(name, found)| (name, objects(found, form))).collect();
            Ok(wire::PartitionsStatsResult { part_stats, ..Default::default() })
        })
        .on::<m::GetAggrStatsFor>(|service, _, args| {
            let request = need(args.request, "request")?;
            let form = form(request.engine.as_deref());
            let wanted = request.col_names.len();
            let found = of_partitions(service, &request)?;
            let mut statistics = found.statistics;
            if found.all_hold == Some(false) {
                // Some of the rows are not what the query sees: Hive gives nothing.
                statistics.clear();
            }
            let whole = statistics.values().filter(|statistics| statistics.len() == wanted).count();
            let col_stats = objects(together(statistics.into_values()), form);
            Ok(wire::AggrStats { col_stats, parts_found: whole as i64, is_stats_compliant: found.all_hold })
        })
        .on::<m::DeleteTableColumnStatistics>(|service, _, args| {
            let table = table(service, args.db_name, args.tbl_name)?;
            delete(service, &table, None, args.col_name)
        })
        .on::<m::DeletePartitionColumnStatistics>(|service, _, args| {
            let table = table(service, args.db_name, args.tbl_name)?;
            let values = values_of(&table, &need(args.part_name, "part_name")?)?;
            get(service, &table, &values)?;
            delete(service, &table, Some(values), args.col_name)
        })
        .router
}

fn lower(names: &[String]) -> Vec<String> {
    names.iter().map(|name| name.to_lowercase()).collect()
}

/// Only clients of Hive 4 name an engine, and only they know the statistics of timestamps by a kind of their own.
fn form(engine: Option<&str>) -> Timestamps {
    if engine.is_some() { Timestamps::Own } else { Timestamps::Numbers }
}

fn objects(found: Vec<ColumnStatistics>, form: Timestamps) -> Vec<wire::ColumnStatisticsObj> {
    found.into_iter().map(|statistics| statistics_to_wire(statistics, form)).collect()
}

/// Statistics for a client, with what they are of.
fn told(
    table: &Table,
    partition: Option<&[String]>,
    found: Vec<ColumnStatistics>,
    form: Timestamps,
) -> wire::ColumnStatistics {
    let (catalog, database) = shown_database(&table.database);
    wire::ColumnStatistics {
        stats_desc: wire::ColumnStatisticsDesc {
            is_tbl_level: partition.is_none(),
            db_name: database.to_string(),
            table_name: table.name.clone(),
            part_name: partition.map(|values| partition_name(&table.partition_keys, values)),
            last_analyzed: found.iter().map(|statistics| statistics.last_analyzed).max(),
            cat_name: Some(catalog.to_string()),
        },
        stats_obj: objects(found, form),
        ..Default::default()
    }
}

/// The statistics that `get_table_req` gives with a table; none where there are none.
pub(super) fn of_table(
    service: &Service,
    table: &Table,
    engine: Option<&str>,
) -> Answer<Option<wire::ColumnStatistics>> {
    let found = service.store().column_statistics(&table.database, &table.name, None, &[])?;
    Ok((!found.is_empty()).then(|| told(table, None, found, form(engine))))
}

/// The same of a partition.
pub(super) fn of_partition(
    service: &Service,
    table: &Table,
    values: &[String],
    engine: Option<&str>,
) -> Answer<Option<wire::ColumnStatistics>> {
    let found = service.store().column_statistics(&table.database, &table.name, Some(values), &[])?;
    Ok((!found.is_empty()).then(|| told(table, Some(values), found, form(engine))))
}

/// Statistics of partitions.
struct OfPartitions {
    /// Of those that have some which hold for the query, by their names.
    statistics: BTreeMap<String, Vec<ColumnStatistics>>,
    /// Do those of all partitions hold for what the query sees? None where it does not say what that is.
    all_hold: Option<bool>,
}

fn of_partitions(service: &Service, request: &wire::PartitionsStatsRequest) -> Answer<OfPartitions> {
    let database = stored_database(request.cat_name.as_deref(), &request.db_name);
    let table = tables::find(service, &database, &request.tbl_name)?;
    let columns = lower(&request.col_names);
    let snapshot = Snapshot::of(&table, request.valid_write_id_list.as_deref())?;
    let mut all_hold = snapshot.is_some().then_some(true);
    let mut all = BTreeMap::new();
    for name in &request.part_names {
        let values = values_of(&table, name)?;
        if let Some(snapshot) = &snapshot {
            let there = service.store().partitions_of(&database, &table.name, std::slice::from_ref(&values))?;
            if there.iter().any(|partition| !snapshot.covers(&partition.parameters, partition.write_id)) {
                all_hold = Some(false);
                continue;
            }
        }
        match service.store().column_statistics(&database, &table.name, Some(&values), &columns) {
            Err(MetastoreError::NoSuchObject(_)) => {}
            found => {
                let found = found?;
                if !found.is_empty() {
                    all.insert(name.clone(), found);
                }
            }
        }
    }
    Ok(OfPartitions { statistics: all, all_hold })
}

/// The statistics of several partitions as those of all their rows (`ColumnStatsAggregator`): sums, the lowest and the
/// highest, the longest, the largest mean length, and distinct values by their sketches, or the most of any partition where
/// one has none.
fn together(all: impl Iterator<Item = Vec<ColumnStatistics>>) -> Vec<ColumnStatistics> {
    let mut together: Vec<ColumnStatistics> = vec![];
    for statistics in all.flatten() {
        match together.iter_mut().find(|known| known.column == statistics.column) {
            // Without numbers of rows, the mean length is the larger one.
            Some(known) => {
                if !known.merge(0, &statistics, 0) {
                    tracing::debug!(column = statistics.column, "statistics of different types are not put together");
                }
            }
            None => together.push(statistics),
        }
    }
    together
}

fn set_all(service: &Service, request: wire::SetPartitionsStatsRequest) -> Answer<bool> {
    let merge = request.need_merge == Some(true);
    let tables = request.col_stats.iter().filter(|statistics| statistics.stats_desc.is_tbl_level).count();
    if tables > 0 && request.col_stats.len() > 1 {
        return Err(meta(format!(
            "Expecting only 1 ColumnStatistics for table's column stats, but find {}",
            request.col_stats.len()
        )));
    }
    let write_id = request.write_id.filter(|id| *id > 0);
    let changes = request.col_stats.into_iter().map(|statistics| setting(service, statistics, merge, write_id));
    service.store().change(&changes.collect::<Answer<Vec<_>>>()?)?;
    Ok(true)
}

fn set(service: &Service, statistics: wire::ColumnStatistics) -> Answer<bool> {
    service.store().change(&[setting(service, statistics, false, None)?])?;
    Ok(true)
}

/// The change that keeps statistics of a table or of a partition, with `merge` put together with those that are there.
fn setting(
    service: &Service,
    statistics: wire::ColumnStatistics,
    merge: bool,
    write_id: Option<i64>,
) -> Answer<Change> {
    let wire::ColumnStatistics { stats_desc: of, stats_obj, .. } = statistics;
    let database = stored_database(of.cat_name.as_deref(), &of.db_name);
    let table = tables::find(service, &database, &of.table_name)?;
    let analyzed = of.last_analyzed.filter(|time| *time > 0).unwrap_or_else(crate::service::now);
    let mut new = vec![];
    for object in stats_obj {
        let column = object.col_name.clone();
        if !table.storage.columns.iter().any(|known| known.name.eq_ignore_ascii_case(&column)) {
            return Err(invalid_object(format!("Column {column} doesn't exist in table {}", table.qualified_name())));
        }
        let kind = statistics_from_wire(object, analyzed);
        new.push(kind.ok_or_else(|| invalid_object(format!("The statistics of column {column} are of no kind")))?);
    }
    let partition = match of.part_name.filter(|_| !of.is_tbl_level) {
        Some(name) => {
            let values = values_of(&table, &name)?;
            get(service, &table, &values)?;
            Some(values)
        }
        None => None,
    };
    Ok(Change::SetColumnStatistics { database, table: table.name, partition, statistics: new, merge, write_id })
}

fn delete(service: &Service, table: &Table, partition: Option<Vec<String>>, column: Option<String>) -> Answer<bool> {
    let columns = column.into_iter().map(|column| column.to_lowercase()).collect();
    let (database, table) = (table.database.clone(), table.name.clone());
    service.store().change(&[Change::DeleteColumnStatistics { database, table, partition, columns }])?;
    Ok(true)
}
