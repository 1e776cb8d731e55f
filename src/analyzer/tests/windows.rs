use super::support::catalog;

#[test]
fn ranking() {
    let c = catalog();
    assert_eq!(c.rows("select id, row_number() over (order by id desc) from people order by id"), "1|4; 2|3; 3|2; 4|1");
    assert_eq!(
        c.rows("select id, rank() over (partition by city order by id) r from people order by id"),
        "1|1; 2|1; 3|2; 4|1"
    );
    assert_eq!(
        c.columns(
            "select row_number() over (order by id) n, count(*) over () c, lag(city) over (order by id) l from people"
        ),
        "n int, c bigint, l varchar(10)"
    );
    assert_eq!(
        c.rows("select id, lag(id) over (order by id), lead(id, 1, 0) over (order by id) from people order by id"),
        "1|NULL|2; 2|1|3; 3|2|4; 4|3|0"
    );
}

#[test]
fn frames() {
    let c = catalog();
    assert_eq!(c.rows("select id, sum(id) over (order by id) from people order by id"), "1|1; 2|3; 3|6; 4|10");
    assert_eq!(
        c.rows(
            "select id, sum(id) over (order by id rows between 1 preceding and current row) from people order by id"
        ),
        "1|1; 2|3; 3|5; 4|7"
    );
    assert_eq!(c.rows("select id, sum(id) over (order by id rows between current row and unbounded following) from people order by id"), "1|10; 2|9; 3|7; 4|4");
    assert_eq!(
        c.rows(
            "select id, sum(id) over (order by id range between 1 preceding and 1 following) from people order by id"
        ),
        "1|3; 2|6; 3|9; 4|7"
    );
    assert_eq!(c.rows("select id, sum(id) over (partition by city) from people order by id"), "1|4; 2|2; 3|4; 4|4");
    assert_eq!(
        c.rows("select id, sum(id) over w, max(id) over (w) from people window w as (order by id) order by id"),
        "1|1|1; 2|3|2; 3|6|3; 4|10|4"
    );
}

#[test]
fn over_aggregates_and_qualify() {
    let c = catalog();
    assert_eq!(
        c.rows("select city, sum(age) s, rank() over (order by sum(age) desc nulls last, city) r, sum(sum(age)) over () t from people group by city order by r"),
        "NULL|40|1|90; rome|30|2|90; oslo|20|3|90"
    );
    assert_eq!(
        c.rows("select id from people qualify row_number() over (partition by city order by id) = 1 order by id"),
        "1; 2; 4"
    );
    assert!(c.error("select id from people where row_number() over (order by id) = 1").contains("not supported here"));
    assert!(c.error("select row_number() from people").contains("Missing over clause for function : row_number"));
}

#[test]
fn keys_without_ranges() {
    let c = catalog();
    assert_eq!(
        c.rows(
            "select id, count(*) over (order by cast(city as binary)) from people where city is not null order by id"
        ),
        "1|3; 2|1; 3|3"
    );
}

#[test]
fn aliases_in_windows() {
    let c = catalog();
    assert_eq!(
        c.rows("select city, max(age) m, rank() over (order by m) r from people where city is not null group by city order by city"),
        "oslo|20|1; rome|30|2"
    );
    assert!(c.error("select id as x, x + 1 from people").contains("Error 10004"));
}

#[test]
fn distances_between_texts() {
    let c = catalog();
    assert_eq!(
        c.rows("select id, count(*) over (order by city range between 2 preceding and 2 following) n from people where city is not null order by id"),
        "1|2; 2|1; 3|2"
    );
}

#[test]
fn distances_are_exceeded() {
    let c = catalog();
    assert_eq!(
        c.rows("select id, count(*) over (order by id range between 1 following and 2 following) f, count(*) over (order by id range between 2 preceding and 1 preceding) p from people order by id"),
        "1|1|0; 2|1|0; 3|0|1; 4|0|1"
    );
}
