//! Checksums, digests, hashes, masks.

mod digest;
mod mask;

use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array};
use arrow::datatypes::DataType;

use crate::error::Result;
use crate::hash::{HashVersion, row_hash};
use crate::registry::FunctionEntry;
use crate::scalar::{Call, Scalar};

/// Every function of this family.
pub fn functions() -> Vec<FunctionEntry> {
    let mut functions = vec![
        Scalar::new(
            "hash",
            |_, types| Ok(types.to_vec()),
            |_| Ok(DataType::Int32),
            |call| hash(call, HashVersion::Java),
        )
        .entry("_FUNC_(a1, a2, ...) - Returns a hash value of the arguments", ""),
        Scalar::new(
            "murmur_hash",
            |_, types| Ok(types.to_vec()),
            |_| Ok(DataType::Int32),
            |call| hash(call, HashVersion::Murmur),
        )
        .entry("_FUNC_(a1, a2, ...) - Returns a hash value of the arguments", ""),
    ];
    functions.extend(digest::functions());
    functions.extend(mask::functions());
    functions
}

fn hash(call: &Call, version: HashVersion) -> Result<ArrayRef> {
    let columns = call.arrays()?;
    if columns.is_empty() {
        return Ok(Arc::new(Int32Array::from(vec![0; call.rows()])));
    }
    let zone = call.config().execution.time_zone.as_deref().and_then(|name| name.parse().ok());
    Ok(Arc::new(Int32Array::from(row_hash(version, &columns, zone.unwrap_or(chrono_tz::Tz::UTC))?)))
}

#[cfg(test)]
mod tests {
    use crate::scalar::testing::{check, i, l, s};
    use datafusion_common::ScalarValue;

    /// Answers of real Hive.
    #[test]
    fn digests_and_masks() {
        let abc = || ScalarValue::Binary(Some(b"ABC".to_vec()));
        check(&[
            ("md5", &[s("ABC")], "902fbdd2b1df0c4f70b4a5d23525e932"),
            ("sha1", &[abc()], "3c01bdbb26f358bab27f267924aa2c9a03fcfdb8"),
            ("sha2", &[s("ABC"), i(256)], "b5d4045c3f466fa91fe2cc6abe79232a1a57cdf104f7a26e716e0a1e2789df78"),
            ("sha2", &[s("ABC"), i(0)], "b5d4045c3f466fa91fe2cc6abe79232a1a57cdf104f7a26e716e0a1e2789df78"),
            ("sha2", &[s("ABC"), i(1)], "3c01bdbb26f358bab27f267924aa2c9a03fcfdb8"),
            ("crc32", &[s("ABC")], "2743272264"),
            ("hash", &[i(1), s("a")], "128"),
            ("murmur_hash", &[i(300_000)], "-678663480"),
            ("mask", &[s("AbCd-123")], "XxXx-nnn"),
            ("mask", &[s("AbCd-123"), s("U"), s("l"), s("#"), s("*")], "UlUl*###"),
            ("mask", &[i(123)], "111"),
            ("mask", &[i(-12345)], "-11111"),
            ("mask_first_n", &[s("1234-5678-8765-4321"), i(4)], "nnnn-5678-8765-4321"),
            ("mask_last_n", &[s("1234-5678-8765-4321")], "1234-5678-8765-nnnn"),
            ("mask_show_first_n", &[s("1234-5678-8765-4321"), i(4)], "1234-nnnn-nnnn-nnnn"),
            ("mask_show_last_n", &[s("1234-5678-8765-4321"), i(4)], "nnnn-nnnn-nnnn-4321"),
            ("mask_first_n", &[l(12345), i(2)], "11345"),
            ("mask_show_last_n", &[l(12345), i(2)], "11145"),
            ("mask_hash", &[s("abc")], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            ("mask_hash", &[i(5)], "NULL"),
        ]);
    }
}
