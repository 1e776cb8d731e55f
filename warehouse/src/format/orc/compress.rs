//! ORC's compression: streams are cut into chunks, each with a header of three bytes that gives its length and
//! whether it is compressed (ORC specification, "Compression").

use std::io::{Read, Write};

use bytes::Bytes;
use flate2::Compression as Level;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use orc_rust::proto::CompressionKind;
use skep_metastore::model::Parameters;

use crate::codec::lzo1x;
use crate::error::{Result, WarehouseError};

/// Bytes of a chunk's header.
const HEADER: usize = 3;
/// What ORC takes for the largest chunk where a file does not say.
const DEFAULT_BLOCK_SIZE: usize = 256 * 1024;
/// The largest length a header can hold.
const MAX_BLOCK_SIZE: usize = (1 << 23) - 1;

/// How the streams of a file are compressed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Compression {
    /// The algorithm.
    pub kind: CompressionKind,
    /// No chunk is longer than this when it is not compressed.
    pub block_size: usize,
}

impl Compression {
    /// As a file's postscript says.
    pub fn of_file(kind: CompressionKind, block_size: Option<u64>) -> Self {
        let block_size = block_size.map_or(DEFAULT_BLOCK_SIZE, |size| size as usize);
        Self { kind, block_size: block_size.clamp(1, MAX_BLOCK_SIZE) }
    }

    /// As table properties say: `orc.compress` or `hive.exec.orc.default.compress` (Hive's default is ZLIB), and
    /// `orc.compress.size`.
    pub fn of_table(parameters: &Parameters) -> Result<Self> {
        let name = parameters.get("orc.compress").or_else(|| parameters.get("hive.exec.orc.default.compress"));
        let name = name.map_or("ZLIB", |name| name.trim());
        let kind = match name.to_ascii_uppercase().as_str() {
            "NONE" | "" => CompressionKind::None,
            "ZLIB" => CompressionKind::Zlib,
            "SNAPPY" => CompressionKind::Snappy,
            "LZ4" => CompressionKind::Lz4,
            "ZSTD" => CompressionKind::Zstd,
            _ => return Err(WarehouseError::Unsupported(format!("Writing ORC with orc.compress = {name}"))),
        };
        let block_size = parameters.get("orc.compress.size").and_then(|size| size.trim().parse().ok());
        Ok(Self::of_file(kind, block_size))
    }

    /// Marks bytes as a stream that is not compressed, in one chunk.
    pub fn frame_plain(&self, bytes: &[u8]) -> Vec<u8> {
        let mut framed = Vec::with_capacity(bytes.len() + HEADER);
        if self.kind == CompressionKind::None {
            framed.extend_from_slice(bytes);
            return framed;
        }
        for chunk in bytes.chunks(MAX_BLOCK_SIZE) {
            push_header(&mut framed, chunk.len(), true);
            framed.extend_from_slice(chunk);
        }
        framed
    }

    /// Cuts a stream into chunks and compresses those that become shorter by it.
    pub fn compress(&self, bytes: &[u8]) -> Result<Vec<u8>> {
        let mut out = Vec::with_capacity(bytes.len() / 2 + HEADER);
        self.compress_into(bytes, &mut out, &mut Vec::new())?;
        Ok(out)
    }

    /// As [`Compression::compress`], at the end of `out`. `starts` gets the places where the chunks begin, from the
    /// first of them.
    pub fn compress_into(&self, bytes: &[u8], out: &mut Vec<u8>, starts: &mut Vec<u64>) -> Result<()> {
        if self.kind == CompressionKind::None {
            out.extend_from_slice(bytes);
            return Ok(());
        }
        let first = out.len();
        for chunk in bytes.chunks(self.block_size) {
            starts.push((out.len() - first) as u64);
            let packed = self.compress_chunk(chunk)?;
            if packed.len() < chunk.len() {
                push_header(out, packed.len(), false);
                out.extend_from_slice(&packed);
            } else {
                push_header(out, chunk.len(), true);
                out.extend_from_slice(chunk);
            }
        }
        Ok(())
    }

