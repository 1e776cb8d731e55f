//! TLS of the server and of its web page: a certificate and its key in PEM, where Hive has a Java keystore.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use skep_thrift::{ServerTls, TlsFiles};

use super::{value, wrong};
use crate::error::{Result, SkepError};
use crate::session::config::SessionConfig;

/// The keys of a port.
struct Keys {
    /// Whether it has TLS.
    on: &'static str,
    /// The certificate's file.
    certificate: &'static str,
    /// The private key's file.
    key: &'static str,
    /// Hive's key of both.
    keystore: &'static str,
}

/// Of HiveServer2 over binary and over HTTP.
const SERVER: Keys = Keys {
    on: "hive.server2.use.SSL",
    certificate: "skep.server.tls.certificate",
    key: "skep.server.tls.key",
    keystore: "hive.server2.keystore.path",
};
/// Of the web page.
const WEB: Keys = Keys {
    on: "hive.server2.webui.use.ssl",
    certificate: "skep.server.web.tls.certificate",
    key: "skep.server.web.tls.key",
    keystore: "hive.server2.webui.keystore.path",
};

/// What to serve TLS with, where `hive.server2.use.SSL` asks for it.
///
/// # Errors
/// The files are not named or cannot be used, or a Java keystore is named: the error tells how it is converted.
pub fn tls(config: &SessionConfig) -> Result<Option<Arc<ServerTls>>> {
    if !config.bool(SERVER.on) {
        return Ok(None);
    }
    match SERVER.files(config)? {
        Some(files) => opened(files).map(Some),
        None => Err(SERVER.missing()),
    }
}

/// What to serve the web page with, where `hive.server2.webui.use.ssl` asks for it: a certificate of its own where one is
/// named, or else that of the server, `shared` if that is open already.
///
/// # Errors
/// As for [`tls`].
pub fn web_tls(config: &SessionConfig, shared: Option<&Arc<ServerTls>>) -> Result<Option<Arc<ServerTls>>> {
    if !config.bool(WEB.on) {
        return Ok(None);
    }
    match (WEB.files(config)?, shared) {
        (Some(files), Some(shared)) if files == *shared.files() => Ok(Some(Arc::clone(shared))),
        (Some(files), _) => opened(files).map(Some),
        (None, Some(shared)) => Ok(Some(Arc::clone(shared))),
        (None, None) => match SERVER.files(config)? {
            Some(files) => opened(files).map(Some),
            None => Err(WEB.missing()),
        },
    }
}

fn opened(files: TlsFiles) -> Result<Arc<ServerTls>> {
    ServerTls::open(files).map_err(|error| wrong(error.to_string()))
}

impl Keys {
    /// The files that are named, if any are.
    fn files(&self, config: &SessionConfig) -> Result<Option<TlsFiles>> {
        let Self { certificate, key, keystore, .. } = self;
        match (value(config, certificate), value(config, key), value(config, keystore)) {
            (Some(certificates), Some(key), _) => {
                Ok(Some(TlsFiles { certificates: PathBuf::from(certificates), key: PathBuf::from(key) }))
            }
            (None, None, Some(path)) => self.of_keystore(path).map(Some),
            (Some(_), None, _) => Err(wrong(format!("{certificate} is set and {key} is not"))),
            (None, Some(_), _) => Err(wrong(format!("{key} is set and {certificate} is not"))),
            (None, None, None) => Ok(None),
        }
    }

    fn missing(&self) -> SkepError {
        wrong(format!("{}=true needs {} and {}: files in PEM", self.on, self.certificate, self.key))
    }

