//! Answers of real Hive.

use crate::scalar::testing::{call, check, d, i, l, s};
use datafusion_common::ScalarValue;

fn null() -> ScalarValue {
    ScalarValue::Utf8(None)
}

#[test]
fn pieces_of_text() {
    check(&[
        ("concat", &[s("abc"), i(1), d(2.5)], "abc12.5"),
        ("concat", &[s("a"), null()], "NULL"),
        ("substr", &[s("Facebook"), i(5)], "book"),
        ("substr", &[s("Facebook"), i(-5)], "ebook"),
        ("substr", &[s("Facebook"), i(5), i(1)], "b"),
        ("substr", &[s("ABCDEFG"), i(0), i(3)], "ABC"),
        ("substr", &[s("ABC"), i(4)], ""),
        ("substr", &[s("ABC"), i(1), i(0)], ""),
        ("substr", &[s("abcdéf"), i(-2), i(1)], "é"),
        ("substr", &[i(12345), i(2), i(2)], "23"),
        ("substring_index", &[s("www.apache.org"), s("."), i(2)], "www.apache"),
        ("substring_index", &[s("www.apache.org"), s("."), i(-2)], "apache.org"),
        ("substring_index", &[s("www||apache||org"), s("||"), i(-2)], "|apache||org"),
        ("substring_index", &[s("www.apache.org"), s("."), i(9)], "www.apache.org"),
        ("lpad", &[s("hi"), i(5), s("?-")], "?-?hi"),
        ("rpad", &[s("hi"), i(1), s("??")], "h"),
        ("rpad", &[s("hi"), i(5), s("")], "NULL"),
        ("repeat", &[s("123"), i(2)], "123123"),
        ("repeat", &[s("123"), i(-1)], ""),
        ("reverse", &[s("é中")], "中é"),
        ("initcap", &[s("tHe soap-opera and\tmore")], "The Soap-opera And\tMore"),
        ("trim", &[s("  a b ")], "a b"),
        ("length", &[s("é中")], "2"),
        ("octet_length", &[s("é中")], "5"),
        ("upper", &[s("Straße")], "STRASSE"),
        ("translate", &[s("abcdef"), s("adc"), s("19")], "1b9ef"),
        ("replace", &[s("Hack and Hue"), s("H"), s("BL")], "BLack and BLue"),
    ]);
}

#[test]
fn places_in_text() {
    check(&[
        ("instr", &[s("Facebook"), s("boo")], "5"),
        ("instr", &[s("abc"), s("")], "1"),
        ("locate", &[s("bar"), s("foobarbar"), i(5)], "7"),
        ("locate", &[s("bar"), s("foobarbar"), i(0)], "0"),
        ("field", &[s("x"), s("a"), s("x")], "2"),
        ("field", &[null(), s("a")], "0"),
        ("find_in_set", &[s("ab"), s("abc,b,ab,c,def")], "3"),
        ("find_in_set", &[s("a,b"), s("a,b")], "0"),
        ("elt", &[i(2), s("face"), s("book")], "book"),
        ("elt", &[i(3), s("face"), s("book")], "NULL"),
        ("like", &[s("a_c"), s("a\\_c")], "true"),
        ("likeany", &[s("abc"), s("x%"), s("%c")], "true"),
        ("likeall", &[s("abc"), s("a%"), null()], "NULL"),
    ]);
}

