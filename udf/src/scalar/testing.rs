//! Calls functions as the analyzer does: arguments are cast to the types that the function asks for.

use std::sync::Arc;

use arrow::datatypes::Field;
use datafusion_common::ScalarValue;
use datafusion_common::config::ConfigOptions;
use datafusion_expr::{ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs};

use crate::cast::{CastTarget, cast_array};
use crate::options::HiveOptions;
use crate::registry::registry;
use crate::text::{TextStyle, parse_zone, utc, value_text};

/// The result of a call as Hive's command line prints it, or the error. Each call is made twice: with constants, and with
/// columns of two rows for those arguments that may be columns; both must agree.
pub(crate) fn call_in(zone: &str, name: &str, args: &[ScalarValue]) -> Result<String, String> {
    let constant = evaluate(zone, name, args, &vec![false; args.len()]);
    // The arguments behind the first of `mask` count only as constants, in Hive too.
    let last = if name.starts_with("mask") { args.len().min(1) } else { args.len() };
    for column in 0..last {
        let mut columns = vec![false; args.len()];
        columns[column] = true;
        if let (Ok(text), Ok(other)) = (&constant, evaluate(zone, name, args, &columns)) {
            assert_eq!(*text, other, "{name} with a column for argument {column}");
        }
    }
    constant
}

/// [`call_in`] UTC.
pub(crate) fn call(name: &str, args: &[ScalarValue]) -> Result<String, String> {
    call_in("UTC", name, args)
}

fn evaluate(zone: &str, name: &str, args: &[ScalarValue], columns: &[bool]) -> Result<String, String> {
    let tz = parse_zone(zone).unwrap_or_else(utc);
    let function = registry().scalar(name).ok_or(format!("no function {name}"))?;
    let types: Vec<_> = args.iter().map(ScalarValue::data_type).collect();
    let wanted = function.inner().coerce_types(&types).map_err(|error| error.to_string())?;
    let rows = 2;
    let mut cast = Vec::new();
    for ((arg, ty), column) in args.iter().zip(&wanted).zip(columns) {
        let array = arg.to_array_of_size(rows).map_err(|error| error.to_string())?;
        let array = if array.data_type() == ty {
            array
        } else {
            cast_array(&array, &CastTarget::Arrow(ty.clone()), tz).map_err(|error| error.to_string())?
        };
        cast.push(match column {
            true => ColumnarValue::Array(array),
            false => ColumnarValue::Scalar(ScalarValue::try_from_array(&array, 0).map_err(|error| error.to_string())?),
        });
    }
    let fields: Vec<_> = wanted.iter().map(|ty| Arc::new(Field::new("a", ty.clone(), true))).collect();
    let scalars: Vec<Option<ScalarValue>> = cast
        .iter()
        .map(|arg| match arg {
            ColumnarValue::Scalar(value) => Some(value.clone()),
            ColumnarValue::Array(_) => None,
        })
        .collect();
    let scalars: Vec<Option<&ScalarValue>> = scalars.iter().map(Option::as_ref).collect();
    let return_field = function
        .return_field_from_args(ReturnFieldArgs { arg_fields: &fields, scalar_arguments: &scalars })
        .map_err(|error| error.to_string())?;
    let mut config = ConfigOptions::default();
    config.execution.time_zone = Some(zone.to_string());
    // The answers in the tests are those of patterns of `SimpleDateFormat`.
    config.extensions.insert(HiveOptions { simple_date_patterns: true, ..HiveOptions::default() });
    let call = ScalarFunctionArgs {
        args: cast,
        arg_fields: fields,
        number_rows: rows,
        return_field: Arc::clone(&return_field),
        config_options: Arc::new(config),
    };
    let result = function.invoke_with_args(call).map_err(|error| error.to_string())?;
    let result = result.to_array(rows).map_err(|error| error.to_string())?;
    assert_eq!(result.data_type(), return_field.data_type(), "type of {name}");
    assert_eq!(result.len(), rows, "rows of {name}");
    value_text(result.as_ref(), rows - 1, TextStyle::cli(tz)).map_err(|error| error.to_string())
}

/// A string argument.
pub(crate) fn s(text: &str) -> ScalarValue {
    ScalarValue::from(text)
}

/// An int argument.
pub(crate) fn i(value: i32) -> ScalarValue {
    ScalarValue::Int32(Some(value))
}

/// A bigint argument.
pub(crate) fn l(value: i64) -> ScalarValue {
    ScalarValue::Int64(Some(value))
}

/// A double argument.
pub(crate) fn d(value: f64) -> ScalarValue {
    ScalarValue::Float64(Some(value))
}

/// A decimal argument.
pub(crate) fn dec(value: i128, precision: u8, scale: i8) -> ScalarValue {
    ScalarValue::Decimal128(Some(value), precision, scale)
}

/// Checks calls against their answers.
pub(crate) fn check(cases: &[(&str, &[ScalarValue], &str)]) {
    for (name, args, answer) in cases {
        assert_eq!(call(name, args).as_deref(), Ok(*answer), "{name}{args:?}");
    }
}
