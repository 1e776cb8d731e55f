//! Files of the program `lzop`, which `LzopCodec` reads and writes: a header, then blocks with checksums.

use std::io::{self, Read, Write};

use super::blocks::{BlockCodec, invalid, read_bytes, read_u32};
use super::encoder::{Encoder, Sink};
use crate::store::Output;

const MAGIC: [u8; 9] = [0x89, b'L', b'Z', b'O', 0x00, 0x0d, 0x0a, 0x1a, 0x0a];
/// Bytes of a block as the writer makes them.
const BLOCK: usize = 256 * 1024;
/// Longest block that is believed, as in lzop itself.
const MAX_BLOCK: u32 = 64 << 20;

// Flags of the header: which checksums follow the lengths of a block, and what else the header has.
const ADLER32_UNPACKED: u32 = 0x1;
const ADLER32_PACKED: u32 = 0x2;
const EXTRA_FIELD: u32 = 0x40;
const CRC32_UNPACKED: u32 = 0x100;
const CRC32_PACKED: u32 = 0x200;
const MULTIPART: u32 = 0x400;
const FILTER: u32 = 0x800;

/// Unpacks an lzop file.
pub struct LzopReader {
    input: Box<dyn Read + Send>,
    flags: Option<u32>,
    block: Vec<u8>,
    at: usize,
    ended: bool,
}

impl LzopReader {
    /// Unpacks an input.
    pub fn new(input: Box<dyn Read + Send>) -> Self {
        Self { input, flags: None, block: Vec::new(), at: 0, ended: false }
    }

    fn u32(&mut self) -> io::Result<u32> {
        read_u32(&mut self.input)?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    /// Reads the header. Returns its flags.
    fn header(&mut self) -> io::Result<u32> {
        if read_bytes(&mut self.input, MAGIC.len())? != MAGIC {
            return Err(invalid("it does not begin as an lzop file does".to_string()));
        }
        let mut fixed = Vec::new();
        let mut take = |input: &mut Box<dyn Read + Send>, count: usize| -> io::Result<Vec<u8>> {
            let bytes = read_bytes(input, count)?;
            fixed.extend_from_slice(&bytes);
            Ok(bytes)
        };
        let versions = take(&mut self.input, 6)?;
        let needs_level = versions[0] > 0x09 || (versions[0] == 0x09 && versions[1] >= 0x40);
        let method = take(&mut self.input, 1)?[0];
        if !(1..=3).contains(&method) {
            return Err(invalid(format!("lzop method {method} is not known")));
        }
        if needs_level {
            take(&mut self.input, 1)?;
        }
        let bytes = take(&mut self.input, 4)?;
        let flags = bytes.iter().fold(0u32, |number, byte| number << 8 | u32::from(*byte));
        if flags & (MULTIPART | FILTER) != 0 {
            return Err(invalid(format!("lzop flags {flags:#x} are not supported")));
        }
        // Mode, modification time (its upper half in newer files), the file's name.
        take(&mut self.input, if needs_level { 12 } else { 8 })?;
        let name = usize::from(take(&mut self.input, 1)?[0]);
        take(&mut self.input, name)?;
        let checksum = self.u32()?;
        if checksum != adler32(&fixed) && checksum != crc32(&fixed) {
            return Err(invalid("the checksum of the lzop header is wrong".to_string()));
        }
        if flags & EXTRA_FIELD != 0 {
            let length = self.u32()?;
            if length > MAX_BLOCK {
                return Err(invalid("the extra field of the lzop header is too long".to_string()));
            }
            read_bytes(&mut self.input, length as usize + 4)?;
        }
        Ok(flags)
    }

    fn advance(&mut self) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        let flags = match self.flags {
            Some(flags) => flags,
            None => {
                let flags = self.header()?;
                self.flags = Some(flags);
                flags
            }
        };
        let unpacked = self.u32()?;
        if unpacked == 0 {
            self.ended = true;
            return Ok(false);
        }
        let packed = self.u32()?;
        if unpacked > MAX_BLOCK || packed > unpacked {
            return Err(invalid(format!("an lzop block claims {packed} bytes for {unpacked}")));
        }
        let sum = |reader: &mut Self, flag: u32| if flags & flag != 0 { reader.u32().map(Some) } else { Ok(None) };
        let adler = sum(self, ADLER32_UNPACKED)?;
        let crc = sum(self, CRC32_UNPACKED)?;
        // A block that could not be made smaller stands as it is, and has no checksums for its packed form.
        if packed < unpacked {
            sum(self, ADLER32_PACKED)?;
            sum(self, CRC32_PACKED)?;
        }
        let bytes = read_bytes(&mut self.input, packed as usize)?;
        self.block = if packed < unpacked { BlockCodec::Lzo.decompress(&bytes, unpacked as usize)? } else { bytes };
        self.at = 0;
        if self.block.len() != unpacked as usize {
            return Err(invalid(format!("an lzop block has {} bytes, not {unpacked}", self.block.len())));
        }
        if adler.is_some_and(|sum| sum != adler32(&self.block)) || crc.is_some_and(|sum| sum != crc32(&self.block)) {
            return Err(invalid("the checksum of an lzop block is wrong".to_string()));
        }
        Ok(true)
    }
}

