//! Functions that Hive has and that cannot be called here; an error says why.

use arrow::datatypes::DataType;

use crate::error::{Result, UdfError};
use crate::registry::FunctionEntry;
use crate::scalar::Scalar;

/// Name, what Hive does, why it is not there.
const FUNCTIONS: &[(&str, &str, &str)] = &[
    (
        "aes_encrypt",
        "_FUNC_(input string/binary, key string/binary) - Encrypt input using AES.",
        "no cipher is built in",
    ),
    ("aes_decrypt", "_FUNC_(input binary, key string/binary) - Decrypt input using AES.", "no cipher is built in"),
    (
        "get_splits",
        "_FUNC_(string,int) - Returns an array of length int serialized splits for the referenced tables string.",
        "there are no Tez splits",
    ),
    (
        "get_llap_splits",
        "_FUNC_(string,int) - Returns an array of length int serialized splits for the referenced tables string.",
        "there is no LLAP",
    ),
    (
        "get_sql_schema",
        "_FUNC_(string) - Takes query as argument. Returns schema (column names and types) of the resultset that would be generated when the query is executed.",
        "a query cannot be read within a query",
    ),
    (
        "validate_acid_sort_order",
        "_FUNC_(writeId, bucketId, rowId) - validates that the current row is in the right acid sort order compared to the previous row",
        "rows come sorted by construction",
    ),
    (
        "exception_in_vertex_udf",
        "_FUNC_(x, s, v, n) - throws an exception for Hive's own tests",
        "there are no Tez vertices",
    ),
    (
        "bloom_filter",
        "_FUNC_(x) - Generate a bloom filter from the input",
        "only Hive's own rewrite of semi joins calls it",
    ),
    (
        "in_bloom_filter",
        "_FUNC_(value, bloom) - returns whether a value is in a bloom filter",
        "only Hive's own rewrite of semi joins calls it",
    ),
    (
        "exception_in_vertex_udaf",
        "_FUNC_(x, s) - throws an exception for Hive's own tests",
        "there are no Tez vertices",
    ),
];

pub(super) fn functions() -> Vec<FunctionEntry> {
    let entry = |(name, usage, _): &(&'static str, &'static str, &str)| {
        Scalar::new(name, refuse, |_| Ok(DataType::Null), |call| Err(UdfError::Unsupported(call.name().to_string())))
            .entry(usage, "")
    };
    FUNCTIONS.iter().map(entry).collect()
}

/// Why a function is not there; `None` for those that are.
pub(crate) fn reason(name: &str) -> Option<&'static str> {
    FUNCTIONS.iter().find(|(known, _, _)| *known == name).map(|(_, _, reason)| *reason)
}

fn refuse(name: &str, _: &[DataType]) -> Result<Vec<DataType>> {
    Err(UdfError::Unsupported(format!("{name} ({})", reason(name).unwrap_or_default())))
}