    /// Hive's key may name a PEM file with the certificates and the key.
    fn of_keystore(&self, path: &str) -> Result<TlsFiles> {
        let mut text = String::new();
        let read = std::fs::File::open(path).and_then(|mut file| file.read_to_string(&mut text));
        match read {
            Ok(_) if text.contains("-----BEGIN") => {
                Ok(TlsFiles { certificates: PathBuf::from(path), key: PathBuf::from(path) })
            }
            Err(error) if error.kind() != std::io::ErrorKind::InvalidData => Err(wrong(format!("{path}: {error}"))),
            _ => Err(wrong(format!(
                "{2}={path} is a Java keystore, which cannot be read here. These commands make PEM files of it:\n  \
             keytool -importkeystore -srckeystore {path} -destkeystore server.p12 -deststoretype PKCS12\n  \
             openssl pkcs12 -in server.p12 -nokeys -out server.crt\n  \
             openssl pkcs12 -in server.p12 -nocerts -nodes -out server.key\n\
             Then set {3}={0} and {4}={1}",
                beside(path, "server.crt"),
                beside(path, "server.key"),
                self.keystore,
                self.certificate,
                self.key,
            ))),
        }
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
    fn files_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path.display().to_string()
        };
        let keystore = file("keystore.jks", &[0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2]);
        let both = file("both.pem", b"-----BEGIN PRIVATE KEY-----\n");
        for keys in [SERVER, WEB] {
            let files = |settings: &[(&str, &str)]| keys.files(&configuration(settings));
            assert_eq!(files(&[]).unwrap(), None);
            let named = files(&[(keys.certificate, "c"), (keys.key, "k")]).unwrap().unwrap();
            assert_eq!((named.certificates, named.key), (PathBuf::from("c"), PathBuf::from("k")));
            assert!(files(&[(keys.keystore, &both)]).unwrap().is_some());
            let refused = files(&[(keys.keystore, &keystore)]).unwrap_err().to_string();
            assert!(refused.contains(&format!("keytool -importkeystore -srckeystore {keystore}")), "{refused}");
            let says = format!("Then set {}={}", keys.certificate, beside(&keystore, "server.crt"));
            assert!(refused.contains(&says) && refused.contains(&beside(&keystore, "server.key")), "{refused}");
            for settings in [[(keys.certificate, "c")], [(keys.key, "k")], [(keys.keystore, "/no/such")]] {
                assert!(files(&settings).is_err(), "{settings:?}");
            }
        }
    }

    #[test]
    fn the_web_page_has_the_servers_certificate_or_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let files = ["one", "two"].map(|name| {
            let made = rcgen::generate_simple_self_signed(["localhost".to_string()]).unwrap();
            let path = folder.path().join(name);
            std::fs::write(&path, made.cert.pem() + &made.signing_key.serialize_pem()).unwrap();
            path.display().to_string()
        });
        let [one, two] = &files;
        let named = |path: &String| TlsFiles { certificates: PathBuf::from(path), key: PathBuf::from(path) };
        let (on, web) = ((SERVER.on, "true"), (WEB.on, "true"));
        let of_server = configuration(&[on, web, (SERVER.keystore, one)]);
        let server = tls(&of_server).unwrap().unwrap();
        let page = web_tls(&of_server, Some(&server)).unwrap().unwrap();
        assert!(Arc::ptr_eq(&server, &page));
        let same = configuration(&[on, web, (SERVER.keystore, one), (WEB.keystore, one)]);
        assert!(Arc::ptr_eq(&server, &web_tls(&same, Some(&server)).unwrap().unwrap()));
        let own = configuration(&[on, web, (SERVER.keystore, one), (WEB.certificate, two), (WEB.key, two)]);
        assert_eq!(*web_tls(&own, Some(&server)).unwrap().unwrap().files(), named(two));
        // The page alone.
        let alone = configuration(&[web, (SERVER.keystore, one)]);
        assert!(tls(&alone).unwrap().is_none());
        assert_eq!(*web_tls(&alone, None).unwrap().unwrap().files(), named(one));
        assert!(web_tls(&configuration(&[on, (SERVER.keystore, one)]), Some(&server)).unwrap().is_none());
        for (settings, says) in [
            (&[web][..], "hive.server2.webui.use.ssl=true needs skep.server.web.tls.certificate"),
            (&[web, (WEB.key, one)], "skep.server.web.tls.key is set"),
            (&[web, (WEB.certificate, "/no/such"), (WEB.key, one)], "/no/such: "),
        ] {
            let refused = web_tls(&configuration(settings), None).unwrap_err().to_string();
            assert!(refused.contains(says), "{refused}");
        }
        let refused = tls(&configuration(&[on])).unwrap_err().to_string();
        assert!(refused.contains("hive.server2.use.SSL=true needs skep.server.tls.certificate"), "{refused}");
    }
}
