//! The types as functions: `date('2020-01-01')`, `int('1')`.

use arrow::datatypes::{DataType, IntervalUnit, TimeUnit};

use super::{CastTarget, can_cast, cast_array};
use crate::coercion::hive_type_name;
use crate::error::{Result, UdfError};
use crate::registry::{Function, FunctionEntry};
use crate::scalar::{Call, Scalar, types};

/// A function for each type that has no parameters.
macro_rules! cast_function {
    ($name:literal, $target:expr, $usage:literal) => {
        Scalar::new(
            $name,
            |name, args| castable(name, args, &$target),
            |_| Ok($target),
            |call: &Call| cast_array(&call.array(0)?, &CastTarget::Arrow($target), call.time_zone()),
        )
        .entry($usage, "")
    };
}

/// One argument that has a cast to the type; it stays as it is, the function casts it.
fn castable(name: &str, args: &[DataType], target: &DataType) -> Result<Vec<DataType>> {
    let args = types(name, args, 1, 1)?;
    match args.first() {
        Some(from) if !can_cast(from, &CastTarget::Arrow(target.clone())) => {
            Err(UdfError::Cast { from: hive_type_name(from), to: hive_type_name(target) })
        }
        _ => Ok(args),
    }
}

/// The names of Hive's classes; expressions that Hive wrote into the catalog have them. The analyzer makes casts of them.
const CLASS_NAMES: [&str; 7] =
    ["udftoboolean", "udftobyte", "udftodouble", "udftofloat", "udftointeger", "udftolong", "udftoshort"];

/// The casts that can be called like functions.
pub(crate) fn functions() -> Vec<FunctionEntry> {
    const TIMESTAMP: DataType = DataType::Timestamp(TimeUnit::Microsecond, None);
    let usage = "_FUNC_(x) - converts it's parameter to _FUNC_";
    let classes = CLASS_NAMES.into_iter().map(|name| FunctionEntry {
        name,
        aliases: &[],
        usage,
        extended: "",
        function: Function::Form,
    });
    let mut functions = vec![
        cast_function!("boolean", DataType::Boolean, "_FUNC_(x) - converts it's parameter to _FUNC_"),
        cast_function!("tinyint", DataType::Int8, "_FUNC_(x) - converts it's parameter to _FUNC_"),
        cast_function!("smallint", DataType::Int16, "_FUNC_(x) - converts it's parameter to _FUNC_"),
        cast_function!("int", DataType::Int32, "_FUNC_(x) - converts it's parameter to _FUNC_"),
        cast_function!("bigint", DataType::Int64, "_FUNC_(x) - converts it's parameter to _FUNC_"),
        cast_function!("float", DataType::Float32, "_FUNC_(x) - converts it's parameter to _FUNC_"),
        cast_function!("double", DataType::Float64, "_FUNC_(x) - converts it's parameter to _FUNC_"),
        cast_function!("string", DataType::Utf8, "_FUNC_(x) - converts it's parameter to _FUNC_"),
        cast_function!("binary", DataType::Binary, "_FUNC_(a) - cast a to binary"),
        cast_function!(
            "date",
            DataType::Date32,
            "CAST(<Date string> as DATE) - Returns the date represented by the date string."
        ),
        cast_function!(
            "interval_year_month",
            DataType::Interval(IntervalUnit::YearMonth),
            "CAST(<string> as INTERVAL YEAR TO MONTH) - Returns the year-month interval represented by the string"
        ),
        cast_function!(
            "interval_day_time",
            DataType::Duration(TimeUnit::Microsecond),
            "CAST(<string> as INTERVAL DAY TO SECOND) - Returns the day-time interval represented by the string"
        ),
        cast_function!("timestamp", TIMESTAMP, "cast(<primitive> as timestamp) - Returns timestamp"),
    ];
    functions.extend(classes);
    functions
}
