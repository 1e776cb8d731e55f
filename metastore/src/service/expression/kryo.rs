//! Reading the bytes of a Kryo object graph, as far as Hive's clients send them for a condition on partitions
//! (`SerializationUtilities.serializeExpressionToKryo`; Kryo 4 with references, `FieldSerializer` for all classes that
//! have none of their own).
//!
//! An object is written as its class (by name at its first use, later by the name's number), a mark that says whether it is
//! new or which earlier one it is, and its fields in the order of their names. Which fields a class has is not in the bytes;
//! [`layout`] knows them. A class that is not known is taken to have none, which holds for most of Hive's functions: where
//! that is wrong, the bytes do not come out even, and the whole is refused.

use super::layout::{self, Field, Shape};

/// Deepest nesting that is read.
const MAX_DEPTH: usize = 200;
/// Most objects that are read.
const MAX_OBJECTS: usize = 200_000;

/// Why bytes are no expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the expression cannot be read at byte {at}: {reason}")]
pub(crate) struct KryoError {
    /// Position in the bytes.
    pub(crate) at: usize,
    /// What is wrong there.
    pub(crate) reason: &'static str,
}

/// A value of the graph.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// `null`
    Null,
    /// `boolean`
    Bool(bool),
    /// `byte`, `short`, `int`, `long`, and the ordinal of an enum
    Int(i64),
    /// `float`, `double`
    Double(f64),
    /// Object number so-and-so of the [`Graph`].
    Object(usize),
}

/// An object of the graph.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Object {
    /// It is being read, or is of no interest.
    Opaque,
    /// `java.lang.String`
    Text(String),
    /// A list or an array.
    List(Vec<Value>),
    /// `java.sql.Date`: milliseconds since 1970 at midnight where the client is.
    SqlDate(i64),
    /// `java.sql.Timestamp`: milliseconds since 1970, and the nanoseconds of its second.
    SqlTimestamp(i64, i32),
    /// `java.time.LocalDate`
    LocalDate { year: i64, month: u8, day: u8 },
    /// `java.time.LocalDateTime`: the date's object, and nanoseconds of the day.
    LocalDateTime { year: i64, month: u8, day: u8, nanos: i64 },
    /// Any other, with its fields.
    Struct {
        /// Its class.
        class: String,
        /// Its fields.
        fields: Vec<(&'static str, Value)>,
    },
}

/// The objects of a message; the first is the outermost.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Graph {
    pub(crate) objects: Vec<Object>,
}

/// Reads an expression: an `ExprNodeGenericFuncDesc`, with or without its class in front.
pub(crate) fn read(bytes: &[u8]) -> Result<Graph, KryoError> {
    // A function in the graph may have one flag more than Hive 2.3.9 writes.
    let plain = read_with(bytes, false);
    match plain {
        Ok(graph) => Ok(graph),
        Err(error) => read_with(bytes, true).map_err(|_| error),
    }
}

fn read_with(bytes: &[u8], second_flag: bool) -> Result<Graph, KryoError> {
    let mut reader = Reader { bytes, at: 0, names: vec![], objects: vec![], second_flag };
    if bytes.get(..3) == Some(&[1, 0, b'o']) || bytes.get(..2) == Some(&[1, 0]) {
        reader.class_and_object(0)?;
    } else {
        reader.reference(&Class::Name(layout::FUNCTION.to_string()), 0)?;
    }
    if reader.at < bytes.len() {
        return Err(reader.error("there are bytes behind it"));
    }
    Ok(Graph { objects: reader.objects })
}

/// A class as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Class {
    Number(u32),
    Name(String),
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    names: Vec<String>,
    objects: Vec<Object>,
    second_flag: bool,
}

