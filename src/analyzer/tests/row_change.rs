use skep_metastore::model::{Constraint, ConstraintKind};

use super::support::{Catalog, catalog, collect, lines};
use crate::analyzer::{AnalyzeError, AnalyzedChange, AnalyzedQuery, Analyzer};
use crate::parser::ast::Statement;

/// `acid(id, name, ds)`, partitioned by `ds`, and a table to merge from.
fn with_acid() -> Catalog {
    let id = |row: i32| format!("named_struct('writeid', 1L, 'bucketid', 0, 'rowid', {row}L)");
    let rows = format!("(1, 'a', 'x', {}), (2, 'b', 'x', {}), (3, null, 'y', {})", id(0), id(1), id(2));
    let columns = [
        ("id", "int"),
        ("name", "string"),
        ("ds", "string"),
        ("row__id", "struct<writeid:bigint,bucketid:int,rowid:bigint>"),
    ];
    let mut catalog = catalog().with("acid", &columns, &rows).with(
        "news",
        &[("id", "int"), ("name", "string"), ("op", "string")],
        "(1, 'n1', 'u'), (2, 'n2', 'd'), (9, 'n9', null)",
    );
    catalog.hide_last_column("acid");
    let mut catalog = catalog.with_partition_keys("acid", 1);
    catalog.set_parameter("acid", "transactional", "true");
    catalog
}

impl Catalog {
    fn change(&self, text: &str) -> Result<AnalyzedChange, AnalyzeError> {
        let analyzer = Analyzer::new(self);
        match crate::parser::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")) {
            Statement::Update(statement) => analyzer.analyze_update(&statement),
            Statement::Delete(statement) => analyzer.analyze_delete(&statement),
            Statement::Merge(statement) => analyzer.analyze_merge(&statement),
            other => panic!("no change of rows: {other:?}"),
        }
    }

    fn changed(&self, text: &str) -> String {
        let plan = self.change(text).unwrap_or_else(|error| panic!("{}", error.render(text))).plan;
        let mut lines = lines(&collect(&AnalyzedQuery { plan, columns: Vec::new() }));
        lines.sort();
        lines.join("; ").replace("{\"writeid\":1,\"bucketid\":0,\"rowid\":", "#").replace('}', "")
    }

    fn change_error(&self, text: &str) -> String {
        match self.change(text) {
            Ok(_) => panic!("no error: {text}"),
            Err(error) => error.to_string(),
        }
    }
}

#[test]
fn updates() {
    let c = with_acid();
    assert_eq!(
        c.changed("update acid set name = concat(name, '!'), id = '7' where ds = 'x'"),
        "1|#0|7|a!|x; 1|#1|7|b!|x"
    );
    assert_eq!(c.changed("update acid set name = default where id = 1"), "1|#0|1|NULL|x");
    assert_eq!(
        c.changed("update acid set name = (select max(name) from news) where id in (select id from news)"),
        "1|#0|1|n9|x; 1|#1|2|n9|x"
    );
}

#[test]
fn deletes() {
    let c = with_acid();
    assert_eq!(c.changed("delete from acid where name is null"), "2|#2|3|NULL|y");
    assert_eq!(
        c.changed("delete from acid where not exists (select 1 from news n where n.id = acid.id)"),
        "2|#2|3|NULL|y"
    );
    assert_eq!(c.changed("delete from default.acid").matches(';').count(), 2);
}

#[test]
fn merges() {
    let c = with_acid();
    let all = "merge into acid as t using news s on t.id = s.id \
               when matched and s.op = 'd' then delete \
               when matched then update set name = concat(t.name, s.name) \
               when not matched and s.id > 5 then insert values (s.id, s.name, 'z')";
    assert_eq!(c.changed(all), "0|NULL|9|n9|z; 1|#0|1|an1|x; 2|#1|2|b|x");
    let inserts = "merge into acid using (select * from news where id > 1) s on acid.id = s.id \
                   when not matched then insert (ds, id) values ('q', s.id)";
    assert_eq!(c.changed(inserts), "0|NULL|9|NULL|q");
    // Rows that match and that nothing is done with are there for the check only.
    let nothing = "merge into acid t using news s on t.id = s.id when matched and false then delete";
    assert_eq!(c.changed(nothing), "NULL|#0|1|a|x; NULL|#1|2|b|x");
    assert!(c.change(nothing).unwrap().check_cardinality);
    assert!(!c.change(inserts).unwrap().check_cardinality);
}

#[test]
fn errors_of_changes() {
    let c = with_acid();
    let has = |text: &str, part: &str| assert!(c.change_error(text).contains(part), "{}", c.change_error(text));
    has(
        "update people set id = 1",
        "[Error 10297]: Line 1:7 Attempt to do update or delete on table default.people that is not transactional",
    );
    has("delete from nothing", "[Error 10001]");
    has("update acid set ds = 'q'", "[Error 10292]: Line 1:16 Updating values of partition columns is not supported");
    has(
        "update acid set nope = 1",
        "[Error 10408]: Line 1:16 Target column \"nope\" of set clause is not found in table \"default.acid\".",
    );
    has(
        "merge into acid t using news s on t.id = s.id when matched then delete when matched then update set id = 1",
        "[Error 10404]",
    );
    has(
        "merge into acid t using news s on t.id = s.id when matched and true then delete when matched then delete",
        "[Error 10405]",
    );
    has("merge into acid t using news s on t.id = s.id when not matched then insert values (1, 2)", "[Error 10044]");
}

#[test]
fn constraints_of_changes() {
    let mut c = with_acid();
    c.constraints = vec![
        constraint(ConstraintKind::Default { column: "name".into(), value: "'dflt'".into() }),
        constraint(ConstraintKind::Check { column: None, expression: "`id` < 100".into() }),
    ];
    assert_eq!(c.changed("update acid set name = default where id = 1"), "1|#0|1|dflt|x");
    let merge =
        "merge into acid t using news s on t.id = s.id when not matched then insert (id, ds) values (s.id, 'q')";
    assert_eq!(c.changed(merge), "0|NULL|9|dflt|q");
    assert!(
        format!("{}", c.change("update acid set id = 200").unwrap().plan.display_indent())
            .contains("enforce_constraint")
    );
    assert!(!format!("{}", c.change("delete from acid").unwrap().plan.display_indent()).contains("enforce_constraint"));
}

fn constraint(kind: ConstraintKind) -> Constraint {
    Constraint { name: "c".into(), kind, enable: true, validate: false, rely: true }
}
