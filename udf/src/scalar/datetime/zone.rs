//! `from_utc_timestamp`, `to_utc_timestamp`, `to_epoch_milli`.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Int64Type, TimestampMicrosecondType};

use super::TIMESTAMP;
use crate::error::Result;
use crate::registry::FunctionEntry;
use crate::scalar::check::{argument_error, is_primitive, length_error};
use crate::scalar::kernel::primitives;
use crate::scalar::{Call, Scalar};
use crate::text::{local_from_utc, parse_zone, utc, utc_from_local};

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        Scalar::new("from_utc_timestamp", zone_types, |_| Ok(TIMESTAMP), |call| shift(call, false)).entry(
            "from_utc_timestamp(timestamp, string timezone) - Assumes given timestamp is UTC and converts to given \
             timezone (as of Hive 0.8.0)",
            "",
        ),
        Scalar::new("to_utc_timestamp", zone_types, |_| Ok(TIMESTAMP), |call| shift(call, true)).entry(
            "to_utc_timestamp(timestamp, string timezone) - Assumes given timestamp is in given timezone and converts \
             to UTC (as of Hive 0.8.0)",
            "",
        ),
        Scalar::new(
            "to_epoch_milli",
            |_, types| match types {
                [DataType::Timestamp(_, _)] => Ok(types.to_vec()),
                [_] => argument_error("to_epoch_milli takes a timestamp"),
                _ => length_error("The operator GenericUDFEpochMilli only accepts 1 argument."),
            },
            |_| Ok(DataType::Int64),
            |call| {
                let time = call.primitives::<TimestampMicrosecondType>(0)?;
                primitives::<Int64Type>(call.rows(), |row| Some(time.get(row)?.div_euclid(1000)))
            },
        )
        .entry("_FUNC_(timestamp) - Converts the specified timestamp to number of milliseconds since 1970-01-01", ""),
    ]
}

fn zone_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    if types.len() != 2 {
        return length_error(format!("The function {name} requires two argument, got {}", types.len()));
    }
    if !types.iter().all(is_primitive) {
        return argument_error(format!("The function {name} takes only primitive types"));
    }
    Ok(vec![TIMESTAMP, DataType::Utf8])
}

/// A zone that Java does not know is UTC.
fn shift(call: &Call, to_utc: bool) -> Result<ArrayRef> {
    let (time, zone) = (call.primitives::<TimestampMicrosecondType>(0)?, call.strings(1)?);
    let constant = call.constant_str(1).map(|name| parse_zone(name).unwrap_or_else(utc));
    primitives::<TimestampMicrosecondType>(call.rows(), |row| {
        let time = time.get(row)?;
        let name = zone.get(row)?;
        let zone = constant.unwrap_or_else(|| parse_zone(name).unwrap_or_else(utc));
        if to_utc { utc_from_local(zone, time) } else { local_from_utc(zone, time) }
    })
}
