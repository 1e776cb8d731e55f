use super::{ok, refused};
use crate::parser::ast::{
    AlterTableAction, AlterViewAction, ComparisonOperator, CreateTable, FileFormat, LikeSource, PartitionedBy,
    RowFormat, Statement, TableConstraintKind,
};

fn create(text: &str) -> CreateTable {
    match ok(text) {
        Statement::CreateTable(create) => create,
        other => panic!("{other:?}"),
    }
}

fn alter(text: &str) -> AlterTableAction {
    match ok(&format!("alter table t {text}")) {
        Statement::AlterTable(alter) => alter.action,
        other => panic!("{other:?}"),
    }
}

#[test]
fn databases() {
    let text = "create schema if not exists d comment 'c' location 'l' managedlocation 'm' with dbproperties ('a'='b')";
    let Statement::CreateDatabase(create) = ok(text) else { panic!() };
    assert!(create.if_not_exists);
    assert_eq!(create.managed_location.as_deref(), Some("m"));
    assert_eq!((create.properties[0].key.as_str(), create.properties[0].value.as_str()), ("a", "b"));
    for text in [
        "drop database if exists d cascade",
        "alter database d set dbproperties ('a'='b')",
        "alter schema d set owner user u",
        "alter database d set location 'x'",
        "use default",
    ] {
        ok(text);
    }
    refused("create database");
    refused("create database d location x");
}

#[test]
fn a_table_with_all_clauses() {
    let table = create(
        "create external table if not exists db.t (
            a int not null enable rely comment 'first', `b c` map<string, array<struct<x: int, y:decimal(10,2)>>>,
            key string default 'x', primary key (a) disable novalidate, constraint f foreign key (a) references u (b) disable
         ) comment 'c' partitioned by (ds string comment 'day', hr int)
         clustered by (a, key) sorted by (a desc, key) into 8 buckets
         skewed by (a, key) on ((1, 'x'), (2, 'y')) stored as directories
         row format delimited fields terminated by '\\001' escaped by '\\\\' collection items terminated by ','
            map keys terminated by ':' lines terminated by '\\n' null defined as 'N'
         stored as textfile location '/x' tblproperties ('a'='b', \"c\"=\"d\")",
    );
    assert!(table.kind.external && table.if_not_exists);
    assert_eq!(table.columns[1].ty.to_string(), "map<string,array<struct<x:int,y:decimal(10,2)>>>");
    assert_eq!(table.columns[0].comment.as_deref(), Some("first"));
    assert_eq!(table.columns[0].constraints.len(), 1);
    assert_eq!(table.constraints.len(), 2);
    assert!(matches!(table.constraints[0].kind, TableConstraintKind::PrimaryKey(_)));
    assert!(matches!(&table.partitioned_by, PartitionedBy::Columns(columns) if columns.len() == 2));
    let clustered = table.clustered_by.unwrap();
    assert_eq!(clustered.buckets, 8);
    assert!(!clustered.sorted_by[0].ascending && clustered.sorted_by[1].ascending);
    assert_eq!(table.skewed_by.unwrap().values.len(), 2);
    let Some(RowFormat::Delimited(format)) = table.row_format else { panic!() };
    assert_eq!(format.fields.as_deref(), Some("\u{1}"));
    assert_eq!(format.escape.as_deref(), Some("\\"));
    assert_eq!(table.file_format, Some(FileFormat::Name("textfile".into())));
    assert_eq!(table.properties[1].value, "d");
}

#[test]
fn other_forms_of_tables() {
    let table = create("create temporary table t stored as orc as select 1 a ");
    assert_eq!(table.query.unwrap().text, "select 1 a");
    assert!(table.kind.temporary);
    let table = create("create table t partitioned by (a, b) as with q as (select 1 a, 2 b, 3 c) select * from q");
    assert!(matches!(table.partitioned_by, PartitionedBy::Names(names) if names.len() == 2));
    let table = create(
        "create table t (a int) row format serde 's' with serdeproperties ('a'='b') stored as inputformat 'i' outputformat 'o'",
    );
    assert!(matches!(table.file_format, Some(FileFormat::Classes { .. })));
    let table = create("create table t (a int) stored by 'handler' with serdeproperties ('a'='b')");
    assert!(matches!(table.file_format, Some(FileFormat::Handler { .. })));
    create("create transactional table t (a int)");
    create("create managed table t (a int)");
    create("create table t (a uniontype<int,string>, b timestamp with local time zone, c double precision, d char(3))");
    let Statement::CreateTableLike(like) = ok("create external table a like b.c stored as orc location 'x'") else {
        panic!()
    };
    assert!(matches!(like.source, LikeSource::Table(_)));
    for text in [
        "create table t (a int) location 'x' comment 'y'",
        "create table t (`a.b` int)",
        "create table t (a)",
        "create table t (a text)",
        "create table t (a decimal(39,1))",
        "create table select (a int)",
        "create table t (a int,)",
        "create table t (a int) clustered by (a) into x buckets",
    ] {
        refused(text);
    }
    ok("drop table if exists db.t purge");
    ok("truncate table t partition (ds='1') columns (a, b) force");
}

