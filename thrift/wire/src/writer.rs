//! Writing of values.

use crate::reader::StructScope;
use crate::{Kind, Protocol, Value, WriteError};

/// Writes the values of a message into memory.
#[derive(Debug)]
pub struct Writer {
    out: Vec<u8>,
    protocol: Protocol,
    /// Compact: the id of the field before in the struct that is being written.
    last_field: i16,
    /// Compact: the id of a boolean field whose header waits for its value.
    pending_bool: Option<i16>,
    error: Option<WriteError>,
}

impl Writer {
    /// A writer into an empty buffer.
    pub fn new(protocol: Protocol) -> Self {
        Self::into(Vec::new(), protocol)
    }

    /// A writer that adds to `out`.
    pub fn into(out: Vec<u8>, protocol: Protocol) -> Self {
        Writer { out, protocol, last_field: 0, pending_bool: None, error: None }
    }

    /// The bytes that were written; the error is that of the first value which could not be.
    pub fn finish(self) -> Result<Vec<u8>, WriteError> {
        match self.error {
            None => Ok(self.out),
            Some(error) => Err(error),
        }
    }

    /// The protocol that is written.
    pub fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// Begins a struct; its fields follow.
    pub fn begin_struct(&mut self) -> StructScope {
        StructScope(std::mem::replace(&mut self.last_field, 0))
    }

    /// Ends a struct.
    pub fn end_struct(&mut self, scope: StructScope) {
        self.out.push(0);
        self.last_field = scope.0;
    }

    /// The header of a field; its value, of this kind, follows.
    pub fn begin_field(&mut self, id: i16, kind: Kind) {
        match self.protocol {
            Protocol::Binary => {
                self.out.push(kind.binary());
                self.out.extend(id.to_be_bytes());
            }
            Protocol::Compact if kind == Kind::Bool => self.pending_bool = Some(id),
            Protocol::Compact => self.compact_field(id, kind.compact()),
        }
    }

    /// A field with its header.
    pub fn field<T: Value>(&mut self, id: i16, value: &T) {
        self.begin_field(id, T::KIND);
        value.write(self);
    }

    /// A field that may be absent.
    pub fn optional<T: Value>(&mut self, id: i16, value: &Option<T>) {
        if let Some(value) = value {
            self.field(id, value);
        }
    }

    /// Begins a list or a set of `count` elements, which follow.
    pub fn begin_list(&mut self, kind: Kind, count: usize) {
        match self.protocol {
            Protocol::Binary => {
                self.out.push(kind.binary());
                self.length(count);
            }
            Protocol::Compact if count < 15 => self.out.push((count as u8) << 4 | kind.compact()),
            Protocol::Compact => {
                self.out.push(0xf0 | kind.compact());
                self.length(count);
            }
        }
    }

    /// Begins a map of `count` entries, which follow.
    pub fn begin_map(&mut self, key: Kind, value: Kind, count: usize) {
        match self.protocol {
            Protocol::Binary => {
                self.out.extend([key.binary(), value.binary()]);
                self.length(count);
            }
            Protocol::Compact => {
                self.length(count);
                if count > 0 {
                    self.out.push(key.compact() << 4 | value.compact());
                }
            }
        }
    }

    /// A boolean.
    pub fn bool(&mut self, value: bool) {
        match (self.protocol, self.pending_bool.take()) {
            (Protocol::Binary, _) => self.out.push(u8::from(value)),
            (Protocol::Compact, Some(id)) => self.compact_field(id, if value { 1 } else { 2 }),
            (Protocol::Compact, None) => self.out.push(if value { 1 } else { 2 }),
        }
    }

    /// A number of 8 bits.
    pub fn byte(&mut self, value: u8) {
        self.out.push(value);
    }

    /// A number of 16 bits.
    pub fn i16(&mut self, value: i16) {
        match self.protocol {
            Protocol::Binary => self.out.extend(value.to_be_bytes()),
            Protocol::Compact => self.zigzag(i64::from(value)),
        }
    }

    /// A number of 32 bits.
    pub fn i32(&mut self, value: i32) {
        match self.protocol {
            Protocol::Binary => self.out.extend(value.to_be_bytes()),
            Protocol::Compact => self.zigzag(i64::from(value)),
        }
    }

    /// A number of 64 bits.
    pub fn i64(&mut self, value: i64) {
        match self.protocol {
            Protocol::Binary => self.out.extend(value.to_be_bytes()),
            Protocol::Compact => self.zigzag(value),
        }
    }

    /// A floating-point number.
    pub fn double(&mut self, value: f64) {
        match self.protocol {
            Protocol::Binary => self.out.extend(value.to_be_bytes()),
            Protocol::Compact => self.out.extend(value.to_le_bytes()),
        }
    }

    /// Text or binary data.
    pub fn bytes(&mut self, value: &[u8]) {
        self.length(value.len());
        self.out.extend_from_slice(value);
    }

    /// Bytes as they are.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// A number of variable width.
    pub(crate) fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.out.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.out.push(value as u8);
    }

    fn zigzag(&mut self, value: i64) {
        self.varint(((value << 1) ^ (value >> 63)) as u64);
    }

    fn length(&mut self, length: usize) {
        let told = i32::try_from(length).unwrap_or_else(|_| {
            self.error.get_or_insert(WriteError::TooLong(length));
            0
        });
        match self.protocol {
            Protocol::Binary => self.out.extend(told.to_be_bytes()),
            Protocol::Compact => self.varint(told.unsigned_abs().into()),
        }
    }

    fn compact_field(&mut self, id: i16, kind: u8) {
        match id.checked_sub(self.last_field) {
            Some(step @ 1..=15) => self.out.push((step as u8) << 4 | kind),
            _ => {
                self.out.push(kind);
                self.zigzag(i64::from(id));
            }
        }
        self.last_field = id;
    }
}
