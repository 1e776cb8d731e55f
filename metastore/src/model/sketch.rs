//! Counting different values in little memory.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Hashes kept as they are before registers take their place.
const SPARSE: usize = 1024;
/// Bits of a hash that choose the register.
const BITS: u32 = 12;
const REGISTERS: usize = 1 << BITS;

/// A HyperLogLog sketch (Flajolet et al. 2007) of a set of values: exact for up to 1,024 of them, within about 2 % for
/// more. Two of them are put together without counting a value twice. Hive keeps such a thing as a column's bit vector;
/// the bytes here are Skep's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum DistinctSketch {
    /// The hashes themselves.
    Sparse(BTreeSet<u64>),
    /// The longest run of zeros seen, for each register.
    Dense(Vec<u8>),
}

impl Default for DistinctSketch {
    fn default() -> Self {
        Self::Sparse(BTreeSet::new())
    }
}

impl DistinctSketch {
    /// Adds a value by its hash, whose bits must all be about as often 0 as 1.
    pub fn add(&mut self, hash: u64) {
        match self {
            Self::Sparse(hashes) => {
                hashes.insert(hash);
                if hashes.len() > SPARSE {
                    let mut registers = vec![0; REGISTERS];
                    hashes.iter().for_each(|hash| note(&mut registers, *hash));
                    *self = Self::Dense(registers);
                }
            }
            Self::Dense(registers) => note(registers, hash),
        }
    }

    /// Adds what another sketch has seen.
    pub fn merge(&mut self, other: &Self) {
        match (&mut *self, other) {
            (_, Self::Sparse(hashes)) => hashes.iter().for_each(|hash| self.add(*hash)),
            (Self::Dense(registers), Self::Dense(others)) => {
                registers.iter_mut().zip(others).for_each(|(one, other)| *one = (*one).max(*other));
            }
            (Self::Sparse(hashes), Self::Dense(others)) => {
                let mut registers = others.clone();
                hashes.iter().for_each(|hash| note(&mut registers, *hash));
                *self = Self::Dense(registers);
            }
        }
    }

    /// About how many different values it has seen.
    pub fn count(&self) -> i64 {
        let registers = match self {
            Self::Sparse(hashes) => return hashes.len() as i64,
            Self::Dense(registers) => registers,
        };
        let m = REGISTERS as f64;
        let sum: f64 = registers.iter().map(|run| 2f64.powi(-i32::from(*run))).sum();
        let raw = 0.7213 / (1.0 + 1.079 / m) * m * m / sum;
        let empty = registers.iter().filter(|run| **run == 0).count();
        let count = if raw <= 2.5 * m && empty > 0 { m * (m / empty as f64).ln() } else { raw };
        count.round() as i64
    }

    /// Its bytes: a letter for the kind, then hashes or registers.
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Sparse(hashes) => {
                std::iter::once(b'S').chain(hashes.iter().flat_map(|hash| hash.to_le_bytes())).collect()
            }
            Self::Dense(registers) => std::iter::once(b'D').chain(registers.iter().copied()).collect(),
        }
    }

    /// The sketch of these bytes; `None` if they are not one.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        match bytes.split_first()? {
            (b'S', rest) if rest.len() % 8 == 0 => {
                let hash = |chunk: &[u8]| chunk.try_into().ok().map(u64::from_le_bytes);
                rest.chunks_exact(8).map(hash).collect::<Option<_>>().map(Self::Sparse)
            }
            (b'D', rest) if rest.len() == REGISTERS => Some(Self::Dense(rest.to_vec())),
            _ => None,
        }
    }
}

fn note(registers: &mut [u8], hash: u64) {
    let at = (hash >> (64 - BITS)) as usize;
    let run = ((hash << BITS) | (1 << (BITS - 1))).leading_zeros() as u8 + 1;
    if let Some(register) = registers.get_mut(at) {
        *register = (*register).max(run);
    }
}

/// A number's hash for a sketch (the finalizer of SplitMix64).
pub fn hash_number(number: u64) -> u64 {
    let mut hash = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    hash ^ (hash >> 31)
}

/// The hash of bytes for a sketch.
pub fn hash_bytes(bytes: &[u8]) -> u64 {
    let mut hash = hash_number(bytes.len() as u64);
    for chunk in bytes.chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        hash = hash_number(hash ^ u64::from_le_bytes(word));
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(numbers: std::ops::Range<u64>) -> DistinctSketch {
        let mut sketch = DistinctSketch::default();
        numbers.for_each(|number| sketch.add(hash_number(number)));
        sketch
    }

    #[test]
    fn counts_few_exactly_and_many_nearly() {
        assert_eq!(of(0..1000).count(), 1000);
        for many in [2_000, 50_000, 1_000_000] {
            let count = of(0..many).count() as f64;
            assert!((count / many as f64 - 1.0).abs() < 0.05, "{many}: {count}");
        }
    }

    #[test]
    fn merges_without_counting_twice() {
        let mut few = of(0..500);
        few.merge(&of(400..600));
        assert_eq!(few.count(), 600);
        let mut all = of(0..30_000);
        all.merge(&of(20_000..40_000));
        assert_eq!(all, of(0..40_000));
        let mut small = of(0..10);
        small.merge(&of(0..40_000));
        assert_eq!(small, of(0..40_000));
    }

    #[test]
    fn survives_as_bytes() {
        for sketch in [DistinctSketch::default(), of(0..10), of(0..5000)] {
            assert_eq!(DistinctSketch::from_bytes(&sketch.to_bytes()).unwrap(), sketch);
        }
        assert_eq!(DistinctSketch::from_bytes(b"S123"), None);
        assert_eq!(DistinctSketch::from_bytes(b""), None);
    }

    #[test]
    fn hashes_of_bytes_differ() {
        assert_ne!(hash_bytes(b"a"), hash_bytes(b"b"));
        assert_ne!(hash_bytes(b""), hash_bytes(b"\0"));
        assert_ne!(hash_bytes(b"12345678"), hash_bytes(b"123456780"));
    }
}
