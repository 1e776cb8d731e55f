//! Calls through a router.
#![allow(clippy::unwrap_used, clippy::panic)]

use skep_thrift::{
    ApplicationExceptionKind, Call, CallError, MessageHeader, MessageKind, Outcome, Peer, Protocol, ReadLimits, Reader,
    Router, Value, Writer,
};
use skep_thrift_hms::methods::*;
use skep_thrift_hms::*;

fn router() -> Router {
    Router::new()
        .on::<GetTable>(|_: &Call, args: GetTableArgs| -> Result<Table, HmsException> {
            match args.tbl_name.as_deref() {
                Some("t") => Ok(Table { db_name: args.dbname, table_name: args.tbl_name, ..Default::default() }),
                Some("undeclared") => Err(InvalidInputException::new("bad").into()),
                Some("panic") => panic!("on purpose"),
                _ => Err(NoSuchObjectException::new("gone").into()),
            }
        })
        .on::<SetUgi>(|call, args| {
            call.peer().with(|name: &mut Option<String>| *name = args.user_name);
            Ok(args.group_names.unwrap_or_default())
        })
        .on::<GetName>(|call, _| Ok(call.peer().with(|name: &mut Option<String>| name.clone()).unwrap_or_default()))
        .on::<FlushCache>(|_, _| Ok(()))
        .on::<GetOpenTxns>(|_, _| Err(NoSuchTxnException::new("none").into()))
        .on::<Shutdown>(|_, _| Ok(()))
}

fn get_table(name: &str) -> GetTableArgs {
    GetTableArgs { dbname: Some("d".to_owned()), tbl_name: Some(name.to_owned()) }
}

#[test]
fn results_and_exceptions() {
    let (router, peer) = (router(), Peer::local());
    assert_eq!(router.call::<GetTable>(&peer, &get_table("t")).unwrap().table_name.as_deref(), Some("t"));
    let gone = router.call::<GetTable>(&peer, &get_table("x"));
    assert!(matches!(gone, Err(CallError::Declared(HmsException::NoSuchObject(e))) if e.message() == "gone"));
    let general = router.call::<GetTable>(&peer, &get_table("undeclared"));
    assert!(
        matches!(general, Err(CallError::Declared(HmsException::Meta(e))) if e.message() == "InvalidInputException: bad")
    );
    // get_open_txns declares no exception at all.
    let internal = router.call::<GetOpenTxns>(&peer, &GetOpenTxnsArgs {});
    assert!(matches!(internal, Err(CallError::Application(e)) if e.kind == ApplicationExceptionKind::INTERNAL_ERROR));
    router.call::<FlushCache>(&peer, &FlushCacheArgs {}).unwrap();
    router.call::<Shutdown>(&peer, &ShutdownArgs {}).unwrap();
    let unknown = router.call::<GetDatabase>(&peer, &GetDatabaseArgs::default());
    assert!(matches!(unknown, Err(CallError::Application(e)) if e.kind == ApplicationExceptionKind::UNKNOWN_METHOD));
}

#[test]
fn a_panic_is_an_answer() {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let result = router().call::<GetTable>(&Peer::local(), &get_table("panic"));
    std::panic::set_hook(hook);
    assert!(matches!(result, Err(CallError::Application(e)) if e.kind == ApplicationExceptionKind::INTERNAL_ERROR));
}

#[test]
fn connections_remember() {
    let (router, peer) = (router(), Peer::local());
    let groups = vec!["staff".to_owned()];
    let args = SetUgiArgs { user_name: Some("ann".to_owned()), group_names: Some(groups.clone()) };
    assert_eq!(router.call::<SetUgi>(&peer, &args).unwrap(), groups);
    assert_eq!(router.call::<GetName>(&peer, &GetNameArgs {}).unwrap(), "ann");
    assert_eq!(router.call::<GetName>(&Peer::local(), &GetNameArgs {}).unwrap(), "");
}

#[test]
fn bad_arguments_are_answered_and_bad_headers_are_not() {
    let limits = ReadLimits::default();
    for protocol in [Protocol::Binary, Protocol::Compact] {
        let mut writer = Writer::new(protocol);
        MessageHeader { name: "get_table".to_owned(), kind: MessageKind::Call, sequence: -3 }.write(&mut writer);
        let scope = writer.begin_struct();
        writer.field(1, &vec![0xffu8]);
        writer.end_struct(scope);
        let message = writer.finish().unwrap();
        let answer = router().answer(&Peer::local(), &message, protocol, &limits).unwrap();
        assert_eq!((answer.method, answer.outcome), (Some("get_table"), Outcome::BadArguments));
        let bytes = answer.bytes.unwrap();
        let mut reader = Reader::new(&bytes, protocol);
        let header = MessageHeader::read(&mut reader).unwrap();
        assert_eq!((header.kind, header.sequence), (MessageKind::Exception, -3));
        let error = skep_thrift::ApplicationException::read(&mut reader).unwrap();
        assert_eq!(error.kind, ApplicationExceptionKind::PROTOCOL_ERROR);
        assert!(router().answer(&Peer::local(), b"GET / HTTP/1.1\r\n\r\n", protocol, &limits).is_err());
    }
}
