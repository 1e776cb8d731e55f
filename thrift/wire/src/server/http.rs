//! Messages in HTTP POSTs, as Hive's servlet takes them.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody, to_bytes};
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use bytes::{Bytes, BytesMut};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};

use super::accept::Taken;
use super::cookie::Cookies;
use super::pending::{Pending, allowed};
use super::timed::{Answered, Client, Connections};
use super::{Refusal, Shared, basic_credentials};
use crate::Peer;

/// The content of requests and answers.
const CONTENT: &str = "application/x-thrift";
/// The header in which clients say who they are when nobody asks for a proof (`USER_NAME_HTTP_HEADER` of Hive).
const ACTOR: &str = "x-actor-username";

/// The header that no page of another site can send (Hadoop's `RestCsrfPreventionFilter`).
const XSRF: &str = "x-xsrf-header";
/// So much of the body of a request that is refused is read.
const DISCARDED: usize = 64 << 10;
/// And for so long.
const DISCARD_TIME: Duration = Duration::from_secs(5);

/// What requests are answered with.
struct HttpState {
    shared: Arc<Shared>,
    cookies: Option<Cookies>,
}

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
    let cookies = shared.options.cookies.clone().and_then(Cookies::new);
    let state = Arc::new(HttpState { shared: Arc::clone(&shared), cookies });
    let service = routes.with_state(state).into_make_service_with_connect_info::<Client>();
    let mut stop = shared.stop.clone();
    let task = tokio::spawn(async move {
        let connections = Connections::new(receiver, shared);
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
    State(state): State<Arc<HttpState>>,
    ConnectInfo(Client { address, answered }): ConnectInfo<Client>,
    Query(parameters): Query<Vec<(String, String)>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let shared = &state.shared;
    let _answered = Answered::begin(answered);
    if shared.options.xsrf_header && !headers.contains_key(XSRF) {
        discard(body).await;
        return (StatusCode::BAD_REQUEST, "Missing Required Header for Vulnerability Protection").into_response();
    }
    let acting = parameters.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("doAs")).map(|(_, value)| value);
    let (user, cookie) = match log_in(&state, &headers, address).await {
        Ok(_) if acting.is_some() && !shared.options.acting => {
            discard(body).await;
            return (StatusCode::FORBIDDEN, "doAs is not allowed").into_response();
        }
        Ok(known) => known,
        Err(reason) => {
            shared.observer.refused(Refusal::Login);
            // A client that still writes would not see the answer.
            discard(body).await;
            let challenge = [(header::WWW_AUTHENTICATE, format!("Basic realm=\"{}\"", shared.options.realm))];
            return (StatusCode::UNAUTHORIZED, challenge, format!("Authentication Error: {reason}\n")).into_response();
        }
    };
    let message = match message(shared, body).await {
        Ok(message) => message,
        Err(status) => return status.into_response(),
    };
    let claimed = headers.get(ACTOR).and_then(|name| name.to_str().ok()).map(str::to_owned);
    // Where nobody asks for a proof, the name beside the password is as good as the header.
    let claimed = claimed.or_else(|| credentials(&headers).filter(|_| user.is_none()).map(|(name, _)| name));
    let peer = Peer::known(address, user, claimed, acting);
    let mut response = match shared.answer(&peer, message).await {
        Some(answer) => ([(header::CONTENT_TYPE, CONTENT)], answer.bytes.unwrap_or_default()).into_response(),
        None => return StatusCode::BAD_REQUEST.into_response(),
    };
    if let Some(Ok(cookie)) = cookie.map(HeaderValue::try_from) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// The user who has proved a name (`None` where nobody must), and the cookie that proves it from now on, if the client has
/// not got it. The error says what is wrong.
async fn log_in(
    state: &HttpState,
    headers: &HeaderMap,
    address: SocketAddr,
) -> Result<(Option<String>, Option<String>), &'static str> {
    if state.shared.logins.is_none() {
        return Ok((None, None));
    }
    let credentials = credentials(headers);
    let cookies = state.cookies.as_ref();
    let mut sent = headers.get_all(header::COOKIE).iter().filter_map(|cookie| cookie.to_str().ok());
    let known = cookies.and_then(|cookies| sent.find_map(|cookie| cookies.known(cookie)));
    // A cookie does not stand for another user than the one that the client names.
    match (known, credentials) {
        (Some(known), None) => Ok((Some(known.user), known.again)),
        (Some(known), Some((user, _))) if user == known.user => Ok((Some(user), known.again)),
        (_, Some((user, password))) => {
            if !state.shared.check_password(&user, password, address.ip()).await {
                return Err("Error validating the login");
            }
            let cookie = cookies.and_then(|cookies| cookies.header(&user));
            Ok((Some(user), cookie))
        }
        (None, None) if headers.contains_key(header::AUTHORIZATION) => {
            Err("Authorization header received from the client is not of the form Basic user:password")
        }
        (None, None) => Err("Authorization header received from the client is empty."),
    }
}

/// The message that is the body of a request. The error is what the client is told if it does not come whole.
async fn message(shared: &Arc<Shared>, body: Body) -> Result<Bytes, StatusCode> {
    let refused = |refusal, status| {
        shared.observer.refused(refusal);
        status
    };
    let limit = shared.options.max_message;
    let too_large = |length: u64| usize::try_from(length).is_ok_and(|length| length > limit);
    let mut body = pin!(body);
    if too_large(body.size_hint().lower()) {
        return Err(refused(Refusal::Garbage, StatusCode::PAYLOAD_TOO_LARGE));
    }
    let (begun, mut pending, mut message) = (Instant::now(), Pending::new(shared), BytesMut::new());
    loop {
        let next = poll_fn(|context| body.as_mut().poll_frame(context));
        let deadline = begun + allowed(shared.options.message_timeout, message.len());
        let next = timeout_at(deadline, next).await;
        let next = next.map_err(|_| refused(Refusal::Slow, StatusCode::REQUEST_TIMEOUT))?;
        let Some(frame) = next else { return Ok(message.freeze()) };
        // The connection is broken, or what comes is no chunk.
        let frame = frame.map_err(|_| refused(Refusal::Garbage, StatusCode::BAD_REQUEST))?;
        // Trailers say nothing.
        let Ok(part) = frame.into_data() else { continue };
        if too_large((message.len() + part.len()) as u64) {
            return Err(refused(Refusal::Garbage, StatusCode::PAYLOAD_TOO_LARGE));
        }
        message.extend_from_slice(&part);
        if !pending.charge(message.len()) {
            return Err(refused(Refusal::Pending, StatusCode::SERVICE_UNAVAILABLE));
        }
    }
}

/// Reads what a client sends and keeps nothing of it.
async fn discard(body: Body) {
    // A client that sends more finds the connection closed.
    let _ = timeout(DISCARD_TIME, to_bytes(body, DISCARDED)).await;
}

fn credentials(headers: &HeaderMap) -> Option<(String, String)> {
    basic_credentials(headers.get(header::AUTHORIZATION)?.to_str().ok()?)
}
