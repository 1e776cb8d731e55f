//! What is asked for each kind of statement.

use std::sync::Arc;

use parking_lot::Mutex;
use skep_metastore::store::MetaStore;

use crate::session::authorizer::{AccessDenied, AccessRequest, Authorizer, MissingPrivileges, ObjectAction};
use crate::{Engine, EngineOptions, Session};

/// Notes what it is asked, and refuses what is done to tables called `secret`.
#[derive(Debug, Default)]
struct Noting(Mutex<Vec<String>>);

impl Authorizer for Noting {
    fn check(&self, request: &AccessRequest<'_>) -> Result<(), AccessDenied> {
        let show = |objects: &[crate::session::authorizer::PrivilegeObject]| {
            let shown = objects.iter().map(|object| {
                let mut text = format!("{}:", object.kind.name());
                if let Some(database) = &object.database {
                    text.push_str(&format!("{database}."));
                }
                text.push_str(&object.name);
                if !object.columns.is_empty() {
                    text.push_str(&format!("({})", object.columns.join(",")));
                }
                if let Some(partition) = &object.partition {
                    text.push_str(&format!("/{partition}"));
                }
                if object.action != ObjectAction::Other {
                    text.push_str(&format!("={:?}", object.action));
                }
                if !object.direct {
                    text.push('~');
                }
                text
            });
            shown.collect::<Vec<_>>().join(" ")
        };
        let (inputs, outputs) = (show(&request.inputs), show(&request.outputs));
        self.0.lock().push(format!("{} {} < {inputs} > {outputs}", request.user, request.operation));
        let secret = request.inputs.iter().chain(&request.outputs).find(|object| object.name == "secret");
        match secret {
            None => Ok(()),
            Some(object) => {
                let missing = MissingPrivileges { privileges: vec!["SELECT"], object: object.clone() };
                Err(AccessDenied::Missing(vec![missing]))
            }
        }
    }
}

struct Place {
    session: Session,
    noting: Arc<Noting>,
    _home: tempfile::TempDir,
}

impl Place {
    async fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let noting = Arc::new(Noting::default());
        let authorizer: Arc<dyn Authorizer> = Arc::clone(&noting) as _;
        let options = EngineOptions {
            home: Some(home.path().to_path_buf()),
            authorizer: Some(authorizer),
            user: Some("ann".to_string()),
            ..EngineOptions::default()
        };
        let session = Engine::open(options).unwrap().session();
        let mut place = Self { session, noting, _home: home };
        for statement in [
            "create table t (a int, b string)",
            "create table u (a int, c string)",
            "create table p (x int, y int) partitioned by (ds string)",
            "create view v as select a from t where b > 'x'",
            "create table m (a int, b int) clustered by (a) into 1 buckets stored as orc \
             tblproperties ('transactional'='true')",
        ] {
            place.session.execute(statement).await.unwrap();
        }
        place.noting.0.lock().clear();
        place
    }

    /// What is asked when the statement runs, whether it can or not.
    async fn asked(&mut self, statement: &str) -> String {
        let outcome = self.session.execute(statement).await;
        let asked: Vec<String> = std::mem::take(&mut *self.noting.0.lock());
        match asked.as_slice() {
            [one] => one.strip_prefix("ann ").unwrap().to_string(),
            other => panic!("{statement}: asked {other:?}, {:?}", outcome.err()),
        }
    }
}

