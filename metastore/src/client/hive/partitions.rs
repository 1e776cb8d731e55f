//! Partitions.

use std::collections::BTreeMap;

use skep_thrift_hms::methods::*;
use skep_thrift_hms::{
    AddPartitionsRequest, AlterPartitionsRequest, DropPartitionsRequest, GetPartitionsByNamesRequest, RequestPartsSpec,
};

use super::{HiveServer, IDENTIFIER, PAGE, abilities, statistics_are_known};
use crate::client::filter;
use crate::client::pool::Effect;
use crate::error::{MetastoreError, Result};
use crate::model::{Partition, PartitionFilter, Table, partition_name, partition_spec};
use crate::service::convert::{partition_from_wire, partition_to_wire};
use crate::store::MetaStore;

impl HiveServer {
    pub(super) fn add_all_partitions(
        &self,
        database: &str,
        table: &str,
        partitions: &[Partition],
        if_not_exists: bool,
    ) -> Result<usize> {
        if partitions.is_empty() {
            return Ok(0);
        }
        let request = AddPartitionsRequest {
            db_name: database.to_string(),
            tbl_name: table.to_string(),
            parts: partitions.iter().map(|one| partition_to_wire(database, table, one.clone())).collect(),
            if_not_exists,
            // Those that were added come back; without the question whether they were there before, all of them are.
            need_result: Some(if_not_exists),
            ..AddPartitionsRequest::default()
        };
        let result = self.tell::<AddPartitionsReq>(AddPartitionsReqArgs { request: Some(request) })?;
        Ok(match (if_not_exists, result.partitions) {
            (true, Some(added)) => added.len(),
            _ => partitions.len(),
        })
    }

    pub(super) fn a_partition(&self, database: &str, table: &str, values: &[String]) -> Result<Partition> {
        let found = self.partitions_by_values(&self.table(database, table)?, &[values.to_vec()])?;
        found
            .into_iter()
            .next()
            .ok_or_else(|| MetastoreError::NoSuchObject(format!("partition values=[{}]", values.join(", "))))
    }

    /// Those partitions with these values that are there, in the order of the values.
    pub(super) fn partitions_by_values(&self, table: &Table, values: &[Vec<String>]) -> Result<Vec<Partition>> {
        let mut found = Vec::with_capacity(values.len());
        for page in values.chunks(PAGE) {
            for values in page {
                check(table, values)?;
            }
            let names: Vec<String> = page.iter().map(|values| partition_name(&table.partition_keys, values)).collect();
            let mut by_name: BTreeMap<String, Partition> = BTreeMap::new();
            for partition in self.partitions_by_names(table, names.clone())? {
                by_name.insert(partition_name(&table.partition_keys, &partition.values), partition);
            }
            found.extend(names.iter().filter_map(|name| by_name.remove(name)));
        }
        Ok(found)
    }

