//! `rand`.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Float64Type, Int64Type};

use crate::error::Result;
use crate::registry::FunctionEntry;
use crate::scalar::check::overload;
use crate::scalar::kernel::primitives;
use crate::scalar::{Call, Scalar};

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        Scalar::new(
            "rand",
            |_, types| overload("UDFRand", types, &[&[], &[DataType::Int64]]),
            |_| Ok(DataType::Float64),
            rand,
        )
        .volatile()
        .entry("_FUNC_([seed]) - Returns a pseudorandom number between 0 and 1", ""),
    ]
}

/// The generator of `java.util.Random`.
pub(super) struct JavaRandom {
    state: u64,
}

const MULTIPLIER: u64 = 0x5_DEEC_E66D;
const MASK: u64 = (1 << 48) - 1;

impl JavaRandom {
    pub(super) fn new(seed: i64) -> JavaRandom {
        JavaRandom { state: (seed as u64 ^ MULTIPLIER) & MASK }
    }

    fn next(&mut self, bits: u32) -> u64 {
        self.state = self.state.wrapping_mul(MULTIPLIER).wrapping_add(0xB) & MASK;
        self.state >> (48 - bits)
    }

    pub(super) fn next_double(&mut self) -> f64 {
        let high = self.next(26) << 27;
        (high + self.next(27)) as f64 / (1_u64 << 53) as f64
    }
}

/// Seeded, each batch of rows starts the sequence anew.
fn rand(call: &Call) -> Result<ArrayRef> {
    let seed = if call.is_empty() { None } else { call.primitives::<Int64Type>(0)?.get(0) };
    let seed = seed.unwrap_or_else(|| uuid::Uuid::new_v4().as_u64_pair().0 as i64);
    let mut random = JavaRandom::new(seed);
    primitives::<Float64Type>(call.rows(), |_| Some(random.next_double()))
}
