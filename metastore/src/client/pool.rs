//! Connections to the servers of one metastore.
//!
//! A connection serves one call at a time; those that are free are kept. A call that changes nothing is made again where
//! its connection broke; one that changes something is not, for nobody knows whether it was carried out. So that this is
//! rare, a connection that was kept is asked for a sign of life before it carries such a call.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;
use skep_thrift::{ApplicationExceptionKind, CallError, ClientOptions, Connection, Exception, Method};
use skep_thrift_hms::HmsException;
use skep_thrift_hms::methods::{
    GetStatus, GetStatusArgs, SetMetaConf, SetMetaConfArgs, SetUgi, SetUgiArgs, Shutdown, ShutdownArgs,
};
use skep_thrift_hms::skep::methods::{SkepProtocol, SkepProtocolArgs};

use super::calls::PROTOCOL;
use super::options::{RemoteOptions, Selection};
use crate::error::{MetastoreError, Result};

/// The key by which Hive's server refuses to give a column a type that old data cannot be read as.
pub(super) const TYPES_ARE_COMPARED: &str = "hive.metastore.disallow.incompatible.col.type.changes";

/// What a call does, and with it, whether it may be made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// It changes nothing.
    Read,
    /// It changes something.
    Write,
}

/// Whose server is at the other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ServerKind {
    /// A Skep's: it takes every call of a store.
    Skep,
    /// Hive's, or one that takes itself for it.
    Hive,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Servers {
    options: RemoteOptions,
    wire: ClientOptions,
    idle: Mutex<Vec<Lease>>,
    /// Position of the server that answered last.
    current: AtomicUsize,
    /// Methods that the servers do not know.
    unknown: Mutex<BTreeSet<&'static str>>,
    kind: Mutex<Option<ServerKind>>,
}

/// A connection and what is known of it.
#[derive(Debug)]
struct Lease {
    connection: Connection,
    endpoint: usize,
    made: Instant,
}

impl Drop for Lease {
    fn drop(&mut self) {
        // As Hive's clients do; it is not answered.
        let _ = self.connection.call::<Shutdown>(ShutdownArgs {});
    }
}

impl Servers {
    /// Connects to one of them.
    pub(super) fn open(options: RemoteOptions) -> Result<Self> {
        let wire = options.wire();
        let kind = Mutex::new(options.hive_api.then_some(ServerKind::Hive));
        let start = match options.selection {
            Selection::Sequential => 0,
            Selection::Random => some_number() % options.endpoints.len().max(1),
        };
        let servers = Self {
            options,
            wire,
            idle: Mutex::default(),
            current: AtomicUsize::new(start),
            unknown: Mutex::default(),
            kind,
        };
        let lease = servers.connect()?;
        servers.give_back(lease);
        Ok(servers)
    }

    pub(super) fn options(&self) -> &RemoteOptions {
        &self.options
    }

    /// Whose server it is.
    pub(super) fn kind(&self) -> ServerKind {
        (*self.kind.lock()).unwrap_or(ServerKind::Hive)
    }

    /// The address that errors name.
    pub(super) fn address(&self) -> String {
        let at = self.current.load(Ordering::Relaxed);
        self.options.endpoints.get(at).map(ToString::to_string).unwrap_or_default()
    }

    /// Is the method known to be one that the servers do not have?
    pub(super) fn lacks<M: Method>(&self) -> bool {
        self.unknown.lock().contains(M::NAME)
    }

    /// Makes a call.
    pub(super) fn call<M: Method>(
        &self,
        effect: Effect,
        args: M::Args,
    ) -> std::result::Result<M::Success, CallFailure<M::Exception>> {
        let mut left = if effect == Effect::Read { self.options.failure_retries } else { 0 };
        loop {
            let mut lease = self.lease(effect)?;
            match lease.connection.call::<M>(args.clone()) {
                Ok(value) => {
                    self.give_back(lease);
                    return Ok(value);
                }
                Err(error) if error.leaves_connection() => {
                    self.give_back(lease);
                    if is_unknown_method(&error) {
                        self.unknown.lock().insert(M::NAME);
                    }
                    return Err(CallFailure::Call(error));
                }
                Err(error) => {
                    tracing::debug!(method = M::NAME, %error, "a connection to the metastore broke");
                    self.forget(lease);
                    if effect == Effect::Write {
                        let reason = format!("{}: {error}; nobody knows whether it was carried out", M::NAME);
                        return Err(MetastoreError::Store { path: self.address(), reason }.into());
                    }
                    if left == 0 {
                        return Err(CallFailure::Call(error));
                    }
                    left -= 1;
                }
            }
        }
    }

    /// A connection for a call.
    fn lease(&self, effect: Effect) -> Result<Lease> {
        loop {
            let Some(mut lease) = self.idle.lock().pop() else { return self.connect() };
            let old = !self.options.lifetime.is_zero() && lease.made.elapsed() > self.options.lifetime;
            if old {
                continue;
            }
            if effect == Effect::Read || lease.connection.call::<GetStatus>(GetStatusArgs {}).is_ok() {
                return Ok(lease);
            }
            self.forget(lease);
        }
    }

    fn give_back(&self, lease: Lease) {
        let mut idle = self.idle.lock();
        if idle.len() < self.options.idle {
            idle.push(lease);
        }
    }