#[test]
fn changes_of_tables() {
    for text in [
        "rename to db.u",
        "change column a b int comment 'x' first cascade",
        "change a b bigint after c restrict",
        "replace columns (a int, b string comment 'x') cascade",
        "set tblproperties ('a'='b')",
        "unset tblproperties if exists ('a', 'b')",
        "set serde 's' with serdeproperties ('a'='b')",
        "partition (ds='1') set serdeproperties ('a'='b')",
        "unset serdeproperties ('a')",
        "partition (ds='1') set location 'x'",
        "set fileformat orc",
        "set fileformat inputformat 'i' outputformat 'o' serde 's'",
        "clustered by (a) sorted by (b) into 4 buckets",
        "not clustered",
        "not sorted",
        "into 4 buckets",
        "skewed by (a) on (1, 2)",
        "not skewed",
        "set skewed location (1='x', (1, 2)='y')",
        "partition (ds='1') rename to partition (ds='2')",
        "exchange partition (ds='1') with table u",
        "touch",
        "touch partition (ds='1')",
        "archive partition (ds='1')",
        "partition (ds='1') concatenate",
        "compact 'major' and wait",
        "update statistics for column a set ('numDVs'='1')",
        "partition (ds='1') add columns (x int)",
        "partition column (ds int)",
        "add constraint c primary key (a) disable novalidate",
        "drop constraint c",
        "set owner role r",
    ] {
        alter(text);
    }
    let AlterTableAction::AddPartitions { if_not_exists, partitions } =
        alter("add if not exists partition (ds='1', hr=2) location 'x' partition (ds=date '2024-01-01', hr=-1)")
    else {
        panic!()
    };
    assert!(if_not_exists);
    assert_eq!(partitions[0].location.as_deref(), Some("x"));
    let value = |i: usize| partitions[1].partition.values[i].value.as_ref().unwrap().value.text().unwrap();
    assert_eq!((value(0).as_str(), value(1).as_str()), ("2024-01-01", "-1"));
    let AlterTableAction::DropPartitions { partitions, purge, .. } =
        alter("drop if exists partition (ds < '1', hr != 2), partition (ds = '3') purge")
    else {
        panic!()
    };
    assert!(purge);
    assert_eq!(partitions[0][0].operator, ComparisonOperator::Less);
    assert_eq!(partitions.len(), 2);
    for text in ["add partition (ds='1'), partition (ds='2')", "add columns a int", "archive partition ()", "set", ""] {
        refused(&format!("alter table t {text}"));
    }
}

#[test]
fn views() {
    let text =
        "create or replace view v (a comment 'x', b) comment 'y' tblproperties ('a'='b') as select 1, 2 from t ;";
    let Statement::CreateView(view) = ok(text) else { panic!() };
    assert!(view.or_replace);
    assert_eq!(view.columns[0].comment.as_deref(), Some("x"));
    assert_eq!(view.query.text, "select 1, 2 from t");
    ok("create view if not exists v partitioned on (a) as select 1 a");
    ok("drop view if exists db.v");
    let Statement::AlterView(view) = ok("alter view v as select 2") else { panic!() };
    assert!(matches!(view.action, AlterViewAction::As(_)));
    for text in ["rename to w", "set tblproperties ('a'='b')", "unset tblproperties ('a')", "add partition (a=1)"] {
        ok(&format!("alter view v {text}"));
    }
}

#[test]
fn functions_and_macros() {
    let Statement::CreateFunction(function) = ok("create temporary function db.f as 'c' using jar 'a', file 'b'")
    else {
        panic!()
    };
    assert!(function.temporary);
    assert_eq!(function.resources.len(), 2);
    ok("drop function if exists f");
    ok("reload functions");
    let Statement::CreateMacro(made) = ok("create temporary macro m(x int, y string) concat(x, y) || 'z'") else {
        panic!()
    };
    assert_eq!(made.arguments.len(), 2);
    assert_eq!(made.body.text, "concat(x, y) || 'z'");
    ok("create temporary macro one() 1");
    ok("drop temporary macro if exists m");
}
