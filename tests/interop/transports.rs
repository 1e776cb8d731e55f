//! The ways to the metastore beside plain messages over TCP: framed, compact, TLS, SASL PLAIN, HTTP. By Apache Thrift's own
//! transports in Python, and those of them that Hive 2.3's client knows by Hive's command line.

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, SaltString};

use crate::certificate::{certificate, trust_store};
use crate::peers::{Place, Server, folder, output};

const TLS: &str = "hive.metastore.use.SSL=true";
const FRAMED: &str = "hive.metastore.thrift.framed.transport.enabled=true";
const COMPACT: &str = "hive.metastore.thrift.compact.protocol.enabled=true";
const HTTP: &str = "hive.metastore.server.thrift.transport.mode=http";
const PASSWORD: &str = "hive.metastore.authentication=FILE";

/// Our metastore with these settings, and with what they need.
fn server(place: &Place, settings: &[&str]) -> Server {
    let mut settings: Vec<String> = settings.iter().map(|setting| (*setting).to_string()).collect();
    let file = |name: &str| place.path(name).display().to_string();
    if settings.iter().any(|setting| setting == TLS) {
        settings.push(format!("hive.metastore.tls.certificate={}", file("certificate.pem")));
        settings.push(format!("hive.metastore.tls.key={}", file("key.pem")));
    }
    if settings.iter().any(|setting| setting == PASSWORD) {
        let salt = SaltString::from_b64("c2FsdCBvZiBhIHRlc3Q").unwrap();
        let hash = Argon2::default().hash_password(b"secret", &salt).unwrap();
        std::fs::write(place.path("passwords"), format!("ann:{hash}\n")).unwrap();
        settings.push(format!("hive.metastore.password.file={}", file("passwords")));
    }
    Server::skep_with(place, &settings)
}

fn python(way: &str, settings: &[&str]) {
    let place = Place::new();
    let certificate = certificate(&place);
    let server = server(&place, settings);
    let mut command = place.peer("python");
    command.arg(folder().join("python/transports.py")).arg(server.port().to_string()).arg(way).arg(certificate);
    assert!(output(command).ends_with("done\n"), "{way}");
}

#[test]
#[ignore = "drives programs that tests/interop/setup installs"]
fn python_over_every_transport() {
    for (way, settings) in [
        ("framed", &[FRAMED][..]),
        ("compact", &[COMPACT]),
        ("framed+compact", &[FRAMED, COMPACT]),
        ("tls", &[TLS]),
        ("tls+framed+compact", &[TLS, FRAMED, COMPACT]),
        ("plain", &[PASSWORD]),
        ("plain+tls", &[PASSWORD, TLS]),
        ("plain+compact", &[PASSWORD, COMPACT]),
        ("http", &[HTTP]),
        ("http+basic", &[HTTP, PASSWORD]),
        ("http+basic+tls", &[HTTP, PASSWORD, TLS]),
    ] {
        python(way, settings);
    }
}

#[test]
#[ignore = "drives programs that tests/interop/setup installs"]
fn hive_over_tls_with_framed_compact_messages() {
    let place = Place::new();
    std::fs::create_dir(place.path("warehouse")).unwrap();
    let certificate = certificate(&place);
    let trusted = trust_store(&place, &certificate, "PKCS12");
    let server = server(&place, &[TLS, FRAMED, COMPACT]);
    let mut hive = place.peer("hive");
    hive.env("METASTORE", server.uri.replace("127.0.0.1", "localhost"));
    for setting in [TLS, FRAMED, COMPACT, "hive.metastore.truststore.password=changeit"] {
        hive.args(["--hiveconf", setting]);
    }
    hive.arg("--hiveconf").arg(format!("hive.metastore.truststore.path={}", trusted.display()));
    hive.args(["-S", "-e"]).arg(
        "CREATE TABLE t (a INT) PARTITIONED BY (ds STRING); ALTER TABLE t ADD PARTITION (ds='1') PARTITION (ds='2');
         SHOW PARTITIONS t; DESCRIBE t; DROP TABLE t; SHOW TABLES;",
    );
    let text = output(hive);
    assert!(text.contains("\nds=1\nds=2\n"), "{text}");
}
