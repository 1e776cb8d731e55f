use super::support::{Catalog, catalog};
use crate::analyzer::{Analyzer, InsertPlan};
use crate::parser::ast::Statement;

fn with_target() -> Catalog {
    catalog()
        .with("sales", &[("a", "bigint"), ("b", "varchar(2)"), ("ds", "string"), ("hr", "int")], "(0, 'x', '', 0)")
        .with_partition_keys("sales", 2)
}

#[test]
fn insert_casts_and_orders() {
    let c = with_target();
    assert_eq!(c.inserted("insert into people select 1, 2, '3', 'a long city name'"), "1|2|3|a long cit");
    assert_eq!(c.inserted("insert into people (name, id) values ('x', 1), ('y', 2)"), "1|x|NULL|NULL; 2|y|NULL|NULL");
    assert_eq!(
        c.inserted("insert overwrite table sales partition (ds = '2024', hr = '07') select 1, 'abc'"),
        "[2024,7] 1|ab"
    );
    assert_eq!(c.inserted("insert into sales partition (ds = '2024', hr) select 1, 'abc', '5'"), "[2024,*] 1|ab|5");
    assert_eq!(c.inserted("insert into sales partition (ds, hr) select 1, 'abc', 'd', '5'"), "[*,*] 1|ab|d|5");
    assert_eq!(c.inserted("insert into sales select 1, 'abc', 'd', '5'"), "[*,*] 1|ab|d|5");
    assert_eq!(c.inserted("insert into sales partition (ds = '2024', hr) (hr, b) select 3, 'q'"), "[2024,*] NULL|q|3");
}

#[test]
fn insert_errors() {
    let mut c = with_target();
    assert_eq!(
        c.insert_error("insert into people select 1"),
        "SemanticException [Error 10044]: Line 1:12 Cannot insert into target table because column number/types are different 'people': Table insclause-0 has 4 columns, but query has 1 columns."
    );
    assert!(
        c.insert_error("insert into people select array(1), 2, 3, 4")
            .contains("Cannot convert column 0 from array<int> to int.")
    );
    assert!(c.insert_error("insert into people (zip) values (1)").contains("'zip' in insert schema specification is not found among regular columns of default.people nor dynamic partition columns."));
    assert!(
        c.insert_error("insert into people partition (ds = 1) select 1, 2, 3, 4").contains("table is not partitioned")
    );
    assert!(c.insert_error("insert into sales partition (ds, hr = 1) select 1, 2, 3").contains("[Error 10094]"));
    assert!(c.insert_error("insert into sales partition (day = 1, hr = 1) select 1, 2").contains("[Error 10098]"));
    assert!(c.insert_error("insert into sales partition (ds = 1, hr = 'x') select 1, 2").contains("[Error 10248]"));
    c.settings.strict_dynamic_partition = true;
    assert!(c.insert_error("insert into sales partition (ds, hr) select 1, 2, 3, 4").contains("[Error 10096]"));
    c.settings.dynamic_partition = false;
    assert!(c.insert_error("insert into sales partition (ds = 1, hr) select 1, 2, 3").contains("[Error 10095]"));
    let c = c.with_view("v", &[], "select 1");
    assert!(c.insert_error("insert into v select 1").contains("[Error 10090]"));
}

#[test]
fn multi_insert() {
    let c = with_target();
    assert_eq!(
        c.inserted("from people p insert into people select * where id = 1 insert overwrite table sales partition (ds = 'x', hr = 1) select id, name where id = 2"),
        "1|ann|30|rome / [x,1] 2|bo"
    );
    assert_eq!(
        c.inserted("with w as (select * from people where id < 3) from w insert into pets select id, name, 1 order by id insert into people select id + 10, name, age, city order by id"),
        "1|ann|1.0; 2|bob|1.0 / 11|ann|30|rome; 12|bob|20|oslo"
    );
    assert!(
        c.insert_error(
            "from people insert overwrite table pets select id, name, 1 insert into pets select id, name, 2"
        )
        .contains("[Error 10087]")
    );
}

#[test]
fn insert_into_directory() {
    let c = with_target();
    let Statement::Insert(insert) =
        crate::parser::parse("insert overwrite local directory '/tmp/x' select id as n from people").unwrap()
    else {
        panic!("no insert")
    };
    let analyzed = Analyzer::new(&c).analyze_insert(&insert).unwrap();
    let [InsertPlan::Directory { query, branch: 0 }] = analyzed.branches.as_slice() else { panic!("no directory") };
    assert_eq!(query.columns[0].name, "n");
}

#[test]
fn create_table_as() {
    let c = catalog();
    let ctas = |text: &str, partitions: &[&str]| {
        let Statement::Query(source) = crate::parser::parse(text).unwrap() else { panic!("no query") };
        let partitions: Vec<String> = partitions.iter().map(ToString::to_string).collect();
        match Analyzer::new(&c).analyze_create_table_as(&source.query, &partitions) {
            Ok(query) => query.columns.iter().map(|c| format!("{} {}", c.name, c.ty)).collect::<Vec<_>>().join(", "),
            Err(error) => error.to_string(),
        }
    };
    assert_eq!(ctas("select id as ID, 1 from people", &[]), "id int, _c1 int");
    assert_eq!(ctas("select city, id from people", &["city"]), "id int, city varchar(10)");
    assert!(ctas("select id, id from people", &[]).contains("Duplicate column name: id"));
    assert!(ctas("select null as n from people", &[]).contains("creates a VOID type"));
}

#[test]
fn view_definitions() {
    let c = catalog();
    let view = |text: &str, names: &[&str]| {
        let Statement::Query(source) = crate::parser::parse(text).unwrap() else { panic!("no query") };
        let names: Vec<_> = names.iter().map(|name| crate::parser::ast::Ident::new(*name)).collect();
        match Analyzer::new(&c).analyze_view("v", &source, &names.iter().collect::<Vec<_>>()) {
            Ok(view) => view.expanded_text,
            Err(error) => error.to_string(),
        }
    };
    assert_eq!(
        view("select *, 1 as `één` from people p\n where name in (select pet from Default.Pets)", &[]),
        "select `p`.`id`, `p`.`name`, `p`.`age`, `p`.`city`, 1 as `één` from `default`.`people` `p`\n where `p`.`name` in (select `pets`.`pet` from `default`.`pets`)"
    );
    assert_eq!(
        view("select q.*, if(name is null, 'x', name) from people q", &["a", "b", "c", "d", "e"]),
        "SELECT `id` AS `a`, `name` AS `b`, `age` AS `c`, `city` AS `d`, `_c4` AS `e` FROM (select `q`.`id`, `q`.`name`, `q`.`age`, `q`.`city`, if(`q`.`name` is null, 'x', `q`.`name`) from `default`.`people` `q`) `v`"
    );
    assert_eq!(
        view("with w as (select * from people) select w.id from w", &[]),
        "with w as (select `people`.`id`, `people`.`name`, `people`.`age`, `people`.`city` from `default`.`people`) select `w`.`id` from w"
    );
    assert!(view("select 1", &["a", "b"]).contains("[Error 10089]"));
}
