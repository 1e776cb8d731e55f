//! Servers that go away, and come back.

use std::sync::Arc;

use super::{TestServer, catalog, database, options};
use crate::client::{RemoteOptions, Selection, open};
use crate::error::MetastoreError;
use crate::service::Service;
use crate::store::MetaStore;

#[test]
fn another_server_takes_over() {
    let (folder, store) = catalog();
    let service = Service::new(store);
    let (one, other) = (TestServer::start(service.router()), TestServer::start(service.router()));
    let client = open(options(&[&one, &other], folder.path())).unwrap();
    assert_eq!(client.database_names(None).unwrap(), ["default"]);
    assert!(one.calls() > 0 && other.calls() == 0);
    one.stop();
    // A call that changes nothing is made again; one that changes something finds the server alive before it is made.
    assert_eq!(client.database_names(None).unwrap(), ["default"]);
    client.create_database(&database("d", folder.path())).unwrap();
    assert!(other.calls() > 0);
    other.stop();
    let error = client.database_names(None).unwrap_err();
    assert!(matches!(error, MetastoreError::Store { .. }), "{error:?}");
    let text = error.to_string();
    assert!(text.contains(&one.endpoint().to_string()) && text.contains("Could not connect to meta store"), "{text}");
}

#[test]
fn a_connection_that_broke_is_made_again() {
    let (folder, store) = catalog();
    let server = TestServer::start(Service::new(store).router());
    let client = open(options(&[&server], folder.path())).unwrap();
    for name in ["a", "b", "c"] {
        server.interrupt();
        client.create_database(&database(name, folder.path())).unwrap();
        server.interrupt();
        assert!(client.database(name).is_ok());
    }
}

#[test]
fn many_threads_share_a_client() {
    let (folder, store) = catalog();
    let server = TestServer::start(Service::new(store).router());
    let client = open(options(&[&server], folder.path())).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (client, folder) = (Arc::clone(&client), folder.path());
            scope.spawn(move || {
                for i in 0..10 {
                    client.create_database(&database(&format!("x{thread}_{i}"), folder)).unwrap();
                }
            });
        }
    });
    assert_eq!(client.database_names(Some("x*")).unwrap().len(), 80);
}

#[test]
fn nobody_there_is_an_error_that_names_all() {
    let (folder, store) = catalog();
    let server = TestServer::start(Service::new(store).router());
    server.stop();
    let error = open(options(&[&server], folder.path())).unwrap_err().to_string();
    assert!(error.contains(&server.endpoint().to_string()), "{error}");
}

#[test]
fn a_call_that_changes_something_is_made_once() {
    for hive_api in [false, true] {
        let (folder, store) = catalog();
        let server = TestServer::start(Service::new(store.clone()).router());
        let client = open(RemoteOptions { hive_api, ..options(&[&server], folder.path()) }).unwrap();
        let method = if hive_api { "create_database" } else { "skep_write" };
        server.hang_up_on(method, 1);
        let error = client.create_database(&database("d", folder.path())).unwrap_err();
        assert!(error.to_string().contains("nobody knows whether it was carried out"), "{error}");
        assert_eq!(server.called(method), 1);
        assert!(store.database("d").is_ok());
        // The client goes on with another connection.
        assert!(client.database("d").is_ok());
    }
}

#[test]
fn a_call_that_changes_nothing_is_made_again_so_often_and_no_more() {
    for hive_api in [false, true] {
        let (folder, store) = catalog();
        let server = TestServer::start(Service::new(store).router());
        let client =
            open(RemoteOptions { hive_api, failure_retries: 2, ..options(&[&server], folder.path()) }).unwrap();
        let method = if hive_api { "get_database" } else { "skep_read" };
        server.hang_up_on(method, 2);
        assert_eq!(client.database("default").unwrap().name, "default");
        assert_eq!(server.called(method), 3);
        server.hang_up_on(method, 3);
        assert!(matches!(client.database("default"), Err(MetastoreError::Store { .. })));
        assert_eq!(server.called(method), 6);
        // What the server says is an answer, and not asked for again.
        assert!(matches!(client.database("nowhere"), Err(MetastoreError::NoSuchObject(_))));
        assert_eq!(server.called(method), 7);
    }
}

#[test]
fn to_finish_a_commit_may_be_said_twice() {
    let (folder, store) = catalog();
    let server = TestServer::start(Service::new(store.clone()).router());
    let client = open(options(&[&server], folder.path())).unwrap();
    let id = client.record_commit("default", "t", "journal").unwrap();
    server.hang_up_on("skep_write", 1);
    client.finish_commit(id, &[]).unwrap();
    assert!(store.pending_commits("default", "t").unwrap().is_empty());
}

#[test]
fn the_first_server_is_asked_again_when_the_second_goes() {
    for hive_api in [false, true] {
        let (folder, store) = catalog();
        let service = Service::new(store);
        let (one, other) = (TestServer::start(service.router()), TestServer::start(service.router()));
        let client = open(RemoteOptions { hive_api, ..options(&[&one, &other], folder.path()) }).unwrap();
        let port = one.endpoint().port;
        one.stop();
        client.create_database(&database("d", folder.path())).unwrap();
        let one = loop {
            // The system may need a moment to give the port back.
            match std::net::TcpListener::bind(("127.0.0.1", port)) {
                Ok(free) => {
                    drop(free);
                    break TestServer::start_at(port, service.router());
                }
                Err(_) => std::thread::yield_now(),
            }
        };
        assert!(client.database("d").is_ok());
        assert_eq!(one.calls(), 0, "the one that answers is kept");
        other.stop();
        assert!(client.database("d").is_ok());
        assert!(one.calls() > 0);
    }
}

#[test]
fn any_server_may_be_the_first() {
    let (folder, store) = catalog();
    let service = Service::new(store);
    let (one, other) = (TestServer::start(service.router()), TestServer::start(service.router()));
    let random = || RemoteOptions { selection: Selection::Random, ..options(&[&one, &other], folder.path()) };
    for _ in 0..3 {
        open(random()).unwrap();
    }
    assert!(one.calls() + other.calls() > 0);
    one.stop();
    for _ in 0..3 {
        assert!(open(random()).unwrap().database("default").is_ok());
    }
}

#[test]
fn servers_of_two_kinds_are_no_metastore() {
    let (folder, store) = catalog();
    let service = Service::new(store);
    let (one, other) = (TestServer::start(service.router()), TestServer::start(service.router()));
    other.forget(&["skep_protocol", "skep_read", "skep_write"]);
    let client = open(options(&[&one, &other], folder.path())).unwrap();
    assert!(client.database("default").is_ok());
    one.stop();
    let error = client.database("default").unwrap_err().to_string();
    assert!(error.contains("not of the same kind"), "{error}");
}
