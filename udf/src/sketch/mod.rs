//! Sketches that count distinct values, in the bytes that Hive keeps them in (column statistics' bit vectors).
//!
//! * [`HyperLogLog`]: Hive's `HyperLogLog`, HyperLogLog++ after Heule, Nunkesser and Hall (2013)
//! * [`FlajoletMartin`]: Hive's `FMSketch`, after Flajolet and Martin (1985)

mod flajolet_martin;
mod hyper_log_log;
mod java_random;

pub use flajolet_martin::FlajoletMartin;
pub use hyper_log_log::HyperLogLog;
pub(crate) use java_random::JavaRandom;

/// The number of distinct values in a sketch of either kind, told apart by their first bytes
/// (`NumDistinctValueEstimatorFactory`).
///
/// # Errors
/// The bytes are no sketch.
pub fn distinct_values(bytes: &[u8]) -> crate::Result<i64> {
    if bytes.starts_with(flajolet_martin::MAGIC) {
        return Ok(FlajoletMartin::read(bytes)?.distinct_values());
    }
    Ok(HyperLogLog::read(bytes)?.count().max(1))
}
