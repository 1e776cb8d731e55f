//! From a message to the handler of its method, and from what the handler gives to the answer.

use std::collections::HashMap;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::{
    ApplicationException, ApplicationExceptionKind, Call, CallError, Exception, Kind, MessageHeader, MessageKind,
    Method, Peer, Protocol, ReadError, ReadLimits, Reader, Value, WriteError, Writer,
};

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With a result.
    Success,
    /// With an exception that the method declares.
    Exception,
    /// With a [`ApplicationException`]: something that the method does not declare, or a panic.
    Error,
    /// The arguments could not be read.
    BadArguments,
    /// The service does not have the method.
    UnknownMethod,
}

/// The answer to a message.
#[derive(Debug)]
pub struct Answer {
    /// The method that was called, where the service has it.
    pub method: Option<&'static str>,
    /// How the call ended.
    pub outcome: Outcome,
    /// The message to send; none for methods that are not answered.
    pub bytes: Option<Vec<u8>>,
}

/// The methods of a service with their handlers.
#[derive(Default)]
pub struct Router {
    handlers: HashMap<&'static str, Box<dyn Handler>>,
}

impl Router {
    /// A service without methods.
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers method `M` with `handler`, which runs on a thread that may block.
    ///
    /// An exception that the method does not declare goes out as the service's general exception, if the method
    /// declares that one, and as an [`ApplicationException`] otherwise.
    pub fn on<M: Method>(
        mut self,
        handler: impl Fn(&Call, M::Args) -> Result<M::Success, M::Exception> + Send + Sync + 'static,
    ) -> Self {
        self.handlers.insert(M::NAME, Box::new(Typed::<M, _> { handler, method: PhantomData }));
        self
    }

    /// The names of the methods that have a handler.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.handlers.keys().copied()
    }

    /// Whether the method has a handler.
    pub fn handles(&self, method: &str) -> bool {
        self.handlers.contains_key(method)
    }

    /// Answers a whole message. The error is that of a header which cannot be read: then the connection is to be closed,
    /// since what follows cannot be trusted either. Whatever else is wrong becomes an answer.
    pub fn answer(
        &self,
        peer: &Arc<Peer>,
        message: &[u8],
        protocol: Protocol,
        limits: &ReadLimits,
    ) -> Result<Answer, ReadError> {
        let mut reader = Reader::with_limits(message, protocol, limits);
        let header = MessageHeader::read(&mut reader)?;
        let (method, outcome, result) = match (self.handlers.get_key_value(header.name.as_str()), header.kind) {
            (_, MessageKind::Reply | MessageKind::Exception) => {
                let error = ApplicationException::new(
                    ApplicationExceptionKind::INVALID_MESSAGE_TYPE,
                    format!("'{}' is sent as an answer, not as a call", header.name),
                );
                (None, Outcome::BadArguments, Err(error))
            }
            (None, _) => {
                tracing::debug!(method = header.name, "unknown method");
                (None, Outcome::UnknownMethod, Err(ApplicationException::unknown_method(&header.name)))
            }
            (Some((&name, handler)), _) => {
                let call = Call::new(name, Arc::clone(peer));
                let (outcome, result) = run(handler.as_ref(), &call, &mut reader, &header);
                if handler.oneway() {
                    return Ok(Answer { method: Some(name), outcome, bytes: None });
                }
                (Some(name), outcome, result)
            }
        };
        if header.kind == MessageKind::Oneway {
            return Ok(Answer { method, outcome, bytes: None });
        }
        Ok(match result {
            Ok(bytes) => Answer { method, outcome, bytes: Some(bytes) },
            Err(error) => {
                let bytes = error_message(&header, protocol, &error);
                let outcome = if outcome == Outcome::Success { Outcome::Error } else { outcome };
                Answer { method, outcome, bytes: Some(bytes) }
            }
        })
    }

    /// Calls a method from within the process, over the same bytes as a call from elsewhere: for tests of handlers.
    pub fn call<M: Method>(&self, peer: &Arc<Peer>, args: &M::Args) -> Result<M::Success, CallError<M::Exception>> {
        let message = crate::reply::request::<M>(args, 1, Protocol::Binary)?;
        let answer = self.answer(peer, &message, Protocol::Binary, &ReadLimits::default())?;
        crate::reply::response::<M>(answer.bytes.as_deref(), 1, Protocol::Binary, &ReadLimits::default())
    }
}

