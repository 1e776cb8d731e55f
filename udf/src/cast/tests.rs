//! Answers of Hive: 2.3.9 where it and Hive 4 agree, else Hive 4's sources.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Decimal128Array, Float64Array, Int32Array, Int64Array, ListArray, StringArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field, Int32Type, IntervalUnit, TimeUnit};

use super::*;
use crate::text::{parse_timestamp, parse_zone, utc, value_text};

const TIMESTAMP: DataType = DataType::Timestamp(TimeUnit::Microsecond, None);

fn text(value: &str) -> ArrayRef {
    Arc::new(StringArray::from(vec![value]))
}

fn double(value: f64) -> ArrayRef {
    Arc::new(Float64Array::from(vec![value]))
}

fn int(value: i32) -> ArrayRef {
    Arc::new(Int32Array::from(vec![value]))
}

fn decimal(value: i128, precision: u8, scale: i8) -> ArrayRef {
    Arc::new(Decimal128Array::from(vec![value]).with_precision_and_scale(precision, scale).unwrap())
}

fn timestamp(value: &str) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from(vec![parse_timestamp(value)]))
}

fn cast_in(array: &ArrayRef, target: impl Into<CastTarget>, zone: &str) -> String {
    let zone = parse_zone(zone).unwrap();
    let cast = cast_array(array, &target.into(), zone).unwrap();
    assert_eq!(cast.len(), array.len());
    value_text(&cast, 0, TextStyle::cli(zone)).unwrap()
}

use crate::text::TextStyle;

fn cast(array: ArrayRef, target: impl Into<CastTarget>) -> String {
    cast_in(&array, target, "UTC")
}

#[test]
fn to_integers() {
    use DataType::*;
    assert_eq!(cast(text("1.9"), Int32), "1");
    assert_eq!(cast(text("abc"), Int32), "NULL");
    assert_eq!(cast(text("1e3"), Int32), "NULL");
    assert_eq!(cast(text(".5"), Int32), "0");
    assert_eq!(cast(text("128"), Int8), "NULL");
    assert_eq!(cast(int(300), Int8), "44");
    assert_eq!(cast(double(1e20), Int32), "2147483647");
    assert_eq!(cast(double(-1e20), Int64), "-9223372036854775808");
    assert_eq!(cast(double(300.7), Int8), "44");
    assert_eq!(cast(double(70000.5), Int16), "4464");
    assert_eq!(cast(double(f64::NAN), Int32), "0");
    assert_eq!(cast(Arc::new(Int64Array::from(vec![3_000_000_000])), Int32), "-1294967296");
    assert_eq!(cast(decimal(3_000_000_000, 20, 0), Int32), "NULL");
    assert_eq!(cast(decimal(2000, 5, 1), Int8), "NULL");
    assert_eq!(cast(decimal(25, 2, 1), Int32), "2");
    assert_eq!(cast(decimal(-25, 2, 1), Int32), "-2");
    assert_eq!(cast(timestamp("1970-01-02 00:00:00"), Int64), "86400");
    assert_eq!(cast(timestamp("1970-01-02 00:00:00"), Int16), "NULL");
}

#[test]
fn to_booleans() {
    use DataType::Boolean;
    for (value, expected) in [("", "false"), ("false", "false"), ("NO", "false"), ("0", "false"), ("x", "true")] {
        assert_eq!(cast(text(value), Boolean), expected);
    }
    assert_eq!(cast(double(0.5), Boolean), "true");
    assert_eq!(cast(int(2), Boolean), "true");
    assert_eq!(cast(decimal(0, 2, 1), Boolean), "false");
}

