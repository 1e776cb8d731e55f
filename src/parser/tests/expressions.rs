use super::{refused, sql};

/// The only expression of a `SELECT`, with every operator in brackets.
fn grouped(text: &str) -> String {
    use sqlparser::ast::{Expr, SelectItem, SetExpr};
    fn show(expr: &Expr) -> String {
        match expr {
            Expr::BinaryOp { left, op, right } => format!("({} {op} {})", show(left), show(right)),
            Expr::UnaryOp { op, expr } => format!("({op} {})", show(expr)),
            Expr::IsNull(expr) => format!("({} IS NULL)", show(expr)),
            Expr::Like { expr, pattern, .. } => format!("({} LIKE {})", show(expr), show(pattern)),
            Expr::Between { expr, low, high, .. } => {
                format!("({} BETWEEN {} AND {})", show(expr), show(low), show(high))
            }
            other => other.to_string(),
        }
    }
    let super::Statement::Query(query) = super::ok(&format!("SELECT {text}")) else { panic!() };
    let SetExpr::Select(select) = *query.query.body else { panic!() };
    let [SelectItem::UnnamedExpr(expr)] = select.projection.as_slice() else { panic!("{text}") };
    show(expr)
}

#[test]
fn operators_bind_as_in_hive() {
    for (text, groups) in [
        ("a + b * c", "(a + (b * c))"),
        ("a - b - c", "((a - b) - c)"),
        ("a ^ b * 2", "((a ^ b) * 2)"),
        ("a || b + c", "(a || (b + c))"),
        ("a | b & c || d", "(a | (b & (c || d)))"),
        ("a = b < c", "(a = (b < c))"),
        ("a = b = c", "((a = b) = c)"),
        ("a + b IS NULL", "(a + (b IS NULL))"),
        ("- a IS NULL", "((- a) IS NULL)"),
        ("NOT a = b AND c", "((NOT (a = b)) AND c)"),
        ("! a = b", "(NOT (a = b))"),
        ("a OR b AND c", "(a OR (b AND c))"),
        ("a AND b OR c", "((a AND b) OR c)"),
        ("a LIKE b || c", "(a LIKE (b || c))"),
        ("a BETWEEN 1 + 1 AND 2 * 3 AND b", "((a BETWEEN (1 + 1) AND (2 * 3)) AND b)"),
        ("a DIV b * c", "((a DIV b) * c)"),
        ("a == b", "(a = b)"),
        ("a <=> b", "(a <=> b)"),
        ("a != b", "(a <> b)"),
        ("~ a + b", "((~ a) + b)"),
    ] {
        assert_eq!(grouped(text), groups, "{text}");
    }
}

#[test]
fn literals_become_plain_ones() {
    for (text, plain) in [
        ("\"it's\"", "'it''s'"),
        ("'a' 'b' \"c\"", "'abc'"),
        ("'a''b'", "'ab'"),
        ("1L", "CAST(1 AS bigint)"),
        ("1S", "CAST(1 AS smallint)"),
        ("1y", "CAST(1 AS tinyint)"),
        ("1.50BD", "CAST(1.50 AS decimal(2,1))"),
        ("2D", "CAST(2 AS double)"),
        ("date '2024-01-01'", "date '2024-01-01'"),
        ("1 day", "INTERVAL 1 DAY"),
        ("'2' days", "INTERVAL '2' DAY"),
        ("interval '1-2' year to month", "INTERVAL '1-2' YEAR TO MONTH"),
        ("interval (a + 1) hours", "INTERVAL a + 1 HOUR"),
        ("(1) second", "INTERVAL 1 SECOND"),
        ("current_date", "current_date"),
        ("current_timestamp()", "current_timestamp()"),
    ] {
        assert_eq!(sql(&format!("SELECT {text}")), format!("SELECT {plain}"), "{text}");
    }
}

#[test]
fn forms_of_expressions() {
    for (text, written) in [
        ("a.b.c", "a.b.c"),
        ("m['k'].f[0]", "m['k'].f[0]"),
        ("`a b`.`c``d`", "`a b`.`c``d`"),
        ("count(*), count(distinct a, b), f()", "count(*), count(DISTINCT a, b), f()"),
        ("db.f(a)", "db.f(a)"),
        (
            "map('a', 1), array(1), struct(1, 2), if(a, b, c), date(a), int(a)",
            "map('a', 1), array(1), struct(1, 2), if(a, b, c), date(a), int(a)",
        ),
        ("cast(a as map<string,array<int>>)", "CAST(a AS map<string,array<int>>)"),
        ("cast(a as timestamp with local time zone)", "CAST(a AS timestamp with local time zone)"),
        ("cast(a as decimal)", "CAST(a AS decimal(10,0))"),
        ("case a when 1 then 2 else 3 end", "CASE a WHEN 1 THEN 2 ELSE 3 END"),
        ("extract(year from a)", "EXTRACT(YEAR FROM a)"),
        ("floor(a), floor(a to day)", "floor(a), FLOOR(a TO DAY)"),
        ("a not in (1, 2), a in (select b from t)", "a NOT IN (1, 2), a IN (SELECT b FROM t)"),
        ("a like all ('x', 'y'), a not like any ('x')", "likeall(a, 'x', 'y'), NOT likeany(a, 'x')"),
        ("a rlike b, a not regexp b", "a RLIKE b, a NOT REGEXP b"),
        ("a is not distinct from b", "a IS NOT DISTINCT FROM b"),
        ("not exists (select 1)", "NOT EXISTS (SELECT 1)"),
        ("a > all (select 1), a = any (select 1)", "a > ALL(SELECT 1), a = ANY(SELECT 1)"),
        ("(a, b), (a)", "(a, b), (a)"),
        ("trim(both 'x' from a), trim(a)", "TRIM(BOTH 'x' FROM a), trim(a)"),
        ("percentile_disc(0.5) within group (order by a)", "percentile_disc(0.5) WITHIN GROUP (ORDER BY a)"),
        (
            "first_value(a ignore nulls) over w, lag(a) respect nulls over w",
            "first_value(a) IGNORE NULLS OVER w, lag(a) RESPECT NULLS OVER w",
        ),
        ("rank() over (distribute by a sort by b desc)", "rank() OVER (PARTITION BY a ORDER BY b DESC)"),
        ("rank() over (cluster by a)", "rank() OVER (PARTITION BY a ORDER BY a)"),
        (
            "sum(a) over (w order by b rows between 1 preceding and unbounded following)",
            "sum(a) OVER (w ORDER BY b ROWS BETWEEN 1 PRECEDING AND UNBOUNDED FOLLOWING)",
        ),
    ] {
        assert_eq!(sql(&format!("SELECT {text}")), format!("SELECT {written}"), "{text}");
    }
}

#[test]
fn what_hive_refuses() {
    for text in [
        "SELECT a < b < c",
        "SELECT a IS NULL IS NULL",
        "SELECT rank() OVER (PARTITION BY a SORT BY b)",
        "SELECT rank() OVER (DISTRIBUTE BY a ORDER BY b)",
        "SELECT sum(a) OVER (ORDER BY b ROWS UNBOUNDED FOLLOWING)",
        "SELECT a AS 'b'",
        "SELECT a.from FROM t",
        "SELECT cast(a AS text)",
        "SELECT interval '1'",
        "SELECT a b c FROM t",
        "SELECT d END FROM t",
        "SELECT {\"a\": 1}",
        "SELECT * abc",
    ] {
        refused(text);
    }
}
