//! Reading of values.

use crate::{Kind, Protocol, ReadError, ReadLimits};

/// Reads the values of one message.
///
/// Nothing that the bytes say is believed before it is checked: a length is compared with the bytes that remain, a
/// count with the fewest bytes that so many elements take, nesting with a limit, text is checked to be UTF-8, and the
/// memory of all values is charged to a budget that depends on the message's size ([`ReadLimits`]). So a message can
/// neither make the reader panic nor take memory that its bytes do not back.
#[derive(Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    protocol: Protocol,
    depth: usize,
    max_depth: usize,
    budget: usize,
    whole_budget: usize,
    /// Compact: the id of the field before in the struct that is being read.
    last_field: i16,
    /// Compact: the value of a boolean field, which its header held.
    pending_bool: Option<bool>,
}

/// The header of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldHeader {
    /// The field's id.
    pub id: i16,
    /// What its value is.
    pub kind: Kind,
}

/// A struct that is being read or written: what [`Reader::begin_struct`] gives is handed back at its end.
#[derive(Debug)]
#[must_use]
pub struct StructScope(pub(crate) i16);

impl<'a> Reader<'a> {
    /// A reader of `bytes`, the whole of a message or of a struct, with the usual limits.
    pub fn new(bytes: &'a [u8], protocol: Protocol) -> Self {
        Self::with_limits(bytes, protocol, &ReadLimits::default())
    }

    /// A reader of `bytes` with limits.
    pub fn with_limits(bytes: &'a [u8], protocol: Protocol, limits: &ReadLimits) -> Self {
        let budget = limits.budget(bytes.len());
        Reader {
            bytes,
            at: 0,
            protocol,
            depth: 0,
            max_depth: limits.depth,
            budget,
            whole_budget: budget,
            last_field: 0,
            pending_bool: None,
        }
    }

    /// How many bytes have been read.
    pub fn position(&self) -> usize {
        self.at
    }

