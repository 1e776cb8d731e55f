//! Values as text, as Hive's command line and its text files have them, and back.

use arrow::array::timezone::Tz;
use datafusion_common::config::ConfigOptions;

mod base64;
mod datetime;
mod decimal;
mod formatter;
mod interval;
mod java_digits;
mod json;
mod number;
mod zone;

pub use base64::{parse_base64, write_base64};
pub use datetime::{
    civil_from_days, days_from_civil, days_in_month, parse_date, parse_timestamp, parse_timestamp_tz, write_date,
    write_timestamp, write_timestamp_tz,
};
pub use decimal::{divide_half_up, fits, parse_decimal, power_of_ten, rescale, write_decimal, write_decimal_trimmed};
pub(crate) use formatter::is_union;
pub use formatter::{Padding, TextFormatter, TextStyle, value_text};
pub use interval::{
    parse_interval_day_time, parse_interval_year_month, write_interval_day_time, write_interval_year_month,
};
pub use json::write_json_string;
pub use number::{
    parse_bigint, parse_boolean, parse_double, parse_float, parse_int, parse_smallint, parse_tinyint, write_double,
    write_float, write_integer,
};
pub use zone::{local_from_utc, offset_at, parse_zone, utc, utc_from_local};

/// The session's time zone, UTC where none (or an unknown one) is set.
pub fn session_zone(config: &ConfigOptions) -> Tz {
    config.execution.time_zone.as_deref().and_then(parse_zone).unwrap_or_else(utc)
}
