use super::support::catalog;

#[test]
fn nulls_and_aliases() {
    let mut c = catalog();
    assert_eq!(c.rows("select age from people order by age"), "20; 30; 40; NULL");
    assert_eq!(c.rows("select age from people order by age desc"), "NULL; 40; 30; 20");
    assert_eq!(c.rows("select age from people order by age desc nulls last"), "40; 30; 20; NULL");
    assert_eq!(c.rows("select id from people order by age nulls first, id"), "3; 2; 1; 4");
    assert_eq!(c.rows("select -id as id from people order by id"), "-4; -3; -2; -1");
    assert_eq!(c.rows("select name n, id from people p order by p.id * -1"), "NULL|4; cid|3; bob|2; ann|1");
    assert_eq!(c.rows("select id, age from people order by 2 desc, 1"), "3|NULL; 4|40; 1|30; 2|20");
    c.settings.default_nulls_last = false;
    assert_eq!(c.rows("select age from people order by age"), "NULL; 20; 30; 40");
}

#[test]
fn sort_cluster_distribute() {
    let c = catalog();
    assert_eq!(c.rows("select id from people sort by id desc"), "4; 3; 2; 1");
    assert_eq!(c.rows("select id from people cluster by id"), "1; 2; 3; 4");
    assert_eq!(c.sorted("select id, city from people distribute by city"), "1|rome; 2|oslo; 3|rome; 4|NULL");
    assert_eq!(c.rows("select id from people distribute by id sort by id"), "1; 2; 3; 4");
    assert!(c.error("select id from people distribute by city").contains("Error 10004"));
    assert!(c.error("select id from people order by id sort by id").contains("Error 10049"));
}
