//! A call as a message, and what its answer says.

use crate::{
    ApplicationException, ApplicationExceptionKind, CallError, Kind, MessageHeader, MessageKind, Method, Protocol,
    ReadError, ReadLimits, Reader, Value, WriteError, Writer,
};

/// The message that calls `M`.
pub(crate) fn request<M: Method>(args: &M::Args, sequence: i32, protocol: Protocol) -> Result<Vec<u8>, WriteError> {
    let mut writer = Writer::new(protocol);
    let kind = if M::ONEWAY { MessageKind::Oneway } else { MessageKind::Call };
    MessageHeader { name: M::NAME.to_owned(), kind, sequence }.write(&mut writer);
    args.write(&mut writer);
    writer.finish()
}

/// What the answer to a call of `M` says; there is none for methods that are not answered.
pub(crate) fn response<M: Method>(
    message: Option<&[u8]>,
    sequence: i32,
    protocol: Protocol,
    limits: &ReadLimits,
) -> Result<M::Success, CallError<M::Exception>> {
    let Some(message) = message else { return nothing::<M>() };
    let mut reader = Reader::with_limits(message, protocol, limits);
    let header = MessageHeader::read(&mut reader)?;
    if header.kind == MessageKind::Exception {
        return Err(CallError::Application(ApplicationException::read(&mut reader)?));
    }
    if header.kind != MessageKind::Reply || header.name != M::NAME || header.sequence != sequence {
        return Err(CallError::UnexpectedAnswer(header.name));
    }
    let mut success = None;
    let mut exception = None;
    let scope = reader.begin_struct()?;
    while let Some(field) = reader.field()? {
        if field.id == 0 && field.kind == M::Success::KIND {
            success = Some(reader.value()?);
        } else if field.id != 0
            && field.kind == Kind::Struct
            && let Some(found) = M::read_exception(field.id, &mut reader)?
        {
            exception = Some(found);
        } else {
            reader.skip(field.kind)?;
        }
    }
    reader.end_struct(scope);
    match (success, exception) {
        (_, Some(exception)) => Err(CallError::Declared(exception)),
        (Some(success), None) => Ok(success),
        (None, None) => nothing::<M>(),
    }
}

/// The result of a method that gives none; of another it is an error (Java's words: "unknown result").
fn nothing<M: Method>() -> Result<M::Success, CallError<M::Exception>> {
    if M::Success::KIND == Kind::Void {
        let empty = M::Success::read(&mut Reader::new(&[], Protocol::Binary));
        return empty.map_err(|error: ReadError| error.into());
    }
    let text = format!("{} failed: unknown result", M::NAME);
    Err(CallError::Application(ApplicationException::new(ApplicationExceptionKind::MISSING_RESULT, text)))
}
