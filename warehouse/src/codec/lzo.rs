//! LZO1X unpacked, with every length and distance checked.

use std::io;

use super::blocks::invalid;

/// Unpacks one LZO1X stream into at most `most` bytes.
pub fn decompress(packed: &[u8], most: usize) -> io::Result<Vec<u8>> {
    let mut stream = Stream { packed, at: 0, out: Vec::with_capacity(most.min(packed.len() * 4)), most };
    stream.run()?;
    Ok(stream.out)
}

struct Stream<'a> {
    packed: &'a [u8],
    at: usize,
    out: Vec<u8>,
    most: usize,
}

impl Stream<'_> {
    fn run(&mut self) -> io::Result<()> {
        // How many literals came just before: 0, 1 to 3, or 4 for a run. It decides what small codes mean.
        let mut state = 0;
        if let Some(first) = self.packed.first().filter(|first| **first > 17) {
            self.at = 1;
            let count = usize::from(*first) - 17;
            self.literals(count)?;
            state = count.min(4);
        }
        loop {
            let code = usize::from(self.byte()?);
            let (length, distance, after) = match code {
                0..16 if state == 0 => {
                    let count = self.length(code, 15)? + 3;
                    self.literals(count)?;
                    state = 4;
                    continue;
                }
                0..16 => {
                    let high = usize::from(self.byte()?) << 2;
                    let near = high + (code >> 2) + 1;
                    if state == 4 { (3, near + 2048, code & 3) } else { (2, near, code & 3) }
                }
                16..32 => {
                    let length = self.length(code & 7, 7)? + 2;
                    let pair = self.pair()?;
                    let distance = ((code & 8) << 11) + (pair >> 2);
                    if distance == 0 {
                        return self.end();
                    }
                    (length, distance + 16384, pair & 3)
                }
                32..64 => {
                    let length = self.length(code & 31, 31)? + 2;
                    let pair = self.pair()?;
                    (length, (pair >> 2) + 1, pair & 3)
                }
                _ => {
                    let high = usize::from(self.byte()?) << 3;
                    let length = if code < 128 { 3 + (code >> 5 & 1) } else { 5 + (code >> 5 & 3) };
                    (length, high + (code >> 2 & 7) + 1, code & 3)
                }
            };
            self.copy(length, distance)?;
            self.literals(after)?;
            state = after;
        }
    }

    fn byte(&mut self) -> io::Result<u8> {
        let byte = self.packed.get(self.at).copied().ok_or_else(|| invalid("LZO: the data end early".to_string()))?;
        self.at += 1;
        Ok(byte)
    }

    fn pair(&mut self) -> io::Result<usize> {
        Ok(usize::from(self.byte()?) | usize::from(self.byte()?) << 8)
    }

    /// A length, of which 0 says that it goes on in the next bytes.
    fn length(&mut self, short: usize, base: usize) -> io::Result<usize> {
        if short > 0 {
            return Ok(short);
        }
        let mut length = base;
        loop {
            match self.byte()? {
                0 => length += 255,
                last => return Ok(length + usize::from(last)),
            }
        }
    }

    fn literals(&mut self, count: usize) -> io::Result<()> {
        let bytes = self.packed.get(self.at..self.at + count);
        let bytes = bytes.ok_or_else(|| invalid("LZO: the data end early".to_string()))?;
        self.room(count)?;
        self.out.extend_from_slice(bytes);
        self.at += count;
        Ok(())
    }

    fn copy(&mut self, length: usize, distance: usize) -> io::Result<()> {
        let start = self.out.len().checked_sub(distance);
        let start = start.ok_or_else(|| invalid("LZO: a match begins before the data".to_string()))?;
        self.room(length)?;
        if distance >= length {
            self.out.extend_from_within(start..start + length);
        } else {
            // The copy runs into what it makes.
            for i in start..start + length {
                self.out.push(self.out[i]);
            }
        }
        Ok(())
    }

    fn room(&self, count: usize) -> io::Result<()> {
        if self.out.len() + count > self.most {
            return Err(invalid(format!("LZO: the data are longer than {} bytes", self.most)));
        }
        Ok(())
    }

    fn end(&self) -> io::Result<()> {
        match self.packed.len() - self.at {
            0 => Ok(()),
            rest => Err(invalid(format!("LZO: {rest} bytes follow the end"))),
        }
    }
}
