//! Writers that compress.

use std::io::{self, Write};

use super::TextCodec;
use super::blocks::BlockWriter;
use super::lz::{Lz4, Lzo, Snappy};
use super::lzo1x::Compressor;
use super::lzop::LzopWriter;
use crate::store::Output;

/// Compresses what is written to it into a file.
pub trait Encoder: Write + Send {
    /// Bytes it holds in memory, about.
    fn memory_size(&self) -> usize;

    /// Writes what is left and gives the file back.
    fn finish(self: Box<Self>) -> io::Result<Output>;
}

/// An encoder into a file, with the level that Hadoop's codec has by default; without a codec it writes the bytes as
/// they are.
pub fn encoder(codec: Option<TextCodec>, output: Output) -> io::Result<Box<dyn Encoder>> {
    use bzip2::write::BzEncoder;
    use flate2::write::{GzEncoder, ZlibEncoder};
    let level = flate2::Compression::default();
    Ok(match codec {
        None => Box::new(Finish { inner: output, memory: 0, finish: Ok }),
        Some(TextCodec::Deflate) => {
            Box::new(Finish { inner: ZlibEncoder::new(output, level), memory: 300 << 10, finish: ZlibEncoder::finish })
        }
        Some(TextCodec::Gzip) => {
            Box::new(Finish { inner: GzEncoder::new(output, level), memory: 300 << 10, finish: GzEncoder::finish })
        }
        Some(TextCodec::Bzip2) => {
            let inner = BzEncoder::new(output, bzip2::Compression::best());
            Box::new(Finish { inner, memory: 8 << 20, finish: BzEncoder::finish })
        }
        Some(TextCodec::Zstd) => {
            let mut inner = zstd::stream::write::Encoder::new(output, zstd::DEFAULT_COMPRESSION_LEVEL)?;
            inner.include_checksum(true)?;
            Box::new(Finish { inner, memory: 4 << 20, finish: zstd::stream::write::Encoder::finish })
        }
        Some(TextCodec::Snappy) => {
            let inner = BlockWriter::new(output, Snappy::default());
            Box::new(Finish { inner, memory: BlockWriter::<Snappy>::MEMORY, finish: BlockWriter::finish })
        }
        Some(TextCodec::Lz4) => {
            let inner = BlockWriter::new(output, Lz4);
            Box::new(Finish { inner, memory: BlockWriter::<Lz4>::MEMORY, finish: BlockWriter::finish })
        }
        Some(TextCodec::Lzo) => {
            let inner = BlockWriter::new(output, Lzo::default());
            let memory = BlockWriter::<Lzo>::MEMORY + Compressor::MEMORY;
            Box::new(Finish { inner, memory, finish: BlockWriter::finish })
        }
        Some(TextCodec::Lzop) => {
            let memory = LzopWriter::MEMORY + Compressor::MEMORY;
            Box::new(Finish { inner: LzopWriter::new(output)?, memory, finish: LzopWriter::finish })
        }
    })
}

/// A writer with a way to end it.
struct Finish<W> {
    inner: W,
    memory: usize,
    finish: fn(W) -> io::Result<Output>,
}

impl<W: Write> Write for Finish<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<W: Write + Send> Encoder for Finish<W> {
    fn memory_size(&self) -> usize {
        self.memory
    }

    fn finish(self: Box<Self>) -> io::Result<Output> {
        (self.finish)(self.inner)
    }
}
