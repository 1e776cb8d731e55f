//! What a server tells of itself.

use std::time::Duration;

use crate::Outcome;

/// Why a connection was not taken, or was ended by the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There are as many connections as there may be.
    TooMany,
    /// There are as many connections from the address as there may be.
    TooManyFromAddress,
    /// The name and the password do not go together, or the peer does not say any.
    Login,
    /// The TLS handshake failed.
    Tls,
    /// What came is no message, or one that passes a limit.
    Garbage,
    /// The peer was too slow.
    Slow,
    /// The peer was silent for too long.
    Idle,
    /// All connections together have sent too much that is not whole yet.
    Pending,
}

impl Refusal {
    /// The name as metrics have it.
    pub fn name(self) -> &'static str {
        match self {
            Refusal::TooMany => "too_many",
            Refusal::TooManyFromAddress => "too_many_from_address",
            Refusal::Login => "login",
            Refusal::Tls => "tls",
            Refusal::Garbage => "garbage",
            Refusal::Slow => "slow",
            Refusal::Idle => "idle",
            Refusal::Pending => "pending",
        }
    }
}

/// Is told what a server does, to count it. All methods do nothing by default.
pub trait Observer: Send + Sync {
    /// A call has ended after this time on its thread. `method` is `None` for one that the service does not have.
    fn called(&self, method: Option<&'static str>, outcome: Outcome, time: Duration) {
        let _ = (method, outcome, time);
    }

    /// A connection was taken.
    fn connected(&self) {}

    /// A connection that was taken has ended.
    fn disconnected(&self) {}

    /// A connection was not taken, or was ended by the server.
    fn refused(&self, refusal: Refusal) {
        let _ = refusal;
    }
}

/// An observer that does nothing.
impl Observer for () {}
