//! A server and clients over real connections.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use common::{Running, options, router, start};
use skep_thrift::{
    ApplicationExceptionKind, CallError, ClientOptions, Connection, Framing, Login, MessageHeader, MessageKind,
    PasswordFile, Protocol, Refusal, Router, ServerOptions, ServerTls, TlsFiles, Transport, Value, Writer,
};
use skep_thrift_hms::HmsException;
use skep_thrift_hms::methods::*;

fn client() -> ClientOptions {
    ClientOptions { timeout: Some(Duration::from_secs(60)), ..ClientOptions::default() }
}

fn open(server: &Running, options: &ClientOptions) -> Connection {
    Connection::open::<HmsException>(&server.url(), options).unwrap()
}

/// Calls of every kind of outcome over one connection.
fn talk(connection: &mut Connection) {
    let args = |name: &str| GetTableArgs { dbname: Some("d".to_owned()), tbl_name: Some(name.to_owned()) };
    assert_eq!(connection.call::<GetTable>(args("t")).unwrap().table_name.as_deref(), Some("t"));
    let gone = connection.call::<GetTable>(args("gone"));
    assert!(matches!(gone, Err(CallError::Declared(HmsException::NoSuchObject(_)))));
    let unknown = connection.call::<GetDatabase>(GetDatabaseArgs::default());
    assert!(matches!(unknown, Err(CallError::Application(e)) if e.kind == ApplicationExceptionKind::UNKNOWN_METHOD));
    // It is not answered, and stops nothing.
    connection.call::<Shutdown>(ShutdownArgs {}).unwrap();
    connection.call::<FlushCache>(FlushCacheArgs {}).unwrap();
    // Messages of more than one frame and read.
    let args = PartitionNameHasValidCharactersArgs {
        part_vals: Some(vec!["v".repeat(3 << 20); 3]),
        throw_exception: Some(true),
    };
    assert!(connection.call::<PartitionNameHasValidCharacters>(args).unwrap());
    let all = connection.call::<GetAllTables>(GetAllTablesArgs { db_name: Some("9000".to_owned()) }).unwrap();
    assert_eq!((all.len(), all[8999].len()), (9000, 1000));
}

#[test]
fn every_protocol_and_framing() {
    for protocol in [Protocol::Binary, Protocol::Compact] {
        for framing in [Framing::Unframed, Framing::Framed] {
            let transport = Transport::Socket(framing);
            let server = start(ServerOptions { transport, protocol, ..options() }, router());
            talk(&mut open(&server, &ClientOptions { protocol, framing, ..client() }));
        }
    }
}

#[test]
fn a_connection_remembers_and_another_does_not() {
    let server = start(options(), router());
    let (mut first, mut second) = (open(&server, &client()), open(&server, &client()));
    let args = SetUgiArgs { user_name: Some("ann".to_owned()), group_names: Some(vec!["staff".to_owned()]) };
    assert_eq!(first.call::<SetUgi>(args).unwrap(), ["staff"]);
    assert_eq!(first.call::<GetName>(GetNameArgs {}).unwrap(), "ann");
    assert_eq!(second.call::<GetName>(GetNameArgs {}).unwrap(), "");
}

#[test]
fn passwords() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("passwords");
    std::fs::write(&path, format!("# users\n{}\n", PasswordFile::line("ann", "se:cret").unwrap())).unwrap();
    let passwords = Arc::new(PasswordFile::open(&path).unwrap());
    let login = |password: &str| Some(Login { user: "ann".to_owned(), password: password.to_owned() });
    for transport in [Transport::Socket(Framing::Unframed), Transport::Http { path: "metastore".to_owned() }] {
        let http = transport != Transport::Socket(Framing::Unframed);
        let server = start(ServerOptions { passwords: Some(passwords.clone()), transport, ..options() }, router());
        let url = if http { format!("http://{}/metastore", server.address) } else { server.url() };
        let name = |login: Option<Login>| {
            let mut connection = Connection::open::<HmsException>(&url, &ClientOptions { login, ..client() })?;
            let name = connection.call::<GetName>(GetNameArgs {})?;
            talk(&mut connection);
            Ok::<_, CallError<HmsException>>(name)
        };
        assert_eq!(name(login("se:cret")).unwrap(), "ann");
        assert!(matches!(name(login("wrong")), Err(CallError::Refused(_))));
        assert!(name(None).is_err());
        assert!(server.counts.refused(Refusal::Login) || server.counts.refused(Refusal::Garbage));
    }
}

