//! Messages in HTTP POSTs, as Hive's servlet takes them.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, Sleep, timeout};

use super::accept::{Bytes, Counted, Taken};
use super::{Refusal, Shared};
use crate::{Peer, base64};

/// The content of requests and answers.
const CONTENT: &str = "application/x-thrift";
/// The header in which clients say who they are when nobody asks for a proof (`USER_NAME_HTTP_HEADER` of Hive).
const ACTOR: &str = "x-actor-username";

/// The part of a server that speaks HTTP.
pub(super) struct Http {
    sender: mpsc::Sender<Taken>,
    task: JoinHandle<()>,
}

impl Http {
    /// Where connections are to be sent.
    pub(super) fn sender(&self) -> mpsc::Sender<Taken> {
        self.sender.clone()
    }

    /// Waits for the requests that are being answered.
    pub(super) async fn ended(self) {
        let Http { sender, task } = self;
        drop(sender);
        if let Err(error) = task.await {
            tracing::error!(%error, "the HTTP server ended");
        }
    }
}

/// Begins to answer POSTs to `path`.
pub(super) fn start(shared: Arc<Shared>, path: &str) -> Http {
    let (sender, receiver) = mpsc::channel(64);
    let path = format!("/{}", path.trim_matches('/'));
    let mut routes = axum::Router::new().route(&path, post(answer));
    if path != "/" {
        // Python's clients write a slash behind it.
        routes = routes.route(&format!("{path}/"), post(answer));
    }
    let service = routes.with_state(Arc::clone(&shared)).into_make_service_with_connect_info::<PeerAddress>();
    let mut stop = shared.stop.clone();
    let task = tokio::spawn(async move {
        let connections = Connections { receiver, shared };
        let served = axum::serve(connections, service).with_graceful_shutdown(async move {
            // When the sender is gone, the server is too.
            let _ = stop.wait_for(|stop| *stop).await;
        });
        if let Err(error) = served.await {
            tracing::error!(%error, "the HTTP server ended");
        }
    });
    Http { sender, task }
}

/// Answers a POST.
async fn answer(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(PeerAddress(address)): ConnectInfo<PeerAddress>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let user = if shared.options.passwords.is_some() {
        let right = match credentials(&headers) {
            Some((user, password)) => shared.check_password(user.clone(), password).await.then_some(user),
            None => None,
        };
        let Some(user) = right else {
            shared.observer.refused(Refusal::Login);
            let challenge = [(header::WWW_AUTHENTICATE, "Basic realm=\"metastore\"")];
            return (StatusCode::UNAUTHORIZED, challenge).into_response();
        };
        Some(user)
    } else {
        None
    };
    let limit = shared.options.max_message;
    let time = shared.options.message_timeout + Duration::from_secs((limit >> 14) as u64);
    let message = match timeout(time, to_bytes(body, limit)).await {
        Ok(Ok(message)) => message,
        Ok(Err(_)) => return StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        Err(_) => {
            shared.observer.refused(Refusal::Slow);
            return StatusCode::REQUEST_TIMEOUT.into_response();
        }
    };
    let claimed = headers.get(ACTOR).and_then(|name| name.to_str().ok()).map(str::to_owned);
    let peer = Peer::claiming(Some(address), user, claimed);
    match shared.answer(&peer, message).await {
        Some(answer) => ([(header::CONTENT_TYPE, CONTENT)], answer.bytes.unwrap_or_default()).into_response(),
        None => StatusCode::BAD_REQUEST.into_response(),
    }
}

/// The name and the password of the header `Authorization: Basic …`.
fn credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(base64::decode(token.trim())?).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

/// Hands connections that were taken to axum.
struct Connections {
    receiver: mpsc::Receiver<Taken>,
    shared: Arc<Shared>,
}

impl Listener for Connections {
    type Io = Timed;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Timed, SocketAddr) {
        match self.receiver.recv().await {
            Some(Taken { bytes, address, place }) => {
                let limit = self.shared.options.idle_timeout;
                let timer = limit.map(|limit| (limit, Box::pin(tokio::time::sleep(limit))));
                (Timed { bytes, timer, _place: place }, address)
            }
            // No more will come: the server stops.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Err(io::ErrorKind::AddrNotAvailable.into())
    }
}

/// A peer's address.
#[derive(Clone, Copy)]
struct PeerAddress(SocketAddr);

impl Connected<IncomingStream<'_, Connections>> for PeerAddress {
    fn connect_info(stream: IncomingStream<'_, Connections>) -> Self {
        PeerAddress(*stream.remote_addr())
    }
}

/// A connection that breaks when nothing goes over it for too long.
struct Timed {
    bytes: Bytes,
    timer: Option<(Duration, Pin<Box<Sleep>>)>,
    _place: Counted,
}

impl Timed {
    fn progressed(&mut self) {
        if let Some((limit, timer)) = &mut self.timer {
            timer.as_mut().reset(Instant::now() + *limit);
        }
    }

    /// What to give while nothing goes.
    fn waiting<T>(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        let Some((_, timer)) = &mut self.timer else { return Poll::Pending };
        timer.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Timed {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        match Pin::new(&mut this.bytes).poll_read(cx, buf) {
            Poll::Pending => this.waiting(cx),
            ready => {
                this.progressed();
                ready
            }
        }
    }
}

impl AsyncWrite for Timed {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        match Pin::new(&mut this.bytes).poll_write(cx, buf) {
            Poll::Pending => this.waiting(cx),
            ready => {
                this.progressed();
                ready
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().bytes).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().bytes).poll_shutdown(cx)
    }
}
