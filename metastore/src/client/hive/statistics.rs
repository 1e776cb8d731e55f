//! Statistics of columns.

use skep_thrift_hms::methods::*;
use skep_thrift_hms::{
    ColumnStatistics as ThriftStatistics, ColumnStatisticsDesc, PartitionsStatsRequest, SetPartitionsStatsRequest,
    TableStatsRequest,
};

use super::{ENGINE, HiveServer, PAGE};
use crate::client::pool::Effect;
use crate::error::{MetastoreError, Result};
use crate::model::{ColumnStatistics, PartitionFilter, Table, partition_name};
use crate::service::convert::{Timestamps, statistics_from_wire, statistics_to_wire};

impl HiveServer {
    pub(super) fn statistics(
        &self,
        table: &Table,
        partition: Option<&[String]>,
        columns: &[String],
    ) -> Result<Vec<ColumnStatistics>> {
        let mut columns = columns.to_vec();
        if columns.is_empty() {
            columns = table.storage.columns.iter().map(|column| column.name.clone()).collect();
        }
        if columns.is_empty() {
            return Ok(Vec::new());
        }
        let found = match partition {
            None => {
                let request = TableStatsRequest {
                    db_name: table.database.clone(),
                    tbl_name: table.name.clone(),
                    col_names: columns,
                    engine: Some(ENGINE.to_string()),
                    ..TableStatsRequest::default()
                };
                self.ask::<GetTableStatisticsReq>(GetTableStatisticsReqArgs { request: Some(request) })?.table_stats
            }
            Some(values) => {
                let name = partition_name(&table.partition_keys, values);
                let request = PartitionsStatsRequest {
                    db_name: table.database.clone(),
                    tbl_name: table.name.clone(),
                    col_names: columns,
                    part_names: vec![name.clone()],
                    engine: Some(ENGINE.to_string()),
                    ..PartitionsStatsRequest::default()
                };
                let args = GetPartitionsStatisticsReqArgs { request: Some(request) };
                self.ask::<GetPartitionsStatisticsReq>(args)?.part_stats.remove(&name).unwrap_or_default()
            }
        };
        Ok(found.into_iter().filter_map(|one| statistics_from_wire(one, 0)).collect())
    }

    pub(super) fn set_statistics(
        &self,
        table: &Table,
        partition: Option<&[String]>,
        statistics: &[ColumnStatistics],
    ) -> Result<()> {
        if statistics.is_empty() {
            return Ok(());
        }
        let analyzed = statistics.iter().map(|one| one.last_analyzed).max().filter(|time| *time > 0);
        // Hive before 4 knows timestamps as whole numbers only, and Hive 4 takes them so, too.
        let objects = statistics.iter().map(|one| statistics_to_wire(one.clone(), Timestamps::Numbers)).collect();
        let thrift = ThriftStatistics {
            stats_desc: ColumnStatisticsDesc {
                is_tbl_level: partition.is_none(),
                db_name: table.database.clone(),
                table_name: table.name.clone(),
                part_name: partition.map(|values| partition_name(&table.partition_keys, values)),
                last_analyzed: analyzed,
                cat_name: None,
            },
            stats_obj: objects,
            engine: Some(ENGINE.to_string()),
            ..ThriftStatistics::default()
        };
        let request = SetPartitionsStatsRequest {
            col_stats: vec![thrift.clone()],
            engine: Some(ENGINE.to_string()),
            ..SetPartitionsStatsRequest::default()
        };
        match partition {
            None => self.either::<UpdateTableColumnStatistics, UpdateTableColumnStatisticsReq, ()>(
                Effect::Write,
                UpdateTableColumnStatisticsArgs { stats_obj: Some(thrift) },
                |_| Ok(()),
                || UpdateTableColumnStatisticsReqArgs { req: Some(request) },
                |_| Ok(()),
            ),
            Some(_) => self.either::<UpdatePartitionColumnStatistics, UpdatePartitionColumnStatisticsReq, ()>(
                Effect::Write,
                UpdatePartitionColumnStatisticsArgs { stats_obj: Some(thrift) },
                |_| Ok(()),
                || UpdatePartitionColumnStatisticsReqArgs { req: Some(request) },
                |_| Ok(()),
            ),
        }
    }

    /// The statistics of columns of all partitions that have some, with the values of each.
    pub(super) fn statistics_of_partitions(&self, table: &Table) -> Result<Vec<(Vec<String>, Vec<ColumnStatistics>)>> {
        let columns: Vec<String> = table.storage.columns.iter().map(|column| column.name.clone()).collect();
        let mut all = Vec::new();
        if columns.is_empty() {
            return Ok(all);
        }
        let partitions = self.filtered_values(table, &PartitionFilter::All, None)?;
        for page in partitions.chunks(PAGE) {
            let request = PartitionsStatsRequest {
                db_name: table.database.clone(),
                tbl_name: table.name.clone(),
                col_names: columns.clone(),
                part_names: page.iter().map(|values| partition_name(&table.partition_keys, values)).collect(),
                engine: Some(ENGINE.to_string()),
                ..PartitionsStatsRequest::default()
            };
            let args = GetPartitionsStatisticsReqArgs { request: Some(request) };
            let mut found = self.ask::<GetPartitionsStatisticsReq>(args)?.part_stats;
            for values in page {
                let objects = found.remove(&partition_name(&table.partition_keys, values)).unwrap_or_default();
                let statistics: Vec<_> =
                    objects.into_iter().filter_map(|object| statistics_from_wire(object, 0)).collect();
                if !statistics.is_empty() {
                    all.push((values.clone(), statistics));
                }
            }
        }
        Ok(all)
    }

    /// Sets the statistics of columns of partitions.
    pub(super) fn set_statistics_of_partitions(
        &self,
        table: &Table,
        statistics: &[(Vec<String>, Vec<ColumnStatistics>)],
    ) -> Result<()> {
        statistics.iter().try_for_each(|(values, statistics)| self.set_statistics(table, Some(values), statistics))
    }

    pub(super) fn delete_statistics(
        &self,
        table: &Table,
        partition: Option<&[String]>,
        columns: &[String],
    ) -> Result<()> {
        let columns: Vec<Option<String>> =
            if columns.is_empty() { vec![None] } else { columns.iter().cloned().map(Some).collect() };
        for column in columns {
            let (database, name) = (Some(table.database.clone()), Some(table.name.clone()));
            let engine = Some(ENGINE.to_string());
            let deleted = match partition {
                None => self.tell::<DeleteTableColumnStatistics>(DeleteTableColumnStatisticsArgs {
                    db_name: database,
                    tbl_name: name,
                    col_name: column,
                    engine,
                }),
                Some(values) => self.tell::<DeletePartitionColumnStatistics>(DeletePartitionColumnStatisticsArgs {
                    db_name: database,
                    tbl_name: name,
                    part_name: Some(partition_name(&table.partition_keys, values)),
                    col_name: column,
                    engine,
                }),
            };
            match deleted {
                // There were none.
                Err(MetastoreError::NoSuchObject(_)) => {}
                other => other.map(|_| ())?,
            }
        }
        Ok(())
    }
}
