//! Rust values as Thrift's.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Kind, ReadError, Reader, Writer};

/// A value that can be read from the wire and written to it.
pub trait Value: Sized {
    /// What it is on the wire.
    const KIND: Kind;

    /// Reads a value of this kind.
    fn read(reader: &mut Reader<'_>) -> Result<Self, ReadError>;

    /// Writes the value.
    fn write(&self, writer: &mut Writer);
}

/// A struct, a union or an exception of an IDL.
pub trait Message: Value + Clone + std::fmt::Debug + Default + PartialEq {
    /// Its name in the IDL.
    const NAME: &'static str;
}

impl Value for () {
    const KIND: Kind = Kind::Void;

    fn read(_: &mut Reader<'_>) -> Result<Self, ReadError> {
        Ok(())
    }

    fn write(&self, _: &mut Writer) {}
}

/// Values that the reader and the writer have a method of the same name for.
macro_rules! plain {
    ($($rust:ty => $kind:ident, $method:ident;)*) => {
        $(impl Value for $rust {
            const KIND: Kind = Kind::$kind;

            fn read(reader: &mut Reader<'_>) -> Result<Self, ReadError> {
                reader.$method()
            }

            fn write(&self, writer: &mut Writer) {
                writer.$method(*self);
            }
        })*
    };
}

plain! {
    bool => Bool, bool;
    i16 => I16, i16;
    i32 => I32, i32;
    i64 => I64, i64;
    f64 => Double, double;
}

impl Value for i8 {
    const KIND: Kind = Kind::Byte;

    fn read(reader: &mut Reader<'_>) -> Result<Self, ReadError> {
        Ok(reader.byte()?.cast_signed())
    }

    fn write(&self, writer: &mut Writer) {
        writer.byte(self.cast_unsigned());
    }
}

impl Value for String {
    const KIND: Kind = Kind::String;

    fn read(reader: &mut Reader<'_>) -> Result<Self, ReadError> {
        reader.string()
    }

    fn write(&self, writer: &mut Writer) {
        writer.bytes(self.as_bytes());
    }
}

/// Binary data (a list of `byte` is `Vec<i8>`).
impl Value for Vec<u8> {
    const KIND: Kind = Kind::String;

    fn read(reader: &mut Reader<'_>) -> Result<Self, ReadError> {
        reader.binary()
    }

    fn write(&self, writer: &mut Writer) {
        writer.bytes(self);
    }
}

impl<T: Value> Value for Box<T> {
    const KIND: Kind = T::KIND;

    fn read(reader: &mut Reader<'_>) -> Result<Self, ReadError> {
        reader.charge(size_of::<T>())?;
        Ok(Box::new(T::read(reader)?))
    }

    fn write(&self, writer: &mut Writer) {
        T::write(self, writer);
    }
}

impl<T: Value> Value for Vec<T> {
    const KIND: Kind = Kind::List;

    fn read(reader: &mut Reader<'_>) -> Result<Self, ReadError> {
        let count = reader.begin_list(T::KIND)?;
        let mut items = reader.room(count)?;
        for _ in 0..count {
            items.push(T::read(reader)?);
        }
        reader.end_collection();
        Ok(items)
    }

    fn write(&self, writer: &mut Writer) {
        writer.begin_list(T::KIND, self.len());
        for item in self {
            item.write(writer);
        }
    }
}

/// A node of a `BTreeMap` or a `BTreeSet` has room for so many entries, and is at least half full.
const NODE: usize = 11;

impl<T: Value + Ord> Value for BTreeSet<T> {
    const KIND: Kind = Kind::Set;

    fn read(reader: &mut Reader<'_>) -> Result<Self, ReadError> {
        let count = reader.begin_list(T::KIND)?;
        if count > 0 {
            reader.charge((NODE + 2 * count) * size_of::<T>())?;
        }
        let mut items = BTreeSet::new();
        for _ in 0..count {
            items.insert(T::read(reader)?);
        }
        reader.end_collection();
        Ok(items)
    }

    fn write(&self, writer: &mut Writer) {
        writer.begin_list(T::KIND, self.len());
        for item in self {
            item.write(writer);
        }
    }
}

impl<K: Value + Ord, V: Value> Value for BTreeMap<K, V> {
    const KIND: Kind = Kind::Map;

    fn read(reader: &mut Reader<'_>) -> Result<Self, ReadError> {
        let count = reader.begin_map(K::KIND, V::KIND)?;
        if count > 0 {
            reader.charge((NODE + 2 * count) * (size_of::<K>() + size_of::<V>()))?;
        }
        let mut entries = BTreeMap::new();
        for _ in 0..count {
            let key = K::read(reader)?;
            entries.insert(key, V::read(reader)?);
        }
        reader.end_collection();
        Ok(entries)
    }

    fn write(&self, writer: &mut Writer) {
        writer.begin_map(K::KIND, V::KIND, self.len());
        for (key, value) in self {
            key.write(writer);
            value.write(writer);
        }
    }
}
