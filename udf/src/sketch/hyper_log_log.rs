//! Hive's `HyperLogLog`: few values are kept in a map of 2^25 virtual registers, many in 2^p registers.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::error::{Result, UdfError};

const MAGIC: &[u8] = b"HLL";
/// Bits that choose a register while the sketch is sparse, and those of a register's value.
const SPARSE_BITS: u32 = 25;
const VALUE_BITS: u32 = 6;
/// How many of the nearest measured estimates the bias is taken from.
const NEIGHBOURS: usize = 6;
/// Up to how many values linear counting is closer, by p from 4 on.
const THRESHOLDS: [i64; 13] = [10, 20, 40, 80, 220, 400, 900, 1800, 3100, 6500, 15500, 20000, 50000];
/// Measured estimates and their bias, by p: Heule, Nunkesser, Hall, "HyperLogLog in Practice", appendix. Three lines
/// each: p, estimates, biases.
const BIASES: &str = include_str!("bias.txt");

/// A sketch of values that come hashed to 64 bits.
#[derive(Debug, Clone, PartialEq)]
pub struct HyperLogLog {
    bits: u32,
    registers: Registers,
}

#[derive(Debug, Clone, PartialEq)]
enum Registers {
    Sparse(BTreeMap<u32, u8>),
    Dense(Vec<u8>),
}

impl HyperLogLog {
    /// An empty sketch of 2^`bits` registers; `bits` is held within Hive's 4 to 16. Statistics have 10.
    pub fn new(bits: u32) -> HyperLogLog {
        HyperLogLog { bits: bits.clamp(4, 16), registers: Registers::Sparse(BTreeMap::new()) }
    }

    /// Adds a hashed value.
    pub fn add(&mut self, hash: u64) {
        let value = (hash >> self.bits).trailing_zeros() as u8 + 1;
        let mask = (1_u64 << SPARSE_BITS) - 1;
        match &mut self.registers {
            Registers::Sparse(map) => {
                let key = (hash & mask) as u32;
                // Hive packs longer runs of zeros into six bits.
                let value = if key >> self.bits == 0 { value & ((1 << VALUE_BITS) - 1) } else { value };
                let kept = map.entry(key).or_insert(value);
                *kept = value.max(*kept);
                self.grow();
            }
            Registers::Dense(registers) => raise(registers, (hash & mask) as u32, value),
        }
    }

    /// Becomes dense when there are too many values for the map.
    fn grow(&mut self) {
        if let Registers::Sparse(map) = &self.registers
            && map.len() > (1 << self.bits) * 6 / 8 / 5
        {
            self.registers = Registers::Dense(self.dense());
        }
    }

    fn dense(&self) -> Vec<u8> {
        match &self.registers {
            Registers::Dense(registers) => registers.clone(),
            Registers::Sparse(map) => {
                let mut registers = vec![0; 1 << self.bits];
                map.iter().for_each(|(key, value)| raise(&mut registers, *key, *value));
                registers
            }
        }
    }

    /// Adds what another sketch has seen.
    ///
    /// # Errors
    /// It is of another number of registers.
    pub fn merge(&mut self, other: &HyperLogLog) -> Result<()> {
        if self.bits != other.bits {
            return Err(UdfError::Execution("the sketches are of different sizes".into()));
        }
        if let (Registers::Sparse(map), Registers::Sparse(more)) = (&mut self.registers, &other.registers) {
            for (key, value) in more {
                let kept = map.entry(*key).or_insert(*value);
                *kept = (*kept).max(*value);
            }
            self.grow();
            return Ok(());
        }
        let mut registers = self.dense();
        other.dense().iter().zip(&mut registers).for_each(|(value, kept)| *kept = (*kept).max(*value));
        self.registers = Registers::Dense(registers);
        Ok(())
    }