#[tokio::test]
async fn queries_and_changes() {
    let mut place = Place::new().await;
    for (statement, asked) in [
        ("select 1", "QUERY <  > "),
        ("select b from t where a > 1", "QUERY < TABLE_OR_VIEW:default.t(a,b) > "),
        ("select count(*) from p where ds = '1'", "QUERY < TABLE_OR_VIEW:default.p(ds) > "),
        ("select * from v", "QUERY < TABLE_OR_VIEW:default.v TABLE_OR_VIEW:default.t(a,b)~ > "),
        (
            "select t.a from v join t on v.a = t.a where t.a in (select a from u)",
            "QUERY < TABLE_OR_VIEW:default.v TABLE_OR_VIEW:default.t(a,b) TABLE_OR_VIEW:default.u(a) > ",
        ),
        ("insert into t select a, c from u", "QUERY < TABLE_OR_VIEW:default.u(a,c) > TABLE_OR_VIEW:default.t=Insert"),
        (
            "insert overwrite table p partition (ds='1') select a, a from t",
            "QUERY < TABLE_OR_VIEW:default.t(a) > TABLE_OR_VIEW:default.p/ds=1=InsertOverwrite",
        ),
        (
            "from t insert into u select a, b insert overwrite directory '/tmp/none/x' select a where false",
            "QUERY < TABLE_OR_VIEW:default.t(a,b) > TABLE_OR_VIEW:default.u=Insert DFS_URI:/tmp/none/x",
        ),
        ("insert overwrite local directory '/proc/none' select 1", "QUERY <  > LOCAL_URI:/proc/none"),
        ("update m set b = 2 where a = 1", "QUERY < TABLE_OR_VIEW:default.m(a) > TABLE_OR_VIEW:default.m=Update"),
        ("delete from m where b = 1", "QUERY < TABLE_OR_VIEW:default.m(a,b) > TABLE_OR_VIEW:default.m=Delete"),
        (
            "load data local inpath '/no/such' into table t",
            "LOAD < LOCAL_URI:/no/such > TABLE_OR_VIEW:default.t=Insert",
        ),
        (
            "load data inpath '/no/such' overwrite into table t",
            "LOAD < DFS_URI:/no/such > TABLE_OR_VIEW:default.t=InsertOverwrite",
        ),
        ("explain select a from t", "EXPLAIN < TABLE_OR_VIEW:default.t(a) > "),
        (
            "explain insert into t select * from u",
            "EXPLAIN < TABLE_OR_VIEW:default.u(a,c) > TABLE_OR_VIEW:default.t=Insert",
        ),
    ] {
        assert_eq!(place.asked(statement).await, asked, "{statement}");
    }
    let merge = "merge into m using t on m.a = t.a when matched then delete when not matched then insert values (1, 2)";
    let asked = place.asked(merge).await;
    assert!(asked.starts_with("QUERY < ") && asked.contains("TABLE_OR_VIEW:default.t(a)"), "{asked}");
    assert!(asked.ends_with(" > TABLE_OR_VIEW:default.m=Update"), "{asked}");
}

#[tokio::test]
async fn definitions() {
    let mut place = Place::new().await;
    for (statement, asked) in [
        ("create table n (a int)", "CREATETABLE <  > DATABASE:default TABLE_OR_VIEW:default.n"),
        (
            "create external table e (a int) location '/tmp/none/e'",
            "CREATETABLE < DFS_URI:/tmp/none/e > DATABASE:default TABLE_OR_VIEW:default.e",
        ),
        (
            "create table c as select a from t",
            "CREATETABLE_AS_SELECT < TABLE_OR_VIEW:default.t(a) > DATABASE:default TABLE_OR_VIEW:default.c",
        ),
        ("create table l like t", "CREATETABLE < TABLE_OR_VIEW:default.t > DATABASE:default TABLE_OR_VIEW:default.l"),
        (
            "create view w as select c from u",
            "CREATEVIEW < TABLE_OR_VIEW:default.u(c) > DATABASE:default TABLE_OR_VIEW:default.w",
        ),
        (
            "alter view w as select a from t",
            "ALTERVIEW_AS < TABLE_OR_VIEW:default.w TABLE_OR_VIEW:default.t(a) > TABLE_OR_VIEW:default.w",
        ),
        ("drop view w", "DROPVIEW < TABLE_OR_VIEW:default.w > TABLE_OR_VIEW:default.w"),
        ("drop table n", "DROPTABLE < TABLE_OR_VIEW:default.n > TABLE_OR_VIEW:default.n"),
        ("truncate table l", "TRUNCATETABLE <  > TABLE_OR_VIEW:default.l"),
        (
            "alter table l rename to k",
            "ALTERTABLE_RENAME < TABLE_OR_VIEW:default.l > TABLE_OR_VIEW:default.l DATABASE:default TABLE_OR_VIEW:default.k",
        ),
        ("alter table k add columns (z int)", "ALTERTABLE_ADDCOLS < TABLE_OR_VIEW:default.k > TABLE_OR_VIEW:default.k"),
        (
            "alter table p add partition (ds='7') location '/tmp/none/7'",
            "ALTERTABLE_ADDPARTS < TABLE_OR_VIEW:default.p DFS_URI:/tmp/none/7 > TABLE_OR_VIEW:default.p",
        ),
        (
            "alter table p drop partition (ds='7')",
            "ALTERTABLE_DROPPARTS < TABLE_OR_VIEW:default.p > TABLE_OR_VIEW:default.p",
        ),
        ("create database d", "CREATEDATABASE <  > DATABASE:d"),
        ("alter database d set dbproperties ('a'='b')", "ALTERDATABASE <  > DATABASE:d"),
        ("use d", "SWITCHDATABASE < DATABASE:d > "),
        ("show tables", "SHOWTABLES < DATABASE:d > "),
        ("use default", "SWITCHDATABASE < DATABASE:default > "),
        ("drop database d", "DROPDATABASE < DATABASE:d > DATABASE:d"),
        ("show databases", "SHOWDATABASES <  > "),
        ("show partitions p", "SHOWPARTITIONS < TABLE_OR_VIEW:default.p > "),
        ("show create table t", "SHOW_CREATETABLE < TABLE_OR_VIEW:default.t > "),
        ("describe t", "DESCTABLE < TABLE_OR_VIEW:default.t > "),
        ("analyze table t compute statistics", "ANALYZE_TABLE < TABLE_OR_VIEW:default.t > TABLE_OR_VIEW:default.t"),
        ("msck repair table p", "MSCK <  > TABLE_OR_VIEW:default.p"),
        ("export table t to '/tmp/none/e'", "EXPORT < TABLE_OR_VIEW:default.t > DFS_URI:/tmp/none/e"),
        ("import table i from '/no/such'", "IMPORT < DFS_URI:/no/such > DATABASE:default TABLE_OR_VIEW:default.i"),
        ("create temporary macro sq (x int) x * x", "CREATEMACRO <  > FUNCTION:sq"),
        ("create function f as 'org.x.Y'", "CREATEFUNCTION <  > FUNCTION:default.f"),
        ("drop function f", "DROPFUNCTION < FUNCTION:default.f > FUNCTION:default.f"),
        ("grant select on table t to user bob", "GRANT_PRIVILEGE <  > TABLE_OR_VIEW:default.t"),
        ("create role r", "CREATEROLE <  > "),
        ("set hive.exec.parallel=true", "SET < COMMAND_PARAMS:hive.exec.parallel=true > "),
        ("dfs -ls /", "DFS < COMMAND_PARAMS:-ls / > "),
    ] {
        let seen = place.asked(statement).await;
        assert_eq!(seen, asked, "{statement}");
    }
}

