use super::support::catalog;

#[test]
fn groups() {
    let c = catalog();
    assert_eq!(
        c.sorted("select city, count(*), sum(age), max(name) from people group by city"),
        "NULL|1|40|NULL; oslo|1|20|bob; rome|2|30|cid"
    );
    assert_eq!(c.rows("select count(*), count(age), count(distinct city), avg(age) from people"), "4|3|2|30.0");
    assert_eq!(
        c.columns("select count(*), sum(age), max(city) c from people"),
        "_c0 bigint, _c1 bigint, c varchar(10)"
    );
    assert_eq!(c.sorted("select age + 1, count(*) from people group by age + 1 having age + 1 > 25"), "31|1; 41|1");
    assert_eq!(c.sorted("select city c, count(*) n from people group by city having n > 1"), "rome|2");
    assert_eq!(c.rows("select city from people group by city order by count(*) desc, city limit 1"), "rome");
    assert_eq!(c.rows("select sum(age) + count(*) * 2 from people"), "98");
    assert_eq!(c.rows("select count(distinct city, name), count(distinct id), sum(distinct weight) from people join pets on id = owner"), "2|2|16.5");
    assert_eq!(c.rows("select count(*) from people where id > 100"), "0");
}

#[test]
fn positions() {
    let mut c = catalog();
    c.settings.group_by_position_alias = true;
    assert_eq!(c.sorted("select city, count(*) from people group by 1"), "NULL|1; oslo|1; rome|2");
    assert!(c.error("select city, count(*) from people group by 3").contains("Position alias: 3 does not exist"));
}

#[test]
fn grouping_sets() {
    let c = catalog();
    let t = "(values ('a', 'x', 1), ('a', 'y', 2), ('b', 'x', 3)) t (p, q, n)";
    assert_eq!(
        c.sorted(&format!("select p, q, sum(n), grouping__id from {t} group by p, q with rollup")),
        "NULL|NULL|6|3; a|NULL|3|1; a|x|1|0; a|y|2|0; b|NULL|3|1; b|x|3|0"
    );
    assert_eq!(
        c.sorted(&format!("select p, q, sum(n), grouping__id, grouping(q), grouping(p, q) from {t} group by p, q grouping sets (q, (p, q), ())")),
        "NULL|NULL|6|3|1|3; NULL|x|4|2|0|2; NULL|y|2|2|0|2; a|x|1|0|0|0; a|y|2|0|0|0; b|x|3|0|0|0"
    );
    assert_eq!(c.sorted(&format!("select p, q, count(*) from {t} group by cube(p, q)")).split("; ").count(), 8);
    assert_eq!(
        c.sorted(&format!("select p, q, sum(n) from {t} group by p, q grouping sets (p)")),
        "a|NULL|3; b|NULL|3"
    );
}

#[test]
fn distinct_with_having() {
    let c = catalog();
    assert_eq!(c.sorted("select distinct city from people having count(*) > 1"), "rome");
}
