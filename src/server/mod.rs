//! `skep server`: HiveServer2's protocol and the metastore from one process.
//!
//! ```text
//! hs2/        Thrift calls: what clients ask, in the protocol's words
//!   │
//! sessions    who is connected; operations begin here
//!   │
//! operation/  a statement from its asking to its last row
//! metadata/   what tools ask about the catalog
//!   │
//! Engine      sessions and statements themselves
//! ```
//!
//! Connections are served on threads of their own, so that a server whose queries take all cores still answers.

pub mod admission;
mod args;
pub mod auth;
pub mod discovery;
pub mod expiry;
mod failure;
mod handle;
pub mod history;
pub mod hs2;
pub mod metadata;
pub mod metrics;
pub mod operation;
pub mod plan;
mod processes;
pub mod progress;
pub mod sessions;
pub mod settings;
mod web;

use std::ffi::OsString;
use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use skep_metastore::server::{Listening, logs};
use skep_thrift::{Framing, Server, ServerOptions, ServerTls, Transport};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

use crate::error::{ErrorKind, SkepError};
use crate::{Engine, EngineOptions};
use args::Args;
use discovery::{Discovery, Registration};
use sessions::Sessions;
use settings::ServerSettings;

/// Statements run on threads with so much stack, as in the shell: deep expressions need it.
const STACK_BYTES: usize = 16 << 20;

/// Statements that were stopped are gone within this time, or the process ends without them.
const STOPPED_WITHIN: Duration = Duration::from_secs(5);

