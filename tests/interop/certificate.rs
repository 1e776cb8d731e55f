//! Certificates for this machine, made by OpenSSL, and what Java trusts of them.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::peers::{Place, output};

/// The password of all trust stores.
pub const STORE_PASSWORD: &str = "changeit";

/// A certificate for this machine in the place's `certificate.pem`, its key in `key.pem`.
pub fn certificate(place: &Place) -> PathBuf {
    let (certificate, key) = (place.path("certificate.pem"), place.path("key.pem"));
    let mut command = Command::new("openssl");
    command.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]);
    command.args([
        "-addext",
        "subjectAltName=DNS:localhost,IP:127.0.0.1",
        "-addext",
        "basicConstraints=critical,CA:FALSE",
    ]);
    command.arg("-out").arg(&certificate).arg("-keyout").arg(key);
    output(command);
    certificate
}

/// A store of Java's of this kind that trusts a certificate.
pub fn trust_store(place: &Place, certificate: &Path, kind: &str) -> PathBuf {
    let store = place.path(&format!("trusted.{kind}"));
    let mut keytool = Command::new("keytool");
    keytool.args(["-importcert", "-noprompt", "-alias", "skep", "-storetype", kind, "-storepass", STORE_PASSWORD]);
    keytool.arg("-file").arg(certificate).arg("-keystore").arg(&store);
    output(keytool);
    store
}

/// The settings of a HiveServer2 with the certificate of its place.
pub fn settings(place: &Place) -> [String; 3] {
    [
        "hive.server2.use.SSL=true".to_string(),
        format!("skep.server.tls.certificate={}", place.path("certificate.pem").display()),
        format!("skep.server.tls.key={}", place.path("key.pem").display()),
    ]
}
