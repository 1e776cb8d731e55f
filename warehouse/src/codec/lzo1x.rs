//! LZO1X, the stream format of the LZO library, as the Linux kernel's `Documentation/staging/lzo.rst` describes it.
//!
//! A stream is a row of instructions. Each copies bytes of what was unpacked before (a match) or of the stream itself
//! (a literal run); up to three more literals may follow a match, their number is in its two lowest bits.

/// Least distance of the matches that are farthest.
const FAR: usize = 0x4000;
/// Greatest distance of a match.
const MAX_DISTANCE: usize = 0xbfff;
/// Shortest match that the compressor looks for.
const MIN_MATCH: usize = 4;
const HASH_BITS: u32 = 14;

/// Unpacks a stream that must be complete, into an empty buffer. More than `limit` bytes are an error.
pub(crate) fn decompress(stream: &[u8], limit: usize, out: &mut Vec<u8>) -> Result<(), &'static str> {
    let mut stream = Stream { bytes: stream, at: 0, limit };
    // Literals before this instruction: 0 to 3 behind a match, 4 for a literal run of any length.
    let mut literals = 0;
    if let Some(first @ 18..) = stream.bytes.first().copied() {
        stream.at = 1;
        let length = usize::from(first) - 17;
        stream.literals(length, out)?;
        literals = length.min(4);
    }
    loop {
        let code = usize::from(stream.byte()?);
        let (distance, length, low) = match code {
            64.. => (1 + (code >> 2 & 7) + (usize::from(stream.byte()?) << 3), 1 + (code >> 5), code & 3),
            32.. => {
                let length = stream.length(code & 31, 31)? + 2;
                let word = stream.word()?;
                (1 + (word >> 2), length, word & 3)
            }
            16.. => {
                let length = stream.length(code & 7, 7)? + 2;
                let word = stream.word()?;
                let distance = FAR + ((code & 8) << 11) + (word >> 2);
                if distance == FAR {
                    let complete = length == 3 && stream.at == stream.bytes.len();
                    return if complete { Ok(()) } else { Err("bytes behind the end of the stream") };
                }
                (distance, length, word & 3)
            }
            _ if literals == 0 => {
                let length = stream.length(code, 15)? + 3;
                stream.literals(length, out)?;
                literals = 4;
                continue;
            }
            _ => {
                let near = (code >> 2) + (usize::from(stream.byte()?) << 2);
                if literals == 4 { (near + 0x801, 3, code & 3) } else { (near + 1, 2, code & 3) }
            }
        };
        stream.copy(distance, length, out)?;
        stream.literals(low, out)?;
        literals = low;
    }
}

struct Stream<'a> {
    bytes: &'a [u8],
    at: usize,
    limit: usize,
}

impl Stream<'_> {
    fn byte(&mut self) -> Result<u8, &'static str> {
        let byte = self.bytes.get(self.at).copied().ok_or("the stream ends too early")?;
        self.at += 1;
        Ok(byte)
    }

    fn word(&mut self) -> Result<usize, &'static str> {
        Ok(usize::from(u16::from_le_bytes([self.byte()?, self.byte()?])))
    }

    /// A length whose bits in the instruction are given. If these are 0, bytes follow: each 0 stands for 255, and the
    /// first that is none is added to them and to `most`, what the bits could have said.
    fn length(&mut self, bits: usize, most: usize) -> Result<usize, &'static str> {
        if bits > 0 {
            return Ok(bits);
        }
        let mut length = most;
        loop {
            match self.byte()? {
                0 => length += 255,
                last => return Ok(length + usize::from(last)),
            }
        }
    }

    fn check(&self, length: usize, out: &[u8]) -> Result<(), &'static str> {
        if length > self.limit - out.len() { Err("it gives more than it should") } else { Ok(()) }
    }

    fn literals(&mut self, length: usize, out: &mut Vec<u8>) -> Result<(), &'static str> {
        self.check(length, out)?;
        let literals = self.bytes.get(self.at..self.at + length).ok_or("the stream ends too early")?;
        out.extend_from_slice(literals);
        self.at += length;
        Ok(())
    }

    fn copy(&self, distance: usize, length: usize, out: &mut Vec<u8>) -> Result<(), &'static str> {
        self.check(length, out)?;
        let start = out.len().checked_sub(distance).ok_or("a match before the start")?;
        // A match may overlap what it makes: then the bytes repeat.
        let end = out.len() + length;
        while out.len() < end {
            let count = (end - out.len()).min(out.len() - start);
            out.extend_from_within(start..start + count);
        }
        Ok(())
    }
}

