//! `md5`, `sha1`, `sha2`, `crc32`.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Int32Type, Int64Type};
use md5::Digest;

use crate::error::Result;
use crate::registry::FunctionEntry;
use crate::scalar::check::{Group, args_size, groups, int_argument, overload};
use crate::scalar::kernel::{primitives, strings};
use crate::scalar::{Call, Scalar};

pub(super) fn functions() -> Vec<FunctionEntry> {
    use DataType::{Int64, Utf8};
    vec![
        Scalar::new(
            "md5",
            |_, types| text_or_bytes("UDFMd5", types),
            |_| Ok(Utf8),
            |call| hexed(call, |bytes, out| push_hex(&md5::Md5::digest(bytes), out)),
        )
        .entry(
            "_FUNC_(str or bin) - Calculates an MD5 128-bit checksum for the string or binary.",
            "The value is returned as a string of 32 hex digits, or NULL if the argument was NULL.\nExample:\n  > \
             SELECT _FUNC_('ABC');\n  '902fbdd2b1df0c4f70b4a5d23525e932'\n  > SELECT _FUNC_(binary('ABC'));\n  \
             '902fbdd2b1df0c4f70b4a5d23525e932'",
        ),
        Scalar::new(
            "sha1",
            |_, types| text_or_bytes("UDFSha1", types),
            |_| Ok(Utf8),
            |call| hexed(call, |bytes, out| push_hex(&sha1::Sha1::digest(bytes), out)),
        )
        .aliases(&["sha"])
        .entry(
            "_FUNC_(str or bin) - Calculates the SHA-1 digest for string or binary and returns the value as a hex \
             string.",
            "Example:\n  > SELECT _FUNC_('ABC');\n  '3c01bdbb26f358bab27f267924aa2c9a03fcfdb8'\n  > SELECT \
             _FUNC_(binary('ABC'));\n  '3c01bdbb26f358bab27f267924aa2c9a03fcfdb8'",
        ),
        Scalar::new("sha2", sha2_types, |_| Ok(Utf8), sha2).entry(
            "_FUNC_(string/binary, len) - Calculates the SHA-2 family of hash functions (SHA-224, SHA-256, SHA-384, \
             and SHA-512).",
            "The first argument is the string or binary to be hashed. The second argument indicates the desired bit \
             length of the result, which must have a value of 224, 256, 384, 512, or 0 (which is equivalent to 256). \
             SHA-224 is supported starting from Java 8. If either argument is NULL or the hash length is not one of \
             the permitted values, the return value is NULL.\nExample: > SELECT _FUNC_('ABC', 256);\n \
             'b5d4045c3f466fa91fe2cc6abe79232a1a57cdf104f7a26e716e0a1e2789df78'",
        ),
        Scalar::new("crc32", |_, types| text_or_bytes("UDFCrc32", types), |_| Ok(Int64), crc32).entry(
            "_FUNC_(str or bin) - Computes a cyclic redundancy check value for string or binary argument and returns \
             bigint value.",
            "Example:\n  > SELECT _FUNC_('ABC');\n  2743272264\n  > SELECT _FUNC_(binary('ABC'));\n  2743272264",
        ),
    ]
}

fn text_or_bytes(class: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    overload(class, types, &[&[DataType::Utf8], &[DataType::Binary]])
}

/// The bytes of text or binary data.
fn bytes(array: &dyn Array, row: usize) -> Option<&[u8]> {
    if array.is_null(row) {
        return None;
    }
    match array.data_type() {
        DataType::Binary => Some(array.as_binary::<i32>().value(row)),
        _ => Some(array.as_string_opt::<i32>()?.value(row).as_bytes()),
    }
}

fn push_hex(bytes: &[u8], out: &mut String) {
    use std::fmt::Write as _;
    for byte in bytes {
        let _ = write!(out, "{byte:02x}");
    }
}

fn hexed(call: &Call, digest: fn(&[u8], &mut String)) -> Result<ArrayRef> {
    let column = call.column(0)?;
    strings(call.rows(), |row, out| {
        digest(bytes(column.array.as_ref(), column.index(row))?, out);
        Some(())
    })
}

fn sha2_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    args_size(name, types, 2, 2)?;
    groups(name, types, 0, &[Group::String, Group::Binary, Group::Void])?;
    groups(name, types, 1, &[Group::Numeric, Group::Void])?;
    int_argument(name, types, 1)?;
    let data = if types[0] == DataType::Binary { DataType::Binary } else { DataType::Utf8 };
    Ok(vec![data, DataType::Int32])
}

fn sha2(call: &Call) -> Result<ArrayRef> {
    let (column, bits) = (call.column(0)?, call.primitives::<Int32Type>(1)?);
    strings(call.rows(), |row, out| {
        let bytes = bytes(column.array.as_ref(), column.index(row))?;
        match bits.get(row)? {
            224 => push_hex(&sha2::Sha224::digest(bytes), out),
            0 | 256 => push_hex(&sha2::Sha256::digest(bytes), out),
            // What Java finds under the name SHA-1.
            1 => push_hex(&sha1::Sha1::digest(bytes), out),
            384 => push_hex(&sha2::Sha384::digest(bytes), out),
            512 => push_hex(&sha2::Sha512::digest(bytes), out),
            _ => return None,
        }
        Some(())
    })
}

fn crc32(call: &Call) -> Result<ArrayRef> {
    let column = call.column(0)?;
    primitives::<Int64Type>(call.rows(), |row| {
        let mut crc = flate2::Crc::new();
        crc.update(bytes(column.array.as_ref(), column.index(row))?);
        Some(i64::from(crc.sum()))
    })
}
