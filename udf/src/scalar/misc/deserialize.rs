//! `deserialize`: the text of a message of the metastore's notifications (`GenericUDFDeserialize`).

use std::io::Read;

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;
use flate2::read::GzDecoder;

use crate::error::{Result, UdfError};
use crate::registry::FunctionEntry;
use crate::scalar::kernel::try_strings;
use crate::scalar::{Call, Scalar, arity};
use crate::text::parse_base64;

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        Scalar::new(
            "deserialize",
            |name, types| arity(name, types, &[DataType::Utf8, DataType::Utf8]),
            |_| Ok(DataType::Utf8),
            deserialize,
        )
        .entry("_FUNC_(message, encodingFormat) - Returns deserialized string of encoded message.", ""),
    ]
}

/// The most bytes that a message may grow to.
const LARGEST: u64 = 256 << 20;

fn deserialize(call: &Call) -> Result<ArrayRef> {
    let (message, format) = (call.strings(0)?, call.strings(1)?);
    try_strings(call.rows(), |row, out| {
        let Some(message) = message.get(row) else { return Ok(None) };
        let packed = format.get(row).is_some_and(|format| format.to_ascii_lowercase().starts_with("gzip"));
        if !packed {
            out.push_str(message);
            return Ok(Some(()));
        }
        let broken = |reason: String| UdfError::Execution(format!("cannot decode the message: {reason}"));
        let mut bytes = Vec::new();
        parse_base64(message.as_bytes(), &mut bytes);
        GzDecoder::new(bytes.as_slice())
            .take(LARGEST)
            .read_to_string(out)
            .map_err(|error| broken(error.to_string()))?;
        Ok(Some(()))
    })
}
