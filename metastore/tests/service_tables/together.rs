//! What requests say beside the names: what must hold, what is wanted, who may.

use super::*;

fn get(capabilities: Option<wire::ClientCapabilities>) -> m::GetTableReqArgs {
    let req =
        wire::GetTableRequest { db_name: "default".into(), tbl_name: "t".into(), capabilities, ..Default::default() };
    m::GetTableReqArgs { req: Some(req) }
}

#[test]
fn a_table_is_changed_by_those_who_saw_it_as_it_is() {
    let server = Server::new();
    let with = |location: &str| wire::Table {
        parameters: Some([("metadata_location".to_string(), location.to_string())].into()),
        ..table("t", &[])
    };
    server.create(with("v1"));
    let alter = |location: &str, expected: &str| {
        let properties = [
            ("expected_parameter_key".to_string(), "metadata_location".to_string()),
            ("expected_parameter_value".to_string(), expected.to_string()),
        ];
        m::AlterTableWithEnvironmentContextArgs {
            dbname: some("default"),
            tbl_name: some("t"),
            new_tbl: Some(with(location)),
            environment_context: Some(wire::EnvironmentContext { properties: Some(properties.into()) }),
        }
    };
    server.ok::<m::AlterTableWithEnvironmentContext>(alter("v2", "v1"));
    let refused = server.refused::<m::AlterTableWithEnvironmentContext>(alter("v3", "v1"));
    let text = "Meta: The table has been modified. The parameter value for key 'metadata_location' is 'v2'.";
    assert!(refused.starts_with(text), "{refused}");
    let req = wire::AlterTableRequest {
        db_name: "default".into(),
        table_name: "t".into(),
        table: with("v3"),
        expected_parameter_key: some("metadata_location"),
        expected_parameter_value: some("v1"),
        ..Default::default()
    };
    assert!(server.refused::<m::AlterTableReq>(m::AlterTableReqArgs { req: Some(req) }).starts_with(text));
    assert_eq!(server.table("t").parameters.unwrap()["metadata_location"], "v2");
}

#[test]
fn tables_that_only_grow_are_for_clients_that_know_them() {
    let server = Server::new();
    let parameters = [("transactional", "true"), ("transactional_properties", "insert_only")];
    let parameters = parameters.map(|(key, value)| (key.to_string(), value.to_string()));
    server.create(wire::Table { parameters: Some(parameters.into()), ..table("t", &[]) });
    let refused = server.refused::<m::GetTableReq>(get(None));
    assert!(refused.starts_with("Meta: Your client does not appear to support insert-only tables."), "{refused}");
    let args = m::GetTableArgs { dbname: some("default"), tbl_name: some("t") };
    server.refused::<m::GetTable>(args.clone());
    let values = vec![wire::ClientCapability::INSERT_ONLY_TABLES];
    server.ok::<m::GetTableReq>(get(Some(wire::ClientCapabilities { values })));
    let key = some("hive.metastore.client.capability.check");
    server.ok::<m::SetMetaConf>(m::SetMetaConfArgs { key, value: some("false") });
    server.ok::<m::GetTable>(args);
}

#[test]
fn tables_by_a_pattern_with_what_is_wanted_of_them() {
    let server = Server::new();
    for name in ["a1", "a2", "b"] {
        let parameters = [("keep.x".to_string(), "1".to_string()), ("drop".to_string(), "2".to_string())];
        server.create(wire::Table { parameters: Some(parameters.into()), ..table(name, &[]) });
    }
    let req = wire::GetTablesRequest {
        db_name: "default".into(),
        tables_pattern: some("a*"),
        projection_spec: Some(wire::GetProjectionsSpec {
            field_list: Some(vec!["parameters".into(), "sd.location".into()]),
            include_param_key_pattern: some("keep%"),
            ..Default::default()
        }),
        ..Default::default()
    };
    let found = server.ok::<m::GetTableObjectsByNameReq>(m::GetTableObjectsByNameReqArgs { req: Some(req) }).tables;
    let names: Vec<&str> = found.iter().filter_map(|table| table.table_name.as_deref()).collect();
    assert_eq!(names, ["a1", "a2"]);
    assert_eq!(found[0].parameters.clone().unwrap(), [("keep.x".to_string(), "1".to_string())].into());
    let sd = found[0].sd.clone().unwrap();
    assert_eq!((sd.location, sd.cols, found[0].owner.clone()), (Some(server.url("a1")), None, None));
}

