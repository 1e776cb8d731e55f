//! Hadoop's `Writable`s: how numbers and texts stand in SequenceFiles, RCFiles and LazyBinary values.

use std::io::{self, Read};

/// Longest text of a header, a class name or a piece of metadata.
const MAX_TEXT: usize = 1 << 20;
/// Most pieces of metadata.
const MAX_METADATA: usize = 1 << 16;

/// The data is not what it should be.
pub fn invalid(reason: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.into())
}

/// Adds a zero-compressed number (`WritableUtils.writeVLong`).
pub fn write_vlong(value: i64, out: &mut Vec<u8>) {
    if (-112..=127).contains(&value) {
        out.push(value as u8);
        return;
    }
    let (magnitude, base) = if value < 0 { (!value as u64, -120i8) } else { (value as u64, -112i8) };
    let bytes = 8 - magnitude.leading_zeros() as usize / 8;
    out.push((base - bytes as i8) as u8);
    out.extend_from_slice(&magnitude.to_be_bytes()[8 - bytes..]);
}

/// Bytes that a zero-compressed number has, its first one told (`WritableUtils.decodeVIntSize`).
pub fn vlong_size(first: u8) -> usize {
    match first as i8 {
        -112.. => 1,
        first @ -120..=-113 => (-111 - i32::from(first)) as usize,
        first => (-119 - i32::from(first)) as usize,
    }
}

/// A zero-compressed number at the start of bytes, and its length; `None` where the bytes end too early.
pub fn vlong(bytes: &[u8]) -> Option<(i64, usize)> {
    let first = *bytes.first()?;
    let size = vlong_size(first);
    if size == 1 {
        return Some((i64::from(first as i8), 1));
    }
    let magnitude = bytes.get(1..size)?.iter().fold(0u64, |value, byte| value << 8 | u64::from(*byte)) as i64;
    let negative = (first as i8) < -120;
    Some((if negative { !magnitude } else { magnitude }, size))
}

/// Takes a zero-compressed number off the front.
pub fn take_vlong(bytes: &mut &[u8]) -> Option<i64> {
    let (value, size) = vlong(bytes)?;
    *bytes = &bytes[size..];
    Some(value)
}

/// Takes a zero-compressed number that is a length off the front.
pub fn take_length(bytes: &mut &[u8]) -> Option<usize> {
    usize::try_from(take_vlong(bytes)?).ok()
}

/// Takes so many bytes off the front.
pub fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (front, rest) = bytes.split_at_checked(count)?;
    *bytes = rest;
    Some(front)
}

/// Takes an array off the front.
pub fn take_array<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    take(bytes, N)?.try_into().ok()
}

/// Adds a text behind its length (`Text.writeString`).
pub fn write_text(text: &str, out: &mut Vec<u8>) {
    write_vlong(text.len() as i64, out);
    out.extend_from_slice(text.as_bytes());
}

/// An input that knows where it is.
pub struct Counted<R> {
    inner: R,
    /// Bytes from the start of the file.
    pub position: u64,
}

impl<R: Read> Counted<R> {
    /// An input that begins at a byte of its file.
    pub fn new(inner: R, position: u64) -> Self {
        Self { inner, position }
    }

    /// Reads an array.
    pub fn array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// Reads a big-endian number of four bytes.
    pub fn int(&mut self) -> io::Result<i32> {
        self.array().map(i32::from_be_bytes)
    }

    /// Reads a big-endian number of four bytes, or `None` right at the end.
    pub fn int_or_end(&mut self) -> io::Result<Option<i32>> {
        let mut bytes = [0; 4];
        let mut filled = 0;
        while filled < bytes.len() {
            match self.read(&mut bytes[filled..]) {
                Ok(0) if filled == 0 => return Ok(None),
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => filled += count,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(Some(i32::from_be_bytes(bytes)))
    }

    /// Reads a boolean.
    pub fn boolean(&mut self) -> io::Result<bool> {
        Ok(self.array::<1>()? != [0])
    }

    /// Reads a zero-compressed number.
    pub fn vlong(&mut self) -> io::Result<i64> {
        let mut bytes = [0; 9];
        self.read_exact(&mut bytes[..1])?;
        let size = vlong_size(bytes[0]);
        self.read_exact(&mut bytes[1..size])?;
        vlong(&bytes[..size]).map(|(value, _)| value).ok_or_else(|| invalid("a number is cut short"))
    }

    /// Reads a length of at most `limit`.
    pub fn length(&mut self, limit: usize, what: &str) -> io::Result<usize> {
        let length = self.vlong()?;
        usize::try_from(length)
            .ok()
            .filter(|length| *length <= limit)
            .ok_or_else(|| invalid(format!("{what} has {length} bytes")))
    }

    /// Reads so many bytes. The buffer grows with what is really there.
    pub fn exact(&mut self, count: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        if self.by_ref().take(count as u64).read_to_end(&mut bytes)? < count {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(bytes)
    }

    /// Reads over so many bytes.
    pub fn skip(&mut self, count: u64) -> io::Result<()> {
        if io::copy(&mut self.by_ref().take(count), &mut io::sink())? < count {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }

    /// Reads a text behind its length.
    pub fn text(&mut self) -> io::Result<String> {
        let length = self.length(MAX_TEXT, "a text of the header")?;
        let bytes = self.exact(length)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Reads the metadata of a header: pairs of texts behind their number.
    pub fn metadata(&mut self) -> io::Result<Vec<(String, String)>> {
        let count = self.int()?;
        let count = usize::try_from(count)
            .ok()
            .filter(|count| *count <= MAX_METADATA)
            .ok_or_else(|| invalid(format!("{count} pieces of metadata")))?;
        (0..count).map(|_| Ok((self.text()?, self.text()?))).collect()
    }

    /// Reads on until right behind a marker. Returns whether there was one.
    pub fn find(&mut self, marker: &[u8; 16]) -> io::Result<bool> {
        let mut window: Vec<u8> = Vec::with_capacity(1 << 16);
        let mut chunk = [0; 1];
        loop {
            // The input is buffered, so single bytes cost little; only the last 16 of them are kept.
            match self.read(&mut chunk) {
                Ok(0) => return Ok(false),
                Ok(_) => window.push(chunk[0]),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(e),
            }
            if window.ends_with(marker) {
                return Ok(true);
            }
            if window.len() == window.capacity() {
                window.drain(..window.len() - 15);
            }
        }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.position += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for value in [0, 1, -1, -112, -113, 127, 128, 255, 256, -256, -257, 65_535, 65_536, i64::MAX, i64::MIN] {
            let mut bytes = Vec::new();
            write_vlong(value, &mut bytes);
            assert_eq!(vlong(&bytes), Some((value, bytes.len())), "{value}");
            assert_eq!(Counted::new(bytes.as_slice(), 0).vlong().unwrap(), value);
            assert_eq!(vlong(&bytes[..bytes.len() - 1]), None);
        }
        // As Java writes them.
        let mut bytes = Vec::new();
        write_vlong(128, &mut bytes);
        write_vlong(-129, &mut bytes);
        assert_eq!(bytes, [0x8f, 0x80, 0x87, 0x80]);
    }
}
