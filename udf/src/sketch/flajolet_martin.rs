//! Hive's `FMSketch`: some bit vectors, each with a hash function of its own that marks the lowest bit of a value's hash.

use super::JavaRandom;
use crate::error::{Result, UdfError};

/// What the bytes begin with.
pub(super) const MAGIC: &[u8] = b"FM";

/// Bits of a vector.
const BITS: u32 = 31;
/// Flajolet and Martin's constant.
const PHI: f64 = 0.77351;

/// A sketch of some bit vectors.
#[derive(Debug, Clone, PartialEq)]
pub struct FlajoletMartin {
    factors: Vec<(i32, i32)>,
    vectors: Vec<u32>,
}

impl FlajoletMartin {
    /// An empty sketch; the hash functions are those that Hive draws.
    pub fn new(vectors: u16) -> FlajoletMartin {
        let (mut a, mut b) = (JavaRandom::new(99397), JavaRandom::new(9_876_413));
        let odd = |random: &mut JavaRandom| {
            let mut value = random.next_int();
            while value % 2 == 0 {
                value = random.next_int();
            }
            if value < 0 { value.wrapping_add(1 << (BITS - 1)) } else { value }
        };
        let factors = (0..vectors).map(|_| (odd(&mut a), odd(&mut b))).collect();
        FlajoletMartin { factors, vectors: vec![0; usize::from(vectors)] }
    }

    /// Adds a number, or the Java hash of what is no number.
    pub fn add(&mut self, value: i64) {
        let modulus = i64::from(i32::MAX);
        for ((a, b), vector) in self.factors.iter().zip(&mut self.vectors) {
            let mut hash = i64::from(*a).wrapping_mul(value).wrapping_add(i64::from(*b)) % modulus;
            if hash < 0 {
                hash += modulus;
            }
            // No bit at all counts as one behind the last.
            *vector |= 1 << hash.trailing_zeros().min(BITS);
        }
    }

    /// Adds what another sketch has seen.
    ///
    /// # Errors
    /// It is of another number of vectors.
    pub fn merge(&mut self, other: &FlajoletMartin) -> Result<()> {
        if self.vectors.len() != other.vectors.len() {
            return Err(UdfError::Execution("the sketches are of different sizes".into()));
        }
        self.vectors.iter_mut().zip(&other.vectors).for_each(|(one, more)| *one |= more);
        Ok(())
    }

    /// The estimated number of distinct values.
    pub fn distinct_values(&self) -> i64 {
        let runs: u32 = self.vectors.iter().map(|vector| vector.trailing_ones()).sum();
        let average = f64::from(runs) / self.vectors.len() as f64 - PHI.ln() / 2_f64.ln();
        2_f64.powf(average) as i64
    }

    /// The bytes of Hive's `FMSketchUtils.serializeFM`.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend((self.vectors.len() as u16).to_le_bytes());
        self.vectors.iter().for_each(|vector| bytes.extend((vector & ((1 << BITS) - 1)).to_le_bytes()));
        bytes
    }

    /// Reads such bytes.
    ///
    /// # Errors
    /// They are no such sketch.
    pub fn read(bytes: &[u8]) -> Result<FlajoletMartin> {
        let bad = || UdfError::Execution("The input stream is not a FMSketch stream.".into());
        let (count, rest) = bytes.strip_prefix(MAGIC).and_then(|rest| rest.split_first_chunk::<2>()).ok_or_else(bad)?;
        let count = u16::from_le_bytes(*count);
        let (vectors, []) = rest.as_chunks::<4>() else { return Err(bad()) };
        if vectors.len() != usize::from(count) {
            return Err(bad());
        }
        let vectors = vectors.iter().map(|vector| u32::from_le_bytes(*vector)).collect();
        Ok(FlajoletMartin { vectors, ..FlajoletMartin::new(count) })
    }

    /// Memory held, in bytes.
    pub fn size(&self) -> usize {
        size_of_val(self) + self.vectors.len() * 12
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back() {
        let mut sketch = FlajoletMartin::new(16);
        (0..1000).for_each(|value| sketch.add(value * 7919));
        assert_eq!(FlajoletMartin::read(&sketch.bytes()).unwrap(), sketch);
        let count = sketch.distinct_values();
        assert!((500..2000).contains(&count), "{count}");
        assert!(FlajoletMartin::read(b"FM\x02\x00abcd").is_err());
    }

    #[test]
    fn two_halves_are_the_whole() {
        let (mut one, mut two, mut all) = (FlajoletMartin::new(4), FlajoletMartin::new(4), FlajoletMartin::new(4));
        for value in 0..100 {
            if value % 2 == 0 {
                one.add(value)
            } else {
                two.add(value)
            }
            all.add(value);
        }
        one.merge(&two).unwrap();
        assert_eq!(one, all);
        assert!(one.merge(&FlajoletMartin::new(5)).is_err());
    }
}