    /// Drops a connection that broke, and those to the same server: they are broken as well, most likely.
    fn forget(&self, lease: Lease) {
        let endpoint = lease.endpoint;
        let (broken, kept) = self.idle.lock().drain(..).partition(|other: &Lease| other.endpoint == endpoint);
        let broken: Vec<Lease> = broken;
        self.idle.lock().extend::<Vec<Lease>>(kept);
        drop((lease, broken));
    }

    /// Connects to the servers in turn, beginning with the one that answered last, until one answers.
    fn connect(&self) -> Result<Lease> {
        let count = self.options.endpoints.len();
        let mut reasons = Vec::new();
        for round in 0..self.options.connect_attempts.max(1) {
            if round > 0 {
                std::thread::sleep(self.options.connect_delay);
            }
            reasons.clear();
            let start = self.current.load(Ordering::Relaxed);
            for at in (0..count).map(|step| (start + step) % count) {
                match self.connect_to(at) {
                    Ok(lease) => {
                        self.current.store(at, Ordering::Relaxed);
                        return Ok(lease);
                    }
                    Err(Connecting::Hopeless(error)) => return Err(error),
                    Err(Connecting::Failed(reason)) => reasons.push(reason),
                }
            }
        }
        let path = self.options.endpoints.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        let reason = format!("Could not connect to meta store using any of the URIs provided: {}", reasons.join("; "));
        Err(MetastoreError::Store { path, reason })
    }

    fn connect_to(&self, at: usize) -> std::result::Result<Lease, Connecting> {
        let Some(endpoint) = self.options.endpoints.get(at) else {
            return Err(Connecting::Failed("there is no such server".to_string()));
        };
        let address = endpoint.to_string();
        let failed = |error: &dyn std::fmt::Display| Connecting::Failed(format!("{address}: {error}"));
        let connection = Connection::open::<HmsException>(&address, &self.wire).map_err(|error| failed(&error))?;
        let mut lease = Lease { connection, endpoint: at, made: Instant::now() };
        if self.options.plain.is_none() {
            let args = SetUgiArgs {
                user_name: Some(self.options.user.clone()),
                group_names: Some(self.options.groups.clone()),
            };
            match lease.connection.call::<SetUgi>(args) {
                Ok(_) => {}
                Err(error) if error.leaves_connection() => {
                    tracing::debug!(%error, "the metastore does not take the user's name");
                }
                Err(error) => return Err(failed(&error)),
            }
        }
        let expected = *self.kind.lock();
        if expected == Some(ServerKind::Hive) {
            return prepared(lease).map_err(|error| failed(&error));
        }
        let found = match lease.connection.call::<SkepProtocol>(SkepProtocolArgs {}) {
            Ok(PROTOCOL) => ServerKind::Skep,
            Ok(other) => {
                let reason = format!("it speaks version {other} of Skep's protocol, and this program {PROTOCOL}");
                return Err(Connecting::Hopeless(MetastoreError::Store { path: address, reason }));
            }
            Err(CallError::Application(_)) => ServerKind::Hive,
            Err(error) => return Err(failed(&error)),
        };
        match expected {
            Some(expected) if expected != found => {
                let reason = "it is not of the same kind as the metastore's other servers".to_string();
                Err(Connecting::Hopeless(MetastoreError::Store { path: address, reason }))
            }
            _ => {
                *self.kind.lock() = Some(found);
                if found == ServerKind::Hive { prepared(lease).map_err(|error| failed(&error)) } else { Ok(lease) }
            }
        }
    }
}

/// Says on a connection to Hive's server that changes of columns' types are compared by the engine, as its own settings
/// want. Servers before Hive 3.0 let nobody say so, and go by their own.
fn prepared(mut lease: Lease) -> std::result::Result<Lease, CallError<HmsException>> {
    let (key, value) = (Some(TYPES_ARE_COMPARED.to_string()), Some("false".to_string()));
    match lease.connection.call::<SetMetaConf>(SetMetaConfArgs { key, value }) {
        Err(error) if !error.leaves_connection() => Err(error),
        Err(error) => {
            tracing::debug!(%error, "the metastore compares types of columns itself");
            Ok(lease)
        }
        Ok(()) => Ok(lease),
    }
}

enum Connecting {
    /// Another server, or the same one later, may answer.
    Failed(String),
    /// There is no point in trying others.
    Hopeless(MetastoreError),
}

/// Why a call gave nothing.
#[derive(Debug)]
pub(super) enum CallFailure<E> {
    /// There is no connection.
    Unreachable(MetastoreError),
    /// The call failed.
    Call(CallError<E>),
}

impl<E> From<MetastoreError> for CallFailure<E> {
    fn from(error: MetastoreError) -> Self {
        Self::Unreachable(error)
    }
}

/// Did the server say that it does not know the method?
pub(super) fn is_unknown_method<E: Exception>(error: &CallError<E>) -> bool {
    matches!(error, CallError::Application(said) if said.kind == ApplicationExceptionKind::UNKNOWN_METHOD)
}

/// Any number.
fn some_number() -> usize {
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.subsec_nanos());
    (nanos ^ std::process::id()) as usize
}
