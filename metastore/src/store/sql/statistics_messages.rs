//! What events say of column statistics (`JSONUpdateTableColumnStatMessage` and its kin).

use serde_json::{Value, json};
use skep_thrift_hms as wire;

use super::event_messages::{event, text};
use super::fault::Attempt;
use crate::model::{ColumnStatistics, EpochSeconds, NewEvent, Partition, Table, partition_name, thrift_json};
use crate::service::convert::{Timestamps, statistics_to_wire};
use crate::service::names::shown_database;

/// `UPDATE_TBL_COL_STAT_EVENT`, `UPDATE_PART_COL_STAT_EVENT`: statistics of a table or of a partition were set.
pub(super) fn updated(
    table: &Table,
    partition: Option<&Partition>,
    statistics: &[ColumnStatistics],
    write_id: Option<i64>,
    now: EpochSeconds,
) -> Attempt<NewEvent> {
    let (catalog, database) = shown_database(&table.database);
    let told = wire::ColumnStatistics {
        stats_desc: wire::ColumnStatisticsDesc {
            is_tbl_level: partition.is_none(),
            db_name: database.to_string(),
            table_name: table.name.clone(),
            part_name: partition.map(|partition| partition_name(&table.partition_keys, &partition.values)),
            last_analyzed: statistics.iter().map(|one| one.last_analyzed).max(),
            cat_name: Some(catalog.to_string()),
        },
        stats_obj: statistics.iter().map(|one| statistics_to_wire(one.clone(), Timestamps::Own)).collect(),
        engine: Some("hive".to_string()),
        ..Default::default()
    };
    let parameters = partition.map_or(&table.parameters, |partition| &partition.parameters);
    let mut rest = json!({
        "writeId": write_id.unwrap_or(-1),
        "timestamp": now,
        "database": database,
        "colStatsJson": text(thrift_json::column_statistics(&told)?),
        "parameters": parameters,
        "tableObjJson": text(thrift_json::table(table)),
    });
    if let Some(partition) = partition {
        rest["partVals"] = json!(partition.values);
    }
    let kind = if partition.is_some() { "UPDATE_PART_COL_STAT_EVENT" } else { "UPDATE_TBL_COL_STAT_EVENT" };
    Ok(event(kind, Some(&table.database), Some(&table.name), rest))
}

/// `DELETE_TBL_COL_STAT_EVENT`, `DELETE_PART_COL_STAT_EVENT`: statistics were removed, of one column or of all.
pub(super) fn deleted(
    table: &Table,
    partition: Option<&[String]>,
    column: Option<&String>,
    now: EpochSeconds,
) -> NewEvent {
    let (_, database) = shown_database(&table.database);
    let mut rest =
        json!({"timestamp": now, "database": database, "colName": column.map_or(Value::Null, |name| json!(name))});
    let mut kind = "DELETE_TBL_COL_STAT_EVENT";
    if let Some(values) = partition {
        kind = "DELETE_PART_COL_STAT_EVENT";
        rest["partName"] = json!(partition_name(&table.partition_keys, values));
        rest["partValues"] = json!(values);
    }
    event(kind, Some(&table.database), Some(&table.name), rest)
}