    /// The estimated number of distinct values.
    pub fn count(&self) -> i64 {
        let linear = |registers: f64, zeros: f64| (registers * (registers / zeros).ln() + 0.5).floor() as i64;
        let registers = match &self.registers {
            Registers::Sparse(map) => {
                let all = f64::from(1_u32 << SPARSE_BITS);
                return linear(all, all - map.len() as f64);
            }
            Registers::Dense(registers) => registers,
        };
        let number = registers.len();
        let sum: f64 = registers.iter().map(|value| 2_f64.powi(-i32::from(*value))).sum();
        let zeros = registers.iter().filter(|value| **value == 0).count();
        // Hive computes this factor with 32 bits.
        let alpha = 0.7213_f32 / (1.0 + 1.079_f32 / number as f32) * number as f32 * number as f32;
        let raw = (f64::from(alpha) * (1.0 / sum)) as i64;
        let estimate = if raw <= 5 * number as i64 { raw - self.bias(raw) } else { raw };
        let counted = if zeros == 0 { estimate } else { linear(number as f64, zeros as f64) };
        let threshold = THRESHOLDS.get(self.bits as usize - 4).copied().unwrap_or_default();
        if counted < threshold { counted } else { estimate }
    }

    /// How much too high an estimate is, by the measured ones next to it.
    fn bias(&self, estimate: i64) -> i64 {
        let Some((estimates, biases)) = biases().get(self.bits as usize - 4) else { return 0 };
        let mut near: Vec<(f64, f64)> = Vec::with_capacity(estimates.len());
        for (measured, bias) in estimates.iter().zip(biases) {
            near.push(((estimate as f64 - measured).powi(2), *bias));
        }
        // Of equal distances Hive keeps the last.
        near.reverse();
        near.sort_by(|left, right| left.0.total_cmp(&right.0));
        near.dedup_by(|next, kept| next.0 == kept.0);
        let sum: f64 = near.iter().take(NEIGHBOURS).map(|(_, bias)| bias).sum();
        (sum / NEIGHBOURS as f64 + 0.5) as i64
    }

    /// The bytes of Hive's `HyperLogLogUtils.serializeHLL`.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        let kind = (self.bits << 4) as u8;
        match &self.registers {
            Registers::Sparse(map) => {
                bytes.push(kind);
                write_number(self.count().max(1) as u64, &mut bytes);
                write_number(map.len() as u64, &mut bytes);
                let mut previous = 0_i32;
                for (key, value) in map {
                    let entry = ((key << VALUE_BITS) | u32::from(*value)) as i32;
                    write_number(i64::from(entry.wrapping_sub(previous)) as u64, &mut bytes);
                    previous = entry;
                }
            }
            Registers::Dense(registers) => {
                let largest = registers.iter().copied().max().unwrap_or_default();
                let width = match u8::BITS - largest.leading_zeros() {
                    wide @ 7.. => {
                        bytes.push(kind | 7);
                        wide.max(8)
                    }
                    width => {
                        bytes.push(kind | width as u8);
                        width
                    }
                };
                write_number(self.count().max(1) as u64, &mut bytes);
                pack(registers, width, &mut bytes);
            }
        }
        bytes
    }

    /// Reads such bytes.
    ///
    /// # Errors
    /// They are no such sketch.
    pub fn read(bytes: &[u8]) -> Result<HyperLogLog> {
        read(bytes).ok_or_else(|| UdfError::Execution("The input stream is not a HyperLogLog stream.".into()))
    }

    /// Memory held, in bytes.
    pub fn size(&self) -> usize {
        let registers = match &self.registers {
            Registers::Sparse(map) => map.len() * 16,
            Registers::Dense(registers) => registers.len(),
        };
        size_of_val(self) + registers
    }
}

fn read(bytes: &[u8]) -> Option<HyperLogLog> {
    let (kind, mut rest) = bytes.strip_prefix(MAGIC)?.split_first()?;
    // The four bits of p leave no room for 16.
    let bits = u32::from(kind >> 4);
    if bits < 4 {
        return None;
    }
    read_number(&mut rest)?;
    let registers = match kind & 7 {
        0 => {
            let entries = read_number(&mut rest)?;
            let mut map = BTreeMap::new();
            let mut entry = 0_i32;
            for _ in 0..entries {
                entry = entry.wrapping_add(read_number(&mut rest)? as i32);
                let entry = entry as u32;
                map.insert(entry >> VALUE_BITS, entry as u8 & ((1 << VALUE_BITS) - 1));
            }
            Registers::Sparse(map)
        }
        7 => Registers::Dense(rest.get(..1 << bits)?.to_vec()),
        width => Registers::Dense(unpack(rest, u32::from(width), 1 << bits)?),
    };
    Some(HyperLogLog { bits, registers })
}

