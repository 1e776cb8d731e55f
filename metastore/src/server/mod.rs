//! The metastore as a server: the service at a port, its metrics at another, and its upkeep.
//!
//! ```text
//! run ─┬─ skep_thrift::Server ── Service
//!      ├─ endpoint    /metrics and /health
//!      └─ upkeep      expiry of transactions, locks, events, reports; discovery of partitions
//! ```
//!
//! It ends orderly at SIGTERM and SIGINT: calls that run are waited for, silent connections are ended. At SIGHUP its
//! certificate is read again.

mod calls;
mod endpoint;
pub mod logs;
mod metrics;
mod settings;
pub mod upkeep;

use std::net::SocketAddr;
use std::sync::Arc;

use skep_thrift::ServerTls;
use thiserror::Error;

use crate::error::MetastoreError;
use crate::service::Service;
use crate::store::MetaStore;

pub use calls::CallMetrics;
pub use endpoint::Endpoint;
pub use metrics::Metrics;
pub use settings::{SettingError, Settings, duration};

/// Why a server cannot begin.
#[derive(Debug, Error)]
pub enum StartError {
    /// A configuration key has a value that it cannot have.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The catalog, or the folder of the warehouse.
    #[error(transparent)]
    Catalog(#[from] MetastoreError),
    /// The address, or the certificate.
    #[error(transparent)]
    Listen(#[from] skep_thrift::ServerError),
    /// The address of the metrics.
    #[error("cannot listen at {address} for metrics: {source}")]
    Metrics {
        /// The address.
        address: String,
        /// What happened.
        source: std::io::Error,
    },
    /// The threads.
    #[error("cannot start the threads of the server: {0}")]
    Threads(std::io::Error),
}

/// A server that has begun.
#[derive(Debug)]
pub struct Listening {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where its metrics are.
    pub metrics: Option<SocketAddr>,
    /// Its certificate, which can be read again.
    pub tls: Option<Arc<ServerTls>>,
}

/// Runs a server until the process is told to end (SIGTERM, SIGINT; a second time at once). Its certificate is read again at
/// each SIGHUP. `ready` is told where it listens.
///
/// # Errors
/// [`StartError`]
pub fn run(store: Arc<dyn MetaStore>, settings: &Settings, ready: impl FnOnce(&Listening)) -> Result<(), StartError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .thread_name("metastore")
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(StartError::Threads)?;
    let ready = |listening: Listening| {
        ready(&listening);
        tokio::spawn(reload_when_told(listening.tls));
    };
    let done = runtime.block_on(serve(store, settings, Arc::default(), ready, told_to_end()));
    // What still runs was waited for long enough.
    runtime.shutdown_background();
    done
}

/// As [`run`], until `shutdown` is done. What is counted is in `metrics`. Signals are the caller's.
///
/// # Errors
/// [`StartError`]
pub async fn serve(
    store: Arc<dyn MetaStore>,
    settings: &Settings,
    metrics: Arc<Metrics>,
    ready: impl FnOnce(Listening),
    shutdown: impl Future<Output = ()>,
) -> Result<(), StartError> {
    let service = Service::open(Arc::clone(&store), settings.service_options())?;
    let observer = Arc::clone(&metrics) as Arc<dyn skep_thrift::Observer>;
    let options = settings.server_options()?;
    let tls = options.tls.clone();
    let server = skep_thrift::Server::bind(options, service.router(), observer).await?;
    let endpoint = match settings.metrics_address()? {
        Some(address) => {
            let bound = Endpoint::bind(&address, Arc::clone(&metrics), Arc::clone(&store)).await;
            Some(bound.map_err(|source| StartError::Metrics { address, source })?)
        }
        None => None,
    };
    let upkeep = upkeep::start(store, settings.upkeep()?, Arc::clone(&metrics));
    let listening = Listening { address: server.address(), metrics: endpoint.as_ref().map(Endpoint::address), tls };
    tracing::info!(address = %listening.address, metrics = ?listening.metrics, "the metastore answers");
    ready(listening);
    let endpoint = endpoint.map(|endpoint| tokio::spawn(endpoint.run()));
    let ended = async {
        shutdown.await;
        tracing::info!("the metastore is told to end");
    };
    server.run(ended).await;
    upkeep.end();
    if let Some(endpoint) = endpoint {
        endpoint.abort();
    }
    tracing::info!("the metastore has ended");
    Ok(())
}

/// Reads the certificate again at each SIGHUP.
async fn reload_when_told(tls: Option<Arc<ServerTls>>) {
    let Some(mut told) = hangups() else { return };
    while told.recv().await.is_some() {
        match &tls {
            Some(tls) => tls.reload_and_tell(),
            None => {
                tracing::info!("there is no certificate to be read again; other settings hold until the next start")
            }
        }
    }
}

/// The SIGHUPs that the process gets from now on; without this it ends with the first of them. `None`, and a line in the
/// log, where they cannot be watched.
pub fn hangups() -> Option<tokio::signal::unix::Signal> {
    let told = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup());
    told.inspect_err(|error| tracing::warn!(%error, "SIGHUP cannot be watched; settings are read once")).ok()
}

/// Is done when the process is told to end for the first time. The second time ends it at once.
pub async fn told_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::warn!("signals cannot be watched; the server ends when it is killed");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        std::process::exit(130);
    });
}
