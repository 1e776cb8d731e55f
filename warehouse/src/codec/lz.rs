//! The compressions of Hadoop's blocks.

use std::io;

use super::blocks::ChunkCodec;
use super::decoder::corrupt;
use super::lzo1x;

/// Raw Snappy.
pub(super) struct Snappy {
    encoder: snap::raw::Encoder,
    decoder: snap::raw::Decoder,
}

impl Default for Snappy {
    fn default() -> Self {
        Self { encoder: snap::raw::Encoder::new(), decoder: snap::raw::Decoder::new() }
    }
}

impl ChunkCodec for Snappy {
    fn decompress(&mut self, chunk: &[u8], limit: usize, raw: &mut Vec<u8>) -> io::Result<()> {
        let failed = |e| corrupt(format!("not Snappy data: {e}"));
        let length = snap::raw::decompress_len(chunk).map_err(failed)?;
        // Three bytes of Snappy give 64 at most.
        if length > limit || length > chunk.len().saturating_mul(64) {
            return Err(corrupt(format!("a chunk of Snappy data that says it has {length} bytes")));
        }
        raw.resize(length, 0);
        let count = self.decoder.decompress(chunk, raw).map_err(failed)?;
        raw.truncate(count);
        Ok(())
    }

    fn compress(&mut self, raw: &[u8], chunk: &mut Vec<u8>) -> io::Result<()> {
        let start = chunk.len();
        chunk.resize(start + snap::raw::max_compress_len(raw.len()), 0);
        let count = self.encoder.compress(raw, &mut chunk[start..]).map_err(io::Error::other)?;
        chunk.truncate(start + count);
        Ok(())
    }
}

/// Raw LZ4.
pub(super) struct Lz4;

impl ChunkCodec for Lz4 {
    fn decompress(&mut self, chunk: &[u8], limit: usize, raw: &mut Vec<u8>) -> io::Result<()> {
        // A byte of LZ4 gives 255 at most.
        raw.resize(limit.min(chunk.len().saturating_mul(255)), 0);
        let count = lz4_flex::block::decompress_into(chunk, raw);
        raw.truncate(count.map_err(|e| corrupt(format!("not LZ4 data: {e}")))?);
        Ok(())
    }

    fn compress(&mut self, raw: &[u8], chunk: &mut Vec<u8>) -> io::Result<()> {
        let start = chunk.len();
        chunk.resize(start + lz4_flex::block::get_maximum_output_size(raw.len()), 0);
        let count = lz4_flex::block::compress_into(raw, &mut chunk[start..]).map_err(io::Error::other)?;
        chunk.truncate(start + count);
        Ok(())
    }
}

/// LZO1X.
#[derive(Default)]
pub(super) struct Lzo(lzo1x::Compressor);

impl ChunkCodec for Lzo {
    fn decompress(&mut self, chunk: &[u8], limit: usize, raw: &mut Vec<u8>) -> io::Result<()> {
        lzo1x::decompress(chunk, limit, raw).map_err(|reason| corrupt(format!("not LZO data: {reason}")))
    }

    fn compress(&mut self, raw: &[u8], chunk: &mut Vec<u8>) -> io::Result<()> {
        self.0.compress(raw, chunk);
        Ok(())
    }
}
