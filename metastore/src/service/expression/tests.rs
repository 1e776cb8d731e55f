//! Conditions as real clients send them.

use super::*;
use crate::model::{FieldSchema, PartitionFilter};

fn keys(columns: &[&str]) -> Vec<FieldSchema> {
    let key = |column: &&str| {
        let (name, ty) = column.split_once(' ').unwrap();
        FieldSchema { name: name.into(), ty: ty.parse().unwrap(), comment: None }
    };
    columns.iter().map(key).collect()
}

fn bytes(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/partition-expressions");
    std::fs::read(format!("{folder}/{name}.bin")).unwrap()
}

/// What the condition of a file says of one value of its column.
fn says(name: &str, column: &str, value: &str) -> Verdict {
    let keys = keys(&[column]);
    let condition = read_plan(&bytes(name), &keys).unwrap_or_else(|error| panic!("{name}: {error}"));
    verdict(&condition, &[read_value(&keys[0].ty, value)])
}

#[test]
fn conditions_of_hive_are_read_and_evaluated() {
    use Verdict::{No, Unknown, Yes};
    for (name, column, value, expected) in [
        ("string_equals", "ds string", "2024-01-02", Yes),
        ("string_equals", "ds string", "2024-01-03", No),
        ("string_equals", "ds string", "__HIVE_DEFAULT_PARTITION__", No),
        ("not_equals", "hr int", "3", No),
        ("not_equals", "hr int", "4", Yes),
        ("and_range", "hr int", "2", Yes),
        ("and_range", "hr int", "5", No),
        ("in_list", "ds string", "é", Yes),
        ("in_list", "ds string", "c", No),
        ("between", "hr int", "4", Yes),
        ("between", "hr int", "5", No),
        ("not_between", "hr int", "5", Yes),
        ("is_null", "ds string", "__HIVE_DEFAULT_PARTITION__", Yes),
        ("is_null", "ds string", "a", No),
        ("is_not_null", "ds string", "a", Yes),
        ("like", "ds string", "2024-05", Yes),
        ("like", "ds string", "x2024-05", No),
        ("rlike", "ds string", "x2024-05", Yes),
        ("date_equals", "d date", "2024-02-29", Yes),
        ("date_equals", "d date", "2024-03-01", No),
        ("decimal_less", "m decimal(10,2)", "12.49", Yes),
        ("decimal_less", "m decimal(10,2)", "12.50", No),
        ("bigint_equals", "n bigint", "12345678901", Yes),
        ("double_less", "x double", "1.25", Yes),
        ("small_equals", "s smallint", "7", Yes),
        ("tiny_equals", "y tinyint", "8", No),
        ("boolean_equals", "b boolean", "true", Yes),
        ("float_equals", "f float", "1.5", Yes),
        ("char_equals", "c char(5)", "ab", Yes),
        ("varchar_equals", "v varchar(5)", "ab", Yes),
        ("cast_to_double", "ds string", "3.0", Yes),
        ("cast_to_int", "ds string", "3", Yes),
        ("cast_to_date", "ds string", "2024-02-29", Yes),
        ("lower_equals", "ds string", "A", Yes),
        ("concat_equals", "ds string", "a", Yes),
        ("null_safe_equals", "ds string", "__HIVE_DEFAULT_PARTITION__", No),
        ("unknown_function", "ds string", "abc", Unknown),
        ("constant_null", "ds string", "a", Unknown),
        ("constant_null", "ds string", "b", No),
        ("cli_338", "ds string", "2020-01-03", Yes),
        ("cli_340", "ds string", "2020-01-03", No),
    ] {
        assert_eq!(says(name, column, value), expected, "{name} of {value}");
    }
}

