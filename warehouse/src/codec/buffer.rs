//! Whole buffers packed and unpacked, for formats that compress their parts.

use std::io::{self, Cursor, Read, Write};
use std::sync::Arc;

use parking_lot::Mutex;

use super::decoder::corrupt;
use super::{TextCodec, decoder, encoder};
use crate::error::Result as WarehouseResult;
use crate::store::OutputFile;

/// Unpacks bytes. More than `limit` unpacked bytes are an error of the kind [`io::ErrorKind::InvalidData`], so that
/// no claim of a file takes more memory than its reader has for it.
pub fn decompress(codec: TextCodec, packed: Vec<u8>, limit: usize) -> io::Result<Vec<u8>> {
    let mut raw = Vec::new();
    decoder(codec, Box::new(Cursor::new(packed))).take(limit as u64 + 1).read_to_end(&mut raw)?;
    if raw.len() > limit {
        return Err(corrupt(format!("compressed data holds more than {limit} bytes")));
    }
    Ok(raw)
}

/// Packs bytes.
pub fn compress(codec: TextCodec, raw: &[u8]) -> io::Result<Vec<u8>> {
    let memory = Memory::default();
    let mut encoder = encoder(Some(codec), Box::new(memory.clone()))?;
    encoder.write_all(raw)?;
    encoder.finish()?.close().map_err(|e| io::Error::other(e.to_string()))?;
    Ok(std::mem::take(&mut *memory.bytes.lock()))
}

/// A file in memory.
#[derive(Debug, Clone, Default)]
struct Memory {
    bytes: Arc<Mutex<Vec<u8>>>,
}

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl OutputFile for Memory {
    fn close(self: Box<Self>) -> WarehouseResult<u64> {
        Ok(self.bytes.lock().len() as u64)
    }

    fn url(&self) -> &str {
        "memory"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_come_back_and_limits_hold() {
        use TextCodec::*;
        for codec in [Deflate, Gzip, Bzip2, Snappy, Lz4, Lzo, Lzop, Zstd] {
            for raw in [&b""[..], b"abc", &[7; 300_000]] {
                let packed = compress(codec, raw).unwrap();
                assert_eq!(decompress(codec, packed.clone(), raw.len()).unwrap(), raw, "{codec:?}");
                if !raw.is_empty() {
                    assert!(decompress(codec, packed, raw.len() - 1).is_err(), "{codec:?}");
                }
            }
        }
    }
}
