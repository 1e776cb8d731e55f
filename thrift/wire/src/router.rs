//! From a message to the handler of its method, and from what the handler gives to the answer.

use std::collections::HashMap;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

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

/// What an asynchronous handler answers with: it writes the value of the method's kind that is the result.
pub type Encoder = Box<dyn FnOnce(&mut Writer) + Send>;

/// The methods of a service with their handlers.
#[derive(Default)]
pub struct Router {
    handlers: HashMap<&'static str, Handler>,
}

/// A handler, by where it runs.
enum Handler {
    /// On a thread that may block.
    Blocking(Box<dyn BlockingHandler>),
    /// On the runtime's threads; it waits without holding one.
    Async(Box<dyn AsyncHandler>),
}

impl Handler {
    fn oneway(&self) -> bool {
        match self {
            Handler::Blocking(handler) => handler.oneway(),
            Handler::Async(handler) => handler.oneway(),
        }
    }
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
        self.handlers.insert(M::NAME, Handler::Blocking(Box::new(Typed::<M, _> { handler, method: PhantomData })));
        self
    }

    /// Answers method `M` with `handler`, which must not block: for calls that wait. A call whose connection breaks is
    /// dropped where it waits. Exceptions are as in [`Router::on`].
    pub fn on_async<M: Method, F>(self, handler: impl Fn(Call, M::Args) -> F + Clone + Send + Sync + 'static) -> Self
    where
        M::Success: 'static,
        F: Future<Output = Result<M::Success, M::Exception>> + Send + 'static,
    {
        self.on_encoded::<M, _>(move |call, args| {
            let answer = handler(call, args);
            async move {
                let value = answer.await?;
                Ok(Box::new(move |writer: &mut Writer| value.write(writer)) as Encoder)
            }
        })
    }

    /// As [`Router::on_async`], with a handler that writes the result itself, so that a large one need not be built of
    /// values first.
    pub fn on_encoded<M: Method, F>(mut self, handler: impl Fn(Call, M::Args) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Encoder, M::Exception>> + Send + 'static,
    {
        self.handlers.insert(M::NAME, Handler::Async(Box::new(Typed::<M, _> { handler, method: PhantomData })));
        self
    }

    /// Whether the message calls a method whose handler is asynchronous: [`Router::answer_async`] is for it then.
    pub(crate) fn is_async(&self, message: &[u8], protocol: Protocol, limits: &ReadLimits) -> bool {
        let header = MessageHeader::read(&mut Reader::with_limits(message, protocol, limits));
        header.is_ok_and(|header| matches!(self.handlers.get(header.name.as_str()), Some(Handler::Async(_))))
    }

    /// The names of the methods that have a handler.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.handlers.keys().copied()
    }

    /// Whether the method has a handler.
    pub fn handles(&self, method: &str) -> bool {
        self.handlers.contains_key(method)
    }

    /// Answers a whole message whose handler may block, and one that no handler answers. The error is that of a header
    /// which cannot be read: then the connection is to be closed, since what follows cannot be trusted either. Whatever
    /// else is wrong becomes an answer.
    pub fn answer(
        &self,
        peer: &Arc<Peer>,
        message: &[u8],
        protocol: Protocol,
        limits: &ReadLimits,
    ) -> Result<Answer, ReadError> {
        let mut reader = Reader::with_limits(message, protocol, limits);
        let header = MessageHeader::read(&mut reader)?;
        Ok(match self.find(&header) {
            Found::Nothing(answer) => answer(protocol),
            Found::Handler(name, Handler::Blocking(handler)) => {
                let call = Call::new(name, Arc::clone(peer));
                let done = catch_unwind(AssertUnwindSafe(|| handler.run(&call, &mut reader, &header)));
                answer_of(name, handler.oneway(), &header, protocol, done.unwrap_or_else(|_| panicked(name)))
            }
            Found::Handler(name, handler) => {
                let error = internal(name, "it is answered asynchronously");
                answer_of(name, handler.oneway(), &header, protocol, (Outcome::Error, Err(error)))
            }
        })
    }

    /// Answers a whole message, whatever its handler; a handler that blocks runs on the calling thread.
    pub async fn answer_async(
        &self,
        peer: &Arc<Peer>,
        message: &[u8],
        protocol: Protocol,
        limits: &ReadLimits,
    ) -> Result<Answer, ReadError> {
        let mut reader = Reader::with_limits(message, protocol, limits);
        let header = MessageHeader::read(&mut reader)?;
        let Found::Handler(name, Handler::Async(handler)) = self.find(&header) else {
            return self.answer(peer, message, protocol, limits);
        };
        let call = Call::new(name, Arc::clone(peer));
        let begin = catch_unwind(AssertUnwindSafe(|| handler.start(call, &mut reader, &header)));
        let done = match begin {
            Ok(work) => caught(work).await,
            Err(_) => None,
        };
        Ok(answer_of(name, handler.oneway(), &header, protocol, done.unwrap_or_else(|| panicked(name))))
    }

    /// The handler of a message, or the answer where none is called.
    fn find(&self, header: &MessageHeader) -> Found<'_> {
        let (outcome, error) = match (self.handlers.get_key_value(header.name.as_str()), header.kind) {
            (_, MessageKind::Reply | MessageKind::Exception) => {
                let text = format!("'{}' is sent as an answer, not as a call", header.name);
                let error = ApplicationException::new(ApplicationExceptionKind::INVALID_MESSAGE_TYPE, text);
                (Outcome::BadArguments, error)
            }
            (None, _) => {
                tracing::debug!(method = header.name, "unknown method");
                (Outcome::UnknownMethod, ApplicationException::unknown_method(&header.name))
            }
            (Some((&name, handler)), _) => return Found::Handler(name, handler),
        };
        let header = header.clone();
        Found::Nothing(Box::new(move |protocol| {
            let told = header.kind != MessageKind::Oneway;
            Answer { method: None, outcome, bytes: told.then(|| error_message(&header, protocol, &error)) }
        }))
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

/// Who answers a message.
enum Found<'a> {
    Handler(&'static str, &'a Handler),
    Nothing(Box<dyn FnOnce(Protocol) -> Answer>),
}

