use sqlparser::ast::{Expr, SelectItem, SetExpr, TableFactor};

use super::{ok, refused, sql};
use crate::parser::ast::{Statement, Transform};
use crate::parser::{ParseOptions, parse_query, parse_with};

#[test]
fn queries_become_plain_ones() {
    for (text, written) in [
        ("select a, b c, d as e from t", "SELECT a, b AS c, d AS e FROM t"),
        (
            "select distinct a from db.t x where a > 1 group by a having a > 2 order by a desc nulls last limit 3",
            "SELECT DISTINCT a FROM db.t x WHERE a > 1 GROUP BY a HAVING a > 2 ORDER BY a DESC NULLS LAST LIMIT 3",
        ),
        ("select * from t limit 10, 20", "SELECT * FROM t LIMIT 20 OFFSET 10"),
        ("select * from t limit 20 offset 10", "SELECT * FROM t LIMIT 20 OFFSET 10"),
        ("select a from t distribute by a sort by (b desc, c)", "SELECT a FROM t DISTRIBUTE BY a SORT BY b DESC, c"),
        (
            "select a from t group by a having a > 1 cluster by a",
            "SELECT a FROM t GROUP BY a CLUSTER BY a HAVING a > 1",
        ),
        ("from t select a where a > 1 order by a", "FROM t SELECT a WHERE a > 1 ORDER BY a"),
        ("select a from (from t select a) x", "SELECT a FROM (FROM t SELECT a) x"),
        ("select 1 union select 2 union all select 3", "SELECT 1 UNION SELECT 2 UNION ALL SELECT 3"),
        ("select 1 minus select 2 intersect select 3", "SELECT 1 EXCEPT SELECT 2 INTERSECT SELECT 3"),
        ("(select 1 limit 1) union all (select 2) order by 1", "(SELECT 1 LIMIT 1) UNION ALL (SELECT 2) ORDER BY 1"),
        (
            "select a from t union all select a from u sort by a",
            "SELECT * FROM (SELECT a FROM t UNION ALL SELECT a FROM u) AS `__u1` SORT BY a",
        ),
        (
            "with q as (select 1), r as (select * from q) select * from r",
            "WITH q AS (SELECT 1), r AS (SELECT * FROM q) SELECT * FROM r",
        ),
        ("select * from a, b c join d on a.x = d.x", "SELECT * FROM a CROSS JOIN b c INNER JOIN d ON a.x = d.x"),
        (
            "select * from a left join b using (x, y) right outer join c on true full join d on false left semi join e on a.x = e.x",
            "SELECT * FROM a LEFT OUTER JOIN b USING(x, y) RIGHT OUTER JOIN c ON true FULL JOIN d ON false LEFT SEMI JOIN e ON a.x = e.x",
        ),
        (
            "select * from table(values (1, 'a'), (2, 'b')) as t(x, y)",
            "SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS t (x, y)",
        ),
        ("select * from (a join b on a.x = b.x) join c", "SELECT * FROM (a INNER JOIN b ON a.x = b.x) INNER JOIN c"),
        ("select a, count(*) from t group by a, b with rollup", "SELECT a, count(*) FROM t GROUP BY a, b WITH ROLLUP"),
        (
            "select a from t group by a, b grouping sets ((a, b), a, ())",
            "SELECT a FROM t GROUP BY a, b GROUPING SETS ((a, b), (a), ())",
        ),
        ("select a from t group by cube(a, b)", "SELECT a FROM t GROUP BY CUBE (a, b)"),
        (
            "select rank() over w from t window w as (partition by a), w2 as w",
            "SELECT rank() OVER w FROM t WINDOW w AS (PARTITION BY a), w2 AS w",
        ),
        (
            "select a from t tablesample(bucket 1 out of 4 on rand()) s",
            "SELECT a FROM t TABLESAMPLE (BUCKET 1 OUT OF 4 ON rand()) s",
        ),
        (
            "select a from t tablesample(10 percent), u tablesample(100M) x",
            "SELECT a FROM t TABLESAMPLE (10 PERCENT) CROSS JOIN u TABLESAMPLE (100M) x",
        ),
        ("select explode(m) as (k, v) from t", "SELECT explode(m) AS (k, v) FROM t"),
        ("select t.*, db.t.* from t", "SELECT t.*, db.t.* FROM t"),
        ("select `(a|b)?+.+` from t", "SELECT `(a|b)?+.+` FROM t"),
        (
            "select * from noop(on part p partition by a order by b arg1('x')) q",
            "SELECT * FROM noop((SELECT * FROM part p DISTRIBUTE BY a SORT BY b), arg1('x')) q",
        ),
    ] {
        assert_eq!(sql(text), written, "{text}");
    }
}

