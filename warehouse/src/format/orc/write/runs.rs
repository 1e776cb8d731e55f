//! Run-length encodings of the ORC specification: bits, bytes, and integers (version 2).
//!
//! Each function ends its runs with its input, so that a reader can begin at what the next call writes.

/// Longest run of integers.
const MAX_RUN: usize = 512;
/// Longest run of bytes that are alike.
const MAX_BYTE_RUN: usize = 130;
/// Longest run of bytes that are not.
const MAX_BYTE_LITERALS: usize = 128;

/// Bytes that repeat.
pub(super) fn encode_bytes(values: &[u8], out: &mut Vec<u8>) {
    let mut at = 0;
    while at < values.len() {
        let run = run_of(values, at, MAX_BYTE_RUN);
        if run >= 3 {
            out.extend([(run - 3) as u8, values[at]]);
            at += run;
            continue;
        }
        let start = at;
        while at < values.len() && at - start < MAX_BYTE_LITERALS && run_of(values, at, 3) < 3 {
            at += 1;
        }
        let count = at - start;
        out.push((-(count as i16)) as u8);
        out.extend_from_slice(&values[start..at]);
    }
}

fn run_of<T: PartialEq>(values: &[T], at: usize, most: usize) -> usize {
    values[at..].iter().take(most).take_while(|value| **value == values[at]).count()
}

/// Bits, eight to a byte; the bits of a byte that is not full wait for the next call.
#[derive(Debug, Default)]
pub(super) struct BitWriter {
    byte: u8,
    /// Bits that wait.
    pub waiting: u8,
}

impl BitWriter {
    pub fn encode(&mut self, bits: &[bool], out: &mut Vec<u8>) {
        let mut bytes = Vec::with_capacity(bits.len() / 8 + 1);
        for bit in bits {
            self.byte |= u8::from(*bit) << (7 - self.waiting);
            self.waiting += 1;
            if self.waiting == 8 {
                bytes.push(self.byte);
                (self.byte, self.waiting) = (0, 0);
            }
        }
        encode_bytes(&bytes, out);
    }

    pub fn finish(self, out: &mut Vec<u8>) {
        if self.waiting > 0 {
            encode_bytes(&[self.byte], out);
        }
    }
}

/// Integers. `signed` ones are zigzag-encoded.
pub(super) fn encode_integers(values: &[i64], signed: bool, out: &mut Vec<u8>) {
    let mut at = 0;
    while at < values.len() {
        let run = Run::at(values, at, MAX_RUN);
        if run.length >= 3 && run.step == 0 && run.length <= 10 {
            short_repeat(values[at], run.length, signed, out);
            at += run.length;
        } else if run.is_worth() {
            fixed_delta(values[at], run.step, run.length, signed, out);
            at += run.length;
        } else {
            let start = at;
            at += 1;
            while at < values.len() && at - start < MAX_RUN && !Run::at(values, at, 8).is_worth() {
                at += 1;
            }
            direct(&values[start..at], signed, out);
        }
    }
}

/// Values that differ by the same step.
struct Run {
    length: usize,
    step: i64,
}

impl Run {
    fn at(values: &[i64], at: usize, most: usize) -> Self {
        let rest = &values[at..values.len().min(at + most)];
        let Some(step) = rest.get(1).and_then(|second| second.checked_sub(rest[0])) else {
            return Self { length: 1, step: 0 };
        };
        let steps = rest.windows(2).take_while(|pair| pair[1].checked_sub(pair[0]) == Some(step)).count();
        Self { length: steps + 1, step }
    }

    /// Is it shorter as a run?
    fn is_worth(&self) -> bool {
        self.length >= if self.step == 0 { 5 } else { 8 }
    }
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

fn raw(value: i64, signed: bool) -> u64 {
    if signed { zigzag(value) } else { value as u64 }
}

fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// A number of any length, zigzag-encoded, seven bits to a byte: the digits of a decimal.
pub(super) fn signed_varint_128(value: i128, out: &mut Vec<u8>) {
    let mut rest = ((value << 1) ^ (value >> 127)) as u128;
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

fn short_repeat(value: i64, count: usize, signed: bool, out: &mut Vec<u8>) {
    let value = raw(value, signed);
    let width = (8 - value.leading_zeros() as usize / 8).max(1);
    out.push((((width - 1) << 3) | (count - 3)) as u8);
    out.extend_from_slice(&value.to_be_bytes()[8 - width..]);
}

fn header(mode: u8, width_code: u8, length: usize, out: &mut Vec<u8>) {
    let length = length - 1;
    out.push((mode << 6) | (width_code << 1) | (length >> 8) as u8);
    out.push(length as u8);
}

fn fixed_delta(first: i64, step: i64, length: usize, signed: bool, out: &mut Vec<u8>) {
    header(3, 0, length, out);
    varint(raw(first, signed), out);
    varint(zigzag(step), out);
}

fn direct(values: &[i64], signed: bool, out: &mut Vec<u8>) {
    let all = values.iter().fold(0, |bits, value| bits | raw(*value, signed));
    let (width, code) = width_of(64 - all.leading_zeros());
    header(1, code, values.len(), out);
    let (mut buffer, mut used) = (0u128, 0u32);
    for value in values {
        buffer = (buffer << width) | u128::from(raw(*value, signed));
        used += width;
        while used >= 8 {
            used -= 8;
            out.push((buffer >> used) as u8);
        }
        buffer &= (1 << used) - 1;
    }
    if used > 0 {
        out.push((buffer << (8 - used)) as u8);
    }
}

/// The next width that the encoding knows, with its code.
fn width_of(bits: u32) -> (u32, u8) {
    match bits {
        0 | 1 => (1, 0),
        2..=24 => (bits, bits as u8 - 1),
        25..=26 => (26, 24),
        27..=28 => (28, 25),
        29..=30 => (30, 26),
        31..=32 => (32, 27),
        33..=40 => (40, 28),
        41..=48 => (48, 29),
        49..=56 => (56, 30),
        _ => (64, 31),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn integers(values: &[i64], signed: bool) -> Vec<u8> {
        let mut out = Vec::new();
        encode_integers(values, signed, &mut out);
        out
    }

    #[test]
    fn examples_of_the_specification() {
        assert_eq!(integers(&[10_000; 5], false), [0x0a, 0x27, 0x10]);
        assert_eq!(
            integers(&[23_713, 43_806, 57_005, 48_879], false),
            [0x5e, 0x03, 0x5c, 0xa1, 0xab, 0x1e, 0xde, 0xad, 0xbe, 0xef]
        );
        let mut out = Vec::new();
        encode_bytes(&[0; 100], &mut out);
        assert_eq!(out, [0x61, 0x00]);
        out.clear();
        encode_bytes(&[0x44, 0x45], &mut out);
        assert_eq!(out, [0xfe, 0x44, 0x45]);
        out.clear();
        let mut bits = BitWriter::default();
        bits.encode(&[true, false, false, false, false, false, false, false], &mut out);
        bits.finish(&mut out);
        assert_eq!(out, [0xff, 0x80]);
        out.clear();
        signed_varint_128(-1, &mut out);
        assert_eq!(out, [1]);
    }
}
