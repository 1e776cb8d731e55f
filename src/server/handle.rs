//! Handles: how clients name sessions and operations.

use std::fmt;

use skep_thrift_tcli::THandleIdentifier;
use uuid::Uuid;

/// The name of a session or an operation. Whoever has it may use what it names: its 32 bytes cannot be guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Handle {
    guid: Uuid,
    secret: Uuid,
}

impl Handle {
    /// A new one.
    pub fn new() -> Self {
        Self { guid: Uuid::new_v4(), secret: Uuid::new_v4() }
    }

    /// The one that a client sends; `None` if it is not of 16 and 16 bytes.
    pub fn from_wire(wire: &THandleIdentifier) -> Option<Self> {
        Some(Self { guid: Uuid::from_slice(&wire.guid).ok()?, secret: Uuid::from_slice(&wire.secret).ok()? })
    }

    /// As it goes to the client.
    pub fn to_wire(self) -> THandleIdentifier {
        THandleIdentifier { guid: self.guid.as_bytes().to_vec(), secret: self.secret.as_bytes().to_vec() }
    }

    /// The part that may be shown.
    pub fn id(&self) -> Uuid {
        self.guid
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.guid.fmt(f)
    }
}
