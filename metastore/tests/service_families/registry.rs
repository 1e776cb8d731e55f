//! The registry of schemas, tokens, types, procedures, connectors, reports, and what a server does not have.

use std::collections::BTreeMap;

use skep_thrift_hms as t;
use skep_thrift_hms::methods as m;

use super::{Server, some};

fn name() -> t::ISchemaName {
    t::ISchemaName { cat_name: some("hive"), db_name: some("D"), schema_name: some("S") }
}

fn version(number: i32) -> t::SchemaVersion {
    let column = t::FieldSchema { name: some("c"), r#type: some("int"), comment: some("ns") };
    t::SchemaVersion {
        schema: Some(name()),
        version: Some(number),
        created_at: Some(7),
        cols: Some(vec![column]),
        state: Some(t::SchemaVersionState::INITIATED),
        ..Default::default()
    }
}

#[test]
fn schemas() {
    let s = Server::new();
    let schema = t::ISchema {
        schema_type: Some(t::SchemaType::AVRO),
        name: some("S"),
        cat_name: some("hive"),
        db_name: some("d"),
        compatibility: Some(t::SchemaCompatibility::BACKWARD),
        validation_level: Some(t::SchemaValidation::ALL),
        can_evolve: Some(true),
        ..Default::default()
    };
    s.ok::<m::CreateIschema>(m::CreateIschemaArgs { schema: Some(schema.clone()) });
    assert_eq!(
        s.refused::<m::CreateIschema>(m::CreateIschemaArgs { schema: Some(schema) }),
        "AlreadyExists: Schema with name d.s already exists"
    );
    let got = s.ok::<m::GetIschema>(m::GetIschemaArgs { name: Some(name()) });
    assert_eq!((got.name.as_deref(), got.can_evolve), (Some("s"), Some(true)));
    for number in [1, 10, 2] {
        s.ok::<m::AddSchemaVersion>(m::AddSchemaVersionArgs { schema_version: Some(version(number)) });
    }
    let again = m::AddSchemaVersionArgs { schema_version: Some(version(2)) };
    assert!(s.refused::<m::AddSchemaVersion>(again).starts_with("AlreadyExists: Schema name ISchemaName("));
    let latest = s.ok::<m::GetSchemaLatestVersion>(m::GetSchemaLatestVersionArgs { schema_name: Some(name()) });
    assert_eq!(latest.version, Some(10));
    let all = s.ok::<m::GetSchemaAllVersions>(m::GetSchemaAllVersionsArgs { schema_name: Some(name()) });
    assert_eq!(all.iter().filter_map(|one| one.version).collect::<Vec<_>>(), [10, 2, 1]);

    s.ok::<m::AddSerde>(m::AddSerdeArgs {
        serde: Some(t::SerDeInfo { name: some("sd"), serialization_lib: some("lib"), ..Default::default() }),
    });
    let descriptor = Some(t::SchemaVersionDescriptor { schema: Some(name()), version: Some(2) });
    s.ok::<m::MapSchemaVersionToSerde>(m::MapSchemaVersionToSerdeArgs {
        rqst: Some(t::MapSchemaVersionToSerdeRequest { schema_version: descriptor.clone(), serde_name: some("sd") }),
    });
    s.ok::<m::SetSchemaVersionState>(m::SetSchemaVersionStateArgs {
        rqst: Some(t::SetSchemaVersionStateRequest {
            schema_version: descriptor.clone(),
            state: Some(t::SchemaVersionState::ENABLED),
        }),
    });
    let got = s.ok::<m::GetSchemaVersion>(m::GetSchemaVersionArgs { schema_version: descriptor.clone() });
    assert_eq!(got.state, Some(t::SchemaVersionState::ENABLED));
    assert_eq!(got.ser_de.and_then(|serde| serde.serialization_lib).as_deref(), Some("lib"));
    let by_columns = |name: Option<&str>| m::GetSchemasByColsArgs {
        rqst: Some(t::FindSchemasByColsRqst { col_name: name.map(str::to_string), ..Default::default() }),
    };
    assert_eq!(s.ok::<m::GetSchemasByCols>(by_columns(Some("C"))).schema_versions.unwrap().len(), 3);
    assert!(s.refused::<m::GetSchemasByCols>(by_columns(None)).starts_with("Meta: You must specify column name"));
    assert!(
        s.refused::<m::DropIschema>(m::DropIschemaArgs { name: Some(name()) })
            .contains("it has at least one valid version")
    );
    for number in [1, 2, 10] {
        let schema_version = Some(t::SchemaVersionDescriptor { schema: Some(name()), version: Some(number) });
        s.ok::<m::DropSchemaVersion>(m::DropSchemaVersionArgs { schema_version });
    }
    s.ok::<m::DropIschema>(m::DropIschemaArgs { name: Some(name()) });
    assert!(s.refused::<m::GetIschema>(m::GetIschemaArgs { name: Some(name()) }).starts_with("NoSuchObject: "));
}

#[test]
fn tokens_and_keys() {
    let s = Server::new();
    let add = m::AddTokenArgs { token_identifier: some("i"), delegation_token: some("t") };
    assert!(s.ok::<m::AddToken>(add.clone()) && !s.ok::<m::AddToken>(add));
    assert_eq!(s.ok::<m::GetToken>(m::GetTokenArgs { token_identifier: some("i") }), "t");
    assert_eq!(s.ok::<m::GetToken>(m::GetTokenArgs { token_identifier: some("j") }), "");
    assert_eq!(s.ok::<m::GetAllTokenIdentifiers>(m::GetAllTokenIdentifiersArgs {}), ["i"]);
    assert!(s.ok::<m::RemoveToken>(m::RemoveTokenArgs { token_identifier: some("i") }));
    assert!(!s.ok::<m::RemoveToken>(m::RemoveTokenArgs { token_identifier: some("i") }));
    let ids: Vec<i32> =
        ["a", "b"].iter().map(|key| s.ok::<m::AddMasterKey>(m::AddMasterKeyArgs { key: some(key) })).collect();
    assert_eq!(ids, [1, 2]);
    s.ok::<m::UpdateMasterKey>(m::UpdateMasterKeyArgs { seq_number: Some(1), key: some("c") });
    assert_eq!(s.ok::<m::GetMasterKeys>(m::GetMasterKeysArgs {}), ["c", "b"]);
    assert!(s.ok::<m::RemoveMasterKey>(m::RemoveMasterKeyArgs { key_seq: Some(1) }));
    let missing = m::UpdateMasterKeyArgs { seq_number: Some(1), key: some("c") };
    assert_eq!(s.refused::<m::UpdateMasterKey>(missing), "NoSuchObject: No key found with keyId: 1");
    assert!(s.refused::<m::GetDelegationToken>(Default::default()).starts_with("Meta: "));
}

#[test]
fn types_of_clients() {
    let s = Server::new();
    let new = t::Type { name: some("pair"), type1: some("int"), ..Default::default() };
    assert!(s.ok::<m::CreateType>(m::CreateTypeArgs { r#type: Some(new.clone()) }));
    assert_eq!(
        s.refused::<m::CreateType>(m::CreateTypeArgs { r#type: Some(new.clone()) }),
        "AlreadyExists: Type pair already exists"
    );
    assert_eq!(s.ok::<m::GetType>(m::GetTypeArgs { name: some("pair") }), new);
    assert!(s.ok::<m::DropType>(m::DropTypeArgs { r#type: some("pair") }));
    assert_eq!(
        s.refused::<m::GetType>(m::GetTypeArgs { name: some("pair") }),
        "NoSuchObject: Type \"pair\" not found."
    );
    assert_eq!(s.refused::<m::GetTypeAll>(m::GetTypeAllArgs { name: some("x") }), "Meta: Not yet implemented");
}

#[test]
fn procedures_and_packages() {
    let s = Server::new();
    let request = || t::StoredProcedureRequest { cat_name: "hive".into(), db_name: "D".into(), proc_name: "P".into() };
    for source in ["one", "two"] {
        let proc = t::StoredProcedure {
            name: some("P"),
            db_name: some("D"),
            cat_name: some("hive"),
            owner_name: some("o"),
            source: some(source),
        };
        s.ok::<m::CreateStoredProcedure>(m::CreateStoredProcedureArgs { proc: Some(proc) });
    }
    let got = s.ok::<m::GetStoredProcedure>(m::GetStoredProcedureArgs { request: Some(request()) });
    assert_eq!((got.name.as_deref(), got.source.as_deref()), (Some("p"), Some("two")));
    let list = t::ListStoredProcedureRequest { cat_name: "hive".into(), db_name: some("d") };
    let listed = s.ok::<m::GetAllStoredProcedures>(m::GetAllStoredProceduresArgs { request: Some(list) });
    assert_eq!(listed, ["p"]);
    s.ok::<m::DropStoredProcedure>(m::DropStoredProcedureArgs { request: Some(request()) });
    assert!(
        s.refused::<m::GetStoredProcedure>(m::GetStoredProcedureArgs { request: Some(request()) })
            .starts_with("NoSuchObject: ")
    );
    let package = t::AddPackageRequest {
        cat_name: some("hive"),
        db_name: some("d"),
        package_name: some("K"),
        owner_name: some("o"),
        header: some("h"),
        body: some("b"),
    };
    s.ok::<m::AddPackage>(m::AddPackageArgs { request: Some(package) });
    let request = t::GetPackageRequest { cat_name: "hive".into(), db_name: "d".into(), package_name: "k".into() };
    let got = s.ok::<m::FindPackage>(m::FindPackageArgs { request: Some(request) });
    assert_eq!(got.body.as_deref(), Some("b"));
}

#[test]
fn connectors() {
    let s = Server::new();
    let connector = |url: &str| t::DataConnector {
        name: some("C"),
        r#type: some("mysql"),
        url: some(url),
        parameters: Some(BTreeMap::from([("k".to_string(), "v".to_string())])),
        ..Default::default()
    };
    s.ok::<m::CreateDataconnector>(m::CreateDataconnectorArgs { connector: Some(connector("u")) });
    assert_eq!(
        s.refused::<m::CreateDataconnector>(m::CreateDataconnectorArgs { connector: Some(connector("u")) }),
        "AlreadyExists: Dataconnector c already exists"
    );
    s.ok::<m::AlterDataconnector>(m::AlterDataconnectorArgs { name: some("c"), connector: Some(connector("v")) });
    let get = m::GetDataconnectorReqArgs { request: Some(t::GetDataConnectorRequest { connector_name: "c".into() }) };
    assert_eq!(s.ok::<m::GetDataconnectorReq>(get).url.as_deref(), Some("v"));
    assert_eq!(s.ok::<m::GetDataconnectors>(m::GetDataconnectorsArgs {}), ["c"]);
    let drop = |if_not_exists| m::DropDataconnectorArgs {
        name: some("c"),
        if_not_exists: Some(if_not_exists),
        check_references: Some(true),
    };
    s.ok::<m::DropDataconnector>(drop(false));
    s.ok::<m::DropDataconnector>(drop(true));
    assert_eq!(s.refused::<m::DropDataconnector>(drop(false)), "NoSuchObject: DataConnector c doesn't exist");
}

#[test]
fn reports() {
    let s = Server::new();
    for (time, weight) in [(10, 2), (20, 3), (30, 4)] {
        let stat = t::RuntimeStat { create_time: Some(time), weight, payload: vec![0, 255] };
        s.ok::<m::AddRuntimeStats>(m::AddRuntimeStatsArgs { stat: Some(stat) });
    }
    let get = |max_weight, max_create_time| {
        let rqst = Some(t::GetRuntimeStatsRequest { max_weight, max_create_time });
        let all = s.ok::<m::GetRuntimeStats>(m::GetRuntimeStatsArgs { rqst });
        all.into_iter().map(|one| one.weight).collect::<Vec<_>>()
    };
    assert_eq!(get(-1, -1), [4, 3, 2]);
    assert_eq!(get(5, -1), [4, 3]);
    assert_eq!(get(-1, 20), [2]);

    let metric = |progress: Option<&str>| t::ReplicationMetrics {
        scheduled_execution_id: 3,
        policy: "p".into(),
        dump_execution_id: 4,
        metadata: Some("m".into()),
        progress: progress.map(str::to_string),
        message_format: None,
    };
    for progress in [Some("half"), None] {
        let list = t::ReplicationMetricList { replication_metric_list: vec![metric(progress)] };
        s.ok::<m::AddReplicationMetrics>(m::AddReplicationMetricsArgs { replication_metric_list: Some(list) });
    }
    let rqst = t::GetReplicationMetricsRequest { policy: some("p"), ..Default::default() };
    let got = s.ok::<m::GetReplicationMetrics>(m::GetReplicationMetricsArgs { rqst: Some(rqst) });
    assert_eq!(got.replication_metric_list, [metric(Some("half"))]);
}

#[test]
fn what_a_server_does_not_have() {
    let s = Server::new();
    let indexes = m::GetIndexesArgs { db_name: some("d"), tbl_name: some("t"), max_indexes: Some(-1) };
    assert!(s.ok::<m::GetIndexes>(indexes).is_empty());
    let index = m::GetIndexByNameArgs { db_name: some("d"), tbl_name: some("t"), index_name: some("i") };
    assert_eq!(s.refused::<m::GetIndexByName>(index), "NoSuchObject: d.t index=i not found");
    assert!(s.refused::<m::AddIndex>(Default::default()).starts_with("Meta: Indexes are not supported"));
    let request = t::GetFileMetadataRequest { file_ids: vec![1] };
    assert!(!s.ok::<m::GetFileMetadata>(m::GetFileMetadataArgs { req: Some(request) }).is_supported);
    assert_eq!(s.ok::<m::GetStatus>(m::GetStatusArgs {}), t::FbStatus::ALIVE);
    s.ok::<m::SetOption>(m::SetOptionArgs { key: some("k"), value: some("v") });
    assert_eq!(s.ok::<m::GetOption>(m::GetOptionArgs { key: some("k") }), "v");
}
