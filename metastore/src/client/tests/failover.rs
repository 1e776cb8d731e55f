//! Servers that go away, and come back.

use std::sync::Arc;

use super::{TestServer, catalog, database, options};
use crate::client::open;
use crate::error::MetastoreError;
use crate::service::Service;

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
