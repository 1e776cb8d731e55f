//! A server over HTTP, and clients that mean no good.
#![allow(clippy::unwrap_used)]

mod common;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use common::{Running, options, router, start};
use skep_thrift::{ClientOptions, Connection, Refusal, Router, ServerOptions, Transport};
use skep_thrift_hms::HmsException;
use skep_thrift_hms::methods::*;

const BEGIN: &str = "POST /metastore HTTP/1.1\r\nHost: h\r\n";

fn http(limits: ServerOptions, router: Router) -> Running {
    start(ServerOptions { transport: Transport::Http { path: "metastore".to_owned() }, ..limits }, router)
}

/// Sends this, and gives the first line of what the server answers before it closes the connection.
fn answer(server: &Running, parts: &[&[u8]]) -> String {
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    for part in parts {
        // The server may have closed the connection.
        let _ = stream.write_all(part);
    }
    let mut all = Vec::new();
    let _ = stream.read_to_end(&mut all);
    String::from_utf8_lossy(&all).lines().next().unwrap_or_default().to_owned()
}

fn call(server: &Running) -> Result<String, skep_thrift::CallError<HmsException>> {
    let url = format!("http://{}/metastore", server.address);
    let mut connection = Connection::open::<HmsException>(&url, &ClientOptions::default())?;
    connection.call::<GetName>(GetNameArgs {})?;
    // The same connection again.
    connection.call::<GetName>(GetNameArgs {})
}

#[test]
fn a_head_that_does_not_come_whole_is_not_waited_for() {
    let quick = Duration::from_millis(100);
    let long = Duration::from_secs(3600);
    for limits in [
        ServerOptions { login_timeout: quick, message_timeout: long, ..options() },
        ServerOptions { login_timeout: long, message_timeout: quick, ..options() },
    ] {
        let said = if limits.login_timeout == quick { "" } else { BEGIN };
        let server = http(limits, router());
        assert_eq!(answer(&server, &[said.as_bytes()]), "");
        assert!(server.counts.refused(Refusal::Slow));
        call(&server).unwrap();
    }
}

#[test]
fn a_body_that_does_not_come_whole_is_not_waited_for() {
    let server = http(ServerOptions { message_timeout: Duration::from_millis(100), ..options() }, router());
    for length in ["Content-Length: 100\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"] {
        let told = answer(&server, &[BEGIN.as_bytes(), length.as_bytes()]);
        assert_eq!(told, "HTTP/1.1 408 Request Timeout");
    }
    assert!(server.counts.refused(Refusal::Slow));
    call(&server).unwrap();
}

#[test]
fn bodies_are_bounded_each_and_all_together() {
    let server = http(ServerOptions { max_message: 2 << 20, max_pending: 1 << 20, ..options() }, router());
    let told = answer(&server, &[BEGIN.as_bytes(), b"Content-Length: 2097153\r\n\r\n"]);
    assert_eq!(told, "HTTP/1.1 413 Payload Too Large", "before anything of it has come");
    let chunk = [b"80000\r\n".as_slice(), &vec![b'x'; 0x8_0000], b"\r\n"].concat();
    let begin = [BEGIN.as_bytes(), b"Transfer-Encoding: chunked\r\n\r\n"].concat();
    let told = answer(&server, &[&begin, &chunk, &chunk, &chunk]);
    assert!(matches!(told.as_str(), "HTTP/1.1 503 Service Unavailable" | ""), "{told}");
    assert!(server.counts.refused(Refusal::Pending));
    let told = answer(&server, &[&begin, b"no number\r\n"]);
    assert_eq!(told, "HTTP/1.1 400 Bad Request");
    // What was counted is so no longer.
    let server = http(ServerOptions { max_message: 2 << 20, max_pending: 1 << 20, ..options() }, router());
    for _ in 0..3 {
        let whole =
            [BEGIN.as_bytes(), b"Connection: close\r\nContent-Length: 1048576\r\n\r\n", &vec![0; 1 << 20]].concat();
        assert_eq!(answer(&server, &[&whole]), "HTTP/1.1 400 Bad Request", "zeros are no message");
    }
    assert!(!server.counts.refused(Refusal::Pending));
}

#[test]
fn a_call_may_take_its_time() {
    let limits = ServerOptions {
        login_timeout: Duration::from_millis(100),
        message_timeout: Duration::from_millis(100),
        idle_timeout: Some(Duration::from_millis(100)),
        ..options()
    };
    let router = Router::new().on::<GetName>(|_, _| {
        std::thread::sleep(Duration::from_millis(400));
        Ok("done".to_owned())
    });
    assert_eq!(call(&http(limits, router)).unwrap(), "done");
}