#[test]
fn partitions_with_what_the_asker_may_do() {
    let server = Server::new();
    let parameters = [("PARTITION_LEVEL_PRIVILEGE".to_string(), "TRUE".to_string())];
    server.create(wire::Table { parameters: Some(parameters.into()), ..table("p", &[("ds", "string")]) });
    server.ok::<m::AddPartition>(m::AddPartitionArgs { new_part: Some(partition("p", &["1"])) });
    let privilege = wire::HiveObjectPrivilege {
        hive_object: Some(wire::HiveObjectRef {
            object_type: Some(wire::HiveObjectType::PARTITION),
            db_name: some("default"),
            object_name: some("p"),
            part_values: Some(vec!["1".into()]),
            ..Default::default()
        }),
        principal_name: some("ann"),
        principal_type: Some(wire::PrincipalType::USER),
        grant_info: Some(wire::PrivilegeGrantInfo { privilege: some("SELECT"), ..Default::default() }),
        ..Default::default()
    };
    let privileges = Some(wire::PrivilegeBag { privileges: Some(vec![privilege]) });
    server.ok::<m::GrantPrivileges>(m::GrantPrivilegesArgs { privileges });
    let of = |user: &str| {
        let found = server.ok::<m::GetPartitionsWithAuth>(m::GetPartitionsWithAuthArgs {
            db_name: some("default"),
            tbl_name: some("p"),
            max_parts: Some(-1),
            user_name: some(user),
            group_names: None,
        });
        found[0].privileges.clone().unwrap().user_privileges.unwrap()[user].len()
    };
    assert_eq!((of("ann"), of("bob")), (1, 0));
}

#[test]
fn the_server_bounds_partitions_and_their_names() {
    let server = Server::with(&[
        ("metastore.limit.partition.request", "1"),
        ("hive.metastore.partition.name.whitelist.pattern", "[0-9]+"),
    ]);
    server.create(table("p", &[("ds", "string")]));
    for value in ["1", "2"] {
        server.ok::<m::AddPartition>(m::AddPartitionArgs { new_part: Some(partition("p", &[value])) });
    }
    let odd = m::AddPartitionArgs { new_part: Some(partition("p", &["x"])) };
    let refused = server.refused::<m::AddPartition>(odd);
    assert!(refused.starts_with("Meta: Partition value 'x' contains a character not matched"), "{refused}");
    let all = |max: i16| m::GetPartitionsArgs { db_name: some("default"), tbl_name: some("p"), max_parts: Some(max) };
    assert_eq!(server.ok::<m::GetPartitions>(all(1)).len(), 1);
    let refused = server.refused::<m::GetPartitions>(all(-1));
    assert!(
        refused.starts_with("Meta: Number of partitions scanned (=2) on table 'p' exceeds limit (=1)."),
        "{refused}"
    );
}

#[test]
fn marks_of_partitions_stay() {
    let server = Server::new();
    server.create(table("p", &[("ds", "string")]));
    let values = |value: &str| Some([("ds".to_string(), value.to_string())].into());
    let is_marked = |value: &str| {
        server.ok::<m::IsPartitionMarkedForEvent>(m::IsPartitionMarkedForEventArgs {
            db_name: some("default"),
            tbl_name: some("p"),
            part_vals: values(value),
            event_type: Some(wire::PartitionEventType::LOAD_DONE),
        })
    };
    assert!(!is_marked("1"));
    for _ in 0..2 {
        server.ok::<m::MarkPartitionForEvent>(m::MarkPartitionForEventArgs {
            db_name: some("default"),
            tbl_name: some("p"),
            part_vals: values("1"),
            event_type: Some(wire::PartitionEventType::LOAD_DONE),
        });
    }
    assert!(is_marked("1") && !is_marked("2"));
    let store = SqliteStore::open(&server.folder.path().join("catalog.db")).unwrap();
    use skep_metastore::model::PartitionMark;
    use skep_metastore::store::definitions;
    assert_eq!(definitions::all::<PartitionMark>(&store).unwrap().len(), 1);
}
