use super::support::{Catalog, catalog};

#[test]
fn select_without_from() {
    let c = Catalog::empty();
    assert_eq!(c.rows("select 1, 'a', null, true"), "1|a|NULL|true");
    assert_eq!(
        c.columns("select 1, 'a' b, 1.50, 2147483648, 1e3"),
        "_c0 int, b string, _c2 decimal(2,1), _c3 bigint, _c4 double"
    );
}

#[test]
fn select_columns_and_stars() {
    let c = catalog();
    assert_eq!(c.rows("select * from people"), "1|ann|30|rome; 2|bob|20|oslo; 3|cid|NULL|rome; 4|NULL|40|NULL");
    assert_eq!(
        c.columns("select p.*, ID, p.`name` as n, age + 1 from people p"),
        "id int, name string, age int, city varchar(10), id int, n string, _c3 int"
    );
    let query = c.analyze("select *, name from people p").unwrap();
    assert_eq!(query.columns[0].qualifier.as_deref(), Some("p"));
    assert_eq!(query.columns[4].qualifier, None);
}

#[test]
fn where_and_limit() {
    let c = catalog();
    assert_eq!(c.rows("select id from people where age > 20 and name is not null"), "1");
    assert_eq!(c.rows("select id from people order by id limit 2"), "1; 2");
    assert_eq!(c.rows("select id from people order by id limit 1, 2"), "2; 3");
    assert_eq!(c.rows("select id from people order by id limit 2 offset 3"), "4");
}

#[test]
fn distinct() {
    let c = catalog();
    assert_eq!(c.rows("select distinct city from people order by city"), "oslo; rome; NULL");
    assert!(c.error("select distinct city from people order by id").contains("SELECT DISTINCT"));
}

#[test]
fn subqueries_in_from_and_ctes() {
    let c = catalog();
    assert_eq!(c.rows("select t.x from (select id as x from people where id < 3) t order by x"), "1; 2");
    assert_eq!(
        c.rows("with a as (select id from people where id < 3), b as (select id + 10 as id from a) select a.id, b.id from a join b on a.id + 10 = b.id order by a.id"),
        "1|11; 2|12"
    );
    assert_eq!(c.rows("with people as (select 7 as id) select id from people"), "7");
    assert_eq!(
        c.rows("with a (x) as (select 1) select x from (with a as (select 2 as y) select y as x from a) t"),
        "2"
    );
    assert_eq!(c.rows("select * from (values (1, 'a'), (2, 'b')) t (n, s) order by n"), "1|a; 2|b");
    assert_eq!(c.rows("from people select id where id = 1"), "1");
}

#[test]
fn set_operations() {
    let c = Catalog::empty();
    assert_eq!(c.sorted("select 1 union all select 1 union all select 2"), "1; 1; 2");
    assert_eq!(c.sorted("select 1 a union select 1 union select 2"), "1; 2");
    assert_eq!(
        c.columns("select 1 a, cast('x' as varchar(3)) b union all select 2.5, cast('yyyyy' as varchar(5))"),
        "a decimal(11,1), b varchar(5)"
    );
    assert_eq!(c.rows("select 2 a union all select 1 order by a"), "1; 2");
    assert_eq!(c.rows("select 2 a union all select 1 order by 1 desc limit 1"), "2");
    let v = |rows: &str| format!("select col1 from (values {rows}) t");
    let (l, r) = (v("(1), (1), (1), (2), (null), (3)"), v("(1), (1), (null), (4)"));
    assert_eq!(c.sorted(&format!("{l} intersect {r}")), "1; NULL");
    assert_eq!(c.sorted(&format!("{l} intersect all {r}")), "1; 1; NULL");
    assert_eq!(c.sorted(&format!("{l} except {r}")), "2; 3");
    assert_eq!(c.sorted(&format!("{l} minus all {r}")), "1; 2; 3");
    assert!(c.error("select 1 union all select 'a'").contains("Schema of both sides of union should match"));
}

#[test]
fn views() {
    let c = catalog().with_view(
        "adults",
        &[("who", "string"), ("years", "int")],
        "select name, age from default.people where age >= 30",
    );
    assert_eq!(c.rows("select who, adults.years from adults order by years"), "ann|30; NULL|40");
    assert_eq!(c.rows("select a.who from adults a where a.years = 30"), "ann");
    let c = c.with_view("v1", &[("x", "int")], "select x from v2").with_view("v2", &[("x", "int")], "select x from v1");
    assert!(
        c.error("select * from v1")
            .contains("Recursive view default.v1 detected (cycle: default.v1 -> default.v2 -> default.v1)")
    );
}