#[test]
fn to_strings() {
    use DataType::Utf8;
    assert_eq!(cast(Arc::new(BooleanArray::from(vec![true])), Utf8), "TRUE");
    assert_eq!(cast(Arc::new(BooleanArray::from(vec![false])), CastTarget::Varchar(3)), "FAL");
    assert_eq!(cast(double(1e10), Utf8), "1.0E10");
    assert_eq!(cast(decimal(150, 10, 2), Utf8), "1.50");
    assert_eq!(cast(text("12345"), CastTarget::Varchar(3)), "123");
    assert_eq!(cast(text("ab   "), CastTarget::Char(4)), "ab");
    assert_eq!(cast(text("äöü"), CastTarget::Varchar(2)), "äö");
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1), None])]);
    assert_eq!(cast(Arc::new(list), Utf8), "[1,null]");
}

#[test]
fn to_decimals() {
    let small = DataType::Decimal128(5, 2);
    assert_eq!(cast(decimal(1555, 4, 3), small.clone()), "1.56");
    assert_eq!(cast(decimal(-1555, 4, 3), small.clone()), "-1.56");
    assert_eq!(cast(decimal(999_995, 6, 3), small.clone()), "NULL");
    assert_eq!(cast(text("1.555"), small.clone()), "1.56");
    assert_eq!(cast(text("abc"), small.clone()), "NULL");
    assert_eq!(cast(text("1e2"), small.clone()), "100.00");
    assert_eq!(cast(double(12345.6), DataType::Decimal128(10, 1)), "12345.6");
    assert_eq!(cast(double(0.1), DataType::Decimal128(20, 18)), "0.100000000000000000");
    assert_eq!(cast(int(1000), small.clone()), "NULL");
    assert_eq!(cast(Arc::new(BooleanArray::from(vec![true])), DataType::Decimal128(3, 1)), "1.0");
}

#[test]
fn to_dates_and_timestamps() {
    use DataType::Date32;
    assert_eq!(cast(text("2020-02-31"), Date32), "NULL");
    assert_eq!(cast(text("2020-01-01 10:11:12"), Date32), "2020-01-01");
    assert_eq!(cast(text("2020-01-01 1:2:3.45"), TIMESTAMP), "2020-01-01 01:02:03.45");
    assert_eq!(cast(double(1.5), TIMESTAMP), "1970-01-01 00:00:01.5");
    assert_eq!(cast(double(-1.5), TIMESTAMP), "1969-12-31 23:59:58.5");
    assert_eq!(cast(int(1), TIMESTAMP), "1970-01-01 00:00:00.001");
    assert_eq!(cast(decimal(15, 2, 1), TIMESTAMP), "1970-01-01 00:00:01.5");
    assert_eq!(cast(timestamp("1970-01-02 00:00:00.5"), DataType::Float64), "86400.5");
    assert_eq!(cast(timestamp("1969-12-31 23:59:59.5"), Date32), "1969-12-31");
    assert_eq!(cast(text("1-2"), DataType::Interval(IntervalUnit::YearMonth)), "1-2");
    assert_eq!(cast(text("1 2:3:4"), DataType::Duration(TimeUnit::Microsecond)), "1 02:03:04.000000000");
}

#[test]
fn local_time_zone() {
    let instant = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let zone = "America/Los_Angeles";
    let array = cast_array(&text("2016-01-03 12:26:34"), &instant.into(), parse_zone(zone).unwrap()).unwrap();
    assert_eq!(cast_in(&array, DataType::Utf8, zone), "2016-01-03 12:26:34.0 America/Los_Angeles");
    assert_eq!(cast_in(&array, TIMESTAMP, zone), "2016-01-03 12:26:34");
    assert_eq!(cast_in(&array, TIMESTAMP, "UTC"), "2016-01-03 20:26:34");
    assert_eq!(cast_in(&array, DataType::Date32, "Asia/Tokyo"), "2016-01-04");
}

#[test]
fn members_and_refusals() {
    let list: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1)])]));
    let doubles = DataType::List(Arc::new(Field::new("item", DataType::Float64, true)));
    assert_eq!(cast(list, doubles), "[1.0]");
    let error = cast_array(&int(1), &DataType::Date32.into(), utc()).unwrap_err();
    assert_eq!(error.to_string(), "Cannot cast int to date");
}