    /// How many bytes are left.
    pub fn remaining(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// The protocol that is read.
    pub fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// Reads a value.
    pub fn value<T: crate::Value>(&mut self) -> Result<T, ReadError> {
        T::read(self)
    }

    /// Begins a struct; its fields follow.
    pub fn begin_struct(&mut self) -> Result<StructScope, ReadError> {
        self.enter()?;
        Ok(StructScope(std::mem::replace(&mut self.last_field, 0)))
    }

    /// Ends a struct, after [`Reader::field`] gave `None`.
    pub fn end_struct(&mut self, scope: StructScope) {
        self.depth -= 1;
        self.last_field = scope.0;
    }

    /// The header of the struct's next field, `None` at its end.
    pub fn field(&mut self) -> Result<Option<FieldHeader>, ReadError> {
        let byte = self.byte()?;
        if byte == 0 {
            return Ok(None);
        }
        match self.protocol {
            Protocol::Binary => {
                let kind = Kind::of_binary(byte)?;
                Ok(Some(FieldHeader { id: i16::from_be_bytes(self.array()?), kind }))
            }
            Protocol::Compact => {
                let kind = Kind::of_compact(byte & 0x0f)?;
                let id = match byte >> 4 {
                    0 => self.i16()?,
                    step => self.last_field.checked_add(i16::from(step)).ok_or(ReadError::NumberTooLarge)?,
                };
                self.last_field = id;
                if kind == Kind::Bool {
                    self.pending_bool = Some(byte & 0x0f == 1);
                }
                Ok(Some(FieldHeader { id, kind }))
            }
        }
    }

    /// Begins a list or a set of elements of `kind`: how many there are. An empty one may be of any kind.
    pub fn begin_list(&mut self, kind: Kind) -> Result<usize, ReadError> {
        let (found, count) = self.list_header()?;
        if count > 0 && found != Some(kind) {
            return Err(ReadError::UnexpectedElements);
        }
        self.enter()?;
        Ok(count)
    }

    /// Begins a map: how many entries there are. An empty one may be of any kind.
    pub fn begin_map(&mut self, key: Kind, value: Kind) -> Result<usize, ReadError> {
        let (kinds, count) = self.map_header()?;
        if count > 0 && kinds != Some((key, value)) {
            return Err(ReadError::UnexpectedElements);
        }
        self.enter()?;
        Ok(count)
    }

    /// Ends a list, a set or a map.
    pub fn end_collection(&mut self) {
        self.depth -= 1;
    }

    /// Charges memory that a value takes to the message's budget.
    pub fn charge(&mut self, bytes: usize) -> Result<(), ReadError> {
        match self.budget.checked_sub(bytes) {
            Some(left) => {
                self.budget = left;
                Ok(())
            }
            None => Err(ReadError::TooMuchMemory(self.whole_budget)),
        }
    }

    /// Room for a list of `count` elements, which is charged.
    pub fn room<T>(&mut self, count: usize) -> Result<Vec<T>, ReadError> {
        self.charge(count.saturating_mul(size_of::<T>()))?;
        Ok(Vec::with_capacity(count))
    }

    /// Checks that a field which must be there was there.
    pub fn require(&self, there: bool, structure: &'static str, field: &'static str) -> Result<(), ReadError> {
        if there { Ok(()) } else { Err(ReadError::MissingField { structure, field }) }
    }

    /// Passes over a value, however nested.
    pub fn skip(&mut self, kind: Kind) -> Result<(), ReadError> {
        match kind {
            Kind::Void => {}
            Kind::Bool => drop(self.bool()?),
            Kind::Byte => drop(self.byte()?),
            Kind::Double => drop(self.double()?),
            Kind::I16 => drop(self.i16()?),
            Kind::I32 => drop(self.i32()?),
            Kind::I64 => drop(self.i64()?),
            Kind::String => drop(self.slice()?),
            Kind::Struct => {
                let scope = self.begin_struct()?;
                while let Some(field) = self.field()? {
                    self.skip(field.kind)?;
                }
                self.end_struct(scope);
            }
            Kind::List | Kind::Set => {
                let (kind, count) = self.list_header()?;
                self.enter()?;
                if let Some(kind) = kind {
                    for _ in 0..count {
                        self.skip(kind)?;
                    }
                }
                self.end_collection();
            }
            Kind::Map => {
                let (kinds, count) = self.map_header()?;
                self.enter()?;
                if let Some((key, value)) = kinds {
                    for _ in 0..count {
                        self.skip(key)?;
                        self.skip(value)?;
                    }
                }
                self.end_collection();
            }
        }
        Ok(())
    }

    /// A boolean.
    pub fn bool(&mut self) -> Result<bool, ReadError> {
        if let Some(value) = self.pending_bool.take() {
            return Ok(value);
        }
        let byte = self.byte()?;
        Ok(match self.protocol {
            Protocol::Binary => byte != 0,
            Protocol::Compact => byte == 1,
        })
    }

    /// A number of 8 bits, without its sign.
    pub fn byte(&mut self) -> Result<u8, ReadError> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    /// A number of 16 bits.
    pub fn i16(&mut self) -> Result<i16, ReadError> {
        match self.protocol {
            Protocol::Binary => Ok(i16::from_be_bytes(self.array()?)),
            Protocol::Compact => i16::try_from(self.zigzag()?).map_err(|_| ReadError::NumberTooLarge),
        }
    }

    /// A number of 32 bits.
    pub fn i32(&mut self) -> Result<i32, ReadError> {
        match self.protocol {
            Protocol::Binary => Ok(i32::from_be_bytes(self.array()?)),
            Protocol::Compact => i32::try_from(self.zigzag()?).map_err(|_| ReadError::NumberTooLarge),
        }
    }

    /// A number of 64 bits.
    pub fn i64(&mut self) -> Result<i64, ReadError> {
        match self.protocol {
            Protocol::Binary => Ok(i64::from_be_bytes(self.array()?)),
            Protocol::Compact => self.zigzag(),
        }
    }

    /// A floating-point number.
    pub fn double(&mut self) -> Result<f64, ReadError> {
        let bytes = self.array()?;
        Ok(match self.protocol {
            Protocol::Binary => f64::from_be_bytes(bytes),
            Protocol::Compact => f64::from_le_bytes(bytes),
        })
    }

    /// The bytes of a string or of binary data; they are not charged.
    pub fn slice(&mut self) -> Result<&'a [u8], ReadError> {
        let length = self.length()?;
        self.take(length)
    }

    /// Text.
    pub fn string(&mut self) -> Result<String, ReadError> {
        let text = std::str::from_utf8(self.slice()?).map_err(|_| ReadError::NotUtf8)?;
        self.charge(text.len())?;
        Ok(text.to_owned())
    }

