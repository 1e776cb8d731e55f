//! The exception that every service may answer with.

use thiserror::Error;

use crate::{Kind, Message, ReadError, Reader, Value, Writer};

/// What a `TApplicationException` is about; numbers that are not known here are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ApplicationExceptionKind(pub i32);

impl ApplicationExceptionKind {
    /// Nothing is said.
    pub const UNKNOWN: Self = Self(0);
    /// The service has no such method.
    pub const UNKNOWN_METHOD: Self = Self(1);
    /// The message is neither a call nor an answer.
    pub const INVALID_MESSAGE_TYPE: Self = Self(2);
    /// The answer is that of another method.
    pub const WRONG_METHOD_NAME: Self = Self(3);
    /// The answer is that of another call.
    pub const BAD_SEQUENCE_ID: Self = Self(4);
    /// The answer holds neither a result nor an exception.
    pub const MISSING_RESULT: Self = Self(5);
    /// The method failed in a way that it does not declare.
    pub const INTERNAL_ERROR: Self = Self(6);
    /// The message's bytes are not what the protocol has.
    pub const PROTOCOL_ERROR: Self = Self(7);
}

/// `TApplicationException`: the call itself failed, not what it asked for.
#[derive(Clone, Debug, Default, Error, PartialEq, Eq)]
#[error("{message}")]
pub struct ApplicationException {
    /// Field 1: what happened.
    pub message: String,
    /// Field 2: what it is about.
    pub kind: ApplicationExceptionKind,
}

impl ApplicationException {
    /// The exception of this kind with this message.
    pub fn new(kind: ApplicationExceptionKind, message: impl Into<String>) -> Self {
        ApplicationException { message: message.into(), kind }
    }

    /// The answer to a call of a method that the service does not have.
    pub fn unknown_method(name: &str) -> Self {
        Self::new(ApplicationExceptionKind::UNKNOWN_METHOD, format!("Invalid method name: '{name}'"))
    }
}

impl Value for ApplicationException {
    const KIND: Kind = Kind::Struct;

    fn read(reader: &mut Reader<'_>) -> Result<Self, ReadError> {
        let mut value = Self::default();
        let scope = reader.begin_struct()?;
        while let Some(field) = reader.field()? {
            match (field.id, field.kind) {
                (1, Kind::String) => value.message = reader.string()?,
                (2, Kind::I32) => value.kind = ApplicationExceptionKind(reader.i32()?),
                _ => reader.skip(field.kind)?,
            }
        }
        reader.end_struct(scope);
        Ok(value)
    }

    fn write(&self, writer: &mut Writer) {
        let scope = writer.begin_struct();
        writer.field(1, &self.message);
        writer.field(2, &self.kind.0);
        writer.end_struct(scope);
    }
}

impl Message for ApplicationException {
    const NAME: &'static str = "TApplicationException";
}
