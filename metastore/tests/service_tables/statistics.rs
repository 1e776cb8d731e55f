//! Statistics of columns.

use super::*;

fn long(column: &str, low: i64, high: i64, distinct: i64) -> wire::ColumnStatisticsObj {
    wire::ColumnStatisticsObj {
        col_name: column.into(),
        col_type: "int".into(),
        stats_data: wire::ColumnStatisticsData::LongStats(wire::LongColumnStatsData {
            low_value: Some(low),
            high_value: Some(high),
            num_nulls: 1,
            num_dvs: distinct,
            ..Default::default()
        }),
    }
}

fn text(column: &str, length: i64, mean: f64) -> wire::ColumnStatisticsObj {
    wire::ColumnStatisticsObj {
        col_name: column.into(),
        col_type: "string".into(),
        stats_data: wire::ColumnStatisticsData::StringStats(wire::StringColumnStatsData {
            max_col_len: length,
            avg_col_len: mean,
            num_nulls: 0,
            num_dvs: 3,
            ..Default::default()
        }),
    }
}

fn of(name: &str, partition: Option<&str>, objects: Vec<wire::ColumnStatisticsObj>) -> wire::ColumnStatistics {
    wire::ColumnStatistics {
        stats_desc: wire::ColumnStatisticsDesc {
            is_tbl_level: partition.is_none(),
            db_name: "default".into(),
            table_name: name.into(),
            part_name: partition.map(str::to_string),
            last_analyzed: Some(5),
            ..Default::default()
        },
        stats_obj: objects,
        ..Default::default()
    }
}

#[test]
fn of_a_table() {
    let server = Server::new();
    server.create(table("t", &[]));
    let told = vec![long("a", -1, 9, 4), text("b", 7, 2.5)];
    let stats_obj = Some(of("t", None, told.clone()));
    assert!(server.ok::<m::UpdateTableColumnStatistics>(m::UpdateTableColumnStatisticsArgs { stats_obj }));
    let request = wire::TableStatsRequest {
        db_name: "default".into(),
        tbl_name: "t".into(),
        col_names: vec!["a".into(), "b".into()],
        ..Default::default()
    };
    let asked = m::GetTableStatisticsReqArgs { request: Some(request) };
    assert_eq!(server.ok::<m::GetTableStatisticsReq>(asked.clone()).table_stats, told);
    let accurate = server.table("t").parameters.unwrap()["COLUMN_STATS_ACCURATE"].clone();
    assert_eq!(accurate, r#"{"COLUMN_STATS":{"a":"true","b":"true"}}"#);

    let req = m::SetAggrStatsForArgs {
        request: Some(wire::SetPartitionsStatsRequest {
            col_stats: vec![of("t", None, vec![long("a", -5, 3, 6)])],
            need_merge: Some(true),
            ..Default::default()
        }),
    };
    assert!(server.ok::<m::SetAggrStatsFor>(req));
    let merged = &server.ok::<m::GetTableStatisticsReq>(asked.clone()).table_stats[0];
    let mut expected = long("a", -5, 9, 6);
    if let wire::ColumnStatisticsData::LongStats(data) = &mut expected.stats_data {
        data.num_nulls = 2;
    }
    assert_eq!(*merged, expected);

    server.ok::<m::DeleteTableColumnStatistics>(m::DeleteTableColumnStatisticsArgs {
        db_name: some("default"),
        tbl_name: some("t"),
        col_name: some("a"),
        engine: None,
    });
    assert_eq!(server.ok::<m::GetTableStatisticsReq>(asked).table_stats.len(), 1);
    let odd = Some(of("t", None, vec![long("nix", 0, 0, 0)]));
    let refused =
        server.refused::<m::UpdateTableColumnStatistics>(m::UpdateTableColumnStatisticsArgs { stats_obj: odd });
    assert!(refused.starts_with("InvalidObject: Column nix doesn't exist"), "{refused}");
}

#[test]
fn of_partitions_and_of_several_together() {
    let server = Server::new();
    server.create(table("p", &[("ds", "string")]));
    for (day, low, distinct, mean) in [("a", 1, 3, 2.0), ("b", -2, 9, 4.0)] {
        server.ok::<m::AddPartition>(m::AddPartitionArgs { new_part: Some(partition("p", &[day])) });
        let objects = vec![long("a", low, 10, distinct), text("b", 5, mean)];
        let stats_obj = Some(of("p", Some(&format!("ds={day}")), objects));
        server.ok::<m::UpdatePartitionColumnStatistics>(m::UpdatePartitionColumnStatisticsArgs { stats_obj });
    }
    let request = wire::PartitionsStatsRequest {
        db_name: "default".into(),
        tbl_name: "p".into(),
        col_names: vec!["a".into(), "b".into()],
        part_names: vec!["ds=a".into(), "ds=b".into(), "ds=c".into()],
        ..Default::default()
    };
    let each = m::GetPartitionsStatisticsReqArgs { request: Some(request.clone()) };
    let each = server.ok::<m::GetPartitionsStatisticsReq>(each).part_stats;
    assert_eq!(each.keys().collect::<Vec<_>>(), ["ds=a", "ds=b"]);
    let all = server.ok::<m::GetAggrStatsFor>(m::GetAggrStatsForArgs { request: Some(request) });
    assert_eq!(all.parts_found, 2);
    let mut expected = long("a", -2, 10, 9);
    if let wire::ColumnStatisticsData::LongStats(data) = &mut expected.stats_data {
        data.num_nulls = 2;
    }
    assert_eq!(all.col_stats, [expected, text("b", 5, 4.0)]);
}

#[test]
fn of_timestamps_in_the_form_that_the_client_knows() {
    let server = Server::new();
    let mut timed = table("t", &[]);
    timed.sd.as_mut().unwrap().cols = Some(vec![column("x", "timestamp")]);
    server.create(timed);
    let second = |seconds_since_epoch| Some(wire::Timestamp { seconds_since_epoch });
    let told = wire::ColumnStatisticsObj {
        col_name: "x".into(),
        col_type: "timestamp".into(),
        stats_data: wire::ColumnStatisticsData::TimestampStats(wire::TimestampColumnStatsData {
            low_value: second(1),
            high_value: second(2),
            num_nulls: 0,
            num_dvs: 2,
            ..Default::default()
        }),
    };
    let stats_obj = Some(of("t", None, vec![told.clone()]));
    server.ok::<m::UpdateTableColumnStatistics>(m::UpdateTableColumnStatisticsArgs { stats_obj });
    let ask = |engine: Option<&str>| {
        let request = wire::TableStatsRequest {
            db_name: "default".into(),
            tbl_name: "t".into(),
            col_names: vec!["x".into()],
            engine: engine.map(str::to_string),
            ..Default::default()
        };
        server.ok::<m::GetTableStatisticsReq>(m::GetTableStatisticsReqArgs { request: Some(request) }).table_stats
    };
    assert_eq!(ask(Some("hive")), [told]);
    assert!(matches!(ask(None)[0].stats_data, wire::ColumnStatisticsData::LongStats(_)));
}
