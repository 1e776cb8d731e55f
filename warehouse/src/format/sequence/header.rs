//! What a SequenceFile begins with.

use std::io::{self, Read};

use super::Compression;
use crate::codec::TextCodec;
use crate::format::writable::{Counted, invalid, write_text};

/// Newest version of the format.
const VERSION: u8 = 6;

/// What values are wrapped in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// `org.apache.hadoop.io.Text`: a length as a vint, and bytes.
    Text,
    /// `org.apache.hadoop.io.BytesWritable`: a length of four bytes, and bytes.
    Bytes,
    /// `org.apache.hadoop.io.NullWritable`: nothing.
    Null,
}

const TEXT: &str = "org.apache.hadoop.io.Text";
const BYTES: &str = "org.apache.hadoop.io.BytesWritable";
const NULL: &str = "org.apache.hadoop.io.NullWritable";

/// The header of a file.
#[derive(Debug, Clone)]
pub struct Header {
    /// What values are wrapped in.
    pub value: Value,
    /// What is compressed.
    pub compression: Compression,
    /// By which codec.
    pub codec: Option<TextCodec>,
    /// The bytes that mark places where records begin.
    pub sync: [u8; 16],
    /// Where the header ends.
    pub end: u64,
}

impl Header {
    /// Reads the header of a file.
    pub fn read<R: Read>(input: &mut Counted<R>) -> io::Result<Self> {
        let [s, e, q, version] = input.array::<4>()?;
        if [s, e, q] != *b"SEQ" {
            return Err(invalid("it is not a SequenceFile"));
        }
        if version == 0 || version > VERSION {
            return Err(invalid(format!("SequenceFile of version {version} is not supported")));
        }
        let name = |input: &mut Counted<R>| match version {
            // Java's modified UTF-8 behind a length of two bytes.
            ..4 => {
                let length = u16::from_be_bytes(input.array()?);
                Ok::<_, io::Error>(String::from_utf8_lossy(&input.exact(length.into())?).into_owned())
            }
            _ => input.text(),
        };
        name(input)?;
        let value = match name(input)?.as_str() {
            TEXT => Value::Text,
            BYTES => Value::Bytes,
            NULL => Value::Null,
            other => return Err(invalid(format!("values of the class {other} are not supported"))),
        };
        let compressed = version > 2 && input.boolean()?;
        let blocks = version >= 4 && input.boolean()?;
        let codec = match (compressed, version) {
            (false, _) => None,
            (true, 5..) => {
                let class = input.text()?;
                Some(TextCodec::from_class(&class).map_err(|error| invalid(error.to_string()))?)
            }
            (true, _) => Some(TextCodec::Deflate),
        };
        if version >= 6 {
            input.metadata()?;
        }
        let sync = if version > 1 { input.array()? } else { [0; 16] };
        let compression = match (compressed, blocks) {
            (false, _) => Compression::None,
            (true, false) => Compression::Record,
            (true, true) => Compression::Block,
        };
        Ok(Self { value, compression, codec, sync, end: input.position })
    }

    /// The header of a new file as Hive writes it: keys are empty `BytesWritable`s.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"SEQ");
        out.push(VERSION);
        write_text(BYTES, out);
        let value = match self.value {
            Value::Text => TEXT,
            Value::Bytes => BYTES,
            Value::Null => NULL,
        };
        write_text(value, out);
        out.push((self.compression != Compression::None).into());
        out.push((self.compression == Compression::Block).into());
        if let Some(codec) = self.codec {
            write_text(codec.class(), out);
        }
        out.extend_from_slice(&0i32.to_be_bytes());
        out.extend_from_slice(&self.sync);
    }
}
