//! Files of the lzop tool and of `LzopCodec`.
//!
//! ```text
//! file   = (magic, header, block*, 0 (u32))*
//! header = version, library version, needed version (u16 each), method, level (u8), flags, [filter], mode,
//!          mtime, mtime high (u32), name length (u8), name, checksum (u32), [extra field]
//! block  = raw length, stored length (u32), checksums by the flags (u32 each), stored bytes
//! ```
//! Numbers are big-endian. A block that could not be made smaller is stored as it is, and then both lengths are equal.

use std::io::{self, BufReader, Read, Write};

use super::blocks::{ChunkCodec, MAX_CHUNK};
use super::decoder::{Input, corrupt, read_array, read_bytes, read_u32, truncated};
use super::lz::Lzo;
use crate::store::Output;

const MAGIC: [u8; 9] = [0x89, b'L', b'Z', b'O', 0, b'\r', b'\n', 0x1a, b'\n'];
/// Since this version there are the needed version, the level and the high half of the time.
const VERSION_WITH_LEVEL: u16 = 0x0940;
/// What we write, as hadoop-lzo does.
const VERSION: u16 = 0x1010;
const LIBRARY_VERSION: u16 = 0x2080;
/// Raw bytes of a block that is written, as lzop has it.
const BLOCK: usize = 256 * 1024;

/// Flags: checksums of the raw and of the stored bytes, and what else changes the layout.
const ADLER32_RAW: u32 = 0x1;
const ADLER32_STORED: u32 = 0x2;
const EXTRA_FIELD: u32 = 0x40;
const CRC32_RAW: u32 = 0x100;
const CRC32_STORED: u32 = 0x200;
const MULTIPART: u32 = 0x400;
const FILTER: u32 = 0x800;
const CRC32_HEADER: u32 = 0x1000;

/// Unpacks files of lzop, also several behind one another.
pub(super) struct LzopReader {
    input: Input,
    codec: Lzo,
    /// Flags of the file we are in; none between two.
    flags: Option<u32>,
    stored: Vec<u8>,
    raw: Vec<u8>,
    at: usize,
}

impl LzopReader {
    pub fn new(input: Box<dyn Read + Send>) -> Self {
        let input = BufReader::with_capacity(64 * 1024, input);
        Self { input, codec: Lzo::default(), flags: None, stored: Vec::new(), raw: Vec::new(), at: 0 }
    }

    /// Unpacks the next block. Returns whether there was one.
    fn next_block(&mut self) -> io::Result<bool> {
        loop {
            let Some(flags) = self.flags else {
                self.flags = read_header(&mut self.input)?;
                if self.flags.is_none() {
                    return Ok(false);
                }
                continue;
            };
            let raw = read_u32(&mut self.input)? as usize;
            if raw == 0 {
                self.flags = None;
                continue;
            }
            let stored = read_u32(&mut self.input)? as usize;
            if raw > MAX_CHUNK || stored > raw || stored == 0 {
                return Err(corrupt(format!("a block of {stored} bytes for {raw}")));
            }
            let mut checksum = |flag, wanted| -> io::Result<Option<u32>> {
                if wanted && flags & flag != 0 { read_u32(&mut self.input).map(Some) } else { Ok(None) }
            };
            let packed = stored < raw;
            let raw_adler = checksum(ADLER32_RAW, true)?;
            let raw_crc = checksum(CRC32_RAW, true)?;
            let stored_adler = checksum(ADLER32_STORED, packed)?;
            let stored_crc = checksum(CRC32_STORED, packed)?;
            read_bytes(&mut self.input, stored, &mut self.stored)?;
            check(stored_adler, stored_crc, &self.stored)?;
            self.at = 0;
            self.raw.clear();
            if packed {
                self.codec.decompress(&self.stored, raw, &mut self.raw)?;
                if self.raw.len() != raw {
                    return Err(corrupt(format!("a block has {} bytes instead of {raw}", self.raw.len())));
                }
            } else {
                std::mem::swap(&mut self.raw, &mut self.stored);
            }
            check(raw_adler, raw_crc, &self.raw)?;
            return Ok(true);
        }
    }
}

