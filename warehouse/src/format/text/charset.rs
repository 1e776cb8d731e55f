//! Text in encodings other than UTF-8 (`serialization.encoding`): those of one byte a character.

use arrow::array::{ArrayRef, RecordBatch};
use skep_metastore::model::FieldSchema;

use super::reader::LineParser;
use super::split::Span;
use super::writer::{LineBuffer, LineFormat, LineSink};
use crate::error::{Result, WarehouseError};

/// An encoding of one byte a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    /// ISO-8859-1: the first 256 characters of Unicode.
    Latin1,
    /// ISO-8859-15: the same but for eight characters, the euro sign among them.
    Latin9,
    /// windows-1252: the same as ISO-8859-1 with letters and signs where that has control characters.
    Windows1252,
}

/// Characters 0x80 to 0x9f of windows-1252.
const WINDOWS: [char; 32] = [
    '€', '\u{fffd}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{fffd}', 'Ž', '\u{fffd}', '\u{fffd}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{fffd}', 'ž', 'Ÿ',
];
/// The characters of ISO-8859-15 that differ from those of ISO-8859-1.
const LATIN9: [(u8, char); 8] =
    [(0xa4, '€'), (0xa6, 'Š'), (0xa8, 'š'), (0xb4, 'Ž'), (0xb8, 'ž'), (0xbc, 'Œ'), (0xbd, 'œ'), (0xbe, 'Ÿ')];

impl Charset {
    /// The encoding of a name, in any of Java's spellings; `None` for UTF-8 and its part ASCII.
    /// [`WarehouseError::Unsupported`] for one that is not built in.
    pub fn from_name(name: &str) -> Result<Option<Self>> {
        let plain: String = name.to_ascii_uppercase().chars().filter(char::is_ascii_alphanumeric).collect();
        match plain.as_str() {
            "UTF8" | "USASCII" | "ASCII" => Ok(None),
            "ISO88591" | "LATIN1" | "L1" | "CP819" | "IBM819" | "88591" => Ok(Some(Self::Latin1)),
            "ISO885915" | "LATIN9" | "L9" | "885915" => Ok(Some(Self::Latin9)),
            "WINDOWS1252" | "CP1252" | "IBM1252" => Ok(Some(Self::Windows1252)),
            _ => Err(WarehouseError::Unsupported(format!("serialization.encoding '{name}'"))),
        }
    }

    fn character(self, byte: u8) -> char {
        match (self, byte) {
            (Self::Windows1252, 0x80..=0x9f) => WINDOWS[usize::from(byte) - 0x80],
            (Self::Latin9, _) => LATIN9.iter().find(|(at, _)| *at == byte).map_or(char::from(byte), |(_, c)| *c),
            _ => char::from(byte),
        }
    }

    /// The byte of a character; `?` for one that the encoding does not have, as Java writes it.
    fn byte(self, c: char) -> u8 {
        let own = match self {
            Self::Windows1252 => {
                WINDOWS.iter().position(|other| *other == c && c != '\u{fffd}').map(|at| at as u8 + 0x80)
            }
            Self::Latin9 => LATIN9.iter().find(|(_, other)| *other == c).map(|(at, _)| *at),
            Self::Latin1 => None,
        };
        own.or_else(|| u8::try_from(c as u32).ok().filter(|byte| self.character(*byte) == c)).unwrap_or(b'?')
    }

    /// Adds bytes as UTF-8.
    pub fn decode(self, bytes: &[u8], out: &mut Vec<u8>) {
        let mut utf8 = [0; 4];
        for byte in bytes {
            if byte.is_ascii() {
                out.push(*byte);
            } else {
                out.extend_from_slice(self.character(*byte).encode_utf8(&mut utf8).as_bytes());
            }
        }
    }

    /// Adds UTF-8 as bytes of the encoding.
    pub fn encode(self, text: &[u8], out: &mut Vec<u8>) {
        match std::str::from_utf8(text) {
            Ok(text) => out.extend(text.chars().map(|c| self.byte(c))),
            // What is no text at all stays as it is.
            Err(_) => out.extend_from_slice(text),
        }
    }
}

/// Makes UTF-8 of lines before another parser sees them.
pub struct Decoding {
    inner: Box<dyn LineParser>,
    charset: Charset,
    text: Vec<u8>,
    lines: Vec<Span>,
}

impl Decoding {
    /// A parser for lines in an encoding.
    pub fn new(inner: Box<dyn LineParser>, charset: Charset) -> Self {
        Self { inner, charset, text: Vec::new(), lines: Vec::new() }
    }
}

impl LineParser for Decoding {
    fn parse(&mut self, data: &[u8], lines: &[Span]) -> Result<()> {
        self.text.clear();
        self.lines.clear();
        for line in lines {
            let start = self.text.len();
            self.charset.decode(line.of(data).unwrap_or_default(), &mut self.text);
            self.lines.push(Span::new(start, self.text.len()));
        }
        self.inner.parse(&self.text, &self.lines)
    }

    fn finish(&mut self) -> Result<Vec<ArrayRef>> {
        self.inner.finish()
    }
}

/// Encodes the lines that another format makes.
pub struct Encoding {
    inner: Box<dyn LineFormat>,
    charset: Charset,
    line: Vec<u8>,
}

impl Encoding {
    /// A format for lines in an encoding.
    pub fn new(inner: Box<dyn LineFormat>, charset: Charset) -> Self {
        Self { inner, charset, line: Vec::new() }
    }
}

struct EncodingSink<'a, 'b> {
    out: &'a mut LineBuffer<'b>,
    charset: Charset,
}

impl LineSink for EncodingSink<'_, '_> {
    fn end_line(&mut self, bytes: &mut Vec<u8>) -> Result<()> {
        self.charset.encode(bytes, self.out.bytes);
        bytes.clear();
        self.out.end_line()
    }
}

impl LineFormat for Encoding {
    fn format(&mut self, batch: &RecordBatch, columns: &[FieldSchema], out: &mut LineBuffer<'_>) -> Result<u64> {
        let mut sink = EncodingSink { out, charset: self.charset };
        self.line.clear();
        self.inner.format(batch, columns, &mut LineBuffer { bytes: &mut self.line, sink: &mut sink })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_come_back() {
        for (name, text) in [("ISO8859_1", "größe ÿ£"), ("ISO-8859-15", "10 € Œuf"), ("Cp1252", "„10 €“ né")]
        {
            let charset = Charset::from_name(name).unwrap().unwrap();
            let (mut bytes, mut back) = (Vec::new(), Vec::new());
            charset.encode(text.as_bytes(), &mut bytes);
            assert_eq!(bytes.len(), text.chars().count());
            charset.decode(&bytes, &mut back);
            assert_eq!(String::from_utf8(back).unwrap(), text);
        }
        let mut bytes = Vec::new();
        Charset::Latin1.encode("漢€".as_bytes(), &mut bytes);
        assert_eq!(bytes, b"??");
        assert_eq!(Charset::from_name("utf-8").unwrap(), None);
        assert!(Charset::from_name("GBK").is_err());
    }
}
