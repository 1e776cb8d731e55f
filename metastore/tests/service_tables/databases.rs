//! Databases and functions.

use super::*;

fn database(name: &str) -> wire::Database {
    wire::Database { name: some(name), ..Default::default() }
}

fn create(server: &Server, database: wire::Database) {
    server.ok::<m::CreateDatabase>(m::CreateDatabaseArgs { database: Some(database) });
}

fn get(server: &Server, name: &str) -> wire::Database {
    server.ok::<m::GetDatabase>(m::GetDatabaseArgs { name: some(name) })
}

#[test]
fn databases_come_and_go() {
    let server = Server::new();
    let told = wire::Database {
        name: some("Sales"),
        description: some("c"),
        parameters: Some([("k".into(), "v".into())].into()),
        owner_name: some("ann"),
        owner_type: Some(wire::PrincipalType::ROLE),
        ..Default::default()
    };
    create(&server, told.clone());
    let kept = get(&server, "SALES");
    let expected = wire::Database {
        name: some("sales"),
        location_uri: Some(server.url("sales.db")),
        catalog_name: some("hive"),
        create_time: kept.create_time,
        ..told.clone()
    };
    assert_eq!(kept, expected);
    assert!(server.path("sales.db").is_dir());
    // As clients of Hive 3 name it.
    assert_eq!(get(&server, "@hive#sales"), kept);
    let all = server.ok::<m::GetDatabases>(m::GetDatabasesArgs { pattern: some("@hive#s*") });
    assert_eq!(all, ["sales"]);
    assert_eq!(server.ok::<m::GetAllDatabases>(m::GetAllDatabasesArgs {}), ["default", "sales"]);
    let again = m::CreateDatabaseArgs { database: Some(told) };
    assert_eq!(server.refused::<m::CreateDatabase>(again), "AlreadyExists: Database sales already exists");
    let bad = m::CreateDatabaseArgs { database: Some(database("a.b")) };
    assert_eq!(server.refused::<m::CreateDatabase>(bad), "InvalidObject: a.b is not a valid database name");

    let changed = wire::Database { description: some("d"), owner_name: some("bob"), ..kept.clone() };
    server.ok::<m::AlterDatabase>(m::AlterDatabaseArgs { dbname: some("sales"), db: Some(changed.clone()) });
    assert_eq!(get(&server, "sales"), changed);

    let inside = wire::Table { db_name: some("sales"), ..table("t", &[]) };
    server.create(inside);
    let drop = |cascade| m::DropDatabaseArgs { name: some("sales"), delete_data: Some(true), cascade: Some(cascade) };
    let refused = server.refused::<m::DropDatabase>(drop(false));
    assert_eq!(refused, "InvalidOperation: Database sales is not empty. One or more tables exist.");
    server.ok::<m::DropDatabase>(drop(true));
    assert!(!server.path("sales.db").exists());
    assert!(server.refused::<m::GetDatabase>(m::GetDatabaseArgs { name: some("sales") }).starts_with("NoSuchObject:"));
    let default = m::DropDatabaseArgs { name: some("default"), ..Default::default() };
    assert_eq!(server.refused::<m::DropDatabase>(default), "Meta: Can not drop default database");
}

#[test]
fn functions_come_back_as_they_were_given() {
    let server = Server::new();
    let told = wire::Function {
        function_name: some("F1"),
        db_name: some("default"),
        class_name: some("x.Y"),
        owner_name: some("ann"),
        owner_type: Some(wire::PrincipalType::USER),
        function_type: Some(wire::FunctionType::JAVA),
        resource_uris: Some(vec![wire::ResourceUri {
            resource_type: Some(wire::ResourceType::FILE),
            uri: some("file:/x"),
        }]),
        ..Default::default()
    };
    server.ok::<m::CreateFunction>(m::CreateFunctionArgs { func: Some(told.clone()) });
    let find = |name: &str| m::GetFunctionArgs { db_name: some("default"), func_name: some(name) };
    let kept = server.ok::<m::GetFunction>(find("f1"));
    let expected = wire::Function {
        function_name: some("f1"),
        cat_name: some("hive"),
        create_time: kept.create_time,
        ..told.clone()
    };
    assert_eq!(kept, expected);
    assert_eq!(server.ok::<m::GetAllFunctions>(Default::default()).functions, Some(vec![kept]));
    assert_eq!(server.refused::<m::GetFunction>(find("g")), "NoSuchObject: Function default.g does not exist");
    let again = m::CreateFunctionArgs { func: Some(told) };
    assert!(server.refused::<m::CreateFunction>(again).starts_with("AlreadyExists:"));
    server.ok::<m::DropFunction>(m::DropFunctionArgs { db_name: some("default"), func_name: some("F1") });
    let names = m::GetFunctionsArgs { db_name: some("default"), pattern: some("*") };
    assert!(server.ok::<m::GetFunctions>(names).is_empty());
}

#[test]
fn configuration_is_of_a_connection() {
    let server = Server::new();
    const KEY: &str = "hive.metastore.try.direct.sql";
    let get = |server: &Server| server.ok::<m::GetMetaConf>(m::GetMetaConfArgs { key: some(KEY) });
    assert_eq!(get(&server), "true");
    server.ok::<m::SetMetaConf>(m::SetMetaConfArgs { key: some(KEY), value: some("false") });
    assert_eq!(get(&server), "false");
    let unknown = m::SetMetaConfArgs { key: some("x"), value: some("y") };
    assert_eq!(server.refused::<m::SetMetaConf>(unknown), "Meta: Invalid configuration key x");
    let value = |name: &str| m::GetConfigValueArgs { name: some(name), default_value: some("d") };
    assert_eq!(server.ok::<m::GetConfigValue>(value("hive.x")), "d");
    assert!(server.refused::<m::GetConfigValue>(value("user.home")).starts_with("ConfigValSecurity:"));
    let number = || server.ok::<m::GetMetastoreDbUuid>(Default::default());
    assert_eq!(number(), number());
}

#[test]
fn properties_are_kept_in_their_spaces() {
    let server = Server::new();
    let set = |key: &str, value: &str| {
        let property_map = Some([(key.to_string(), value.to_string())].into());
        let req = Some(wire::PropertySetRequest { name_space: "hms".into(), property_map });
        server.ok::<m::SetProperties>(m::SetPropertiesArgs { req });
    };
    set("db.t.policy", "keep");
    set("db.t.owner", "ann");
    set("db.u.policy", "drop");
    set("db.t.owner", "");
    let req = wire::PropertyGetRequest { name_space: "hms".into(), map_prefix: some("db.t"), ..Default::default() };
    let found = server.ok::<m::GetProperties>(m::GetPropertiesArgs { req: Some(req) }).properties.unwrap();
    let expected: BTreeMap<String, String> = [("policy".to_string(), "keep".to_string())].into();
    assert_eq!(found, [("db.t".to_string(), expected)].into());
}