/// A new certificate and its key, in files of this folder.
fn certificate(folder: &Path) -> TlsFiles {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned(), "localhost".to_owned()]).unwrap();
    let files = TlsFiles { certificates: folder.join("certificate"), key: folder.join("key") };
    std::fs::write(&files.certificates, made.cert.pem()).unwrap();
    std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    files
}

#[test]
fn tls() {
    let folder = tempfile::tempdir().unwrap();
    let files = certificate(folder.path());
    let tls = Some(ServerTls::open(files.clone()).unwrap());
    let secure = ClientOptions { tls: Some(files.certificates), ..client() };
    let server = start(ServerOptions { tls: tls.clone(), ..options() }, router());
    talk(&mut open(&server, &secure));
    let plain = ClientOptions { timeout: Some(Duration::from_secs(5)), ..client() };
    assert!(open(&server, &plain).call::<FlushCache>(FlushCacheArgs {}).is_err());

    let transport = Transport::Http { path: "/metastore".to_owned() };
    let server = start(ServerOptions { tls, transport, ..options() }, router());
    let url = format!("https://{}/metastore", server.address);
    talk(&mut Connection::open::<HmsException>(&url, &secure).unwrap());
}

#[test]
fn a_certificate_is_read_again() {
    let [served, old, new, other] = [(); 4].map(|()| tempfile::tempdir().unwrap());
    let [old, new, other] = [&old, &new, &other].map(|folder| certificate(folder.path()));
    let files = TlsFiles { certificates: served.path().join("certificate"), key: served.path().join("key") };
    let serve = |certificate: &TlsFiles, key: &TlsFiles| {
        std::fs::copy(&certificate.certificates, &files.certificates).unwrap();
        std::fs::copy(&key.key, &files.key).unwrap();
    };
    serve(&old, &old);
    let tls = ServerTls::open(files.clone()).unwrap();
    let http = Transport::Http { path: "/metastore".to_owned() };
    let with = |transport| start(ServerOptions { tls: Some(Arc::clone(&tls)), transport, ..options() }, router());
    let servers = [with(Transport::Socket(Framing::Unframed)), with(http)];
    let urls = [servers[0].url(), format!("https://{}/metastore", servers[1].address)];
    let connect = |url: &str, certificate: &TlsFiles| {
        let secure = ClientOptions { tls: Some(certificate.certificates.clone()), ..client() };
        Connection::open::<HmsException>(url, &secure)
    };
    let flush = |connection: &mut Connection| connection.call::<FlushCache>(FlushCacheArgs {}).unwrap();
    let mut open = urls.clone().map(|url| connect(&url, &old).unwrap());
    open.iter_mut().for_each(flush);
    serve(&new, &new);
    urls.iter().for_each(|url| flush(&mut connect(url, &old).unwrap()));
    tls.reload().unwrap();
    for url in &urls {
        flush(&mut connect(url, &new).unwrap());
        assert!(connect(url, &old).and_then(|mut one| one.call::<FlushCache>(FlushCacheArgs {})).is_err());
    }
    open.iter_mut().for_each(flush);
    // What cannot be used changes nothing.
    serve(&old, &other);
    let error = tls.reload().unwrap_err();
    assert_eq!(error.path, files.key);
    assert!(error.message.starts_with("it is not the key of "), "{error}");
    std::fs::write(&files.certificates, "-----BEGIN CERTIFICATE-----\n?").unwrap();
    assert_eq!(tls.reload().unwrap_err().path, files.certificates);
    std::fs::remove_file(&files.key).unwrap();
    assert!(tls.reload().is_err());
    urls.iter().for_each(|url| flush(&mut connect(url, &new).unwrap()));
}

