//! Hadoop's block framing (`BlockCompressorStream`), which its Snappy, LZ4 and LZO codecs share.
//!
//! ```text
//! block := u32 length of the block unpacked, chunk*      big-endian; the chunks unpack to that length
//! chunk := u32 length of the chunk packed, bytes
//! ```

use std::io::{self, Read, Write};

use super::encoder::{Encoder, Sink};
use crate::store::Output;

/// Bytes of a block as the writer makes them (Hadoop's `io.compression.codec.*.buffersize`).
const BLOCK: usize = 256 * 1024;
/// Longest block or chunk that is believed.
const MAX_BLOCK: usize = 256 << 20;

/// What packs and unpacks a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockCodec {
    /// Raw Snappy.
    Snappy,
    /// Raw LZ4 blocks.
    Lz4,
    /// LZO1X.
    Lzo,
}

impl BlockCodec {
    /// Packs a chunk.
    pub fn compress(self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        match self {
            Self::Snappy => snap::raw::Encoder::new().compress_vec(bytes).map_err(io::Error::other),
            Self::Lz4 => Ok(lz4_flex::block::compress(bytes)),
            Self::Lzo => lzokay_native::compress(bytes).map_err(|e| io::Error::other(format!("LZO: {e}"))),
        }
    }

    /// Unpacks a chunk into at most `most` bytes.
    pub fn decompress(self, bytes: &[u8], most: usize) -> io::Result<Vec<u8>> {
        match self {
            Self::Snappy => {
                let length = snap::raw::decompress_len(bytes).map_err(|e| invalid(format!("Snappy: {e}")))?;
                if length > most {
                    return Err(invalid(format!("Snappy: a chunk of {length} bytes where {most} are left")));
                }
                snap::raw::Decoder::new().decompress_vec(bytes).map_err(|e| invalid(format!("Snappy: {e}")))
            }
            Self::Lz4 => {
                // The most that LZ4 can make of so many bytes, so that a false length costs nothing.
                let room = most.min(bytes.len().saturating_mul(255) + 64);
                let mut unpacked = vec![0; room];
                let length =
                    lz4_flex::block::decompress_into(bytes, &mut unpacked).map_err(|e| invalid(format!("LZ4: {e}")))?;
                unpacked.truncate(length);
                Ok(unpacked)
            }
            Self::Lzo => super::lzo::decompress(bytes, most),
        }
    }
}

/// Input that is not what it should be.
pub fn invalid(reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

/// Reads a big-endian number; `None` at the end of the input. An input that ends within it is an error.
pub fn read_u32(input: &mut dyn Read) -> io::Result<Option<u32>> {
    let mut bytes = [0; 4];
    let mut have = 0;
    while have < 4 {
        match input.read(&mut bytes[have..]) {
            Ok(0) if have == 0 => return Ok(None),
            Ok(0) => return Err(ended()),
            Ok(count) => have += count,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(Some(u32::from_be_bytes(bytes)))
}

/// Reads so many bytes. Room is made as they come, not as the length promises.
pub fn read_bytes(input: &mut dyn Read, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if input.take(length as u64).read_to_end(&mut bytes)? < length {
        return Err(ended());
    }
    Ok(bytes)
}

fn ended() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the file ends within a block")
}

/// Unpacks blocks.
pub struct BlockReader {
    codec: BlockCodec,
    input: Box<dyn Read + Send>,
    /// What is left of the block to be unpacked.
    left: usize,
    chunk: Vec<u8>,
    at: usize,
}

impl BlockReader {
    /// Unpacks an input.
    pub fn new(codec: BlockCodec, input: Box<dyn Read + Send>) -> Self {
        Self { codec, input, left: 0, chunk: Vec::new(), at: 0 }
    }

    /// Gets the next chunk. Returns false at the end.
    fn advance(&mut self) -> io::Result<bool> {
        while self.left == 0 {
            match read_u32(&mut self.input)? {
                Some(length) if length as usize > MAX_BLOCK => {
                    return Err(invalid(format!("a block claims {length} bytes")));
                }
                Some(length) => self.left = length as usize,
                None => return Ok(false),
            }
        }
        let length = read_u32(&mut self.input)?.ok_or_else(ended)? as usize;
        if length > MAX_BLOCK {
            return Err(invalid(format!("a chunk claims {length} bytes")));
        }
        let packed = read_bytes(&mut self.input, length)?;
        self.chunk = self.codec.decompress(&packed, self.left)?;
        self.at = 0;
        self.left -= self.chunk.len();
        if self.chunk.is_empty() {
            return Err(invalid("a chunk is empty".to_string()));
        }
        Ok(true)
    }
}

impl Read for BlockReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.chunk.len() && !self.advance()? {
            return Ok(0);
        }
        let count = buffer.len().min(self.chunk.len() - self.at);
        buffer[..count].copy_from_slice(&self.chunk[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

/// Packs into blocks of one chunk.
pub struct BlockWriter {
    codec: BlockCodec,
    output: Sink,
    block: Vec<u8>,
}

impl BlockWriter {
    /// Packs into a file.
    pub fn new(codec: BlockCodec, output: Output) -> Self {
        Self { codec, output: Sink(output), block: Vec::with_capacity(BLOCK) }
    }

    fn write_block(&mut self) -> io::Result<()> {
        if self.block.is_empty() {
            return Ok(());
        }
        let packed = self.codec.compress(&self.block)?;
        self.output.write_all(&(self.block.len() as u32).to_be_bytes())?;
        self.output.write_all(&(packed.len() as u32).to_be_bytes())?;
        self.output.write_all(&packed)?;
        self.block.clear();
        Ok(())
    }
}

impl Write for BlockWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Hadoop's buffer must hold the packed chunk, too, so a block is kept below it.
        let room = BLOCK - BLOCK / 6 - 32;
        if self.block.len() >= room {
            self.write_block()?;
        }
        let count = bytes.len().min(room - self.block.len());
        self.block.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Encoder for BlockWriter {
    fn memory_size(&self) -> usize {
        self.block.capacity()
    }

    fn finish(mut self: Box<Self>) -> io::Result<Output> {
        self.write_block()?;
        Ok(self.output.0)
    }
}
