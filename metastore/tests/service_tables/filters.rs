//! Partitions of conditions.

use super::*;

fn server() -> Server {
    let server = Server::new();
    server.create(table("p", &[("ds", "string"), ("h", "int")]));
    let days = ["2020-01-01", "2020-01-02", "2020-01-03"];
    for (day, hour) in days.iter().flat_map(|day| ["1", "2", "__HIVE_DEFAULT_PARTITION__"].map(|hour| (day, hour))) {
        server.ok::<m::AddPartition>(m::AddPartitionArgs { new_part: Some(partition("p", &[day, hour])) });
    }
    server
}

fn of_text(server: &Server, filter: &str, max: i16) -> Vec<Vec<String>> {
    let args = m::GetPartitionsByFilterArgs {
        db_name: some("default"),
        tbl_name: some("p"),
        filter: some(filter),
        max_parts: Some(max),
    };
    server.ok::<m::GetPartitionsByFilter>(args).into_iter().map(|partition| partition.values.unwrap()).collect()
}

#[test]
fn as_text() {
    let server = server();
    for (filter, count) in [
        ("ds = \"2020-01-02\" and h > 1", 1),
        ("ds like \"2020.*\"", 9),
        ("ds='2020-01-01'", 3),
        ("h in (1, 2) and not ds = '2020-01-01'", 4),
        ("ds between '2020-01-01' and '2020-01-02' and h < 2", 2),
        ("", 9),
    ] {
        assert_eq!(of_text(&server, filter, -1).len(), count, "{filter}");
        let (db_name, tbl_name) = (some("default"), some("p"));
        let args = m::GetNumPartitionsByFilterArgs { db_name, tbl_name, filter: some(filter) };
        assert_eq!(server.ok::<m::GetNumPartitionsByFilter>(args), count as i32, "{filter}");
    }
    assert_eq!(of_text(&server, "ds like \".*-0[23]\" and h = 1", 1), [["2020-01-02", "1"]]);
    let refuse = |filter: &str| {
        server.refused::<m::GetPartitionsByFilter>(m::GetPartitionsByFilterArgs {
            db_name: some("default"),
            tbl_name: some("p"),
            filter: some(filter),
            max_parts: Some(-1),
        })
    };
    assert!(refuse("a = 1").contains("Specified key <a> is not a partitioning key for the table"));
    assert!(refuse("ds = ").starts_with("Meta: Error parsing partition filter;"));
}

fn expression(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/partition-expressions");
    std::fs::read(format!("{folder}/{name}.bin")).unwrap()
}

#[test]
fn as_the_bytes_of_hives_clients() {
    let server = server();
    let ask = |expr: Vec<u8>| {
        let request = wire::PartitionsByExprRequest {
            db_name: "default".into(),
            tbl_name: "p".into(),
            expr,
            max_parts: Some(-1),
            ..Default::default()
        };
        let found = server.ok::<m::GetPartitionsByExpr>(m::GetPartitionsByExprArgs { req: Some(request) });
        (found.partitions.len(), found.has_unknown_partitions)
    };
    assert_eq!(ask(expression("cli_338")), (3, false));
    assert_eq!(ask(expression("cli_593")), (2, false));
    assert_eq!(ask(expression("unknown_function")), (9, true));
    assert_eq!(ask(b"no expression".to_vec()), (9, true));

    let drop = |name: &str| m::DropPartitionsReqArgs {
        req: Some(wire::DropPartitionsRequest {
            db_name: "default".into(),
            tbl_name: "p".into(),
            parts: wire::RequestPartsSpec::Exprs(vec![wire::DropPartitionsExpr {
                expr: expression(name),
                part_archive_level: None,
            }]),
            if_exists: Some(false),
            delete_data: Some(true),
            ..Default::default()
        }),
    };
    let refused = server.refused::<m::DropPartitionsReq>(drop("unknown_function"));
    assert_eq!(refused, "Meta: Unexpected unknown partitions to drop");
    assert_eq!(server.ok::<m::DropPartitionsReq>(drop("cli_338")).partitions.unwrap().len(), 3);
    assert!(!server.path("p/ds=2020-01-03").exists());
    assert_eq!(
        server.refused::<m::DropPartitionsReq>(drop("cli_338")),
        "NoSuchObject: Some partitions to drop are missing"
    );
}

#[test]
fn with_a_choice_of_fields() {
    let server = server();
    let request = wire::GetPartitionsRequest {
        db_name: some("default"),
        tbl_name: some("p"),
        projection_spec: Some(wire::GetProjectionsSpec {
            field_list: Some(vec!["values".into(), "sd.location".into()]),
            ..Default::default()
        }),
        filter_spec: Some(wire::GetPartitionsFilterSpec {
            filter_mode: Some(wire::PartitionFilterMode::BY_EXPR),
            filters: Some(vec!["ds = '2020-01-01'".into(), "h = 2".into()]),
        }),
        ..Default::default()
    };
    let found = server.ok::<m::GetPartitionsWithSpecs>(m::GetPartitionsWithSpecsArgs { request: Some(request) });
    let spec = &found.partition_spec.unwrap()[0];
    let shared = spec.shared_sd_partition_spec.as_ref().unwrap();
    let partition = &shared.partitions.as_ref().unwrap()[0];
    assert_eq!(partition.values, Some(vec!["2020-01-01".to_string(), "2".to_string()]));
    assert_eq!(partition.parameters, None);
    let sd = shared.sd.as_ref().unwrap();
    assert_eq!((sd.cols.as_ref(), sd.location.as_deref()), (None, Some(server.url("p").as_str())));
}