#[test]
fn http() {
    let transport = Transport::Http { path: "/metastore".to_owned() };
    let server = start(ServerOptions { transport, max_message: 10 << 20, ..options() }, router());
    for path in ["metastore", "metastore/"] {
        let url = format!("http://{}/{path}", server.address);
        talk(&mut Connection::open::<HmsException>(&url, &client()).unwrap());
    }
    let url = format!("http://{}/elsewhere", server.address);
    let mut connection = Connection::open::<HmsException>(&url, &client()).unwrap();
    assert!(matches!(connection.call::<FlushCache>(FlushCacheArgs {}), Err(CallError::Io(_))));
    let url = format!("http://{}/metastore", server.address);
    let mut connection = Connection::open::<HmsException>(&url, &client()).unwrap();
    let args =
        PartitionNameHasValidCharactersArgs { part_vals: Some(vec!["v".repeat(11 << 20)]), throw_exception: None };
    assert!(connection.call::<PartitionNameHasValidCharacters>(args).is_err());
}

/// What the server sends before it closes the connection.
fn until_closed(stream: &mut TcpStream) -> Vec<u8> {
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let mut all = Vec::new();
    // A server that closes with unread bytes resets the connection.
    let _ = stream.read_to_end(&mut all);
    all
}

#[test]
fn garbage_ends_the_connection_and_nothing_else() {
    let server = start(ServerOptions { max_message: 1 << 20, ..options() }, router());
    let header = |method: &str| {
        let mut writer = Writer::new(Protocol::Binary);
        MessageHeader { name: method.to_owned(), kind: MessageKind::Call, sequence: 1 }.write(&mut writer);
        writer.finish().unwrap()
    };
    let string_of = |length: i32| [header("get_table"), vec![11, 0, 1], length.to_be_bytes().to_vec()].concat();
    let mut deep = header("get_table");
    for _ in 0..100 {
        deep.extend([12, 0, 1]);
    }
    let garbage: Vec<Vec<u8>> = vec![
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
        vec![0x16, 3, 1, 0, 200, 1, 0],
        vec![0xff; 100],
        string_of(-1),
        string_of(i32::MAX),
        string_of(2 << 20),
        [header("get_table"), vec![15, 0, 1, 12, 0x7f, 0xff, 0xff, 0xff]].concat(),
        [header("get_table"), vec![99]].concat(),
        deep,
        [vec![0x80, 1, 0, 1], 100_000i32.to_be_bytes().to_vec()].concat(),
        [vec![0x80, 1, 0, 77], 1i32.to_be_bytes().to_vec(), b"x".to_vec(), vec![0; 5]].concat(),
    ];
    for bytes in garbage {
        let mut stream = TcpStream::connect(server.address).unwrap();
        stream.write_all(&bytes).unwrap();
        assert_eq!(until_closed(&mut stream), b"", "{bytes:?}");
        assert!(server.counts.refused(Refusal::Garbage));
    }
    talk_small(&server);
}

fn talk_small(server: &Running) {
    open(server, &client()).call::<FlushCache>(FlushCacheArgs {}).unwrap();
}

#[test]
fn several_messages_in_one_piece_and_one_message_in_many() {
    let server = start(options(), router());
    let mut message = Writer::new(Protocol::Binary);
    MessageHeader { name: "getName".to_owned(), kind: MessageKind::Call, sequence: 1 }.write(&mut message);
    GetNameArgs {}.write(&mut message);
    let message = message.finish().unwrap();
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.write_all(&message.repeat(3)).unwrap();
    for byte in &message {
        stream.write_all(&[*byte]).unwrap();
    }
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let answers = until_closed(&mut stream);
    let count = answers.windows(7).filter(|part| part == b"getName").count();
    assert_eq!(count, 4);
}

