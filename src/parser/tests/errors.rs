use super::refused;
use crate::parser::{ParseErrorKind, parse};

/// Messages of Hive's own, from the golden outputs of its negative tests.
#[test]
fn messages_are_hives() {
    for (text, message) in [
        (
            "create tabl t(a int)",
            "ParseException line 1:7 cannot recognize input near 'create' 'tabl' 't' in ddl statement",
        ),
        ("select a from t cluster by tkey\nORDER by b", "ParseException line 2:0 missing EOF at 'ORDER' near 'tkey'"),
        ("describe t.t1.c", "ParseException line 1:13 missing EOF at '.' near 't1'"),
        ("show tables from d like 'x' b", "ParseException line 1:28 extraneous input 'b' expecting EOF near '<EOF>'"),
        (
            "select foo from t where .foo",
            "ParseException line 1:24 cannot recognize input near '.' 'foo' '<EOF>' in expression specification",
        ),
        (
            "alter table t partition column (dt time)",
            "ParseException line 1:35 cannot recognize input near 'time' ')' '<EOF>' in column type",
        ),
        (
            "select * from t lateral view explode(a) AS myTable JOIN x",
            "ParseException line 1:40 cannot recognize input near 'AS' 'myTable' 'JOIN' in table alias",
        ),
        ("selec 1", "ParseException line 1:0 cannot recognize input near 'selec' '1' '<EOF>'"),
    ] {
        assert_eq!(refused(text), message, "{text}");
    }
}

#[test]
fn errors_show_the_place() {
    let text = "select a,\n\tb frm t1 x\nwhere";
    let error = parse(text).unwrap_err();
    assert_eq!(
        error.render(text),
        "FAILED: ParseException line 2:7 missing EOF at 't1' near 'frm'\n  \tb frm t1 x\n  \t      ^^"
    );
    let text = "slect 1";
    assert!(parse(text).unwrap_err().render(text).ends_with("Hint: did you mean SELECT?"));
    let text = "create table t (date date)";
    assert!(parse(text).unwrap_err().render(text).contains("put in back quotes"));
    let text = "select 'a";
    assert!(parse(text).unwrap_err().render(text).contains("is not closed"));
    let text = "select * from t where";
    let error = parse(text).unwrap_err();
    assert_eq!(error.span.start.column, 21);
    assert!(error.render(text).ends_with('^'));
}

#[test]
fn statements_not_learnt_are_named() {
    for (text, name) in [("repl dump d", "REPL"), ("start transaction", "START TRANSACTION")] {
        let error = parse(text).unwrap_err();
        assert_eq!(error.kind, ParseErrorKind::Unsupported, "{text}");
        assert_eq!(error.sqlstate(), "0A000");
        assert!(error.message.starts_with(name), "{}", error.message);
    }
}