/// Runs the server with these arguments, the first of which is the command's name, until the process is told to end.
pub fn main(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    match run(&Args::parse_from(arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<(), String> {
    logs::start(args.log_format, &args.log_level)?;
    let options = EngineOptions { settings: args.settings(), ..EngineOptions::default() };
    let engine = Engine::open(options.clone()).map_err(|error| error.render(""))?;
    let connections = Builder::new_multi_thread().thread_name("skep-net").worker_threads(2).enable_all().build();
    let connections = connections.map_err(|error| format!("cannot start the threads of the server: {error}"))?;
    let statements = statement_runtime().map_err(|error| error.render(""))?;
    let served = connections.block_on(async {
        let running = RunningServer::start(&engine, &statements).await.map_err(|error| error.render(""))?;
        running.tell();
        tokio::spawn(reload_when_told(Arc::clone(&engine), options, running.certificates()));
        skep_metastore::server::told_to_end().await;
        running.stop().await;
        Ok(())
    });
    connections.shutdown_background();
    // What was stopped gives up its files.
    statements.shutdown_timeout(STOPPED_WITHIN);
    served
}

/// Reads the configuration and the certificates again at each SIGHUP.
async fn reload_when_told(engine: Arc<Engine>, options: EngineOptions, certificates: Vec<Arc<ServerTls>>) {
    let Some(mut told) = skep_metastore::server::hangups() else { return };
    while told.recv().await.is_some() {
        certificates.iter().for_each(|certificate| certificate.reload_and_tell());
        match engine.reload(options.clone()) {
            Ok(done) => {
                tracing::info!(changed = ?done.changed, "the configuration is read again: new sessions have it");
                if !done.kept.is_empty() {
                    tracing::warn!(keys = ?done.kept, "what has changed here holds when the server is started again");
                }
            }
            Err(error) => tracing::error!(error = error.render(""), "the configuration stays as it was"),
        }
    }
}

/// The threads that statements run on.
///
/// # Errors
/// The system gives none.
pub fn statement_runtime() -> Result<Runtime, SkepError> {
    let built =
        Builder::new_multi_thread().thread_name("skep-query").thread_stack_size(STACK_BYTES).enable_all().build();
    built
        .map_err(|error| SkepError::new(ErrorKind::Command, format!("cannot start the threads of statements: {error}")))
}

/// A server that answers.
#[derive(Debug)]
pub struct RunningServer {
    /// Where HiveServer2's binary transport is.
    pub binary: Option<SocketAddr>,
    /// Where HiveServer2 is over HTTP.
    pub http: Option<SocketAddr>,
    /// Where the metastore is.
    pub metastore: Option<SocketAddr>,
    /// Where the web page is.
    pub web: Option<SocketAddr>,
    certificates: Vec<Arc<ServerTls>>,
    sessions: Arc<Sessions>,
    stop: watch::Sender<bool>,
    parts: Vec<tokio::task::JoinHandle<()>>,
    upkeep: Option<tokio::task::JoinHandle<()>>,
    registration: Option<Registration>,
}

impl RunningServer {
    /// Begins to answer, on the threads that this is called on; statements will run on those of `statements`.
    ///
    /// # Errors
    /// A setting, an address or a certificate cannot be used.
    pub async fn start(engine: &Arc<Engine>, statements: &Runtime) -> Result<Self, SkepError> {
        let session = engine.session();
        let settings = ServerSettings::of(engine, session.config())?;
        // The first session must not choose them.
        engine.resources(session.config())?;
        let sessions = Sessions::new(Arc::clone(engine), settings.clone(), statements.handle().clone());
        engine.set_processes(&sessions);
        let (stop, stopped) = watch::channel(false);
        let mut server = Self {
            binary: None,
            http: None,
            metastore: None,
            web: None,
            certificates: settings.access.tls.iter().cloned().collect(),
            sessions,
            stop,
            parts: Vec::new(),
            upkeep: None,
            registration: None,
        };
        if let Some(port) = settings.port {
            let transport = Transport::Socket(Framing::Unframed);
            server.binary = Some(server.serve(&settings, port, transport, stopped.clone()).await?);
        }
        if let Some(port) = settings.http_port {
            let transport = Transport::Http { path: settings.http_path.clone() };
            server.http = Some(server.serve(&settings, port, transport, stopped.clone()).await?);
        }
        server.upkeep = Some(tokio::spawn(expiry::watch(Arc::clone(&server.sessions))));
        server.metastore = server.serve_metastore(engine, stopped.clone()).await?;
        if let Some((address, part)) = web::start(&server.sessions, stopped).await? {
            server.web = Some(address);
            let tls = settings.web.tls.iter().cloned();
            server.certificates.extend(tls.filter(|tls| !settings.access.tls.iter().any(|own| Arc::ptr_eq(own, tls))));
            server.parts.push(part);
        }
        // Last: what is registered answers.
        let port = |place: Option<SocketAddr>| place.map(|place| place.port());
        if let Some(discovery) = Discovery::of(engine.session().config(), port(server.binary), port(server.http))? {
            server.registration = Some(Registration::begin(discovery).await?);
        }
        Ok(server)
    }

    async fn serve(
        &mut self,
        settings: &ServerSettings,
        port: u16,
        transport: Transport,
        mut stopped: watch::Receiver<bool>,
    ) -> Result<SocketAddr, SkepError> {
        let connected = matches!(transport, Transport::Socket(_));
        let options = ServerOptions {
            address: settings.address(port),
            transport,
            max_message: settings.max_message,
            ..ServerOptions::default()
        };
        let options = settings.access.options(options);
        let router = hs2::router(&self.sessions, connected);
        let observer = self.sessions.metrics().observer();
        let server = Server::bind(options, router, observer).await;
        let server = server.map_err(|error| SkepError::new(ErrorKind::Configuration, error.to_string()))?;
        let address = server.address();
        self.parts.push(tokio::spawn(server.run(async move {
            // When the sender is gone, so is the server.
            let _ = stopped.wait_for(|stop| *stop).await;
        })));
        Ok(address)
    }

    /// Serves the catalog, if it is this process's own.
    async fn serve_metastore(
        &mut self,
        engine: &Arc<Engine>,
        mut stopped: watch::Receiver<bool>,
    ) -> Result<Option<SocketAddr>, SkepError> {
        if engine.is_remote() {
            return Ok(None);
        }
        let settings = engine.metastore_settings()?;
        let store = Arc::clone(engine.metastore());
        let metrics = Arc::clone(self.sessions.metrics().metastore());
        let (ready, listening) = tokio::sync::oneshot::channel();
        let part = tokio::spawn(async move {
            let stop = async move {
                let _ = stopped.wait_for(|stop| *stop).await;
            };
            let mut ready = Some(ready);
            let mut tell = |told| ready.take().map(|ready| ready.send(told));
            let ready = |listening| drop(tell(Ok(listening)));
            let served = skep_metastore::server::serve(store, &settings, metrics, ready, stop);
            if let Err(error) = served.await {
                tell(Err(error));
            }
        });
        self.parts.push(part);
        match listening.await {
            Ok(Ok(Listening { address, tls, .. })) => {
                self.certificates.extend(tls);
                Ok(Some(address))
            }
            Ok(Err(error)) => Err(SkepError::new(ErrorKind::Configuration, error.to_string())),
            Err(_) => Err(SkepError::new(ErrorKind::Configuration, "the metastore ended while it began")),
        }
    }

    /// The sessions that are open.
    pub fn sessions(&self) -> &Arc<Sessions> {
        &self.sessions
    }

    /// The certificates of its ports, which can be read again.
    pub fn certificates(&self) -> Vec<Arc<ServerTls>> {
        self.certificates.clone()
    }

    /// Tells on standard output where the server is.
    fn tell(&self) {
        let places = [
            ("HiveServer2", self.binary),
            ("HiveServer2 over HTTP", self.http),
            ("The metastore", self.metastore),
            ("The web page", self.web),
        ];
        let told: String = places
            .iter()
            .filter_map(|(name, place)| place.map(|place| format!("{name} listens at {place}\n")))
            .collect();
        // Nobody may be there to read it.
        let _ = std::io::stdout().write_all(told.as_bytes());
    }

    /// Takes no more work, waits for the statements that run and for their clients, and ends.
    pub async fn stop(self) {
        if let Some(registration) = self.registration {
            registration.end().await;
        }
        expiry::drain(&self.sessions, self.sessions.settings().stop_timeout).await;
        if let Some(upkeep) = self.upkeep {
            upkeep.abort();
        }
        // The receivers may have ended before.
        let _ = self.stop.send(true);
        for part in self.parts {
            if let Err(error) = part.await {
                tracing::error!(%error, "a part of the server ended badly");
            }
        }
        for session in self.sessions.all() {
            // Its client may have closed it.
            let _ = self.sessions.close(session.handle);
        }
    }
}
