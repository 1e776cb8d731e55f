//! Writers that compress.

use std::io::{self, Write};

use super::TextCodec;
use super::blocks::{BlockCodec, BlockWriter};
use super::lzop::LzopWriter;
use crate::store::Output;

/// Compresses what is written to it into a file.
pub trait Encoder: Write + Send {
    /// Bytes it holds in memory, as far as that is known.
    fn memory_size(&self) -> usize;

    /// Writes what is left and gives the file back.
    fn finish(self: Box<Self>) -> io::Result<Output>;
}

/// An encoder into a file; without a codec it writes the bytes as they are.
pub fn encoder(codec: Option<TextCodec>, output: Output) -> io::Result<Box<dyn Encoder>> {
    let sink = Sink(output);
    Ok(match codec {
        None => Box::new(sink),
        Some(TextCodec::Deflate) => Box::new(flate2::write::ZlibEncoder::new(sink, flate2::Compression::default())),
        Some(TextCodec::Gzip) => Box::new(flate2::write::GzEncoder::new(sink, flate2::Compression::default())),
        Some(TextCodec::Bzip2) => Box::new(bzip2::write::BzEncoder::new(sink, bzip2::Compression::best())),
        Some(TextCodec::Snappy) => Box::new(BlockWriter::new(BlockCodec::Snappy, sink.0)),
        Some(TextCodec::Lz4) => Box::new(BlockWriter::new(BlockCodec::Lz4, sink.0)),
        Some(TextCodec::Lzo) => Box::new(BlockWriter::new(BlockCodec::Lzo, sink.0)),
        Some(TextCodec::Lzop) => Box::new(LzopWriter::new(sink.0)?),
        Some(TextCodec::Zstd) => Box::new(zstd::stream::write::Encoder::new(sink, 3)?),
    })
}

/// A file as the writers of other crates want it.
pub struct Sink(pub Output);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Encoder for Sink {
    fn memory_size(&self) -> usize {
        0
    }

    fn finish(self: Box<Self>) -> io::Result<Output> {
        Ok(self.0)
    }
}

impl Encoder for flate2::write::ZlibEncoder<Sink> {
    fn memory_size(&self) -> usize {
        300 * 1024
    }

    fn finish(self: Box<Self>) -> io::Result<Output> {
        Ok((*self).finish()?.0)
    }
}

impl Encoder for flate2::write::GzEncoder<Sink> {
    fn memory_size(&self) -> usize {
        300 * 1024
    }

    fn finish(self: Box<Self>) -> io::Result<Output> {
        Ok((*self).finish()?.0)
    }
}

impl Encoder for bzip2::write::BzEncoder<Sink> {
    fn memory_size(&self) -> usize {
        8 << 20
    }

    fn finish(self: Box<Self>) -> io::Result<Output> {
        Ok((*self).finish()?.0)
    }
}

impl Encoder for zstd::stream::write::Encoder<'static, Sink> {
    fn memory_size(&self) -> usize {
        4 << 20
    }

    fn finish(self: Box<Self>) -> io::Result<Output> {
        Ok((*self).finish()?.0)
    }
}
