//! What a handler knows of the call beside its arguments.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// A connection as handlers see it: who is at the other end, and what earlier calls have left.
#[derive(Debug, Default)]
pub struct Peer {
    address: Option<SocketAddr>,
    user: Option<String>,
    claimed: Option<String>,
    acting: Option<String>,
    state: Mutex<HashMap<TypeId, Box<dyn Any + Send>>>,
}

impl Peer {
    /// A peer at this address, with the name that it proved (by SASL or HTTP), if it had to.
    pub fn new(address: Option<SocketAddr>, user: Option<String>) -> Arc<Self> {
        Arc::new(Peer { address, user, ..Peer::default() })
    }

    /// A peer with the name that it proved, the one that it says of itself without proof, and that of another for whom
    /// it wants to act.
    pub(crate) fn known(
        address: SocketAddr,
        user: Option<String>,
        claimed: Option<String>,
        acting: Option<String>,
    ) -> Arc<Self> {
        Arc::new(Peer { address: Some(address), user, claimed, acting, state: Mutex::default() })
    }

    /// A peer without an address: calls from within the process and tests.
    pub fn local() -> Arc<Self> {
        Self::new(None, None)
    }

    /// The peer's address.
    pub fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// The name that the peer proved with a password. What it merely says of itself (`set_ugi`) is not here: that is
    /// the service's to keep in [`Peer::with`].
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The name that the peer said without proof when the connection began (HTTP's header
    /// `x-actor-username`, or that of its authorization where no password is looked at).
    pub fn claimed_user(&self) -> Option<&str> {
        self.claimed.as_deref()
    }

    /// Another user for whom the peer wants to act: SASL's authorization identity, or HTTP's parameter `doAs`. Whether
    /// it may is for the service to say ([`crate::ServerOptions::acting`]).
    pub fn acting_for(&self) -> Option<&str> {
        self.acting.as_deref()
    }

    /// Works on the connection's value of type `T`, which begins as its default and lives as long as the connection.
    pub fn with<T: Default + Send + 'static, R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = state.entry(TypeId::of::<T>()).or_insert_with(|| Box::new(T::default()));
        match slot.downcast_mut::<T>() {
            Some(value) => work(value),
            // A slot is of its key's type; another could not get there.
            None => work(&mut T::default()),
        }
    }
}

/// A call of a method.
#[derive(Clone, Debug)]
pub struct Call {
    pub(crate) method: &'static str,
    pub(crate) peer: Arc<Peer>,
}

impl Call {
    /// A call of a method by a peer.
    pub fn new(method: &'static str, peer: Arc<Peer>) -> Self {
        Call { method, peer }
    }

    /// The method's name.
    pub fn method(&self) -> &'static str {
        self.method
    }

    /// Who calls.
    pub fn peer(&self) -> &Peer {
        &self.peer
    }
}