#[tokio::test]
async fn temporary_tables_are_not_asked_about_and_locked_ones_are_waited_for() {
    let mut place = Place::new().await;
    place.session.execute("create temporary table own (a int)").await.unwrap();
    assert_eq!(place.noting.0.lock().split_off(0), ["ann CREATETABLE <  > "]);
    assert_eq!(
        place.asked("select own.a from own join t on own.a = t.a").await,
        "QUERY < TABLE_OR_VIEW:default.t(a) > "
    );
    assert_eq!(place.asked("insert into own select a from u").await, "QUERY < TABLE_OR_VIEW:default.u(a) > ");
    let mut holder = place.session.engine().session();
    place.session.execute("set hive.support.concurrency=true").await.unwrap();
    holder.execute("set hive.support.concurrency=true").await.unwrap();
    holder.execute("lock table t exclusive").await.unwrap();
    // Reading what another has locked waits, with an authorizer as without.
    let (read, ()) = tokio::join!(place.session.execute("insert into u select a, b from t"), async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        holder.execute("unlock table t").await.unwrap();
    });
    read.unwrap();
}

#[tokio::test]
async fn what_is_refused_does_nothing_and_says_so_in_hives_words() {
    let mut place = Place::new().await;
    let error = place.session.execute("create table secret (a int)").await.unwrap_err();
    let text = error.to_string();
    let says = "FAILED: HiveAccessControlException Permission denied: Principal [name=ann, type=USER] does not have \
                following privileges for operation CREATETABLE [[SELECT] on Object [type=TABLE_OR_VIEW, \
                name=default.secret]]";
    assert_eq!(text, says);
    assert_eq!(error.sqlstate(), "42000");
    let left = place.session.catalog().table_names("default", None, None).unwrap();
    assert!(!left.contains(&"secret".to_string()), "{left:?}");
    // A prepared statement is asked about when it runs, as what it is.
    place.noting.0.lock().clear();
    place.session.execute("prepare q from select a from t where a = ?").await.unwrap();
    assert_eq!(place.asked("execute q using 1").await, "QUERY < TABLE_OR_VIEW:default.t(a) > ");
}
