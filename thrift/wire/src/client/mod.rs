//! A blocking client.

mod http;
mod login;
mod options;
mod stream;

use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

pub use options::{ClientOptions, Login};

use crate::inbox::{Inbox, wrap};
use crate::{CallError, Method, reply};
use http::Http;
use stream::Stream;

/// A connection to a server, over which calls are made one after another.
#[derive(Debug)]
pub struct Connection {
    address: String,
    options: ClientOptions,
    sequence: i32,
    /// `None` once the connection has broken, or an answer has not come in time or could not be read.
    transport: Option<Transport>,
}

#[derive(Debug)]
enum Transport {
    Stream { stream: Stream, inbox: Inbox },
    Http(Http),
}

/// What happened on the way.
#[derive(Debug)]
pub(crate) enum TransportError {
    Io(io::Error),
    Protocol(crate::ReadError),
    Arguments(crate::WriteError),
    Refused(String),
}

impl From<io::Error> for TransportError {
    fn from(error: io::Error) -> Self {
        TransportError::Io(error)
    }
}

impl<E> From<TransportError> for CallError<E> {
    fn from(error: TransportError) -> Self {
        match error {
            TransportError::Io(error) if is_timeout(&error) => CallError::Timeout,
            TransportError::Io(error) => CallError::Io(error),
            TransportError::Protocol(error) => CallError::Protocol(error),
            TransportError::Arguments(error) => CallError::Arguments(error),
            TransportError::Refused(text) => CallError::Refused(text),
        }
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
}

impl Connection {
    /// Connects to `thrift://host:port` or `host:port`, or, over HTTP, to `http://host:port/path` or `https://…`
    /// (the scheme chooses; `https` needs [`ClientOptions::tls`]).
    ///
    /// Errors are [`CallError::Connect`], [`CallError::Timeout`] and, where a name and a password are sent,
    /// [`CallError::Refused`]; `E` is that of the calls that follow.
    pub fn open<E>(address: &str, options: &ClientOptions) -> Result<Self, CallError<E>> {
        let transport = match Transport::open(address, options) {
            Ok(transport) => transport,
            Err(TransportError::Io(source)) => {
                return Err(CallError::Connect { address: address.to_owned(), source });
            }
            Err(error) => return Err(error.into()),
        };
        Ok(Connection {
            address: address.to_owned(),
            options: options.clone(),
            sequence: 0,
            transport: Some(transport),
        })
    }

    /// Where the server is.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Whether the connection broke: every call will fail.
    pub fn is_broken(&self) -> bool {
        self.transport.is_none()
    }

    /// Calls a method and waits for its answer.
    ///
    /// After an error that [leaves nothing to go on with](CallError::leaves_connection) the connection is closed.
    pub fn call<M: Method>(&mut self, args: M::Args) -> Result<M::Success, CallError<M::Exception>> {
        self.sequence = self.sequence.wrapping_add(1);
        let message = reply::request::<M>(&args, self.sequence, self.options.protocol)?;
        let answer = self.exchange(message, !M::ONEWAY)?;
        let result =
            reply::response::<M>(answer.as_deref(), self.sequence, self.options.protocol, &self.options.limits);
        if result.as_ref().is_err_and(|error| !error.leaves_connection()) {
            self.transport = None;
        }
        result
    }

    fn exchange(&mut self, message: Vec<u8>, answered: bool) -> Result<Option<Vec<u8>>, TransportError> {
        let Some(mut transport) = self.transport.take() else {
            return Err(io::Error::new(io::ErrorKind::NotConnected, "the connection was closed after an error").into());
        };
        let answer = transport.exchange(message, answered, &self.options)?;
        self.transport = Some(transport);
        Ok(answer)
    }
}

impl Transport {
    fn open(address: &str, options: &ClientOptions) -> Result<Self, TransportError> {
        if address.starts_with("http://") || address.starts_with("https://") {
            return Ok(Transport::Http(Http::open(address, options)?));
        }
        let target = address.strip_prefix("thrift://").unwrap_or(address).trim_end_matches('/');
        let mut stream = Stream::open(target, options)?;
        let mut inbox = Inbox::new(options.framing, options.protocol, options.max_message, options.limits.depth);
        if let Some(login) = &options.login {
            stream.set_timeout(options.timeout)?;
            login::negotiate(&mut stream, &mut inbox, login)?;
        }
        Ok(Transport::Stream { stream, inbox })
    }

    fn exchange(
        &mut self,
        message: Vec<u8>,
        answered: bool,
        options: &ClientOptions,
    ) -> Result<Option<Vec<u8>>, TransportError> {
        let deadline = options.timeout.map(|timeout| Instant::now() + timeout);
        match self {
            Transport::Http(http) => {
                // To a method that is not answered comes an answer without a body.
                let answer = http.post(&message, deadline, options)?;
                Ok(answered.then_some(answer))
            }
            Transport::Stream { stream, inbox } => {
                let bytes =
                    wrap(message, options.framing, options.login.is_some()).map_err(TransportError::Arguments)?;
                stream.set_timeout(left(deadline)?)?;
                stream.write_all(&bytes)?;
                stream.flush()?;
                if !answered {
                    return Ok(None);
                }
                loop {
                    if let Some(message) = inbox.message().map_err(TransportError::Protocol)? {
                        return Ok(Some(message.to_vec()));
                    }
                    stream.set_timeout(left(deadline)?)?;
                    receive(stream, inbox)?;
                }
            }
        }
    }
}

/// The time until a deadline; past it, an error.
fn left(deadline: Option<Instant>) -> io::Result<Option<Duration>> {
    let Some(deadline) = deadline else { return Ok(None) };
    match deadline.checked_duration_since(Instant::now()) {
        Some(left) if !left.is_zero() => Ok(Some(left)),
        _ => Err(io::ErrorKind::TimedOut.into()),
    }
}

/// Adds the next bytes of the stream to the inbox; its end is an error.
fn receive(stream: &mut Stream, inbox: &mut Inbox) -> io::Result<()> {
    let mut chunk = [0; 16 << 10];
    let count = loop {
        match stream.read(&mut chunk) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => break result?,
        }
    };
    match chunk.get(..count) {
        None | Some([]) => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the server closed the connection")),
        Some(bytes) => {
            inbox.buffer().extend_from_slice(bytes);
            Ok(())
        }
    }
}
