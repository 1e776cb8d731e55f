use super::{ok, refused};

#[test]
fn deep_nesting_is_an_error() {
    let n = 100_000;
    for (open, close) in [
        ("(", ")"),
        ("- ", ""),
        ("~", ""),
        ("NOT ", ""),
        ("f(", ")"),
        ("a + (", ")"),
        ("a[", "]"),
        ("CASE WHEN ", " THEN 1 END"),
        ("a IN (", ")"),
        ("EXISTS (SELECT ", ")"),
        ("(SELECT ", ")"),
        ("CAST(", " AS int)"),
        ("a AND NOT (", ")"),
    ] {
        let message = refused(&format!("SELECT {}1{}", open.repeat(n), close.repeat(n)));
        assert!(message.contains("nests deeper"), "{open}: {message}");
    }
    for open in ["SELECT * FROM (", "SELECT * FROM (SELECT * FROM ", "EXPLAIN ", "FROM ("] {
        refused(&open.repeat(n));
    }
    refused(&format!("CREATE TABLE t (a {}int{})", "array<".repeat(n), ">".repeat(n)));
}

#[test]
fn nesting_within_reason_parses() {
    ok(&format!("SELECT {}1{}", "(".repeat(150), ")".repeat(150)));
    ok(&format!("SELECT {}1{}", "f(".repeat(150), ")".repeat(150)));
    ok(&format!("{}SELECT 1{}", "SELECT * FROM (".repeat(50), ") t".repeat(50)));
    ok(&format!("{}SELECT 1{}", "(".repeat(100), ")".repeat(100)));
    ok(&format!("SELECT * FROM {}a JOIN b{}", "(".repeat(100), ")".repeat(100)));
}

#[test]
fn long_rows_of_conditions_parse() {
    let row = |n: usize, op: &str| format!("SELECT 1 FROM t WHERE a = 0{}", format!(" {op} a = 1").repeat(n));
    ok(&row(20_000, "OR"));
    ok(&row(20_000, "AND"));
    ok(&format!("SELECT a IN (0{})", ", 1".repeat(50_000)));
    ok(&format!("SELECT 1{}", " + 1".repeat(1_500)));
    assert!(refused(&format!("SELECT 1{}", " + 1".repeat(100_000))).contains("in a row"));
    assert!(refused(&format!("SELECT 1{}", " UNION ALL SELECT 1".repeat(100_000))).contains("in a row"));
}

#[test]
fn brackets_that_do_not_match_are_read_in_good_time() {
    for text in ["(".repeat(100_000), "((a)".repeat(20_000), "SELECT ((".repeat(20_000), ")".repeat(1000)] {
        refused(&text);
    }
}
