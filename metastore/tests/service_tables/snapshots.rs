//! Fields of requests that say what a query sees, and those that are refused by name.

use super::*;

const ACCURATE: &str = "COLUMN_STATS_ACCURATE";

/// What a query sees that sees all writes up to `high` but these.
fn seen(high: i64, aborted: &str) -> Option<String> {
    Some(format!("default.t:{high}:9223372036854775807::{aborted}"))
}

fn transactional(name: &str, keys: &[(&str, &str)], write_id: i64) -> wire::Table {
    let parameters = [("transactional", "true"), ("transactional_properties", "insert_only"), (ACCURATE, ALL)];
    wire::Table {
        parameters: Some(parameters.map(|(key, value)| (key.to_string(), value.to_string())).into()),
        write_id: Some(write_id),
        ..table(name, keys)
    }
}

const ALL: &str = "{\"BASIC_STATS\":\"true\"}";

fn statistics(partition: Option<&str>) -> wire::ColumnStatistics {
    let numbers = wire::LongColumnStatsData { num_nulls: 0, num_dvs: 2, ..Default::default() };
    wire::ColumnStatistics {
        stats_desc: wire::ColumnStatisticsDesc {
            is_tbl_level: partition.is_none(),
            db_name: "default".into(),
            table_name: "t".into(),
            part_name: partition.map(str::to_string),
            ..Default::default()
        },
        stats_obj: vec![wire::ColumnStatisticsObj {
            col_name: "a".into(),
            col_type: "int".into(),
            stats_data: wire::ColumnStatisticsData::LongStats(numbers),
        }],
        ..Default::default()
    }
}

#[test]
fn figures_of_a_table_are_told_to_queries_that_see_its_last_write() {
    let server = Server::new();
    server.create(transactional("t", &[], 5));
    let stats_obj = Some(statistics(None));
    assert!(server.ok::<m::UpdateTableColumnStatistics>(m::UpdateTableColumnStatisticsArgs { stats_obj }));
    let told = |valid_write_id_list: Option<String>| {
        let req = wire::GetTableRequest {
            db_name: "default".into(),
            tbl_name: "t".into(),
            capabilities: Some(wire::ClientCapabilities { values: vec![wire::ClientCapability::INSERT_ONLY_TABLES] }),
            valid_write_id_list: valid_write_id_list.clone(),
            get_column_stats: Some(true),
            ..Default::default()
        };
        let table = server.ok::<m::GetTableReq>(m::GetTableReqArgs { req: Some(req) }).table;
        let request = wire::TableStatsRequest {
            db_name: "default".into(),
            tbl_name: "t".into(),
            col_names: vec!["a".into()],
            valid_write_id_list,
            ..Default::default()
        };
        let of_columns = server.ok::<m::GetTableStatisticsReq>(m::GetTableStatisticsReqArgs { request: Some(request) });
        let parameters = table.parameters.unwrap_or_default();
        let counts = (of_columns.table_stats.len(), table.col_stats.is_some());
        (table.is_stats_compliant, parameters.contains_key(ACCURATE), counts)
    };
    assert_eq!(told(None), (None, true, (1, true)));
    assert_eq!(told(seen(5, "")), (Some(true), true, (1, true)));
    assert_eq!(told(seen(4, "")), (Some(false), false, (0, false)));
    assert_eq!(told(seen(9, "5")), (Some(false), false, (0, false)));
}

#[test]
fn figures_of_partitions_are_told_to_queries_that_see_their_last_writes() {
    let server = Server::new();
    server.create(transactional("t", &[("ds", "string")], 5));
    for (value, write_id) in [("1", 3), ("2", 5)] {
        let new_part = Some(wire::Partition {
            parameters: Some([(ACCURATE.to_string(), ALL.to_string())].into()),
            write_id: Some(write_id),
            ..partition("t", &[value])
        });
        server.ok::<m::AddPartition>(m::AddPartitionArgs { new_part });
        let stats_obj = Some(statistics(Some(&format!("ds={value}"))));
        assert!(server.ok::<m::UpdatePartitionColumnStatistics>(m::UpdatePartitionColumnStatisticsArgs { stats_obj }));
    }
    let request = |valid_write_id_list| {
        Some(wire::PartitionsStatsRequest {
            db_name: "default".into(),
            tbl_name: "t".into(),
            col_names: vec!["a".into()],
            part_names: vec!["ds=1".into(), "ds=2".into()],
            valid_write_id_list,
            ..Default::default()
        })
    };
    let each = |list| {
        let args = m::GetPartitionsStatisticsReqArgs { request: request(list) };
        server.ok::<m::GetPartitionsStatisticsReq>(args).part_stats.into_keys().collect::<Vec<_>>()
    };
    assert_eq!(each(None), ["ds=1", "ds=2"]);
    assert_eq!(each(seen(4, "")), ["ds=1"]);
    let together = |list| {
        let all = server.ok::<m::GetAggrStatsFor>(m::GetAggrStatsForArgs { request: request(list) });
        (all.parts_found, all.col_stats.len(), all.is_stats_compliant)
    };
    assert_eq!(together(None), (2, 1, None));
    assert_eq!(together(seen(5, "")), (2, 1, Some(true)));
    assert_eq!(together(seen(4, "")), (0, 0, Some(false)));
}

#[test]
fn what_is_not_supported_is_refused_by_name() {
    let server = Server::new();
    server.create(table("t", &[("ds", "string")]));
    let request = |name: &str| {
        Some(wire::PartitionsByExprRequest {
            db_name: "default".into(),
            tbl_name: "t".into(),
            default_partition_name: some(name),
            ..Default::default()
        })
    };
    let refused = server.refused::<m::GetPartitionsByExpr>(m::GetPartitionsByExprArgs { req: request("nothing") });
    assert!(refused.contains("defaultPartitionName nothing is not supported"), "{refused}");
    let args = m::GetPartitionNamesReqArgs { req: request("__HIVE_DEFAULT_PARTITION__") };
    assert_eq!(server.ok::<m::GetPartitionNamesReq>(args), Vec::<String>::new());

    let soft = wire::DropDatabaseRequest { name: "default".into(), soft_delete: Some(true), ..Default::default() };
    let refused = server.refused::<m::DropDatabaseReq>(m::DropDatabaseReqArgs { req: Some(soft) });
    assert!(refused.contains("softDelete"), "{refused}");
    for (remote, field) in [
        (wire::Database { r#type: Some(wire::DatabaseType::REMOTE), ..Default::default() }, "type REMOTE"),
        (wire::Database { connector_name: some("c"), ..Default::default() }, "connector_name"),
        (wire::Database { remote_dbname: some("there"), ..Default::default() }, "remote_dbname"),
    ] {
        let database = Some(wire::Database { name: some("r"), ..remote });
        let refused = server.refused::<m::CreateDatabase>(m::CreateDatabaseArgs { database });
        assert!(refused.ends_with(field), "{refused}");
    }
}

#[test]
fn a_key_that_is_known_has_its_value_without_being_set() {
    let server = Server::with(&[("hive.metastore.try.direct.sql.ddl", "false")]);
    let value = |name: &str| {
        server.ok::<m::GetConfigValue>(m::GetConfigValueArgs { name: some(name), default_value: some("d") })
    };
    assert_eq!(value("hive.metastore.try.direct.sql"), "true");
    assert_eq!(value("metastore.try.direct.sql"), "true");
    assert_eq!(value("hive.metastore.try.direct.sql.ddl"), "false");
    assert_eq!(value("hive.metastore.of.nobody"), "d");
}
