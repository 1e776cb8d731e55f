use super::{ok, refused};
use crate::parser::ast::{Insert, InsertTarget, Statement};

fn insert(text: &str) -> Insert {
    match ok(text) {
        Statement::Insert(insert) => insert,
        other => panic!("{other:?}"),
    }
}

#[test]
fn plain_inserts() {
    let statement = insert("insert into table db.t partition (ds='1', hr) (a, b) values (1, 'x'), (2, 'y')");
    assert!(statement.from.is_none());
    let InsertTarget::Table(target) = &statement.branches[0].target else { panic!() };
    assert_eq!(target.table.to_string(), "db.t");
    let values = &target.partition.as_ref().unwrap().values;
    assert_eq!(values[0].value.as_ref().unwrap().value.text().as_deref(), Some("1"));
    assert!(values[1].value.is_none() && !target.overwrite);
    assert_eq!(target.columns.len(), 2);
    assert_eq!(statement.branches[0].query.to_string(), "VALUES (1, 'x'), (2, 'y')");

    let statement = insert("insert overwrite table t partition (ds='1') if not exists select * from u");
    let InsertTarget::Table(target) = &statement.branches[0].target else { panic!() };
    assert!(target.overwrite && target.if_not_exists);
    insert("insert into t (select 1)");
    insert("insert into t ((select 1) union all (select 2))");
    insert("with q as (select 1 a) insert into t select * from q");
    insert("insert into t with q as (select 1 a) select * from q");
}

#[test]
fn inserts_into_folders() {
    let text =
        "insert overwrite local directory '/x' row format delimited fields terminated by ',' stored as orc select 1";
    let InsertTarget::Directory(target) = insert(text).branches.remove(0).target else { panic!() };
    assert!(target.local && target.row_format.is_some() && target.file_format.is_some());
    assert_eq!(target.path, "/x");
    refused("insert into directory '/x' select 1");
}

#[test]
fn several_inserts_of_one_source() {
    let statement = insert(
        "with q as (select 1 a) from q join r on q.a = r.a
         insert overwrite table t select a where a > 1 distribute by a
         insert into table u partition (ds) select a, count(*) lateral view explode(x) e as y group by a limit 3
         insert overwrite directory '/x' select distinct a",
    );
    assert!(statement.with.is_some());
    assert_eq!(statement.from.as_ref().unwrap()[0].joins.len(), 1);
    assert_eq!(statement.branches.len(), 3);
    assert_eq!(statement.branches[1].lateral_views.len(), 1);
    assert_eq!(statement.branches[0].query.to_string(), "SELECT a WHERE a > 1 DISTRIBUTE BY a");
    assert_eq!(statement.branches[1].query.to_string(), "SELECT a, count(*) GROUP BY a LIMIT 3");
    assert_eq!(statement.branches[2].span.start.line, 4);
    refused("from t insert into u select a select b");
    refused("from t insert into u select a union all select b");
}

#[test]
fn loads() {
    let Statement::LoadData(load) = ok("load data local inpath '/a b' overwrite into table t partition (ds=1)") else {
        panic!()
    };
    assert!(load.local && load.overwrite && load.partition.is_some());
    assert_eq!(load.path, "/a b");
    ok("load data inpath 'x' into table t inputformat 'a' serde 'b'");
    refused("load data inpath x into table t");
}
