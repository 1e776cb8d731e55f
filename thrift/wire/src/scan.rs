//! Finds the end of a message among bytes that arrive bit by bit.
//!
//! An unframed message does not tell its length: one must walk through its values to find its end.

use crate::header::{self, HeaderScan};
use crate::{Kind, Protocol, ReadError};

/// Walks through a message whose bytes come bit by bit, and finds its end.
///
/// No byte is looked at twice (but for a few where they stop for now), and no more is kept than what is open. It gives up
/// as soon as the bytes cannot be a message, or pass a limit.
#[derive(Debug)]
pub struct Scanner {
    protocol: Protocol,
    max_bytes: usize,
    max_depth: usize,
    /// How far the message is understood. It may lie beyond the bytes that are there: within a string.
    at: usize,
    began: bool,
    open: Vec<Open>,
}

/// A value that has begun and not ended.
#[derive(Debug)]
enum Open {
    Struct,
    /// A list or a set with elements that are still to come.
    List(Kind, usize),
    /// A map with values that are still to come: key, value, key, …; the number is that of keys and values.
    Map(Kind, Kind, usize),
}

/// The bytes do not suffice for the next step.
struct More;

/// A step that cannot be taken yet, or never.
enum Stop {
    More,
    Bad(ReadError),
}

impl From<More> for Stop {
    fn from(_: More) -> Self {
        Stop::More
    }
}

impl From<ReadError> for Stop {
    fn from(error: ReadError) -> Self {
        Stop::Bad(error)
    }
}

impl Scanner {
    /// A scanner of a message of at most `max_bytes` whose values are not nested deeper than `max_depth`.
    pub fn new(protocol: Protocol, max_bytes: usize, max_depth: usize) -> Self {
        Scanner { protocol, max_bytes, max_depth, at: 0, began: false, open: Vec::new() }
    }

    /// Goes on with the message, of which `bytes` are those that have come so far, from its first. Gives its length if
    /// its end has come.
    pub fn scan(&mut self, bytes: &[u8]) -> Result<Option<usize>, ReadError> {
        loop {
            if self.at > self.max_bytes {
                return Err(ReadError::MessageTooLarge(self.max_bytes as u64));
            }
            if self.began && self.open.is_empty() && self.at <= bytes.len() {
                return Ok(Some(self.at));
            }
            match self.step(bytes) {
                Ok(()) => {}
                Err(Stop::More) if bytes.len() > self.max_bytes => {
                    return Err(ReadError::MessageTooLarge(self.max_bytes as u64));
                }
                Err(Stop::More) => return Ok(None),
                Err(Stop::Bad(error)) => return Err(error),
            }
        }
    }

    /// Takes one step, or none at all.
    fn step(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        if !self.began {
            match header::scan(bytes, self.protocol)? {
                HeaderScan::More => return Err(Stop::More),
                HeaderScan::Length(length) => self.at = length,
            }
            self.began = true;
            self.open.push(Open::Struct);
            return Ok(());
        }
        let mut cursor = Cursor { bytes, at: self.at, protocol: self.protocol };
        match self.open.last_mut() {
            None => Err(Stop::More),
            Some(Open::Struct) => {
                let byte = cursor.byte()?;
                if byte == 0 {
                    self.open.pop();
                    self.at = cursor.at;
                    return Ok(());
                }
                match self.protocol {
                    Protocol::Binary => {
                        let kind = Kind::of_binary(byte)?;
                        cursor.at += 2;
                        self.value(kind, cursor)
                    }
                    Protocol::Compact => {
                        let kind = Kind::of_compact(byte & 0x0f)?;
                        if byte >> 4 == 0 {
                            cursor.varint()?;
                        }
                        if kind == Kind::Bool {
                            self.at = cursor.at;
                            return Ok(());
                        }
                        self.value(kind, cursor)
                    }
                }
            }
            Some(&mut Open::List(_, 0) | &mut Open::Map(_, _, 0)) => {
                self.open.pop();
                Ok(())
            }
            Some(&mut Open::List(kind, left)) => {
                if let Some(width) = cursor.width(kind) {
                    // Numbers of fixed width are passed over all at once; `list` has checked that they may come.
                    self.open.pop();
                    self.at = cursor.at.saturating_add(left.saturating_mul(width));
                    return Ok(());
                }
                let depth = self.open.len();
                self.value(kind, cursor)?;
                self.counted(depth);
                Ok(())
            }
            Some(&mut Open::Map(key, value, left)) => {
                let kind = if left % 2 == 0 { key } else { value };
                let depth = self.open.len();
                self.value(kind, cursor)?;
                self.counted(depth);
                Ok(())
            }
        }
    }

    /// One element of the collection that was innermost when `depth` values were open has been taken.
    fn counted(&mut self, depth: usize) {
        if let Some(Open::List(_, left) | Open::Map(_, _, left)) = self.open.get_mut(depth - 1) {
            *left -= 1;
        }
    }

