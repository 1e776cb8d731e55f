use super::support::catalog;

#[test]
fn inner_and_outer() {
    let c = catalog();
    assert_eq!(c.sorted("select name, pet from people join pets on id = owner"), "ann|cat; ann|dog; bob|cat");
    assert_eq!(
        c.sorted("select p.id, q.pet from people p left join pets q on p.id = q.owner"),
        "1|cat; 1|dog; 2|cat; 3|NULL; 4|NULL"
    );
    assert_eq!(
        c.sorted("select p.id, q.pet from people p right join pets q on p.id = q.owner"),
        "1|cat; 1|dog; 2|cat; NULL|fox; NULL|owl"
    );
    assert_eq!(
        c.sorted("select p.id, q.pet from people p full join pets q on p.id = q.owner"),
        "1|cat; 1|dog; 2|cat; 3|NULL; 4|NULL; NULL|fox; NULL|owl"
    );
    assert_eq!(
        c.sorted("select p.id, q.pet from people p join pets q on p.id = q.owner and q.weight > 4"),
        "1|cat; 1|dog"
    );
    assert_eq!(c.sorted("select p.id, q.id from people p join people q on p.age < q.age"), "1|4; 2|1; 2|4");
    assert_eq!(c.sorted("select count(*) from people, pets"), "20");
    assert_eq!(c.sorted("select count(*) from people p, pets q where p.id = q.owner"), "3");
    assert_eq!(c.sorted("select count(*) from people cross join pets"), "20");
}

#[test]
fn semi_and_anti() {
    let c = catalog();
    assert_eq!(c.sorted("select p.id from people p left semi join pets q on p.id = q.owner"), "1; 2");
    assert_eq!(c.sorted("select p.id from people p left anti join pets q on p.id = q.owner"), "3; 4");
    assert!(c.error("select q.pet from people p left semi join pets q on p.id = q.owner").contains("Error 10004"));
}

#[test]
fn using_and_natural() {
    let c = catalog();
    let l = "(values (1, 'a'), (2, 'b')) l (k, x)";
    let r = "(values (2, 'c'), (3, 'd')) r (k, y)";
    assert_eq!(c.columns(&format!("select * from {l} join {r} using (k)")), "k int, x string, y string");
    assert_eq!(c.sorted(&format!("select * from {l} join {r} using (k)")), "2|b|c");
    assert_eq!(c.sorted(&format!("select * from {l} full join {r} using (k)")), "1|a|NULL; 2|b|c; 3|NULL|d");
    assert_eq!(c.sorted(&format!("select k, l.k, r.k from {l} right join {r} using (k)")), "2|2|2; 3|NULL|3");
}

#[test]
fn lateral_views() {
    let c = catalog();
    let t = "(select 1 as id, array(10, 20) as xs, map('a', 1) as m union all select 2, array(30), map('b', 2)) t";
    assert_eq!(c.sorted(&format!("select id, x from {t} lateral view explode(xs) e as x")), "1|10; 1|20; 2|30");
    assert_eq!(
        c.sorted(&format!("select id, p, x from {t} lateral view posexplode(xs) e as p, x")),
        "1|0|10; 1|1|20; 2|0|30"
    );
    assert_eq!(c.sorted(&format!("select id, k, v from {t} lateral view explode(m) e as k, v")), "1|a|1; 2|b|2");
    assert_eq!(
        c.sorted(&format!(
            "select id, x, e2.col from {t} lateral view explode(xs) e as x lateral view explode(array(x, id)) e2"
        )),
        "1|10|1; 1|10|10; 1|20|1; 1|20|20; 2|30|2; 2|30|30"
    );
    assert_eq!(
        c.sorted("select p.id, x from people p lateral view outer explode(if(p.id = 1, array(1), array())) e as x where p.id < 3"),
        "1|1; 2|NULL"
    );
    assert_eq!(
        c.rows("select v.x, v.y from (select 1) t lateral view explode(array(1)) v as x lateral view explode(array(2)) v as y"),
        "1|2"
    );
    assert_eq!(c.sorted("select explode(array(1, 2)) as c"), "1; 2");
    assert_eq!(c.columns("select explode(map('a', 1)) as (k, v)"), "k string, v int");
    assert!(c.error("select id, explode(array(1)) from people").contains("[Error 10075]"));
    assert!(c.error("select explode(array(1)) as (a, b)").contains("[Error 10083]"));
    assert!(c.error("select 1 from people where explode(array(1)) = 1").contains("[Error 10081]"));
}
