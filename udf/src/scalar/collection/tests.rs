//! Answers of real Hive.

use crate::scalar::testing::{call, check, d, i, s};
use arrow::array::{Array, Int32Builder, ListArray, MapBuilder, StringBuilder};
use arrow::datatypes::Int32Type;
use datafusion_common::ScalarValue;

fn list(items: &[Option<i32>]) -> ScalarValue {
    ScalarValue::try_from_array(&ListArray::from_iter_primitive::<Int32Type, _, _>([Some(items.to_vec())]), 0).unwrap()
}

fn absent_list() -> ScalarValue {
    ScalarValue::try_from_array(&ListArray::from_iter_primitive::<Int32Type, Vec<Option<i32>>, _>([None]), 0).unwrap()
}

fn map(entries: &[(&str, i32)]) -> ScalarValue {
    let names = arrow::array::MapFieldNames { entry: "entries".into(), key: "key".into(), value: "value".into() };
    let mut builder = MapBuilder::new(Some(names), StringBuilder::new(), Int32Builder::new());
    for (key, value) in entries {
        builder.keys().append_value(key);
        builder.values().append_value(*value);
    }
    builder.append(true).unwrap();
    let maps = builder.finish();
    assert_eq!(maps.len(), 1);
    ScalarValue::try_from_array(&maps, 0).unwrap()
}

#[test]
fn building() {
    check(&[
        ("array", &[i(1), d(2.5)], "[1.0,2.5]"),
        ("array", &[s("a"), i(1)], r#"["a","1"]"#),
        ("array", &[], "[]"),
        ("map", &[s("a"), i(1), s("a"), i(2)], r#"{"a":2}"#),
        ("map", &[s("b"), i(1), s("a"), i(2), s("b"), i(3)], r#"{"b":3,"a":2}"#),
        ("map", &[], "{}"),
        ("struct", &[i(1), s("a")], r#"{"col1":1,"col2":"a"}"#),
        ("named_struct", &[s("A"), i(1), s("b"), ScalarValue::Utf8(None)], r#"{"a":1,"b":null}"#),
        ("create_union", &[i(1), i(2), s("q")], r#"{1:"q"}"#),
    ]);
    assert!(call("map", &[s("a")]).unwrap_err().contains("Arguments must be in key/value pairs"));
}

#[test]
fn looking_in() {
    check(&[
        ("size", &[list(&[Some(1), Some(2)])], "2"),
        ("size", &[absent_list()], "-1"),
        ("size", &[map(&[("a", 1)])], "1"),
        ("index", &[list(&[Some(1), Some(2)]), i(1)], "2"),
        ("index", &[list(&[Some(1), Some(2)]), i(5)], "NULL"),
        ("index", &[list(&[Some(1)]), i(-1)], "NULL"),
        ("index", &[map(&[("a", 1)]), s("a")], "1"),
        ("index", &[map(&[("a", 1)]), s("b")], "NULL"),
        ("array_contains", &[list(&[Some(1), Some(2)]), i(2)], "true"),
        ("array_contains", &[list(&[Some(1)]), ScalarValue::Int32(None)], "false"),
        ("array_contains", &[absent_list(), i(1)], "false"),
        ("map_keys", &[map(&[("x", 1), ("y", 2)])], r#"["x","y"]"#),
        ("map_values", &[map(&[("x", 1), ("y", 2)])], "[1,2]"),
        ("sort_array", &[list(&[Some(3), Some(1), None, Some(2)])], "[null,1,2,3]"),
        ("concat_ws", &[s("."), s("www"), ScalarValue::Utf8(None), s("c")], "www.c"),
    ]);
    assert!(
        call("size", &[i(1)])
            .unwrap_err()
            .contains("\"map\" or \"list\" is expected at function SIZE, but \"int\" is found")
    );
}

#[test]
fn arrays_as_sets() {
    let one = || list(&[Some(1), Some(2), Some(2), None, Some(4)]);
    check(&[
        ("array_distinct", &[one()], "[1,2,null,4]"),
        ("array_union", &[one(), list(&[Some(3), Some(2)])], "[1,2,null,4,3]"),
        ("array_intersect", &[one(), list(&[Some(4), Some(2)])], "[2,4]"),
        ("array_except", &[one(), list(&[Some(4), Some(2)])], "[1,null]"),
        ("array_remove", &[one(), i(2)], "[1,null,4]"),
        ("array_min", &[one()], "1"),
        ("array_max", &[one()], "4"),
        ("array_join", &[one(), s(",")], "1,2,2,4"),
        ("array_join", &[one(), s(","), s(":")], "1,2,2,:,4"),
        ("array_slice", &[one(), i(1), i(2)], "[2,2]"),
        ("array_slice", &[one(), i(4), i(2)], "[]"),
        ("array_append", &[one(), i(9)], "[1,2,2,null,4,9]"),
        ("array_position", &[one(), i(4)], "5"),
        ("array_position", &[one(), i(7)], "0"),
    ]);
}

#[test]
fn conditions() {
    let yes = || ScalarValue::Boolean(Some(true));
    check(&[
        ("if", &[yes(), i(1), d(2.5)], "1.0"),
        ("if", &[ScalarValue::Boolean(None), i(1), i(2)], "2"),
        ("coalesce", &[ScalarValue::Null, i(1), i(2)], "1"),
        ("nvl", &[ScalarValue::Utf8(None), s("x")], "x"),
        ("nullif", &[i(1), i(1)], "NULL"),
        ("nullif", &[i(1), i(2)], "1"),
        ("isnull", &[ScalarValue::Int32(None)], "true"),
        ("isnotnull", &[ScalarValue::Null], "false"),
        ("isnottrue", &[ScalarValue::Boolean(None)], "true"),
        ("isfalse", &[yes()], "false"),
        ("assert_true", &[yes()], "NULL"),
        ("typeof", &[list(&[])], "array<int>"),
    ]);
    assert!(
        call("assert_true", &[ScalarValue::Boolean(None)]).unwrap_err().contains("ASSERT_TRUE(): assertion failed.")
    );
    assert!(
        call("if", &[i(1), i(1), i(1)])
            .unwrap_err()
            .contains("The first argument of function IF should be \"boolean\", but \"int\" is found")
    );
    assert!(call("reflect", &[s("a"), s("b")]).unwrap_err().contains("is not supported"));
}
