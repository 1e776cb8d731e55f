//! What is told of constraints, of statistics, of tables that are emptied, and of databases that go with all in them.

use super::*;
use serde_json::{Value, json};

fn statistics(bit_vectors: &[u8]) -> wire::ColumnStatistics {
    wire::ColumnStatistics {
        stats_desc: wire::ColumnStatisticsDesc {
            is_tbl_level: true,
            db_name: "default".into(),
            table_name: "t".into(),
            last_analyzed: Some(5),
            ..Default::default()
        },
        stats_obj: vec![wire::ColumnStatisticsObj {
            col_name: "a".into(),
            col_type: "int".into(),
            stats_data: wire::ColumnStatisticsData::LongStats(wire::LongColumnStatsData {
                low_value: Some(-1),
                high_value: Some(9),
                num_nulls: 0,
                num_dvs: 4,
                bit_vectors: Some(bit_vectors.to_vec()),
                histogram: Some(vec![1, 2, 3]),
            }),
        }],
        ..Default::default()
    }
}

/// JSON within a text of JSON.
fn within(text: &Value) -> Value {
    serde_json::from_str(text.as_str().unwrap()).unwrap()
}

#[test]
fn of_statistics_with_what_hive_keeps_beside_them() {
    let server = Server::new();
    server.create(table("t", &[]));
    let told = statistics(b"HLL\x02");
    let request =
        wire::SetPartitionsStatsRequest { col_stats: vec![told.clone()], write_id: Some(3), ..Default::default() };
    let args = m::UpdateTableColumnStatisticsReqArgs { req: Some(request) };
    assert!(server.ok::<m::UpdateTableColumnStatisticsReq>(args).result);
    let (kind, message) = server.told();
    assert_eq!(kind, "UPDATE_TBL_COL_STAT_EVENT");
    assert_eq!((&message["writeId"], &message["database"]), (&json!(3), &json!("default")));
    assert_eq!(message["parameters"]["COLUMN_STATS_ACCURATE"], json!(r#"{"COLUMN_STATS":{"a":"true"}}"#));
    let figures = &within(&message["colStatsJson"])["2"]["lst"][2]["3"]["rec"]["2"]["rec"];
    assert_eq!(
        *figures,
        json!({
            "1": {"i64": -1}, "2": {"i64": 9}, "3": {"i64": 0}, "4": {"i64": 4}, "5": {"str": "SExMAg"}, "6": {"str": "AQID"},
        })
    );
    let asked = wire::TableStatsRequest {
        db_name: "default".into(),
        tbl_name: "t".into(),
        col_names: vec!["a".into()],
        ..Default::default()
    };
    let given = server.ok::<m::GetTableStatisticsReq>(m::GetTableStatisticsReqArgs { request: Some(asked) });
    assert_eq!(given.table_stats, told.stats_obj);
    server.ok::<m::DeleteTableColumnStatistics>(m::DeleteTableColumnStatisticsArgs {
        db_name: some("default"),
        tbl_name: some("t"),
        col_name: some("a"),
        engine: some("hive"),
    });
    let (kind, message) = server.told();
    assert_eq!((kind.as_str(), &message["colName"]), ("DELETE_TBL_COL_STAT_EVENT", &json!("a")));
}

#[test]
fn of_constraints() {
    let server = Server::new();
    server.create(table("t", &[]));
    let key = wire::SQLPrimaryKey {
        table_db: some("default"),
        table_name: some("t"),
        column_name: some("a"),
        key_seq: Some(1),
        pk_name: some("pk1"),
        rely_cstr: Some(true),
        ..Default::default()
    };
    let req = Some(wire::AddPrimaryKeyRequest { primary_key_cols: vec![key] });
    server.ok::<m::AddPrimaryKey>(m::AddPrimaryKeyArgs { req });
    let (kind, message) = server.told();
    assert_eq!(kind, "ADD_PRIMARYKEY");
    let row = within(&message["primaryKeyListJson"][0]);
    assert_eq!((&row["5"], &row["8"]), (&json!({"str": "pk1"}), &json!({"tf": 1})));
    let reference = wire::SQLForeignKey {
        pktable_db: some("default"),
        pktable_name: some("t"),
        pkcolumn_name: some("a"),
        fktable_db: some("default"),
        fktable_name: some("c"),
        fkcolumn_name: some("a"),
        key_seq: Some(1),
        fk_name: some("fk1"),
        ..Default::default()
    };
    let not_null = wire::SQLNotNullConstraint {
        table_db: some("default"),
        table_name: some("c"),
        column_name: some("b"),
        nn_name: some("nn1"),
        ..Default::default()
    };
    server.ok::<m::CreateTableWithConstraints>(m::CreateTableWithConstraintsArgs {
        tbl: Some(table("c", &[])),
        foreign_keys: Some(vec![reference]),
        not_null_constraints: Some(vec![not_null]),
        ..Default::default()
    });
    let events = server.events();
    let last: Vec<(&str, Option<&str>)> =
        events.iter().rev().take(3).map(|event| (event.event_type.as_str(), event.table_name.as_deref())).collect();
    // A foreign key is told of under the table that it refers to, as in Hive.
    let expected = [("ADD_NOTNULLCONSTRAINT", Some("c")), ("ADD_FOREIGNKEY", Some("t")), ("CREATE_TABLE", Some("c"))];
    assert_eq!(last, expected);
    let message: Value = serde_json::from_str(&events[events.len() - 2].message).unwrap();
    assert_eq!(within(&message["foreignKeyListJson"][0])["11"], json!({"str": "pk1"}));
    let req = wire::DropConstraintRequest {
        dbname: "default".into(),
        tablename: "c".into(),
        constraintname: "nn1".into(),
        ..Default::default()
    };
    server.ok::<m::DropConstraint>(m::DropConstraintArgs { req: Some(req) });
    let (kind, message) = server.told();
    assert_eq!((kind.as_str(), &message["constraintName"]), ("DROP_CONSTRAINT", &json!("nn1")));
}

#[test]
fn of_a_table_that_is_emptied() {
    let server = Server::new();
    server.create(table("t", &[]));
    let args = m::TruncateTableArgs { db_name: some("default"), table_name: some("t"), part_names: None };
    server.ok::<m::TruncateTable>(args);
    let (kind, message) = server.told();
    assert_eq!((kind.as_str(), &message["isTruncateOp"]), ("ALTER_TABLE", &json!("true")));
    server.create(table("p", &[("ds", "string")]));
    server.ok::<m::AddPartition>(m::AddPartitionArgs { new_part: Some(partition("p", &["1"])) });
    let args = m::TruncateTableArgs { db_name: some("default"), table_name: some("p"), part_names: None };
    server.ok::<m::TruncateTable>(args);
    let (kind, message) = server.told();
    assert_eq!((kind.as_str(), &message["isTruncateOp"]), ("ALTER_PARTITION", &json!("true")));
}

#[test]
fn of_a_database_with_all_that_is_in_it() {
    let server = Server::new();
    let database = Some(wire::Database { name: some("d"), ..Default::default() });
    server.ok::<m::CreateDatabase>(m::CreateDatabaseArgs { database });
    for name in ["a", "b"] {
        server.create(wire::Table { db_name: some("d"), ..table(name, &[]) });
    }
    let outside = server.folder.path().join("outside");
    let mut elsewhere = wire::Table { db_name: some("d"), ..table("e", &[]) };
    elsewhere.sd.as_mut().unwrap().location = Some(format!("file:{}", outside.display()));
    server.create(elsewhere);
    assert!(outside.is_dir());
    let before = server.events().len();
    let args = m::DropDatabaseArgs { name: some("d"), delete_data: Some(true), cascade: Some(true) };
    server.ok::<m::DropDatabase>(args);
    let kinds: Vec<String> = server.events().drain(before..).map(|event| event.event_type).collect();
    assert_eq!(kinds, ["DROP_TABLE", "DROP_TABLE", "DROP_TABLE", "DROP_DATABASE"]);
    assert!(!outside.exists() && !server.path("d.db").exists());
}
