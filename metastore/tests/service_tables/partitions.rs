//! Partitions.

use super::*;

const KEYS: &[(&str, &str)] = &[("ds", "string"), ("h", "int")];

fn names(server: &Server) -> Vec<String> {
    server.ok::<m::GetPartitionNames>(m::GetPartitionNamesArgs {
        db_name: some("default"),
        tbl_name: some("p"),
        max_parts: Some(-1),
    })
}

fn get(server: &Server, values: &[&str]) -> wire::Partition {
    server.ok::<m::GetPartition>(m::GetPartitionArgs {
        db_name: some("default"),
        tbl_name: some("p"),
        part_vals: Some(values.iter().map(|value| value.to_string()).collect()),
    })
}

fn add(server: &Server, values: &[&str]) -> wire::Partition {
    server.ok::<m::AddPartition>(m::AddPartitionArgs { new_part: Some(partition("p", values)) })
}

#[test]
fn partitions_are_added_in_all_ways() {
    let server = Server::new();
    server.create(table("p", KEYS));
    std::fs::create_dir_all(server.path("p/ds=a/h=1")).unwrap();
    std::fs::write(server.path("p/ds=a/h=1/f"), "123").unwrap();
    let added = add(&server, &["a", "1"]);
    assert_eq!(added, get(&server, &["a", "1"]));
    let parameters = added.parameters.unwrap();
    assert_eq!((parameters["numFiles"].as_str(), parameters["totalSize"].as_str()), ("1", "3"));
    assert_eq!(added.sd.unwrap().location, Some(server.url("p/ds=a/h=1")));

    let again = m::AddPartitionArgs { new_part: Some(partition("p", &["a", "1"])) };
    assert!(server.refused::<m::AddPartition>(again).starts_with("AlreadyExists: Partition already exists:"));
    let request = wire::AddPartitionsRequest {
        db_name: "default".into(),
        tbl_name: "p".into(),
        parts: vec![partition("p", &["a", "1"]), partition("p", &["a", "2"])],
        if_not_exists: true,
        ..Default::default()
    };
    let result = server.ok::<m::AddPartitionsReq>(m::AddPartitionsReqArgs { request: Some(request.clone()) });
    assert_eq!(result.partitions.unwrap().len(), 1);
    assert!(server.path("p/ds=a/h=2").is_dir());
    let twice =
        wire::AddPartitionsRequest { parts: vec![partition("p", &["z", "1"]), partition("p", &["z", "1"])], ..request };
    let refused = server.refused::<m::AddPartitionsReq>(m::AddPartitionsReqArgs { request: Some(twice) });
    assert!(refused.starts_with("Meta: Duplicate partitions in the list:"), "{refused}");

    let append =
        m::AppendPartitionByNameArgs { db_name: some("default"), tbl_name: some("p"), part_name: some("ds=b%2Fc/h=3") };
    let appended = server.ok::<m::AppendPartitionByName>(append);
    assert_eq!(appended.values, Some(vec!["b/c".into(), "3".into()]));
    assert_eq!(names(&server), ["ds=a/h=1", "ds=a/h=2", "ds=b%2Fc/h=3"]);

    let specs = server.ok::<m::GetPartitionsPspec>(m::GetPartitionsPspecArgs {
        db_name: some("default"),
        tbl_name: some("p"),
        max_parts: Some(-1),
    });
    server.create(table("q", KEYS));
    let there: Vec<wire::PartitionSpec> = specs
        .into_iter()
        .map(|spec| wire::PartitionSpec { table_name: some("q"), root_path: Some(server.url("q")), ..spec })
        .collect();
    assert_eq!(server.ok::<m::AddPartitionsPspec>(m::AddPartitionsPspecArgs { new_parts: Some(there) }), 3);
    assert!(server.path("q/ds=a/h=2").is_dir());
}