impl std::fmt::Debug for Router {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.handlers.keys()).finish()
    }
}

/// Runs a handler; a panic is an internal error of this one call.
fn run(
    handler: &dyn Handler,
    call: &Call,
    reader: &mut Reader<'_>,
    header: &MessageHeader,
) -> (Outcome, Result<Vec<u8>, ApplicationException>) {
    match catch_unwind(AssertUnwindSafe(|| handler.run(call, reader, header))) {
        Ok(done) => done,
        Err(_) => {
            tracing::error!(method = call.method, "the handler panicked");
            let text = format!("Internal error processing {}", call.method);
            (Outcome::Error, Err(ApplicationException::new(ApplicationExceptionKind::INTERNAL_ERROR, text)))
        }
    }
}

/// The message that tells of an application exception.
pub(crate) fn error_message(header: &MessageHeader, protocol: Protocol, error: &ApplicationException) -> Vec<u8> {
    let mut writer = Writer::new(protocol);
    MessageHeader { kind: MessageKind::Exception, ..header.clone() }.write(&mut writer);
    error.write(&mut writer);
    // It is as long as the name and the text that came in one message: it can be told.
    writer.finish().unwrap_or_default()
}

/// A handler of one method, over bytes.
trait Handler: Send + Sync {
    fn oneway(&self) -> bool;

    fn run(
        &self,
        call: &Call,
        reader: &mut Reader<'_>,
        header: &MessageHeader,
    ) -> (Outcome, Result<Vec<u8>, ApplicationException>);
}

struct Typed<M, F> {
    handler: F,
    method: PhantomData<fn() -> M>,
}

impl<M, F> Handler for Typed<M, F>
where
    M: Method,
    F: Fn(&Call, M::Args) -> Result<M::Success, M::Exception> + Send + Sync,
{
    fn oneway(&self) -> bool {
        M::ONEWAY
    }

    fn run(
        &self,
        call: &Call,
        reader: &mut Reader<'_>,
        header: &MessageHeader,
    ) -> (Outcome, Result<Vec<u8>, ApplicationException>) {
        let args = match M::Args::read(reader) {
            Ok(args) => args,
            Err(error) => {
                let error = ApplicationException::new(ApplicationExceptionKind::PROTOCOL_ERROR, error.to_string());
                return (Outcome::BadArguments, Err(error));
            }
        };
        let result = (self.handler)(call, args);
        let mut writer = Writer::new(reader.protocol());
        MessageHeader { kind: MessageKind::Reply, ..header.clone() }.write(&mut writer);
        let scope = writer.begin_struct();
        let outcome = match result {
            Ok(value) => {
                if M::Success::KIND != Kind::Void {
                    writer.field(0, &value);
                }
                Outcome::Success
            }
            Err(exception) => match declared::<M>(exception) {
                Ok((id, exception)) => {
                    exception.write_field(id, &mut writer);
                    Outcome::Exception
                }
                Err(error) => return (Outcome::Error, Err(error)),
            },
        };
        writer.end_struct(scope);
        (outcome, writer.finish().map_err(|error: WriteError| internal(M::NAME, &error.to_string())))
    }
}

/// The exception as the method may declare it, with the id of its field.
fn declared<M: Method>(exception: M::Exception) -> Result<(i16, M::Exception), ApplicationException> {
    if let Some(id) = M::exception_field(&exception) {
        return Ok((id, exception));
    }
    let text = exception.to_string();
    if let Some(general) = M::Exception::general(text.clone())
        && let Some(id) = M::exception_field(&general)
    {
        return Ok((id, general));
    }
    Err(internal(M::NAME, &text))
}

fn internal(method: &str, text: &str) -> ApplicationException {
    ApplicationException::new(
        ApplicationExceptionKind::INTERNAL_ERROR,
        format!("Internal error processing {method}: {text}"),
    )
}
