//! Functions of dates and times.
//!
//! Text is brought to `date` or `timestamp` by Hive's casts before a function sees it. Times with a zone are brought to
//! the local time of the session.

mod arithmetic;
mod fields;
mod floor;
mod formatter;
mod interval;
mod java_pattern;
mod pattern_parse;
mod sql_format;
mod trunc;
mod unix;
mod window;
mod zone;

use arrow::datatypes::{DataType, TimeUnit};

use crate::registry::FunctionEntry;

/// Every function of this family.
pub fn functions() -> Vec<FunctionEntry> {
    [
        arithmetic::functions(),
        fields::functions(),
        floor::functions(),
        interval::functions(),
        sql_format::functions(),
        trunc::functions(),
        unix::functions(),
        window::functions(),
        zone::functions(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The type `timestamp`.
pub(crate) const TIMESTAMP: DataType = DataType::Timestamp(TimeUnit::Microsecond, None);

/// Microseconds in a second and in a day.
pub(crate) const SECOND: i64 = 1_000_000;
pub(crate) const DAY: i64 = 86_400 * SECOND;

#[cfg(test)]
mod tests;