#[test]
fn words_that_are_not_reserved_are_names() {
    ok(
        "select year, month as day, key, value, comment, location, limit.x, sort, cluster from data file where format = 1",
    );
    ok("select a limit from t");
    ok("select a sort from t sort");
    assert_eq!(sql("select a from t limit 1"), "SELECT a FROM t LIMIT 1");
    assert_eq!(sql("select a from t sort by a"), "SELECT a FROM t SORT BY a");
}

#[test]
fn lateral_views_are_joins() {
    for (text, written) in [
        ("lateral view explode(x) e as a", "t CROSS JOIN LATERAL explode(x) AS e (a)"),
        (
            "lateral view outer explode(m) e as k, v lateral view f(v) g",
            "t LEFT OUTER JOIN LATERAL explode(m) AS e (k, v) ON true CROSS JOIN LATERAL f(v) AS g",
        ),
        (
            "lateral view explode(x) e as a join u on a = u.b",
            "t CROSS JOIN LATERAL explode(x) AS e (a) INNER JOIN u ON a = u.b",
        ),
        (
            "join u lateral view explode(u.x) e as a on t.b = a",
            "t INNER JOIN (u CROSS JOIN LATERAL explode(u.x) AS e (a)) ON t.b = a",
        ),
        (", lateral view explode(x) e as a", "t CROSS JOIN LATERAL explode(x) AS e (a)"),
        (
            "join u on t.a = u.a lateral view explode(x) e as b",
            "t INNER JOIN u ON t.a = u.a CROSS JOIN LATERAL explode(x) AS e (b)",
        ),
    ] {
        assert_eq!(sql(&format!("select * from t {text}")), format!("SELECT * FROM {written}"), "{text}");
    }
    refused("select * from t lateral view explode(x) as a");
    let Statement::Query(query) = ok("select * from t lateral view explode(x) e") else { panic!() };
    let SetExpr::Select(select) = *query.query.body else { panic!() };
    assert!(matches!(&select.from[0].joins[0].relation, TableFactor::Function { lateral: true, .. }));
}

#[test]
fn scripts_keep_their_clauses() {
    for text in [
        "select transform(a, b) row format delimited fields terminated by '\\t' using 'cat' as (x int, y) row format serde 's' from t",
        "select * from (from t map a, b using 'cat' as x int, y cluster by x) q",
        "from t reduce t.* using 'cat' as x, y where a > 1",
    ] {
        ok(text);
    }
    let Statement::Query(query) = ok("select transform(a, b) using 'cat' as (x int, y) from t") else { panic!() };
    let SetExpr::Select(select) = *query.query.body else { panic!() };
    let [SelectItem::UnnamedExpr(Expr::Function(function))] = select.projection.as_slice() else { panic!() };
    let transform = Transform::of(function).unwrap().unwrap();
    assert_eq!(transform.script, "cat");
    assert_eq!(transform.columns[0].ty.as_ref().unwrap().to_string(), "int");
    assert_eq!(transform.columns[1].ty, None);
}

#[test]
fn hints_are_kept() {
    let Statement::Query(query) = ok("select /*+ MAPJOIN(b) */ * from a join b") else { panic!() };
    let SetExpr::Select(select) = *query.query.body else { panic!() };
    assert_eq!(select.optimizer_hints[0].text, "MAPJOIN(b)");
}

#[test]
fn what_hive_refuses() {
    for text in [
        "select a from t sort by a union all select b from t",
        "select a from t cluster by a order by a",
        "select a from t limit 1 union all select 2",
        "select a from (select 1)",
        "select * from t where",
        "select * from a, b on a.x = b.x",
        "select rank() over w from t order by a window w as (order by a)",
        "select * from (insert overwrite table x select 1) t",
        "select 1; select 2",
        "",
        ";",
    ] {
        refused(text);
    }
}

#[test]
fn places_are_kept() {
    let Statement::Query(query) = ok("select 1\nfrom  x.`Y z`") else { panic!() };
    let SetExpr::Select(select) = *query.query.body else { panic!() };
    let TableFactor::Table { name, .. } = &select.from[0].relation else { panic!() };
    let span = name.0[1].as_ident().unwrap().span;
    assert_eq!((span.start.line, span.start.column), (2, 9));
    assert_eq!(parse_query(" select 1 ;").unwrap().text, "select 1");
}

#[test]
fn double_quotes_make_names_on_demand() {
    let options = ParseOptions { double_quotes_are_names: true };
    let Statement::Query(query) = parse_with("select \"a\"\"b\", 'c' from \"t/x\"", options).unwrap() else { panic!() };
    assert_eq!(query.query.to_string(), "SELECT `a\"b`, 'c' FROM `t/x`");
}
