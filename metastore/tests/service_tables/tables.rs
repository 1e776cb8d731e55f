//! Tables, views and constraints.

use super::*;

fn alter(server: &Server, name: &str, table: wire::Table) {
    let (dbname, tbl_name) = (some("default"), some(name));
    server.ok::<m::AlterTable>(m::AlterTableArgs { dbname, tbl_name, new_tbl: Some(table) });
}

#[test]
fn tables_come_back_field_by_field() {
    let server = Server::new();
    let mut told = table("t", &[("ds", "String"), ("h", "int")]);
    told.retention = Some(7);
    told.owner_type = Some(wire::PrincipalType::ROLE);
    told.write_id = Some(5);
    told.parameters = Some([("x".into(), "y".into()), ("transient_lastDdlTime".into(), "9".into())].into());
    let sd = told.sd.as_mut().unwrap();
    sd.cols = Some(vec![
        wire::FieldSchema { comment: some("c"), ..column("a", "struct<Name:int>") },
        column("b", "decimal(10, 2)"),
        column("c", "<derived from deserializer>"),
    ]);
    sd.location = Some(server.url("elsewhere"));
    sd.num_buckets = Some(4);
    sd.compressed = Some(true);
    sd.bucket_cols = Some(vec!["a".into()]);
    sd.sort_cols = Some(vec![wire::Order { col: some("a"), order: Some(0) }]);
    sd.parameters = Some([("p".into(), "q".into())].into());
    sd.skewed_info = Some(wire::SkewedInfo {
        skewed_col_names: Some(vec!["a".into()]),
        skewed_col_values: Some(vec![vec!["1".into()]]),
        skewed_col_value_location_maps: Some([(vec!["1".to_string()], "file:/x".to_string())].into()),
    });
    sd.stored_as_sub_directories = Some(true);
    let serde = sd.serde_info.as_mut().unwrap();
    serde.name = some("n");
    serde.description = some("d");
    serde.serializer_class = some("W");
    serde.deserializer_class = some("R");
    serde.serde_type = Some(wire::SerdeType::SCHEMA_REGISTRY);
    server.create(told.clone());
    let kept = server.table("T");
    told.create_time = kept.create_time;
    told.last_access_time = Some(0);
    told.temporary = Some(false);
    told.rewrite_enabled = Some(false);
    told.cat_name = some("hive");
    assert_eq!(kept, told);
    assert!(kept.create_time > Some(0));
    // And once more, after a change of nothing.
    alter(&server, "t", kept.clone());
    assert_eq!(server.table("t"), kept);
    let fields = m::GetSchemaArgs { db_name: some("default"), table_name: some("t") };
    let names: Vec<_> = server.ok::<m::GetSchema>(fields).into_iter().map(|field| field.name.unwrap()).collect();
    assert_eq!(names, ["a", "b", "c", "ds", "h"]);
}

#[test]
fn materialized_views_keep_what_they_were_made_of() {
    let server = Server::new();
    let metadata = wire::CreationMetadata {
        cat_name: "hive".into(),
        db_name: "default".into(),
        tbl_name: "mv".into(),
        tables_used: ["default.t".to_string()].into(),
        valid_txn_list: some("5:9223372036854775807::"),
        materialization_time: Some(12),
        source_tables: None,
    };
    server.create(wire::Table {
        table_type: some("MATERIALIZED_VIEW"),
        view_original_text: some("select 1"),
        view_expanded_text: some("select 1"),
        rewrite_enabled: Some(true),
        creation_metadata: Some(metadata.clone()),
        ..table("mv", &[])
    });
    assert_eq!(server.table("mv").creation_metadata, Some(metadata));
    let views = m::GetMaterializedViewsForRewritingArgs { db_name: some("default") };
    assert_eq!(server.ok::<m::GetMaterializedViewsForRewriting>(views), ["mv"]);
}

