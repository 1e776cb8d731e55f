//! Avro's container files.
//!
//! ```text
//! file  = "Obj" 1, metadata (map of bytes), sync marker, block*
//! block = records (long), length (long), packed records, sync marker
//! ```

use std::io::{self, Read};

use crate::format::writable::{Counted, invalid};

/// Longest block, packed or not, and longest piece of metadata.
const MAX_BLOCK: usize = 1 << 30;
const MAX_METADATA: usize = 1 << 26;

/// A codec of Avro.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    /// None.
    Null,
    /// Deflate without a header.
    Deflate,
    /// Snappy, and a CRC-32 behind it.
    Snappy,
    /// bzip2.
    Bzip2,
    /// Zstandard.
    Zstandard,
}

impl Codec {
    /// The codec of a name (`avro.codec`).
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "null" => Self::Null,
            "deflate" => Self::Deflate,
            "snappy" => Self::Snappy,
            "bzip2" => Self::Bzip2,
            "zstandard" => Self::Zstandard,
            _ => return None,
        })
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Deflate => "deflate",
            Self::Snappy => "snappy",
            Self::Bzip2 => "bzip2",
            Self::Zstandard => "zstandard",
        }
    }

    fn unpack(self, packed: Vec<u8>) -> io::Result<Vec<u8>> {
        let limited = |input: &mut dyn Read| {
            let mut raw = Vec::new();
            input.take(MAX_BLOCK as u64 + 1).read_to_end(&mut raw)?;
            if raw.len() > MAX_BLOCK { Err(invalid("a block is too long")) } else { Ok(raw) }
        };
        match self {
            Self::Null => Ok(packed),
            Self::Deflate => limited(&mut flate2::read::DeflateDecoder::new(packed.as_slice())),
            Self::Bzip2 => limited(&mut bzip2::read::BzDecoder::new(packed.as_slice())),
            Self::Zstandard => limited(&mut zstd::stream::read::Decoder::new(packed.as_slice())?),
            Self::Snappy => {
                let Some((data, sum)) = packed.split_last_chunk::<4>() else { return Err(invalid("no checksum")) };
                let length = snap::raw::decompress_len(data).map_err(|e| invalid(e.to_string()))?;
                // Snappy packs by a factor of about 20 at most.
                if length > MAX_BLOCK || length > data.len().saturating_mul(64).saturating_add(64) {
                    return Err(invalid("a block is too long"));
                }
                let raw = snap::raw::Decoder::new().decompress_vec(data).map_err(|e| invalid(e.to_string()))?;
                if crc32(&raw) != u32::from_be_bytes(*sum) {
                    return Err(invalid("a block's checksum is wrong"));
                }
                Ok(raw)
            }
        }
        .map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => error,
            _ => invalid(format!("a block cannot be unpacked: {error}")),
        })
    }

    /// Packs a block.
    pub fn pack(self, raw: &[u8]) -> io::Result<Vec<u8>> {
        use std::io::Write;
        Ok(match self {
            Self::Null => raw.to_vec(),
            Self::Deflate => {
                let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
                encoder.write_all(raw)?;
                encoder.finish()?
            }
            Self::Bzip2 => {
                let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
                encoder.write_all(raw)?;
                encoder.finish()?
            }
            Self::Zstandard => zstd::stream::encode_all(raw, 3)?,
            Self::Snappy => {
                let packed = snap::raw::Encoder::new().compress_vec(raw);
                let mut packed = packed.map_err(|error| invalid(error.to_string()))?;
                packed.extend_from_slice(&crc32(raw).to_be_bytes());
                packed
            }
        })
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// What a file begins with.
#[derive(Debug, Clone)]
pub struct Header {
    /// `avro.schema`
    pub schema: String,
    /// `avro.codec`
    pub codec: Codec,
    /// `writer.time.zone`, which Hive adds.
    pub zone: Option<String>,
    /// `writer.proleptic`, which Hive adds.
    pub proleptic: Option<bool>,
    /// `writer.zone.conversion.legacy`, which Hive adds.
    pub legacy: Option<bool>,
    /// What stands behind each block.
    pub sync: [u8; 16],
    /// Where the header ends.
    pub end: u64,
}

impl Header {
    /// Reads the header of a file.
    pub fn read<R: Read>(input: &mut Counted<R>) -> io::Result<Self> {
        if input.array::<4>()? != *b"Obj\x01" {
            return Err(invalid("it is not an Avro data file"));
        }
        let mut header = Self {
            schema: String::new(),
            codec: Codec::Null,
            zone: None,
            proleptic: None,
            legacy: None,
            sync: [0; 16],
            end: 0,
        };
        let mut size = 0usize;
        loop {
            let mut count = zigzag(input)?;
            if count == 0 {
                break;
            }
            if count < 0 {
                count = count.checked_neg().ok_or_else(|| invalid("a block of metadata of no length"))?;
                zigzag(input)?;
            }
            for _ in 0..count {
                let name = piece(input, &mut size)?;
                let value = piece(input, &mut size)?;
                let text = || String::from_utf8_lossy(&value).into_owned();
                match name.as_slice() {
                    b"avro.schema" => header.schema = text(),
                    b"avro.codec" => {
                        header.codec = Codec::from_name(&text())
                            .ok_or_else(|| invalid(format!("Unrecognized codec: {}", text())))?;
                    }
                    b"writer.time.zone" => header.zone = Some(text()),
                    b"writer.zone.conversion.legacy" => header.legacy = Some(value.eq_ignore_ascii_case(b"true")),
                    b"writer.proleptic" => header.proleptic = Some(value.eq_ignore_ascii_case(b"true")),
                    _ => {}
                }
            }
        }
        header.sync = input.array()?;
        header.end = input.position;
        Ok(header)
    }
}

fn piece<R: Read>(input: &mut Counted<R>, size: &mut usize) -> io::Result<Vec<u8>> {
    let length = usize::try_from(zigzag(input)?).map_err(|_| invalid("metadata of no length"))?;
    *size = size.saturating_add(length).saturating_add(1);
    if *size > MAX_METADATA {
        return Err(invalid("too much metadata"));
    }
    input.exact(length)
}

/// A block of records.
#[derive(Debug, Default)]
pub struct Block {
    /// How many there are.
    pub count: u64,
    /// The records.
    pub data: Vec<u8>,
    /// Where the block begins.
    pub offset: u64,
}

/// Reads the next block: one that stands behind a sync marker that begins before `limit`.
pub fn next_block<R: Read>(input: &mut Counted<R>, header: &Header, limit: u64) -> io::Result<Option<Block>> {
    let offset = input.position;
    if offset.saturating_sub(16) >= limit {
        return Ok(None);
    }
    let mut first = [0; 1];
    loop {
        match input.read(&mut first) {
            Ok(0) => return Ok(None),
            Ok(_) => break,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    let count = zigzag_from(first[0], input)?;
    let length = zigzag(input)?;
    let (Ok(count), Some(length)) = (u64::try_from(count), usize::try_from(length).ok().filter(|n| *n <= MAX_BLOCK))
    else {
        return Err(invalid(format!("a block of {count} records in {length} bytes")));
    };
    let data = header.codec.unpack(input.exact(length)?)?;
    if input.array::<16>()? != header.sync {
        return Err(invalid("Invalid sync!"));
    }
    Ok(Some(Block { count, data, offset }))
}

fn zigzag<R: Read>(input: &mut Counted<R>) -> io::Result<i64> {
    let [first] = input.array()?;
    zigzag_from(first, input)
}

fn zigzag_from<R: Read>(first: u8, input: &mut Counted<R>) -> io::Result<i64> {
    let mut byte = first;
    let mut value = 0u64;
    for shift in (0..70).step_by(7) {
        value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
        if byte & 0x80 == 0 {
            return Ok((value >> 1) as i64 ^ -((value & 1) as i64));
        }
        [byte] = input.array()?;
    }
    Err(invalid("Invalid long encoding"))
}

/// Takes a number off the front of bytes.
pub fn take_zigzag(bytes: &mut &[u8]) -> Option<i64> {
    let mut value = 0u64;
    for shift in (0..70).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
        if byte & 0x80 == 0 {
            return Some((value >> 1) as i64 ^ -((value & 1) as i64));
        }
    }
    None
}

/// Adds a number.
pub fn put_zigzag(value: i64, out: &mut Vec<u8>) {
    let mut rest = (value << 1 ^ value >> 63) as u64;
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}