/// Packs streams.
pub(super) struct Compressor {
    /// Where bytes of a hash were seen last, plus one.
    seen: Vec<u32>,
}

impl Default for Compressor {
    fn default() -> Self {
        Self { seen: vec![0; 1 << HASH_BITS] }
    }
}

impl Compressor {
    /// Bytes that one holds.
    pub const MEMORY: usize = 4 << HASH_BITS;

    /// Packs bytes, less than 4 GiB, behind what `out` holds.
    pub fn compress(&mut self, raw: &[u8], out: &mut Vec<u8>) {
        self.seen.fill(0);
        let start = out.len();
        // Bytes before this one are written.
        let mut written = 0;
        let mut at = 0;
        while let Some(head) = raw.get(at..at + MIN_MATCH) {
            let hash = (u32::from_le_bytes([head[0], head[1], head[2], head[3]]).wrapping_mul(0x9e37_79b1)
                >> (32 - HASH_BITS)) as usize;
            let before = std::mem::replace(&mut self.seen[hash], at as u32 + 1) as usize;
            let distance = (at + 1).wrapping_sub(before);
            if before == 0 || distance > MAX_DISTANCE || &raw[at - distance..at - distance + MIN_MATCH] != head {
                // The longer nothing matches, the larger the steps.
                at += 1 + (at - written) / 64;
                continue;
            }
            let more = raw[at..].iter().zip(&raw[at - distance..]).skip(MIN_MATCH);
            let length = MIN_MATCH + more.take_while(|(a, b)| a == b).count();
            write_literals(&raw[written..at], start, out);
            write_match(distance, length, out);
            at += length;
            written = at;
        }
        write_literals(&raw[written..], start, out);
        out.extend([17, 0, 0]);
    }
}

/// Writes literals; the stream begins at `start`, and what is before them, if anything, is a match.
fn write_literals(literals: &[u8], start: usize, out: &mut Vec<u8>) {
    let length = literals.len();
    let at_start = out.len() == start;
    match length {
        0 => return,
        // Both kinds of matches have their two lowest bits in the last byte but one.
        1..=3 if !at_start => {
            let low = out.len() - 2;
            out[low] |= length as u8;
        }
        1..=238 if at_start => out.push(17 + length as u8),
        4..=18 => out.push(length as u8 - 3),
        _ => {
            out.push(0);
            write_length(length - 18, out);
        }
    }
    out.extend_from_slice(literals);
}

fn write_match(distance: usize, length: usize, out: &mut Vec<u8>) {
    if distance <= 0x800 && length <= 8 {
        let distance = distance - 1;
        out.extend([((length - 1) << 5 | (distance & 7) << 2) as u8, (distance >> 3) as u8]);
        return;
    }
    let (code, most, word) = if distance <= FAR {
        (32, 33, (distance - 1) << 2)
    } else {
        (16 | ((distance - FAR) & 0x4000) >> 11, 9, ((distance - FAR) & 0x3fff) << 2)
    };
    if length <= most {
        out.push((code | (length - 2)) as u8);
    } else {
        out.push(code as u8);
        write_length(length - most, out);
    }
    out.extend((word as u16).to_le_bytes());
}

/// Writes what of a length, at least 1, did not go into the instruction.
fn write_length(mut rest: usize, out: &mut Vec<u8>) {
    while rest > 255 {
        out.push(0);
        rest -= 255;
    }
    out.push(rest as u8);
}
