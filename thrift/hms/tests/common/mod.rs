//! A server for tests.
#![allow(dead_code, clippy::unwrap_used)]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use skep_thrift::{Call, Observer, Outcome, Refusal, Router, Server, ServerOptions};
use skep_thrift_hms::methods::*;
use skep_thrift_hms::*;
use tokio::sync::oneshot;

/// A server on a free port, stopped when dropped.
pub struct Running {
    pub address: SocketAddr,
    pub counts: Arc<Counts>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What the server told its observer.
#[derive(Default)]
pub struct Counts {
    pub calls: AtomicUsize,
    pub open: AtomicUsize,
    pub refusals: std::sync::Mutex<Vec<Refusal>>,
}

impl Observer for Counts {
    fn called(&self, _: Option<&'static str>, _: Outcome, _: Duration) {
        self.calls.fetch_add(1, Ordering::SeqCst);
    }

    fn connected(&self) {
        self.open.fetch_add(1, Ordering::SeqCst);
    }

    fn disconnected(&self) {
        self.open.fetch_sub(1, Ordering::SeqCst);
    }

    fn refused(&self, refusal: Refusal) {
        self.refusals.lock().unwrap().push(refusal);
    }
}

impl Counts {
    pub fn refused(&self, refusal: Refusal) -> bool {
        self.refusals.lock().unwrap().contains(&refusal)
    }
}

impl Running {
    pub fn url(&self) -> String {
        format!("thrift://{}", self.address)
    }

    /// Begins to stop the server; the thread ends when the server has.
    pub fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }

    pub fn wait(&mut self) {
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Options for a test on a free port.
pub fn options() -> ServerOptions {
    ServerOptions { address: "127.0.0.1:0".to_owned(), ..ServerOptions::default() }
}

pub fn start(options: ServerOptions, router: Router) -> Running {
    let (sender, receiver) = std::sync::mpsc::channel();
    let (stop, stopped) = oneshot::channel();
    let counts = Arc::new(Counts::default());
    let observer = Arc::clone(&counts);
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let server = Server::bind(options, router, observer).await.unwrap();
            sender.send(server.address()).unwrap();
            server
                .run(async {
                    let _ = stopped.await;
                })
                .await;
        });
        runtime.shutdown_background();
    });
    Running { address: receiver.recv().unwrap(), counts, stop: Some(stop), thread: Some(thread) }
}

/// A few methods.
pub fn router() -> Router {
    Router::new()
        .on::<GetTable>(|_: &Call, args: GetTableArgs| -> Result<Table, HmsException> {
            match args.tbl_name.as_deref() {
                Some("gone") => Err(NoSuchObjectException::new("gone").into()),
                _ => Ok(Table { db_name: args.dbname, table_name: args.tbl_name, ..Default::default() }),
            }
        })
        .on::<SetUgi>(|call, args| {
            call.peer().with(|name: &mut Option<String>| *name = args.user_name);
            Ok(args.group_names.unwrap_or_default())
        })
        .on::<GetName>(|call, _| {
            let said = call.peer().with(|name: &mut Option<String>| name.clone());
            Ok(said.or_else(|| call.peer().user().map(str::to_owned)).unwrap_or_default())
        })
        .on::<GetAllTables>(|_, args| Ok(vec!["x".repeat(1000); args.db_name.unwrap_or_default().parse().unwrap_or(0)]))
        .on::<PartitionNameHasValidCharacters>(|_, args| Ok(args.part_vals.unwrap_or_default().len() == 3))
        .on::<FlushCache>(|_, _| Ok(()))
        .on::<Shutdown>(|_, _| Ok(()))
}