#[test]
fn the_server_makes_counts_moves_and_removes_folders() {
    let server = Server::new();
    server.create(table("t", &[]));
    let made = server.table("t");
    assert_eq!(made.sd.as_ref().unwrap().location, Some(server.url("t")));
    assert!(made.parameters.as_ref().unwrap().contains_key("transient_lastDdlTime"));
    std::fs::write(server.path("t/000000_0"), "12345").unwrap();
    alter(&server, "t", made);
    let parameters = server.table("t").parameters.unwrap();
    assert_eq!((parameters["numFiles"].as_str(), parameters["totalSize"].as_str()), ("1", "5"));

    let mut renamed = server.table("t");
    renamed.table_name = some("u");
    alter(&server, "t", renamed);
    assert!(server.path("u/000000_0").is_file() && !server.path("t").exists());
    assert_eq!(server.table("u").sd.unwrap().location, Some(server.url("u")));

    let truncate = m::TruncateTableArgs { db_name: some("default"), table_name: some("u"), part_names: None };
    server.ok::<m::TruncateTable>(truncate);
    assert!(server.path("u").is_dir() && !server.path("u/000000_0").exists());
    assert_eq!(server.table("u").parameters.unwrap()["numFiles"], "0");
    let drop = |name: &str| m::DropTableArgs { dbname: some("default"), name: some(name), delete_data: Some(true) };
    server.ok::<m::DropTable>(drop("u"));
    assert!(!server.path("u").exists());
    assert_eq!(server.refused::<m::DropTable>(drop("u")), "NoSuchObject: hive.default.u table not found");

    let outside = wire::Table {
        table_type: some("EXTERNAL_TABLE"),
        parameters: Some([("EXTERNAL".into(), "TRUE".into())].into()),
        ..table("e", &[])
    };
    server.create(outside);
    server.ok::<m::DropTable>(drop("e"));
    assert!(server.path("e").is_dir());
}

#[test]
fn what_hive_refuses_is_refused_in_its_words() {
    let server = Server::new();
    server.create(table("t", &[("ds", "string")]));
    let create = |table| m::CreateTableArgs { tbl: Some(table) };
    assert_eq!(server.refused::<m::CreateTable>(create(table("t", &[]))), "AlreadyExists: Table t already exists");
    let request = Some(wire::CreateTableRequest { table: table("t", &[]), ..Default::default() });
    let refused = server.refused::<m::CreateTableReq>(m::CreateTableReqArgs { request });
    assert_eq!(refused, "AlreadyExists: Table hive.default.t already exists");
    let nowhere = wire::Table { db_name: some("nodb"), ..table("x", &[]) };
    assert_eq!(server.refused::<m::CreateTable>(create(nowhere)), "NoSuchObject: The database nodb does not exist");
    assert_eq!(
        server.refused::<m::CreateTable>(create(table("a/b", &[]))),
        "InvalidObject: a/b is not a valid object name"
    );
    let mut odd = table("x", &[]);
    odd.sd.as_mut().unwrap().cols = Some(vec![column("a", "nonsense")]);
    assert_eq!(server.refused::<m::CreateTable>(create(odd)), "InvalidObject: Invalid column type: nonsense");

    let change = |change: &dyn Fn(&mut wire::Table)| {
        let mut table = server.table("t");
        change(&mut table);
        let (dbname, tbl_name) = (some("default"), some("t"));
        server.refused::<m::AlterTable>(m::AlterTableArgs { dbname, tbl_name, new_tbl: Some(table) })
    };
    assert_eq!(
        change(&|table| table.partition_keys = Some(vec![])),
        "InvalidOperation: partition keys can not be changed."
    );
    assert_eq!(
        change(&|table| table.sd.as_mut().unwrap().cols = Some(vec![column("a", "int"), column("b", "int")])),
        "InvalidOperation: The following columns have types incompatible with the existing columns in their respective \
         positions :\nb"
    );
    server.create(table("u", &[]));
    assert_eq!(change(&|table| table.table_name = some("u")), "InvalidOperation: new table default.u already exists");
    assert_eq!(
        server.refused::<m::GetTable>(m::GetTableArgs { dbname: some("default"), tbl_name: some("nix") }),
        "NoSuchObject: hive.default.nix table not found"
    );
}

