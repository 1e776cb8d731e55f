use super::support::catalog;

#[test]
fn in_and_exists() {
    let c = catalog();
    assert_eq!(c.sorted("select id from people where id in (select owner from pets)"), "1; 2");
    assert_eq!(
        c.sorted("select id from people where id not in (select owner from pets where owner is not null)"),
        "3; 4"
    );
    assert_eq!(c.sorted("select id from people where id not in (select owner from pets)"), "");
    assert_eq!(
        c.sorted("select id from people p where exists (select 1 from pets q where q.owner = p.id and q.weight > 4)"),
        "1"
    );
    assert_eq!(c.sorted("select id from people p where not exists (select 1 from pets where owner = p.id)"), "3; 4");
    assert_eq!(
        c.sorted("select id from people p where age in (select max(age) from people q where q.city = p.city)"),
        "1; 2"
    );
    assert_eq!(c.sorted("select id from people where id = any (select owner from pets)"), "1; 2");
}

#[test]
fn scalar() {
    let c = catalog();
    assert_eq!(c.rows("select id from people where age = (select max(age) from people)"), "4");
    assert_eq!(
        c.rows("select id, (select count(*) from pets q where q.owner = p.id) n from people p order by id"),
        "1|2; 2|1; 3|0; 4|0"
    );
    assert_eq!(
        c.sorted(
            "select city from people group by city having count(*) > (select count(*) from pets where pet = 'dog')"
        ),
        "rome"
    );
    assert_eq!(c.rows("select id, (select max(weight) from pets) m from people where id = 1"), "1|9.0");
    assert!(
        c.error("select (select id, name from people)").contains("SubQuery can contain only 1 item in Select List")
    );
}

#[test]
fn correlated_not_in() {
    let c = catalog();
    let query = "select id from people p where id not in (select owner from pets q where q.weight < p.age / 6)";
    // 1 and 2 have pets that are light enough; for 3, whose age is NULL, there are none to compare with.
    assert_eq!(c.sorted(query), "3");
    assert_eq!(c.sorted(&query.replace("where q", "where owner is not null and q")), "3; 4");
}

#[test]
fn correlation_in_a_join() {
    let c = catalog();
    assert_eq!(
        c.sorted("select id from people p where exists (select 1 from pets a join pets b on a.owner = p.id and a.pet = b.pet and a.weight > b.weight)"),
        "1"
    );
}

#[test]
fn exists_as_a_value() {
    let c = catalog();
    assert_eq!(
        c.rows("select id, exists (select 1 from pets where owner = p.id), not exists (select 1 from pets) from people p order by id"),
        "1|true|false; 2|true|false; 3|false|false; 4|false|false"
    );
}

#[test]
fn quantified_values() {
    let c = catalog();
    assert_eq!(
        c.rows("select id, id > any (select owner from pets), id >= all (select owner from pets where owner is not null), id < all (select owner from pets where false) from people order by id"),
        "1|NULL|false|true; 2|true|false|true; 3|true|false|true; 4|true|false|true"
    );
    assert_eq!(
        c.rows("select id, id <= any (select q.owner from pets q where q.owner = p.id) from people p order by id"),
        "1|true; 2|true; 3|false; 4|false"
    );
    assert_eq!(c.sorted("select id from people where id > all (select owner from pets where owner < 3)"), "3; 4");
    assert_eq!(
        c.sorted("select id from people p where exists (select 1 from pets where owner = p.id order by pet)"),
        "1; 2"
    );
}

#[test]
fn in_with_nulls_anywhere() {
    let c = catalog();
    // `owner` holds a NULL: nothing is known to be outside of it.
    assert_eq!(c.sorted("select id from people where id = 4 or id not in (select owner from pets)"), "4");
    assert_eq!(c.sorted("select id from people where (id in (select owner from pets)) is null"), "3; 4");
    assert_eq!(
        c.sorted("select id from people where not (id in (select owner from pets where owner is not null))"),
        "3; 4"
    );
    assert_eq!(c.sorted("select id from people where id = 4 or id in (select owner from pets)"), "1; 2; 4");
    assert_eq!(
        c.rows("select id, id in (select owner from pets), id not in (select owner from pets where owner is not null), age in (select owner from pets where false) from people order by id"),
        "1|true|false|false; 2|true|false|false; 3|NULL|true|false; 4|NULL|true|false"
    );
}

#[test]
fn exists_of_an_aggregate() {
    let c = catalog();
    assert_eq!(
        c.sorted("select id from people p where exists (select sum(weight) from pets where owner = p.id)"),
        "1; 2; 3; 4"
    );
    assert_eq!(
        c.sorted("select id from people p where not exists (select sum(weight) from pets where owner = p.id)"),
        ""
    );
}
