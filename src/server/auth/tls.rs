//! TLS of the server: a certificate and its key in PEM, where Hive has a Java keystore.

use std::io::Read;
use std::path::{Path, PathBuf};

use skep_thrift::TlsFiles;

use super::{value, wrong};
use crate::error::Result;
use crate::session::config::SessionConfig;

/// The key of the certificate's file.
const CERTIFICATE: &str = "skep.server.tls.certificate";
/// The key of the private key's file.
const KEY: &str = "skep.server.tls.key";
/// Hive's key.
const KEYSTORE: &str = "hive.server2.keystore.path";

/// The files to serve TLS with, where `hive.server2.use.SSL` asks for it.
///
/// # Errors
/// They are not named, or a Java keystore is: the error tells how it is converted.
pub fn tls(config: &SessionConfig) -> Result<Option<TlsFiles>> {
    if !config.bool("hive.server2.use.SSL") {
        return Ok(None);
    }
    match (value(config, CERTIFICATE), value(config, KEY), value(config, KEYSTORE)) {
        (Some(certificates), Some(key), _) => {
            Ok(Some(TlsFiles { certificates: PathBuf::from(certificates), key: PathBuf::from(key) }))
        }
        (None, None, Some(keystore)) => of_keystore(keystore).map(Some),
        (Some(_), None, _) => Err(wrong(format!("{CERTIFICATE} is set and {KEY} is not"))),
        (None, Some(_), _) => Err(wrong(format!("{KEY} is set and {CERTIFICATE} is not"))),
        (None, None, None) => {
            Err(wrong(format!("hive.server2.use.SSL=true needs {CERTIFICATE} and {KEY}: files in PEM")))
        }
    }
}

/// `hive.server2.keystore.path` may be a PEM file with the certificates and the key.
fn of_keystore(path: &str) -> Result<TlsFiles> {
    let mut text = String::new();
    let read = std::fs::File::open(path).and_then(|mut file| file.read_to_string(&mut text));
    match read {
        Ok(_) if text.contains("-----BEGIN") => {
            Ok(TlsFiles { certificates: PathBuf::from(path), key: PathBuf::from(path) })
        }
        Err(error) if error.kind() != std::io::ErrorKind::InvalidData => Err(wrong(format!("{path}: {error}"))),
        _ => Err(wrong(format!(
            "{KEYSTORE}={path} is a Java keystore, which cannot be read here. These commands make PEM files of it:\n  \
             keytool -importkeystore -srckeystore {path} -destkeystore server.p12 -deststoretype PKCS12\n  \
             openssl pkcs12 -in server.p12 -nokeys -out server.crt\n  \
             openssl pkcs12 -in server.p12 -nocerts -nodes -out server.key\n\
             Then set {CERTIFICATE}={0} and {KEY}={1}",
            beside(path, "server.crt"),
            beside(path, "server.key"),
        ))),
    }
}

fn beside(path: &str, name: &str) -> String {
    Path::new(path).with_file_name(name).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::super::configuration;
    use super::*;

    #[test]
    fn files() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path.display().to_string()
        };
        let on = ("hive.server2.use.SSL", "true");
        assert!(tls(&configuration(&[(CERTIFICATE, "c"), (KEY, "k")])).unwrap().is_none());
        let files = tls(&configuration(&[on, (CERTIFICATE, "c"), (KEY, "k")])).unwrap().unwrap();
        assert_eq!((files.certificates, files.key), (PathBuf::from("c"), PathBuf::from("k")));
        let both = file("both.pem", b"-----BEGIN PRIVATE KEY-----\n");
        assert!(tls(&configuration(&[on, (KEYSTORE, &both)])).unwrap().is_some());
        let keystore = file("keystore.jks", &[0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2]);
        let refused = tls(&configuration(&[on, (KEYSTORE, &keystore)])).unwrap_err().to_string();
        assert!(refused.contains(&format!("keytool -importkeystore -srckeystore {keystore}")), "{refused}");
        assert!(refused.contains(&beside(&keystore, "server.key")), "{refused}");
        for settings in [&[on][..], &[on, (CERTIFICATE, "c")], &[on, (KEY, "k")], &[on, (KEYSTORE, "/no/such")]] {
            assert!(tls(&configuration(settings)).is_err(), "{settings:?}");
        }
    }
}
