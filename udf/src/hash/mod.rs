//! Hive's two hashes over Arrow arrays, as `hash()`, `murmur_hash()` and bucketed tables use them.
//!
//! * [`java_hash`]: bucketing version 1, `ObjectInspectorUtils.hashCode` / `getBucketHashCodeOld`.
//! * [`murmur_hash`]: bucketing version 2, `ObjectInspectorUtils.hashCodeMurmur` / `getBucketHashCode`.
//!
//! Every kernel gives one `i32` a row; NULL hashes to 0. Nested values are hashed a child array at a time and folded
//! by their offsets, so there is no dispatch inside the row loop.

mod encode;
mod murmur3;
mod value;

pub use murmur3::{hash32, hash64, hash64_int, hash64_long};
pub use value::HashVersion;

use arrow::array::{Array, ArrayRef, StringArray};
use chrono_tz::Tz;
use datafusion_common::Result;

/// The version 1 hash of every value, with timestamps read in UTC. See [`java_hash_in`].
pub fn java_hash(array: &dyn Array) -> Result<Vec<i32>> {
    value::hash_array(HashVersion::Java, array, Tz::UTC)
}

/// The version 1 hash of every value. Hive hashes a timestamp by the instant it names in the time zone of the JVM,
/// which is `tz` here.
pub fn java_hash_in(array: &dyn Array, tz: Tz) -> Result<Vec<i32>> {
    value::hash_array(HashVersion::Java, array, tz)
}

/// The version 1 hash of `char(n)` and `varchar(n)` values, which differs from that of `string`: Hive takes the hash of
/// the Hadoop `Text`. `char` values must come without their padding.
pub fn java_hash_text(array: &StringArray) -> Vec<i32> {
    (0..array.len())
        .map(|row| if array.is_null(row) { 0 } else { value::text_hash(array.value(row).as_bytes()) })
        .collect()
}

/// The version 2 hash of every value.
pub fn murmur_hash(array: &dyn Array) -> Result<Vec<i32>> {
    value::hash_array(HashVersion::Murmur, array, Tz::UTC)
}

/// The hash of rows: `31 * hash + column` over the columns, as `hash(a, b)` and multi-column bucketing do.
/// No columns give no rows.
pub fn row_hash(version: HashVersion, columns: &[ArrayRef], tz: Tz) -> Result<Vec<i32>> {
    let mut rows: Vec<i32> = vec![0; columns.first().map_or(0, |column| column.len())];
    for column in columns {
        let hashes = value::hash_array(version, column.as_ref(), tz)?;
        for (row, hash) in rows.iter_mut().zip(hashes) {
            *row = row.wrapping_mul(31).wrapping_add(hash);
        }
    }
    Ok(rows)
}

/// The bucket of a row hash among `buckets` buckets (`ObjectInspectorUtils.getBucketNumber`). `buckets` must not be 0;
/// 0 gives bucket 0.
pub fn bucket_number(hash: i32, buckets: u32) -> u32 {
    let positive = (hash & i32::MAX) as u32;
    positive.checked_rem(buckets).unwrap_or(0)
}

#[cfg(test)]
mod tests;
