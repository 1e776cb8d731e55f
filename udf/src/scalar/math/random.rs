//! `rand`.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::{Array, ArrayRef, AsArray, Float64Array};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

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

    /// Goes on by so many steps, in a number of operations that grows with their logarithm.
    fn skip(&mut self, mut steps: u64) {
        let (mut multiplier, mut increment) = (MULTIPLIER, 0xB_u64);
        while steps > 0 {
            if steps & 1 == 1 {
                self.state = self.state.wrapping_mul(multiplier).wrapping_add(increment) & MASK;
            }
            increment = increment.wrapping_mul(multiplier.wrapping_add(1)) & MASK;
            multiplier = multiplier.wrapping_mul(multiplier) & MASK;
            steps >>= 1;
        }
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

/// Without a plan of its own (see [`seeded_rand`]) each batch of rows starts the sequence of a seed anew.
fn rand(call: &Call) -> Result<ArrayRef> {
    let seed = if call.is_empty() { None } else { call.primitives::<Int64Type>(0)?.get(0) };
    let seed = seed.unwrap_or_else(|| uuid::Uuid::new_v4().as_u64_pair().0 as i64);
    let mut random = JavaRandom::new(seed);
    primitives::<Float64Type>(call.rows(), |_| Some(random.next_double()))
}

/// `rand(seed)` for one place of one statement: the sequence goes on from batch to batch.
pub fn seeded_rand() -> Arc<ScalarUDF> {
    static PLACES: AtomicU64 = AtomicU64::new(0);
    let place = PLACES.fetch_add(1, Ordering::Relaxed);
    Arc::new(ScalarUDF::new_from_impl(SeededRand {
        place,
        rows: AtomicU64::new(0),
        signature: Signature::user_defined(Volatility::Volatile),
    }))
}

/// See [`seeded_rand`].
#[derive(Debug)]
struct SeededRand {
    /// Tells one call from another.
    place: u64,
    /// Numbers given so far.
    rows: AtomicU64,
    signature: Signature,
}

impl PartialEq for SeededRand {
    fn eq(&self, other: &SeededRand) -> bool {
        self.place == other.place
    }
}

impl Eq for SeededRand {}

impl Hash for SeededRand {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.place.hash(state);
    }
}

impl ScalarUDFImpl for SeededRand {
    fn name(&self) -> &str {
        "rand"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> datafusion_common::Result<Vec<DataType>> {
        Ok(overload("UDFRand", types, &[&[DataType::Int64]])?)
    }

    fn return_type(&self, _: &[DataType]) -> datafusion_common::Result<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> datafusion_common::Result<ColumnarValue> {
        let rows = args.number_rows;
        let seed = match args.args.first() {
            Some(seed) => {
                seed.to_array(1)?.as_primitive_opt::<Int64Type>().map(|seed| (seed.is_valid(0), seed.value(0)))
            }
            None => None,
        };
        let seed = match seed {
            Some((true, seed)) => seed,
            _ => 0,
        };
        let mut random = JavaRandom::new(seed);
        // Two steps a number.
        random.skip(self.rows.fetch_add(rows as u64, Ordering::Relaxed).wrapping_mul(2));
        let numbers: Float64Array = (0..rows).map(|_| Some(random.next_double())).collect();
        Ok(ColumnarValue::Array(Arc::new(numbers)))
    }
}

#[cfg(test)]
mod tests {
    use super::JavaRandom;

    #[test]
    fn skipping_is_as_stepping() {
        let (mut stepped, mut skipped) = (JavaRandom::new(7), JavaRandom::new(7));
        for _ in 0..1000 {
            stepped.next_double();
        }
        skipped.skip(2000);
        assert_eq!(stepped.next_double(), skipped.next_double());
    }
}