impl Reader<'_> {
    fn error(&self, reason: &'static str) -> KryoError {
        KryoError { at: self.at, reason }
    }

    fn byte(&mut self) -> Result<u8, KryoError> {
        let byte = self.bytes.get(self.at).copied().ok_or_else(|| self.error("it ends too early"))?;
        self.at += 1;
        Ok(byte)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], KryoError> {
        let mut bytes = [0; N];
        for byte in &mut bytes {
            *byte = self.byte()?;
        }
        Ok(bytes)
    }

    /// A number in groups of seven bits, lowest first.
    fn varint(&mut self) -> Result<u64, KryoError> {
        let mut value = 0u64;
        for group in 0..9 {
            let byte = self.byte()?;
            // The ninth byte of a long has eight bits.
            let bits = if group == 8 { byte } else { byte & 0x7F };
            value |= u64::from(bits) << (7 * group);
            if group == 8 || byte & 0x80 == 0 {
                break;
            }
        }
        Ok(value)
    }

    /// The same where small negative numbers are short, too.
    fn zigzag(&mut self) -> Result<i64, KryoError> {
        let value = self.varint()?;
        Ok((value >> 1).cast_signed() ^ -((value & 1).cast_signed()))
    }

    fn count(&mut self) -> Result<usize, KryoError> {
        let count = self.varint()?;
        match usize::try_from(count) {
            // Each element takes a byte at least.
            Ok(count) if count <= self.bytes.len() - self.at => Ok(count),
            _ => Err(self.error("a length is beyond the end")),
        }
    }

    fn bool(&mut self) -> Result<bool, KryoError> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(self.error("a flag is neither true nor false")),
        }
    }

    /// `Input.readString`: plain letters with the last one marked, or a length and UTF-8 of UTF-16 units.
    fn string(&mut self) -> Result<Option<String>, KryoError> {
        let first = self.byte()?;
        if first & 0x80 == 0 {
            let mut text = String::from(char::from(first));
            loop {
                let byte = self.byte()?;
                text.push(char::from(byte & 0x7F));
                if byte & 0x80 != 0 {
                    return Ok(Some(text));
                }
            }
        }
        let mut length = u64::from(first & 0x3F);
        if first & 0x40 != 0 {
            for group in 0..4 {
                let byte = self.byte()?;
                length |= u64::from(byte & 0x7F) << (6 + 7 * group);
                if byte & 0x80 == 0 {
                    break;
                }
            }
        }
        if length == 0 {
            return Ok(None);
        }
        let units = usize::try_from(length - 1).ok().filter(|units| *units <= self.bytes.len() - self.at);
        let units = units.ok_or_else(|| self.error("a text is longer than the bytes"))?;
        let mut text = Vec::with_capacity(units);
        for _ in 0..units {
            let byte = self.byte()?;
            text.push(match byte >> 4 {
                0..=7 => u16::from(byte),
                12 | 13 => (u16::from(byte & 0x1F) << 6) | u16::from(self.byte()? & 0x3F),
                14 => {
                    let [second, third] = self.array()?;
                    (u16::from(byte & 0x0F) << 12) | (u16::from(second & 0x3F) << 6) | u16::from(third & 0x3F)
                }
                _ => return Err(self.error("a text is not in Java's UTF-8")),
            });
        }
        String::from_utf16(&text).map(Some).map_err(|_| self.error("a text is not Unicode"))
    }

    fn class(&mut self) -> Result<Option<Class>, KryoError> {
        match self.varint()? {
            0 => Ok(None),
            1 => {
                let number = self.varint()?;
                let number = usize::try_from(number).map_err(|_| self.error("a class has no name"))?;
                if number == self.names.len() {
                    let name = self.string()?.ok_or_else(|| self.error("a class has no name"))?;
                    self.names.push(name);
                }
                let name = self.names.get(number).ok_or_else(|| self.error("a class has no name"))?;
                Ok(Some(Class::Name(name.clone())))
            }
            number => match u32::try_from(number - 2) {
                Ok(number) => Ok(Some(Class::Number(number))),
                Err(_) => Err(self.error("a class has no such number")),
            },
        }
    }

    fn class_and_object(&mut self, depth: usize) -> Result<Value, KryoError> {
        if depth > MAX_DEPTH {
            return Err(self.error("it is nested too deeply"));
        }
        let Some(class) = self.class()? else { return Ok(Value::Null) };
        match &class {
            Class::Number(0) => Ok(Value::Int(self.zigzag()?)),
            Class::Number(2) => Ok(Value::Double(f64::from(f32::from_be_bytes(self.array()?)))),
            Class::Number(3) => Ok(Value::Bool(self.bool()?)),
            Class::Number(4) => Ok(Value::Int(i64::from(self.byte()?.cast_signed()))),
            Class::Number(5) => Ok(Value::Int(i64::from(u16::from_be_bytes(self.array()?)))),
            Class::Number(6) => Ok(Value::Int(i64::from(i16::from_be_bytes(self.array()?)))),
            Class::Number(7) => Ok(Value::Int(self.zigzag()?)),
            Class::Number(8) => Ok(Value::Double(f64::from_be_bytes(self.array()?))),
            Class::Number(9) => Ok(Value::Null),
            _ => self.reference(&class, depth),
        }
    }

    /// An object of a class that is known: the mark, and the object where it is a new one.
    fn reference(&mut self, class: &Class, depth: usize) -> Result<Value, KryoError> {
        match self.varint()? {
            0 => Ok(Value::Null),
            1 => {
                if self.objects.len() >= MAX_OBJECTS {
                    return Err(self.error("it has too many objects"));
                }
                let number = self.objects.len();
                self.objects.push(Object::Opaque);
                let object = self.object(class, depth)?;
                if let Some(place) = self.objects.get_mut(number) {
                    *place = object;
                }
                Ok(Value::Object(number))
            }
            number => match usize::try_from(number - 2) {
                Ok(number) if number < self.objects.len() => Ok(Value::Object(number)),
                _ => Err(self.error("an object is none of those before")),
            },
        }
    }

    fn object(&mut self, class: &Class, depth: usize) -> Result<Object, KryoError> {
        if depth > MAX_DEPTH {
            return Err(self.error("it is nested too deeply"));
        }
        let name = match class {
            Class::Name(name) => name.as_str(),
            Class::Number(1) => return Ok(self.string()?.map_or(Object::Opaque, Object::Text)),
            Class::Number(10) => return Ok(Object::SqlDate(i64::from_be_bytes(self.array()?))),
            Class::Number(11) => {
                let millis = i64::from_be_bytes(self.array()?);
                return Ok(Object::SqlTimestamp(millis, i32::from_be_bytes(self.array()?)));
            }
            // `Arrays.asList`: 13 in Hive 2, 14 in Hive 4.
            Class::Number(13 | 14) => {
                let count = self.count()?;
                self.class()?;
                return self.elements(count, depth);
            }
            Class::Number(_) => return Err(self.error("an object is of a class that no expression has")),
        };
        match layout::shape(name, self.second_flag) {
            Shape::List => {
                let count = self.count()?;
                self.elements(count, depth)
            }
            Shape::Array => {
                let count = self.count()?;
                self.elements(count.saturating_sub(1), depth)
            }
            Shape::Bytes => {
                let count = self.count()?.saturating_sub(1);
                for _ in 0..count {
                    self.byte()?;
                }
                Ok(Object::Opaque)
            }
            Shape::LocalDate => {
                let (year, month, day) = self.local_date()?;
                Ok(Object::LocalDate { year, month, day })
            }
            Shape::LocalDateTime => {
                let (year, month, day) = self.local_date()?;
                let nanos = self.local_time()?;
                Ok(Object::LocalDateTime { year, month, day, nanos })
            }
            Shape::Enum => {
                self.varint()?;
                Ok(Object::Opaque)
            }
            Shape::Fields(list) => {
                let mut fields = Vec::with_capacity(list.len());
                for (field, kind) in list {
                    fields.push((*field, self.field(*kind, depth + 1)?));
                }
                Ok(Object::Struct { class: name.to_string(), fields })
            }
        }
    }

    fn field(&mut self, kind: Field, depth: usize) -> Result<Value, KryoError> {
        match kind {
            Field::Bool => Ok(Value::Bool(self.bool()?)),
            Field::Byte => Ok(Value::Int(i64::from(self.byte()?.cast_signed()))),
            Field::Short => Ok(Value::Int(i64::from(i16::from_be_bytes(self.array()?)))),
            Field::Int | Field::Long => Ok(Value::Int(self.zigzag()?)),
            Field::Float => Ok(Value::Double(f64::from(f32::from_be_bytes(self.array()?)))),
            Field::Double => Ok(Value::Double(f64::from_be_bytes(self.array()?))),
            // A wrapper is no object of its own: a mark for null, then the value.
            Field::Boolean => Ok(if self.byte()? == 0 { Value::Null } else { Value::Bool(self.bool()?) }),
            Field::Text => self.reference(&Class::Number(1), depth),
            Field::Final(class) => self.reference(&Class::Name(class.to_string()), depth),
            Field::Any => self.class_and_object(depth),
        }
    }

    fn elements(&mut self, count: usize, depth: usize) -> Result<Object, KryoError> {
        let mut elements = vec![];
        for _ in 0..count {
            elements.push(self.class_and_object(depth + 1)?);
        }
        Ok(Object::List(elements))
    }

    fn local_date(&mut self) -> Result<(i64, u8, u8), KryoError> {
        let year = self.varint()?;
        let [month, day] = self.array()?;
        // A negative year is written as 32 bits without a sign.
        Ok((i64::from((year as u32).cast_signed()), month, day))
    }

    /// Nanoseconds of the day; parts that are zero at the end are left out, and the last one there is inverted.
    fn local_time(&mut self) -> Result<i64, KryoError> {
        let mut seconds = 0;
        for unit in [3600, 60, 1] {
            let part = i64::from(self.byte()?.cast_signed());
            if part < 0 {
                return Ok((seconds + unit * !part) * 1_000_000_000);
            }
            seconds += unit * part;
        }
        let nanos = i64::try_from(self.varint()?).map_err(|_| self.error("a time is none"))?;
        Ok(seconds * 1_000_000_000 + nanos)
    }
}
