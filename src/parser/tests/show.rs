use super::{ok, refused};
use crate::parser::ast::{AnalyzeScope, Describe, DescribeStyle, ExplainOption, MsckAction, Show, Statement};

#[test]
fn shows() {
    let pattern = |text: &str| match ok(text) {
        Statement::Show(Show::Tables { database, pattern, .. }) => (database.map(|d| d.value), pattern),
        other => panic!("{other:?}"),
    };
    let some = |text: &str| Some(text.to_string());
    assert_eq!(pattern("show tables"), (None, None));
    assert_eq!(pattern("show tables in d like 'a*|b'"), (some("d"), some("a*|b")));
    assert_eq!(pattern("show tables \"x\";"), (None, some("x")));
    for text in [
        "show databases like 'x'",
        "show extended tables",
        "show tables where table_type = 'EXTERNAL_TABLE'",
        "show views in d like '*'",
        "show columns in t from d like 'a*'",
        "show functions like 'x*'",
        "show functions",
        "show partitions db.t partition (ds='1', hr)",
        "show partitions t where ds > '1' order by hr desc limit 3",
        "show create table db.t",
        "show create database d",
        "show table extended in d like 'x' partition (ds='1')",
        "show tblproperties t ('a')",
        "show locks t partition (ds='1') extended",
        "show locks",
        "show conf 'a.b'",
        "show current roles",
    ] {
        ok(text);
    }
    for text in ["show", "show x", "show tables join", "show columns", "show table t"] {
        refused(text);
    }
}

#[test]
fn describes() {
    let table = |text: &str| match ok(text) {
        Statement::Describe(Describe::Table(table)) => table,
        other => panic!("{other:?}"),
    };
    assert_eq!(table("desc t").style, DescribeStyle::Plain);
    assert_eq!(table("describe formatted db.t").style, DescribeStyle::Formatted);
    assert_eq!(table("describe formatted").table.name.value, "formatted");
    let described = table("desc extended t partition (ds='1') a.$elem$.b");
    assert!(described.partition.is_some());
    let path: Vec<_> = described.column.iter().map(|part| part.value.as_str()).collect();
    assert_eq!(path, ["a", "$elem$", "b"]);
    for (text, name) in [("f", "f"), ("db.f", "db.f"), ("+", "+"), ("'<=>'", "<=>"), ("between", "between")] {
        let Statement::Describe(Describe::Function { name: found, .. }) = ok(&format!("desc function extended {text}"))
        else {
            panic!()
        };
        assert_eq!(found, name);
    }
    ok("describe schema extended d");
    refused("describe t1.t2.t3");
}

#[test]
fn explains() {
    let Statement::Explain(explain) = ok("explain vectorization only detail formatted select 1") else { panic!() };
    assert_eq!(explain.options, [ExplainOption::Vectorization, ExplainOption::Formatted]);
    assert_eq!(explain.text, "select 1");
    let Statement::Explain(explain) = ok("explain analyze analyze table t compute statistics") else { panic!() };
    assert_eq!(explain.options, [ExplainOption::Analyze]);
    ok("explain cbo joincost insert into t values (1)");
    ok("explain extended drop table t");
    refused("explain");
}

#[test]
fn statistics_and_repairs() {
    let scope = |text: &str| match ok(&format!("analyze table t {text}")) {
        Statement::AnalyzeTable(analyze) => analyze.scope,
        other => panic!("{other:?}"),
    };
    assert_eq!(scope("compute statistics"), AnalyzeScope::Full);
    assert_eq!(scope("partition (ds, hr='1') compute statistics noscan"), AnalyzeScope::NoScan);
    assert!(matches!(scope("compute statistics for columns a, b"), AnalyzeScope::Columns(c) if c.len() == 2));
    let Statement::Msck(msck) = ok("msck repair table t sync partitions (p like 'c%', q > 1)") else { panic!() };
    assert_eq!((msck.action, msck.filter[0].len()), (MsckAction::Sync, 2));
    ok("msck table t");
    ok("msck repair table t drop partitions");
}