    /// Compresses one chunk, without header.
    pub fn compress_chunk(&self, chunk: &[u8]) -> Result<Vec<u8>> {
        let failed = |e: std::io::Error| WarehouseError::io("compress", "a chunk of ORC", e);
        match self.kind {
            CompressionKind::None => Ok(chunk.to_vec()),
            CompressionKind::Zlib => {
                let mut encoder = DeflateEncoder::new(Vec::new(), Level::new(4));
                encoder.write_all(chunk).map_err(failed)?;
                encoder.finish().map_err(failed)
            }
            CompressionKind::Snappy => {
                snap::raw::Encoder::new().compress_vec(chunk).map_err(|e| failed(std::io::Error::other(e)))
            }
            CompressionKind::Lz4 => Ok(lz4_flex::block::compress(chunk)),
            CompressionKind::Zstd => zstd::bulk::compress(chunk, 3).map_err(failed),
            CompressionKind::Lzo => Err(WarehouseError::Unsupported("Writing ORC with LZO".to_string())),
        }
    }

    /// The whole of a stream, uncompressed. The reason, where the bytes are not what they should be.
    pub fn decompress(&self, bytes: &Bytes) -> Result<Bytes, String> {
        if self.kind == CompressionKind::None {
            return Ok(bytes.clone());
        }
        let mut out = Vec::new();
        let mut rest = &bytes[..];
        while let Some((header, tail)) = rest.split_first_chunk::<HEADER>() {
            let word = u32::from_le_bytes([header[0], header[1], header[2], 0]);
            let length = (word >> 1) as usize;
            let chunk = tail.get(..length).ok_or("a compressed chunk is cut short")?;
            rest = &tail[length..];
            if word & 1 == 1 {
                out.extend_from_slice(chunk);
            } else {
                self.decompress_chunk(chunk, &mut out)?;
            }
        }
        if rest.is_empty() { Ok(out.into()) } else { Err("the header of a compressed chunk is cut short".to_string()) }
    }

    fn decompress_chunk(&self, chunk: &[u8], out: &mut Vec<u8>) -> Result<(), String> {
        let limit = self.block_size as u64;
        match self.kind {
            CompressionKind::None => out.extend_from_slice(chunk),
            CompressionKind::Zlib => {
                DeflateDecoder::new(chunk).take(limit).read_to_end(out).map_err(|e| e.to_string())?;
            }
            CompressionKind::Snappy => {
                if snap::raw::decompress_len(chunk).is_ok_and(|length| length as u64 > limit) {
                    return Err("a chunk is longer than the compression block size".to_string());
                }
                out.extend(snap::raw::Decoder::new().decompress_vec(chunk).map_err(|e| e.to_string())?);
            }
            CompressionKind::Lz4 => {
                out.extend(lz4_flex::block::decompress(chunk, self.block_size).map_err(|e| e.to_string())?);
            }
            CompressionKind::Zstd => {
                out.extend(zstd::bulk::decompress(chunk, self.block_size).map_err(|e| e.to_string())?);
            }
            CompressionKind::Lzo => {
                let mut raw = Vec::new();
                lzo1x::decompress(chunk, self.block_size, &mut raw)?;
                out.extend_from_slice(&raw);
            }
        }
        Ok(())
    }
}

/// Appends the header of a chunk.
pub(super) fn push_header(out: &mut Vec<u8>, length: usize, original: bool) {
    let word = ((length as u32) << 1) | u32::from(original);
    out.extend_from_slice(&word.to_le_bytes()[..HEADER]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_come_back() {
        let text: Vec<u8> = (0..700_000u32).flat_map(|i| (i / 7).to_le_bytes()).collect();
        for kind in [
            CompressionKind::None,
            CompressionKind::Zlib,
            CompressionKind::Snappy,
            CompressionKind::Lz4,
            CompressionKind::Zstd,
        ] {
            let compression = Compression::of_file(kind, None);
            for bytes in [&text[..], &text[..1], &[]] {
                let packed = Bytes::from(compression.compress(bytes).unwrap());
                assert_eq!(compression.decompress(&packed).unwrap(), bytes, "{kind:?}");
                let framed = Bytes::from(compression.frame_plain(bytes));
                assert_eq!(compression.decompress(&framed).unwrap(), bytes, "{kind:?}");
                if kind != CompressionKind::None && packed.len() > 4 {
                    assert!(compression.decompress(&packed.slice(..packed.len() - 1)).is_err());
                }
            }
        }
    }
}