    /// Text whose length was read before.
    pub(crate) fn text_of(&mut self, length: i32) -> Result<String, ReadError> {
        let length = self.bounded(i64::from(length), 1)?;
        let text = std::str::from_utf8(self.take(length)?).map_err(|_| ReadError::NotUtf8)?;
        self.charge(text.len())?;
        Ok(text.to_owned())
    }

    /// Binary data.
    pub fn binary(&mut self) -> Result<Vec<u8>, ReadError> {
        let bytes = self.slice()?;
        self.charge(bytes.len())?;
        Ok(bytes.to_vec())
    }

    /// A number of variable width, without sign, of at most 64 bits.
    pub(crate) fn varint(&mut self) -> Result<u64, ReadError> {
        let mut value = 0u64;
        for shift in (0..70).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(ReadError::NumberTooLarge);
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(ReadError::NumberTooLarge)
    }

    fn zigzag(&mut self) -> Result<i64, ReadError> {
        let bits = self.varint()?;
        Ok((bits >> 1) as i64 ^ -((bits & 1) as i64))
    }

    /// The length of a string.
    fn length(&mut self) -> Result<usize, ReadError> {
        let length = match self.protocol {
            Protocol::Binary => i64::from(i32::from_be_bytes(self.array()?)),
            Protocol::Compact => i64::try_from(self.varint()?).map_err(|_| ReadError::NumberTooLarge)?,
        };
        self.bounded(length, 1)
    }

    /// A length or a count, of which each takes at least `least` bytes.
    fn bounded(&self, length: i64, least: usize) -> Result<usize, ReadError> {
        let length = u64::try_from(length).map_err(|_| ReadError::NegativeLength(length))?;
        let remaining = self.remaining();
        match usize::try_from(length) {
            Ok(length) if length <= remaining / least => Ok(length),
            _ => Err(ReadError::TooLong { length, remaining: remaining as u64 }),
        }
    }

    /// The kind (none where the protocol does not tell one of an empty list) and the count of the elements.
    fn list_header(&mut self) -> Result<(Option<Kind>, usize), ReadError> {
        let byte = self.byte()?;
        let (kind, count) = match self.protocol {
            Protocol::Binary => (Kind::of_binary(byte), i64::from(i32::from_be_bytes(self.array()?))),
            Protocol::Compact => {
                let count = match byte >> 4 {
                    15 => i64::try_from(self.varint()?).map_err(|_| ReadError::NumberTooLarge)?,
                    count => i64::from(count),
                };
                (Kind::of_compact(byte & 0x0f), count)
            }
        };
        if count == 0 {
            return Ok((None, 0));
        }
        let kind = kind?;
        Ok((Some(kind), self.bounded(count, kind.least_bytes(self.protocol))?))
    }

    /// The kinds (none where the protocol does not tell those of an empty map) and the count of the entries.
    fn map_header(&mut self) -> Result<(Option<(Kind, Kind)>, usize), ReadError> {
        let (key, value, count) = match self.protocol {
            Protocol::Binary => {
                let [key, value] = self.array()?;
                (key, value, i64::from(i32::from_be_bytes(self.array()?)))
            }
            Protocol::Compact => {
                let count = i64::try_from(self.varint()?).map_err(|_| ReadError::NumberTooLarge)?;
                let kinds = if count == 0 { 0 } else { self.byte()? };
                (kinds >> 4, kinds & 0x0f, count)
            }
        };
        if count == 0 {
            return Ok((None, 0));
        }
        let (key, value) = match self.protocol {
            Protocol::Binary => (Kind::of_binary(key)?, Kind::of_binary(value)?),
            Protocol::Compact => (Kind::of_compact(key)?, Kind::of_compact(value)?),
        };
        let least = key.least_bytes(self.protocol) + value.least_bytes(self.protocol);
        Ok((Some((key, value)), self.bounded(count, least)?))
    }

    fn enter(&mut self) -> Result<(), ReadError> {
        if self.depth >= self.max_depth {
            return Err(ReadError::TooDeep(self.max_depth));
        }
        self.depth += 1;
        Ok(())
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], ReadError> {
        let end = self.at.checked_add(count).ok_or(ReadError::Truncated)?;
        let bytes = self.bytes.get(self.at..end).ok_or(ReadError::Truncated)?;
        self.at = end;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ReadError> {
        let (bytes, _) =
            self.bytes.get(self.at..).and_then(<[u8]>::split_first_chunk::<N>).ok_or(ReadError::Truncated)?;
        self.at += N;
        Ok(*bytes)
    }
}
