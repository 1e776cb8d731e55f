//! Which bucket a row belongs to.

use arrow::array::timezone::Tz;
use arrow::array::{ArrayRef, AsArray};
use skep_metastore::model::HiveType;
use skep_udf::hash::{bucket_number, java_hash_in, java_hash_text, murmur_hash};

use crate::error::{Result, WarehouseError};

/// Hive's two ways to give rows to buckets, by the table's `bucketing_version`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BucketHash {
    /// Before Hive 3: Java's hash codes.
    V1,
    /// Murmur3.
    V2,
}

impl BucketHash {
    /// The hash of a table's `bucketing_version`.
    pub fn of_version(version: u8) -> Self {
        if version == 2 { Self::V2 } else { Self::V1 }
    }

    /// The bucket of each row by its bucket columns. `zone` is what version 1 reads timestamps in.
    pub fn buckets(self, columns: &[(ArrayRef, HiveType)], buckets: u32, zone: &str) -> Result<Vec<u32>> {
        let rows = columns.first().map_or(0, |(column, _)| column.len());
        let mut hashes = vec![0i32; rows];
        for (column, ty) in columns {
            let column_hashes = match self {
                Self::V1 if matches!(ty, HiveType::Char(_) | HiveType::Varchar(_)) => {
                    java_hash_text(column.as_string_opt::<i32>().ok_or_else(|| {
                        WarehouseError::Invalid(format!("a {ty} column comes as {}", column.data_type()))
                    })?)
                }
                Self::V1 => java_hash_in(column.as_ref(), zone.parse().unwrap_or(chrono_tz::Tz::UTC))?,
                Self::V2 => murmur_hash(column.as_ref())?,
            };
            for (hash, column_hash) in hashes.iter_mut().zip(column_hashes) {
                *hash = hash.wrapping_mul(31).wrapping_add(column_hash);
            }
        }
        Ok(hashes.into_iter().map(|hash| bucket_number(hash, buckets)).collect())
    }
}

/// The bucket that a file of a bucketed table holds by its name: the digits before the first `_` (`000003_0`,
/// `000003_0_copy_1`).
pub fn bucket_of_file(name: &str) -> Option<u32> {
    let digits = &name[..name.find('_')?];
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())).then(|| digits.parse().ok())?
}

/// Keeps the zone type in one place for those who only have Arrow's.
pub fn zone_of(time_zone: &str) -> Tz {
    skep_udf::text::parse_zone(time_zone).unwrap_or_else(skep_udf::text::utc)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Int32Array, StringArray};

    use super::*;

    #[test]
    fn file_names() {
        assert_eq!(bucket_of_file("000003_0"), Some(3));
        assert_eq!(bucket_of_file("000012_0_copy_1.deflate"), Some(12));
        assert_eq!(bucket_of_file("part-00001"), None);
        assert_eq!(bucket_of_file("_x"), None);
    }

    #[test]
    fn version_1_spreads_integers_by_their_value() {
        let ids: ArrayRef = Arc::new(Int32Array::from(vec![Some(5), Some(-1), None]));
        let buckets = BucketHash::V1.buckets(&[(ids, HiveType::Int)], 4, "UTC").unwrap();
        assert_eq!(buckets, [1, 3, 0]);
        let names: ArrayRef = Arc::new(StringArray::from(vec!["a"]));
        assert_eq!(BucketHash::V1.buckets(&[(names, HiveType::String)], 10, "UTC").unwrap(), [7]);
    }
}
