//! Structs of the metastore's API, written and read.
#![allow(clippy::expect_used)]

use std::collections::{BTreeMap, BTreeSet};

use skep_thrift::{Exception, Method, Protocol, ReadError, Reader, Value, Writer};
use skep_thrift_hms::methods::{self, GetTable, GetTableArgs};
use skep_thrift_hms::*;

fn bytes<T: Value>(value: &T, protocol: Protocol) -> Vec<u8> {
    let mut writer = Writer::new(protocol);
    value.write(&mut writer);
    writer.finish().expect("it is short")
}

fn round_trip<T: Value + PartialEq + std::fmt::Debug>(value: &T) {
    for protocol in [Protocol::Binary, Protocol::Compact] {
        let bytes = bytes(value, protocol);
        let mut reader = Reader::new(&bytes, protocol);
        assert_eq!(T::read(&mut reader).as_ref(), Ok(value), "{protocol:?}");
        assert_eq!(reader.remaining(), 0);
        for end in 0..bytes.len() {
            assert!(T::read(&mut Reader::new(&bytes[..end], protocol)).is_err(), "{protocol:?} cut at {end}");
        }
    }
}

fn table() -> Table {
    Table {
        table_name: Some("t".to_owned()),
        create_time: Some(-1),
        sd: Some(StorageDescriptor {
            cols: Some(vec![FieldSchema {
                name: Some("größe".to_owned()),
                r#type: Some("int".to_owned()),
                comment: None,
            }]),
            compressed: Some(false),
            skewed_info: Some(SkewedInfo {
                skewed_col_names: Some(vec!["a".to_owned()]),
                skewed_col_values: Some(vec![vec!["1".to_owned()], vec![]]),
                skewed_col_value_location_maps: Some(BTreeMap::from([(vec!["1".to_owned()], "/x".to_owned())])),
            }),
            stored_as_sub_directories: Some(true),
            ..Default::default()
        }),
        parameters: Some((0..40).map(|i| (format!("k{i}"), String::new())).collect()),
        owner_type: Some(PrincipalType(77)),
        write_id: Some(i64::MIN),
        access_type: Some(-8),
        col_stats: Some(ColumnStatistics {
            stats_desc: ColumnStatisticsDesc { is_tbl_level: true, ..Default::default() },
            stats_obj: vec![ColumnStatisticsObj {
                col_name: "a".to_owned(),
                col_type: "double".to_owned(),
                stats_data: ColumnStatisticsData::DoubleStats(DoubleColumnStatsData {
                    low_value: Some(-0.5),
                    high_value: Some(f64::INFINITY),
                    num_nulls: 3,
                    num_dvs: 1 << 40,
                    bit_vectors: Some(vec![0, 255, 128]),
                    histogram: None,
                }),
            }],
            ..Default::default()
        }),
        ..Default::default()
    }
}

#[test]
fn structs_come_back() {
    round_trip(&table());
    round_trip(&Table::default());
    round_trip(&HeartbeatTxnRangeResponse { aborted: BTreeSet::from([1, -2, i64::MAX]), nosuch: BTreeSet::new() });
    round_trip(&GetTableArgs { dbname: Some("d".to_owned()), tbl_name: None });
    round_trip(&ColumnStatisticsData::Unset);
    // An id with two types.
    round_trip(&GetOpenTxnsResponse {
        open_txns: Some(vec![2, 1]),
        open_txns_before_3: Some(BTreeSet::from([1, 2])),
        ..Default::default()
    });
}

#[test]
fn required_fields_are_required() {
    assert_eq!(
        TableMeta::read(&mut Reader::new(&[0], Protocol::Binary)),
        Err(ReadError::MissingField { structure: "TableMeta", field: "dbName" })
    );
}

#[test]
fn fields_of_newer_and_of_other_types_are_passed_over() {
    // A StorageDescriptor's field 2 is a string, its field 1 a list of structs.
    let newer = bytes(&table().sd.expect("it has one"), Protocol::Binary);
    let version = Version::read(&mut Reader::new(&newer, Protocol::Binary)).expect("it is a struct");
    assert_eq!(version, Version::default());
}

#[test]
fn methods_declare_their_exceptions() {
    assert_eq!(GetTable::exception_field(&MetaException::new("x").into()), Some(1));
    assert_eq!(GetTable::exception_field(&NoSuchObjectException::new("x").into()), Some(2));
    assert_eq!(GetTable::exception_field(&InvalidInputException::new("x").into()), None);
    assert_eq!(HmsException::general("x".to_owned()), Some(HmsException::Meta(MetaException::new("x"))));
    let bytes = bytes(&NoSuchObjectException::new("gone"), Protocol::Binary);
    let read = GetTable::read_exception(2, &mut Reader::new(&bytes, Protocol::Binary));
    assert_eq!(read, Ok(Some(NoSuchObjectException::new("gone").into())));
    assert!(methods::NAMES.contains(&"get_table") && methods::NAMES.contains(&"shutdown"));
    const { assert!(methods::Shutdown::ONEWAY) };
}