    fn partitions_by_names(&self, table: &Table, names: Vec<String>) -> Result<Vec<Partition>> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let (database, name) = (table.database.clone(), table.name.clone());
        let request = GetPartitionsByNamesRequest {
            db_name: database.clone(),
            tbl_name: name.clone(),
            names: Some(names.clone()),
            processor_capabilities: abilities(),
            processor_identifier: Some(IDENTIFIER.to_string()),
            ..GetPartitionsByNamesRequest::default()
        };
        let found = self.either::<GetPartitionsByNames, GetPartitionsByNamesReq, _>(
            Effect::Read,
            GetPartitionsByNamesArgs { db_name: Some(database), tbl_name: Some(name), names: Some(names) },
            Ok,
            || GetPartitionsByNamesReqArgs { req: Some(request) },
            |found| Ok(found.partitions),
        )?;
        Ok(found.into_iter().map(partition_from_wire).collect())
    }

    /// Values of partitions by their names, which the server gives in order.
    pub(super) fn filtered_values(
        &self,
        table: &Table,
        filter: &PartitionFilter,
        limit: Option<usize>,
    ) -> Result<Vec<Vec<String>>> {
        let (db_name, tbl_name) = (Some(table.database.clone()), Some(table.name.clone()));
        // A limit is the server's business where it need not look at the filter.
        let max_parts = match (filter, limit.map(i16::try_from)) {
            (PartitionFilter::All, Some(Ok(limit))) => Some(limit),
            _ => Some(-1),
        };
        if !table.is_partitioned() {
            return Ok(Vec::new());
        }
        let names = match filter::values(filter, &table.partition_keys) {
            Some(values) => {
                let part_vals = Some(values);
                let args = GetPartitionNamesPsArgs { db_name, tbl_name, part_vals, max_parts };
                self.ask::<GetPartitionNamesPs>(args)?
            }
            None => self.ask::<GetPartitionNames>(GetPartitionNamesArgs { db_name, tbl_name, max_parts })?,
        };
        let mut found: Vec<(String, Vec<String>)> = Vec::new();
        for name in names {
            let values = partition_spec(&name).map(|pairs| pairs.into_iter().map(|(_, value)| value).collect());
            let values: Vec<String> = values.ok_or_else(|| unreadable(table, &name))?;
            if filter.matches(&table.partition_keys, &values) {
                found.push((partition_name(&table.partition_keys, &values), values));
            }
        }
        found.sort();
        found.dedup();
        found.truncate(limit.unwrap_or(usize::MAX));
        Ok(found.into_iter().map(|(_, values)| values).collect())
    }

    pub(super) fn filtered_partitions(
        &self,
        table: &Table,
        filter: &PartitionFilter,
        limit: Option<usize>,
    ) -> Result<Vec<Partition>> {
        if let Some(text) = filter::text(filter, &table.partition_keys) {
            let args = GetPartitionsByFilterArgs {
                db_name: Some(table.database.clone()),
                tbl_name: Some(table.name.clone()),
                filter: Some(text),
                max_parts: Some(-1),
            };
            match self.ask::<GetPartitionsByFilter>(args) {
                Ok(found) => return Ok(chosen(table, filter, limit, found)),
                // What the server cannot filter by is filtered here.
                Err(MetastoreError::InvalidOperation(message)) => {
                    tracing::debug!(message, "the metastore does not take a filter of partitions");
                }
                Err(error) => return Err(error),
            }
        }
        let values = self.filtered_values(table, filter, limit)?;
        self.partitions_by_values(table, &values)
    }

    pub(super) fn alter_all_partitions(&self, database: &str, table: &str, partitions: &[Partition]) -> Result<()> {
        if partitions.is_empty() {
            return Ok(());
        }
        let thrift: Vec<_> = partitions.iter().map(|one| partition_to_wire(database, table, one.clone())).collect();
        self.either::<AlterPartitionsWithEnvironmentContext, AlterPartitionsReq, ()>(
            Effect::Write,
            AlterPartitionsWithEnvironmentContextArgs {
                db_name: Some(database.to_string()),
                tbl_name: Some(table.to_string()),
                new_parts: Some(thrift.clone()),
                environment_context: Some(statistics_are_known()),
            },
            Ok,
            || {
                let request = AlterPartitionsRequest {
                    db_name: database.to_string(),
                    table_name: table.to_string(),
                    partitions: thrift,
                    environment_context: Some(statistics_are_known()),
                    ..AlterPartitionsRequest::default()
                };
                AlterPartitionsReqArgs { req: Some(request) }
            },
            |_| Ok(()),
        )
    }

    /// Adds partitions, or replaces those that are there.
    pub(super) fn put_partitions(&self, table: &Table, partitions: &[Partition]) -> Result<()> {
        for page in partitions.chunks(PAGE) {
            let values: Vec<Vec<String>> = page.iter().map(|partition| partition.values.clone()).collect();
            let there = self.partitions_by_values(table, &values)?;
            let is_there = |partition: &Partition| there.iter().any(|other| other.values == partition.values);
            let (old, new): (Vec<Partition>, Vec<Partition>) = page.iter().cloned().partition(is_there);
            self.add_all_partitions(&table.database, &table.name, &new, true)?;
            self.alter_all_partitions(&table.database, &table.name, &old)?;
        }
        Ok(())
    }

    /// Adds the partition under its new values, and drops the old one then. The server's own way of renaming would move
    /// the folder, which the engine has done.
    pub(super) fn rename_a_partition(&self, table: &Table, values: &[String], to: &Partition) -> Result<()> {
        let (database, name) = (table.database.as_str(), table.name.as_str());
        let old = self.a_partition(database, name, values)?;
        if old.values == to.values {
            return self.alter_all_partitions(database, name, std::slice::from_ref(to));
        }
        let statistics = self.statistics(table, Some(values), &[])?;
        self.add_all_partitions(database, name, std::slice::from_ref(to), false)?;
        if !statistics.is_empty() {
            self.set_statistics(table, Some(&to.values), &statistics)?;
        }
        self.drop_all_partitions(table, &[values.to_vec()])
    }

    pub(super) fn drop_all_partitions(&self, table: &Table, values: &[Vec<String>]) -> Result<()> {
        if values.is_empty() {
            return Ok(());
        }
        let names = values.iter().map(|values| partition_name(&table.partition_keys, values)).collect();
        let request = DropPartitionsRequest {
            db_name: table.database.clone(),
            tbl_name: table.name.clone(),
            parts: RequestPartsSpec::Names(names),
            delete_data: Some(false),
            if_exists: Some(false),
            need_result: Some(false),
            ..DropPartitionsRequest::default()
        };
        self.tell::<DropPartitionsReq>(DropPartitionsReqArgs { req: Some(request) }).map(|_| ())
    }
}

/// Of the partitions that a server found those that are wanted, in order of their names.
fn chosen(
    table: &Table,
    filter: &PartitionFilter,
    limit: Option<usize>,
    found: Vec<skep_thrift_hms::Partition>,
) -> Vec<Partition> {
    let mut wanted = Vec::new();
    for partition in found {
        let partition = partition_from_wire(partition);
        if filter.matches(&table.partition_keys, &partition.values) {
            wanted.push((partition_name(&table.partition_keys, &partition.values), partition));
        }
    }
    wanted.sort_by(|(one, _), (other, _)| one.cmp(other));
    wanted.truncate(limit.unwrap_or(usize::MAX));
    wanted.into_iter().map(|(_, partition)| partition).collect()
}

fn check(table: &Table, values: &[String]) -> Result<()> {
    if table.partition_keys.len() == values.len() {
        return Ok(());
    }
    let names: String = table.partition_keys.iter().map(|key| format!("{}, ", key.name)).collect();
    let message = format!("Invalid partition key & values; keys [{names}], values {values:?}");
    Err(MetastoreError::InvalidObject(message))
}

fn unreadable(table: &Table, name: &str) -> MetastoreError {
    MetastoreError::InvalidObject(format!("the name of a partition of {} is none: {name}", table.qualified_name()))
}
