//! The header of a message.

use crate::{Protocol, ReadError, Reader, Writer};

/// The first bytes of a message of the binary protocol, in which the message's type takes the lowest byte.
const BINARY_VERSION: u32 = 0x8001_0000;
/// The first byte of a message of the compact protocol.
const COMPACT_ID: u8 = 0x82;
/// The version of the compact protocol, in the low five bits of its second byte.
const COMPACT_VERSION: u8 = 1;

/// No method's name is longer.
const MAX_NAME: usize = 1024;

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKind {
    /// A call that is answered.
    Call,
    /// The answer: a result or a declared exception.
    Reply,
    /// The answer that is an [`ApplicationException`](crate::ApplicationException).
    Exception,
    /// A call that is not answered.
    Oneway,
}

impl MessageKind {
    fn number(self) -> u8 {
        match self {
            MessageKind::Call => 1,
            MessageKind::Reply => 2,
            MessageKind::Exception => 3,
            MessageKind::Oneway => 4,
        }
    }

    pub(crate) fn of_number(number: u8) -> Result<Self, ReadError> {
        Ok(match number {
            1 => MessageKind::Call,
            2 => MessageKind::Reply,
            3 => MessageKind::Exception,
            4 => MessageKind::Oneway,
            _ => return Err(ReadError::UnknownMessageKind(number)),
        })
    }
}

/// The header of a message; a struct follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageHeader {
    /// The method's name.
    pub name: String,
    /// What the message is.
    pub kind: MessageKind,
    /// A number that the answer repeats.
    pub sequence: i32,
}

impl MessageHeader {
    /// Reads a header. In the binary protocol one without a version is read too, as Hive's server does.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, ReadError> {
        match reader.protocol() {
            Protocol::Binary => {
                let first = reader.i32()?;
                if first >= 0 {
                    let name = reader.text_of(first)?;
                    let kind = MessageKind::of_number(reader.byte()?)?;
                    return Ok(MessageHeader { name, kind, sequence: reader.i32()? });
                }
                let first = first.cast_unsigned();
                if first & 0xffff_0000 != BINARY_VERSION {
                    return Err(ReadError::NoHeader("binary"));
                }
                let kind = MessageKind::of_number((first & 0xff) as u8)?;
                Ok(MessageHeader { kind, name: reader.string()?, sequence: reader.i32()? })
            }
            Protocol::Compact => {
                if reader.byte()? != COMPACT_ID {
                    return Err(ReadError::NoHeader("compact"));
                }
                let second = reader.byte()?;
                if second & 0x1f != COMPACT_VERSION {
                    return Err(ReadError::NoHeader("compact"));
                }
                let kind = MessageKind::of_number(second >> 5)?;
                // The sequence number has no zigzag: a negative one takes all of 32 bits.
                let sequence = u32::try_from(reader.varint()?).map_err(|_| ReadError::NumberTooLarge)?.cast_signed();
                Ok(MessageHeader { kind, sequence, name: reader.string()? })
            }
        }
    }

    /// Writes the header.
    pub fn write(&self, writer: &mut Writer) {
        match writer.protocol() {
            Protocol::Binary => {
                writer.i32((BINARY_VERSION | u32::from(self.kind.number())).cast_signed());
                writer.bytes(self.name.as_bytes());
                writer.i32(self.sequence);
            }
            Protocol::Compact => {
                writer.raw(&[COMPACT_ID, self.kind.number() << 5 | COMPACT_VERSION]);
                writer.varint(self.sequence.cast_unsigned().into());
                writer.bytes(self.name.as_bytes());
            }
        }
    }
}

/// How far a header goes.
pub(crate) enum HeaderScan {
    /// More bytes must come.
    More,
    /// It takes so many bytes.
    Length(usize),
}

/// Looks for the end of the header with which `bytes` begin. What is no header is an error as early as can be.
pub(crate) fn scan(bytes: &[u8], protocol: Protocol) -> Result<HeaderScan, ReadError> {
    let known = match protocol {
        // A version's first byte, or the first of a name's length, which is small.
        Protocol::Binary => matches!(bytes.first(), None | Some(0x00 | 0x80)),
        Protocol::Compact => matches!(bytes.first(), None | Some(&COMPACT_ID)),
    };
    if !known {
        return Err(ReadError::NoHeader(match protocol {
            Protocol::Binary => "binary",
            Protocol::Compact => "compact",
        }));
    }
    let beginning = bytes.get(..MAX_NAME + 32).unwrap_or(bytes);
    let mut reader = Reader::new(beginning, protocol);
    match MessageHeader::read(&mut reader) {
        Ok(_) => Ok(HeaderScan::Length(reader.position())),
        Err(ReadError::Truncated | ReadError::TooLong { .. }) if header_may_end(bytes, protocol) => {
            Ok(HeaderScan::More)
        }
        Err(error) => Err(error),
    }
}

/// Whether a header whose end has not come may still be one: its name is not too long.
fn header_may_end(bytes: &[u8], protocol: Protocol) -> bool {
    let length = match protocol {
        Protocol::Binary => {
            let at = if bytes.first() == Some(&0x80) { 4 } else { 0 };
            bytes.get(at..).and_then(<[u8]>::first_chunk).map(|length| u64::from(u32::from_be_bytes(*length)))
        }
        Protocol::Compact => {
            let mut reader = Reader::new(bytes.get(2..).unwrap_or_default(), protocol);
            reader.varint().and_then(|_| reader.varint()).ok()
        }
    };
    length.is_none_or(|length| length <= MAX_NAME as u64)
}