#[test]
fn partitions_are_found_by_names_and_values() {
    let server = Server::new();
    server.create(table("p", KEYS));
    for values in [["a", "1"], ["a", "2"], ["b", "1"]] {
        add(&server, &values);
    }
    let ps = |values: &[&str], max| {
        server.ok::<m::GetPartitionNamesPs>(m::GetPartitionNamesPsArgs {
            db_name: some("default"),
            tbl_name: some("p"),
            part_vals: Some(values.iter().map(|value| value.to_string()).collect()),
            max_parts: Some(max),
        })
    };
    assert_eq!(ps(&["a"], -1), ["ds=a/h=1", "ds=a/h=2"]);
    assert_eq!(ps(&["", "1"], -1), ["ds=a/h=1", "ds=b/h=1"]);
    assert_eq!(ps(&[], 1), ["ds=a/h=1"]);
    let by_names = m::GetPartitionsByNamesArgs {
        db_name: some("default"),
        tbl_name: some("p"),
        names: Some(vec!["ds=b/h=1".into(), "ds=x/h=1".into()]),
    };
    assert_eq!(server.ok::<m::GetPartitionsByNames>(by_names).len(), 1);
    let missing =
        m::GetPartitionByNameArgs { db_name: some("default"), tbl_name: some("p"), part_name: some("ds=x/h=1") };
    assert_eq!(server.refused::<m::GetPartitionByName>(missing), "NoSuchObject: partition values=[x, 1]");
    let name = m::PartitionNameToValsArgs { part_name: some("ds=a%3Ab/h=1") };
    assert_eq!(server.ok::<m::PartitionNameToVals>(name), ["a:b", "1"]);
    let request = wire::PartitionValuesRequest {
        db_name: "default".into(),
        tbl_name: "p".into(),
        partition_keys: vec![column("ds", "string")],
        ..Default::default()
    };
    let rows = server.ok::<m::GetPartitionValues>(m::GetPartitionValuesArgs { request: Some(request) });
    let rows: Vec<Vec<String>> = rows.partition_values.into_iter().map(|row| row.row).collect();
    assert_eq!(rows, [["a"], ["b"]]);
}

#[test]
fn partitions_change_move_and_go() {
    let server = Server::new();
    server.create(table("p", KEYS));
    add(&server, &["a", "1"]);
    std::fs::write(server.path("p/ds=a/h=1/f"), "123").unwrap();
    let mut changed = get(&server, &["a", "1"]);
    changed.parameters.as_mut().unwrap().insert("k".into(), "v".into());
    changed.sd.as_mut().unwrap().cols.as_mut().unwrap().push(column("c", "bigint"));
    server.ok::<m::AlterPartitions>(m::AlterPartitionsArgs {
        db_name: some("default"),
        tbl_name: some("p"),
        new_parts: Some(vec![changed.clone()]),
    });
    let kept = get(&server, &["a", "1"]);
    assert_eq!(kept.sd, changed.sd);
    let parameters = kept.parameters.unwrap();
    assert_eq!((parameters["k"].as_str(), parameters["totalSize"].as_str()), ("v", "3"));

    let new = wire::Partition { values: Some(vec!["b".into(), "2".into()]), ..changed };
    server.ok::<m::RenamePartition>(m::RenamePartitionArgs {
        db_name: some("default"),
        tbl_name: some("p"),
        part_vals: Some(vec!["a".into(), "1".into()]),
        new_part: Some(new),
    });
    assert!(server.path("p/ds=b/h=2/f").is_file());
    assert_eq!(names(&server), ["ds=b/h=2"]);

    server.create(table("q", KEYS));
    let exchanged = server.ok::<m::ExchangePartitions>(m::ExchangePartitionsArgs {
        partition_specs: Some([("ds".into(), "b".into())].into()),
        source_db: some("default"),
        source_table_name: some("p"),
        dest_db: some("default"),
        dest_table_name: some("q"),
    });
    assert_eq!(exchanged.len(), 1);
    assert!(names(&server).is_empty() && server.path("q/ds=b/h=2/f").is_file());

    let drop = |values: &[&str]| m::DropPartitionArgs {
        db_name: some("default"),
        tbl_name: some("q"),
        part_vals: Some(values.iter().map(|value| value.to_string()).collect()),
        delete_data: Some(true),
    };
    assert!(server.ok::<m::DropPartition>(drop(&["b", "2"])));
    assert!(!server.path("q/ds=b").exists() && server.path("q").is_dir());
    assert_eq!(server.refused::<m::DropPartition>(drop(&["b", "2"])), "NoSuchObject: Partition doesn't exist. [b, 2]");
}