impl Read for LzopReader {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        while self.at == self.raw.len() && !output.is_empty() {
            if !self.next_block()? {
                return Ok(0);
            }
        }
        let count = output.len().min(self.raw.len() - self.at);
        output[..count].copy_from_slice(&self.raw[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

fn check(adler: Option<u32>, crc: Option<u32>, bytes: &[u8]) -> io::Result<()> {
    if adler.is_some_and(|sum| sum != adler32(bytes)) || crc.is_some_and(|sum| sum != crc32(bytes)) {
        return Err(corrupt("a checksum of an LZO block does not match"));
    }
    Ok(())
}

/// Reads a header whose checksum is of all its bytes. Returns the flags, or `None` right at the end of the input.
fn read_header(input: &mut Input) -> io::Result<Option<u32>> {
    let mut magic = Vec::with_capacity(MAGIC.len());
    input.take(MAGIC.len() as u64).read_to_end(&mut magic)?;
    if magic.is_empty() {
        return Ok(None);
    }
    if magic != MAGIC {
        return Err(if MAGIC.starts_with(&magic) { truncated() } else { corrupt("not a file of lzop") });
    }
    let mut header = Header { input, bytes: Vec::new() };
    let version = header.u16()?;
    header.u16()?;
    if version >= VERSION_WITH_LEVEL {
        header.u16()?;
    }
    let [method] = header.take()?;
    if !(1..=3).contains(&method) {
        return Err(corrupt(format!("lzop's method {method} is not supported")));
    }
    if version >= VERSION_WITH_LEVEL {
        header.take::<1>()?;
    }
    let flags = u32::from_be_bytes(header.take()?);
    if flags & (MULTIPART | FILTER) != 0 {
        return Err(corrupt("lzop's multi-part and filtered files are not supported"));
    }
    header.take::<8>()?;
    if version >= VERSION_WITH_LEVEL {
        header.take::<4>()?;
    }
    let [name] = header.take()?;
    for _ in 0..name {
        header.take::<1>()?;
    }
    let bytes = header.bytes;
    let sum = if flags & CRC32_HEADER != 0 { crc32(&bytes) } else { adler32(&bytes) };
    if read_u32(input)? != sum {
        return Err(corrupt("the checksum of lzop's header does not match"));
    }
    if flags & EXTRA_FIELD != 0 {
        // With its checksum.
        let length = u64::from(read_u32(input)?) + 4;
        if io::copy(&mut input.take(length), &mut io::sink())? < length {
            return Err(truncated());
        }
    }
    Ok(Some(flags))
}

/// A header being read, with what was read of it.
struct Header<'a> {
    input: &'a mut Input,
    bytes: Vec<u8>,
}

impl Header<'_> {
    fn take<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let bytes = read_array(self.input)?;
        self.bytes.extend(bytes);
        Ok(bytes)
    }

    fn u16(&mut self) -> io::Result<u16> {
        self.take().map(u16::from_be_bytes)
    }
}

/// Packs a file of lzop, with checksums of the raw bytes.
pub(super) struct LzopWriter {
    output: Output,
    codec: Lzo,
    raw: Vec<u8>,
    packed: Vec<u8>,
}

impl LzopWriter {
    /// Bytes that one holds.
    pub const MEMORY: usize = 2 * BLOCK;

    pub fn new(mut output: Output) -> io::Result<Self> {
        let mut header = Vec::new();
        for version in [VERSION, LIBRARY_VERSION, VERSION_WITH_LEVEL] {
            header.extend(version.to_be_bytes());
        }
        // LZO1X-1 with its usual level.
        header.extend([1, 5]);
        // The flags, the mode of a plain file, and no time.
        for number in [ADLER32_RAW, 0o100_644, 0, 0] {
            header.extend(number.to_be_bytes());
        }
        // No name.
        header.push(0);
        header.extend(adler32(&header).to_be_bytes());
        output.write_all(&MAGIC)?;
        output.write_all(&header)?;
        Ok(Self { output, codec: Lzo::default(), raw: Vec::with_capacity(BLOCK), packed: Vec::new() })
    }

    fn write_block(&mut self) -> io::Result<()> {
        self.packed.clear();
        self.codec.compress(&self.raw, &mut self.packed)?;
        let stored = if self.packed.len() < self.raw.len() { &self.packed } else { &self.raw };
        for number in [self.raw.len() as u32, stored.len() as u32, adler32(&self.raw)] {
            self.output.write_all(&number.to_be_bytes())?;
        }
        self.output.write_all(stored)?;
        self.raw.clear();
        Ok(())
    }

    /// Writes what is left and gives the file back.
    pub fn finish(mut self) -> io::Result<Output> {
        if !self.raw.is_empty() {
            self.write_block()?;
        }
        self.output.write_all(&[0; 4])?;
        Ok(self.output)
    }
}

impl Write for LzopWriter {
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

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

fn adler32(bytes: &[u8]) -> u32 {
    const MODULUS: u32 = 65521;
    let (mut a, mut b) = (1, 0);
    // So many bytes cannot overflow the sums.
    for part in bytes.chunks(5552) {
        for byte in part {
            a += u32::from(*byte);
            b += a;
        }
        a %= MODULUS;
        b %= MODULUS;
    }
    b << 16 | a
}