    /// Passes over a value or begins it.
    fn value(&mut self, kind: Kind, mut cursor: Cursor<'_>) -> Result<(), Stop> {
        let opened = match kind {
            Kind::Void => None,
            Kind::String => {
                let length = cursor.length()?;
                cursor.at = cursor.at.saturating_add(self.bounded(length, 1, cursor.at)?);
                None
            }
            Kind::Struct => Some(Open::Struct),
            Kind::List | Kind::Set => {
                let (kind, count) = cursor.list()?;
                match kind {
                    Some(kind) => {
                        let count = self.bounded(count, kind.least_bytes(self.protocol), cursor.at)?;
                        Some(Open::List(kind, count))
                    }
                    None => None,
                }
            }
            Kind::Map => {
                let (kinds, count) = cursor.map()?;
                match kinds {
                    Some((key, value)) => {
                        let least = key.least_bytes(self.protocol) + value.least_bytes(self.protocol);
                        Some(Open::Map(key, value, 2 * self.bounded(count, least, cursor.at)?))
                    }
                    None => None,
                }
            }
            number => {
                match cursor.width(number) {
                    Some(width) => cursor.at += width,
                    None => cursor.varint().map(drop)?,
                }
                None
            }
        };
        if let Some(opened) = opened {
            if self.open.len() >= self.max_depth {
                return Err(ReadError::TooDeep(self.max_depth).into());
            }
            self.open.push(opened);
        }
        self.at = cursor.at;
        Ok(())
    }

    /// A length or a count that the bytes which may still come can hold.
    fn bounded(&self, length: i64, least: usize, at: usize) -> Result<usize, ReadError> {
        let length = u64::try_from(length).map_err(|_| ReadError::NegativeLength(length))?;
        let remaining = self.max_bytes.saturating_sub(at);
        match usize::try_from(length) {
            Ok(length) if length <= remaining / least => Ok(length),
            _ => Err(ReadError::TooLong { length, remaining: remaining as u64 }),
        }
    }
}

/// Where a step is.
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    protocol: Protocol,
}

impl Cursor<'_> {
    fn byte(&mut self) -> Result<u8, More> {
        let byte = *self.bytes.get(self.at).ok_or(More)?;
        self.at += 1;
        Ok(byte)
    }

    fn int(&mut self) -> Result<i64, More> {
        let bytes = self.bytes.get(self.at..).and_then(<[u8]>::first_chunk).ok_or(More)?;
        self.at += 4;
        Ok(i64::from(i32::from_be_bytes(*bytes)))
    }

    fn varint(&mut self) -> Result<i64, Stop> {
        let mut value = 0u64;
        for shift in (0..70).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            if byte & 0x80 == 0 {
                return Ok(i64::try_from(value).unwrap_or(i64::MAX));
            }
        }
        Err(ReadError::NumberTooLarge.into())
    }

    fn length(&mut self) -> Result<i64, Stop> {
        match self.protocol {
            Protocol::Binary => Ok(self.int()?),
            Protocol::Compact => self.varint(),
        }
    }

    /// The bytes that a number takes, where all of its kind take the same.
    fn width(&self, kind: Kind) -> Option<usize> {
        match (self.protocol, kind) {
            (_, Kind::Bool | Kind::Byte) => Some(1),
            (_, Kind::Double) => Some(8),
            (Protocol::Binary, Kind::I16) => Some(2),
            (Protocol::Binary, Kind::I32) => Some(4),
            (Protocol::Binary, Kind::I64) => Some(8),
            _ => None,
        }
    }

    fn list(&mut self) -> Result<(Option<Kind>, i64), Stop> {
        let byte = self.byte()?;
        match self.protocol {
            Protocol::Binary => match self.int()? {
                0 => Ok((None, 0)),
                count => Ok((Some(Kind::of_binary(byte)?), count)),
            },
            Protocol::Compact => {
                let count = if byte >> 4 == 15 { self.varint()? } else { i64::from(byte >> 4) };
                if count == 0 {
                    return Ok((None, 0));
                }
                Ok((Some(Kind::of_compact(byte & 0x0f)?), count))
            }
        }
    }

    fn map(&mut self) -> Result<(Option<(Kind, Kind)>, i64), Stop> {
        match self.protocol {
            Protocol::Binary => {
                let (key, value) = (self.byte()?, self.byte()?);
                match self.int()? {
                    0 => Ok((None, 0)),
                    count => Ok((Some((Kind::of_binary(key)?, Kind::of_binary(value)?)), count)),
                }
            }
            Protocol::Compact => {
                let count = self.varint()?;
                if count == 0 {
                    return Ok((None, 0));
                }
                let kinds = self.byte()?;
                Ok((Some((Kind::of_compact(kinds >> 4)?, Kind::of_compact(kinds & 0x0f)?)), count))
            }
        }
    }
}