fn raise(registers: &mut [u8], key: u32, value: u8) {
    let at = key as usize & (registers.len() - 1);
    if let Some(kept) = registers.get_mut(at) {
        *kept = value.max(*kept);
    }
}

fn biases() -> &'static [(Vec<f64>, Vec<f64>)] {
    static TABLE: OnceLock<Vec<(Vec<f64>, Vec<f64>)>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let numbers = |line: &str| line.split(' ').filter_map(|number| number.parse().ok()).collect();
        let lines: Vec<&str> = BIASES.lines().collect();
        let (tables, _) = lines.as_chunks::<3>();
        tables.iter().map(|[_, estimates, biases]| (numbers(estimates), numbers(biases))).collect()
    })
}

/// A number seven bits at a time, the lowest first.
fn write_number(mut value: u64, bytes: &mut Vec<u8>) {
    while value > 0x7f {
        bytes.push(0x80 | (value & 0x7f) as u8);
        value >>= 7;
    }
    bytes.push(value as u8);
}

fn read_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if *byte < 0x80 {
            return Some(value);
        }
    }
    None
}

/// Values of `width` bits one behind the other, the highest bit first. The last byte is written when it is full.
fn pack(values: &[u8], width: u32, bytes: &mut Vec<u8>) {
    let (mut word, mut held) = (0_u32, 0);
    for value in values {
        word = (word << width) | u32::from(*value);
        held += width;
        while held >= 8 {
            held -= 8;
            bytes.push((word >> held) as u8);
            word &= (1 << held) - 1;
        }
    }
}

fn unpack(bytes: &[u8], width: u32, count: usize) -> Option<Vec<u8>> {
    let mut bytes = bytes.iter();
    let (mut word, mut held) = (0_u32, 0);
    let mut values = Vec::with_capacity(count);
    for _ in 0..count {
        while held < width {
            word = (word << 8) | u32::from(*bytes.next()?);
            held += 8;
        }
        held -= width;
        values.push((word >> held) as u8);
        word &= (1 << held) - 1;
    }
    Some(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::hash64_long;

    fn of(bits: u32, values: std::ops::Range<i64>) -> HyperLogLog {
        let mut sketch = HyperLogLog::new(bits);
        values.for_each(|value| sketch.add(hash64_long(value)));
        sketch
    }

    #[test]
    fn bytes_come_back() {
        for values in [0, 1, 100, 1000, 100_000] {
            let sketch = of(10, 0..values);
            assert_eq!(HyperLogLog::read(&sketch.bytes()).unwrap(), sketch, "{values}");
        }
        assert!(HyperLogLog::read(b"HLL").is_err());
        assert!(HyperLogLog::read(b"HLL\xa5\x01\x00").is_err());
        assert!(HyperLogLog::read(b"FM").is_err());
    }

    #[test]
    fn counts_are_near() {
        for bits in 4..=16 {
            for values in [0, 1, 10, 100, 1000, 5000, 20_000] {
                let count = of(bits, 0..values).count() as f64;
                let error = (count - values as f64).abs() / (values as f64).max(1.0);
                let allowed = 4.0 * 1.04 / f64::from(1 << bits).sqrt();
                assert!(error <= allowed, "p {bits}: {count} of {values}");
            }
        }
    }

    #[test]
    fn two_halves_are_the_whole() {
        for (one, two) in [(50, 100), (50, 1000), (1000, 2000)] {
            let mut merged = of(10, 0..one);
            merged.merge(&of(10, one..two)).unwrap();
            assert_eq!(merged, of(10, 0..two));
        }
        assert!(of(10, 0..1).merge(&of(12, 0..1)).is_err());
    }

    #[test]
    fn bytes_are_hives() {
        // hex(compute_bit_vector_hll(x)) of the date 1969-12-31 in Hive 4.
        let mut sketch = HyperLogLog::new(10);
        sketch.add(hash64_long(-1));
        assert_eq!(sketch.bytes(), [b"HLL\xa0\x01\x01".as_slice(), b"\x86\xec\x80\xc5\x01"].concat());
    }
}
