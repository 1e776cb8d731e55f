//! Why a call failed, as its caller sees it.

use std::io;

use thiserror::Error;

use crate::{ApplicationException, ReadError, WriteError};

/// Why a call gave no result.
#[derive(Debug, Error)]
pub enum CallError<E> {
    /// No connection could be made.
    #[error("cannot connect to {address}: {source}")]
    Connect {
        /// Where to.
        address: String,
        /// What happened.
        source: io::Error,
    },
    /// The peer refused the name and the password, or does not speak the transport that it was spoken to in.
    #[error("{0}")]
    Refused(String),
    /// The connection broke. Whether the call was carried out is not known.
    #[error("the connection broke: {0}")]
    Io(io::Error),
    /// No answer came in time. Whether the call was carried out is not known.
    #[error("no answer came in time")]
    Timeout,
    /// The answer is no message, or one that may not be.
    #[error("the answer cannot be read: {0}")]
    Protocol(#[from] ReadError),
    /// The arguments cannot be told.
    #[error("{0}")]
    Arguments(#[from] WriteError),
    /// The answer is to another call.
    #[error("an answer to '{0}' came instead of the one that was waited for")]
    UnexpectedAnswer(String),
    /// The call itself failed: the method is not known, or has an internal error.
    #[error("{0}")]
    Application(#[from] ApplicationException),
    /// The method answered with an exception that it declares.
    #[error("{0}")]
    Declared(E),
}

impl<E> CallError<E> {
    /// Whether the connection may still be used: the peer answered, and the answer was understood.
    pub fn leaves_connection(&self) -> bool {
        matches!(self, CallError::Arguments(_) | CallError::Application(_) | CallError::Declared(_))
    }
}