#[test]
fn conditions_on_several_keys() {
    let keys = keys(&["ds string", "hr int", "n bigint", "h int"]);
    let says = |name: &str, values: [&str; 4]| {
        let condition = read_plan(&bytes(name), &keys).unwrap();
        let values: Vec<Datum> = keys.iter().zip(values).map(|(key, value)| read_value(&key.ty, value)).collect();
        verdict(&condition, &values)
    };
    assert_eq!(says("and_three", ["a", "1", "6", "0"]), Verdict::Yes);
    assert_eq!(says("and_three", ["a", "1", "5", "0"]), Verdict::No);
    assert_eq!(says("or_not", ["a", "0", "0", "0"]), Verdict::No);
    assert_eq!(says("or_not", ["a", "-1", "0", "0"]), Verdict::Yes);
    assert_eq!(says("struct_in", ["d1", "1", "0", "0"]), Verdict::Yes);
    assert_eq!(says("struct_in", ["d1", "2", "0", "0"]), Verdict::No);
    assert_eq!(says("cli_593", ["2020-01-02", "0", "0", "2"]), Verdict::Yes);
    assert_eq!(says("cli_593", ["2020-01-03", "0", "0", "2"]), Verdict::No);
}

#[test]
fn broken_bytes_are_refused() {
    let keys = keys(&["ds string"]);
    let whole = bytes("struct_in");
    for length in 0..whole.len() {
        assert!(read_plan(&whole[..length], &keys).is_err(), "{length}");
    }
    for at in 0..whole.len() {
        for byte in [0, 1, 2, 0x7F, 0x80, 0xFF] {
            let mut broken = whole.clone();
            broken[at] = byte;
            // It must come to an end, whatever it says.
            let _ = read_plan(&broken, &keys);
        }
    }
}

fn condition(text: &str, keys: &[FieldSchema]) -> Result<Expr, String> {
    text::read(text, &|name| {
        let at = keys.iter().position(|key| key.name.eq_ignore_ascii_case(name));
        at.map(Expr::Column).ok_or_else(|| format!("no key {name}"))
    })
}

#[test]
fn conditions_as_text() {
    let keys = keys(&["ds string", "h int", "d date"]);
    let holds = |text: &str, values: [&str; 3]| {
        let condition = condition(text, &keys).unwrap();
        let values: Vec<Datum> = keys.iter().zip(values).map(|(key, value)| read_value(&key.ty, value)).collect();
        verdict(&condition, &values) == Verdict::Yes
    };
    let row = ["2020-01-02", "2", "2020-02-29"];
    for text in [
        "ds = \"2020-01-02\" and h > 1",
        "ds='2020-01-02'",
        "ds like \"2020.*\"",
        "h in (1, 2)",
        "h not in (1, 3)",
        "h between 2 and 3",
        "h not between 3 and 4",
        "2 = h",
        "not (h = 3)",
        "(ds = 'x' or h <= 2) AND h <> 1",
        "d = 2020-02-29",
        "d >= DATE '2020-02-28'",
        "d = '2020-02-29'",
        "h = \"2\"",
        "(ds, h) in (const struct('2020-01-02', 2), const struct('a', 1))",
        "`ds` != 'a'",
    ] {
        assert!(holds(text, row), "{text}");
    }
    for text in ["ds like \"2020\"", "h < -1", "ds = 'x'", "d < DATE '2020-02-29'"] {
        assert!(!holds(text, row), "{text}");
    }
    for text in
        ["", "ds", "ds =", "ds = 'a", "nokey = 1", "ds = 'a' ds = 'b'", "(ds = 'a'", "ds like '('", "h = 1-1", "h ! 2"]
    {
        assert!(condition(text, &keys).is_err(), "{text}");
    }
    assert!(condition(&"(".repeat(100_000), &keys).is_err());
}

#[test]
fn what_a_store_can_look_up() {
    let keys = keys(&["ds string", "h int", "d date"]);
    let found = |text: &str| lookup(&condition(text, &keys).unwrap(), &keys);
    assert!(found("ds = 'a' and h > 1").1);
    assert!(found("h between 1 and 2 or ds in ('a', 'b')").1);
    assert!(
        matches!(found("ds = 'a' and d > DATE '2020-01-01'"), (PartitionFilter::And(parts), false) if parts.len() == 1)
    );
    assert_eq!(found("ds = 'a' or d > DATE '2020-01-01'"), (PartitionFilter::All, false));
    assert_eq!(found("h = '1'"), (PartitionFilter::All, false));
}