impl Read for LzopReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.block.len() && !self.advance()? {
            return Ok(0);
        }
        let count = buffer.len().min(self.block.len() - self.at);
        buffer[..count].copy_from_slice(&self.block[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

/// Packs into an lzop file.
pub struct LzopWriter {
    output: Sink,
    block: Vec<u8>,
}

impl LzopWriter {
    /// Begins a file.
    pub fn new(output: Output) -> io::Result<Self> {
        let mut output = Sink(output);
        let mut header = Vec::new();
        // Version of the writer, of the library, and the oldest that can read it; method LZO1X-1; level 5.
        header.extend_from_slice(&[0x10, 0x10, 0x20, 0x50, 0x09, 0x40, 1, 5]);
        header.extend_from_slice(&ADLER32_UNPACKED.to_be_bytes());
        header.extend_from_slice(&0o100_644u32.to_be_bytes());
        // Modification time, and the length of the name: none.
        header.extend_from_slice(&[0; 9]);
        output.write_all(&MAGIC)?;
        output.write_all(&header)?;
        output.write_all(&adler32(&header).to_be_bytes())?;
        Ok(Self { output, block: Vec::with_capacity(BLOCK) })
    }

    fn write_block(&mut self) -> io::Result<()> {
        if self.block.is_empty() {
            return Ok(());
        }
        let packed = BlockCodec::Lzo.compress(&self.block)?;
        let bytes = if packed.len() < self.block.len() { &packed } else { &self.block };
        self.output.write_all(&(self.block.len() as u32).to_be_bytes())?;
        self.output.write_all(&(bytes.len() as u32).to_be_bytes())?;
        self.output.write_all(&adler32(&self.block).to_be_bytes())?;
        self.output.write_all(bytes)?;
        self.block.clear();
        Ok(())
    }
}

impl Write for LzopWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.block.len() >= BLOCK {
            self.write_block()?;
        }
        let count = bytes.len().min(BLOCK - self.block.len());
        self.block.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Encoder for LzopWriter {
    fn memory_size(&self) -> usize {
        self.block.capacity()
    }

    fn finish(mut self: Box<Self>) -> io::Result<Output> {
        self.write_block()?;
        self.output.write_all(&0u32.to_be_bytes())?;
        Ok(self.output.0)
    }
}

fn adler32(bytes: &[u8]) -> u32 {
    let (mut a, mut b) = (1u32, 0u32);
    // So many bytes fit before the sums could overflow.
    for chunk in bytes.chunks(5552) {
        for byte in chunk {
            a += u32::from(*byte);
            b += a;
        }
        (a, b) = (a % 65521, b % 65521);
    }
    b << 16 | a
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}
