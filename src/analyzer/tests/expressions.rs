use super::support::{Catalog, catalog};

#[test]
fn arithmetic() {
    let c = Catalog::empty();
    assert_eq!(
        c.rows("select 1 + 2, 7 / 2, 7 div 2, 7 % 4, 1 / 0, -3, - (1 + 1), ~1, 6 & 3, 6 | 3, 6 ^ 3"),
        "3|3.5|3|3|NULL|-3|-2|-2|2|7|5"
    );
    assert_eq!(
        c.columns("select 1 + 2, 1 / 2, 1.5 + 1, 1Y + 1Y, 1 + 1L, '1' + 1"),
        "_c0 int, _c1 double, _c2 decimal(3,1), _c3 tinyint, _c4 bigint, _c5 double"
    );
}

#[test]
fn comparisons() {
    let c = Catalog::empty();
    assert_eq!(
        c.rows("select 1 = 1.0, '1' = 1, 'a' < 'b', null = 1, null <=> null, 1 <=> null, 1 != 2"),
        "true|true|true|NULL|true|false|true"
    );
    assert_eq!(
        c.rows("select date '2020-01-01' = '2020-01-01', date '2020-01-01' < timestamp '2020-01-01 00:00:01'"),
        "true|true"
    );
    assert_eq!(c.rows("select 2 between 1 and 3, 2 not between 1 and 3, 2 in (1, 2), 2 not in (1, null), (1, 2) in ((1, 2), (3, 4))"), "true|false|true|NULL|true");
    assert_eq!(
        c.rows("select 1 is distinct from null, null is not distinct from null, (1 = 2) is true, null is null"),
        "true|true|false|true"
    );
    assert_eq!(c.rows("select cast('a ' as char(5)) = 'a', cast('a ' as char(5)) = cast('a' as char(2))"), "true|true");
}

#[test]
fn logic() {
    let c = catalog();
    assert_eq!(c.rows("select not true, true and null, false or null, !false"), "false|NULL|NULL|true");
    // Whatever is no boolean is cast to one.
    assert_eq!(c.rows("select 1 and true, 0 or false"), "true|false");
    assert_eq!(c.sorted("select id from people where id - 1"), "2; 3; 4");
}

#[test]
fn text_matching() {
    let c = Catalog::empty();
    assert_eq!(c.rows("select 'abc' like 'a%', 'abc' not like 'a_c', 'a%c' like 'a\\\\%c', 'abc' rlike 'b.$', 'abc' like any ('x%', '%c')"), "true|false|true|true|true");
}

#[test]
fn cases() {
    let c = catalog();
    assert_eq!(c.rows("select case when id = 1 then 'one' when id = 2 then 'two' end, case id when 1 then 1 else 2.5 end from people order by id limit 3"), "one|1.0; two|2.5; NULL|2.5");
    assert_eq!(c.rows("select if(1 = 1, 'a', 'b'), nvl(null, 1), coalesce(null, null, 3), nullif(1, 1)"), "a|1|3|NULL");
    assert_eq!(
        c.columns("select coalesce(null, 1, 2L), if(true, cast('a' as varchar(3)), cast('b' as varchar(5)))"),
        "_c0 bigint, _c1 varchar(5)"
    );
    assert!(c.error("select if(true, 1, array(1))").contains("type"));
}

#[test]
fn casts_and_literals() {
    let c = Catalog::empty();
    assert_eq!(c.rows("select cast('12' as int), cast('x' as int), cast(3.7 as int), cast('abc' as varchar(2)), cast(1 as string), cast('x' as date)"), "12|NULL|3|ab|1|NULL");
    assert_eq!(c.columns("select cast(1 as tinyint), cast('a' as char(3)), cast('1' as decimal(5,2)), date '2020-01-01', interval '1' day, interval '1-2' year to month"),
        "_c0 tinyint, _c1 char(3), _c2 decimal(5,2), _c3 date, _c4 interval_day_time, _c5 interval_year_month");
    assert_eq!(c.rows("select date '2020-01-31' + interval '1' month, timestamp '2020-01-01 00:00:00' + interval '1 02:00:00' day to second"), "2020-02-29|2020-01-02 02:00:00");
    assert_eq!(c.rows("select int('12'), string(1), double(1)"), "12|1|1.0");
    assert!(c.error("select date 'today'").contains("Unable to convert time literal 'today' to time value."));
}

#[test]
fn session_values() {
    let c = Catalog::empty();
    assert_eq!(
        c.rows("select current_database(), current_user(), current_date, current_timestamp"),
        "default|hive|2024-03-01|2024-03-01 00:30:00"
    );
    assert_eq!(c.rows("select year(current_date), extract(month from date '2020-05-06')"), "2024|5");
}

#[test]
fn nested_values() {
    let c = Catalog::empty();
    assert_eq!(
        c.rows("select array(1, 2)[1], map('a', 1)['a'], named_struct('x', 1, 'y', 'z').y, array(1)[5]"),
        "2|1|z|NULL"
    );
    assert_eq!(c.columns("select s.x, s.y.z, xs.a, xs[0].a from (select named_struct('x', 1, 'y', named_struct('z', 'q')) s, array(named_struct('a', 1)) xs) t"), "x int, z string, a array<int>, a int");
    assert_eq!(c.rows("select xs.a from (select array(named_struct('a', 1), named_struct('a', 2)) xs) t"), "[1,2]");
    assert!(c.error("select s.q from (select named_struct('x', 1) s) t").contains("No such field 'q'"));
}
