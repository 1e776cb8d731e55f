//! Readers that unpack.

use std::io::{self, BufReader, Read};

use super::TextCodec;
use super::blocks::BlockReader;
use super::lz::{Lz4, Lzo, Snappy};
use super::lzop::LzopReader;
use super::members::{Bzip2, Gzip, Members, Zlib, Zstd};

/// Unpacks what an input gives, piece by piece. Input that the codec did not write is an error of the kind
/// [`std::io::ErrorKind::InvalidData`], input that ends too early one of the kind
/// [`std::io::ErrorKind::UnexpectedEof`]. Input of no bytes at all has no data.
pub fn decoder(codec: TextCodec, input: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
    match codec {
        TextCodec::Deflate => Box::new(Members::<Zlib>::new(input)),
        TextCodec::Gzip => Box::new(Members::<Gzip>::new(input)),
        TextCodec::Bzip2 => Box::new(Members::<Bzip2>::new(input)),
        TextCodec::Zstd => Box::new(Members::<Zstd>::new(input)),
        TextCodec::Snappy => Box::new(BlockReader::new(input, Snappy::default())),
        TextCodec::Lz4 => Box::new(BlockReader::new(input, Lz4)),
        TextCodec::Lzo => Box::new(BlockReader::new(input, Lzo::default())),
        TextCodec::Lzop => Box::new(LzopReader::new(input)),
    }
}

/// What compressed data is read from.
pub(super) type Input = BufReader<Box<dyn Read + Send>>;

/// The data is not what the codec writes.
pub(super) fn corrupt(reason: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.into())
}

/// The data ends where it must not.
pub(super) fn truncated() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the compressed data ends too early")
}

/// Reads so many bytes exactly.
pub(super) fn read_array<const N: usize>(input: &mut Input) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    input.read_exact(&mut bytes).map_err(eof_is_truncated)?;
    Ok(bytes)
}

/// Reads a big-endian number, or `None` right at the end.
pub(super) fn read_u32_or_end(input: &mut Input) -> io::Result<Option<u32>> {
    let mut bytes = [0; 4];
    let mut filled = 0;
    while filled < bytes.len() {
        match input.read(&mut bytes[filled..]) {
            Ok(0) if filled == 0 => return Ok(None),
            Ok(0) => return Err(truncated()),
            Ok(count) => filled += count,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(Some(u32::from_be_bytes(bytes)))
}

/// Reads a big-endian number.
pub(super) fn read_u32(input: &mut Input) -> io::Result<u32> {
    read_array(input).map(u32::from_be_bytes)
}

/// Reads so many bytes into a buffer. The buffer grows with what is really there.
pub(super) fn read_bytes(input: &mut Input, count: usize, into: &mut Vec<u8>) -> io::Result<()> {
    into.clear();
    if input.take(count as u64).read_to_end(into)? < count { Err(truncated()) } else { Ok(()) }
}

fn eof_is_truncated(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::UnexpectedEof { truncated() } else { error }
}