/// How a call ended, with the message that tells it.
type Done = (Outcome, Result<Vec<u8>, ApplicationException>);

/// The answer to a call that a handler has ended.
fn answer_of(name: &'static str, oneway: bool, header: &MessageHeader, protocol: Protocol, done: Done) -> Answer {
    let (outcome, result) = done;
    if oneway || header.kind == MessageKind::Oneway {
        return Answer { method: Some(name), outcome, bytes: None };
    }
    match result {
        Ok(bytes) => Answer { method: Some(name), outcome, bytes: Some(bytes) },
        Err(error) => {
            let outcome = if outcome == Outcome::Success { Outcome::Error } else { outcome };
            Answer { method: Some(name), outcome, bytes: Some(error_message(header, protocol, &error)) }
        }
    }
}

/// What a panic of a handler becomes: an internal error of this one call.
fn panicked(method: &'static str) -> Done {
    tracing::error!(method, "the handler panicked");
    let text = format!("Internal error processing {method}");
    (Outcome::Error, Err(ApplicationException::new(ApplicationExceptionKind::INTERNAL_ERROR, text)))
}

/// Waits for `work`; `None` when it panics.
async fn caught<T>(work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context))) {
        Ok(poll) => poll.map(Some),
        Err(_) => Poll::Ready(None),
    })
    .await
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
trait BlockingHandler: Send + Sync {
    fn oneway(&self) -> bool;

    fn run(&self, call: &Call, reader: &mut Reader<'_>, header: &MessageHeader) -> Done;
}

/// The same, of one that waits.
trait AsyncHandler: Send + Sync {
    fn oneway(&self) -> bool;

    /// Reads the arguments and begins.
    fn start(
        &self,
        call: Call,
        reader: &mut Reader<'_>,
        header: &MessageHeader,
    ) -> Pin<Box<dyn Future<Output = Done> + Send>>;
}

struct Typed<M, F> {
    handler: F,
    method: PhantomData<fn() -> M>,
}

impl<M, F> BlockingHandler for Typed<M, F>
where
    M: Method,
    F: Fn(&Call, M::Args) -> Result<M::Success, M::Exception> + Send + Sync,
{
    fn oneway(&self) -> bool {
        M::ONEWAY
    }

    fn run(&self, call: &Call, reader: &mut Reader<'_>, header: &MessageHeader) -> Done {
        let args = match M::Args::read(reader) {
            Ok(args) => args,
            Err(error) => return unreadable(&error),
        };
        let result = (self.handler)(call, args);
        reply::<M>(header, reader.protocol(), result.map(|value| move |writer: &mut Writer| value.write(writer)))
    }
}

impl<M, F, A> AsyncHandler for Typed<M, F>
where
    M: Method,
    F: Fn(Call, M::Args) -> A + Send + Sync,
    A: Future<Output = Result<Encoder, M::Exception>> + Send + 'static,
{
    fn oneway(&self) -> bool {
        M::ONEWAY
    }

    fn start(
        &self,
        call: Call,
        reader: &mut Reader<'_>,
        header: &MessageHeader,
    ) -> Pin<Box<dyn Future<Output = Done> + Send>> {
        let args = match M::Args::read(reader) {
            Ok(args) => args,
            Err(error) => return Box::pin(std::future::ready(unreadable(&error))),
        };
        let (work, header, protocol) = ((self.handler)(call, args), header.clone(), reader.protocol());
        Box::pin(async move { reply::<M>(&header, protocol, work.await) })
    }
}

fn unreadable(error: &ReadError) -> Done {
    let error = ApplicationException::new(ApplicationExceptionKind::PROTOCOL_ERROR, error.to_string());
    (Outcome::BadArguments, Err(error))
}

/// The message of a result; `value` writes it.
fn reply<M: Method>(
    header: &MessageHeader,
    protocol: Protocol,
    result: Result<impl FnOnce(&mut Writer), M::Exception>,
) -> Done {
    let mut writer = Writer::new(protocol);
    MessageHeader { kind: MessageKind::Reply, ..header.clone() }.write(&mut writer);
    let scope = writer.begin_struct();
    let outcome = match result {
        Ok(value) => {
            if M::Success::KIND != Kind::Void {
                writer.begin_field(0, M::Success::KIND);
                value(&mut writer);
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