#[test]
fn regular_expressions() {
    check(&[
        ("regexp_replace", &[s("100-200"), s("(\\d+)"), s("num")], "num-num"),
        ("regexp_replace", &[s("aBc"), s("([A-Z])"), s("<$1>")], "a<B>c"),
        ("regexp_replace", &[s("abc"), s(""), s("-")], "-a-b-c-"),
        ("regexp_replace", &[s("a.b"), s("\\."), s("\\$")], "a$b"),
        ("regexp_extract", &[s("100-200"), s("(\\d+)-(\\d+)"), i(2)], "200"),
        ("regexp_extract", &[s("100-200"), s("(\\d+)-(\\d+)")], "100"),
        ("regexp_extract", &[s("abc"), s("(\\d+)")], ""),
        ("regexp_extract", &[s("foothebar"), s("foo(.*?)(bar)"), i(0)], "foothebar"),
        ("rlike", &[s("fofo"), s("^fo")], "true"),
        ("rlike", &[s("abc"), s("")], "false"),
        ("split", &[s("oneAtwoBthreeC"), s("[ABC]")], r#"["one","two","three",""]"#),
        ("split", &[s("a b  c"), s(" ")], r#"["a","b","","c"]"#),
        ("split", &[s(""), s(" ")], r#"[""]"#),
        ("split", &[s("a|b"), s("\\|")], r#"["a","b"]"#),
        ("split", &[s("abc"), s("")], r#"["a","b","c",""]"#),
        ("str_to_map", &[s("a=1&b=2&c"), s("&"), s("=")], r#"{"a":"1","b":"2","c":null}"#),
        ("str_to_map", &[s("a:1,b:2,a:3")], r#"{"a":"3","b":"2"}"#),
        ("str_to_map", &[null()], "{}"),
    ]);
    assert!(call("regexp_extract", &[s("1"), s("(\\d)"), i(2)]).unwrap_err().contains("No group 2"));
}

#[test]
fn codes_of_text() {
    check(&[
        ("hex", &[i(17)], "11"),
        ("hex", &[s("Facebook")], "46616365626F6F6B"),
        ("hex", &[i(-1)], "FFFFFFFFFFFFFFFF"),
        ("unhex", &[s("4D7953514C")], "MySQL"),
        ("unhex", &[s("4Z")], "NULL"),
        ("ascii", &[s("222")], "50"),
        ("chr", &[s("48")], "0"),
        ("chr", &[i(321)], "A"),
        ("bin", &[l(13)], "1101"),
        ("quote", &[s("Don't")], "'Don\\'t'"),
        ("base64", &[ScalarValue::Binary(Some(b"abc".to_vec()))], "YWJj"),
        ("decode", &[ScalarValue::Binary(Some(b"abc".to_vec())), s("US-ASCII")], "abc"),
        ("sentences", &[s("Hello there! I am a UDF.")], r#"[["Hello","there"],["I","am","a","UDF"]]"#),
        (
            "sentences",
            &[s("It is 3.5 times better, e.g. mother-in-law. OK? yes... no. Maybe")],
            r#"[["It","is","3.5","times","better","e.g","mother-in-law"],["OK"],["yes","no"],["Maybe"]]"#,
        ),
        ("sentences", &[s("")], "[]"),
        ("get_json_object", &[s(r#"{"a":{"b":[1,2]}}"#), s("$.a.b[1]")], "2"),
        ("parse_url", &[s("http://facebook.com/path/p1.php?query=1"), s("QUERY"), s("query")], "1"),
    ]);
}

#[test]
fn errors_are_hives() {
    let error = |name, args: &[ScalarValue]| call(name, args).unwrap_err();
    assert!(error("trim", &[i(1)]).contains("trim takes only STRING/CHAR/VARCHAR types. Found INT"));
    assert!(error("upper", &[s("a"), s("b")]).contains("UPPER requires 1 argument, got 2"));
    assert!(
        error("lpad", &[s("a"), s("b"), s("c")])
            .contains("lpad only takes INT/SHORT/BYTE types as 2-ths argument, got STRING")
    );
    assert!(error("hex", &[ScalarValue::Boolean(Some(true))]).contains(
        "No matching method for class org.apache.hadoop.hive.ql.udf.UDFHex with (boolean). Possible choices: \
         _FUNC_(bigint)  _FUNC_(binary)  _FUNC_(int)  _FUNC_(string)  "
    ));
}