#[test]
fn a_renamed_table_takes_its_partitions_along() {
    let server = Server::new();
    server.create(table("p", KEYS));
    add(&server, &["a", "1"]);
    let mut renamed = server.table("p");
    renamed.table_name = some("r");
    server.ok::<m::AlterTable>(m::AlterTableArgs {
        dbname: some("default"),
        tbl_name: some("p"),
        new_tbl: Some(renamed),
    });
    let moved = server.ok::<m::GetPartition>(m::GetPartitionArgs {
        db_name: some("default"),
        tbl_name: some("r"),
        part_vals: Some(vec!["a".into(), "1".into()]),
    });
    assert_eq!(moved.sd.unwrap().location, Some(server.url("r/ds=a/h=1")));
    let mut wider = server.table("r");
    wider.sd.as_mut().unwrap().cols.as_mut().unwrap().push(column("c", "int"));
    server.ok::<m::AlterTableWithCascade>(m::AlterTableWithCascadeArgs {
        dbname: some("default"),
        tbl_name: some("r"),
        new_tbl: Some(wider),
        cascade: Some(true),
    });
    let partition = server.ok::<m::GetPartitions>(m::GetPartitionsArgs {
        db_name: some("default"),
        tbl_name: some("r"),
        max_parts: Some(-1),
    });
    assert_eq!(partition[0].sd.as_ref().unwrap().cols.as_ref().unwrap().len(), 3);
}

#[test]
fn partitions_are_marked() {
    let server = Server::new();
    server.create(table("p", KEYS));
    let values = || Some([("ds".to_string(), "a".to_string()), ("h".to_string(), "1".to_string())].into());
    let asked = || m::IsPartitionMarkedForEventArgs {
        db_name: some("default"),
        tbl_name: some("p"),
        part_vals: values(),
        event_type: Some(wire::PartitionEventType::LOAD_DONE),
    };
    assert!(!server.ok::<m::IsPartitionMarkedForEvent>(asked()));
    server.ok::<m::MarkPartitionForEvent>(m::MarkPartitionForEventArgs {
        db_name: some("default"),
        tbl_name: some("p"),
        part_vals: values(),
        event_type: Some(wire::PartitionEventType::LOAD_DONE),
    });
    assert!(server.ok::<m::IsPartitionMarkedForEvent>(asked()));
}

#[test]
fn times_are_kept_as_hive_keeps_them() {
    let server = Server::new();
    server.create(table("p", KEYS));
    assert!(add(&server, &["a", "1"]).create_time > Some(0));
    // A client that changes a partition says when it was made; one that changes a table does not.
    let changed = wire::Partition { create_time: Some(0), ..get(&server, &["a", "1"]) };
    let (db_name, tbl_name) = (some("default"), some("p"));
    server.ok::<m::AlterPartition>(m::AlterPartitionArgs { db_name, tbl_name, new_part: Some(changed) });
    assert_eq!(get(&server, &["a", "1"]).create_time, Some(0));
    let made = server.table("p").create_time;
    let changed = wire::Table { create_time: Some(1), ..server.table("p") };
    let (dbname, tbl_name) = (some("default"), some("p"));
    server.ok::<m::AlterTable>(m::AlterTableArgs { dbname, tbl_name, new_tbl: Some(changed) });
    assert_eq!(server.table("p").create_time, made);
}
