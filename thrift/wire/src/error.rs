//! What may be wrong with a message.

use thiserror::Error;

/// Why bytes are not the message that they should be.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ReadError {
    /// The message ends in the middle of a value.
    #[error("the message ends in the middle of a value")]
    Truncated,
    /// A length or a count is below zero.
    #[error("negative length {0}")]
    NegativeLength(i64),
    /// A length or a count is greater than the bytes that could hold it.
    #[error("length {length} is more than the {remaining} bytes that remain can hold")]
    TooLong {
        /// What the message says.
        length: u64,
        /// The bytes that are there, or that may still come.
        remaining: u64,
    },
    /// The message is larger than the limit.
    #[error("the message is larger than the limit of {0} bytes")]
    MessageTooLarge(u64),
    /// Structs, lists, sets and maps stand in one another too deeply.
    #[error("values are nested more than {0} deep")]
    TooDeep(usize),
    /// The message's values would take more memory than they may.
    #[error("the values of the message would take more than {0} bytes of memory")]
    TooMuchMemory(usize),
    /// A string is not UTF-8.
    #[error("a string is not valid UTF-8")]
    NotUtf8,
    /// No type has this number.
    #[error("unknown type {0}")]
    UnknownKind(u8),
    /// The elements of a list, a set or a map are of another type than they should be.
    #[error("elements of an unexpected type")]
    UnexpectedElements,
    /// A field that must be there is not.
    #[error("Required field '{field}' is unset! Struct:{structure}")]
    MissingField {
        /// The struct's name in the IDL.
        structure: &'static str,
        /// The field's name in the IDL.
        field: &'static str,
    },
    /// A number of variable width has too many bytes, or does not fit its type.
    #[error("a number is too large for its type")]
    NumberTooLarge,
    /// The message begins with something that is no header.
    #[error("the message does not begin as a message of the {0} protocol does")]
    NoHeader(&'static str),
    /// A message's header has a type that is none.
    #[error("unknown message type {0}")]
    UnknownMessageKind(u8),
}

/// Why values could not be written.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum WriteError {
    /// A string, a list or a map is longer than the protocol can tell.
    #[error("a value of {0} bytes or elements is longer than Thrift can tell")]
    TooLong(usize),
}
