//! Messages of HiveServer2's API, written and read, and called.
#![allow(clippy::unwrap_used)]

use skep_thrift::{Method, MethodVisitor, Peer, Protocol, ReadError, Reader, Router, Value, Writer};
use skep_thrift_tcli::methods::{self, FetchResults, FetchResultsArgs, OpenSession, OpenSessionArgs};
use skep_thrift_tcli::*;

fn round_trip<T: Value + PartialEq + std::fmt::Debug>(value: &T) {
    for protocol in [Protocol::Binary, Protocol::Compact] {
        let mut writer = Writer::new(protocol);
        value.write(&mut writer);
        let bytes = writer.finish().unwrap();
        assert_eq!(T::read(&mut Reader::new(&bytes, protocol)).as_ref(), Ok(value));
    }
}

#[test]
fn rows_and_columns() {
    let ints = TI32Column { values: vec![1, 0, -3], nulls: vec![0b010] };
    let texts = TStringColumn { values: vec!["ä".to_owned(), String::new()], nulls: vec![] };
    let binary = TBinaryColumn { values: vec![vec![0xff, 0]], nulls: vec![1] };
    let flags = TBoolColumn { values: vec![true, false], nulls: vec![0] };
    round_trip(&TRowSet {
        start_row_offset: 7,
        rows: vec![TRow { col_vals: vec![TColumnValue::I64Val(TI64Value { value: None }), TColumnValue::Unset] }],
        columns: Some(vec![
            TColumn::I32Val(ints),
            TColumn::StringVal(texts),
            TColumn::BinaryVal(binary),
            TColumn::BoolVal(flags),
        ]),
        binary_columns: None,
        column_count: Some(4),
    });
}

#[test]
fn versions_that_are_not_known_are_kept() {
    let request = TOpenSessionReq { client_protocol: TProtocolVersion(99), ..Default::default() };
    round_trip(&request);
    assert_eq!(TProtocolVersion::HIVE_CLI_SERVICE_PROTOCOL_V11.0, 10);
    let missing = TOpenSessionReq::read(&mut Reader::new(&[0], Protocol::Binary));
    assert_eq!(missing, Err(ReadError::MissingField { structure: "TOpenSessionReq", field: "client_protocol" }));
}

/// Counts methods.
struct Count(usize);

impl MethodVisitor<NoException> for Count {
    fn visit<M: Method<Exception = NoException>>(&mut self) {
        assert!(!M::ONEWAY && methods::NAMES.get(self.0) == Some(&M::NAME));
        self.0 += 1;
    }
}

#[test]
fn calls() {
    let router = Router::new()
        .on::<OpenSession>(|_, args| {
            let version = args.req.unwrap_or_default().client_protocol;
            Ok(TOpenSessionResp { server_protocol_version: version, ..Default::default() })
        })
        .on::<FetchResults>(|_, _| Ok(TFetchResultsResp::default()));
    let req = TOpenSessionReq { client_protocol: TProtocolVersion(5), ..Default::default() };
    let answer = router.call::<OpenSession>(&Peer::local(), &OpenSessionArgs { req: Some(req) }).unwrap();
    assert_eq!(answer.server_protocol_version, TProtocolVersion::HIVE_CLI_SERVICE_PROTOCOL_V6);
    assert!(router.call::<FetchResults>(&Peer::local(), &FetchResultsArgs::default()).is_ok());
    let mut count = Count(0);
    methods::visit(&mut count);
    assert_eq!(count.0, 23);
}
