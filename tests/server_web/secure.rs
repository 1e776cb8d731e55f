//! The page over TLS.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::TestServer;

/// A new certificate and its key in one file.
fn certificate(file: &Path) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_string()]).unwrap();
    std::fs::write(file, made.cert.pem() + &made.signing_key.serialize_pem()).unwrap();
}

/// A server whose page has the certificate of this file.
fn server(file: &Path, more: &[(&str, &str)]) -> TestServer {
    let file = file.display().to_string();
    let mut settings =
        vec![("hive.server2.webui.use.ssl", "true"), ("hive.server2.webui.keystore.path", file.as_str())];
    settings.extend(more);
    TestServer::with(&settings)
}

fn ask(address: SocketAddr, trusted: &Path, path: &str) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(trusted).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let session = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(session, TcpStream::connect(address).unwrap());
    write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    match stream.read_to_string(&mut answer) {
        // HTTP tells where its answer ends.
        Err(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => Err(error),
        _ => Ok(answer),
    }
}

/// What the server says to these bytes until it closes the connection.
fn said_to(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(bytes).unwrap();
    let mut said = Vec::new();
    // A server that closes with unread bytes resets the connection.
    let _ = stream.read_to_end(&mut said);
    String::from_utf8_lossy(&said).into_owned()
}

fn file(folder: &tempfile::TempDir) -> PathBuf {
    let file = folder.path().join("page.pem");
    certificate(&file);
    file
}

#[test]
fn the_page_is_encrypted() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(&folder);
    let server = server(&file, &[]);
    let page = ask(server.address, &file, "/sql").unwrap();
    assert!(page.starts_with("HTTP/1.1 200 ") && page.contains("name=\"statement\""), "{page}");
    let cookie = page.lines().find(|line| line.starts_with("set-cookie: skep_browser=")).unwrap();
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict; Secure"), "{cookie}");
    // The old certificate until the new one is read, and from then on the new one.
    let old = folder.path().join("old.pem");
    std::fs::copy(&file, &old).unwrap();
    certificate(&file);
    assert!(ask(server.address, &old, "/health").is_ok() && ask(server.address, &file, "/health").is_err());
    server.server.as_ref().unwrap().certificates().iter().for_each(|one| one.reload_and_tell());
    assert!(ask(server.address, &old, "/health").is_err());
    assert!(ask(server.address, &file, "/health").unwrap().ends_with(r#"{"status":"ok"}"#));
}

#[test]
fn who_asks_without_encryption_is_told_so_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(&file(&folder), &[]);
    let ask = |text: &str| said_to(server.address, text.as_bytes());
    let answer = ask("GET /queries?state=failed HTTP/1.1\r\nhost: bees.example:10002\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 307 "), "{answer}");
    assert!(answer.contains("\r\nlocation: https://bees.example:10002/queries?state=failed\r\n"), "{answer}");
    for refused in [
        "POST /sql HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n",
        "GET /metrics HTTP/1.0\r\n\r\n",
        "GET /health HTTP/1.1\r\nhost: x/y\\@z\r\n\r\n",
    ] {
        let answer = ask(refused);
        assert!(answer.contains(" 400 Bad Request\r\n") && answer.ends_with("This port speaks https.\n"), "{answer}");
    }
    assert!(!said_to(server.address, b"\x80\x01\x00\x01\x00\x00\x00\x0bOpenSession").contains("HTTP"));
}

#[test]
fn slow_handshakes_hold_up_nobody_and_are_ended() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(&folder);
    let server = server(&file, &[("hive.server2.thrift.login.timeout", "3s")]);
    let silent = || TcpStream::connect(server.address).unwrap();
    let mut waiting: Vec<TcpStream> = (0..30).map(|_| silent()).collect();
    for stream in &mut waiting[..10] {
        stream.write_all(&[22, 3, 1]).unwrap();
    }
    assert!(ask(server.address, &file, "/health").unwrap().starts_with("HTTP/1.1 200 "));
    for mut stream in waiting {
        // It is closed by the server.
        let _ = stream.read_to_end(&mut Vec::new());
    }
}
