//! Answers of `hash()` in Hive 2.3.9 (time zone UTC) and, for version 2, of `ObjectInspectorUtils.getBucketHashCode`.

use super::*;
use arrow::array::*;
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Int32Type};
use std::sync::Arc;

fn one(array: impl Array) -> i32 {
    java_hash(&array).unwrap()[0]
}

#[test]
fn primitives_as_hive() {
    assert_eq!(one(Int32Array::from(vec![1])), 1);
    assert_eq!(one(Int64Array::from(vec![-5])), 4);
    assert_eq!(one(Decimal128Array::from(vec![25]).with_precision_and_scale(2, 1).unwrap()), 776);
    assert_eq!(one(Float64Array::from(vec![2.5])), 1_074_003_968);
    assert_eq!(one(Float64Array::from(vec![-1.5])), -1_074_266_112);
    assert_eq!(one(Float32Array::from(vec![1.25])), 1_067_450_368);
    assert_eq!(one(StringArray::from(vec!["abc"])), 96_354);
    assert_eq!(one(StringArray::from(vec!["héé"])), 94_143_348);
    assert_eq!(java_hash_text(&StringArray::from(vec!["abc"])), vec![126_145]);
    assert_eq!(one(BooleanArray::from(vec![true])), 1);
    assert_eq!(one(Date32Array::from(vec![18_263])), 18_263);
    assert_eq!(one(BinaryArray::from_vec(vec![b"xyz"])), 148_984);
    assert_eq!(java_hash(&Int32Array::from(vec![None, Some(3)])).unwrap(), vec![0, 3]);
}

#[test]
fn decimals_as_hive() {
    let decimal = |value: i128, precision, scale| {
        one(Decimal128Array::from(vec![value]).with_precision_and_scale(precision, scale).unwrap())
    };
    assert_eq!(decimal(150, 10, 2), 466);
    assert_eq!(decimal(-123_456_789_012_345_678_901_250_000_000, 38, 10), -647_166_473);
    assert_eq!(decimal(100, 10, 0), 3100);
    assert_eq!(decimal(0, 10, 2), 0);
}

#[test]
fn times_as_hive() {
    assert_eq!(one(TimestampMicrosecondArray::from(vec![1_577_934_245_678_000])), 2_146_050_793);
    assert_eq!(one(TimestampMicrosecondArray::from(vec![-2_208_988_799_500_000])), -1_026_030_240);
    assert_eq!(one(IntervalYearMonthArray::from(vec![14])), 14);
    assert_eq!(one(DurationMicrosecondArray::from(vec![273_906_789_000])), 799_157_795);
}

#[test]
fn nested_values_as_hive() {
    assert_eq!(
        one(ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1), Some(2), Some(3)])])),
        1026
    );
    let mut map = MapBuilder::new(None, StringBuilder::new(), Int32Builder::new());
    for (key, value) in [("a", 1), ("b", 2)] {
        map.keys().append_value(key);
        map.values().append_value(value);
    }
    map.append(true).unwrap();
    assert_eq!(one(map.finish()), 192);
    let fields = vec![Field::new("a", DataType::Int32, true), Field::new("b", DataType::Utf8, true)];
    let columns: Vec<ArrayRef> = vec![Arc::new(Int32Array::from(vec![1])), Arc::new(StringArray::from(vec!["x"]))];
    assert_eq!(one(StructArray::new(fields.into(), columns, None)), 151);
    let columns: Vec<ArrayRef> = vec![Arc::new(Int32Array::from(vec![1])), Arc::new(StringArray::from(vec!["a"]))];
    assert_eq!(row_hash(HashVersion::Java, &columns, Tz::UTC).unwrap(), vec![128]);
}

#[test]
fn unions_hash_as_their_member() {
    let fields = vec![
        Field::new("tag", DataType::Int8, true),
        Field::new("0", DataType::Int32, true),
        Field::new("1", DataType::Utf8, true),
    ];
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int8Array::from(vec![1])),
        Arc::new(Int32Array::from(vec![None])),
        Arc::new(StringArray::from(vec!["q"])),
    ];
    assert_eq!(one(StructArray::new(fields.into(), columns, None)), 113);
}

#[test]
fn lists_of_a_slice_are_read_at_their_offsets() {
    let values = Int32Array::from(vec![1, 2, 3, 4]);
    let field = Arc::new(Field::new("item", DataType::Int32, true));
    let list = ListArray::new(field, OffsetBuffer::new(vec![0, 2, 4].into()), Arc::new(values), None);
    assert_eq!(java_hash(&list.slice(1, 1)).unwrap(), vec![31 * 3 + 4]);
}

#[test]
fn buckets_are_never_negative() {
    assert_eq!(bucket_number(-1, 4), 3);
    assert_eq!(bucket_number(i32::MIN, 4), 0);
}

fn two(array: impl Array) -> i32 {
    murmur_hash(&array).unwrap()[0]
}

#[test]
fn version_2_of_primitives() {
    assert_eq!(two(BooleanArray::from(vec![true])), 1);
    assert_eq!(two(Int8Array::from(vec![-128])), -128);
    assert_eq!(two(Int16Array::from(vec![300])), 2_107_031_704);
    assert_eq!(two(Int32Array::from(vec![300_000])), -678_663_480);
    assert_eq!(two(Int64Array::from(vec![300_000_000_000])), -888_935_297);
    assert_eq!(two(Float32Array::from(vec![12.34])), -381_747_602);
    assert_eq!(two(Float32Array::from(vec![f32::NAN])), -480_354_314);
    assert_eq!(two(Float64Array::from(vec![12.34])), -2_070_733_568);
    assert_eq!(two(Float64Array::from(vec![f64::NEG_INFINITY])), 141_388_605);
    assert_eq!(two(StringArray::from(vec!["Trino rocks"])), -399_107_423);
    assert_eq!(two(StringArray::from(vec![""])), -965_378_730);
    assert_eq!(two(StringArray::from(vec!["\u{5f3a}\u{5927}\u{7684}Trino\u{5f15}\u{64ce}"])), 1_784_416_344);
    assert_eq!(two(Date32Array::from(vec![16_758])), 8_542_395);
    assert_eq!(two(Int32Array::from(vec![None])), 0);
}

#[test]
fn version_2_of_nested_values() {
    let list = ListArray::from_iter_primitive::<arrow::datatypes::Int16Type, _, _>(vec![Some(vec![
        Some(5),
        Some(8),
        Some(13),
    ])]);
    assert_eq!(two(list), -905_011_156);
    let mut map = MapBuilder::new(None, StringBuilder::new(), Int64Builder::new());
    for (key, value) in [("key", 123), ("key2", 123_456_789), ("key3", -123_456)] {
        map.keys().append_value(key);
        map.values().append_value(value);
    }
    map.append(true).unwrap();
    assert_eq!(two(map.finish()), -1_910_999_650);
}