#[test]
fn tables_are_listed() {
    let server = Server::new();
    for name in ["t1", "t2", "x"] {
        server.create(table(name, &[]));
    }
    server.create(wire::Table {
        table_type: some("VIRTUAL_VIEW"),
        view_original_text: some("select 1"),
        view_expanded_text: some("select 1"),
        parameters: Some([("comment".into(), "hello".into())].into()),
        ..table("v", &[])
    });
    let list = |pattern: &str| {
        server.ok::<m::GetTables>(m::GetTablesArgs { db_name: some("default"), pattern: some(pattern) })
    };
    assert_eq!(list("t*|x"), ["t1", "t2", "x"]);
    assert_eq!(list(".*"), ["t1", "t2", "v", "x"]);
    let views =
        m::GetTablesByTypeArgs { db_name: some("default"), pattern: some("*"), table_type: some("VIRTUAL_VIEW") };
    assert_eq!(server.ok::<m::GetTablesByType>(views), ["v"]);
    assert!(server.ok::<m::GetAllTables>(m::GetAllTablesArgs { db_name: some("nodb") }).is_empty());
    let meta = m::GetTableMetaArgs { db_patterns: some("*"), tbl_patterns: some("v"), tbl_types: None };
    let meta = server.ok::<m::GetTableMeta>(meta);
    assert_eq!((meta[0].table_type.as_str(), meta[0].comments.as_deref()), ("VIRTUAL_VIEW", Some("hello")));
    let objects = m::GetTableObjectsByNameArgs {
        dbname: some("default"),
        tbl_names: Some(vec!["X".into(), "nix".into(), "t1".into()]),
    };
    assert_eq!(server.ok::<m::GetTableObjectsByName>(objects).len(), 2);
    let filter = |filter: &str| {
        let (dbname, filter) = (some("default"), some(filter));
        server.ok::<m::GetTableNamesByFilter>(m::GetTableNamesByFilterArgs { dbname, filter, max_tables: Some(-1) })
    };
    assert_eq!(filter("hive_filter_field_params__comment = \"hello\""), ["v"]);
    assert_eq!(filter("hive_filter_field_owner__ like \"o.*\" and hive_filter_field_last_access__ < 1").len(), 4);
}

#[test]
fn constraints_come_back_row_by_row() {
    let server = Server::new();
    let key = wire::SQLPrimaryKey {
        table_db: some("default"),
        table_name: some("p"),
        column_name: some("a"),
        key_seq: Some(1),
        pk_name: some("pk1"),
        enable_cstr: Some(false),
        validate_cstr: Some(false),
        rely_cstr: Some(true),
        cat_name: some("hive"),
    };
    let tbl = Some(table("p", &[]));
    server.ok::<m::CreateTableWithConstraints>(m::CreateTableWithConstraintsArgs {
        tbl,
        primary_keys: Some(vec![key.clone()]),
        ..Default::default()
    });
    let request = wire::PrimaryKeysRequest { db_name: "default".into(), tbl_name: "p".into(), ..Default::default() };
    let keys = m::GetPrimaryKeysArgs { request: Some(request) };
    assert_eq!(server.ok::<m::GetPrimaryKeys>(keys.clone()).primary_keys, [key]);

    server.create(table("c", &[]));
    let foreign = wire::SQLForeignKey {
        pktable_db: some("default"),
        pktable_name: some("p"),
        pkcolumn_name: some("a"),
        fktable_db: some("default"),
        fktable_name: some("c"),
        fkcolumn_name: some("a"),
        key_seq: Some(1),
        update_rule: Some(0),
        delete_rule: Some(0),
        fk_name: some("fk1"),
        pk_name: some("pk1"),
        enable_cstr: Some(false),
        validate_cstr: Some(false),
        rely_cstr: Some(false),
        cat_name: some("hive"),
    };
    let req = Some(wire::AddForeignKeyRequest { foreign_key_cols: vec![foreign.clone()] });
    server.ok::<m::AddForeignKey>(m::AddForeignKeyArgs { req });
    let request = Some(wire::ForeignKeysRequest {
        parent_db_name: some("default"),
        parent_tbl_name: some("p"),
        ..Default::default()
    });
    let found = server.ok::<m::GetForeignKeys>(m::GetForeignKeysArgs { request });
    assert_eq!(found.foreign_keys, [foreign]);
    let drop = |name: &str| m::DropConstraintArgs {
        req: Some(wire::DropConstraintRequest {
            dbname: "default".into(),
            tablename: "c".into(),
            constraintname: name.into(),
            ..Default::default()
        }),
    };
    server.ok::<m::DropConstraint>(drop("FK1"));
    assert_eq!(
        server.refused::<m::DropConstraint>(drop("fk1")),
        "NoSuchObject: The constraint: fk1 does not exist for the associated table: default.c"
    );
}
