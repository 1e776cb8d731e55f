//! Handlers that wait.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use skep_thrift::{CallError, ClientOptions, Connection, Router, Value, Writer};
use skep_thrift_hms::HmsException;
use skep_thrift_hms::methods::*;

/// Counts the calls that are under way.
#[derive(Clone, Default)]
struct Waiting(Arc<AtomicUsize>);

struct Guard(Waiting);

impl Waiting {
    fn enter(&self) -> Guard {
        self.0.fetch_add(1, Ordering::SeqCst);
        Guard(self.clone())
    }

    fn reach(&self, count: usize) {
        while self.0.load(Ordering::SeqCst) != count {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn router(waiting: &Waiting) -> Router {
    let waiting = waiting.clone();
    common::router()
        .on_async::<GetVersion, _>(move |_, _| {
            let guard = waiting.enter();
            async move {
                let _guard = guard;
                std::future::pending().await
            }
        })
        .on_async::<GetAllDatabases, _>(|call, _| async move {
            tokio::task::yield_now().await;
            panic!("{} goes wrong", call.method())
        })
        .on_encoded::<GetTables, _>(|_, args| async move {
            let names: Vec<String> = args.db_name.into_iter().collect();
            let write: skep_thrift::Encoder = Box::new(move |writer: &mut Writer| names.write(writer));
            Ok(write)
        })
}

fn connect(server: &common::Running) -> Connection {
    Connection::open::<HmsException>(&server.address.to_string(), &ClientOptions::default()).unwrap()
}

#[test]
fn a_call_that_waits_holds_no_thread_and_ends_with_its_connection() {
    let waiting = Waiting::default();
    // One worker: handlers that block one after another.
    let options = skep_thrift::ServerOptions { workers: 1, ..common::options() };
    let server = common::start(options, router(&waiting));
    let impatient = ClientOptions { timeout: Some(Duration::from_millis(300)), ..Default::default() };
    let address = server.address.to_string();
    let callers: Vec<_> = (0..20)
        .map(|_| {
            let (address, options) = (address.clone(), impatient.clone());
            std::thread::spawn(move || {
                let mut connection = Connection::open::<HmsException>(&address, &options).unwrap();
                connection.call::<GetVersion>(GetVersionArgs::default()).unwrap_err()
            })
        })
        .collect();
    waiting.reach(20);
    let table = connect(&server).call::<GetTable>(GetTableArgs::default());
    assert!(table.is_ok(), "twenty calls wait, and this one is answered");
    for caller in callers {
        assert!(matches!(caller.join().unwrap(), CallError::Timeout));
    }
    waiting.reach(0);
}

#[test]
fn a_panic_is_an_error_of_its_call() {
    let server = common::start(common::options(), router(&Waiting::default()));
    let mut connection = connect(&server);
    let error = connection.call::<GetAllDatabases>(GetAllDatabasesArgs::default()).unwrap_err();
    assert!(matches!(error, CallError::Application(_)), "{error:?}");
    let args = GetTablesArgs { db_name: Some("d".to_owned()), ..Default::default() };
    assert_eq!(connection.call::<GetTables>(args).unwrap(), ["d"]);
}
