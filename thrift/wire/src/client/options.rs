//! How a client connects.

use std::path::PathBuf;
use std::time::Duration;

use crate::{Framing, Protocol, ReadLimits};

/// How a client connects and how long it waits. The defaults are those of Hive's client.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// How long to wait for a connection.
    pub connect_timeout: Option<Duration>,
    /// How long to wait for an answer (`hive.metastore.client.socket.timeout`).
    pub timeout: Option<Duration>,
    /// The protocol (`hive.metastore.thrift.compact.protocol.enabled`).
    pub protocol: Protocol,
    /// How messages are sent (`hive.metastore.thrift.framed.transport.enabled`).
    pub framing: Framing,
    /// The name and the password to send: by SASL PLAIN, or in HTTP's header `Authorization`.
    pub login: Option<Login>,
    /// TLS, and the PEM file of the authorities that may vouch for the server.
    pub tls: Option<PathBuf>,
    /// The greatest message that is read, in bytes.
    pub max_message: usize,
    /// What an answer may ask for while it is read.
    pub limits: ReadLimits,
}

/// A name and its password.
#[derive(Clone)]
pub struct Login {
    /// The name.
    pub user: String,
    /// The password.
    pub password: String,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login").field("user", &self.user).finish_non_exhaustive()
    }
}

impl Default for ClientOptions {
    fn default() -> Self {
        ClientOptions {
            connect_timeout: Some(Duration::from_secs(30)),
            timeout: Some(Duration::from_secs(600)),
            protocol: Protocol::Binary,
            framing: Framing::Unframed,
            login: None,
            tls: None,
            max_message: 1 << 30,
            limits: ReadLimits { memory: 4 << 30, ..ReadLimits::default() },
        }
    }
}
