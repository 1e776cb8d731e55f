//! Connections to the page: only so many, none that is silent for long, and with TLS where that is wanted.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, Request};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use axum::serve::{IncomingStream, Listener};
use skep_thrift::{ServerStream, ServerTls};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{Instant, Sleep};

/// So many connections are open at once; more wait to be taken.
const MAX_CONNECTIONS: usize = 1_000;
/// A connection that says nothing for so long is ended. Pages that change ask every second.
const MAX_SILENCE: Duration = Duration::from_secs(60);

/// Takes connections.
#[derive(Debug)]
pub struct Connections {
    listener: TcpListener,
    places: Arc<Semaphore>,
    secure: Option<Secure>,
    /// Connections on their way to TLS, which hold up no others.
    handshakes: JoinSet<Option<(Connection, Place)>>,
}

/// How connections are encrypted.
#[derive(Debug, Clone)]
pub struct Secure {
    /// The certificate.
    pub tls: Arc<ServerTls>,
    /// How long a handshake may take.
    pub limit: Duration,
}

impl Connections {
    /// Takes those that come to this listener.
    pub fn new(listener: TcpListener, secure: Option<Secure>) -> Self {
        Self { listener, places: Arc::new(Semaphore::new(MAX_CONNECTIONS)), secure, handshakes: JoinSet::new() }
    }
}

impl Listener for Connections {
    type Io = Connection;
    type Addr = Place;

    async fn accept(&mut self) -> (Connection, Place) {
        loop {
            tokio::select! {
                Some(shaken) = self.handshakes.join_next() => {
                    if let Ok(Some(taken)) = shaken {
                        return taken;
                    }
                }
                (place, stream, address) = taken(&mut self.listener, &self.places) => match &self.secure {
                    None => return (Connection::new(ServerStream::Plain(stream), place), Place { address, refused: false }),
                    Some(secure) => drop(self.handshakes.spawn(secure.clone().shake(place, stream, address))),
                },
            }
        }
    }

    fn local_addr(&self) -> io::Result<Place> {
        Ok(Place { address: self.listener.local_addr()?, refused: false })
    }
}

/// The next connection, when there is a place for it. Nothing is lost when it is not waited for any more.
async fn taken(
    listener: &mut TcpListener,
    places: &Arc<Semaphore>,
) -> (Option<OwnedSemaphorePermit>, TcpStream, SocketAddr) {
    // Nobody closes the semaphore.
    let place = Arc::clone(places).acquire_owned().await.ok();
    // What cannot be taken now is tried again there.
    let (stream, address) = Listener::accept(listener).await;
    (place, stream, address)
}

impl Secure {
    /// Makes a connection secure; `None` where that fails. One that begins as HTTP without TLS is taken as it is, for an
    /// answer that says how to ask.
    async fn shake(
        self,
        place: Option<OwnedSemaphorePermit>,
        stream: TcpStream,
        address: SocketAddr,
    ) -> Option<(Connection, Place)> {
        let shaken = async {
            let mut first = [0];
            stream.peek(&mut first).await?;
            // TLS begins with 22, HTTP with the name of a method.
            let refused = first[0].is_ascii_alphabetic();
            let stream = if refused { ServerStream::Plain(stream) } else { self.tls.accept(stream).await? };
            Ok::<_, io::Error>((Connection::new(stream, place), Place { address, refused }))
        };
        match tokio::time::timeout(self.limit, shaken).await {
            Ok(Ok(taken)) => Some(taken),
            Ok(Err(error)) => {
                tracing::debug!(%address, %error, "the TLS handshake with a browser failed");
                None
            }
            Err(_) => None,
        }
    }
}

/// Where a browser is.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Its address.
    pub address: SocketAddr,
    /// It speaks without TLS where that is asked for: it is told so, and nothing else.
    pub refused: bool,
}

impl Connected<IncomingStream<'_, Connections>> for Place {
    fn connect_info(stream: IncomingStream<'_, Connections>) -> Self {
        *stream.remote_addr()
    }
}

/// Sends those to the secure page who ask for it without TLS.
pub async fn only_secure(ConnectInfo(place): ConnectInfo<Place>, request: Request, next: Next) -> Response {
    if !place.refused {
        return next.run(request).await;
    }
    let close = [(header::CONNECTION, "close")];
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    match host
        .filter(|host| reads && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte)))
    {
        Some(host) => (close, Redirect::temporary(&format!("https://{host}{path}"))).into_response(),
        None => (StatusCode::BAD_REQUEST, close, "This port speaks https.\n").into_response(),
    }
}

/// A connection that breaks when nothing goes over it for too long.
#[derive(Debug)]
pub struct Connection {
    stream: ServerStream,
    timer: Pin<Box<Sleep>>,
    _place: Option<OwnedSemaphorePermit>,
}

impl Connection {
    fn new(stream: ServerStream, place: Option<OwnedSemaphorePermit>) -> Self {
        Self { stream, timer: Box::pin(tokio::time::sleep(MAX_SILENCE)), _place: place }
    }

    fn watched<T>(&mut self, went: Poll<io::Result<T>>, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        if went.is_ready() {
            self.timer.as_mut().reset(Instant::now() + MAX_SILENCE);
            return went;
        }
        self.timer.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Connection {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let went = Pin::new(&mut this.stream).poll_read(cx, buf);
        this.watched(went, cx)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let went = Pin::new(&mut this.stream).poll_write(cx, buf);
        this.watched(went, cx)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
