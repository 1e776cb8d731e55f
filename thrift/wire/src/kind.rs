//! What a value is on the wire, and in which protocol.

use crate::ReadError;

/// How values are laid out in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protocol {
    /// `TBinaryProtocol`: numbers of fixed width, big-endian. What Hive speaks unless told otherwise.
    #[default]
    Binary,
    /// `TCompactProtocol`: numbers of variable width.
    Compact,
}

/// How messages stand in a connection's bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    /// One after another. What Hive does unless told otherwise.
    #[default]
    Unframed,
    /// Each behind its length in four bytes (`TFramedTransport`).
    Framed,
}

/// The type of a value on the wire (`TType` of Apache Thrift).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// No value: what methods without a result give.
    Void,
    /// True or false.
    Bool,
    /// A signed number of 8 bits.
    Byte,
    /// An IEEE number of 64 bits.
    Double,
    /// A signed number of 16 bits.
    I16,
    /// A signed number of 32 bits; enums too.
    I32,
    /// A signed number of 64 bits.
    I64,
    /// Text or bytes: the wire does not tell them apart.
    String,
    /// A struct, a union or an exception.
    Struct,
    /// A map.
    Map,
    /// A set.
    Set,
    /// A list.
    List,
}

impl Kind {
    /// The number of this kind in the binary protocol.
    pub(crate) fn binary(self) -> u8 {
        match self {
            Kind::Void => 1,
            Kind::Bool => 2,
            Kind::Byte => 3,
            Kind::Double => 4,
            Kind::I16 => 6,
            Kind::I32 => 8,
            Kind::I64 => 10,
            Kind::String => 11,
            Kind::Struct => 12,
            Kind::Map => 13,
            Kind::Set => 14,
            Kind::List => 15,
        }
    }

    /// The kind of a value whose number is `byte` in the binary protocol.
    pub(crate) fn of_binary(byte: u8) -> Result<Kind, ReadError> {
        Ok(match byte {
            2 => Kind::Bool,
            3 => Kind::Byte,
            4 => Kind::Double,
            6 => Kind::I16,
            8 => Kind::I32,
            10 => Kind::I64,
            11 => Kind::String,
            12 => Kind::Struct,
            13 => Kind::Map,
            14 => Kind::Set,
            15 => Kind::List,
            _ => return Err(ReadError::UnknownKind(byte)),
        })
    }

    /// The number of this kind in the compact protocol. Fields that are false have 2 instead of [`Kind::Bool`]'s 1.
    pub(crate) fn compact(self) -> u8 {
        match self {
            Kind::Void => 0,
            Kind::Bool => 1,
            Kind::Byte => 3,
            Kind::I16 => 4,
            Kind::I32 => 5,
            Kind::I64 => 6,
            Kind::Double => 7,
            Kind::String => 8,
            Kind::List => 9,
            Kind::Set => 10,
            Kind::Map => 11,
            Kind::Struct => 12,
        }
    }

    /// The kind of a value whose number is `nibble` in the compact protocol.
    pub(crate) fn of_compact(nibble: u8) -> Result<Kind, ReadError> {
        Ok(match nibble {
            1 | 2 => Kind::Bool,
            3 => Kind::Byte,
            4 => Kind::I16,
            5 => Kind::I32,
            6 => Kind::I64,
            7 => Kind::Double,
            8 => Kind::String,
            9 => Kind::List,
            10 => Kind::Set,
            11 => Kind::Map,
            12 => Kind::Struct,
            _ => return Err(ReadError::UnknownKind(nibble)),
        })
    }

    /// The fewest bytes that a value of this kind takes on the wire. It is never 0 for a value, so that the bytes which
    /// remain bound the count of elements.
    pub(crate) fn least_bytes(self, protocol: Protocol) -> usize {
        match (protocol, self) {
            (_, Kind::Double) => 8,
            (Protocol::Compact, _) => 1,
            (Protocol::Binary, kind) => match kind {
                Kind::I64 => 8,
                Kind::Map => 6,
                Kind::List | Kind::Set => 5,
                Kind::I32 | Kind::String => 4,
                Kind::I16 => 2,
                _ => 1,
            },
        }
    }
}
