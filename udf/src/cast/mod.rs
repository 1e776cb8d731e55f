//! Hive's conversions between types.
//!
//! | from \ to | what happens |
//! |---|---|
//! | integer → narrower integer | the low bits are kept, as Java's casts do |
//! | float, double → integer | cut, saturating at int (bigint), then the low bits |
//! | decimal → integer | cut; NULL where it does not fit |
//! | anything → decimal | rounded half up; NULL where it does not fit |
//! | string → number, date, timestamp | parsed leniently (see [`crate::text`]); NULL where it is none |
//! | integer, boolean → timestamp | milliseconds since the epoch (`hive.int.timestamp.conversion.in.seconds` is false) |
//! | float, double, decimal → timestamp | seconds since the epoch |
//! | timestamp → number | seconds since the epoch; NULL where an integer does not hold them |
//! | date → integer, float, double, boolean | NULL |
//! | boolean → string | `TRUE`, `FALSE` |
//! | array, map, struct → string | as the command line prints them |

mod expr;
mod functions;
mod nested;
mod number;
mod temporal;
#[cfg(test)]
mod tests;
mod to_text;

use std::fmt;
use std::sync::Arc;

use arrow::array::timezone::Tz;
use arrow::array::{Array, ArrayRef, new_null_array};
use arrow::datatypes::{DataType, IntervalUnit};

pub use expr::{HiveCast, cast_expr};
pub(crate) use functions::functions;

use crate::coercion::{hive_type_name, is_complex, is_numeric};
use crate::error::{Result, UdfError};

/// What a value is cast to. `char` and `varchar` are `Utf8` in Arrow.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CastTarget {
    /// Any type that is known by its Arrow type.
    Arrow(DataType),
    /// `char(n)`: cut to n characters, trailing spaces dropped.
    Char(u32),
    /// `varchar(n)`: cut to n characters.
    Varchar(u32),
}

impl CastTarget {
    /// The Arrow type of the result.
    pub fn data_type(&self) -> DataType {
        match self {
            CastTarget::Arrow(data_type) => data_type.clone(),
            CastTarget::Char(_) | CastTarget::Varchar(_) => DataType::Utf8,
        }
    }
}

impl From<DataType> for CastTarget {
    fn from(data_type: DataType) -> CastTarget {
        CastTarget::Arrow(data_type)
    }
}

impl fmt::Display for CastTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CastTarget::Arrow(data_type) => f.write_str(&hive_type_name(data_type)),
            CastTarget::Char(length) => write!(f, "char({length})"),
            CastTarget::Varchar(length) => write!(f, "varchar({length})"),
        }
    }
}

/// Casts an array as Hive does: what does not convert is NULL. `tz` is the session's time zone, which matters for
/// `timestamp with local time zone` only.
///
/// # Errors
/// [`UdfError::Cast`] where Hive has no such cast.
pub fn cast_array(array: &ArrayRef, target: &CastTarget, tz: Tz) -> Result<ArrayRef> {
    let to = target.data_type();
    let from = array.data_type();
    if *from == to && matches!(target, CastTarget::Arrow(_)) {
        return Ok(Arc::clone(array));
    }
    if from.is_null() {
        return Ok(new_null_array(&to, array.len()));
    }
    let no_such_cast = || UdfError::Cast { from: hive_type_name(from), to: target.to_string() };
    if !can_cast(from, target) {
        return Err(no_such_cast());
    }
    if *from == DataType::Date32 && (is_numeric(&to) || to == DataType::Boolean) {
        return Ok(new_null_array(&to, array.len()));
    }
    let cast = match &to {
        DataType::Utf8 => Some(to_text::cast(array, target, tz)?),
        DataType::Binary => to_text::cast_to_binary(array),
        DataType::Boolean => number::cast_to_boolean(array),
        number if is_numeric(number) => number::cast(array, number)?,
        DataType::Date32 | DataType::Timestamp(_, _) | DataType::Interval(_) | DataType::Duration(_) => {
            temporal::cast(array, &to, tz)?
        }
        _ => Some(nested::cast(array, &to, tz)?),
    };
    cast.ok_or_else(no_such_cast)
}

/// Whether there is a cast from one type to the other.
pub fn can_cast(from: &DataType, to: &CastTarget) -> bool {
    let to = to.data_type();
    if *from == to || from.is_null() {
        return true;
    }
    let simple = is_numeric(from) || matches!(from, DataType::Boolean | DataType::Utf8);
    match &to {
        DataType::Utf8 => true,
        DataType::Binary => *from == DataType::Utf8,
        DataType::Boolean => simple || matches!(from, DataType::Date32 | DataType::Timestamp(_, None)),
        DataType::Decimal128(_, _) => simple || matches!(from, DataType::Timestamp(_, _)),
        number if is_numeric(number) => simple || matches!(from, DataType::Date32 | DataType::Timestamp(_, _)),
        DataType::Date32 => matches!(from, DataType::Utf8 | DataType::Timestamp(_, _)),
        DataType::Timestamp(_, None) => simple || matches!(from, DataType::Date32 | DataType::Timestamp(_, _)),
        DataType::Timestamp(_, Some(_)) => {
            matches!(from, DataType::Utf8 | DataType::Date32 | DataType::Timestamp(_, _))
        }
        DataType::Interval(IntervalUnit::YearMonth) | DataType::Duration(_) => *from == DataType::Utf8,
        _ => is_complex(from) && nested::can_cast(from, &to),
    }
}
