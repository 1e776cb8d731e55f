use super::support::catalog;

#[test]
fn unknown_names() {
    let c = catalog();
    assert_eq!(
        c.error("select x from people"),
        "SemanticException [Error 10004]: Line 1:7 Invalid table alias or column reference 'x': (possible column names are: id, name, age, city)"
    );
    assert_eq!(
        c.error("select 1 from nowhere"),
        "SemanticException [Error 10001]: Line 1:14 Table not found 'nowhere'"
    );
    assert_eq!(
        c.error("select people.x from people"),
        "SemanticException [Error 10002]: Line 1:14 Invalid column reference 'x'"
    );
    let text = "select nmae\nfrom people";
    let error = c.analyze(text).unwrap_err();
    assert_eq!(
        error.render(text),
        "FAILED: SemanticException [Error 10004]: Line 1:7 Invalid table alias or column reference 'nmae': (possible column names are: id, name, age, city)\n  select nmae\n         ^^^^\nHint: did you mean 'name'?"
    );
    assert!(c.error("select foo(1)").contains("[Error 10011]: Line 1:7 Invalid function foo"));
}

#[test]
fn ambiguous_names() {
    let c = catalog();
    assert_eq!(
        c.error("select id from people a join people b on a.id = b.id"),
        "SemanticException [Error 10007]: Line 1:7 Ambiguous column reference id"
    );
    assert_eq!(c.columns("select * from (select id, id from people) t"), "id int, id int");
    assert!(c.error("select 1 from people join people").contains("Ambiguous table alias 'people'"));
    assert!(c.error("select id from (select id, id from people) t").contains("Ambiguous column reference id"));
}

#[test]
fn not_grouped() {
    let c = catalog();
    assert_eq!(
        c.error("select city, name from people group by city"),
        "SemanticException [Error 10025]: Line 1:13 Expression not in GROUP BY key 'name'"
    );
    assert!(c.error("select city as x from people group by x").contains("Error 10004"));
    assert!(c.error("select 1 from people where sum(id) > 1").contains("[Error 10128]"));
    assert!(c.error("select sum(max(id)) from people").contains("Not yet supported place for UDAF 'max'"));
}

#[test]
fn column_patterns() {
    let mut c = catalog();
    c.settings.regex_column_names = true;
    assert_eq!(c.columns("select `(id|name)?+.+` from people"), "age int, city varchar(10)");
    assert_eq!(c.columns("select p.`.*a.*`, `id` from people p"), "name string, age int, id int");
}

#[test]
fn qualified_names() {
    let c = catalog();
    assert_eq!(c.rows("select default.people.id from default.people where people.id = 1"), "1");
    assert_eq!(c.rows("select P.ID from PEOPLE p where p.Id = 1"), "1");
}
