//! A server: connections are asynchronous, calls run on threads that may block.
//!
//! ```text
//! accept ── gate (how many, from where) ── TLS ──┬─ connection: login, messages ──┬── worker: Router::answer
//!                                                └─ http: POSTs ──────────────────┘
//! ```
//!
//! A silent or slow peer holds no thread: only a message that has come whole gets one.

mod accept;
mod connection;
mod cookie;
mod gate;
mod http;
mod logins;
mod observer;
mod options;
mod pending;
mod stream;
mod throttle;
mod timed;
mod tls;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Instant;

use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

pub use logins::{Logins, basic_credentials};
pub use observer::{Observer, Refusal};
pub use options::{CookieOptions, ServerOptions, Transport};
pub use stream::ServerStream;
pub use throttle::Throttle;
pub use tls::{ServerTls, TlsError, TlsFiles};

use crate::{Answer, Outcome, Peer, ReadError, Router};
use gate::Gate;

/// A message of so many bytes is worked on as one call; a larger one counts as more.
const BYTES_PER_WORKER: usize = 1 << 20;

/// Why a server cannot begin.
#[derive(Debug, Error)]
pub enum ServerError {
    /// The address cannot be listened at.
    #[error("cannot listen at {address}: {source}")]
    Bind {
        /// The address.
        address: String,
        /// What happened.
        source: io::Error,
    },
}

/// A server that listens already; [`Server::run`] makes it answer.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}

/// What all connections of a server have in common.
struct Shared {
    options: ServerOptions,
    router: Arc<Router>,
    observer: Arc<dyn Observer>,
    gate: Gate,
    /// Who asks for passwords; `None` where nobody does.
    logins: Option<Logins>,
    workers: Arc<Semaphore>,
    /// Bytes of messages that have not come whole.
    pending: AtomicUsize,
    stop: watch::Receiver<bool>,
}

impl Server {
    /// Listens. Nothing is answered before [`Server::run`]. Servers of several transports may have one router.
    pub async fn bind(
        options: ServerOptions,
        router: impl Into<Arc<Router>>,
        observer: Arc<dyn Observer>,
    ) -> Result<Self, ServerError> {
        let bound = |source| ServerError::Bind { address: options.address.clone(), source };
        let listener = TcpListener::bind(&options.address).await.map_err(bound)?;
        let address = listener.local_addr().map_err(bound)?;
        let (stop, stopped) = watch::channel(false);
        let workers = Arc::new(Semaphore::new(options.workers.clamp(1, Semaphore::MAX_PERMITS)));
        let logins = options.passwords.clone();
        let logins =
            logins.map(|passwords| Logins::new(passwords, Arc::clone(&options.throttle), Arc::clone(&workers)));
        let shared = Arc::new(Shared {
            gate: Gate::new(options.max_connections, options.max_connections_per_address),
            logins,
            workers,
            pending: AtomicUsize::new(0),
            stop: stopped,
            options,
            router: router.into(),
            observer,
        });
        Ok(Server { listener, address, shared, stop })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `shutdown` is done; then takes no more connections, ends those that are between calls, and waits
    /// for running calls, but not longer than [`ServerOptions::shutdown_timeout`].
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let Server { listener, shared, stop, .. } = self;
        let http = match &shared.options.transport {
            Transport::Http { path } => Some(http::start(Arc::clone(&shared), path)),
            Transport::Socket(_) => None,
        };
        let accepting = accept::run(listener, Arc::clone(&shared), http.as_ref().map(|http| http.sender()));
        tokio::select! {
            () = accepting => {}
            () = shutdown => {}
        }
        // Receivers are kept by `shared`.
        let _ = stop.send(true);
        let ended = async {
            shared.gate.empty().await;
            if let Some(http) = http {
                http.ended().await;
            }
        };
        if tokio::time::timeout(shared.options.shutdown_timeout, ended).await.is_err() {
            tracing::warn!("calls that still run are given up");
        }
    }
}

impl Shared {
    /// Whether the message calls a handler that waits, and does not block.
    fn waits(&self, message: &[u8]) -> bool {
        self.router.is_async(message, self.options.protocol, &self.options.limits)
    }

    /// Answers a message, on a worker's thread if its handler may block. `None` ends the connection: the message is none.
    async fn answer(self: &Arc<Self>, peer: &Arc<Peer>, message: bytes::Bytes) -> Option<Answer> {
        let (protocol, limits) = (self.options.protocol, &self.options.limits);
        if self.waits(&message) {
            let begin = Instant::now();
            let answer = self.router.answer_async(peer, &message, protocol, limits).await;
            return self.answered(answer, begin);
        }
        // A large message takes the place of several, so that all that are read at a time cannot take too much memory.
        // The semaphore is never closed.
        let weight = (1 + message.len() / BYTES_PER_WORKER).min(self.options.workers.max(1));
        let permits = Arc::clone(&self.workers).acquire_many_owned(u32::try_from(weight).unwrap_or(u32::MAX));
        let permit = permits.await.ok()?;
        let (shared, peer) = (Arc::clone(self), Arc::clone(peer));
        let work = move || -> Option<Answer> {
            let begin = Instant::now();
            let answer = shared.router.answer(&peer, &message, shared.options.protocol, &shared.options.limits);
            let answer = shared.answered(answer, begin);
            drop(permit);
            answer
        };
        match tokio::task::spawn_blocking(work).await {
            Ok(answer) => answer,
            Err(error) => {
                tracing::error!(%error, "a worker ended");
                None
            }
        }
    }

    /// Tells the observer how a call ended that began at this time.
    fn answered(&self, answer: Result<Answer, ReadError>, begin: Instant) -> Option<Answer> {
        match answer {
            Ok(answer) => {
                self.observer.called(answer.method, answer.outcome, begin.elapsed());
                if answer.outcome != Outcome::Success {
                    tracing::debug!(method = answer.method, outcome = ?answer.outcome, "a call failed");
                }
                Some(answer)
            }
            Err(error) => {
                tracing::debug!(%error, "what came is no message");
                self.observer.refused(Refusal::Garbage);
                None
            }
        }
    }

    /// Whether the password is the user's. Where logins have failed, this takes its time.
    async fn check_password(&self, user: &str, password: String, address: IpAddr) -> bool {
        match &self.logins {
            Some(logins) => logins.check(user, password, address).await,
            None => true,
        }
    }
}
