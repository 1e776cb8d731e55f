//! The framing of Hadoop's `BlockCompressorStream` and `BlockDecompressorStream`.
//!
//! ```text
//! file   = block*
//! block  = raw length (u32), chunk*          until the chunks have given the raw length
//! chunk  = length (u32), compressed bytes
//! ```
//! Numbers are big-endian. A file of no data is one block of the raw length 0.

use std::io::{self, BufReader, Read, Write};

use super::decoder::{Input, corrupt, read_bytes, read_u32, read_u32_or_end};
use crate::store::Output;

/// Longest chunk, compressed or not. Hadoop's own have 256 KiB unless `io.compression.codec.*.buffersize` says more.
pub(super) const MAX_CHUNK: usize = 64 << 20;
/// Raw bytes of a block that is written. Compressed it still fits into the 256 KiB that Hadoop's readers have for it,
/// even if it could not be made smaller.
const BLOCK: usize = 192 * 1024;
/// First four bytes of a file of the lz4 tool, and of one of Snappy's own framing.
const LZ4_FRAME: u32 = 0x0422_4d18;
const SNAPPY_FRAME: u32 = 0xff06_0000;

/// Compresses bytes as a whole.
pub(super) trait ChunkCodec: Send {
    /// Unpacks a chunk into an empty buffer; more than `limit` bytes are an error.
    fn decompress(&mut self, chunk: &[u8], limit: usize, raw: &mut Vec<u8>) -> io::Result<()>;

    /// Packs bytes, not none, behind what `chunk` holds.
    fn compress(&mut self, raw: &[u8], chunk: &mut Vec<u8>) -> io::Result<()>;
}

/// Unpacks blocks.
pub(super) struct BlockReader<C> {
    input: Input,
    codec: C,
    /// Raw bytes of the block in the chunks to come.
    left: usize,
    chunk: Vec<u8>,
    raw: Vec<u8>,
    at: usize,
}

impl<C: ChunkCodec> BlockReader<C> {
    pub fn new(input: Box<dyn Read + Send>, codec: C) -> Self {
        let input = BufReader::with_capacity(64 * 1024, input);
        Self { input, codec, left: 0, chunk: Vec::new(), raw: Vec::new(), at: 0 }
    }

    /// Unpacks the next chunk. Returns whether there was one.
    fn next_chunk(&mut self) -> io::Result<bool> {
        while self.left == 0 {
            let Some(length) = read_u32_or_end(&mut self.input)? else { return Ok(false) };
            match length {
                LZ4_FRAME => return Err(corrupt("this is a file of the lz4 tool, not one of Hadoop's Lz4Codec")),
                SNAPPY_FRAME => return Err(corrupt("this is Snappy's own framing, not that of Hadoop's SnappyCodec")),
                _ if length > i32::MAX as u32 => return Err(corrupt(format!("a block of {length} bytes"))),
                _ => self.left = length as usize,
            }
        }
        let length = read_u32(&mut self.input)? as usize;
        if length == 0 || length > MAX_CHUNK {
            return Err(corrupt(format!("a chunk of {length} bytes")));
        }
        read_bytes(&mut self.input, length, &mut self.chunk)?;
        self.raw.clear();
        self.at = 0;
        self.codec.decompress(&self.chunk, self.left.min(MAX_CHUNK), &mut self.raw)?;
        self.left = self.left.checked_sub(self.raw.len()).ok_or_else(|| corrupt("a block is longer than it says"))?;
        Ok(true)
    }
}

impl<C: ChunkCodec> Read for BlockReader<C> {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        while self.at == self.raw.len() && !output.is_empty() {
            if !self.next_chunk()? {
                return Ok(0);
            }
        }
        let count = output.len().min(self.raw.len() - self.at);
        output[..count].copy_from_slice(&self.raw[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

/// Packs blocks.
pub(super) struct BlockWriter<C> {
    output: Output,
    codec: C,
    raw: Vec<u8>,
    block: Vec<u8>,
    begun: bool,
}

impl<C: ChunkCodec> BlockWriter<C> {
    /// Bytes that one holds.
    pub const MEMORY: usize = 2 * BLOCK;

    pub fn new(output: Output, codec: C) -> Self {
        Self { output, codec, raw: Vec::with_capacity(BLOCK), block: Vec::new(), begun: false }
    }

    fn write_block(&mut self) -> io::Result<()> {
        self.begun = true;
        self.block.clear();
        self.block.extend((self.raw.len() as u32).to_be_bytes());
        if !self.raw.is_empty() {
            let chunk = self.block.len() + 4;
            self.block.extend([0; 4]);
            self.codec.compress(&self.raw, &mut self.block)?;
            let length = (self.block.len() - chunk) as u32;
            self.block[chunk - 4..chunk].copy_from_slice(&length.to_be_bytes());
            self.raw.clear();
        }
        self.output.write_all(&self.block)
    }

    /// Writes what is left and gives the file back.
    pub fn finish(mut self) -> io::Result<Output> {
        if !self.raw.is_empty() || !self.begun {
            self.write_block()?;
        }
        Ok(self.output)
    }
}

impl<C: ChunkCodec> Write for BlockWriter<C> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len().min(BLOCK - self.raw.len());
        self.raw.extend_from_slice(&bytes[..count]);
        if self.raw.len() == BLOCK {
            self.write_block()?;
        }
        Ok(count)
    }

    /// What makes no whole block waits.
    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}
