//! A catalog in PostgreSQL servers of the test's own: encrypted connections, and servers that end and come back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use skep_metastore::MetastoreError;
use skep_metastore::model::{Database, PrincipalType};
use skep_metastore::store::MetaStore;
use skep_metastore::store::postgres::{Address, Credentials, PostgresOptions, PostgresStore};
use skep_metastore_testing::postgresql::{Options, Server};

fn open(url: &str) -> Result<PostgresStore, MetastoreError> {
    PostgresStore::open(&Address::parse(url, &Credentials::default())?)
}

fn database(name: &str) -> Database {
    Database {
        name: name.to_string(),
        comment: None,
        location: format!("file:/w/{name}.db"),
        managed_location: None,
        owner: None,
        owner_type: PrincipalType::User,
        parameters: Default::default(),
        create_time: 1,
    }
}

/// An authority that signs certificates.
fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// How many encrypted connections a server has.
fn encrypted(server: &Server) -> i64 {
    let mut client = postgres::Client::connect(&server.url("postgres"), postgres::NoTls).unwrap();
    client.query_one("SELECT count(*) FROM pg_stat_ssl WHERE ssl", &[]).unwrap().get(0)
}

#[test]
fn connections_are_encrypted_and_certificates_are_verified() {
    let authority = authority("trusted");
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["localhost".to_string()]).unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    let server = Server::start(&Options {
        settings: ["ssl=on", "ssl_cert_file=../server.crt", "ssl_key_file=../server.key"].map(String::from).into(),
        files: vec![("server.crt".to_string(), certificate.pem()), ("server.key".to_string(), key.serialize_pem())],
        tcp: true,
    })
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| {
        std::fs::write(folder.path().join(name), text).unwrap();
        folder.path().join(name)
    };
    let trusted = write("trusted.pem", authority.pem());
    let stranger = write("stranger.pem", self::authority("stranger").pem());
    let port = server.port().unwrap();
    let url = |host: &str, mode: &str, roots: Option<&Path>| {
        let roots = roots.map(|path| format!("&sslrootcert={}", path.display())).unwrap_or_default();
        format!("postgresql://skep@{host}:{port}/postgres?sslmode={mode}{roots}")
    };
    for (host, mode, roots) in [
        ("localhost", "verify-full", Some(&trusted)),
        ("127.0.0.1", "verify-ca", Some(&trusted)),
        ("127.0.0.1", "require", None),
        ("127.0.0.1", "prefer", None),
    ] {
        let store = open(&url(host, mode, roots.map(|path| path.as_path()))).unwrap();
        assert_eq!(encrypted(&server), 1, "{mode}");
        store.create_database(&database(&mode.replace('-', "_"))).unwrap();
        drop(store);
        let deadline = Instant::now() + Duration::from_secs(60);
        while encrypted(&server) > 0 {
            assert!(Instant::now() < deadline, "{mode}: the connection stays");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    let store = open(&url("127.0.0.1", "disable", None)).unwrap();
    assert_eq!(encrypted(&server), 0);
    assert_eq!(store.database_names(None).unwrap(), ["prefer", "require", "verify_ca", "verify_full"]);
    for (host, mode, roots, reason) in [
        ("127.0.0.1", "verify-full", &trusted, "certificate not valid for name"),
        ("localhost", "verify-full", &stranger, "UnknownIssuer"),
        ("127.0.0.1", "verify-ca", &stranger, "UnknownIssuer"),
        ("localhost", "verify-full", &folder.path().join("none.pem"), "none.pem cannot be read"),
    ] {
        let error = open(&url(host, mode, Some(roots))).unwrap_err().to_string();
        assert!(error.contains("cannot be reached") && error.contains(reason), "{mode}: {error}");
    }
}

#[test]
fn a_server_that_does_not_encrypt_is_not_spoken_to_where_that_is_demanded() {
    let server = Server::start(&Options { tcp: true, ..Options::default() }).unwrap();
    let url = |mode: &str| format!("postgresql://skep@127.0.0.1:{}/postgres?sslmode={mode}", server.port().unwrap());
    open(&url("prefer")).unwrap();
    let error = open(&url("require")).unwrap_err().to_string();
    assert!(error.contains("cannot be reached") && error.contains("TLS"), "{error}");
}

#[test]
fn a_server_that_comes_back_is_used_again_and_its_absence_is_told() {
    let mut server = Server::start(&Options::default()).unwrap();
    let store = open(&server.url("postgres")).unwrap();
    store.create_database(&database("before")).unwrap();
    server.pause().unwrap();
    server.resume().unwrap();
    // The connections of before are dead, which nobody is to notice.
    assert_eq!(store.database_names(None).unwrap(), ["before"]);
    store.create_database(&database("after")).unwrap();

    server.pause().unwrap();
    for _ in 0..3 {
        for error in [store.database_names(None).unwrap_err(), store.create_database(&database("lost")).unwrap_err()] {
            let text = error.to_string();
            assert!(matches!(error, MetastoreError::Store { .. }), "{error:?}");
            assert!(text.contains("the server cannot be reached") && text.contains("postgresql://"), "{text}");
        }
    }
    server.resume().unwrap();
    assert_eq!(store.database_names(None).unwrap(), ["after", "before"]);
    store.create_database(&database("later")).unwrap();
}

#[test]
fn what_was_told_to_be_done_outlives_a_crash_of_the_server() {
    let mut server = Server::start(&Options::default()).unwrap();
    let address = Address::parse(&server.url("postgres"), &Credentials::default()).unwrap();
    let options = PostgresOptions { busy_timeout: Duration::from_secs(30), connections: 3 };
    let store = PostgresStore::open_with(&address, &options).unwrap();
    let (over, made) = (AtomicBool::new(false), AtomicUsize::new(0));
    let outcomes: Vec<Vec<(String, Result<(), MetastoreError>)>> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let (store, over, made) = (&store, &over, &made);
                scope.spawn(move || {
                    let mut outcomes = vec![];
                    while !over.load(Ordering::SeqCst) {
                        let name = format!("d{writer}_{}", outcomes.len());
                        let outcome = store.create_database(&database(&name));
                        if outcome.is_ok() {
                            made.fetch_add(1, Ordering::SeqCst);
                        }
                        outcomes.push((name, outcome));
                    }
                    outcomes
                })
            })
            .collect();
        // Each time the server ends in the middle of what is written.
        for _ in 0..3 {
            let (before, deadline) = (made.load(Ordering::SeqCst), Instant::now() + Duration::from_secs(60));
            while made.load(Ordering::SeqCst) < before + 20 {
                assert!(Instant::now() < deadline, "nothing is written");
                std::thread::sleep(Duration::from_millis(1));
            }
            server.pause().unwrap();
            server.resume().unwrap();
        }
        over.store(true, Ordering::SeqCst);
        writers.into_iter().map(|writer| writer.join().unwrap()).collect()
    });
    let there = store.database_names(None).unwrap();
    for (name, outcome) in outcomes.into_iter().flatten() {
        match outcome {
            Ok(()) => assert!(there.contains(&name), "{name} is gone"),
            Err(error) => {
                let text = error.to_string();
                let told = text.contains("the server cannot be reached");
                let doubtful = text.contains("may or may not have been made");
                assert!(told || doubtful, "{text}");
                assert!(doubtful || !there.contains(&name), "{name} was made: {text}");
            }
        }
    }
}
