//! Groups of rows out of an RCFile.

use std::io::{self, Read};

use crate::codec::{TextCodec, decompress};
use crate::format::text::Span;
use crate::format::writable::{Counted, invalid, take, take_length, take_vlong};

/// Longest group, and longest column of one.
const MAX_GROUP: usize = 1 << 30;
/// Most rows of a group.
const MAX_ROWS: usize = 1 << 28;
/// What stands before a sync marker in place of a length.
const ESCAPE: i32 = -1;
/// The metadata that tells the number of columns.
const COLUMNS: &str = "hive.io.rcfile.column.number";

/// What a file begins with.
#[derive(Debug, Clone)]
pub struct Header {
    /// Codec of keys and columns.
    pub codec: Option<TextCodec>,
    /// The bytes that mark places where groups begin.
    pub sync: [u8; 16],
    /// Number of columns.
    pub columns: usize,
    /// Where the header ends.
    pub end: u64,
}

impl Header {
    /// Reads the header of a file.
    pub fn read<R: Read>(input: &mut Counted<R>) -> io::Result<Self> {
        let old = match input.array::<4>()? {
            [b'R', b'C', b'F', 1] => false,
            // What Hive before 0.9 wrote: the header of a SequenceFile.
            [b'S', b'E', b'Q', 6] => true,
            [b'R', b'C', b'F', version] => {
                return Err(invalid(format!("RCFile of version {version} is not supported")));
            }
            _ => return Err(invalid("it is not a RCFile")),
        };
        if old {
            let (key, value) = (input.text()?, input.text()?);
            if !key.ends_with("RCFile$KeyBuffer") || !value.ends_with("RCFile$ValueBuffer") {
                return Err(invalid(format!("it is not a RCFile: it has records of {key} and {value}")));
            }
        }
        let compressed = input.boolean()?;
        if old && input.boolean()? {
            return Err(invalid("a RCFile has no blocks"));
        }
        let codec = match compressed {
            true => Some(TextCodec::from_class(&input.text()?).map_err(|error| invalid(error.to_string()))?),
            false => None,
        };
        let metadata = input.metadata()?;
        let columns = metadata.iter().find(|(name, _)| name == COLUMNS).and_then(|(_, n)| n.parse().ok());
        let columns = columns.ok_or_else(|| invalid("the header does not say how many columns there are"))?;
        let sync = input.array()?;
        Ok(Self { codec, sync, columns, end: input.position })
    }

    /// The header of a new file.
    pub fn write(&self, out: &mut Vec<u8>) {
        use crate::format::writable::write_text;
        out.extend_from_slice(b"RCF\x01");
        out.push(self.codec.is_some().into());
        if let Some(codec) = self.codec {
            write_text(codec.class(), out);
        }
        out.extend_from_slice(&1i32.to_be_bytes());
        write_text(COLUMNS, out);
        write_text(&self.columns.to_string(), out);
        out.extend_from_slice(&self.sync);
    }
}

/// A group of rows, of which the unwanted columns are left out.
#[derive(Debug, Default)]
pub struct Group {
    /// Rows.
    pub rows: usize,
    /// Where it begins in the file.
    pub offset: u64,
    /// Bytes and values of each wanted column; none for one that the file does not have.
    pub columns: Vec<Option<(Vec<u8>, Vec<Span>)>>,
}

/// Reads the groups that belong to a range: those behind each sync marker of which the escape before it begins in it.
pub struct GroupReader<R> {
    input: Counted<R>,
    header: Header,
    limit: u64,
    /// Wanted columns by their places.
    wanted: Vec<usize>,
    /// A reader that looked for a marker stands right behind it.
    after_marker: bool,
}

impl<R: Read> GroupReader<R> {
    /// A reader right behind the header, or right behind a sync marker.
    pub fn new(input: Counted<R>, header: Header, limit: u64, wanted: Vec<usize>) -> Self {
        let after_marker = input.position > header.end;
        Self { input, header, limit, wanted, after_marker }
    }

    /// The next group.
    pub fn next(&mut self) -> io::Result<Option<Group>> {
        if std::mem::take(&mut self.after_marker) && self.input.position - 20 >= self.limit {
            return Ok(None);
        }
        let offset = self.input.position;
        let Some(mut length) = self.input.int_or_end()? else { return Ok(None) };
        if length == ESCAPE {
            if offset >= self.limit {
                return Ok(None);
            }
            if self.input.array::<16>()? != self.header.sync {
                return Err(invalid("a sync marker is not the one of the header"));
            }
            match self.input.int_or_end()? {
                Some(next) => length = next,
                None => return Ok(None),
            }
        }
        let (key_length, packed) = (self.input.int()?, self.input.int()?);
        let size = |number: i32| usize::try_from(number).ok().filter(|number| *number <= MAX_GROUP);
        let (Some(_), Some(key_length), Some(packed)) = (size(length), size(key_length), size(packed)) else {
            return Err(invalid(format!("a group of {length} bytes with a key of {key_length} ({packed})")));
        };
        let key = self.input.exact(packed)?;
        let key = match self.header.codec {
            Some(codec) => decompress(codec, key, key_length)?,
            None => key,
        };
        self.columns(&key, offset).map(Some)
    }

    fn columns(&mut self, mut key: &[u8], offset: u64) -> io::Result<Group> {
        let cut = || invalid("the key of a group ends too early");
        let rows = take_length(&mut key).filter(|rows| *rows <= MAX_ROWS).ok_or_else(cut)?;
        let mut group = Group { rows, offset, columns: self.wanted.iter().map(|_| None).collect() };
        for at in 0..self.header.columns {
            let packed = take_length(&mut key).filter(|n| *n <= MAX_GROUP).ok_or_else(cut)?;
            let length = take_length(&mut key).filter(|n| *n <= MAX_GROUP).ok_or_else(cut)?;
            let lengths = take_length(&mut key).and_then(|length| take(&mut key, length)).ok_or_else(cut)?;
            let Some(place) = self.wanted.iter().position(|wanted| *wanted == at) else {
                self.input.skip(packed as u64)?;
                continue;
            };
            let data = self.input.exact(packed)?;
            let data = match self.header.codec {
                Some(codec) => decompress(codec, data, length)?,
                None => data,
            };
            let spans = spans(lengths, rows, data.len())?;
            group.columns[place] = Some((data, spans));
        }
        Ok(group)
    }
}

/// Where the values of a column are.
fn spans(mut lengths: &[u8], rows: usize, size: usize) -> io::Result<Vec<Span>> {
    let bad = || invalid("the lengths of a column's values are not those of its bytes");
    // Memory for what the lengths really say, not for what the key claims.
    let mut spans = Vec::new();
    let (mut start, mut last) = (0usize, 0usize);
    while spans.len() < rows {
        let number = take_vlong(&mut lengths).ok_or_else(bad)?;
        let repeat = match usize::try_from(number) {
            Ok(length) => {
                last = length;
                1
            }
            Err(_) => usize::try_from(!number).map_err(|_| bad())?,
        };
        if repeat > rows - spans.len() {
            return Err(bad());
        }
        for _ in 0..repeat {
            let end = start.checked_add(last).filter(|end| *end <= size).ok_or_else(bad)?;
            spans.push(Span::new(start, end));
            start = end;
        }
    }
    Ok(spans)
}
