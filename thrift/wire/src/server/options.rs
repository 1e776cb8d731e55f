//! How a server listens and what it lets its peers do.

use std::sync::Arc;
use std::time::Duration;

use super::{ServerTls, Throttle};
use crate::{Framing, PasswordCheck, Protocol, ReadLimits};

/// How a server listens and what it lets its peers do.
#[derive(Clone)]
pub struct ServerOptions {
    /// Where to listen: `host:port`; port 0 takes a free one.
    pub address: String,
    /// How messages come.
    pub transport: Transport,
    /// The protocol (`hive.metastore.thrift.compact.protocol.enabled`).
    pub protocol: Protocol,
    /// Who may call: with a check, peers must prove a name, by SASL PLAIN or HTTP's basic authorization.
    pub passwords: Option<Arc<dyn PasswordCheck>>,
    /// Slows down failed logins.
    pub throttle: Arc<Throttle>,
    /// Whether a peer may ask to act for another user, by SASL's authorization identity or HTTP's parameter `doAs`.
    /// What it asks is in [`crate::Peer::acting_for`]; whether it may have that is the service's to say. Where this is
    /// not set, such a peer is refused.
    pub acting: bool,
    /// The realm that HTTP's clients are told of.
    pub realm: String,
    /// Cookies that stand for a login over HTTP (`hive.server2.thrift.http.cookie.*`).
    pub cookies: Option<CookieOptions>,
    /// Whether requests over HTTP must have the header `X-XSRF-HEADER`, which no page of another site can send
    /// (`hive.server2.xsrf.filter.enabled`).
    pub xsrf_header: bool,
    /// TLS with a certificate.
    pub tls: Option<Arc<ServerTls>>,
    /// The greatest message in bytes (`hive.metastore.server.max.message.size`).
    pub max_message: usize,
    /// What a message may ask for while it is read.
    pub limits: ReadLimits,
    /// How many bytes of messages that have not come whole may be kept, for all connections together. A connection that
    /// would pass it is closed.
    pub max_pending: usize,
    /// How many connections there may be; more are closed at once.
    pub max_connections: usize,
    /// How many of them may come from one address.
    pub max_connections_per_address: usize,
    /// How many calls are worked on at the same time; more wait. A message counts as one more for each MB that it has.
    pub workers: usize,
    /// How long a connection may be silent between calls.
    pub idle_timeout: Option<Duration>,
    /// How long a handshake or what a peer says for its login may take (`hive.server2.thrift.login.timeout`).
    pub login_timeout: Duration,
    /// How long a message may take to arrive; a large one has a second more for each 16 kB, and so has an answer for
    /// being taken.
    pub message_timeout: Duration,
    /// How long running calls are waited for when the server stops.
    pub shutdown_timeout: Duration,
}

/// How messages come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Over TCP.
    Socket(Framing),
    /// In HTTP POSTs to a path (`hive.metastore.server.thrift.transport.mode=http`).
    Http {
        /// The path (`hive.metastore.server.thrift.http.path`), with or without the `/` at its beginning.
        path: String,
    },
}

/// What cookies are like.
#[derive(Clone, Debug)]
pub struct CookieOptions {
    /// How long they are good (`hive.server2.thrift.http.cookie.max.age`).
    pub max_age: Duration,
    /// Where clients may send them (`hive.server2.thrift.http.cookie.domain`).
    pub domain: Option<String>,
    /// The same for paths (`hive.server2.thrift.http.cookie.path`).
    pub path: Option<String>,
    /// Whether clients may send them over TLS alone.
    pub secure: bool,
    /// Whether a page's scripts do not see them (`hive.server2.thrift.http.cookie.is.httponly`).
    pub http_only: bool,
}

impl Default for CookieOptions {
    fn default() -> Self {
        CookieOptions { max_age: Duration::from_secs(86_400), domain: None, path: None, secure: false, http_only: true }
    }
}

impl Default for ServerOptions {
    fn default() -> Self {
        ServerOptions {
            address: "0.0.0.0:9083".to_owned(),
            transport: Transport::Socket(Framing::Unframed),
            protocol: Protocol::Binary,
            passwords: None,
            throttle: Arc::default(),
            acting: false,
            realm: "metastore".to_owned(),
            cookies: None,
            xsrf_header: false,
            tls: None,
            max_message: 100 << 20,
            limits: ReadLimits::default(),
            max_pending: 512 << 20,
            max_connections: 10_000,
            max_connections_per_address: 2_000,
            workers: 64,
            idle_timeout: Some(Duration::from_secs(2 * 3600)),
            login_timeout: Duration::from_secs(60),
            message_timeout: Duration::from_secs(60),
            shutdown_timeout: Duration::from_secs(30),
        }
    }
}

impl std::fmt::Debug for ServerOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerOptions")
            .field("address", &self.address)
            .field("transport", &self.transport)
            .field("protocol", &self.protocol)
            .field("passwords", &self.passwords.is_some())
            .field("tls", &self.tls)
            .finish_non_exhaustive()
    }
}