#[test]
fn slow_and_silent_peers_are_ended() {
    let limits = ServerOptions {
        message_timeout: Duration::from_millis(200),
        idle_timeout: Some(Duration::from_millis(500)),
        ..options()
    };
    let server = start(limits, router());
    let mut silent = TcpStream::connect(server.address).unwrap();
    let mut slow = TcpStream::connect(server.address).unwrap();
    slow.write_all(&[0x80, 1, 0, 1]).unwrap();
    until_closed(&mut slow);
    assert!(server.counts.refused(Refusal::Slow));
    until_closed(&mut silent);
    assert!(server.counts.refused(Refusal::Idle));
}

#[test]
fn connections_are_counted() {
    let server = start(ServerOptions { max_connections_per_address: 2, ..options() }, router());
    let mut first = open(&server, &client());
    let mut second = open(&server, &client());
    first.call::<FlushCache>(FlushCacheArgs {}).unwrap();
    second.call::<FlushCache>(FlushCacheArgs {}).unwrap();
    assert!(open(&server, &client()).call::<FlushCache>(FlushCacheArgs {}).is_err());
    assert!(server.counts.refused(Refusal::TooManyFromAddress));
    drop(first);
    while server.counts.open.load(Ordering::SeqCst) > 1 {
        std::thread::sleep(Duration::from_millis(5));
    }
    talk_small(&server);
    assert_eq!(server.counts.calls.load(Ordering::SeqCst), 3);
}

#[test]
fn messages_that_have_not_come_whole_are_bounded_for_all_together() {
    let server = start(ServerOptions { max_pending: 1 << 20, ..options() }, router());
    let mut writer = Writer::new(Protocol::Binary);
    MessageHeader { name: "get_table".to_owned(), kind: MessageKind::Call, sequence: 1 }.write(&mut writer);
    let begin = [writer.finish().unwrap(), vec![11, 0, 1, 4, 0, 0, 0]].concat();
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.write_all(&begin).unwrap();
    // The server closes the connection while more is being sent.
    let _ = stream.write_all(&vec![b'x'; 4 << 20]);
    until_closed(&mut stream);
    assert!(server.counts.refused(Refusal::Pending));
    talk_small(&server);
}

#[test]
fn stopping_waits_for_running_calls() {
    let (running, go) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let (begun, may_end) = (Arc::clone(&running), Arc::clone(&go));
    let router = Router::new().on::<GetVersion>(move |_, _| {
        begun.store(true, Ordering::SeqCst);
        while !may_end.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok("done".to_owned())
    });
    let mut server = start(options(), router);
    let idle = open(&server, &client());
    let mut busy = open(&server, &client());
    let call = std::thread::spawn(move || busy.call::<GetVersion>(GetVersionArgs {}));
    while !running.load(Ordering::SeqCst) {
        std::thread::sleep(Duration::from_millis(5));
    }
    server.stop();
    while server.counts.open.load(Ordering::SeqCst) > 1 {
        std::thread::sleep(Duration::from_millis(5));
    }
    go.store(true, Ordering::SeqCst);
    assert_eq!(call.join().unwrap().unwrap(), "done");
    server.wait();
    drop(idle);
}

#[test]
fn silent_connections_hold_no_thread() {
    let server = start(ServerOptions { workers: 1, ..options() }, router());
    let silent: Vec<_> = (0..200).map(|_| TcpStream::connect(server.address).unwrap()).collect();
    for mut stream in &silent {
        stream.write_all(&[0x80, 1]).unwrap();
    }
    talk_small(&server);
}

#[test]
fn a_client_gives_up_in_time() {
    // A listener that never answers.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = listener.local_addr().unwrap().to_string();
    let options = ClientOptions { timeout: Some(Duration::from_millis(100)), ..client() };
    let mut connection = Connection::open::<HmsException>(&url, &options).unwrap();
    assert!(matches!(connection.call::<FlushCache>(FlushCacheArgs {}), Err(CallError::Timeout)));
    assert!(connection.is_broken());
    assert!(matches!(connection.call::<FlushCache>(FlushCacheArgs {}), Err(CallError::Io(_))));
    drop(listener);
    assert!(matches!(Connection::open::<HmsException>(&url, &options), Err(CallError::Connect { .. })));
}
